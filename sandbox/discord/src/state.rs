//! What the stand-in knows, and how it looks on the wire.

mod messages;
mod wire;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::gateway::HEARTBEAT;
use super::journal::{Journal, News};
use super::limits::Limits;
use super::oauth::OAuth;
use super::outgoing::Outgoing;
use super::premium::Premium;
use sandbox_core::fault::Action;
use sandbox_core::record::Recorder;

pub(super) use messages::Messages;
pub(super) use wire::timestamp;

/// A snowflake.
pub(super) type Id = u64;

const EPOCH_MS: i64 = 1_420_070_400_000;
const ATTACHMENT_LIFE_MS: i64 = 24 * 60 * 60 * 1000;
const EVENTS_KEPT: usize = 1_000;

/// The largest file a bot may send and an interaction may promise.
pub(super) const ATTACHMENT_SIZE_LIMIT: u64 = 10 * 1024 * 1024;

pub(super) mod permission {
    pub const CREATE_INSTANT_INVITE: u64 = 1;
    pub const KICK_MEMBERS: u64 = 1 << 1;
    pub const ADMINISTRATOR: u64 = 1 << 3;
    pub const MANAGE_GUILD: u64 = 1 << 5;
    pub const VIEW_CHANNEL: u64 = 1 << 10;
    pub const SEND_MESSAGES: u64 = 1 << 11;
    pub const MANAGE_MESSAGES: u64 = 1 << 13;
    pub const EMBED_LINKS: u64 = 1 << 14;
    pub const ATTACH_FILES: u64 = 1 << 15;
    pub const READ_MESSAGE_HISTORY: u64 = 1 << 16;
    pub const CHANGE_NICKNAME: u64 = 1 << 26;
    pub const MANAGE_NICKNAMES: u64 = 1 << 27;
    pub const MANAGE_ROLES: u64 = 1 << 28;
    pub const USE_APPLICATION_COMMANDS: u64 = 1 << 31;
    /// Everything: what an owner or an administrator has.
    pub const ALL: u64 = (1 << 53) - 1;
    pub const EVERYONE: u64 = CREATE_INSTANT_INVITE
        | VIEW_CHANNEL
        | SEND_MESSAGES
        | EMBED_LINKS
        | ATTACH_FILES
        | READ_MESSAGE_HISTORY
        | CHANGE_NICKNAME
        | USE_APPLICATION_COMMANDS;
}

pub(super) mod intent {
    pub const GUILDS: u64 = 1;
    pub const GUILD_MEMBERS: u64 = 1 << 1;
    pub const GUILD_PRESENCES: u64 = 1 << 8;
    pub const GUILD_MESSAGES: u64 = 1 << 9;
    pub const DIRECT_MESSAGES: u64 = 1 << 12;
    pub const MESSAGE_CONTENT: u64 = 1 << 15;
    pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
}

pub(super) mod flag {
    pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
    pub const EPHEMERAL: u64 = 1 << 6;
    pub const LOADING: u64 = 1 << 7;
    pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
    pub const HAS_SNAPSHOT: u64 = 1 << 14;
    pub const COMPONENTS_V2: u64 = 1 << 15;
}

#[derive(Serialize, Deserialize)]
pub(super) struct UserState {
    pub id: Id,
    pub name: String,
    pub bot: bool,
    pub email: Option<String>,
    pub email_verified: bool,
    /// Whether the application is installed to this user's account.
    pub installed: bool,
    pub dms_open: bool,
    /// What their client is set to, such as `en-US`.
    pub locale: String,
    pub dm: Option<Id>,
    /// Who they are in the world that somebody made up.
    pub about: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct MemberState {
    pub joined_ms: i64,
    pub nick: Option<String>,
    pub roles: Vec<Id>,
}

impl MemberState {
    pub fn new(now_ms: i64) -> MemberState {
        MemberState { joined_ms: now_ms, nick: None, roles: Vec::new() }
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct RoleState {
    pub id: Id,
    pub name: String,
    pub permissions: u64,
    pub managed_by: Option<Id>,
    /// The higher, the mightier. `@everyone` is below all, whatever its rank.
    pub rank: i64,
    pub color: u64,
    pub hoist: bool,
    pub mentionable: bool,
}

impl RoleState {
    pub fn new(id: Id, name: &str, permissions: u64, rank: i64) -> RoleState {
        RoleState { id, name: name.to_owned(), permissions, managed_by: None, rank, color: 0, hoist: false, mentionable: false }
    }
}

/// An administrator's rule about who may use a command, and where.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct CommandRule {
    pub id: Id,
    /// 1 role, 2 user, 3 channel.
    pub kind: u64,
    pub allowed: bool,
}

#[derive(Serialize, Deserialize)]
pub(super) struct GuildState {
    pub id: Id,
    pub name: String,
    pub owner: Id,
    pub members: BTreeMap<Id, MemberState>,
    pub roles: BTreeMap<Id, RoleState>,
    /// By the id of a command, or the application's for all that have no rules of their own.
    pub command_rules: BTreeMap<Id, Vec<CommandRule>>,
}

impl GuildState {
    /// Where a new role goes: below the others.
    pub fn lowest_rank(&self) -> i64 {
        self.roles.values().map(|role| role.rank).min().unwrap_or(0) - 1
    }

    /// The rank of a member's highest role; an owner is above all.
    pub fn rank_of(&self, user: Id) -> i64 {
        if self.owner == user {
            return i64::MAX;
        }
        let Some(member) = self.members.get(&user) else { return i64::MIN };
        member.roles.iter().filter_map(|role| self.roles.get(role)).map(|role| role.rank).max().unwrap_or(i64::MIN)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum ChannelKind {
    Dm {
        recipient: Id,
    },
    Guild {
        guild: Id,
    },
    /// A DM between people, where the bot is not.
    Private,
}

#[derive(Serialize, Deserialize)]
pub(super) struct ChannelState {
    pub id: Id,
    pub kind: ChannelKind,
    pub name: String,
    /// Who is in a private channel.
    pub people: Vec<Id>,
    /// What its permissions take from the bot here.
    pub denied_to_bot: u64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct AttachmentState {
    pub id: Id,
    pub channel: Id,
    pub filename: String,
    /// What its stem was, where `filename` cannot say it.
    #[serde(default)]
    pub title: Option<String>,
    pub content_type: Option<String>,
    pub description: Option<String>,
    /// Kept in a file of its own.
    #[serde(skip)]
    pub bytes: Bytes,
    /// The size that the descriptor tells, should it differ from the truth.
    pub claimed_size: Option<u64>,
    pub ephemeral: bool,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct MessageState {
    pub id: Id,
    pub channel: Id,
    pub author: Id,
    pub kind: u8,
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    pub flags: u64,
    pub tts: bool,
    pub attachments: Vec<Id>,
    pub allowed_mentions: Option<Value>,
    pub nonce: Option<Value>,
    pub sent_ms: i64,
    pub edited_ms: Option<i64>,
    /// The interaction that this message answers.
    pub interaction: Option<Id>,
    /// Who sees it, when it is ephemeral.
    pub only_for: Option<Id>,
    /// Whether that person sent it away.
    pub dismissed: bool,
    pub reference: Option<Value>,
    /// What a message that forwards another showed when it was sent.
    #[serde(default)]
    pub forwarded: Option<Forwarded>,
}

/// What a forwarded message said then. Later edits do not reach it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Forwarded {
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    pub flags: u64,
    pub attachments: Vec<Id>,
    pub sent_ms: i64,
    pub edited_ms: Option<i64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct CommandState {
    pub id: Id,
    pub guild: Option<Id>,
    pub body: Value,
}

impl CommandState {
    pub fn kind(&self) -> u64 {
        self.body["type"].as_u64().unwrap_or(1)
    }

    pub fn name(&self) -> &str {
        self.body["name"].as_str().unwrap_or_default()
    }
}

/// How the bot answered an interaction.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Answer {
    /// Callback types 4 and 5: a message, which may still be loading.
    Message {
        id: Id,
    },
    /// Callback types 6 and 7: the message the component is on.
    Update {
        id: Id,
    },
    Choices(Vec<Value>),
    Modal(Value),
}

/// By whom the application was installed where an interaction comes from.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(super) struct Owners {
    /// The server; 0 in a DM with the bot.
    pub guild: Option<Id>,
    pub user: Option<Id>,
}

impl Owners {
    pub fn json(self) -> Value {
        let mut owners = json!({});
        if let Some(guild) = self.guild {
            owners["0"] = json!(guild.to_string());
        }
        if let Some(user) = self.user {
            owners["1"] = json!(user.to_string());
        }
        owners
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct InteractionState {
    pub id: Id,
    pub token: String,
    /// 2 command, 3 component, 4 autocomplete, 5 modal.
    pub kind: u8,
    pub created_ms: i64,
    pub user: Id,
    pub channel: Id,
    pub guild: Option<Id>,
    /// The message that a component is on.
    pub message: Option<Id>,
    /// The interaction that opened a modal.
    pub opened_by: Option<Id>,
    pub owners: Owners,
    /// The type of the option that an autocomplete is for.
    pub option_type: u64,
    /// What was typed, such as `/billing issue`, or the name in the menu.
    pub command: Option<String>,
    pub answer: Option<Answer>,
    /// The first answer was a defer.
    pub deferred: bool,
    pub deleted_original: bool,
    pub followups: Vec<Id>,
    /// The modal that answered it was sent.
    pub submitted: bool,
}

impl InteractionState {
    pub fn original(&self) -> Option<Id> {
        if self.deleted_original {
            return None;
        }
        match self.answer.as_ref()? {
            Answer::Message { id } | Answer::Update { id } => Some(*id),
            Answer::Choices(_) | Answer::Modal(_) => None,
        }
    }
}

/// What a gateway connection is told to send.
pub(super) enum Frame {
    Text(String),
    /// An event, which a fault may meet.
    Event {
        kind: String,
        text: String,
    },
    /// An event that a fault has held, and what the fault does besides.
    Late {
        action: Action,
        text: String,
    },
    Close(u16, &'static str),
}

pub(super) struct SessionState {
    pub shard: (u64, u64),
    pub intents: u64,
    /// Whether large payloads are compressed one by one.
    pub compress: bool,
    pub sequence: u64,
    pub log: VecDeque<(u64, String)>,
    /// Where to send, while a connection is up.
    pub connection: Option<(u64, mpsc::UnboundedSender<Frame>)>,
    pub detached_ms: Option<i64>,
    /// Sees what is sent.
    pub recorder: Recorder,
}

#[derive(Serialize, Deserialize)]
pub(super) struct NonceState {
    pub author: Id,
    pub nonce: String,
    pub message: Id,
    pub at_ms: i64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct State {
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
    attachment_key: Vec<u8>,
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

    /// Tells the window that a message came or changed, whoever sees it.
    pub fn show_message(&self, id: Id, now_ms: i64) {
        if self.journal.is_watched()
            && let Some(message) = self.messages.get(&id).filter(|message| !message.dismissed)
        {
            self.journal.tell(News::Message(self.message_for_window(message, now_ms).to_string().into()));
        }
    }

    /// Tells the gateway about a message. Ephemeral ones are not told.
    pub fn announce_message(&mut self, event: &str, id: Id, now_ms: i64) {
        let Some(message) = self.messages.get(&id) else { return };
        if message.only_for.is_some() {
            return;
        }
        let guild = self.guild_of(message.channel);
        // What is said where the bot is not, or cannot look, it does not hear.
        if self.bot_permissions(message.channel) & permission::VIEW_CHANNEL == 0 {
            return;
        }
        let needed = if guild.is_some() { intent::GUILD_MESSAGES } else { intent::DIRECT_MESSAGES };
        let mut full = self.message_json(message, now_ms);
        if let Some(guild) = guild {
            full["guild_id"] = json!(guild.to_string());
            full["member"] = self.partial_member_json(guild, message.author);
        }
        let hidden = self.without_others_content(message, full.clone());
        self.dispatch_with(
            event,
            guild,
            needed,
            |intents| {
                if intents & intent::MESSAGE_CONTENT == 0 { hidden.clone() } else { full.clone() }
            },
        );
    }

    /// The first message sent under this nonce, while Discord remembers it.
    pub fn message_by_nonce(&mut self, author: Id, nonce: &str, now_ms: i64) -> Option<Id> {
        self.nonces.retain(|seen| now_ms - seen.at_ms < 3 * 60 * 1000);
        self.nonces.iter().find(|seen| seen.author == author && seen.nonce == nonce).map(|seen| seen.message)
    }
}

impl SessionState {
    /// Numbers an event, keeps it for a resume, and sends it if somebody listens.
    pub fn send(&mut self, event: &str, data: &Value) {
        self.sequence += 1;
        self.recorder.event(event, data);
        let text = format!(r#"{{"op":0,"t":"{event}","s":{},"d":{data}}}"#, self.sequence);
        if let Some((_, connection)) = &self.connection {
            // A connection that went away meanwhile gets it by its resume.
            let _ = connection.send(Frame::Event { kind: event.to_owned(), text: text.clone() });
        }
        self.log.push_back((self.sequence, text));
        if self.log.len() > EVENTS_KEPT {
            self.log.pop_front();
        }
    }
}

/// What events and interactions by HTTP are signed with.
pub(super) struct SigningKey {
    seed: Vec<u8>,
    pub pair: Ed25519KeyPair,
}

impl SigningKey {
    fn of(seed: Vec<u8>) -> Option<SigningKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        Some(SigningKey { seed, pair })
    }
}

/// Keeps the seed, in hex.
mod signing_key {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::SigningKey;

    pub fn serialize<S: Serializer>(key: &SigningKey, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(&key.seed))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SigningKey, D::Error> {
        let seed = hex::decode(String::deserialize(from)?).ok();
        seed.and_then(SigningKey::of).ok_or_else(|| D::Error::custom("the signing key is no seed of 32 bytes"))
    }
}

/// An id that may be written as text or as a number.
pub(super) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn id_of(value: &Value) -> Option<Id> {
    id_text(value)?.parse().ok()
}

pub(super) fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
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
