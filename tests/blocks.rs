//! The blocks of `network!`: nested to any depth, they are the types that one would write by hand.

use std::collections::HashSet;

use plywood::check::GradientCheck;
use plywood::layers::{Axis, Checkpoint, Concat, Conv2d, Dense, Flatten, Relu, Repeat, Residual};
use plywood::{
    Batch, Declared, Flat, Image, Layer, Model, Network, Outline, inference_memory, network, training_memory,
    zoo,
};

const WIDTH: usize = 6;
const COPIES: usize = 2;

network! {
    /// Every block in every other.
    pub(crate) Nested: Image<2, 2, 1> => Flat<3> {
        flatten,
        stem: dense(WIDTH), relu,
        body: repeat(COPIES) {
            checkpoint {
                residual {
                    concat { wide: dense(4), relu } { dense(3) } { residual { tanh } },
                    dense(5),
                } shortcut {
                    dense(5),
                },
                relu,
                dense(6),
            },
        },
        residual { Same, relu },
        residual { dense(4), Inner } shortcut { Inner6 },
        head: dense(3),
    }
    budget { params <= 1_000, flops <= 2_000, memory <= 64 KiB, training_memory <= 1 MiB at 8 }

    /// As wide as it is.
    pub(crate) Same: Flat<6> => Flat<6> { dense(6) }
    /// Wider.
    pub(crate) Inner: Flat<4> => Flat<5> { dense(5) }
    /// Narrower.
    pub(crate) Inner6: Flat<6> => Flat<5> { dense(5) }

    /// Branches of which the macro does not know the shape.
    Mixed: Flat<6> => Flat<15> { concat { Inner6 } { dense(WIDTH) } { dense(2), dense(4) } }

    /// Of any width.
    Wide<const H: usize>: Flat<H> => Flat<H> { residual { dense(H), relu, dense(H) }, repeat(2) { Of<H> } }
    Of<const H: usize>: Flat<H> => Flat<H> { dense(H) }
}

type Conv<const C: usize, const CO: usize> =
    Conv2d<Image<4, 4, C>, Image<4, 4, CO>, Axis<3, 1, 1, 1>, Axis<3, 1, 1, 1>>;

network! {
    /// The two residuals of the textbook, with a convolution named by its type.
    AfterSum: Image<4, 4, 2> => Image<4, 4, 2> {
        residual { Conv<2, 3>, relu, Conv<3, 2> }, relu,
        residual { relu, Conv<2, 2>, relu, Conv<2, 2> },
    }

    /// Channels side by side: 2 + 4 + 3.
    Joined: Image<4, 4, 2> => Image<4, 4, 9> { concat { relu } { concat { relu } { tanh } } { Conv<2, 3> } }

    /// Nothing that needs a label or an adapter.
    Plain: Image<1, 2, 2> => Flat<4> {
        flatten,
        repeat(3) { checkpoint { residual { dense(4), relu, dense(4) }, relu } },
        residual { concat { dense(1), relu } { dense(2) } { dense(4) } } shortcut { dense(7) },
        dense(4),
    }
}

fn dense(inputs: usize, outputs: usize) -> usize {
    inputs * outputs + outputs
}

#[test]
fn are_the_types_that_one_would_write() {
    fn consists_of<N: Network<Layers = L>, L>() {}
    type Body = Checkpoint<(Residual<((Dense<4, 4>, Relu<Flat<4>>), Dense<4, 4>)>, Relu<Flat<4>>)>;
    type Branches = Concat<(Dense<4, 1>, Relu<Flat<1>>), Concat<Dense<4, 2>, Dense<4, 4>, Flat<6>>, Flat<7>>;
    consists_of::<
        Plain,
        ((Flatten<Image<1, 2, 2>, 4>, Repeat<3, Body>), (Residual<Branches, Dense<4, 7>>, Dense<7, 4>)),
    >();
}

#[test]
fn parameters_add_up() {
    let body = dense(6, 4) + dense(6, 3) + dense(13, 5) + dense(6, 5) + dense(5, 6);
    let rest = dense(4, 6) + dense(6, 6) + dense(6, 4) + dense(4, 5) + dense(6, 5) + dense(5, 3);
    assert_eq!(Nested::PARAMS, 2 * body + rest);
    assert_eq!(Mixed::PARAMS, dense(6, 5) + dense(6, 6) + dense(6, 2) + dense(2, 4));
    assert_eq!(Wide::<7>::PARAMS, 4 * dense(7, 7));
    assert_eq!(Joined::PARAMS, 9 * 2 * 3 + 3);
    assert!(inference_memory::<Nested, f32>() <= 64 << 10);
    assert!(training_memory::<Nested, f32>(8) <= 1 << 20);
}

#[test]
fn fields_grow_along_the_longest_branch() {
    assert_eq!(AfterSum::FIELD.size([100, 1]), [9, 1]);
    assert_eq!(AfterSum::RECEPTIVE_FIELD, (4, 4));
    assert_eq!(Joined::RECEPTIVE_FIELD, (3, 3));
    assert_eq!(Mixed::RECEPTIVE_FIELD, (1, 6));
}

#[test]
fn labels_name_tensors_in_blocks() {
    let outline = Outline::of::<Nested>();
    let weights: Vec<_> =
        outline.tensors.iter().map(|tensor| &*tensor.name).filter(|name| name.ends_with(".weight")).collect();
    assert_eq!(
        weights,
        [
            "stem.weight",
            "body.checkpoint1.residual1.concat1.branch1.wide.weight",
            "body.checkpoint1.residual1.concat1.branch2.dense1.weight",
            "body.checkpoint1.residual1.dense2.weight",
            "body.checkpoint1.residual1.shortcut.dense1.weight",
            "body.checkpoint1.dense3.weight",
            "body.checkpoint2.residual1.concat1.branch1.wide.weight",
            "body.checkpoint2.residual1.concat1.branch2.dense1.weight",
            "body.checkpoint2.residual1.dense2.weight",
            "body.checkpoint2.residual1.shortcut.dense1.weight",
            "body.checkpoint2.dense3.weight",
            "residual5.Same1.dense1.weight",
            "residual6.dense1.weight",
            "residual6.Inner2.dense1.weight",
            "residual6.shortcut.Inner6_1.dense1.weight",
            "head.weight",
        ]
    );
}

network! {
    /// Labels in layers that come again.
    Repeated: Flat<4> => Flat<4> {
        outer: repeat(2) {
            fc: dense(4), relu,
            repeat(2) { residual { fc: dense(4), dense(4) }, block: checkpoint { fc: dense(4) } },
        },
    }
}

#[test]
fn no_two_tensors_have_one_name() {
    for outline in [Outline::of::<Nested>(), Outline::of::<Repeated>(), Outline::of::<zoo::ResNet20>()] {
        assert_eq!(outline.name_twice(), None);
    }
    let outline = Outline::of::<Repeated>();
    let weights = outline.tensors.iter().map(|tensor| &*tensor.name).filter(|name| name.ends_with(".weight"));
    let first = [
        "outer.fc.1.weight",
        "outer.repeat3.residual1.fc.weight",
        "outer.repeat3.residual1.dense2.weight",
        "outer.repeat3.block.1.fc.weight",
        "outer.repeat3.residual3.fc.weight",
        "outer.repeat3.residual3.dense2.weight",
        "outer.repeat3.block.2.fc.weight",
        "outer.fc.2.weight",
    ];
    assert_eq!(weights.take(8).collect::<Vec<_>>(), first);
    let paths: HashSet<&str> = outline.entries.iter().map(|entry| &*entry.path).collect();
    assert_eq!(paths.len(), outline.entries.len());
}

#[test]
fn only_labels_of_the_network_itself_have_functions() {
    let model = Model::<Nested>::new(1);
    assert_eq!(model.layer(Nested::stem()).weight().shape(), (6, 4));
    assert_eq!(model.layer(Nested::head()).weight().shape(), (3, 5));
    // the last layer's weights lie at the end
    let params = model.params();
    let last = params.len() - dense(5, 3);
    assert_eq!(model.layer(Nested::head()).weight().as_slice()[0], params[last]);
    let _ = Nested::body();
}

#[test]
fn gradients_are_exact() {
    for report in [
        GradientCheck::new().run_layer::<Nested>(3).unwrap(),
        GradientCheck::new().run_layer::<Mixed>(3).unwrap(),
        GradientCheck::new().run_layer::<Joined>(2).unwrap(),
        GradientCheck::new().run_layer::<AfterSum>(2).unwrap(),
    ] {
        assert!(report.relative_error() < 1e-7, "{report}");
    }
}

/// Each layer is shown once, blocks after what is in them, and computes what inference does.
fn inspects<N: Layer>() {
    let model = Model::<N>::new(3);
    let numbers = nalgebra::DMatrix::from_fn(<N::In as plywood::Shape>::LEN, 3, |i, j| {
        ((7 * i + 5 * j) % 11) as f32 / 5.0 - 1.0
    });
    let x = Batch::from_matrix(numbers).expect("a batch");
    let (mut seen, mut last) = (Vec::new(), Vec::new());
    model.inspect(&x, |layer, output| {
        assert_eq!(output.len(), 3 * layer.output.len(), "{}", layer.path);
        if layer.name == "relu" {
            assert!(output.iter().all(|&y| y >= 0.0) && output.iter().any(|&y| y > 0.0), "{}", layer.path);
        }
        seen.push(layer.path.clone());
        last = output.to_vec();
    });
    assert_eq!(last, model.infer_batch(&x).as_slice(), "{}", N::NAME);
    let mut listed: Vec<_> = Outline::of::<N>().entries.into_iter().map(|entry| entry.path).collect();
    listed.sort();
    seen.sort();
    assert_eq!(seen, listed);
}

#[test]
fn an_inspection_shows_every_layer_of_every_block() {
    inspects::<Nested>();
    inspects::<Mixed>();
    inspects::<Wide<4>>();
    inspects::<AfterSum>();
    inspects::<Joined>();
}
