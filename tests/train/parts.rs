//! Parts of a network that are frozen, or trained with settings of their own.

use plywood::optim::{Adam, AdamW, Group, Groups};
use plywood::train::Clip;
use plywood::{Backprop, Image, Part, Predictor, network};

use super::*;

network! {
    Trunk: Image<4, 4, 1> => Flat<6> {
        conv1: conv(3, kernel = 3), batch_norm, relu, flatten,
        fc: dense(6), batch_norm, dropout(0.3), tanh,
    }
    Whole: Image<4, 4, 1> => Flat<3> { trunk: Trunk, hidden: dense(5), relu, head: dense(3) }
    Alone: Flat<6> => Flat<3> { hidden: dense(5), relu, head: dense(3) }
    /// A frozen block between two that are trained.
    Between: Flat<4> => Flat<3> {
        first: dense(5), tanh,
        middle: residual { dense(5), batch_norm, relu, dropout(0.5), dense(5) },
        last: dense(3),
    }
    Other: Flat<4> => Flat<3> { first: dense(3) }
}

struct Pictures(Points<16>);

impl Dataset for Pictures {
    type Example = Image<4, 4, 1>;
    type Target = usize;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        self.0.read(index, x)
    }
}

fn pictures() -> Pictures {
    Pictures(Points::random(70, 3, 1))
}

/// Returns a network whose running statistics are those of some training.
fn trained<N: Layer<In = Image<4, 4, 1>, Out = Flat<3>>>() -> Model<N, f64> {
    let mut model = Model::new(1);
    Trainer::new().epochs(1).batch_size(8).train(&mut model, &pictures()).expect("a good run");
    model
}

#[test]
fn a_frozen_part_keeps_every_bit_whatever_else_the_trainer_does() {
    let bits = |numbers: &[f64]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    let mut before = trained::<Whole>();
    // a sign that an average could lose
    before.params_mut()[0] = -0.0;
    let mut on_one = None;
    let trunk = Part::from(Whole::trunk()).params();
    for threads in 1..=3 {
        let threads = Threads::new(threads).expect("threads");
        let mut model = before.clone();
        let trainer = Trainer::new()
            .optimizer(AdamW { weight_decay: 0.3, ..AdamW::new() })
            .epochs(2)
            .batch_size(8)
            .accumulate(2)
            .average(0.9)
            .clip(Clip::Norm(0.1))
            .l2(0.1)
            .threads(&threads)
            .freeze(Whole::trunk())
            .freeze(Whole::head());
        trainer.train(&mut model, &pictures()).expect("a good run");
        assert_eq!(bits(model.buffers()), bits(before.buffers()));
        assert_eq!(bits(&model.params()[trunk.clone()]), bits(&before.params()[trunk.clone()]));
        assert_eq!(*on_one.get_or_insert_with(|| bits(model.params())), bits(model.params()));
        assert_eq!(model.layer(Whole::head()).params(), before.layer(Whole::head()).params());
        let [now, then] = [&model, &before].map(|model| model.layer(Whole::hidden()).params().to_vec());
        assert!(now.iter().zip(&then).all(|(now, then)| now != then), "{now:?}, from {then:?}");
    }
}

/// Checks that a frozen trunk computes in training what it does in evaluation: the head learns as from its outputs.
#[test]
fn a_frozen_trunk_is_its_evaluation() {
    let mut whole = trained::<Whole>();
    let mut trunk = Model::<Trunk, f64>::new(1);
    let range = Part::from(Whole::trunk()).params();
    trunk.params_mut().copy_from_slice(&whole.params()[range.clone()]);
    trunk.buffers_mut().copy_from_slice(whole.buffers());
    let mut predictor = Predictor::new(&trunk);
    let pictures = pictures();
    let features = (0..pictures.len()).map(|index| {
        let mut x = [0.0; 16];
        let label = pictures.read(index, &mut x);
        let mut y = [0.0; 6];
        predictor.infer_into(&x, &mut y);
        (y, label)
    });
    // the outputs of the trunk, as inputs of a head
    let features = Points(features.collect());
    let mut head = Model::<Alone, f64>::new(1);
    head.params_mut().copy_from_slice(&whole.params()[range.end..]);

    let trainer = Trainer::new().epochs(3).batch_size(8).clip(Clip::Norm(0.5));
    let of_head = trainer.train(&mut head, &features).expect("a good run");
    let of_whole = trainer.freeze(Whole::trunk()).train(&mut whole, &pictures).expect("a good run");
    for (a, b) in head.params().iter().zip(&whole.params()[range.end..]) {
        assert!((a - b).abs() < 1e-12, "{a}, with the trunk {b}");
    }
    let norms = |history: History| history.epochs[2].gradient_norm.expect("the norm of an epoch");
    let (a, b) = (norms(of_head), norms(of_whole));
    assert!((a - b).abs() < 1e-12, "norm of the gradient {a}, with the trunk {b}");
}

#[test]
fn gradients_pass_through_a_frozen_block() {
    const H: f64 = 1e-5;

    let mut model = Model::<Between, f64>::new(3);
    let data = Points::<4>::random(40, 3, 1);
    Trainer::new().epochs(1).batch_size(8).train(&mut model, &data).expect("a good run");
    let frozen = Part::from(Between::middle());
    let mut backprop =
        Backprop::new(5).expect("a batch").freezing(std::slice::from_ref(&frozen)).expect("parts");
    let mut x = [0.0; 20];
    let targets: Vec<_> = x.chunks_exact_mut(4).enumerate().map(|(i, x)| data.read(i, x)).collect();
    let mut dx = [0.0; 20];
    backprop.run_to_input(&mut model, &SoftmaxCrossEntropy, &x, &targets, 7, &mut dx);
    let gradient = backprop.gradient().to_vec();
    let buffers = model.buffers().to_vec();

    let mut loss = |model: &mut Model<Between, f64>, x: &[f64]| {
        // another seed in each call: nothing is dropped
        let seed = model.params()[0].to_bits();
        backprop.run(model, &SoftmaxCrossEntropy, x, &targets, seed)
    };
    for (i, gradient) in gradient.into_iter().enumerate() {
        let value = model.params()[i];
        let [above, below] = [value + H, value - H].map(|value| {
            model.params_mut()[i] = value;
            loss(&mut model, &x)
        });
        model.params_mut()[i] = value;
        let expected = if frozen.params().contains(&i) { 0.0 } else { (above - below) / (2.0 * H) };
        assert!((gradient - expected).abs() < 1e-8, "parameter {i}: {gradient}, not {expected}");
    }
    for i in 0..x.len() {
        let [above, below] = [H, -H].map(|step| {
            let mut x = x;
            x[i] += step;
            loss(&mut model, &x)
        });
        let expected = (above - below) / (2.0 * H);
        assert!((dx[i] - expected).abs() < 1e-8, "input {i}: {}, not {expected}", dx[i]);
    }
    assert_eq!(model.buffers(), buffers);
}

/// Returns the model after an epoch from the same beginning.
fn after(trainer: &Trainer<Adam>) -> Model<Whole, f64> {
    let mut model = Model::new(1);
    trainer.clone().epochs(1).batch_size(8).train(&mut model, &pictures()).expect("a good run");
    model
}

#[test]
fn a_group_has_settings_of_its_own_and_no_other_has_them() {
    let trainer = Trainer::new().optimizer(Adam::new()).learning_rate(0.01).l2(1e-3);
    let plain = after(&trainer);
    // settings that are those of the rest change no bit
    let same = Group::new().learning_rate_factor(1.0).l2(1e-3).optimizer(Adam::new());
    assert_eq!(after(&trainer.clone().group(Whole::hidden(), same)).params(), plain.params());

    // one step: the parameters of the group move by their own rule, and all others as before
    let one = |trainer: &Trainer<Adam>| {
        let mut model = Model::<Whole, f64>::new(1);
        trainer.clone().steps(1).batch_size(8).train(&mut model, &pictures()).expect("a good run");
        model
    };
    let (start, plain) = (Model::<Whole, f64>::new(1), one(&trainer));
    let group = Part::from(Whole::hidden()).params();
    let slow = one(&trainer.clone().group(Whole::hidden(), Group::new().learning_rate_factor(0.25)));
    let rough = Group::new().optimizer(Adam { epsilon: 1e3, ..Adam::new() });
    let rough = one(&trainer.clone().group(Whole::hidden(), rough));
    for i in 0..Whole::PARAMS {
        let [start, plain, slow, rough] = [&start, &plain, &slow, &rough].map(|model| model.params()[i]);
        if group.contains(&i) {
            let (found, expected) = (slow - start, 0.25 * (plain - start));
            assert!((found - expected).abs() < 1e-12, "parameter {i} moves by {found}, not {expected}");
            assert!((rough - start).abs() < 1e-4 && rough != start, "parameter {i}: {start} to {rough}");
        } else {
            assert_eq!([slow, rough], [plain; 2], "parameter {i}");
        }
    }

    // the penalty of a group, on its weights alone
    let decays = trainer.clone().l2(0.0).group(Whole::head(), Group::new().l2(100.0));
    let (decayed, plain) = (one(&decays), one(&trainer.l2(0.0)));
    let weights = decayed.tensors().into_iter().find(|tensor| tensor.name == "head.weight").expect("weights");
    let moved: Vec<_> = (0..Whole::PARAMS).filter(|&i| decayed.params()[i] != plain.params()[i]).collect();
    assert!(moved.iter().all(|i| weights.range().contains(i)), "{moved:?} of {:?}", weights.range());
    assert!(moved.len() > weights.len() / 2, "{moved:?}");
}

/// Computes the identity, and refuses to compute its gradient.
struct OneWay;

impl Layer for OneWay {
    type In = Flat<4>;
    type Out = Flat<4>;
    const NAME: &'static str = "one_way";

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        io.y.copy_from_slice(io.x);
    }
    fn backward<T: Scalar>(_: Pass, _: Backward<'_, T>) {
        panic!("a backward pass");
    }
}

network! {
    Costly: Flat<4> => Flat<3> { trunk: OneWay, head: dense(3) }
}

#[test]
fn a_frozen_trunk_costs_no_backward_pass() {
    let data = Points::<4>::random(9, 3, 1);
    let trainer = Trainer::new().epochs(1).batch_size(4);
    let train = |trainer: &Trainer| {
        let run = || trainer.train(&mut Model::<Costly>::new(1), &data).map(|history| history.steps);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
    };
    assert_eq!(train(&trainer.clone().freeze(Costly::trunk())).expect("no backward pass").expect("a run"), 3);
    assert!(train(&trainer).is_err(), "without freezing there is one");
}

#[test]
fn settings_of_one_label_add_up_and_the_later_ones_decide() {
    let [factor, lambda] = [Group::new().learning_rate_factor(0.25), Group::new().l2(0.5)];
    let adam = Adam { epsilon: 1e-3, ..Adam::new() };
    let trainer = Trainer::new().optimizer(Adam::new()).learning_rate(0.01);
    let at_once = after(
        &trainer
            .clone()
            .group(Whole::hidden(), Group::new().learning_rate_factor(0.25).l2(0.5).optimizer(adam)),
    );
    let of = |groups: [Group<Adam>; 3]| {
        let group = |trainer: Trainer<Adam>, group| trainer.group(Whole::hidden(), group);
        after(&groups.into_iter().fold(trainer.clone(), group))
    };
    let own = Group::new().optimizer(adam);
    for groups in [[factor, lambda, own], [own, lambda, factor], [lambda, own, factor]] {
        assert_eq!(of(groups).params(), at_once.params());
    }
    let twice = of([Group::new().learning_rate_factor(9.0), own, factor.l2(0.5)]);
    assert_eq!(twice.params(), at_once.params());
}

#[test]
fn misuse_of_parts_is_named() {
    const OF_ANOTHER: &str = "group: found `first` of the network `Other`, expected a label of the network `Between` that is trained";

    fn fit(trainer: &Trainer<impl Optimizer>) -> String {
        message(trainer.train(&mut Model::<Between>::new(1), &Points::<4>::random(9, 3, 1)))
    }
    let new = || Trainer::new().optimizer(Adam::new());
    let first = Group::new;
    assert_eq!(fit(&new().freeze(Other::first())), OF_ANOTHER.replace("group", "freeze"));
    let cases = [
        (new().group(Other::first(), first()), OF_ANOTHER),
        (
            new().freeze(Between::first()).freeze(Between::middle()).freeze(Between::last()),
            "freeze: found all 113 parameters of `Between`, expected some parameters left to train",
        ),
        (
            new().group(Between::first(), first().learning_rate_factor(0.0)),
            "group, learning rate factor: found 0.0, expected a finite f32 above 0",
        ),
        (
            new().group(Between::first(), first().l2(f64::NAN)),
            "group, l2: found NaN, expected a finite f32, at least 0",
        ),
        (
            new().group(Between::first(), first().optimizer(Adam { beta1: 1.0, ..Adam::new() })),
            "beta1: found 1, expected at least 0 and, as f32, less than 1",
        ),
    ];
    for (trainer, expected) in cases {
        assert_eq!(fit(&trainer), expected);
    }
    // the settings of Adam mean nothing to another optimizer
    let lost = new().group(Between::first(), first().optimizer(Adam::new())).optimizer(Sgd);
    let expected = "group, optimizer: found that of `first` set before another optimizer, expected it set after `Trainer::optimizer`";
    assert_eq!(fit(&lost), expected);
    let again = Group::new().optimizer(Sgd);
    assert!(lost.group(Between::first(), again).check::<f32>().is_ok());
    let kept = new().group(Between::first(), first().l2(0.1)).optimizer(Sgd);
    assert!(kept.check::<f32>().is_ok());
    let groups = Groups::of::<Between>(0.0).and_then(|groups| groups.freezing::<Between>(Other::first()));
    assert_eq!(message(groups), OF_ANOTHER.replace("group", "freeze"));
}
