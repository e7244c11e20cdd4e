//! What the options of several commands share: choices, words to choose from, files.

use std::time::Duration;

use serenity::all::{Attachment, AutocompleteChoice, CreateAutocompleteResponse};
use shared::domain::desk;
use shared::platform::discord;
use shared::texts::{Language, Message};
use shared::types::{InvoiceNumber, Suggestion, text};
use shared::{Error, Result, message};

use crate::asked::{answer, who};
use crate::context::Context;

/// The maximum number of choices that Discord takes.
const CHOICES_MAX: usize = 25;
/// The maximum length of a choice's label, in characters.
const LABEL_MAX: usize = 100;
/// Choices that come later than this are of no use: Discord waits 3 seconds.
const CHOICES_TIMEOUT: Duration = Duration::from_secs(2);

/// A text in English, and in every other language by Discord's locales.
pub fn in_every_language(text: &Message) -> (String, Vec<(&'static str, String)>) {
    let others = Language::ALL.iter().filter(|language| **language != Language::English);
    let translated = others.flat_map(|language| language.locales().iter().map(|locale| (*locale, text.to(*language))));
    (text.to(Language::English), translated.collect())
}

/// Whether a person sent what we call something, in whichever language.
pub fn is_called(shown: &Message, sent: &str) -> bool {
    let sent = sent.trim().to_lowercase();
    Language::ALL.iter().any(|language| text::shortened(&shown.to(*language), LABEL_MAX).to_lowercase() == sent)
}

/// An invoice as it was chosen, in a form that fits a button: by its number alone.
pub fn short(invoice: String) -> String {
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
                            offered.find(|(shown, _): &(shared::texts::Message, &str)| crate::commands::options::is_called(shown, word))?;
                        parse(sent)
                    }),
                    _ => None,
                };
                parsed.ok_or_else(|| poise::SlashArgError::new_command_structure_mismatch("a word that is not offered"))
            }

            fn create(option: serenity::all::CreateCommandOption) -> serenity::all::CreateCommandOption {
                let option = option.kind(serenity::all::CommandOptionType::String);
                $offered.fold(option, |option, (shown, sent): (shared::texts::Message, &str)| {
                    let shown = crate::commands::options::in_every_language(&shown);
                    option.add_string_choice_localized(shown.0, sent, shown.1)
                })
            }
        }
    };
}
pub(crate) use word_argument;

/// The choices for what a person typed so far; none when they cannot be had.
pub async fn choices(suggestions: impl Future<Output = Result<Vec<Suggestion>>>) -> CreateAutocompleteResponse {
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
pub async fn any_invoice(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let (app, actor) = (&ctx.data().app, who(ctx.interaction));
    choices(desk::suggest_all(app, &actor, &ctx.command().qualified_name, typed, app.clock.now())).await
}

/// A person's choices among their own invoices.
pub async fn own_invoice(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    choices(desk::suggest(&ctx.data().app, &who(ctx.interaction), typed)).await
}

/// A file that came with an interaction. Its name is whole: `title` was put into it as it arrived (bot/gateway-stream).
pub fn file_of(file: Attachment) -> discord::Attachment {
    discord::Attachment { url: file.url, file_name: file.filename, content_type: file.content_type, stated_size: file.size.into() }
}

/// Answers a command that Discord sent without one of its subcommands, as only a forged one is.
pub async fn without_subcommand(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |_| Err(Error::Rejected(message!("command-without-subcommand")))).await
}

#[cfg(test)]
mod tests {
    use super::*;

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
