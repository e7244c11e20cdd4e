//! Health, for whatever keeps the service running.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde_json::json;
use shared::domain::attention::{self, Readiness};
use shared::{App, Error, Result};
use subtle::ConstantTimeEq;

use crate::web::Web;

/// How long the database may take to answer; the storage has a limit of its own.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);
/// The outbox is stuck once a job waits this long after it was due.
const OUTBOX_STUCK_AFTER: Duration = Duration::from_secs(10 * 60);
/// How long an answer of the storage holds, since its requests cost money and polls are many.
const STORAGE_HOLDS: Duration = Duration::from_secs(30);

/// The process runs.
pub async fn live() -> &'static str {
    "ok"
}

/// The process can do its work: database and storage answer, and the outbox moves. How much waits or went
/// wrong is told to whoever has `web.health_token` alone.
pub async fn ready(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let (database, storage) = tokio::join!(database(&web.app), storage(&web));
    let (backlog, unsettled, alarms) = match database {
        Ok(found) => (Ok(found.backlog), Some(found.unsettled), Some(found.refused_settings)),
        Err(error) => (Err(error.to_string()), None, None),
    };
    let waits = backlog.as_ref().ok().and_then(|backlog| backlog.oldest_due_at).map(|due_at| web.app.clock.now().since(due_at));
    let outbox = match waits {
        Some(waits) if waits >= OUTBOX_STUCK_AFTER => Err(format!("the oldest job waits since {} s", waits.as_secs())),
        Some(_) | None => Ok(()),
    };
    let parts = [("database", backlog.as_ref().err()), ("storage", storage.as_ref().err()), ("outbox", outbox.as_ref().err())];
    web.health.tell(&parts);
    let words = parts.map(|(part, error)| (part.to_owned(), json!(if error.is_none() { "ok" } else { "failing" })));
    let mut report = serde_json::Map::from_iter(words);
    // The names of settings alone: what is wrong with them the log and `/billing attention` say.
    report.insert("alarms".to_owned(), json!(alarms));
    if may_see_counters(&web.app, &headers) {
        let backlog = backlog.as_ref().ok();
        let counters = json!({
            "jobs_waiting": backlog.map(|backlog| backlog.waiting),
            "jobs_given_up": backlog.map(|backlog| backlog.given_up),
            "oldest_due_seconds": waits.map(|waits| waits.as_secs()),
            "unsettled_events": unsettled,
            "waiting_events": web.app.waiting_events.load(Ordering::Relaxed),
            "refused_webhooks": web.refused_webhooks.load(Ordering::Relaxed),
        });
        report.insert("counters".to_owned(), counters);
    }
    let status = if parts.iter().all(|(_, error)| error.is_none()) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

/// A peer on this machine is no proof of who is asking: a reverse proxy is one for everybody.
fn may_see_counters(app: &App, headers: &HeaderMap) -> bool {
    let token = app.config.web.health_token.expose_secret();
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer "));
    !token.is_empty() && given.is_some_and(|given| bool::from(given.trim().as_bytes().ct_eq(token.as_bytes())))
}

/// Whether the storage answers, asked at most twice a minute however many polls there are.
async fn storage(web: &Web) -> Result<(), String> {
    let mut known = web.health.storage.lock().await;
    let now = web.app.clock.now();
    if let Some((asked_at, error)) = known.as_ref()
        && now.since(*asked_at) < STORAGE_HOLDS
    {
        return error.clone().map_or(Ok(()), Err);
    }
    let answer = web.app.storage.ping().await.map_err(|error| error.to_string());
    *known = Some((now, answer.as_ref().err().cloned()));
    answer
}

/// How the desk stands, as far as the database tells in time.
async fn database(app: &App) -> Result<Readiness> {
    let answered = tokio::time::timeout(DATABASE_TIMEOUT, attention::readiness(app)).await;
    answered.unwrap_or_else(|_| Err(Error::Fault("the database does not answer in time".into())))
}
