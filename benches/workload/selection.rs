//! Parses the workloads that a command line asks for.

use std::fmt;

/// A workload by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    /// Infer one example with the controller of four inputs.
    Control,
    /// Infer one digit with a perceptron.
    Reader,
    /// Train a perceptron.
    Perceptron,
    /// Train `LeNet-5`.
    LeNet5,
    /// Train `ResNet-20`.
    ResNet20,
    /// Infer batches of the given number of images with `ResNet-20`.
    Images(usize),
    /// No network: multiply-adds in registers.
    Peak,
    /// One convolution.
    Convolution(Size, Passes),
}

/// The size of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    /// Channels of the input.
    pub(crate) inputs: usize,
    /// Channels of the output.
    pub(crate) outputs: usize,
    /// Rows, and columns, of the images.
    pub(crate) side: usize,
    /// Examples.
    pub(crate) batch: usize,
}

/// The passes of a convolution that are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passes {
    /// The output.
    Forward,
    /// The output, and both gradients.
    Both,
}

const fn size(inputs: usize, outputs: usize, side: usize, batch: usize) -> Size {
    Size { inputs, outputs, side, batch }
}

/// The sizes that occur in ResNet-20, and a larger one.
pub(crate) const SIZES: [Size; 5] = [
    size(3, 16, 32, 64),
    size(16, 16, 32, 64),
    size(32, 32, 16, 64),
    size(64, 64, 8, 64),
    size(64, 64, 32, 32),
];

impl Workload {
    /// Returns all workloads, in the order in which they run.
    ///
    /// W5 is the first, because it reports the peak memory of the whole process, which must not be another workload's.
    fn all() -> Vec<Self> {
        let convolutions = SIZES
            .iter()
            .flat_map(|&size| [Passes::Forward, Passes::Both].map(|passes| Self::Convolution(size, passes)));
        [Self::ResNet20, Self::Control, Self::Reader, Self::Perceptron, Self::LeNet5]
            .into_iter()
            .chain([1, 64].map(Self::Images))
            .chain(convolutions)
            .chain([Self::Peak])
            .collect()
    }

    /// Returns the workloads that a list names: names or their beginnings up to a hyphen, separated by commas, or
    /// `all`.
    pub(crate) fn select(list: &str) -> Result<Vec<Self>, String> {
        let mut wanted = Self::all();
        for name in list.split(',') {
            if name != "all" && !wanted.iter().any(|workload| workload.answers_to(name)) {
                let names: Vec<_> = wanted.iter().map(ToString::to_string).collect();
                return Err(format!("no workload {name:?}; there are all, {}", names.join(", ")));
            }
        }
        wanted.retain(|workload| list.split(',').any(|name| name == "all" || workload.answers_to(name)));
        Ok(wanted)
    }

    fn answers_to(self, name: &str) -> bool {
        let own = self.to_string();
        own.strip_prefix(name)
            .is_some_and(|rest| !name.is_empty() && (rest.is_empty() || rest.starts_with('-')))
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Control => f.write_str("W1"),
            Self::Reader => f.write_str("W2"),
            Self::Perceptron => f.write_str("W3"),
            Self::LeNet5 => f.write_str("W4"),
            Self::ResNet20 => f.write_str("W5"),
            Self::Peak => f.write_str("peak"),
            Self::Images(batch) => write!(f, "W6-b{batch}"),
            Self::Convolution(Size { inputs, outputs, side, batch }, passes) => {
                let passes = match passes {
                    Passes::Forward => "fwd",
                    Passes::Both => "fb",
                };
                write!(f, "W7-{passes}-{inputs}x{outputs}x{side}x{batch}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_their_beginnings_select() {
        let select = |list| {
            let selected: Vec<_> =
                Workload::select(list).expect(list).iter().map(ToString::to_string).collect();
            selected.join(" ")
        };
        assert_eq!(select("W3"), "W3");
        assert_eq!(select("W6,W1,W1"), "W1 W6-b1 W6-b64");
        assert_eq!(select("W6-b1"), "W6-b1");
        assert_eq!(select("W7-fb-64x64x8x64"), "W7-fb-64x64x8x64");
        assert_eq!(select("peak"), "peak");
        assert_eq!(select("W7").split(' ').count(), 10);
        assert_eq!(select("W7-fwd").split(' ').count(), 5);
        assert_eq!(select("W1,all"), select("all"));
        assert_eq!(select("all").split(' ').count(), 18);
    }

    #[test]
    fn others_are_refused_by_name() {
        for (list, name) in
            [("W8", "W8"), ("", ""), ("W1,", ""), ("W1, W2", " W2"), ("W", "W"), ("W6-b", "W6-b")]
        {
            let error = Workload::select(list).expect_err(list);
            assert!(error.starts_with(&format!("no workload {name:?}; there are all, W5, W1,")), "{error}");
        }
    }
}
