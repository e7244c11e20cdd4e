//! The connection to Discord's gateway, and what arrives over it.
//!
//! serenity's `Client` is not used: it takes an `Http` of its own, with a second rate limiter, and
//! when it cannot ask for the gateway's address it falls back to Discord's, silently.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc::UnboundedReceiver;
use poise::FrameworkContext;
use serenity::all::{
    ApplicationFlags, BotGateway, Cache, CreateAllowedMentions, FullEvent, GatewayError, GatewayIntents, Interaction, ShardManager,
    ShardManagerOptions,
};
use serenity::framework::Framework;
use serenity::prelude::TypeMap;
use shared::domain::staff;
use shared::platform::discord::outside;
use shared::{App, Error, Result};
use tokio::sync::{Mutex, RwLock};
use tokio_util::task::TaskTracker;

use crate::context::Data;
use crate::{commands, components, errors, forms, refusals, registration};

const CALL_TIMEOUT: Duration = Duration::from_secs(15);
/// What the gateway is asked to send.
const INTENTS: GatewayIntents = GatewayIntents::GUILDS;

/// An intent that must be switched on in the developer portal before it may be asked for.
pub struct PrivilegedIntent {
    /// Its name in the portal.
    pub name: &'static str,
    /// Whether the bot asks for it.
    pub needed: bool,
    flags: ApplicationFlags,
}

impl PrivilegedIntent {
    /// Whether an application with these flags may ask for it.
    pub fn is_on(&self, flags: u64) -> bool {
        ApplicationFlags::from_bits_truncate(flags).intersects(self.flags)
    }
}

/// Every privileged intent.
pub fn privileged_intents() -> [PrivilegedIntent; 3] {
    let intent = |name, intent, flags| PrivilegedIntent { name, needed: INTENTS.contains(intent), flags };
    [
        intent(
            "Presence Intent",
            GatewayIntents::GUILD_PRESENCES,
            ApplicationFlags::GATEWAY_PRESENCE | ApplicationFlags::GATEWAY_PRESENCE_LIMITED,
        ),
        intent(
            "Server Members Intent",
            GatewayIntents::GUILD_MEMBERS,
            ApplicationFlags::GATEWAY_GUILD_MEMBERS | ApplicationFlags::GATEWAY_GUILD_MEMBERS_LIMITED,
        ),
        intent(
            "Message Content Intent",
            GatewayIntents::MESSAGE_CONTENT,
            ApplicationFlags::GATEWAY_MESSAGE_CONTENT | ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED,
        ),
    ]
}

/// Asks Discord where to connect and with how many shards. Also the first use of the token.
pub async fn ask(app: &App) -> Result<BotGateway> {
    match tokio::time::timeout(CALL_TIMEOUT, app.discord.http().get_bot_gateway()).await {
        Ok(Ok(gateway)) => Ok(gateway),
        Ok(Err(error)) => Err(refusals::start_error(app, &error)),
        Err(_) => Err(refusals::unreachable(&app.config, "no answer in time")),
    }
}

/// The shards and the events under way.
pub struct Gateway {
    shards: Arc<ShardManager>,
    ended: UnboundedReceiver<Result<(), GatewayError>>,
    in_flight: TaskTracker,
}

impl Gateway {
    /// Starts the shards. They connect, and reconnect, by themselves.
    pub fn connect(app: Arc<App>, gateway: BotGateway) -> Self {
        let dispatcher = Arc::new(OnceLock::new());
        let (shards, ended) = ShardManager::new(ShardManagerOptions {
            data: Arc::new(RwLock::new(TypeMap::new())),
            event_handlers: Vec::new(),
            raw_event_handlers: Vec::new(),
            framework: dispatcher.clone(),
            shard_index: 0,
            shard_init: gateway.shards.max(1),
            shard_total: gateway.shards.max(1),
            ws_url: Arc::new(Mutex::new(gateway.url)),
            cache: Arc::new(Cache::new()),
            http: app.discord.http(),
            intents: INTENTS,
            presence: None,
        });
        let in_flight = TaskTracker::new();
        let framework: Arc<dyn Framework> =
            Arc::new(Dispatcher { options: options(), data: Data { app }, shards: shards.clone(), in_flight: in_flight.clone() });
        // The cell is new, so it is empty.
        let _ = dispatcher.set(framework);
        if let Err(error) = shards.initialize() {
            tracing::error!(error = %outside(&error), "the shards do not start");
        }
        Self { shards, ended, in_flight }
    }

    /// Waits until the gateway is gone for good, and says why in a sentence.
    pub async fn failed(&mut self) -> Error {
        match self.ended.next().await {
            Some(Err(GatewayError::InvalidAuthentication)) => refusals::refused_token(),
            Some(Err(error)) => Error::Fault(format!("Discord's gateway closed the connection: {error}")),
            Some(Ok(())) | None => Error::Fault("the connection to Discord's gateway ended".into()),
        }
    }

    /// Takes nothing new, and finishes what is in flight.
    pub async fn stop(self) {
        self.shards.shutdown_all().await;
        self.in_flight.close();
        self.in_flight.wait().await;
    }
}

/// Hands events to poise. In place of poise's own framework, whose commands wait for ever when its
/// setup fails, and which does not tell what is in flight.
struct Dispatcher {
    options: poise::FrameworkOptions<Data, Error>,
    data: Data,
    shards: Arc<ShardManager>,
    in_flight: TaskTracker,
}

#[serenity::async_trait]
impl Framework for Dispatcher {
    async fn dispatch(&self, ctx: serenity::client::Context, event: FullEvent) {
        let framework =
            FrameworkContext { serenity_context: &ctx, options: &self.options, user_data: &self.data, shard_manager: &self.shards };
        self.in_flight.track_future(poise::dispatch_event(framework, event)).await;
    }
}

fn options() -> poise::FrameworkOptions<Data, Error> {
    let mut commands: Vec<_> = commands::for_everybody().into_iter().chain(commands::for_staff()).collect();
    poise::set_qualified_names(&mut commands);
    poise::FrameworkOptions {
        commands,
        on_error: |error| Box::pin(errors::handle(error)),
        event_handler: |framework, event| Box::pin(handle(framework, event)),
        allowed_mentions: Some(CreateAllowedMentions::new()),
        initialize_owners: false,
        ..Default::default()
    }
}

async fn handle(framework: FrameworkContext<'_, Data, Error>, event: &FullEvent) -> Result<()> {
    let app = &framework.user_data.app;
    match event {
        FullEvent::Ready { data_about_bot } => {
            tracing::info!(guilds = data_about_bot.guilds.len(), "connected to Discord as {}", data_about_bot.user.name);
            Ok(())
        }
        FullEvent::GuildCreate { guild, is_new } => registration::guild_seen(app, guild.id.get().into(), *is_new == Some(true)).await,
        FullEvent::GuildRoleDelete { guild_id, removed_role_id, .. } => {
            staff::role_deleted(app, &guild_id.get().into(), &removed_role_id.get().into(), app.clock.now()).await
        }
        FullEvent::InteractionCreate { interaction: Interaction::Component(interaction) } => {
            components::press(framework, interaction).await
        }
        FullEvent::InteractionCreate { interaction: Interaction::Modal(interaction) } => forms::submit(framework, interaction).await,
        _ => Ok(()),
    }
}
