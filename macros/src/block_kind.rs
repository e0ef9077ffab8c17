//! The keywords of layers that consist of others, and how each is written.

/// How the layers of a block are combined.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Residual,
    Repeat,
    Checkpoint,
    Concat,
}

/// Their keywords.
pub(crate) const NAMES: [&str; 4] = ["residual", "repeat", "checkpoint", "concat"];

/// The block of this name.
pub(crate) fn find(name: &str) -> Option<Kind> {
    match name {
        "residual" => Some(Kind::Residual),
        "repeat" => Some(Kind::Repeat),
        "checkpoint" => Some(Kind::Checkpoint),
        "concat" => Some(Kind::Concat),
        _ => None,
    }
}

impl Kind {
    /// Its keyword.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Residual => "residual",
            Self::Repeat => "repeat",
            Self::Checkpoint => "checkpoint",
            Self::Concat => "concat",
        }
    }

    /// How it is written.
    pub(crate) fn usage(self) -> &'static str {
        match self {
            Self::Residual => "residual { … }` or `residual { … } shortcut { … }",
            Self::Repeat => "repeat(3) { … }",
            Self::Checkpoint => "checkpoint { … }",
            Self::Concat => "concat { … } { … }",
        }
    }

    /// How many blocks in braces it takes.
    pub(crate) fn blocks(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Self::Residual => 1..=2,
            Self::Repeat | Self::Checkpoint => 1..=1,
            Self::Concat => 2..=usize::MAX,
        }
    }

    /// What messages call its block with this index.
    pub(crate) fn part(self, index: usize) -> String {
        match self {
            Self::Residual if index > 0 => "the `shortcut`".to_owned(),
            Self::Concat => format!("branch {} of the `concat`", index + 1),
            _ => format!("the `{}`", self.name()),
        }
    }
}
