//! **Attach as deliverable**: the menu of a message, for staff.

use serenity::all::Message;
use shared::Result;
use shared::domain::confirm;

use super::file_of;
use crate::asked::Asked;
use crate::{Context, forms};

/// Attach the files of this message to an invoice
#[poise::command(context_menu_command = "Attach as deliverable", default_member_permissions = "ADMINISTRATOR")]
pub async fn attach_as_deliverable(ctx: Context<'_>, message: Message) -> Result<()> {
    let operation = async |asked: &Asked<'_>| {
        // A message that was forwarded has no files of its own.
        let forwarded = message.message_snapshots.into_iter().flat_map(|snapshot| snapshot.attachments);
        let files = message.attachments.into_iter().chain(forwarded).map(file_of).collect();
        Ok(forms::attach(&confirm::ask_attach(asked.app, &asked.actor, files, asked.now).await?, asked.language()))
    };
    Asked::of(ctx).answer_with_form(operation).await
}
