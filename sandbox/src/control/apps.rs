//! What the developer portal, the consent page and the shop do, through the
//! control interface.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::servers::find_guild;
use super::{Answer, Shared, body, fail, find_user, query, within};
use crate::control::Inner;
use crate::discord::SkuKind;

pub(super) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/discord/shards", post(shards))
        .route("/discord/heartbeat", post(heartbeat))
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
struct Shards {
    shards: u64,
}

async fn shards(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Shards = body(&bytes)?;
    if asked.shards == 0 {
        return Err(fail(StatusCode::BAD_REQUEST, "A bot has 1 shard at least."));
    }
    inner.sandbox.discord.set_shards(asked.shards);
    Ok(axum::Json(json!({"shards": asked.shards})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heartbeat {
    ms: u64,
}

async fn heartbeat(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Heartbeat = body(&bytes)?;
    if asked.ms == 0 {
        return Err(fail(StatusCode::BAD_REQUEST, "Heartbeats are 1 millisecond apart at least."));
    }
    inner.sandbox.discord.set_heartbeat(Duration::from_millis(asked.ms));
    Ok(axum::Json(json!({"ms": asked.ms})))
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
    if url::Url::parse(&asked.uri).is_err() || asked.uri.contains('#') {
        return Err(fail(StatusCode::BAD_REQUEST, format!("`{}` is not an address that a browser can be sent to.", asked.uri)));
    }
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
    let plausible = |email: &String| {
        let parts = email.split_once('@');
        parts.is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
            && !email.contains(char::is_whitespace)
    };
    if let Some(wrong) = asked.email.as_ref().filter(|email| !plausible(email)) {
        return Err(fail(StatusCode::BAD_REQUEST, format!("`{wrong}` is not an e-mail address.")));
    }
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
#[serde(deny_unknown_fields)]
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
