//! What a person sees of an invoice or a file in Discord: one look for replies and DMs.

use serenity::builder::{CreateActionRow, CreateButton, CreateEmbed};
use serenity::model::application::ButtonStyle;

use crate::domain::deliverables::{Access, Deliverable};
use crate::domain::invoices::{Invoice, Status};
use crate::domain::notices::{Composed, Kind};
use crate::types::*;

/// Most buttons of a message that hand out files; Discord takes five a row.
const GET_BUTTONS: usize = 5;

/// Escapes what people wrote, so that Discord shows it as they typed it: no formatting, no
/// mention, no masked link. See <https://support.discord.com/hc/articles/210298617>.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\*_~`|<>[]()#@-+".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A time that Discord shows in the reader's own words, such as "2 hours ago".
pub fn relative(time: Timestamp) -> String {
    format!("<t:{}:R>", time.as_secs())
}

/// Bytes as people read them: `1.4 MiB`.
pub fn size(bytes: i64) -> String {
    let mut value = bytes.max(0);
    if value < 1024 {
        return if value == 1 { "1 byte".to_owned() } else { format!("{value} bytes") };
    }
    for unit in ["KiB", "MiB", "GiB"] {
        if value < 1024 * 1024 || unit == "GiB" {
            let tenths = value * 10 / 1024;
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        value /= 1024;
    }
    format!("{bytes} bytes")
}

/// An invoice in full.
pub fn invoice(invoice: &Invoice) -> CreateEmbed {
    let mut embed = CreateEmbed::new()
        .title(format!("Invoice {} · {}", invoice.number, escape(&invoice.title)))
        .colour(colour(invoice.status))
        .field("Amount", format!("**{}**", invoice.amount), true)
        .field("Status", status(invoice), true)
        .field("Issued", relative(invoice.created_at), true);
    if !invoice.description.is_empty() {
        embed = embed.description(escape(&invoice.description));
    }
    if let Some(due_at) = invoice.due_at {
        embed = embed.field("Due", relative(due_at), true);
    }
    if let Some(paid_at) = invoice.paid_at {
        embed = embed.field("Paid", relative(paid_at), true);
    }
    embed
}

/// An invoice in one line of a list.
pub fn invoice_line(invoice: &Invoice) -> String {
    format!(
        "{} **{}** · {} · {} · {}",
        mark(invoice.status),
        invoice.number,
        escape(&text::shortened(&invoice.title, 60)),
        invoice.amount,
        status_word(invoice)
    )
}

/// A file in one line of a list.
pub fn deliverable_line(deliverable: &Deliverable, invoice: &Invoice, access: Access) -> String {
    let open = match access {
        Access::Granted => "🔓",
        Access::None => "🔒",
    };
    let what = match access {
        Access::Granted => "ready".to_owned(),
        Access::None => format!("opens when {} is paid", invoice.number),
    };
    format!(
        "{open} **{}** · {} · {} · {what}",
        escape(&text::shortened(&deliverable.label, 60)),
        size(deliverable.size_bytes),
        invoice.number
    )
}

/// A button that leads to Checkout by our own short link.
pub fn pay_button(url: &str) -> CreateButton {
    CreateButton::new_link(url).label("Pay")
}

/// A button that hands a file to the customer who presses it, and to nobody else.
pub fn get_button(deliverable: &Deliverable, label: String) -> CreateButton {
    CreateButton::new(format!("v1:get:{}", deliverable.id)).label(label).style(ButtonStyle::Primary)
}

/// A notice as a message: what happened, and what can be done about it.
pub fn notice(composed: &Composed) -> (CreateEmbed, Vec<CreateActionRow>) {
    let found = &composed.invoice;
    let card = invoice(found);
    let mut buttons = Vec::new();
    let embed = match composed.notice.kind {
        Kind::InvoiceIssued => {
            let what = if found.description.is_empty() { String::new() } else { format!("{}\n\n", escape(&found.description)) };
            match payable(found) {
                true => {
                    buttons.push(pay_button(&composed.pay_url));
                    card.description(format!("{what}You have a new invoice. Press **Pay** to pay by Stripe; we never see your card."))
                }
                false => card,
            }
        }
        Kind::InvoicePaid => {
            buttons.extend(get_buttons(composed));
            let files = match (composed.deliverables.len(), composed.access) {
                (0, _) | (_, Access::None) => "You will hear from us as soon as your files are here.",
                (_, Access::Granted) => "Your files are ready: press the button, or run `/deliverable get`.",
            };
            card.description(format!("Your payment arrived. Thank you!\n{files}"))
        }
        Kind::PaymentReceived => card.description(format!("Payment received from **{}**.", escape(&found.customer_name))),
        Kind::DeliverableAdded => {
            let file = composed
                .deliverables
                .first()
                .map(|file| format!("**{}** ({})", escape(&file.label), size(file.size_bytes)))
                .unwrap_or_default();
            match composed.access {
                Access::Granted => {
                    buttons.extend(get_buttons(composed));
                    card.description(format!("A file is ready for you: {file}."))
                }
                Access::None if payable(found) => {
                    buttons.push(pay_button(&composed.pay_url));
                    card.description(format!("A file waits for you: {file}. It opens once the invoice is paid."))
                }
                Access::None => card.description(format!("A file was attached: {file}.")),
            }
        }
    };
    let rows = if buttons.is_empty() { Vec::new() } else { vec![CreateActionRow::Buttons(buttons)] };
    (embed, rows)
}

fn get_buttons(composed: &Composed) -> Vec<CreateButton> {
    if composed.access != Access::Granted {
        return Vec::new();
    }
    let one = composed.deliverables.len() == 1;
    let label = |file: &Deliverable| if one { "Get file".to_owned() } else { text::shortened(&format!("Get {}", file.label), 80) };
    composed.deliverables.iter().take(GET_BUTTONS).map(|file| get_button(file, label(file))).collect()
}

/// Whether the invoice can be paid now.
pub fn payable(invoice: &Invoice) -> bool {
    invoice.status == Status::Pending && invoice.revoking_at.is_none()
}

fn status(invoice: &Invoice) -> String {
    format!("{} {}", mark(invoice.status), status_word(invoice))
}

fn status_word(invoice: &Invoice) -> &'static str {
    match invoice.status {
        Status::Pending if invoice.revoking_at.is_some() => "being revoked",
        Status::Pending => "pending",
        Status::Paid => "paid",
        Status::Revoked => "revoked",
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
    fn what_people_wrote_is_shown_as_they_typed_it() {
        assert_eq!(escape("**hi** @here [x](http://y)"), "\\*\\*hi\\*\\* \\@here \\[x\\]\\(http://y\\)");
        assert_eq!(escape("Ünï 龍"), "Ünï 龍");
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!(
            [0, 1, 1023, 1024, 1536, 5_242_880, 2_147_483_648].map(size),
            ["0 bytes", "1 byte", "1023 bytes", "1.0 KiB", "1.5 KiB", "5.0 MiB", "2.0 GiB"]
        );
    }
}
