//! The people, and what they do at their clients.

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::client::{self, Check, Scene, Target};
use super::discord::Discord;
use super::guild::{Channel, Role};
use super::message::{Button, Choice, Clicked, Message, Modal, Reply, outcome, text};
use crate::files::Upload;
use crate::interactions::{self, FIRST_ANSWER_MS, Start};
use crate::messages::{Draft, MOST_FILES, create_message};
use crate::state::{Answer, ChannelKind, Forwarded, Id, MessageState, State, flag};

/// How many characters somebody's client takes.
const LONGEST_MESSAGE: usize = 2_000;

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
    /// The label of a choice where its value belongs: Discord's client sends that after a paste or a switch of
    /// channels. See <https://github.com/discord/discord-api-docs/issues/7916>.
    Label(String),
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

/// Somebody at a Discord client.
#[derive(Clone)]
pub struct Person {
    pub(super) discord: Discord,
    pub(super) id: Id,
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

    /// Who they are in the world that somebody made up, such as "a customer".
    pub fn about(&self) -> Option<String> {
        self.discord.inner.read(|state| state.users.get(&self.id)?.about.clone())
    }

    /// Says who they are, for people who look on. The bot does not hear of it.
    pub fn set_about(&self, about: &str) {
        self.discord.inner.change(|state| {
            if let Some(user) = state.users.get_mut(&self.id) {
                user.about = Some(about.to_owned());
            }
            state.journal.places();
        });
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
            state.journal.places();
        });
    }

    /// Sets the language of their client, such as `de` or `es-419`.
    pub fn set_locale(&self, locale: &str) {
        self.discord.inner.change(|state| {
            if let Some(user) = state.users.get_mut(&self.id) {
                user.locale = locale.to_owned();
            }
            state.journal.places();
        });
    }

    /// Takes another name.
    pub fn rename(&self, name: &str) {
        self.discord.inner.change(|state| {
            if let Some(user) = state.users.get_mut(&self.id) {
                user.name = name.to_owned();
            }
            state.journal.places();
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
        self.press_button(&current, button).await
    }

    /// Presses the button of this `custom_id`, as it is on the message now.
    pub async fn press(&self, message: &Message, custom_id: &str) -> Result<Clicked, ActError> {
        let current = self.visible(message)?;
        let missing = || ActError::NoSuchComponent(format!("a button with the custom_id `{custom_id}`"));
        let button = current.buttons().into_iter().find(|button| button.custom_id.as_deref() == Some(custom_id)).ok_or_else(missing)?;
        self.press_button(&current, button).await
    }

    async fn press_button(&self, message: &Message, button: Button) -> Result<Clicked, ActError> {
        if button.disabled {
            return Err(ActError::NotAllowed(format!("the button `{}` is disabled", button.label)));
        }
        if let Some(url) = button.url {
            return Ok(Clicked::Url(url));
        }
        if button.style == 6 {
            return Err(ActError::NotAllowed("this button opens the shop: `Person::buy` buys there".to_owned()));
        }
        let data = json!({ "custom_id": button.custom_id, "component_type": 2 });
        self.component(message, &data).await
    }

    /// Chooses in the text select of this `custom_id` or placeholder.
    pub async fn select(&self, message: &Message, select: &str, values: &[&str]) -> Result<Clicked, ActError> {
        self.choose(message, select, values.iter().map(|value| Value::from(*value))).await
    }

    /// Chooses in a select of any kind: texts, people, roles or channels.
    pub async fn choose(&self, message: &Message, select: &str, values: impl IntoIterator<Item = Value>) -> Result<Clicked, ActError> {
        let current = self.visible(message)?;
        let found = current
            .inner_components()
            .find(|found| found["type"] != 2 && (found["custom_id"] == select || found["placeholder"] == select))
            .ok_or_else(|| ActError::NoSuchComponent(format!("a select `{select}`")))?;
        if found["disabled"] == true {
            return Err(ActError::NotAllowed(format!("the select `{select}` is disabled")));
        }
        // Collected before the state is locked: the iterator is the caller's.
        let values: Vec<Value> = values.into_iter().collect();
        let channel = current.channel_id.parse::<Id>().unwrap_or_default();
        let now_ms = self.discord.inner.clock.now_ms();
        let data = self.discord.inner.change(|state| {
            let scene = Scene { user: self.id, channel, guild: state.guild_of(channel) };
            client::select_data(state, scene, found, values, now_ms)
        })?;
        self.component(&current, &data).await
    }

    /// Fills in a modal by label or `custom_id`, and sends it.
    ///
    /// It is theirs whom it was shown to, and closes when the bot has answered.
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
                state.interactions.get_mut(&modal.interaction).ok_or_else(|| ActError::NotAllowed("no such form is open".to_owned()))?;
            if opener.user != self.id {
                return Err(ActError::NotAllowed("the form was shown to somebody else".to_owned()));
            }
            if std::mem::replace(&mut opener.submitted, true) {
                return Err(ActError::NotAllowed("the form was sent already".to_owned()));
            }
            let start = Start {
                kind: 5,
                user: self.id,
                channel: opener.channel,
                guild: opener.guild,
                message: opener.message,
                opened_by: Some(opener.id),
                owners: opener.owners,
            };
            Ok(interactions::begin(state, start, now_ms, |state, start| interactions::envelope(state, start, &data, now_ms)))
        })?;
        let came_of_it = outcome(&self.discord, id).await;
        if matches!(came_of_it, Err(ActError::Failed(_))) {
            // The client leaves it open, to be sent again.
            self.discord.inner.change(|state| {
                if let Some(opener) = state.interactions.get_mut(&modal.interaction) {
                    opener.submitted = false;
                }
            });
        }
        came_of_it
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
    let guild = state.guild_of(channel);
    // A component belongs to the installation that its message came from.
    let source = state.messages.get(&message).and_then(|message| state.interactions.get(&message.interaction?));
    let owners = source.map_or_else(|| interactions::owners_in(state, channel, guild, user), |source| source.owners);
    let start = Start { kind: 3, user, channel, guild, message: Some(message), opened_by: None, owners };
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
        dismissed: false,
        reference: None,
        forwarded: None,
    };
    state.messages.insert(message);
    id
}

fn inbox(state: &State, user: Id, now_ms: i64) -> Vec<Message> {
    let Some(dm) = state.users.get(&user).and_then(|user| user.dm) else { return Vec::new() };
    state
        .messages
        .of_channel(dm)
        .filter(|message| message.author == state.bot)
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
    /// Who is there.
    pub fn person(&self) -> Person {
        self.person.clone()
    }

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

    /// Opens the context menu of somebody, and runs the command of this name.
    pub async fn user_menu(&self, command: &str, person: &Person) -> Result<Reply, ActError> {
        self.run_menu(command, &Target::User(person), Check::Client).await
    }

    /// Opens the context menu of a message, and runs the command of this name.
    pub async fn message_menu(&self, command: &str, message: &Message) -> Result<Reply, ActError> {
        self.run_menu(command, &Target::Message(message), Check::Client).await
    }

    /// Sends a well-formed user command that the client would not offer; see [`Place::forge`].
    pub async fn forge_user_menu(&self, command: &str, person: &Person) -> Result<Reply, ActError> {
        self.run_menu(command, &Target::User(person), Check::Forged).await
    }

    /// Sends a well-formed message command that the client would not offer; see [`Place::forge`].
    pub async fn forge_message_menu(&self, command: &str, message: &Message) -> Result<Reply, ActError> {
        self.run_menu(command, &Target::Message(message), Check::Forged).await
    }

    async fn run_menu(&self, command: &str, target: &Target<'_>, check: Check) -> Result<Reply, ActError> {
        let now_ms = self.person.discord.inner.clock.now_ms();
        let id = self.person.discord.inner.change(|state| {
            let scene = self.scene(state, check, now_ms)?;
            let (data, owners) = client::menu_data(state, scene, command, target, check, now_ms)?;
            let start =
                Start { kind: 2, user: scene.user, channel: scene.channel, guild: scene.guild, message: None, opened_by: None, owners };
            Ok(interactions::begin(state, start, now_ms, |state, start| interactions::envelope(state, start, &data, now_ms)))
        })?;
        self.reply_to(id).await
    }

    async fn run<'a>(&self, command: &str, options: impl IntoIterator<Item = (&'a str, Value)>, check: Check) -> Result<Reply, ActError> {
        let id = self.start(2, command, options, None, check)?;
        self.reply_to(id).await
    }

    async fn reply_to(&self, id: Id) -> Result<Reply, ActError> {
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
        self.say_with(content, [])
    }

    /// Writes a message with files: see [`Value::file`]. Values of another kind are left out.
    pub fn say_with(&self, content: &str, files: impl IntoIterator<Item = Value>) -> Result<Message, ActError> {
        let upload = |(at, file)| match file {
            Value::File { name, content_type, bytes, .. } => {
                let content_type = Some(content_type).filter(|kind| !kind.is_empty());
                Some(Upload { number: at as u64, filename: name, content_type, bytes })
            }
            _ => None,
        };
        let files: Vec<Upload> = files.into_iter().enumerate().filter_map(upload).collect();
        if content.chars().count() > LONGEST_MESSAGE || files.len() > MOST_FILES {
            let why = format!("a message has {LONGEST_MESSAGE} characters and {MOST_FILES} files at most");
            return Err(ActError::BadOptions(why));
        }
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
            let id = create_message(state, draft, files, now_ms).map_err(|_| ActError::BadOptions("an empty message".to_owned()))?;
            let message = state.messages.get(&id).map(|message| Message::of(state, message, now_ms));
            message.ok_or_else(|| ActError::Failed("the message is gone".to_owned()))
        })
    }

    /// Forwards a message that they see, from anywhere, to this place.
    pub fn forward(&self, message: &Message) -> Result<Message, ActError> {
        let now_ms = self.person.discord.inner.clock.now_ms();
        self.person.discord.inner.change(|state| {
            let scene = self.scene(state, Check::Client, now_ms)?;
            let source = message.id.parse().ok().and_then(|id: Id| state.messages.get(&id));
            let source = source.filter(|source| source.only_for.is_none() && state.sees(scene.user, source));
            let source = source.ok_or_else(|| ActError::NotAllowed("there is no such message to forward".to_owned()))?.clone();
            let mut reference = json!({ "type": 1, "message_id": source.id.to_string(), "channel_id": source.channel.to_string() });
            if let Some(guild) = state.guild_of(source.channel) {
                reference["guild_id"] = json!(guild.to_string());
            }
            let was = Forwarded {
                content: source.content,
                embeds: source.embeds,
                components: source.components,
                flags: source.flags,
                attachments: source.attachments,
                sent_ms: source.sent_ms,
                edited_ms: source.edited_ms,
            };
            // What forwards a forward shows what that showed.
            let forwarded = source.forwarded.unwrap_or(was);
            let message = MessageState {
                id: state.next_id(now_ms),
                channel: scene.channel,
                author: scene.user,
                kind: 0,
                content: String::new(),
                embeds: Vec::new(),
                components: Vec::new(),
                flags: flag::HAS_SNAPSHOT,
                tts: false,
                attachments: Vec::new(),
                allowed_mentions: None,
                nonce: None,
                sent_ms: now_ms,
                edited_ms: None,
                interaction: None,
                only_for: None,
                dismissed: false,
                reference: Some(reference),
                forwarded: Some(forwarded),
            };
            let sent = Message::of(state, &message, now_ms);
            let id = message.id;
            state.messages.insert(message);
            state.show_message(id, now_ms);
            state.announce_message("MESSAGE_CREATE", id, now_ms);
            Ok(sent)
        })
    }

    /// Sends the bot a modal of any `custom_id`, filled in by `custom_id` of the fields, that no honest
    /// client would have opened.
    pub async fn forge_submit<'a>(
        &self,
        custom_id: &str,
        fields: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Clicked, ActError> {
        let row = |(id, value)| json!({ "type": 1, "components": [{ "type": 4, "custom_id": id, "value": value }] });
        let rows: Vec<Json> = fields.into_iter().map(row).collect();
        let data = json!({ "custom_id": custom_id, "components": rows });
        let now_ms = self.person.discord.inner.clock.now_ms();
        let id = self.person.discord.inner.change(|state| {
            let scene = self.scene(state, Check::Forged, now_ms)?;
            let owners = interactions::owners_in(state, scene.channel, scene.guild, scene.user);
            let start =
                Start { kind: 5, user: scene.user, channel: scene.channel, guild: scene.guild, message: None, opened_by: None, owners };
            Ok(interactions::begin(state, start, now_ms, |state, start| interactions::envelope(state, start, &data, now_ms)))
        })?;
        outcome(&self.person.discord, id).await
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
            let (data, owners) = client::command_data(state, scene, command, options, focused, check, now_ms)?;
            let start =
                Start { kind, user: scene.user, channel: scene.channel, guild: scene.guild, message: None, opened_by: None, owners };
            Ok(interactions::begin(state, start, now_ms, |state, start| interactions::envelope(state, start, &data, now_ms)))
        })
    }

    pub(super) fn scene(&self, state: &mut State, check: Check, now_ms: i64) -> Result<Scene, ActError> {
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
            Some(ChannelKind::Private) => {
                let there = state.channels.get(&channel).is_some_and(|channel| channel.people.contains(&user));
                if check != Check::Forged && !there {
                    return Err(ActError::NotAllowed("this is a conversation of others".to_owned()));
                }
                Ok(Scene { user, channel, guild: None })
            }
            Some(ChannelKind::Dm { recipient }) if recipient == user || check == Check::Forged => Ok(Scene { user, channel, guild: None }),
            _ => Err(ActError::NotAllowed("no such channel".to_owned())),
        }
    }
}
