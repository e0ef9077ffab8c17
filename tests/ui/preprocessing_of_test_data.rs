use plywood::data::{Split, digits};
use plywood::preprocess::Standardize;

fn main() {
    let test = Split::test(digits(8, 2));
    let _ = Standardize::fit(&test);
}
