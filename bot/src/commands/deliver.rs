//! `/deliver`: files for customers, for staff.

use serenity::all::Attachment;
use shared::Result;
use shared::domain::{deliverables, staff};

use super::{any_invoice, without_subcommand};
use crate::asked::Asked;
use crate::{Context, reply};

/// Attach files to invoices
#[poise::command(slash_command, subcommands("add"), default_member_permissions = "ADMINISTRATOR")]
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
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let file = deliverables::Attachment {
        url: file.url,
        file_name: file.filename,
        content_type: file.content_type,
        stated_size: file.size.into(),
    };
    let operation = async {
        let added = deliverables::add(app, actor, &invoice, label.as_deref(), &file, *now).await?;
        Ok(reply::deliverable_added(&added, asked.language()))
    };
    if staff::is_staff(app, actor) {
        asked.answer_after(reply::copying(&file, actor.language()), operation).await
    } else {
        // The operation refuses; nothing is being copied.
        asked.answer(operation).await
    }
}
