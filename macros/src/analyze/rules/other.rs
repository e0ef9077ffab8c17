//! Applies the rules of layers without a window that change the shape: vectors, images as vectors, pools over whole
//! images, and chosen channels.

use quote::{format_ident, quote};

use crate::analyze::arguments::Arguments;
use crate::analyze::rules::step::{Misfit, Pixels, Step, image};
use crate::analyze::shape::Shape;
use crate::analyze::size::{Size, Unwritable};
use crate::library::{part, proof};
use crate::report::{self, Mend};

pub(crate) fn dense(input: &Shape, arguments: &mut Arguments) -> Step {
    let outputs = arguments.size(0);
    let output = outputs.clone().map_or(Shape::Unknown, Shape::Flat);
    if let Shape::Image(_) = input {
        let reason = format!(
            "takes a vector, but what reaches it is an image of {input}{}",
            Mend::BeforeLayer(input.to_vector())
        );
        return Step::misfit(Misfit::Shape(reason), output);
    }
    match input.len() {
        Ok(inputs) => {
            let work = [&inputs, &outputs].into_iter().flatten().cloned().collect();
            let generics = inputs.zip(outputs).zip(arguments.flag(1)).map(|((inputs, outputs), bias)| {
                let bias = (bias.to_string() != "true").then(|| quote!(, #bias));
                quote!(#inputs, #outputs #bias)
            });
            Step { adapted: matches!(input, Shape::Of(_)), work, ..Step::new(output, generics) }
        }
        Err(unwritable) => Step::misfit(Misfit::Size(unwritable), output),
    }
}

pub(crate) fn flatten(input: &Shape, _: &mut Arguments) -> Step {
    match input.len() {
        Ok(len) => {
            let generics = input.ty().zip(len.as_ref()).map(|(shape, len)| quote!(#shape, #len));
            Step::new(len.map_or(Shape::Unknown, Shape::Flat), generics)
        }
        Err(Unwritable::Param(param)) => {
            let reason = format!(
                "would give {input} numbers, and Rust cannot yet compute with the parameter `{param}`{}, which gives a \
                 number for each channel\nnote: `{param}` can be a constant (`const {param}: usize = …;`) instead of a \
                 parameter",
                Mend::Write("global_avg_pool")
            );
            Step::misfit(Misfit::Shape(reason), Shape::Unknown)
        }
        Err(unwritable) => Step::misfit(Misfit::Size(unwritable), Shape::Unknown),
    }
}

pub(crate) fn reshape(input: &Shape, arguments: &mut Arguments) -> Step {
    let output = match (arguments.absent(1), arguments.absent(2)) {
        (true, true) => arguments.size(0).map(Shape::Flat),
        (false, false) => match [0, 1, 2].map(|index| arguments.size(index)) {
            [Some(height), Some(width), Some(channels)] => Some(Shape::Image([height, width, channels])),
            _ => None,
        },
        _ => {
            let reason = "takes 1 size or 3: found 2\nnote: it is written `reshape(n)` or `reshape(height, width, channels)`";
            return Step::misfit(Misfit::Shape(reason.to_owned()), Shape::Unknown);
        }
    };
    let Some(output) = output else { return Step::lost() };
    let proof = match (input.len(), output.len()) {
        (Ok(Some(Size::Known(from))), Ok(Some(Size::Known(to)))) if from != to => {
            let help = report::optional(remade(&output, from).as_deref().map(Mend::Write));
            let reason = format!("the new shape has {to} numbers, but what reaches it has {from}{help}");
            return Step::misfit(Misfit::Argument(arguments.all(), reason), output);
        }
        (Ok(Some(from)), Ok(Some(to))) if from.same(&to) == Some(true) => None,
        (Ok(Some(from)), Ok(Some(to))) => {
            let (from, to, vector) = (from.value(), to.value(), matches!(output, Shape::Flat(_)));
            Some(arguments.prove_all("equally_many", &quote!(#from, #to, #vector)))
        }
        (_, Err(Unwritable::Overflow)) => {
            let reason = format!("gives {output}, but a shape has at most {} numbers", Size::MAX);
            return Step::misfit(Misfit::Shape(reason), Shape::Unknown);
        }
        _ if input.same(&output) == Some(true) => None,
        // a proof computes with parameters, where a type cannot
        (Err(_), _) | (_, Err(_)) => {
            let vector = matches!(output, Shape::Flat(_));
            let counted = input.counted().zip(output.counted());
            counted.map(|(from, to)| arguments.prove_all("equally_many", &quote!(#from, #to, #vector)))
        }
        _ => None,
    };
    let output = if proof.is_some() { fitting(output, input, arguments) } else { output };
    let generics = input.ty().zip(output.ty()).map(|(input, output)| quote!(#input, #output));
    Step { proofs: proof.into_iter().collect(), ..Step::new(output, generics) }
}

/// Returns the shape with one side changed so that it holds the numbers of the input: for a shape that does not hold
/// them, the proof is to be the only error.
fn fitting(output: Shape, input: &Shape, arguments: &mut Arguments) -> Shape {
    let Ok(Some(from)) = input.len() else { return output };
    match output {
        Shape::Flat(_) => Shape::Flat(from),
        Shape::Image(mut sides) => {
            let index = sides.iter().rposition(|side| side.known().is_none()).unwrap_or(2);
            let rest = (0..3)
                .filter(|other| *other != index)
                .try_fold(Size::Known(1), |product, other| product.times(&sides[other]));
            let known = |sizes: &[u64]| (sizes[0] / sizes[1].max(1)).max(1);
            let text = ["height", "width", "channels"][index];
            if let Ok(side) = rest
                .map_err(Misfit::Size)
                .and_then(|rest| Ok(arguments.compute("fitting_side", known, &[&from, &rest], text)?))
            {
                sides[index] = side;
            }
            Shape::Image(sides)
        }
        output => output,
    }
}

/// Returns the arguments of a `reshape` that keeps the given number of numbers and, for an image, the sides.
fn remade(output: &Shape, numbers: u64) -> Option<String> {
    match output {
        Shape::Flat(_) => Some(numbers.to_string()),
        Shape::Image([height, width, _]) => {
            let (height, width) = (height.known()?, width.known()?);
            let channels = numbers.checked_div(height.checked_mul(width)?)?;
            (channels * height * width == numbers).then(|| format!("{height}, {width}, {channels}"))
        }
        _ => None,
    }
}

/// Applies the rule of a layer with one number for each channel as output.
pub(crate) fn global(input: &Shape, arguments: &mut Arguments) -> Step {
    let step = Pixels::of(input, arguments).and_then(|pixels| {
        let Some(pixels) = pixels else { return Ok(Step::lost()) };
        let [_, _, channels] = &pixels.sides;
        pixels.step(Shape::Flat(channels.clone()), Some(pixels.ty()), Vec::new())
    });
    step.unwrap_or_else(|misfit| Step::misfit(misfit, Shape::Unknown))
}

/// Applies the rule of a layer whose output's sides are a multiple of its input's.
pub(crate) fn upsample(input: &Shape, arguments: &mut Arguments) -> Step {
    enlarged(input, arguments).unwrap_or_else(|misfit| Step::misfit(misfit, Shape::Unknown))
}

fn enlarged(input: &Shape, arguments: &mut Arguments) -> Result<Step, Misfit> {
    let (Some(pixels), Some(factor)) = (Pixels::of(input, arguments)?, arguments.size(0)) else {
        return Ok(Step::lost());
    };
    let [height, width, channels] = &pixels.sides;
    let too_large = || Misfit::Shape(format!("makes {input} more than {} times as large", Size::MAX));
    let times = |side: &Size| match side.times(&factor) {
        Err(Unwritable::Overflow) => Err(too_large()),
        product => product.map_err(Misfit::Size),
    };
    let sides = [times(height)?, times(width)?, channels.clone()];
    let (input, output) = (pixels.ty(), image(&sides));
    pixels.step(Shape::Image(sides), Some(quote!(#input, #output, #factor)), Vec::new())
}

pub(crate) fn select(input: &Shape, arguments: &mut Arguments) -> Step {
    selected(input, arguments).unwrap_or_else(|misfit| Step::misfit(misfit, Shape::Unknown))
}

fn selected(input: &Shape, arguments: &mut Arguments) -> Result<Step, Misfit> {
    let (Some(table), Some(shape)) = (arguments.table(0), input.ty()) else { return Ok(Step::lost()) };
    let inputs = match input {
        Shape::Flat(n) => n.clone(),
        Shape::Image([_, _, channels]) => channels.clone(),
        Shape::Of(_) => {
            let mend = Mend::BeforeLayer("reshape(SHAPE)");
            return Err(Misfit::Shape(format!(
                "cannot follow a layer named by its path{mend}, which says the shape"
            )));
        }
        // `rules::apply` refuses pairs
        Shape::Pair(_) | Shape::Unknown => return Ok(Step::lost()),
    };
    // a type that carries the table: public, because the network's layers mention it
    let marker = format_ident!("__PlywoodTable{}", arguments.values.constants.len() + 1);
    let of = part("Table");
    let entries = quote!(&'static [::core::primitive::usize]);
    arguments.values.constants.push((
        format!("table {marker}"),
        quote! {
            #[doc(hidden)]
            #[allow(unreachable_pub)]
            #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
            pub struct #marker;
            impl #of for #marker {
                const INPUTS: #entries = &#table;
            }
        },
    ));
    let chosen = quote!(<#marker as #of>::INPUTS);
    let len = proof("entries");
    let name = arguments.name_of("channels");
    let outputs = arguments.values.bind(&quote!(#len(#chosen)), name);
    let output = match input {
        Shape::Image([height, width, _]) => Shape::Image([height.clone(), width.clone(), outputs]),
        _ => Shape::Flat(outputs),
    };
    let inputs = inputs.value();
    let proof = arguments.prove("table", &quote!(#chosen, #inputs), 0);
    let generics = output.ty().map(|output| quote!(#shape, #output, #marker));
    Ok(Step { proofs: vec![proof], ..Step::new(output, generics) })
}
