//! Files of models and checkpoints, changed at random and given the checksum that they then should have: an error or something
//! sound, never a panic. `PLYWOOD_FUZZ=1000000 cargo test --release -p plywood-tests run::mutations` reads as many of each.

use plywood::data::{Examples, Transform};
use plywood::preprocess::{Keep, NormalizeContrast, Standardize};
use plywood::train::Checkpoints;

use super::edit::seal;
use super::*;
use crate::data::attack::attack;

/// Fewer than in memory: each is written to the disk, and waited for, several times.
const USUAL: usize = 500;

network! { Small: Flat<2> => Flat<2> { dense(2), batch_norm, relu, dense(2) } }

type Pipeline = (NormalizeContrast<Flat<2>>, Standardize<Flat<2>>);

fn data() -> Examples<Flat<2>> {
    Examples::from_arrays([([0.5, 1.0], 0), ([-1.0, 0.25], 1), ([2.0, -0.5], 1)]).expect("finite numbers")
}

fn pipeline() -> Pipeline {
    let contrast = NormalizeContrast::new(0.5).expect("an epsilon");
    contrast.then(Standardize::fit(&data()).expect("a fit"))
}

/// All numbers, as bits.
fn bits(model: &Model<Small>, pipeline: &Pipeline) -> (Vec<u32>, Vec<u64>) {
    let vectors = pipeline.to_vectors();
    (
        model.params().iter().chain(model.buffers()).map(|x| x.to_bits()).collect(),
        vectors.iter().flat_map(|(_, numbers)| numbers).map(|x| x.to_bits()).collect(),
    )
}

#[test]
fn models() {
    let path = scratch("mutated-model").join("model.safetensors");
    Model::<Small>::new(1).save_with(&pipeline(), &path).expect("a file");
    let seed = std::fs::read(&path).expect("a file");
    attack("safetensors", USUAL, &[seed], |bytes| {
        let mut bytes = bytes.to_vec();
        seal(&mut bytes);
        std::fs::write(&path, bytes).expect("a write");
        let Ok((model, pipeline)) = Model::<Small>::load_with::<Pipeline>(&path) else { return false };
        // what was read can be written and read again
        model.save_with(&pipeline, &path).expect("a file");
        let again = Model::load_with(&path).expect("a model");
        assert!(bits(&again.0, &again.1) == bits(&model, &pipeline));
        true
    });
}

#[test]
fn checkpoints() {
    let path = scratch("mutated-run").join("run.safetensors");
    let trainer = |steps| {
        let trainer = Trainer::new().steps(steps).batch_size(2).optimizer(Adam::default());
        let trainer = trainer.keep_best(true).average(0.9).threads(&plywood::Threads::one());
        trainer.checkpoint(Checkpoints::new(&path).preprocessing(&pipeline()))
    };
    let data = data();
    let seeds = (1..=4).map(|steps| {
        trainer(steps).run(&mut Model::<Small>::new(1), &data).validate(&data).fit().expect("a good run");
        std::fs::read(&path).expect("a checkpoint")
    });
    attack("checkpoint", USUAL, &seeds.collect::<Vec<_>>(), |bytes| {
        let mut bytes = bytes.to_vec();
        seal(&mut bytes);
        std::fs::write(&path, bytes).expect("a write");
        let result = trainer(4).run(&mut Model::<Small>::new(1), &data).validate(&data).resume();
        let _ = std::fs::remove_file(path.with_extension("previous.safetensors"));
        // numbers may be such that training ends with an error of its own, but a run that ends has all its steps
        result.is_ok_and(|report| {
            assert_eq!((report.steps, report.epochs.len()), (4, 2));
            true
        })
    });
}
