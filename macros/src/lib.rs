//! The `network!` macro of plywood.

mod arguments;
mod ast;
mod blocks;
mod branch;
mod budget;
mod check;
mod decimal;
mod errors;
mod expand;
mod fold;
mod infer;
mod krate;
mod mend;
#[cfg(test)]
mod mutation;
mod nearest;
mod parse;
mod parse_layers;
mod place;
mod shape;
mod shortcut;
mod size;
mod table;
mod text;
mod value;

use proc_macro::TokenStream;

/// Declares networks: the macro infers every shape, and each network becomes a type that is a layer itself.
///
/// ```
/// use plywood::{Model, network};
///
/// const HIDDEN: usize = 84;
///
/// network! {
///     /// Digits.
///     pub Digits: Image<28, 28, 1> => Flat<10> {
///         flatten,
///         fc1: dense(120), relu,
///         dropout(0.5),
///         dense(HIDDEN), tanh,
///         Head<10>,
///     }
///
///     /// Scores for `N` classes.
///     pub Head<const N: usize>: Flat<84> => Flat<N> { dense(N) }
/// }
///
/// let model = Model::<Digits>::new(1);
/// let scores: [f32; 10] = model.infer(&[[[0.5]; 28]; 28]);
/// assert_eq!(scores.len(), 10);
/// assert_eq!(model.layer(Digits::fc1()).weight().shape(), (120, 784));
/// ```
///
/// A network is written as a unit struct that implements `plywood::Network` and `plywood::Layer`. A layer with a
/// label is found by the function of that name: `Digits::fc1()` says where in a model it lies.
///
/// # Grammar
///
/// ```text
/// networks  = network { network }
/// network   = { attribute } [ visibility ] NAME [ "<" parameter { "," parameter } ">" ]
///             ":" shape "=>" shape block [ "budget" "{" limits "}" ]
/// parameter = "const" NAME ":" "usize"
/// shape     = "Flat" "<" size ">" | "Image" "<" size "," size "," size ">"
/// layers    = labelled { "," labelled } [ "," ]
/// labelled  = [ LABEL ":" ] layer
/// layer     = KEYWORD [ "(" arguments ")" ] | PATH
///           | "residual" block [ "shortcut" block ]
///           | "repeat" "(" size ")" block
///           | "checkpoint" block
///           | "concat" block block { block }
/// block     = "{" layers "}"
/// arguments = [ argument { "," argument } [ "," ] ]
/// argument  = [ NAME "=" ] value
/// value     = size | sides | decimal | WORD | PATH
/// size      = INTEGER | PATH | "{" EXPRESSION "}"
/// sides     = size | "(" size "," size ")"
/// decimal   = INTEGER | DECIMAL
/// limits    = limit { "," limit } [ "," ]
/// limit     = ( "params" | "flops" ) "<=" INTEGER
///           | "memory" "<=" INTEGER unit
///           | "training_memory" "<=" INTEGER unit "at" INTEGER
/// unit      = "B" | "KiB" | "MiB" | "GiB"
/// ```
///
/// A size is a number from 1, the path of a constant, an expression of constants in braces, or a parameter of the
/// network. Sides are one size for both directions, or one along the rows and one along the columns. A decimal may
/// have an exponent (`1e-5`). The path of a layer begins with a capital letter or contains `::`; it is a layer of
/// your own or another network.
///
/// # Layers
///
/// An option is shown with what holds where it is left out. What stands before the first option can be given by
/// position, and so can `kernel`, `slope` and `alpha`.
///
/// | keyword | takes | gives |
/// |---|---|---|
/// | `dense(outputs, bias = true)` | a vector | a vector of `outputs` numbers |
/// | `conv(channels, kernel, stride = 1, pad = valid, mode = zero, bias = true, dilation = 1, groups = 1)` | an image | an image of so many channels |
/// | `conv_transpose(channels, kernel, stride = 1, pad = valid, bias = true)` | an image | an image of so many channels |
/// | `max_pool(kernel, stride = kernel, pad = 0, edge = floor)`, `avg_pool(…)` | an image | an image of as many channels |
/// | `global_max_pool`, `global_avg_pool` | an image | a vector of one number for each channel |
/// | `upsample(factor)` | an image | one with sides so many times as long |
/// | `batch_norm(eps = 1e-5, momentum = 0.1)`, `layer_norm(eps = 1e-5)`, `group_norm(groups, eps = 1e-5)` | any shape | the same |
/// | `relu`, `leaky_relu(slope = 0.01)`, `elu(alpha = 1.0)`, `gelu`, `silu`, `softplus` | any shape | the same |
/// | `sigmoid`, `tanh`, `hard_sigmoid`, `hard_swish`, `hard_tanh` | any shape | the same |
/// | `dropout(p)` | any shape | the same |
/// | `spatial_dropout(p)` | an image | the same |
/// | `scale`, `identity` | any shape | the same |
/// | `flatten` | any shape | the same numbers as a vector |
/// | `reshape(n)`, `reshape(height, width, channels)` | any shape | the same numbers as that shape |
/// | `select(TABLE)` | a vector or an image | the channels that `const TABLE: [usize; N]` names, counted from 0 |
/// | `residual { F }` | what F takes | the same shape: F(x) + x |
/// | `residual { F } shortcut { S }` | what both take | what both give: F(x) + S(x) |
/// | `repeat(N) { F }` | what F takes | the same shape, after N copies of F with parameters of their own |
/// | `checkpoint { F }` | what F takes | what F gives; the backward pass computes F again |
/// | `concat { A } { B } …` | what all take | the channels of all, side by side |
///
/// `kernel`, `stride`, `pad` and `dilation` are sides. `pad` is also `valid`, none, or `same`; a number is added at
/// both ends. `mode` says what the padding holds: `zero`, `reflect` or `replicate`. `edge` says what happens to
/// pixels that no window of a pool reaches: `floor` leaves them out, `ceil` adds one window for them, where the mean
/// repeats the edge of the image instead of zeros, as it then does in all of the padding. No window begins behind
/// the image. `p`, `slope`, `alpha` and `momentum` have at most six decimals, `eps` nine.
///
/// A side of IN gives, with E = dilation·(kernel − 1) + 1:
///
/// | | OUT | padding |
/// |---|---|---|
/// | `conv`, pools | ⌊(IN + 2·pad − E) / stride⌋ + 1 | pad at both ends |
/// | the same, `pad = same` | ⌈IN / stride⌉ | T = max((OUT − 1)·stride + E − IN, 0): ⌊T / 2⌋ before, the rest behind |
/// | pools, `edge = ceil` | ⌈(IN + 2·pad − E) / stride⌉ + 1 | as much more behind as the last window needs |
/// | `conv_transpose` | (IN − 1)·stride + kernel − 2·pad | that of the convolution from OUT to IN |
/// | the same, `pad = same` | IN·stride | T = max(kernel − stride, 0), as above |
///
/// So `same` with a stride of 1 keeps the size; for an even kernel the odd row of padding lies below the image, the
/// odd column at its right.
///
/// ```
/// plywood::network! {
///     /// LeNet-5 (LeCun et al. 1998), as it is built today.
///     LeNet5: Image<28, 28, 1> => Flat<10> {
///         conv(6, kernel = 5, pad = same), relu, max_pool(2),
///         conv(16, kernel = 5), relu, max_pool(2),
///         flatten,
///         dense(120), relu,
///         dense(84), relu,
///         dense(10),
///     }
/// }
/// assert_eq!(<LeNet5 as plywood::Layer>::PARAMS, 61_706);
/// ```
///
/// # Blocks
///
/// Blocks nest to any depth. A label in a block names its tensors, but only a label of the network itself becomes a
/// function. Both forms of the textbook's residual are written with it: with the activation behind the sum (He et al.
/// 2015), and with normalisation and activation before each layer (He et al. 2016):
///
/// ```
/// use plywood::{Layer, network};
///
/// network! {
///     pub AfterSum: Image<32, 32, 16> => Image<32, 32, 16> {
///         repeat(3) {
///             residual {
///                 conv(16, kernel = 3, pad = 1, bias = false), batch_norm, relu,
///                 conv(16, kernel = 3, pad = 1, bias = false), batch_norm,
///             },
///             relu,
///         },
///     }
///
///     pub PreActivation: Image<32, 32, 16> => Image<16, 16, 32> {
///         repeat(3) {
///             residual {
///                 batch_norm, relu, conv(16, kernel = 3, pad = 1, bias = false),
///                 batch_norm, relu, conv(16, kernel = 3, pad = 1, bias = false),
///             },
///         },
///         // where the shape changes, so must the shortcut
///         residual {
///             batch_norm, relu, conv(32, kernel = 3, stride = 2, pad = 1),
///         } shortcut {
///             conv(32, kernel = 1, stride = 2),
///         },
///     }
/// }
///
/// assert_eq!(AfterSum::PARAMS, 3 * 2 * (3 * 3 * 16 * 16 + 2 * 16));
/// ```
///
/// # Budget
///
/// A budget behind a network's layers makes it a compile error to cost more: trainable numbers (`params`),
/// floating-point operations of a forward pass of one example (`flops`), bytes of inference (`memory`, see
/// `plywood::inference_memory`) or of training by batches of so many examples (`training_memory`), both in `f32`. The
/// error gives the actual figure and the heaviest layer.
///
/// ```compile_fail,E0080
/// plywood::network! {
///     Net: Flat<784> => Flat<10> { dense(100), relu, dense(10) }
///     budget { params <= 50_000, memory <= 1 MiB, training_memory <= 2 MiB at 32 }
/// }
/// // `Net` has 79,510 parameters, but its budget is 50,000
/// // the heaviest is layer 1 `dense` with 78,500 parameters, 98 %
/// ```
///
/// # Mistakes
///
/// Every mistake of a network is reported on the token that makes it, all of them at once. What only the compiler
/// knows (the value of a constant, the shapes of a layer named by its path) is checked by constants, which
/// `cargo check` evaluates.
///
/// # Parameters
///
/// Rust cannot compute with a const parameter in a type, so a parameter can be passed on but not multiplied:
/// `flatten` on an `Image<H, 28, 1>` is refused, and so is a window that changes `H`. And the shapes of a layer named by its path are checked for each
/// value of the parameters where the network is used, that is by `cargo build`:
///
/// ```compile_fail,E0080
/// plywood::network! {
///     Outer<const H: usize>: Flat<784> => Flat<10> { dense(H), Inner }
///     Inner: Flat<64> => Flat<10> { dense(10) }
/// }
/// // layer 2 `Inner` takes 64, but layer 1 `dense` gives 30
/// let model = plywood::Model::<Outer<30>>::new(1);
/// ```
#[proc_macro]
pub fn network(input: TokenStream) -> TokenStream {
    expand::networks(input.into()).into()
}
