//! What every handler can reach.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use shared::App;
use shared::domain::stripe_inbox::Inbox;
use shared::types::Timestamp;

use crate::limits::Limits;

/// What every handler can reach.
pub struct Web {
    /// What operations need.
    pub app: Arc<App>,
    /// Webhooks turned away since the process started: all that is kept of them.
    pub refused_webhooks: AtomicU64,
    /// Where Stripe's events are handed in.
    pub inbox: Inbox,
    /// How often one may ask.
    pub limits: Limits,
    /// What the health checks remember.
    pub health: Remembered,
}

impl Web {
    /// Remembers nothing yet.
    pub fn new(app: Arc<App>, inbox: Inbox) -> Self {
        Self { refused_webhooks: AtomicU64::new(0), inbox, limits: Limits::new(&app), health: Remembered::default(), app }
    }
}

/// What is remembered between two polls. May be lost.
#[derive(Default)]
pub struct Remembered {
    /// When the storage was asked, and why it did not answer.
    pub storage: tokio::sync::Mutex<Option<(Timestamp, Option<String>)>>,
    /// What was not well at the last poll, so that each change is logged and not each poll.
    ailing: std::sync::Mutex<BTreeSet<&'static str>>,
}

impl Remembered {
    /// Logs what is not well any more, and what is again.
    pub fn tell(&self, parts: &[(&'static str, Option<&String>)]) {
        let Ok(mut ailing) = self.ailing.lock() else { return };
        for (part, error) in parts {
            match error {
                Some(error) if ailing.insert(part) => tracing::warn!(part, %error, "not ready: {part}: {error}"),
                None if ailing.remove(part) => tracing::info!(part, "ready again: {part}"),
                Some(_) | None => {}
            }
        }
    }
}
