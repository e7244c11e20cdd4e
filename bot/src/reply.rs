//! Every reply there is. All of them are ephemeral, because they are about money and files, and
//! none mentions anybody. None has a plain line for a notification, as messages have ([`cards::line`]): Discord
//! notifies nobody of a reply that only the person sees who just asked for it.

use poise::CreateReply;
use serenity::all::{
    ButtonStyle, CreateActionRow, CreateAllowedMentions, CreateAttachment, CreateButton, CreateEmbed, CreateSelectMenu,
    CreateSelectMenuKind, CreateSelectMenuOption,
};
use shared::cards::{self, escape};
use shared::config::Studio;
use shared::documents::Pdf;
use shared::domain::attention::{Again, Group, Item, What};
use shared::domain::audit::{Action, Entry, Verified};
use shared::domain::checkout::Opened;
use shared::domain::customers::Customer;
use shared::domain::deliverables::{Access, Deliverable, Handout, Listed, Object, Version};
use shared::domain::export::Csv;
use shared::domain::inbox::Composed;
use shared::domain::invoices::{Edited, Invoice, Status};
use shared::domain::receipts::{CreditNote, Receipt, Receipts};
use shared::domain::reconciliation::Reconciled;
use shared::domain::refunds::{self, Files, Question};
use shared::domain::sessions::Session;
use shared::domain::staff::{Grant, Grantee, Permission};
use shared::platform::discord::Attachment;
use shared::platform::outbox::GivenUp;
use shared::texts::{self, Language, Message};
use shared::types::{ConfirmationId, InvoiceNumber, Money, UserId, text};
use shared::{Error, Result, message};

const CALM: u32 = 0x005B_7FA6;
const AMBER: u32 = 0x00E8_A33D;
const GREEN: u32 = 0x003B_A55D;

/// Most files that an invoice's card names; a field takes 1024 characters.
const FILES_SHOWN: usize = 5;
/// Most receipts of an invoice that are shown beside their PDF; embeds take 6000 characters together.
const RECEIPTS_SHOWN: usize = 4;
/// Longest description of an embed, in characters.
const DESCRIPTION_MAX: usize = 4096;
/// Longest field of an embed, in characters.
const FIELD_MAX: usize = 1024;
/// Longest label of an option of a select, in characters.
const OPTION_MAX: usize = 100;
/// Longest presigned URL that is shown beside the button.
const DIRECT_LINK_MAX: usize = 3000;

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

/// A card that says why what waits for the end of a payment page goes on waiting.
fn with_page_unknown(embed: CreateEmbed, invoice: &Invoice, language: Language) -> CreateEmbed {
    match cards::page_is_unknown(invoice) {
        Some(words) => embed.field(message!("waits-for").to(language), words.to(language), false),
        None => embed,
    }
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
    // An invoice that was paid oftener has the rest of them in the PDF.
    let reply = found.receipts.iter().take(RECEIPTS_SHOWN).map(card).fold(blank(), CreateReply::embed);
    reply.attachment(CreateAttachment::bytes(pdf.bytes, pdf.file_name))
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

/// To a customer: their files.
pub fn deliverables(listed: &[Listed], language: Language) -> CreateReply {
    let line = |listed: &Listed| cards::deliverable_line(&listed.deliverable, &listed.invoice, listed.access, language);
    list(message!("list-files"), listed.iter().map(line), message!("list-files-empty"), language)
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

/// To staff: what became of each file of a message.
pub fn attached(attached: &[(Attachment, Result<Listed>)], language: Language) -> CreateReply {
    let line = |(file, result): &(Attachment, Result<Listed>)| {
        let name = escape(&text::shortened(&file.file_name, 60));
        match result {
            Ok(listed) => format!("✅ **{name}** · {}", message!("reply-attached", number = listed.invoice.number).to(language)),
            Err(why) => format!("❌ **{name}** · {}", why.report(language)),
        }
    };
    list(message!("attached-title"), attached.iter().map(line), message!("message-has-no-files"), language)
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

/// To staff: the audit log.
pub fn audit(entries: &[(Entry, i64)], language: Language) -> CreateReply {
    let line = |(entry, count): &(Entry, i64)| {
        let actor = match entry.actor.bytes().all(|byte| byte.is_ascii_digit()) {
            true => format!("<@{}>", entry.actor),
            false => format!("*{}*", escape(&entry.actor)),
        };
        let what = Action::parse(&entry.action).map_or_else(|| escape(&entry.action), |action| action.text().to(language));
        let target = match entry.target.split_once(':') {
            Some(("invoice", number)) => format!("**#{}**", escape(number)),
            Some(("user", id)) => format!("<@{}>", escape(id)),
            Some(("role", id)) => format!("<@&{}>", escape(id)),
            _ => format!("`{}`", text::quoted(&entry.target)),
        };
        let times = if *count > 1 { format!(" ×{count}") } else { String::new() };
        let detail = match entry.detail.as_str() {
            "" => String::new(),
            detail => format!("\n-# {}", text::shortened(&escape(detail), 240)),
        };
        format!("`{}` {} {actor} · {what}{times} · {target}{detail}", entry.seq, cards::relative(entry.at))
    };
    list(message!("list-audit"), entries.iter().map(line), message!("list-audit-empty"), language)
}

/// To staff: how the audit log was found.
pub fn audit_verified(verified: &Verified, language: Language) -> CreateReply {
    match verified {
        Verified::Whole { rows: 0, .. } => sentence(&message!("list-audit-empty"), language),
        // The number of a row is written down and given to `--row`: it is a name, and has no marks.
        Verified::Whole { rows, head, unchained: 0 } => {
            sentence(&message!("audit-is-whole", rows = rows.to_string(), hash = head.as_str()), language)
        }
        Verified::Whole { rows, head, unchained } => {
            let words = message!("audit-is-whole-but-the-first", rows = *rows, hash = head.as_str(), unchained = *unchained);
            sentence(&words, language)
        }
        Verified::Broken { seq } => alarm(&message!("audit-is-broken", seq = seq.to_string()), language),
        Verified::Double { seq } => alarm(&message!("audit-is-double", seq = seq.to_string()), language),
        Verified::Outside { seq: Some(seq) } => alarm(&message!("audit-row-is-outside", seq = seq.to_string()), language),
        Verified::Outside { seq: None } => alarm(&message!("audit-row-is-nowhere"), language),
    }
}

fn alarm(words: &Message, language: Language) -> CreateReply {
    blank().embed(CreateEmbed::new().description(words.to(language)).colour(AMBER))
}

/// To staff: somebody may do more.
pub fn permission_granted(grantee: &Grantee, permission: Permission, language: Language) -> CreateReply {
    sentence(&message!("reply-permission-granted", who = mention(grantee), permission = permission.text()), language)
}

/// To staff: somebody may do less.
pub fn permission_taken(grantee: &Grantee, permission: Permission, language: Language) -> CreateReply {
    sentence(&message!("reply-permission-taken", who = mention(grantee), permission = permission.text()), language)
}

/// To staff: who may do what.
pub fn staff(owners: &[UserId], grants: &[Grant], language: Language) -> CreateReply {
    let owners: Vec<String> = owners.iter().map(|owner| format!("<@{owner}>")).collect();
    let owners = message!("staff-owners", owners = owners.join(" ")).to(language);
    let line = |grant: &Grant| {
        let by = message!("staff-given-by", by = format!("<@{}>", grant.granted_by), when = cards::relative(grant.created_at));
        format!("{} · **{}** · {}", mention(&grant.grantee), grant.permission.text().to(language), by.to(language))
    };
    let lines = std::iter::once(owners).chain(grants.iter().map(line));
    list(message!("list-staff"), lines, message!("list-staff"), language)
}

/// To staff: what they may do here, and why.
pub fn whoami(held: &[(Permission, Vec<Grant>)], language: Language) -> CreateReply {
    let line = |(permission, grants): &(Permission, Vec<Grant>)| {
        let why: Vec<String> = match grants.as_slice() {
            [] => vec![message!("staff-as-owner").to(language)],
            grants => grants
                .iter()
                .map(|grant| match &grant.grantee {
                    Grantee::User(_) => message!("staff-as-user").to(language),
                    Grantee::Role(_, role) => message!("staff-by-role", role = format!("<@&{role}>")).to(language),
                })
                .collect(),
        };
        format!("**{}** · {}", permission.text().to(language), why.join(", "))
    };
    list(message!("staff-you-may"), held.iter().map(line), message!("staff-you-may"), language)
}

fn mention(grantee: &Grantee) -> String {
    match grantee {
        Grantee::User(user) => format!("<@{user}>"),
        Grantee::Role(_, role) => format!("<@&{role}>"),
    }
}

/// To staff: what is known about a customer.
pub fn customer(customer: &Customer, language: Language) -> CreateReply {
    let account = &customer.account;
    let known = message!("customer-known-since", when = cards::relative(account.created_at));
    let dm = match customer.waiting {
        0 => message!("customer-takes-dm"),
        waiting => message!("customer-takes-no-dm", waiting = waiting),
    };
    let chosen = message!(
        "customer-reads",
        language = match account.language() {
            Language::English => message!("language-english"),
            Language::German => message!("language-german"),
            Language::Spanish | Language::LatinAmericanSpanish | Language::SouthAmericanSpanish => message!("language-spanish"),
        },
        timezone = account.timezone.as_str()
    );
    let mut embed = CreateEmbed::new()
        .title(message!("customer").to(language))
        .description(format!(
            "**{}** · <@{}>\n{}\n{}\n{}",
            escape(&account.name),
            account.user,
            known.to(language),
            chosen.to(language),
            dm.to(language)
        ))
        .colour(CALM);
    if !customer.totals.is_empty() {
        let lines: Vec<String> = customer.totals.iter().map(|total| cards::total_line(total, language)).collect();
        embed = embed.field(message!("customer-totals").to(language), fitting(lines.iter(), FIELD_MAX), false);
    }
    if !customer.invoices.is_empty() {
        let lines: Vec<String> = customer.invoices.iter().map(|invoice| cards::invoice_line(invoice, language)).collect();
        embed = embed.field(message!("customer-newest").to(language), fitting(lines.iter(), FIELD_MAX), false);
    }
    blank().embed(embed)
}

/// As many of the lines as fit into so many characters.
fn fitting<'a>(lines: impl Iterator<Item = &'a String>, max: usize) -> String {
    let mut text = String::new();
    for line in lines {
        if text.chars().count() + line.chars().count() + 1 > max {
            break;
        }
        text.push_str(line);
        text.push('\n');
    }
    text
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

/// To everybody: where they sign in on the web, and what that means.
pub fn link(address: &str, studio: &str, language: Language) -> CreateReply {
    let button = CreateButton::new_link(address).label(message!("account-link-button").to(language));
    sentence(&message!("account-link", studio = escape(studio)), language).components(row(button))
}

/// To everybody: what this is, and what is kept of them.
pub fn about(about: &Message, kept: &[(Message, Message)], language: Language) -> CreateReply {
    let part = |(title, kept): &(Message, Message)| format!("**{}**\n{}", title.to(language), kept.to(language));
    let parts = std::iter::once(about.to(language)).chain(kept.iter().map(part));
    blank().embed(CreateEmbed::new().description(parts.collect::<Vec<_>>().join("\n\n")).colour(CALM))
}

/// To everybody: where they are signed in.
pub fn sessions(sessions: &[Session], language: Language) -> CreateReply {
    let line = |session: &Session| {
        let browser = session.browser(language);
        let (since, used) = (cards::relative(session.created_at), cards::relative(session.seen_at));
        message!("account-session", browser = browser, since = since, used = used).to(language)
    };
    list(message!("account-sessions"), sessions.iter().map(line), message!("account-no-sessions"), language)
}

/// To everybody: should what they allowed really be taken back?
pub fn ask_disconnect(confirmation: &ConfirmationId, language: Language) -> CreateReply {
    let button = cards::confirm_button(confirmation, message!("account-disconnect-button"), language);
    sentence(&message!("account-ask-disconnect"), language).components(row(button))
}

/// To whoever a notice is for: the notice.
pub fn notice(composed: &Composed, language: Language) -> CreateReply {
    let (embed, rows) = cards::notice(composed, language);
    blank().embed(embed).components(rows)
}

/// One sentence that is good news or none.
pub fn sentence(message: &Message, language: Language) -> CreateReply {
    blank().embed(CreateEmbed::new().description(message.to(language)).colour(CALM))
}

/// What there is to run.
pub fn help(title: &str, text: &str) -> CreateReply {
    blank().embed(CreateEmbed::new().title(title).description(text).colour(CALM))
}

/// What went wrong, in a sentence. A fault of ours is logged here.
pub fn error(error: &Error, language: Language) -> CreateReply {
    blank().embed(CreateEmbed::new().description(error.report(language)).colour(AMBER))
}

fn blank() -> CreateReply {
    CreateReply::default().ephemeral(true).allowed_mentions(CreateAllowedMentions::new())
}

fn row(button: CreateButton) -> Vec<CreateActionRow> {
    vec![CreateActionRow::Buttons(vec![button])]
}

/// Lines under a title. A page holds no more of them than fit.
fn list(title: Message, lines: impl Iterator<Item = String>, nothing: Message, language: Language) -> CreateReply {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return sentence(&nothing, language);
    }
    let text = fitting(lines.iter(), DESCRIPTION_MAX);
    blank().embed(CreateEmbed::new().title(title.to(language)).description(text.trim_end()).colour(CALM))
}

fn file_card(file: &Deliverable, language: Language) -> CreateEmbed {
    CreateEmbed::new()
        .field(message!("file").to(language), escape(&file.file_name), true)
        .field(message!("size").to(language), texts::size(file.object.size_bytes, language), true)
        .field("sha256", format!("`{}`", file.object.sha256), false)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use serenity::all::CreateInteractionResponseMessage;
    use shared::domain::invoices::Standing;
    use shared::types::{AccountId, Currency, DeliverableId, InvoiceId, InvoiceNumber, Timestamp};

    use super::*;

    const E: Language = Language::English;

    fn json(reply: CreateReply) -> Value {
        serde_json::to_value(reply.to_slash_initial_response(CreateInteractionResponseMessage::new())).unwrap()
    }

    fn an_invoice(number: i64, title: &str) -> Invoice {
        Invoice {
            id: InvoiceId::new(),
            number: InvoiceNumber::new(number),
            account: AccountId::new(),
            customer: UserId::from(1),
            customer_name: "Ada *the* great".into(),
            issuer: AccountId::new(),
            title: title.into(),
            description: String::new(),
            amount: Money::new(1250, Currency::parse("usd").unwrap()),
            status: Status::Pending,
            due_at: None,
            created_at: Timestamp::from_secs(1),
            paid_at: None,
            revoking_at: None,
            revoke_reason: None,
            editing_at: None,
            money: Standing::default(),
        }
    }

    fn a_file(label: &str) -> Deliverable {
        Deliverable {
            id: DeliverableId::new(),
            invoice: InvoiceId::new(),
            label: label.into(),
            version: 1,
            object: Object {
                key: "deliverables/x".into(),
                size_bytes: 1536,
                content_type: "application/zip".into(),
                sha256: "ab".repeat(32),
            },
            file_name: "dragon_rig.zip".into(),
            created_at: Timestamp::from_secs(1),
            removed_at: None,
        }
    }

    #[test]
    fn every_reply_is_ephemeral_and_mentions_nobody() {
        let found = an_invoice(1, "Dragon");
        let listed = Listed { deliverable: a_file("Rig"), invoice: found.clone(), access: Access::None };
        let handed = Handout {
            deliverable: a_file("Rig"),
            invoice: found.clone(),
            link: "https://a.example/d/x".into(),
            presigned_url: "https://s3.example/x".into(),
        };
        let upload = Attachment { url: String::new(), file_name: "@everyone".into(), content_type: None, stated_size: 1 };
        let replies = [
            invoice_issued(&found, E),
            all_invoices(std::slice::from_ref(&found), E),
            all_invoices(&[], E),
            invoices(std::slice::from_ref(&found), None, E),
            invoices(&[], Some(Status::Paid), E),
            invoice(&found, None, E),
            pay(&found, "https://a.example/pay/x", E),
            copying(&upload, E),
            deliverable_added(&listed, E),
            deliverables(&[listed], E),
            deliverables(&[], E),
            handout(&handed, E),
            sentence(&message!("inbox-empty"), E),
            error(&Error::Rejected(message!("a-bot-cannot-pay")), E),
        ];
        for reply in replies {
            let reply = json(reply);
            assert_eq!(reply["flags"], 64, "{reply}");
            assert_eq!(reply["allowed_mentions"]["parse"], json!([]), "{reply}");
            assert!(!reply.to_string().contains(" @everyone"), "{reply}");
        }
    }

    #[test]
    fn the_longest_page_of_every_list_fits_into_a_message() {
        // The longest line must be there: a line that is cut off is on no page.
        let whole = |reply: CreateReply, lines: usize, mark: &str| {
            let shown = json(reply);
            let text = shown["embeds"][0]["description"].as_str().unwrap().to_owned();
            assert!(text.chars().count() <= DESCRIPTION_MAX);
            assert_eq!(text.matches(mark).count(), lines, "{text}");
        };
        let mut long = an_invoice(1_000_000, &"*".repeat(100));
        long.customer_name = "*".repeat(32);
        long.amount = Money::new(99_999_999, Currency::parse("usd").unwrap());
        let listed = Listed { deliverable: a_file(&"*".repeat(80)), invoice: long.clone(), access: Access::None };
        for language in Language::ALL.iter().copied() {
            whole(all_invoices(&vec![long.clone(); 10], language), 10, "**#1000000**");
            whole(invoices(&vec![long.clone(); 10], None, language), 10, "**#1000000**");
            whole(deliverables(&vec![listed.clone(); 15], language), 15, "🔒");
            let version = Version { version: 100, object: a_file("x").object, file_name: "x".into(), created_at: Timestamp::from_secs(1) };
            let files = vec![(a_file(&"*".repeat(80)), vec![version; 4]); 5];
            whole(all_deliverables(&long, &files, language), 5 * 4, "-# ");
            let entry = Entry {
                seq: 1_000_000,
                id: shared::types::AuditId::new(),
                at: Timestamp::from_secs(1_800_000_000),
                actor: "18446744073709551615".into(),
                action: Action::RevocationBegun.as_str().into(),
                target: "user:18446744073709551615".into(),
                detail: "*".repeat(300),
                hash: None,
            };
            whole(audit(&vec![(entry, 1000); 10], language), 10, "-# ");
            let grant = Grant {
                id: shared::types::GrantId::new(),
                permission: Permission::Reviewer,
                grantee: Grantee::User(UserId::from(u64::MAX)),
                granted_by: UserId::from(u64::MAX),
                created_at: Timestamp::from_secs(1_800_000_000),
            };
            whole(staff(&[UserId::from(u64::MAX)], &vec![grant; 20], language), 20, " · **");
        }
    }

    #[test]
    fn a_handout_shows_the_file_and_both_ways_to_it() {
        let invoice = an_invoice(7, "Dragon");
        let mut handed = Handout {
            deliverable: a_file("Rig **v1**"),
            invoice,
            link: "https://a.example/d/x".into(),
            presigned_url: "https://s3.example/x?sig=1".into(),
        };
        let shown = json(handout(&handed, E));
        let embed = &shown["embeds"][0];
        assert_eq!(embed["title"], "Your file");
        assert!(embed["description"].as_str().unwrap().starts_with("**Rig \\*\\*v1\\*\\***\n\n"));
        assert!(embed["description"].as_str().unwrap().contains("[direct link](https://s3.example/x?sig=1)"));
        assert_eq!(embed["fields"][0]["value"], "dragon\\_rig.zip");
        assert_eq!(embed["fields"][1]["value"], "1.5 KiB");
        assert_eq!(embed["fields"][2], json!({ "name": "sha256", "value": format!("`{}`", "ab".repeat(32)), "inline": false }));
        assert_eq!(shown["components"][0]["components"][0]["label"], "Download");
        assert_eq!(shown["components"][0]["components"][0]["url"], "https://a.example/d/x");

        handed.presigned_url = format!("https://s3.example/{}", "x".repeat(5000));
        assert!(!json(handout(&handed, E))["embeds"][0]["description"].as_str().unwrap().contains("direct link"));
    }
}
