//! What customers read of their invoices.

use poise::CreateReply;
use serenity::all::{CreateAttachment, CreateEmbed};
use shared::cards::escape;
use shared::documents::Pdf;
use shared::domain::checkout::Opened;
use shared::domain::invoices::{Invoice, Status};
use shared::domain::receipts::{CreditNote, Receipt, Receipts};
use shared::texts::Language;
use shared::{cards, message, texts};

use crate::reply::{FIELD_MAX, GREEN, blank, fitting, list, row, sentence};

/// The maximum number of receipts shown beside their PDF; the embeds of a message take 6000 characters together.
const RECEIPTS_SHOWN: usize = 4;

/// To a customer: their invoices.
pub fn invoices(invoices: &[Invoice], status: Option<Status>, language: Language) -> CreateReply {
    let nothing = match status {
        None => message!("list-invoices-empty"),
        Some(Status::Pending) => message!("list-invoices-none-pending"),
        Some(Status::Paid) => message!("list-invoices-none-paid"),
        Some(Status::Revoked) => message!("list-invoices-none-revoked"),
    };
    list(message!("list-invoices"), invoices.iter().map(|invoice| cards::invoice_line(invoice, language)), nothing, language)
}

/// To a customer: one invoice, with a button while it can be paid.
pub fn invoice(invoice: &Invoice, pay_url: Option<&str>, language: Language) -> CreateReply {
    let reply = blank().embed(cards::invoice(invoice, language));
    match pay_url {
        Some(url) => reply.components(row(cards::pay_button(url, language))),
        None => reply,
    }
}

/// To a customer: where to pay.
pub fn pay(found: &Invoice, url: &str, language: Language) -> CreateReply {
    invoice(found, Some(url), language).content(message!("reply-pay", amount = found.amount).to(language))
}

/// To a customer: their receipts, with the PDF.
pub fn receipts(found: &Receipts, pdf: Pdf, language: Language) -> CreateReply {
    let note = |note: &CreditNote| {
        let paper = &note.paper;
        let line = format!("{} · {} · {}", paper.number, texts::money(paper.amount, language), paper.day.words().to(language));
        match note.cancelled_at {
            None => line,
            Some(_) => format!("~~{line}~~ {}", message!("credit-note-cancelled").to(language)),
        }
    };
    let card = |receipt: &Receipt| {
        let paper = &receipt.paper;
        let invoice = message!("invoice-title", number = found.invoice.number, title = escape(&paper.title));
        let mut embed = CreateEmbed::new()
            .title(message!("receipt-title", number = paper.number.as_str()).to(language))
            .description(invoice.to(language))
            .field(message!("arrived").to(language), format!("**{}**", texts::money(paper.amount, language)), true)
            .field(message!("paid-on").to(language), paper.day.words().to(language), true)
            .colour(GREEN);
        if !receipt.credit_notes.is_empty() {
            let lines: Vec<String> = receipt.credit_notes.iter().map(note).collect();
            embed = embed.field(message!("remains-paid").to(language), texts::money(receipt.remains(), language), true).field(
                message!("credit-notes").to(language),
                fitting(lines.iter(), FIELD_MAX),
                false,
            );
        }
        embed
    };
    // The PDF has them all.
    let reply = found.receipts.iter().take(RECEIPTS_SHOWN).map(card).fold(blank(), CreateReply::embed);
    reply.attachment(CreateAttachment::bytes(pdf.bytes, pdf.file_name))
}

/// To a customer: the first word about their question to Stripe.
pub fn asking_stripe(language: Language) -> CreateReply {
    sentence(&message!("asking-stripe"), language)
}

/// To a customer: what Stripe says about their payment.
pub fn checked(opened: &Opened, language: Language) -> CreateReply {
    let (words, found) = match opened {
        Opened::Paid(found) => (message!("checked-paid"), found),
        Opened::Waiting(found) => (message!("checked-waiting"), found),
        Opened::Processing(found) => (message!("checked-processing"), found),
        Opened::Changing(found) => (message!("invoice-is-being-edited", number = found.number), found),
        Opened::Revoked(found) => (message!("invoice-was-revoked", number = found.number), found),
        Opened::Checkout(_) => return sentence(&message!("checked-open"), language),
    };
    blank().content(words.to(language)).embed(cards::invoice(found, language))
}
