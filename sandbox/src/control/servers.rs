//! People, servers, channels, roles and the gateway, through the control
//! interface.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Answer, Failure, Inner, Shared, body, fail, find_channel, find_user, query, within};
use crate::discord::{CommandFor, Guild, LOCALES, Person, Role};

pub(super) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/discord/users", post(add_user))
        .route("/discord/dms", post(dms))
        .route("/discord/locale", post(locale))
        .route("/discord/private_channels", post(private_channel))
        .route("/discord/guilds", post(add_guild))
        .route("/discord/guilds/{id}/members", post(add_member))
        .route("/discord/guilds/{id}/leave", post(leave))
        .route("/discord/guilds/{id}/channels", post(add_channel))
        .route("/discord/guilds/{id}/roles", post(add_role))
        .route("/discord/guilds/{id}/give_role", post(give_role))
        .route("/discord/guilds/{id}/take_role", post(take_role))
        .route("/discord/guilds/{id}/raise_role", post(raise_role))
        .route("/discord/guilds/{id}/roles_of", post(roles_of))
        .route("/discord/guilds/{id}/rule_command", post(rule_command))
        .route("/discord/guilds/{id}/bot", post(bot))
        .route("/discord/guilds/{id}/bot_permissions", post(bot_permissions))
        .route("/discord/channels/{id}/delete", post(delete_channel))
        .route("/discord/channels/{id}/hide", post(hide))
        .route("/discord/channels/{id}/deny_bot", post(deny_bot))
        .route("/discord/gateway", post(gateway))
        .route("/discord/wait", get(discord_wait))
        .route("/discord/commands", get(commands))
}

pub(super) fn user_json(person: &Person) -> Json {
    json!({"id": person.id(), "name": person.name(), "bot": person.is_bot()})
}

pub(super) fn guild_json(guild: &Guild) -> Json {
    let channels: Vec<Json> = guild.channels().iter().map(|channel| json!({"id": channel.id(), "name": channel.name()})).collect();
    let members: Vec<Json> = guild.members().iter().map(user_json).collect();
    json!({
        "id": guild.id(),
        "name": guild.name(),
        "owner": user_json(&guild.owner()),
        "channels": channels,
        "members": members,
    })
}

pub(super) fn find_guild(inner: &Inner, id: &str) -> Result<Guild, Failure> {
    let guilds = inner.sandbox.discord.guilds();
    let found = guilds.into_iter().find(|guild| guild.id() == id);
    found.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no guild `{id}`.")))
}

/// A role of a guild by its id or name: a misspelt name must not make a new one.
fn find_role(guild: &Guild, role: &str) -> Result<Role, Failure> {
    let found = guild.roles().into_iter().find(|found| found.id() == role || found.name() == role);
    found.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("The guild has no role `{role}`.")))
}

/// Holds a name against the length that Discord allows.
fn check_name(name: &str, least: usize, most: usize) -> Result<(), Failure> {
    if (least..=most).contains(&name.chars().count()) {
        return Ok(());
    }
    Err(fail(StatusCode::BAD_REQUEST, format!("`name` must be between {least} and {most} characters long.")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddUser {
    name: String,
    #[serde(default)]
    bot: bool,
}

async fn add_user(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: AddUser = body(&bytes)?;
    check_name(&asked.name, 1, 32)?;
    let discord = &inner.sandbox.discord;
    let person = if asked.bot { discord.bot_user(&asked.name) } else { discord.user(&asked.name) };
    Ok(axum::Json(user_json(&person)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dms {
    #[serde(rename = "as")]
    who: String,
    open: bool,
}

async fn dms(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Dms = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.who)?;
    if asked.open {
        person.open_dms();
    } else {
        person.close_dms();
    }
    Ok(axum::Json(json!({"open": asked.open})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Locale {
    #[serde(rename = "as")]
    who: String,
    locale: String,
}

/// Sets the language of somebody's client.
async fn locale(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Locale = body(&bytes)?;
    if !LOCALES.contains(&asked.locale.as_str()) {
        return Err(fail(StatusCode::BAD_REQUEST, format!("Discord has no language `{}`. It has {}.", asked.locale, LOCALES.join(", "))));
    }
    find_user(&inner.sandbox, &asked.who)?.set_locale(&asked.locale);
    Ok(axum::Json(json!({"locale": asked.locale})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivateChannel {
    users: Vec<String>,
}

async fn private_channel(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: PrivateChannel = body(&bytes)?;
    let people = asked.users.iter().map(|user| find_user(&inner.sandbox, user)).collect::<Result<Vec<_>, _>>()?;
    let people: Vec<_> = people.iter().collect();
    let channel = inner.sandbox.discord.private_channel(&people);
    Ok(axum::Json(json!({"id": channel.id()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddGuild {
    name: String,
    owner: String,
}

async fn add_guild(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: AddGuild = body(&bytes)?;
    check_name(&asked.name, 2, 100)?;
    let owner = find_user(&inner.sandbox, &asked.owner)?;
    let guild = inner.sandbox.discord.guild(&asked.name, &owner);
    Ok(axum::Json(guild_json(&guild)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddMember {
    user: String,
    #[serde(default)]
    administrator: bool,
}

async fn add_member(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: AddMember = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.user)?;
    let guilds = inner.sandbox.discord.guilds();
    let guild = guilds
        .into_iter()
        .find(|guild| guild.id() == id)
        .ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no guild `{id}`.")))?;
    guild.join(&person);
    if asked.administrator {
        guild.set_administrator(&person);
    }
    Ok(axum::Json(guild_json(&guild)))
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
    check_name(&asked.name, 1, 100)?;
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
    check_name(&asked.name, 1, 100)?;
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
    guild.give_role(&find_user(&inner.sandbox, &asked.user)?, &find_role(&guild, &asked.role)?);
    Ok(axum::Json(json!({"given": true})))
}

async fn take_role(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: RoleOf = body(&bytes)?;
    let guild = find_guild(&inner, &id)?;
    guild.take_role(&find_user(&inner.sandbox, &asked.user)?, &find_role(&guild, &asked.role)?);
    Ok(axum::Json(json!({"taken": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RaiseRole {
    role: String,
}

async fn raise_role(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: RaiseRole = body(&bytes)?;
    let guild = find_guild(&inner, &id)?;
    guild.raise_role(&find_role(&guild, &asked.role)?);
    Ok(axum::Json(json!({"raised": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RolesOf {
    user: String,
}

async fn roles_of(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: RolesOf = body(&bytes)?;
    let guild = find_guild(&inner, &id)?;
    let roles = guild.roles_of(&find_user(&inner.sandbox, &asked.user)?);
    let roles: Vec<String> = roles.iter().map(|role| role.id()).collect();
    Ok(axum::Json(json!(roles)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleCommand {
    command: String,
    user: Option<String>,
    role: Option<String>,
    channel: Option<String>,
    allowed: bool,
}

/// Allows or forbids a command, as the server's settings do.
async fn rule_command(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: RuleCommand = body(&bytes)?;
    let guild = find_guild(&inner, &id)?;
    let sandbox = &inner.sandbox;
    let who = match (&asked.user, &asked.role, &asked.channel) {
        (Some(user), None, None) => CommandFor::User(find_user(sandbox, user)?),
        (None, Some(role), None) => CommandFor::Role(find_role(&guild, role)?),
        (None, None, Some(channel)) if channel == "*" => CommandFor::AllChannels,
        (None, None, Some(channel)) => CommandFor::Channel(find_channel(sandbox, channel)?),
        (None, None, None) => CommandFor::Everyone,
        _ => return Err(fail(StatusCode::BAD_REQUEST, "Give one of `user`, `role` and `channel`, or none for everyone.")),
    };
    guild.rule_command(&asked.command, who, asked.allowed)?;
    Ok(axum::Json(json!({"allowed": asked.allowed})))
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
struct Bits {
    permissions: u64,
}

async fn bot_permissions(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: Bits = body(&bytes)?;
    find_guild(&inner, &id)?.set_bot_permissions(asked.permissions);
    Ok(axum::Json(json!({"permissions": asked.permissions})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hide {
    hidden: bool,
}

async fn delete_channel(State(inner): Shared, Path(id): Path<String>) -> Answer {
    find_channel(&inner.sandbox, &id)?.delete();
    Ok(axum::Json(json!({"deleted": true})))
}

async fn hide(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: Hide = body(&bytes)?;
    find_channel(&inner.sandbox, &id)?.hide_from_bot(asked.hidden);
    Ok(axum::Json(json!({"hidden": asked.hidden})))
}

async fn deny_bot(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: Bits = body(&bytes)?;
    find_channel(&inner.sandbox, &id)?.deny_bot(asked.permissions);
    Ok(axum::Json(json!({"denied": asked.permissions})))
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DiscordWait {
    connected: Option<String>,
    command: Option<String>,
    wait: Option<u64>,
}

async fn discord_wait(State(inner): Shared, uri: Uri) -> Answer {
    let asked: DiscordWait = query(&uri)?;
    let discord = &inner.sandbox.discord;
    if asked.connected.is_none() && asked.command.is_none() {
        let message = "Give `connected=1` or `command=name`.";
        return Err(fail(StatusCode::BAD_REQUEST, message));
    }
    within(asked.wait, async {
        if asked.connected.is_some() {
            discord.bot_connected().await;
        }
        if let Some(command) = &asked.command {
            discord.commands_registered(command).await;
        }
    })
    .await?;
    Ok(axum::Json(json!({"ready": true})))
}

async fn commands(State(inner): Shared) -> Answer {
    Ok(axum::Json(json!(inner.sandbox.discord.commands())))
}
