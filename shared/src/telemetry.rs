//! Logs: a readable line or JSON on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

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
    let quiet = "stripe=off,stripe_webhook=off,s3s=off,s3s_fs=off,poise=off,serenity::gateway::ws=off";
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
