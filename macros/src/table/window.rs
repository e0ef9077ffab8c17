//! Layers that move a window over an image.

use proc_macro2::TokenStream;
use quote::quote;

use super::axis::Axis;
use super::image::{Pixels, divides, image};
use super::{Misfit, Step};
use crate::arguments::Arguments;
use crate::krate::{either, part};
use crate::shape::Shape;
use crate::size::Size;
use crate::value::Padding;

/// What the two axes have in common.
struct Windows {
    kernel: [Size; 2],
    stride: [Size; 2],
    padding: Padding,
    dilation: [Size; 2],
    /// Whether the padding is extended until no pixel is left over.
    ceil: bool,
}

/// Where the parameters stand, for messages.
#[derive(Clone, Copy)]
pub(super) struct Places {
    /// The kernel.
    pub(super) kernel: usize,
    /// The padding.
    pub(super) pad: usize,
    /// What the padding holds.
    pub(super) mode: usize,
}

impl Windows {
    /// Along the rows, and along the columns.
    fn axes<'a>(&'a self, [height, width, channels]: &'a [Size; 3]) -> [Axis<'a>; 2] {
        let channels_first = match [height, width, channels].map(Size::known) {
            [Some(first), Some(side), Some(last)] => matches!(first, 1..=4) && side == last && side > 4,
            _ => false,
        };
        [("rows", "height", height), ("columns", "width", width)].map(|(lines, side, input)| {
            let index = usize::from(lines == "columns");
            Axis {
                lines,
                side,
                input,
                kernel: &self.kernel[index],
                stride: &self.stride[index],
                padding: match &self.padding {
                    Padding::Same => None,
                    Padding::Sides(sides) => Some(&sides[index]),
                },
                dilation: &self.dilation[index],
                ceil: self.ceil,
                channels_first,
            }
        })
    }
}

/// A fallible rule: what does not fit gives nothing that is known.
fn lost(step: Result<Step, Misfit>) -> Step {
    step.unwrap_or_else(|misfit| Step::misfit(misfit, Shape::Unknown))
}

pub(super) fn conv(input: &Shape, arguments: &mut Arguments) -> Step {
    const PLACES: Places = Places { kernel: 1, pad: 3, mode: 4 };
    const GROUPS: usize = 7;
    let convolved = |arguments: &mut Arguments| {
        let Some(pixels) = Pixels::of(input, arguments)? else { return Ok(Step::lost()) };
        let (Some(channels), Some(kernel), Some(stride), Some(padding), Some(dilation), Some(groups)) = (
            arguments.size(0),
            arguments.sides(1),
            arguments.sides(2),
            arguments.padding(3),
            arguments.sides(6),
            arguments.size(GROUPS),
        ) else {
            return Ok(Step::lost());
        };
        let (Some(mode), Some(bias)) = (arguments.word(4), arguments.flag(5)) else {
            return Ok(Step::lost());
        };
        let windows = Windows { kernel, stride, padding, dilation, ceil: false };
        let axes = windows.axes(&pixels.sides);
        let mut proofs: Vec<TokenStream> = Vec::new();
        proofs.extend(divides(GROUPS, &pixels.sides[2], "input", arguments)?);
        proofs.extend(divides(GROUPS, &channels, "output", arguments)?);
        // of groups that do not divide the proof is to be the only error; what is a parameter cannot be computed with
        let sizes = [&groups, &pixels.sides[2], &channels];
        let groups = if proofs.is_empty() || sizes.iter().any(|size| size.param().is_some()) {
            groups
        } else {
            arguments.compute("dividing_groups", |sizes| sizes[0], &sizes, "groups")?
        };
        let rows = axes[0].place(PLACES, arguments)?;
        let columns = axes[1].place(PLACES, arguments)?;
        if mode == "reflect" {
            let rows = axes[0].reflects(&rows, PLACES, arguments)?;
            proofs.extend(either(rows.into_iter().chain(axes[1].reflects(&columns, PLACES, arguments)?)));
        }
        let output = [rows.output.clone(), columns.output.clone(), channels];
        let mode = part(match mode {
            "reflect" => "Reflect",
            "replicate" => "Replicate",
            _ => "Zero",
        });
        let (from, to, down, across) = (pixels.ty(), image(&output), &rows.geometry, &columns.geometry);
        let generics = quote!(#from, #to, #down, #across, #groups, #mode, #bias);
        proofs.extend(either(rows.proof.into_iter().chain(columns.proof)));
        pixels.step(Shape::Image(output), Some(generics), proofs)
    };
    lost(convolved(arguments))
}

pub(super) fn conv_transpose(input: &Shape, arguments: &mut Arguments) -> Step {
    // the padding holds zeros
    const PLACES: Places = Places { kernel: 1, pad: 3, mode: 3 };
    let transposed = |arguments: &mut Arguments| {
        let Some(pixels) = Pixels::of(input, arguments)? else { return Ok(Step::lost()) };
        let (Some(channels), Some(kernel), Some(stride), Some(padding), Some(bias)) = (
            arguments.size(0),
            arguments.sides(1),
            arguments.sides(2),
            arguments.padding(3),
            arguments.flag(4),
        ) else {
            return Ok(Step::lost());
        };
        let one = [Size::Known(1), Size::Known(1)];
        let windows = Windows { kernel, stride, padding, dilation: one, ceil: false };
        let axes = windows.axes(&pixels.sides);
        let rows = axes[0].place_transposed(PLACES, arguments)?;
        let columns = axes[1].place_transposed(PLACES, arguments)?;
        let output = [rows.output.clone(), columns.output.clone(), channels];
        let (from, to, down, across) = (pixels.ty(), image(&output), &rows.geometry, &columns.geometry);
        let generics = quote!(#from, #to, #down, #across, #bias);
        let proofs = either(rows.proof.into_iter().chain(columns.proof)).into_iter().collect();
        pixels.step(Shape::Image(output), Some(generics), proofs)
    };
    lost(transposed(arguments))
}

pub(super) fn max_pool(input: &Shape, arguments: &mut Arguments) -> Step {
    lost(pooled(input, arguments, |_, arguments, axes| {
        let [rows, columns] = axes;
        let rows = rows.sees_something(POOL, arguments)?;
        let proofs = either(rows.into_iter().chain(columns.sees_something(POOL, arguments)?));
        Ok((proofs.into_iter().collect(), None))
    }))
}

pub(super) fn avg_pool(input: &Shape, arguments: &mut Arguments) -> Step {
    lost(pooled(input, arguments, |ceil, _, _| {
        let mode = part(if ceil { "Replicate" } else { "Zero" });
        Ok((Vec::new(), Some(quote!(, #mode))))
    }))
}

const POOL: Places = Places { kernel: 0, pad: 2, mode: 2 };

/// What is special to a kind of pooling: what is to be proved beside the sizes, and further arguments of the type.
type Special =
    fn(bool, &mut Arguments, &[Axis; 2]) -> Result<(Vec<TokenStream>, Option<TokenStream>), Misfit>;

fn pooled(input: &Shape, arguments: &mut Arguments, special: Special) -> Result<Step, Misfit> {
    let Some(pixels) = Pixels::of(input, arguments)? else { return Ok(Step::lost()) };
    let (Some(kernel), Some(stride), Some(padding), Some(edge)) =
        (arguments.sides(0), arguments.sides(1), arguments.padding(2), arguments.word(3))
    else {
        return Ok(Step::lost());
    };
    let ceil = edge == "ceil";
    let one = [Size::Known(1), Size::Known(1)];
    let windows = Windows { kernel, stride, padding, dilation: one, ceil };
    let axes = windows.axes(&pixels.sides);
    let placed = [axes[0].place(POOL, arguments)?, axes[1].place(POOL, arguments)?];
    let (mut proofs, mode) = special(ceil, arguments, &axes)?;
    let [rows, columns] = placed;
    let output = [rows.output.clone(), columns.output.clone(), pixels.sides[2].clone()];
    let (from, to, down, across) = (pixels.ty(), image(&output), &rows.geometry, &columns.geometry);
    let generics = quote!(#from, #to, #down, #across #mode);
    proofs.extend(either(rows.proof.into_iter().chain(columns.proof)));
    pixels.step(Shape::Image(output), Some(generics), proofs)
}
