//! Slash commands: one file per top-level command. Everything that is registered comes from here.

mod about;
mod account;
mod attach_as_deliverable;
mod audit;
mod billing;
mod customer;
mod deliver;
mod deliverable;
mod help;
mod inbox;
mod invoice;
mod issue_invoice;
mod settings;
mod staff;

use std::borrow::Cow;
use std::time::Duration;

use serenity::all::{Attachment, AutocompleteChoice, CreateAutocompleteResponse, CreateCommand};
use shared::domain::desk;
use shared::message;
use shared::platform::discord;
use shared::texts::{self, Language, Message};
use shared::types::Suggestion;
use shared::types::{InvoiceNumber, text};
use shared::{Error, Result};

use crate::asked::{answer, who};
use crate::{Context, Data};

/// Most choices that Discord takes.
const CHOICES_MAX: usize = 25;
/// Longest label of a choice, in characters.
const LABEL_MAX: usize = 100;
/// Choices that come later than this are of no use: Discord waits 3 seconds.
const CHOICES_TIMEOUT: Duration = Duration::from_secs(2);

type Command = poise::Command<Data, Error>;

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

/// A text in English, and in every other language by Discord's locales.
fn in_every_language(text: &Message) -> (String, Vec<(&'static str, String)>) {
    let others = Language::ALL.iter().filter(|language| **language != Language::English);
    let translated = others.flat_map(|language| language.locales().iter().map(|locale| (*locale, text.to(*language))));
    (text.to(Language::English), translated.collect())
}

/// Whether a person sent what we call something, in whichever language.
fn is_called(shown: &Message, sent: &str) -> bool {
    let sent = sent.trim().to_lowercase();
    Language::ALL.iter().any(|language| text::shortened(&shown.to(*language), LABEL_MAX).to_lowercase() == sent)
}

/// An invoice as it was chosen, in a form that fits a button: by its number alone.
fn short(invoice: String) -> String {
    InvoiceNumber::parse(&invoice).map_or(invoice, |number| number.get().to_string())
}

/// Makes a type an option of a command with words to choose from: how a word is read, and what is
/// offered as (shown, sent).
macro_rules! word_argument {
    ($type:ident, $parse:expr, $offered:expr) => {
        #[serenity::async_trait]
        impl poise::SlashArgument for $type {
            async fn extract(
                _: &serenity::client::Context,
                _: &serenity::all::CommandInteraction,
                value: &serenity::all::ResolvedValue<'_>,
            ) -> std::result::Result<Self, poise::SlashArgError> {
                let parse: fn(&str) -> Option<$type> = $parse;
                let parsed = match value {
                    serenity::all::ResolvedValue::String(word) => parse(word).or_else(|| {
                        // Discord's client may send what it showed.
                        let mut offered = $offered;
                        let (_, sent) =
                            offered.find(|(shown, _): &(shared::texts::Message, &str)| crate::commands::is_called(shown, word))?;
                        parse(sent)
                    }),
                    _ => None,
                };
                parsed.ok_or_else(|| poise::SlashArgError::new_command_structure_mismatch("a word that is not offered"))
            }

            fn create(option: serenity::all::CreateCommandOption) -> serenity::all::CreateCommandOption {
                let option = option.kind(serenity::all::CommandOptionType::String);
                $offered.fold(option, |option, (shown, sent): (shared::texts::Message, &str)| {
                    let shown = crate::commands::in_every_language(&shown);
                    option.add_string_choice_localized(shown.0, sent, shown.1)
                })
            }
        }
    };
}
use word_argument;

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

/// Staff's choices among everybody's invoices.
async fn any_invoice(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let (app, actor) = (&ctx.data().app, who(ctx.interaction));
    choices(desk::suggest_all(app, &actor, &ctx.command().qualified_name, typed, app.clock.now())).await
}

/// A person's choices among their own invoices.
async fn own_invoice(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    choices(desk::suggest(&ctx.data().app, &who(ctx.interaction), typed)).await
}

/// A file that came with an interaction. Its name is whole: `title` was put into it as it arrived (bot/gateway-stream).
fn file_of(file: Attachment) -> discord::Attachment {
    discord::Attachment { url: file.url, file_name: file.filename, content_type: file.content_type, stated_size: file.size.into() }
}

/// Answers a command that Discord sent without one of its subcommands, as only a forged one is.
async fn without_subcommand(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |_| Err(Error::Rejected(message!("command-without-subcommand")))).await
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
