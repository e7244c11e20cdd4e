//! Every reply there is. All of them are ephemeral, because they are about money and files, and
//! none mentions anybody.

use poise::CreateReply;
use serenity::all::{CreateActionRow, CreateAllowedMentions, CreateButton, CreateEmbed, CreateEmbedFooter};
use shared::Error;
use shared::cards::{self, escape};
use shared::domain::deliverables::{self, Access, Attachment, Handout, Listed};
use shared::domain::invoices::{Invoice, Page, Status};
use shared::domain::notices::Composed;
use shared::message;
use shared::texts::{Language, Message};
use shared::types::{ConfirmationId, text};

const CALM: u32 = 0x005B_7FA6;
const AMBER: u32 = 0x00E8_A33D;
const GREEN: u32 = 0x003B_A55D;

/// Most files that an invoice's card names; a field takes 1024 characters.
const FILES_SHOWN: usize = 5;
/// Most of a list that is shown, in characters; a description takes 4096.
const LIST_MAX: usize = 3500;
/// Longest presigned URL that is shown beside the button.
const DIRECT_LINK_MAX: usize = 3000;

/// To staff: the invoice is out.
pub fn invoice_issued(invoice: &Invoice, language: Language) -> CreateReply {
    let text = message!("reply-invoice-issued", number = invoice.number, customer = escape(&invoice.customer_name));
    blank().content(text.to(language)).embed(cards::invoice(invoice, language))
}

/// To staff: everybody's invoices.
pub fn all_invoices(page: &Page, language: Language) -> CreateReply {
    let line = |invoice: &Invoice| format!("{} · {}", cards::invoice_line(invoice, language), escape(&invoice.customer_name));
    let count = Count { total: Some(page.total), older: None };
    list(message!("list-all-invoices"), page.invoices.iter().map(line), count, message!("list-all-invoices-empty"), language)
}

/// To staff: one of everybody's invoices, with its files.
pub fn any_invoice(invoice: &Invoice, files: &[deliverables::Deliverable], language: Language) -> CreateReply {
    let customer = format!("{} · <@{}>", escape(&invoice.customer_name), invoice.customer);
    let mut embed = cards::invoice(invoice, language).field(message!("customer").to(language), customer, false);
    if !files.is_empty() {
        let line = |file: &deliverables::Deliverable| format!("{} · {}", escape(&file.label), cards::size(file.size_bytes, language));
        let lines: Vec<String> = files.iter().take(FILES_SHOWN).map(line).collect();
        embed = embed.field(message!("list-files-of-invoice", count = files.len()).to(language), lines.join("\n"), false);
    }
    blank().embed(embed)
}

/// To staff: should it really be revoked?
pub fn ask_revoke(invoice: &Invoice, confirmation: &ConfirmationId, language: Language) -> CreateReply {
    let question = message!("ask-revoke", number = invoice.number, customer = escape(&invoice.customer_name));
    let button = cards::confirm_button(confirmation, message!("revoke-button"), language);
    blank().content(question.to(language)).embed(cards::invoice(invoice, language)).components(row(button))
}

/// To staff: it is revoked, or will be.
pub fn revoked(invoice: &Invoice, language: Language) -> CreateReply {
    let words = match invoice.status {
        Status::Revoked => message!("reply-revoked", number = invoice.number),
        Status::Pending | Status::Paid => message!("reply-being-revoked", number = invoice.number),
    };
    sentence(&words, language)
}

/// To staff: the customer is told again.
pub fn resent(invoice: &Invoice, language: Language) -> CreateReply {
    sentence(&message!("reply-resent", number = invoice.number, customer = escape(&invoice.customer_name)), language)
}

/// To a customer: their invoices.
pub fn invoices(page: &Page, status: Option<Status>, language: Language) -> CreateReply {
    let nothing = match status {
        None => message!("list-invoices-empty"),
        Some(Status::Pending) => message!("list-invoices-none-pending"),
        Some(Status::Paid) => message!("list-invoices-none-paid"),
        Some(Status::Revoked) => message!("list-invoices-none-revoked"),
    };
    let lines = page.invoices.iter().map(|invoice| cards::invoice_line(invoice, language));
    let count = Count { total: Some(page.total), older: Some(message!("list-invoices-older")) };
    list(message!("list-invoices"), lines, count, nothing, language)
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

/// To staff: the first word about a file.
pub fn copying(file: &Attachment, language: Language) -> CreateReply {
    let size = cards::size(i64::try_from(file.stated_size).unwrap_or(i64::MAX), language);
    let name = escape(&text::shortened(&file.file_name, 100));
    blank().content(message!("reply-copying", name = name, size = size).to(language))
}

/// To staff: the file is there.
pub fn deliverable_added(added: &Listed, language: Language) -> CreateReply {
    let opens = match added.access {
        Access::Granted => message!("reply-attached-and-open"),
        Access::None => message!("reply-attached-and-closed"),
    };
    let title = message!("reply-attached", number = added.invoice.number);
    let embed = file_card(&added.deliverable, language).title(title.to(language)).description(opens.to(language)).colour(GREEN);
    blank().embed(embed)
}

/// To a customer: their files.
pub fn deliverables(listed: &[Listed], language: Language) -> CreateReply {
    let line = |listed: &Listed| cards::deliverable_line(&listed.deliverable, &listed.invoice, listed.access, language);
    let counted = i64::try_from(listed.len()).unwrap_or(i64::MAX);
    // The operation stops at its limit, so there may be more than it counted.
    let count = Count { total: (counted < deliverables::LIST_LIMIT).then_some(counted), older: None };
    list(message!("list-files"), listed.iter().map(line), count, message!("list-files-empty"), language)
}

/// To the customer it belongs to: the file.
pub fn handout(handout: &Handout, language: Language) -> CreateReply {
    let mut words = message!("reply-handout").to(language);
    if handout.presigned_url.chars().count() <= DIRECT_LINK_MAX {
        words = format!("{words} {}", message!("reply-handout-direct", url = handout.presigned_url.as_str()).to(language));
    }
    let invoice = format!("{} · {}", handout.invoice.number, escape(&handout.invoice.title));
    let embed = file_card(&handout.deliverable, language)
        .title(escape(&handout.deliverable.label))
        .description(words)
        .field(message!("invoice").to(language), invoice, false)
        .colour(GREEN);
    let download = CreateButton::new_link(&handout.link).label(message!("download-button").to(language));
    blank().embed(embed).components(row(download))
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

/// How many there are in all, where that is known, and where the older ones are.
struct Count {
    total: Option<i64>,
    older: Option<Message>,
}

/// Lines under a title, as many as fit, and a word when there are more.
fn list(title: Message, lines: impl Iterator<Item = String>, count: Count, nothing: Message, language: Language) -> CreateReply {
    let mut description = String::new();
    let mut shown: i64 = 0;
    for line in lines {
        if description.chars().count() + line.chars().count() > LIST_MAX {
            break;
        }
        description.push_str(&line);
        description.push('\n');
        shown += 1;
    }
    if shown == 0 {
        return sentence(&nothing, language);
    }
    let embed = CreateEmbed::new().title(title.to(language)).description(description.trim_end()).colour(CALM);
    let footer = match count.total {
        Some(total) if total <= shown => return blank().embed(embed),
        Some(total) => message!("list-shows-of", shown = shown, total = total).to(language),
        None => message!("list-shows", shown = shown).to(language),
    };
    let older = count.older.map(|older| format!(" {}", older.to(language))).unwrap_or_default();
    blank().embed(embed.footer(CreateEmbedFooter::new(footer + &older)))
}

fn file_card(file: &deliverables::Deliverable, language: Language) -> CreateEmbed {
    CreateEmbed::new()
        .field(message!("file").to(language), escape(&file.file_name), true)
        .field(message!("size").to(language), cards::size(file.size_bytes, language), true)
        .field("sha256", format!("`{}`", file.sha256), false)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use serenity::all::CreateInteractionResponseMessage;
    use shared::types::{AccountId, Currency, DeliverableId, InvoiceId, InvoiceNumber, Money, Timestamp, UserId};

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
        }
    }

    fn a_file(label: &str) -> deliverables::Deliverable {
        deliverables::Deliverable {
            id: DeliverableId::new(),
            invoice: InvoiceId::new(),
            label: label.into(),
            object_key: "deliverables/x".into(),
            file_name: "dragon_rig.zip".into(),
            size_bytes: 1536,
            content_type: "application/zip".into(),
            sha256: "ab".repeat(32),
            created_at: Timestamp::from_secs(1),
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
        let page = Page { invoices: vec![found.clone()], total: 1 };
        let empty = Page { invoices: Vec::new(), total: 0 };
        let replies = [
            invoice_issued(&found, E),
            all_invoices(&page, E),
            all_invoices(&empty, E),
            invoices(&page, None, E),
            invoices(&empty, Some(Status::Paid), E),
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
    fn a_shortened_list_says_so() {
        let page = Page { invoices: (1..=10).rev().map(|number| an_invoice(number, "Dragon")).collect(), total: 34 };
        let shown = json(invoices(&page, None, E));
        assert_eq!(shown["embeds"][0]["footer"]["text"], "The newest 10 of 34 are shown. Older ones: `/invoice view` with their number.");
        let whole = json(invoices(&Page { total: 10, ..page }, None, E));
        assert!(whole["embeds"][0]["footer"].is_null());
    }

    #[test]
    fn the_longest_list_fits_into_a_message() {
        let listed = Listed { deliverable: a_file(&"*".repeat(80)), invoice: an_invoice(1_000_000, "Dragon"), access: Access::None };
        let shown = json(deliverables(&vec![listed; 25], E));
        assert!(shown["embeds"][0]["description"].as_str().unwrap().chars().count() <= 4096);
        assert!(shown["embeds"][0]["footer"]["text"].as_str().unwrap().starts_with("The newest "));
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
        assert_eq!(embed["title"], "Rig \\*\\*v1\\*\\*");
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
