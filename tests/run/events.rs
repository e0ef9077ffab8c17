//! Event files, read as their format says and with nothing of the library's.

use std::path::Path;

use plywood::train::TensorBoard;

use super::*;

/// CRC-32C bit by bit (polynomial 0x1EDC6F41, reflected), masked as in `TFRecord`.
fn masked_checksum(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    let crc = !crc;
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[test]
fn the_checksum_is_that_of_the_standard() {
    // RFC 3720, B.4: 32 bytes of zeros have the checksum 8a9136aa
    let expected = 0x8a91_36aa_u32.rotate_right(15).wrapping_add(0xa282_ead8);
    assert_eq!(masked_checksum(&[0; 32]), expected);
}

/// The records of a file, their checksums compared.
fn records(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut records = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_at(8);
        let (checksum, rest) = rest.split_at(4);
        assert_eq!(checksum, masked_checksum(length).to_le_bytes());
        let length = u64::from_le_bytes(length.try_into().expect("eight bytes"));
        let (record, rest) = rest.split_at(usize::try_from(length).expect("a length"));
        let (checksum, rest) = rest.split_at(4);
        assert_eq!(checksum, masked_checksum(record).to_le_bytes());
        records.push(record);
        bytes = rest;
    }
    records
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut number = 0;
    for shift in (0..).step_by(7) {
        let (byte, rest) = bytes.split_first().expect("a byte");
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

/// The fields of a message: number and content, of numbers their bytes.
fn fields(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes);
        let content = match key & 7 {
            0 => varint(&mut bytes).to_le_bytes().to_vec(),
            wire => {
                let length = match wire {
                    1 => 8,
                    5 => 4,
                    2 => usize::try_from(varint(&mut bytes)).expect("a length"),
                    _ => panic!("wire type {wire}"),
                };
                let (content, rest) = bytes.split_at(length);
                bytes = rest;
                content.to_vec()
            }
        };
        fields.push((key >> 3, content));
    }
    fields
}

/// Step, tag and number of each scalar, and the steps at which a session began.
pub(super) fn read(folder: &Path) -> (Vec<(u64, String, f32)>, Vec<u64>) {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
    files.sort();
    let (mut scalars, mut sessions) = (Vec::new(), Vec::new());
    for file in files {
        assert!(file.to_string_lossy().contains("/events.out.tfevents."), "{}", file.display());
        let bytes = std::fs::read(file).expect("a file");
        for (number, record) in records(&bytes).into_iter().enumerate() {
            let event = fields(record);
            let get =
                |field| event.iter().find(|(number, _)| *number == field).map(|(_, content)| content.clone());
            let time = f64::from_le_bytes(get(1).expect("a time").try_into().expect("eight bytes"));
            assert!(time > 1.7e9, "{time}");
            let step = u64::from_le_bytes(get(2).expect("a step").try_into().expect("eight bytes"));
            assert_eq!(get(3).as_deref(), (number == 0).then_some(&b"brain.Event:2"[..]));
            if let Some(session) = get(7) {
                assert_eq!(session, [8, 1]);
                sessions.push(step);
            }
            for (_, value) in get(5).iter().flat_map(|summary| fields(summary)) {
                let value = fields(&value);
                assert_eq!((value[0].0, value[1].0), (1, 2));
                let tag = String::from_utf8(value[0].1.clone()).expect("a tag");
                let number = f32::from_le_bytes(value[1].1.clone().try_into().expect("four bytes"));
                scalars.push((step, tag, number));
            }
        }
    }
    (scalars, sessions)
}

pub(super) fn of<'a>(
    scalars: &'a [(u64, String, f32)],
    tag: &'a str,
) -> impl Iterator<Item = (u64, f32)> + 'a {
    scalars.iter().filter(move |scalar| scalar.1 == tag).map(|scalar| (scalar.0, scalar.2))
}

#[test]
fn events_hold_every_step_and_epoch() {
    let folder = scratch("events");
    let (train, validation) = data();
    let mut board = TensorBoard::new(folder.join("run"));
    let mut model = Model::<Noisy>::new(1);
    let report =
        trainer().run(&mut model, &train).validate(&validation).watch(&mut board).fit().expect("a good run");
    let (scalars, sessions) = read(&folder.join("run").join("train"));
    assert_eq!(sessions, [1]);
    for tag in ["step/loss", "step/learning_rate", "step/gradient_norm"] {
        let steps: Vec<_> = of(&scalars, tag).map(|(step, _)| step).collect();
        assert_eq!(steps, (1..=30).collect::<Vec<_>>(), "{tag}");
    }
    let epochs = |of_epoch: &dyn Fn(&plywood::train::Epoch) -> f64| -> Vec<_> {
        report.epochs.iter().map(|epoch| (10 * epoch.number as u64, of_epoch(epoch) as f32)).collect()
    };
    let found: Vec<_> = of(&scalars, "epoch/loss").collect();
    assert_eq!(found, epochs(&|epoch| epoch.train.loss));
    let found: Vec<_> = of(&scalars, "epoch/gradient_norm").collect();
    assert_eq!(found, epochs(&|epoch| epoch.gradient_norm.expect("the norm is clipped")));
    let (scalars, _) = read(&folder.join("run").join("validation"));
    let found: Vec<_> = of(&scalars, "epoch/error").collect();
    assert_eq!(found, epochs(&|epoch| epoch.validation.expect("validated").error.expect("an error")));
    assert_eq!(scalars.len(), 6);
}

#[test]
fn fewer_steps_are_written_where_asked() {
    for (every, expected) in [(0, vec![]), (7, vec![7, 14, 21, 28])] {
        let folder = scratch("events-every");
        let (train, _) = data();
        let mut board = TensorBoard::new(&folder).every(every);
        let trainer = trainer().keep_best(false);
        trainer.run(&mut Model::<Noisy>::new(1), &train).watch(&mut board).fit().expect("a good run");
        let (scalars, _) = read(&folder.join("train"));
        let steps: Vec<_> = of(&scalars, "step/loss").map(|(step, _)| step).collect();
        assert_eq!(steps, expected);
        assert_eq!(of(&scalars, "epoch/loss").count(), 3);
        // which TensorBoard would show as a run of its own
        assert!(!folder.join("validation").exists());
    }
}

#[test]
fn a_run_that_goes_on_says_from_which_step() {
    let folder = scratch("events-resumed");
    let (train, validation) = data();
    let path = folder.join("run.safetensors");
    let mut board = TensorBoard::new(folder.join("board"));
    for epochs in [1, 2] {
        let trainer = trainer().epochs(epochs).checkpoint(&*path);
        let mut model = Model::<Noisy>::new(1);
        trainer.run(&mut model, &train).validate(&validation).watch(&mut board).resume().expect("a good run");
    }
    let (scalars, mut sessions) = read(&folder.join("board").join("train"));
    sessions.sort_unstable();
    assert_eq!(sessions, [1, 11]);
    assert_eq!(of(&scalars, "step/loss").count(), 20);
}

#[test]
fn runs_into_one_folder_are_read_in_their_order() {
    let folder = scratch("events-order");
    let (train, validation) = data();
    let files = |of: &str| {
        let files = std::fs::read_dir(folder.join(of)).expect("a folder");
        let mut files: Vec<_> = files.map(|file| file.expect("a file").file_name()).collect();
        files.sort();
        files
    };
    // of another program, begun in a second that is still to come
    std::fs::create_dir_all(folder.join("train")).expect("a folder");
    let other = "events.out.tfevents.4000000000.host.17.0";
    std::fs::write(folder.join("train").join(other), "").expect("a file");
    let mut known = vec![other.into()];
    for run in 0..12 {
        let mut board = TensorBoard::new(&folder).every(0);
        let trainer = trainer().epochs(1);
        let mut model = Model::<Noisy>::new(1);
        trainer.run(&mut model, &train).validate(&validation).watch(&mut board).fit().expect("a good run");
        let now = files("train");
        // the file of each run is the last by its name
        assert_eq!(now[..now.len() - 1], known, "run {run}");
        known = now;
        assert_eq!(files("validation").len(), run + 1);
    }
}

#[test]
fn a_run_without_validation_data_leaves_no_other_runs_to_be_shown() {
    let folder = scratch("events-without");
    let (train, validation) = data();
    let trainer = trainer().keep_best(false);
    let board = || TensorBoard::new(&folder).every(0);
    let (mut model, mut first, mut second) = (Model::<Noisy>::new(1), board(), board());
    trainer.run(&mut model, &train).validate(&validation).watch(&mut first).fit().expect("a good run");
    trainer.run(&mut model, &train).watch(&mut second).fit().expect("a good run");
    for of in ["train", "validation"] {
        assert_eq!(read(&folder.join(of)).1, [1, 1], "{of}");
    }
}

#[test]
fn a_file_that_was_removed_is_made_again_of_whole_records() {
    /// Removes the files after a step.
    struct Removes(PathBuf);
    impl<N: plywood::Layer, T: Scalar> plywood::train::Callback<N, T> for Removes {
        fn on_step(
            &mut self,
            step: &plywood::train::StepEnd<'_, N, T>,
        ) -> plywood::Result<plywood::train::Control> {
            if step.steps_taken == 3 {
                std::fs::remove_dir_all(&self.0).expect("a folder");
            }
            Ok(plywood::train::Control::Continue)
        }
    }
    let folder = scratch("events-removed");
    // 430 steps: several times what is held before it is written, and some of them still held at the end
    let train = Points::<8>::random(860, 3, 1);
    let mut watching = (TensorBoard::new(&folder), Removes(folder.join("train")));
    let trainer = trainer().epochs(1).batch_size(2).accumulate(1).keep_best(false);
    let mut model = Model::<Noisy>::new(1);
    trainer.run(&mut model, &train).watch(&mut watching).fit().expect("a good run");
    let (scalars, _) = read(&folder.join("train"));
    let steps: Vec<_> = of(&scalars, "step/loss").map(|(step, _)| step).collect();
    // those that were held when the file was made again: the last ones, none if the epoch's record found no room beside them
    let first = 431 - steps.len() as u64;
    assert_eq!(steps, (first..=430).collect::<Vec<_>>());
    assert_eq!(of(&scalars, "epoch/loss").count(), 1);
}

#[test]
fn what_was_seen_is_on_the_disk_when_an_error_ends_training() {
    /// Fails after a step.
    struct Fails;
    impl<N: plywood::Layer, T: Scalar> plywood::train::Callback<N, T> for Fails {
        fn on_step(
            &mut self,
            step: &plywood::train::StepEnd<'_, N, T>,
        ) -> plywood::Result<plywood::train::Control> {
            match step.steps_taken {
                23 => Err(plywood::Error::argument("step", 23, "another")),
                _ => Ok(plywood::train::Control::Continue),
            }
        }
    }
    let folder = scratch("events-error");
    let (train, validation) = data();
    let mut watching = (TensorBoard::new(&folder), Fails);
    let mut model = Model::<Noisy>::new(1);
    let found = message(trainer().run(&mut model, &train).validate(&validation).watch(&mut watching).fit());
    assert_eq!(found, "step: found 23, expected another");
    // before the board is dropped
    let (scalars, _) = read(&folder.join("train"));
    assert_eq!(of(&scalars, "step/loss").count(), 23);
    assert_eq!(of(&read(&folder.join("validation")).0, "epoch/loss").count(), 2);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = scratch("events-file");
    let file = folder.join("file");
    std::fs::write(&file, "").expect("a file");
    let (train, _) = data();
    let mut board = TensorBoard::new(&file);
    let trainer = trainer().keep_best(false);
    let found = message(trainer.run(&mut Model::<Noisy>::new(1), &train).watch(&mut board).fit());
    assert!(found.starts_with(&format!("{}: cannot create: ", file.join("train").display())), "{found}");
}
