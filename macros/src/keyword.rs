//! Lists the words of the language: one row for each layer of the library, and the layers that consist of others.

use crate::decimal::Range;

/// A layer of the library.
pub(crate) struct Keyword {
    /// The keyword that users write.
    pub(crate) name: &'static str,
    /// The name of the type in `plywood::layers`.
    pub(crate) ty: &'static str,
    /// The parameters that it takes in brackets.
    pub(crate) parameters: &'static [Parameter],
    /// The number of parameters, from the first, that can be given by position.
    pub(crate) positional: usize,
    /// True if the layer works in place or only views the numbers in another shape: such a layer has no parameters to
    /// train, and forms a group with the layer before it.
    pub(crate) in_place: bool,
    /// The role of the layer in folding an adjacent batch norm, in evaluation.
    pub(crate) folding: Folding,
    /// True if dropout before the layer and after it are equivalent, because the layer only passes numbers on or scales
    /// them.
    pub(crate) passes: bool,
    /// The rule by which the layer changes the shape.
    pub(crate) rule: Rule,
}

/// The way in which a layer and the one after it become one in evaluation, so that they form a group.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Folding {
    /// The layers stay separate.
    Nothing,
    /// The layer has weights that can absorb a factor for each channel.
    Absorbs,
    /// The layer becomes such factors.
    Affine,
}

/// A parameter: a value that a layer takes in brackets.
pub(crate) struct Parameter {
    /// The name of the parameter.
    pub(crate) name: &'static str,
    /// The kind of its value.
    pub(crate) kind: Kind,
    /// The value if the argument is left out.
    pub(crate) default: Default,
}

impl Parameter {
    /// Returns true if the parameter accepts a number.
    pub(crate) fn is_size(&self) -> bool {
        matches!(self.kind, Kind::Size | Kind::Sides | Kind::Padding)
    }
}

/// The kind of value that a parameter accepts.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A whole number of at least 1, or the path of a constant.
    Size,
    /// A size, or a pair of two.
    Sides,
    /// The word `valid`, `same` or `causal`, a size or 0, or a pair of two.
    Padding,
    /// One of some words.
    Word(&'static [&'static str]),
    /// The word `true` or `false`, or the path of a constant.
    Flag,
    /// A decimal number.
    Decimal(Range),
    /// The path of a constant array.
    Table,
}

/// The value of an argument that is left out.
#[derive(Clone, Copy)]
pub(crate) enum Default {
    /// The argument must be given.
    Required,
    /// The argument has this value, as if it had been written.
    Is(&'static str),
    /// The argument has the value of the parameter with this index.
    Like(usize),
    /// The argument has no value: the layer is another one without it.
    Absent,
}

/// The rule by which a layer changes shapes; `analyze::rules` applies it.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    Dense,
    Conv,
    ConvTranspose,
    MaxPool,
    AvgPool,
    Global,
    Upsample,
    /// Any shape, also a pair, stays as it is.
    Elementwise,
    /// Any vector or image stays as it is.
    Single,
    LayerNorm,
    GroupNorm,
    Spatial,
    Flatten,
    Reshape,
    Select,
    Join,
    Merge,
}

impl Rule {
    /// Returns true if a pair of shapes may reach the layer.
    pub(crate) fn takes_pairs(self) -> bool {
        matches!(self, Self::Elementwise | Self::Join | Self::Merge)
    }
}

/// Returns all words that a layer of the library can begin with.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().map(|keyword| keyword.name).chain(COMPOSITES)
}

/// Returns true if a layer of the library begins with this word.
pub(crate) fn known(word: &str) -> bool {
    names().any(|name| name == word)
}

/// Returns the row of a keyword.
pub(crate) fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}

/// Returns the row of the keyword that equals this name when its words are joined: `maxpool`.
pub(crate) fn find_joined(name: &str) -> Option<&'static Keyword> {
    let letters = |name: &str| name.replace('_', "");
    KEYWORDS.iter().find(|keyword| letters(keyword.name) == letters(name))
}

/// Returns true if an option can only be on or off.
pub(crate) fn is_switch(word: &str) -> bool {
    let mut parameters = KEYWORDS.iter().flat_map(|keyword| keyword.parameters);
    parameters.any(|parameter| parameter.name == word && matches!(parameter.kind, Kind::Flag))
}

/// Returns true if a word is an option, or one of the values of options: it is then meant as one where a number is
/// expected.
pub(crate) fn is_word(word: &str) -> bool {
    let parameters = KEYWORDS.iter().flat_map(|keyword| keyword.parameters);
    let words = parameters.filter_map(|parameter| match parameter.kind {
        Kind::Word(words) => Some(words),
        Kind::Flag => Some(FLAGS),
        _ => None,
    });
    is_option(word)
        || ["valid", "same", "causal"].contains(&word)
        || words.flatten().any(|known| *known == word)
}

/// Returns true if a word is the name of an option of some layer.
pub(crate) fn is_option(word: &str) -> bool {
    KEYWORDS.iter().flat_map(|keyword| keyword.parameters).any(|parameter| parameter.name == word)
}

/// Returns a parameter that must be given.
const fn required(name: &'static str, kind: Kind) -> Parameter {
    Parameter { name, kind, default: Default::Required }
}

/// Returns a parameter that may be left out.
const fn optional(name: &'static str, kind: Kind, default: &'static str) -> Parameter {
    Parameter { name, kind, default: Default::Is(default) }
}

/// Returns a keyword without arguments.
const fn plain(name: &'static str, ty: &'static str, in_place: bool, rule: Rule) -> Keyword {
    let folding = Folding::Nothing;
    Keyword { name, ty, parameters: &[], positional: 0, in_place, folding, passes: false, rule }
}

/// Returns the row of a keyword without arguments whose layer passes numbers on.
const fn passing(name: &'static str, ty: &'static str, in_place: bool, rule: Rule) -> Keyword {
    Keyword { passes: true, ..plain(name, ty, in_place, rule) }
}

/// A probability: a number of at least 0 and below 1.
const PROBABILITY: Kind = Kind::Decimal(Range {
    places: 6,
    least: (0, "is at least 0"),
    positive: (1000, "is 0 or at least 0.001"),
    most: (999_999, "is less than 1"),
    example: "0.5",
});
/// A share: a number from 0 to 1.
const SHARE: Kind = Kind::Decimal(Range {
    places: 6,
    least: (0, "is at least 0"),
    positive: (100, "is 0 or at least 0.0001"),
    most: (1_000_000, "is at most 1"),
    example: "0.1",
});
/// A factor: a number of at least 0.
const FACTOR: Kind = Kind::Decimal(Range {
    places: 6,
    least: (0, "is at least 0"),
    positive: (1000, "is 0 or at least 0.001"),
    most: (1_000_000_000, "is at most 1000"),
    example: "0.01",
});
/// An ε, which prevents a division by 0.
const EPSILON: Kind = Kind::Decimal(Range {
    places: 12,
    least: (1, "is more than 0"),
    positive: (1, "is more than 0"),
    most: (1_000_000_000_000, "is at most 1"),
    example: "1e-5",
});
const FLAG: Kind = Kind::Flag;

/// The words for the values of a flag.
pub(crate) const FLAGS: &[&str] = &["true", "false"];

const EDGE: Kind = Kind::Word(&["floor", "ceil"]);

const MODE: Kind = Kind::Word(&["zero", "reflect", "replicate"]);

const POOL: &[Parameter] = &[
    required("kernel", Kind::Sides),
    Parameter { name: "stride", kind: Kind::Sides, default: Default::Like(0) },
    optional("pad", Kind::Padding, "0"),
    optional("edge", EDGE, "floor"),
];

/// All keywords.
pub(crate) const KEYWORDS: &[Keyword] = &[
    Keyword {
        name: "dense",
        ty: "Dense",
        parameters: &[required("outputs", Kind::Size), optional("bias", FLAG, "true")],
        positional: 1,
        in_place: false,
        folding: Folding::Absorbs,
        passes: false,
        rule: Rule::Dense,
    },
    Keyword {
        name: "conv",
        ty: "Conv2d",
        parameters: &[
            required("channels", Kind::Size),
            required("kernel", Kind::Sides),
            optional("stride", Kind::Sides, "1"),
            optional("pad", Kind::Padding, "valid"),
            optional("mode", MODE, "zero"),
            optional("bias", FLAG, "true"),
            optional("dilation", Kind::Sides, "1"),
            optional("groups", Kind::Size, "1"),
        ],
        positional: 2,
        in_place: false,
        folding: Folding::Absorbs,
        passes: false,
        rule: Rule::Conv,
    },
    Keyword {
        name: "conv_transpose",
        ty: "ConvTranspose2d",
        parameters: &[
            required("channels", Kind::Size),
            required("kernel", Kind::Sides),
            optional("stride", Kind::Sides, "1"),
            optional("pad", Kind::Padding, "valid"),
            optional("bias", FLAG, "true"),
        ],
        positional: 2,
        in_place: false,
        folding: Folding::Absorbs,
        passes: false,
        rule: Rule::ConvTranspose,
    },
    Keyword {
        name: "max_pool",
        ty: "MaxPool2d",
        parameters: POOL,
        positional: 1,
        in_place: false,
        folding: Folding::Nothing,
        passes: false,
        rule: Rule::MaxPool,
    },
    Keyword {
        name: "avg_pool",
        ty: "AvgPool2d",
        parameters: POOL,
        positional: 1,
        in_place: false,
        folding: Folding::Nothing,
        passes: false,
        rule: Rule::AvgPool,
    },
    plain("global_max_pool", "GlobalMaxPool", false, Rule::Global),
    plain("global_avg_pool", "GlobalAvgPool", false, Rule::Global),
    Keyword {
        name: "upsample",
        ty: "Upsample",
        parameters: &[required("factor", Kind::Size)],
        positional: 1,
        in_place: false,
        folding: Folding::Nothing,
        passes: true,
        rule: Rule::Upsample,
    },
    Keyword {
        name: "batch_norm",
        ty: "BatchNorm",
        parameters: &[optional("eps", EPSILON, "1e-5"), optional("momentum", SHARE, "0.1")],
        positional: 0,
        in_place: false,
        folding: Folding::Affine,
        passes: false,
        rule: Rule::Single,
    },
    Keyword {
        name: "layer_norm",
        ty: "LayerNorm",
        parameters: &[optional("eps", EPSILON, "1e-5")],
        positional: 0,
        in_place: false,
        folding: Folding::Nothing,
        passes: false,
        rule: Rule::LayerNorm,
    },
    Keyword {
        name: "group_norm",
        ty: "GroupNorm",
        parameters: &[required("groups", Kind::Size), optional("eps", EPSILON, "1e-5")],
        positional: 1,
        in_place: false,
        folding: Folding::Nothing,
        passes: false,
        rule: Rule::GroupNorm,
    },
    Keyword {
        name: "l2_normalize",
        ty: "L2Normalize",
        parameters: &[optional("eps", EPSILON, "1e-12")],
        positional: 0,
        in_place: true,
        folding: Folding::Nothing,
        passes: false,
        rule: Rule::Single,
    },
    passing("relu", "Relu", true, Rule::Elementwise),
    Keyword {
        name: "leaky_relu",
        ty: "LeakyRelu",
        parameters: &[optional("slope", FACTOR, "0.01")],
        positional: 1,
        in_place: true,
        folding: Folding::Nothing,
        passes: true,
        rule: Rule::Elementwise,
    },
    Keyword {
        name: "elu",
        ty: "Elu",
        parameters: &[optional("alpha", FACTOR, "1.0")],
        positional: 1,
        in_place: true,
        folding: Folding::Nothing,
        passes: false,
        rule: Rule::Elementwise,
    },
    plain("gelu", "Gelu", false, Rule::Elementwise),
    plain("silu", "Silu", false, Rule::Elementwise),
    plain("softplus", "Softplus", true, Rule::Elementwise),
    plain("sigmoid", "Sigmoid", true, Rule::Elementwise),
    plain("tanh", "Tanh", true, Rule::Elementwise),
    plain("hard_sigmoid", "HardSigmoid", true, Rule::Elementwise),
    plain("hard_swish", "HardSwish", false, Rule::Elementwise),
    plain("hard_tanh", "HardTanh", true, Rule::Elementwise),
    Keyword {
        name: "dropout",
        ty: "Dropout",
        parameters: &[required("p", PROBABILITY)],
        positional: 1,
        in_place: true,
        folding: Folding::Nothing,
        passes: false,
        rule: Rule::Elementwise,
    },
    Keyword {
        name: "spatial_dropout",
        ty: "SpatialDropout",
        parameters: &[required("p", PROBABILITY)],
        positional: 1,
        in_place: true,
        folding: Folding::Nothing,
        passes: false,
        rule: Rule::Spatial,
    },
    passing("scale", "Scale", false, Rule::Single),
    passing("identity", "Identity", true, Rule::Elementwise),
    passing("flatten", "Flatten", true, Rule::Flatten),
    passing("join", "Join", false, Rule::Join),
    plain("add", "Add", false, Rule::Merge),
    plain("difference", "Difference", false, Rule::Merge),
    plain("multiply", "Multiply", false, Rule::Merge),
    Keyword {
        name: "reshape",
        ty: "Reshape",
        parameters: &[
            required("height", Kind::Size),
            Parameter { name: "width", kind: Kind::Size, default: Default::Absent },
            Parameter { name: "channels", kind: Kind::Size, default: Default::Absent },
        ],
        positional: 3,
        in_place: true,
        folding: Folding::Nothing,
        passes: true,
        rule: Rule::Reshape,
    },
    Keyword {
        name: "select",
        ty: "Select",
        parameters: &[required("table", Kind::Table)],
        positional: 1,
        in_place: false,
        folding: Folding::Nothing,
        passes: true,
        rule: Rule::Select,
    },
];

/// The layers that consist of others.
#[derive(Clone, Copy)]
pub(crate) enum Composite {
    Residual,
    Repeat,
    Checkpoint,
    Concat,
    Heads,
    Pairwise,
    Shared,
}

/// The keywords of the layers that consist of others.
pub(crate) const COMPOSITES: [&str; 7] =
    ["residual", "repeat", "checkpoint", "concat", "heads", "pairwise", "shared"];

/// Returns the layer of this name that consists of others.
pub(crate) fn find_composite(name: &str) -> Option<Composite> {
    match name {
        "residual" => Some(Composite::Residual),
        "repeat" => Some(Composite::Repeat),
        "checkpoint" => Some(Composite::Checkpoint),
        "concat" => Some(Composite::Concat),
        "heads" => Some(Composite::Heads),
        "pairwise" => Some(Composite::Pairwise),
        "shared" => Some(Composite::Shared),
        _ => None,
    }
}

impl Composite {
    /// Returns the layer's keyword.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Residual => "residual",
            Self::Repeat => "repeat",
            Self::Checkpoint => "checkpoint",
            Self::Concat => "concat",
            Self::Heads => "heads",
            Self::Pairwise => "pairwise",
            Self::Shared => "shared",
        }
    }

    /// Returns the form in which the layer is written.
    pub(crate) fn usage(self) -> &'static str {
        match self {
            Self::Residual => "residual { … }` or `residual { … } shortcut { … }",
            Self::Repeat => "repeat(3) { … }",
            Self::Checkpoint => "checkpoint { … }",
            Self::Concat => "concat { … } { … }",
            Self::Heads => "heads { … } { … }",
            Self::Pairwise => "pairwise { … } { … }",
            Self::Shared => "shared { … }",
        }
    }

    /// Returns true if the layer takes several blocks of equal standing, side by side.
    pub(crate) fn is_of_branches(self) -> bool {
        *self.blocks().end() == usize::MAX
    }

    /// Returns the number of blocks in braces that the layer takes.
    pub(crate) fn blocks(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Self::Residual => 1..=2,
            Self::Repeat | Self::Checkpoint | Self::Shared => 1..=1,
            Self::Concat | Self::Heads | Self::Pairwise => 2..=usize::MAX,
        }
    }

    /// Returns the name in messages of the layer's block with this index.
    pub(crate) fn part(self, index: usize) -> String {
        match self {
            Self::Residual if index > 0 => "the `shortcut`".to_owned(),
            Self::Concat => format!("branch {} of the `concat`", index + 1),
            Self::Heads => format!("head {} of the `heads`", index + 1),
            Self::Pairwise => format!("block {} of the `pairwise`", index + 1),
            _ => format!("the `{}`", self.name()),
        }
    }
}
