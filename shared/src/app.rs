//! Everything an operation may need, built once per process.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use crate::config::Config;
use crate::platform::clock::Clock;
use crate::platform::db::Db;
use crate::platform::discord::Discord;
use crate::platform::oauth::OAuth;
use crate::platform::sealing::Keys;
use crate::platform::signed_events::EventKey;
use crate::platform::standing::Standing;
use crate::platform::storage::Storage;
use crate::platform::stripe::Stripe;
use crate::telemetry::Faults;
use crate::types::*;
use dashmap::DashMap;

/// A member's roles as Discord told them, and when; `None` for whoever is no member.
pub type KnownRoles = (Option<Vec<RoleId>>, Timestamp);

/// The configuration and the outside world.
#[derive(Debug)]
pub struct App {
    /// What was configured.
    pub config: Config,
    /// The one clock.
    pub clock: Clock,
    /// The database.
    pub db: Db,
    /// Seals personal data and signs links.
    pub keys: Keys,
    /// The studio's Stripe account.
    pub stripe: Stripe,
    /// The bucket.
    pub storage: Storage,
    /// Discord's REST API.
    pub discord: Discord,
    /// Discord's OAuth2; `None` where nobody can sign in.
    pub oauth: Option<OAuth>,
    /// What Discord signs its webhook events with; `None` where none are taken.
    pub event_key: Option<EventKey>,
    /// How the outside services take what is configured, as the calls of this process showed.
    pub standing: Standing,
    /// When the services were last asked whether they take what is configured. May be lost.
    pub looked_at: Mutex<Option<Timestamp>>,
    /// When the account at Stripe was last compared because it did not know something of ours. May be lost.
    pub compared_at: Mutex<Option<Timestamp>>,
    /// How many of Stripe's events were handed in and are not stored yet.
    pub waiting_events: AtomicUsize,
    /// One Checkout session in the making per invoice and process. May be lost: a second process
    /// is kept out by the database and the idempotency key.
    pub flights: DashMap<InvoiceId, Arc<tokio::sync::Mutex<()>>>,
    /// What Discord told about members' roles, and when. May be lost.
    pub roles: DashMap<(GuildId, UserId), KnownRoles>,
    /// When each person last had Stripe asked about an invoice of theirs. May be lost.
    pub checks: DashMap<UserId, Timestamp>,
    /// What fails again and again, for the log.
    pub faults: Faults,
}
