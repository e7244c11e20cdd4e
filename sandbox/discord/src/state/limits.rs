//! What is left of the rate limits.

use std::collections::HashMap;

use super::rows::Id;

/// The buckets and what is left in them.
#[derive(Default)]
pub(crate) struct Limits {
    /// Whether requests are counted and refused.
    pub enforced: bool,
    /// By caller and route; a caller's own has everything that they send.
    pub buckets: HashMap<String, Window>,
    /// Requests for all members of a guild.
    members: HashMap<Id, Window>,
}

impl Limits {
    /// Counts a request for all members of a guild, or tells in how many milliseconds there may be another.
    pub fn take_members(&mut self, guild: Id, all: bool, now_ms: i64) -> Result<(), i64> {
        if !self.enforced || !all {
            return Ok(());
        }
        self.members.entry(guild).or_default().take(1, 30_000, now_ms)
    }
}

/// A span of time, and how many requests came in it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Window {
    pub ends_ms: i64,
    pub used: u32,
}

impl Window {
    /// Counts a request, or tells in how many milliseconds there is room for it.
    pub fn take(&mut self, limit: u32, length_ms: i64, now_ms: i64) -> Result<(), i64> {
        if now_ms >= self.ends_ms {
            *self = Window { ends_ms: now_ms + length_ms, used: 0 };
        }
        if self.used >= limit {
            return Err(self.ends_ms - now_ms);
        }
        self.used += 1;
        Ok(())
    }
}
