//! The sandbox's clock: system time plus an offset that tests move.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// So far that every deadline passes, and no sum with a time overflows.
const FARTHEST_MS: i64 = 1000 * 366 * 24 * 3600 * 1000;

/// System time plus an offset. Clones share the offset.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: std::sync::Arc<watch::Sender<i64>>,
}

impl Clock {
    /// The time the clock shows, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        let system = SystemTime::now().duration_since(UNIX_EPOCH).map(whole_ms).unwrap_or(0);
        system.saturating_add(*self.offset_ms.borrow())
    }

    /// The time the clock shows, in whole seconds since 1970.
    pub fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// Moves the clock forward, a thousand years in all at most, and wakes
    /// everybody whose time has come.
    pub fn advance(&self, by: Duration) {
        self.offset_ms.send_modify(|offset| *offset = offset.saturating_add(whole_ms(by)).min(FARTHEST_MS));
    }

    /// Tells when the clock is moved.
    pub(crate) fn watch(&self) -> watch::Receiver<i64> {
        self.offset_ms.subscribe()
    }

    /// Waits this long on the clock, or not at all.
    pub(crate) async fn sleep(&self, delay: Option<Duration>) {
        if let Some(delay) = delay {
            self.sleep_until(self.now_ms().saturating_add(whole_ms(delay))).await;
        }
    }

    /// Waits until the clock shows `at_ms`, woken early by [`Clock::advance`].
    pub async fn sleep_until(&self, at_ms: i64) {
        let mut moved = self.offset_ms.subscribe();
        loop {
            moved.borrow_and_update();
            let left = at_ms.saturating_sub(self.now_ms());
            if left <= 0 {
                return;
            }
            // A system clock that is set back only means another round.
            let left = Duration::from_millis(left.unsigned_abs());
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                _ = moved.changed() => {}
            }
        }
    }
}

fn whole_ms(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn advancing_wakes_a_sleeper() {
        let clock = Clock::default();
        let at = clock.now_ms() + 3_600_000;
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(at).await }
        });
        clock.advance(Duration::from_secs(3_600));
        sleeper.await.unwrap();
        assert!(clock.now_ms() >= at);
    }
}
