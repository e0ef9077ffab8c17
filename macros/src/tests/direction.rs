//! Checks the imports of this crate against the order of its modules in `lib.rs`, and finds files that import each
//! other in a circle.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, UseTree};

/// The modules of the crate from the ground up: each may use those before it, but never those after it.
const FROM_THE_GROUND_UP: [&str; 9] =
    ["tokens", "report", "decimal", "library", "keyword", "suggest", "parse", "analyze", "emit"];

/// The sources by the paths of their modules: `analyze::rules::step`; the root is called `lib`.
type Sources = BTreeMap<String, String>;

/// Reads the sources in a folder, except those of tests.
fn read(folder: &Path, module: &str, sources: &mut Sources) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let inner = match (module, stem) {
            ("", _) => stem.to_owned(),
            (_, "mod") => module.to_owned(),
            _ => format!("{module}::{stem}"),
        };
        if inner == "tests" {
            continue;
        }
        if path.is_dir() {
            read(&path, &inner, sources);
        } else {
            sources.insert(inner, fs::read_to_string(&path).unwrap());
        }
    }
}

/// Adds the paths that a `use` item imports.
fn paths(tree: &UseTree, before: &[String], all: &mut Vec<Vec<String>>) {
    let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
    match tree {
        UseTree::Path(path) => paths(&path.tree, &with(&path.ident), all),
        UseTree::Name(name) => all.push(with(&name.ident)),
        UseTree::Rename(name) => all.push(with(&name.ident)),
        UseTree::Glob(_) => all.push(before.to_vec()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| paths(tree, before, all)),
    }
}

/// Adds the paths that begin with `crate` or `super` among the tokens of an item that is not an import.
fn written_out(tokens: TokenStream, all: &mut Vec<Vec<String>>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, tree) in trees.iter().enumerate() {
        let begins = |word: &str| {
            tree.to_string() == word && trees.get(at + 1).is_some_and(|next| next.to_string() == ":")
        };
        if let TokenTree::Group(group) = tree {
            written_out(group.stream(), all);
        } else if begins("crate") || begins("super") {
            let words = trees[at..].iter().take_while(|tree| !matches!(tree, TokenTree::Group(_)));
            let words = words.filter(|tree| matches!(tree, TokenTree::Ident(_)));
            all.push(words.map(ToString::to_string).collect());
        }
    }
}

/// Returns the imports between modules as arrows. Test modules within a file do not count.
fn arrows(sources: &Sources) -> Vec<(String, String)> {
    let mut arrows = Vec::new();
    for (module, source) in sources {
        let mut all = Vec::new();
        for item in syn::parse_file(source).unwrap().items {
            match item {
                Item::Use(import) => paths(&import.tree, &[], &mut all),
                Item::Mod(inner) if inner.ident == "tests" => {}
                item => written_out(item.into_token_stream(), &mut all),
            }
        }
        for path in all {
            assert!(
                path[0] != "super" && path[0] != "self",
                "{module} imports {path:?}: paths begin with `crate`"
            );
            // the longest prefix that is a module
            let within = path[0] == "crate";
            let known = (1..=path.len()).rev().map(|end| path[1..end].join("::"));
            if let Some(target) = known.into_iter().find(|target| within && sources.contains_key(target))
                && target != *module
            {
                arrows.push((module.clone(), target));
            }
        }
    }
    arrows
}

/// Returns the arrows that run back, and a file of each circle.
fn violations(sources: &Sources) -> Vec<String> {
    let arrows = arrows(sources);
    let floor = |module: &str| {
        let first = module.split("::").next().unwrap();
        let floor = FROM_THE_GROUND_UP.iter().position(|known| *known == first);
        floor.unwrap_or_else(|| {
            assert_eq!(first, "lib", "`{first}` has no place in the order");
            FROM_THE_GROUND_UP.len()
        })
    };
    let back = arrows.iter().filter(|(from, to)| floor(to) > floor(from));
    let mut found: Vec<String> = back.map(|(from, to)| format!("{from} imports from {to}")).collect();
    // removes files that import from none of the remaining ones: what remains imports in a circle
    let mut left: Vec<&String> = sources.keys().collect();
    loop {
        let imports = |module: &String| arrows.iter().any(|(from, to)| from == module && left.contains(&to));
        let tied: Vec<&String> = left.iter().copied().filter(|module| imports(module)).collect();
        if tied.len() == left.len() {
            break;
        }
        left = tied;
    }
    found.extend(left.into_iter().map(|module| format!("{module} is in a circle, or imports from one")));
    found
}

#[test]
fn imports_lead_in_one_direction() {
    let mut sources = Sources::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut sources);
    assert!(sources.len() > 20 && arrows(&sources).len() > 60, "the imports are not found");
    assert_eq!(violations(&sources), Vec::<String>::new());
}

#[test]
fn arrows_that_run_back_are_found() {
    for (module, source, expected) in [
        ("parse::input", "use crate::{analyze::check::labels, report::Errors};", 1),
        ("parse::input", "fn f() { crate::analyze::check::labels() }", 1),
        ("parse::input", "use crate::suggest::nearest;", 0),
        // within a folder, and with its consequences
        ("analyze::check", "use crate::analyze::network;", 2),
        ("analyze::check", "mod tests { use crate::emit::call; }", 0),
    ] {
        let others = ["report", "suggest", "parse", "parse::input", "analyze::check", "emit"];
        let mut sources: Sources = others.map(|other| (other.to_owned(), String::new())).into();
        sources.insert("analyze".to_owned(), "use crate::analyze::check;".to_owned());
        sources.insert(module.to_owned(), source.to_owned());
        let found = violations(&sources);
        assert_eq!(found.len(), expected, "{module}: {source}: {found:?}");
    }
}
