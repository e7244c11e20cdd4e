//! What the window asks: its page and files, and what a person sees.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Failure, Inner, Shared, fail, find_channel, find_place, find_user, query};
use crate::Sandbox;

/// How many messages are given at once, unless told, and at most.
const MESSAGES: usize = 50;
const MOST_MESSAGES: usize = 100;

/// The calls, which need the token.
pub(super) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/window/people", get(people))
        .route("/window/view", get(view))
        .route("/window/messages", get(messages))
        .route("/window/commands", get(commands))
        .route("/window/events", get(events))
}

/// The page, which says what to do without the token, and what it is made of.
pub(super) fn public_routes() -> Router<Arc<Inner>> {
    Router::new().route("/", get(page)).route("/window/{*path}", get(file))
}

async fn page(State(inner): Shared, headers: HeaderMap, uri: Uri) -> Response {
    let files = inner.sandbox.discord.url();
    if inner.is_known(&headers, &uri) { sandbox_window::page(&files) } else { sandbox_window::closed_page(&files) }
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Failure> {
    let file = sandbox_window::file(&path, &headers);
    file.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("The window has no file `{path}`.")))
}

async fn events(State(inner): Shared) -> impl IntoResponse {
    let Sandbox { clock, recorder, discord, stripe, storage, .. } = &inner.sandbox;
    sandbox_window::events(clock, recorder, discord, stripe, storage, inner.stop.clone())
}

async fn people(State(inner): Shared) -> Answer {
    Ok(axum::Json(json!(inner.sandbox.discord.people())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct View {
    #[serde(rename = "as")]
    who: String,
}

async fn view(State(inner): Shared, uri: Uri) -> Answer {
    let asked: View = query(&uri)?;
    Ok(axum::Json(find_user(&inner.sandbox, &asked.who)?.view()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Messages {
    #[serde(rename = "as")]
    who: String,
    channel: String,
    before: Option<u64>,
    limit: Option<usize>,
}

async fn messages(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Messages = query(&uri)?;
    let limit = asked.limit.unwrap_or(MESSAGES);
    if !(1..=MOST_MESSAGES).contains(&limit) {
        return Err(fail(StatusCode::BAD_REQUEST, format!("`limit` is between 1 and {MOST_MESSAGES}.")));
    }
    let person = find_user(&inner.sandbox, &asked.who)?;
    let channel = find_channel(&inner.sandbox, &asked.channel)?;
    let (messages, more) = person.messages_in(&channel, asked.before, limit)?;
    Ok(axum::Json(json!({"messages": messages, "more": more})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commands {
    #[serde(rename = "as")]
    who: String,
    #[serde(rename = "in")]
    place: Option<String>,
}

async fn commands(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Commands = query(&uri)?;
    let person = find_user(&inner.sandbox, &asked.who)?;
    Ok(axum::Json(find_place(&inner.sandbox, &person, asked.place.as_deref())?.offered()?))
}

#[cfg(test)]
mod tests;
