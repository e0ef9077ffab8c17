//! What stands in a block's braces, and whether it gives what it must.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::errors::Errors;
use crate::extent::Extent;
use crate::infer::Walk;
use crate::krate::{plywood, prove};
use crate::shape::Shape;

/// The layers of one block.
pub(crate) struct Branch {
    /// Their type; `None` after a mistake.
    pub(crate) ty: Option<TokenStream>,
    /// What they give.
    pub(crate) output: Shape,
    /// From the first path among them to the last.
    pub(crate) foreign: Option<Extent>,
}

impl Branch {
    /// Makes it a type that visibly gives a shape: whether it does is proved beside it.
    pub(crate) fn give(&mut self, shape: &Shape) {
        let (plywood, shape) = (plywood(), shape.ty());
        self.ty = self.ty.take().map(|ty| quote!(#plywood::layers::Gives<#shape, #ty>));
    }
}

/// Two shapes that must agree, in words.
pub(crate) struct Agreement<'a> {
    /// What is said before the shape that is found.
    pub(crate) found: &'a str,
    /// What is said between it and the one that is expected.
    pub(crate) expected: &'a str,
    /// What helps: lines of their own.
    pub(crate) help: &'a str,
    /// The function of `plywood::proof` that compares what only the compiler knows.
    pub(crate) proof: &'static str,
    /// Whom to blame.
    pub(crate) blamed: &'a Ident,
}

impl Agreement<'_> {
    /// Reports that they do not agree.
    pub(crate) fn refuse(&self, found: &Shape, expected: &Shape, errors: &mut Errors) {
        let Self { found: before, expected: between, help, blamed, .. } = self;
        errors.push(blamed, format!("{before}{found}{between}{expected}{help}"));
    }

    /// Leaves it to the compiler whether they agree.
    pub(crate) fn prove(&self, found: &Shape, expected: &Shape, walk: &mut Walk<'_>) {
        if let (Some(gives), Some(other)) = (found.ty(), expected.ty()) {
            let Self { found, expected, help, proof, blamed } = self;
            let types = quote!(#gives, #other);
            walk.proofs.push(prove(proof, Some(types), &quote!(#found, #expected, #help), blamed));
        }
    }

    /// That a branch gives the expected shape.
    pub(crate) fn of(&self, branch: &mut Branch, expected: &Shape, walk: &mut Walk<'_>, errors: &mut Errors) {
        if matches!(branch.output, Shape::Unknown) || matches!(expected, Shape::Unknown) {
            return;
        }
        match branch.output.same(expected) {
            Some(true) => {}
            Some(false) => self.refuse(&branch.output, expected, errors),
            None => {
                self.prove(&branch.output, expected, walk);
                branch.give(expected);
            }
        }
    }
}
