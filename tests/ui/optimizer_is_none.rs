use plywood::Trainer;
use plywood::optim::Schedule;

fn main() {
    let _ = Trainer::new().optimizer(Schedule::cosine(0.1));
}
