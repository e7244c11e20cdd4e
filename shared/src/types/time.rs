//! Points in time.

use std::time::Duration;

/// A point in time: milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Takes milliseconds since the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Takes seconds since the Unix epoch, as Stripe and Discord count.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The point `by` later.
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The point `by` earlier.
    pub fn minus(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// To the second, for a program: `2026-11-21T14:03:22Z`. Empty for a time that no calendar has.
    pub fn iso(self) -> String {
        jiff::Timestamp::from_second(self.as_secs()).map_or_else(|_| String::new(), |at| at.to_string())
    }

    /// To the second, for a person anywhere: `2026-11-21 14:03:22 UTC`. Empty for a time that no calendar
    /// has.
    pub fn utc(self) -> String {
        let at = jiff::Timestamp::from_second(self.as_secs());
        at.map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
    }

    /// Takes a time as ISO 8601 writes it. One without its zone is in UTC.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let at = text.parse::<jiff::Timestamp>().ok().or_else(|| {
            let there = text.parse::<jiff::civil::DateTime>().ok()?;
            jiff::tz::TimeZone::UTC.to_timestamp(there).ok()
        })?;
        Some(Self(at.as_millisecond()))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}
