//! The layers that consist of others: `residual`, `repeat`, `checkpoint`, `concat`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::ast::{self, Call};
use crate::block_kind::Kind;
use crate::branch::{Agreement, Branch};
use crate::errors::Errors;
use crate::extent::Extent;
use crate::fold::{foreign, tree};
use crate::infer::Walk;
use crate::krate;
use crate::mend::Mend;
use crate::names;
use crate::place::Place;
use crate::shape::Shape;
use crate::shortcut::shortcut_between;
use crate::size::{Size, Unwritable};
use crate::value::computes_with;

/// A layer that consists of others, and where it stands.
pub(crate) struct Site<'a> {
    pub(crate) kind: Kind,
    pub(crate) call: &'a Call,
    pub(crate) place: &'a Place<'a>,
    /// What reaches it.
    pub(crate) input: &'a Shape,
}

impl Site<'_> {
    /// Infers the types of its layers, and its own.
    pub(crate) fn infer(&self, walk: &mut Walk<'_>, errors: &mut Errors) -> Branch {
        let Call { keyword, blocks, .. } = self.call;
        if blocks.is_empty() {
            let (subject, usage) = (self.subject(), self.kind.usage());
            errors.push(keyword, format!("{subject} has no layers in braces\nnote: it is written `{usage}`"));
            let output = match self.kind {
                Kind::Residual | Kind::Repeat => self.input.clone(),
                Kind::Checkpoint | Kind::Concat => Shape::Unknown,
            };
            return Branch { ty: None, output, foreign: None };
        }
        let copies = self.arguments(walk, errors);
        self.check_blocks(errors);
        if let Kind::Residual = self.kind {
            names::check_shortcut(blocks, &self.place.inside(&self.kind.part(0)), errors);
        }
        let mut branches: Vec<Branch> = (0..)
            .zip(blocks)
            .take(*self.kind.blocks().end())
            .map(|(index, block)| self.branch(index, block, walk, errors))
            .collect();
        let foreign = Extent::of_all(branches.iter().filter_map(|branch| branch.foreign));
        let (ty, output) = match (self.kind, &mut branches[..]) {
            (_, []) => (None, self.input.clone()),
            (Kind::Residual, [body]) => self.residual(body, walk, errors),
            (Kind::Residual, [body, shortcut, ..]) => self.shortcut(body, shortcut, walk, errors),
            (Kind::Repeat, [body, ..]) => self.repeat(copies, body, walk, errors),
            (Kind::Checkpoint, [body, ..]) => {
                (body.ty.as_ref().map(|body| self.ty(body)), body.output.clone())
            }
            // what the other branch would add cannot be told
            (Kind::Concat, [_]) => (None, Shape::Unknown),
            (Kind::Concat, branches) => self.concat(branches, walk, errors),
        };
        Branch { ty, output, foreign }
    }

    /// Its type with these arguments.
    fn ty(&self, generics: impl ToTokens) -> TokenStream {
        let name = match self.kind {
            Kind::Residual => "Residual",
            Kind::Repeat => "Repeat",
            Kind::Checkpoint => "Checkpoint",
            Kind::Concat => "Concat",
        };
        let ty = krate::layer(name, self.call.keyword.span());
        quote!(#ty<#generics>)
    }

    /// What messages call it.
    fn subject(&self) -> String {
        self.place.of(self.kind.name())
    }

    /// How many copies there are to be: all that a block takes in brackets.
    fn arguments(&self, walk: &mut Walk<'_>, errors: &mut Errors) -> Option<Size> {
        let Call { keyword, arguments, .. } = self.call;
        let (subject, usage) = (self.subject(), self.kind.usage());
        let copies = matches!(self.kind, Kind::Repeat);
        let all: TokenStream = arguments.iter().map(|argument| argument.value.clone()).collect();
        match &arguments[..] {
            [] if copies => {
                let mend =
                    if self.call.brackets { Mend::Argument("COPIES") } else { Mend::Behind("(COPIES)") };
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
                walk.values.size(&argument.value, &format!("{subject}: the number of copies"), errors)
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

    /// That it has as many blocks as it takes, and the words before them.
    fn check_blocks(&self, errors: &mut Errors) {
        let Call { keyword, blocks, .. } = self.call;
        let subject = self.subject();
        if blocks.len() < *self.kind.blocks().start() {
            errors.push(
                keyword,
                format!(
                    "{subject} joins at least two branches: found one{}\nnote: each branch stands in braces of its \
                     own: `{}`",
                    Mend::BehindBraces("{ LAYERS }"),
                    self.kind.usage()
                ),
            );
        }
        for (index, block) in (0..).zip(blocks) {
            let expected = matches!(self.kind, Kind::Residual) && index == 1;
            match &block.word {
                _ if index >= *self.kind.blocks().end() => {
                    errors.push(block.tokens(), format!("{subject} has a block too many{}", Mend::Remove));
                }
                Some(word) if expected && word == "shortcut" => {}
                Some(word) if expected => {
                    let mend = Mend::Write("shortcut");
                    errors.push(word, format!("{subject}: expected `shortcut`, found `{word}`{mend}"));
                }
                None if expected => errors.push(
                    &block.braces,
                    format!(
                        "{subject}: expected `shortcut` before its second block, found `{{`{}",
                        Mend::Before("shortcut")
                    ),
                ),
                Some(word) => errors.push(
                    word,
                    format!("{subject}: no word stands before this block, found `{word}`{}", Mend::Remove),
                ),
                None => {}
            }
        }
    }

    /// Walks through the layers of one block.
    fn branch(&self, index: usize, block: &ast::Block, walk: &mut Walk<'_>, errors: &mut Errors) -> Branch {
        let (place, input) = (self.place, self.input.clone());
        let part = self.kind.part(index);
        if block.braces.stream().is_empty() {
            let (blamed, help) = match self.kind {
                Kind::Residual if index > 0 => {
                    let help = format!("{}, for without a shortcut x itself is added", Mend::Remove);
                    (block.tokens(), help)
                }
                Kind::Concat => {
                    let help = format!("{}, which passes on what reaches it", Mend::Write("{ identity }"));
                    (block.tokens(), help)
                }
                _ => (block.tokens(), Mend::Write("{ relu }").to_string()),
            };
            errors.push(blamed, format!("{part} at {place} has no layers{help}"));
            return Branch { ty: None, output: input, foreign: None };
        }
        let before = format!("the input of {part} at {place}");
        let sequence = walk.sequence(&block.layers, input, &place.inside(&part), before, errors);
        Branch {
            ty: tree(&sequence.layers, &walk.this),
            foreign: foreign(&sequence.layers),
            output: sequence.output,
        }
    }

    /// x + F(x)
    fn residual(
        &self,
        body: &mut Branch,
        walk: &mut Walk<'_>,
        errors: &mut Errors,
    ) -> (Option<TokenStream>, Shape) {
        let help = match shortcut_between(self.input, &body.output) {
            Some(layers) => Mend::BehindBraces(&format!("shortcut {{ {layers} }}")).to_string(),
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
        agreement.of(body, self.input, walk, errors);
        let ty = body.ty.as_ref().map(|body| self.ty(body));
        // where no shortcut makes up for it, it is the body that must change
        let kept = shortcut_between(self.input, &body.output).is_none();
        (ty, if kept { self.input.clone() } else { self.meant(body) })
    }

    /// S(x) + F(x)
    fn shortcut(
        &self,
        body: &mut Branch,
        shortcut: &mut Branch,
        walk: &mut Walk<'_>,
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
        agreement.of(shortcut, &body.output, walk, errors);
        let types = body.ty.as_ref().zip(shortcut.ty.as_ref());
        (types.map(|(body, shortcut)| self.ty(quote!(#body, #shortcut))), body.output.clone())
    }

    /// F(F(… x))
    fn repeat(
        &self,
        copies: Option<Size>,
        body: &mut Branch,
        walk: &mut Walk<'_>,
        errors: &mut Errors,
    ) -> (Option<TokenStream>, Shape) {
        let agreement = Agreement {
            found: &format!("{}: its body gives ", self.subject()),
            expected: ", but takes ",
            help: "\nnote: the body ends in the shape that it begins with; \
                   a layer that changes the shape stands before or behind the repetition",
            proof: "same",
            blamed: &self.call.keyword,
        };
        agreement.of(body, self.input, walk, errors);
        let arguments = copies.zip(body.ty.as_ref());
        let ty = arguments.map(|(copies, body)| self.ty(quote!(#copies, #body)));
        match body.output.same(self.input) {
            // whether the body is to change or the layers behind it cannot be told
            Some(false) => (ty, Shape::Unknown),
            _ => (ty, self.meant(body)),
        }
    }

    /// What is given where the body should give what it takes: what it does give, where that is visibly another shape.
    fn meant(&self, body: &Branch) -> Shape {
        if body.output.same(self.input).is_none() && !matches!(self.input, Shape::Unknown) {
            self.input.clone()
        } else {
            body.output.clone()
        }
    }

    /// The channels of all branches, side by side.
    fn concat(
        &self,
        branches: &mut [Branch],
        walk: &mut Walk<'_>,
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
                    // which of a vector and an image is meant cannot be told
                    sum_is_known &=
                        !matches!(branch.output, Shape::Flat(_)) && !matches!(output, Shape::Flat(_));
                }
                None => {
                    agreement.prove(&branch.output, &output, walk);
                    if let Ok(Some(channels)) = branch.output.channels() {
                        branch.give(&output.with_channels(&channels));
                    }
                }
            }
        }
        if !sum_is_known {
            return (None, Shape::Unknown);
        }
        // from the last branch on: the type nests to the right
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
