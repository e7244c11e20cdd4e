//! `/help`: what there is to run.

use poise::CreateReply;
use serenity::all::{CreateAutocompleteResponse, CreateEmbed};
use shared::domain::staff;
use shared::texts::{self, Language};
use shared::types::Suggestion;
use shared::{Error, Result, message};

use crate::asked::{answer, who};
use crate::commands::options::choices;
use crate::context::{Command, Context, Data};
use crate::reply;

/// A command as help shows it.
struct Entry {
    /// Such as `invoice pay`.
    name: String,
    /// Its id in the catalogues.
    id: String,
    /// Its options, such as `{invoice} [status]`.
    options: String,
    /// Whether it is in the menu of a user or message, and not typed.
    is_menu: bool,
}

impl Entry {
    fn shown(&self) -> String {
        if self.is_menu { self.name.clone() } else { format!("/{}", self.name) }
    }
}

/// What you can do here, or how one command works
#[poise::command(slash_command, install_context = "Guild", interaction_context = "Guild | BotDm")]
pub async fn help(
    ctx: Context<'_>,
    #[description = "The command"]
    #[autocomplete = "known_command"]
    command: Option<String>,
) -> Result<()> {
    answer(ctx, async |asked| {
        let language = asked.language();
        let entries = entries(ctx.framework, staff::runnable(asked.app, &asked.actor).await?);
        let Some(wanted) = &command else {
            let lines = entries.iter().map(|entry| format!("**{}** · {}", entry.shown(), description(&entry.id, language)));
            return Ok(titled(&message!("help-title").to(language), &lines.collect::<Vec<_>>().join("\n")));
        };
        let wanted = wanted.trim().trim_start_matches('/').to_lowercase();
        let found = entries.iter().find(|entry| entry.name.to_lowercase() == wanted);
        let found = found.ok_or_else(|| Error::Rejected(message!("help-unknown")))?;
        let usage = match found.is_menu {
            true => message!("help-menu", menu = found.name.as_str()).to(language),
            false => format!("`{}{}`", found.shown(), found.options),
        };
        Ok(titled(&found.shown(), &format!("{usage}\n{}", description(&found.id, language))))
    })
    .await
}

async fn known_command(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let typed = typed.trim().trim_start_matches('/').to_lowercase();
    let found = async {
        let entries = entries(ctx.framework, staff::runnable(&ctx.data().app, &who(ctx.interaction)).await?);
        let suggestion = |entry: Entry| Suggestion { label: entry.shown(), value: entry.name };
        Ok(entries.into_iter().filter(|entry| entry.name.to_lowercase().contains(&typed)).map(suggestion).collect())
    };
    choices(found).await
}

/// The commands that the person may run.
fn entries(framework: poise::FrameworkContext<'_, Data, Error>, runnable: impl Fn(&str) -> bool) -> Vec<Entry> {
    let mut found = Vec::new();
    framework.options.commands.iter().for_each(|command| collect(command, "command", "", &mut found));
    found.retain(|entry| runnable(&entry.name));
    found
}

fn collect(command: &Command, above: &str, name: &str, found: &mut Vec<Entry>) {
    let id = format!("{above}-{}", command.name);
    let own = command.context_menu_name.as_ref().unwrap_or(&command.name);
    let name = if name.is_empty() { own.to_string() } else { format!("{name} {own}") };
    if command.subcommands.is_empty() {
        let option = |parameter: &poise::CommandParameter<Data, Error>| match parameter.required {
            true => format!(" {{{}}}", parameter.name),
            false => format!(" [{}]", parameter.name),
        };
        let is_menu = command.context_menu_action.is_some();
        found.push(Entry { name, id, options: command.parameters.iter().map(option).collect(), is_menu });
    } else {
        command.subcommands.iter().for_each(|command| collect(command, &id, &name, found));
    }
}

fn description(id: &str, language: Language) -> String {
    texts::lookup(language, id).unwrap_or_default()
}

fn titled(title: &str, text: &str) -> CreateReply {
    reply::blank().embed(CreateEmbed::new().title(title).description(text).colour(reply::CALM))
}
