//! Training steps and inference allocate nothing once their work space is there.

// A `GlobalAlloc` is an unsafe trait; this one counts and hands everything on to the system's.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::marker::PhantomData;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use plywood::augment::{Crop, Flip, Noise, Pad, Rotate};
use plywood::data::{Examples, Transform, Transformed};
use plywood::layers::{Dense, Dropout, Pairwise, Relu};
use plywood::loss::{
    ClassWeighted, Contrastive, ExampleWeighted, Focal, IGNORED, Scaled, Triplet, WeightedBinaryCrossEntropy,
    WeightedTarget,
};
use plywood::optim::{Group, Groups, Momentum, Optimizer, State, Step};
use plywood::preprocess::{NormalizeLocally, StandardizeChannels};
use plywood::train::{Clip, Plateau};
use plywood::zoo::{LeNet5, ResNet20};
use plywood::{
    Backprop, Dataset, Flat, Image, Layer, Loss, Model, Predictor, Scalar, Shape, SoftmaxCrossEntropy,
    Threads, Trainer, network,
};

struct Counting;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every method hands its arguments on to `System`, which keeps the contract of `GlobalAlloc`.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`, which is that of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` by `alloc` or `realloc` with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as in `dealloc`; the caller vouches for `size`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations of `work`, by all threads.
fn allocations(work: impl FnOnce()) -> usize {
    let before = COUNT.load(Ordering::Relaxed);
    work();
    COUNT.load(Ordering::Relaxed) - before
}

// The networks of the benchmarks.
#[path = "../benches/workload/networks.rs"]
mod networks;
mod pair_networks;

type Network = (((Dense<64, 512>, Relu<Flat<512>>), Dropout<Flat<512>, 100_000>), Dense<512, 10>);
const BATCH: usize = 64;

/// Threads that have all taken work before: at its first, a thread of the pool makes its own bookkeeping.
fn warm(count: usize) -> Threads {
    let threads = Threads::new(count).expect("threads");
    if count == 2 {
        let both = Barrier::new(2);
        threads.run(|| rayon::join(|| both.wait(), || both.wait()));
    }
    threads
}

/// A number of examples that all have the same target.
struct Data<S, Y>(usize, Y, PhantomData<fn() -> S>);

impl<S: Shape, Y: Copy + Send + Sync> Data<S, Y> {
    fn new(examples: usize, target: Y) -> Self {
        Self(examples, target, PhantomData)
    }
}

impl<S: Shape, Y: Copy + Send + Sync> Dataset for Data<S, Y> {
    type Example = S;
    type Target = Y;

    fn len(&self) -> usize {
        self.0
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Y {
        x.iter_mut().enumerate().for_each(|(i, x)| *x = T::of(((i * index) % 17) as f64 / 17.0));
        self.1
    }
}

fn of_steps<N: Layer, L: Loss<N::Out>>(threads: &Threads, loss: &L, target: L::Target) -> usize {
    let mut model = Model::<N>::new(1);
    let mut backprop = Backprop::<N>::new(BATCH).expect("a batch");
    let mut state = State::new(N::PARAMS);
    let groups = Groups::of::<N>(1e-4).expect("groups");
    let optimizer = Momentum { momentum: 0.9 };
    let (x, targets) = (vec![0.5; N::In::LEN * BATCH], [target; BATCH]);
    let mut step = |seed| {
        backprop.run(&mut model, loss, &x, &targets, seed);
        let (params, gradient) = (model.params_mut(), backprop.gradient());
        optimizer.step(&mut state, Step::new(params, gradient, 0.01, &groups));
    };
    threads.run(|| {
        step(0);
        allocations(|| (1..4).for_each(&mut step))
    })
}

/// Of one loss, with its gradient.
fn of_loss<Out: Shape, L: Loss<Out>>(loss: &L, target: L::Target) -> usize {
    let outputs = vec![0.5_f32; Out::LEN * BATCH];
    let mut slopes = outputs.clone();
    let targets = vec![target; BATCH];
    let mut sums = vec![0.0; L::SUMS];
    allocations(|| {
        std::hint::black_box(loss.gradient(&outputs, &targets, &mut slopes) + loss.value(&outputs, &targets));
        loss.judge(&outputs, &targets, &mut sums);
        std::hint::black_box(loss.error(&sums, BATCH));
    })
}

/// Of losses that call others, or that hold weights.
fn of_losses() -> usize {
    type Scores = Flat<10>;
    type Pixels = Image<4, 4, 3>;
    type Outputs = (Pixels, (Scores, Scores));
    let classes = ClassWeighted::new(SoftmaxCrossEntropy, [2.0; 10]);
    let pixels = ClassWeighted::new(Focal::default(), [2.0; 3]);
    let of_all = ExampleWeighted((pixels.clone(), Contrastive::default()));
    of_loss::<Scores, _>(&classes, 3)
        + of_loss::<Scores, _>(&WeightedBinaryCrossEntropy::new([2.0; 10]), [1.0; 10])
        + of_loss::<Pixels, _>(&pixels, [[1, 2, 0, IGNORED]; 4])
        + of_loss::<Outputs, _>(&of_all, WeightedTarget::new(([[1, 2, 0, IGNORED]; 4], true), 0.5))
}

/// Of batches, and of single examples.
fn of_inferences<N: Layer>(threads: &Threads) -> usize {
    let model = Model::<N>::new(1);
    let mut predictor = Predictor::new(&model);
    let (x, mut y) = (vec![0.5; N::In::LEN * BATCH], vec![0.0; N::Out::LEN * BATCH]);
    threads.run(|| {
        predictor.infer_into(&x, &mut y);
        allocations(|| {
            for _ in 0..4 {
                predictor.infer_into(&x, &mut y);
                predictor.infer_into(&x[..N::In::LEN], &mut y[..N::Out::LEN]);
            }
        })
    })
}

fn of_both<N: Layer>(threads: &Threads)
where
    SoftmaxCrossEntropy: Loss<N::Out, Target = usize>,
{
    of_both_with::<N, _>(threads, &SoftmaxCrossEntropy, 1);
}

fn of_both_with<N: Layer, L: Loss<N::Out>>(threads: &Threads, loss: &L, target: L::Target) {
    let count = threads.count();
    assert_eq!(of_steps::<N, L>(threads, loss, target), 0, "steps of {} on {count} threads", N::NAME);
    assert_eq!(of_inferences::<N>(threads), 0, "inferences of {} on {count} threads", N::NAME);
}

/// Checks networks that take or give several things, in steps, in batches, and in longer epochs.
fn of_pairs(threads: &Threads) {
    use pair_networks::{Anchored, Merged, Siamese, Two};

    let pixels = ClassWeighted::new(SoftmaxCrossEntropy, [1.0, 2.0]);
    let loss = (SoftmaxCrossEntropy, Scaled::new(pixels, 0.5));
    let target = (1, [[0, 1, IGNORED]; 3]);
    of_both_with::<Two, _>(threads, &loss, target);
    of_both_with::<Siamese, _>(threads, &Contrastive::default(), true);
    of_both_with::<Anchored, _>(threads, &Triplet::default(), ());
    of_both_with::<Merged, _>(threads, &SoftmaxCrossEntropy, 2);
    of_longer_epochs::<Two, _>(threads, &loss, target);
    of_longer_epochs::<Siamese, _>(threads, &Contrastive::default(), true);
}

/// Counts those of the two halves of a step, to the input of a pair of shapes.
fn of_halves(threads: &Threads) -> usize {
    type Pairs = Pairwise<Dense<32, 64>, Dense<16, 64>>;

    let mut model = Model::<Pairs>::new(1);
    let mut backprop = Backprop::<Pairs>::new(BATCH).expect("a batch");
    let (x, slopes) = (vec![0.5; 48 * BATCH], vec![0.5; 128 * BATCH]);
    let mut dx = x.clone();
    let mut step = |seed| backprop.forward(&mut model, &x, seed).backward_to_input(&slopes, &mut dx);
    threads.run(|| {
        step(0);
        allocations(|| (1..4).for_each(&mut step))
    })
}

network! {
    Parts: Flat<64> => Flat<10> {
        trunk: residual { dense(64), batch_norm, relu, dropout(0.1) },
        neck: dense(32), relu,
        head: dense(10),
    }
}

/// Checks that training with validation allocates the same for any number of steps.
fn of_longer_epochs<N, L>(threads: &Threads, loss: &L, target: L::Target)
where
    N: Layer,
    L: Loss<N::Out> + Clone,
{
    of_longer_runs::<N, _, _>(&Trainer::new().threads(threads).loss(loss.clone()), target);
}

fn of_longer_runs<N, O, L>(trainer: &Trainer<O, L>, target: L::Target)
where
    N: Layer,
    O: Optimizer + Clone,
    L: Loss<N::Out> + Clone,
{
    let trainer = trainer.clone().epochs(2).batch_size(BATCH);
    let train = |steps| {
        let mut model = Model::<N>::new(1);
        let [train, validation] = [BATCH * steps, 1].map(|examples| Data::<N::In, _>::new(examples, target));
        allocations(|| _ = trainer.run(&mut model, &train).validate(&validation).fit().expect("a good run"))
    };
    train(2);
    assert_eq!(train(20), train(2), "longer epochs of {}", N::NAME);
}

/// Checks training with a frozen part, a group, and all that the trainer keeps from step to step.
fn of_parts(threads: &Threads) {
    let group = Group::new().learning_rate_factor(0.5).optimizer(Momentum { momentum: 0.5 });
    let trainer = Trainer::new().threads(threads).average(0.9).accumulate(2).clip(Clip::norm(1.0));
    let trainer =
        trainer.freeze(Parts::trunk()).group(Parts::neck(), group).learning_rate(Plateau::new(0.01));
    of_longer_runs::<Parts, _, _>(&trainer, 1);
}

/// Bytes that are turned, moved, flipped and normalized on their way.
fn of_augmented_training(threads: &Threads, steps: usize) -> usize {
    type Digit = Image<28, 28, 1>;

    let count = BATCH * steps;
    let bytes = (0..count * 784).map(|i| (i * i % 251) as u8).collect();
    let data = Examples::<Digit>::from_bytes(bytes, vec![1; count]).expect("images");
    let rotate = Rotate::<Image<40, 40, 1>, Image<32, 32, 1>>::new(10.0).expect("degrees");
    let moved = Pad::<Digit, _>::new().then(rotate).then(Crop::<_, Digit>::new()).then(Flip::new());
    let local = NormalizeLocally::new(1.0).expect("a deviation");
    let normalized = local.then(StandardizeChannels::fit(&data).expect("a fit"));
    let data = Transformed::new(&data, moved.then(Noise::new(0.1).expect("a deviation")).then(normalized));
    let mut model = Model::<LeNet5>::new(1);
    let trainer = Trainer::new().epochs(2).batch_size(BATCH).threads(threads);
    // each thread makes its work space when it first prepares an example
    let both = Barrier::new(threads.count());
    let prepare = || {
        both.wait();
        data.draw(0, 0, &mut [0.0_f32; 784])
    };
    threads.run(|| if threads.count() == 2 { rayon::join(prepare, prepare).0 } else { prepare() });
    allocations(|| _ = trainer.train(&mut model, &data).expect("a good run"))
}

// Without the test harness, whose own threads would be counted.
fn main() {
    assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1, "the counter counts");
    let model = Model::<networks::Control>::new(1);
    let infer = || _ = std::hint::black_box(model.infer(&[0.5; 4]));
    assert_eq!(allocations(infer), 0, "a small network computes on the stack");
    // this thread makes its work space for the first
    of_losses();
    assert_eq!(of_losses(), 0, "losses");
    for threads in [1, 2] {
        let pool = warm(threads);
        of_both::<Network>(&pool);
        of_both::<networks::Control>(&pool);
        of_both::<networks::Reader>(&pool);
        of_both::<networks::Perceptron>(&pool);
        of_both::<LeNet5>(&pool);
        of_both::<ResNet20>(&pool);
        assert_eq!(of_halves(&pool), 0, "halves of a step on {threads} threads");
        of_parts(&pool);
        of_longer_epochs::<Network, _>(&pool, &SoftmaxCrossEntropy, 1);
        of_pairs(&pool);
        of_augmented_training(&pool, 2);
        let [short, long] = [2, 12].map(|steps| of_augmented_training(&pool, steps));
        assert_eq!(long, short, "longer epochs with augmentation on {threads} threads");
    }
}
