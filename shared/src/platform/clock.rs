//! The one clock of an [`App`](crate::App).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::types::Timestamp;

/// How long a service may take to say what time it is.
const DATE_TIMEOUT: Duration = Duration::from_secs(5);

/// How soon a sleeper notices that a sandbox's clock was moved.
const NOTICED_WITHIN: Duration = Duration::from_millis(250);

/// The system's clock, one that a test sets by hand, or the one of a sandbox in another process.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// The machine's clock, moved forward like that of the stand-ins that this process talks to.
    Sandbox(Moved),
    /// Stands still until [`Clock::advance`]; clones share the hand.
    Manual(watch::Sender<Timestamp>),
}

impl Clock {
    /// A clock that stands at `start` until it is advanced.
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(watch::Sender::new(start))
    }

    /// The clock of a sandbox that keeps in this file by how many milliseconds it is ahead.
    pub fn of_sandbox(file: &Path) -> Result<Self> {
        let moved = Moved { file: file.into(), last: Arc::default() };
        let by = moved.read().ok_or_else(|| Error::Setup(format!("{} tells no sandbox's time", file.display())))?;
        moved.last.store(by, Ordering::Relaxed);
        Ok(Self::Sandbox(moved))
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => system_now(),
            Clock::Sandbox(moved) => system_now().plus(Duration::from_millis(moved.by().unsigned_abs())),
            Clock::Manual(hand) => *hand.borrow(),
        }
    }

    /// Moves a manual clock forward and wakes who waits on it. The others do not move.
    pub fn advance(&self, by: Duration) {
        if let Clock::Manual(hand) = self {
            hand.send_modify(|now| *now = now.plus(by));
        }
    }

    /// Waits until this clock shows `until`; not at all when it already does.
    pub async fn sleep_until(&self, until: Timestamp) {
        match self {
            Clock::System => tokio::time::sleep(until.since(self.now())).await,
            Clock::Sandbox(_) => loop {
                let left = until.since(self.now());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(NOTICED_WITHIN)).await;
            },
            Clock::Manual(hand) => {
                // The sender lives in `self`, so the channel cannot close meanwhile.
                let _ = hand.subscribe().wait_for(|now| *now >= until).await;
            }
        }
    }
}

/// By how much a sandbox's clock is ahead: read anew each time, which costs some microseconds, and
/// that only where stand-ins take the place of the services.
#[derive(Debug, Clone)]
pub struct Moved {
    file: PathBuf,
    /// What was read last, for when the file is gone because the sandbox ends.
    last: Arc<AtomicI64>,
}

impl Moved {
    fn by(&self) -> i64 {
        // Such a clock never goes back.
        let by = self.read().unwrap_or(0);
        self.last.fetch_max(by, Ordering::Relaxed).max(by)
    }

    fn read(&self) -> Option<i64> {
        std::fs::read_to_string(&self.file).ok()?.trim().parse().ok().filter(|by| *by >= 0)
    }
}

fn system_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// How many seconds the machine's clock is ahead of the service at `url`, by the `Date` header of
/// whatever it answers; behind is negative. Right to about a second.
pub async fn ahead_of(url: &str) -> Result<i64> {
    let fault = |error: reqwest::Error| Error::Fault(error.without_url().to_string());
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(DATE_TIMEOUT).build().map_err(fault)?;
    let asked = SystemTime::now();
    let answer = client.head(url).send().await.map_err(fault)?;
    // The header was written about halfway between question and answer.
    let ours = asked + asked.elapsed().unwrap_or_default() / 2;
    let date = answer.headers().get(reqwest::header::DATE).and_then(|date| date.to_str().ok());
    let theirs =
        date.and_then(|date| httpdate::parse_http_date(date).ok()).ok_or_else(|| Error::Fault("an answer without a date".into()))?;
    let seconds =
        |time: SystemTime| time.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0);
    Ok(seconds(ours) - seconds(theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sandbox_moves_the_clock_and_wakes_who_sleeps() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        assert!(Clock::of_sandbox(&file).is_err(), "there is no such file");
        std::fs::write(&file, "soon").unwrap();
        assert!(Clock::of_sandbox(&file).is_err(), "it tells no time");
        std::fs::write(&file, "0\n").unwrap();
        let clock = Clock::of_sandbox(&file).unwrap();
        let tomorrow = clock.now().plus(Duration::from_secs(86_400));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(tomorrow).await }
        });
        std::fs::write(&file, "86400000\n").unwrap();
        sleeper.await.unwrap();
        assert!(clock.now() >= tomorrow);
        std::fs::remove_file(&file).unwrap();
        assert!(clock.now() >= tomorrow, "the sandbox ended first");
    }
}
