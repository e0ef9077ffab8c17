//! Applies the rules of layers that move a window over an image.

use proc_macro2::TokenStream;
use quote::quote;

use crate::analyze::arguments::Arguments;
use crate::analyze::rules::step::{Misfit, Pixels, Step, divides, image};
use crate::analyze::shape::Shape;
use crate::analyze::size::{Size, Unwritable};
use crate::analyze::value::Padding;
use crate::library::{either, part};
use crate::report::Mend;

/// A window along one axis of an image.
#[derive(Clone, Copy)]
struct Axis<'a> {
    /// The name of the lines, `rows` or `columns`.
    lines: &'static str,
    /// The name of the side, `height` or `width`.
    side: &'static str,
    /// The size of the image along the axis.
    input: &'a Size,
    /// The number of taps.
    kernel: &'a Size,
    /// The distance in inputs from one output to the next.
    stride: &'a Size,
    /// The padding at both ends.
    padding: Ends<'a>,
    /// The distance in inputs from one tap to the next.
    dilation: &'a Size,
    /// True if the padding is extended until no pixel is left over.
    ceil: bool,
    /// True if the image looks as if its channels had been written first.
    channels_first: bool,
}

/// The padding along one axis.
#[derive(Clone, Copy)]
enum Ends<'a> {
    /// Keeps the size, except for the stride.
    Same,
    /// Ends each window at an input, so that no output sees a later one.
    Causal,
    /// Adds the given number at either end.
    Each(&'a Size),
}

/// A window whose numbers are all known.
struct Placed {
    /// The output size.
    output: Size,
    /// The padding at the low end.
    before: Size,
    /// The padding at the high end.
    after: Size,
    /// The type of the window: an implementation of `plywood::layers::Geometry`.
    geometry: TokenStream,
    /// A constant expression that fails if the window does not fit, where only the compiler can tell.
    proof: Option<TokenStream>,
}

/// The largest side for which windows are checked as types: `typenum` has no numbers above 1,024.
const TYPED: u64 = 1000;

// The arithmetic below is the same as that of the functions of the same names in `plywood::proof`.

/// Returns the distance from the first tap to the last, both included.
fn extent(kernel: u64, dilation: u64) -> u64 {
    dilation * (kernel - 1) + 1
}

/// Returns the total padding with which a window of stride `s` over a side `n` gives ⌈n / s⌉.
fn same([n, k, s, d]: [u64; 4]) -> u64 {
    ((n.div_ceil(s) - 1) * s + extent(k, d)).saturating_sub(n)
}

pub(crate) fn same_before(sizes: &[u64]) -> u64 {
    let &[n, k, s, d] = sizes else { return 0 };
    same([n, k, s, d]) / 2
}

pub(crate) fn same_after(sizes: &[u64]) -> u64 {
    let &[n, k, s, d] = sizes else { return 0 };
    same([n, k, s, d]).div_ceil(2)
}

/// Returns the padding at the high end with which no pixel is left over and no window begins after the image.
pub(crate) fn rounded_up(sizes: &[u64]) -> u64 {
    let &[n, k, s, d, before, after] = sizes else { return 0 };
    let (padded, extent) = (n + before + after, extent(k, d));
    let over = padded.saturating_sub(extent) % s;
    let next = padded.saturating_sub(extent) - over + s;
    if padded < extent || over == 0 || next >= n + before { after } else { after + s - over }
}

pub(crate) fn window_output(sizes: &[u64]) -> u64 {
    let &[n, k, s, d, before, after] = sizes else { return 1 };
    (n + before + after).saturating_sub(extent(k, d)) / s + 1
}

pub(crate) fn fitting_kernel(sizes: &[u64]) -> u64 {
    let &[n, k, d, before, after] = sizes else { return 1 };
    if extent(k, d) > n + before + after { 1 } else { k }
}

pub(crate) fn transposed_output(sizes: &[u64]) -> u64 {
    let &[n, k, s, p] = sizes else { return 1 };
    ((n - 1) * s + k).saturating_sub(2 * p).max(1)
}

/// Returns help for a kernel that does not fit.
fn padded_more(places: Places, channels_first: bool, arguments: &Arguments) -> String {
    if channels_first {
        "\nnote: an image is `Image<HEIGHT, WIDTH, CHANNELS>`: its channels are written last".to_owned()
    } else if arguments.left_out(places.pad) {
        format!("{}, or make the kernel smaller", Mend::Argument("pad = same"))
    } else {
        "\nnote: the kernel is smaller, or the padding larger".to_owned()
    }
}

impl Axis<'_> {
    /// Returns the window over the image.
    fn place(&self, places: Places, arguments: &mut Arguments) -> Result<Placed, Misfit> {
        let Self { input: n, kernel: k, stride: s, dilation: d, .. } = *self;
        let one = Size::Known(1);
        let (before, mut after) = match self.padding {
            Ends::Each(padding) => (padding.clone(), padding.clone()),
            Ends::Causal => return self.place_causal(places, arguments),
            Ends::Same => {
                // with a stride of 1 the padding does not depend on the image, whose side may be a parameter
                let n = if s.known() == Some(1) { &one } else { n };
                let name = |end| format!("padding_{end}.{}", self.lines);
                (
                    arguments.compute("same_before", same_before, &[n, k, s, d], &name("before"))?,
                    arguments.compute("same_after", same_after, &[n, k, s, d], &name("after"))?,
                )
            }
        };
        let all_known = [n, k, s, d, &before, &after].iter().all(|size| size.known().is_some());
        if let (true, &[Some(n), Some(k), Some(d), Some(before), Some(after)]) =
            (all_known, &[n, k, d, &before, &after].map(Size::known))
            && extent(k, d) > n + before + after
        {
            let dilated = if d == 1 {
                String::new()
            } else {
                format!(", {} from the first to the last,", extent(k, d))
            };
            let padded = match (before, after) {
                (0, 0) => String::new(),
                _ => format!(" with {before} + {after} of padding"),
            };
            let help = padded_more(places, self.channels_first, arguments);
            return Err(Misfit::Argument(
                arguments.blamed(places.kernel),
                format!(
                    "a kernel of {k} {}{dilated} does not fit in an image of {n}{padded}{help}",
                    self.lines
                ),
            ));
        }
        // nor does the output where the window keeps the size: the padding makes up for the kernel
        let made_up = match [k, d, &before, &after].map(Size::known) {
            [Some(k), Some(d), Some(before), Some(after)] => extent(k, d) == before + after + 1,
            _ => false,
        };
        let keeps = s.known() == Some(1) && (matches!(self.padding, Ends::Same) || made_up);
        let output = if keeps {
            n.clone()
        } else {
            if self.ceil {
                let sizes = [n, k, s, d, &before, &after];
                let name = format!("padding_after.{}", self.lines);
                after = arguments.compute("rounded_up", rounded_up, &sizes, &name)?;
            }
            let sizes = [n, k, s, d, &before, &after];
            let output = arguments.compute("window_output", window_output, &sizes, self.side);
            output.map_err(|unwritable| self.changes(unwritable, places, arguments))?
        };
        let proof = (!all_known && !keeps).then(|| {
            let lines = self.lines;
            let [n, k, d, before, after] = [n, k, d, &before, &after].map(Size::value);
            let help = padded_more(places, self.channels_first, arguments);
            let given = quote!(#lines, #n, #k, #d, [#before, #after], #help);
            arguments.prove("window", &given, places.kernel)
        });
        // for a kernel that does not fit, the proof is to be the only error
        let kernel = if proof.is_some() {
            let sizes = [n, k, d, &before, &after];
            arguments.compute("fitting_kernel", fitting_kernel, &sizes, &format!("kernel.{}", self.lines))?
        } else {
            k.clone()
        };
        let geometry = Axis { kernel: &kernel, ..*self }.geometry(n, &output, [&before, &after]);
        Ok(Placed { output, before, after, geometry, proof })
    }

    /// Returns the window that ends at every stride-th input, with all of its padding before the first.
    ///
    /// It fits in any image, and gives what a window of one input gives.
    fn place_causal(&self, places: Places, arguments: &mut Arguments) -> Result<Placed, Misfit> {
        let Self { input: n, kernel: k, stride: s, dilation: d, .. } = *self;
        let (one, zero) = (Size::Known(1), Size::Known(0));
        let output = if s.known() == Some(1) {
            n.clone()
        } else {
            let sizes = [n, &one, s, &one, &zero, &zero];
            let output = arguments.compute("window_output", window_output, &sizes, self.side);
            output.map_err(|unwritable| self.changes(unwritable, places, arguments))?
        };
        let axis = part("CausalAxis");
        Ok(Placed {
            output,
            before: zero.clone(),
            after: zero,
            geometry: quote!(#axis<#k, #s, #d>),
            proof: None,
        })
    }

    /// Returns the mistake of a window that would have to keep the size, since its output cannot be computed.
    fn changes(&self, unwritable: Unwritable, places: Places, arguments: &Arguments) -> Misfit {
        let Some(param) = self.input.param() else { return Misfit::Size(unwritable) };
        let strides = self.stride.known() != Some(1);
        let help = if !strides && arguments.left_out(places.pad) {
            format!("{}, which keeps it", Mend::Argument("pad = same"))
        } else {
            format!(
                "\nnote: `pad = same` with a stride of 1 keeps it; `{param}` can be a constant (`const {param}: usize = \
                 …;`) instead of a parameter"
            )
        };
        Misfit::Shape(format!(
            "changes the {} `{param}` of the image, and Rust cannot yet compute with a parameter{help}",
            self.side
        ))
    }

    /// Returns the window over the output that gives this image.
    fn place_transposed(&self, places: Places, arguments: &mut Arguments) -> Result<Placed, Misfit> {
        let Self { input: n, kernel: k, stride: s, dilation: d, .. } = *self;
        let (output, [before, after], proof) = match self.padding {
            // refused before: a transposed convolution has no causal padding
            Ends::Same | Ends::Causal => {
                let output = n.times(s).map_err(|unwritable| match unwritable {
                    Unwritable::Overflow => {
                        Misfit::Shape(format!("makes {n} {} more than {}", self.lines, Size::MAX))
                    }
                    other => Misfit::Size(other),
                })?;
                // the part of the kernel beyond the stride does not depend on the image
                let (sizes, name) = ([s, k, s, d], |end| format!("padding_{end}.{}", self.lines));
                let before = arguments.compute("same_before", same_before, &sizes, &name("before"))?;
                let after = arguments.compute("same_after", same_after, &sizes, &name("after"))?;
                (output, [before, after], None)
            }
            // the window keeps the size, which may be a parameter
            Ends::Each(p)
                if s.known() == Some(1) && p.known().is_some_and(|p| k.known() == Some(2 * p + 1)) =>
            {
                (n.clone(), [p.clone(), p.clone()], None)
            }
            Ends::Each(p) => {
                let output =
                    arguments.compute("transposed_output", transposed_output, &[n, k, s, p], self.side)?;
                let proof = if let [Some(n), Some(k), Some(s), Some(p)] = [n, k, s, p].map(Size::known) {
                    let gives = (n - 1) * s + k;
                    if gives <= 2 * p {
                        return Err(Misfit::Argument(
                            arguments.blamed(places.pad),
                            format!(
                                "a padding of {p} + {p} {} leaves nothing of the {gives} that the kernel \
                                 gives{}",
                                self.lines,
                                Mend::Write("same")
                            ),
                        ));
                    }
                    None
                } else {
                    let (lines, [n, k, s, p]) = (self.lines, [n, k, s, p].map(Size::value));
                    Some(arguments.prove("transposed", &quote!(#lines, #n, #k, #s, #p), places.pad))
                };
                (output, [p.clone(), p.clone()], proof)
            }
        };
        let geometry = self.geometry(&output, n, [&before, &after]);
        Ok(Placed { output, before, after, geometry, proof })
    }

    /// Returns the type of the window from one side to another.
    fn geometry(&self, from: &Size, to: &Size, [before, after]: [&Size; 2]) -> TokenStream {
        let Self { kernel: k, stride: s, dilation: d, .. } = *self;
        let numbers: Option<Vec<u64>> =
            [k, s, d, to, from, before, after].iter().map(|size| size.known()).collect();
        let typed = numbers.is_some_and(|numbers| {
            numbers.iter().all(|n| *n <= TYPED) && numbers[4..].iter().sum::<u64>() <= TYPED
        });
        let window = part(if typed { "Axis" } else { "LargeAxis" });
        quote!(#window<#k, #s, #before, #after, #d>)
    }

    /// Checks that the padding is narrower than the image, as reflection requires.
    fn reflects(
        &self,
        placed: &Placed,
        places: Places,
        arguments: &Arguments,
    ) -> Result<Option<TokenStream>, Misfit> {
        let Placed { before, after, .. } = placed;
        match [self.input, before, after].map(Size::known) {
            [_, Some(0), Some(0)] => Ok(None),
            [Some(n), Some(before), Some(after)] if before.max(after) < n => Ok(None),
            [Some(n), Some(before), Some(after)] => Err(Misfit::Argument(
                arguments.blamed(places.mode),
                format!(
                    "a reflected padding is narrower than the image: found {} of {n} {}{}, or make the padding \
                     smaller",
                    before.max(after),
                    self.lines,
                    Mend::Write("replicate")
                ),
            )),
            _ => {
                let (lines, [n, before, after]) = (self.lines, [self.input, before, after].map(Size::value));
                Ok(Some(arguments.prove("reflects", &quote!(#lines, #n, #before, #after), places.mode)))
            }
        }
    }

    /// Checks that no window lies entirely in the padding, where there is nothing to take the maximum of.
    fn sees_something(&self, places: Places, arguments: &Arguments) -> Result<Option<TokenStream>, Misfit> {
        let pad = match self.padding {
            Ends::Each(pad) if pad.known() != Some(0) => pad,
            _ => return Ok(None),
        };
        match [self.kernel, pad].map(Size::known) {
            [Some(k), Some(pad)] if pad < k => Ok(None),
            [Some(k), Some(pad)] => Err(Misfit::Argument(
                arguments.blamed(places.pad),
                format!(
                    "a padding of {pad} {} holds a whole kernel of {k}, which has no maximum{}",
                    self.lines,
                    Mend::Write("same")
                ),
            )),
            _ => {
                let (lines, [k, pad]) = (self.lines, [self.kernel, pad].map(Size::value));
                Ok(Some(arguments.prove("sees_something", &quote!(#lines, #k, #pad), places.pad)))
            }
        }
    }
}

/// A window along both axes.
struct Windows {
    kernel: [Size; 2],
    stride: [Size; 2],
    padding: Padding,
    dilation: [Size; 2],
    /// True if the padding is extended until no pixel is left over.
    ceil: bool,
}

/// The indices of the parameters, for messages.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    /// The index of the kernel.
    pub(crate) kernel: usize,
    /// The index of the padding.
    pub(crate) pad: usize,
    /// The index of the mode, which determines the content of the padding.
    pub(crate) mode: usize,
}

impl Windows {
    /// Checks that a kernel with causal padding is one row high, and that its padding reads nothing later.
    ///
    /// `reads` is the argument that says what lies in the padding, if its word leads to later columns, with the word
    /// that does not.
    fn causal(
        &self,
        places: Places,
        reads: Option<(usize, &str, &str)>,
        arguments: &Arguments,
    ) -> Result<Option<TokenStream>, Misfit> {
        let Padding::Causal = self.padding else { return Ok(None) };
        if let Some((place, problem, word)) = reads {
            let problem = format!("`pad = causal` {problem}{}", Mend::Write(word));
            return Err(Misfit::Argument(arguments.blamed(place), problem));
        }
        let [rows, columns] = &self.kernel;
        match rows.known() {
            Some(1) => Ok(None),
            Some(_) => Err(Misfit::Argument(
                arguments.blamed(places.kernel),
                format!(
                    "`pad = causal` is for kernels of 1 row, which see columns from left to right: found {rows} \
                     rows{}",
                    Mend::Write(&format!("(1, {columns})"))
                ),
            )),
            None => {
                let rows = rows.value();
                Ok(Some(arguments.prove("one_row", &quote!(#rows), places.kernel)))
            }
        }
    }

    /// Returns the axes along the rows and along the columns.
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
                    Padding::Same => Ends::Same,
                    // along the rows, a kernel of one row needs no padding
                    Padding::Causal => Ends::Causal,
                    Padding::Sides(sides) => Ends::Each(&sides[index]),
                },
                dilation: &self.dilation[index],
                ceil: self.ceil,
                channels_first,
            }
        })
    }
}

/// Returns the step of a fallible rule: a misfit has an unknown output.
fn lost(step: Result<Step, Misfit>) -> Step {
    step.unwrap_or_else(|misfit| Step::misfit(misfit, Shape::Unknown))
}

pub(crate) fn conv(input: &Shape, arguments: &mut Arguments) -> Step {
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
        let reads = "reads no later column, and a reflected border copies them: found `reflect`";
        let reads = (mode == "reflect").then_some((PLACES.mode, reads, "zero"));
        let one_row = windows.causal(PLACES, reads, arguments)?;
        let axes = windows.axes(&pixels.sides);
        let mut proofs: Vec<TokenStream> = one_row.into_iter().collect();
        proofs.extend(divides(GROUPS, &pixels.sides[2], "input", arguments)?);
        proofs.extend(divides(GROUPS, &channels, "output", arguments)?);
        // for groups that do not divide, the proof is to be the only error; parameters cannot be computed with
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
        let inputs = match [&pixels.sides[2], &groups].map(Size::known) {
            [Some(inputs), Some(groups)] => Size::Known(inputs / groups),
            _ => pixels.sides[2].clone(),
        };
        let work = [&output[..], &windows.kernel[..], &[inputs]].concat();
        let mode = part(match mode {
            "reflect" => "Reflect",
            "replicate" => "Replicate",
            _ => "Zero",
        });
        let (from, to, down, across) = (pixels.ty(), image(&output), &rows.geometry, &columns.geometry);
        let generics = quote!(#from, #to, #down, #across, #groups, #mode, #bias);
        proofs.extend(either(rows.proof.into_iter().chain(columns.proof)));
        Ok(Step { work, ..pixels.step(Shape::Image(output), Some(generics), proofs)? })
    };
    lost(convolved(arguments))
}

pub(crate) fn conv_transpose(input: &Shape, arguments: &mut Arguments) -> Step {
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
        if let Padding::Causal = padding {
            let problem = "`pad` is `valid` or `same` (or a number, or a pair): found `causal`, which convolutions and \
                           pools have";
            return Err(Misfit::Argument(
                arguments.blamed(PLACES.pad),
                format!("{problem}{}", Mend::Write("same")),
            ));
        }
        let one = [Size::Known(1), Size::Known(1)];
        let windows = Windows { kernel, stride, padding, dilation: one, ceil: false };
        let axes = windows.axes(&pixels.sides);
        let rows = axes[0].place_transposed(PLACES, arguments)?;
        let columns = axes[1].place_transposed(PLACES, arguments)?;
        let output = [rows.output.clone(), columns.output.clone(), channels];
        let (from, to, down, across) = (pixels.ty(), image(&output), &rows.geometry, &columns.geometry);
        let generics = quote!(#from, #to, #down, #across, #bias);
        let proofs = either(rows.proof.into_iter().chain(columns.proof)).into_iter().collect();
        let work = [&pixels.sides[..], &windows.kernel[..], &output[2..]].concat();
        Ok(Step { work, ..pixels.step(Shape::Image(output), Some(generics), proofs)? })
    };
    lost(transposed(arguments))
}

pub(crate) fn max_pool(input: &Shape, arguments: &mut Arguments) -> Step {
    lost(pooled(input, arguments, |_, arguments, axes| {
        let [rows, columns] = axes;
        let rows = rows.sees_something(POOL, arguments)?;
        let proofs = either(rows.into_iter().chain(columns.sees_something(POOL, arguments)?));
        Ok((proofs.into_iter().collect(), None))
    }))
}

pub(crate) fn avg_pool(input: &Shape, arguments: &mut Arguments) -> Step {
    lost(pooled(input, arguments, |ceil, _, _| {
        let mode = part(if ceil { "Replicate" } else { "Zero" });
        Ok((Vec::new(), Some(quote!(, #mode))))
    }))
}

const POOL: Places = Places { kernel: 0, pad: 2, mode: 2 };

/// The part of a rule that is specific to one kind of pooling: additional proofs, and further arguments of the type.
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
    let adds = "has no padding on the right, and `ceil` adds some: found `ceil`";
    let one_row = windows.causal(POOL, ceil.then_some((3, adds, "floor")), arguments)?;
    let axes = windows.axes(&pixels.sides);
    let placed = [axes[0].place(POOL, arguments)?, axes[1].place(POOL, arguments)?];
    let (mut proofs, mode) = special(ceil, arguments, &axes)?;
    let [rows, columns] = placed;
    let output = [rows.output.clone(), columns.output.clone(), pixels.sides[2].clone()];
    let (from, to, down, across) = (pixels.ty(), image(&output), &rows.geometry, &columns.geometry);
    let generics = quote!(#from, #to, #down, #across #mode);
    proofs.extend(one_row);
    proofs.extend(either(rows.proof.into_iter().chain(columns.proof)));
    pixels.step(Shape::Image(output), Some(generics), proofs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_divides_by_the_stride() {
        for n in 1..40 {
            for k in 1..9 {
                for s in 1..6 {
                    for d in 1..4 {
                        let (before, after) = (same_before(&[n, k, s, d]), same_after(&[n, k, s, d]));
                        assert!(after - before <= 1);
                        assert_eq!(
                            window_output(&[n, k, s, d, before, after]),
                            n.div_ceil(s),
                            "{n} {k} {s} {d}"
                        );
                        if s == 1 {
                            assert_eq!(before + after, d * (k - 1));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn rounding_up_leaves_no_pixel_over() {
        for n in 1..40 {
            for k in 1..=n {
                for s in 1..=k {
                    for pad in 0..k {
                        let after = rounded_up(&[n, k, s, 1, pad, pad]);
                        let windows = window_output(&[n, k, s, 1, pad, after]);
                        let (last, end) = ((windows - 1) * s, (windows - 1) * s + k);
                        assert!(end >= n + pad && last < n + pad, "{n} {k} {s} {pad}: {last}..{end}");
                        assert!(after >= pad && after < pad + s);
                    }
                }
            }
        }
        // a window after the image would cover nothing
        assert_eq!(rounded_up(&[5, 1, 3, 1, 0, 0]), 0);
        assert_eq!(rounded_up(&[5, 2, 2, 1, 0, 0]), 1);
    }

    #[test]
    fn transposing_turns_the_window_around() {
        for n in 1..20 {
            for k in 1..9 {
                for s in 1..6 {
                    for p in 0..4 {
                        let output = transposed_output(&[n, k, s, p]);
                        if (n - 1) * s + k > 2 * p {
                            assert_eq!(window_output(&[output, k, s, 1, p, p]), n, "{n} {k} {s} {p}");
                        }
                    }
                }
            }
        }
    }
}
