use plywood::data::{Split, digits};
use plywood::preprocess::Standardise;

fn main() {
    let test = Split::test(digits(8, 2));
    let _ = Standardise::fit(&test);
}
