//! What a person sees of an invoice or a file in Discord: one look for replies and DMs.

use serenity::builder::{CreateActionRow, CreateButton, CreateEmbed};
use serenity::model::application::ButtonStyle;

use crate::config::Config;
use crate::domain::deliverables::{Access, Deliverable};
use crate::domain::inbox::Composed;
use crate::domain::invoices::{Invoice, Status, Total};
use crate::domain::notices::Kind;
use crate::message;
use crate::texts::{self, Language, Message};
use crate::types::*;
pub use crate::written::escape;
use crate::written::plain;

/// Most buttons of a message that hand out files; Discord takes five a row.
const GET_BUTTONS: usize = 5;

/// What is kept of people, why, and what becomes of it: of everybody, of who signs in on the web, and of staff, each a
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

/// What a notice says happened, in the words of Discord's markdown; `None` where the invoice says it all by now.
/// `written` makes what people wrote safe where it is shown.
pub fn happened(composed: &Composed, language: Language, written: impl Fn(&str) -> String) -> Option<Message> {
    let found = &composed.invoice;
    match composed.notice.kind {
        Kind::InvoiceIssued => found.is_payable().then(|| message!("notice-invoice-issued")),
        Kind::InvoiceDue => found.is_payable().then(|| message!("notice-invoice-due")),
        Kind::InvoicePaid => Some(match (composed.deliverables.len(), composed.access) {
            (0, _) | (_, Access::None | Access::Suspended | Access::Withdrawn) => message!("notice-invoice-paid"),
            (_, Access::Granted) => message!("notice-invoice-paid-with-files"),
        }),
        Kind::InvoiceEdited => Some(message!("notice-invoice-edited")),
        Kind::InvoiceRevoked => Some(message!("notice-invoice-revoked")),
        Kind::PaymentProcessing => Some(message!("notice-payment-processing")),
        Kind::PaymentFailed if found.is_payable() => Some(message!("notice-payment-failed")),
        Kind::PaymentFailed => Some(message!("notice-payment-failed-for-good")),
        Kind::PaymentUnclear => Some(message!("notice-payment-unclear", customer = written(&found.customer_name))),
        Kind::PaymentRefused => Some(message!("notice-payment-refused", customer = written(&found.customer_name))),
        Kind::FileGone => composed
            .deliverables
            .first()
            .map(|file| message!("notice-file-gone", label = written(&file.label), customer = written(&found.customer_name))),
        Kind::PaidTwice => Some(message!("notice-paid-twice", customer = written(&found.customer_name))),
        // It ended meanwhile.
        Kind::PageUnknown => Some(page_is_unknown(found).unwrap_or(message!("notice-page-was-unknown"))),
        Kind::PaymentReceived => Some(message!("notice-payment-received", customer = written(&found.customer_name))),
        Kind::PaymentRefunded => Some(match (composed.access, &composed.refund) {
            (Access::Withdrawn, Some(refund)) => message!("notice-refunded-and-closed", amount = refund.amount),
            (_, Some(refund)) => message!("notice-refunded", amount = refund.amount),
            // It came back meanwhile.
            (_, None) => message!("notice-payment-refunded"),
        }),
        Kind::RefundCameBack => Some(message!("notice-refund-came-back")),
        Kind::AccessChanged => Some(match composed.access {
            Access::Granted => message!("notice-files-open-again"),
            Access::Suspended => message!("notice-files-suspended"),
            Access::None | Access::Withdrawn => message!("notice-files-withdrawn"),
        }),
        Kind::LatePaymentReturned => Some(message!("notice-late-payment-returned")),
        Kind::LatePaymentArrived => Some(message!("notice-late-payment-arrived", customer = written(&found.customer_name))),
        Kind::RefundFailed => Some(message!("notice-refund-failed")),
        Kind::InquiryOpened => composed
            .dispute
            .as_ref()
            .map(|dispute| message!("notice-inquiry-opened", customer = written(&found.customer_name), amount = dispute.amount)),
        Kind::InquiryClosed => Some(message!("notice-inquiry-closed")),
        Kind::DisputeOpened => composed.dispute.as_ref().map(|dispute| {
            let customer = written(&found.customer_name);
            match composed.access {
                Access::Suspended => message!("notice-dispute-opened", customer = customer, amount = dispute.amount),
                Access::None | Access::Granted | Access::Withdrawn => {
                    message!("notice-dispute-opened-files-same", customer = customer, amount = dispute.amount)
                }
            }
        }),
        Kind::DisputeWon if composed.access == Access::Granted => Some(message!("notice-dispute-won")),
        Kind::DisputeWon => Some(message!("notice-dispute-won-and-closed")),
        Kind::DisputeLost => composed.dispute.as_ref().map(|dispute| match composed.access {
            Access::Withdrawn => message!("notice-dispute-lost", amount = dispute.amount),
            Access::None | Access::Granted | Access::Suspended => message!("notice-dispute-lost-files-same", amount = dispute.amount),
        }),
        Kind::DeliverableAdded | Kind::DeliverableReplaced | Kind::DeliverableRemoved => composed.deliverables.first().map(|file| {
            let (label, size) = (written(&file.label), texts::size(file.object.size_bytes, language));
            match composed.access {
                _ if file.removed_at.is_some() => message!("notice-file-removed", label = label),
                _ if composed.notice.kind == Kind::DeliverableReplaced => {
                    message!("notice-file-replaced", label = label, size = size, version = file.version)
                }
                Access::Granted => message!("notice-file-ready", label = label, size = size),
                Access::None if found.is_payable() => message!("notice-file-waits", label = label, size = size),
                Access::None | Access::Suspended | Access::Withdrawn => message!("notice-file-attached", label = label, size = size),
            }
        }),
    }
}

/// A notice in one plain line, which is all that a push notification shows of a message.
pub fn line(composed: &Composed, studio: &str, language: Language) -> String {
    let found = &composed.invoice;
    let (number, amount, studio) = (found.number, found.amount, plain(studio));
    let customer = || plain(&found.customer_name);
    let label = || composed.deliverables.first().map(|file| plain(&file.label)).unwrap_or_default();
    let line = match composed.notice.kind {
        Kind::InvoiceIssued => message!("line-invoice-issued", number = number, studio = studio, amount = amount),
        Kind::InvoiceDue => message!("line-invoice-due", number = number, studio = studio, amount = amount),
        Kind::InvoicePaid => message!("line-invoice-paid", number = number, studio = studio, amount = amount),
        Kind::InvoiceEdited => message!("line-invoice-edited", number = number, studio = studio, amount = amount),
        Kind::InvoiceRevoked => message!("line-invoice-revoked", number = number, studio = studio),
        Kind::PaymentProcessing => message!("line-payment-processing", number = number, studio = studio),
        Kind::PaymentFailed => message!("line-payment-failed", number = number, studio = studio),
        Kind::PaymentUnclear => message!("line-payment-unclear", number = number, customer = customer()),
        Kind::PaymentRefused => message!("line-payment-refused", number = number, customer = customer()),
        Kind::FileGone => message!("line-file-gone", label = label(), number = number),
        Kind::PaidTwice => message!("line-paid-twice", number = number, customer = customer()),
        Kind::PageUnknown => message!("line-page-unknown", number = number),
        Kind::PaymentReceived => message!("line-payment-received", number = number, customer = customer(), amount = amount),
        Kind::PaymentRefunded => match &composed.refund {
            Some(refund) => message!("line-payment-refunded", number = number, studio = studio, amount = refund.amount),
            None => message!("line-some-refunded", number = number, studio = studio),
        },
        Kind::RefundCameBack => message!("line-refund-came-back", number = number, studio = studio),
        Kind::AccessChanged => match composed.access {
            Access::Granted => message!("line-files-open-again", number = number, studio = studio),
            Access::None | Access::Suspended | Access::Withdrawn => message!("line-files-closed", number = number, studio = studio),
        },
        Kind::LatePaymentReturned => message!("line-late-payment-returned", number = number, studio = studio),
        Kind::LatePaymentArrived => message!("line-late-payment-arrived", number = number, customer = customer()),
        Kind::RefundFailed => message!("line-refund-failed", number = number),
        Kind::InquiryOpened => message!("line-inquiry-opened", number = number, customer = customer()),
        Kind::InquiryClosed => message!("line-inquiry-closed", number = number),
        Kind::DisputeOpened => message!("line-dispute-opened", number = number, customer = customer()),
        Kind::DisputeWon => message!("line-dispute-won", number = number),
        Kind::DisputeLost => message!("line-dispute-lost", number = number),
        Kind::DeliverableAdded => match composed.access {
            Access::Granted => message!("line-file-ready", label = label(), number = number, studio = studio),
            Access::None | Access::Suspended | Access::Withdrawn => {
                message!("line-file-attached", label = label(), number = number, studio = studio)
            }
        },
        Kind::DeliverableReplaced => message!("line-file-replaced", label = label(), number = number, studio = studio),
        Kind::DeliverableRemoved => message!("line-file-removed", label = label(), number = number, studio = studio),
    };
    line.to(language)
}

/// A notice as a message: what happened, and what can be done about it.
pub fn notice(composed: &Composed, language: Language) -> (CreateEmbed, Vec<CreateActionRow>) {
    let found = &composed.invoice;
    let mut buttons = Vec::new();
    let happened = happened(composed, language, escape);
    match composed.notice.kind {
        Kind::InvoiceIssued | Kind::InvoiceDue | Kind::InvoiceEdited | Kind::PaymentFailed if found.is_payable() => {
            buttons.push(pay_button(&composed.pay_url, language))
        }
        Kind::DeliverableAdded | Kind::DeliverableReplaced if composed.access == Access::None && found.is_payable() => {
            buttons.push(pay_button(&composed.pay_url, language))
        }
        Kind::InvoicePaid | Kind::DeliverableAdded | Kind::DeliverableReplaced => buttons.extend(get_buttons(composed, language)),
        Kind::InvoiceIssued
        | Kind::InvoiceDue
        | Kind::InvoiceEdited
        | Kind::InvoiceRevoked
        | Kind::PaymentProcessing
        | Kind::PaymentFailed
        | Kind::PaymentUnclear
        | Kind::PaymentRefused
        | Kind::FileGone
        | Kind::PaidTwice
        | Kind::PageUnknown
        | Kind::PaymentReceived
        | Kind::PaymentRefunded
        | Kind::RefundCameBack
        | Kind::AccessChanged
        | Kind::LatePaymentReturned
        | Kind::LatePaymentArrived
        | Kind::RefundFailed
        | Kind::InquiryOpened
        | Kind::InquiryClosed
        | Kind::DisputeOpened
        | Kind::DisputeWon
        | Kind::DisputeLost
        | Kind::DeliverableRemoved => {}
    }
    let mut embed = invoice(found, language);
    if let Some(reason) = composed.refund.as_ref().and_then(|refund| refund.reason_of_staff(language, escape)) {
        embed = embed.field(message!("reason").to(language), reason, false);
    }
    if let Some(happened) = happened {
        let in_full = matches!(composed.notice.kind, Kind::InvoiceIssued | Kind::InvoiceEdited);
        embed = embed.description(format!("{}\n\n{}", what_for(found, in_full), happened.to(language)));
    }
    let rows = if buttons.is_empty() { Vec::new() } else { vec![CreateActionRow::Buttons(buttons)] };
    (embed, rows)
}

fn get_buttons(composed: &Composed, language: Language) -> Vec<CreateButton> {
    if composed.access != Access::Granted {
        return Vec::new();
    }
    let one = composed.deliverables.len() == 1;
    let label = |file: &Deliverable| match one {
        true => message!("get-file-button").to(language),
        false => text::shortened(&message!("get-button", label = file.label.as_str()).to(language), 80),
    };
    let present = composed.deliverables.iter().filter(|file| file.removed_at.is_none());
    present.take(GET_BUTTONS).map(|file| get_button(file, label(file))).collect()
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
