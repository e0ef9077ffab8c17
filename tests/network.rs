//! Tests what `network!` declares: shapes, sizes, names, places, and the same numbers as the tuple written by hand.

use plywood::layers::{Dense, Flatten, Relu, Tanh};
use plywood::{Backprop, Declared as _, Flat, Image, Layer, Model, Network, Outline, Shape, network};

const HIDDEN: usize = 84;

network! {
    /// A network with everything.
    pub(crate) LeNet5: Image<28, 28, 1> => Flat<10> {
        flatten,
        fc1: dense(120), relu,
        dropout(0.5),
        dense(HIDDEN), tanh,
        Inner,
        head: Inner,
        Mlp<16>,
        last: dense(10),
    }

    /// One inside others.
    pub(crate) Inner: Flat<84> => Flat<84> { wide: dense(84), relu }

    /// Of any width.
    pub(crate) Mlp<const H: usize>: Flat<84> => Flat<3> { dense(84), relu, hidden: dense(H), dense(outputs = 3) }

    /// A single layer.
    pub(crate) One: Flat<4> => Flat<2> { dense(2) }

    /// Nothing but keywords.
    pub(crate) Plain: Image<2, 3, 1> => Flat<2> { flatten, dense(5), relu, dense(4), tanh, dense(2) }
}

macro_rules! declare {
    ($name:ident, $n:expr, $layer:ident) => {
        network! { $name: Flat<{ $n }> => Flat<{ $n }> { first: dense({ $n }), $layer } }
    };
}
declare!(Declared, 7, relu);

mod inside {
    plywood::network! { pub(super) Net: Flat<{ super::HIDDEN }> => Flat<84> { super::Inner } }
}

fn dense(inputs: usize, outputs: usize) -> usize {
    inputs * outputs + outputs
}

#[test]
fn shapes_and_sizes() {
    fn is<N: Network<In = In, Out = Out>, In: Shape, Out: Shape>(params: usize, layers: usize) {
        assert_eq!((N::PARAMS, N::LAYERS), (params, layers), "{}", N::NAME);
        assert_eq!(N::PARAMS, N::Layers::PARAMS);
    }
    let inner = dense(84, 84);
    let mlp = |h| dense(84, 84) + dense(84, h) + dense(h, 3);
    is::<Inner, Flat<84>, Flat<84>>(inner, 2);
    is::<Mlp<16>, Flat<84>, Flat<3>>(mlp(16), 4);
    is::<Mlp<30>, Flat<84>, Flat<3>>(mlp(30), 4);
    is::<One, Flat<4>, Flat<2>>(10, 1);
    is::<inside::Net, Flat<84>, Flat<84>>(inner, 2);
    is::<Declared, Flat<7>, Flat<7>>(56, 2);
    let lenet = dense(784, 120) + dense(120, 84) + 2 * inner + mlp(16) + dense(3, 10);
    is::<LeNet5, Image<28, 28, 1>, Flat<10>>(lenet, 6 + 2 + 2 + 4 + 1);
}

#[test]
fn a_sequence_is_a_balanced_tree_of_groups() {
    type Groups = (
        (Flatten<Image<2, 3, 1>, 6>, (Dense<6, 5>, Relu<Flat<5>>)),
        ((Dense<5, 4>, Tanh<Flat<4>>), Dense<4, 2>),
    );
    fn same<N: Network<Layers = L>, L: Layer>() {}
    same::<Plain, Groups>();
    same::<One, Dense<4, 2>>();

    let (network, tuple) = (Model::<Plain>::new(3), Model::<Groups>::new(3));
    let x = [[[0.1], [-0.4], [0.7]], [[1.0], [0.3], [-0.2]]];
    assert_eq!(network.infer(&x), tuple.infer(&x));
}

#[test]
fn the_outline_names_layers_and_blocks() {
    let outline = Outline::of::<LeNet5>();
    let paths: Vec<_> = outline.entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "flatten1",
            "fc1",
            "relu3",
            "dropout4",
            "dense5",
            "tanh6",
            "Inner7",
            "Inner7.wide",
            "Inner7.relu2",
            "head",
            "head.wide",
            "head.relu2",
            "Mlp9",
            "Mlp9.dense1",
            "Mlp9.relu2",
            "Mlp9.hidden",
            "Mlp9.dense4",
            "last",
        ]
    );
    let names: Vec<_> = outline.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(names[..2], ["fc1.weight", "fc1.bias"]);
    let end = outline.tensors.last().unwrap();
    assert_eq!((end.name.as_str(), end.offset + end.len()), ("last.bias", LeNet5::PARAMS));
}

#[test]
fn a_network_is_a_block_of_a_tuple() {
    let paths = |outline: Outline| outline.entries.into_iter().map(|entry| entry.path).collect::<Vec<_>>();
    assert_eq!(
        paths(Outline::of::<(Inner, Relu<Flat<84>>)>()),
        ["Inner1", "Inner1.wide", "Inner1.relu2", "relu2"]
    );
    assert_eq!(paths(Outline::of::<Inner>()), ["wide", "relu2"]);
}

#[test]
fn labels_find_their_layers() {
    let mut model = Model::<LeNet5>::new(1);
    for (label, params) in [
        ("fc1", model.layer(LeNet5::fc1()).params()),
        ("head.wide", model.layer(LeNet5::head()).params()),
        ("last", model.layer(LeNet5::last()).params()),
    ] {
        let tensor =
            model.tensors().into_iter().find(|tensor| tensor.name == format!("{label}.weight")).unwrap();
        assert_eq!(params[..tensor.len()], model.params()[tensor.range()], "{label}");
    }
    model.layer_mut(LeNet5::last()).bias()[9] = 5.0;
    assert_eq!(model.params().last(), Some(&5.0));

    let model = Model::<Mlp<5>>::new(1);
    assert_eq!(model.layer(Mlp::<5>::hidden()).weight().shape(), (5, 84));
}

#[test]
fn a_batch_that_memory_cannot_hold_is_an_error() {
    // bytes for each: two outputs of three numbers for the loss, and what the layer works in
    let bytes = size_of::<f32>() * (2 * 3 + Dense::<2, 3>::SCRATCH.per_example);
    for capacity in [usize::MAX, usize::MAX / 3, usize::MAX / 24] {
        let error = Backprop::<Dense<2, 3>>::new(capacity).expect_err("too many");
        let expected =
            format!("batch size: found {capacity}, expected so few that memory holds {bytes} bytes for each");
        assert_eq!(error.to_string(), expected);
    }
}
