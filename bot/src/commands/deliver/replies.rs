//! What staff reads of files.

use poise::CreateReply;
use shared::cards::escape;
use shared::domain::deliverables::{Access, Deliverable, Listed, Object, Version};
use shared::domain::invoices::Invoice;
use shared::platform::discord::Attachment;
use shared::texts::Language;
use shared::types::{ConfirmationId, text};
use shared::{cards, message, texts};

use crate::reply::{AMBER, GREEN, blank, file_card, list, row, sentence};

/// To staff: the first word about a file.
pub fn copying(file: &Attachment, language: Language) -> CreateReply {
    let size = texts::size(i64::try_from(file.stated_size).unwrap_or(i64::MAX), language);
    let name = escape(&text::shortened(&file.file_name, 100));
    blank().content(message!("reply-copying", name = name, size = size).to(language))
}

/// To staff: the file is there.
pub fn deliverable_added(added: &Listed, language: Language) -> CreateReply {
    let opens = match added.access {
        Access::Granted => message!("reply-attached-and-open"),
        Access::None => message!("reply-attached-and-closed"),
        Access::Suspended | Access::Withdrawn => message!("reply-attached-and-withdrawn"),
    };
    let title = message!("reply-attached", number = added.invoice.number);
    let embed = file_card(&added.deliverable, language).title(title.to(language)).description(opens.to(language)).colour(GREEN);
    blank().embed(embed)
}

/// To staff: the file is replaced.
pub fn deliverable_replaced(replaced: &Listed, language: Language) -> CreateReply {
    let title = message!("reply-replaced", number = replaced.invoice.number, version = replaced.deliverable.version);
    let embed = file_card(&replaced.deliverable, language).title(title.to(language));
    blank().embed(embed.description(message!("reply-replaced-told").to(language)).colour(GREEN))
}

/// To staff: should the file really be removed?
pub fn ask_remove(listed: &Listed, confirmation: &ConfirmationId, language: Language) -> CreateReply {
    let label = escape(&listed.deliverable.label);
    let question = message!("ask-remove", label = label, number = listed.invoice.number);
    let button = cards::confirm_button(confirmation, message!("remove-button"), language);
    blank().content(question.to(language)).embed(file_card(&listed.deliverable, language).colour(AMBER)).components(row(button))
}

/// To staff: the file is removed.
pub fn removed(listed: &Listed, language: Language) -> CreateReply {
    let label = escape(&listed.deliverable.label);
    sentence(&message!("reply-removed", label = label, number = listed.invoice.number), language)
}

/// To staff: the files of an invoice, each with what it was before.
pub fn all_deliverables(invoice: &Invoice, files: &[(Deliverable, Vec<Version>)], language: Language) -> CreateReply {
    let title = message!("list-files-of", number = invoice.number);
    let line = |(file, former): &(Deliverable, Vec<Version>)| {
        let label = escape(&text::shortened(&file.label, 60));
        let version =
            |version: i64, object: &Object| format!("v{version} · {} · `{}`", texts::size(object.size_bytes, language), object.sha256);
        let now = format!("**{label}** · {}\n{}", cards::relative(file.created_at), version(file.version, &file.object));
        former.iter().fold(now, |lines, former| format!("{lines}\n-# {}", version(former.version, &former.object)))
    };
    list(title, files.iter().map(line), message!("list-files-of-empty", number = invoice.number), language)
}
