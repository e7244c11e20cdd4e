//! What Discord's own client does before a bot hears of anything: it finds the command among those shown, and
//! checks the options.

use serde_json::{Value as Json, json};

use super::message::Message;
use super::person::{ActError, Person, Value};
use crate::files::kept_name;
use crate::interactions::owners_in;
use crate::rules;
use crate::state::{AttachmentState, ChannelKind, CommandState, Id, Owners, State, permission};
use crate::validate::LARGEST_INTEGER;

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

/// The `data` of a command interaction, and by whom the command is installed.
pub(super) fn command_data(
    state: &mut State,
    scene: Scene,
    typed: &str,
    options: Vec<(String, Value)>,
    focused: Option<(&str, &str)>,
    check: Check,
    now_ms: i64,
) -> Result<(Json, Owners), ActError> {
    let parts: Vec<&str> = typed.trim().trim_start_matches('/').split_whitespace().collect();
    let Some((name, path)) = parts.split_first() else {
        return Err(ActError::NoSuchCommand(typed.to_owned()));
    };
    let found = find_or_forge(state, scene, 1, name, check, now_ms)?;
    let (command_id, command_guild, body) = (found.id, found.guild, found.body);
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
    Ok((data, found.owners))
}

/// What a context menu was opened on.
#[derive(Clone)]
pub(super) enum Target<'a> {
    User(&'a Person),
    Message(&'a Message),
}

/// The `data` of a context menu's interaction, and by whom the command is installed.
pub(super) fn menu_data(
    state: &mut State,
    scene: Scene,
    name: &str,
    target: &Target<'_>,
    check: Check,
    now_ms: i64,
) -> Result<(Json, Owners), ActError> {
    let kind = match target {
        Target::User(_) => 2,
        Target::Message(_) => 3,
    };
    let found = find_or_forge(state, scene, kind, name, check, now_ms)?;
    let mut resolved = json!({});
    let target_id = match target {
        Target::User(person) => {
            let id = person.number();
            if check != Check::Forged && !is_there(state, scene, id) {
                return Err(ActError::NotAllowed("this person is not there to be clicked on".to_owned()));
            }
            resolve_user(state, scene, id, &mut resolved);
            id
        }
        Target::Message(message) => {
            let id = message.id.parse::<Id>().unwrap_or_default();
            let known = state.messages.get(&id);
            let seen = known.is_some_and(|message| message.channel == scene.channel && state.sees(scene.user, message));
            if check != Check::Forged && !seen {
                return Err(ActError::NotAllowed("there is no such message to click on".to_owned()));
            }
            let known = known.ok_or_else(|| ActError::NotAllowed("there is no such message at all".to_owned()))?;
            resolved["messages"][id.to_string()] = state.message_json(known, now_ms);
            id
        }
    };
    let mut data = json!({
        "id": found.id.to_string(),
        "name": name,
        "type": kind,
        "target_id": target_id.to_string(),
        "resolved": resolved,
    });
    if let Some(guild) = found.guild {
        data["guild_id"] = json!(guild.to_string());
    }
    Ok((data, found.owners))
}

fn is_there(state: &State, scene: Scene, user: Id) -> bool {
    match state.channels.get(&scene.channel).map(|channel| channel.kind) {
        Some(ChannelKind::Guild { guild }) => state.guilds.get(&guild).is_some_and(|guild| guild.members.contains_key(&user)),
        Some(ChannelKind::Dm { recipient }) => user == recipient || user == state.bot,
        Some(ChannelKind::Private) => state.channels.get(&scene.channel).is_some_and(|channel| channel.people.contains(&user)),
        None => false,
    }
}

/// The `data` of a choice in a select, whose values are checked as the client's picker would.
pub(super) fn select_data(state: &mut State, scene: Scene, select: &Json, values: Vec<Value>, now_ms: i64) -> Result<Json, ActError> {
    let name = text_of(&select["custom_id"]).to_owned();
    let kind = select["type"].as_u64().unwrap_or(3);
    let count = values.len() as u64;
    let (least, most) = (select["min_values"].as_u64().unwrap_or(1), select["max_values"].as_u64().unwrap_or(1));
    if count < least || count > most {
        return Err(ActError::BadOptions(format!("`{name}` takes {least} to {most} values")));
    }
    let mut chosen = Vec::new();
    let mut resolved = json!({});
    for value in values {
        let fits = match (&value, kind) {
            (Value::Text(text), 3) => {
                select["options"].as_array().is_some_and(|options| options.iter().any(|one| one["value"] == text.as_str()))
            }
            (Value::User(person), 5 | 7) => is_there(state, scene, person.number()),
            (Value::Role(role), 6 | 7) => scene.guild == Some(role.guild_number()),
            (Value::Channel(channel), 8) => {
                let of_type = select["channel_types"].as_array().is_none_or(|types| types.is_empty() || types.iter().any(|one| *one == 0));
                of_type && scene.guild.is_some() && state.guild_of(channel.number()) == scene.guild
            }
            _ => false,
        };
        if !fits {
            return Err(ActError::BadOptions(format!("`{name}` does not offer this value")));
        }
        let (_, value) = wire_value(state, scene, None, value, &mut resolved, now_ms);
        if chosen.contains(&value) {
            return Err(ActError::BadOptions(format!("`{name}` is given a value twice")));
        }
        chosen.push(value);
    }
    let mut data = json!({ "custom_id": name, "component_type": kind, "values": chosen });
    if kind != 3 {
        data["resolved"] = resolved;
    }
    Ok(data)
}

fn text_of(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

struct Found {
    id: Id,
    guild: Option<Id>,
    body: Json,
    owners: Owners,
}

/// The command that the client would offer, or for a forger any of that name, registered or not.
fn find_or_forge(state: &mut State, scene: Scene, kind: u64, name: &str, check: Check, now_ms: i64) -> Result<Found, ActError> {
    if check != Check::Forged {
        return find(state, scene, kind, name);
    }
    let owners = owners_in(state, scene.channel, scene.guild, scene.user);
    let mut candidates: Vec<&CommandState> =
        state.commands.iter().filter(|command| command.kind() == kind && command.name() == name).collect();
    candidates.sort_by_key(|command| command.guild.is_none() || command.guild != scene.guild);
    let found = candidates.first().map(|command| Found { id: command.id, guild: command.guild, body: command.body.clone(), owners });
    Ok(found.unwrap_or_else(|| Found { id: state.next_id(now_ms), guild: None, body: json!({ "name": name }), owners }))
}

fn find(state: &State, scene: Scene, kind: u64, name: &str) -> Result<Found, ActError> {
    let mut candidates: Vec<(&CommandState, Owners)> = state
        .commands
        .iter()
        .filter(|command| command.kind() == kind && command.name() == name)
        .filter_map(|command| Some((command, offered_by(state, command, scene)?)))
        .collect();
    // A server's own command hides the global one of its name.
    candidates.sort_by_key(|(command, _)| command.guild.is_none());
    let (command, owners) = *candidates.first().ok_or_else(|| ActError::NoSuchCommand(format!("/{name}")))?;
    let owners = shown(state, command, owners, scene)?;
    Ok(Found { id: command.id, guild: command.guild, body: command.body.clone(), owners })
}

/// Every command that the client offers somebody in a place.
pub(super) fn offered(state: &State, scene: Scene) -> Vec<&CommandState> {
    let here: Vec<(&CommandState, Owners)> =
        state.commands.iter().filter_map(|command| Some((command, offered_by(state, command, scene)?))).collect();
    let hidden_by_own = |command: &CommandState| {
        let same = |other: &CommandState| (other.kind(), other.name()) == (command.kind(), command.name());
        command.guild.is_none() && here.iter().any(|(other, _)| other.guild.is_some() && same(other))
    };
    here.iter()
        .filter(|(command, owners)| !hidden_by_own(command) && shown(state, command, *owners, scene).is_ok())
        .map(|(command, _)| *command)
        .collect()
}

/// Whether a command that is there is shown to this person, and by which installation.
fn shown(state: &State, command: &CommandState, mut owners: Owners, scene: Scene) -> Result<Owners, ActError> {
    if let Some(guild) = scene.guild {
        if state.permissions(guild, scene.user) & permission::USE_APPLICATION_COMMANDS == 0 {
            return Err(ActError::NotAllowed("commands need Use Application Commands here".to_owned()));
        }
        if owners.guild.is_some() && !rules::is_shown(state, command, guild, scene.channel, scene.user) {
            // Whoever brought it along keeps it.
            owners.guild = None;
            if owners.user.is_none() {
                return Err(ActError::NotAllowed(format!("/{} is hidden from members without its permissions", command.name())));
            }
        }
    }
    Ok(owners)
}

/// By which installation a command is there, if it is.
fn offered_by(state: &State, command: &CommandState, scene: Scene) -> Option<Owners> {
    if command.guild.is_some() {
        return (command.guild == scene.guild).then_some(Owners { guild: scene.guild, user: None });
    }
    let context = state.context_of(scene.channel);
    let in_context = match command.body["contexts"].as_array() {
        Some(contexts) => contexts.iter().any(|one| *one == context),
        None => context == 0 || command.body["dm_permission"] != false,
    };
    let installs = |kind: u64| match command.body["integration_types"].as_array() {
        Some(kinds) => kinds.iter().any(|one| *one == kind),
        None => kind == 0,
    };
    let here = owners_in(state, scene.channel, scene.guild, scene.user);
    let owners = Owners { guild: here.guild.filter(|_| installs(0)), user: here.user.filter(|_| installs(1)) };
    (in_context && (owners.guild.is_some() || owners.user.is_some())).then_some(owners)
}

/// Refuses what the client's own form would refuse.
fn check_value(option: &Json, name: &str, value: &Value) -> Result<(), ActError> {
    let kind = option["type"].as_u64().unwrap_or(0);
    let bad = |what: String| Err(ActError::BadOptions(format!("`{name}` {what}")));
    let fits = match value {
        Value::Text(_) | Value::Label(_) => kind == 3,
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
            Value::Label(label) => {
                let localized = choice["name_localizations"].as_object().into_iter().flat_map(|names| names.values());
                localized.chain([&choice["name"]]).any(|name| name == label.as_str())
            }
            Value::Integer(number) => choice["value"].as_f64() == Some(*number as f64),
            Value::Number(number) => choice["value"].as_f64() == Some(*number),
            _ => false,
        });
        if !chosen {
            return bad("is none of its choices".to_owned());
        }
    }
    match value {
        Value::Text(text) | Value::Label(text) => {
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
        Value::Text(text) | Value::Label(text) => (kind.unwrap_or(3), json!(text)),
        Value::Integer(number) => (kind.unwrap_or(4), json!(number)),
        Value::Number(number) => (kind.unwrap_or(10), json!(number)),
        Value::Boolean(value) => (kind.unwrap_or(5), json!(value)),
        Value::User(person) => {
            let id = person.number();
            resolve_user(state, scene, id, resolved);
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
            let (filename, title) = kept_name(&name, id);
            let attachment = AttachmentState {
                id,
                channel: scene.channel,
                filename,
                title,
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

fn resolve_user(state: &State, scene: Scene, id: Id, resolved: &mut Json) {
    resolved["users"][id.to_string()] = state.user_json(id);
    if let Some(guild) = scene.guild {
        let mut member = state.partial_member_json(guild, id);
        if member.is_object() {
            member["permissions"] = json!(state.permissions(guild, id).to_string());
            resolved["members"][id.to_string()] = member;
        }
    }
}
