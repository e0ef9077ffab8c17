//! Defines what clients send and get.

use std::future::{Future, IntoFuture, pending};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use plywood::{Error, softmax};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use crate::Classifier;

/// The longest body in bytes: room for 784 numbers with more digits than an `f32` has.
pub const LIMIT: usize = 32 << 10;

/// The longest times that the server waits for clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The time for a body to arrive.
    pub body: Duration,
    /// The time for connections to end after a shutdown has begun.
    pub grace: Duration,
}

impl Default for Limits {
    /// Returns ten seconds for each.
    fn default() -> Self {
        Self { body: Duration::from_secs(10), grace: Duration::from_secs(10) }
    }
}

/// The state that the routes share.
struct Shared {
    classifier: Classifier,
    limits: Limits,
}

/// The answer to `POST /classify`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The class with the largest probability.
    pub class: usize,
    /// A probability for each class.
    pub probabilities: Vec<f32>,
}

/// The answer to `GET /health`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `ok`, as long as there is an answer.
    pub status: String,
    /// The number of requests that were computed.
    pub requests: u64,
    /// The number of batches that they were computed in.
    pub batches: u64,
}

/// The error of a request, in JSON as everything else.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Problem {
    /// The message: what was found, and what was expected.
    pub error: String,
    /// The status of the answer.
    #[serde(skip)]
    pub status: StatusCode,
}

impl Problem {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { error: error.into(), status }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let status = match error {
            Error::Argument { .. } => StatusCode::BAD_REQUEST,
            Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}

/// Returns the numbers of an example: a JSON array of numbers from 0 to 1.
fn pixels(body: &[u8]) -> Result<Vec<f32>, Problem> {
    let bad = |error: String| Problem::new(StatusCode::BAD_REQUEST, error);
    let numbers: Vec<f32> = serde_json::from_slice(body)
        .map_err(|error| bad(format!("body: {error}, expected an array of numbers")))?;
    match numbers.iter().position(|number| !(0.0..=1.0).contains(number)) {
        Some(index) => Err(bad(format!(
            "body: found {} as number {index}, expected numbers from 0 to 1",
            numbers[index]
        ))),
        None => Ok(numbers),
    }
}

async fn classify(State(shared): State<Arc<Shared>>, request: Request) -> Result<Json<Answer>, Problem> {
    let limit = shared.limits.body;
    let body = timeout(limit, Bytes::from_request(request, &())).await.map_err(|_| {
        let error = format!("body: found no end of it after {limit:?}, expected an array of numbers");
        Problem::new(StatusCode::REQUEST_TIMEOUT, error)
    })?;
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let error = format!("body: found more than {LIMIT} bytes, expected an array of numbers");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, error)
        }
        status => Problem::new(status, error.body_text()),
    })?;
    let mut probabilities = shared.classifier.scores(pixels(&body)?).await?;
    softmax(&mut probabilities);
    let class = (0..probabilities.len()).max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]));
    Ok(Json(Answer { class: class.unwrap_or(0), probabilities }))
}

async fn health(State(shared): State<Arc<Shared>>) -> Json<Health> {
    let [requests, batches] = shared.classifier.counts();
    Json(Health { status: "ok".to_owned(), requests, batches })
}

/// Returns the server's routes.
pub fn app(classifier: Classifier, limits: Limits) -> Router {
    let no_method =
        async || Problem::new(StatusCode::METHOD_NOT_ALLOWED, "expected POST /classify or GET /health");
    let no_route = async || Problem::new(StatusCode::NOT_FOUND, "expected POST /classify or GET /health");
    Router::new()
        .route("/classify", post(classify))
        .route("/health", get(health))
        .method_not_allowed_fallback(no_method)
        .fallback(no_route)
        .layer(DefaultBodyLimit::max(LIMIT))
        .with_state(Arc::new(Shared { classifier, limits }))
}

/// Serves until `shutdown` is ready, then accepts no more connections, and answers the requests that it has. It ends when
/// they are answered, when the [grace period](Limits::grace) is over, or when `abort` is ready after `shutdown`.
///
/// Returns true if every request was answered.
///
/// # Errors
/// Returns the error of the listener.
pub async fn serve(
    listener: TcpListener,
    classifier: Classifier,
    limits: Limits,
    shutdown: impl Future<Output = ()> + Send + 'static,
    abort: impl Future<Output = ()>,
) -> io::Result<bool> {
    let (begin, begun) = oneshot::channel();
    let shutdown = async {
        shutdown.await;
        let _ = begin.send(());
    };
    let over = async {
        if begun.await.is_err() {
            pending::<()>().await;
        }
        tokio::select! {
            () = sleep(limits.grace) => {}
            () = abort => {}
        }
    };
    let served = axum::serve(listener, app(classifier, limits)).with_graceful_shutdown(shutdown);
    tokio::select! {
        result = served.into_future() => result.map(|()| true),
        () = over => Ok(false),
    }
}
