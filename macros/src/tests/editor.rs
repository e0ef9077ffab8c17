//! Tests what an editor finds in an expansion: the user's tokens at the places of documentation and definitions, and,
//! while a line is being written, everything that the rest of the program uses.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use crate::emit::networks;

const SOURCE: &str = "pub Net: Image<28, 28, 1> => Flat<10> {
    first: conv(6, kernel = 5, pad = same), relu, max_pool(2),
    second: conv(16, kernel = 5), batch_norm, flatten,
    residual { dense(1600), tanh },
    third: dense(84), gelu,
    last: dense(10),
}";

fn expansion(tokens: TokenStream) -> TokenStream {
    networks(&quote!(::plywood::expansion), tokens)
}

/// Adds all tokens, with those in brackets after them.
fn flat(tokens: TokenStream, all: &mut Vec<TokenTree>) {
    for token in tokens {
        all.push(token.clone());
        if let TokenTree::Group(group) = token {
            flat(group.stream(), all);
        }
    }
}

/// Returns the position of each occurrence of a word in some tokens.
fn places(tokens: &TokenStream, word: &str) -> Vec<std::ops::Range<usize>> {
    let mut all = Vec::new();
    flat(tokens.clone(), &mut all);
    let words = all.iter().filter(|token| matches!(token, TokenTree::Ident(ident) if ident == word));
    words.map(|token| token.span().byte_range()).collect()
}

#[test]
fn keywords_lead_to_their_layers_and_labels_to_their_functions() {
    let tokens: TokenStream = SOURCE.parse().unwrap();
    let expansion = expansion(tokens.clone());
    for (keyword, ty) in [
        ("conv", "Conv2d"),
        ("relu", "Relu"),
        ("max_pool", "MaxPool2d"),
        ("batch_norm", "BatchNorm"),
        ("flatten", "Flatten"),
        ("residual", "Residual"),
        ("dense", "Dense"),
        ("tanh", "Tanh"),
        ("gelu", "Gelu"),
    ] {
        let types = places(&expansion, ty);
        for keyword in places(&tokens, keyword) {
            assert!(types.contains(&keyword), "no {ty} lies at the keyword at {keyword:?}: {types:?}");
        }
    }
    for label in ["first", "second", "third", "last"] {
        assert_eq!(places(&expansion, label), places(&tokens, label), "{label}");
    }
    let name = places(&tokens, "Net")[0].clone();
    assert!(places(&expansion, "Net").contains(&name));
}

/// Returns the functions of the network in an expansion, and true if there is a type.
fn found(expansion: TokenStream) -> (Vec<String>, bool) {
    let file: syn::File = syn::parse2(expansion).unwrap();
    let ty = file.items.iter().any(|item| matches!(item, syn::Item::Struct(item) if item.ident == "Net"));
    let blocks = file.items.iter().filter_map(|item| match item {
        syn::Item::Const(item) => match &*item.expr {
            syn::Expr::Block(block) => Some(&block.block.stmts),
            _ => None,
        },
        _ => None,
    });
    let functions = blocks.flatten().filter_map(|statement| match statement {
        syn::Stmt::Item(syn::Item::Impl(item)) if item.trait_.is_none() => Some(&item.items),
        _ => None,
    });
    let names = functions.flatten().filter_map(|item| match item {
        syn::ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
        _ => None,
    });
    (names.collect(), ty)
}

/// Returns the network with another body.
fn with_body(body: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = SOURCE.parse::<TokenStream>().unwrap().into_iter().collect();
    tokens.pop();
    tokens.push(Group::new(Delimiter::Brace, body).into());
    tokens.into_iter().collect()
}

fn body() -> Vec<TokenTree> {
    match SOURCE.parse::<TokenStream>().unwrap().into_iter().last() {
        Some(TokenTree::Group(body)) => body.stream().into_iter().collect(),
        _ => panic!("the source has a body"),
    }
}

#[test]
fn a_network_that_is_being_written_has_its_type_and_the_functions_so_far() {
    let body = body();
    for end in 0..=body.len() {
        let written = &body[..end];
        let (functions, ty) = found(expansion(with_body(written.iter().cloned().collect())));
        assert!(ty, "no type after {end} tokens");
        // a label with its colon and something after it
        let labels = written
            .windows(3)
            .filter(|three| matches!(&three[1], TokenTree::Punct(sign) if sign.as_char() == ':'));
        let labels: Vec<String> = labels.map(|three| three[0].to_string()).collect();
        assert_eq!(functions, labels, "after {end} tokens");
    }
}

#[test]
fn a_line_that_is_being_written_takes_nothing_from_the_others() {
    let body = body();
    for unfinished in [
        "d",
        "den",
        "dense",
        "dense(",
        "fc",
        "fc:",
        "fc: de",
        "conv(6, ",
        "conv(6, kernel",
        "conv(6, kernel =",
        "residual",
        "residual {",
        "repeat(",
        "repeat(2",
        "My",
        "self::",
        "x =",
        ".",
    ] {
        let closed = match unfinished.chars().rev().find(|letter| ['(', '{'].contains(letter)) {
            Some('(') => format!("{unfinished})"),
            Some(_) => format!("{unfinished}}}"),
            None => unfinished.to_owned(),
        };
        for comma in [",", ""] {
            let line: TokenStream = format!("{closed}{comma}").parse().unwrap();
            for (at, _) in body.iter().enumerate().filter(|(_, token)| token.to_string() == ",") {
                let (before, after) = body.split_at(at + 1);
                let written = before.iter().cloned().chain(line.clone()).chain(after.iter().cloned());
                let (functions, ty) = found(expansion(with_body(written.collect())));
                assert!(ty, "{closed}{comma}");
                for label in ["first", "second", "third", "last"] {
                    // without a comma, the next label may be read as part of the line
                    let known = functions.iter().any(|function| function == label);
                    let next = after.first().is_some_and(|token| token.to_string() == label);
                    assert!(
                        known || comma.is_empty() && next,
                        "{closed}{comma} takes `{label}`: {functions:?}"
                    );
                }
            }
        }
    }
}
