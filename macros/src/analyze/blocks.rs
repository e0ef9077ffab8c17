//! Infers the layers that consist of others: `residual`, `repeat`, `checkpoint`, `concat`, `heads`, `pairwise` and
//! `shared`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use crate::analyze::check;
use crate::analyze::shape::{Shape, shortcut_between};
use crate::analyze::size::{Size, Unwritable, computes_with};
use crate::analyze::value::Values;
use crate::keyword::Composite;
use crate::library::{self, plywood, prove};
use crate::parse::ast::{self, Call};
use crate::report::{Errors, Mend, Place};
use crate::tokens::Extent;

/// The layers of one block.
pub(crate) struct Branch {
    /// The type of the layers; `None` after a mistake.
    pub(crate) ty: Option<TokenStream>,
    /// The output shape of the layers.
    pub(crate) output: Shape,
    /// The number of multiplications of the layers for each example, as far as the macro knows their sizes.
    pub(crate) work: u128,
    /// The extent from the first path among the layers to the last.
    pub(crate) foreign: Option<Extent>,
}

impl Branch {
    /// Wraps the branch in a type with a visible output shape; a separate proof checks that shape.
    pub(crate) fn give(&mut self, shape: &Shape) {
        let (plywood, shape) = (plywood(), shape.ty());
        self.ty = self.ty.take().map(|ty| quote!(#plywood::layers::Gives<#shape, #ty>));
    }
}

/// Two shapes that must agree, in words.
pub(crate) struct Agreement<'a> {
    /// The words before the found shape.
    pub(crate) found: &'a str,
    /// The words between the found and the expected shape.
    pub(crate) expected: &'a str,
    /// The lines of help.
    pub(crate) help: &'a str,
    /// The function of `plywood::proof` that compares shapes that only the compiler knows.
    pub(crate) proof: &'static str,
    /// The word to blame.
    pub(crate) blamed: &'a Ident,
}

impl Agreement<'_> {
    /// Reports that the shapes do not agree.
    pub(crate) fn refuse(&self, found: &Shape, expected: &Shape, errors: &mut Errors) {
        let Self { found: before, expected: between, help, blamed, .. } = self;
        errors.push(blamed, format!("{before}{found}{between}{expected}{help}"));
    }

    /// Leaves the comparison of the shapes to the compiler.
    pub(crate) fn prove(&self, found: &Shape, expected: &Shape, proofs: &mut Vec<TokenStream>) {
        if let (Some(gives), Some(other)) = (found.ty(), expected.ty()) {
            let Self { found, expected, help, proof, blamed } = self;
            let types = quote!(#gives, #other);
            proofs.push(prove(proof, Some(types), &quote!(#found, #expected, #help), blamed));
        }
    }

    /// Checks that a branch gives the expected shape, or leaves the check to the compiler.
    pub(crate) fn of(
        &self,
        branch: &mut Branch,
        expected: &Shape,
        proofs: &mut Vec<TokenStream>,
        errors: &mut Errors,
    ) {
        if matches!(branch.output, Shape::Unknown) || matches!(expected, Shape::Unknown) {
            return;
        }
        match branch.output.same(expected) {
            Some(true) => {}
            Some(false) => self.refuse(&branch.output, expected, errors),
            None => {
                self.prove(&branch.output, expected, proofs);
                branch.give(expected);
            }
        }
    }
}

/// A layer that consists of others, and its position.
pub(crate) struct Site<'a> {
    pub(crate) kind: Composite,
    pub(crate) call: &'a Call,
    pub(crate) place: &'a Place<'a>,
    /// The shape that reaches the layer.
    pub(crate) input: &'a Shape,
}

impl Site<'_> {
    /// Reports a block that lacks all of its braces, and returns a substitute for it.
    pub(crate) fn without_blocks(&self, errors: &mut Errors) -> Option<Branch> {
        let Call { keyword, blocks, .. } = self.call;
        if !blocks.is_empty() {
            return None;
        }
        let (subject, usage) = (self.subject(), self.kind.usage());
        errors.push(keyword, format!("{subject} has no layers in braces\nnote: it is written `{usage}`"));
        let output = match self.kind {
            Composite::Residual | Composite::Repeat => self.input.clone(),
            _ => Shape::Unknown,
        };
        Some(Branch { ty: None, output, work: 0, foreign: None })
    }

    /// Returns the type of the block from the inferred types of the layers in its braces.
    pub(crate) fn combine(
        &self,
        copies: Option<Size>,
        mut branches: Vec<Branch>,
        proofs: &mut Vec<TokenStream>,
        errors: &mut Errors,
    ) -> Branch {
        let foreign = Extent::of_all(branches.iter().filter_map(|branch| branch.foreign));
        let work = branches.iter().fold(0_u128, |sum, branch| sum.saturating_add(branch.work));
        let (work, countable) = match &copies {
            Some(copies) => {
                let work = Size::Known(u64::try_from(work).unwrap_or(u64::MAX));
                check::work(&[copies.clone(), work], &self.subject(), &self.call.keyword, errors)
            }
            None => (work, None),
        };
        proofs.extend(countable);
        let (ty, output) = match (self.kind, &mut branches[..]) {
            (_, []) => (None, self.input.clone()),
            (Composite::Residual, [body]) => self.residual(body, proofs, errors),
            (Composite::Residual, [body, shortcut, ..]) => self.shortcut(body, shortcut, proofs, errors),
            (Composite::Repeat, [body, ..]) => self.repeat(copies, body, proofs, errors),
            (Composite::Checkpoint, [body, ..]) => {
                (body.ty.as_ref().map(|body| self.ty(body)), body.output.clone())
            }
            // the channels that the other branch would add are unknown
            (Composite::Concat, [_]) => (None, Shape::Unknown),
            (Composite::Concat, branches) => self.concat(branches, proofs, errors),
            (Composite::Heads | Composite::Pairwise, branches) => self.beside(branches),
            (Composite::Shared, [body, ..]) => {
                let output = Shape::pair(body.output.clone(), body.output.clone());
                (body.ty.as_ref().map(|body| self.ty(body)), output)
            }
        };
        Branch { ty, output, work, foreign }
    }

    /// Returns the type of the block with these arguments.
    fn ty(&self, generics: impl ToTokens) -> TokenStream {
        let name = match self.kind {
            Composite::Residual => "Residual",
            Composite::Repeat => "Repeat",
            Composite::Checkpoint => "Checkpoint",
            Composite::Concat => "Concat",
            Composite::Heads => "Heads",
            Composite::Pairwise => "Pairwise",
            Composite::Shared => "Shared",
        };
        let ty = library::layer(name, self.call.keyword.span());
        quote!(#ty<#generics>)
    }

    /// Returns the name of the block in messages.
    fn subject(&self) -> String {
        self.place.of(self.kind.name())
    }

    /// Returns the number of copies, the only argument of a block.
    pub(crate) fn copies(&self, values: &mut Values, errors: &mut Errors) -> Option<Size> {
        let Call { keyword, arguments, .. } = self.call;
        let (subject, usage) = (self.subject(), self.kind.usage());
        let copies = matches!(self.kind, Composite::Repeat);
        let all: TokenStream = arguments.iter().map(|argument| argument.value.clone()).collect();
        match &arguments[..] {
            [] if copies => {
                let mend =
                    if self.call.brackets { Mend::Argument("COPIES") } else { Mend::After("(COPIES)") };
                let problem = format!("{subject}: the number of copies is missing{mend}");
                errors.push(keyword, problem);
                None
            }
            [] => None,
            [argument] if copies => {
                if let Some(name) = &argument.name {
                    let problem = format!("{subject} has no option `{name}`\nnote: it is written `{usage}`");
                    errors.push(name, problem);
                }
                values.size(&argument.value, &format!("{subject}: the number of copies"), errors)
            }
            _ => {
                let found = arguments.len();
                let problem = if copies {
                    let problem = "takes the number of copies alone";
                    format!("{subject} {problem}: found {found} arguments\nnote: it is written `{usage}`")
                } else {
                    format!("{subject} takes no arguments: found {found}{}", Mend::Remove)
                };
                errors.push(all, problem);
                None
            }
        }
    }

    /// Reports empty braces, and returns a substitute for the layers in them.
    pub(crate) fn without_layers(
        &self,
        index: usize,
        input: &Shape,
        block: &ast::Block,
        errors: &mut Errors,
    ) -> Option<Branch> {
        if !block.braces.stream().is_empty() {
            return None;
        }
        let help = match self.kind {
            Composite::Residual if index > 0 => {
                format!("{}, for without a shortcut x itself is added", Mend::Remove)
            }
            Composite::Concat | Composite::Heads | Composite::Pairwise => {
                format!("{}, which passes on what reaches it", Mend::Write("{ identity }"))
            }
            _ => Mend::Write("{ relu }").to_string(),
        };
        let (part, place) = (self.kind.part(index), self.place);
        errors.push(block.tokens(), format!("{part} at {place} has no layers{help}"));
        Some(Branch { ty: None, output: input.clone(), work: 0, foreign: None })
    }

    /// Returns the shape that reaches each block in braces. Blocks that no part reaches are left out.
    pub(crate) fn inputs(&self, proofs: &mut Vec<TokenStream>, errors: &mut Errors) -> Vec<Shape> {
        let blocks = self.call.blocks.len();
        let parts = match self.kind {
            Composite::Pairwise | Composite::Shared => self.input.parts(),
            _ => return vec![self.input.clone(); blocks],
        };
        let Some([first, second]) = parts else {
            let (subject, input) = (self.subject(), self.input);
            let problem = format!("{subject} takes a pair of shapes, but what reaches it is {input}");
            let note = "`heads { … } { … }` makes two shapes of one";
            errors.push(&self.call.keyword, format!("{problem}\nnote: {note}"));
            return vec![Shape::Unknown; blocks];
        };
        if let Composite::Shared = self.kind {
            let agreement = Agreement {
                found: &format!(
                    "{} computes the same on both parts of a pair: the second is ",
                    self.subject()
                ),
                expected: ", but the first is ",
                help: "\nnote: `pairwise { … } { … }` has layers of its own for each part",
                proof: "same",
                blamed: &self.call.keyword,
            };
            match second.same(&first) {
                Some(true) => {}
                Some(false) => {
                    agreement.refuse(&second, &first, errors);
                    return vec![Shape::Unknown; blocks];
                }
                None => agreement.prove(&second, &first, proofs),
            }
            return vec![first; blocks];
        }
        // the last block computes on all that is left
        let mut inputs = vec![first];
        let mut rest = second;
        while inputs.len() + 1 < blocks {
            let Some([first, second]) = rest.parts() else { break };
            inputs.push(first);
            rest = second;
        }
        inputs.push(rest);
        if inputs.len() < blocks {
            let (subject, input, parts) = (self.subject(), self.input, inputs.len());
            let problem = format!(
                "{subject} has {blocks} blocks, but what reaches it has {parts} parts: {input}{}",
                Mend::Remove
            );
            let extra: TokenStream = self.call.blocks[parts..].iter().map(ast::Block::tokens).collect();
            errors.push(extra, problem);
        }
        inputs
    }

    /// Puts what the branches give side by side.
    fn beside(&self, branches: &[Branch]) -> (Option<TokenStream>, Shape) {
        // from the last branch backward: types and shapes nest to the right
        let joined = branches.iter().rev().map(|branch| (branch.ty.clone(), branch.output.clone())).reduce(
            |(rest, rest_gives), (ty, gives)| {
                let ty = ty.zip(rest).map(|(ty, rest)| self.ty(quote!(#ty, #rest)));
                (ty, Shape::pair(gives, rest_gives))
            },
        );
        match joined {
            Some(joined) if branches.len() > 1 => joined,
            _ => (None, Shape::Unknown),
        }
    }

    /// Combines x + F(x).
    fn residual(
        &self,
        body: &mut Branch,
        proofs: &mut Vec<TokenStream>,
        errors: &mut Errors,
    ) -> (Option<TokenStream>, Shape) {
        let help = match shortcut_between(self.input, &body.output) {
            Some(layers) => Mend::AfterBraces(&format!("shortcut {{ {layers} }}")).to_string(),
            None => "\nnote: the body ends in the shape that it begins with, or there is a `shortcut { … }`"
                .to_owned(),
        };
        let agreement = Agreement {
            found: &format!("{}: its body gives ", self.subject()),
            expected: ", but what it is added to is ",
            help: &help,
            proof: "same",
            blamed: &self.call.keyword,
        };
        agreement.of(body, self.input, proofs, errors);
        let ty = body.ty.as_ref().map(|body| self.ty(body));
        // where no shortcut can make up for the difference, the body must change
        let kept = shortcut_between(self.input, &body.output).is_none();
        (ty, if kept { self.input.clone() } else { self.meant(body) })
    }

    /// Combines S(x) + F(x).
    fn shortcut(
        &self,
        body: &mut Branch,
        shortcut: &mut Branch,
        proofs: &mut Vec<TokenStream>,
        errors: &mut Errors,
    ) -> (Option<TokenStream>, Shape) {
        let help = match shortcut_between(self.input, &body.output) {
            Some(layers) => {
                format!("{}, or change the body", Mend::Shortcut(&format!("shortcut {{ {layers} }}")))
            }
            None => "\nnote: both end in the same shape".to_owned(),
        };
        let agreement = Agreement {
            found: &format!("{}: its shortcut gives ", self.subject()),
            expected: ", but its body gives ",
            help: &help,
            proof: "same",
            blamed: &self.call.keyword,
        };
        agreement.of(shortcut, &body.output, proofs, errors);
        let types = body.ty.as_ref().zip(shortcut.ty.as_ref());
        (types.map(|(body, shortcut)| self.ty(quote!(#body, #shortcut))), body.output.clone())
    }

    /// Combines F(F(… x)).
    fn repeat(
        &self,
        copies: Option<Size>,
        body: &mut Branch,
        proofs: &mut Vec<TokenStream>,
        errors: &mut Errors,
    ) -> (Option<TokenStream>, Shape) {
        let agreement = Agreement {
            found: &format!("{}: its body gives ", self.subject()),
            expected: ", but takes ",
            help: "\nnote: the body ends in the shape that it begins with; \
                   a layer that changes the shape is written before or after the repetition",
            proof: "same",
            blamed: &self.call.keyword,
        };
        agreement.of(body, self.input, proofs, errors);
        let arguments = copies.zip(body.ty.as_ref());
        let ty = arguments.map(|(copies, body)| self.ty(quote!(#copies, #body)));
        match body.output.same(self.input) {
            // it is unknown whether the body or the layers after it should change
            Some(false) => (ty, Shape::Unknown),
            _ => (ty, self.meant(body)),
        }
    }

    /// Returns the shape to assume after a body that should keep the shape of its input: the body's output if the macro
    /// can compare the two, otherwise the input.
    fn meant(&self, body: &Branch) -> Shape {
        if body.output.same(self.input).is_none() && !matches!(self.input, Shape::Unknown) {
            self.input.clone()
        } else {
            body.output.clone()
        }
    }

    /// Combines the channels of all branches, side by side.
    fn concat(
        &self,
        branches: &mut [Branch],
        proofs: &mut Vec<TokenStream>,
        errors: &mut Errors,
    ) -> (Option<TokenStream>, Shape) {
        let Call { keyword, .. } = self.call;
        let known = |branch: &Branch| matches!(branch.output, Shape::Flat(_) | Shape::Image(_));
        let Some(like) = branches.iter().position(known) else {
            if !branches.iter().any(|branch| matches!(branch.output, Shape::Unknown)) {
                errors.push(
                    keyword,
                    format!(
                        "{}: each branch ends in a layer of your own, and so the macro cannot tell whether vectors \
                         or images are joined\nnote: one branch ends in a layer of the library, such as `identity`",
                        self.subject()
                    ),
                );
            }
            return (None, Shape::Unknown);
        };
        let output = branches[like].output.clone();
        let mut sum_is_known = true;
        for (index, branch) in branches.iter_mut().enumerate() {
            let agreement = Agreement {
                found: &format!("{}: branch {} gives ", self.subject(), index + 1),
                expected: &format!(", but branch {} gives ", like + 1),
                help: "\nnote: branches that are joined end in vectors, or in images of the same height and width",
                proof: "same_sides",
                blamed: keyword,
            };
            match branch.output.joins(&output) {
                Some(true) => {}
                Some(false) => {
                    agreement.refuse(&branch.output, &output, errors);
                    // it is unknown whether a vector or an image is meant
                    sum_is_known &=
                        !matches!(branch.output, Shape::Flat(_)) && !matches!(output, Shape::Flat(_));
                }
                None => {
                    agreement.prove(&branch.output, &output, proofs);
                    if let Ok(Some(channels)) = branch.output.channels() {
                        branch.give(&output.with_channels(&channels));
                    }
                }
            }
        }
        if !sum_is_known {
            return (None, Shape::Unknown);
        }
        // from the last branch backward: the type nests to the right
        let mut joined: Option<(Option<TokenStream>, Size)> = None;
        for branch in branches.iter().rev() {
            let channels = match branch.output.channels() {
                Ok(Some(channels)) => channels,
                Ok(None) => return (None, Shape::Unknown),
                Err(problem) => return self.uncountable(&problem, errors),
            };
            joined = Some(match joined {
                None => (branch.ty.clone(), channels),
                Some((rest, sum)) => {
                    let sum = match channels.plus(&sum) {
                        Ok(sum) => sum,
                        Err(problem) => return self.uncountable(&problem, errors),
                    };
                    let shape = output.with_channels(&sum).ty();
                    let generics = branch.ty.as_ref().zip(rest);
                    (generics.map(|(ty, rest)| self.ty(quote!(#ty, #rest, #shape))), sum)
                }
            });
        }
        let Some((ty, sum)) = joined else { return (None, Shape::Unknown) };
        let output = output.with_channels(&sum);
        if let Err(problem @ Unwritable::Overflow) = output.len() {
            return self.uncountable(&problem, errors);
        }
        (ty, output)
    }

    /// Reports that the channels of the branches cannot be added.
    fn uncountable(&self, problem: &Unwritable, errors: &mut Errors) -> (Option<TokenStream>, Shape) {
        match problem {
            Unwritable::Param(param) => errors.push(param, computes_with(param)),
            Unwritable::Behind { layer, param } => errors.push(
                &self.call.keyword,
                format!(
                    "{}: its channels are added up from what `{layer}` gives, and Rust cannot yet compute with its \
                     parameter `{param}`\nnote: after it, `reshape(…)` says the shape",
                    self.subject()
                ),
            ),
            Unwritable::Overflow => errors.push(
                &self.call.keyword,
                format!("{}: a shape has at most {} numbers", self.subject(), Size::MAX),
            ),
        }
        (None, Shape::Unknown)
    }
}
