//! What a person sees of an invoice or a file in Discord: one look for replies and DMs.

mod notices;

use serenity::builder::{CreateButton, CreateEmbed};
use serenity::model::application::ButtonStyle;

use crate::config::Config;
use crate::domain::deliverables::{Access, Deliverable};
use crate::domain::invoices::{Invoice, Status, Total};
use crate::message;
use crate::texts::{self, Language, Message};
use crate::types::*;
pub use crate::written::escape;
pub use notices::{happened, line, notice};

/// What is kept of people, why, and what becomes of it: of everybody, of whoever signs in on the web, and of staff, each a
/// title and a list in Discord's markdown. The items are those of [`Class::told`](crate::domain::personal_data::Class::told).
pub fn kept(config: &Config) -> [(Message, Message); 3] {
    let days = |duration: std::time::Duration| i64::try_from(duration.as_secs() / (24 * 60 * 60)).unwrap_or(i64::MAX);
    let (idle, lives) = (days(config.web.session_idle), days(config.web.session_lives));
    [
        (message!("kept-title"), message!("kept")),
        (message!("kept-signed-in-title"), message!("kept-signed-in", idle = idle, days = lives)),
        (message!("kept-staff-title"), message!("kept-staff")),
    ]
}

/// A time that Discord shows in the reader's own words, such as "2 hours ago".
pub fn relative(time: Timestamp) -> String {
    format!("<t:{}:R>", time.as_secs())
}

/// A day that Discord shows in the reader's own words, and how far away it is.
pub fn day(time: Timestamp) -> String {
    format!("<t:{}:D> ({})", time.as_secs(), relative(time))
}

/// An invoice in full.
pub fn invoice(invoice: &Invoice, language: Language) -> CreateEmbed {
    let amount = texts::money(invoice.amount, language);
    let mut embed = CreateEmbed::new()
        .title(message!("invoice-numbered", number = invoice.number).to(language))
        .description(what_for(invoice, true))
        .colour(colour(invoice.status))
        .field(message!("amount").to(language), format!("**{amount}**"), true)
        .field(message!("status").to(language), status(invoice, language), true)
        .field(message!("issued").to(language), relative(invoice.created_at), true);
    if let Some(due_at) = invoice.due_at {
        embed = embed.field(message!("due").to(language), day(due_at), true);
    }
    if let Some(reason) = invoice.revoke_reason.as_ref().filter(|_| invoice.status == Status::Revoked) {
        embed = embed.field(message!("reason").to(language), escape(reason), false);
    }
    if let Some(paid_at) = invoice.paid_at {
        embed = embed.field(message!("paid").to(language), relative(paid_at), true);
    }
    let money = &invoice.money;
    let sum = |minor| texts::money(Money::new(minor, invoice.amount.currency), language);
    if money.refunded_minor > 0 {
        embed = embed.field(message!("refunded").to(language), sum(money.refunded_minor), true);
    }
    if money.refunding_minor > 0 {
        embed = embed.field(message!("refund-on-its-way").to(language), sum(money.refunding_minor), true);
    }
    if let Some(words) = dispute_words(invoice, language) {
        embed = embed.field(message!("dispute").to(language), words, true);
    }
    embed
}

/// What an invoice is for, as whoever issued it wrote it.
fn what_for(invoice: &Invoice, in_full: bool) -> String {
    let title = format!("**{}**", escape(&invoice.title));
    match in_full && !invoice.description.is_empty() {
        true => format!("{title}\n{}", escape(&invoice.description)),
        false => title,
    }
}

/// How the dispute about an invoice stands, and what it is about, where there is one.
pub fn dispute_words(invoice: &Invoice, language: Language) -> Option<String> {
    let (status, amount) = invoice.money.dispute?;
    Some(format!("{} · {}", status.text()?.to(language), texts::money(amount, language)))
}

/// For staff: why what waits for the end of a payment page goes on waiting, where Stripe does not know it.
pub fn page_is_unknown(invoice: &Invoice) -> Option<Message> {
    invoice.money.page_unknown_until.map(|until| message!("page-is-unknown", until = relative(until)))
}

/// An invoice in one line of a list.
pub fn invoice_line(invoice: &Invoice, language: Language) -> String {
    format!(
        "{} **{}** · {} · {} · {}",
        mark(invoice.status),
        invoice.number,
        escape(&text::shortened(&invoice.title, 60)),
        texts::money(invoice.amount, language),
        status_word(invoice).to(language)
    )
}

/// A file in one line of a list.
pub fn deliverable_line(deliverable: &Deliverable, invoice: &Invoice, access: Access, language: Language) -> String {
    let (lock, what) = match access {
        Access::Granted => ("🔓", message!("file-is-ready")),
        Access::None => ("🔒", message!("file-opens-with", number = invoice.number)),
        Access::Suspended => ("🔒", message!("file-is-suspended")),
        Access::Withdrawn => ("🔒", message!("file-is-withdrawn")),
    };
    format!(
        "{lock} **{}** · {} · {} · {}",
        escape(&text::shortened(&deliverable.label, 60)),
        texts::size(deliverable.object.size_bytes, language),
        invoice.number,
        what.to(language)
    )
}

/// A button that leads to Checkout by our own short link.
pub fn pay_button(url: &str, language: Language) -> CreateButton {
    CreateButton::new_link(url).label(message!("pay-button").to(language))
}

/// A button that hands a file to the customer who presses it, and to nobody else.
pub fn get_button(deliverable: &Deliverable, label: String) -> CreateButton {
    CreateButton::new(format!("v1:get:{}", deliverable.id)).label(label).style(ButtonStyle::Primary)
}

/// A button that does what its presser was asked to confirm.
pub fn confirm_button(confirmation: &ConfirmationId, label: Message, language: Language) -> CreateButton {
    CreateButton::new(format!("v1:confirm:{confirmation}")).label(label.to(language)).style(ButtonStyle::Danger)
}

fn status(invoice: &Invoice, language: Language) -> String {
    format!("{} {}", mark(invoice.status), status_word(invoice).to(language))
}

/// What a customer's invoices of one status and currency add up to, in one line.
pub fn total_line(total: &Total, language: Language) -> String {
    format!("{} {} {} · {}", mark(total.status), total.count, total.status.text().to(language), texts::money(total.amount, language))
}

/// The word for where an invoice stands.
pub fn status_word(invoice: &Invoice) -> Message {
    match invoice.status {
        Status::Pending if invoice.revoking_at.is_some() => message!("status-being-revoked"),
        Status::Pending if invoice.editing_at.is_some() => message!("status-being-edited"),
        Status::Pending if invoice.money.is_processing => message!("status-processing"),
        status => status.text(),
    }
}

fn mark(status: Status) -> &'static str {
    match status {
        Status::Pending => "🟡",
        Status::Paid => "🟢",
        Status::Revoked => "⚪",
    }
}

fn colour(status: Status) -> u32 {
    match status {
        Status::Pending => 0x00E8_A33D,
        Status::Paid => 0x003B_A55D,
        Status::Revoked => 0x0080_848E,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        assert_eq!(
            [0, 1, 1023, 1024, 1536, 5_242_880, 2_147_483_648].map(|bytes| texts::size(bytes, Language::English)),
            ["0 bytes", "1 byte", "1,023 bytes", "1.0 KiB", "1.5 KiB", "5.0 MiB", "2.0 GiB"]
        );
    }
}
