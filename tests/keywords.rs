//! Every keyword of `network!`: the shapes that it gives, and what it is written as.

use plywood::layers::{Dense, Relu};
use plywood::{Flat, Image, Model, Network, Shape, network};

network! {
    /// `LeNet-5` (`LeCun` et al. 1998) as it is built today: 61,706 parameters.
    LeNet5: Image<28, 28, 1> => Flat<10> {
        conv(6, kernel = 5, pad = 2), relu,
        max_pool(2),
        conv(16, kernel = 5), relu,
        max_pool(2),
        flatten,
        dense(120), relu,
        dense(84), relu,
        dense(10),
    }

    /// Every option once.
    Everything: Image<16, 12, 3> => Flat<5> {
        conv(8, kernel = (3, 5), stride = (2, 1), pad = (1, 2), mode = replicate, bias = false),
        batch_norm(eps = 1e-3, momentum = 0.05), relu,
        conv(8, kernel = 3, pad = same, mode = reflect, dilation = 2, groups = 4),
        group_norm(4, eps = 1e-6), leaky_relu(slope = 0.2),
        conv(6, 2, mode = zero), elu(alpha = 0.5),
        spatial_dropout(0.1),
        max_pool(2, stride = 2, pad = 1, edge = floor), gelu,
        avg_pool((2, 3), stride = (1, 2), edge = ceil), silu,
        conv_transpose(4, kernel = 3, stride = 2, pad = 1, bias = false), softplus,
        conv_transpose(4, kernel = (4, 3), stride = 2, pad = same), hard_sigmoid,
        upsample(2), hard_swish,
        layer_norm(eps = 0.001), hard_tanh, l2_normalize(eps = 1e-6),
        select(TABLE), scale, identity,
        conv(4, kernel = 1), sigmoid,
        reshape(10, 5, 32), tanh,
        global_avg_pool,
        dropout(0.5),
        reshape(32), reshape(4, 4, 2),
        global_max_pool,
        dense(5, bias = false),
    }

    /// Sides that the macro does not know.
    Constants: Image<{ SIDE }, 12, 3> => Flat<4> {
        conv(8, kernel = KERNEL, stride = 2, pad = same), batch_norm, relu,
        conv(8, KERNEL, pad = NONE, mode = reflect, groups = 2),
        max_pool(2, edge = ceil),
        conv_transpose(2, KERNEL, stride = 2),
        conv_transpose(2, KERNEL, stride = 2, pad = same),
        upsample(KERNEL),
        select(TABLE_OF_TWO),
        global_avg_pool,
        dense(4),
    }

    /// After a layer that only the compiler knows.
    AfterPaths: Image<8, 8, 3> => Flat<2> {
        Stem,
        conv(4, kernel = 3, pad = 1, groups = 2), max_pool(3, edge = ceil), group_norm(2),
        Stem2,
        spatial_dropout(0.5), global_max_pool, dense(2),
    }
    Stem: Image<8, 8, 3> => Image<8, 8, 2> { conv(2, kernel = 1) }
    Stem2: Image<3, 3, 4> => Image<6, 6, 4> { upsample(2) }

    /// Channels and sides that are parameters.
    Any<const H: usize, const C: usize>: Image<H, 9, C> => Flat<C> {
        conv(C, kernel = 3, pad = same, groups = C), relu,
        conv(C, kernel = 1),
        batch_norm, global_avg_pool,
    }

    /// Sides that are a parameter, and kept.
    Kept<const S: usize>: Image<S, S, 3> => Image<S, S, 4> {
        conv(4, kernel = 3, pad = 1), conv(4, 5, pad = 4, dilation = 2), conv(4, (3, 1), pad = (1, 0)),
        max_pool(3, stride = 1, pad = 1), avg_pool(5, stride = 1, pad = 2, edge = ceil),
        conv_transpose(4, 3, pad = 1), conv_transpose(4, 1), upsample(1),
    }

    /// Shapes that are said where only their numbers of numbers are known.
    Said<const N: usize, const S: usize>: Flat<N> => Flat<8> {
        reshape(S, S, 2), conv(4, 3, pad = 1), Steady<S>, reshape(S, S, 4), global_avg_pool, Passed<4>, reshape(4),
        dense(8),
    }
    Steady<const S: usize>: Image<S, S, 4> => Image<S, S, 4> { conv(4, 1) }
    Passed<const N: usize>: Flat<N> => Flat<N> { relu }

    /// Arguments that are calculated, or constants of several types.
    Written: Image<{ SIDE }, 12, 3> => Flat<5> {
        conv((SIDE - 2), kernel = PAIR, pad = (1, (KERNEL - 1)), bias = OFF),
        conv(4, kernel = (3), pad = TWO, bias = sizes::ON),
        conv(4, (KERNEL), pad = same, bias = { !OFF }),
        max_pool(PAIR, stride = ONES),
        batch_norm(eps = .001, momentum = (.5)),
        dropout(.5),
        flatten, dense((SIDE / 2), bias = (false)),
    }

    /// Paths with a parameter of the network in a tuple and in an array.
    InTypes<const N: usize>: Flat<N> => Flat<4> {
        Itself<(Dense<N, 3>, Relu<Flat<3>>)>,
        reshape(3), AsLong<[(); N]>, Narrow<N>,
    }

    Narrow<const N: usize>: Flat<N> => Flat<4> { dense(4) }

    /// Transposed convolutions whose kernel and padding only the compiler knows, so that they may enlarge the image.
    Turned: Image<5, 6, 2> => Image<9, 10, 2> {
        conv_transpose(2, KERNEL, pad = NONE), conv_transpose(2, FIVE, pad = ONE),
    }

    /// Constants that are named as a padding is in other libraries, or stand in brackets.
    Named: Image<8, 8, 1> => Image<6, 4, 1> {
        conv(1, kernel = 3, pad = SAME), conv(1, kernel = (PAIR), pad = sizes::VALID),
    }

    /// Larger than a type-level number.
    Long: Image<1, 48_000, 1> => Flat<2> {
        conv(2, kernel = (1, 64), stride = (1, 16), pad = same), relu, max_pool((1, 4)), global_max_pool,
    }
}

const SIDE: usize = 10;
const KERNEL: usize = 3;
const FIVE: usize = 5;
const NONE: usize = 0;
const ONE: usize = 1;
const SAME: usize = 1;
const PAIR: (usize, usize) = (3, 5);
const TWO: [usize; 2] = [1, 1];
const ONES: (usize, usize) = (1, 1);
const OFF: bool = false;
const TABLE: [usize; 6] = [3, 2, 1, 0, 0, 3];
const TABLE_OF_TWO: [usize; 3] = [1, 1, 0];

mod sizes {
    pub(super) const ON: bool = true;
    pub(super) const VALID: usize = 0;
}

type Itself<L> = L;

/// The layer that an array stands for: one of as many numbers as it has.
trait Lengthy {
    type Layer;
}
impl<const N: usize> Lengthy for [(); N] {
    type Layer = Dense<3, N>;
}
type AsLong<A> = <A as Lengthy>::Layer;

/// A network whose layers a macro hands on as a block.
macro_rules! handed_on {
    ($name:ident, $body:block) => {
        network! { $name: Flat<8> => Flat<4> $body }
    };
}
handed_on!(HandedOn, { dense(4) });

fn parameters<N: Network<In = In, Out = Out>, In: Shape, Out: Shape>() -> usize {
    let model = Model::<N>::new(1);
    let x = vec![0.5; In::LEN];
    let mut y = vec![f32::NAN; Out::LEN];
    plywood::Predictor::new(&model).infer_into(&x, &mut y);
    assert!(y.iter().all(|y| y.is_finite()), "{}: {y:?}", N::NAME);
    N::PARAMS
}

#[test]
fn lenet_has_the_parameters_of_the_textbook() {
    let convolutions = (5 * 5 * 6 + 6) + (5 * 5 * 6 * 16 + 16);
    let dense = (400 * 120 + 120) + (120 * 84 + 84) + (84 * 10 + 10);
    assert_eq!(convolutions + dense, 61_706);
    assert_eq!(parameters::<LeNet5, Image<28, 28, 1>, Flat<10>>(), 61_706);
}

#[test]
fn every_option_is_passed_on() {
    // 8×12 after the stride of 2 along the rows, 7×11 after the kernel of 2, 4×6 after the pool
    let convolutions = 3 * 5 * 3 * 8 + (3 * 3 * 2 * 8 + 8) + (2 * 2 * 8 * 6 + 6) + (6 * 4 + 4);
    // 3×3 after the mean, 5×5 and 10×10 after the transposed ones, 20×20 after the upsampling
    let transposed = 3 * 3 * 6 * 4 + (4 * 3 * 4 * 4 + 4);
    let norms = 2 * 8 + 2 * 8 + 2 * 20 * 20 * 4;
    let (scale, dense) = (1, 2 * 5);
    assert_eq!(
        parameters::<Everything, Image<16, 12, 3>, Flat<5>>(),
        convolutions + transposed + norms + scale + dense
    );
}

#[test]
fn sizes_that_only_the_compiler_knows() {
    // 10×12 to 5×6, 3×4, 2×2, 5×5, 10×10, 30×30
    let params = (27 * 8 + 8) + 16 + (9 * 4 * 8 + 8) + (9 * 8 * 2 + 2) + (9 * 2 * 2 + 2) + (3 * 4 + 4);
    assert_eq!(parameters::<Constants, Image<10, 12, 3>, Flat<4>>(), params);
    let params = (3 * 2 + 2) + (9 * 4 + 4) + 8 + (4 * 2 + 2);
    assert_eq!(parameters::<AfterPaths, Image<8, 8, 3>, Flat<2>>(), params);
    assert_eq!(parameters::<Any<7, 4>, Image<7, 9, 4>, Flat<4>>(), (9 * 4 + 4) + (16 + 4) + 8);
    // (3·3·3·4 + 4) + (5·5·4·4 + 4) + (3·1·4·4 + 4), then the transposed ones
    let kept = (27 * 4 + 4) + (25 * 16 + 4) + (3 * 16 + 4) + (9 * 16 + 4) + (16 + 4);
    assert_eq!(parameters::<Kept<7>, Image<7, 7, 3>, Image<7, 7, 4>>(), kept);
    assert_eq!(parameters::<Said<50, 5>, Flat<50>, Flat<8>>(), (9 * 2 * 4 + 4) + (4 * 4 + 4) + (4 * 8 + 8));
    let in_types = (6 * 3 + 3) + (3 * 6 + 6) + (6 * 4 + 4);
    assert_eq!(parameters::<InTypes<6>, Flat<6>, Flat<4>>(), in_types);
    let turned = (9 * 2 * 2 + 2) + (25 * 2 * 2 + 2);
    assert_eq!(parameters::<Turned, Image<5, 6, 2>, Image<9, 10, 2>>(), turned);
    assert_eq!(parameters::<Named, Image<8, 8, 1>, Image<6, 4, 1>>(), (9 + 1) + (15 + 1));
    assert_eq!(parameters::<HandedOn, Flat<8>, Flat<4>>(), 8 * 4 + 4);
    assert_eq!(parameters::<Long, Image<1, 48_000, 1>, Flat<2>>(), 64 * 2 + 2);
}

#[test]
fn arguments_that_are_calculated() {
    // 10×12×3 to 10×12×8, 10×12×4, 10×12×4, 8×8×4
    let convolutions = 15 * 3 * 8 + (9 * 8 * 4 + 4) + (9 * 4 * 4 + 4);
    let params = convolutions + 2 * 4 + 8 * 8 * 4 * 5;
    assert_eq!(parameters::<Written, Image<10, 12, 3>, Flat<5>>(), params);
}

/// The output of a keyword over a side, against numbers worked out by hand. The other side is 12.
macro_rules! sides {
    ($($name:ident: $input:literal => $output:literal { $($layer:tt)+ })+) => {
        network! { $($name: Image<$input, 12, 2> => Image<$output, 12, 2> { $($layer)+ })+ }

        #[test]
        fn sizes_by_hand() {
            $(parameters::<$name, Image<$input, 12, 2>, Image<$output, 12, 2>>();)+
        }
    };
}

sides! {
    // ⌊(IN + 2·PAD − K)/S⌋ + 1
    Valid: 9 => 7 { conv(2, kernel = (3, 1)) }
    ValidEven: 9 => 6 { conv(2, kernel = (4, 1)) }
    Strided: 9 => 4 { conv(2, kernel = (3, 1), stride = (2, 1)) }
    StridedPadded: 9 => 5 { conv(2, kernel = (3, 1), stride = (2, 1), pad = (1, 0)) }
    StridedFloor: 10 => 3 { conv(2, kernel = (3, 1), stride = (3, 1)) }
    Dilated: 9 => 3 { conv(2, kernel = (3, 1), dilation = (3, 1)) }
    // ⌈IN/S⌉
    Same: 9 => 9 { conv(2, kernel = (3, 1), pad = same) }
    SameEven: 9 => 9 { conv(2, kernel = (4, 1), pad = same) }
    SameDilated: 9 => 9 { conv(2, kernel = (4, 1), pad = same, dilation = (3, 1)) }
    SameStrided: 9 => 5 { conv(2, kernel = (3, 1), stride = (2, 1), pad = same) }
    SameStridedEven: 10 => 4 { conv(2, kernel = (4, 1), stride = (3, 1), pad = same) }
    SameSkipping: 10 => 4 { conv(2, kernel = (1, 1), stride = (3, 1), pad = same) }
    // pools
    Floor: 9 => 4 { max_pool((2, 1)) }
    Ceil: 9 => 5 { max_pool((2, 1), edge = ceil) }
    CeilOfExact: 10 => 5 { avg_pool((2, 1), edge = ceil) }
    CeilOverlapping: 10 => 5 { avg_pool((3, 1), stride = (2, 1), edge = ceil) }
    FloorOverlapping: 10 => 4 { avg_pool((3, 1), stride = (2, 1)) }
    CeilPadded: 8 => 5 { max_pool((3, 1), stride = (2, 1), pad = (1, 0), edge = ceil) }
    CeilSkipping: 5 => 2 { max_pool((1, 1), stride = (3, 1), edge = ceil) }
    SamePool: 9 => 5 { avg_pool((3, 1), stride = (2, 1), pad = same) }
    // (IN − 1)·S + K − 2·PAD
    Transposed: 5 => 7 { conv_transpose(2, kernel = (3, 1)) }
    TransposedStrided: 5 => 11 { conv_transpose(2, kernel = (3, 1), stride = (2, 1)) }
    TransposedPadded: 5 => 9 { conv_transpose(2, kernel = (3, 1), stride = (2, 1), pad = (1, 0)) }
    TransposedSame: 5 => 10 { conv_transpose(2, kernel = (3, 1), stride = (2, 1), pad = same) }
    TransposedSameWide: 5 => 15 { conv_transpose(2, kernel = (2, 1), stride = (3, 1), pad = same) }
}
