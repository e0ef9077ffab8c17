//! Random architectures: exact gradients, and in evaluation a batch gives what its examples give.

use plywood::check::{GradientCheck, Report};
use plywood::{Layer, Model, Predictor, Shape};
use random_networks::random_networks;

/// The checks of each network, in functions that do not know its type and so are not compiled for each.
trait Visitor {
    fn visit<N: Layer>(&mut self, text: &str);
}

random_networks!(20261123, 240);

const BATCH: usize = 3;

#[derive(Default)]
struct Gradients {
    visited: usize,
}

impl Gradients {
    fn check(&mut self, text: &str, run: fn(&GradientCheck, usize) -> plywood::Result<Report>) {
        let check = GradientCheck::new().entries(8).seed(self.visited as u64);
        let report = run(&check, BATCH).expect("a batch");
        assert!(report.relative_error() < 1e-7, "{text}\n{report}");
        let entries: usize = report.tensors.iter().map(|tensor| tensor.entries).sum();
        assert!(entries > 0, "{text}: nothing was compared");
        self.visited += 1;
    }
}

impl Visitor for Gradients {
    fn visit<N: Layer>(&mut self, text: &str) {
        self.check(text, GradientCheck::run_layer::<N>);
    }
}

#[test]
fn gradients_are_exact() {
    let mut gradients = Gradients::default();
    visit_all(&mut gradients);
    assert_eq!(gradients.visited, COUNT);
}

#[derive(Default)]
struct Batches;

impl Visitor for Batches {
    fn visit<N: Layer>(&mut self, text: &str) {
        let mut model = Model::<N, f64>::new(1);
        // running means and variances as after training: fresh ones would let `batch_norm` give its input
        for (i, buffer) in model.buffers_mut().iter_mut().enumerate() {
            *buffer = 1.5 + (i as f64 * 1.3).sin();
        }
        let mut predictor = Predictor::new(&model);
        compare(text, [N::In::LEN, N::Out::LEN], &mut |x, y| predictor.infer_into(x, y));
    }
}

/// Compares a batch with its examples, each given to `infer` alone.
fn compare(text: &str, [len_in, len_out]: [usize; 2], infer: &mut dyn FnMut(&[f64], &mut [f64])) {
    let x: Vec<f64> = (0..BATCH * len_in).map(|i| (i as f64 * 0.7).sin()).collect();
    let mut together = vec![f64::NAN; BATCH * len_out];
    infer(&x, &mut together);
    let scale = together.iter().fold(1.0_f64, |m, y| m.max(y.abs()));
    for (x, together) in x.chunks(len_in).zip(together.chunks(len_out)) {
        let mut alone = vec![f64::NAN; len_out];
        infer(x, &mut alone);
        for (a, b) in alone.iter().zip(together) {
            assert!((a - b).abs() <= 1e-12 * scale, "{text}: {a} alone, {b} in a batch");
        }
    }
}

#[test]
fn a_batch_gives_what_its_examples_give() {
    visit_all(&mut Batches);
}

/// A layer, block or option, and how often it is written.
struct Words(Vec<(&'static str, usize)>);

impl Visitor for Words {
    fn visit<N: Layer>(&mut self, text: &str) {
        self.count(text);
    }
}

impl Words {
    fn count(&mut self, text: &str) {
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for (word, count) in &mut self.0 {
            *count += words.iter().filter(|&written| written == word).count();
        }
    }
}

#[test]
fn every_keyword_occurs() {
    const EXPECTED: &str = "dense conv conv_transpose max_pool avg_pool global_max_pool global_avg_pool upsample \
        flatten reshape identity scale batch_norm layer_norm group_norm l2_normalize dropout spatial_dropout \
        relu leaky_relu elu gelu silu softplus sigmoid tanh hard_sigmoid hard_swish hard_tanh \
        residual shortcut repeat checkpoint concat heads pairwise shared join add difference multiply \
        kernel stride pad same mode reflect replicate dilation groups bias edge ceil";
    let mut words = Words(EXPECTED.split_whitespace().map(|word| (word, 0)).collect());
    visit_all(&mut words);
    for (word, count) in words.0 {
        assert!(count >= 3, "`{word}` is written {count} times");
    }
}
