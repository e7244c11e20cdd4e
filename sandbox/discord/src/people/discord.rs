//! Discord as a whole: who and what is there, and what the developer portal sets.

use std::sync::Arc;
use std::time::Duration;

use sandbox_core::Faults;
use serde_json::json;
use tokio_util::sync::DropGuard;

use super::guild::{Channel, Guild};
use super::message::{Clicked, Message, outcome};
use super::person::{ActError, Person};
use crate::inner::Inner;
use crate::interactions;
use crate::state::{ChannelKind, Frame, GuildState, Id, MemberState, RoleState, State, id_of, permission};

/// A Discord of one application, on a loopback port. It stops with its last clone.
#[derive(Clone)]
pub struct Discord {
    pub(crate) inner: Arc<Inner>,
    pub(crate) _stops_with_the_last_clone: Arc<DropGuard>,
}

impl Discord {
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
            state.add_channel(ChannelKind::Guild { guild: id }, "general", now_ms);
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
    /// (4009). Where [`advance`](sandbox_core::Clock::advance) makes it silent, it is asked for a heartbeat first (opcode 1), as Discord may, and
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
            let id = state.add_channel(ChannelKind::Private, "", now_ms);
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
        outcome(self, id).await
    }
}

impl std::fmt::Debug for Discord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Discord").field("url", &self.url()).finish_non_exhaustive()
    }
}
