//! Discord's webhook events.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use shared::domain::grants;
use shared::platform::signed_events::Told;
use shared::texts::Language;

use crate::limits;
use crate::requests::{AcceptedLanguage, Client, text_of};
use crate::routes::home;
use crate::web::Web;

/// Takes one event: checks its signature over the raw body, then does what it tells of.
///
/// 204 means that nothing more is to be done about it. Only a failure of ours answers 500, so that
/// Discord sends it again. Where no key is configured, nothing is at this address.
pub async fn receive(
    State(web): State<Arc<Web>>,
    reads: AcceptedLanguage,
    Client(address): Client,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let Some(key) = web.app.event_key else { return home::not_found(State(web), reads).await };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return refused(&web, address, rejection.status(), "the body is too large or broke off"),
    };
    let sent = |name: &str| text_of(&headers, name);
    let now = web.app.clock.now();
    let done = match key.read(&body, &sent("x-signature-timestamp"), &sent("x-signature-ed25519")) {
        Ok(Told::Deauthorized { user, at }) => grants::deauthorized(&web.app, &user, at, now).await,
        Ok(Told::Ping | Told::Other) => Ok(()),
        Err(_) => return refused(&web, address, StatusCode::UNAUTHORIZED, "the signature is wrong"),
    };
    match done {
        // Discord wants a type although there is no body.
        Ok(()) => (StatusCode::NO_CONTENT, [(header::CONTENT_TYPE, "application/json")]).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.report(Language::English)).into_response(),
    }
}

/// Nothing of what was turned away is stored. An address that goes on is not even logged.
fn refused(web: &Web, address: IpAddr, status: StatusCode, reason: &'static str) -> Response {
    if let Err(too_many) = web.limits.bad_signature(address) {
        return limits::refused_plainly(too_many);
    }
    tracing::warn!(reason, "refused an event of Discord's: {reason}");
    (status, reason).into_response()
}
