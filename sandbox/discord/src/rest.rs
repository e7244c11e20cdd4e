//! REST under `/api/v10`, and the files behind attachment addresses.

mod channels;
mod commands;

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Request, State as Shared};
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::answers::{no_content, ok, snowflake};
use super::error::{ApiError, ApiResult, bad_form};
use super::files::Upload;
use super::gateway::{application_flags, gateway_url};
use super::inner::Inner;
use super::messages::MOST_FILES;
use super::oauth;
use super::state::{ATTACHMENT_SIZE_LIMIT, Access, State};
use super::{interactions, limits, members, premium, rules};
use channels::{edit_message, get_message, list_messages, may_send, open_dm, remove_message, send_message, visible_channel};
use commands::commands;
use sandbox_core::record::{self, Service};

const BODY_LIMIT: usize = 25 * 1024 * 1024;

/// A request, read.
struct Call<'a> {
    method: &'a str,
    path: &'a [&'a str],
    query: HashMap<String, String>,
    body: Value,
    files: Vec<Upload>,
}

/// Who sends a request.
enum Caller {
    Bot,
    /// The application, for somebody who granted it this.
    For(Access),
    /// Somebody whose address is the secret.
    Nobody,
}

/// Everything that is not the gateway or an attachment.
pub(super) async fn serve(Shared(inner): Shared<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (read, refused) = match read_body(content_type.as_deref(), body).await {
        Ok(read) => (read, None),
        Err(refused) => ((Value::Null, Vec::new()), Some(refused)),
    };
    let recorded = record::Request {
        service: Service::Discord,
        method: parts.method.to_string(),
        path: parts.uri.path_and_query().map_or_else(|| path.clone(), ToString::to_string),
        body: read.0.clone(),
        content_type,
        status: 0,
        expect_bad: record::expects_bad(&parts.headers),
    };
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let query = parts.uri.query().unwrap_or_default();
    let result = match (refused, segments.as_slice()) {
        (_, path) if !path.starts_with(&["api", "v10"]) => Err(ApiError::no_route()),
        (Some(refused), _) => Err(refused),
        (None, path) => {
            let call = Call {
                method: parts.method.as_str(),
                path: &path[2..],
                query: serde_urlencoded::from_str(query).unwrap_or_default(),
                body: read.0,
                files: read.1,
            };
            answer(&inner, &parts.headers, call)
        }
    };
    let response = result.unwrap_or_else(IntoResponse::into_response);
    inner.recorder.record(record::Request { status: response.status().as_u16(), ..recorded });
    response
}

async fn read_body(content_type: Option<&str>, body: Body) -> ApiResult<(Value, Vec<Upload>)> {
    let bytes = to_bytes(body, BODY_LIMIT).await.map_err(|_| ApiError::too_large())?;
    let content_type = content_type.unwrap_or_default();
    if content_type.starts_with("multipart/form-data") {
        return read_form(content_type, bytes).await;
    }
    if bytes.is_empty() {
        return Ok((Value::Null, Vec::new()));
    }
    if !content_type.starts_with("application/json") {
        return Err(bad_form(
            "",
            "CONTENT_TYPE_INVALID",
            "Expected \"Content-Type\" header to be one of {'application/json', 'multipart/form-data'}.",
        ));
    }
    let body = serde_json::from_slice(&bytes).map_err(|_| ApiError::not_json())?;
    Ok((body, Vec::new()))
}

async fn read_form(content_type: &str, bytes: Bytes) -> ApiResult<(Value, Vec<Upload>)> {
    let broken = || bad_form("", "MULTIPART_INVALID", "The multipart body could not be read.");
    let mut request =
        Request::builder().method(Method::POST).header(header::CONTENT_TYPE, content_type).body(Body::from(bytes)).map_err(|_| broken())?;
    // The whole body was held against our own limit already.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| broken())?;
    let mut body = None;
    let mut fields = Map::new();
    let mut files = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        let name = field.name().unwrap_or_default().to_owned();
        let filename = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(str::to_owned);
        let bytes = field.bytes().await.map_err(|_| broken())?;
        if name == "payload_json" {
            body = Some(serde_json::from_slice(&bytes).map_err(|_| ApiError::not_json())?);
        } else if let Some(filename) = filename {
            let number = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']'));
            let number = number.and_then(|number| number.parse().ok()).unwrap_or(files.len() as u64);
            files.push(Upload { number, filename, content_type, bytes });
        } else {
            fields.insert(name, Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    let too_many = files.len() > MOST_FILES;
    let total: usize = files.iter().map(|file| file.bytes.len()).sum();
    if total > BODY_LIMIT || files.iter().any(|file| file.bytes.len() as u64 > ATTACHMENT_SIZE_LIMIT) {
        return Err(ApiError::too_large());
    }
    if too_many {
        return Err(bad_form("files", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length."));
    }
    Ok((body.unwrap_or(Value::Object(fields)), files))
}

/// Checks who calls and whether they call too often, and answers.
fn answer(inner: &Inner, headers: &HeaderMap, call: Call<'_>) -> ApiResult {
    let caller = authorize(inner, headers, call.path)?;
    let counted = match &caller {
        Caller::Bot => "bot".to_owned(),
        Caller::For(access) => format!("for {}", access.user),
        Caller::Nobody => "nobody".to_owned(),
    };
    let now_ms = inner.clock.now_ms();
    // Counting wakes nobody: nothing that people see has changed.
    let limits = inner.silently(|state| limits::count(state, call.method, call.path, &counted, now_ms));
    let limits = match limits {
        Ok(headers) => headers,
        Err(refusal) => return Ok(*refusal),
    };
    let mut response = route(inner, &caller, call).unwrap_or_else(IntoResponse::into_response);
    response.headers_mut().extend(limits);
    Ok(response)
}

/// Every call needs a token, but those whose address is the secret, and the gateway's address.
fn authorize(inner: &Inner, headers: &HeaderMap, path: &[&str]) -> ApiResult<Caller> {
    let open = matches!(path, ["interactions", _, _, "callback"] | ["webhooks", _, _, ..] | ["gateway"]);
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let now_ms = inner.clock.now_ms();
    inner.read(|state| {
        if given.strip_prefix("Bot ").is_some_and(|token| token == state.token) {
            return Ok(Caller::Bot);
        }
        let access = given.strip_prefix("Bearer ").and_then(|token| state.oauth.access(token, now_ms));
        match access {
            Some(access) => Ok(Caller::For(access)),
            None if open => Ok(Caller::Nobody),
            None => Err(ApiError::unauthorized()),
        }
    })
}

fn route(inner: &Inner, caller: &Caller, call: Call<'_>) -> ApiResult {
    match caller {
        Caller::For(access) => route_for(inner, access, call),
        Caller::Bot | Caller::Nobody => route_bot(inner, call),
    }
}

/// The few routes that a Bearer token opens, each by its scope.
fn route_for(inner: &Inner, access: &Access, call: Call<'_>) -> ApiResult {
    let needs = |scope: &str| if access.has(scope) { Ok(()) } else { Err(ApiError::unauthorized()) };
    match (call.method, call.path) {
        ("GET", ["users", "@me"]) => {
            needs("identify")?;
            inner.read(|state| ok(oauth::user_json(state, access)))
        }
        ("GET", ["users", "@me", "guilds"]) => {
            needs("guilds")?;
            inner.read(|state| members::guilds_of(state, access.user, &call.query))
        }
        ("GET", ["users", "@me", "guilds", guild, "member"]) => {
            needs("guilds.members.read")?;
            let guild = snowflake("guild_id", guild)?;
            inner.read(|state| match state.member_json(guild, access.user) {
                Value::Null => Err(ApiError::unknown_guild()),
                member => ok(member),
            })
        }
        ("GET", ["oauth2", "@me"]) => inner.read(|state| ok(oauth::authorization_json(state, access))),
        ("PUT", ["applications", application, "guilds", guild, "commands", command, "permissions"]) => {
            rules::put(inner, Some(access), application, snowflake("guild_id", guild)?, command, &call.body)
        }
        (_, ["applications", _, "commands", ..] | ["applications", _, "guilds", _, "commands", ..]) => {
            needs("applications.commands.update")?;
            route_bot(inner, call)
        }
        (_, ["interactions", _, _, "callback"] | ["webhooks", _, _, ..] | ["gateway"]) => route_bot(inner, call),
        _ => Err(ApiError::unauthorized()),
    }
}

fn route_bot(inner: &Inner, call: Call<'_>) -> ApiResult {
    let Call { method, path, query, body, files } = call;
    match (method, path) {
        ("GET", ["gateway"]) => inner.read(|state| ok(json!({ "url": gateway_url(&state.url) }))),
        ("GET", ["gateway", "bot"]) => {
            let now_ms = inner.clock.now_ms();
            inner.read(|state| {
                const DAY_MS: i64 = 24 * 60 * 60 * 1000;
                let started = state.starts.iter().filter(|at_ms| now_ms - **at_ms < DAY_MS);
                let first = started.clone().next().map_or(0, |at_ms| DAY_MS - (now_ms - at_ms));
                let remaining = 1000_usize.saturating_sub(started.count());
                let limit = json!({ "total": 1000, "remaining": remaining, "reset_after": first, "max_concurrency": 1 });
                ok(json!({ "url": gateway_url(&state.url), "shards": state.shards, "session_start_limit": limit }))
            })
        }
        ("GET", ["oauth2", "applications", "@me"] | ["applications", "@me"]) => inner.read(|state| ok(application(state))),
        ("GET", ["users", "@me"]) => inner.read(|state| ok(state.current_user_json())),
        ("GET", ["users", "@me", "guilds"]) => inner.read(|state| members::guilds_of(state, state.bot, &query)),
        ("DELETE", ["users", "@me", "guilds", guild]) => {
            let guild = snowflake("guild_id", guild)?;
            inner.change(|state| {
                if !state.bot_in(guild) {
                    return Err(ApiError::unknown_guild());
                }
                members::bot_leaves(state, guild);
                no_content()
            })
        }
        ("GET", ["users", user]) => {
            let user = snowflake("user_id", user)?;
            inner.read(|state| if state.users.contains_key(&user) { ok(state.user_json(user)) } else { Err(ApiError::unknown_user()) })
        }
        ("POST", ["users", "@me", "channels"]) => open_dm(inner, &body),
        ("GET", ["channels", channel]) => {
            let channel = snowflake("channel_id", channel)?;
            inner.read(|state| visible_channel(state, channel).and_then(|_| ok(state.channel_json(channel))))
        }
        ("POST", ["channels", channel, "typing"]) => {
            let channel = snowflake("channel_id", channel)?;
            inner.read(|state| may_send(state, channel))?;
            no_content()
        }
        ("GET", ["channels", channel, "messages"]) => list_messages(inner, snowflake("channel_id", channel)?, &query),
        ("POST", ["channels", channel, "messages"]) => send_message(inner, snowflake("channel_id", channel)?, &body, files),
        ("GET" | "PATCH" | "DELETE", ["channels", channel, "messages", message]) => {
            let (channel, message) = (snowflake("channel_id", channel)?, snowflake("message_id", message)?);
            match method {
                "GET" => get_message(inner, channel, message),
                "PATCH" => edit_message(inner, channel, message, &body, files),
                _ => remove_message(inner, channel, message),
            }
        }
        (_, ["guilds", guild, rest @ ..]) => members::serve(inner, method, snowflake("guild_id", guild)?, rest, &query, &body),
        (_, ["applications", application, rest @ ..]) if matches!(rest, ["skus" | "entitlements", ..]) => {
            premium::serve(inner, application, method, rest, &query, &body)
        }
        ("GET", ["applications", application, "guilds", guild, "commands", "permissions"]) => {
            let guild = snowflake("guild_id", guild)?;
            inner.read(|state| rules::get(state, application, guild, None))
        }
        ("GET", ["applications", application, "guilds", guild, "commands", command, "permissions"]) => {
            let guild = snowflake("guild_id", guild)?;
            inner.read(|state| rules::get(state, application, guild, Some(command)))
        }
        ("PUT", ["applications", application, "guilds", guild, "commands", command, "permissions"]) => {
            rules::put(inner, None, application, snowflake("guild_id", guild)?, command, &body)
        }
        (_, ["applications", application, "commands", rest @ ..]) => commands(inner, application, None, method, rest, &body),
        (_, ["applications", application, "guilds", guild, "commands", rest @ ..]) => {
            let guild = snowflake("guild_id", guild)?;
            commands(inner, application, Some(guild), method, rest, &body)
        }
        ("POST", ["interactions", id, token, "callback"]) => {
            let with_response = query.get("with_response").is_some_and(|value| value == "true");
            interactions::callback(inner, snowflake("interaction_id", id)?, token, with_response, &body, files)
        }
        ("POST", ["webhooks", application, token]) => {
            interactions::follow_up(inner, snowflake("webhook_id", application)?, token, &body, files)
        }
        ("GET" | "PATCH" | "DELETE", ["webhooks", application, token, "messages", message]) => {
            let application = snowflake("webhook_id", application)?;
            match method {
                "GET" => interactions::get_message(inner, application, token, message),
                "PATCH" => interactions::edit_message(inner, application, token, message, &body, files),
                _ => interactions::remove_message(inner, application, token, message),
            }
        }
        (
            _,
            ["gateway"]
            | ["gateway", "bot"]
            | ["users", _]
            | ["users", "@me", "channels"]
            | ["channels", _]
            | ["channels", _, "messages"]
            | ["channels", _, "messages", _]
            | ["interactions", _, _, "callback"]
            | ["webhooks", _, _]
            | ["webhooks", _, _, "messages", _],
        ) => Err(ApiError::wrong_method()),
        _ => Err(ApiError::no_route()),
    }
}

fn application(state: &State) -> Value {
    json!({
        "id": state.bot.to_string(),
        "name": state.users.get(&state.bot).map(|bot| bot.name.as_str()).unwrap_or_default(),
        "icon": null,
        "description": "",
        "summary": "",
        "type": null,
        "rpc_origins": [],
        "bot_public": true,
        "bot_require_code_grant": false,
        "bot": state.user_json(state.bot),
        "owner": state.user_json(state.app_owner),
        "team": null,
        "verify_key": state.public_key(),
        "flags": application_flags(state.privileged_intents),
        "hook": true,
        "tags": [],
        "redirect_uris": state.oauth.redirect_uris,
        "interactions_endpoint_url": state.outgoing.interactions_url,
        "role_connections_verification_url": null,
        "event_webhooks_url": state.outgoing.events_url,
        "event_webhooks_status": if state.outgoing.events_url.is_some() { 2 } else { 1 },
        "event_webhooks_types": state.outgoing.events_wanted,
        "integration_types_config": { "0": {}, "1": {} },
        "approximate_guild_count": state.guilds.keys().filter(|guild| state.bot_in(**guild)).count(),
        "approximate_user_install_count": state.users.values().filter(|user| user.installed).count(),
    })
}
