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
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async {
        // A message that was forwarded has no files of its own.
        let forwarded = message.message_snapshots.into_iter().flat_map(|snapshot| snapshot.attachments);
        let files = message.attachments.into_iter().chain(forwarded).map(file_of).collect();
        Ok(forms::attach(&confirm::ask_attach(app, actor, files, *now).await?, asked.language()))
    };
    asked.answer_with_form(operation).await
}
