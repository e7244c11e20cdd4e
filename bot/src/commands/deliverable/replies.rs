//! What customers read of their files.

use poise::CreateReply;
use serenity::all::CreateButton;
use shared::cards::escape;
use shared::domain::deliverables::{Handout, Listed};
use shared::texts::Language;
use shared::{cards, message};

use crate::reply::{GREEN, blank, file_card, list, row};

/// The longest presigned URL that is shown beside the button, in characters.
const DIRECT_LINK_MAX: usize = 3000;

/// To a customer: their files.
pub fn deliverables(listed: &[Listed], language: Language) -> CreateReply {
    let line = |listed: &Listed| cards::deliverable_line(&listed.deliverable, &listed.invoice, listed.access, language);
    list(message!("list-files"), listed.iter().map(line), message!("list-files-empty"), language)
}

/// To the customer it belongs to: the file.
pub fn handout(handout: &Handout, language: Language) -> CreateReply {
    let mut words = message!("reply-handout").to(language);
    if handout.presigned_url.chars().count() <= DIRECT_LINK_MAX {
        words = format!("{words} {}", message!("reply-handout-direct", url = handout.presigned_url.as_str()).to(language));
    }
    let invoice = format!("{} · {}", handout.invoice.number, escape(&handout.invoice.title));
    let embed = file_card(&handout.deliverable, language)
        .title(message!("your-file").to(language))
        .description(format!("**{}**\n\n{words}", escape(&handout.deliverable.label)))
        .field(message!("invoice").to(language), invoice, false)
        .colour(GREEN);
    let download = CreateButton::new_link(&handout.link).label(message!("download-button").to(language));
    blank().embed(embed).components(row(download))
}
