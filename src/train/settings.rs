//! Lists the settings of a trainer, for display.

use std::fmt::Debug;

use crate::core::Part;
use crate::train::{Length, Monitor, Trainer};

impl<O: Debug, L: Debug> Trainer<O, L> {
    /// Returns all settings that results depend on, by name, and the number of threads.
    #[must_use]
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let length = match self.settings.length {
            Length::Epochs(epochs) => ("epochs", epochs.to_string()),
            Length::Steps(steps) => ("steps", steps.to_string()),
        };
        let or = |setting: Option<String>, otherwise: &str| setting.unwrap_or_else(|| otherwise.to_owned());
        let mut settings = vec![
            length,
            ("batch size", self.settings.batch_size.to_string()),
            ("minibatches in a step", self.settings.accumulate.to_string()),
            ("optimizer", format!("{:?}", self.optimizer)),
            ("learning rate", format!("{:?}", self.settings.rate)),
            ("loss", format!("{:?}", self.loss)),
            ("λ of the L2 penalty", format!("{:?}", self.settings.l2)),
            ("clip", or(self.settings.clip.map(|clip| format!("{clip:?}")), "no")),
            (
                "moving average of the weights",
                or(self.settings.average.map(|decay| format!("{decay:?}")), "no"),
            ),
            (
                "early stopping",
                or(self.settings.patience.map(|epochs| format!("after {epochs} epochs")), "no"),
            ),
            ("keep", if self.settings.keep_best { "the best epoch" } else { "the last epoch" }.to_owned()),
            ("seed", self.settings.seed.to_string()),
            (
                "threads",
                self.settings
                    .threads
                    .as_ref()
                    .map_or_else(|| "all processors".to_owned(), |threads| threads.count().to_string()),
            ),
        ];
        if !self.settings.frozen.is_empty() {
            let labels: Vec<_> = self.settings.frozen.iter().map(Part::label).collect();
            settings.push(("frozen", labels.join(", ")));
        }
        for (part, group) in &self.groups {
            settings.push(("group", format!("{}: {group}", part.label())));
        }
        if self.settings.monitor != Monitor::Auto {
            settings.push(("measure that decides the best epoch", self.settings.monitor.to_string()));
        }
        settings
    }
}
