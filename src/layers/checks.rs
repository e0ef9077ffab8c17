//! Every layer's gradient and contract, over the cases that its file offers.

use proptest::prelude::*;

use super::all_cases;
use crate::Layer;
use crate::check::{Breach, GradientCheck, Report, contract};

/// A layer of particular sizes to check.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    name: &'static str,
    gradient: fn(usize, u64) -> Report,
    contract: fn(usize, u64) -> Result<(), Breach>,
}

impl Case {
    /// A case for any layer or network; `name` says what is special about it.
    pub(crate) const fn of<L: Layer>(name: &'static str) -> Self {
        Self {
            name,
            gradient: |batch, seed| {
                let report = GradientCheck::new().entries(30).seed(seed).run_layer::<L>(batch);
                report.expect("a batch of at least one")
            },
            contract: contract::<L>,
        }
    }
}

/// Cases of layer types, each named by how it is written.
macro_rules! cases {
    ($($layer:ty),+ $(,)?) => {
        vec![$($crate::layers::checks::Case::of::<$layer>(stringify!($layer))),+]
    };
}
pub(crate) use cases;

#[test]
fn every_file_offers_cases() {
    for (file, cases) in all_cases() {
        assert!(!cases.is_empty(), "{file}.rs offers no cases");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn gradients_are_exact(batch in 1..6_usize, seed: u64) {
        for (file, cases) in all_cases() {
            for case in cases {
                let report = (case.gradient)(batch, seed);
                prop_assert!(report.relative_error() < 1e-7, "{file}: {} at batch {batch}\n{report}", case.name);
            }
        }
    }

    #[test]
    fn contracts_are_kept(batch in 1..6_usize, seed: u64) {
        for (file, cases) in all_cases() {
            for case in cases {
                let outcome = (case.contract)(batch, seed);
                prop_assert_eq!(outcome, Ok(()), "{}: {} at batch {}", file, case.name, batch);
            }
        }
    }
}
