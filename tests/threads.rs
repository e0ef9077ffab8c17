//! The same bits on any number of threads: training and inference of the networks of the benchmarks.

// The networks of the benchmarks; W1's is too small to be split.
#[allow(dead_code)]
#[path = "../benches/workload/networks.rs"]
mod networks;

use crate::pair_networks::{Anchored, Merged, Siamese, Two};
use plywood::loss::{Contrastive, Focal, IGNORED, Scaled, Triplet};
use plywood::optim::{Groups, Momentum, Optimizer, State, Step};
use plywood::zoo::{LeNet5, ResNet20};
use plywood::{Backprop, Layer, Loss, Model, Predictor, Shape, SoftmaxCrossEntropy, Threads};

/// Parameters, buffers and losses after some steps, and what the network then gives for a batch and for one example.
fn bits<N: Layer, L: Loss<N::Out>>(threads: usize, loss: &L, targets: &[L::Target]) -> [Vec<f32>; 5] {
    let batch = targets.len();
    let x: Vec<f32> = (0..batch * N::In::LEN).map(|i| (i as f32 * 0.7).sin()).collect();
    let mut model = Model::<N>::new(1);
    let mut backprop = Backprop::<N>::new(batch).expect("memory");
    let mut state = State::new(N::PARAMS);
    let groups = Groups::of::<N>(1e-4).expect("groups");
    let mut y = vec![f32::NAN; batch * N::Out::LEN];
    let mut one = vec![f32::NAN; N::Out::LEN];
    let mut losses = Vec::new();
    Threads::new(threads).expect("threads").run(|| {
        for seed in 0..3 {
            losses.push(backprop.run(&mut model, loss, &x, targets, seed) as f32);
            let (params, gradient) = (model.params_mut(), backprop.gradient());
            Momentum { momentum: 0.9 }.step(&mut state, Step::new(params, gradient, 0.01, &groups));
        }
        let mut predictor = Predictor::new(&model);
        predictor.infer_into(&x, &mut y);
        predictor.infer_into(&x[..N::In::LEN], &mut one);
    });
    [model.params().to_vec(), model.buffers().to_vec(), losses, y, one]
}

fn same_on_several<N: Layer>(batch: usize)
where
    SoftmaxCrossEntropy: Loss<N::Out, Target = usize>,
{
    let labels: Vec<usize> = (0..batch).map(|i| i % N::Out::LEN).collect();
    same_with::<N, _>(&SoftmaxCrossEntropy, &labels);
}

fn same_with<N: Layer, L: Loss<N::Out>>(loss: &L, targets: &[L::Target]) {
    let alone = bits::<N, L>(1, loss, targets);
    assert!(alone.iter().flatten().all(|number| number.is_finite()), "{}", N::NAME);
    for threads in [2, 3] {
        for (what, (found, expected)) in ["parameters", "buffers", "losses", "outputs", "output"]
            .iter()
            .zip(bits::<N, L>(threads, loss, targets).iter().zip(&alone))
        {
            assert!(found == expected, "{} on {threads} threads: other {what}", N::NAME);
        }
    }
}

#[test]
fn perceptrons() {
    same_on_several::<networks::Reader>(64);
    same_on_several::<networks::Perceptron>(64);
}

plywood::network! {
    /// Weights that are packed when there are many examples in a thread's share, and not when there are few.
    Wide: Flat<600> => Flat<10> {
        dense(1024), relu,
        dense(512), relu,
        dense(10),
    }
}

#[test]
fn wide_layers() {
    same_on_several::<Wide>(64);
    // sums over the batch that are longer than a packed block
    same_on_several::<Wide>(300);
}

#[test]
fn lenet() {
    same_on_several::<LeNet5>(64);
}

#[test]
fn several_inputs_and_outputs() {
    let loss = (SoftmaxCrossEntropy, Scaled::new(Focal::default(), 0.5));
    for count in [7, 64] {
        let maps: Vec<_> = (0..count).map(|i| (i % 5, [[0, (i % 2) as u8, IGNORED]; 3])).collect();
        same_with::<Two, _>(&loss, &maps);
        let alike: Vec<_> = (0..count).map(|i| i % 3 == 0).collect();
        same_with::<Siamese, _>(&Contrastive::new(2.0), &alike);
        same_with::<Anchored, _>(&Triplet::default(), &vec![(); count]);
        same_on_several::<Merged>(count);
    }
}

#[test]
fn resnet() {
    same_on_several::<ResNet20>(7);
}
