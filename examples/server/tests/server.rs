//! Starts the server in this process and talks to it as many clients do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use plywood::data::digits;
use plywood::serve::Settings;
use plywood::{Dataset, Dims, Inference, Result, softmax};
use plywood_server::{Answer, Classifier, Health, LIMIT, Limits, Problem, choose, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A digit seven, which README.md posts.
const SEVEN: &str = include_str!("../seven.json");

/// Longer than any test.
const HOUR: Duration = Duration::from_hours(1);

/// A server on a free port. It is shut down when it is dropped.
struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    abort: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<bool>>,
}

impl Server {
    fn start(classifier: Classifier) -> Self {
        Self::with(classifier, Limits { body: HOUR, grace: HOUR })
    }

    fn with(classifier: Classifier, limits: Limits) -> Self {
        let ((stop, stopped), (abort, aborted)) = (oneshot::channel::<()>(), oneshot::channel::<()>());
        let (bound, address) = channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
                bound.send(listener.local_addr().expect("an address")).expect("the test waits");
                let (stopped, aborted) = (async { drop(stopped.await) }, async { drop(aborted.await) });
                serve(listener, classifier, limits, stopped, aborted).await.expect("a listener")
            })
        });
        let address = address.recv().expect("a server");
        Self { address, stop: Some(stop), abort: Some(abort), thread: Some(thread) }
    }

    fn connect(&self) -> Client {
        Client(BufReader::new(TcpStream::connect(self.address).expect("a connection")))
    }

    /// Stops the server, and returns whether every request was answered.
    fn stop(&mut self) -> bool {
        drop(self.stop.take());
        self.thread.take().expect("a server that was not stopped before").join().expect("no panic")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

/// A connection that stays open.
struct Client(BufReader<TcpStream>);

impl Client {
    /// Sends a request, and returns the status and the body of the answer.
    fn ask(&mut self, method: &str, path: &str, body: &[u8]) -> (u16, String) {
        self.send(method, path, body);
        self.answer()
    }

    fn send(&mut self, method: &str, path: &str, body: &[u8]) {
        let head =
            format!("{method} {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {}\r\n\r\n", body.len());
        let stream = self.0.get_mut();
        stream.write_all(head.as_bytes()).expect("a server that reads");
        // a body that is too large is not read to its end
        let _ = stream.write_all(body);
    }

    fn answer(&mut self) -> (u16, String) {
        let (mut status, mut length) = (None, 0);
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).expect("a line");
            let line = line.trim_end().to_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(rest) = line.strip_prefix("http/1.1 ") {
                status = rest[..3].parse().ok();
            } else if let Some(rest) = line.strip_prefix("content-length: ") {
                length = rest.parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).expect("a body");
        (status.expect("a status"), String::from_utf8(body).expect("text"))
    }

    fn classify(&mut self, digit: &[f32]) -> Answer {
        let (status, body) = self.ask("POST", "/classify", &serde_json::to_vec(digit).expect("numbers"));
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("an answer")
    }
}

fn trained() -> Box<dyn Inference> {
    choose("small", None, 2000).expect("a network")
}

#[test]
fn many_clients_get_the_answers_of_their_own_digits() {
    const CLIENTS: usize = 8;
    const REQUESTS: usize = 20;
    let network = trained();
    let data = digits(CLIENTS * REQUESTS, 2);
    let mut alone = network.fork();
    let expected: Vec<(Vec<f32>, Vec<f32>)> = (0..data.len())
        .map(|index| {
            let (mut x, mut y) = (vec![0.0; 784], vec![0.0; 10]);
            data.read(index, &mut x);
            alone.infer(&x, &mut y).expect("a digit");
            softmax(&mut y);
            (x, y)
        })
        .collect();
    let settings = Settings { batch: 4, workers: 2, ..Settings::default() };
    let classifiers =
        [Classifier::batched(&*network, settings).expect("a classifier"), Classifier::alone(network)];
    for classifier in classifiers {
        let server = Server::start(classifier);
        let right: usize = thread::scope(|scope| {
            let clients: Vec<_> = expected
                .chunks(REQUESTS)
                .enumerate()
                .map(|(client, digits)| {
                    let (data, mut connection) = (&data, server.connect());
                    scope.spawn(move || {
                        let right = |(index, (x, y)): (usize, &(Vec<f32>, Vec<f32>))| {
                            let answer = connection.classify(x);
                            assert_eq!(&answer.probabilities, y);
                            usize::from(answer.class == data.label(client * REQUESTS + index))
                        };
                        digits.iter().enumerate().map(right).sum::<usize>()
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().expect("no panic")).sum()
        });
        // a tenth would be right by chance
        assert!(right > data.len() / 2, "{right} of {}", data.len());
        let (status, health) = server.connect().ask("GET", "/health", b"");
        let health: Health = serde_json::from_str(&health).expect("JSON");
        assert_eq!((status, health.status.as_str(), health.requests), (200, "ok", data.len() as u64));
        assert!(health.batches <= health.requests);
    }
}

#[test]
fn the_digit_of_the_readme_is_a_seven() {
    let server = Server::start(Classifier::alone(trained()));
    let (status, body) = server.connect().ask("POST", "/classify", SEVEN.as_bytes());
    let answer: Answer = serde_json::from_str(&body).expect("an answer");
    assert_eq!((status, answer.class), (200, 7), "{body}");
}

#[test]
fn bad_requests_are_errors_in_json() {
    let server = Server::start(Classifier::batched(&*trained(), Settings::default()).expect("a classifier"));
    let numbers = |count: usize, number: &str| format!("[{}]", vec![number; count].join(","));
    let cases: [(&str, &str, String, u16, &str); 12] = [
        ("POST", "/classify", String::new(), 400, "expected an array of numbers"),
        ("POST", "/classify", "seven".to_owned(), 400, "expected an array of numbers"),
        ("POST", "/classify", "{\"pixels\": []}".to_owned(), 400, "expected an array of numbers"),
        ("POST", "/classify", numbers(784, "\"0\""), 400, "expected an array of numbers"),
        ("POST", "/classify", numbers(784, "null"), 400, "expected an array of numbers"),
        ("POST", "/classify", numbers(784, "1e999"), 400, "expected an array of numbers"),
        (
            "POST",
            "/classify",
            numbers(784, "255"),
            400,
            "found 255 as number 0, expected numbers from 0 to 1",
        ),
        ("POST", "/classify", numbers(783, "0"), 400, "x: found 783 numbers, expected 784"),
        ("POST", "/classify", "[]".to_owned(), 400, "x: found 0 numbers, expected 784"),
        ("POST", "/classify", " ".repeat(LIMIT + 1), 413, "more than 32768 bytes"),
        ("GET", "/classify", String::new(), 405, "expected POST /classify"),
        ("POST", "/classified", numbers(784, "0"), 404, "expected POST /classify"),
    ];
    for (method, path, body, expected, part) in cases {
        let (status, answer) = server.connect().ask(method, path, body.as_bytes());
        assert_eq!(status, expected, "{answer}");
        let problem: Problem = serde_json::from_str(&answer).expect("JSON");
        assert!(problem.error.contains(part), "no {part} in: {}", problem.error);
    }
    // none of them harmed the others
    assert_eq!(server.connect().ask("POST", "/classify", SEVEN.as_bytes()).0, 200);
}

/// A network of one number that reports what it begins with, and then waits at a gate.
#[derive(Clone)]
struct Gated(Sender<()>, Arc<Mutex<Receiver<()>>>);

impl Inference for Gated {
    fn input(&self) -> Dims {
        Dims::Flat(1)
    }
    fn output(&self) -> Dims {
        Dims::Flat(2)
    }
    fn class_names(&self) -> Option<&[String]> {
        None
    }
    fn memory(&self) -> usize {
        0
    }
    fn infer_batch(&mut self, _: &[f32], y: &mut [f32]) -> Result<()> {
        let _ = self.0.send(());
        let _ = self.1.lock().expect("no panic").recv();
        y.fill(0.0);
        Ok(())
    }
    fn predict_batch(&mut self, x: &[f32], y: &mut [f32]) -> Result<()> {
        self.infer_batch(x, y)
    }
    fn fork(&self) -> Box<dyn Inference> {
        Box::new(self.clone())
    }
}

/// A server whose network waits at a gate, what it has begun, and the gate.
fn gated() -> (Server, Receiver<()>, Sender<()>) {
    let ((begun, begins), (open, gate)) = (channel(), channel());
    let network = Gated(begun, Arc::new(Mutex::new(gate)));
    let settings = Settings { batch: 1, queue: 1, ..Settings::default() };
    (Server::start(Classifier::batched(&network, settings).expect("a classifier")), begins, open)
}

#[test]
fn a_full_queue_is_an_answer() {
    let (server, begins, open) = gated();
    let [mut first, second, third] = [(); 3].map(|()| server.connect());
    first.send("POST", "/classify", b"[1]");
    begins.recv().expect("the worker has the first request");
    // the queue has room for one of these
    let (done, answers) = channel();
    for mut client in [second, third] {
        let done = done.clone();
        thread::spawn(move || done.send(client.ask("POST", "/classify", b"[0.5]")));
    }
    let (status, body) = answers.recv().expect("an answer");
    assert_eq!(status, 503, "{body}");
    assert_eq!(body, r#"{"error":"queue: found 1 waiting requests, expected fewer than 1"}"#);
    drop(open);
    assert_eq!(answers.recv().expect("an answer").0, 200);
    assert_eq!(first.answer().0, 200);
}

#[test]
fn requests_under_way_are_answered_before_the_end() {
    let (mut server, begins, open) = gated();
    let (mut client, idle) = (server.connect(), server.connect());
    client.send("POST", "/classify", b"[1]");
    begins.recv().expect("the worker has the request");
    drop(server.stop.take());
    drop(open);
    assert_eq!(client.answer().0, 200);
    assert!(server.stop());
    drop(idle);
    assert!(TcpStream::connect(server.address).is_err(), "the port is closed");
}

/// Begins a request whose body does not come, and waits until the server reads it.
fn begin_request(server: &Server) -> Client {
    let mut client = server.connect();
    let head = "POST /classify HTTP/1.1\r\nhost: test\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n";
    client.0.get_mut().write_all(head.as_bytes()).expect("a server that reads");
    assert_eq!(client.answer().0, 100);
    client.0.get_mut().write_all(b"[0.5").expect("a server that reads");
    client
}

#[test]
fn half_a_request_ends_after_the_grace_period() {
    let limits = Limits { body: HOUR, grace: Duration::from_millis(50) };
    let mut server = Server::with(Classifier::alone(trained()), limits);
    let _client = begin_request(&server);
    assert!(!server.stop());
}

#[test]
fn a_second_signal_ends_the_grace_period() {
    let mut server = Server::start(Classifier::alone(trained()));
    let _client = begin_request(&server);
    drop(server.abort.take());
    assert!(!server.stop());
}

#[test]
fn half_a_body_is_an_answer() {
    let limits = Limits { body: Duration::from_millis(50), grace: HOUR };
    let server = Server::with(Classifier::alone(trained()), limits);
    let (status, body) = begin_request(&server).answer();
    assert_eq!(status, 408, "{body}");
    assert!(body.contains("body: found no end of it after 50ms"), "{body}");
}
