//! Checks that the networks are those that their declarations describe, and that a macro of one crate declares them in
//! another.

use network_contexts::ply::{Layer, Model};
use network_contexts::{Classifier, InAMethod, Stem, Top, Wide, classifier};

const fn dense(inputs: usize, outputs: usize) -> usize {
    inputs * outputs + outputs
}

#[test]
fn in_modules_and_functions() {
    let inner = dense(5, 4);
    assert_eq!(Top::PARAMS, (9 * 2 + 2) + dense(32, 5) + inner + dense(4, 3));
    let hidden = dense(4, 7) + dense(7, 2) + dense(2, 4);
    assert_eq!(network_contexts::in_a_function(), dense(3, 3) + dense(3, 4) + hidden);
    assert_eq!(usize::from(InAMethod), 2 * dense(2, 2));
    let model = Model::<Wide<9>, f64>::new(1);
    assert_eq!(network_contexts::in_a_generic_function(&model), 9 * 2 + dense(9, 9));
}

#[test]
fn by_macros() {
    classifier! { Here: 6 => 2, hidden only: 4, by tanh, after Stem, before {} }
    let layers = dense(6, 4) + dense(4, 3) + dense(3, 2);
    assert_eq!(Classifier::PARAMS, 1 + layers);
    let model = Model::<Classifier>::new(1);
    assert_eq!(model.layer(Classifier::second()).weight().shape(), (3, 4));
    assert_eq!(Here::PARAMS, 1 + dense(6, 4) + dense(4, 2));
    let _ = Here::only();
}
