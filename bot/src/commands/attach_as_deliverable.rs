//! **Attach as deliverable**: the menu of a message, for staff.

use poise::CreateReply;
use serenity::all::{CreateModal, Message};
use shared::cards::escape;
use shared::domain::confirm;
use shared::domain::deliverables::Listed;
use shared::platform::discord::Attachment;
use shared::texts::Language;
use shared::types::{ConfirmationId, text};
use shared::{Result, message};

use crate::asked::Asked;
use crate::commands::options::file_of;
use crate::context::Context;
use crate::reply;

/// Attach the files of this message to an invoice
#[poise::command(context_menu_command = "Attach as deliverable", default_member_permissions = "ADMINISTRATOR")]
pub async fn attach_as_deliverable(ctx: Context<'_>, message: Message) -> Result<()> {
    let operation = async |asked: &Asked<'_>| {
        // A message that was forwarded has no files of its own.
        let forwarded = message.message_snapshots.into_iter().flat_map(|snapshot| snapshot.attachments);
        let files = message.attachments.into_iter().chain(forwarded).map(file_of).collect();
        Ok(form(&confirm::ask_attach(asked.app, &asked.actor, files, asked.now).await?, asked.language()))
    };
    Asked::of(ctx).answer_with_form(operation).await
}

/// Asks which invoice the files of a message belong to.
fn form(confirmation: &ConfirmationId, language: Language) -> CreateModal {
    let invoice =
        reply::input("invoice", &message!("form-invoice"), language, |input| input.max_length(reply::WORD_MAX).placeholder("#12"));
    reply::form(format!("v1:attach:{confirmation}"), &message!("form-attach"), vec![invoice], language)
}

/// To staff: what became of each file of a message.
pub fn attached(attached: &[(Attachment, Result<Listed>)], language: Language) -> CreateReply {
    let line = |(file, result): &(Attachment, Result<Listed>)| {
        let name = escape(&text::shortened(&file.file_name, 60));
        match result {
            Ok(listed) => format!("✅ **{name}** · {}", message!("reply-attached", number = listed.invoice.number).to(language)),
            Err(why) => format!("❌ **{name}** · {}", why.report(language)),
        }
    };
    reply::list(message!("attached-title"), attached.iter().map(line), message!("message-has-no-files"), language)
}
