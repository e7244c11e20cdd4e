//! What was found, and how it is said; what the checks have in common.

use std::time::Duration;

use shared::config::Config;
use shared::platform::standing::Trouble;
use shared::texts::Language;
use shared::{Error, Result};

use crate::print::{Mark, line};

/// The longest wait for the database, and for one step with the storage.
pub(super) const STEP_TIMEOUT: Duration = Duration::from_secs(15);
/// Width of the names before what was found.
const NAME_WIDTH: usize = 16;

/// What was found so far.
pub(super) struct Doctor {
    pub(super) config: Config,
    pub(super) says: Says,
    /// The accounts at Stripe that the database knows, each with its mode.
    pub(super) accounts: Vec<(bool, String)>,
    pub(super) notices: usize,
    pub(super) failures: usize,
}

/// Where the doctor says what it finds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// All of it, to whoever asked.
    Printed,
    /// What is to be looked at, to the log: the services start beside it.
    Logged,
}

impl Doctor {
    /// Nothing yet.
    pub(super) fn new(config: Config, says: Says) -> Doctor {
        Doctor { config, says, accounts: Vec::new(), notices: 0, failures: 0 }
    }

    pub(super) fn good(&mut self, name: &str, what: &str) {
        self.found(Mark::Good, name, what, "");
    }

    pub(super) fn notice(&mut self, name: &str, what: &str, advice: &str) {
        self.found(Mark::Notice, name, what, advice);
    }

    pub(super) fn bad(&mut self, name: &str, what: &str, advice: &str) {
        self.found(Mark::Bad, name, what, advice);
    }

    pub(super) fn found(&mut self, mark: Mark, name: &str, what: &str, advice: &str) {
        match mark {
            Mark::Good => {}
            Mark::Notice => self.notices += 1,
            Mark::Bad => self.failures += 1,
        }
        if self.says == Says::Logged {
            let advised = if advice.is_empty() { String::new() } else { format!(" → {advice}") };
            match mark {
                Mark::Good => {}
                Mark::Notice => tracing::warn!("{name}: {what}{advised}"),
                Mark::Bad => tracing::error!("{name}: {what}{advised}"),
            }
            return;
        }
        line(&format!("{} {name:NAME_WIDTH$}  {what}", mark.sign()));
        if !advice.is_empty() {
            line(&format!("  {:NAME_WIDTH$}  → {advice}", ""));
        }
    }

    /// Prints what an alarm says of the same.
    pub(super) fn trouble(&mut self, name: &str, trouble: Trouble) {
        self.bad(name, &trouble.what().to(Language::English), &trouble.advice().to(Language::English));
    }
}

pub(super) async fn timed<T>(step: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(STEP_TIMEOUT, step).await.unwrap_or_else(|_| Err(Error::Fault("no answer in time".into())))
}

pub(super) async fn download(url: &str) -> Result<(u16, Vec<u8>)> {
    // The address is a secret for as long as it works.
    let fault = |error: reqwest::Error| Error::Fault(format!("no connection: {}", error.without_url()));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().map_err(fault)?;
    let answer = client.get(url).send().await.map_err(fault)?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await.map_err(fault)?;
    Ok((status, body.to_vec()))
}

/// What an outside service said, without its name.
pub(super) fn detail(error: &Error) -> String {
    match error {
        Error::Outside { detail, .. } => detail.clone(),
        other => other.to_string(),
    }
}

/// A name that somebody else chose, without what would confuse a terminal.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.chars().filter(|c| !c.is_control()).collect::<String>())
}
