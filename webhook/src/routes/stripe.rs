//! Stripe's webhook.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use shared::domain::payments;
use shared::texts::Language;

use crate::Web;

/// Takes one event: checks its signature over the raw body, then records and applies it.
///
/// 200 means that it is stored, whatever came of it. Only a failure of ours answers 500, so that
/// Stripe sends it again.
pub async fn receive(State(web): State<Arc<Web>>, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return refused(&web, rejection.status(), "the body is too large or broke off"),
    };
    let signature = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let now = web.app.clock.now();
    let event = match web.app.stripe.verify(&body, signature, now) {
        Ok(event) => event,
        Err(reason) => return refused(&web, StatusCode::BAD_REQUEST, &reason.to_string()),
    };
    match payments::receive(&web.app, &event, &body, now).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.report(Language::English)).into_response(),
    }
}

/// Counts what was turned away; nothing of it is stored.
fn refused(web: &Web, status: StatusCode, reason: &str) -> Response {
    web.refused_webhooks.fetch_add(1, Ordering::Relaxed);
    tracing::warn!(reason, "refused a webhook: {reason}");
    (status, reason.to_owned()).into_response()
}
