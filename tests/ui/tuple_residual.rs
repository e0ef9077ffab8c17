use plywood::layers::{Dense, Residual};

type Net = (Dense<8, 16>, Residual<Dense<16, 32>>);
type Other = (Dense<8, 16>, Residual<Dense<16, 32>, Dense<16, 33>>);

fn main() {
    let _ = plywood::Model::<Net>::new(1);
    let _ = plywood::Model::<Other>::new(1);
}
