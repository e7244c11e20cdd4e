//! `/deliverable`: a customer's own files.

pub mod replies;

use serenity::all::CreateAutocompleteResponse;
use shared::Result;
use shared::domain::deliverables;

use crate::asked::{answer, who};
use crate::commands::options::{choices, own_invoice, short, without_subcommand};
use crate::context::Context;
use crate::lists::{List, NEWEST};

/// See and download your files
#[poise::command(slash_command, subcommands("list", "get"), install_context = "Guild", interaction_context = "Guild | BotDm")]
pub async fn deliverable(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// See your files, the newest first
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "Only the files of this invoice"]
    #[autocomplete = "own_invoice"]
    invoice: Option<String>,
) -> Result<()> {
    answer(ctx, async |asked| List::Files { invoice: invoice.map(short) }.show(asked, NEWEST).await).await
}

/// Download one of your files
#[poise::command(slash_command)]
async fn get(
    ctx: Context<'_>,
    #[description = "The file"]
    #[autocomplete = "own_deliverable"]
    deliverable: String,
) -> Result<()> {
    answer(ctx, async |asked| {
        Ok(replies::handout(&deliverables::get(asked.app, &asked.actor, &deliverable, asked.now).await?, asked.language()))
    })
    .await
}

async fn own_deliverable(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    choices(deliverables::suggest(&ctx.data().app, &who(ctx.interaction), typed)).await
}
