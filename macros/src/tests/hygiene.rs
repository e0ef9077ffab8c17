//! Tests that the names of an expansion cannot conflict with a user's: every identifier of a real expansion becomes the
//! name of a constant, a static, a unit struct, a network, a parameter and a label in `tests/ui/pass/every_name.rs`,
//! which must compile.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Ident;

use crate::analyze::check::is_of_networks;
use crate::emit::networks;
use crate::keyword::known;

/// Networks with every construct. The user's names in them begin with `my` and `My`.
const NETWORKS: &str = "
    /// Has everything.
    pub MyNet: Image<MY_SIDE, 8, 3> => Flat<4> {
        my_conv: conv(8, kernel = (3, 5), stride = (2, 1), pad = (1, 2), mode = replicate, bias = false),
        batch_norm, relu,
        conv(MY_CHANNELS, kernel = 3, pad = same, mode = reflect, groups = 2), group_norm(2), leaky_relu,
        max_pool(2, edge = ceil), elu, spatial_dropout(0.1), conv_transpose(4, kernel = 3, stride = 2), silu,
        select(MY_TABLE), avg_pool(2), upsample({ MY_CHANNELS / 4 }), hard_swish, layer_norm, l2_normalize, gelu,
        my_block: residual { conv(4, kernel = 1), tanh } shortcut { conv(4, kernel = 1) }, scale,
        repeat(MY_COPIES) { checkpoint { residual { conv(4, kernel = 1), softplus } } },
        concat { identity } { conv(2, kernel = 1) } { conv(MY_CHANNELS, kernel = 1), sigmoid },
        global_avg_pool, reshape(2, 7, 1), flatten, dropout(0.5),
        my_last: dense(6), hard_tanh, MyInner, my_inner: MyInner, hard_sigmoid, dense(4),
    }
    budget { params <= 100_000, flops <= 10_000_000, memory <= 1 MiB, training_memory <= 1 GiB at 32 }

    pub MyInner: Flat<6> => Flat<6> { dense(MY_SIDE), relu, dense(6) }

    /// Has pairs of shapes.
    pub MyPairs: (Image<MY_SIDE, 8, 3>, (Flat<4>, Flat<MY_SIDE>)) => (Flat<2>, Flat<2>) {
        pairwise { my_part: global_avg_pool } { dense(3) } { dense(3) }, tanh,
        pairwise { dense(6) } { join },
        multiply, heads { dense(2) } { MyGives }, pairwise { identity } { shared { dense(2) }, difference },
        relu, shared { dense(2) }, MyKeeps, pairwise { identity } { relu },
    }
    pub MyGives: Flat<6> => (Flat<3>, Flat<3>) { heads { dense(3) } { dense(3) } }
    pub MyKeeps: (Flat<2>, Flat<2>) => (Flat<2>, Flat<2>) { add, heads { identity } { identity } }

    /// Has parameters.
    MyWide<const MY_H: usize, const MY_W: usize>: Flat<MY_H> => Flat<MY_W> { my_first: dense(MY_H), dense(MY_W) }
    budget { params <= 100_000 }
";

/// The constants that the networks above need.
const CONSTANTS: &str = "
    pub(crate) const MY_SIDE: ::core::primitive::usize = 8;
    pub(crate) const MY_CHANNELS: ::core::primitive::usize = 8;
    pub(crate) const MY_COPIES: ::core::primitive::usize = 2;
    pub(crate) const MY_TABLE: [::core::primitive::usize; 3] = [2, 0, 1];
";

/// The identifiers that `derive` writes, which are the compiler's own.
const DERIVED: [&str; 8] = ["f", "fmt", "Formatter", "Result", "write_str", "clone", "other", "state"];

/// Collects the identifiers among some tokens that can be names of a user's.
fn identifiers(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => {
                let word = word.to_string();
                let users = word.to_lowercase().starts_with("my");
                // names that begin with `__` are private to the expansion
                if syn::parse_str::<Ident>(&word).is_ok() && !word.starts_with("__") && !users && word != "_"
                {
                    found.insert(word);
                }
            }
            TokenTree::Group(group) => identifiers(group.stream(), found),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// Returns the identifiers in the whole expansion of the networks, including the output of its `macro_rules!`.
fn of_an_expansion() -> BTreeSet<String> {
    let mut found: BTreeSet<String> = DERIVED.map(str::to_owned).into();
    let source: TokenStream = NETWORKS.parse().unwrap();
    identifiers(networks(&quote!(::plywood::expansion), source), &mut found);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/core/delegate.rs");
    let file: TokenStream = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let mut rules = file.into_iter().skip_while(|token| token.to_string() != "macro_rules").skip(3);
    identifiers(rules.next().unwrap().into_token_stream(), &mut found);
    found
}

/// Returns the program.
fn program() -> String {
    let names = of_an_expansion();
    assert!(names.len() > 100, "{names:?}");
    let mut program = String::from(
        "//! Nothing that an expansion introduces meets a name of the user's: written by `macros/src/tests/hygiene.rs`.\n\
         #![allow(nonstandard_style, dead_code, unused, clippy::all)]\n",
    );
    for kind in ["const {}: () = ();", "static {}: () = ();", "struct {};"] {
        let word = kind.split(' ').next().unwrap();
        let _ = write!(program, "\nmod of_{word} {{\n    {}", CONSTANTS.trim());
        for name in &names {
            let _ = write!(program, "\n    pub(crate) {}", kind.replace("{}", name));
        }
        let _ = write!(program, "\n\n    ::plywood::network! {{{NETWORKS}}}\n}}\n");
    }
    let _ = write!(
        program,
        "\nmod of_network {{\n    {}\n\n    ::plywood::network! {{{NETWORKS}",
        CONSTANTS.trim()
    );
    for name in &names {
        let _ =
            write!(program, "\n    pub {name}: Flat<4> => Flat<2> {{ my_first: dense(3), relu, dense(2) }}");
    }
    program.push_str("\n    }\n}\n\nmod of_parameter {\n    ::plywood::network! {\n        MyNet<\n");
    for name in &names {
        let _ = writeln!(program, "            const {name}: usize,");
    }
    program.push_str("        >: Flat<4> => Flat<2> {\n            ");
    for name in &names {
        let _ = write!(program, "dense({name}), ");
    }
    program.push_str(
        "dense(2)\n        }\n    }\n}\n\nmod of_label {\n    ::plywood::network! {\n        MyNet: ",
    );
    program.push_str("Flat<4> => Flat<2> {\n");
    for name in names.iter().filter(|name| !known(name) && !is_of_networks(name)) {
        let _ = writeln!(program, "            {name}: dense(2),");
    }
    program.push_str("            dense(2)\n        }\n    }\n}\n\nfn main() {}\n");
    program
}

#[test]
fn every_identifier_of_an_expansion_is_a_name_in_a_program_that_compiles() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui/pass/every_name.rs");
    let program = program();
    if std::env::var("TRYBUILD").is_ok_and(|value| value == "overwrite") {
        std::fs::write(&path, &program).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == program,
        "tests/ui/pass/every_name.rs is not of this expansion: write it anew with \
         `TRYBUILD=overwrite cargo test -p plywood-macros hygiene`, and compile it with `cargo test -p plywood-tests --test messages`"
    );
}
