//! REST under `/api/v10`, and the files behind attachment addresses.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Query, Request, State as Shared};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::Inner;
use super::error::{ApiError, ApiResult, Form, bad_form};
use super::gateway::{application_flags, gateway_url};
use super::oauth::{self, Access};
use super::state::{
    ATTACHMENT_SIZE_LIMIT, AttachmentState, ChannelKind, ChannelState, CommandState, Id, MessageState, NonceState, State, flag, id_of,
    id_text, permission,
};
use super::validate::{self, MessageUse};
use super::{interactions, limits, members, premium, rules};
use crate::record::{self, Service};

const BODY_LIMIT: usize = 25 * 1024 * 1024;

/// A file of a multipart body, under the number of its `files[n]`.
pub(super) struct Upload {
    pub number: u64,
    pub filename: String,
    pub content_type: Option<String>,
    pub bytes: Bytes,
}

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
    let too_many = files.len() > 10;
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
    let by_bot = matches!(caller, Caller::Bot);
    let now_ms = inner.clock.now_ms();
    // Counting wakes nobody: nothing that people see has changed.
    let limits = inner.silently(|state| limits::count(state, call.method, call.path, by_bot, now_ms));
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
                "GET" => inner.read(|state| {
                    let found = message_in(state, channel, message)?;
                    ok(state.message_json(found, inner.clock.now_ms()))
                }),
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

pub(super) fn ok(body: Value) -> ApiResult {
    Ok(Json(body).into_response())
}

pub(super) fn no_content() -> ApiResult {
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) fn snowflake(name: &str, text: &str) -> ApiResult<Id> {
    text.parse().map_err(|_| bad_form(name, "NUMBER_TYPE_COERCE", format!("Value \"{text}\" is not snowflake.")))
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
        "interactions_endpoint_url": state.outgoing.interactions_url(),
        "role_connections_verification_url": null,
        "event_webhooks_url": state.outgoing.events_url(),
        "event_webhooks_status": if state.outgoing.events_url().is_some() { 2 } else { 1 },
        "event_webhooks_types": state.outgoing.events_wanted(),
        "integration_types_config": { "0": {}, "1": {} },
        "approximate_guild_count": state.guilds.keys().filter(|guild| state.bot_in(**guild)).count(),
        "approximate_user_install_count": state.users.values().filter(|user| user.installed).count(),
    })
}

fn open_dm(inner: &Inner, body: &Value) -> ApiResult {
    if body["recipient_id"].is_null() {
        let mut form = Form::default();
        form.required("recipient_id");
        form.finish()?;
    }
    let text = id_text(&body["recipient_id"]).unwrap_or_default();
    let recipient = snowflake("recipient_id", &text)?;
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        if recipient == state.bot {
            return Err(ApiError::invalid_recipients());
        }
        if !state.users.contains_key(&recipient) {
            return Err(ApiError::unknown_user());
        }
        let dm = state.dm_with(recipient, now_ms);
        ok(state.channel_json(dm))
    })
}

/// A channel that the bot can see.
fn visible_channel(state: &State, id: Id) -> ApiResult<&ChannelState> {
    let channel = state.channels.get(&id).ok_or_else(ApiError::unknown_channel)?;
    let seen = match channel.kind {
        ChannelKind::Guild { guild } => state.permissions(guild, state.bot) & permission::VIEW_CHANNEL != 0 && !channel.hidden_from_bot,
        ChannelKind::Dm { .. } => true,
        ChannelKind::Private => false,
    };
    if seen { Ok(channel) } else { Err(ApiError::missing_access()) }
}

/// Whether the bot may write in a channel now.
fn may_send(state: &State, id: Id) -> ApiResult<()> {
    match visible_channel(state, id)?.kind {
        ChannelKind::Guild { guild } if state.permissions(guild, state.bot) & permission::SEND_MESSAGES == 0 => {
            Err(ApiError::missing_permissions())
        }
        ChannelKind::Guild { .. } => Ok(()),
        ChannelKind::Private => Err(ApiError::missing_access()),
        ChannelKind::Dm { recipient } => match state.users.get(&recipient) {
            None => Err(ApiError::unknown_user()),
            Some(user) if user.bot || !user.dms_open => Err(ApiError::dms_closed()),
            Some(user) if !state.shares_guild_with_bot(user.id) => Err(ApiError::no_mutual_guild()),
            Some(_) => Ok(()),
        },
    }
}

/// A message that the bot can read by REST: an ephemeral one cannot be.
fn message_in(state: &State, channel: Id, id: Id) -> ApiResult<&MessageState> {
    visible_channel(state, channel)?;
    state.messages.get(&id).filter(|message| message.channel == channel && message.only_for.is_none()).ok_or_else(ApiError::unknown_message)
}

fn list_messages(inner: &Inner, channel: Id, query: &HashMap<String, String>) -> ApiResult {
    let limit = limit_of(query, 50, 100)?;
    let bound = |key: &str| query.get(key).map(|text| snowflake(key, text)).transpose();
    let (before, after, around) = (bound("before")?, bound("after")?, bound("around")?);
    let now_ms = inner.clock.now_ms();
    inner.read(|state| {
        visible_channel(state, channel)?;
        let in_channel: Vec<&MessageState> = state
            .messages
            .values()
            .filter(|message| message.channel == channel && message.only_for.is_none())
            .filter(|message| before.is_none_or(|before| message.id < before))
            .filter(|message| after.is_none_or(|after| message.id > after))
            .collect();
        let kept = match (after, around) {
            // The oldest after a message, else the newest; always told newest first.
            (Some(_), _) => &in_channel[..in_channel.len().min(limit)],
            (None, Some(around)) => {
                let middle = in_channel.partition_point(|message| message.id < around);
                let start = middle.saturating_sub(limit / 2);
                &in_channel[start..in_channel.len().min(start + limit)]
            }
            (None, None) => &in_channel[in_channel.len().saturating_sub(limit)..],
        };
        ok(kept.iter().rev().map(|message| state.message_json(message, now_ms)).collect())
    })
}

/// The `limit` of a list, 1 to `most`.
pub(super) fn limit_of(query: &HashMap<String, String>, otherwise: usize, most: usize) -> ApiResult<usize> {
    let Some(text) = query.get("limit") else { return Ok(otherwise) };
    match text.parse::<usize>() {
        Ok(0) => Err(bad_form("limit", "NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.")),
        Ok(limit) if limit > most => {
            Err(bad_form("limit", "NUMBER_TYPE_MAX", format!("int value should be less than or equal to {most}.")))
        }
        Ok(limit) => Ok(limit),
        Err(_) => Err(bad_form("limit", "NUMBER_TYPE_COERCE", format!("Value \"{text}\" is not int."))),
    }
}

fn send_message(inner: &Inner, channel: Id, body: &Value, files: Vec<Upload>) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        visible_channel(state, channel)?;
        validate::message(body, "", MessageUse::Channel)?;
        may_send(state, channel)?;
        let bot = state.bot;
        let enforced = body["enforce_nonce"] == true;
        let nonce = id_text(&body["nonce"]).filter(|_| enforced);
        let sent_before = nonce.as_deref().and_then(|nonce| state.message_by_nonce(bot, nonce, now_ms));
        let id = match sent_before.filter(|id| state.messages.contains_key(id)) {
            Some(id) => id,
            None => {
                let draft = Draft { channel, author: None, body, kind: 0, extra_flags: 0, interaction: None, only_for: None };
                create_message(state, draft, files, now_ms)?
            }
        };
        let message = state.messages.get(&id).ok_or_else(ApiError::unknown_message)?;
        ok(state.message_json(message, now_ms))
    })
}

fn edit_message(inner: &Inner, channel: Id, id: Id, body: &Value, files: Vec<Upload>) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        let message = message_in(state, channel, id)?;
        if message.author != state.bot {
            return Err(ApiError::not_the_author());
        }
        validate::message(body, "", MessageUse::Channel)?;
        change_message(state, id, body, files, now_ms)?;
        let message = message_in(state, channel, id)?;
        ok(state.message_json(message, now_ms))
    })
}

fn remove_message(inner: &Inner, channel: Id, id: Id) -> ApiResult {
    inner.change(|state| {
        let message = message_in(state, channel, id)?;
        if message.author != state.bot {
            match visible_channel(state, channel)?.kind {
                ChannelKind::Guild { guild } if state.permissions(guild, state.bot) & permission::MANAGE_MESSAGES != 0 => {}
                ChannelKind::Guild { .. } => return Err(ApiError::missing_permissions()),
                ChannelKind::Dm { .. } | ChannelKind::Private => {
                    let message = "Cannot execute action on a DM channel";
                    return Err(ApiError::new(StatusCode::FORBIDDEN, 50003, message));
                }
            }
        }
        delete_message(state, id);
        no_content()
    })
}

/// A message about to be.
pub(super) struct Draft<'a> {
    pub channel: Id,
    /// The bot, when `None`.
    pub author: Option<Id>,
    pub body: &'a Value,
    pub kind: u8,
    pub extra_flags: u64,
    pub interaction: Option<Id>,
    pub only_for: Option<Id>,
}

/// Stores a validated message and tells the gateway.
pub(super) fn create_message(state: &mut State, draft: Draft<'_>, files: Vec<Upload>, now_ms: i64) -> ApiResult<Id> {
    let body = draft.body;
    let loading = draft.extra_flags & flag::LOADING != 0;
    if !loading && !validate::has_content(body, files.len()) {
        return Err(ApiError::empty_message());
    }
    let reference = match &body["message_reference"] {
        Value::Null => None,
        given => Some(reference(state, draft.channel, given)?),
    };
    let id = state.next_id(now_ms);
    let attachments = store_files(state, draft.channel, &body["attachments"], files, draft.only_for.is_some(), now_ms);
    let author = draft.author.unwrap_or(state.bot);
    let nonce = Some(body["nonce"].clone()).filter(|nonce| !nonce.is_null());
    if let Some(nonce) = nonce.as_ref().and_then(id_text) {
        state.nonces.push(NonceState { author, nonce, message: id, at_ms: now_ms });
    }
    let message = MessageState {
        id,
        channel: draft.channel,
        author,
        kind: if reference.is_some() { 19 } else { draft.kind },
        content: body["content"].as_str().unwrap_or_default().trim().to_owned(),
        embeds: stored_embeds(&body["embeds"]),
        components: body["components"].as_array().cloned().unwrap_or_default(),
        flags: body["flags"].as_u64().unwrap_or(0) | draft.extra_flags,
        tts: body["tts"] == true,
        attachments,
        allowed_mentions: Some(body["allowed_mentions"].clone()).filter(|rule| !rule.is_null()),
        nonce,
        sent_ms: now_ms,
        edited_ms: None,
        interaction: draft.interaction,
        only_for: draft.only_for,
        reference,
    };
    state.messages.insert(id, message);
    if !loading {
        state.announce_message("MESSAGE_CREATE", id, now_ms);
    }
    Ok(id)
}

fn reference(state: &State, channel: Id, given: &Value) -> ApiResult<Value> {
    let known = id_of(&given["message_id"]).and_then(|id| state.messages.get(&id)).is_some_and(|message| message.channel == channel);
    if !known && given["fail_if_not_exists"] != false {
        return Err(bad_form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message"));
    }
    let mut reference = json!({
        "type": 0,
        "channel_id": channel.to_string(),
        "message_id": id_text(&given["message_id"]),
    });
    if let Some(guild) = state.guild_of(channel) {
        reference["guild_id"] = json!(guild.to_string());
    }
    Ok(reference)
}

fn stored_embeds(embeds: &Value) -> Vec<Value> {
    let stored = |embed: &Value| {
        let mut kept: Map<String, Value> = embed
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        kept.insert("type".to_owned(), json!("rich"));
        for text in ["title", "description"] {
            if let Some(Value::String(text)) = kept.get_mut(text) {
                *text = text.trim().to_owned();
            }
        }
        Value::Object(kept)
    };
    embeds.as_array().into_iter().flatten().map(stored).collect()
}

/// Keeps the files of a message; `described` is its `attachments`, which may name and describe them.
fn store_files(state: &mut State, channel: Id, described: &Value, files: Vec<Upload>, ephemeral: bool, now_ms: i64) -> Vec<Id> {
    let mut stored = Vec::new();
    for file in files {
        let description =
            described.as_array().into_iter().flatten().find(|entry| id_of(&entry["id"]) == Some(file.number)).unwrap_or(&Value::Null);
        let id = state.next_id(now_ms);
        let attachment = AttachmentState {
            id,
            channel,
            filename: safe_filename(description["filename"].as_str().unwrap_or(&file.filename)),
            content_type: file.content_type,
            description: description["description"].as_str().map(str::to_owned),
            bytes: file.bytes,
            claimed_size: None,
            ephemeral,
        };
        state.attachments.insert(id, attachment);
        stored.push(id);
    }
    stored
}

/// The name under which Discord keeps a file: no spaces, separators or control characters.
pub(super) fn safe_filename(name: &str) -> String {
    let safe: String = name
        .chars()
        .filter(|c| !c.is_control())
        .map(|c| if c == ' ' { '_' } else { c })
        .filter(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '(' | ')' | '[' | ']'))
        .collect();
    let safe = safe.trim_start_matches('.');
    if safe.is_empty() { "file".to_owned() } else { safe.to_owned() }
}

/// Applies a validated edit. What the body does not name stays.
pub(super) fn change_message(state: &mut State, id: Id, body: &Value, files: Vec<Upload>, now_ms: i64) -> ApiResult<()> {
    let mut message = state.messages.get(&id).ok_or_else(ApiError::unknown_message)?.clone();
    let named = |key: &str| body.get(key);
    if let Some(content) = named("content") {
        message.content = content.as_str().unwrap_or_default().trim().to_owned();
    }
    if let Some(embeds) = named("embeds") {
        message.embeds = stored_embeds(embeds);
    }
    if let Some(components) = named("components") {
        message.components = components.as_array().cloned().unwrap_or_default();
    }
    if let Some(rule) = named("allowed_mentions") {
        message.allowed_mentions = Some(rule.clone()).filter(|rule| !rule.is_null());
    }
    if let Some(flags) = named("flags").and_then(Value::as_u64) {
        // An edit can only hide or show the embeds of links.
        message.flags = message.flags & !flag::SUPPRESS_EMBEDS | flags & flag::SUPPRESS_EMBEDS;
    }
    if let Some(kept) = named("attachments") {
        let kept: Vec<Id> = kept.as_array().into_iter().flatten().filter_map(|entry| id_of(&entry["id"])).collect();
        message.attachments.retain(|attachment| kept.contains(attachment));
    }
    let shows = !message.content.is_empty()
        || validate::has_content(
            &json!({ "embeds": message.embeds, "components": message.components }),
            message.attachments.len() + files.len(),
        );
    if !shows {
        return Err(ApiError::empty_message());
    }
    let ephemeral = message.only_for.is_some();
    let added = store_files(state, message.channel, &body["attachments"], files, ephemeral, now_ms);
    message.attachments.extend(added);
    let was_loading = message.flags & flag::LOADING != 0;
    if was_loading {
        message.flags &= !flag::LOADING;
    } else {
        message.edited_ms = Some(now_ms);
    }
    state.messages.insert(id, message);
    state.announce_message(if was_loading { "MESSAGE_CREATE" } else { "MESSAGE_UPDATE" }, id, now_ms);
    Ok(())
}

/// Takes a message away and tells the gateway.
pub(super) fn delete_message(state: &mut State, id: Id) {
    let Some(message) = state.messages.remove(&id) else { return };
    if message.only_for.is_some() {
        return;
    }
    let guild = state.guild_of(message.channel);
    let mut event = json!({ "id": id.to_string(), "channel_id": message.channel.to_string() });
    let needed = match guild {
        Some(guild) => {
            event["guild_id"] = json!(guild.to_string());
            super::state::intent::GUILD_MESSAGES
        }
        None => super::state::intent::DIRECT_MESSAGES,
    };
    state.dispatch("MESSAGE_DELETE", &event, guild, needed);
}

fn commands(inner: &Inner, application: &str, guild: Option<Id>, method: &str, rest: &[&str], body: &Value) -> ApiResult {
    let application = snowflake("application_id", application)?;
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        if application != state.bot {
            return Err(if state.users.contains_key(&application) {
                let message = "You are not authorized to perform this action on this application";
                ApiError::new(StatusCode::FORBIDDEN, 20012, message)
            } else {
                ApiError::unknown_application()
            });
        }
        if guild.is_some_and(|guild| !state.bot_in(guild)) {
            return Err(ApiError::missing_access());
        }
        match (method, rest) {
            ("GET", []) => {
                let here = state.commands.iter().filter(|command| command.guild == guild);
                ok(here.map(|command| command.body.clone()).collect())
            }
            ("PUT", []) => replace_commands(state, guild, body, now_ms),
            ("POST", []) => {
                validate::command(body, "")?;
                let (stored, existed) = store_command(state, guild, body, now_ms)?;
                let status = if existed { StatusCode::OK } else { StatusCode::CREATED };
                Ok((status, Json(stored)).into_response())
            }
            ("GET" | "PATCH" | "DELETE", [command]) => {
                let command = snowflake("command_id", command)?;
                let place = state.commands.iter().position(|known| known.id == command && known.guild == guild);
                let place = place.ok_or_else(ApiError::unknown_command)?;
                match method {
                    "GET" => ok(state.commands[place].body.clone()),
                    "DELETE" => {
                        state.commands.remove(place);
                        no_content()
                    }
                    _ => edit_command(state, place, body, now_ms),
                }
            }
            (_, [] | [_]) => Err(ApiError::wrong_method()),
            _ => Err(ApiError::no_route()),
        }
    })
}

fn replace_commands(state: &mut State, guild: Option<Id>, body: &Value, now_ms: i64) -> ApiResult {
    let list = match body {
        Value::Null => &Vec::new(),
        Value::Array(list) => list,
        _ => return Err(bad_form("", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")),
    };
    validate::command_list(list)?;
    let wanted = |command: &CommandState| list.iter().any(|body| names_of(body) == (command.kind(), command.name()));
    // A command that stays keeps its id.
    state.commands.retain(|command| command.guild != guild || wanted(command));
    let mut stored = Vec::new();
    for body in list {
        stored.push(store_command(state, guild, body, now_ms)?.0);
    }
    ok(Value::Array(stored))
}

fn names_of(body: &Value) -> (u64, &str) {
    (body["type"].as_u64().unwrap_or(1), body["name"].as_str().unwrap_or_default())
}

/// Stores a validated command over the one of its name and type, and tells whether there was one.
fn store_command(state: &mut State, guild: Option<Id>, body: &Value, now_ms: i64) -> ApiResult<(Value, bool)> {
    let place = state.commands.iter().position(|known| known.guild == guild && (known.kind(), known.name()) == names_of(body));
    let id = match place {
        Some(place) => state.commands[place].id,
        None => state.next_id(now_ms),
    };
    let stored = command_json(state, id, guild, body, now_ms);
    match place {
        Some(place) => state.commands[place].body = stored.clone(),
        None => {
            let kinds = state.commands.iter().filter(|known| known.guild == guild).map(CommandState::kind);
            validate::command_count(kinds.chain([names_of(body).0]))?;
            state.commands.push(CommandState { id, guild, body: stored.clone() });
        }
    }
    Ok((stored, place.is_some()))
}

fn edit_command(state: &mut State, place: usize, body: &Value, now_ms: i64) -> ApiResult {
    if !body.is_object() {
        return Err(bad_form("", "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType"));
    }
    let (id, guild) = (state.commands[place].id, state.commands[place].guild);
    let mut merged = state.commands[place].body.clone();
    for (key, value) in body.as_object().into_iter().flatten() {
        // The type cannot be edited.
        if key != "type" {
            merged[key.as_str()] = value.clone();
        }
    }
    validate::command(&merged, "")?;
    let taken = state
        .commands
        .iter()
        .enumerate()
        .any(|(other, known)| other != place && known.guild == guild && (known.kind(), known.name()) == names_of(&merged));
    if taken {
        let message = "Application command names must be unique";
        return Err(bad_form("name", "APPLICATION_COMMANDS_DUPLICATE_NAME", message));
    }
    let stored = command_json(state, id, guild, &merged, now_ms);
    state.commands[place].body = stored.clone();
    ok(stored)
}

fn command_json(state: &mut State, id: Id, guild: Option<Id>, body: &Value, now_ms: i64) -> Value {
    let or_null = |key: &str| match &body[key] {
        Value::Object(map) if map.is_empty() => Value::Null,
        other => other.clone(),
    };
    let mut stored = json!({
        "id": id.to_string(),
        "application_id": state.bot.to_string(),
        "version": state.next_id(now_ms).to_string(),
        "type": names_of(body).0,
        "name": body["name"],
        "name_localizations": or_null("name_localizations"),
        "description": body["description"].as_str().unwrap_or_default(),
        "description_localizations": or_null("description_localizations"),
        "default_member_permissions": id_text(&body["default_member_permissions"]),
        "nsfw": body["nsfw"] == true,
    });
    let options = validate::tidy_options(&body["options"]);
    if options.as_array().is_some_and(|options| !options.is_empty()) {
        stored["options"] = options;
    }
    match guild {
        Some(guild) => stored["guild_id"] = json!(guild.to_string()),
        None => {
            stored["dm_permission"] = json!(body["dm_permission"] != false);
            stored["contexts"] = body["contexts"].clone();
            stored["integration_types"] = match &body["integration_types"] {
                Value::Null => json!([0]),
                given => given.clone(),
            };
        }
    }
    stored
}

/// Serves a file while its signed address lives.
pub(super) async fn attachment(
    Shared(inner): Shared<Arc<Inner>>,
    Path((channel, id, filename)): Path<(String, String, String)>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Response {
    let now_ms = inner.clock.now_ms();
    let found = inner.read(|state| {
        let attachment = state.attachments.get(&id.parse::<Id>().ok()?)?;
        let named = attachment.channel.to_string() == channel && attachment.filename == filename;
        (named && state.attachment_url_is_good(attachment, &query, now_ms)).then(|| attachment.clone())
    });
    let response = match found {
        None => (StatusCode::NOT_FOUND, "This content is no longer available.").into_response(),
        Some(attachment) => {
            let kind = attachment.content_type.as_deref().unwrap_or("application/octet-stream");
            let mut response = attachment.bytes.into_response();
            if let Ok(kind) = kind.parse() {
                response.headers_mut().insert(header::CONTENT_TYPE, kind);
            }
            response
        }
    };
    inner.recorder.record(record::Request {
        service: Service::Discord,
        method: request.method().to_string(),
        path: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
        body: Value::Null,
        content_type: None,
        status: response.status().as_u16(),
        expect_bad: record::expects_bad(request.headers()),
    });
    response
}
