//! `/deliverable`: a customer's own files.

use serenity::all::CreateAutocompleteResponse;
use shared::Result;
use shared::domain::deliverables;

use super::{choices, without_subcommand};
use crate::asked::{Asked, actor};
use crate::{Context, reply};

/// See and download your files
#[poise::command(slash_command, subcommands("list", "get"), install_context = "Guild", interaction_context = "Guild | BotDm")]
pub async fn deliverable(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// See your files, the newest first
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, .. } = &asked;
    asked.answer(async { Ok(reply::deliverables(&deliverables::list(app, actor).await?, asked.language())) }).await
}

/// Download one of your files
#[poise::command(slash_command)]
async fn get(
    ctx: Context<'_>,
    #[description = "The file"]
    #[autocomplete = "own_deliverable"]
    deliverable: String,
) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    asked.answer(async { Ok(reply::handout(&deliverables::get(app, actor, &deliverable, *now).await?, asked.language())) }).await
}

async fn own_deliverable(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let actor = actor(&ctx.interaction.user, ctx.interaction.guild_id, &ctx.interaction.locale);
    choices(deliverables::suggest(&ctx.data().app, &actor, typed)).await
}
