//! `/deliver`: files for customers, for staff.

pub mod replies;

use poise::CreateReply;
use serenity::all::{Attachment, CreateAutocompleteResponse};
use shared::Result;
use shared::domain::deliverables;
use shared::platform::discord;

use crate::asked::{Asked, answer, who};
use crate::commands::options::{any_invoice, choices, file_of, short, without_subcommand};
use crate::context::Context;
use crate::lists::{List, NEWEST};

/// Attach files to invoices
#[poise::command(slash_command, subcommands("add", "replace", "remove", "list"), default_member_permissions = "ADMINISTRATOR")]
pub async fn deliver(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// Attach a file to an invoice; it opens for the customer once that is paid
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "The invoice that the file belongs to"]
    #[autocomplete = "any_invoice"]
    invoice: String,
    #[description = "The file"] file: Attachment,
    #[description = "What the customer reads; without it the file's name"] label: Option<String>,
) -> Result<()> {
    let file = file_of(file);
    copying(ctx, "deliver add", &file, async |asked| {
        let added = deliverables::add(asked.app, &asked.actor, &invoice, label.as_deref(), &file, asked.now).await?;
        Ok(replies::deliverable_added(&added, asked.language()))
    })
    .await
}

/// Put a new version in the place of a file; the customer is told
#[poise::command(slash_command)]
async fn replace(
    ctx: Context<'_>,
    #[description = "The file to replace"]
    #[autocomplete = "any_deliverable"]
    deliverable: String,
    #[description = "The new version"] file: Attachment,
    #[description = "What the customer reads; without it as before"] label: Option<String>,
) -> Result<()> {
    let file = file_of(file);
    copying(ctx, "deliver replace", &file, async |asked| {
        let replaced = deliverables::replace(asked.app, &asked.actor, &deliverable, label.as_deref(), &file, asked.now).await?;
        Ok(replies::deliverable_replaced(&replaced, asked.language()))
    })
    .await
}

/// Take a file away, with its former versions
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "The file"]
    #[autocomplete = "any_deliverable"]
    deliverable: String,
) -> Result<()> {
    answer(ctx, async |asked| {
        let (listed, confirmation) = deliverables::ask_remove(asked.app, &asked.actor, &deliverable, asked.now).await?;
        Ok(replies::ask_remove(&listed, &confirmation, asked.language()))
    })
    .await
}

/// See the files of an invoice with their versions
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "any_invoice"]
    invoice: String,
) -> Result<()> {
    answer(ctx, async |asked| List::AllFiles { invoice: short(invoice) }.show(asked, NEWEST).await).await
}

/// Says that a file is being copied and puts what came of it in the place of that. Whoever may not
/// run the command, and a file that cannot be taken, are refused at once: nothing is being copied.
async fn copying(
    ctx: Context<'_>,
    command: &str,
    file: &discord::Attachment,
    operation: impl AsyncFnOnce(&Asked<'_>) -> Result<CreateReply>,
) -> Result<()> {
    let asked = Asked::of(ctx);
    match deliverables::takes(asked.app, &asked.actor, command, file).await {
        true => asked.answer_after(|language| replies::copying(file, language), operation).await,
        false => asked.answer(operation).await,
    }
}

async fn any_deliverable(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    let (app, actor) = (&ctx.data().app, who(ctx.interaction));
    choices(deliverables::suggest_all(app, &actor, &ctx.command().qualified_name, typed, app.clock.now())).await
}
