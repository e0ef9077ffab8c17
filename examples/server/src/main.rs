//! Runs the server: see README.md.

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use plywood::serve::Settings;
use plywood_server::{Classifier, Limits, choose, serve};
use tokio::net::TcpListener;

/// Serves a classifier of digits.
#[derive(Parser)]
struct Options {
    /// The address to listen at; port 0 takes any that is free.
    #[arg(long, default_value = "127.0.0.1:3000")]
    address: SocketAddr,
    /// The network: `small` or `large`.
    #[arg(long, default_value = "large")]
    network: String,
    /// The model's file. If it does not exist, a model is trained and saved there.
    #[arg(long)]
    model: Option<PathBuf>,
    /// The largest number of requests that are computed together.
    #[arg(long, default_value_t = Settings::default().batch)]
    batch: usize,
    /// The longest time in microseconds that a request waits for others.
    #[arg(long, default_value_t = 0)]
    delay: u64,
    /// The number of threads that compute batches.
    #[arg(long, default_value_t = 1)]
    workers: usize,
    /// Computes each request by itself, on the thread that has read it.
    #[arg(long)]
    unbatched: bool,
    /// The longest time in seconds that the server waits for connections to end when it is stopped.
    #[arg(long, default_value_t = Limits::default().grace.as_secs())]
    grace: u64,
}

/// Becomes ready at Ctrl-C, and on Unix at SIGTERM too.
async fn signaled() {
    let interrupted = async {
        // if the system gives no signals, the server runs until it is killed
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    interrupted.await;
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let network = choose(&options.network, options.model.as_deref(), 10_000)?;
    let classifier = if options.unbatched {
        Classifier::alone(network)
    } else {
        let delay = Duration::from_micros(options.delay);
        let settings =
            Settings { batch: options.batch, delay, workers: options.workers, ..Settings::default() };
        Classifier::batched(&*network, settings)?
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let limits = Limits { grace: Duration::from_secs(options.grace), ..Limits::default() };
    let answered = runtime.block_on(async {
        let listener = TcpListener::bind(options.address).await?;
        println!("listening at http://{}", listener.local_addr()?);
        serve(listener, classifier, limits, signaled(), signaled()).await
    })?;
    println!("{}", if answered { "every request is answered" } else { "ended with open connections" });
    Ok(())
}
