//! Tests of requests from many callers. A network that waits at a gate decides what is waiting when, so that no test
//! depends on time.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use super::{Answer, Batcher, Settings};
use crate::core::Dims;
use crate::error::{Error, Result};
use crate::layers::{Dense, Relu};
use crate::model::{Inference, Model, Predictor};

/// Longer than any test.
const HOUR: Duration = Duration::from_hours(1);

/// Doubles numbers. Each batch is reported, and then waits at a gate. 13 is an error, and 666 a panic.
#[derive(Clone)]
struct Doubles {
    begun: Sender<Vec<f32>>,
    gate: Arc<Mutex<Receiver<()>>>,
}

impl Inference for Doubles {
    fn input(&self) -> Dims {
        Dims::Flat(1)
    }
    fn output(&self) -> Dims {
        Dims::Flat(1)
    }
    fn class_names(&self) -> Option<&[String]> {
        None
    }
    fn memory(&self) -> usize {
        0
    }
    fn infer_batch(&mut self, x: &[f32], y: &mut [f32]) -> Result<()> {
        let _ = self.begun.send(x.to_vec());
        // open for good when the other end is gone
        let _ = self.gate.lock().expect("no panic at the gate").recv();
        for (x, y) in x.iter().zip(y) {
            match *x {
                13.0 => return Err(Error::argument("x", x, "a lucky number")),
                666.0 => panic!("the number of the beast"),
                x => *y = 2.0 * x,
            }
        }
        Ok(())
    }
    fn predict_batch(&mut self, x: &[f32], y: &mut [f32]) -> Result<()> {
        self.infer_batch(x, y)
    }
    fn fork(&self) -> Box<dyn Inference> {
        Box::new(self.clone())
    }
}

/// A batcher of doubles, the batches that it has begun, and its gate.
fn doubles(settings: Settings) -> (Batcher, Receiver<Vec<f32>>, Sender<()>) {
    let ((begun, batches), (open, gate)) = (channel(), channel());
    let doubles = Doubles { begun, gate: Arc::new(Mutex::new(gate)) };
    (Batcher::start(&doubles, settings).expect("a batcher"), batches, open)
}

fn next(batches: &Receiver<Vec<f32>>) -> Vec<f32> {
    batches.recv().expect("a batch")
}

fn submit(batcher: &Batcher, numbers: &[f32]) -> Vec<Answer> {
    numbers.iter().map(|&number| batcher.submit(vec![number]).expect("room")).collect()
}

fn wait(answers: Vec<Answer>) -> Vec<f32> {
    answers.into_iter().map(|answer| answer.wait().expect("an answer")[0]).collect()
}

#[test]
fn requests_gather_while_a_batch_is_computed() {
    let (batcher, batches, open) = doubles(Settings { batch: 4, ..Settings::default() });
    let mut answers = submit(&batcher, &[1.0]);
    assert_eq!(next(&batches), [1.0]);
    answers.extend(submit(&batcher, &[2.0, 3.0, 4.0, 5.0, 6.0, 7.0]));
    for expected in [&[2.0, 3.0, 4.0, 5.0][..], &[6.0, 7.0]] {
        open.send(()).expect("a worker");
        assert_eq!(next(&batches), expected);
    }
    drop(open);
    assert_eq!(wait(answers), [2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0]);
    assert_eq!((batcher.requests(), batcher.batches()), (7, 3));
}

#[test]
fn a_full_batch_waits_for_no_delay() {
    let (batcher, batches, _) = doubles(Settings { batch: 3, delay: HOUR, ..Settings::default() });
    let answers = submit(&batcher, &[1.0, 2.0, 3.0]);
    assert_eq!(next(&batches), [1.0, 2.0, 3.0]);
    assert_eq!(wait(answers), [2.0, 4.0, 6.0]);
}

#[test]
fn a_batch_that_does_not_fill_up_is_computed_after_the_delay() {
    for delay in [Duration::ZERO, Duration::from_millis(1)] {
        let (batcher, _, _) = doubles(Settings { delay, ..Settings::default() });
        assert_eq!(batcher.predict(&[4.0]).expect("an answer"), [8.0]);
    }
}

#[test]
fn what_was_accepted_is_answered_when_it_is_closed() {
    for dropped in [false, true] {
        let settings = Settings { batch: 8, delay: Duration::MAX, workers: 2, ..Settings::default() };
        let (batcher, batches, _) = doubles(settings);
        let answers = submit(&batcher, &[1.0, 2.0]);
        if dropped {
            drop(batcher);
        } else {
            batcher.close();
            assert_eq!(next(&batches), [1.0, 2.0]);
            for error in [batcher.submit(vec![3.0]).map(drop), batcher.predict(&[3.0]).map(drop)] {
                let error = error.expect_err("closed");
                assert!(matches!(error, Error::Unavailable { .. }), "{error}");
                let expected = "batcher: found that it is closed, expected one that accepts requests";
                assert_eq!(error.to_string(), expected);
            }
        }
        assert_eq!(wait(answers), [2.0, 4.0]);
    }
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a payload that panics");
    }
}

/// A network of an input and an output of the given lengths. It waits at its gate, and then panics with a [`Bomb`],
/// which ends the worker.
#[derive(Clone)]
struct Fatal {
    sides: [usize; 2],
    gate: Arc<Mutex<Receiver<()>>>,
}

impl Inference for Fatal {
    fn input(&self) -> Dims {
        Dims::Flat(self.sides[0])
    }
    fn output(&self) -> Dims {
        Dims::Flat(self.sides[1])
    }
    fn class_names(&self) -> Option<&[String]> {
        None
    }
    fn memory(&self) -> usize {
        0
    }
    fn infer_batch(&mut self, _: &[f32], _: &mut [f32]) -> Result<()> {
        let _ = self.gate.lock().map(|gate| gate.recv());
        std::panic::panic_any(Bomb)
    }
    fn predict_batch(&mut self, x: &[f32], y: &mut [f32]) -> Result<()> {
        self.infer_batch(x, y)
    }
    fn fork(&self) -> Box<dyn Inference> {
        Box::new(self.clone())
    }
}

#[test]
fn a_network_without_input_or_output_is_refused() {
    let (_open, gate) = channel();
    let gate = Arc::new(Mutex::new(gate));
    for (sides, what) in [([0, 1], "input"), ([1, 0], "output")] {
        let network = Fatal { sides, gate: Arc::clone(&gate) };
        let error = Batcher::start(&network, Settings::default()).expect_err("an empty side");
        assert_eq!(error.to_string(), format!("{what} of the network: found 0, expected at least 1 number"));
    }
}

#[test]
fn no_caller_waits_for_workers_that_have_ended() {
    for workers in [1, 2] {
        let (open, gate) = channel();
        let network = Fatal { sides: [1, 1], gate: Arc::new(Mutex::new(gate)) };
        let batcher = Batcher::start(&network, Settings { batch: 1, workers, ..Settings::default() });
        let batcher = batcher.expect("a batcher");
        let answers = submit(&batcher, &[1.0, 2.0, 3.0, 4.0]);
        drop(open);
        for answer in answers {
            let error = answer.wait().expect_err("no worker");
            assert!(matches!(error, Error::Unavailable { .. }), "{error}");
        }
        let error = batcher.predict(&[5.0]).expect_err("no worker");
        assert!(matches!(error, Error::Unavailable { .. }), "{error}");
    }
}

#[test]
fn dropped_answers_leave_room() {
    let (batcher, batches, open) = doubles(Settings { batch: 2, queue: 4, ..Settings::default() });
    let mut answers = submit(&batcher, &[1.0]);
    next(&batches);
    drop(submit(&batcher, &[2.0, 3.0, 4.0, 5.0]));
    answers.extend(submit(&batcher, &[6.0, 7.0, 8.0, 9.0]));
    assert!(batcher.submit(vec![10.0]).is_err(), "four are waited for");
    drop(open);
    assert_eq!(wait(answers), [2.0, 12.0, 14.0, 16.0, 18.0]);
}

#[test]
fn dropped_answers_fill_no_batch() {
    let (batcher, batches, open) = doubles(Settings { batch: 2, delay: HOUR, ..Settings::default() });
    let first = submit(&batcher, &[1.0, 2.0]);
    next(&batches);
    drop(submit(&batcher, &[3.0]));
    let mut answers = submit(&batcher, &[5.0]);
    open.send(()).expect("a worker");
    assert_eq!(wait(first), [2.0, 4.0]);
    answers.extend(submit(&batcher, &[6.0]));
    drop(open);
    assert_eq!(next(&batches), [5.0, 6.0]);
    assert_eq!(wait(answers), [10.0, 12.0]);
}

#[test]
fn a_full_queue_refuses_or_makes_wait() {
    let (batcher, batches, open) = doubles(Settings { batch: 2, queue: 2, ..Settings::default() });
    let mut answers = submit(&batcher, &[1.0]);
    next(&batches);
    answers.extend(submit(&batcher, &[2.0, 3.0]));
    let error = batcher.submit(vec![4.0]).expect_err("a full queue");
    assert!(matches!(error, Error::Unavailable { what: "queue", .. }), "{error}");
    assert_eq!(error.to_string(), "queue: found 2 waiting requests, expected fewer than 2");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| batcher.predict(&[5.0]));
        drop(open);
        assert_eq!(waiting.join().expect("no panic").expect("an answer"), [10.0]);
    });
    assert_eq!(wait(answers), [2.0, 4.0, 6.0]);
}

#[test]
fn closing_wakes_those_who_wait_for_room() {
    let (batcher, batches, open) = doubles(Settings { batch: 1, queue: 1, ..Settings::default() });
    let mut answers = submit(&batcher, &[1.0]);
    next(&batches);
    answers.extend(submit(&batcher, &[2.0]));
    thread::scope(|scope| {
        let waiting = scope.spawn(|| batcher.predict(&[3.0]));
        batcher.close();
        waiting.join().expect("no panic").expect_err("a closed batcher");
    });
    drop(open);
    assert_eq!(wait(answers), [2.0, 4.0]);
}

#[test]
fn a_bad_request_is_one_error() {
    let (batcher, batches, open) = doubles(Settings::default());
    let first = submit(&batcher, &[1.0]);
    next(&batches);
    let error = batcher.submit(vec![1.0, 2.0]).expect_err("two numbers");
    assert_eq!(error.to_string(), "x: found 2 numbers, expected 1, one example of shape 1");
    batcher.predict(&[]).expect_err("no numbers");
    let answers = submit(&batcher, &[2.0, 13.0, 666.0, 3.0]);
    drop(open);
    let found: Vec<_> = answers.into_iter().map(Answer::wait).collect();
    let [two, unlucky, beast, three] = &found[..] else { panic!("{found:?}") };
    assert_eq!((two.as_deref().ok(), three.as_deref().ok()), (Some(&[4.0][..]), Some(&[6.0][..])));
    assert_eq!(unlucky.as_ref().expect_err("13").to_string(), "x: found 13, expected a lucky number");
    assert_eq!(beast.as_ref().expect_err("666").to_string(), "inference: found a panic, expected an answer");
    assert_eq!(wait(first), [2.0]);
    // one alone is not tried twice
    drop(next(&batches));
    while batches.try_recv().is_ok() {}
    batcher.predict(&[13.0]).expect_err("13");
    assert_eq!(batches.try_iter().collect::<Vec<_>>(), [[13.0]]);
    assert_eq!(batcher.predict(&[7.0]).expect("the worker goes on"), [14.0]);
}

#[test]
fn what_nobody_waits_for_is_not_computed() {
    let (batcher, batches, open) = doubles(Settings::default());
    let first = submit(&batcher, &[1.0]);
    next(&batches);
    drop(submit(&batcher, &[2.0, 3.0]));
    let last = submit(&batcher, &[4.0]);
    drop(open);
    assert_eq!((next(&batches), wait(first), wait(last)), (vec![4.0], vec![2.0], vec![8.0]));
    assert_eq!((batcher.requests(), batcher.batches()), (2, 2));
}

#[test]
fn answers_are_futures() {
    struct Counts(AtomicUsize, Sender<()>);
    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
            self.1.send(()).expect("the test waits");
            panic!("an executor that fails leaves the worker alive");
        }
    }
    let (batcher, batches, open) = doubles(Settings::default());
    let mut answer = pin!(batcher.submit(vec![21.0]).expect("room"));
    next(&batches);
    let (woken, wakes) = channel();
    let counts = Arc::new(Counts(AtomicUsize::new(0), woken));
    let waker = Waker::from(Arc::clone(&counts));
    let mut context = Context::from_waker(&waker);
    // twice, as an executor may: one waker is woken
    for _ in 0..2 {
        assert!(answer.as_mut().poll(&mut context).is_pending());
    }
    open.send(()).expect("a worker");
    wakes.recv().expect("a wake");
    let Poll::Ready(Ok(y)) = answer.as_mut().poll(&mut context) else { panic!("no answer") };
    assert_eq!((y, counts.0.load(Ordering::SeqCst)), (vec![42.0], 1));
    let Poll::Ready(Err(error)) = answer.as_mut().poll(&mut context) else { panic!("two answers") };
    assert_eq!(error.to_string(), "answer: found that it was taken before, expected to be asked once");
    drop(open);
    assert_eq!(batcher.predict(&[1.0]).expect("the worker goes on"), [2.0]);
}

#[test]
fn many_callers_get_the_bits_of_single_inferences() {
    type Net = ((Dense<6, 32>, Relu<crate::Flat<32>>), Dense<32, 3>);
    let mut model = Model::<Net>::new(5);
    model.name_classes(["a", "b", "c"]);
    let mut alone = Predictor::shared(model);
    let settings = Settings { batch: 7, workers: 3, queue: 8, ..Settings::default() };
    let batcher = Batcher::start(&alone, settings).expect("a batcher");
    assert_eq!((batcher.input(), batcher.output()), (Dims::Flat(6), Dims::Flat(3)));
    assert_eq!(batcher.class_names().expect("names").len(), 3);
    let example = |caller: usize, request: usize| {
        std::array::from_fn::<f32, 6, _>(|i| ((caller * 1000 + request * 10 + i) as f32).sin())
    };
    thread::scope(|scope| {
        let callers: Vec<_> = (0..8)
            .map(|caller| {
                let batcher = &batcher;
                scope.spawn(move || {
                    let ask = |request| batcher.predict(&example(caller, request)).expect("an answer");
                    (0..50).map(ask).collect::<Vec<_>>()
                })
            })
            .collect();
        for (caller, answers) in callers.into_iter().enumerate() {
            for (request, answer) in answers.join().expect("no panic").into_iter().enumerate() {
                assert_eq!(answer, alone.infer(&example(caller, request)), "{caller}: {request}");
            }
        }
    });
    assert_eq!(batcher.requests(), 400);
    assert!(batcher.batches() <= 400);
}

#[test]
fn settings_are_checked() {
    let model = Arc::new(Model::<Dense<1, 1>>::new(1));
    let cases = [
        (Settings { batch: 0, ..Settings::default() }, "batch: found 0, expected at least 1 example"),
        (Settings { workers: 0, ..Settings::default() }, "workers: found 0, expected at least 1 thread"),
        (
            Settings { batch: 9, queue: 8, ..Settings::default() },
            "queue: found 8, expected room for at least one batch of 9",
        ),
    ];
    for (settings, expected) in cases {
        let predictor = Predictor::shared(Arc::clone(&model));
        let error = Batcher::start(&predictor, settings).expect_err("a bad setting");
        assert_eq!(error.to_string(), expected);
    }
    let settings = Settings { batch: usize::MAX, queue: usize::MAX, ..Settings::default() };
    let batcher = Batcher::start(&Predictor::shared(model), settings).expect("a batcher");
    batcher.predict(&[1.0]).expect("an answer");
}
