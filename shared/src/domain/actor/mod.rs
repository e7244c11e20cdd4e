//! Who acts: a person who asks, or what is no person.

mod sql;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::texts::Language;
use crate::types::*;

/// Whoever asks, as Discord vouches for them.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Their Discord user.
    pub user: UserId,
    /// What Discord shows for them.
    pub name: String,
    /// The server they ask from; `None` in a DM.
    pub guild: Option<GuildId>,
    /// Their roles in that server.
    pub roles: Vec<RoleId>,
    /// What Discord shows them, such as `en-US`.
    pub locale: String,
    /// What they ask by; `None` for whoever asks over HTTP.
    pub delivery: Option<Delivery>,
}

impl Actor {
    /// What they read, as far as Discord knows.
    pub fn language(&self) -> Language {
        Language::of_locale(&self.locale)
    }
}

/// An interaction as one bot was handed it.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub(super) interaction: InteractionId,
    /// Another one for each delivery: what took an interaction goes on with it, nobody else does.
    pub(super) id: DeliveryId,
    pub(super) taken: Arc<AtomicBool>,
}

impl Delivery {
    /// Of an interaction that just arrived.
    pub fn new(interaction: InteractionId) -> Self {
        Self { interaction, id: DeliveryId::new(), taken: Arc::default() }
    }

    /// Whether it was acted on, or tried to be.
    pub fn is_taken(&self) -> bool {
        self.taken.load(Ordering::Relaxed)
    }
}

/// By whom something happened. Stored as a user id, or as the word of what is no person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A person.
    Person(UserId),
    /// Stripe said so, or somebody in Stripe's dashboard.
    Stripe,
    /// Discord said so.
    Discord,
    /// Atelier itself: it found it, or it was time.
    Service,
    /// The studio's setting for a payment that came late.
    LatePayment,
    /// Whoever has a link to pay.
    PayLink,
    /// Whoever has a link to a file.
    DownloadLink,
}

impl By {
    /// Reads what was stored.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "stripe" => Some(By::Stripe),
            "discord" => Some(By::Discord),
            "service" => Some(By::Service),
            "late payment" => Some(By::LatePayment),
            "pay link" => Some(By::PayLink),
            "download link" => Some(By::DownloadLink),
            user => UserId::parse(user).ok().map(By::Person),
        }
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            By::Person(user) => user.fmt(f),
            By::Stripe => f.write_str("stripe"),
            By::Discord => f.write_str("discord"),
            By::Service => f.write_str("service"),
            By::LatePayment => f.write_str("late payment"),
            By::PayLink => f.write_str("pay link"),
            By::DownloadLink => f.write_str("download link"),
        }
    }
}

impl From<UserId> for By {
    fn from(user: UserId) -> Self {
        Self::Person(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_read_back() {
        let person = By::Person(UserId::from(80_351_110_224_678_912));
        for by in [person, By::Stripe, By::Discord, By::Service, By::LatePayment, By::PayLink, By::DownloadLink] {
            assert_eq!(By::parse(&by.to_string()), Some(by));
        }
        assert_eq!(By::parse("somebody"), None);
    }
}
