//! Reads `Flat<784>`, `Image<28, 28, 1>`, and other forms that people write for a shape.

use proc_macro2::{Delimiter, Group, Ident, Literal, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, LitInt, Result, Token, token};

use crate::parse::ast::{Shape, ShapeForm, ShapeKind};
use crate::parse::input::{expected, in_angle_brackets, mended, separated, skip, within};
use crate::report::{Errors, Mend};
use crate::suggest::nearest;
use crate::tokens::text;

const SHAPES: &str = "a shape: `Flat<N>`, `Image<HEIGHT, WIDTH, CHANNELS>` or a pair of shapes `(A, B)`";

impl ShapeKind {
    /// Returns the name, the number of sizes, the same in words, and the written form.
    fn written(self) -> (&'static str, usize, &'static str, &'static str) {
        match self {
            Self::Flat => ("Flat", 1, "1 size", "Flat<N>"),
            Self::Image => ("Image", 3, "3 sizes", "Image<HEIGHT, WIDTH, CHANNELS>"),
        }
    }

    /// Returns the kind that a word names, or was probably meant to name.
    fn meant(word: &str) -> Option<Self> {
        let near = match word {
            "Vector" | "Vec" => Some("flat"),
            _ => nearest(word, ["flat", "image"].into_iter()),
        };
        near.map(|near| if near == "flat" { Self::Flat } else { Self::Image })
    }
}

/// Returns true if a shape begins here.
pub(crate) fn names_shape(input: ParseStream) -> bool {
    let sizes = input.peek2(Token![<]) || input.peek2(token::Paren) || input.peek2(token::Bracket);
    sizes && input.fork().parse::<Ident>().is_ok_and(|word| word == "Flat" || word == "Image")
}

/// Returns true if a group in round or square brackets holds shapes, not the sizes of one.
fn holds_shapes(group: &Group) -> bool {
    let names_shape = |part: &TokenStream| match part.clone().into_iter().next() {
        Some(TokenTree::Ident(word)) => ShapeKind::meant(&word.to_string()).is_some(),
        Some(TokenTree::Group(_)) => true,
        _ => false,
    };
    matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::Bracket)
        && separated(group.stream()).iter().any(names_shape)
}

/// Reads `(Image<28, 28, 1>, Flat<4>)`; returns `None` after a mistake in a part.
fn pair(group: &Group, errors: &mut Errors) -> Result<Option<Shape>> {
    if group.delimiter() == Delimiter::Bracket {
        let written = format!("({})", text(group.stream()));
        let found = text(group.to_token_stream());
        errors.push(
            group,
            format!("found `{found}`, expected a pair in round brackets{}", Mend::Write(&written)),
        );
    }
    let parts = within(group, |content| {
        let mut parts = Vec::new();
        while !content.is_empty() {
            parts.push(shape(content, errors)?);
            if content.peek(Token![,]) {
                content.parse::<Token![,]>()?;
            } else if !content.is_empty() {
                return Err(expected(content, "`,` between two shapes"));
            }
        }
        Ok(parts)
    })?;
    let Some(mut parts) = parts.into_iter().collect::<Option<Vec<Shape>>>() else { return Ok(None) };
    if let [one] = &parts[..] {
        let written = text(one.tokens.clone());
        let problem = format!("a pair has two shapes: found one in brackets{}", Mend::Write(&written));
        errors.push(group, problem);
        return Ok(parts.pop());
    }
    let tokens = group.to_token_stream();
    // from the last shape backward: pairs nest to the right
    Ok(parts
        .into_iter()
        .rev()
        .reduce(|rest, part| Shape { form: ShapeForm::Pair(Box::new([part, rest])), tokens: tokens.clone() }))
}

/// Reads a shape; returns `None` where the number of sizes is wrong.
pub(crate) fn shape(input: ParseStream, errors: &mut Errors) -> Result<Option<Shape>> {
    if let Ok(group) = input.fork().parse::<Group>()
        && holds_shapes(&group)
    {
        skip(input);
        return pair(&group, errors);
    }
    let Ok(name) = input.fork().call(Ident::parse_any) else {
        return unnamed(input, errors).map(Some);
    };
    let word = name.to_string();
    let Some(kind) = ShapeKind::meant(&word) else { return Err(expected(input, SHAPES)) };
    let (meant, count, takes, written) = kind.written();
    if word != meant {
        errors.add(mended(input, SHAPES, &Mend::Meant(meant)));
    }
    input.call(Ident::parse_any)?;
    if input.peek(Token![::]) && input.peek3(Token![<]) {
        let colons: Token![::] = input.parse()?;
        errors.push(colons, format!("found `::`, expected the sizes in angle brackets{}", Mend::Remove));
    }
    let mend = Mend::Write(written);
    let before = errors.len();
    let (mut sizes, brackets) = if input.peek(Token![<]) {
        in_angle_brackets(input, count, errors)?
    } else if input.peek(token::Paren) || input.peek(token::Bracket) {
        let group: Group = input.parse()?;
        let sizes = separated(group.stream());
        let (found, angled) = (text([group.clone().into()]), format!("<{}>", listed(&sizes)));
        errors.push(
            &group,
            format!("found `{found}`, expected the sizes in angle brackets{}", Mend::Write(&angled)),
        );
        (sizes, group.into_token_stream())
    } else {
        return Err(Error::new(name.span(), format!("`{name}` takes {takes}: found none{mend}")));
    };
    let tokens: TokenStream = [name.to_token_stream(), brackets].into_iter().collect();
    if let [one] = &sizes[..]
        && let Some(parts) = crosses(one).filter(|parts| parts.len() == count && count > 1)
    {
        let all = format!("{meant}<{}>", listed(&parts));
        let found = text(one.clone());
        errors.push(&tokens, format!("found `{found}`, expected sizes with commas{}", Mend::Write(&all)));
        sizes = parts;
    }
    if sizes.len() != count {
        if errors.len() == before {
            errors.push(tokens, format!("`{name}` takes {takes}: found {}{mend}", sizes.len()));
        }
        return Ok(None);
    }
    Ok(Some(Shape { form: ShapeForm::Single(kind, sizes), tokens }))
}

/// Reads `784`, `(28, 28, 1)`: sizes without the name of the shape.
fn unnamed(input: ParseStream, errors: &mut Errors) -> Result<Shape> {
    let problem = expected(input, SHAPES);
    let (sizes, tokens) = match input.fork().parse::<TokenTree>() {
        Ok(TokenTree::Group(group))
            if matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::Bracket) =>
        {
            (separated(group.stream()), group.into_token_stream())
        }
        Ok(TokenTree::Literal(number)) if input.peek(LitInt) => {
            let tokens = number.into_token_stream();
            (crosses(&tokens).unwrap_or_else(|| vec![tokens.clone()]), tokens)
        }
        _ => return Err(problem),
    };
    let kind = match sizes.len() {
        1 => ShapeKind::Flat,
        3 => ShapeKind::Image,
        _ => return Err(problem),
    };
    let written = format!("{}<{}>", kind.written().0, listed(&sizes));
    errors.push(&tokens, format!("{problem}{}", Mend::Write(&written)));
    skip(input);
    Ok(Shape { form: ShapeForm::Single(kind, sizes), tokens })
}

/// Returns the numbers between the crosses in `28x28x1`, if there are any.
fn crosses(size: &TokenStream) -> Option<Vec<TokenStream>> {
    let found = text(size.clone());
    let span = size.clone().into_iter().next()?.span();
    let parts: Option<Vec<u64>> = found.split('x').map(|part| part.parse().ok()).collect();
    let parts = parts.filter(|parts| parts.len() > 1)?.into_iter().map(|size| {
        let mut literal = Literal::u64_unsuffixed(size);
        literal.set_span(span);
        literal.into_token_stream()
    });
    Some(parts.collect())
}

/// Returns a list of sizes as they are written.
fn listed(sizes: &[TokenStream]) -> String {
    sizes.iter().map(|size| text(size.clone())).collect::<Vec<_>>().join(", ")
}
