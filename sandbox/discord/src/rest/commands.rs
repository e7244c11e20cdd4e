//! The registered commands.

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use crate::answers::{no_content, ok, snowflake};
use crate::error::{ApiError, ApiResult, bad_form};
use crate::inner::Inner;
use crate::state::{CommandState, Id, State, id_text};
use crate::validate;

pub(super) fn commands(inner: &Inner, application: &str, guild: Option<Id>, method: &str, rest: &[&str], body: &Value) -> ApiResult {
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
        if method != "GET" {
            state.journal.commands();
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
