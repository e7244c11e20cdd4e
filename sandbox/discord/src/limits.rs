//! Rate limits: a bucket per route, one for everything, and the headers that tell of them.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::state::State;

/// How many requests a caller may send in a second, interactions aside.
const GLOBAL: u32 = 50;

/// The bucket of a route: its name, how many requests it takes, and in how many milliseconds.
///
/// Discord publishes no numbers; these are of the size that bots are used to.
fn bucket(method: &str, path: &[&str]) -> (String, u32, i64) {
    let (limit, length_ms) = match (method, path) {
        ("POST" | "PATCH", ["channels", _, "messages", ..]) => (5, 5_000),
        ("DELETE", ["channels", _, "messages", _]) => (5, 1_000),
        ("POST" | "PATCH" | "DELETE", ["webhooks", ..]) => (5, 2_000),
        ("PUT" | "DELETE", ["guilds", _, "members", _, "roles", _]) => (10, 10_000),
        ("PUT" | "POST", ["applications", .., "commands"]) => (5, 20_000),
        ("GET", ["users", "@me", "guilds"]) => (1, 1_000),
        _ => (50, 1_000),
    };
    // What stands first in a route has a bucket for each: channels, guilds, and webhooks with their tokens.
    let major = match path {
        [kind @ ("channels" | "guilds"), id, ..] => format!("{kind}/{id}"),
        ["webhooks", id, token, ..] => format!("webhooks/{id}/{token}"),
        _ => String::new(),
    };
    let shape: Vec<&str> = path.iter().map(|part| if part.parse::<u64>().is_ok() || part.len() > 30 { ":id" } else { part }).collect();
    (format!("{method} {} {major}", shape.join("/")), limit, length_ms)
}

/// Counts a request: the headers for its answer, or the 429 that is the answer.
///
/// Everybody who calls has buckets of their own: the bot, and each person it calls for by their token. Of a webhook's
/// callers nobody is told apart; its token is in the route.
pub(super) fn count(state: &mut State, method: &str, path: &[&str], caller: &str, now_ms: i64) -> Result<HeaderMap, Box<Response>> {
    let mut headers = HeaderMap::new();
    if !state.limits.enforced {
        return Ok(headers);
    }
    // Answers to interactions have limits of their own.
    if !matches!(path, ["interactions" | "webhooks", ..]) {
        let all = state.limits.buckets.entry(caller.to_owned()).or_default();
        if let Err(wait_ms) = all.take(GLOBAL, 1_000, now_ms) {
            return Err(Box::new(refusal(wait_ms, true, headers)));
        }
    }
    if matches!(path, ["interactions", ..]) {
        return Ok(headers);
    }
    let (route, limit, length_ms) = bucket(method, path);
    let name = format!("{caller} {route}");
    if state.limits.buckets.len() > 10_000 {
        state.limits.buckets.retain(|_, window| window.ends_ms > now_ms);
    }
    let window = state.limits.buckets.entry(name.clone()).or_default();
    let taken = window.take(limit, length_ms, now_ms);
    let hash = hex::encode(&Sha256::digest(route.as_bytes())[..16]);
    let seconds = |ms: i64| format!("{}.{:03}", ms / 1000, ms % 1000);
    let told = [
        ("x-ratelimit-limit", limit.to_string()),
        ("x-ratelimit-remaining", (limit - window.used).to_string()),
        ("x-ratelimit-reset", seconds(window.ends_ms)),
        ("x-ratelimit-reset-after", seconds(window.ends_ms - now_ms)),
        ("x-ratelimit-bucket", hash),
    ];
    for (key, value) in told {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(key, value);
        }
    }
    match taken {
        Ok(()) => Ok(headers),
        Err(wait_ms) => Err(Box::new(refusal(wait_ms, false, headers))),
    }
}

fn refusal(wait_ms: i64, global: bool, mut headers: HeaderMap) -> Response {
    let whole_seconds = (wait_ms + 999) / 1000;
    headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds));
    headers.insert("x-ratelimit-scope", HeaderValue::from_static(if global { "global" } else { "user" }));
    if global {
        headers.insert("x-ratelimit-global", HeaderValue::from_static("true"));
    }
    let body = json!({ "message": "You are being rate limited.", "retry_after": wait_ms as f64 / 1000.0, "global": global });
    (StatusCode::TOO_MANY_REQUESTS, headers, Json(body)).into_response()
}
