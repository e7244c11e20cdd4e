//! A stand-in for Discord: gateway, REST, interactions and the people behind them.
//!
//! [`Discord::start`] listens on loopback and speaks the real protocol; a [`Person`] does what
//! somebody at a Discord client would do, and the bot hears of it through the gateway.

mod announce;
mod client;
mod error;
mod gateway;
mod guild;
mod interactions;
mod limits;
mod members;
mod message;
mod oauth;
mod outgoing;
mod person;
mod premium;
mod rest;
mod rules;
mod state;
#[cfg(test)]
mod tests;
mod validate;
mod window;
mod wire;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, get, post};
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use guild::{Channel, CommandFor, Guild, Role};
pub use message::{Attachment, Button, Choice, Clicked, Message, Modal, ModalField, Reply};
pub use person::{ActError, Person, Place, Value};
pub use state::{News, SkuKind, WebhookEvent};

use sandbox_core::clock::Clock;
use sandbox_core::fault::{self, FaultState, Faults};
use sandbox_core::keep::{self, Folder};
use sandbox_core::record::{Recorder, Service};
use state::{Frame, GuildState, Id, MemberState, Messages, RoleState, State, id_of, permission};
pub use validate::LOCALES;

/// Every type of event that is sent here: at the gateway, and to a webhook.
pub static EVENTS: &[&str] = &[
    "APPLICATION_AUTHORIZED",
    "APPLICATION_COMMAND_PERMISSIONS_UPDATE",
    "APPLICATION_DEAUTHORIZED",
    "CHANNEL_CREATE",
    "CHANNEL_DELETE",
    "CHANNEL_UPDATE",
    "ENTITLEMENT_CREATE",
    "ENTITLEMENT_DELETE",
    "ENTITLEMENT_UPDATE",
    "GUILD_CREATE",
    "GUILD_DELETE",
    "GUILD_MEMBERS_CHUNK",
    "GUILD_MEMBER_ADD",
    "GUILD_MEMBER_REMOVE",
    "GUILD_MEMBER_UPDATE",
    "GUILD_ROLE_CREATE",
    "GUILD_ROLE_DELETE",
    "GUILD_ROLE_UPDATE",
    "INTERACTION_CREATE",
    "MESSAGE_CREATE",
    "MESSAGE_DELETE",
    "MESSAGE_UPDATE",
    "RATE_LIMITED",
    "READY",
    "RESUMED",
];

/// What the listener, the gateway connections and the people share.
struct Inner {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    clock: Clock,
    recorder: Recorder,
    faults: Faults,
    http: reqwest::Client,
    stop: CancellationToken,
    kept: Option<Kept>,
}

/// Where this Discord is kept.
struct Kept {
    folder: Folder,
    /// One save at a time; the attachments that have their files.
    saved: Mutex<HashSet<Id>>,
}

const FILE: &str = "discord.json";
const MESSAGES: &str = "messages.jsonl";
const ATTACHMENTS: &str = "attachments";

impl Inner {
    /// Writes down what is there.
    fn save(&self) -> io::Result<()> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let mut saved = kept.saved.lock().unwrap_or_else(PoisonError::into_inner);
        // Serialized under the lock, written after it. Of the messages only those that changed, since they are many.
        let (bytes, lines, changed, fresh) = self.silently(|state| {
            let fresh = state.attachments.iter().filter(|(id, _)| !saved.contains(id));
            let fresh: Vec<(Id, Bytes)> = fresh.map(|(id, attachment)| (*id, attachment.bytes.clone())).collect();
            let changed = state.messages.take_changed();
            (keep::bytes_of(state), state.messages.lines(&changed), changed, fresh)
        });
        let write = || -> io::Result<()> {
            for (id, bytes) in fresh {
                keep::write(&kept.folder.join(ATTACHMENTS).join(id.to_string()), &bytes)?;
                saved.insert(id);
            }
            // The messages last: what they name is there.
            keep::write(&kept.folder.join(FILE), &bytes?)?;
            let mut messages = File::options().create(true).append(true).open(kept.folder.join(MESSAGES))?;
            messages.write_all(&lines?)
        };
        write().inspect_err(|_| self.silently(|state| state.messages.give_back(changed)))
    }
}

impl Kept {
    /// What was kept in the folder, with its messages and the bytes of its attachments.
    fn load(folder: &Folder) -> io::Result<(Option<State>, Kept)> {
        let attachments = folder.join(ATTACHMENTS);
        std::fs::create_dir_all(&attachments)?;
        let mut state: Option<State> = folder.read(FILE)?;
        let mut saved = HashSet::new();
        if let Some(state) = &mut state {
            for attachment in state.attachments.values_mut() {
                attachment.bytes = readable(&attachments.join(attachment.id.to_string()))?.into();
                saved.insert(attachment.id);
            }
            let file = folder.join(MESSAGES);
            let text = if file.exists() { readable(&file)? } else { Vec::new() };
            let broken = |why: &dyn std::fmt::Display| {
                let why = format!("{} is broken ({why}): put it back, or take another folder", file.display());
                io::Error::new(io::ErrorKind::InvalidData, why)
            };
            let text = String::from_utf8(text).map_err(|error| broken(&error))?;
            state.messages = Messages::of_lines(&text).map_err(|error| broken(&error))?;
            // Once a start, without what is out of date.
            keep::write(&file, &state.messages.lines(state.messages.keys())?)?;
        }
        Ok((state, Kept { folder: folder.clone(), saved: Mutex::new(saved) }))
    }
}

fn readable(file: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| io::Error::new(error.kind(), format!("cannot read {}: {error}", file.display())))
}

impl Inner {
    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state and wakes everybody who waits for something.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// Changes what nobody waits for.
    fn silently<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until `look` finds something.
    async fn wait<T>(&self, mut look: impl FnMut(&State) -> Option<T>) -> T {
        let mut changed = self.changed.subscribe();
        loop {
            changed.borrow_and_update();
            if let Some(found) = self.read(&mut look) {
                return found;
            }
            // The sender is our own, so it cannot be gone.
            let _ = changed.changed().await;
        }
    }
}

/// A Discord of one application, on a loopback port. It stops with its last clone.
#[derive(Clone)]
pub struct Discord {
    inner: Arc<Inner>,
    _stops_with_the_last_clone: Arc<DropGuard>,
}

impl Discord {
    /// Starts to listen on a free loopback port.
    pub async fn start(clock: Clock, recorder: Recorder) -> io::Result<Discord> {
        Discord::start_in(clock, recorder, None, None).await
    }

    /// Starts where it was, if it is kept in a folder, else at this port, if it is to be a certain one.
    pub async fn start_in(clock: Clock, recorder: Recorder, folder: Option<&Folder>, port: Option<u16>) -> io::Result<Discord> {
        let (state, kept) = match folder {
            None => (None, None),
            Some(folder) => Kept::load(folder).map(|(state, kept)| (state, Some(kept)))?,
        };
        let listener = keep::listen(state.as_ref().map(|state| state.url.as_str()), port).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let stop = CancellationToken::new();
        let faults = Faults::default();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().map_err(io::Error::other)?;
        let inner = Arc::new(Inner {
            state: Mutex::new(state.unwrap_or_else(|| State::new(url, clock.now_ms()))),
            changed: watch::Sender::new(0),
            clock: clock.clone(),
            recorder: recorder.clone(),
            faults: faults.clone(),
            http,
            stop: stop.clone(),
            kept,
        });
        if inner.kept.is_some() {
            inner.silently(|state| state.messages.track());
            inner.save()?;
            let weak = Arc::downgrade(&inner);
            keep::follow(inner.changed.subscribe(), stop.clone(), move || weak.upgrade().map_or(Ok(()), |inner| inner.save()));
        }
        outgoing::start(&inner);
        let fault_state = FaultState { service: Service::Discord, faults, clock, recorder };
        let router = Router::new()
            .route("/gateway", any(gateway::connect))
            // Some libraries put a slash before the query.
            .route("/gateway/", any(gateway::connect))
            .route("/attachments/{channel}/{id}/{filename}", get(rest::attachment))
            .route("/oauth2/authorize", get(oauth::page).post(oauth::decide))
            .route("/api/oauth2/authorize", get(oauth::page).post(oauth::decide))
            .route("/api/oauth2/token", post(oauth::token))
            .route("/api/oauth2/token/revoke", post(oauth::revoke))
            .route("/api/v10/oauth2/token", post(oauth::token))
            .route("/api/v10/oauth2/token/revoke", post(oauth::revoke))
            .fallback(rest::serve)
            .layer(axum::middleware::from_fn_with_state(fault_state, fault::misbehave))
            .layer(DefaultBodyLimit::disable())
            .with_state(inner.clone());
        // Small frames must not wait for each other.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let stopped = stop.clone();
        tokio::spawn(async move {
            let shutdown = async move { stopped.cancelled().await };
            let _ = axum::serve(listener, router).with_graceful_shutdown(shutdown).await;
        });
        Ok(Discord { inner, _stops_with_the_last_clone: Arc::new(stop.drop_guard()) })
    }

    /// Writes down what is there now, where it is kept in a folder.
    pub fn save(&self) -> io::Result<()> {
        self.inner.save()
    }

    /// Stops listening and closes the gateway connections.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }

    /// What takes the place of `https://discord.com`.
    pub fn url(&self) -> String {
        self.inner.read(|state| state.url.clone())
    }

    /// The bot's token.
    pub fn token(&self) -> String {
        self.inner.read(|state| state.token.clone())
    }

    /// The application's id, which is also its bot's user id.
    pub fn application_id(&self) -> String {
        self.inner.read(|state| state.bot.to_string())
    }

    /// The application's public key, in hex: what webhook events are verified with.
    pub fn public_key(&self) -> String {
        self.inner.read(State::public_key)
    }

    /// The application's client secret.
    pub fn client_secret(&self) -> String {
        self.inner.read(|state| state.client_secret.clone())
    }

    /// Misbehaviour of the listener: REST, attachments and the gateway's upgrade.
    pub fn faults(&self) -> Faults {
        self.inner.faults.clone()
    }

    /// The person of this name, made when there is none.
    pub fn user(&self, name: &str) -> Person {
        self.get_or_add_user(name, false)
    }

    /// Another application's bot of this name, made when there is none.
    pub fn bot_user(&self, name: &str) -> Person {
        self.get_or_add_user(name, true)
    }

    fn get_or_add_user(&self, name: &str, bot: bool) -> Person {
        let now_ms = self.inner.clock.now_ms();
        let id = self.inner.change(|state| {
            let own = [state.bot, state.app_owner];
            let found =
                state.users.values().find(|user| user.name == name && user.bot == bot && !own.contains(&user.id)).map(|user| user.id);
            found.unwrap_or_else(|| state.add_user(name, bot, now_ms))
        });
        Person::new(self.clone(), id)
    }

    /// Everybody there is, without the application's own bot and its developer.
    pub fn users(&self) -> Vec<Person> {
        let ids = self.inner.read(|state| {
            let own = [state.bot, state.app_owner];
            state.users.keys().copied().filter(|id| !own.contains(id)).collect::<Vec<Id>>()
        });
        ids.into_iter().map(|id| Person::new(self.clone(), id)).collect()
    }

    /// The application's own bot, as somebody whom people point at.
    pub fn bot(&self) -> Person {
        Person::new(self.clone(), self.inner.read(|state| state.bot))
    }

    /// Names the application, and its bot with it, as the developer portal does.
    pub fn name_application(&self, name: &str) {
        self.inner.change(|state| {
            let bot = state.bot;
            if let Some(bot) = state.users.get_mut(&bot) {
                bot.name = name.to_owned();
            }
        });
    }

    /// Makes a server with a `#general` channel and the bot in it.
    pub fn guild(&self, name: &str, owner: &Person) -> Guild {
        let now_ms = self.inner.clock.now_ms();
        let id = self.inner.change(|state| {
            let id = state.next_id(now_ms);
            let everyone = RoleState::new(id, "@everyone", permission::EVERYONE, 0);
            let members = [(owner.number(), MemberState::new(now_ms))];
            state.guilds.insert(
                id,
                GuildState {
                    id,
                    name: name.to_owned(),
                    owner: owner.number(),
                    members: members.into(),
                    roles: [(id, everyone)].into(),
                    command_rules: std::collections::BTreeMap::new(),
                },
            );
            state.add_channel(state::ChannelKind::Guild { guild: id }, "general", now_ms);
            id
        });
        let guild = Guild::new(self.clone(), id);
        guild.add_bot();
        guild
    }

    /// Every server there is, oldest first.
    pub fn guilds(&self) -> Vec<Guild> {
        let ids = self.inner.read(|state| state.guilds.keys().copied().collect::<Vec<Id>>());
        ids.into_iter().map(|id| Guild::new(self.clone(), id)).collect()
    }

    /// A channel by its id.
    pub fn channel(&self, id: &str) -> Option<Channel> {
        let id: Id = id.parse().ok()?;
        self.inner.read(|state| state.channels.contains_key(&id)).then(|| Channel::new(self.clone(), id))
    }

    /// Allows the bot to ask for the privileged intents, as the developer portal does.
    pub fn allow_privileged_intents(&self) {
        self.inner.change(|state| state.privileged_intents = true);
    }

    /// Has `GET /gateway/bot` tell the bot to start this many shards.
    pub fn set_shards(&self, shards: u64) {
        self.inner.change(|state| state.shards = shards.max(1));
    }

    /// Tells connections that come to send a heartbeat this often. One that sends none for twice as long is closed
    /// (4009). Where [`Clock::advance`] makes it silent, it is asked for a heartbeat first (opcode 1), as Discord may, and
    /// closed when none comes within the interval, or ten seconds. A day at most.
    pub fn set_heartbeat(&self, interval: Duration) {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        self.inner.change(|state| state.heartbeat = interval.min(DAY));
    }

    /// Counts requests and session starts from now on, and refuses what is too much; or stops to.
    ///
    /// It is off at first, because bots that are pointed elsewhere often have their own limiter off.
    pub fn enforce_rate_limits(&self, enforced: bool) {
        self.inner.change(|state| state.limits.enforced = enforced);
    }

    /// Opens a DM between people, or a group of them, where the bot is not.
    pub fn private_channel(&self, people: &[&Person]) -> Channel {
        let now_ms = self.inner.clock.now_ms();
        let id = self.inner.change(|state| {
            let id = state.add_channel(state::ChannelKind::Private, "", now_ms);
            if let Some(channel) = state.channels.get_mut(&id) {
                channel.people = people.iter().map(|person| person.number()).collect();
            }
            id
        });
        Channel::new(self.clone(), id)
    }

    /// Waits until a gateway session is identified and connected.
    pub async fn bot_connected(&self) {
        self.inner.wait(|state| state.sessions.values().any(|session| session.connection.is_some()).then_some(())).await;
    }

    /// Waits until as many gateway sessions are identified and connected. Two that identified for the same shard
    /// get every event both, as Discord has it.
    pub async fn bots_connected(&self, count: usize) {
        let connected = |state: &State| state.sessions.values().filter(|session| session.connection.is_some()).count();
        self.inner.wait(|state| (connected(state) >= count).then_some(())).await;
    }

    /// Waits until a command of this top-level name is registered, for one server or for all.
    pub async fn commands_registered(&self, name: &str) {
        self.inner.wait(|state| state.commands.iter().any(|command| command.name() == name).then_some(())).await;
    }

    /// Every registered command as it is stored; a server's own carry `guild_id`.
    pub fn commands(&self) -> Vec<serde_json::Value> {
        self.inner.read(|state| state.commands.iter().map(|command| command.body.clone()).collect())
    }

    /// A message by its id, ephemeral ones too.
    pub fn message(&self, id: &str) -> Option<Message> {
        let id: Id = id.parse().ok()?;
        let now_ms = self.inner.clock.now_ms();
        self.inner.read(|state| state.messages.get(&id).map(|message| Message::of(state, message, now_ms)))
    }

    /// Closes every gateway connection. The sessions may be resumed.
    pub fn disconnect_all(&self) {
        self.to_connections(|| Frame::Close(4000, "Unknown error."));
    }

    /// Asks every connection to reconnect and resume (RECONNECT).
    pub fn request_reconnect(&self) {
        self.to_connections(|| Frame::Text(json!({ "op": 7, "s": null, "t": null, "d": null }).to_string()));
    }

    /// Tells every connection that its session is invalid (INVALID_SESSION).
    pub fn invalidate_sessions(&self, resumable: bool) {
        self.to_connections(|| Frame::Text(json!({ "op": 9, "s": null, "t": null, "d": resumable }).to_string()));
        if !resumable {
            self.inner.change(|state| state.sessions.clear());
        }
    }

    fn to_connections(&self, frame: impl Fn() -> Frame) {
        self.inner.read(|state| {
            for (_, connection) in state.sessions.values().filter_map(|session| session.connection.as_ref()) {
                let _ = connection.send(frame());
            }
        });
    }

    /// Sends the bot an interaction of one's own making, as no honest client would.
    ///
    /// `id`, `application_id`, `token` and `version` are filled in; `type`, `data`, `channel_id` and `user` or
    /// `member` are the caller's. Waits for the bot's answer.
    pub async fn forge_interaction(&self, interaction: serde_json::Value) -> Result<Clicked, ActError> {
        let user = id_of(&interaction["user"]["id"]).or_else(|| id_of(&interaction["member"]["user"]["id"]));
        let (Some(user), Some(channel)) = (user, id_of(&interaction["channel_id"])) else {
            return Err(ActError::BadOptions("an interaction needs channel_id and user or member.user".to_owned()));
        };
        let kind = interaction["type"].as_u64().and_then(|kind| u8::try_from(kind).ok()).unwrap_or(2);
        let message = id_of(&interaction["message"]["id"]);
        let now_ms = self.inner.clock.now_ms();
        let id = self.inner.change(|state| {
            let guild = id_of(&interaction["guild_id"]);
            let owners = interactions::owners_in(state, channel, guild, user);
            let start = interactions::Start { kind, user, channel, guild, message, opened_by: None, owners };
            interactions::begin(state, start, now_ms, |_, _| interaction.clone())
        });
        message::outcome(self, id).await
    }
}

impl std::fmt::Debug for Discord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Discord").field("url", &self.url()).finish_non_exhaustive()
    }
}
