//! Reads the values of arguments: sizes, words, decimals, tables.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Lit, Path, Token};

use crate::analyze::size::{Size, computes_with};
use crate::decimal::units;
use crate::keyword::{FLAGS, is_word, known};
use crate::library::{self, prove};
use crate::parse::ast::Network;
use crate::parse::input::{skip, up_to_comma};
use crate::report::{self, Errors, Mend};
use crate::suggest::elsewhere::meant_by;
use crate::suggest::nearest;
use crate::tokens::{Extent, is_computed, mentioned, single, text};

/// The paddings that are written as words.
const PADDINGS: &[&str] = &["valid", "same", "causal"];

/// The value of a valid argument.
#[derive(Clone)]
pub(crate) enum Value {
    /// A size.
    Size(Size),
    /// The sizes along the rows and along the columns.
    Sides([Size; 2]),
    /// A padding.
    Padding(Padding),
    /// One of the words that the parameter accepts.
    Word(&'static str),
    /// The flag `true`, `false`, or a constant, as a const argument.
    Flag(TokenStream),
    /// A decimal number, in the units of its parameter.
    Number(u64),
    /// The path of a constant array.
    Table(TokenStream),
    /// The value of an argument left out, where that has a meaning.
    Absent,
}

/// A padding: the rows and columns that are added around an image.
#[derive(Clone)]
pub(crate) enum Padding {
    /// Keeps the size, except for the stride.
    Same,
    /// Adds columns on the left only, so that each output column sees no later column.
    Causal,
    /// Adds the given number of rows above and below, and of columns left and right.
    Sides([Size; 2]),
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Size(size) => size.to_tokens(tokens),
            Self::Number(number) => Literal::u64_unsuffixed(*number).to_tokens(tokens),
            Self::Word(word) => Ident::new(word, Span::call_site()).to_tokens(tokens),
            Self::Flag(flag) => flag.to_tokens(tokens),
            Self::Sides(_) | Self::Padding(_) | Self::Table(_) | Self::Absent => {}
        }
    }
}

/// A reader of the values of one network.
pub(crate) struct Values<'a> {
    /// The network's parameters.
    pub(crate) params: &'a [Ident],
    /// The constants that sizes are bound to: the source, and the declaration of the constant.
    pub(crate) constants: Vec<(String, TokenStream)>,
    /// The prefixes of the names of these constants: as given, which the compiler shows, and as used. No word of the
    /// network begins with them.
    names: [String; 2],
}

impl<'a> Values<'a> {
    /// Makes a reader of the values of a network.
    pub(crate) fn new(network: &'a Network) -> Self {
        let mut words = Vec::new();
        let shapes =
            [&network.input, &network.output].into_iter().flatten().map(|shape| shape.tokens.clone());
        let layers = network.body.iter().map(Group::stream);
        shapes.chain(layers).for_each(|tokens| words_of(tokens, &mut words));
        let names = ["the_size", "__PLYWOOD_SIZE"].map(|name| {
            let mut name = name.to_owned();
            while words.iter().any(|word| word.starts_with(&name)) {
                name.push('_');
            }
            name
        });
        Self { params: &network.params, constants: Vec::new(), names }
    }

    /// Returns the names of the constants that a size is bound to: as given and as used.
    fn names(&self, index: usize, span: Span) -> [Ident; 2] {
        [0, 1].map(|which: usize| Ident::new(&format!("{}_{}", self.names[which], index + 1), span))
    }

    /// Reads a size. `what` names it in messages. After a mistake, returns the size that was meant, if it is known.
    pub(crate) fn size(&mut self, tokens: &TokenStream, what: &str, errors: &mut Errors) -> Option<Size> {
        self.number(1, tokens, what, errors)
    }

    /// Reads a size, or a count of at least `least`, which is 0 or 1.
    fn number(&mut self, least: u64, tokens: &TokenStream, what: &str, errors: &mut Errors) -> Option<Size> {
        // a `$n:literal` of the user's own macro is in invisible brackets
        if let Some(TokenTree::Group(group)) = single(tokens)
            && group.delimiter() == Delimiter::None
        {
            return self.number(least, &group.stream(), what, errors);
        }
        let tree: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let found = text(tree.iter().cloned());
        let blame = |errors: &mut Errors, problem: &str| errors.push(tokens, format!("{what} {problem}"));
        match &tree[..] {
            [] => None,
            [TokenTree::Literal(literal)] => match Lit::new(literal.clone()) {
                Lit::Int(int) => {
                    if !int.suffix().is_empty() {
                        let mend = Mend::Write(int.base10_digits());
                        blame(errors, &format!("has no suffix: found `{found}`{mend}"));
                    }
                    match int.base10_digits().parse::<u64>() {
                        Ok(n) if n < least => {
                            blame(errors, "is at least 1: found `0`");
                            None
                        }
                        Ok(n) if n <= Size::MAX => Some(Size::Known(n)),
                        _ => {
                            blame(errors, &format!("is at most {}: found `{found}`", Size::MAX));
                            None
                        }
                    }
                }
                Lit::Str(string) => {
                    let meant = string.value().parse().ok().filter(|n| (least..=Size::MAX).contains(n));
                    let help = meant.map_or_else(String::new, |n| {
                        format!("{}, without quotes", Mend::Write(&n.to_string()))
                    });
                    blame(errors, &format!("is a whole number: found the string `{found}`{help}"));
                    meant.map(Size::Known)
                }
                Lit::Float(float) => {
                    let whole = units(float.base10_digits(), 0).ok().map(|n| n.to_string());
                    let help = report::optional(whole.as_deref().map(Mend::Write));
                    blame(errors, &format!("is a whole number: found `{found}`{help}"));
                    None
                }
                _ => {
                    blame(errors, &format!("is a whole number: found `{found}`"));
                    None
                }
            },
            [TokenTree::Punct(minus), TokenTree::Literal(_)] if minus.as_char() == '-' => {
                blame(errors, &format!("is at least {least}: found `{found}`"));
                None
            }
            [TokenTree::Ident(param)] if self.params.contains(param) => Some(Size::Param(param.clone())),
            [TokenTree::Group(group)] if group.delimiter() == Delimiter::Brace => {
                // an expression that does not parse would destroy the whole expansion
                match syn::parse2::<Expr>(group.stream()) {
                    Ok(_) => self.constant(least, &group.stream(), &found, errors),
                    Err(error) => {
                        blame(errors, &format!("is not an expression that a size can be: {error}"));
                        None
                    }
                }
            }
            // the brackets around a calculation
            [TokenTree::Group(group)]
                if group.delimiter() == Delimiter::Parenthesis
                    && syn::parse2::<Expr>(group.stream()).is_ok() =>
            {
                if is_computed(&group.stream()) {
                    self.constant(least, tokens, &found, errors)
                } else {
                    self.number(least, &group.stream(), what, errors)
                }
            }
            [TokenTree::Ident(word)] if is_reserved(&word.to_string()) => {
                blame(errors, &format!("is a whole number: found `{found}`"));
                None
            }
            _ if is_path(tokens) => self.constant(least, tokens, &found, errors),
            _ => {
                if let Some(param) = mentioned(tokens.clone(), self.params) {
                    errors.push(&param, computes_with(&param));
                    return None;
                }
                let braced = is_computed(tokens).then(|| format!("{{ {found} }}"));
                let help = report::optional(braced.as_deref().map(Mend::Write));
                blame(errors, &format!("is a whole number or the path of a constant: found `{found}`{help}"));
                None
            }
        }
    }

    /// Returns a size that is the value of a constant or constant expression. It is bound to a constant of the
    /// expansion, so that any error in it is reported once, and in its place.
    fn constant(
        &mut self,
        least: u64,
        tokens: &TokenStream,
        source: &str,
        errors: &mut Errors,
    ) -> Option<Size> {
        if let Some(param) = mentioned(tokens.clone(), self.params) {
            errors.push(&param, computes_with(&param));
            return None;
        }
        if let Some(this) = mentioned(tokens.clone(), &[Ident::new("Self", Span::call_site())]) {
            errors.push(this, format!("found `{source}`: {NO_SELF}"));
            return None;
        }
        if least == 0 {
            return Some(self.bind(tokens, source.to_owned()));
        }
        let index = self.constants.iter().position(|(bound, _)| bound == source).unwrap_or_else(|| {
            // an expression that cannot be evaluated is blamed wherever its constant is used
            let span = Extent::of(tokens).first;
            let [given, size] = self.names(self.constants.len(), span);
            let usize = quote!(::core::primitive::usize);
            let proof = prove("size", None, &quote!(#given, #source), tokens);
            // any error appears here, and nothing that depends on the size is in error as well
            let usable = library::proof_at("usable", span);
            let declaration = quote_spanned! {span=>
                #[allow(non_upper_case_globals, unused_parens)]
                const #given: #usize = #tokens;
                const _: () = #proof;
                const #size: #usize = #usable(#given);
            };
            self.constants.push((source.to_owned(), declaration));
            self.constants.len() - 1
        });
        let [_, size] = self.names(index, Extent::of(tokens).first);
        Some(Size::Expr { value: size.into_token_stream(), text: source.to_owned() })
    }

    /// Binds an expression of type `usize` to a constant, so that it is written once however often its value is used.
    pub(crate) fn bind(&mut self, value: &TokenStream, text: String) -> Size {
        let key = format!("computed {value}");
        let index = self.constants.iter().position(|(bound, _)| *bound == key).unwrap_or_else(|| {
            let [_, size] = self.names(self.constants.len(), Span::call_site());
            let usize = quote!(::core::primitive::usize);
            let bound = quote!(#[allow(unused_parens, unused_braces)] const #size: #usize = #value;);
            self.constants.push((key, bound));
            self.constants.len() - 1
        });
        let [_, size] = self.names(index, Span::call_site());
        Size::Expr { value: size.into_token_stream(), text }
    }

    /// Reads `3` or `(3, 5)`, the sizes along the rows and along the columns, each at least `least`.
    pub(crate) fn sides(
        &mut self,
        least: u64,
        tokens: &TokenStream,
        what: &str,
        errors: &mut Errors,
    ) -> Option<[Size; 2]> {
        let found = text(tokens.clone());
        let pair = match single(tokens) {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::None => {
                return self.sides(least, &group.stream(), what, errors);
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                if is_path(&group.stream()) {
                    return self.sides(least, &group.stream(), what, errors);
                }
                if syn::parse2::<Expr>(group.stream()).is_ok() {
                    // `(3)` is a number in brackets
                    return self.side(least, tokens, what, errors);
                }
                group.stream()
            }
            Some(other) => match written_otherwise(&other, &found) {
                Some(pair) => {
                    let (problem, mend) =
                        ("is a number or a pair in round brackets", format!("({})", text(pair.clone())));
                    errors.push(tokens, format!("{what} {problem}: found `{found}`{}", Mend::Write(&mend)));
                    pair
                }
                None => return self.side(least, tokens, what, errors),
            },
            None => return self.side(least, tokens, what, errors),
        };
        let parts = separated(pair);
        let [rows, columns] = &parts[..] else {
            let problem = format!(
                "{what} is a number or a pair of two, `(ALONG_ROWS, ALONG_COLUMNS)`: found `{found}`"
            );
            errors.push(tokens, problem);
            return None;
        };
        let rows = self.number(least, rows, &format!("{what}: the first of the pair"), errors);
        let columns = self.number(least, columns, &format!("{what}: the second of the pair"), errors);
        Some([rows?, columns?])
    }

    /// Reads `true`, `false` or the path of a constant, as a const argument.
    pub(crate) fn flag(
        &mut self,
        tokens: &TokenStream,
        what: &str,
        errors: &mut Errors,
    ) -> Option<TokenStream> {
        let found = text(tokens.clone());
        let braced = |tree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        let constant = is_path(tokens)
            && (found.contains("::") || found.starts_with(char::is_uppercase))
            && !FLAGS.iter().any(|flag| found.eq_ignore_ascii_case(flag));
        if !constant && !single(tokens).is_some_and(braced) {
            let word = word_of(FLAGS, tokens, what, "", errors)?;
            return Some(Ident::new(word, Span::call_site()).into_token_stream());
        }
        if let Some(param) = mentioned(tokens.clone(), self.params) {
            errors.push(&param, format!("{what} is `true` or `false`: found the parameter `{param}`"));
            return None;
        }
        if let Some(this) = mentioned(tokens.clone(), &[Ident::new("Self", Span::call_site())]) {
            errors.push(this, format!("found `{found}`: {NO_SELF}"));
            return None;
        }
        let key = format!("flag {found}");
        let span = Extent::of(tokens).first;
        let index = self.constants.iter().position(|(bound, _)| *bound == key).unwrap_or_else(|| {
            let [_, flag] = self.names(self.constants.len(), span);
            let declaration = quote_spanned! {span=>
                #[allow(unused_parens, unused_braces)]
                const #flag: ::core::primitive::bool = #tokens;
            };
            self.constants.push((key, declaration));
            self.constants.len() - 1
        });
        let [_, flag] = self.names(index, span);
        Some(quote!({ #flag }))
    }

    /// Returns the sizes from the path of a constant that is a number or a pair of two; only the compiler knows which.
    fn pair(&mut self, least: u64, tokens: &TokenStream) -> [Size; 2] {
        let source = text(tokens.clone());
        let key = format!("pair from {least} {source}");
        let span = Extent::of(tokens).first;
        let index = self.constants.iter().position(|(bound, _)| *bound == key).unwrap_or_else(|| {
            let [given, pair] = self.names(self.constants.len(), span);
            let sizes = quote!([::core::primitive::usize; 2]);
            let either = Extent::of(tokens).close(library::layer("SizeOrPair", span));
            let proofs =
                (0..2_usize).map(|side| prove("size", None, &quote!(#given[#side], #source), tokens));
            let proof = (least > 0).then(|| library::either(proofs)).flatten();
            let usable = if least > 0 { library::proof_at("both_usable", span) } else { quote!() };
            let declaration = quote_spanned! {span=>
                #[allow(non_upper_case_globals)]
                const #given: #sizes = #either(#tokens).usize_or_pair();
                #[allow(unused_braces)]
                const _: () = { #proof };
                const #pair: #sizes = #usable(#given);
            };
            self.constants.push((key, declaration));
            self.constants.len() - 1
        });
        let [_, pair] = self.names(index, span);
        [0_usize, 1].map(|side| Size::Expr { value: quote!(#pair[#side]), text: source.clone() })
    }

    /// Reads `3`, the same size along both axes.
    fn side(
        &mut self,
        least: u64,
        tokens: &TokenStream,
        what: &str,
        errors: &mut Errors,
    ) -> Option<[Size; 2]> {
        let is_param = |word: &Ident| self.params.contains(word);
        let word = match single(tokens) {
            Some(TokenTree::Ident(word)) => Some(word),
            _ => None,
        };
        let is_self = mentioned(tokens.clone(), &[Ident::new("Self", Span::call_site())]).is_some();
        let other = is_self || word.is_some_and(|word| is_param(&word) || is_reserved(&word.to_string()));
        if is_path(tokens) && !other && mentioned(tokens.clone(), self.params).is_none() {
            return Some(self.pair(least, tokens));
        }
        let size = self.number(least, tokens, what, errors)?;
        Some([size.clone(), size])
    }

    /// Reads `valid`, `same`, `causal`, `2` or `(2, 1)`.
    pub(crate) fn padding(
        &mut self,
        tokens: &TokenStream,
        what: &str,
        errors: &mut Errors,
    ) -> Option<Padding> {
        let found = text(tokens.clone());
        let lowercase =
            |found: &str| single(tokens).is_some() && found.trim_matches('"').starts_with(char::is_lowercase);
        // `SAME` and `sizes::VALID` are constants of the user's, `"SAME"` and `Padding::Same` cannot be
        let last = found.rsplit(':').next().unwrap_or(&found);
        let no_constant = found.starts_with('"') || last.contains(char::is_lowercase);
        let meant = no_constant && PADDINGS.contains(&&*meant_by(&found));
        match single(tokens) {
            Some(TokenTree::Ident(word)) if self.params.contains(&word) => {
                self.sides(0, tokens, what, errors).map(Padding::Sides)
            }
            _ if meant || lowercase(&found) => {
                match word_of(PADDINGS, tokens, what, " (or a number, or a pair)", errors)? {
                    "same" => Some(Padding::Same),
                    "causal" => Some(Padding::Causal),
                    _ => Some(Padding::Sides([Size::Known(0), Size::Known(0)])),
                }
            }
            _ => self.sides(0, tokens, what, errors).map(Padding::Sides),
        }
    }

    /// Returns the path of a constant array.
    pub(crate) fn table(
        &mut self,
        tokens: &TokenStream,
        what: &str,
        errors: &mut Errors,
    ) -> Option<TokenStream> {
        if tokens.is_empty() {
            return None;
        }
        if let Some(param) = mentioned(tokens.clone(), self.params) {
            errors.push(&param, format!("{what} is the path of a constant: found the parameter `{param}`"));
            return None;
        }
        let found = text(tokens.clone());
        if let Some(this) = mentioned(tokens.clone(), &[Ident::new("Self", Span::call_site())]) {
            errors.push(this, format!("found `{found}`: {NO_SELF}"));
            return None;
        }
        if is_path(tokens) {
            return Some(tokens.clone());
        }
        errors.push(tokens, format!("{what} is the path of a constant: found `{found}`{TABLE}"));
        None
    }
}

/// The message about a constant that is named by `Self`.
const NO_SELF: &str = "`Self` is no type in a network, which is an item of its own\n\
                       note: the constant is found by the name of its type, as in `MyType::SIZE`";

/// Returns true if some tokens are the path of a value: `N<>` is the path of a type.
fn is_path(tokens: &TokenStream) -> bool {
    syn::parse2::<Path>(tokens.clone()).is_ok() && syn::parse2::<Expr>(tokens.clone()).is_ok()
}

/// Returns the content of round brackets, if that is all there is.
pub(crate) fn unbracketed(tokens: &TokenStream) -> TokenStream {
    match single(tokens) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => group.stream(),
        _ => tokens.clone(),
    }
}

/// Returns true if a word has a meaning of its own in a network, and so is not a constant.
fn is_reserved(word: &str) -> bool {
    known(word) || is_word(word)
}

/// Returns the two parts of a pair written as `[5, 3]` or `5x3`.
fn written_otherwise(tree: &TokenTree, found: &str) -> Option<TokenStream> {
    match tree {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => Some(group.stream()),
        TokenTree::Literal(literal) => {
            let (rows, columns) = found.split_once('x')?;
            let numbers = [rows, columns].map(|number| number.parse().ok().map(Literal::u64_unsuffixed));
            let [Some(mut rows), Some(mut columns)] = numbers else { return None };
            rows.set_span(literal.span());
            columns.set_span(literal.span());
            Some(quote!(#rows, #columns))
        }
        _ => None,
    }
}

/// Splits a pair at its commas; where anything else is between the parts, splits it into more than two.
fn separated(tokens: TokenStream) -> Vec<TokenStream> {
    let parser = |input: ParseStream| {
        let mut parts = Vec::new();
        while !input.is_empty() {
            let part = up_to_comma(input);
            // after a token that cannot belong to a value, the number of parts is wrong
            parts.push(part);
            if input.peek(Token![,]) {
                skip(input);
            } else if !input.is_empty() {
                parts.extend([TokenStream::new(), TokenStream::new()]);
                skip(input);
            }
        }
        Ok(parts)
    };
    parser.parse2(tokens).unwrap_or_default()
}

/// Adds the words among some tokens.
fn words_of(tokens: TokenStream, words: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(word) => words.push(word.to_string()),
            TokenTree::Group(group) => words_of(group.stream(), words),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

/// The note about the declaration of a table.
pub(crate) const TABLE: &str = "\nnote: it is declared beside the network: `const TABLE: [usize; …] = […];`";

/// Reads one of some words. `others` names the alternatives in messages.
pub(crate) fn word_of(
    words: &[&'static str],
    tokens: &TokenStream,
    what: &str,
    others: &str,
    errors: &mut Errors,
) -> Option<&'static str> {
    if tokens.is_empty() {
        return None;
    }
    let found = text(tokens.clone());
    if let Some(word) = words.iter().find(|word| **word == found) {
        return Some(word);
    }
    let known: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let bare = found.trim_matches('"');
    let meant =
        nearest(bare, words.iter().copied()).or_else(|| nearest(&meant_by(&found), words.iter().copied()));
    let meant = meant.or(match bare {
        "1" if words.contains(&"true") => Some("true"),
        "0" if words.contains(&"false") => Some("false"),
        _ => None,
    });
    let help = match meant {
        Some(meant) if meant == bare => format!("{}, without quotes", Mend::Write(meant)),
        meant => report::optional(meant.map(Mend::Meant)),
    };
    let known = known.join(" or ");
    errors.push(tokens, format!("{what} is {known}{others}: found `{found}`{help}"));
    words.iter().copied().find(|word| Some(*word) == meant)
}
