//! Interactions: how they reach the bot, and what it may answer, when.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::error::{ApiError, ApiResult, Form, bad_form};
use super::files::Upload;
use super::inner::Inner;
use super::messages::{Draft, change_message, create_message, delete_message};
use super::premium;
use super::state::{ATTACHMENT_SIZE_LIMIT, Answer, Id, InteractionState, Owners, State, flag, permission, random};
use super::validate::{self, MessageUse};

/// How long the bot may take for its first answer.
pub(super) const FIRST_ANSWER_MS: i64 = 3_000;
/// How long it may go on after that.
pub(super) const TOKEN_LIFE_MS: i64 = 15 * 60 * 1000;

const MOST_FOLLOW_UPS_OUTSIDE: usize = 5;

/// Where and by whom an interaction is started.
pub(super) struct Start {
    pub kind: u8,
    pub user: Id,
    pub channel: Id,
    pub guild: Option<Id>,
    pub message: Option<Id>,
    pub opened_by: Option<Id>,
    pub owners: Owners,
}

/// Where the application is installed, for an interaction that no command decides it for.
pub(super) fn owners_in(state: &State, channel: Id, guild: Option<Id>, user: Id) -> Owners {
    let guild = match guild {
        Some(guild) if state.bot_in(guild) => Some(guild),
        None if state.context_of(channel) == 1 => Some(0),
        _ => None,
    };
    Owners { guild, user: state.users.get(&user).is_some_and(|user| user.installed).then_some(user) }
}

/// Registers an interaction and sends it to the bot. `make` builds what [`envelope`] would.
pub(super) fn begin(state: &mut State, start: Start, now_ms: i64, make: impl FnOnce(&State, &Start) -> Value) -> Id {
    let id = state.next_id(now_ms);
    let token = URL_SAFE_NO_PAD.encode(format!("interaction:{id}:{}", hex::encode(random(32))));
    let mut event = make(state, &start);
    event["id"] = json!(id.to_string());
    event["application_id"] = json!(state.bot.to_string());
    event["token"] = json!(token);
    event["version"] = json!(1);
    let guild = start.guild;
    state.interaction_tokens.insert(token.clone(), id);
    state.interactions.insert(
        id,
        InteractionState {
            id,
            token,
            kind: start.kind,
            created_ms: now_ms,
            user: start.user,
            channel: start.channel,
            guild,
            message: start.message,
            opened_by: start.opened_by,
            owners: start.owners,
            option_type: focused_type(&event["data"]),
            command: (start.kind == 2).then(|| command_text(&event["data"])),
            answer: None,
            deferred: false,
            deleted_original: false,
            followups: Vec::new(),
            submitted: false,
        },
    );
    if !state.outgoing.post_interaction(id, &event) {
        state.dispatch("INTERACTION_CREATE", &event, guild, 0);
    }
    id
}

/// A command as people see it: `/` and its words, or the name in the menu.
fn command_text(data: &Value) -> String {
    let mut text = data["name"].as_str().unwrap_or_default().to_owned();
    if data["type"].as_u64().unwrap_or(1) != 1 {
        return text;
    }
    text.insert(0, '/');
    let mut inner = data;
    // A subcommand, or a group of them, is the only option there is.
    while let Some(option) = inner["options"].get(0).filter(|option| matches!(option["type"].as_u64(), Some(1 | 2))) {
        text.push(' ');
        text.push_str(option["name"].as_str().unwrap_or_default());
        inner = option;
    }
    text
}

/// The type of the option that an autocomplete is for.
fn focused_type(data: &Value) -> u64 {
    for option in data["options"].as_array().into_iter().flatten() {
        if option["focused"] == true {
            return option["type"].as_u64().unwrap_or(0);
        }
        let inner = focused_type(option);
        if inner != 0 {
            return inner;
        }
    }
    0
}

/// An interaction with everything but its id and token.
pub(super) fn envelope(state: &State, start: &Start, data: &Value, now_ms: i64) -> Value {
    let mut event = json!({
        "type": start.kind,
        "data": data,
        "channel_id": start.channel.to_string(),
        "channel": interaction_channel(state, start),
        "locale": state.users.get(&start.user).map_or("en-US", |user| user.locale.as_str()),
        "entitlements": premium::active(state, start.user, start.guild, now_ms),
        "entitlement_sku_ids": [],
        "attachment_size_limit": ATTACHMENT_SIZE_LIMIT,
        "authorizing_integration_owners": start.owners.json(),
        "context": state.context_of(start.channel),
    });
    match start.guild {
        Some(guild) => {
            let mut member = state.member_json(guild, start.user);
            if member.is_null() {
                // Somebody who forged their way in: the shape stays well-formed.
                member = json!({
                    "user": state.user_json(start.user), "nick": null, "avatar": null, "roles": [],
                    "joined_at": null, "premium_since": null, "deaf": false, "mute": false, "flags": 0, "pending": false,
                });
            }
            member["permissions"] = json!(state.permissions(guild, start.user).to_string());
            event["member"] = member;
            event["guild_id"] = json!(guild.to_string());
            event["guild"] = json!({ "id": guild.to_string(), "locale": "en-US", "features": [] });
            event["guild_locale"] = json!("en-US");
            // Where only its user installed it, the application may do what everybody may.
            let may = if state.bot_in(guild) { state.bot_permissions(start.channel) } else { permission::EVERYONE };
            event["app_permissions"] = json!(may.to_string());
        }
        None => {
            event["user"] = state.user_json(start.user);
            let in_dm = permission::EVERYONE & !permission::USE_APPLICATION_COMMANDS;
            event["app_permissions"] = json!(in_dm.to_string());
        }
    }
    if let Some(message) = start.message.and_then(|id| state.messages.get(&id)) {
        event["message"] = state.message_json(message, now_ms);
    }
    event
}

fn interaction_channel(state: &State, start: &Start) -> Value {
    let mut channel = state.channel_json(start.channel);
    if let Some(guild) = start.guild {
        channel["permissions"] = json!(state.permissions(guild, start.user).to_string());
    }
    channel
}

/// `POST /interactions/{id}/{token}/callback`.
pub(super) fn callback(inner: &Inner, id: Id, token: &str, with_response: bool, body: &Value, files: Vec<Upload>) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        let interaction = state.interactions.get(&id).filter(|found| found.token == token);
        let interaction = interaction.ok_or_else(ApiError::unknown_interaction)?;
        if interaction.answer.is_some() {
            return Err(ApiError::already_acknowledged());
        }
        if now_ms - interaction.created_ms > FIRST_ANSWER_MS {
            return Err(ApiError::unknown_interaction());
        }
        let Some(kind) = body["type"].as_u64() else {
            let mut form = Form::default();
            form.required("type");
            return Err(form.finish().expect_err("one mistake was put in"));
        };
        let fits = match interaction.kind {
            4 => kind == 8,
            3 | 5 if interaction.message.is_some() => matches!(kind, 4..=7) || (kind == 9 && interaction.kind == 3),
            5 => matches!(kind, 4 | 5),
            _ => matches!(kind, 4 | 5 | 9),
        };
        if !fits {
            let message = "Interaction callback type is invalid for this interaction";
            return Err(bad_form("type", "INTERACTION_CALLBACK_TYPE_INVALID", message));
        }
        let answer = first_answer(state, id, kind, &body["data"], files, now_ms)?;
        let message = match &answer {
            Answer::Message { id } | Answer::Update { id } => Some(*id),
            Answer::Choices(_) | Answer::Modal(_) => None,
        };
        let interaction = state.interactions.get_mut(&id).ok_or_else(ApiError::unknown_interaction)?;
        interaction.deferred = matches!(kind, 5 | 6);
        interaction.answer = Some(answer);
        if !with_response {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        let mut told = json!({
            "interaction": { "id": id.to_string(), "type": interaction.kind },
            "resource": { "type": kind },
        });
        if let Some(message) = message.and_then(|id| state.messages.get(&id)) {
            told["interaction"]["response_message_id"] = json!(message.id.to_string());
            told["interaction"]["response_message_ephemeral"] = json!(message.only_for.is_some());
            told["interaction"]["response_message_loading"] = json!(message.flags & flag::LOADING != 0);
            told["resource"]["message"] = state.message_json(message, now_ms);
        }
        Ok(Json(told).into_response())
    })
}

fn first_answer(state: &mut State, id: Id, kind: u64, data: &Value, files: Vec<Upload>, now_ms: i64) -> ApiResult<Answer> {
    let interaction = state.interactions.get(&id).ok_or_else(ApiError::unknown_interaction)?;
    let (source, option_type) = (interaction.message, interaction.option_type);
    match kind {
        4 => {
            let data = if data.is_null() { &json!({}) } else { data };
            validate::message(data, "data", MessageUse::Interaction)?;
            let id = create_message(state, Draft::answer(interaction, data, 0), files, now_ms).map_err(|error| error.under("data"))?;
            Ok(Answer::Message { id })
        }
        5 => {
            let flags = match &data["flags"] {
                Value::Null => 0,
                given => validate::whole(given)
                    .ok_or_else(|| bad_form("data.flags", "NUMBER_TYPE_COERCE", format!("Value {given} is not int.")))?,
            };
            if flags & !(flag::EPHEMERAL | flag::SUPPRESS_EMBEDS | flag::SUPPRESS_NOTIFICATIONS) != 0 {
                return Err(bad_form("data.flags", "BITFIELD_TYPE_INVALID", "Invalid flags."));
            }
            let body = json!({ "flags": flags });
            let id = create_message(state, Draft::answer(interaction, &body, flag::LOADING), Vec::new(), now_ms)?;
            Ok(Answer::Message { id })
        }
        6 => Ok(Answer::Update { id: source.ok_or_else(ApiError::unknown_message)? }),
        7 => {
            let source = source.ok_or_else(ApiError::unknown_message)?;
            let data = if data.is_null() { &json!({}) } else { data };
            validate::message(data, "data", MessageUse::Interaction)?;
            // A component forged for a message that never was updates nothing.
            if state.messages.contains_key(&source) {
                change_message(state, source, data, files, now_ms).map_err(|error| error.under("data"))?;
            }
            Ok(Answer::Update { id: source })
        }
        8 if !data.is_object() => Err(bad_form("data", "BASE_TYPE_REQUIRED", "This field is required")),
        8 => {
            validate::choices(data, option_type)?;
            Ok(Answer::Choices(data["choices"].as_array().cloned().unwrap_or_default()))
        }
        _ => {
            validate::modal(data)?;
            Ok(Answer::Modal(data.clone()))
        }
    }
}

/// The interaction that a webhook token stands for, while it lives.
fn interaction_of(state: &State, application: Id, token: &str, now_ms: i64) -> ApiResult<Id> {
    if application != state.bot {
        return Err(ApiError::unknown_webhook());
    }
    let id = state.interaction_tokens.get(token).ok_or_else(ApiError::invalid_webhook_token)?;
    let interaction = state.interactions.get(id).ok_or_else(ApiError::invalid_webhook_token)?;
    if now_ms - interaction.created_ms > TOKEN_LIFE_MS {
        return Err(ApiError::invalid_webhook_token());
    }
    // Until it is answered, an interaction has no webhook.
    if interaction.answer.is_none() {
        return Err(ApiError::unknown_webhook());
    }
    Ok(*id)
}

/// `POST /webhooks/{application}/{token}`: a follow-up.
pub(super) fn follow_up(inner: &Inner, application: Id, token: &str, body: &Value, files: Vec<Upload>) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        let id = interaction_of(state, application, token, now_ms)?;
        validate::message(body, "", MessageUse::Interaction)?;
        let interaction = state.interactions.get(&id).ok_or_else(ApiError::unknown_webhook)?;
        let loading = interaction
            .original()
            .filter(|original| state.messages.get(original).is_some_and(|message| message.flags & flag::LOADING != 0));
        let message = match loading {
            // The first follow-up after a defer takes the place of "thinking…", ephemeral or not as that was.
            Some(original) => {
                change_message(state, original, body, files, now_ms)?;
                original
            }
            None => {
                // Outside the servers that it is in, an application may follow up five times.
                if interaction.owners.guild.is_none() && interaction.followups.len() >= MOST_FOLLOW_UPS_OUTSIDE {
                    return Err(ApiError::too_many_follow_ups());
                }
                let message = create_message(state, Draft::follow_up(interaction, body), files, now_ms)?;
                if let Some(interaction) = state.interactions.get_mut(&id) {
                    interaction.followups.push(message);
                }
                message
            }
        };
        message_response(state, message, now_ms)
    })
}

fn message_response(state: &State, id: Id, now_ms: i64) -> ApiResult<Response> {
    let message = state.messages.get(&id).ok_or_else(ApiError::unknown_message)?;
    Ok(Json(state.message_json(message, now_ms)).into_response())
}

/// The message that `@original` or an id names, if it belongs to the interaction.
fn webhook_message(state: &State, interaction: Id, name: &str) -> ApiResult<Id> {
    let interaction = state.interactions.get(&interaction).ok_or_else(ApiError::unknown_webhook)?;
    let found = if name == "@original" {
        interaction.original()
    } else {
        let id: Option<Id> = name.parse().ok();
        id.filter(|id| interaction.followups.contains(id) || interaction.original() == Some(*id))
    };
    found.filter(|id| state.messages.contains_key(id)).ok_or_else(ApiError::unknown_message)
}

/// `GET /webhooks/{application}/{token}/messages/{message}`.
pub(super) fn get_message(inner: &Inner, application: Id, token: &str, message: &str) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    inner.read(|state| {
        let id = interaction_of(state, application, token, now_ms)?;
        message_response(state, webhook_message(state, id, message)?, now_ms)
    })
}

/// `PATCH /webhooks/{application}/{token}/messages/{message}`.
pub(super) fn edit_message(inner: &Inner, application: Id, token: &str, message: &str, body: &Value, files: Vec<Upload>) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        let id = interaction_of(state, application, token, now_ms)?;
        let message = webhook_message(state, id, message)?;
        validate::message(body, "", MessageUse::Interaction)?;
        change_message(state, message, body, files, now_ms)?;
        message_response(state, message, now_ms)
    })
}

/// `DELETE /webhooks/{application}/{token}/messages/{message}`.
pub(super) fn remove_message(inner: &Inner, application: Id, token: &str, message: &str) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        let id = interaction_of(state, application, token, now_ms)?;
        let message = webhook_message(state, id, message)?;
        delete_message(state, message);
        if let Some(interaction) = state.interactions.get_mut(&id)
            && interaction.original() == Some(message)
        {
            interaction.deleted_original = true;
        }
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

impl<'a> Draft<'a> {
    /// The first answer to an interaction. Whether it is ephemeral is settled here.
    fn answer(interaction: &InteractionState, body: &'a Value, flags: u64) -> Draft<'a> {
        let mut draft = Draft::follow_up(interaction, body);
        draft.extra_flags = flags;
        draft.kind = if interaction.kind == 2 { 20 } else { 0 };
        draft
    }

    fn follow_up(interaction: &InteractionState, body: &'a Value) -> Draft<'a> {
        let ephemeral = validate::whole(&body["flags"]).unwrap_or(0) & flag::EPHEMERAL != 0;
        Draft {
            channel: interaction.channel,
            author: None,
            body,
            kind: 0,
            extra_flags: 0,
            interaction: Some(interaction.id),
            only_for: ephemeral.then_some(interaction.user),
        }
    }
}
