//! What the developer portal, the consent page and the shop do, through the
//! control interface.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::people::find_guild;
use super::{Answer, Shared, body, fail, find_channel, find_place, find_role, find_user, query, within};
use crate::control::Inner;
use crate::discord::{CommandFor, SkuKind, Value};

pub(super) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/discord/menu", post(menu))
        .route("/discord/choose", post(choose))
        .route("/discord/private_channels", post(private_channel))
        .route("/discord/guilds/{id}/rule_command", post(rule_command))
        .route("/discord/guilds/{id}/bot_permissions", post(bot_permissions))
        .route("/discord/guilds/{id}/raise_role", post(raise_role))
        .route("/discord/guilds/{id}/roles_of", post(roles_of))
        .route("/discord/shards", post(shards))
        .route("/discord/rate_limits", post(rate_limits))
        .route("/discord/redirect_uris", post(add_redirect_uri))
        .route("/discord/authorize", post(authorize))
        .route("/discord/deauthorize", post(deauthorize))
        .route("/discord/install", post(install))
        .route("/discord/email", post(email))
        .route("/discord/skus", post(add_sku))
        .route("/discord/buy", post(buy))
        .route("/discord/entitlements", get(entitlements))
        .route("/discord/entitlements/{id}/end", post(end_entitlement))
        .route("/discord/entitlements/{id}/refund", post(refund_entitlement))
        .route("/discord/webhook_events", get(webhook_events).post(set_webhook_events))
        .route("/discord/webhook_events/wait", get(webhook_event_delivered))
        .route("/discord/interactions_endpoint", post(set_interactions_endpoint))
        .route("/discord/sign", post(sign))
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
    let reply = match (&asked.user, &asked.message) {
        (Some(user), None) => {
            let user = find_user(sandbox, user)?;
            if asked.forge {
                within(None, place.forge_user_menu(command, &user)).await??
            } else {
                within(None, place.user_menu(command, &user)).await??
            }
        }
        (None, Some(id)) => {
            let message = sandbox.discord.message(id);
            let message = message.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no message `{id}`.")))?;
            if asked.forge {
                within(None, place.forge_message_menu(command, &message)).await??
            } else {
                within(None, place.message_menu(command, &message)).await??
            }
        }
        _ => return Err(fail(StatusCode::BAD_REQUEST, "Give `user`, or `message`.")),
    };
    Ok(axum::Json(inner.reply_json(reply)))
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
        (None, Some(role), None) => CommandFor::Role(guild.role(role)),
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
struct BotPermissions {
    permissions: u64,
}

async fn bot_permissions(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: BotPermissions = body(&bytes)?;
    find_guild(&inner, &id)?.set_bot_permissions(asked.permissions);
    Ok(axum::Json(json!({"permissions": asked.permissions})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RaiseRole {
    role: String,
}

async fn raise_role(State(inner): Shared, Path(id): Path<String>, bytes: Bytes) -> Answer {
    let asked: RaiseRole = body(&bytes)?;
    let guild = find_guild(&inner, &id)?;
    guild.raise_role(&guild.role(&asked.role));
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
struct Shards {
    shards: u64,
}

async fn shards(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Shards = body(&bytes)?;
    inner.sandbox.discord.set_shards(asked.shards);
    Ok(axum::Json(json!({"shards": asked.shards})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateLimits {
    enforced: bool,
}

async fn rate_limits(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: RateLimits = body(&bytes)?;
    inner.sandbox.discord.enforce_rate_limits(asked.enforced);
    Ok(axum::Json(json!({"enforced": asked.enforced})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RedirectUri {
    uri: String,
}

async fn add_redirect_uri(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: RedirectUri = body(&bytes)?;
    inner.sandbox.discord.add_redirect_uri(&asked.uri);
    Ok(axum::Json(json!({"added": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authorize {
    #[serde(rename = "as")]
    who: String,
    address: String,
    guild: Option<String>,
    #[serde(default)]
    decline: bool,
}

/// Answers the consent page. What is given back is where the browser goes.
async fn authorize(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Authorize = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.who)?;
    let address = match &asked.guild {
        _ if asked.decline => person.decline(&asked.address)?,
        Some(guild) => person.authorize_for(&asked.address, &find_guild(&inner, guild)?)?,
        None => person.authorize(&asked.address)?,
    };
    Ok(axum::Json(json!({"address": address})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct As {
    #[serde(rename = "as")]
    who: String,
}

async fn deauthorize(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: As = body(&bytes)?;
    find_user(&inner.sandbox, &asked.who)?.deauthorize();
    Ok(axum::Json(json!({"done": true})))
}

async fn install(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: As = body(&bytes)?;
    find_user(&inner.sandbox, &asked.who)?.install();
    Ok(axum::Json(json!({"done": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Email {
    #[serde(rename = "as")]
    who: String,
    email: Option<String>,
    #[serde(default)]
    verified: bool,
}

async fn email(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Email = body(&bytes)?;
    find_user(&inner.sandbox, &asked.who)?.set_email(asked.email.as_deref(), asked.verified);
    Ok(axum::Json(json!({"email": asked.email})))
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Durable,
    Consumable,
    UserSubscription,
    GuildSubscription,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddSku {
    name: String,
    kind: Kind,
}

async fn add_sku(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: AddSku = body(&bytes)?;
    let kind = match asked.kind {
        Kind::Durable => SkuKind::Durable,
        Kind::Consumable => SkuKind::Consumable,
        Kind::UserSubscription => SkuKind::UserSubscription,
        Kind::GuildSubscription => SkuKind::GuildSubscription,
    };
    Ok(axum::Json(json!({"id": inner.sandbox.discord.sku(&asked.name, kind)})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Buy {
    #[serde(rename = "as")]
    who: String,
    sku: String,
    guild: Option<String>,
}

async fn buy(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Buy = body(&bytes)?;
    let person = find_user(&inner.sandbox, &asked.who)?;
    let entitlement = match &asked.guild {
        Some(guild) => person.buy_for(&asked.sku, &find_guild(&inner, guild)?)?,
        None => person.buy(&asked.sku)?,
    };
    Ok(axum::Json(entitlement))
}

async fn entitlements(State(inner): Shared) -> Answer {
    Ok(axum::Json(json!(inner.sandbox.discord.entitlements())))
}

async fn end_entitlement(State(inner): Shared, Path(id): Path<String>) -> Answer {
    Ok(axum::Json(json!({"ended": inner.sandbox.discord.end_entitlement(&id)})))
}

async fn refund_entitlement(State(inner): Shared, Path(id): Path<String>) -> Answer {
    Ok(axum::Json(json!({"refunded": inner.sandbox.discord.refund_entitlement(&id)})))
}

async fn webhook_events(State(inner): Shared) -> Answer {
    Ok(axum::Json(json!(inner.sandbox.discord.webhook_events())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetWebhookEvents {
    url: String,
    types: Vec<String>,
}

async fn set_webhook_events(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: SetWebhookEvents = body(&bytes)?;
    let types: Vec<&str> = asked.types.iter().map(String::as_str).collect();
    let set = within(None, inner.sandbox.discord.set_webhook_events(&asked.url, &types)).await?;
    set.map_err(|why| fail(StatusCode::CONFLICT, why))?;
    Ok(axum::Json(json!({"set": true})))
}

#[derive(Deserialize)]
struct Wait {
    delivered: String,
    wait: Option<u64>,
}

async fn webhook_event_delivered(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Wait = query(&uri)?;
    let event = within(asked.wait, inner.sandbox.discord.webhook_event_delivered(&asked.delivered)).await?;
    Ok(axum::Json(json!(event)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InteractionsEndpoint {
    url: String,
}

async fn set_interactions_endpoint(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: InteractionsEndpoint = body(&bytes)?;
    let set = within(None, inner.sandbox.discord.set_interactions_endpoint(&asked.url)).await?;
    set.map_err(|why| fail(StatusCode::CONFLICT, why))?;
    Ok(axum::Json(json!({"set": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sign {
    body: String,
    timestamp: Option<i64>,
}

async fn sign(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Sign = body(&bytes)?;
    let timestamp = asked.timestamp.unwrap_or_else(|| inner.sandbox.clock.now_s());
    Ok(axum::Json(json!({"timestamp": timestamp, "signature": inner.sandbox.discord.sign(timestamp, &asked.body)})))
}
