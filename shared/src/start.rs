//! Starts what every process shares: checks the configuration, opens the database, builds the clients.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use dashmap::DashMap;
use secrecy::ExposeSecret;

use crate::app::App;
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
            compared_at: Mutex::new(None),
            event_key: EventKey::parse(&config.discord.public_key),
            waiting_events: AtomicUsize::new(0),
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
