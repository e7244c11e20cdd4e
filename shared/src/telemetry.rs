//! Logs: a readable line or JSON on standard error.

use std::io::IsTerminal;
use std::time::Instant;

use dashmap::DashMap;
use tracing_subscriber::EnvFilter;

use crate::error::Result;
use crate::repeats::Pauses;

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For machines, one object a line.
    Json,
}

/// Starts logging for the whole process. `level` (off, error, warn, info, debug, trace) is for our
/// own crates only: libraries log requests, and with them tokens and signatures, below `warn`.
pub fn init(level: &str, format: Format) {
    let ours = ["atelier", "bot", "cli", "shared", "webhook"].map(|name| format!("{name}={level}")).join(",");
    // async-stripe, s3s, poise (an interaction's token, in an address) and serenity's websocket log
    // what was sent even at `warn`; their errors reach us as values.
    let quiet = "stripe=off,s3s=off,s3s_fs=off,poise=off,serenity::gateway::ws=off";
    let filter = EnvFilter::new(format!("warn,{ours},{quiet}"));
    // Where standard error is closed, as after its terminal was, it would complain there, and panic.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false);
    let started = match format {
        Format::Text => lines.with_target(false).with_ansi(std::io::stderr().is_terminal()).try_init(),
        Format::Json => lines.json().flatten_event(true).try_init(),
    };
    // A second call, as tests make it, keeps the first subscriber.
    let _ = started;
}

/// Faults of work that is done again and again: each is logged when it begins, then after growing pauses for as
/// long as it goes on, and once more when it is over.
#[derive(Debug, Default)]
pub struct Faults(DashMap<&'static str, Fault>);

#[derive(Debug)]
struct Fault {
    since: Instant,
    pauses: Pauses,
}

impl Faults {
    /// Hands on the result of `what`, such as `housekeeping`, or logs why there is none.
    pub fn logged<T>(&self, what: &'static str, result: Result<T>) -> Option<T> {
        let error = match result {
            Ok(done) => {
                // Read before it is written: this is asked every second, and hardly ever is anything there.
                if self.0.contains_key(what)
                    && let Some((_, fault)) = self.0.remove(what)
                {
                    tracing::info!(seconds = fault.since.elapsed().as_secs(), "{what} works again");
                }
                return Some(done);
            }
            Err(error) => error,
        };
        let now = Instant::now();
        let mut begun = false;
        let mut fault = self.0.entry(what).or_insert_with(|| {
            begun = true;
            Fault { since: now, pauses: Pauses::new(now) }
        });
        if begun {
            tracing::error!(%error, "{what} failed");
        } else if let Some(times) = fault.pauses.again(now) {
            tracing::error!(%error, times, "{what} still fails");
        }
        None
    }
}
