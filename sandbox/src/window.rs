//! The window: a chat client in the browser, served by the control interface. Its page, modules and styles are in
//! `sandbox/window`; this is what they ask.

mod events;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{Embed, EmbeddedFile};
use serde::Deserialize;
use serde_json::json;

use crate::control::{Answer, Inner, Shared, fail, find_channel, find_place, find_user, query};

/// How many messages are given at once, unless told, and at most.
const MESSAGES: usize = 50;
const MOST_MESSAGES: usize = 100;

/// What the browser gets, part of the binary.
#[derive(Embed)]
#[folder = "window"]
struct Files;

/// The calls, which need the token.
pub(crate) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/window/people", get(people))
        .route("/window/view", get(view))
        .route("/window/messages", get(messages))
        .route("/window/commands", get(commands))
        .route("/window/events", get(events::stream))
}

/// The page, which looks at the token itself, and what it is made of.
pub(crate) fn public_routes() -> Router<Arc<Inner>> {
    Router::new().route("/", get(page)).route("/window/{*path}", get(file))
}

async fn page(State(inner): Shared, headers: HeaderMap, uri: Uri) -> Response {
    let (status, name) =
        if inner.is_known(&headers, &uri) { (StatusCode::OK, "index.html") } else { (StatusCode::UNAUTHORIZED, "closed.html") };
    let Some(file) = Files::get(name) else {
        return fail(StatusCode::NOT_FOUND, "The window's page is not there.").into_response();
    };
    let mut response = (status, file.data).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy(&inner));
    response
}

/// What the page may load: its own modules and styles, and the files that were sent in the chat.
fn policy(inner: &Inner) -> HeaderValue {
    let files = inner.sandbox.discord.url();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: {files}; \
         media-src 'self' data: {files}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    HeaderValue::try_from(policy).expect("an address on loopback is ASCII")
}

async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let found = content_type(&path).and_then(|kind| Some((kind, Files::get(&path)?)));
    let Some((kind, file)) = found else {
        return fail(StatusCode::NOT_FOUND, format!("The window has no file `{path}`.")).into_response();
    };
    let tag = tag(&file);
    // The browser asks each time whether it has changed.
    let cache = [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")), (header::ETAG, tag.clone())];
    if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        return (StatusCode::NOT_MODIFIED, cache).into_response();
    }
    (cache, [(header::CONTENT_TYPE, kind)], file.data).into_response()
}

fn tag(file: &EmbeddedFile) -> HeaderValue {
    HeaderValue::try_from(format!("\"{}\"", hex::encode(file.metadata.sha256_hash()))).expect("hex is ASCII")
}

/// The media type of a file that the page may load; `None` for others, such as the page itself, which has an address
/// of its own.
fn content_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
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
