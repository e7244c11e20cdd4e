//! What people do at their clients and see there, through the control
//! interface.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Answer, Failure, Inner, Shared, body, fail, find_channel, find_place, find_role, find_user, query, within};
use crate::Sandbox;
use crate::discord::{ActError, Clicked, Message, Modal, Reply, Value};

pub(super) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/discord/slash", post(slash))
        .route("/discord/autocomplete", post(autocomplete))
        .route("/discord/menu", post(menu))
        .route("/discord/click", post(click))
        .route("/discord/select", post(select))
        .route("/discord/choose", post(choose))
        .route("/discord/submit", post(submit))
        .route("/discord/say", post(say))
        .route("/discord/forward", post(forward))
        .route("/discord/interactions", post(forge_interaction))
        .route("/discord/replies/{number}", get(reply))
        .route("/discord/replies/{number}/followups", get(followups))
        .route("/discord/inbox", get(inbox))
        .route("/discord/messages", get(messages))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Slash {
    #[serde(rename = "as")]
    who: String,
    #[serde(rename = "in")]
    place: Option<String>,
    command: String,
    #[serde(default)]
    options: BTreeMap<String, Json>,
    #[serde(default)]
    files: BTreeMap<String, Upload>,
    #[serde(default)]
    forge: bool,
    /// Answer once the reply, edited or not, contains this.
    contains: Option<String>,
    wait: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Upload {
    name: String,
    #[serde(default)]
    content_type: String,
    base64: String,
    claimed_size: Option<u64>,
}

impl Upload {
    fn value(&self, called: &str) -> Result<Value, Failure> {
        let bytes = base64::engine::general_purpose::STANDARD.decode(&self.base64).map_err(|error| {
            let message = format!("The file `{called}` is not base64: {error}.");
            fail(StatusCode::BAD_REQUEST, message)
        })?;
        Ok(Value::File {
            name: self.name.clone(),
            content_type: self.content_type.clone(),
            bytes: bytes.into(),
            claimed_size: self.claimed_size,
        })
    }
}

async fn slash(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Slash = body(&bytes)?;
    let sandbox = &inner.sandbox;
    let person = find_user(sandbox, &asked.who)?;
    let place = find_place(sandbox, &person, asked.place.as_deref())?;
    let mut options = option_values(sandbox, &asked.command, &asked.options)?;
    for (name, file) in &asked.files {
        options.push((name, file.value(name)?));
    }
    let answered = if asked.forge {
        within(None, place.forge(&asked.command, options)).await?
    } else {
        within(None, place.slash(&asked.command, options)).await?
    };
    let mut reply = match answered {
        Ok(reply) => reply,
        Err(ActError::OpenedModal(modal)) => return Ok(axum::Json(inner.form_json(modal))),
        Err(error) => return Err(error.into()),
    };
    if let Some(text) = &asked.contains {
        reply.message = within(asked.wait, reply.wait_for(text)).await?;
    }
    Ok(axum::Json(inner.reply_json(reply)))
}

/// Gives each option the type that the registered command says.
fn option_values<'a>(sandbox: &Sandbox, command: &str, options: &'a BTreeMap<String, Json>) -> Result<Vec<(&'a str, Value)>, Failure> {
    let kinds = option_kinds(&sandbox.discord.commands(), command);
    let mut values = Vec::new();
    for (name, value) in options {
        let kind = kinds.get(name.as_str()).copied();
        values.push((name.as_str(), option_value(sandbox, name, kind, value)?));
    }
    Ok(values)
}

/// The options of a registered command, with Discord's numbers for their types.
pub(super) fn option_kinds(commands: &[Json], command: &str) -> BTreeMap<String, u64> {
    let mut words = command.trim().trim_start_matches('/').split_whitespace();
    let top = words.next().unwrap_or_default();
    let mut leaf = commands.iter().find(|command| command["name"] == top);
    for word in words {
        leaf = leaf.and_then(|leaf| leaf["options"].as_array()).and_then(|options| options.iter().find(|option| option["name"] == word));
    }
    let options = leaf.and_then(|leaf| leaf["options"].as_array());
    options.into_iter().flatten().filter_map(|option| Some((option["name"].as_str()?.to_owned(), option["type"].as_u64()?))).collect()
}

fn option_value(sandbox: &Sandbox, name: &str, kind: Option<u64>, value: &Json) -> Result<Value, Failure> {
    let wrong = |wanted: &str| {
        let message = format!("The option `{name}` must be {wanted}.");
        fail(StatusCode::BAD_REQUEST, message)
    };
    let text = || value.as_str().ok_or_else(|| wrong("text"));
    Ok(match kind {
        Some(3) => match value {
            Json::Number(number) => Value::Text(number.to_string()),
            _ => Value::Text(text()?.to_owned()),
        },
        Some(4) => Value::Integer(value.as_i64().ok_or_else(|| wrong("an integer"))?),
        Some(5) => Value::Boolean(value.as_bool().ok_or_else(|| wrong("true or false"))?),
        Some(6) => Value::User(find_user(sandbox, text()?)?),
        // What can be mentioned is a person or a role.
        Some(9) => match find_user(sandbox, text()?) {
            Ok(user) => Value::User(user),
            Err(no_user) => Value::Role(find_role(sandbox, text()?).map_err(|_| no_user)?),
        },
        Some(7) => Value::Channel(find_channel(sandbox, text()?)?),
        Some(8) => Value::Role(find_role(sandbox, text()?)?),
        Some(10) => Value::Number(value.as_f64().ok_or_else(|| wrong("a number"))?),
        Some(11) => return Err(wrong("among `files`")),
        // The simulator says what is wrong with a name that is not registered.
        Some(_) | None => match value {
            Json::String(text) => Value::Text(text.clone()),
            Json::Bool(value) => Value::Boolean(*value),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Value::Integer(number),
                None => Value::Number(number.as_f64().unwrap_or_default()),
            },
            Json::Null | Json::Array(_) | Json::Object(_) => return Err(wrong("a plain value")),
        },
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Autocomplete {
    #[serde(rename = "as")]
    who: String,
    #[serde(rename = "in")]
    place: Option<String>,
    command: String,
    focused: String,
    #[serde(default)]
    typed: String,
    #[serde(default)]
    options: BTreeMap<String, Json>,
    #[serde(default)]
    forge: bool,
}

async fn autocomplete(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Autocomplete = body(&bytes)?;
    let sandbox = &inner.sandbox;
    let person = find_user(sandbox, &asked.who)?;
    let place = find_place(sandbox, &person, asked.place.as_deref())?;
    let others = option_values(sandbox, &asked.command, &asked.options)?;
    let (command, focused, typed) = (&asked.command, &asked.focused, &asked.typed);
    let choices = if asked.forge {
        within(None, place.forge_autocomplete(command, focused, typed, others)).await??
    } else {
        within(None, place.autocomplete(command, focused, typed, others)).await??
    };
    Ok(axum::Json(json!(choices)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Menu {
    #[serde(rename = "as")]
    who: String,
    #[serde(rename = "in")]
    place: Option<String>,
    command: String,
    user: Option<String>,
    message: Option<String>,
    #[serde(default)]
    forge: bool,
}

/// Runs a command of a context menu, on somebody or on a message.
async fn menu(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Menu = body(&bytes)?;
    let sandbox = &inner.sandbox;
    let person = find_user(sandbox, &asked.who)?;
    let place = find_place(sandbox, &person, asked.place.as_deref())?;
    let command = asked.command.as_str();
    let answered = match (&asked.user, &asked.message) {
        (Some(user), None) => {
            let user = find_user(sandbox, user)?;
            if asked.forge {
                within(None, place.forge_user_menu(command, &user)).await?
            } else {
                within(None, place.user_menu(command, &user)).await?
            }
        }
        (None, Some(id)) => {
            let message = sandbox.discord.message(id);
            let message = message.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no message `{id}`.")))?;
            if asked.forge {
                within(None, place.forge_message_menu(command, &message)).await?
            } else {
                within(None, place.message_menu(command, &message)).await?
            }
        }
        _ => return Err(fail(StatusCode::BAD_REQUEST, "Give `user`, or `message`.")),
    };
    match answered {
        Ok(reply) => Ok(axum::Json(inner.reply_json(reply))),
        Err(ActError::OpenedModal(modal)) => Ok(axum::Json(inner.form_json(modal))),
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Click {
    #[serde(rename = "as")]
    who: String,
    message: Option<String>,
    label: Option<String>,
    /// The `custom_id` of a button that the message has.
    button: Option<String>,
    /// Any `custom_id`, to forge a click.
    custom_id: Option<String>,
}

async fn click(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Click = body(&bytes)?;
    let sandbox = &inner.sandbox;
    let person = find_user(sandbox, &asked.who)?;
    let message = match &asked.message {
        None => None,
        Some(id) => Some(sandbox.discord.message(id).ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no message `{id}`.")))?),
    };
    let clicked = match (&message, &asked.label, &asked.button, &asked.custom_id) {
        (Some(message), Some(label), None, None) => within(None, person.click(message, label)).await??,
        (Some(message), None, Some(button), None) => within(None, person.press(message, button)).await??,
        (message, None, None, Some(custom_id)) => within(None, person.forge_click(custom_id, message.as_ref())).await??,
        _ => {
            let message = "Give `message` with `label` or `button`, or `custom_id` to forge a click.";
            return Err(fail(StatusCode::BAD_REQUEST, message));
        }
    };
    Ok(axum::Json(inner.clicked_json(clicked)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Select {
    #[serde(rename = "as")]
    who: String,
    message: String,
    select: String,
    values: Vec<String>,
}

async fn select(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Select = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.who)?;
    let message = inner.sandbox.discord.message(&asked.message);
    let message = message.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no message `{}`.", asked.message)))?;
    let values: Vec<&str> = asked.values.iter().map(String::as_str).collect();
    let clicked = within(None, person.select(&message, &asked.select, &values)).await??;
    Ok(axum::Json(inner.clicked_json(clicked)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choose {
    #[serde(rename = "as")]
    who: String,
    message: String,
    select: String,
    #[serde(default)]
    users: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    channels: Vec<String>,
}

/// Chooses people, roles and channels in a select.
async fn choose(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Choose = body(&bytes)?;
    let sandbox = &inner.sandbox;
    let person = find_user(sandbox, &asked.who)?;
    let message = sandbox.discord.message(&asked.message);
    let message = message.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no message `{}`.", asked.message)))?;
    let mut values = Vec::new();
    for user in &asked.users {
        values.push(Value::User(find_user(sandbox, user)?));
    }
    for role in &asked.roles {
        values.push(Value::Role(find_role(sandbox, role)?));
    }
    for channel in &asked.channels {
        values.push(Value::Channel(find_channel(sandbox, channel)?));
    }
    let clicked = within(None, person.choose(&message, &asked.select, values)).await??;
    Ok(axum::Json(inner.clicked_json(clicked)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Submit {
    #[serde(rename = "as")]
    who: String,
    form: usize,
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

async fn submit(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Submit = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.who)?;
    let modal = at(&inner.forms, &asked.form.to_string(), "form")?;
    let fields: Vec<(&str, &str)> = asked.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let clicked = within(None, person.submit(&modal, fields)).await??;
    Ok(axum::Json(inner.clicked_json(clicked)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Say {
    #[serde(rename = "as")]
    who: String,
    #[serde(rename = "in")]
    place: Option<String>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    files: Vec<Upload>,
}

async fn say(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Say = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.who)?;
    let place = find_place(&inner.sandbox, &person, asked.place.as_deref())?;
    let files = asked.files.iter().map(|file| file.value(&file.name)).collect::<Result<Vec<_>, _>>()?;
    Ok(axum::Json(message_json(&place.say_with(&asked.text, files)?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forward {
    #[serde(rename = "as")]
    who: String,
    message: String,
    /// Where to.
    #[serde(rename = "in")]
    place: Option<String>,
}

async fn forward(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Forward = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.who)?;
    let place = find_place(&inner.sandbox, &person, asked.place.as_deref())?;
    let message = inner.sandbox.discord.message(&asked.message);
    let message = message.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no message `{}`.", asked.message)))?;
    Ok(axum::Json(message_json(&place.forward(&message)?)))
}

/// Sends what no client would, as it stands.
async fn forge_interaction(State(inner): Shared, bytes: Bytes) -> Answer {
    let interaction: Json = body(&bytes)?;
    let clicked = within(None, inner.sandbox.discord.forge_interaction(interaction)).await??;
    Ok(axum::Json(inner.clicked_json(clicked)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookAgain {
    contains: Option<String>,
    wait: Option<u64>,
}

/// A reply as it is now, or once an edit contains a text.
async fn reply(State(inner): Shared, Path(number): Path<String>, uri: Uri) -> Answer {
    let asked: LookAgain = query(&uri)?;
    let reply: Reply = at(&inner.replies, &number, "reply")?;
    let message = match &asked.contains {
        Some(text) => within(asked.wait, reply.wait_for(text)).await?,
        None => reply.latest(),
    };
    Ok(axum::Json(message_json(&message)))
}

async fn followups(State(inner): Shared, Path(number): Path<String>, uri: Uri) -> Answer {
    let asked: LookAgain = query(&uri)?;
    let reply: Reply = at(&inner.replies, &number, "reply")?;
    let contains = asked.contains.unwrap_or_default();
    if asked.wait.is_some() {
        within(asked.wait, reply.wait_for_followup(&contains)).await?;
    }
    Ok(messages_json(reply.followups(), &contains))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Look {
    #[serde(rename = "as")]
    who: Option<String>,
    channel: Option<String>,
    #[serde(default)]
    contains: String,
    wait: Option<u64>,
}

async fn inbox(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Look = query(&uri)?;
    let who = asked.who.unwrap_or_default();
    let person = find_user(&inner.sandbox, &who)?;
    if asked.wait.is_some() {
        within(asked.wait, person.wait_for_dm(&asked.contains)).await?;
    }
    Ok(messages_json(person.inbox(), &asked.contains))
}

async fn messages(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Look = query(&uri)?;
    let channel = find_channel(&inner.sandbox, &asked.channel.unwrap_or_default())?;
    if asked.wait.is_some() {
        within(asked.wait, channel.wait_for_message(&asked.contains)).await?;
    }
    Ok(messages_json(channel.messages(), &asked.contains))
}

fn messages_json(messages: Vec<Message>, contains: &str) -> axum::Json<Json> {
    let found: Vec<Json> = messages.iter().filter(|message| message.text().contains(contains)).map(message_json).collect();
    axum::Json(json!(found))
}

impl Inner {
    /// A reply with the number under which it is seen again.
    fn reply_json(&self, reply: Reply) -> Json {
        let json = json!({
            "ephemeral": reply.ephemeral,
            "deferred": reply.deferred,
            "text": reply.text(),
            "message": message_json(&reply.message),
        });
        numbered(json, "reply", &self.replies, reply)
    }

    /// A form with the number under which it is submitted.
    fn form_json(&self, modal: Modal) -> Json {
        numbered(json!({"modal": modal}), "form", &self.forms, modal)
    }

    fn clicked_json(&self, clicked: Clicked) -> Json {
        match clicked {
            Clicked::Url(url) => json!({"url": url}),
            Clicked::Reply(reply) => self.reply_json(reply),
            Clicked::Modal(modal) => self.form_json(modal),
        }
    }
}

fn numbered<T>(mut json: Json, name: &str, list: &Mutex<Vec<T>>, item: T) -> Json {
    let mut list = list.lock().unwrap_or_else(PoisonError::into_inner);
    json[name] = list.len().into();
    list.push(item);
    json
}

fn at<T: Clone>(list: &Mutex<Vec<T>>, number: &str, what: &str) -> Result<T, Failure> {
    let list = list.lock().unwrap_or_else(PoisonError::into_inner);
    let found = number.parse::<usize>().ok().and_then(|number| list.get(number)).cloned();
    found.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no {what} {number}.")))
}

fn message_json(message: &Message) -> Json {
    let mut json = json!(message);
    json["text"] = message.text().into();
    json["buttons"] = json!(message.buttons());
    json
}
