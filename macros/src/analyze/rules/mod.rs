//! Applies the rule by which each layer of the library changes the shape that reaches it.

pub(crate) mod elementwise;
pub(crate) mod other;
pub(crate) mod pairs;
pub(crate) mod step;
pub(crate) mod window;

use crate::analyze::arguments::Arguments;
use crate::analyze::rules::step::{Misfit, Step};
use crate::analyze::shape::Shape;
use crate::keyword::Rule;

/// Applies a layer's rule to the shape that reaches the layer and to its arguments.
pub(crate) fn apply(rule: Rule, input: &Shape, arguments: &mut Arguments) -> Step {
    if let Shape::Pair(_) = input
        && !rule.takes_pairs()
    {
        let joins = input.parts().is_some_and(|[first, second]| first.joins(&second) == Some(true));
        let reason = format!(
            "takes no pair of shapes, but what reaches it is a pair: {input}\n\
             note: `pairwise {{ … }} {{ … }}` has layers for each part{}",
            if joins { ", and `join` makes one shape of both" } else { "" }
        );
        return Step::misfit(Misfit::Shape(reason), Shape::Unknown);
    }
    let rule = match rule {
        Rule::Dense => other::dense,
        Rule::Flatten => other::flatten,
        Rule::Reshape => other::reshape,
        Rule::Global => other::global,
        Rule::Upsample => other::upsample,
        Rule::Select => other::select,
        Rule::Join => pairs::join,
        Rule::Merge => pairs::merge,
        Rule::Elementwise | Rule::Single => elementwise::elementwise,
        Rule::LayerNorm => elementwise::layer_norm,
        Rule::GroupNorm => elementwise::group_norm,
        Rule::Spatial => elementwise::spatial,
        Rule::Conv => window::conv,
        Rule::ConvTranspose => window::conv_transpose,
        Rule::MaxPool => window::max_pool,
        Rule::AvgPool => window::avg_pool,
    };
    rule(input, arguments)
}
