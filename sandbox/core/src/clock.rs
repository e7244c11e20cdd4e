//! The sandbox's clock: system time plus an offset that tests move.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use crate::keep;

/// So far that every deadline passes, and no sum with a time overflows.
const FARTHEST_MS: i64 = 1000 * 366 * 24 * 3600 * 1000;

/// System time plus an offset. Clones share the offset.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: Arc<watch::Sender<i64>>,
    /// Where the offset is kept for other processes.
    file: Option<Arc<PathBuf>>,
}

impl Clock {
    /// A clock that keeps its offset in this file: so many milliseconds, in digits. It goes on from what is there.
    ///
    /// Another process that adds the number to its own time shows this clock's.
    pub fn kept_in(file: &Path) -> io::Result<Clock> {
        let offset_ms = match std::fs::read_to_string(file) {
            Ok(text) => {
                let wrong = || io::Error::new(io::ErrorKind::InvalidData, format!("{} holds no number of milliseconds", file.display()));
                text.trim().parse().ok().filter(|offset| (0..=FARTHEST_MS).contains(offset)).ok_or_else(wrong)?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        write_offset(file, offset_ms)?;
        Ok(Clock { offset_ms: Arc::new(watch::Sender::new(offset_ms)), file: Some(Arc::new(file.to_owned())) })
    }

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
        self.offset_ms.send_modify(|offset| {
            *offset = offset.saturating_add(whole_ms(by)).min(FARTHEST_MS);
            // Before anybody wakes: what they send then comes from no future that others do not know.
            if let Some(file) = &self.file
                && let Err(error) = write_offset(file, *offset)
            {
                tracing::error!("cannot write the clock's offset to {}: {error}", file.display());
            }
        });
    }

    /// Tells when the clock is moved.
    pub fn watch(&self) -> watch::Receiver<i64> {
        self.offset_ms.subscribe()
    }

    /// Waits this long on the clock, or not at all.
    pub async fn sleep(&self, delay: Option<Duration>) {
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

fn write_offset(file: &Path, offset_ms: i64) -> io::Result<()> {
    keep::write(file, format!("{offset_ms}\n").as_bytes())
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

    #[test]
    fn a_kept_clock_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("clock");
        let clock = Clock::kept_in(&file).unwrap();
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "3600000\n");
        let again = Clock::kept_in(&file).unwrap();
        assert!(again.now_ms() >= clock.now_ms());
        for wrong in ["", "-1", "soon"] {
            std::fs::write(&file, wrong).unwrap();
            assert!(Clock::kept_in(&file).is_err());
            assert_eq!(std::fs::read_to_string(&file).unwrap(), wrong, "what is not understood stays as it is");
        }
    }
}
