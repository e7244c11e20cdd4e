//! Health, for whatever keeps the service running.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use shared::domain::payments;
use shared::platform::outbox::{self, Backlog};
use shared::{App, Error, Result};

use crate::Web;

/// How long the database may take to answer; the storage has a limit of its own.
const DATABASE_TIMEOUT: Duration = Duration::from_secs(2);
/// The outbox is stuck once a job waits this long after it was due.
const OUTBOX_STUCK_AFTER: Duration = Duration::from_secs(10 * 60);

/// The process runs.
pub async fn live() -> &'static str {
    "ok"
}

/// The process can do its work: database and storage answer, and the outbox moves.
pub async fn ready(State(web): State<Arc<Web>>) -> Response {
    let (database, storage) = tokio::join!(database(&web.app), web.app.storage.ping());
    let (backlog, unsettled) = match database {
        Ok((backlog, unsettled)) => (Ok(backlog), Some(unsettled)),
        Err(error) => (Err(error), None),
    };
    let waits = backlog.as_ref().ok().and_then(|backlog| backlog.oldest_due_at).map(|due_at| web.app.clock.now().since(due_at));
    let ready = backlog.is_ok() && storage.is_ok() && waits.is_none_or(|waits| waits < OUTBOX_STUCK_AFTER);
    for error in [backlog.as_ref().err(), storage.as_ref().err()].into_iter().flatten() {
        tracing::warn!(%error, "not ready");
    }
    let report = json!({
        "database": word(&backlog),
        "storage": word(&storage),
        "outbox": backlog.ok().map(|backlog| json!({
            "waiting": backlog.waiting,
            "given_up": backlog.given_up,
            "oldest_due_seconds": waits.map(|waits| waits.as_secs()),
        })),
        "unsettled_events": unsettled,
        "refused_webhooks": web.refused_webhooks.load(Ordering::Relaxed),
    });
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

/// What waits in the outbox, and how many webhook events are kept for a person to look at.
async fn database(app: &App) -> Result<(Backlog, i64)> {
    let asked = async {
        let backlog = outbox::backlog(&mut *app.db.read().await?).await?;
        Ok((backlog, payments::unsettled(app).await?))
    };
    let answered = tokio::time::timeout(DATABASE_TIMEOUT, asked).await;
    answered.unwrap_or_else(|_| Err(Error::Fault("the database does not answer in time".into())))
}

fn word<T>(answer: &Result<T>) -> &'static str {
    if answer.is_ok() { "ok" } else { "failing" }
}
