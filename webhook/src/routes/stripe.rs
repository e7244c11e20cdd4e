//! Stripe's webhook.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use shared::domain::stripe_inbox::Unstored;

use crate::limits;
use crate::requests::{Client, text_of};
use crate::web::Web;

/// Takes one event: checks its signature over the raw body, then records and applies it.
///
/// 200 means that it is stored, whatever came of it. Only a failure of ours answers 500, so that
/// Stripe sends it again. A right signature is never held up, whatever else comes from its address.
pub async fn receive(
    State(web): State<Arc<Web>>,
    Client(address): Client,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return refused(&web, address, rejection.status(), "the body is too large or broke off"),
    };
    let signature = text_of(&headers, "stripe-signature");
    let now = web.app.clock.now();
    let event = match web.app.stripe.verify(&body, &signature, now) {
        Ok(event) => event,
        Err(reason) => return refused(&web, address, StatusCode::BAD_REQUEST, &reason.to_string()),
    };
    match web.inbox.receive(event, &body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(Unstored::Busy) => limits::busy(),
        Err(Unstored::Fault(report)) => (StatusCode::INTERNAL_SERVER_ERROR, report).into_response(),
    }
}

/// Counts what was turned away; nothing of it is stored. An address that goes on is not even logged.
fn refused(web: &Web, address: IpAddr, status: StatusCode, reason: &str) -> Response {
    web.refused_webhooks.fetch_add(1, Ordering::Relaxed);
    if let Err(too_many) = web.limits.bad_signature(address) {
        return limits::refused_plainly(too_many);
    }
    tracing::warn!(reason, "refused a webhook: {reason}");
    (status, reason.to_owned()).into_response()
}
