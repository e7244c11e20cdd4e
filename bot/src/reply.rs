//! Every reply there is. All of them are ephemeral, because they are about money and files, and
//! none mentions anybody.

use poise::CreateReply;
use serenity::all::{CreateActionRow, CreateAllowedMentions, CreateButton, CreateEmbed, CreateEmbedFooter};
use shared::Error;
use shared::cards::{self, escape};
use shared::domain::deliverables::{self, Access, Attachment, Handout, Listed};
use shared::domain::invoices::{Invoice, Page, Status};
use shared::domain::notices::Composed;
use shared::types::text;

const CALM: u32 = 0x005B_7FA6;
const AMBER: u32 = 0x00E8_A33D;
const GREEN: u32 = 0x003B_A55D;

/// Most of a list that is shown, in characters; a description takes 4096.
const LIST_MAX: usize = 3500;
/// Longest presigned URL that is shown beside the button.
const DIRECT_LINK_MAX: usize = 3000;

/// To staff: the invoice is out.
pub fn invoice_issued(invoice: &Invoice) -> CreateReply {
    let text = format!(
        "Invoice **{}** for **{}** is issued. They get a DM with a **Pay** button. Attach files with `/deliver add`.",
        invoice.number,
        escape(&invoice.customer_name)
    );
    blank().content(text).embed(cards::invoice(invoice))
}

/// To staff: everybody's invoices.
pub fn all_invoices(page: &Page) -> CreateReply {
    let lines = page.invoices.iter().map(|invoice| format!("{} · {}", cards::invoice_line(invoice), escape(&invoice.customer_name)));
    list("Invoices", lines, page.total, "No invoices yet. Issue the first one with `/billing issue`.", "")
}

/// To a customer: their invoices.
pub fn invoices(page: &Page, status: Option<Status>) -> CreateReply {
    let nothing = match status {
        None => "No invoices yet. When the studio issues you one, it appears here and in your DMs.".to_owned(),
        Some(status) => format!("None of your invoices is {}. Run `/invoice list` to see them all.", status.as_str()),
    };
    let older = " Older ones: `/invoice view` with their number.";
    list("Your invoices", page.invoices.iter().map(cards::invoice_line), page.total, &nothing, older)
}

/// To a customer: one invoice, with a button while it can be paid.
pub fn invoice(invoice: &Invoice, pay_url: Option<&str>) -> CreateReply {
    let reply = blank().embed(cards::invoice(invoice));
    match pay_url {
        Some(url) => reply.components(row(cards::pay_button(url))),
        None => reply,
    }
}

/// To a customer: where to pay.
pub fn pay(found: &Invoice, url: &str) -> CreateReply {
    let text = format!("Press **Pay** to pay **{}** by Stripe; we never see your card.", found.amount);
    invoice(found, Some(url)).content(text)
}

/// To staff: the first word about a file.
pub fn copying(file: &Attachment) -> CreateReply {
    let size = cards::size(i64::try_from(file.stated_size).unwrap_or(i64::MAX));
    blank().content(format!("Copying **{}** ({size}) to the store…", escape(&text::shortened(&file.file_name, 100))))
}

/// To staff: the file is there.
pub fn deliverable_added(added: &Listed) -> CreateReply {
    let opens = match added.access {
        Access::Granted => "The invoice is paid: the customer is told, and can download it now.".to_owned(),
        Access::None => "The customer is told. It opens once the invoice is paid.".to_owned(),
    };
    let embed =
        file_card(&added.deliverable).title(format!("Attached to invoice {}", added.invoice.number)).description(opens).colour(GREEN);
    blank().embed(embed)
}

/// To a customer: their files.
pub fn deliverables(listed: &[Listed]) -> CreateReply {
    let lines = listed.iter().map(|listed| cards::deliverable_line(&listed.deliverable, &listed.invoice, listed.access));
    let total = i64::try_from(listed.len()).unwrap_or(i64::MAX);
    // The operation stops at its limit, so there may be more than it counted.
    let total = if total >= deliverables::LIST_LIMIT { i64::MAX } else { total };
    list("Your files", lines, total, "No files yet. When the studio attaches one to an invoice of yours, it appears here.", "")
}

/// To the customer it belongs to: the file.
pub fn handout(handout: &Handout) -> CreateReply {
    let mut words = "Press **Download**; the button works for 15 minutes.".to_owned();
    if handout.presigned_url.chars().count() <= DIRECT_LINK_MAX {
        words = format!("{words} If it does not, take the [direct link]({}), which works for 5 minutes.", handout.presigned_url);
    }
    let embed = file_card(&handout.deliverable)
        .title(escape(&handout.deliverable.label))
        .description(words)
        .field("Invoice", format!("{} · {}", handout.invoice.number, escape(&handout.invoice.title)), false)
        .colour(GREEN);
    blank().embed(embed).components(row(CreateButton::new_link(&handout.link).label("Download")))
}

/// To whoever a notice is for: the notice.
pub fn notice(composed: &Composed) -> CreateReply {
    let (embed, rows) = cards::notice(composed);
    blank().embed(embed).components(rows)
}

/// Nothing waits.
pub fn empty_inbox() -> CreateReply {
    sentence("Nothing waits for you. A notice that cannot reach you by DM appears here.")
}

/// There may be more than was shown.
pub fn more_in_inbox() -> CreateReply {
    sentence("There may be more: run `/inbox` again.")
}

/// What went wrong, in a sentence. A fault of ours is logged here.
pub fn error(error: &Error) -> CreateReply {
    blank().embed(CreateEmbed::new().description(error.report()).colour(AMBER))
}

fn blank() -> CreateReply {
    CreateReply::default().ephemeral(true).allowed_mentions(CreateAllowedMentions::new())
}

fn sentence(words: &str) -> CreateReply {
    blank().embed(CreateEmbed::new().description(words).colour(CALM))
}

fn row(button: CreateButton) -> Vec<CreateActionRow> {
    vec![CreateActionRow::Buttons(vec![button])]
}

/// Lines under a title, as many as fit, and a word when there are more. `older` says where those are.
fn list(title: &str, lines: impl Iterator<Item = String>, total: i64, nothing: &str, older: &str) -> CreateReply {
    let mut description = String::new();
    let mut shown = 0;
    for line in lines {
        if description.chars().count() + line.chars().count() > LIST_MAX {
            break;
        }
        description.push_str(&line);
        description.push('\n');
        shown += 1;
    }
    if shown == 0 {
        return sentence(nothing);
    }
    let embed = CreateEmbed::new().title(title).description(description.trim_end()).colour(CALM);
    let footer = match total {
        total if total <= shown => return blank().embed(embed),
        i64::MAX => format!("The newest {shown} are shown."),
        total => format!("The newest {shown} of {total} are shown.{older}"),
    };
    blank().embed(embed.footer(CreateEmbedFooter::new(footer)))
}

fn file_card(file: &deliverables::Deliverable) -> CreateEmbed {
    CreateEmbed::new().field("File", escape(&file.file_name), true).field("Size", cards::size(file.size_bytes), true).field(
        "sha256",
        format!("`{}`", file.sha256),
        false,
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use serenity::all::CreateInteractionResponseMessage;
    use shared::types::{AccountId, Currency, DeliverableId, InvoiceId, InvoiceNumber, Money, Timestamp, UserId};

    use super::*;

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
            invoice_issued(&found),
            all_invoices(&page),
            all_invoices(&empty),
            invoices(&page, None),
            invoices(&empty, Some(Status::Paid)),
            invoice(&found, None),
            pay(&found, "https://a.example/pay/x"),
            copying(&upload),
            deliverable_added(&listed),
            deliverables(&[listed]),
            deliverables(&[]),
            handout(&handed),
            empty_inbox(),
            more_in_inbox(),
            error(&Error::rejected("No.")),
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
        let shown = json(invoices(&page, None));
        assert_eq!(shown["embeds"][0]["footer"]["text"], "The newest 10 of 34 are shown. Older ones: `/invoice view` with their number.");
        let whole = json(invoices(&Page { total: 10, ..page }, None));
        assert!(whole["embeds"][0]["footer"].is_null());
    }

    #[test]
    fn the_longest_list_fits_into_a_message() {
        let listed = Listed { deliverable: a_file(&"*".repeat(80)), invoice: an_invoice(1_000_000, "Dragon"), access: Access::None };
        let shown = json(deliverables(&vec![listed; 25]));
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
        let shown = json(handout(&handed));
        let embed = &shown["embeds"][0];
        assert_eq!(embed["title"], "Rig \\*\\*v1\\*\\*");
        assert!(embed["description"].as_str().unwrap().contains("[direct link](https://s3.example/x?sig=1)"));
        assert_eq!(embed["fields"][0]["value"], "dragon\\_rig.zip");
        assert_eq!(embed["fields"][1]["value"], "1.5 KiB");
        assert_eq!(embed["fields"][2], json!({ "name": "sha256", "value": format!("`{}`", "ab".repeat(32)), "inline": false }));
        assert_eq!(shown["components"][0]["components"][0]["label"], "Download");
        assert_eq!(shown["components"][0]["components"][0]["url"], "https://a.example/d/x");

        handed.presigned_url = format!("https://s3.example/{}", "x".repeat(5000));
        assert!(!json(handout(&handed))["embeds"][0]["description"].as_str().unwrap().contains("direct link"));
    }
}
