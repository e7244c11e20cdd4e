//! `/help`: what there is to run.

use serenity::all::CreateAutocompleteResponse;
use shared::domain::invoices::Suggestion;
use shared::domain::staff;
use shared::texts::{self, Language};
use shared::{Error, Result, message};

use super::{Command, choices};
use crate::asked::{Asked, actor};
use crate::{Context, Data, reply};

/// A command as help shows it.
struct Entry {
    /// Such as `invoice pay`.
    name: String,
    /// Its id in the catalogues.
    id: String,
    /// Its options, such as `{invoice} [status]`.
    options: String,
}

/// What you can do here, or how one command works
#[poise::command(slash_command, install_context = "Guild", interaction_context = "Guild | BotDm")]
pub async fn help(
    ctx: Context<'_>,
    #[description = "The command"]
    #[autocomplete = "known_command"]
    command: Option<String>,
) -> Result<()> {
    let asked = Asked::of(ctx);
    let staff = staff::is_staff(asked.app, &asked.actor);
    let operation = async {
        let language = asked.language();
        let entries = entries(ctx.framework, staff);
        let Some(wanted) = &command else {
            let lines = entries.iter().map(|entry| format!("**/{}** · {}", entry.name, description(&entry.id, language)));
            return Ok(reply::help(&message!("help-title").to(language), &lines.collect::<Vec<_>>().join("\n")));
        };
        let wanted = wanted.trim().trim_start_matches('/').to_lowercase();
        let found = entries.iter().find(|entry| entry.name == wanted).ok_or_else(|| Error::Rejected(message!("help-unknown")))?;
        let usage = format!("`/{}{}`\n{}", found.name, found.options, description(&found.id, language));
        Ok(reply::help(&format!("/{}", found.name), &usage))
    };
    asked.answer(operation).await
}

async fn known_command(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let actor = actor(&ctx.interaction.user, ctx.interaction.guild_id, &ctx.interaction.locale);
    let staff = staff::is_staff(&ctx.data().app, &actor);
    let typed = typed.trim().trim_start_matches('/').to_lowercase();
    let entries = entries(ctx.framework, staff).into_iter().filter(|entry| entry.name.contains(&typed));
    let suggestion = |entry: Entry| Suggestion { label: format!("/{}", entry.name), value: entry.name };
    choices(async { Ok(entries.map(suggestion).collect()) }).await
}

/// The commands that the person has: the staff's only for staff.
fn entries(framework: poise::FrameworkContext<'_, Data, Error>, staff: bool) -> Vec<Entry> {
    let mut found = Vec::new();
    for command in &framework.options.commands {
        // Staff commands are those that Discord hides from ordinary members.
        if staff || command.default_member_permissions.is_empty() {
            collect(command, "command", "", &mut found);
        }
    }
    found
}

fn collect(command: &Command, above: &str, name: &str, found: &mut Vec<Entry>) {
    let id = format!("{above}-{}", command.name);
    let name = if name.is_empty() { command.name.to_string() } else { format!("{name} {}", command.name) };
    if command.subcommands.is_empty() {
        let option = |parameter: &poise::CommandParameter<Data, Error>| match parameter.required {
            true => format!(" {{{}}}", parameter.name),
            false => format!(" [{}]", parameter.name),
        };
        found.push(Entry { name, id, options: command.parameters.iter().map(option).collect() });
    } else {
        command.subcommands.iter().for_each(|command| collect(command, &id, &name, found));
    }
}

fn description(id: &str, language: Language) -> String {
    texts::lookup(language, id).unwrap_or_default()
}
