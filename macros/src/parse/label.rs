//! Reads the label before a layer, and other forms that people write for one.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Result, Token};

use crate::keyword::known;
use crate::parse::input::{mended, skip};
use crate::report::{Errors, Mend};
use crate::tokens::text;

/// Reads `label:`.
pub(crate) fn label(input: ParseStream, errors: &mut Errors) -> Result<Option<Ident>> {
    if let Some((label, tokens)) = assigned(input) {
        let (found, written) = (text(tokens.clone()), format!("{label}:"));
        let mend = Mend::Write(&written);
        errors.push(tokens, format!("expected a layer or its label, found `{found}`{mend}"));
        return Ok(Some(label));
    }
    if let Some((words, label)) = no_word(input) {
        let mend = Mend::Write(&label);
        let found = text(words.clone());
        errors.push(&words, format!("a label is a word of letters, digits and `_`: found `{found}`{mend}"));
        skip(input);
        let span = words.into_iter().next().map_or_else(Span::call_site, |token| token.span());
        return Ok(Some(Ident::new(&label, span)));
    }
    if !input.peek(Ident::peek_any) {
        return Ok(None);
    }
    if input.peek2(Token![:]) && !input.peek2(Token![::]) {
        let label = input.call(Ident::parse_any)?;
        skip(input);
        if syn::parse2::<Ident>(label.to_token_stream()).is_err() {
            let other = format!("{label}_");
            let mend = Mend::Write(&other);
            errors.push(&label, format!("`{label}` is a word of Rust and cannot be a label{mend}"));
            return Ok(None);
        }
        if input.peek(syn::Ident) && input.peek2(Token![:]) && !input.peek2(Token![::]) {
            let (second, colon): (Ident, Token![:]) = (input.parse()?, input.parse()?);
            let problem = format!("a layer has one label: found another, `{second}`{}", Mend::Remove);
            errors.push(quote!(#second #colon), problem);
        }
        return Ok(Some(label));
    }
    if !input.peek(syn::Ident) {
        return Ok(None);
    }
    if input.peek2(Token![=]) && !input.peek2(Token![=>]) {
        let label: Ident = input.parse()?;
        errors.add(mended(input, &format!("`:` after the label `{label}`"), &Mend::Write(":")));
        skip(input);
        return Ok(Some(label));
    }
    let ahead = input.fork();
    let first: Ident = ahead.parse()?;
    let known = |word: &Ident| known(&word.to_string());
    if !known(&first) && ahead.parse::<Ident>().is_ok_and(|second| known(&second)) {
        skip(input);
        errors.add(mended(input, &format!("`:` after the label `{first}`"), &Mend::Before(":")));
        return Ok(Some(first));
    }
    Ok(None)
}

/// Reads `fc-1:`, `1:`, a label that is not a word, and returns a label that is. Takes all but the colon.
fn no_word(input: ParseStream) -> Option<(TokenStream, String)> {
    let ahead = input.fork();
    let (mut tokens, mut label) = (TokenStream::new(), String::new());
    while !ahead.peek(Token![:]) {
        match ahead.parse::<TokenTree>().ok()? {
            TokenTree::Punct(dash) if dash.as_char() == '-' => {
                label.push('_');
                tokens.extend([TokenTree::Punct(dash)]);
            }
            token @ (TokenTree::Ident(_) | TokenTree::Literal(_)) => {
                label.push_str(&token.to_string());
                tokens.extend([token]);
            }
            _ => return None,
        }
    }
    if label.starts_with(|letter: char| letter.is_ascii_digit()) {
        label.insert_str(0, "layer_");
    }
    let several = tokens.clone().into_iter().count() > 1;
    let number = matches!(tokens.clone().into_iter().next(), Some(TokenTree::Literal(_)));
    let word = syn::parse_str::<Ident>(&label).is_ok();
    (word && (several || number) && !ahead.peek(Token![::])).then(|| {
        input.advance_to(&ahead);
        (tokens, label)
    })
}

/// Reads and takes `let fc1 =`, `self.fc1 =`, `fc1 @`: wrong forms of a label.
fn assigned(input: ParseStream) -> Option<(Ident, TokenStream)> {
    let ahead = input.fork();
    let mut words = TokenStream::new();
    let mut declared = false;
    if ahead.peek(Token![self]) && ahead.peek2(Token![.]) {
        ahead.parse::<Token![self]>().ok()?.to_tokens(&mut words);
        ahead.parse::<Token![.]>().ok()?.to_tokens(&mut words);
        declared = true;
    } else {
        let declares = |word: &Ident| matches!(&*word.to_string(), "let" | "const" | "mut" | "var" | "val");
        while ahead.fork().call(Ident::parse_any).is_ok_and(|word| declares(&word))
            && ahead.peek2(Ident::peek_any)
        {
            ahead.call(Ident::parse_any).ok()?.to_tokens(&mut words);
            declared = true;
        }
    }
    let label: Ident = ahead.parse().ok()?;
    let sign: TokenTree = ahead.parse().ok()?;
    let assigns = declared && matches!(&sign, TokenTree::Punct(sign) if "=:".contains(sign.as_char()));
    let at = matches!(&sign, TokenTree::Punct(sign) if sign.as_char() == '@');
    (assigns || at).then(|| {
        input.advance_to(&ahead);
        (label.clone(), quote!(#words #label #sign))
    })
}

/// Reads and takes `: fc1`, `as fc1`: a label after its layer.
pub(crate) fn label_after(input: ParseStream) -> Option<TokenStream> {
    let ahead = input.fork();
    let sign: TokenTree = ahead.parse().ok()?;
    let label: Ident = ahead.parse().ok()?;
    let joins = matches!(sign.to_string().as_str(), ":" | "as");
    let ends = ahead.is_empty() || ahead.peek(Token![,]);
    (joins && ends && !known(&label.to_string())).then(|| {
        input.advance_to(&ahead);
        quote!(#sign #label)
    })
}
