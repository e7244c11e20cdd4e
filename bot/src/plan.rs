//! Which commands this build registers, and how those at Discord differ.

use serde_json::{Map, Value};
use serenity::all::CreateCommand;
use shared::config::Config;
use shared::platform::discord::{Discord, LookupError};
use shared::types::GuildId;
use shared::{Error, Result};

use crate::{commands, refusals};

/// What would have to be done in one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// A server of `staff.guilds`; `None`: everywhere.
    pub guild: Option<GuildId>,
    /// What is there now.
    pub registered: Registered,
}

/// What is registered in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// The application has no commands there by right: it was not invited, or without the scope
    /// `applications.commands`.
    NotInvited,
    /// These commands differ; none: all are as they should be.
    Known(Vec<Difference>),
}

/// One command that differs, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Discord does not have it.
    New(String),
    /// Discord has another form of it.
    Changed(String),
    /// Discord has it, and this build does not.
    Gone(String),
}

/// Compares what Discord has with what this build registers. Changes nothing.
pub async fn plan(discord: &Discord, config: &Config) -> Result<Vec<Plan>> {
    let scopes = std::iter::once(None).chain(config.staff.guilds.iter().map(Some));
    let mut plans = Vec::new();
    for guild in scopes {
        let registered = match (discord.commands(guild).await, guild) {
            (Ok(known), _) => Registered::Known(differences(&known, &wanted(guild)?)),
            (Err(LookupError::Access), Some(_)) => Registered::NotInvited,
            (Err(why), _) => return Err(refusals::lookup_failed(config, why)),
        };
        plans.push(Plan { guild: guild.cloned(), registered });
    }
    Ok(plans)
}

/// The commands of a scope: the customers' everywhere, the staff's in a server.
pub fn wanted(guild: Option<&GuildId>) -> Result<Vec<Value>> {
    let (customer, staff) = commands::commands();
    described(if guild.is_some() { &staff } else { &customer })
}

/// The commands as Discord's own API description has them: it takes `default_member_permissions` as
/// a number, which serenity writes as text.
/// See <https://github.com/discord/discord-api-spec>.
fn described(commands: &[CreateCommand]) -> Result<Vec<Value>> {
    let described = commands.iter().map(|command| {
        let mut command = serde_json::to_value(command)?;
        let permissions = command["default_member_permissions"].as_str().and_then(|bits| bits.parse::<u64>().ok());
        if let Some(bits) = permissions {
            command["default_member_permissions"] = bits.into();
        }
        Ok(command)
    });
    described.collect::<serde_json::Result<_>>().map_err(|error| Error::Fault(format!("commands as JSON: {error}")))
}

fn differences(known: &[Value], wanted: &[Value]) -> Vec<Difference> {
    let same_command = |a: &Value, b: &Value| a["name"] == b["name"] && kind(a) == kind(b);
    let name = |command: &Value| command["name"].as_str().unwrap_or_default().to_owned();
    let mut differences = Vec::new();
    for command in wanted {
        match known.iter().find(|known| same_command(known, command)) {
            None => differences.push(Difference::New(name(command))),
            Some(known) if compared(known, command) != compared(command, command) => differences.push(Difference::Changed(name(command))),
            Some(_) => {}
        }
    }
    let gone = known.iter().filter(|known| !wanted.iter().any(|command| same_command(known, command)));
    differences.extend(gone.map(|known| Difference::Gone(name(known))));
    differences
}

/// Slash commands are what Discord takes where no type is named.
fn kind(command: &Value) -> u64 {
    command["type"].as_u64().unwrap_or(1)
}

/// What counts of a command and of its options. Discord adds ids and what else it knows; where we
/// leave the contexts to it, so does the comparison.
fn compared(command: &Value, wanted: &Value) -> Value {
    const COUNTS: [&str; 14] = [
        "name",
        "name_localizations",
        "description",
        "description_localizations",
        "options",
        "nsfw",
        "required",
        "choices",
        "channel_types",
        "min_value",
        "max_value",
        "min_length",
        "max_length",
        "autocomplete",
    ];
    let mut counts = Map::new();
    for key in COUNTS {
        counts.insert(key.to_owned(), plain(&command[key], &COUNTS));
    }
    for key in ["contexts", "integration_types"] {
        if wanted[key].is_array() {
            let mut items: Vec<u64> = command[key].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
            items.sort_unstable();
            counts.insert(key.to_owned(), items.into());
        }
    }
    // Text in an answer, and a number where we describe it.
    let permissions = &command["default_member_permissions"];
    let permissions = permissions.as_str().and_then(|bits| bits.parse().ok()).or(permissions.as_u64());
    counts.insert("permissions".to_owned(), permissions.into());
    Value::Object(counts)
}

/// A value without what says nothing: Discord may leave out, or add, what is empty or false.
fn plain(value: &Value, counts: &[&str]) -> Value {
    match value {
        Value::Bool(false) => Value::Null,
        // A menu has none.
        Value::String(text) if text.is_empty() => Value::Null,
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) if items.is_empty() => Value::Null,
        Value::Array(items) => items.iter().map(|item| plain_item(item, counts)).collect(),
        Value::Object(map) => {
            let kept: Map<String, Value> = map.iter().map(|(key, value)| (key.clone(), plain(value, counts))).collect();
            let kept: Map<String, Value> = kept.into_iter().filter(|(_, value)| !value.is_null()).collect();
            if kept.is_empty() { Value::Null } else { Value::Object(kept) }
        }
        other => other.clone(),
    }
}

/// An option or a choice: only what counts, its type, and a choice's value.
fn plain_item(item: &Value, counts: &[&str]) -> Value {
    let Value::Object(map) = item else { return plain(item, counts) };
    let kept = map.iter().filter(|(key, _)| counts.contains(&key.as_str()) || ["type", "value"].contains(&key.as_str()));
    plain(&Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect()), counts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_counts_is_a_difference() {
        let ours = json!({
            "name": "billing", "description": "Invoices", "default_member_permissions": 8, "type": 1,
            "options": [{ "type": 1, "name": "list", "description": "All", "options": [
                { "type": 4, "name": "page", "description": "Which", "required": false, "min_value": 1, "choices": [] }
            ] }]
        });
        let theirs = json!({
            "id": "1", "application_id": "2", "guild_id": "3", "version": "4", "name": "billing", "description": "Invoices",
            "name_localizations": null, "description_localizations": {}, "default_member_permissions": "8", "nsfw": false,
            "dm_permission": true, "contexts": null, "integration_types": [0],
            "options": [{ "type": 1, "name": "list", "description": "All", "options": [
                { "type": 4, "name": "page", "name_localizations": null, "description": "Which", "min_value": 1.0 }
            ] }]
        });
        let found = |theirs: &Value| differences(std::slice::from_ref(theirs), std::slice::from_ref(&ours));
        assert_eq!(found(&theirs), []);
        let changed = |pointer: &str, value: Value| {
            let mut theirs = theirs.clone();
            *theirs.pointer_mut(pointer).unwrap() = value;
            found(&theirs)
        };
        for (pointer, value) in [
            ("/description", json!("Bills")),
            ("/description_localizations", json!({ "de": "Rechnungen" })),
            ("/default_member_permissions", json!("0")),
            ("/options/0/options/0/min_value", json!(2)),
            ("/options/0/options/0/type", json!(3)),
            ("/options/0/options", json!([])),
        ] {
            assert_eq!(changed(pointer, value), [Difference::Changed("billing".into())], "{pointer}");
        }
        assert_eq!(changed("/name", json!("bills")), [Difference::New("billing".into()), Difference::Gone("bills".into())]);
        let mut global = ours.clone();
        global["contexts"] = json!([0, 1]);
        assert_eq!(differences(&[theirs], &[global]), [Difference::Changed("billing".into())]);
    }
}
