//! Driving Stripe through the control interface.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Answer, Failure, Inner, Shared, body, fail, query, within};
use crate::stripe::EVENT_TYPES;

pub(super) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/stripe/{list}", get(list))
        .route("/stripe/account", get(account))
        .route("/stripe/replace_account", post(replace_account))
        .route("/stripe/delete_customer", post(delete_customer))
        .route("/stripe/pay", post(pay))
        .route("/stripe/settle", post(settle))
        .route("/stripe/expire", post(expire))
        .route("/stripe/refund", post(refund))
        .route("/stripe/settle_refund", post(settle_refund))
        .route("/stripe/refunds_pending", post(refunds_pending))
        .route("/stripe/dispute", post(dispute))
        .route("/stripe/close_dispute", post(close_dispute))
        .route("/stripe/event", post(event))
        .route("/stripe/sign", post(sign))
        .route("/stripe/deliver", post(deliver))
        .route("/stripe/webhooks", post(webhooks).get(held))
        .route("/stripe/wait", get(wait))
        .route("/stripe/webhook_endpoints", get(webhook_endpoints).post(add_webhook_endpoint))
}

fn conflict(why: String) -> Failure {
    fail(StatusCode::CONFLICT, why)
}

async fn list(State(inner): Shared, Path(list): Path<String>) -> Answer {
    let stripe = &inner.sandbox.stripe;
    let found = match list.as_str() {
        "sessions" => stripe.sessions(),
        "customers" => stripe.customers(),
        "payment_intents" => stripe.payment_intents(),
        "charges" => stripe.charges(),
        "refunds" => stripe.refunds(),
        "disputes" => stripe.disputes(),
        "events" => stripe.events(),
        "webhook_attempts" => return Ok(axum::Json(json!(stripe.webhook_attempts()))),
        _ => return Err(fail(StatusCode::NOT_FOUND, format!("There is no list `{list}`. GET /help lists the calls."))),
    };
    Ok(axum::Json(json!(found)))
}

async fn account(State(inner): Shared) -> Answer {
    Ok(axum::Json(json!({"id": inner.sandbox.stripe.account()})))
}

async fn replace_account(State(inner): Shared) -> Answer {
    Ok(axum::Json(json!({"id": inner.sandbox.stripe.replace_account()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeleteCustomer {
    customer: String,
}

async fn delete_customer(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: DeleteCustomer = body(&bytes)?;
    inner.sandbox.stripe.delete_customer(&asked.customer).map_err(conflict)?;
    Ok(axum::Json(json!({"deleted": true})))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum With {
    #[default]
    Card,
    Bank,
    Declined,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    session: String,
    #[serde(default)]
    with: With,
}

async fn pay(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Pay = body(&bytes)?;
    let stripe = &inner.sandbox.stripe;
    let paid = match asked.with {
        With::Card => stripe.pay(&asked.session).await,
        With::Bank => stripe.pay_unpaid(&asked.session).await,
        With::Declined => stripe.pay_declined(&asked.session).await,
    };
    paid.map_err(conflict)?;
    Ok(axum::Json(json!({"paid": matches!(asked.with, With::Card)})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    session: String,
    paid: bool,
}

async fn settle(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Settle = body(&bytes)?;
    inner.sandbox.stripe.settle(&asked.session, asked.paid).await.map_err(conflict)?;
    Ok(axum::Json(json!({"paid": asked.paid})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expire {
    session: String,
}

async fn expire(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Expire = body(&bytes)?;
    Ok(axum::Json(json!({"was_open": inner.sandbox.stripe.expire(&asked.session)})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refund {
    of: String,
    amount: Option<i64>,
}

async fn refund(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Refund = body(&bytes)?;
    inner.sandbox.stripe.refund(&asked.of, asked.amount).map(axum::Json).map_err(conflict)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettleRefund {
    refund: String,
    /// Why it fails; without this it succeeds.
    failed: Option<String>,
}

async fn settle_refund(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: SettleRefund = body(&bytes)?;
    let stripe = &inner.sandbox.stripe;
    match &asked.failed {
        Some(reason) => stripe.fail_refund(&asked.refund, reason),
        None => stripe.settle_refund(&asked.refund),
    }
    .map_err(conflict)?;
    Ok(axum::Json(json!({"succeeded": asked.failed.is_none()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundsPending {
    pending: bool,
}

async fn refunds_pending(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: RefundsPending = body(&bytes)?;
    inner.sandbox.stripe.set_refunds_pending(asked.pending);
    Ok(axum::Json(json!({"pending": asked.pending})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Dispute {
    of: String,
    #[serde(default = "fraudulent")]
    reason: String,
    #[serde(default)]
    inquiry: bool,
    /// In minor units: a part of the charge.
    amount: Option<i64>,
    /// Another one than the charge's.
    currency: Option<String>,
}

fn fraudulent() -> String {
    "fraudulent".to_owned()
}

async fn dispute(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Dispute = body(&bytes)?;
    let stripe = &inner.sandbox.stripe;
    let opened = match (asked.inquiry, asked.amount) {
        (true, None) if asked.currency.is_none() => stripe.inquire(&asked.of, &asked.reason),
        (true, _) => Err("An inquiry is about all that is left of a charge.".to_owned()),
        (false, Some(amount)) => stripe.dispute_part(&asked.of, &asked.reason, amount, asked.currency.as_deref()),
        (false, None) if asked.currency.is_some() => Err("A dispute in another currency needs an amount in it.".to_owned()),
        (false, None) => stripe.dispute(&asked.of, &asked.reason),
    };
    opened.map(axum::Json).map_err(conflict)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseDispute {
    dispute: String,
    won: bool,
}

async fn close_dispute(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: CloseDispute = body(&bytes)?;
    inner.sandbox.stripe.close_dispute(&asked.dispute, asked.won).map_err(conflict)?;
    Ok(axum::Json(json!({"won": asked.won})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    object: Json,
}

async fn event(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Event = body(&bytes)?;
    if asked.kind == "*" || !EVENT_TYPES.contains(&asked.kind.as_str()) {
        return Err(fail(StatusCode::BAD_REQUEST, format!("Stripe has no events of type `{}`.", asked.kind)));
    }
    if !asked.object.is_object() {
        return Err(fail(StatusCode::BAD_REQUEST, "`object` must be an object of Stripe's."));
    }
    Ok(axum::Json(inner.sandbox.stripe.event(&asked.kind, asked.object)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sign {
    secret: String,
    body: String,
    timestamp: Option<i64>,
}

async fn sign(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Sign = body(&bytes)?;
    let timestamp = asked.timestamp.unwrap_or_else(|| inner.sandbox.clock.now_s());
    Ok(axum::Json(json!({"signature": inner.sandbox.stripe.sign(&asked.secret, &asked.body, timestamp)})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deliver {
    event: String,
}

async fn deliver(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Deliver = body(&bytes)?;
    let stripe = &inner.sandbox.stripe;
    let known = stripe.events().iter().any(|event| event["id"] == asked.event.as_str());
    if !known {
        let message = format!("There is no event `{}`.", asked.event);
        return Err(fail(StatusCode::NOT_FOUND, message));
    }
    Ok(axum::Json(json!({"statuses": stripe.deliver(&asked.event).await})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhooks {
    hold: bool,
}

/// Whether webhooks are held.
async fn held(State(inner): Shared) -> Answer {
    let stripe = &inner.sandbox.stripe;
    Ok(axum::Json(json!({"hold": stripe.holds_webhooks(), "refunds_pending": stripe.refunds_pending()})))
}

async fn webhooks(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: Webhooks = body(&bytes)?;
    let stripe = &inner.sandbox.stripe;
    if asked.hold {
        stripe.hold_webhooks();
    } else {
        stripe.release_webhooks();
    }
    Ok(axum::Json(json!({"hold": asked.hold})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wait {
    delivered: Option<String>,
    attempted: Option<String>,
    times: Option<usize>,
    wait: Option<u64>,
}

async fn wait(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Wait = query(&uri)?;
    let stripe = &inner.sandbox.stripe;
    match (&asked.delivered, &asked.attempted) {
        (Some(kind), None) => {
            within(asked.wait, stripe.delivered(kind)).await?;
            Ok(axum::Json(json!({"delivered": true})))
        }
        (None, Some(kind)) => {
            within(asked.wait, stripe.attempted(kind, asked.times.unwrap_or(1))).await?;
            Ok(axum::Json(json!({"attempted": true})))
        }
        _ => Err(fail(StatusCode::BAD_REQUEST, "Give `delivered=type`, or `attempted=type` and `times`.")),
    }
}

async fn webhook_endpoints(State(inner): Shared) -> Answer {
    Ok(axum::Json(json!(inner.sandbox.stripe.webhook_endpoints())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddWebhookEndpoint {
    url: String,
    types: Vec<String>,
    secret: Option<String>,
    #[serde(default)]
    live: bool,
}

async fn add_webhook_endpoint(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: AddWebhookEndpoint = body(&bytes)?;
    if !url::Url::parse(&asked.url).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
        let message = format!("`{}` is not a web address.", asked.url);
        return Err(fail(StatusCode::BAD_REQUEST, message));
    }
    if asked.types.is_empty() {
        return Err(fail(StatusCode::BAD_REQUEST, "Give the types of events that it gets, or `*`."));
    }
    if let Some(unknown) = asked.types.iter().find(|kind| !EVENT_TYPES.contains(&kind.as_str())) {
        return Err(fail(StatusCode::BAD_REQUEST, format!("Stripe has no events of type `{unknown}`.")));
    }
    let stripe = &inner.sandbox.stripe;
    let types: Vec<&str> = asked.types.iter().map(String::as_str).collect();
    let secret = asked.secret.unwrap_or_else(|| stripe.create_webhook_secret());
    let endpoint = if asked.live {
        stripe.add_live_webhook_endpoint(&asked.url, &types, &secret)
    } else {
        stripe.add_webhook_endpoint_with_secret(&asked.url, &types, &secret)
    };
    Ok(axum::Json(json!(endpoint)))
}
