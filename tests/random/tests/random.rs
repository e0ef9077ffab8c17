//! Random architectures: exact gradients, and in evaluation a batch gives what its examples give.

use plywood::check::GradientCheck;
use plywood::{Layer, Model, Predictor, Shape};
use random_networks::random_networks;

/// What is done with each network.
trait Visitor {
    fn visit<N: Layer>(&mut self, text: &str);
}

random_networks!(20261123, 240);

const BATCH: usize = 3;

#[derive(Default)]
struct Gradients {
    visited: usize,
}

impl Visitor for Gradients {
    fn visit<N: Layer>(&mut self, text: &str) {
        let check = GradientCheck::new().entries(8).seed(self.visited as u64);
        let report = check.run_layer::<N>(BATCH).expect("a batch");
        assert!(report.relative_error() < 1e-7, "{text}\n{report}");
        let entries: usize = report.tensors.iter().map(|tensor| tensor.entries).sum();
        assert!(entries > 0, "{text}: nothing was compared");
        self.visited += 1;
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
        let x: Vec<f64> = (0..BATCH * N::In::LEN).map(|i| (i as f64 * 0.7).sin()).collect();
        let mut predictor = Predictor::new(&model);
        let mut together = vec![f64::NAN; BATCH * N::Out::LEN];
        predictor.infer_into(&x, &mut together);
        let scale = together.iter().fold(1.0_f64, |m, y| m.max(y.abs()));
        for (x, together) in x.chunks(N::In::LEN).zip(together.chunks(N::Out::LEN)) {
            let mut alone = vec![f64::NAN; N::Out::LEN];
            predictor.infer_into(x, &mut alone);
            for (a, b) in alone.iter().zip(together) {
                assert!((a - b).abs() <= 1e-12 * scale, "{text}: {a} alone, {b} in a batch");
            }
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
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        for (word, count) in &mut self.0 {
            *count += words.iter().filter(|&written| written == word).count();
        }
    }
}

#[test]
fn every_keyword_occurs() {
    const EXPECTED: &str = "dense conv conv_transpose max_pool avg_pool global_max_pool global_avg_pool upsample \
        flatten reshape identity scale batch_norm layer_norm group_norm dropout spatial_dropout \
        relu leaky_relu elu gelu silu softplus sigmoid tanh hard_sigmoid hard_swish hard_tanh \
        residual shortcut repeat checkpoint concat \
        kernel stride pad same mode reflect replicate dilation groups bias edge ceil";
    let mut words = Words(EXPECTED.split_whitespace().map(|word| (word, 0)).collect());
    visit_all(&mut words);
    for (word, count) in words.0 {
        assert!(count >= 3, "`{word}` is written {count} times");
    }
}
