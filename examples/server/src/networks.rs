//! Declares two networks, of which one is chosen when the program starts.

use std::path::Path;

use plywood::data::digits;
use plywood::optim::Adam;
use plywood::{
    Error, Inference, Layer, Loss, Model, Predictor, Result, SoftmaxCrossEntropy, Trainer, network,
};

network! {
    /// A network of 51,000 parameters, which stay in the cache of a core.
    pub Small: Image<28, 28, 1> => Flat<10> {
        flatten,
        dense(64), relu,
        dense(10),
    }

    /// A network of 1,334,000 parameters. One inference reads all of them, and so does a batch.
    pub Large: Image<28, 28, 1> => Flat<10> {
        flatten,
        dense(1024), relu,
        dense(512), relu,
        dense(10),
    }
}

/// Returns the network of the given name, `small` or `large`, from a file, or trained on the number of digits that the
/// library draws.
///
/// If the file does not exist yet, the trained model is saved there.
///
/// # Errors
/// Returns an error for another name, and for a file that holds another network or cannot be written.
pub fn choose(name: &str, file: Option<&Path>, examples: usize) -> Result<Box<dyn Inference>> {
    match name {
        "small" => load_or_train::<Small>(file, examples),
        "large" => load_or_train::<Large>(file, examples),
        _ => Err(Error::argument("network", name, "`small` or `large`")),
    }
}

fn load_or_train<N>(file: Option<&Path>, examples: usize) -> Result<Box<dyn Inference>>
where
    N: Layer<In = plywood::Image<28, 28, 1>>,
    SoftmaxCrossEntropy: Loss<N::Out, Target = usize>,
{
    if let Some(file) = file.filter(|file| file.exists()) {
        return Ok(Box::new(Predictor::shared(Model::<N>::load(file)?)));
    }
    let mut model = Model::<N>::new(1);
    let trainer = Trainer::new().epochs(5).optimizer(Adam::new()).learning_rate(0.001);
    trainer.train(&mut model, &digits(examples, 1))?;
    model.name_classes((0..10).map(|digit| digit.to_string()));
    if let Some(file) = file {
        model.save(file)?;
    }
    Ok(Box::new(Predictor::shared(model)))
}
