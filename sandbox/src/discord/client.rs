//! What Discord's own client does before a bot hears of anything: it finds the command among those shown, and
//! checks the options.

use serde_json::{Value as Json, json};

use super::person::{ActError, Value};
use super::rest::safe_filename;
use super::state::{AttachmentState, CommandState, Id, State, permission};
use super::validate::LARGEST_INTEGER;

/// The most that any client uploads.
const LARGEST_UPLOAD: u64 = 500 * 1024 * 1024;

/// Who runs a command, and where.
#[derive(Clone, Copy)]
pub(super) struct Scene {
    pub user: Id,
    pub channel: Id,
    pub guild: Option<Id>,
}

/// How strictly the client looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    /// As Discord's client does.
    Client,
    /// While the person still types: options may be missing.
    Typing,
    /// Not at all: what a forger sends.
    Forged,
}

/// The `data` of a command interaction.
pub(super) fn command_data(
    state: &mut State,
    scene: Scene,
    typed: &str,
    options: Vec<(String, Value)>,
    focused: Option<(&str, &str)>,
    check: Check,
    now_ms: i64,
) -> Result<Json, ActError> {
    let parts: Vec<&str> = typed.trim().trim_start_matches('/').split_whitespace().collect();
    let Some((name, path)) = parts.split_first() else {
        return Err(ActError::NoSuchCommand(typed.to_owned()));
    };
    let (command_id, command_guild, body) = match find(state, scene, name, check) {
        Ok(command) => (command.id, command.guild, command.body.clone()),
        Err(ActError::NoSuchCommand(_)) if check == Check::Forged => (state.next_id(now_ms), None, json!({ "name": name })),
        Err(refused) => return Err(refused),
    };
    let mut leaf = &body;
    let mut nesting = Vec::new();
    for part in path {
        let inner = leaf["options"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|option| option["name"] == *part && matches!(option["type"].as_u64(), Some(1 | 2)));
        match inner {
            Some(inner) => {
                nesting.push((inner["type"].as_u64().unwrap_or(1), *part));
                leaf = inner;
            }
            None if check == Check::Forged => {
                let deeper = nesting.len() + 1 < path.len();
                nesting.push((if deeper { 2 } else { 1 }, *part));
                leaf = &Json::Null;
            }
            None => return Err(ActError::NoSuchCommand(typed.to_owned())),
        }
    }
    let wanted = leaf["options"].as_array().cloned().unwrap_or_default();
    if check != Check::Forged && wanted.iter().any(|option| matches!(option["type"].as_u64(), Some(1 | 2))) {
        return Err(ActError::NoSuchCommand(format!("{typed} needs a subcommand")));
    }
    let mut given = Vec::new();
    let mut resolved = json!({});
    for (name, value) in options {
        let definition = wanted.iter().find(|option| option["name"] == name.as_str());
        if definition.is_none() && check != Check::Forged {
            return Err(ActError::BadOptions(format!("{typed} has no option `{name}`")));
        }
        if given.iter().any(|option: &Json| option["name"] == name.as_str()) {
            return Err(ActError::BadOptions(format!("`{name}` is given twice")));
        }
        if check != Check::Forged
            && let Some(definition) = definition
        {
            check_value(definition, &name, &value)?;
        }
        let (kind, value) = wire_value(state, scene, definition, value, &mut resolved, now_ms);
        given.push(json!({ "type": kind, "name": name, "value": value }));
    }
    if let Some((name, text)) = focused {
        let definition = wanted.iter().find(|option| option["name"] == name);
        let kind = match definition {
            Some(option) if option["autocomplete"] == true => option["type"].clone(),
            _ if check == Check::Forged => json!(3),
            _ => return Err(ActError::BadOptions(format!("`{name}` of {typed} has no autocomplete"))),
        };
        given.push(json!({ "type": kind, "name": name, "value": text, "focused": true }));
    }
    if check == Check::Client {
        for option in wanted.iter().filter(|option| option["required"] == true) {
            if !given.iter().any(|given| given["name"] == option["name"]) {
                return Err(ActError::BadOptions(format!("{typed} needs `{}`", text_of(&option["name"]))));
            }
        }
    }
    let position = |option: &Json| wanted.iter().position(|wanted| wanted["name"] == option["name"]);
    given.sort_by_key(position);
    for (kind, name) in nesting.into_iter().rev() {
        given = vec![json!({ "type": kind, "name": name, "options": given })];
    }
    let mut data = json!({
        "id": command_id.to_string(),
        "name": name,
        "type": 1,
        "options": given,
        "resolved": resolved,
    });
    if let Some(guild) = command_guild {
        data["guild_id"] = json!(guild.to_string());
    }
    Ok(data)
}

fn text_of(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// The command that the client would offer under this name here.
fn find<'a>(state: &'a State, scene: Scene, name: &str, check: Check) -> Result<&'a CommandState, ActError> {
    let named = |command: &&CommandState| command.kind() == 1 && command.name() == name;
    let mut candidates: Vec<&CommandState> = state.commands.iter().filter(named).collect();
    // A server's own command hides the global one of its name.
    candidates.sort_by_key(|command| command.guild.is_none() || command.guild != scene.guild);
    if check == Check::Forged {
        return candidates.first().copied().ok_or_else(|| ActError::NoSuchCommand(format!("/{name}")));
    }
    let here: Vec<&CommandState> = candidates.into_iter().filter(|command| is_offered(command, scene.guild)).collect();
    let command = here.first().ok_or_else(|| ActError::NoSuchCommand(format!("/{name}")))?;
    if let Some(guild) = scene.guild {
        let has = state.permissions(guild, scene.user);
        let needs = command.body["default_member_permissions"].as_str().and_then(|bits| bits.parse::<u64>().ok());
        let shown = match needs {
            None => true,
            Some(0) => has & permission::ADMINISTRATOR != 0,
            Some(needs) => has & needs == needs,
        };
        if !shown {
            return Err(ActError::NotAllowed(format!("/{name} is hidden from members without its permissions")));
        }
    }
    Ok(command)
}

fn is_offered(command: &CommandState, guild: Option<Id>) -> bool {
    if command.guild.is_some() {
        return command.guild == guild;
    }
    let context = if guild.is_some() { 0 } else { 1 };
    match command.body["contexts"].as_array() {
        Some(contexts) => contexts.iter().any(|one| *one == context),
        None => guild.is_some() || command.body["dm_permission"] != false,
    }
}

/// Refuses what the client's own form would refuse.
fn check_value(option: &Json, name: &str, value: &Value) -> Result<(), ActError> {
    let kind = option["type"].as_u64().unwrap_or(0);
    let bad = |what: String| Err(ActError::BadOptions(format!("`{name}` {what}")));
    let fits = match value {
        Value::Text(_) => kind == 3,
        Value::Integer(_) => kind == 4 || kind == 10,
        Value::Number(_) => kind == 10,
        Value::Boolean(_) => kind == 5,
        Value::User(_) => kind == 6 || kind == 9,
        Value::Channel(_) => kind == 7,
        Value::Role(_) => kind == 8 || kind == 9,
        Value::File { .. } => kind == 11,
    };
    if !fits {
        return bad(format!("takes a value of type {kind}"));
    }
    if let Some(choices) = option["choices"].as_array().filter(|choices| !choices.is_empty()) {
        let chosen = choices.iter().any(|choice| match value {
            Value::Text(text) => choice["value"] == text.as_str(),
            Value::Integer(number) => choice["value"].as_f64() == Some(*number as f64),
            Value::Number(number) => choice["value"].as_f64() == Some(*number),
            _ => false,
        });
        if !chosen {
            return bad("is none of its choices".to_owned());
        }
    }
    match value {
        Value::Text(text) => {
            let length = text.chars().count() as u64;
            let least = option["min_length"].as_u64().unwrap_or(1).max(1);
            let most = option["max_length"].as_u64().unwrap_or(6000);
            if length < least || length > most {
                return bad(format!("has {length} characters, not {least} to {most}"));
            }
        }
        Value::Integer(number) if number.unsigned_abs() > LARGEST_INTEGER.unsigned_abs() => {
            return bad("is larger than 2^53".to_owned());
        }
        Value::Integer(number) => return check_range(option, name, *number as f64),
        Value::Number(number) => return check_range(option, name, *number),
        Value::File { bytes, claimed_size, .. } => {
            let size = claimed_size.unwrap_or(bytes.len() as u64);
            if size > LARGEST_UPLOAD {
                return bad(format!("is a file of {size} bytes, more than {LARGEST_UPLOAD}"));
            }
        }
        Value::Boolean(_) | Value::User(_) | Value::Channel(_) | Value::Role(_) => {}
    }
    Ok(())
}

fn check_range(option: &Json, name: &str, number: f64) -> Result<(), ActError> {
    let too_small = option["min_value"].as_f64().is_some_and(|least| number < least);
    let too_large = option["max_value"].as_f64().is_some_and(|most| number > most);
    if too_small || too_large {
        return Err(ActError::BadOptions(format!("`{name}` is out of range")));
    }
    Ok(())
}

/// The option's type and value on the wire; what it refers to goes into `resolved`.
fn wire_value(state: &mut State, scene: Scene, definition: Option<&Json>, value: Value, resolved: &mut Json, now_ms: i64) -> (u64, Json) {
    let kind = definition.and_then(|option| option["type"].as_u64());
    match value {
        Value::Text(text) => (kind.unwrap_or(3), json!(text)),
        Value::Integer(number) => (kind.unwrap_or(4), json!(number)),
        Value::Number(number) => (kind.unwrap_or(10), json!(number)),
        Value::Boolean(value) => (kind.unwrap_or(5), json!(value)),
        Value::User(person) => {
            let id = person.number();
            resolved["users"][id.to_string()] = state.user_json(id);
            if let Some(guild) = scene.guild {
                let mut member = state.partial_member_json(guild, id);
                if member.is_object() {
                    member["permissions"] = json!(state.permissions(guild, id).to_string());
                    resolved["members"][id.to_string()] = member;
                }
            }
            (kind.unwrap_or(6), json!(id.to_string()))
        }
        Value::Channel(channel) => {
            let id = channel.number();
            let mut json = state.channel_json(id);
            let permissions = state.guild_of(id).map_or(0, |guild| state.permissions(guild, scene.user));
            json["permissions"] = json!(permissions.to_string());
            resolved["channels"][id.to_string()] = json;
            (kind.unwrap_or(7), json!(id.to_string()))
        }
        Value::Role(role) => {
            let id = role.number();
            let guild = role.guild_number();
            if let Some(found) = state.guilds.get(&guild).and_then(|guild| guild.roles.get(&id)) {
                resolved["roles"][id.to_string()] = state.role_json(guild, found);
            }
            (kind.unwrap_or(8), json!(id.to_string()))
        }
        Value::File { name, content_type, bytes, claimed_size } => {
            let id = state.next_id(now_ms);
            let attachment = AttachmentState {
                id,
                channel: scene.channel,
                filename: safe_filename(&name),
                content_type: Some(content_type).filter(|kind| !kind.is_empty()),
                description: None,
                bytes,
                claimed_size,
                ephemeral: true,
            };
            state.attachments.insert(id, attachment);
            resolved["attachments"][id.to_string()] = state.attachment_json(id, now_ms);
            (kind.unwrap_or(11), json!(id.to_string()))
        }
    }
}
