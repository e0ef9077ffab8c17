//! The page by itself: complete, and of nothing but itself.

use plywood::data::{ScaledTargets, TargetScale};
use plywood::loss::MeanSquaredError;
use plywood::report::{Bitmap, Classified, Filters, Segmented};
use plywood::{Dataset, Dims, Scalar, network};

use super::*;

network! {
    /// With images inside and two rectifiers.
    Small: Image<28, 28, 1> => Flat<10> { conv(6, kernel = 5), relu, max_pool(2), flatten, dense(32), relu, dense(10) }
}

#[test]
fn the_page_holds_everything_and_asks_for_nothing() {
    let (train, validation) = data(600, 200);
    let trainer = Trainer::new().epochs(3).batch_size(32).learning_rate(0.02).seed(4711);
    let mut model = Model::<Small>::new(1);
    let mut recorder = trainer.recorder(folder("<page> & \"co\""), &validation);
    trainer.run(&mut model, &train).validate(&validation).watch(&mut recorder).fit().expect("a run");
    let page = std::fs::read_to_string(recorder.page()).expect("a page");

    for part in [
        "<h1>&lt;page&gt; &amp; &quot;co&quot;</h1>",
        "<figcaption>Loss\n",
        "<figcaption>Error in %\n",
        "<figcaption>Learning rate\n",
        "Norm of the gradient, by layer (logarithmic)",
        "Dead units in %, by layer",
        "<th scope=\"row\">relu2</th><td>6</td>",
        "<th scope=\"row\">relu6</th><td>32</td>",
        "Confusion matrix",
        "<h2>Classes</h2>",
        "<th scope=\"row\">mean of classes</th><td>200</td>",
        "Weights of conv1, 5×5×1: 6 of 6.",
        "Mistakes that it is surest of",
        "receptive field: 28×28",
        "<th scope=\"row\">seed</th><td class=\"words\">4711</td>",
        "Momentum { momentum: 0.9 }",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for address in ["http:", "https:", "<script", "@import", "url(", "<link rel=\"stylesheet"] {
        // the names of XML namespaces are no addresses
        let found = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assert!(!found.contains(address), "{address}");
    }
    // every picture has a text
    let images = page.matches("<img ").count();
    assert!(images >= 2 && images == page.matches("<img src=\"data:image/png;base64,").count());
    assert_eq!(page.matches(" alt=\"").count(), images);
    assert_eq!(
        page.matches("<figure class=\"chart\">").count(),
        page.matches("<svg role=\"img\" aria-label").count()
    );
    for tag in
        ["div", "figure", "table", "tr", "td", "th", "ul", "li", "dl", "svg", "pre", "main", "header", "span"]
    {
        let open = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(open, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn mistakes_are_sorted_and_agree_with_the_evaluation() {
    let (train, validation) = data(100, 400);
    let mut model = Model::<Perceptron>::new(1);
    Trainer::new().epochs(2).learning_rate(0.02).run(&mut model, &train).fit().expect("a run");
    let evaluation = plywood::evaluate(&model, &validation).expect("an evaluation");
    let classified = Classified::by(&model, &validation, |label| label).expect("classes");
    assert_eq!((&classified.confusion, &classified.ranks), (&evaluation.confusion, &evaluation.ranks));
    for k in [1, 2, 5] {
        assert!((classified.top(k) - evaluation.top(k)).abs() < 1e-15);
    }
    assert_eq!(classified.mistakes.len(), Classified::MISTAKES);
    assert!(classified.mistakes.is_sorted_by(|a, b| a.confidence >= b.confidence));
    let mut confidences = Vec::new();
    for index in 0..validation.labels().len() {
        let mut scores = model.infer(&validation.example(index));
        plywood::softmax(&mut scores);
        let (class, confidence) =
            scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).expect("ten scores");
        if class != validation.label(index) {
            confidences.push(f64::from(*confidence));
        }
    }
    confidences.sort_by(|a, b| b.total_cmp(a));
    for (mistake, confidence) in classified.mistakes.iter().zip(confidences) {
        assert!((mistake.confidence - confidence).abs() < 1e-5, "{mistake:?}, {confidence}");
        assert_eq!(mistake.actual, validation.label(mistake.index));
        assert_ne!(mistake.actual, mistake.predicted);
    }
    let wrong = Classified::by(&model, &validation, |label| label + 1).expect_err("no class 10").to_string();
    assert!(
        wrong.ends_with("found label 10, expected 0 to 9, one for each of the network's 10 outputs"),
        "{wrong}"
    );
}

#[test]
fn pictures_show_numbers_as_pixels() {
    let gray = Bitmap::of_example(Dims::Image(1, 2, 1), &[0.0, 1.0]).expect("an image");
    assert_eq!([gray.pixel(0, 0), gray.pixel(0, 1)], [[0; 3], [255; 3]]);
    // outside of 0 to 1, by the smallest and the largest
    let scaled =
        Bitmap::of_example(Dims::Image(2, 1, 3), &[-1.0, 0.0, 3.0, 1.0, 1.0, 1.0]).expect("an image");
    assert_eq!([scaled.pixel(0, 0), scaled.pixel(1, 0)], [[0, 64, 255], [128; 3]]);
    assert_eq!(Bitmap::of_example(Dims::Flat(2), &[0.0, 1.0]), None);
    assert!(gray.png().expect("a file").starts_with(b"\x89PNG\r\n\x1a\n"));
}

#[test]
fn filters_are_the_weights_of_each_output() {
    type Net = (Flatten<Image<1, 2, 1>, 2>, Dense<2, 3>);
    let mut model = Model::<Net>::new(1);
    // input 0 to the three outputs, then input 1; biases
    model.params_mut().copy_from_slice(&[1.0, 2.0, -4.0, 0.5, -2.0, 0.0, 9.0, 9.0, 9.0]);
    let filters = Filters::of(&model).expect("an image comes in");
    assert_eq!((&*filters.layer, filters.count, filters.sides), ("dense2", 3, [1, 2, 1]));
    assert_eq!(filters.numbers, [1.0, 0.5, 2.0, -2.0, -4.0, 0.0]);
    let picture = filters.picture();
    let (vermilion, blue, white) = ([213, 94, 0], [0, 114, 178], [255; 3]);
    let row: Vec<_> = (0..picture.width()).map(|column| picture.pixel(1, column)).collect();
    let gap = [128; 3];
    assert_eq!((row[0], row[3], row[1]), (gap, gap, vermilion));
    assert_eq!((row[4], row[5], row[7], row[8]), (vermilion, blue, blue, white));
    assert!(Filters::of(&Model::<Dense<2, 3>>::new(1)).is_none());
}

/// Digits with names.
struct Named(Digits, Vec<String>);

impl Dataset for Named {
    type Example = Digit;
    type Target = usize;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        self.0.read(index, x)
    }
    fn class_names(&self) -> Option<&[String]> {
        Some(&self.1)
    }
}

#[test]
fn classes_have_the_names_of_the_data() {
    let names: Vec<String> = (0..10).map(|class| format!("digit <{class}>")).collect();
    let (train, validation) = data(200, 100);
    let [train, validation] = [train, validation].map(|data| Named(data, names.clone()));
    let trainer = Trainer::new().epochs(1).learning_rate(0.001);
    let mut recorder = trainer.recorder(folder("names"), &validation);
    trainer.run(&mut Model::<Perceptron>::new(1), &train).watch(&mut recorder).fit().expect("a run");
    let page = std::fs::read_to_string(recorder.page()).expect("a page");
    for class in 0..10 {
        // above a column of the matrix, before a row of it and of the scores
        assert!(page.contains(&format!("<th scope=\"col\">digit &lt;{class}&gt;</th>")));
        assert_eq!(page.matches(&format!("<th scope=\"row\">digit &lt;{class}&gt;</th>")).count(), 2);
    }
    let mistake = &recorder.record().classified.as_ref().expect("classes").mistakes[0];
    let [actual, predicted] = [mistake.actual, mistake.predicted];
    assert!(page.contains(&format!("<strong>digit &lt;{actual}&gt; → digit &lt;{predicted}&gt;</strong>")));
}

#[test]
fn predicted_numbers_are_shown_in_the_units_of_the_targets() {
    let line = |i: usize| {
        let x = i as f32 / 100.0;
        ([x], [1000.0 + 500.0 * x + 20.0 * (i as f32).sin(), 7.0])
    };
    let examples = Examples::<Flat<1>, [f32; 2]>::from_arrays((0..100).map(line)).expect("examples");
    let scale = TargetScale::fit(&examples.clone().map_targets(|[first, _]| [first])).expect("a scale");
    let scale = [scale[0], TargetScale::new(7.0, 1.0).expect("a scale")];
    let data = ScaledTargets::new(&examples, scale);
    let trainer = Trainer::new().epochs(30).batch_size(10).learning_rate(0.05).loss(MeanSquaredError);
    let mut model = Model::<Dense<1, 2>>::new(1);
    let mut recorder = Recorder::regression(folder("regression"), &data);
    trainer.run(&mut model, &data).validate(&data).watch(&mut recorder).fit().expect("a run");
    let [first, second] = &recorder.record().regressed[..] else { panic!("two numbers") };
    assert!((first.pairs[0][0] - 1000.0).abs() < 1e-3, "{:?}", first.pairs[0]);
    for (index, pair) in first.pairs.iter().enumerate() {
        // the page computes in f64 what a prediction rounds to f32
        let prediction = model.predict(&examples.example(index))[0];
        assert!((pair[1] - f64::from(prediction)).abs() <= f64::from(prediction * f32::EPSILON), "{pair:?}");
    }
    let error =
        first.pairs.iter().map(|[target, prediction]| (target - prediction).abs()).sum::<f64>() / 100.0;
    assert!((first.mean_absolute_error() - error).abs() < 1e-9 && error < 40.0, "{error}");
    assert!(first.r2().is_some_and(|r2| r2 > 0.9 && r2 < 1.0), "{:?}", first.r2());
    assert_eq!(second.r2(), None, "all are equal");
    let page = std::fs::read_to_string(recorder.page()).expect("a page");
    assert!(page.contains("Number 1 of the output: mean absolute error "));
    assert_eq!(page.matches("<figcaption>Predicted against true</figcaption>").count(), 2);
    assert_eq!(page.matches("<circle ").count(), 200);
}

/// Digits with a map of classes: 2 for ink on the left, 1 for ink on the right, and 255 in the first row.
struct Ink(Digits);

impl Dataset for Ink {
    type Example = Digit;
    type Target = [[u8; 28]; 28];

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Self::Target {
        self.0.read(index, x);
        let class = |row: usize, column: usize| {
            let ink = x[row * 28 + column].to_f64() > 0.3;
            if row == 0 {
                255
            } else if ink {
                1 + u8::from(column < 14)
            } else {
                0
            }
        };
        std::array::from_fn(|row| std::array::from_fn(|column| class(row, column)))
    }
}

/// The same with other numbers for the classes.
struct Renumbered<'a>(&'a Ink, [String; 3]);

impl Dataset for Renumbered<'_> {
    type Example = Digit;
    type Target = [[u8; 28]; 28];

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Self::Target {
        let label = |class| if class == 255 { 255 } else { (class + 1) % 3 };
        self.0.read(index, x).map(|row| row.map(label))
    }
    fn class_names(&self) -> Option<&[String]> {
        Some(&self.1)
    }
}

#[test]
fn pixels_are_counted_by_the_names_of_classes() {
    network! { Marker: Image<28, 28, 1> => Image<28, 28, 3> { conv(4, kernel = 3, pad = same), relu, conv(3, kernel = 1) } }

    let validation = Ink(data(40, 8).1);
    let mut model = Model::<Marker>::new(1);
    model.name_classes(["paper", "right", "left"]);
    let by = |data: &Renumbered<'_>| Segmented::by(&model, data, |map| map.as_flattened());
    let expected = Segmented::by(&model, &validation, |map| map.as_flattened()).expect("maps");
    let names = |names: [&str; 3]| names.map(str::to_owned);
    assert_eq!(by(&Renumbered(&validation, names(["left", "paper", "right"]))).expect("maps"), expected);
    let error = by(&Renumbered(&validation, names(["left", "paper", "ink"]))).expect_err("a foreign class");
    let expected = "held-out data: found the class ink, expected those that the model was trained on, paper, right, left";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn pixels_are_counted_by_class_and_shown_on_their_pictures() {
    network! { Marker: Image<28, 28, 1> => Image<28, 28, 3> { conv(4, kernel = 3, pad = same), relu, conv(3, kernel = 1) } }

    let (train, validation) = data(40, 8);
    let (train, validation) = (Ink(train), Ink(validation));
    let trainer = Trainer::new().epochs(4).batch_size(8).learning_rate(0.1);
    let mut recorder = Recorder::segmentation(folder("segmentation"), &validation);
    let mut model = Model::<Marker>::new(1);
    let run = trainer.run(&mut model, &train).validate(&validation).watch(&mut recorder);
    let history = run.fit().expect("a run");
    let segmented = recorder.record().segmented.as_ref().expect("pixels");
    assert_eq!(segmented.pixels.iter().sum::<usize>(), 8 * 27 * 28, "the first row does not count");
    assert_eq!(segmented.given.iter().sum::<usize>(), 8 * 27 * 28);
    // the same measure as that of the loss
    let overlaps: Vec<f64> = (0..3).filter_map(|class| segmented.overlap(class)).collect();
    let mean = overlaps.iter().sum::<f64>() / overlaps.len() as f64;
    let error = history.epochs[3].validation.expect("a measure").error.expect("an error");
    assert!((1.0 - mean - error).abs() < 1e-12, "{mean} {error}");
    assert_eq!(segmented.pictures.len(), Segmented::PICTURES);
    let [overlay, ..] = &segmented.pictures[..] else { panic!("pictures") };
    let mut x = [0.0_f32; 784];
    let map = validation.read(0, &mut x);
    for (place, class) in map.as_flattened().iter().enumerate() {
        let [before, after] =
            [&overlay.picture, &overlay.actual].map(|bitmap| bitmap.pixel(place / 28, place % 28));
        assert_eq!(before == after, *class == 0, "{place}");
    }
    let page = std::fs::read_to_string(recorder.page()).expect("a page");
    assert_eq!(page.matches("alt=\"Example 0: ").count(), 3);
    assert!(page.contains("Intersection over union"));
}
