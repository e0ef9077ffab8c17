//! Tests valid networks with tokens deleted, doubled, exchanged and replaced, and tokens without any order. Whatever
//! the input, the macro does not panic, it writes Rust, and either it reports a mistake on tokens of the input or it
//! writes a whole network, which compiles.
//!
//! `PLYWOOD_MUTATIONS` sets the number of mutations: 10,000 by default.

use std::collections::HashSet;
use std::ops::Range;
use std::{env, fmt::Write, fs};

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::spanned::Spanned;

use crate::emit::networks;

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

/// Networks that mention only items of the library: one that is valid after a change must compile.
const CLOSED: &[&str] = &[
    "pub LeNet5: Image<28, 28, 1> => Flat<10> {
        conv(6, kernel = 5, pad = same), relu, max_pool(2), conv(16, kernel = (5, 3), stride = 1), relu,
        avg_pool(2, edge = ceil), flatten, fc1: dense(12), dropout(0.5), dense(10, bias = true),
    }",
    "Blocks: Image<8, 8, 4> => Image<4, 4, 8> {
        twice: repeat(2) { residual { conv(4, kernel = 3, pad = 1), batch_norm(eps = 1e-3), relu } },
        concat { relu } { checkpoint { conv(4, kernel = 1, groups = 2), tanh } },
        residual { conv(8, 3, stride = 2, pad = 1) } shortcut { conv(8, kernel = 1, stride = 2) },
    }",
    "Mlp<const H: usize>: Flat<7> => Flat<4> {
        dense(H), layer_norm, hidden: dense(H), residual { dense(H), gelu }, dense(4), reshape(1, 2, 2), flatten,
    }",
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
        let mut changed = Group::new(group.delimiter(), inner);
        changed.set_span(group.span());
        trees[at] = changed.into();
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

/// Returns the number of changes to try.
fn rounds() -> usize {
    env::var("PLYWOOD_MUTATIONS").map_or(10_000, |count| count.parse().unwrap())
}

/// Collects the places of some tokens.
fn places(tokens: &TokenStream, places: &mut HashSet<Range<usize>>) {
    for token in tokens.clone() {
        places.insert(token.span().byte_range());
        if let TokenTree::Group(group) = token {
            places.extend([group.span_open(), group.span_close()].map(|span| span.byte_range()));
            self::places(&group.stream(), places);
        }
    }
}

/// Returns the number of mistakes that the macro reports; checks their places, and the rest of the expansion.
fn mistakes(tokens: TokenStream) -> usize {
    let source = tokens.to_string();
    let mut given = HashSet::new();
    places(&tokens, &mut given);
    if tokens.is_empty() {
        given.insert(Span::call_site().byte_range());
    }
    let written = networks(&quote::quote!(::plywood::expansion), tokens);
    let file =
        syn::parse2::<syn::File>(written).unwrap_or_else(|error| panic!("not Rust ({error}) for: {source}"));
    let (mut mistakes, mut structs, mut blocks) = (0, 0, 0);
    for item in &file.items {
        match item {
            syn::Item::Macro(mistake) => {
                mistakes += 1;
                let ends = [mistake.mac.path.span(), mistake.mac.tokens.span()];
                for end in ends.map(|span| span.byte_range()) {
                    // for a bracket that is closed too early, the last byte
                    let found = given.contains(&end) || given.iter().any(|place| place.end == end.end);
                    assert!(found, "{} blames nothing of: {source}", mistake.mac.tokens);
                }
            }
            syn::Item::Struct(_) => structs += 1,
            syn::Item::Const(_) => blocks += 1,
            _ => {}
        }
    }
    assert_eq!(structs, blocks, "{source}");
    assert!(mistakes > 0 || structs > 0, "nothing written for: {source}");
    mistakes
}

fn parsed(sources: &[&str]) -> Vec<TokenStream> {
    sources.iter().map(|source| source.parse().unwrap()).collect()
}

#[test]
fn one_change_is_one_mistake() {
    let (replacements, valid) = (replacements(), parsed(VALID));
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
    let (mut wrong, mut several) = (0, 0);
    let rounds = rounds() / 2;
    for round in 0..rounds {
        let changed = mutate(valid[round % valid.len()].clone(), &mut draw, &replacements);
        let mistakes = mistakes(changed);
        wrong += usize::from(mistakes > 0);
        several += usize::from(mistakes > 1);
    }
    eprintln!(
        "{rounds} single changes: {} valid, {wrong} mistakes, {several} reported as several",
        rounds - wrong
    );
    // a change can be two mistakes: an exchange, or the loss of a name
    assert!(wrong * 2 > rounds, "{wrong} of {rounds} changes are mistakes: the changes are too gentle");
    assert!(several * 10 < wrong, "{several} of {wrong} mistakes are reported as several");
}

#[test]
fn many_changes_never_panic() {
    let (replacements, valid) = (replacements(), parsed(VALID));
    let mut draw = Draw(0x2545_f491_4f6c_dd1d);
    for round in 0..rounds() / 4 {
        let mut tokens = valid[round % valid.len()].clone();
        for _ in 0..=draw.below(12) {
            tokens = mutate(tokens, &mut draw, &replacements);
        }
        mistakes(tokens);
    }
}

/// Returns tokens in no order, in brackets to some depth.
fn soup(draw: &mut Draw, alphabet: &[TokenTree], depth: usize) -> TokenStream {
    let token = |draw: &mut Draw| match &alphabet[draw.below(alphabet.len())] {
        TokenTree::Group(group) if depth > 0 => {
            let mut filled = Group::new(group.delimiter(), soup(draw, alphabet, depth - 1));
            filled.set_span(group.span());
            filled.into()
        }
        token => token.clone(),
    };
    (0..draw.below(16)).map(|_| token(draw)).collect()
}

#[test]
fn soup_never_panics() {
    let mut alphabet = replacements();
    for tokens in parsed(VALID).into_iter().chain(parsed(CLOSED)) {
        alphabet.extend(tokens);
    }
    let mut draw = Draw(0x1357_9bdf_0246_8ace);
    for _ in 0..rounds() / 4 {
        mistakes(soup(&mut draw, &alphabet, 3));
    }
}

/// Checks that input reported as valid is valid: the compiler has nothing to add.
#[test]
fn what_is_left_valid_compiles() {
    const PARTS: &str = "1 2 3 0.5 relu tanh dense conv residual repeat same true false";
    let parts: Vec<TokenTree> =
        PARTS.split_whitespace().flat_map(|part| part.parse::<TokenStream>().unwrap()).collect();
    // what was found is changed further: one change alone soon finds nothing new
    let mut valid = parsed(CLOSED);
    let mut draw = Draw(0x0123_4567_89ab_cdef);
    let (mut program, mut seen) = (String::from("#![allow(dead_code)]\n"), HashSet::new());
    while seen.len() < 60 {
        let base = draw.below(valid.len());
        let tokens = mutate(valid[base].clone(), &mut draw, &parts);
        let source = tokens.to_string();
        // a parameter that has lost its declaration is the name of a constant, which may exist
        let declared = source.contains("const H :") || !source.contains("(H)");
        if declared && mistakes(tokens.clone()) == 0 && seen.insert(source.clone()) {
            valid.push(tokens);
            writeln!(program, "mod valid_{} {{ plywood::network! {{ {source} }} }}", seen.len()).unwrap();
        }
    }
    program.push_str("fn main() {}\n");
    let path = env::temp_dir().join(format!("plywood_valid_{}.rs", std::process::id()));
    fs::write(&path, program).unwrap();
    trybuild::TestCases::new().pass(&path);
}

#[test]
fn what_is_valid_is_no_mistake() {
    for valid in parsed(VALID).into_iter().chain(parsed(CLOSED)) {
        assert_eq!(mistakes(valid.clone()), 0, "{valid}");
    }
    assert_eq!(mistakes(TokenStream::new()), 1);
}
