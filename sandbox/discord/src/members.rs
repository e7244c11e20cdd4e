//! REST under `/guilds`: the server, its members and its roles.

use std::collections::HashMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::answers::{limit_of, no_content, ok, snowflake};
use super::error::{ApiError, ApiResult, Form, bad_form};
use super::inner::Inner;
use super::state::{ChannelKind, GuildState, Id, MemberState, RoleState, State, id_of, id_text, intent, permission};
use super::validate;

const MOST_ROLES: usize = 250;

/// `/guilds/{id}` and what is under it.
pub(super) fn serve(inner: &Inner, method: &str, id: Id, rest: &[&str], query: &HashMap<String, String>, body: &Value) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    if method == "GET" {
        return inner.read(|state| look(state, id, rest, query));
    }
    inner.change(|state| {
        seen_guild(state, id)?;
        match (method, rest) {
            ("PUT", ["members", user]) => add_member(state, id, snowflake("user_id", user)?, body, now_ms),
            ("PATCH", ["members", "@me"]) => {
                needs(state, id, permission::CHANGE_NICKNAME)?;
                let bot = state.bot;
                edit_member(state, id, bot, &json!({ "nick": body["nick"] }))
            }
            ("PATCH", ["members", user]) => edit_member(state, id, snowflake("user_id", user)?, body),
            ("DELETE", ["members", user]) => kick(state, id, snowflake("user_id", user)?),
            ("PUT" | "DELETE", ["members", user, "roles", role]) => {
                let (user, role) = (snowflake("user_id", user)?, snowflake("role_id", role)?);
                change_member_role(state, id, user, role, method == "PUT")
            }
            ("POST", ["roles"]) => add_role(state, id, body, now_ms),
            ("PATCH", ["roles", role]) => edit_role(state, id, snowflake("role_id", role)?, body),
            ("DELETE", ["roles", role]) => remove_role(state, id, snowflake("role_id", role)?),
            (_, [] | ["channels" | "roles" | "members"] | ["members" | "roles", _] | ["members", _, "roles", _]) => {
                Err(ApiError::wrong_method())
            }
            _ => Err(ApiError::no_route()),
        }
    })
}

/// To a bot outside, a guild does not exist.
fn seen_guild(state: &State, id: Id) -> ApiResult<&GuildState> {
    state.guilds.get(&id).filter(|_| state.bot_in(id)).ok_or_else(ApiError::unknown_guild)
}

fn look(state: &State, id: Id, rest: &[&str], query: &HashMap<String, String>) -> ApiResult {
    let guild = seen_guild(state, id)?;
    match rest {
        [] => ok(state.guild_json(guild)),
        ["channels"] => ok(state.channels_of(id).into_iter().map(|channel| state.channel_json(channel)).collect()),
        ["roles"] => ok(Value::Array(state.roles_json(guild))),
        ["roles", role] => {
            let role = guild.roles.get(&snowflake("role_id", role)?).ok_or_else(ApiError::unknown_role)?;
            ok(state.role_json(id, role))
        }
        ["members"] => {
            if !state.privileged_intents {
                // The list is for bots with the members intent.
                return Err(ApiError::missing_access());
            }
            let limit = limit_of(query, 1, 1000)?;
            let after = query.get("after").map(|text| snowflake("after", text)).transpose()?.unwrap_or(0);
            ok(guild.members.keys().filter(|user| **user > after).take(limit).map(|user| state.member_json(id, *user)).collect())
        }
        ["members", "search"] => {
            let Some(wanted) = query.get("query").filter(|text| !text.is_empty()) else {
                let mut form = Form::default();
                form.required("query");
                return Err(form.finish().expect_err("one mistake was put in"));
            };
            let limit = limit_of(query, 1, 1000)?;
            let wanted = wanted.to_lowercase();
            let named = |user: &Id| {
                let nick = guild.members.get(user).and_then(|member| member.nick.as_deref()).unwrap_or_default();
                let name = state.users.get(user).map_or("", |found| found.name.as_str());
                nick.to_lowercase().starts_with(&wanted) || name.to_lowercase().starts_with(&wanted)
            };
            ok(guild.members.keys().filter(|user| named(user)).take(limit).map(|user| state.member_json(id, *user)).collect())
        }
        ["members", user] => {
            let user = snowflake("user_id", user)?;
            known_member(state, id, user)?;
            ok(state.member_json(id, user))
        }
        _ => Err(ApiError::no_route()),
    }
}

fn known_member(state: &State, guild: Id, user: Id) -> ApiResult<()> {
    if !state.users.contains_key(&user) {
        return Err(ApiError::unknown_user());
    }
    let member = state.guilds.get(&guild).is_some_and(|guild| guild.members.contains_key(&user));
    if member { Ok(()) } else { Err(ApiError::unknown_member()) }
}

fn needs(state: &State, guild: Id, wanted: u64) -> ApiResult<()> {
    if state.permissions(guild, state.bot) & wanted == wanted { Ok(()) } else { Err(ApiError::missing_permissions()) }
}

/// A role that the bot may give, take and change: below its own highest one.
fn manageable_role(state: &State, guild: Id, role: Id) -> ApiResult<()> {
    let found = state.guilds.get(&guild).ok_or_else(ApiError::unknown_guild)?;
    let given = found.roles.get(&role).ok_or_else(ApiError::unknown_role)?;
    needs(state, guild, permission::MANAGE_ROLES)?;
    if role == guild {
        return Err(ApiError::invalid_role());
    }
    if given.managed_by.is_some() || found.rank_of(state.bot) <= given.rank {
        return Err(ApiError::missing_permissions());
    }
    Ok(())
}

/// A member whom the bot may kick or rename: below itself.
fn manageable_member(state: &State, guild: Id, user: Id) -> ApiResult<()> {
    let found = state.guilds.get(&guild).ok_or_else(ApiError::unknown_guild)?;
    if user != state.bot && found.rank_of(state.bot) <= found.rank_of(user) {
        return Err(ApiError::missing_permissions());
    }
    Ok(())
}

fn change_member_role(state: &mut State, guild: Id, user: Id, role: Id, give: bool) -> ApiResult {
    known_member(state, guild, user)?;
    manageable_role(state, guild, role)?;
    set_roles(state, guild, user, |roles| {
        roles.retain(|id| *id != role);
        if give {
            roles.push(role);
        }
    });
    no_content()
}

/// Changes a member's roles and tells the bot, if something changed.
pub(super) fn set_roles(state: &mut State, guild: Id, user: Id, change: impl FnOnce(&mut Vec<Id>)) {
    let Some(member) = state.guilds.get_mut(&guild).and_then(|guild| guild.members.get_mut(&user)) else { return };
    let mut roles = member.roles.clone();
    change(&mut roles);
    roles.sort_unstable();
    roles.dedup();
    if roles != member.roles {
        member.roles = roles;
        announce_member(state, "GUILD_MEMBER_UPDATE", guild, user);
    }
}

/// Tells the bot, if it is there, of a member.
pub(super) fn announce_member(state: &mut State, event: &str, guild: Id, user: Id) {
    state.journal.places();
    if !state.bot_in(guild) {
        return;
    }
    let mut member = state.member_json(guild, user);
    member["guild_id"] = json!(guild.to_string());
    // The bot hears of changes to itself without the intent.
    let intents = if user == state.bot && event == "GUILD_MEMBER_UPDATE" { 0 } else { intent::GUILD_MEMBERS };
    state.dispatch(event, &member, Some(guild), intents);
}

/// Makes somebody a member, and tells whether they were none before.
pub(super) fn join(state: &mut State, guild: Id, user: Id, member: MemberState) -> bool {
    let Some(found) = state.guilds.get_mut(&guild) else { return false };
    if found.members.contains_key(&user) {
        return false;
    }
    found.members.insert(user, member);
    announce_member(state, "GUILD_MEMBER_ADD", guild, user);
    true
}

/// Ends somebody's membership.
pub(super) fn leave(state: &mut State, guild: Id, user: Id) {
    let removed = state.guilds.get_mut(&guild).and_then(|found| found.members.remove(&user));
    state.journal.places();
    if removed.is_some() && state.bot_in(guild) {
        let left = json!({ "guild_id": guild.to_string(), "user": state.user_json(user) });
        state.dispatch("GUILD_MEMBER_REMOVE", &left, Some(guild), intent::GUILD_MEMBERS);
    }
}

/// Brings the bot into a server, with a role of its own.
pub(super) fn add_bot(state: &mut State, guild: Id, permissions: Option<u64>, now_ms: i64) {
    let (bot, role) = (state.bot, state.next_id(now_ms));
    let name = state.users.get(&bot).map(|bot| bot.name.clone()).unwrap_or_default();
    let Some(found) = state.guilds.get_mut(&guild) else { return };
    if found.members.contains_key(&bot) {
        return;
    }
    let usual = permission::EVERYONE | permission::MANAGE_MESSAGES | permission::MANAGE_ROLES;
    let permissions = permissions.unwrap_or(usual);
    let rank = found.lowest_rank();
    found.roles.insert(role, RoleState { managed_by: Some(bot), ..RoleState::new(role, &name, permissions, rank) });
    found.members.insert(bot, MemberState { roles: vec![role], ..MemberState::new(now_ms) });
    state.announce_guild(guild);
}

/// Takes the bot out, with its role and its commands there, and tells it.
pub(super) fn bot_leaves(state: &mut State, guild: Id) {
    let bot = state.bot;
    let Some(found) = state.guilds.get_mut(&guild) else { return };
    if found.members.remove(&bot).is_none() {
        return;
    }
    let own: Vec<Id> = found.roles.values().filter(|role| role.managed_by == Some(bot)).map(|role| role.id).collect();
    found.roles.retain(|id, _| !own.contains(id));
    found.command_rules.clear();
    state.commands.retain(|command| command.guild != Some(guild));
    state.journal.places();
    state.dispatch("GUILD_DELETE", &json!({ "id": guild.to_string() }), Some(guild), intent::GUILDS);
}

/// `PUT /guilds/{id}/members/{user}`: brings in somebody who granted `guilds.join`.
fn add_member(state: &mut State, guild: Id, user: Id, body: &Value, now_ms: i64) -> ApiResult {
    let mut form = Form::default();
    let token = validate::required_text(&mut form, body, "access_token", "access_token", 200).unwrap_or_default();
    validate::text(&mut form, body, "nick", "nick", 32);
    form.finish()?;
    needs(state, guild, permission::CREATE_INSTANT_INVITE)?;
    let access = state.oauth.access(token, now_ms).filter(|access| access.user == user);
    let access = access.ok_or_else(|| ApiError::new(StatusCode::FORBIDDEN, 50025, "Invalid OAuth2 access token"))?;
    if !access.has("guilds.join") {
        return Err(ApiError::new(StatusCode::FORBIDDEN, 50026, "Missing required OAuth2 scope"));
    }
    let nick = body["nick"].as_str().filter(|nick| !nick.is_empty()).map(str::to_owned);
    if nick.is_some() {
        needs(state, guild, permission::MANAGE_NICKNAMES)?;
    }
    let roles = role_list(state, guild, body, &[])?.unwrap_or_default();
    let joined = join(state, guild, user, MemberState { nick, roles, ..MemberState::new(now_ms) });
    if joined { Ok((StatusCode::CREATED, Json(state.member_json(guild, user))).into_response()) } else { no_content() }
}

/// The `roles` of a body, if it names them; those that change must be manageable.
fn role_list(state: &State, guild: Id, body: &Value, before: &[Id]) -> ApiResult<Option<Vec<Id>>> {
    let Some(given) = body["roles"].as_array() else {
        return if body["roles"].is_null() {
            Ok(None)
        } else {
            Err(bad_form("roles", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"))
        };
    };
    let mut roles = Vec::new();
    for (index, role) in given.iter().enumerate() {
        roles.push(id_of(role).ok_or_else(|| snowflake(&format!("roles.{index}"), "").expect_err("it is empty"))?);
    }
    let changed = roles.iter().filter(|role| !before.contains(role)).chain(before.iter().filter(|role| !roles.contains(role)));
    for role in changed {
        manageable_role(state, guild, *role)?;
    }
    Ok(Some(roles))
}

/// Refuses what Discord would do and this stand-in cannot.
fn unsupported(form: &mut Form, body: &Value, keys: &[&str]) {
    for key in keys.iter().filter(|key| !body[**key].is_null()) {
        form.fail(key, "SANDBOX_UNSUPPORTED", format!("This stand-in does not know {key}."));
    }
}

fn edit_member(state: &mut State, guild: Id, user: Id, body: &Value) -> ApiResult {
    known_member(state, guild, user)?;
    let mut form = Form::default();
    let nick = validate::text(&mut form, body, "nick", "nick", 32).map(str::to_owned);
    unsupported(&mut form, body, &["mute", "deaf", "channel_id", "communication_disabled_until", "flags"]);
    form.finish()?;
    let before = state.guilds.get(&guild).and_then(|found| found.members.get(&user)).map(|member| member.roles.clone()).unwrap_or_default();
    let roles = role_list(state, guild, body, &before)?;
    if body.get("nick").is_some() {
        if user != state.bot {
            needs(state, guild, permission::MANAGE_NICKNAMES)?;
        }
        manageable_member(state, guild, user)?;
    }
    if let Some(member) = state.guilds.get_mut(&guild).and_then(|found| found.members.get_mut(&user)) {
        if body.get("nick").is_some() {
            member.nick = nick.filter(|nick| !nick.is_empty());
        }
        if let Some(roles) = roles {
            member.roles = roles;
        }
    }
    announce_member(state, "GUILD_MEMBER_UPDATE", guild, user);
    ok(state.member_json(guild, user))
}

fn kick(state: &mut State, guild: Id, user: Id) -> ApiResult {
    known_member(state, guild, user)?;
    needs(state, guild, permission::KICK_MEMBERS)?;
    manageable_member(state, guild, user)?;
    leave(state, guild, user);
    no_content()
}

/// What a role's body says, over what the role is.
fn apply_role(state: &State, guild: Id, role: &mut RoleState, body: &Value) -> ApiResult<()> {
    let mut form = Form::default();
    if let Some(name) = validate::text(&mut form, body, "name", "name", 100) {
        name.clone_into(&mut role.name);
    }
    if let Some(color) = validate::integer(&mut form, body, "color", "color", 0, 0xff_ffff) {
        role.color = color.unsigned_abs();
    }
    for (key, place) in [("hoist", &mut role.hoist), ("mentionable", &mut role.mentionable)] {
        if !body[key].is_null() {
            *place = validate::boolean(&mut form, body, key, key);
        }
    }
    unsupported(&mut form, body, &["colors", "icon", "unicode_emoji"]);
    let bits = id_text(&body["permissions"]);
    let permissions = bits.as_deref().and_then(|bits| bits.parse::<u64>().ok());
    if bits.is_some() && permissions.is_none() {
        form.fail("permissions", "NUMBER_TYPE_COERCE", format!("Value {} is not a permission.", body["permissions"]));
    }
    form.finish()?;
    if let Some(permissions) = permissions {
        // Nobody gives what they have not.
        needs(state, guild, permissions & !role.permissions)?;
        role.permissions = permissions;
    }
    Ok(())
}

fn announce_role(state: &mut State, event: &str, guild: Id, role: Id) {
    state.journal.places();
    let Some(found) = state.guilds.get(&guild).and_then(|guild| guild.roles.get(&role)) else { return };
    let json = json!({ "guild_id": guild.to_string(), "role": state.role_json(guild, found) });
    if state.bot_in(guild) {
        state.dispatch(event, &json, Some(guild), intent::GUILDS);
    }
}

fn role_answer(state: &State, guild: Id, role: Id) -> ApiResult {
    let found = state.guilds.get(&guild).and_then(|guild| guild.roles.get(&role)).ok_or_else(ApiError::unknown_role)?;
    ok(state.role_json(guild, found))
}

fn add_role(state: &mut State, guild: Id, body: &Value, now_ms: i64) -> ApiResult {
    needs(state, guild, permission::MANAGE_ROLES)?;
    let id = state.next_id(now_ms);
    let found = seen_guild(state, guild)?;
    if found.roles.len() >= MOST_ROLES {
        return Err(ApiError::new(StatusCode::BAD_REQUEST, 30005, "Maximum number of guild roles reached (250)"));
    }
    let everyone = found.roles.get(&guild).map_or(0, |role| role.permissions);
    let mut role = RoleState::new(id, "new role", everyone, found.lowest_rank());
    apply_role(state, guild, &mut role, body)?;
    if let Some(found) = state.guilds.get_mut(&guild) {
        found.roles.insert(id, role);
    }
    announce_role(state, "GUILD_ROLE_CREATE", guild, id);
    role_answer(state, guild, id)
}

fn edit_role(state: &mut State, guild: Id, id: Id, body: &Value) -> ApiResult {
    // @everyone may be edited, but not given.
    if id != guild {
        manageable_role(state, guild, id)?;
    }
    needs(state, guild, permission::MANAGE_ROLES)?;
    let mut role = state.guilds.get_mut(&guild).and_then(|found| found.roles.remove(&id)).ok_or_else(ApiError::unknown_role)?;
    let before = role.clone();
    let applied = apply_role(state, guild, &mut role, body);
    if let Some(found) = state.guilds.get_mut(&guild) {
        found.roles.insert(id, if applied.is_ok() { role } else { before });
    }
    applied?;
    announce_role(state, "GUILD_ROLE_UPDATE", guild, id);
    role_answer(state, guild, id)
}

fn remove_role(state: &mut State, guild: Id, id: Id) -> ApiResult {
    manageable_role(state, guild, id)?;
    delete_role(state, guild, id);
    no_content()
}

/// Deletes a role, whoever does it, and tells the bot.
pub(super) fn delete_role(state: &mut State, guild: Id, id: Id) {
    if let Some(found) = state.guilds.get_mut(&guild) {
        found.roles.remove(&id);
        for member in found.members.values_mut() {
            member.roles.retain(|role| *role != id);
        }
    }
    state.journal.places();
    let event = json!({ "guild_id": guild.to_string(), "role_id": id.to_string() });
    state.dispatch("GUILD_ROLE_DELETE", &event, Some(guild), intent::GUILDS);
}

/// `GET /users/@me/guilds`, for the bot or for somebody who granted `guilds`.
pub(super) fn guilds_of(state: &State, user: Id, query: &HashMap<String, String>) -> ApiResult {
    let limit = limit_of(query, 200, 200)?;
    let bound = |key: &str| query.get(key).map(|text| snowflake(key, text)).transpose();
    let (before, after) = (bound("before")?, bound("after")?);
    let with_counts = query.get("with_counts").is_some_and(|value| value == "true");
    let mut found: Vec<&GuildState> = state
        .guilds
        .values()
        .filter(|guild| guild.members.contains_key(&user))
        .filter(|guild| before.is_none_or(|before| guild.id < before))
        .filter(|guild| after.is_none_or(|after| guild.id > after))
        .collect();
    if before.is_some() && after.is_none() && found.len() > limit {
        found.drain(..found.len() - limit);
    }
    let tell = |guild: &GuildState| {
        let mut json = json!({
            "id": guild.id.to_string(),
            "name": guild.name,
            "icon": null,
            "banner": null,
            "owner": guild.owner == user,
            "permissions": state.permissions(guild.id, user).to_string(),
            "features": [],
        });
        if with_counts {
            json["approximate_member_count"] = json!(guild.members.len());
            json["approximate_presence_count"] = json!(guild.members.len());
        }
        json
    };
    ok(found.into_iter().take(limit).map(tell).collect())
}

/// Whether a channel is one of this guild.
pub(super) fn is_channel_of(state: &State, guild: Id, channel: Id) -> bool {
    state.channels.get(&channel).is_some_and(|found| found.kind == ChannelKind::Guild { guild })
}
