//! What fails again and again: it is logged after growing pauses, and is found under a reference all the same.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a fault that goes on is kept quiet after it was logged: doubling from the first to the last.
const QUIET_FIRST: Duration = Duration::from_secs(10);
const QUIET_LAST: Duration = Duration::from_secs(60 * 60);
/// Most faults of requests that are told apart.
const REPORTED_MAX: usize = 200;

/// When a fault that goes on is logged.
#[derive(Debug)]
pub struct Pauses {
    /// How often it came since it was logged last.
    silent: u64,
    logged_at: Instant,
    quiet: Duration,
}

impl Pauses {
    /// Of a fault that is logged now, for the first time.
    pub fn new(now: Instant) -> Self {
        Self { silent: 0, logged_at: now, quiet: QUIET_FIRST }
    }

    /// It came again. Returns how often since it was logged last, where it is time to log it again.
    pub fn again(&mut self, now: Instant) -> Option<u64> {
        self.silent += 1;
        if now.duration_since(self.logged_at) < self.quiet {
            return None;
        }
        let times = self.silent;
        (self.silent, self.logged_at, self.quiet) = (0, now, (self.quiet * 2).min(QUIET_LAST));
        Some(times)
    }
}

/// Faults of requests of this process, of which many may be the same.
pub static REPORTED: LazyLock<Reported> = LazyLock::new(Reported::default);

/// What went wrong with requests, by its words.
#[derive(Debug, Default)]
pub struct Reported(Mutex<HashMap<String, Report>>);

#[derive(Debug)]
struct Report {
    reference: String,
    seen_at: Instant,
    pauses: Pauses,
}

/// What is to be said about a fault of a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Noted {
    /// Under which it is found in the log.
    pub reference: String,
    /// It is to be logged, and came so often since it was logged last; `None`: it was logged a moment ago.
    pub times: Option<u64>,
}

impl Reported {
    /// Notes a fault. One that did not come for as long as it would have been kept quiet is a new one.
    pub fn note(&self, what: &str, now: Instant) -> Noted {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let goes_on = |report: &Report| now.duration_since(report.seen_at) < report.pauses.quiet;
        if let Some(report) = known.get_mut(what).filter(|report| goes_on(report)) {
            report.seen_at = now;
            let times = report.pauses.again(now);
            if times.is_some() {
                report.reference = reference();
            }
            return Noted { reference: report.reference.clone(), times };
        }
        if known.len() >= REPORTED_MAX {
            known.retain(|_, report| goes_on(report));
        }
        let noted = Noted { reference: reference(), times: Some(1) };
        // So many different ones are each worth a line.
        if known.len() < REPORTED_MAX {
            known.insert(what.to_owned(), Report { reference: noted.reference.clone(), seen_at: now, pauses: Pauses::new(now) });
        }
        noted
    }
}

/// A reference for a fault: eight characters that are easy to read aloud.
pub fn reference() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    uuid::Uuid::now_v7().as_bytes()[8..].iter().map(|byte| LETTERS[usize::from(byte % 32)] as char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_requests_is_logged_after_growing_pauses() {
        let reported = Reported::default();
        let begin = Instant::now();
        let note = |what: &str, second: u64| reported.note(what, begin + Duration::from_secs(second));
        let first = note("disk full", 0);
        assert_eq!(first.times, Some(1));
        for second in [0, 1, 5, 9] {
            assert_eq!(note("disk full", second), Noted { reference: first.reference.clone(), times: None });
        }
        assert_eq!(note("no such table", 9).times, Some(1));
        let second = note("disk full", 10);
        assert!(second.times == Some(5) && second.reference != first.reference, "{second:?}");
        assert_eq!(note("disk full", 29), Noted { reference: second.reference, times: None });
        assert_eq!(note("disk full", 30).times, Some(2));
        // Once it was over, it is another one.
        assert_eq!(note("disk full", 3600).times, Some(1));
        for other in 0..1000 {
            assert_eq!(note(&other.to_string(), 3601).times, Some(1));
        }
        assert!(reported.0.lock().unwrap().len() <= REPORTED_MAX);
    }
}
