//! Folds, subsets and stratified splits: each example is where it belongs, once.

use plywood::data::{Examples, Folds, Split, Subset};
use plywood::{Dataset, Flat};
use proptest::prelude::*;

type Numbered = Examples<Flat<1>>;

/// Examples that hold their own numbers, with the given labels.
fn numbered(labels: Vec<usize>) -> Numbered {
    let numbers = (0..labels.len()).map(|index| index as f32).collect();
    Examples::from_numbers(numbers, labels).expect("examples")
}

/// The numbers that examples of [`numbered`] hold, with their labels.
fn content<D: Dataset<Example = Flat<1>, Target = usize>>(data: &D) -> Vec<(usize, usize)> {
    let read = |index| {
        let mut x = [f32::NAN];
        let label = data.read(index, &mut x);
        (x[0].to_string().parse().expect("a whole number"), label)
    };
    (0..data.len()).map(read).collect()
}

/// Checks that parts hold all examples, each once and with its label.
fn check_partition(parts: &[Vec<(usize, usize)>], labels: &[usize]) {
    let mut all = parts.concat();
    all.sort_unstable();
    assert_eq!(all, labels.iter().copied().enumerate().collect::<Vec<_>>());
}

/// Counts the examples of a class.
fn count(part: &[(usize, usize)], class: usize) -> usize {
    part.iter().filter(|(_, label)| *label == class).count()
}

/// Checks what holds for any folds, and returns the parts that they hold out.
fn check_folds<'a>(
    folds: Folds<'a, Numbered>,
    data: &'a Numbered,
    expected: usize,
) -> Vec<Vec<(usize, usize)>> {
    assert_eq!(folds.len(), expected);
    let mut parts = Vec::new();
    for (train, held_out) in folds {
        let (train, held_out) = (content(train.data()), content(held_out.data()));
        check_partition(&[train, held_out.clone()], data.labels());
        parts.push(held_out);
    }
    check_partition(&parts, data.labels());
    assert_eq!(parts.len(), expected);
    let sizes = || parts.iter().map(Vec::len);
    assert!(sizes().max() <= sizes().min().map(|least| least + 1), "{:?}", sizes().collect::<Vec<_>>());
    parts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn each_example_is_held_out_once(
        labels in proptest::collection::vec(0..5_usize, 2..60),
        count in 2..12_usize,
        seed: u64,
    ) {
        let data = numbered(labels);
        let count = count.min(data.len());
        let parts = check_folds(data.folds(count, seed).expect("folds"), &data, count);
        let again = check_folds(Folds::new(&data, count, seed).expect("folds"), &data, count);
        prop_assert_eq!(parts, again);
    }

    #[test]
    fn stratified_folds_share_each_class(
        labels in proptest::collection::vec(0..5_usize, 2..60),
        folds in 2..12_usize,
        seed: u64,
    ) {
        let data = numbered(labels);
        let folds = folds.min(data.len());
        let parts = check_folds(data.stratified_folds(folds, seed).expect("folds"), &data, folds);
        for class in 0..5 {
            let counts = || parts.iter().map(|part| count(part, class));
            prop_assert!(counts().max() <= counts().min().map(|least| least + 1), "class {}: {:?}", class, parts);
        }
    }

    #[test]
    fn stratified_splits_share_each_class(
        labels in proptest::collection::vec(0..5_usize, 0..60),
        at in 0..60_usize,
        seed: u64,
    ) {
        let at = at.min(labels.len());
        let (first, second) = numbered(labels.clone()).split_stratified(at, seed).expect("parts");
        let (first, second) = (content(&first), content(&second));
        prop_assert_eq!(first.len(), at);
        for class in 0..5 {
            let all = labels.iter().filter(|&&label| label == class).count();
            let share = (all * at) as f64 / labels.len().max(1) as f64;
            let found = count(&first, class) as f64;
            prop_assert!((found - share).abs() < 1.0, "class {}: {} of {}", class, found, share);
        }
        check_partition(&[first, second], &labels);
    }
}

#[test]
fn folds_are_drawn_from_the_seed() {
    let data = numbered((0..40).map(|index| index % 3).collect());
    let parts = |seed| check_folds(data.folds(4, seed).expect("folds"), &data, 4);
    let stratified = |seed| check_folds(data.stratified_folds(4, seed).expect("folds"), &data, 4);
    assert_ne!(parts(1), parts(2));
    assert_ne!(stratified(1), stratified(2));
    // a stratified part is not sorted by class, so that early examples are not all of one
    let (first, _) = data.clone().split_stratified(20, 1).expect("parts");
    assert!(!first.labels().is_sorted(), "{:?}", first.labels());
}

#[test]
fn folds_of_training_data_keep_its_purpose() {
    let train = Split::train(numbered(vec![0, 1, 0, 1]));
    let folds = train.folds(2, 1).expect("folds");
    for (train, held_out) in folds {
        // only a plain data set or a `Split<Validation, _>` is data to measure a model on
        fn measures<D: plywood::data::EvaluationData>(_: &D) {}
        fn fits<D: plywood::data::TrainingData>(_: &D) {}
        fits(&train);
        measures(&held_out);
    }
    let (train, validation) = train.hold_out_stratified(2, 1).expect("parts");
    assert_eq!((content(train.data()).len(), count(&content(validation.data()), 1)), (2, 1));
}

#[test]
fn targets_of_any_type_go_with_their_examples() {
    let arrays = (0..9).map(|index| ([index as f32], [index as f32, -1.0]));
    let data = Examples::<Flat<1>, [f32; 2]>::from_arrays(arrays).expect("examples");
    let check = |data: &Examples<Flat<1>, [f32; 2]>| {
        (0..data.len()).for_each(|index| assert_eq!(data.target(index), [data.example(index)[0], -1.0]));
    };
    check(&data);
    check(&data.clone().shuffled(1));
    let (head, tail) = data.clone().shuffled(1).split(4).expect("parts");
    assert_eq!((head.len(), tail.len()), (4, 5));
    check(&head);
    check(&tail);
    let (train, held_out) = Split::train(data.clone()).hold_out(2).expect("parts");
    assert_eq!((train.data().targets()[6], held_out.data().target(0)), ([6.0, -1.0], [7.0, -1.0]));
    for (train, held_out) in data.folds(3, 1).expect("folds") {
        check(&Examples::of(train.data()).expect("examples"));
        check(&Examples::of(held_out.data()).expect("examples"));
    }
    let chosen = Subset::new(&data, vec![8, 0, 8]).expect("examples");
    assert_eq!(Examples::of(&chosen).expect("examples").targets(), [[8.0, -1.0], [0.0, -1.0], [8.0, -1.0]]);
    assert!(format!("{data:?}").contains("targets: [f32; 2]"), "{data:?}");
}

#[test]
fn each_mistake_has_its_error() {
    let data = numbered(vec![0, 1, 2]);
    let wide = |targets: Vec<[f32; 1]>| Examples::<Flat<2>, _>::from_numbers(vec![0.0; 3], targets);
    let cases = [
        (data.folds(1, 1).map(drop), "folds: found 1, expected from 2 to 3, the number of examples"),
        (
            data.stratified_folds(4, 1).map(drop),
            "folds: found 4, expected from 2 to 3, the number of examples",
        ),
        (
            data.clone().take(1).folds(2, 1).map(drop),
            "folds: found 2, expected at least 2 examples, but there are 1",
        ),
        (
            Subset::new(&data, vec![0, 3]).map(drop),
            "numbers of examples: found 3, expected numbers below 3, the number of examples",
        ),
        (
            data.clone().split_stratified(4, 1).map(drop),
            "split: found 4, expected at most 3, the number of examples",
        ),
        (
            Split::train(data.clone()).hold_out_stratified(4, 1).map(drop),
            "validation examples: found 4, expected at most 3, all there are",
        ),
        (
            wide(vec![[1.0]]).map(drop),
            "examples: found 3 numbers, expected 2 (shape 2) for each of 1 targets",
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(result.expect_err("a mistake").to_string(), expected);
    }
}
