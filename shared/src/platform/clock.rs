//! The one clock of an [`App`](crate::App).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use crate::types::Timestamp;

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

    /// Waits until `duration` has passed on this clock.
    pub async fn sleep(&self, duration: Duration) {
        match self {
            Clock::System => tokio::time::sleep(duration).await,
            Clock::Manual(hand) => {
                let until = self.now().plus(duration);
                // The sender lives in `self`, so the channel cannot close meanwhile.
                let _ = hand.subscribe().wait_for(|now| *now >= until).await;
            }
        }
    }
}
