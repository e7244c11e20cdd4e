//! `/invoice`: a customer's own invoices.

use serenity::all::CreateAutocompleteResponse;
use shared::Result;
use shared::domain::invoices::{self, Status};

use super::{choices, without_subcommand, word_argument};
use crate::asked::{Asked, actor};
use crate::{Context, reply};

/// See and pay your invoices
#[poise::command(slash_command, subcommands("list", "view", "pay"), install_context = "Guild", interaction_context = "Guild | BotDm")]
pub async fn invoice(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// See your invoices, the newest first
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>, #[description = "Only those that stand like this"] status: Option<StatusChoice>) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, .. } = &asked;
    let status = status.map(|choice| choice.0);
    asked.answer(async { Ok(reply::invoices(&invoices::list(app, actor, status).await?, status, asked.language())) }).await
}

/// See one of your invoices in full
#[poise::command(slash_command)]
async fn view(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "own_invoice"]
    invoice: String,
) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, .. } = &asked;
    let operation = async {
        let found = invoices::get(app, actor, &invoice).await?;
        if !shared::cards::payable(&found) {
            return Ok(reply::invoice(&found, None, asked.language()));
        }
        let (found, url) = invoices::pay_url(app, actor, &invoice).await?;
        Ok(reply::invoice(&found, Some(&url), asked.language()))
    };
    asked.answer(operation).await
}

/// Pay one of your invoices
#[poise::command(slash_command)]
async fn pay(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "own_invoice"]
    invoice: String,
) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, .. } = &asked;
    let operation = async {
        let (found, url) = invoices::pay_url(app, actor, &invoice).await?;
        Ok(reply::pay(&found, &url, asked.language()))
    };
    asked.answer(operation).await
}

async fn own_invoice(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let actor = actor(&ctx.interaction.user, ctx.interaction.guild_id, &ctx.interaction.locale);
    choices(invoices::suggest(&ctx.data().app, &actor, typed)).await
}

/// A status as Discord offers it: its word, not its place in a list, so that the order may change.
pub struct StatusChoice(pub Status);

word_argument!(
    StatusChoice,
    |word| Status::parse(word).map(StatusChoice),
    Status::ALL.iter().map(|status| (status.as_str(), status.as_str()))
);
