use plywood::Trainer;
use plywood::optim::Adam;

fn main() {
    let _ = Trainer::new().optimizer(Adam::new(0.001));
}
