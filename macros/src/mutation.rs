//! Valid networks with tokens deleted, doubled, exchanged and replaced: whatever the macro is given, it does not
//! panic, it writes Rust, and it reports a mistake or writes a whole network.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::expand::networks;

const VALID: &[&str] = &[
    "/// Docs.
    pub LeNet5: Image<28, 28, 1> => Flat<10> {
        flatten, fc1: dense(120), relu, dropout(0.5), dense(HIDDEN), tanh, MyLayer<64>, OtherNet, sigmoid, dense(10),
    }",
    "pub(crate) Mlp<const H: usize>: Flat<784> => Flat<10> { dense(outputs = H), relu, dense(10) }",
    "Blocks: Flat<8> => Flat<8> {
        dense(6), twice: repeat(2) { checkpoint { residual { dense(6), inner: relu } }, My<3> },
        residual { concat { relu } { dense(4), tanh } { residual { dense(6) } } } shortcut { dense(16) }, dense(8),
    }
    budget { params <= 100_000, flops <= 2_000, memory <= 512 KiB, training_memory <= 1 MiB at 32 }",
    "A: Flat<N> => Flat<{ N + 1 }> { dense({ N + 1 }) } B: Flat<crate::N> => Flat<3> { a::B<3>, out: dense(3), }",
];

const REPLACEMENTS: &str = "0 1 -1 1.5 \"x\" 5u32 99999999999999999999 x dense residual concat repeat shortcut budget Flat :: : ; , = => -> < > { } ( ) [ ] \
                            const pub struct type self 'a # ! $ & _ r#in true";

/// A stream of numbers that looks random (xorshift, Marsaglia 2003).
struct Draw(u64);

impl Draw {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }
}

/// Changes one token, at any depth.
fn mutate(tokens: TokenStream, draw: &mut Draw, replacements: &[TokenTree]) -> TokenStream {
    let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
    if trees.is_empty() {
        return replacements[draw.below(replacements.len())].clone().into();
    }
    let at = draw.below(trees.len());
    if let TokenTree::Group(group) = &trees[at]
        && draw.below(8) > 0
    {
        let inner = mutate(group.stream(), draw, replacements);
        trees[at] = Group::new(group.delimiter(), inner).into();
        return trees.into_iter().collect();
    }
    match draw.below(4) {
        0 => drop(trees.remove(at)),
        1 => trees.insert(at, trees[at].clone()),
        2 => {
            let other = draw.below(trees.len());
            trees.swap(at, other);
        }
        _ => trees[at] = replacements[draw.below(replacements.len())].clone(),
    }
    trees.into_iter().collect()
}

fn replacements() -> Vec<TokenTree> {
    let group = |delimiter| TokenTree::from(Group::new(delimiter, TokenStream::new()));
    let words = REPLACEMENTS.split_whitespace().filter(|word| !"{}()[]".contains(word));
    words
        .flat_map(|word| word.parse::<TokenStream>().unwrap())
        .chain([Delimiter::Brace, Delimiter::Parenthesis, Delimiter::Bracket, Delimiter::None].map(group))
        .collect()
}

/// How many mistakes the macro reports; checks the rest of what it writes.
fn mistakes(tokens: TokenStream) -> usize {
    let source = tokens.to_string();
    let written = networks(tokens);
    let file =
        syn::parse2::<syn::File>(written).unwrap_or_else(|error| panic!("not Rust ({error}) for: {source}"));
    let mistakes = file.items.iter().filter(|item| matches!(item, syn::Item::Macro(_))).count();
    let structs = file.items.iter().filter(|item| matches!(item, syn::Item::Struct(_))).count();
    let blocks = file.items.iter().filter(|item| matches!(item, syn::Item::Const(_))).count();
    assert_eq!(structs, blocks, "{source}");
    assert!(mistakes > 0 || structs > 0, "nothing written for: {source}");
    mistakes
}

#[test]
fn one_change_never_panics_and_is_one_mistake() {
    let replacements = replacements();
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let (mut wrong, mut several) = (0, 0);
    for round in 0..2000 {
        let valid: TokenStream = VALID[round % VALID.len()].parse().unwrap();
        let changed = mutate(valid, &mut draw, &replacements);
        let mistakes = mistakes(changed);
        wrong += usize::from(mistakes > 0);
        several += usize::from(mistakes > 1);
    }
    // a change can be two mistakes: an exchange, or the loss of a name
    assert!(wrong > 1000, "{wrong} of 2000 changes are mistakes: the changes are too gentle");
    assert!(several * 10 < wrong, "{several} of {wrong} mistakes are reported as several");
}

#[test]
fn many_changes_never_panic() {
    let replacements = replacements();
    let mut draw = Draw(0x2545_f491_4f6c_dd1d);
    for round in 0..1000 {
        let mut tokens: TokenStream = VALID[round % VALID.len()].parse().unwrap();
        for _ in 0..=draw.below(12) {
            tokens = mutate(tokens, &mut draw, &replacements);
        }
        mistakes(tokens);
    }
}

#[test]
fn what_is_valid_is_no_mistake() {
    for valid in VALID {
        assert_eq!(mistakes(valid.parse().unwrap()), 0, "{valid}");
    }
    assert_eq!(mistakes(TokenStream::new()), 1);
}
