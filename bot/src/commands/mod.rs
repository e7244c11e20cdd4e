//! Slash commands: one file per top-level command. Everything that is registered comes from here.

mod about;
mod account;
pub mod attach_as_deliverable;
pub mod audit;
pub mod billing;
mod customer;
pub mod deliver;
pub mod deliverable;
mod help;
mod inbox;
pub mod invoice;
mod issue_invoice;
mod options;
mod settings;
pub mod staff;

use std::borrow::Cow;

use serenity::all::CreateCommand;
use shared::texts::{self, Language};

use crate::context::Command;

/// Commands for everybody, in servers and in the DM with the bot.
pub fn for_everybody() -> Vec<Command> {
    let commands = [
        invoice::invoice(),
        deliverable::deliverable(),
        inbox::inbox(),
        account::account(),
        settings::settings(),
        help::help(),
        about::about(),
    ];
    commands.into_iter().map(|command| described(command, "command")).collect()
}

/// Commands and menus for the studio's staff, in the studio's own servers.
pub fn for_staff() -> Vec<Command> {
    let commands = [
        billing::billing(),
        deliver::deliver(),
        customer::customer(),
        staff::staff(),
        audit::audit_log(),
        issue_invoice::issue_invoice(),
        attach_as_deliverable::attach_as_deliverable(),
    ];
    commands.into_iter().map(|command| described(command, "command")).collect()
}

/// What is registered with Discord: the customers' commands, which are global, and the staff's,
/// which exist in the servers of `staff.guilds` alone.
pub fn commands() -> (Vec<CreateCommand>, Vec<CreateCommand>) {
    let built = |command: &Command| command.create_as_slash_command().or_else(|| command.create_as_context_menu_command());
    let build = |commands: Vec<Command>| commands.iter().filter_map(built).collect();
    (build(for_everybody()), build(for_staff()))
}

/// Takes the descriptions of a command, its options and its subcommands from the catalogues.
fn described(mut command: Command, above: &str) -> Command {
    let id = format!("{above}-{}", command.name);
    let in_all = |id: &str| -> Vec<(Cow<'static, str>, Cow<'static, str>)> {
        let others = Language::ALL.iter().filter(|language| **language != Language::English);
        let translated = others.filter_map(|language| Some((language, texts::lookup(*language, id)?)));
        translated
            .flat_map(|(language, text)| language.locales().iter().map(move |locale| ((*locale).into(), text.clone().into())))
            .collect()
    };
    command.description = texts::lookup(Language::English, &id).map(Cow::Owned);
    command.description_localizations = in_all(&id).into();
    for parameter in &mut command.parameters {
        let id = format!("{id}-{}", parameter.name);
        parameter.description = texts::lookup(Language::English, &id).map(Cow::Owned);
        parameter.description_localizations = in_all(&id).into();
    }
    command.subcommands = command.subcommands.into_iter().map(|command| described(command, &id)).collect();
    command
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
        assert_eq!(all.len(), super::for_everybody().len() + super::for_staff().len());
        for command in &all {
            if command["type"] != Value::Null && command["type"] != 1 {
                // A menu has a name that people read, and no description.
                assert!((1..=32).contains(&command["name"].as_str().unwrap().len()), "{command}");
                continue;
            }
            let mut entries = vec![command.clone()];
            each_option(command, &mut |option| entries.push(option.clone()));
            for entry in entries {
                let name = entry["name"].as_str().unwrap();
                assert!((1..=32).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{name}");
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
    fn every_staff_command_needs_a_permission() {
        use shared::domain::staff;
        let mut commands = for_staff();
        poise::set_qualified_names(&mut commands);
        for command in &commands {
            let leaves: Vec<&Command> = if command.subcommands.is_empty() { vec![command] } else { command.subcommands.iter().collect() };
            for leaf in leaves {
                let name = leaf.context_menu_name.as_ref().unwrap_or(&leaf.qualified_name);
                assert!(!staff::needed(name).is_empty(), "{name}");
            }
        }
        assert!(staff::needed("invoice list").is_empty());
    }

    #[test]
    fn what_the_commands_take() {
        let (customer, staff) = commands();
        let mut taken = Vec::new();
        for command in [json(customer), json(staff)].concat() {
            let name = command["name"].as_str().unwrap().to_owned();
            if matches!(command["type"].as_u64(), Some(2 | 3)) {
                let of = if command["type"] == 2 { "user" } else { "message" };
                taken.push(format!("menu of a {of}: {name}"));
                continue;
            }
            let options = command["options"].as_array().cloned().unwrap_or_default();
            let (subcommands, options): (Vec<_>, Vec<_>) = options.into_iter().partition(|option| option["type"] == 1);
            let usage = |options: &[Value]| -> String {
                let option = |option: &Value| {
                    let name = option["name"].as_str().unwrap();
                    if option["required"] == true { format!(" {{{name}}}") } else { format!(" [{name}]") }
                };
                options.iter().map(option).collect()
            };
            if subcommands.is_empty() {
                taken.push(format!("{name}{}", usage(&options)));
            }
            for sub in subcommands {
                let options = sub["options"].as_array().cloned().unwrap_or_default();
                taken.push(format!("{name} {}{}", sub["name"].as_str().unwrap(), usage(&options)));
            }
        }
        assert_eq!(
            taken,
            [
                "invoice list [status]",
                "invoice view {invoice}",
                "invoice pay {invoice}",
                "invoice check {invoice}",
                "invoice receipt {invoice}",
                "deliverable list [invoice]",
                "deliverable get {deliverable}",
                "inbox",
                "account link",
                "account sessions",
                "account logout",
                "account disconnect",
                "settings language {language}",
                "settings timezone {timezone}",
                "help [command]",
                "about",
                "billing issue {user} {title} {amount} [currency] [description] [due] [file]",
                "billing edit {invoice} [title] [amount] [currency] [description] [due]",
                "billing list [user] [status]",
                "billing view {invoice}",
                "billing revoke {invoice} {reason}",
                "billing refund {invoice} {reason} [amount] [keep-access]",
                "billing reconcile [invoice] [since]",
                "billing attention",
                "billing receipt {invoice}",
                "billing evidence {invoice}",
                "billing export {from} {to}",
                "billing resend {invoice}",
                "deliver add {invoice} {file} [label]",
                "deliver replace {deliverable} {file} [label]",
                "deliver remove {deliverable}",
                "deliver list {invoice}",
                "customer view {user}",
                "staff add {permission} [user] [role]",
                "staff remove {permission} [user] [role]",
                "staff list",
                "staff whoami",
                "audit list [actor] [action] [target]",
                "audit verify",
                "menu of a user: Issue invoice",
                "menu of a message: Attach as deliverable",
            ]
        );
    }
}
