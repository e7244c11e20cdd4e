//! Who sees a command: its default permissions, and the rules that a server's administrators set over them.

use serde_json::{Value, json};

use super::answers::{ok, snowflake};
use super::error::{ApiError, ApiResult, Form, bad_form};
use super::inner::Inner;
use super::members::is_channel_of;
use super::state::{Access, CommandRule, CommandState, Id, State, id_of, intent, permission};

const MOST_RULES: usize = 100;

/// Whether a server shows a command to a member in a channel.
pub(super) fn is_shown(state: &State, command: &CommandState, guild: Id, channel: Id, user: Id) -> bool {
    let has = state.permissions(guild, user);
    if has & permission::ADMINISTRATOR != 0 {
        return true;
    }
    let Some(found) = state.guilds.get(&guild) else { return false };
    let of = |id: Id| found.command_rules.get(&id).map(Vec::as_slice).unwrap_or_default();
    let (own, all) = (of(command.id), of(state.bot));
    // The narrower rule wins: a command's own over all commands', a channel's own over all channels'.
    let in_channel = |rules: &[CommandRule]| {
        let rule = |id: Id| rules.iter().find(|rule| rule.kind == 3 && rule.id == id).map(|rule| rule.allowed);
        rule(channel).or_else(|| rule(guild - 1))
    };
    if in_channel(own).or_else(|| in_channel(all)) == Some(false) {
        return false;
    }
    let roles = found.members.get(&user).map(|member| member.roles.as_slice()).unwrap_or_default();
    let for_member = |rules: &[CommandRule]| {
        let user_rule = rules.iter().find(|rule| rule.kind == 2 && rule.id == user).map(|rule| rule.allowed);
        let mut of_roles = rules.iter().filter(|rule| rule.kind == 1 && roles.contains(&rule.id)).map(|rule| rule.allowed).peekable();
        let role_rule = of_roles.peek().is_some().then(|| of_roles.any(|allowed| allowed));
        let everyone = rules.iter().find(|rule| rule.kind == 1 && rule.id == guild).map(|rule| rule.allowed);
        user_rule.or(role_rule).or(everyone)
    };
    if let Some(decided) = for_member(own) {
        return decided;
    }
    if for_member(all) == Some(false) {
        return false;
    }
    match command.body["default_member_permissions"].as_str().and_then(|bits| bits.parse::<u64>().ok()) {
        None => true,
        Some(0) => false,
        Some(needs) => has & needs == needs,
    }
}

fn rules_json(state: &State, guild: Id, id: Id, rules: &[CommandRule]) -> Value {
    let rules: Vec<Value> =
        rules.iter().map(|rule| json!({ "id": rule.id.to_string(), "type": rule.kind, "permission": rule.allowed })).collect();
    json!({
        "id": id.to_string(),
        "application_id": state.bot.to_string(),
        "guild_id": guild.to_string(),
        "permissions": rules,
    })
}

/// `GET …/guilds/{guild}/commands/permissions`, and `…/commands/{command}/permissions`.
pub(super) fn get(state: &State, application: &str, guild: Id, command: Option<&str>) -> ApiResult {
    let found = checked_guild(state, application, guild)?;
    match command {
        None => ok(state.guilds[&found].command_rules.iter().map(|(id, rules)| rules_json(state, guild, *id, rules)).collect()),
        Some(command) => {
            let id = known_target(state, guild, snowflake("command_id", command)?)?;
            let rules = state.guilds.get(&guild).and_then(|found| found.command_rules.get(&id)).ok_or_else(ApiError::unknown_rules)?;
            ok(rules_json(state, guild, id, rules))
        }
    }
}

fn checked_guild(state: &State, application: &str, guild: Id) -> ApiResult<Id> {
    if snowflake("application_id", application)? != state.bot {
        return Err(ApiError::unknown_application());
    }
    if state.bot_in(guild) { Ok(guild) } else { Err(ApiError::missing_access()) }
}

/// The id of a command there, or the application's.
fn known_target(state: &State, guild: Id, id: Id) -> ApiResult<Id> {
    let known = id == state.bot || state.commands.iter().any(|command| command.id == id && command.guild.is_none_or(|of| of == guild));
    if known { Ok(id) } else { Err(ApiError::unknown_command()) }
}

/// `PUT …/commands/{command}/permissions`: for somebody who may manage the server, never for the bot.
pub(super) fn put(inner: &Inner, access: Option<&Access>, application: &str, guild: Id, command: &str, body: &Value) -> ApiResult {
    inner.change(|state| {
        let Some(access) = access else { return Err(ApiError::not_for_bots()) };
        if !access.has("applications.commands.permissions.update") {
            return Err(ApiError::unauthorized());
        }
        checked_guild(state, application, guild)?;
        let target = known_target(state, guild, snowflake("command_id", command)?)?;
        let both = permission::MANAGE_GUILD | permission::MANAGE_ROLES;
        if state.permissions(guild, access.user) & both != both {
            return Err(ApiError::missing_permissions());
        }
        let Some(given) = body["permissions"].as_array() else {
            let mut form = Form::default();
            form.required("permissions");
            return Err(form.finish().expect_err("one mistake was put in"));
        };
        if given.len() > MOST_RULES {
            return Err(bad_form("permissions", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length."));
        }
        let mut form = Form::default();
        let mut rules: Vec<CommandRule> = Vec::new();
        for (index, rule) in given.iter().enumerate() {
            let at = |key: &str| format!("permissions.{index}.{key}");
            let id = id_of(&rule["id"]);
            let kind = rule["type"].as_u64().filter(|kind| (1..=3).contains(kind));
            if id.is_none() {
                form.fail(&at("id"), "NUMBER_TYPE_COERCE", format!("Value \"{}\" is not snowflake.", rule["id"]));
            }
            if kind.is_none() {
                form.fail(&at("type"), "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3).");
            }
            let allowed = rule["permission"].as_bool();
            if allowed.is_none() {
                form.required(&at("permission"));
            }
            if let (Some(id), Some(kind), Some(allowed)) = (id, kind, allowed) {
                if rules.iter().any(|known| (known.id, known.kind) == (id, kind)) {
                    form.fail(&at("id"), "APPLICATION_COMMAND_PERMISSIONS_DUPLICATE", "Duplicate permission overwrite");
                } else if !names_something(state, guild, id, kind) {
                    form.fail(&at("id"), "APPLICATION_COMMAND_PERMISSIONS_INVALID", "Unknown role, user or channel");
                }
                rules.push(CommandRule { id, kind, allowed });
            }
        }
        form.finish()?;
        set(state, guild, target, rules);
        let rules = state.guilds.get(&guild).and_then(|found| found.command_rules.get(&target)).map(Vec::as_slice).unwrap_or_default();
        ok(rules_json(state, guild, target, rules))
    })
}

fn names_something(state: &State, guild: Id, id: Id, kind: u64) -> bool {
    match kind {
        1 => state.guilds.get(&guild).is_some_and(|found| found.roles.contains_key(&id)),
        2 => state.users.contains_key(&id),
        // All channels are written as the server's id less one.
        _ => id == guild - 1 || is_channel_of(state, guild, id),
    }
}

/// Replaces the rules of a command, or of the whole application, and tells the bot.
pub(super) fn set(state: &mut State, guild: Id, target: Id, rules: Vec<CommandRule>) {
    let told = rules_json(state, guild, target, &rules);
    let Some(found) = state.guilds.get_mut(&guild) else { return };
    if rules.is_empty() {
        found.command_rules.remove(&target);
    } else {
        found.command_rules.insert(target, rules);
    }
    state.journal.commands();
    if state.bot_in(guild) {
        state.dispatch("APPLICATION_COMMAND_PERMISSIONS_UPDATE", &told, Some(guild), intent::GUILDS);
    }
}
