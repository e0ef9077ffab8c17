//! Tests what examples give back, and the error for each mistake.

use crate::core::{Flat, Image};
use crate::data::examples::*;

type Pixels = Image<1, 2, 1>;

/// Returns ten examples of two bytes, (10 i, 10 i + 1), with labels i.
fn ten() -> Examples<Pixels> {
    let bytes = (0..10).flat_map(|i| [10 * i, 10 * i + 1]).collect();
    Examples::from_bytes(bytes, (0..10).collect()).unwrap()
}

/// Returns the content of `examples` in the form that `ten` uses.
fn numbers_of(examples: &Examples<Pixels>) -> Vec<usize> {
    let number = |index| {
        let [[[first], [second]]] = examples.example(index);
        let first_byte = first * 255.0;
        assert_eq!((second * 255.0 - first_byte).round(), 1.0);
        assert_eq!(first_byte.round(), 10.0 * examples.label(index) as f32);
        examples.label(index)
    };
    (0..examples.len()).map(number).collect()
}

#[test]
fn bytes_are_read_as_parts_of_255() {
    let examples = Examples::<Flat<3>>::from_bytes(vec![9, 9, 9, 0, 51, 255], vec![0, 1]).unwrap();
    let mut x = [f64::NAN; 3];
    assert_eq!((examples.read(1, &mut x), x), (1, [0.0, 0.2, 1.0]));
    assert_eq!(examples.example(1), [0.0, 0.2, 1.0]);
}

#[test]
fn numbers_are_read_as_they_are() {
    let numbers = vec![1.5, -2.0, 0.0, f32::MIN_POSITIVE, 3e38, -0.25];
    let labels = vec![4, 0];
    let examples = Examples::<Flat<3>>::from_numbers(numbers.clone(), labels.clone()).unwrap();
    assert_eq!(examples.example(0), [1.5, -2.0, 0.0]);
    assert_eq!(examples.example(1), [f32::MIN_POSITIVE, 3e38, -0.25]);
    let matrix = DMatrix::from_vec(3, 2, numbers);
    assert!(Examples::from_matrix(matrix, labels.clone()).unwrap() == examples);
    let arrays = [0, 1].map(|index| (examples.example(index), labels[index]));
    assert!(Examples::from_arrays(arrays).unwrap() == examples);
}

#[test]
fn each_mistake_has_its_error() {
    type Three = Examples<Flat<3>>;
    let cases = [
        (
            Three::from_bytes(vec![0; 6], vec![0; 3]),
            "examples: found 6 bytes, expected 3 (shape 3) for each of 3 labels",
        ),
        (
            Three::from_bytes(vec![0; 7], vec![0; 2]),
            "examples: found 7 bytes, expected 3 (shape 3) for each of 2 labels",
        ),
        (
            Three::from_numbers(vec![0.0; 3], vec![]),
            "examples: found 3 numbers, expected 3 (shape 3) for each of 0 labels",
        ),
        (
            Three::from_numbers(vec![0.0, 1.0, 2.0, 3.0, f32::NAN, f32::INFINITY], vec![0; 2]),
            "number 1 of example 1: found NaN, expected a finite number",
        ),
        (
            Three::from_arrays([([0.0, 1.0, f32::NEG_INFINITY], 0)]),
            "number 2 of example 0: found -inf, expected a finite number",
        ),
        (
            Three::from_matrix(DMatrix::zeros(2, 3), vec![0; 2]),
            "matrix: found 2 rows and 3 columns, expected 3 rows, one for each number of an example of \
             shape 3, and 2 columns, one for each label",
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(result.unwrap_err().to_string(), expected);
    }
    assert_eq!(
        ten().split(11).unwrap_err().to_string(),
        "split: found 11, expected at most 10, the number of examples"
    );
}

#[test]
fn labels_are_checked() {
    let examples = Examples::<Flat<1>>::from_bytes(vec![0; 4], vec![1, 12, 0, 10]).unwrap();
    assert_eq!(examples.classes(), 13);
    assert!(examples.check_classes(13).is_ok());
    let error = |classes| examples.check_classes(classes).unwrap_err().to_string();
    assert_eq!(error(12), "label of example 1: found 12, expected a class from 0 to 11");
    assert_eq!(error(0), "label of example 0: found 1, expected no examples, since there are no classes");
    let none = examples.take(0);
    assert_eq!((none.classes(), none.is_empty(), none.check_classes(0).is_ok()), (0, true, true));
}

#[test]
fn split_and_take_keep_order_and_labels() {
    for at in [0, 3, 10] {
        let (head, tail) = ten().split(at).unwrap();
        assert_eq!(numbers_of(&head), (0..at).collect::<Vec<_>>());
        assert_eq!(numbers_of(&tail), (at..10).collect::<Vec<_>>());
        assert!(ten().take(at) == head);
    }
    assert!(ten().take(99) == ten());
    let floats = Examples::<Flat<2>>::from_numbers(vec![1.0, 2.0, 3.0, 4.0], vec![5, 6]).unwrap();
    let (head, tail) = floats.clone().split(1).unwrap();
    assert_eq!((head.example(0), tail.example(0), tail.label(0)), ([1.0, 2.0], [3.0, 4.0], 6));
    assert!(floats.take(1) == head);
}

#[test]
fn shuffling_keeps_every_example_with_its_label() {
    let shuffled = numbers_of(&ten().shuffled(1));
    // pinned: the same on every machine
    assert_eq!(shuffled, [4, 9, 8, 1, 6, 0, 3, 7, 5, 2]);
    assert_ne!(shuffled, numbers_of(&ten().shuffled(2)));
    let mut sorted = shuffled;
    sorted.sort_unstable();
    assert_eq!(sorted, (0..10).collect::<Vec<_>>());
    let floats = Examples::<Flat<1>>::from_numbers(vec![0.0, 1.0, 2.0], vec![0, 1, 2]).unwrap().shuffled(3);
    assert!((0..3).all(|index| floats.example(index) == [floats.label(index) as f32]));
}
