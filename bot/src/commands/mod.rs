//! Slash commands: one file per top-level command. Everything that is registered comes from here.

mod billing;
mod deliver;
mod deliverable;
mod inbox;
mod invoice;

use std::time::Duration;

use serenity::all::{AutocompleteChoice, CreateAutocompleteResponse, CreateCommand};
use shared::domain::invoices::Suggestion;
use shared::types::text;
use shared::{Error, Result};

use crate::asked::Asked;
use crate::{Context, Data};

/// Most choices that Discord takes.
const CHOICES_MAX: usize = 25;
/// Longest label of a choice, in characters.
const LABEL_MAX: usize = 100;
/// Choices that come later than this are of no use: Discord waits 3 seconds.
const CHOICES_TIMEOUT: Duration = Duration::from_secs(2);

type Command = poise::Command<Data, Error>;

/// Commands for everybody, in servers and in the DM with the bot.
pub fn customer() -> Vec<Command> {
    vec![invoice::invoice(), deliverable::deliverable(), inbox::inbox()]
}

/// Commands for the studio's staff, in the studio's own servers.
pub fn staff() -> Vec<Command> {
    vec![billing::billing(), deliver::deliver()]
}

/// What is registered with Discord: the customers' commands, which are global, and the staff's,
/// which exist in the servers of `staff.guilds` alone.
pub fn commands() -> (Vec<CreateCommand>, Vec<CreateCommand>) {
    let build = |commands: Vec<Command>| commands.iter().filter_map(Command::create_as_slash_command).collect();
    (build(customer()), build(staff()))
}

/// The choices for what a person typed so far; none when they cannot be had.
async fn choices(suggestions: impl Future<Output = Result<Vec<Suggestion>>>) -> CreateAutocompleteResponse {
    let found = match tokio::time::timeout(CHOICES_TIMEOUT, suggestions).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            tracing::error!(%error, "autocomplete failed");
            Vec::new()
        }
        Err(_) => {
            tracing::warn!("autocomplete took too long");
            Vec::new()
        }
    };
    let choice = |found: Suggestion| AutocompleteChoice::new(text::shortened(&found.label, LABEL_MAX), found.value);
    CreateAutocompleteResponse::new().set_choices(found.into_iter().take(CHOICES_MAX).map(choice).collect())
}

/// Answers a command that Discord sent without one of its subcommands, as only a forged one is.
async fn without_subcommand(ctx: Context<'_>) -> Result<()> {
    Asked::of(ctx).answer(async { Err(Error::rejected("Pick one of the commands that appear while you type.")) }).await
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn json(commands: Vec<CreateCommand>) -> Vec<Value> {
        commands.iter().map(|command| serde_json::to_value(command).unwrap()).collect()
    }

    fn each_option(command: &Value, look: &mut impl FnMut(&Value)) {
        for option in command["options"].as_array().into_iter().flatten() {
            look(option);
            each_option(option, look);
        }
    }

    #[test]
    fn everything_registered_is_named_and_described_for_people() {
        let (customer, staff) = commands();
        let all = [json(customer), json(staff)].concat();
        assert_eq!(all.len(), super::customer().len() + super::staff().len());
        for command in &all {
            let mut entries = vec![command.clone()];
            each_option(command, &mut |option| entries.push(option.clone()));
            for entry in entries {
                let name = entry["name"].as_str().unwrap();
                assert!((1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
                let description = entry["description"].as_str().unwrap();
                assert!((1..=100).contains(&description.chars().count()), "{name}: {description}");
                assert!(!description.starts_with("A slash command"), "{name} has no description");
            }
        }
    }

    #[test]
    fn staff_commands_are_shown_to_administrators_and_customer_commands_to_all() {
        let (customer, staff) = commands();
        for command in json(customer) {
            assert_eq!(command["contexts"], serde_json::json!([0, 1]), "{}", command["name"]);
            assert_eq!(command["integration_types"], serde_json::json!([0]), "{}", command["name"]);
            assert!(command["default_member_permissions"].is_null());
        }
        for command in json(staff) {
            assert_eq!(command["default_member_permissions"], "8", "{}", command["name"]);
            assert!(command["contexts"].is_null() && command["integration_types"].is_null(), "these belong to global commands");
        }
    }

    #[test]
    fn what_the_commands_take() {
        let (customer, staff) = commands();
        let mut taken = Vec::new();
        for command in [json(customer), json(staff)].concat() {
            let name = command["name"].as_str().unwrap().to_owned();
            let subcommands = command["options"].as_array().cloned().unwrap_or_default();
            if subcommands.is_empty() {
                taken.push(name.clone());
            }
            for sub in subcommands {
                let options = sub["options"].as_array().cloned().unwrap_or_default();
                let options = options.iter().map(|option| {
                    let name = option["name"].as_str().unwrap();
                    if option["required"] == true { format!(" {{{name}}}") } else { format!(" [{name}]") }
                });
                taken.push(format!("{name} {}{}", sub["name"].as_str().unwrap(), options.collect::<String>()));
            }
        }
        assert_eq!(
            taken,
            [
                "invoice list [status]",
                "invoice view {invoice}",
                "invoice pay {invoice}",
                "deliverable list",
                "deliverable get {deliverable}",
                "inbox",
                "billing issue {user} {title} {amount} [currency] [description]",
                "billing list",
                "deliver add {invoice} {file} [label]",
            ]
        );
    }

    #[tokio::test]
    async fn choices_stay_within_what_discord_takes() {
        let suggestion = |n: usize| Suggestion { label: format!("{n} {}", "龍".repeat(200)), value: n.to_string() };
        let many = choices(async { Ok((0..40).map(suggestion).collect()) }).await;
        let many = serde_json::to_value(&many).unwrap();
        assert_eq!(many["choices"].as_array().unwrap().len(), 25);
        assert_eq!(many["choices"][0]["name"].as_str().unwrap().chars().count(), 100);

        let none = choices(async { Err(Error::Fault("down".into())) }).await;
        assert_eq!(serde_json::to_value(&none).unwrap()["choices"], serde_json::json!([]));
    }
}
