//! Places that files are written to and read from: links, rights, pipes, devices, neighbors, full disks, folders that go.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use plywood::preprocess::NormalizeContrast;
use plywood::train::{Callback, Control, EpochEnd};
use plywood::{Layer, Result};

use super::*;

/// A name, and the function that writes a file of that name.
type Writer = (&'static str, fn(&Path) -> Result<()>);

fn simple() -> Trainer {
    Trainer::new().epochs(1).batch_size(40)
}

fn train(trainer: &Trainer) -> Result<History> {
    trainer.train(&mut Model::<Noisy>::new(1), &data().0)
}

/// All that this library writes.
const WRITERS: &[Writer] = &[
    ("model.safetensors", |path| Model::<Noisy>::new(1).save(path)),
    ("kept.safetensors", |path| {
        Model::<Noisy>::new(1).save_with(&NormalizeContrast::<Flat<8>>::new(0.5)?, path)
    }),
    ("run.safetensors", |path| train(&simple().checkpoint(path)).map(drop)),
    ("log.csv", |path| train(&simple().log(path)).map(drop)),
    ("log.jsonl", |path| train(&simple().log(path)).map(drop)),
    ("curves.svg", |path| train(&simple().picture(path)).map(drop)),
    ("history.svg", |path| train(&simple())?.draw(path)),
    ("range.svg", |path| {
        let test = plywood::train::RangeTest { from: 1e-3, to: 1.0, steps: 10 };
        simple().find_learning_rate(&Model::<Noisy>::new(1), &data().0, test)?.draw(path)
    }),
    ("search.svg", |path| {
        let (train, validation) = data();
        let start = |&rate: &f64| Ok((Model::<Noisy>::new(1), simple().learning_rate(rate)));
        let found = plywood::train::search::Search::new().run([0.1], start, &train, &validation)?;
        found.draw(path, "rate", |&rate| rate)
    }),
    ("report.html", |path| {
        let (train, validation) = data();
        let trainer = simple();
        let mut recorder = trainer.recorder(path.parent().expect("a folder"), &validation);
        trainer
            .run(&mut Model::<Noisy>::new(1), &train)
            .validate(&validation)
            .watch(&mut recorder)
            .fit()
            .map(drop)
    }),
    ("picture.png", |path| plywood::detect::Picture::<f32>::new(2, 2, 1, vec![0.5; 4])?.save(path)),
];

/// Returns the names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn links_are_followed_and_nothing_else_is_left() {
    for &(name, write) in WRITERS {
        for there in [true, false] {
            let root = scratch("links");
            let (link, store) = (root.join(name), root.join("store"));
            fs::create_dir(&store).expect("a folder");
            if there {
                fs::write(store.join(name), "old").expect("a write");
            }
            // one link to another
            symlink(Path::new("store").join("other"), &link).expect("a link");
            symlink(name, store.join("other")).expect("a link");
            write(&link).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(link.is_symlink() && store.join("other").is_symlink(), "{name}");
            let content = fs::read(store.join(name)).expect(name);
            assert!(!content.is_empty() && content != b"old", "{name}");
            let mut expected = [vec![name, "store"], vec![name, "other"]];
            // what a run that goes on needs lies beside the page
            expected[0].extend((name == "report.html").then_some("report.record"));
            for names in &mut expected {
                names.sort_unstable();
            }
            assert_eq!([names(&root), names(&store)], expected);
        }
    }
}

#[test]
fn the_checkpoint_before_lies_beside_what_a_link_leads_to() {
    let root = scratch("linked-run");
    let store = root.join("store");
    fs::create_dir(&store).expect("a folder");
    let link = root.join("run.safetensors");
    symlink("store/run.safetensors", &link).expect("a link");
    train(&simple().epochs(3).checkpoint(&*link)).expect("a good run");
    assert_eq!(names(&store), ["run.previous.safetensors", "run.safetensors"]);
    assert_eq!(names(&root), ["run.safetensors", "store"]);
    // a run goes on from it
    fs::write(store.join("run.safetensors"), "damaged").expect("a write");
    let (train, _) = data();
    let trainer = simple().epochs(3).checkpoint(&*link);
    let report = trainer.run(&mut Model::<Noisy>::new(1), &train).resume().expect("a good run");
    assert_eq!(report.resumed.expect("it goes on").path, store.join("run.previous.safetensors"));
}

#[test]
fn the_checkpoint_before_may_be_a_link() {
    let root = scratch("linked-previous");
    let (path, link) = (root.join("run.safetensors"), root.join("run.previous.safetensors"));
    // into a folder that is made
    symlink("store/before.safetensors", &link).expect("a link");
    let kept = root.join("store").join("before.safetensors");
    for _ in 0..2 {
        train(&simple().epochs(3).checkpoint(&*path)).expect("a good run");
        assert!(link.is_symlink() && !kept.is_symlink());
        Model::<Noisy>::load(&kept).expect("a checkpoint");
        assert_eq!(names(&root), ["run.previous.safetensors", "run.safetensors", "store"]);
        assert_eq!(names(&root.join("store")), ["before.safetensors"]);
    }
    // there is none after a run of one checkpoint
    train(&simple().checkpoint(&*path)).expect("a good run");
    assert!(link.is_symlink() && !kept.exists());
}

#[test]
fn access_rights_stay() {
    let umask = {
        let path = scratch("umask").join("file");
        fs::write(&path, "").expect("a write");
        fs::metadata(path).expect("a file").permissions().mode() & 0o777
    };
    let folder = scratch("rights");
    for &(name, write) in WRITERS {
        let path = folder.join(name);
        let mode = || fs::metadata(&path).expect(name).permissions().mode() & 0o777;
        write(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(mode(), umask, "{name}");
        for rights in [0o600, 0o660, 0o666] {
            fs::set_permissions(&path, fs::Permissions::from_mode(rights)).expect("rights");
            write(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(mode(), rights, "{name}");
        }
    }
}

/// Runs work that could wait for ever on a thread of its own.
fn soon<R: Send + 'static>(what: &str, work: impl FnOnce() -> R + Send + 'static) -> R {
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(work()));
    receive.recv_timeout(std::time::Duration::from_mins(1)).unwrap_or_else(|_| panic!("{what} hangs"))
}

/// Makes something that is no regular file, or one that is protected.
fn put(what: &str, path: &Path) {
    match what {
        "a named pipe" => assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success()),
        "a device" => symlink("/dev/zero", path).expect("a link"),
        "a folder" => fs::create_dir(path).expect("a folder"),
        "a link to itself" => symlink(path.file_name().expect("a name"), path).expect("a link"),
        _ => {
            fs::write(path, "kept").expect("a write");
            fs::set_permissions(path, fs::Permissions::from_mode(0o444)).expect("rights");
        }
    }
}

#[test]
fn what_is_no_regular_file_is_refused_and_stays() {
    for &(name, write) in WRITERS {
        for what in ["a named pipe", "a device", "a folder", "a protected file", "a link to itself"] {
            let folder = scratch("irregular");
            let path = folder.join(name);
            put(what, &path);
            let kind = || fs::symlink_metadata(&path).expect(name).file_type();
            let before = kind();
            let found = soon(name, {
                let path = path.clone();
                move || message(write(&path))
            });
            let expected = match what {
                "a protected file" => "the file is protected from writing".to_owned(),
                "a link to itself" => fs::metadata(&path).expect_err("too many links").to_string(),
                what => format!("found {what}, expected a regular file"),
            };
            assert_eq!(found, format!("{}: cannot write: {expected}", path.display()));
            assert_eq!(kind(), before, "{name}");
            assert_eq!(names(&folder), [name]);
            assert!(what != "a protected file" || fs::read(&path).expect(name) == b"kept");
            assert!(what != "a named pipe" || kind().is_fifo());
        }
    }
}

#[test]
fn what_is_no_regular_file_is_not_read() {
    type Pipeline = NormalizeContrast<Flat<8>>;
    let readers: [Writer; 3] = [
        ("load", |path| Model::<Noisy>::load(path).map(drop)),
        ("load_with", |path| Model::<Noisy>::load_with::<Pipeline>(path).map(drop)),
        ("resume", |path| {
            let (train, _) = data();
            simple().checkpoint(path).run(&mut Model::<Noisy>::new(1), &train).resume().map(drop)
        }),
    ];
    for (name, read) in readers {
        for what in ["a named pipe", "a device", "a folder"] {
            let path = scratch("irregular-read").join("run.safetensors");
            put(what, &path);
            let found = soon(name, {
                let path = path.clone();
                move || message(read(&path))
            });
            assert!(found.starts_with(&format!("{}: cannot ", path.display())), "{name}: {found}");
            assert!(found.ends_with(&format!("found {what}, expected a regular file")), "{name}: {found}");
        }
        // where a checkpoint before the newest one is expected too
        let path = scratch("irregular-previous").join("run.safetensors");
        put("a named pipe", &path.with_extension("previous.safetensors"));
        assert!(soon(name, move || read(&path)).is_err(), "{name}");
    }
}

#[test]
fn an_empty_path_is_called_so() {
    for &(name, write) in WRITERS.iter().filter(|(name, _)| *name != "report.html") {
        let found = message(write(Path::new("")));
        assert_eq!(found, "path: found an empty one, expected that of a file to write", "{name}");
    }
    let found = message(Model::<Noisy>::load(""));
    assert_eq!(found, "path: found an empty one, expected that of a file to read");
}

#[test]
fn neighbors_of_like_names_stay() {
    for &(name, write) in WRITERS {
        let folder = scratch("neighbors");
        let (stem, ending) = name.split_once('.').expect("an ending");
        let mut neighbors = [
            format!("{name}.new"),
            format!("{name}.lock"),
            format!("{name}.tmp"),
            format!("{stem}.unfinished.{ending}"),
            format!("{stem}.lock"),
            ".plywood-mine.tmp".to_owned(),
        ];
        for neighbor in &neighbors {
            fs::write(folder.join(neighbor), "mine").expect("a write");
        }
        write(&folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        for neighbor in &neighbors {
            assert_eq!(fs::read(folder.join(neighbor)).expect(neighbor), b"mine", "{neighbor}");
        }
        let mut expected = vec![name.to_owned()];
        expected.extend((name == "report.html").then(|| "report.record".to_owned()));
        expected.append(&mut neighbors.iter_mut().map(std::mem::take).collect());
        expected.sort();
        assert_eq!(names(&folder), expected);
    }
}

/// The variable with the folder in which the child writes.
const FOLDER: &str = "PLYWOOD_FULL_FOLDER";

network! { Large: Flat<64> => Flat<64> { fc1: dense(64), relu, fc2: dense(64) } }

/// Writes as the child that the parent starts under a limit on the size of files; alone it does nothing.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    let large = folder.join("large.safetensors");
    let data = Points::<64>::random(20, 64, 1);
    let train = |trainer: Trainer| trainer.train(&mut Model::<Large>::new(1), &data).map(drop);
    let old = fs::read(&large).expect("a file");
    let mut results = vec![
        Model::<Large>::new(2).save(&large),
        Model::<Large>::new(2).save(folder.join("new.safetensors")),
        train(simple().checkpoint(folder.join("run.safetensors"))),
        train(simple().epochs(100).log(folder.join("log.csv"))),
        train(simple().epochs(100).log(folder.join("log.jsonl"))),
    ];
    results.push(train(simple().picture(folder.join("curves.svg"))));
    for result in results.drain(..) {
        let found = message(result);
        assert!(found.contains(": cannot write: File too large"), "{found}");
    }
    assert_eq!(fs::read(&large).expect("a file"), old);
    assert_eq!(names(&folder), ["large.safetensors", "log.csv", "log.jsonl"]);
    for log in ["log.csv", "log.jsonl"] {
        let text = fs::read_to_string(folder.join(log)).expect("a log");
        assert!(text.len() <= 4096 && text.lines().count() > 10 && text.ends_with('\n'), "{text}");
    }
}

/// A limit on the size of files stands for the full disk.
#[test]
fn no_part_of_a_file_stays_on_a_full_disk() {
    let folder = scratch("full");
    Model::<Large>::new(1).save(folder.join("large.safetensors")).expect("a file");
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" --exact run::files::child";
    let child = Command::new("bash")
        .args(["-c", script])
        .arg(std::env::current_exe().expect("this program"))
        .env(FOLDER, &folder)
        .stdout(Stdio::piped())
        .output()
        .expect("bash");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}

/// Removes a folder at the end of the second epoch, as a cleaner of temporary files does.
struct Removes(PathBuf);

impl<N: Layer, T: Scalar> Callback<N, T> for Removes {
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        if epoch.epoch.number == 2 {
            fs::remove_dir_all(&self.0).expect("a folder");
        }
        Ok(Control::Continue)
    }
}

#[test]
fn a_folder_that_is_removed_is_made_again() {
    let folder = scratch("removed").join("made");
    let trainer = simple().epochs(4).checkpoint(folder.join("run.safetensors")).log(folder.join("log.csv"));
    let trainer = trainer.picture(folder.join("curves.svg"));
    let (train, validation) = data();
    let watching = ();
    let watching = (trainer.recorder(&folder, &validation), watching);
    let watching = (plywood::train::TensorBoard::new(folder.join("board")), watching);
    let mut watching = (watching, Removes(folder.clone()));
    let mut model = Model::<Noisy>::new(1);
    let report =
        trainer.run(&mut model, &train).validate(&validation).watch(&mut watching).fit().expect("a good run");

    let mut expected = vec!["log.csv", "run.previous.safetensors", "run.safetensors"];
    expected.push("curves.svg");
    expected.extend(["report.html", "report.record"]);
    {
        expected.push("board");
        let event_files = names(&folder.join("board").join("train"));
        assert_eq!(event_files.len(), 1);
    }
    expected.sort_unstable();
    assert_eq!(names(&folder), expected);
    assert_eq!(Model::<Noisy>::load(folder.join("run.safetensors")).expect("a checkpoint"), model);
    let log = fs::read_to_string(folder.join("log.csv")).expect("a log");
    let losses: Vec<f64> = log
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).expect("a loss").parse().expect("a number"))
        .collect();
    assert_eq!(losses, report.epochs.iter().map(|epoch| epoch.train.loss).collect::<Vec<_>>());
}
