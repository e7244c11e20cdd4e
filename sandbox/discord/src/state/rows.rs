//! What there is: users, servers, channels, messages, commands and interactions.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A snowflake.
pub(crate) type Id = u64;

/// An id that may be written as text or as a number.
pub(crate) fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

pub(crate) fn id_of(value: &Value) -> Option<Id> {
    id_text(value)?.parse().ok()
}

pub(crate) mod permission {
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

pub(crate) mod intent {
    pub const GUILDS: u64 = 1;
    pub const GUILD_MEMBERS: u64 = 1 << 1;
    pub const GUILD_PRESENCES: u64 = 1 << 8;
    pub const GUILD_MESSAGES: u64 = 1 << 9;
    pub const DIRECT_MESSAGES: u64 = 1 << 12;
    pub const MESSAGE_CONTENT: u64 = 1 << 15;
    pub const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
}

pub(crate) mod flag {
    pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
    pub const EPHEMERAL: u64 = 1 << 6;
    pub const LOADING: u64 = 1 << 7;
    pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
    pub const HAS_SNAPSHOT: u64 = 1 << 14;
    pub const COMPONENTS_V2: u64 = 1 << 15;
}

#[derive(Serialize, Deserialize)]
pub(crate) struct UserState {
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
pub(crate) struct MemberState {
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
pub(crate) struct RoleState {
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
pub(crate) struct CommandRule {
    pub id: Id,
    /// 1 role, 2 user, 3 channel.
    pub kind: u64,
    pub allowed: bool,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct GuildState {
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
pub(crate) enum ChannelKind {
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
pub(crate) struct ChannelState {
    pub id: Id,
    pub kind: ChannelKind,
    pub name: String,
    /// Who is in a private channel.
    pub people: Vec<Id>,
    /// What its permissions take from the bot here.
    pub denied_to_bot: u64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct AttachmentState {
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
pub(crate) struct MessageState {
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
pub(crate) struct Forwarded {
    pub content: String,
    pub embeds: Vec<Value>,
    pub components: Vec<Value>,
    pub flags: u64,
    pub attachments: Vec<Id>,
    pub sent_ms: i64,
    pub edited_ms: Option<i64>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct CommandState {
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
pub(crate) enum Answer {
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
pub(crate) struct Owners {
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
pub(crate) struct InteractionState {
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

#[derive(Serialize, Deserialize)]
pub(crate) struct NonceState {
    pub author: Id,
    pub nonce: String,
    pub message: Id,
    pub at_ms: i64,
}
