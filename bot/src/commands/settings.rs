//! `/settings`: what a person chose.

use serenity::all::CreateAutocompleteResponse;
use shared::domain::accounts;
use shared::texts::{Language, Message};
use shared::types::Suggestion;
use shared::types::Timezone;
use shared::{Result, message};

use crate::asked::answer;
use crate::commands::options::{choices, without_subcommand, word_argument};
use crate::context::Context;
use crate::reply;

/// The word that stands for "as Discord shows it".
const AS_DISCORD: &str = "discord";

/// What you read
#[poise::command(slash_command, subcommands("language", "timezone"), install_context = "Guild", interaction_context = "Guild | BotDm")]
pub async fn settings(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// Choose the language of replies and messages
#[poise::command(slash_command)]
async fn language(ctx: Context<'_>, #[description = "The language"] language: LanguageChoice) -> Result<()> {
    answer(ctx, async |asked| {
        let account = accounts::choose_language(asked.app, &asked.actor, language.0, asked.now).await?;
        let chosen = match language.0 {
            Some(_) => message!("reply-language-chosen"),
            None => message!("reply-language-follows"),
        };
        Ok(reply::sentence(&chosen, account.language()))
    })
    .await
}

/// Choose the time zone that dates you type are in
#[poise::command(slash_command)]
async fn timezone(
    ctx: Context<'_>,
    #[description = "The time zone, such as Europe/Berlin"]
    #[autocomplete = "known_timezone"]
    timezone: String,
) -> Result<()> {
    answer(ctx, async |asked| {
        let account = accounts::choose_timezone(asked.app, &asked.actor, &timezone, asked.now).await?;
        let clock = account.timezone.clock(asked.now);
        Ok(reply::sentence(&message!("reply-timezone-chosen", timezone = account.timezone.as_str(), clock = clock), asked.language()))
    })
    .await
}

async fn known_timezone(_: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let suggestion = |name: String| Suggestion { label: name.clone(), value: name };
    choices(async { Ok(Timezone::matching(typed).into_iter().map(suggestion).collect()) }).await
}

struct LanguageChoice(Option<Language>);

/// A language in itself, so that who reads it finds it.
fn own_name(language: Language) -> Message {
    match language {
        Language::English => message!("language-own-english"),
        Language::German => message!("language-own-german"),
        Language::Spanish => message!("language-own-spanish"),
        Language::LatinAmericanSpanish => message!("language-own-latin-american-spanish"),
        Language::SouthAmericanSpanish => message!("language-own-south-american-spanish"),
    }
}

word_argument!(
    LanguageChoice,
    |word| match word {
        AS_DISCORD => Some(LanguageChoice(None)),
        word => Language::parse(word).map(|language| LanguageChoice(Some(language))),
    },
    Language::ALL.iter().map(|language| (own_name(*language), language.as_str())).chain([(message!("language-of-discord"), AS_DISCORD)])
);
