//! Everything an operation may need, built once per process.

use std::sync::{Arc, Mutex};

use dashmap::DashMap;
use secrecy::ExposeSecret;

use crate::config::Config;
use crate::domain::{database, rotation};
use crate::error::{Error, Result};
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

/// A member's roles as Discord told them, and when; `None` for who is no member.
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

impl App {
    /// Checks the configuration, opens and migrates the database, and builds the clients. Makes no
    /// call to Discord, Stripe or the storage.
    pub async fn start(config: Config, clock: Clock) -> Result<Arc<Self>> {
        config.check().map_err(|error| Error::Setup(error.to_string()))?;
        let db = Self::open_database(&config).await?;
        Self::on(db, config, clock).await
    }

    /// The same for a command that looks at what is there: makes no database and migrates none, and fails with a
    /// sentence where there is none of this build.
    pub async fn start_existing(config: Config, clock: Clock) -> Result<Arc<Self>> {
        config.check().map_err(|error| Error::Setup(error.to_string()))?;
        let db = Db::open_existing(config.database.url.expose_secret()).await?;
        Self::on(db, config, clock).await
    }

    async fn on(db: Db, config: Config, clock: Clock) -> Result<Arc<Self>> {
        let keys = Keys::parse(&config.security.encryption_keys).map_err(Error::Setup)?;
        let checked = async {
            database::check_whole(&db).await?;
            rotation::check_keys(&db, &keys, clock.now()).await
        };
        if let Err(error) = checked.await {
            db.close().await;
            return Err(error);
        }
        let standing = Standing::new(clock.clone());
        Ok(Arc::new(Self {
            keys,
            stripe: Stripe::new(&config.stripe)?.noting(&standing),
            storage: Storage::new(&config.storage).noting(&standing),
            discord: Discord::new(&config.discord)?.noting(&standing),
            oauth: OAuth::new(&config)?.map(|oauth| oauth.noting(&standing)),
            looked_at: Mutex::new(None),
            event_key: EventKey::parse(&config.discord.public_key),
            flights: DashMap::new(),
            roles: DashMap::new(),
            checks: DashMap::new(),
            faults: Faults::default(),
            db,
            standing,
            clock,
            config,
        }))
    }

    /// Opens the configured database and brings its schema up to date.
    pub async fn open_database(config: &Config) -> Result<Db> {
        let url = config.database.url.expose_secret();
        let db = Db::open(url).await?;
        match db.migrate(url).await {
            Ok(()) => Ok(db),
            Err(error) => {
                db.close().await;
                Err(error)
            }
        }
    }
}
