//! What can be configured: every key, as the services use it.

use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use crate::types::*;

/// Discord's own address, and the default of `discord.api_url`.
pub const DISCORD: &str = "https://discord.com";
/// Stripe's own address, and the default of `stripe.api_url`.
pub const STRIPE: &str = "https://api.stripe.com";

/// Everything that can be configured. `config.toml.example` explains each key.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The studio.
    pub studio: Studio,
    /// Where data is kept.
    pub database: Database,
    /// The bot's application at Discord.
    pub discord: Discord,
    /// The studio's Stripe account.
    pub stripe: Stripe,
    /// The bucket for files.
    pub storage: Storage,
    /// The webhook service.
    pub web: Web,
    /// Who works for the studio.
    pub staff: Staff,
    /// What becomes of money.
    pub payments: Payments,
    /// Keys.
    pub security: Security,
    /// The outbox worker.
    pub outbox: Outbox,
}

/// `[studio]`
#[derive(Debug, Clone, Default)]
pub struct Studio {
    /// What customers read.
    pub name: String,
    /// The currency of an invoice that names none.
    pub currency: String,
    /// What stands beside the name on receipts, line by line.
    pub address: Vec<String>,
    /// Where customers write to; on receipts.
    pub email: String,
    /// On receipts.
    pub website: String,
    /// The number that the tax office knows the studio by; on receipts.
    pub tax_id: String,
    /// What every receipt and credit note ends with.
    pub receipt_note: String,
    /// What the numbers of receipts begin with.
    pub receipt_prefix: String,
    /// What the numbers of credit notes begin with.
    pub credit_note_prefix: String,
}

/// `[database]`
#[derive(Debug, Clone, Default)]
pub struct Database {
    /// `sqlite://path` or `postgres://…`; may hold a password.
    pub url: SecretString,
}

/// `[discord]`
#[derive(Debug, Clone, Default)]
pub struct Discord {
    /// The bot's token.
    pub token: SecretString,
    /// The application's id.
    pub application_id: String,
    /// The application's OAuth2 secret; empty: nobody can sign in on the web.
    pub client_secret: SecretString,
    /// What Discord signs its webhook events with, hexadecimal; empty: none are taken.
    pub public_key: String,
    /// How old what we know of a person's servers may become before it is read again.
    pub guilds_refresh: Duration,
    /// Where Discord's API is.
    pub api_url: String,
}

impl Discord {
    /// Whether `api_url` names something else than Discord.
    pub fn is_stand_in(&self) -> bool {
        self.api_url.trim_end_matches('/') != DISCORD
    }
}

/// `[stripe]`
#[derive(Debug, Clone, Default)]
pub struct Stripe {
    /// `sk_…` or, better, a restricted `rk_…`.
    pub secret_key: SecretString,
    /// `whsec_…`, several while one is replaced.
    pub webhook_secrets: Vec<SecretString>,
    /// Where Stripe's API is.
    pub api_url: String,
}

impl Stripe {
    /// Whether the key moves real money.
    pub fn livemode(&self) -> bool {
        let key = self.secret_key.expose_secret();
        key.starts_with("sk_live_") || key.starts_with("rk_live_")
    }
}

/// `[storage]`
#[derive(Debug, Clone, Default)]
pub struct Storage {
    /// The S3 API as this service reaches it.
    pub endpoint: String,
    /// The S3 API as customers reach it; empty: the same.
    pub public_endpoint: String,
    /// The region, `auto` on R2.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// The access key's id.
    pub access_key_id: SecretString,
    /// The access key.
    pub secret_access_key: SecretString,
    /// The largest file that staff may attach, in bytes.
    pub max_file_bytes: u64,
}

/// `[web]`
#[derive(Debug, Clone, Default)]
pub struct Web {
    /// Address and port to listen on.
    pub listen: String,
    /// What links start with, without a slash at the end.
    pub public_url: String,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a session lives that nobody uses.
    pub session_idle: Duration,
    /// How long a session lives at the most.
    pub session_lives: Duration,
    /// How many requests a minute one address, and one account, may send to what is limited.
    pub requests_per_minute: u32,
    /// Who sends it sees the counters of `/health/ready`; empty: nobody does.
    pub health_token: SecretString,
    /// The maximum number of connections at once.
    pub max_connections: u64,
}

/// `[payments]`
#[derive(Debug, Clone, Default)]
pub struct Payments {
    /// What becomes of a payment that arrives while its invoice is taken back.
    pub late_payment: LatePayment,
    /// What a lost dispute about a part of a payment means for the files.
    pub lost_dispute: LostDispute,
    /// How often all of Stripe's events are compared with what arrived; zero: only when asked.
    pub reconcile_every: Duration,
    /// How many days before an invoice is due its customer is reminded, the latest first.
    pub reminder_days: Vec<u16>,
}

/// What a lost dispute means for the files of its invoice. Of each payment that counts is asked whether
/// it still covers the invoice; the files are closed when none does.
///
/// How much a dispute took is Stripe's own figure. One in another currency than the payment is taken for
/// the whole payment: which part of it that is depends on the rates of two days and of the card network,
/// of which Stripe's dispute says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LostDispute {
    /// A payment covers nothing once a dispute about any part of it is lost.
    Close,
    /// A payment covers the invoice until lost disputes, together with what was refunded of it, have taken
    /// all of it.
    #[default]
    CloseWhenWhole,
}

/// What becomes of a payment that arrives while its invoice is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LatePayment {
    /// The invoice is revoked, and the money goes back in full.
    #[default]
    Refund,
    /// The customer was faster: the invoice is paid.
    Accept,
}

/// `[staff]`
#[derive(Debug, Clone, Default)]
pub struct Staff {
    /// Discord users who may do everything.
    pub owners: Vec<UserId>,
    /// The studio's own servers, where staff commands exist.
    pub guilds: Vec<GuildId>,
    /// Where staff is told; `None`: the issuer by DM.
    pub channel: Option<ChannelId>,
}

/// `[security]`
#[derive(Debug, Clone, Default)]
pub struct Security {
    /// `id:base64 of 32 bytes`; the first seals, all open.
    pub encryption_keys: Vec<SecretString>,
}

/// `[outbox]`
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    /// Jobs this process does at once; 0 leaves them to another process.
    pub workers: u64,
}

impl Config {
    /// The currency a person named, or the studio's.
    pub fn currency_or(&self, named: Option<&str>) -> crate::Result<Currency> {
        Ok(Currency::parse(named.unwrap_or(&self.studio.currency))?)
    }
}
