//! What the stand-in knows. It knows nothing of whoever asks, nor of how it looks on the wire.

mod journal;
mod keys;
mod limits;
mod messages;
mod oauth;
mod outgoing;
mod premium;
mod rows;
mod sessions;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::KeyPair as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use journal::Journal;
use keys::{SigningKey, signing_key};
use limits::Limits;
use oauth::OAuth;
use outgoing::Outgoing;
use premium::Premium;

pub use journal::News;
pub(crate) use keys::random;
pub(crate) use messages::Messages;
pub(crate) use oauth::{Access, Challenge, Code};
pub(crate) use outgoing::Post;
pub use outgoing::WebhookEvent;
pub(crate) use premium::EntitlementState;
pub use premium::SkuKind;
pub(crate) use rows::*;
pub(crate) use sessions::{Frame, SessionState};

const EPOCH_MS: i64 = 1_420_070_400_000;

/// The largest file a bot may send and an interaction may promise.
pub(crate) const ATTACHMENT_SIZE_LIMIT: u64 = 10 * 1024 * 1024;

/// How often a bot is told to send a heartbeat.
const HEARTBEAT: Duration = Duration::from_millis(41_250);

#[derive(Serialize, Deserialize)]
pub(crate) struct State {
    pub url: String,
    pub token: String,
    #[serde(with = "signing_key")]
    pub signing_key: SigningKey,
    pub client_secret: String,
    pub bot: Id,
    pub app_owner: Id,
    pub privileged_intents: bool,
    pub users: BTreeMap<Id, UserState>,
    pub guilds: BTreeMap<Id, GuildState>,
    pub channels: BTreeMap<Id, ChannelState>,
    /// Kept in a file of their own, to which what changed is added.
    #[serde(skip)]
    pub messages: Messages,
    pub attachments: HashMap<Id, AttachmentState>,
    pub commands: Vec<CommandState>,
    pub interactions: HashMap<Id, InteractionState>,
    pub interaction_tokens: HashMap<String, Id>,
    #[serde(skip)]
    pub sessions: HashMap<String, SessionState>,
    pub nonces: Vec<NonceState>,
    #[serde(skip)]
    pub connections: u64,
    /// How often the bot is told to send a heartbeat.
    pub heartbeat: Duration,
    /// How many shards the bot is told to start.
    pub shards: u64,
    /// When sessions were started, the last day's.
    #[serde(skip)]
    pub starts: VecDeque<i64>,
    #[serde(skip)]
    pub limits: Limits,
    pub oauth: OAuth,
    pub premium: Premium,
    pub outgoing: Outgoing,
    /// Tells the window what happens.
    #[serde(skip)]
    pub journal: Journal,
    pub attachment_key: Vec<u8>,
    last_id: Id,
}

impl State {
    pub fn new(url: String, now_ms: i64) -> State {
        let mut state = State {
            url,
            token: String::new(),
            signing_key: SigningKey::of(random(32)).expect("a seed is 32 bytes"),
            client_secret: URL_SAFE_NO_PAD.encode(random(24)),
            bot: 0,
            app_owner: 0,
            privileged_intents: false,
            users: BTreeMap::new(),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: Messages::default(),
            attachments: HashMap::new(),
            commands: Vec::new(),
            interactions: HashMap::new(),
            interaction_tokens: HashMap::new(),
            sessions: HashMap::new(),
            nonces: Vec::new(),
            connections: 0,
            heartbeat: HEARTBEAT,
            shards: 1,
            starts: VecDeque::new(),
            limits: Limits::default(),
            oauth: OAuth::default(),
            premium: Premium::default(),
            outgoing: Outgoing::default(),
            journal: Journal::default(),
            attachment_key: random(32),
            last_id: 0,
        };
        state.bot = state.add_user("sandbox-app", true, now_ms);
        state.app_owner = state.add_user("sandbox-developer", false, now_ms);
        state.token = format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(state.bot.to_string()),
            URL_SAFE_NO_PAD.encode(&random(6)[..4]),
            URL_SAFE_NO_PAD.encode(random(28)),
        );
        state
    }

    /// The application's public key, in hex.
    pub fn public_key(&self) -> String {
        hex::encode(self.signing_key.pair.public_key().as_ref())
    }

    /// A fresh snowflake: it tells the time, and no two are the same.
    pub fn next_id(&mut self, now_ms: i64) -> Id {
        let by_time = u64::try_from((now_ms - EPOCH_MS).max(1)).unwrap_or(1) << 22;
        self.last_id = by_time.max(self.last_id + 1);
        self.last_id
    }

    pub fn add_user(&mut self, name: &str, bot: bool, now_ms: i64) -> Id {
        let id = self.next_id(now_ms);
        let mailbox: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '.' }).collect();
        let user = UserState {
            id,
            name: name.to_owned(),
            bot,
            email: (!bot).then(|| format!("{mailbox}@example.com")),
            email_verified: true,
            installed: false,
            dms_open: true,
            locale: "en-US".to_owned(),
            dm: None,
            about: None,
        };
        self.users.insert(id, user);
        self.journal.places();
        id
    }

    pub fn add_channel(&mut self, kind: ChannelKind, name: &str, now_ms: i64) -> Id {
        let id = self.next_id(now_ms);
        let channel = ChannelState { id, kind, name: name.to_owned(), people: Vec::new(), denied_to_bot: 0 };
        self.channels.insert(id, channel);
        self.journal.places();
        id
    }

    /// The DM channel between the bot and a user, opened when there is none.
    pub fn dm_with(&mut self, user: Id, now_ms: i64) -> Id {
        if let Some(dm) = self.users.get(&user).and_then(|user| user.dm) {
            return dm;
        }
        let dm = self.add_channel(ChannelKind::Dm { recipient: user }, "", now_ms);
        if let Some(user) = self.users.get_mut(&user) {
            user.dm = Some(dm);
        }
        dm
    }

    pub fn shares_guild_with_bot(&self, user: Id) -> bool {
        self.guilds.values().any(|guild| guild.members.contains_key(&user) && guild.members.contains_key(&self.bot))
    }

    pub fn bot_in(&self, guild: Id) -> bool {
        self.guilds.get(&guild).is_some_and(|guild| guild.members.contains_key(&self.bot))
    }

    pub fn guild_of(&self, channel: Id) -> Option<Id> {
        match self.channels.get(&channel)?.kind {
            ChannelKind::Guild { guild } => Some(guild),
            ChannelKind::Dm { .. } | ChannelKind::Private => None,
        }
    }

    /// Where a channel is, as an interaction tells it: 0 a server, 1 a DM with the bot, 2 a DM between people.
    pub fn context_of(&self, channel: Id) -> u64 {
        match self.channels.get(&channel).map(|channel| channel.kind) {
            Some(ChannelKind::Guild { .. }) => 0,
            Some(ChannelKind::Dm { .. }) | None => 1,
            Some(ChannelKind::Private) => 2,
        }
    }

    /// The permissions of a member in the whole guild.
    pub fn permissions(&self, guild: Id, user: Id) -> u64 {
        let Some(guild) = self.guilds.get(&guild) else { return 0 };
        let Some(member) = guild.members.get(&user) else { return 0 };
        if guild.owner == user {
            return permission::ALL;
        }
        let all = guild
            .roles
            .values()
            .filter(|role| role.id == guild.id || member.roles.contains(&role.id))
            .fold(0, |all, role| all | role.permissions);
        if all & permission::ADMINISTRATOR != 0 { permission::ALL } else { all }
    }

    /// The bot's permissions in a channel. In a DM it has what is needed to talk.
    pub fn bot_permissions(&self, channel: Id) -> u64 {
        let Some(found) = self.channels.get(&channel) else { return 0 };
        match found.kind {
            ChannelKind::Guild { guild } => match self.permissions(guild, self.bot) {
                // No channel takes anything from an administrator.
                all if all & permission::ADMINISTRATOR != 0 => all,
                some if some & !found.denied_to_bot & permission::VIEW_CHANNEL == 0 => 0,
                some => some & !found.denied_to_bot,
            },
            ChannelKind::Dm { .. } => permission::EVERYONE,
            ChannelKind::Private => 0,
        }
    }

    /// Whether the user sees the message in their client.
    pub fn sees(&self, user: Id, message: &MessageState) -> bool {
        !message.dismissed && message.only_for.is_none_or(|only| only == user) && self.is_in(user, message.channel)
    }

    /// Whether a person's client shows a channel.
    pub fn is_in(&self, user: Id, channel: Id) -> bool {
        let Some(found) = self.channels.get(&channel) else { return false };
        match found.kind {
            ChannelKind::Dm { recipient } => recipient == user,
            ChannelKind::Guild { guild } => self.guilds.get(&guild).is_some_and(|guild| guild.members.contains_key(&user)),
            ChannelKind::Private => found.people.contains(&user),
        }
    }

    /// Sends an event to every session that asked for it.
    ///
    /// `intents` lists the intents any one of which carries the event; 0 means that every session gets it.
    pub fn dispatch(&mut self, event: &str, data: &Value, guild: Option<Id>, intents: u64) {
        self.dispatch_with(event, guild, intents, |_| data.clone());
    }

    pub fn dispatch_with(&mut self, event: &str, guild: Option<Id>, intents: u64, data: impl Fn(u64) -> Value) {
        for session in self.sessions.values_mut() {
            let (shard, shards) = session.shard;
            let home = guild.map_or(0, |guild| (guild >> 22) % shards.max(1));
            if home == shard && (intents == 0 || session.intents & intents != 0) {
                session.send(event, &data(session.intents));
            }
        }
    }

    pub fn channels_of(&self, guild: Id) -> Vec<Id> {
        self.channels.values().filter(|channel| channel.kind == ChannelKind::Guild { guild }).map(|channel| channel.id).collect()
    }

    /// The first message sent under this nonce, while Discord remembers it.
    pub fn message_by_nonce(&mut self, author: Id, nonce: &str, now_ms: i64) -> Option<Id> {
        self.nonces.retain(|seen| now_ms - seen.at_ms < 3 * 60 * 1000);
        self.nonces.iter().find(|seen| seen.author == author && seen.nonce == nonce).map(|seen| seen.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_grow() {
        let mut state = State::new("http://127.0.0.1:1".to_owned(), 1_700_000_000_000);
        let first = state.next_id(1_700_000_000_000);
        let second = state.next_id(1_600_000_000_000);
        assert!(second > first);
    }
}
