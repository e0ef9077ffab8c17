use plywood::layers::{Dense, Repeat};

type Net = (Dense<8, 16>, Repeat<3, Dense<16, 32>>);

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
