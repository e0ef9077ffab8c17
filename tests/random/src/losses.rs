//! Random networks that end in what a loss takes, with the text of the loss and of its targets.

use crate::architecture::{Shape, beginning, sequence};
use crate::random::Random;

/// The number of examples that there are targets for.
pub(crate) const EXAMPLES: usize = 3;

/// Layers that end a network, what they give, a loss of that, and a target of each example.
struct Ending {
    layers: String,
    shape: String,
    loss: String,
    targets: [String; EXAMPLES],
}

/// The kinds of losses, most of them as they are written.
const KINDS: [&str; 24] = [
    "SoftmaxCrossEntropy",
    "SmoothedCrossEntropy::new(0.2)",
    "Focal::new(2.0)",
    "Hinge::new(1.25)",
    "ClassWeighted::new(SmoothedCrossEntropy::new(0.1), [0.5, 2.0, 1.25])",
    "SoftCrossEntropy",
    "KullbackLeibler",
    "SoftmaxCrossEntropy of pixels",
    "Focal::new(1.5) of pixels",
    "ClassWeighted::new(SoftmaxCrossEntropy, [0.5, 2.0, 1.25]) of pixels",
    "BinaryCrossEntropy",
    "BinaryFocal::new(2.0).alpha(0.25)",
    "WeightedBinaryCrossEntropy",
    "MeanSquaredError",
    "MeanAbsoluteError",
    "Huber::new(0.75)",
    "Quantile::new(0.8)",
    "Poisson",
    "Contrastive::new(2.0)",
    "Triplet::new(0.7)",
    "ExampleWeighted",
    "Scaled",
    "pair",
    "three",
];

/// A network's text for `network!`, its name, its loss and the targets of a batch.
pub(crate) fn trained_network(random: &mut Random, number: usize) -> [String; 4] {
    let (input, mut body, shape) = beginning(random);
    let count = random.from(1, 3);
    let (more, mut shape) = sequence(random, shape, count, 2);
    body.push_str(&more);
    // few enough numbers that a target of each can be written
    if let Shape::Image(h, w, c) = shape
        && h * w * c > 64
    {
        body.push_str(", global_avg_pool");
        shape = Shape::Flat(c);
    }
    let Ending { layers, shape, loss, targets } = ending(random, shape, KINDS[number % KINDS.len()]);
    let name = format!("Trained{number}");
    let text = format!("#[doc = \"Random.\"] pub {name}: {input} => {shape} {{ {body}, {layers} }}");
    [text, name, loss, format!("[{}]", targets.join(", "))]
}

/// Ends in what a kind of loss takes.
fn ending(random: &mut Random, shape: Shape, kind: &str) -> Ending {
    let targets = |of: &dyn Fn(usize) -> String| std::array::from_fn(of);
    let flatten = if matches!(shape, Shape::Image(..)) { "flatten, " } else { "" };
    let classes = |loss: &str, targets| Ending {
        layers: format!("{flatten}dense(3)"),
        shape: "Flat<3>".to_owned(),
        loss: loss.to_owned(),
        targets,
    };
    match kind {
        "SoftCrossEntropy" | "KullbackLeibler" => classes(
            kind,
            targets(&|i| ["[0.7, 0.3, 0.0]", "[0.2, 0.2, 0.6]", "[0.0, 1.0, 0.0]"][i].to_owned()),
        ),
        "Contrastive::new(2.0)" => Ending {
            layers: format!("{flatten}heads {{ dense(3) }} {{ dense(3), tanh }}"),
            shape: "(Flat<3>, Flat<3>)".to_owned(),
            loss: kind.to_owned(),
            targets: targets(&|i| (i != 1).to_string()),
        },
        "Triplet::new(0.7)" => Ending {
            layers: format!("{flatten}heads {{ dense(3) }} {{ dense(3) }} {{ dense(3) }}, tanh"),
            shape: "(Flat<3>, Flat<3>, Flat<3>)".to_owned(),
            loss: kind.to_owned(),
            targets: targets(&|_| "()".to_owned()),
        },
        "ExampleWeighted" => {
            let Ending { layers, shape, loss, targets } = any(random, shape);
            let weighted = |i: usize| format!("WeightedTarget::new({}, {}.5)", targets[i], i);
            let targets = std::array::from_fn(weighted);
            Ending { layers, shape, loss: format!("ExampleWeighted({loss})"), targets }
        }
        "Scaled" => {
            let inner = any(random, shape);
            Ending { loss: format!("Scaled::new({}, 0.5)", inner.loss), ..inner }
        }
        "pair" => {
            let [first, second] = [any(random, shape), any(random, shape)];
            pair(first, second)
        }
        "three" => {
            let [first, second, third] = [any(random, shape), any(random, shape), any(random, shape)];
            pair(first, pair(second, third))
        }
        _ if kind.ends_with(" of pixels") => pixels(shape, kind),
        "SoftmaxCrossEntropy" | "SmoothedCrossEntropy::new(0.2)" | "Focal::new(2.0)" | "Hinge::new(1.25)" => {
            classes(kind, targets(&|i| (2 - i).to_string()))
        }
        _ if kind.starts_with("ClassWeighted") => classes(kind, targets(&|i| (2 - i).to_string())),
        _ => numbers(shape, kind),
    }
}

/// Ends in a loss of one shape.
fn any(random: &mut Random, shape: Shape) -> Ending {
    ending(random, shape, KINDS[random.from(0, 17)])
}

/// Ends in both, side by side.
fn pair(first: Ending, second: Ending) -> Ending {
    Ending {
        layers: format!("heads {{ {} }} {{ {} }}", first.layers, second.layers),
        shape: format!("({}, {})", first.shape, second.shape),
        loss: format!("({}, {})", first.loss, second.loss),
        targets: std::array::from_fn(|i| format!("({}, {})", first.targets[i], second.targets[i])),
    }
}

/// Ends in three scores for each pixel, of which some do not count.
fn pixels(shape: Shape, kind: &str) -> Ending {
    let (layers, h, w) = match shape {
        Shape::Image(h, w, _) => ("conv(3, kernel = 1)", h, w),
        Shape::Flat(_) => ("dense(18), reshape(2, 3, 3)", 2, 3),
    };
    let map = |example: usize| {
        let class = |pixel: usize| ["0", "2", "1", "IGNORED", "1"][(pixel + example) % 5];
        nested(&[h, w], &mut 0, &|pixel| class(pixel).to_owned())
    };
    Ending {
        layers: layers.to_owned(),
        shape: format!("Image<{h}, {w}, 3>"),
        loss: kind.trim_end_matches(" of pixels").to_owned(),
        targets: std::array::from_fn(map),
    }
}

/// Ends in numbers of the shape that there is.
fn numbers(shape: Shape, kind: &str) -> Ending {
    let (sides, channels) = match shape {
        Shape::Flat(n) => (vec![n], n),
        Shape::Image(h, w, c) => (vec![h, w, c], c),
    };
    let loss = if kind == "WeightedBinaryCrossEntropy" {
        format!("{kind}::new([2.5; {channels}])")
    } else {
        kind.to_owned()
    };
    let values = if kind.contains("Binary") { ["1.0", "0.0", "1.0"] } else { ["0.25", "2.0", "1.0"] };
    let target = |example: usize| nested(&sides, &mut 0, &|number| values[(number + example) % 3].to_owned());
    Ending {
        // its own parameters after what there is, so that outputs are of a moderate size
        layers: "tanh, scale".to_owned(),
        shape: shape.text(),
        loss,
        targets: std::array::from_fn(target),
    }
}

/// Writes an array of the given sides, with a value for each number of it.
fn nested(sides: &[usize], next: &mut usize, value: &dyn Fn(usize) -> String) -> String {
    let [side, rest @ ..] = sides else {
        *next += 1;
        return value(*next - 1);
    };
    let parts: Vec<_> = (0..*side).map(|_| nested(rest, next, value)).collect();
    format!("[{}]", parts.join(", "))
}
