//! Replies as Discord gets them.

use poise::CreateReply;
use serde_json::{Value, json};
use serenity::all::CreateInteractionResponseMessage;
use shared::domain::audit::{Action, Entry};
use shared::domain::deliverables::{Access, Deliverable, Handout, Listed, Object, Version};
use shared::domain::invoices::{Invoice, Standing, Status};
use shared::domain::staff::{Grant, Grantee, Permission};
use shared::platform::discord::Attachment;
use shared::texts::Language;
use shared::types::{AccountId, Currency, DeliverableId, InvoiceId, InvoiceNumber, Money, Timestamp, UserId};
use shared::{Error, message};

use crate::commands::{audit, billing, deliver, deliverable, invoice, staff};
use crate::reply::{self, DESCRIPTION_MAX};

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
        object: Object { key: "deliverables/x".into(), size_bytes: 1536, content_type: "application/zip".into(), sha256: "ab".repeat(32) },
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
        billing::replies::invoice_issued(&found, E),
        billing::replies::all_invoices(std::slice::from_ref(&found), E),
        billing::replies::all_invoices(&[], E),
        invoice::replies::invoices(std::slice::from_ref(&found), None, E),
        invoice::replies::invoices(&[], Some(Status::Paid), E),
        invoice::replies::invoice(&found, None, E),
        invoice::replies::pay(&found, "https://a.example/pay/x", E),
        deliver::replies::copying(&upload, E),
        deliver::replies::deliverable_added(&listed, E),
        deliverable::replies::deliverables(&[listed], E),
        deliverable::replies::deliverables(&[], E),
        deliverable::replies::handout(&handed, E),
        reply::sentence(&message!("inbox-empty"), E),
        reply::error(&Error::Rejected(message!("a-bot-cannot-pay")), E),
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
        whole(billing::replies::all_invoices(&vec![long.clone(); 10], language), 10, "**#1000000**");
        whole(invoice::replies::invoices(&vec![long.clone(); 10], None, language), 10, "**#1000000**");
        whole(deliverable::replies::deliverables(&vec![listed.clone(); 15], language), 15, "🔒");
        let version = Version { version: 100, object: a_file("x").object, file_name: "x".into(), created_at: Timestamp::from_secs(1) };
        let files = vec![(a_file(&"*".repeat(80)), vec![version; 4]); 5];
        whole(deliver::replies::all_deliverables(&long, &files, language), 5 * 4, "-# ");
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
        whole(audit::replies::audit(&vec![(entry, 1000); 10], language), 10, "-# ");
        let grant = Grant {
            id: shared::types::GrantId::new(),
            permission: Permission::Reviewer,
            grantee: Grantee::User(UserId::from(u64::MAX)),
            granted_by: UserId::from(u64::MAX),
            created_at: Timestamp::from_secs(1_800_000_000),
        };
        whole(staff::replies::staff(&[UserId::from(u64::MAX)], &vec![grant; 20], language), 20, " · **");
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
    let shown = json(deliverable::replies::handout(&handed, E));
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
    assert!(!json(deliverable::replies::handout(&handed, E))["embeds"][0]["description"].as_str().unwrap().contains("direct link"));
}
