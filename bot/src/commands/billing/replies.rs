//! What staff reads of invoices.

use poise::CreateReply;
use serenity::all::{
    ButtonStyle, CreateActionRow, CreateAttachment, CreateButton, CreateEmbed, CreateModal, CreateSelectMenu, CreateSelectMenuKind,
    CreateSelectMenuOption,
};
use shared::cards::escape;
use shared::config::Studio;
use shared::documents::Pdf;
use shared::domain::attention::{Again, Group, Item, Name, What};
use shared::domain::deliverables::{Deliverable, Listed};
use shared::domain::export::Csv;
use shared::domain::invoices::{Edited, Invoice, Status};
use shared::domain::receipts::Receipts;
use shared::domain::reconciliation::Reconciled;
use shared::domain::refunds;
use shared::domain::refunds::{Files, Question};
use shared::platform::outbox::GivenUp;
use shared::texts::Language;
use shared::types::{ConfirmationId, InvoiceNumber, Money, text};
use shared::{Result, cards, message, texts};

use crate::commands::invoice::replies::receipts;
use crate::reply::{AMBER, CALM, FIELD_MAX, GREEN, blank, file_card, form, input, list, row, sentence};

/// The maximum number of files that an invoice's card names; a field takes 1024 characters.
const FILES_SHOWN: usize = 5;
/// The maximum length of the label of a select's option, in characters.
const OPTION_MAX: usize = 100;

/// To staff: the invoice is out.
pub fn invoice_issued(invoice: &Invoice, language: Language) -> CreateReply {
    let text = message!("reply-invoice-issued", number = invoice.number, customer = escape(&invoice.customer_name));
    blank().content(text.to(language)).embed(cards::invoice(invoice, language))
}

/// The same reply with a file that was attached at once, or why it was not.
pub fn with_file(reply: CreateReply, added: &Result<Listed>, language: Language) -> CreateReply {
    match added {
        Ok(listed) => {
            let title = message!("reply-attached", number = listed.invoice.number);
            reply.embed(file_card(&listed.deliverable, language).title(title.to(language)).colour(GREEN))
        }
        Err(why) => {
            let words = message!("reply-issued-without-file", reason = why.report(language));
            reply.embed(CreateEmbed::new().description(words.to(language)).colour(AMBER))
        }
    }
}

/// To staff: the invoice as it is now, and what it will be once Stripe has closed its page.
pub fn edited(invoice: &Invoice, waits: Option<&Edited>, language: Language) -> CreateReply {
    let words = match waits {
        None => message!("reply-edited", number = invoice.number),
        Some(edited) => {
            message!("reply-being-edited", number = invoice.number, title = escape(&edited.title), amount = edited.amount)
        }
    };
    blank().content(words.to(language)).embed(with_page_unknown(cards::invoice(invoice, language), invoice, language))
}

/// To staff: everybody's invoices.
pub fn all_invoices(invoices: &[Invoice], language: Language) -> CreateReply {
    let line = |invoice: &Invoice| format!("{} · {}", cards::invoice_line(invoice, language), escape(&invoice.customer_name));
    list(message!("list-all-invoices"), invoices.iter().map(line), message!("list-all-invoices-empty"), language)
}

/// To staff: one of everybody's invoices, with its files and the edit that waits.
pub fn any_invoice(invoice: &Invoice, files: &[Deliverable], waits: Option<&Edited>, language: Language) -> CreateReply {
    let customer = format!("{} · <@{}>", escape(&invoice.customer_name), invoice.customer);
    let mut embed = cards::invoice(invoice, language).field(message!("customer").to(language), customer, false);
    embed = with_page_unknown(embed, invoice, language);
    if let Some(edited) = waits {
        let will_be = format!("{} · {}", escape(&edited.title), texts::money(edited.amount, language));
        embed = embed.field(message!("will-be").to(language), will_be, false);
    }
    if !files.is_empty() {
        let line = |file: &Deliverable| format!("{} · {}", escape(&file.label), texts::size(file.object.size_bytes, language));
        let lines: Vec<String> = files.iter().take(FILES_SHOWN).map(line).collect();
        embed = embed.field(message!("list-files-of-invoice", count = files.len()).to(language), lines.join("\n"), false);
    }
    blank().embed(embed)
}

/// To staff: should it really be revoked?
pub fn ask_revoke(invoice: &Invoice, reason: &str, confirmation: &ConfirmationId, language: Language) -> CreateReply {
    let question = message!("ask-revoke", number = invoice.number, customer = escape(&invoice.customer_name));
    let button = cards::confirm_button(confirmation, message!("revoke-button"), language);
    let embed = cards::invoice(invoice, language).field(message!("reason").to(language), escape(reason), false);
    blank().content(question.to(language)).embed(embed).components(row(button))
}

/// To staff: it is revoked, or will be.
pub fn revoked(invoice: &Invoice, language: Language) -> CreateReply {
    let words = match invoice.status {
        Status::Revoked => message!("reply-revoked", number = invoice.number),
        Status::Pending | Status::Paid => message!("reply-being-revoked", number = invoice.number),
    };
    let embed = CreateEmbed::new().description(words.to(language)).colour(CALM);
    blank().embed(with_page_unknown(embed, invoice, language))
}

/// To staff: should this much really go back?
pub fn ask_refund(question: &Question, studio: &Studio, language: Language) -> CreateReply {
    let (invoice, amount) = (&question.invoice, question.amount);
    let customer = escape(&invoice.customer_name);
    let receipt = question.payment.receipt.written(&studio.receipt_prefix);
    let words = match question.files {
        Files::Close => message!("ask-refund-and-close", amount = amount, customer = customer, number = invoice.number),
        Files::Open => message!("ask-refund", amount = amount, customer = customer, number = invoice.number),
        Files::Same => message!("ask-refund-of", amount = amount, customer = customer, number = invoice.number, receipt = receipt),
    };
    let reason = refunds::reason(&question.reason).map_or_else(|| escape(&question.reason), |ours| ours.to(language));
    let button = cards::confirm_button(&question.confirmation, message!("refund-button"), language);
    let embed = cards::invoice(invoice, language).field(message!("reason").to(language), reason, false);
    blank().content(words.to(language)).embed(embed).components(row(button))
}

/// To staff: Stripe is asked to send the money back.
pub fn refunding(invoice: &Invoice, amount: Money, language: Language) -> CreateReply {
    let words = message!("reply-refunding", amount = amount, number = invoice.number);
    blank().content(words.to(language)).embed(cards::invoice(invoice, language))
}

/// To staff: what a comparison with Stripe found.
pub fn reconciled(found: &Reconciled, language: Language) -> CreateReply {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let words = message!("reply-reconciled", events = count(found.events), missed = count(found.missed), sessions = count(found.sessions));
    sentence(&words, language)
}

/// To staff: what needs a person, the newest of each kind, with a select to settle it.
pub fn attention(groups: &[Group], language: Language) -> CreateReply {
    if groups.is_empty() {
        return sentence(&message!("attention-nothing"), language);
    }
    let line = |item: &Item| format!("{} · {}", attention_title(item, escape, language), cards::relative(item.since));
    let hidden = |group: &Group| usize::try_from(group.count).unwrap_or(usize::MAX).saturating_sub(group.items.len());
    let lines = groups.iter().flat_map(|group| {
        let more = (hidden(group) > 0).then(|| format!("-# {}", message!("attention-more-of-it", count = hidden(group)).to(language)));
        group.items.iter().map(line).chain(more).collect::<Vec<_>>()
    });
    let reply = list(message!("attention"), lines, message!("attention-nothing"), language);
    let more = groups.iter().any(|group| hidden(group) > 0);
    let reply = if more { reply.content(message!("attention-more").to(language)) } else { reply };
    let option = |item: &Item| {
        let label = text::shortened(&attention_title(item, str::to_owned, language), OPTION_MAX);
        let why = match &item.what {
            What::Event(event) => event.id.clone(),
            What::Job(job, _) => job.error.clone(),
            What::Refund(refund) => refund.failure.clone().unwrap_or_default(),
            What::Alarm(alarm) => alarm.details(),
            What::Payment(balance) => balance.payment.payment_intent.clone().unwrap_or_default(),
        };
        let option = CreateSelectMenuOption::new(label, item.name.to_string());
        if why.is_empty() { option } else { option.description(text::shortened(&why, OPTION_MAX)) }
    };
    let kind = CreateSelectMenuKind::String { options: groups.iter().flat_map(|group| &group.items).map(option).collect() };
    let select = CreateSelectMenu::new("v1:attention:", kind).placeholder(message!("attention-pick").to(language));
    reply.components(vec![CreateActionRow::SelectMenu(select)])
}

/// To staff: one thing that needs a person, what it means, and what can be done.
pub fn attention_item(item: &Item, studio: &Studio, language: Language) -> CreateReply {
    let (advice, details, again) = match &item.what {
        What::Event(event) => {
            let mode = if event.livemode { "live" } else { "test" };
            (event.outcome.advice(), format!("{}\n{}\n{}\n{mode}", event.id, event.kind, event.object_id), message!("replay-button"))
        }
        What::Job(job, _) => (message!("attention-job-advice", attempts = job.attempts), job.error.clone(), message!("retry-button")),
        What::Refund(refund) => {
            let failure = refund.failure.clone().unwrap_or_else(|| refund.status.as_str().to_owned());
            (message!("attention-refund-advice"), failure, message!("retry-button"))
        }
        What::Alarm(alarm) => (alarm.trouble.advice(), alarm.details(), message!("look-again-button")),
        What::Payment(balance) => {
            let payment = &balance.payment;
            let receipt = payment.receipt.written(&studio.receipt_prefix);
            let left = balance.left();
            let advice = match payment.counts {
                true => message!("attention-twice-advice", receipt = receipt.as_str(), left = left),
                false => message!("attention-unfit-advice", left = left),
            };
            let intent = payment.payment_intent.as_deref().unwrap_or_default();
            (advice, format!("{receipt}\n{intent}\n{}", payment.paid_at.utc()), message!("send-back-button"))
        }
    };
    let details = format!("```\n{}\n```", text::shortened(&details.replace('`', "'"), FIELD_MAX / 2));
    let embed = CreateEmbed::new()
        .title(message!("attention").to(language))
        .description(format!("**{}**\n\n{}", attention_title(item, escape, language), advice.to(language)))
        .field(message!("attention-details").to(language), details, false)
        .field(message!("attention-since").to(language), cards::relative(item.since), true)
        .colour(AMBER);
    let again = CreateButton::new(format!("v1:again:{}", item.name)).label(again.to(language)).style(ButtonStyle::Primary);
    let drop = CreateButton::new(format!("v1:drop:{}", item.name)).label(message!("drop-button").to(language)).style(ButtonStyle::Danger);
    blank().embed(embed).components(vec![CreateActionRow::Buttons(vec![again, drop])])
}

/// To staff: what came of trying again.
pub fn tried_again(done: &Again, studio: &Studio, language: Language) -> CreateReply {
    let words = match done {
        Again::Replayed(outcome) if outcome.is_settled() => message!("reply-replayed", outcome = outcome.text()),
        Again::Replayed(outcome) => message!("reply-replayed-in-vain", outcome = outcome.text()),
        Again::Retried => message!("reply-retried"),
        Again::Looked(true) => message!("reply-alarm-over"),
        Again::Looked(false) => message!("reply-alarm-holds"),
        Again::Refunding(amount) => message!("reply-refund-retried", amount = *amount),
        Again::Asked(question) => return ask_refund(question, studio, language),
    };
    sentence(&words, language)
}

/// What it is in one line, its foreign words `shown` as the place wants them.
fn attention_title(item: &Item, shown: fn(&str) -> String, language: Language) -> String {
    let (what, amount) = match &item.what {
        What::Event(event) => (message!("attention-event", outcome = event.outcome.text(), kind = shown(&event.kind)), None),
        What::Job(GivenUp { job: Some(job), .. }, amount) => (message!("attention-job", job = job.text()), *amount),
        What::Job(GivenUp { kind, .. }, amount) => (message!("attention-unknown-job", kind = shown(kind)), *amount),
        What::Refund(refund) => (message!("attention-refund"), Some(refund.amount)),
        What::Alarm(alarm) => (alarm.trouble.what(), None),
        What::Payment(balance) if balance.payment.counts => (message!("attention-paid-twice"), Some(balance.left())),
        What::Payment(balance) => (message!("attention-unfit"), Some(balance.left())),
    };
    let invoice = item.invoice.map(|number| number.to_string());
    let parts = [invoice, amount.map(|amount| texts::money(amount, language)), Some(what.to(language))];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// To staff: the customer is told again.
pub fn resent(invoice: &Invoice, language: Language) -> CreateReply {
    sentence(&message!("reply-resent", number = invoice.number, customer = escape(&invoice.customer_name)), language)
}

/// To staff: a customer's receipts, with the PDF that the customer gets.
pub fn any_receipts(found: &Receipts, pdf: Pdf, language: Language) -> CreateReply {
    let words = message!("reply-receipt", customer = escape(&found.invoice.customer_name));
    receipts(found, pdf, language).content(words.to(language))
}

/// To staff: everything about an invoice in one file.
pub fn evidence(number: InvoiceNumber, pdf: Pdf, language: Language) -> CreateReply {
    let words = message!("reply-evidence", number = number);
    sentence(&words, language).attachment(CreateAttachment::bytes(pdf.bytes, pdf.file_name))
}

/// To staff: what came in and went back as a table.
pub fn exported(csv: Csv, language: Language) -> CreateReply {
    let words = message!("reply-exported", rows = csv.rows);
    sentence(&words, language).attachment(CreateAttachment::bytes(csv.bytes, csv.file_name))
}

/// A card that says why what waits for the end of a payment page goes on waiting.
fn with_page_unknown(embed: CreateEmbed, invoice: &Invoice, language: Language) -> CreateEmbed {
    match cards::page_is_unknown(invoice) {
        Some(words) => embed.field(message!("waits-for").to(language), words.to(language), false),
        None => embed,
    }
}

/// Asks why something that needs a person is let go.
pub fn drop_form(name: &Name, language: Language) -> CreateModal {
    let reason_max = text::REASON_MAX as u16;
    let reason = input("reason", &message!("form-reason"), language, |input| input.max_length(reason_max));
    form(format!("v1:drop:{name}"), &message!("form-drop"), vec![reason], language)
}
