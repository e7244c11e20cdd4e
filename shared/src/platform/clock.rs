//! The one clock of an [`App`](crate::App).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use crate::error::{Error, Result};
use crate::types::Timestamp;

/// How long a service may take to say what time it is.
const DATE_TIMEOUT: Duration = Duration::from_secs(5);

/// The system's clock, or one that a test sets by hand.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Stands still until [`Clock::advance`]; clones share the hand.
    Manual(watch::Sender<Timestamp>),
}

impl Clock {
    /// A clock that stands at `start` until it is advanced.
    pub fn manual(start: Timestamp) -> Self {
        Self::Manual(watch::Sender::new(start))
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        match self {
            Clock::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Clock::Manual(hand) => *hand.borrow(),
        }
    }

    /// Moves a manual clock forward and wakes who waits on it. The system's clock does not move.
    pub fn advance(&self, by: Duration) {
        if let Clock::Manual(hand) = self {
            hand.send_modify(|now| *now = now.plus(by));
        }
    }

    /// Waits until this clock shows `until`; not at all when it already does.
    pub async fn sleep_until(&self, until: Timestamp) {
        match self {
            Clock::System => tokio::time::sleep(until.since(self.now())).await,
            Clock::Manual(hand) => {
                // The sender lives in `self`, so the channel cannot close meanwhile.
                let _ = hand.subscribe().wait_for(|now| *now >= until).await;
            }
        }
    }
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
