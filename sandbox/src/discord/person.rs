//! The people, their servers and channels, and what they see.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::client::{self, Check, Scene};
use super::interactions::{self, FIRST_ANSWER_MS, Start, TOKEN_LIFE_MS};
use super::rest::{Draft, create_message};
use super::state::{Answer, ChannelKind, Id, MemberState, MessageState, RoleState, State, flag, intent, permission, timestamp};
use super::{Discord, announce_guild};

/// Why something that a person tried did not happen, or what happened instead.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "detail")]
pub enum ActError {
    /// The client offers no such command here.
    NoSuchCommand(String),
    /// The client hides it from this person, or disables it.
    NotAllowed(String),
    /// The client's form refuses the options.
    BadOptions(String),
    /// The message has no such button or select.
    NoSuchComponent(String),
    /// The bot did not answer in time.
    Failed(String),
    /// Not an error: the bot opened a modal, to be submitted by [`Person::submit`].
    OpenedModal(Modal),
}

impl std::fmt::Display for ActError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ActError::NoSuchCommand(text) => write!(f, "no such command here: {text}"),
            ActError::NotAllowed(text) => write!(f, "not allowed: {text}"),
            ActError::BadOptions(text) => write!(f, "bad options: {text}"),
            ActError::NoSuchComponent(text) => write!(f, "no such component: {text}"),
            ActError::Failed(text) => f.write_str(text),
            ActError::OpenedModal(modal) => write!(f, "a modal opened: {}", modal.title),
        }
    }
}

impl std::error::Error for ActError {}

/// The value of a command's option.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// A user.
    User(Person),
    /// A channel.
    Channel(Channel),
    /// A role.
    Role(Role),
    /// An uploaded file.
    File {
        /// Its name.
        name: String,
        /// Its media type; empty when the client does not know.
        content_type: String,
        /// What is in it.
        bytes: Bytes,
        /// A size to tell the bot instead of the true one.
        claimed_size: Option<u64>,
    },
}

impl Value {
    /// An uploaded file of honest size.
    pub fn file(name: &str, content_type: &str, bytes: impl Into<Bytes>) -> Value {
        Value::File { name: name.to_owned(), content_type: content_type.to_owned(), bytes: bytes.into(), claimed_size: None }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Integer(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Boolean(value)
    }
}

impl From<&Person> for Value {
    fn from(person: &Person) -> Value {
        Value::User(person.clone())
    }
}

impl From<&Channel> for Value {
    fn from(channel: &Channel) -> Value {
        Value::Channel(channel.clone())
    }
}

impl From<&Role> for Value {
    fn from(role: &Role) -> Value {
        Value::Role(role.clone())
    }
}

/// A file on a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// Its name.
    pub filename: String,
    /// Its size in bytes, as it is told.
    pub size: u64,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its signed address, good for 24 hours.
    pub url: String,
}

/// A button on a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// 1 primary, 2 secondary, 3 success, 4 danger, 5 link.
    pub style: u64,
    /// What the bot is told when it is pressed.
    pub custom_id: Option<String>,
    /// Where a link button leads.
    pub url: Option<String>,
    /// Whether it cannot be pressed.
    pub disabled: bool,
}

/// A message as it was when it was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// The channel it is in.
    pub channel_id: String,
    /// Who wrote it.
    pub author_id: String,
    /// Its text.
    pub content: String,
    /// Its embeds, as they were sent.
    pub embeds: Vec<Json>,
    /// Its components, as they were sent.
    pub components: Vec<Json>,
    /// Its flags: 64 is ephemeral, 128 is still loading.
    pub flags: u64,
    /// The rule about mentions it was sent with, if any.
    pub allowed_mentions: Option<Json>,
    /// The ids of the users it pings.
    pub mentions: Vec<String>,
    /// The nonce it was sent with.
    pub nonce: Option<String>,
    /// Its files.
    pub attachments: Vec<Attachment>,
    /// When it was sent.
    pub timestamp: String,
    /// Whether it was edited since.
    pub edited: bool,
}

impl Message {
    pub(super) fn of(state: &State, message: &MessageState, now_ms: i64) -> Message {
        let attachments = message
            .attachments
            .iter()
            .map(|id| state.attachment_json(*id, now_ms))
            .map(|json| Attachment {
                id: text(&json["id"]),
                filename: text(&json["filename"]),
                size: json["size"].as_u64().unwrap_or(0),
                content_type: json["content_type"].as_str().map(str::to_owned),
                url: text(&json["url"]),
            })
            .collect();
        Message {
            id: message.id.to_string(),
            channel_id: message.channel.to_string(),
            author_id: message.author.to_string(),
            content: message.content.clone(),
            embeds: message.embeds.clone(),
            components: message.components.clone(),
            flags: message.flags,
            allowed_mentions: message.allowed_mentions.clone(),
            mentions: state.pinged(message).iter().map(Id::to_string).collect(),
            nonce: message.nonce.as_ref().and_then(super::state::id_text),
            attachments,
            timestamp: timestamp(message.sent_ms),
            edited: message.edited_ms.is_some(),
        }
    }

    /// Everything there is to read: the content, and each embed's title, description, fields and footer.
    pub fn text(&self) -> String {
        let mut lines = vec![self.content.clone()];
        for embed in &self.embeds {
            lines.push(text(&embed["author"]["name"]));
            lines.push(text(&embed["title"]));
            lines.push(text(&embed["description"]));
            for field in embed["fields"].as_array().into_iter().flatten() {
                lines.push(text(&field["name"]));
                lines.push(text(&field["value"]));
            }
            lines.push(text(&embed["footer"]["text"]));
        }
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    fn inner_components(&self) -> impl Iterator<Item = &Json> {
        self.components.iter().filter_map(|row| row["components"].as_array()).flatten()
    }

    /// Its buttons, row by row.
    pub fn buttons(&self) -> Vec<Button> {
        self.inner_components()
            .filter(|component| component["type"] == 2)
            .map(|button| Button {
                label: button["label"].as_str().or_else(|| button["emoji"]["name"].as_str()).unwrap_or_default().to_owned(),
                style: button["style"].as_u64().unwrap_or(0),
                custom_id: button["custom_id"].as_str().map(str::to_owned),
                url: button["url"].as_str().map(str::to_owned),
                disabled: button["disabled"] == true,
            })
            .collect()
    }

    /// The first button that says this.
    pub fn button(&self, label: &str) -> Option<Button> {
        self.buttons().into_iter().find(|button| button.label == label)
    }

    /// Whether only one person sees it.
    pub fn is_ephemeral(&self) -> bool {
        self.flags & flag::EPHEMERAL != 0
    }
}

fn text(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The bot's answer to a command, a click or a modal.
#[derive(Clone, Debug, Serialize)]
pub struct Reply {
    /// Whether only the person who asked sees it.
    pub ephemeral: bool,
    /// Whether the bot asked for time first.
    pub deferred: bool,
    /// The message, as it was when the answer was complete.
    pub message: Message,
    #[serde(skip)]
    discord: Discord,
    #[serde(skip)]
    interaction: Id,
}

impl Reply {
    /// What the message says; see [`Message::text`].
    pub fn text(&self) -> String {
        self.message.text()
    }

    /// The message as it is now, or as it was last seen when it is gone.
    pub fn latest(&self) -> Message {
        self.discord.message(&self.message.id).unwrap_or_else(|| self.message.clone())
    }

    /// Waits until the message, edited or not, contains this text.
    pub async fn wait_for(&self, text: &str) -> Message {
        let id = self.message.id.parse::<Id>().unwrap_or_default();
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord
            .inner
            .wait(|state| {
                let message = Message::of(state, state.messages.get(&id)?, now_ms);
                message.text().contains(text).then_some(message)
            })
            .await
    }

    /// The follow-ups that the bot sent so far.
    pub fn followups(&self) -> Vec<Message> {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.read(|state| followups(state, self.interaction, now_ms))
    }

    /// Waits for a follow-up that contains this text.
    pub async fn wait_for_followup(&self, text: &str) -> Message {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord
            .inner
            .wait(|state| followups(state, self.interaction, now_ms).into_iter().find(|message| message.text().contains(text)))
            .await
    }
}

fn followups(state: &State, interaction: Id, now_ms: i64) -> Vec<Message> {
    let Some(interaction) = state.interactions.get(&interaction) else { return Vec::new() };
    interaction.followups.iter().filter_map(|id| state.messages.get(id)).map(|message| Message::of(state, message, now_ms)).collect()
}

/// A form that the bot opened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Modal {
    /// What the bot is told when it is submitted.
    pub custom_id: String,
    /// Its title.
    pub title: String,
    /// Its fields, top to bottom.
    pub fields: Vec<ModalField>,
    #[serde(skip)]
    interaction: Id,
}

/// A text field of a modal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModalField {
    /// Its id.
    pub custom_id: String,
    /// Its label.
    pub label: String,
    /// What is in it before anybody typed.
    pub value: String,
    /// Whether it must be filled in.
    pub required: bool,
    /// The fewest characters it takes.
    pub min_length: u64,
    /// The most characters it takes.
    pub max_length: u64,
}

impl Modal {
    fn of(interaction: Id, data: &Json) -> Modal {
        let inputs = data["components"].as_array().into_iter().flatten().filter_map(|row| row["components"].as_array()).flatten();
        Modal {
            custom_id: text(&data["custom_id"]),
            title: text(&data["title"]),
            fields: inputs
                .map(|input| ModalField {
                    custom_id: text(&input["custom_id"]),
                    label: text(&input["label"]),
                    value: text(&input["value"]),
                    required: input["required"] != false,
                    min_length: input["min_length"].as_u64().unwrap_or(0),
                    max_length: input["max_length"].as_u64().unwrap_or(4000),
                })
                .collect(),
            interaction,
        }
    }
}

/// What came of a click.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::large_enum_variant, reason = "a test holds one at a time")]
#[serde(rename_all = "snake_case")]
pub enum Clicked {
    /// It was a link: the browser opens this address, and the bot hears nothing.
    Url(String),
    /// The bot answered, or changed the message.
    Reply(Reply),
    /// The bot opened a modal.
    Modal(Modal),
}

impl Clicked {
    /// The address of a link.
    pub fn url(self) -> Option<String> {
        match self {
            Clicked::Url(url) => Some(url),
            Clicked::Reply(_) | Clicked::Modal(_) => None,
        }
    }

    /// The bot's answer.
    pub fn reply(self) -> Option<Reply> {
        match self {
            Clicked::Reply(reply) => Some(reply),
            Clicked::Url(_) | Clicked::Modal(_) => None,
        }
    }
}

/// A choice that autocomplete offers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Choice {
    /// What the person sees.
    pub name: String,
    /// What the option gets.
    pub value: Json,
}

/// Waits for what comes of an interaction, within Discord's deadlines.
pub(super) async fn outcome(discord: &Discord, id: Id) -> Result<Clicked, ActError> {
    let inner = &discord.inner;
    let silent = || ActError::Failed("The application did not respond".to_owned());
    let created_ms = inner.read(|state| state.interactions.get(&id).map_or(0, |found| found.created_ms));
    let answered = inner.wait(|state| state.interactions.get(&id).and_then(|found| found.answer.clone()));
    let answer = tokio::select! {
        biased;
        answer = answered => answer,
        () = inner.clock.sleep_until(created_ms + FIRST_ANSWER_MS + 1) => return Err(silent()),
    };
    let message_id = match answer {
        Answer::Message { id } | Answer::Update { id } => id,
        Answer::Modal(data) => return Ok(Clicked::Modal(Modal::of(id, &data))),
        Answer::Choices(_) => return Err(silent()),
    };
    // "thinking…" is not an answer yet.
    let finished = inner.wait(|state| match state.messages.get(&message_id) {
        Some(message) if message.flags & flag::LOADING != 0 => None,
        Some(message) => Some(Some(Message::of(state, message, inner.clock.now_ms()))),
        None => Some(None),
    });
    let message = tokio::select! {
        biased;
        message = finished => message,
        () = inner.clock.sleep_until(created_ms + TOKEN_LIFE_MS) => return Err(silent()),
    };
    let message = message.ok_or_else(|| ActError::Failed("The answer was deleted".to_owned()))?;
    Ok(Clicked::Reply(Reply {
        ephemeral: message.is_ephemeral(),
        deferred: inner.read(|state| state.interactions.get(&id).is_some_and(|found| found.deferred)),
        message,
        discord: discord.clone(),
        interaction: id,
    }))
}

/// Somebody at a Discord client.
#[derive(Clone)]
pub struct Person {
    discord: Discord,
    id: Id,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({}, {})", self.name(), self.id)
    }
}

impl Person {
    pub(super) fn new(discord: Discord, id: Id) -> Person {
        Person { discord, id }
    }

    pub(super) fn number(&self) -> Id {
        self.id
    }

    /// The user id.
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    /// The user name.
    pub fn name(&self) -> String {
        self.discord.inner.read(|state| state.users.get(&self.id).map(|user| user.name.clone()).unwrap_or_default())
    }

    /// Whether this is a bot.
    pub fn is_bot(&self) -> bool {
        self.discord.inner.read(|state| state.users.get(&self.id).is_some_and(|user| user.bot))
    }

    /// `<@id>`.
    pub fn mention(&self) -> String {
        format!("<@{}>", self.id)
    }

    /// This person in a channel of a server.
    pub fn in_channel(&self, channel: &Channel) -> Place {
        Place { person: self.clone(), channel: Some(channel.id) }
    }

    /// This person in their DM with the bot.
    pub fn in_dm(&self) -> Place {
        Place { person: self.clone(), channel: None }
    }

    /// Stops taking DMs from the bot.
    pub fn close_dms(&self) {
        self.set_dms(false);
    }

    /// Takes DMs again.
    pub fn open_dms(&self) {
        self.set_dms(true);
    }

    fn set_dms(&self, open: bool) {
        self.discord.inner.change(|state| {
            if let Some(user) = state.users.get_mut(&self.id) {
                user.dms_open = open;
            }
        });
    }

    /// Sets the language of their client, such as `de` or `es-419`.
    pub fn set_locale(&self, locale: &str) {
        self.discord.inner.change(|state| {
            if let Some(user) = state.users.get_mut(&self.id) {
                user.locale = locale.to_owned();
            }
        });
    }

    /// The DMs that the bot sent of its own accord, oldest first. Answers to commands are not among them.
    pub fn inbox(&self) -> Vec<Message> {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.read(|state| inbox(state, self.id, now_ms))
    }

    /// Waits until a DM contains this text.
    pub async fn wait_for_dm(&self, text: &str) -> Message {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.wait(|state| inbox(state, self.id, now_ms).into_iter().find(|message| message.text().contains(text))).await
    }

    /// Presses the button of this label, as it is on the message now.
    pub async fn click(&self, message: &Message, label: &str) -> Result<Clicked, ActError> {
        let current = self.visible(message)?;
        let missing = || ActError::NoSuchComponent(format!("a button `{label}`"));
        let button = current.button(label).ok_or_else(missing)?;
        if button.disabled {
            return Err(ActError::NotAllowed(format!("the button `{label}` is disabled")));
        }
        if let Some(url) = button.url {
            return Ok(Clicked::Url(url));
        }
        let data = json!({ "custom_id": button.custom_id, "component_type": 2 });
        self.component(&current, &data).await
    }

    /// Chooses in the text select of this `custom_id` or placeholder.
    pub async fn select(&self, message: &Message, select: &str, values: &[&str]) -> Result<Clicked, ActError> {
        let current = self.visible(message)?;
        let found = current
            .inner_components()
            .find(|found| found["type"] == 3 && (found["custom_id"] == select || found["placeholder"] == select))
            .ok_or_else(|| ActError::NoSuchComponent(format!("a select `{select}`")))?;
        if found["disabled"] == true {
            return Err(ActError::NotAllowed(format!("the select `{select}` is disabled")));
        }
        let offered =
            |value: &str| found["options"].as_array().is_some_and(|options| options.iter().any(|option| option["value"] == value));
        if let Some(unknown) = values.iter().find(|value| !offered(value)) {
            return Err(ActError::BadOptions(format!("`{unknown}` is not in `{select}`")));
        }
        let count = values.len() as u64;
        let (least, most) = (found["min_values"].as_u64().unwrap_or(1), found["max_values"].as_u64().unwrap_or(1));
        if count < least || count > most {
            return Err(ActError::BadOptions(format!("`{select}` takes {least} to {most} values")));
        }
        let data = json!({ "custom_id": found["custom_id"], "component_type": 3, "values": values });
        self.component(&current, &data).await
    }

    /// Fills in a modal by label or `custom_id`, and sends it.
    pub async fn submit<'a>(&self, modal: &Modal, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Clicked, ActError> {
        let mut values: Vec<String> = modal.fields.iter().map(|field| field.value.clone()).collect();
        for (name, value) in fields {
            let place = modal.fields.iter().position(|field| field.label == name || field.custom_id == name);
            let place = place.ok_or_else(|| ActError::BadOptions(format!("the form has no field `{name}`")))?;
            values[place] = value.to_owned();
        }
        for (field, value) in modal.fields.iter().zip(&values) {
            let length = value.chars().count() as u64;
            let fits = (length >= field.min_length && length <= field.max_length) || (length == 0 && !field.required);
            if !fits || (field.required && length == 0) {
                return Err(ActError::BadOptions(format!("`{}` has {length} characters", field.label)));
            }
        }
        let rows: Vec<Json> = modal
            .fields
            .iter()
            .zip(&values)
            .map(|(field, value)| json!({ "type": 1, "components": [{ "type": 4, "custom_id": field.custom_id, "value": value }] }))
            .collect();
        let data = json!({ "custom_id": modal.custom_id, "components": rows });
        let now_ms = self.discord.inner.clock.now_ms();
        let id = self.discord.inner.change(|state| {
            let opener =
                state.interactions.get(&modal.interaction).ok_or_else(|| ActError::NotAllowed("no such form is open".to_owned()))?;
            let start = Start {
                kind: 5,
                user: self.id,
                channel: opener.channel,
                guild: opener.guild,
                message: opener.message,
                opened_by: Some(opener.id),
            };
            Ok(interactions::begin(state, start, now_ms, |state, start| interactions::envelope(state, start, &data, now_ms)))
        })?;
        outcome(&self.discord, id).await
    }

    /// Sends the bot a press of a button of any `custom_id`, as no honest client would.
    ///
    /// Without a message it claims to come from one in this person's DM.
    pub async fn forge_click(&self, custom_id: &str, message: Option<&Message>) -> Result<Clicked, ActError> {
        let now_ms = self.discord.inner.clock.now_ms();
        let data = json!({ "custom_id": custom_id, "component_type": 2 });
        let claimed = message.and_then(|message| message.id.parse::<Id>().ok());
        let id = self.discord.inner.change(|state| {
            let known = claimed.and_then(|id| state.messages.get(&id)).map(|message| (message.id, message.channel));
            let (message, channel) = match known {
                Some(known) => known,
                None => {
                    let channel = state.dm_with(self.id, now_ms);
                    (forged_message(state, channel, custom_id, now_ms), channel)
                }
            };
            component_interaction(state, self.id, message, channel, &data, now_ms)
        });
        outcome(&self.discord, id).await
    }

    fn visible(&self, message: &Message) -> Result<Message, ActError> {
        let id = message.id.parse::<Id>().unwrap_or_default();
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.read(|state| {
            let found = state.messages.get(&id).filter(|found| state.sees(self.id, found));
            let found = found.ok_or_else(|| ActError::NotAllowed(format!("{} sees no such message", self.id)))?;
            Ok(Message::of(state, found, now_ms))
        })
    }

    async fn component(&self, message: &Message, data: &Json) -> Result<Clicked, ActError> {
        let now_ms = self.discord.inner.clock.now_ms();
        let message_id = message.id.parse::<Id>().unwrap_or_default();
        let channel = message.channel_id.parse::<Id>().unwrap_or_default();
        let id = self.discord.inner.change(|state| component_interaction(state, self.id, message_id, channel, data, now_ms));
        outcome(&self.discord, id).await
    }
}

fn component_interaction(state: &mut State, user: Id, message: Id, channel: Id, data: &Json, now_ms: i64) -> Id {
    let start = Start { kind: 3, user, channel, guild: state.guild_of(channel), message: Some(message), opened_by: None };
    interactions::begin(state, start, now_ms, |state, start| interactions::envelope(state, start, data, now_ms))
}

/// A message of the bot that the bot never sent. It is hidden from every list.
fn forged_message(state: &mut State, channel: Id, custom_id: &str, now_ms: i64) -> Id {
    let id = state.next_id(now_ms);
    let button = json!({ "type": 2, "style": 2, "label": "forged", "custom_id": custom_id });
    let message = MessageState {
        id,
        channel,
        author: state.bot,
        kind: 0,
        content: String::new(),
        embeds: Vec::new(),
        components: vec![json!({ "type": 1, "components": [button] })],
        flags: flag::EPHEMERAL,
        tts: false,
        attachments: Vec::new(),
        allowed_mentions: None,
        nonce: None,
        sent_ms: now_ms,
        edited_ms: None,
        interaction: None,
        only_for: Some(0),
        reference: None,
    };
    state.messages.insert(id, message);
    id
}

fn inbox(state: &State, user: Id, now_ms: i64) -> Vec<Message> {
    let Some(dm) = state.users.get(&user).and_then(|user| user.dm) else { return Vec::new() };
    state
        .messages
        .values()
        .filter(|message| message.channel == dm && message.author == state.bot)
        .filter(|message| message.interaction.is_none() && message.only_for.is_none())
        .map(|message| Message::of(state, message, now_ms))
        .collect()
}

/// A person in a channel or in their DM with the bot: where commands are run.
#[derive(Clone, Debug)]
pub struct Place {
    person: Person,
    /// A server's channel; `None` is the DM.
    channel: Option<Id>,
}

impl Place {
    /// Runs a chat-input command, such as `/billing issue`, as Discord's client lets one.
    ///
    /// Resolves with the bot's final first answer: a deferred one when it is edited.
    pub async fn slash<'a>(&self, command: &str, options: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Reply, ActError> {
        self.run(command, options, Check::Client).await
    }

    /// Sends a well-formed command that the client would not offer: no look at visibility, permissions or options.
    pub async fn forge<'a>(&self, command: &str, options: impl IntoIterator<Item = (&'a str, Value)>) -> Result<Reply, ActError> {
        self.run(command, options, Check::Forged).await
    }

    async fn run<'a>(&self, command: &str, options: impl IntoIterator<Item = (&'a str, Value)>, check: Check) -> Result<Reply, ActError> {
        let id = self.start(2, command, options, None, check)?;
        match outcome(&self.person.discord, id).await? {
            Clicked::Reply(reply) => Ok(reply),
            Clicked::Modal(modal) => Err(ActError::OpenedModal(modal)),
            Clicked::Url(_) => Err(ActError::Failed("The application did not respond".to_owned())),
        }
    }

    /// What the client offers while the person types `typed` into the option `focused`.
    pub async fn autocomplete<'a>(
        &self,
        command: &str,
        focused: &str,
        typed: &str,
        others: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Result<Vec<Choice>, ActError> {
        self.complete(command, focused, typed, others, Check::Typing).await
    }

    /// Asks for choices that the client would not ask for; see [`Place::forge`].
    pub async fn forge_autocomplete<'a>(
        &self,
        command: &str,
        focused: &str,
        typed: &str,
        others: impl IntoIterator<Item = (&'a str, Value)>,
    ) -> Result<Vec<Choice>, ActError> {
        self.complete(command, focused, typed, others, Check::Forged).await
    }

    async fn complete<'a>(
        &self,
        command: &str,
        focused: &str,
        typed: &str,
        others: impl IntoIterator<Item = (&'a str, Value)>,
        check: Check,
    ) -> Result<Vec<Choice>, ActError> {
        let id = self.start(4, command, others, Some((focused, typed)), check)?;
        let inner = &self.person.discord.inner;
        let created_ms = inner.read(|state| state.interactions.get(&id).map_or(0, |found| found.created_ms));
        let answered = inner.wait(|state| match &state.interactions.get(&id)?.answer {
            Some(Answer::Choices(choices)) => Some(choices.clone()),
            _ => None,
        });
        let choices = tokio::select! {
            biased;
            choices = answered => choices,
            () = inner.clock.sleep_until(created_ms + FIRST_ANSWER_MS + 1) => {
                return Err(ActError::Failed("Loading options failed".to_owned()));
            }
        };
        let choice = |choice: Json| Choice { name: text(&choice["name"]), value: choice["value"].clone() };
        Ok(choices.into_iter().map(choice).collect())
    }

    /// Writes a message.
    pub fn say(&self, content: &str) -> Result<Message, ActError> {
        let now_ms = self.person.discord.inner.clock.now_ms();
        self.person.discord.inner.change(|state| {
            let scene = self.scene(state, Check::Client, now_ms)?;
            let body = json!({ "content": content });
            let draft = Draft {
                channel: scene.channel,
                author: Some(scene.user),
                body: &body,
                kind: 0,
                extra_flags: 0,
                interaction: None,
                only_for: None,
            };
            let id = create_message(state, draft, Vec::new(), now_ms).map_err(|_| ActError::BadOptions("an empty message".to_owned()))?;
            let message = state.messages.get(&id).map(|message| Message::of(state, message, now_ms));
            message.ok_or_else(|| ActError::Failed("the message is gone".to_owned()))
        })
    }

    fn start<'a>(
        &self,
        kind: u8,
        command: &str,
        options: impl IntoIterator<Item = (&'a str, Value)>,
        focused: Option<(&str, &str)>,
        check: Check,
    ) -> Result<Id, ActError> {
        // Collected before the state is locked: the iterator is the caller's.
        let options: Vec<(String, Value)> = options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let now_ms = self.person.discord.inner.clock.now_ms();
        self.person.discord.inner.change(|state| {
            let scene = self.scene(state, check, now_ms)?;
            let data = client::command_data(state, scene, command, options, focused, check, now_ms)?;
            let start = Start { kind, user: scene.user, channel: scene.channel, guild: scene.guild, message: None, opened_by: None };
            Ok(interactions::begin(state, start, now_ms, |state, start| interactions::envelope(state, start, &data, now_ms)))
        })
    }

    fn scene(&self, state: &mut State, check: Check, now_ms: i64) -> Result<Scene, ActError> {
        let user = self.person.id;
        let Some(channel) = self.channel else {
            let known = state.users.get(&user).is_some_and(|user| user.dm.is_some());
            if check != Check::Forged && !known && !state.shares_guild_with_bot(user) {
                let name = state.users.get(&user).map(|user| user.name.clone()).unwrap_or_default();
                let why = format!("{name} shares no server with the bot, so there is no DM with it; `guild.join` them");
                return Err(ActError::NotAllowed(why));
            }
            return Ok(Scene { user, channel: state.dm_with(user, now_ms), guild: None });
        };
        match state.channels.get(&channel).map(|channel| channel.kind) {
            Some(ChannelKind::Guild { guild }) => {
                let member = state.guilds.get(&guild).is_some_and(|guild| guild.members.contains_key(&user));
                if check != Check::Forged && !member {
                    let name = state.users.get(&user).map(|user| user.name.clone()).unwrap_or_default();
                    return Err(ActError::NotAllowed(format!("{name} is not a member of the server")));
                }
                Ok(Scene { user, channel, guild: Some(guild) })
            }
            Some(ChannelKind::Dm { recipient }) if recipient == user || check == Check::Forged => Ok(Scene { user, channel, guild: None }),
            _ => Err(ActError::NotAllowed("no such channel".to_owned())),
        }
    }
}

/// A server.
#[derive(Clone)]
pub struct Guild {
    discord: Discord,
    id: Id,
}

impl std::fmt::Debug for Guild {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Guild({}, {})", self.name(), self.id)
    }
}

impl Guild {
    pub(super) fn new(discord: Discord, id: Id) -> Guild {
        Guild { discord, id }
    }

    /// The server's id.
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    /// The server's name.
    pub fn name(&self) -> String {
        self.discord.inner.read(|state| state.guilds.get(&self.id).map(|guild| guild.name.clone()).unwrap_or_default())
    }

    /// Its owner.
    pub fn owner(&self) -> Person {
        let id = self.discord.inner.read(|state| state.guilds.get(&self.id).map_or(0, |guild| guild.owner));
        Person::new(self.discord.clone(), id)
    }

    /// Its members, the bot too.
    pub fn members(&self) -> Vec<Person> {
        let ids: Vec<Id> = self
            .discord
            .inner
            .read(|state| state.guilds.get(&self.id).map(|guild| guild.members.keys().copied().collect()).unwrap_or_default());
        ids.into_iter().map(|id| Person::new(self.discord.clone(), id)).collect()
    }

    /// Its channels, oldest first.
    pub fn channels(&self) -> Vec<Channel> {
        let ids = self.discord.inner.read(|state| state.channels_of(self.id));
        ids.into_iter().map(|id| Channel::new(self.discord.clone(), id)).collect()
    }

    /// The text channel of this name, made when there is none.
    pub fn channel(&self, name: &str) -> Channel {
        let now_ms = self.discord.inner.clock.now_ms();
        let id = self.discord.inner.change(|state| {
            let found =
                state.channels_of(self.id).into_iter().find(|id| state.channels.get(id).is_some_and(|channel| channel.name == name));
            found.unwrap_or_else(|| {
                let id = state.add_channel(ChannelKind::Guild { guild: self.id }, name, now_ms);
                let json = state.channel_json(id);
                self.tell_bot(state, "CHANNEL_CREATE", &json, intent::GUILDS);
                id
            })
        });
        Channel::new(self.discord.clone(), id)
    }

    /// Tells the bot, if it is here.
    fn tell_bot(&self, state: &mut State, event: &str, data: &Json, intents: u64) {
        if state.bot_in(self.id) {
            state.dispatch(event, data, Some(self.id), intents);
        }
    }

    /// Makes somebody a member.
    pub fn join(&self, person: &Person) {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.change(|state| {
            let Some(guild) = state.guilds.get_mut(&self.id) else { return };
            if guild.members.contains_key(&person.id) {
                return;
            }
            guild.members.insert(person.id, MemberState { joined_ms: now_ms, roles: Vec::new() });
            let mut member = state.member_json(self.id, person.id);
            member["guild_id"] = json!(self.id());
            self.tell_bot(state, "GUILD_MEMBER_ADD", &member, intent::GUILD_MEMBERS);
        });
    }

    /// Ends somebody's membership.
    pub fn leave(&self, person: &Person) {
        self.discord.inner.change(|state| {
            let Some(guild) = state.guilds.get_mut(&self.id) else { return };
            if guild.members.remove(&person.id).is_some() {
                let left = json!({ "guild_id": self.id(), "user": state.user_json(person.id) });
                self.tell_bot(state, "GUILD_MEMBER_REMOVE", &left, intent::GUILD_MEMBERS);
            }
        });
    }

    /// Makes a role without special permissions.
    pub fn role(&self, name: &str) -> Role {
        self.role_with(name, 0)
    }

    /// Makes a role with these permission bits, or gives them to the role of this name.
    pub fn role_with(&self, name: &str, permissions: u64) -> Role {
        let now_ms = self.discord.inner.clock.now_ms();
        let id = self.discord.inner.change(|state| {
            let fresh = state.next_id(now_ms);
            let Some(guild) = state.guilds.get_mut(&self.id) else { return fresh };
            let known = guild.roles.values_mut().find(|role| role.name == name);
            let (id, event) = match known {
                Some(role) if role.permissions | permissions == role.permissions => return role.id,
                Some(role) => {
                    role.permissions |= permissions;
                    (role.id, "GUILD_ROLE_UPDATE")
                }
                None => {
                    let role = RoleState { id: fresh, name: name.to_owned(), permissions, managed_by: None };
                    guild.roles.insert(fresh, role);
                    (fresh, "GUILD_ROLE_CREATE")
                }
            };
            if let Some(role) = state.guilds.get(&self.id).and_then(|guild| guild.roles.get(&id)) {
                let json = json!({ "guild_id": self.id(), "role": state.role_json(self.id, role) });
                self.tell_bot(state, event, &json, intent::GUILDS);
            }
            id
        });
        Role { guild: self.clone(), id }
    }

    /// Gives a member a role. Somebody who is no member joins first.
    pub fn give_role(&self, person: &Person, role: &Role) {
        self.join(person);
        self.change_roles(person, |roles| {
            if !roles.contains(&role.id) {
                roles.push(role.id);
            }
        });
    }

    /// Takes a role from a member.
    pub fn take_role(&self, person: &Person, role: &Role) {
        self.change_roles(person, |roles| roles.retain(|id| *id != role.id));
    }

    fn change_roles(&self, person: &Person, change: impl FnOnce(&mut Vec<Id>)) {
        self.discord.inner.change(|state| {
            let member = state.guilds.get_mut(&self.id).and_then(|guild| guild.members.get_mut(&person.id));
            let Some(member) = member else { return };
            change(&mut member.roles);
            let mut json = state.member_json(self.id, person.id);
            json["guild_id"] = json!(self.id());
            self.tell_bot(state, "GUILD_MEMBER_UPDATE", &json, intent::GUILD_MEMBERS);
        });
    }

    /// Gives somebody an administrator's role. Somebody who is no member joins first.
    pub fn set_administrator(&self, person: &Person) {
        let role = self.role_with("Administrator", permission::ADMINISTRATOR);
        self.give_role(person, &role);
    }

    /// Brings the bot in, with its managed role, and tells it (GUILD_CREATE).
    pub fn add_bot(&self) {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.change(|state| {
            if state.bot_in(self.id) {
                return;
            }
            let (bot, role) = (state.bot, state.next_id(now_ms));
            let name = state.users.get(&bot).map(|bot| bot.name.clone()).unwrap_or_default();
            let Some(guild) = state.guilds.get_mut(&self.id) else { return };
            let permissions = permission::EVERYONE | permission::MANAGE_MESSAGES | permission::MANAGE_ROLES;
            guild.roles.insert(role, RoleState { id: role, name, permissions, managed_by: Some(bot) });
            guild.members.insert(bot, MemberState { joined_ms: now_ms, roles: vec![role] });
            announce_guild(state, self.id);
        });
    }

    /// Throws the bot out, with its role and its commands here, and tells it (GUILD_DELETE).
    pub fn remove_bot(&self) {
        self.discord.inner.change(|state| {
            let bot = state.bot;
            let Some(guild) = state.guilds.get_mut(&self.id) else { return };
            if guild.members.remove(&bot).is_none() {
                return;
            }
            guild.roles.retain(|_, role| role.managed_by != Some(bot));
            state.commands.retain(|command| command.guild != Some(self.id));
            state.dispatch("GUILD_DELETE", &json!({ "id": self.id() }), Some(self.id), intent::GUILDS);
        });
    }
}

/// A role of a server.
#[derive(Clone, Debug)]
pub struct Role {
    guild: Guild,
    id: Id,
}

impl Role {
    pub(super) fn number(&self) -> Id {
        self.id
    }

    pub(super) fn guild_number(&self) -> Id {
        self.guild.id
    }

    /// The role's id.
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    /// `<@&id>`.
    pub fn mention(&self) -> String {
        format!("<@&{}>", self.id)
    }
}

/// A text channel of a server.
#[derive(Clone)]
pub struct Channel {
    discord: Discord,
    id: Id,
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Channel({}, {})", self.name(), self.id)
    }
}

impl Channel {
    pub(super) fn new(discord: Discord, id: Id) -> Channel {
        Channel { discord, id }
    }

    pub(super) fn number(&self) -> Id {
        self.id
    }

    /// The channel's id.
    pub fn id(&self) -> String {
        self.id.to_string()
    }

    /// The channel's name.
    pub fn name(&self) -> String {
        let name = |state: &State| state.channels.get(&self.id).map(|channel| channel.name.clone());
        self.discord.inner.read(name).unwrap_or_default()
    }

    /// What everybody in the channel sees, oldest first; ephemeral answers are not there.
    pub fn messages(&self) -> Vec<Message> {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.read(|state| in_channel(state, self.id, now_ms))
    }

    /// Waits until a message in the channel contains this text.
    pub async fn wait_for_message(&self, text: &str) -> Message {
        let now_ms = self.discord.inner.clock.now_ms();
        self.discord.inner.wait(|state| in_channel(state, self.id, now_ms).into_iter().find(|message| message.text().contains(text))).await
    }

    /// Hides the channel from the bot (50001), or shows it again.
    pub fn hide_from_bot(&self, hidden: bool) {
        self.discord.inner.change(|state| {
            if let Some(channel) = state.channels.get_mut(&self.id) {
                channel.hidden_from_bot = hidden;
            }
        });
    }
}

fn in_channel(state: &State, channel: Id, now_ms: i64) -> Vec<Message> {
    state
        .messages
        .values()
        .filter(|message| message.channel == channel && message.only_for.is_none())
        .map(|message| Message::of(state, message, now_ms))
        .collect()
}
