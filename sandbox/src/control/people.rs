//! More of what people, servers and the gateway do, through the control
//! interface.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{
    Answer, Failure, Inner, Shared, at, body, fail, find_channel, find_place, find_user, guild_json, message_json, messages_json, query,
    within,
};
use crate::discord::{Guild, Reply};

pub(super) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/discord/select", post(select))
        .route("/discord/submit", post(submit))
        .route("/discord/say", post(say))
        .route("/discord/interactions", post(forge_interaction))
        .route("/discord/replies/{number}", get(reply))
        .route("/discord/replies/{number}/followups", get(followups))
        .route("/discord/guilds/{id}/leave", post(leave))
        .route("/discord/guilds/{id}/channels", post(add_channel))
        .route("/discord/guilds/{id}/roles", post(add_role))
        .route("/discord/guilds/{id}/give_role", post(give_role))
        .route("/discord/guilds/{id}/take_role", post(take_role))
        .route("/discord/guilds/{id}/bot", post(bot))
        .route("/discord/channels/{id}/hide", post(hide))
        .route("/discord/gateway", post(gateway))
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
    let modal = at(&inner.forms, asked.form, "form")?;
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
    text: String,
}

async fn say(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Say = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.who)?;
    let place = find_place(&inner.sandbox, &person, asked.place.as_deref())?;
    Ok(axum::Json(message_json(&place.say(&asked.text)?)))
}

/// Sends what no client would, as it stands.
async fn forge_interaction(State(inner): Shared, bytes: Bytes) -> Answer {
    let interaction: Json = body(&bytes)?;
    let clicked = within(None, inner.sandbox.discord.forge_interaction(interaction)).await??;
    Ok(axum::Json(inner.clicked_json(clicked)))
}

#[derive(Deserialize)]
struct Look {
    contains: Option<String>,
    wait: Option<u64>,
}

/// A reply as it is now, or once an edit contains a text.
async fn reply(State(inner): Shared, Path(number): Path<usize>, uri: Uri) -> Answer {
    let asked: Look = query(&uri)?;
    let reply: Reply = at(&inner.replies, number, "reply")?;
    let message = match &asked.contains {
        Some(text) => within(asked.wait, reply.wait_for(text)).await?,
        None => reply.latest(),
    };
    Ok(axum::Json(message_json(&message)))
}

async fn followups(State(inner): Shared, Path(number): Path<usize>, uri: Uri) -> Answer {
    let asked: Look = query(&uri)?;
    let reply: Reply = at(&inner.replies, number, "reply")?;
    let contains = asked.contains.unwrap_or_default();
    if asked.wait.is_some() {
        within(asked.wait, reply.wait_for_followup(&contains)).await?;
    }
    Ok(messages_json(reply.followups(), &contains))
}

pub(super) fn find_guild(inner: &Inner, id: &str) -> Result<Guild, Failure> {
    let guilds = inner.sandbox.discord.guilds();
    let found = guilds.into_iter().find(|guild| guild.id() == id);
    found.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no guild `{id}`.")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leave {
    user: String,
}

async fn leave(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: Leave = body(&bytes)?;
    let guild = find_guild(&inner, &id)?;
    guild.leave(&find_user(&inner.sandbox, &asked.user)?);
    Ok(axum::Json(guild_json(&guild)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddChannel {
    name: String,
}

async fn add_channel(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: AddChannel = body(&bytes)?;
    let channel = find_guild(&inner, &id)?.channel(&asked.name);
    Ok(axum::Json(json!({"id": channel.id(), "name": channel.name()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddRole {
    name: String,
    #[serde(default)]
    permissions: u64,
}

async fn add_role(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: AddRole = body(&bytes)?;
    let role = find_guild(&inner, &id)?.role_with(&asked.name, asked.permissions);
    Ok(axum::Json(json!({"id": role.id(), "name": asked.name})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleOf {
    user: String,
    role: String,
}

async fn give_role(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: RoleOf = body(&bytes)?;
    let guild = find_guild(&inner, &id)?;
    guild.give_role(&find_user(&inner.sandbox, &asked.user)?, &guild.role(&asked.role));
    Ok(axum::Json(json!({"given": true})))
}

async fn take_role(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: RoleOf = body(&bytes)?;
    let guild = find_guild(&inner, &id)?;
    guild.take_role(&find_user(&inner.sandbox, &asked.user)?, &guild.role(&asked.role));
    Ok(axum::Json(json!({"taken": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bot {
    present: bool,
}

async fn bot(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: Bot = body(&bytes)?;
    let guild = find_guild(&inner, &id)?;
    if asked.present {
        guild.add_bot();
    } else {
        guild.remove_bot();
    }
    Ok(axum::Json(json!({"present": asked.present})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hide {
    hidden: bool,
}

async fn hide(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: Hide = body(&bytes)?;
    find_channel(&inner.sandbox, &id)?.hide_from_bot(asked.hidden);
    Ok(axum::Json(json!({"hidden": asked.hidden})))
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum GatewayAct {
    Disconnect,
    Reconnect,
    Invalidate,
    AllowPrivilegedIntents,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gateway {
    act: GatewayAct,
    #[serde(default)]
    resumable: bool,
}

async fn gateway(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Gateway = body(&bytes)?;
    let discord = &inner.sandbox.discord;
    match asked.act {
        GatewayAct::Disconnect => discord.disconnect_all(),
        GatewayAct::Reconnect => discord.request_reconnect(),
        GatewayAct::Invalidate => discord.invalidate_sessions(asked.resumable),
        GatewayAct::AllowPrivilegedIntents => discord.allow_privileged_intents(),
    }
    Ok(axum::Json(json!({"done": true})))
}
