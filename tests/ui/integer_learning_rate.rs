use plywood::Trainer;

fn main() {
    let _ = Trainer::new().learning_rate(1);
}
