//! What each kind of notice says, and what can be done about it.

use serenity::builder::{CreateActionRow, CreateButton, CreateEmbed};

use super::{escape, get_button, invoice, page_is_unknown, pay_button, what_for};
use crate::domain::deliverables::{Access, Deliverable};
use crate::domain::inbox::{Composed, OfInvoice, Shown};
use crate::domain::notices::Kind;
use crate::message;
use crate::texts::{self, Language, Message};
use crate::types::*;
use crate::written::plain;

/// Most buttons of a message that hand out files; Discord takes five a row.
const GET_BUTTONS: usize = 5;

/// All that a notice says.
struct Words {
    /// In one plain line, which is all that a push notification shows of a message.
    line: Message,
    /// In the words of Discord's markdown; `None` where the invoice says it all by now.
    sentence: Option<Message>,
    /// What can be done about it.
    offers: Offers,
}

/// What a notice offers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Offers {
    Nothing,
    /// To pay the invoice, where it can be paid.
    Pay,
    /// The files, where they are open.
    Files,
}

/// What a notice about an invoice or a file says: the one place for the words of each kind. `written` makes what
/// people wrote safe where the sentence is shown.
fn words(kind: Kind, found: &OfInvoice, studio: &str, language: Language, written: impl Fn(&str) -> String) -> Words {
    let invoice = &found.invoice;
    let (number, amount, studio) = (invoice.number, invoice.amount, plain(studio));
    let (customer, customer_written) = (plain(&invoice.customer_name), || written(&invoice.customer_name));
    let file = found.deliverables.first();
    let label = file.map(|file| plain(&file.label)).unwrap_or_default();
    let says = |line: Message, sentence: Message| Words { line, sentence: Some(sentence), offers: Offers::Nothing };
    match kind {
        Kind::InvoiceIssued => Words {
            line: message!("line-invoice-issued", number = number, studio = studio, amount = amount),
            sentence: invoice.is_payable().then(|| message!("notice-invoice-issued")),
            offers: Offers::Pay,
        },
        Kind::InvoiceDue => Words {
            line: message!("line-invoice-due", number = number, studio = studio, amount = amount),
            sentence: invoice.is_payable().then(|| message!("notice-invoice-due")),
            offers: Offers::Pay,
        },
        Kind::InvoicePaid => Words {
            line: message!("line-invoice-paid", number = number, studio = studio, amount = amount),
            sentence: Some(match (found.deliverables.len(), found.access) {
                (0, _) | (_, Access::None | Access::Suspended | Access::Withdrawn) => message!("notice-invoice-paid"),
                (_, Access::Granted) => message!("notice-invoice-paid-with-files"),
            }),
            offers: Offers::Files,
        },
        Kind::InvoiceEdited => Words {
            line: message!("line-invoice-edited", number = number, studio = studio, amount = amount),
            sentence: Some(message!("notice-invoice-edited")),
            offers: Offers::Pay,
        },
        Kind::InvoiceRevoked => {
            says(message!("line-invoice-revoked", number = number, studio = studio), message!("notice-invoice-revoked"))
        }
        Kind::PaymentProcessing => {
            says(message!("line-payment-processing", number = number, studio = studio), message!("notice-payment-processing"))
        }
        Kind::PaymentFailed => Words {
            line: message!("line-payment-failed", number = number, studio = studio),
            sentence: Some(match invoice.is_payable() {
                true => message!("notice-payment-failed"),
                false => message!("notice-payment-failed-for-good"),
            }),
            offers: Offers::Pay,
        },
        Kind::PaymentUnclear => says(
            message!("line-payment-unclear", number = number, customer = customer),
            message!("notice-payment-unclear", customer = customer_written()),
        ),
        Kind::PaymentRefused => says(
            message!("line-payment-refused", number = number, customer = customer),
            message!("notice-payment-refused", customer = customer_written()),
        ),
        Kind::FileGone => Words {
            line: message!("line-file-gone", label = label, number = number),
            sentence: file.map(|file| message!("notice-file-gone", label = written(&file.label), customer = customer_written())),
            offers: Offers::Nothing,
        },
        Kind::PaidTwice => says(
            message!("line-paid-twice", number = number, customer = customer),
            message!("notice-paid-twice", customer = customer_written()),
        ),
        Kind::PageUnknown => says(
            message!("line-page-unknown", number = number),
            // It ended meanwhile.
            page_is_unknown(invoice).unwrap_or(message!("notice-page-was-unknown")),
        ),
        Kind::PaymentReceived => says(
            message!("line-payment-received", number = number, customer = customer, amount = amount),
            message!("notice-payment-received", customer = customer_written()),
        ),
        Kind::PaymentRefunded => match (&found.refund, found.access) {
            (Some(refund), access) => says(
                message!("line-payment-refunded", number = number, studio = studio, amount = refund.amount),
                match access {
                    Access::Withdrawn => message!("notice-refunded-and-closed", amount = refund.amount),
                    Access::None | Access::Granted | Access::Suspended => message!("notice-refunded", amount = refund.amount),
                },
            ),
            // It came back meanwhile.
            (None, _) => says(message!("line-some-refunded", number = number, studio = studio), message!("notice-payment-refunded")),
        },
        Kind::RefundCameBack => {
            says(message!("line-refund-came-back", number = number, studio = studio), message!("notice-refund-came-back"))
        }
        Kind::AccessChanged => {
            let closed = |studio| message!("line-files-closed", number = number, studio = studio);
            match found.access {
                Access::Granted => {
                    says(message!("line-files-open-again", number = number, studio = studio), message!("notice-files-open-again"))
                }
                Access::Suspended => says(closed(studio), message!("notice-files-suspended")),
                Access::None | Access::Withdrawn => says(closed(studio), message!("notice-files-withdrawn")),
            }
        }
        Kind::LatePaymentReturned => {
            says(message!("line-late-payment-returned", number = number, studio = studio), message!("notice-late-payment-returned"))
        }
        Kind::LatePaymentArrived => says(
            message!("line-late-payment-arrived", number = number, customer = customer),
            message!("notice-late-payment-arrived", customer = customer_written()),
        ),
        Kind::RefundFailed => says(message!("line-refund-failed", number = number), message!("notice-refund-failed")),
        Kind::InquiryOpened => Words {
            line: message!("line-inquiry-opened", number = number, customer = customer),
            sentence: found
                .dispute
                .as_ref()
                .map(|dispute| message!("notice-inquiry-opened", customer = customer_written(), amount = dispute.amount)),
            offers: Offers::Nothing,
        },
        Kind::InquiryClosed => says(message!("line-inquiry-closed", number = number), message!("notice-inquiry-closed")),
        Kind::DisputeOpened => Words {
            line: message!("line-dispute-opened", number = number, customer = customer),
            sentence: found.dispute.as_ref().map(|dispute| match found.access {
                Access::Suspended => message!("notice-dispute-opened", customer = customer_written(), amount = dispute.amount),
                Access::None | Access::Granted | Access::Withdrawn => {
                    message!("notice-dispute-opened-files-same", customer = customer_written(), amount = dispute.amount)
                }
            }),
            offers: Offers::Nothing,
        },
        Kind::DisputeWon => says(
            message!("line-dispute-won", number = number),
            match found.access {
                Access::Granted => message!("notice-dispute-won"),
                Access::None | Access::Suspended | Access::Withdrawn => message!("notice-dispute-won-and-closed"),
            },
        ),
        Kind::DisputeLost => Words {
            line: message!("line-dispute-lost", number = number),
            sentence: found.dispute.as_ref().map(|dispute| match found.access {
                Access::Withdrawn => message!("notice-dispute-lost", amount = dispute.amount),
                Access::None | Access::Granted | Access::Suspended => message!("notice-dispute-lost-files-same", amount = dispute.amount),
            }),
            offers: Offers::Nothing,
        },
        Kind::DeliverableAdded => Words {
            line: match found.access {
                Access::Granted => message!("line-file-ready", label = label, number = number, studio = studio),
                Access::None | Access::Suspended | Access::Withdrawn => {
                    message!("line-file-attached", label = label, number = number, studio = studio)
                }
            },
            sentence: file.map(|file| removed(file, &written).unwrap_or_else(|| attached(found, file, language, &written))),
            offers: of_file(found),
        },
        Kind::DeliverableReplaced => Words {
            line: message!("line-file-replaced", label = label, number = number, studio = studio),
            sentence: file.map(|file| {
                let size = texts::size(file.object.size_bytes, language);
                removed(file, &written)
                    .unwrap_or_else(|| message!("notice-file-replaced", label = written(&file.label), size = size, version = file.version))
            }),
            offers: of_file(found),
        },
        Kind::DeliverableRemoved => Words {
            line: message!("line-file-removed", label = label, number = number, studio = studio),
            sentence: file.map(|file| removed(file, &written).unwrap_or_else(|| attached(found, file, language, &written))),
            offers: Offers::Nothing,
        },
    }
}

/// What is said of a file that is gone by now, whatever happened to it before.
fn removed(file: &Deliverable, written: impl Fn(&str) -> String) -> Option<Message> {
    file.removed_at.is_some().then(|| message!("notice-file-removed", label = written(&file.label)))
}

fn attached(found: &OfInvoice, file: &Deliverable, language: Language, written: impl Fn(&str) -> String) -> Message {
    let (label, size) = (written(&file.label), texts::size(file.object.size_bytes, language));
    match found.access {
        Access::Granted => message!("notice-file-ready", label = label, size = size),
        Access::None if found.invoice.is_payable() => message!("notice-file-waits", label = label, size = size),
        Access::None | Access::Suspended | Access::Withdrawn => message!("notice-file-attached", label = label, size = size),
    }
}

/// Whoever has a file that opens when they pay is offered to pay.
fn of_file(found: &OfInvoice) -> Offers {
    if found.access == Access::None && found.invoice.is_payable() { Offers::Pay } else { Offers::Files }
}

/// What a notice says happened, in the words of Discord's markdown; `None` where the invoice says it all by now.
/// `written` makes what people wrote safe where it is shown.
pub fn happened(composed: &Composed, language: Language, written: impl Fn(&str) -> String) -> Option<Message> {
    let Shown::Invoice(found) = &composed.shown;
    words(composed.notice.kind, found, "", language, written).sentence
}

/// A notice in one plain line, which is all that a push notification shows of a message.
pub fn line(composed: &Composed, studio: &str, language: Language) -> String {
    let Shown::Invoice(found) = &composed.shown;
    words(composed.notice.kind, found, studio, language, plain).line.to(language)
}

/// A notice as a message: what happened, and what can be done about it.
pub fn notice(composed: &Composed, language: Language) -> (CreateEmbed, Vec<CreateActionRow>) {
    let Shown::Invoice(found) = &composed.shown;
    let Words { sentence, offers, .. } = words(composed.notice.kind, found, "", language, escape);
    let buttons = match offers {
        Offers::Pay if found.invoice.is_payable() => vec![pay_button(&found.pay_url, language)],
        Offers::Files => get_buttons(found, language),
        Offers::Pay | Offers::Nothing => Vec::new(),
    };
    let mut embed = invoice(&found.invoice, language);
    if let Some(reason) = found.refund.as_ref().and_then(|refund| refund.reason_of_staff(language, escape)) {
        embed = embed.field(message!("reason").to(language), reason, false);
    }
    if let Some(sentence) = sentence {
        let in_full = matches!(composed.notice.kind, Kind::InvoiceIssued | Kind::InvoiceEdited);
        embed = embed.description(format!("{}\n\n{}", what_for(&found.invoice, in_full), sentence.to(language)));
    }
    let rows = if buttons.is_empty() { Vec::new() } else { vec![CreateActionRow::Buttons(buttons)] };
    (embed, rows)
}

fn get_buttons(found: &OfInvoice, language: Language) -> Vec<CreateButton> {
    if found.access != Access::Granted {
        return Vec::new();
    }
    let one = found.deliverables.len() == 1;
    let label = |file: &Deliverable| match one {
        true => message!("get-file-button").to(language),
        false => text::shortened(&message!("get-button", label = file.label.as_str()).to(language), 80),
    };
    let present = found.deliverables.iter().filter(|file| file.removed_at.is_none());
    present.take(GET_BUTTONS).map(|file| get_button(file, label(file))).collect()
}
