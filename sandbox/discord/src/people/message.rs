//! What people see of the bot: messages, replies, forms.

use serde::Serialize;
use serde_json::Value as Json;

use super::discord::Discord;
use super::person::ActError;
use crate::interactions::{FIRST_ANSWER_MS, TOKEN_LIFE_MS};
use crate::state::{Answer, Id, MessageState, News, State, flag, id_text};
use crate::wire::timestamp;

/// A file on a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// Its name, as Discord keeps it.
    pub filename: String,
    /// What the stem of its name was, where Discord keeps another.
    pub title: Option<String>,
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
                title: json["title"].as_str().map(str::to_owned),
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
            nonce: message.nonce.as_ref().and_then(id_text),
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

    pub(super) fn inner_components(&self) -> impl Iterator<Item = &Json> {
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

pub(super) fn text(value: &Json) -> String {
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
    pub(super) interaction: Id,
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

    /// Sends an ephemeral answer away, as its person may: they see it no longer. Others stay.
    pub fn dismiss(&self) {
        let id = self.message.id.parse::<Id>().unwrap_or_default();
        self.discord.inner.change(|state| {
            if let Some(message) = state.messages.get_mut(id).filter(|message| message.only_for.is_some()) {
                message.dismissed = true;
                let channel = message.channel;
                // To the only one who saw it, it is gone.
                state.journal.tell(News::MessageDelete { id, channel });
            }
        });
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
    pub(super) interaction: Id,
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
    /// 1 for one line, 2 for a paragraph.
    pub style: u64,
    /// What it shows while it is empty.
    pub placeholder: Option<String>,
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
                    style: input["style"].as_u64().unwrap_or(1),
                    placeholder: input["placeholder"].as_str().map(str::to_owned),
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
