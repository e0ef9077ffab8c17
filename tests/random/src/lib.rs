//! `random_networks!(SEED, COUNT)` declares the given number of random networks through `plywood::network!`, and a
//! function that hands each to a visitor.
//!
//! The shapes are worked out here a second time, by other code than the macro's: each network ends in `=> SHAPE`, which
//! `network!` compares with its own inference.

mod architecture;
mod random;
mod window;

use std::fmt::Write as _;

use proc_macro::TokenStream;

use architecture::network;
use random::Random;

/// `random_networks!(SEED, COUNT)`, see the crate.
///
/// # Panics
/// Panics if the arguments are not two numbers.
#[proc_macro]
pub fn random_networks(arguments: TokenStream) -> TokenStream {
    let arguments = arguments.to_string();
    let numbers: Vec<u64> = arguments.split(',').filter_map(|n| n.trim().parse().ok()).collect();
    let [seed, count] = numbers[..] else { panic!("expected `SEED, COUNT`, found `{arguments}`") };
    let mut random = Random::new(seed);
    let mut declared = String::new();
    let mut visited = String::new();
    for i in 0..count {
        let (text, name) = network(&mut random, i);
        let _ = writeln!(declared, "::plywood::network! {{ {text} }}");
        let _ = writeln!(visited, "visitor.visit::<{name}>({text:?});");
    }
    let source = format!(
        "{declared} fn visit_all(visitor: &mut impl Visitor) {{ {visited} }} const COUNT: usize = {count};"
    );
    source.parse().expect("the text is Rust")
}
