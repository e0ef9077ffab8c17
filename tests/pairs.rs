//! Networks that take and give pairs of shapes: the types behind the notation, the order of numbers, training.

use plywood::check::strategy::{batches, models};
use plywood::layers::{Add, Dense, Heads, Join, Pairwise, Relu, Shared};
use plywood::loss::{Contrastive, MeanSquaredError, Scaled, SoftmaxCrossEntropy};
use plywood::{
    Backprop, Batch, Both, Dataset, Flat, Image, Layer, Model, Network, Outline, Predictor, Scalar, Shape,
    Threads, Trainer, network, training_memory,
};
use proptest::prelude::*;

const WIDTH: usize = 3;

network! {
    /// A picture and a row of a table; scores and a picture.
    pub(crate) Two: (Image<6, 6, 2>, Flat<4>) => (Flat<5>, Image<3, 3, 2>) {
        pairwise { conv(4, kernel = 3, pad = same), relu, max_pool(2) } { row: dense(18), tanh, reshape(3, 3, 2) },
        join, batch_norm,
        heads { global_avg_pool, score: dense(5) } { conv(2, kernel = 3, pad = same) },
    }
    /// Three parts nest to the right.
    Three: Flat<4> => (Flat<2>, Flat<WIDTH>, Flat<4>) { heads { dense(2) } { dense(WIDTH) } { identity }, relu }
    /// Parts of other networks.
    Outer: Flat<4> => Flat<2> {
        Three, pairwise { identity } { pairwise { dense(3) } { dense(3) }, multiply }, pairwise { dense(2) } { dense(2) }, add,
    }
    /// The same on both.
    Siamese: (Flat<4>, Flat<4>) => (Flat<WIDTH>, Flat<WIDTH>) { shared { dense(6), relu, dense(WIDTH) } }
    /// Of any width.
    Generic<const H: usize>: (Flat<H>, Flat<4>) => Flat<H> { pairwise { dense(H) } { dense(H) }, multiply }
}

#[test]
fn blocks_are_the_types_that_one_would_write() {
    fn same<A: 'static, B: 'static>() {
        assert_eq!(
            std::any::TypeId::of::<A>(),
            std::any::TypeId::of::<B>(),
            "{}",
            std::any::type_name::<A>()
        );
    }
    network! {
        Merged: (Flat<2>, Flat<2>) => Flat<2> { add }
        Joined: (Flat<2>, Flat<3>) => Flat<5> { join }
        Headed: Flat<2> => (Flat<1>, Flat<3>) { heads { dense(1) } { dense(3), relu } }
        Paired: (Flat<2>, (Flat<3>, Flat<4>)) => (Flat<1>, (Flat<2>, Flat<4>)) {
            pairwise { dense(1) } { dense(2) } { relu },
        }
        Same: (Flat<2>, Flat<2>) => (Flat<1>, Flat<1>) { shared { dense(1) } }
    }
    same::<<Merged as Network>::Layers, Add<Flat<2>>>();
    same::<<Joined as Network>::Layers, Join<Flat<2>, Flat<3>, Flat<5>>>();
    same::<<Headed as Network>::Layers, Heads<Dense<2, 1>, (Dense<2, 3>, Relu<Flat<3>>)>>();
    same::<<Paired as Network>::Layers, Pairwise<Dense<2, 1>, Pairwise<Dense<3, 2>, Relu<Flat<4>>>>>();
    same::<<Same as Network>::Layers, Shared<Dense<2, 1>>>();
    same::<<Three as Layer>::Out, (Flat<2>, (Flat<3>, Flat<4>))>();
    assert_eq!(Two::PARAMS, (2 * 9 * 4 + 4) + (4 * 18 + 18) + 12 + (6 * 5 + 5) + (6 * 9 * 2 + 2));
}

#[test]
fn layers_inside_have_names_and_numbers() {
    let paths: Vec<String> = Outline::of::<Two>().entries.iter().map(|entry| entry.path.clone()).collect();
    assert_eq!(
        paths,
        [
            "pairwise1",
            "pairwise1.branch1.conv1",
            "pairwise1.branch1.relu2",
            "pairwise1.branch1.max_pool3",
            "pairwise1.branch2.row",
            "pairwise1.branch2.tanh2",
            "pairwise1.branch2.reshape3",
            "join2",
            "batch_norm3",
            "heads4",
            "heads4.branch1.global_avg_pool1",
            "heads4.branch1.score",
            "heads4.branch2.conv1",
        ]
    );
    // an inspection shows each of them
    let mut seen = Vec::new();
    let x = Batch::<<Two as Layer>::In>::zeros(2);
    Model::<Two>::new(1).inspect(&x, |layer, output| seen.push((layer.path.clone(), output.len())));
    assert_eq!(seen.len(), paths.len());
    assert_eq!(seen.last(), Some(&("heads4".to_owned(), 2 * (5 + 18))));
    // branches of one kind are numbered on, those of another are a block of their own
    let paths =
        |outline: Outline| outline.tensors.iter().map(|tensor| tensor.name.clone()).collect::<Vec<_>>();
    let three = paths(Outline::of::<Three>());
    assert_eq!(three[2], "heads1.branch2.dense1.weight");
    let mixed = paths(Outline::of::<Pairwise<Dense<2, 1>, Heads<Dense<2, 1>, Dense<2, 1>>>>());
    assert_eq!(mixed[2], "pairwise1.branch2.heads1.branch1.dense1.weight");
}

type OfFive = Generic<5>;

// with the losses that such networks are trained with
plywood::gradient_tests!(
    Two(loss = (SoftmaxCrossEntropy, Scaled::new(MeanSquaredError, 0.5))),
    Three,
    Outer,
    OfFive,
    Siamese(loss = Contrastive { margin: 2.0 }, targets = |number| number % 2 == 0),
);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Checks that the parts of a batch are put in order and back.
    #[test]
    fn a_batch_gives_what_its_examples_give(
        model in models::<Two, f32>(), x in batches::<<Two as Layer>::In, f32>(1..70), threads in 1_usize..4,
    ) {
        let len = <Two as Layer>::In::LEN;
        let mut y = vec![f32::NAN; x.len() * <Two as Layer>::Out::LEN];
        let mut predictor = Predictor::new(&model);
        Threads::new(threads).expect("threads").run(|| predictor.infer_into(x.as_slice(), &mut y));
        for (x, y) in x.as_slice().chunks_exact(len).zip(y.chunks_exact(<Two as Layer>::Out::LEN)) {
            let mut example = Both([[[0.0; 2]; 6]; 6], [0.0; 4]);
            <Two as Layer>::In::as_mut_slice(&mut example).copy_from_slice(x);
            let alone = model.infer(&example);
            for (a, b) in <Two as Layer>::Out::as_slice(&alone).iter().zip(y) {
                prop_assert!((a - b).abs() <= 1e-5 * a.abs().max(1.0), "{a} alone, {b} in a batch");
            }
        }
    }
}

#[test]
fn the_gradient_of_the_input_is_that_of_each_example() {
    let mut model = Model::<Siamese, f64>::new(2);
    let mut work = Backprop::new(3).expect("a batch");
    let loss = Contrastive { margin: 2.0 };
    let mut x: Vec<f64> = (0..24).map(|i| f64::from(i).sin()).collect();
    let (targets, mut dx) = ([true, false, true], vec![f64::NAN; 24]);
    let value = work.run_to_input(&mut model, &loss, &x, &targets, 0, &mut dx);
    assert_eq!(value, work.run(&mut model, &loss, &x, &targets, 0));
    for (i, exact) in dx.into_iter().enumerate() {
        let mut moved = |by: f64| {
            let before = x[i];
            x[i] += by;
            let value = work.run(&mut model, &loss, &x, &targets, 0);
            x[i] = before;
            value
        };
        let numerical = (moved(1e-5) - moved(-1e-5)) / 2e-5;
        assert!((exact - numerical).abs() < 1e-9, "number {i}: {exact}, {numerical}");
    }
}

#[test]
fn training_memory_counts_the_order_of_a_batch() {
    network! {
        Joined: Flat<6> => Flat<6> { sigmoid }
        Paired: (Flat<2>, Flat<4>) => (Flat<2>, Flat<4>) { sigmoid }
    }
    let [of_one, of_pair] = [training_memory::<Joined, f32>(10), training_memory::<Paired, f32>(10)];
    // the pair's input is kept in both orders
    assert_eq!(of_pair - of_one, 10 * 6 * size_of::<f32>());
}

#[test]
fn a_batch_holds_examples_one_after_the_other() {
    type Nested = (Flat<1>, (Image<1, 2, 1>, Flat<1>));
    let examples: Vec<f32> = (0..8_u8).map(f32::from).collect();
    let batch = Batch::<Nested>::from_examples(
        [Both([0.0], Both([[[1.0], [2.0]]], [3.0])), Both([4.0], Both([[[5.0], [6.0]]], [7.0]))].iter(),
    );
    assert_eq!(batch.as_slice(), examples);
}

/// Pairs of numbers; the targets are whether their sum is positive, and their product.
struct SumAndProduct;

impl Dataset for SumAndProduct {
    type Example = (Flat<1>, Flat<1>);
    type Target = (usize, [f32; 1]);

    fn len(&self) -> usize {
        64
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Self::Target {
        let (a, b) = ((index % 8) as f32 / 4.0 - 0.875, (index / 8) as f32 / 4.0 - 0.875);
        x.copy_from_slice(&[T::of(a.into()), T::of(b.into())]);
        (usize::from(a + b > 0.0), [a * b])
    }
}

#[test]
fn a_network_with_two_inputs_and_two_outputs_learns_both_with_the_same_bits() {
    network! {
        Net: (Flat<1>, Flat<1>) => (Flat<2>, Flat<1>) {
            join, dense(16), tanh, heads { dense(2) } { dense(16), tanh, dense(1) },
        }
    }
    let train = |threads: usize| {
        let mut model = Model::<Net>::new(1);
        let trainer = Trainer::new().epochs(150).batch_size(16).learning_rate(0.1);
        let trainer = trainer
            .loss((SoftmaxCrossEntropy, MeanSquaredError))
            .threads(&Threads::new(threads).expect("threads"));
        let history = trainer.run(&mut model, &SumAndProduct).validate(&SumAndProduct).fit().expect("a run");
        (model, history.epochs[149].validation.as_ref().expect("validated").loss)
    };
    let (model, loss) = train(1);
    assert!(loss < 0.05, "{loss}");
    let Both(scores, [product]) = model.infer(&Both([0.5], [-0.5]));
    assert!((product + 0.25).abs() < 0.1, "{product}");
    assert_eq!(scores.len(), 2);
    for threads in [2, 3] {
        assert!(train(threads).0 == model, "{threads} threads");
    }
}
