//! Defines the selection of channels.

use std::marker::PhantomData;

use crate::core::message::Message;
use crate::core::{Backward, Cost, Forward, Layer, Memory, Pass, ReceptiveField, Single, proof};
use plywood_kernel::Scalar;
use plywood_kernel::math::columns::{gather, scatter};

/// The table of a [`Select`]: the input channel, counted from 0, that each output channel copies.
pub trait Table: 'static {
    /// The input channels, one entry for each output channel.
    const INPUTS: &'static [usize];
}

/// `select(TABLE)`: each output channel is a copy of one input channel, `y[c] = x[TABLE[c]]`.
///
/// It selects at each pixel of an [`Image`](crate::Image), or among the numbers of a [`Flat`](crate::Flat). The
/// gradient of an input channel is the sum over its copies.
///
/// A table of connections, such as that of layer C3 of LeNet-5 (`LeCun` et al. 1998, table I), where each map sees a
/// subset of the maps before it, is a selection followed by a convolution in groups: the selection lists the subsets
/// one after the other, and the convolution has one group for each. If subsets differ in size, one selection and
/// convolution for each size stand side by side in a [`Concat`](super::Concat).
///
/// ```
/// use plywood::layers::{Select, Table};
/// use plywood::{Image, Model};
///
/// /// Two maps, each of which sees two of three.
/// struct Pairs;
/// impl Table for Pairs {
///     const INPUTS: &'static [usize] = &[0, 1, 1, 2];
/// }
/// type Net = Select<Image<1, 1, 3>, Image<1, 1, 4>, Pairs>;
/// assert_eq!(Model::<Net>::new(0).infer(&[[[5.0, 6.0, 7.0]]]), [[[5.0, 6.0, 6.0, 7.0]]]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Select<I, O, M>(PhantomData<(I, O, M)>);

/// Fails to compile unless a table has one entry for each channel of the output.
#[track_caller]
const fn entries(found: usize, channels: usize) {
    if found != channels {
        let message = Message::new()
            .text("select: the table has ")
            .number(found)
            .text(" entries, but the output has ")
            .number(channels)
            .text(" channels\nnote: each channel of the output is an entry of the table");
        panic!("{}", message.as_str());
    }
}

impl<I: Single, O: Single, M: Table> Select<I, O, M> {
    const TABLE: &'static [usize] = {
        let inputs = I::DIMS.channels();
        let outputs = O::DIMS.channels();
        proof::same_sides::<I, O>(
            "select: from ",
            " to ",
            "\nnote: both are vectors, or images of the same height and width",
        );
        entries(M::INPUTS.len(), outputs);
        proof::table("select", M::INPUTS, inputs);
        M::INPUTS
    };
}

impl<I: Single, O: Single, M: Table> Layer for Select<I, O, M> {
    type In = I;
    type Out = O;

    const NAME: &'static str = "select";
    const MEMORY: Memory = Memory::OUT_OF_PLACE.reads_nothing().preserves_dy();
    const COST: Cost = Cost::FREE.sees(ReceptiveField::POINT);

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        gather(io.x, I::DIMS.channels(), io.y, Self::TABLE);
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if let Some(dx) = io.dx {
            scatter(io.dy, dx, I::DIMS.channels(), Self::TABLE);
        }
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{Relu, Silu};

    struct Some;
    impl Table for Some {
        const INPUTS: &'static [usize] = &[3, 0, 0, 2, 3];
    }
    super::checks::cases![
        Select<Flat<4>, Flat<5>, Some>,
        Select<Image<2, 3, 4>, Image<2, 3, 5>, Some>,
        ((Silu<Flat<4>>, Select<Flat<4>, Flat<5>, Some>), Relu<Flat<5>>),
    ]
}
