//! Proves the limits in `budget { … }`: that a network costs no more than it may.

use crate::core::message::Message;
use crate::core::{Declared, Layer, Shape};
use crate::model::inference_memory;

/// The cost of each layer of a network, with the layer's name in messages.
type Costs<'a> = &'a [(&'a str, usize)];

/// A unit of costs: its name, and its size. Bytes are written in units of more than one.
type Unit<'a> = (&'a str, usize);

/// Checks that a network has at most the given number of parameters.
///
/// # Panics
/// Panics if it has more.
#[track_caller]
pub const fn params<N: Layer>(network: &str, limit: usize, layers: Costs<'_>) {
    let count = N::PARAMS;
    if count > limit {
        let message = subject(network).text(" has ").grouped(count).text(" parameters, but its budget is ");
        exceeded(&message.grouped(limit), count, ("parameters", 1), layers);
    }
}

/// Checks that a forward pass of one example takes at most the given number of floating-point operations.
///
/// # Panics
/// Panics if it takes more.
#[track_caller]
pub const fn flops<N: Layer>(network: &str, limit: usize, layers: Costs<'_>) {
    let count = N::FLOPS;
    if count > limit {
        let message = subject(network)
            .text(" takes ")
            .grouped(count)
            .text(" floating-point operations for an example, but its budget is ");
        exceeded(&message.grouped(limit), count, ("operations", 1), layers);
    }
}

/// Checks that inference in `f32` needs at most the given number of bytes. Messages show the limit in `unit`.
///
/// # Panics
/// Panics if it needs more.
#[track_caller]
pub const fn memory<N: Layer>(network: &str, limit: usize, unit: Unit<'_>, layers: Costs<'_>) {
    let bytes = inference_memory::<N, f32>();
    if bytes > limit {
        let message = subject(network)
            .text(" needs ")
            .amount(bytes, unit)
            .text(" for inference, ")
            .amount(kept::<N>(), unit)
            .text(" of it for parameters, but its budget is ");
        let message = message.amount(limit, unit);
        if bytes / 2 > kept::<N>() {
            let message = message
                .text("\nnote: most of it is work space, which grows with the widest place of the network: ")
                .grouped(N::WIDTH)
                .text(" numbers");
            panic!("{}", message.as_str());
        }
        exceeded(&message, bytes, unit, layers);
    }
}

/// Checks that training in `f32` with the given batch size needs at most the given number of bytes. Messages show the
/// limit in `unit`.
///
/// # Panics
/// Panics if it needs more.
#[track_caller]
pub const fn training_memory<N: Layer>(
    network: &str,
    limit: usize,
    unit: Unit<'_>,
    batch: usize,
    layers: Costs<'_>,
) {
    let bytes = crate::model::training_memory::<N, f32>(batch);
    if bytes > limit {
        let message = subject(network)
            .text(" needs ")
            .amount(bytes, unit)
            .text(" to be trained by batches of ")
            .grouped(batch)
            .text(", but its budget is ");
        exceeded(&message.amount(limit, unit), bytes, unit, layers);
    }
}

/// Returns the bytes of a layer's parameters and running statistics, in `f32`.
#[must_use]
pub const fn kept<L: Layer>() -> usize {
    (L::PARAMS + L::BUFFERS) * size_of::<f32>()
}

/// Returns the bytes that a layer adds to the memory for training with the given batch size, in `f32`.
///
/// They hold its parameters, their gradient, running statistics, tape, scratch (where a checkpoint has its tape) and
/// output.
#[must_use]
pub const fn trained<L: Layer>(batch: usize) -> usize {
    let output = if L::MEMORY.is_out_of_place() { L::Out::LEN * batch } else { 0 };
    (2 * L::PARAMS + L::BUFFERS + L::TAPE.len(batch) + L::SCRATCH.len(batch) + output) * size_of::<f32>()
}

const fn subject(network: &str) -> Message {
    Message::new().text("`").text(network).text("`")
}

/// Adds the most expensive layer and its share of the total to a message, and fails with it.
#[track_caller]
const fn exceeded(message: &Message, total: usize, unit: Unit<'_>, layers: Costs<'_>) -> ! {
    let mut heaviest = ("", 0);
    let mut i = 0;
    while i < layers.len() {
        if layers[i].1 > heaviest.1 {
            heaviest = layers[i];
        }
        i += 1;
    }
    let message = *message;
    let message = if heaviest.1 == 0 {
        message
    } else {
        let percent = (heaviest.1 as u128 * 100 / total as u128) as usize;
        message
            .text("\nnote: the heaviest is ")
            .text(heaviest.0)
            .text(" with ")
            .amount(heaviest.1, unit)
            .text(", ")
            .number(percent)
            .text(" %")
    };
    panic!("{}", message.as_str());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::layers::{Dense, Relu};

    type Net = ((Dense<784, 100>, Relu<Flat<100>>), Dense<100, 10>);
    const PARAMS: usize = 784 * 100 + 100 + 100 * 10 + 10;

    fn refusal(proof: impl FnOnce() + std::panic::UnwindSafe) -> Option<String> {
        std::panic::catch_unwind(proof).err().map(|panic| *panic.downcast::<String>().unwrap())
    }

    #[test]
    fn names_the_figure_and_the_heaviest_layer() {
        let layers = [("layer 1 `dense`", 78_500), ("layer 2 `relu`", 0), ("layer 3 `dense`", 1_010)];
        assert_eq!(
            refusal(move || params::<Net>("Net", PARAMS - 1, &layers)).unwrap(),
            "`Net` has 79,510 parameters, but its budget is 79,509\n\
             note: the heaviest is layer 1 `dense` with 78,500 parameters, 98 %"
        );
    }

    #[test]
    fn limits_are_inclusive() {
        let bytes = inference_memory::<Net, f32>();
        let trained = crate::model::training_memory::<Net, f32>(8);
        for (over, refused) in [(0, false), (1, true)] {
            assert_eq!(refusal(|| params::<Net>("", PARAMS - over, &[])).is_some(), refused);
            assert_eq!(refusal(|| flops::<Net>("", Net::FLOPS - over, &[])).is_some(), refused);
            assert_eq!(refusal(|| memory::<Net>("", bytes - over, ("B", 1), &[])).is_some(), refused);
            let train = || training_memory::<Net>("", trained - over, ("B", 1), 8, &[]);
            assert_eq!(refusal(train).is_some(), refused);
        }
    }
}
