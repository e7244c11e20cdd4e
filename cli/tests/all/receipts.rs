//! What a customer keeps of their payments: receipts and credit notes.

use std::time::Duration;

use sandbox::Fault;
use sandbox::discord::{Message, Place, Value};
use shared::domain::audit;

use crate::world::*;

each_backend!(
    a_payment_has_a_receipt,
    refunds_become_credit_notes,
    numbers_have_no_gap_when_payments_arrive_at_once,
    a_refund_that_fails_cancels_its_credit_note,
    a_payment_that_went_back_has_both,
    an_invoice_that_was_paid_twice_has_two,
    staff_gets_what_the_customer_gets,
    a_receipt_is_in_the_language_and_day_of_the_customer,
    whatever_people_write_fits_on_paper,
    every_script_is_readable_on_paper,
    a_paper_that_was_issued_does_not_change,
    papers_of_an_earlier_version_are_frozen_at_the_next_start,
    a_slow_receipt_comes_after_thinking,
    earlier_payments_and_refunds_get_numbers,
);

/// Ada's paid invoice #1.
async fn paid(world: &World, title: &str, amount: &str) {
    world.issue(&world.ada, title, amount).await;
    world.pay(&world.ada, title).await;
}

async fn refund(world: &World, amount: &str, reason: &str) {
    let told = world.ada.inbox().len();
    let options: Vec<(&str, Value)> = vec![("invoice", "1".into()), ("reason", reason.into()), ("amount", amount.into())];
    let question = slash(&world.desk(), "/billing refund", options).await;
    press(&world.owner, &question.message, "Refund").await;
    until("the customer is told", || async { world.ada.inbox().len() > told }).await;
    world.settled().await;
}

/// The receipt of invoice #1 as a message, and the text of each page of its PDF.
async fn receipt(world: &World, place: &Place, command: &str) -> (Message, Vec<String>) {
    let reply = slash(place, command, vec![("invoice", "1".into())]).await;
    assert!(reply.ephemeral);
    let pages = pages(world, &reply.message).await;
    (reply.message, pages)
}

async fn pages(world: &World, message: &Message) -> Vec<String> {
    assert_eq!(message.attachments.len(), 1, "{}", message.text());
    let file = &message.attachments[0];
    assert_eq!((file.content_type.as_deref(), file.filename.as_str()), (Some("application/pdf"), "receipt-R-000001.pdf"));
    let bytes = world.get(&file.url).await.bytes().await.unwrap();
    // To be looked at.
    if let Some(folder) = std::env::var_os("ATELIER_TEST_PDF") {
        std::fs::write(std::path::PathBuf::from(folder).join(format!("{}.pdf", uuid::Uuid::now_v7())), &bytes).unwrap();
    }
    let document = lopdf::Document::load_mem(&bytes).unwrap();
    all_glyphs_exist(&document);
    let page = |number: &u32| document.extract_text(&[*number]).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    document.get_pages().keys().map(page).collect()
}

/// Glyph 0 is what a font shows for a letter that it lacks.
fn all_glyphs_exist(document: &lopdf::Document) {
    let mut seen = 0;
    for page in document.get_pages().values() {
        let content = lopdf::content::Content::decode(&document.get_page_content(*page)).unwrap();
        let written = content.operations.iter().filter(|operation| ["Tj", "TJ"].contains(&operation.operator.as_str()));
        for glyph in written.flat_map(|operation| &operation.operands).flat_map(strings).flat_map(|bytes| bytes.chunks(2)) {
            assert_ne!(glyph, [0, 0], "page {page:?}");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

/// What a PDF says to whoever searches or copies, without white space: a piece whose glyphs are in another order than
/// its letters says how it is read (ISO 32000-2, 14.9.4), which lopdf leaves out.
fn as_read(document: &lopdf::Document) -> String {
    let mut text = String::new();
    for page in document.get_pages().values() {
        let fonts = document.get_page_fonts(*page).unwrap();
        let content = lopdf::content::Content::decode(&document.get_page_content(*page)).unwrap();
        let (mut encoding, mut said) = (None, Vec::new());
        for operation in &content.operations {
            let operands = &operation.operands;
            match operation.operator.as_str() {
                "Tf" => encoding = Some(fonts[operands[0].as_name().unwrap()].get_font_encoding(document).unwrap()),
                "BMC" => said.push(false),
                "BDC" => {
                    let actual = operands[1].as_dict().ok().and_then(|properties| properties.get(b"ActualText").ok());
                    text.extend(actual.map(|actual| lopdf::decode_text_string(actual).unwrap()));
                    said.push(actual.is_some());
                }
                "EMC" => {
                    said.pop().unwrap();
                }
                "Tj" | "TJ" if !said.contains(&true) => {
                    let pieces = operands.iter().flat_map(strings);
                    text.extend(pieces.map(|bytes| lopdf::Document::decode_text(encoding.as_ref().unwrap(), bytes).unwrap()));
                }
                _ => {}
            }
        }
    }
    text.split_whitespace().collect()
}

fn strings(object: &lopdf::Object) -> Vec<&[u8]> {
    match object {
        lopdf::Object::String(bytes, _) => vec![bytes],
        lopdf::Object::Array(parts) => parts.iter().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

fn holds(page: &str, words: &[&str]) {
    for words in words {
        assert!(page.contains(words), "{words} is not in: {page}");
    }
}

async fn numbers(world: &World, table: &str, column: &str) -> Vec<String> {
    world.column(&format!("SELECT CAST({column} AS TEXT) AS value FROM {table} WHERE {column} IS NOT NULL ORDER BY {column}")).await
}

async fn a_payment_has_a_receipt(world: World) {
    world.issue(&world.ada, "Dragon rig", "1250").await;
    let early = slash(&world.ada.in_dm(), "/invoice receipt", vec![("invoice", "1".into())]).await;
    assert!(early.text().contains("No payment for invoice #1 has arrived") && early.message.attachments.is_empty(), "{}", early.text());
    world.pay(&world.ada, "Dragon rig").await;

    let (message, pages) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    holds(&message.text(), &["Receipt R-000001", "Invoice #1 · Dragon rig", "**1,250.00 USD**", "Paid on"]);
    assert!(!message.text().contains("Credit notes") && !message.text().contains("Remains"), "{}", message.text());
    let intent = world.sandbox.stripe.payment_intents()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(pages.len(), 1);
    let id = format!("Discord {}", world.ada.id());
    holds(&pages[0], &["Receipt R-000001", "Pixel Forge", "ada", &id, "#1", "Dragon rig", "1,250.00 USD", &intent, "Page 1 of 1"]);

    // The same again is the same number.
    let (again, _) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    assert_eq!(again.text(), message.text());
    assert_eq!(numbers(&world, "payments", "receipt_number").await, ["1"]);
}

async fn refunds_become_credit_notes(world: World) {
    paid(&world, "Dragon rig", "12.50").await;
    refund(&world, "5", "One wing is missing").await;
    refund(&world, "2.50", "And late").await;
    let (message, pages) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    holds(&message.text(), &["C-000001 · 5.00 USD", "C-000002 · 2.50 USD", "Remains paid\n5.00 USD"]);
    assert_eq!(pages.len(), 3);
    holds(&pages[0], &["Receipt R-000001", "C-000001", "-5.00 USD", "C-000002", "-2.50 USD", "Remains paid", "Page 1 of 3"]);
    holds(&pages[1], &["Credit note C-000001", "For receipt R-000001: Dragon rig", "One wing is missing", "Sent back", "5.00 USD"]);
    holds(&pages[2], &["Credit note C-000002", "And late", "2.50 USD", "Page 3 of 3"]);
    for (page, refund) in pages[1..].iter().zip(world.column("SELECT stripe_refund_id AS value FROM refunds ORDER BY created_at, id").await)
    {
        holds(page, &[&refund]);
    }
    // A refund from Stripe's dashboard has a number of the same series.
    let intent = world.sandbox.stripe.payment_intents()[0]["id"].as_str().unwrap().to_owned();
    world.sandbox.stripe.refund(&intent, Some(100)).unwrap();
    until("it is credited", || async { numbers(&world, "refunds", "credit_note_number").await == ["1", "2", "3"] }).await;
    world.settled().await;
    let (_, pages) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    holds(&pages[3], &["Credit note C-000003", "Refund by the studio", "1.00 USD"]);
}

async fn numbers_have_no_gap_when_payments_arrive_at_once(world: World) {
    let mut checkouts = Vec::new();
    for number in 1..=8 {
        let title = format!("Piece {number}.");
        world.issue(&world.ada, &title, "12.50").await;
        checkouts.push(world.location(&world.pay_link(&world.ada, &title).await).await);
    }
    let stripe = &world.sandbox.stripe;
    futures::future::join_all(checkouts.iter().map(|checkout| async move { stripe.pay(checkout).await.unwrap() })).await;
    let expected: Vec<String> = (1..=8).map(|number| number.to_string()).collect();
    until("all have arrived", || async { numbers(&world, "payments", "receipt_number").await == expected }).await;
    // An event that is told again takes none.
    let event = world.sandbox.stripe.events().into_iter().find(|event| event["type"] == "checkout.session.completed").unwrap();
    assert_eq!(world.post_event(&event).await, 200);
    assert_eq!(numbers(&world, "payments", "receipt_number").await, expected);
    assert_eq!(world.number("SELECT value FROM counters WHERE name = 'receipt'").await, 8);

    let intents: Vec<String> = stripe.payment_intents().iter().map(|intent| intent["id"].as_str().unwrap().to_owned()).collect();
    intents.iter().for_each(|intent| drop(stripe.refund(intent, None).unwrap()));
    until("all are credited", || async { numbers(&world, "refunds", "credit_note_number").await == expected }).await;
}

async fn a_refund_that_fails_cancels_its_credit_note(world: World) {
    paid(&world, "Dragon rig", "12.50").await;
    refund(&world, "5", "Sorry").await;
    let made = world.sandbox.stripe.refunds()[0]["id"].as_str().unwrap().to_owned();
    world.app().clock.advance(Duration::from_secs(60));
    world.sandbox.clock.advance(Duration::from_secs(60));
    world.sandbox.stripe.fail_refund(&made, "lost_or_stolen_card").unwrap();
    world.owner.wait_for_dm("A refund of this invoice failed").await;
    refund(&world, "3", "Once more").await;
    let (message, pages) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    holds(&message.text(), &["~~ cancelled", "C-000002 · 3.00 USD", "Remains paid\n9.50 USD"]);
    holds(&pages[0], &["cancelled", "(-5.00 USD)", "9.50 USD"]);
    holds(&pages[1], &["Credit note C-000001", "Cancelled on", "no longer counts"]);
    assert!(!pages[2].contains("Cancelled"), "{}", pages[2]);
}

async fn a_payment_that_went_back_has_both(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.hold_webhooks();
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    let question = slash(&world.desk(), "/billing revoke", vec![("invoice", "1".into()), ("reason", "Ordered twice".into())]).await;
    press(&world.owner, &question.message, "Revoke").await;
    world.ada.wait_for_dm("your bank may take").await;
    world.sandbox.stripe.release_webhooks();
    world.sandbox.stripe.delivered("refund.created").await;
    world.settled().await;
    assert_eq!(world.status(1).await, "revoked");
    let (message, pages) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    holds(&message.text(), &["Receipt R-000001", "C-000001 · 12.50 USD", "Remains paid\n0.00 USD"]);
    holds(&pages[1], &["The invoice had been taken back when the payment arrived."]);
}

async fn an_invoice_that_was_paid_twice_has_two(world: World) {
    paid(&world, "Dragon rig", "12.50").await;
    refund(&world, "5", "Sorry").await;
    // Payment pages are made so that this does not happen. Should it happen, nothing is hidden.
    let app = world.app();
    let mut tx = app.db.write().await.unwrap();
    let id = "0fffffff-ffff-7fff-bfff-ffffffffffff";
    for statement in [
        format!(
            "INSERT INTO checkout_sessions (id, invoice_id, attempt, state, title, amount_minor, currency, public_url, link_id, expires_at,
                                            created_at)
             SELECT '{id}', invoice_id, 2, state, title, amount_minor, currency, public_url, link_id, expires_at, created_at
             FROM checkout_sessions"
        ),
        format!(
            "INSERT INTO payments (id, invoice_id, checkout_session_id, amount_minor, currency, paid_at, receipt_number)
             SELECT '{id}', invoice_id, '{id}', amount_minor, currency, paid_at, 2 FROM payments"
        ),
    ] {
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    world.restart(&[]).await;
    let (message, pages) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    assert_eq!(message.embeds.len(), 2);
    holds(&message.text(), &["Receipt R-000001", "C-000001", "Remains paid\n7.50 USD", "Receipt R-000002"]);
    assert_eq!(pages.len(), 3);
    holds(&pages[1], &["Credit note C-000001"]);
    holds(&pages[2], &["Receipt R-000002", "Page 3 of 3"]);
    assert!(!pages[2].contains("C-000001"), "{}", pages[2]);
}

async fn staff_gets_what_the_customer_gets(world: World) {
    world.ada.set_locale("de");
    slash(&world.ada.in_dm(), "/invoice list", vec![]).await;
    world.issue(&world.ada, "Dragon rig", "1250").await;
    let checkout = world.location(&world.ada.wait_for_dm("Dragon rig").await.button("Bezahlen").unwrap().url.unwrap()).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Deine Zahlung ist angekommen").await;
    let (theirs, paper) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    let (shown, same) = receipt(&world, &world.desk(), "/billing receipt").await;
    assert_eq!(same, paper);
    holds(&paper[0], &["Quittung R-000001", "1.250,00 USD"]);
    holds(&theirs.text(), &["Quittung R-000001", "1.250,00 USD"]);
    holds(&shown.text(), &["The receipt of **ada**", "Receipt R-000001", "1,250.00 USD"]);
    assert_eq!(
        world.column("SELECT target AS value FROM audit WHERE action = 'receipt viewed'").await,
        ["invoice:1"],
        "the customer's own look is not"
    );
}

async fn a_receipt_is_in_the_language_and_day_of_the_customer(world: World) {
    // 23:30 in UTC: the next day in Auckland.
    let now = world.app().clock.now().as_secs();
    world.app().clock.advance(Duration::from_secs((1_800_055_800 - now).try_into().unwrap()));
    world.sandbox.clock.advance(Duration::from_secs((1_800_055_800 - now).try_into().unwrap()));
    slash(&world.ada.in_dm(), "/settings timezone", vec![("timezone", "Pacific/Auckland".into())]).await;
    paid(&world, "Dragon rig", "1250").await;
    for (locale, words) in [
        ("en-US", ["Receipt R-000001", "16 January 2027", "1,250.00 USD", "Paid by"]),
        ("en-GB", ["Receipt R-000001", "16 January 2027", "1,250.00 USD", "What for"]),
        ("de", ["Quittung R-000001", "16. Januar 2027", "1.250,00 USD", "Wofür"]),
        ("es-ES", ["Recibo R-000001", "16 de enero de 2027", "1250,00 USD", "Página 1 de 1"]),
        ("es-419", ["Recibo R-000001", "16 de enero de 2027", "1,250.00 USD", "Concepto"]),
    ] {
        world.ada.set_locale(locale);
        let (_, pages) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
        holds(&pages[0], &words);
    }
}

async fn whatever_people_write_fits_on_paper(world: World) {
    let address = r#"["Schmiede „Funke“", "Straße 1", "Αθήνα", "Київ"]"#;
    let note = "No VAT is shown, because the studio is a small business. ".repeat(8);
    let changes = [
        ("STUDIO__NAME", "Piksel Fordż, Кузница и ".to_owned() + &"Söhne ".repeat(10)),
        ("STUDIO__ADDRESS", address.to_owned()),
        ("STUDIO__EMAIL", "desk@studio.example".into()),
        ("STUDIO__WEBSITE", "https://studio.example".into()),
        ("STUDIO__TAX_ID", "VAT ID DE123456789".into()),
        ("STUDIO__RECEIPT_NOTE", note),
    ];
    world.restart(&changes).await;
    let title = format!("龍 שלום مرحبا 👩‍🚀 Ünï ★ {}", "W".repeat(70));
    let description = format!("{}\n{}\n\n{}", "Drei Ansichten. ".repeat(20), "x".repeat(300), "ἀρχή Привет ".repeat(20));
    let options: Vec<(&str, Value)> = vec![
        ("user", (&world.ada).into()),
        ("title", title.as_str().into()),
        ("amount", "999999.99".into()),
        ("description", description.trim().into()),
    ];
    slash(&world.desk(), "/billing issue", options).await;
    let checkout = world.location(&world.pay_link(&world.ada, "WWW").await).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
    for part in 1..=30 {
        let intent = world.sandbox.stripe.payment_intents()[0]["id"].as_str().unwrap().to_owned();
        world.sandbox.stripe.refund(&intent, Some(part)).unwrap();
    }
    until("all are credited", || async { numbers(&world, "refunds", "credit_note_number").await.len() == 30 }).await;
    world.settled().await;
    let (_, pages) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    // The list of credit notes goes on, and each has a page.
    assert!(pages.len() > 31, "{}", pages.len());
    let whole = pages.join(" ");
    holds(&whole, &["Ünï ★", "ἀρχή Привет", "Αθήνα", "Київ", "VAT ID DE123456789", "999,999.99 USD", "C-000030", "Funke"]);
    // Letters that no font has can still be searched for and copied.
    holds(&whole, &["龍"]);
}

async fn every_script_is_readable_on_paper(world: World) {
    let letters = [
        "김철수 일러스트",
        "桜井のイラスト「龍」",
        "𠮷野 龙的立绘，臺灣",
        "ภาษาไทยสวยงาม",
        "हिन्दी क्षत्रिय",
        "বাংলা ਪੰਜਾਬੀ ગુજરાતી",
        "தமிழ் తెలుగు ಕನ್ನಡ",
        "മലയാളം සිංහල",
        "ລາວ မြန်မာ ខ្មែរ",
        "አማርኛ ქართული Հայերեն",
        "😀 👩\u{200d}🚀 👍🏽 🎨 🇯🇵",
        "𓆩♡𓆪 ꧁ ꧂ ★",
        // Which no font has: a box.
        "\u{12000}",
    ];
    // What is read from right to left may stand in the file as it is seen; who reads it turns it round.
    let turned = ["שלום", "עליכם", "مرحبا"];
    world.ada.rename("金 Ada 김 \u{5d0}\u{5d3}\u{5d4}");
    let title = "𝓓𝓻𝓪𝓰𝓸𝓷 龍 드래곤 มังกร ड्रैगन שלום مرحبا 🐉";
    let description = format!("{}\n{}\n{}", letters.join("\n"), turned.join("\n"), "漢字かな交じり文。".repeat(30));
    let options: Vec<(&str, Value)> = vec![
        ("user", (&world.ada).into()),
        ("title", title.into()),
        ("amount", "12.50".into()),
        ("description", description.as_str().into()),
    ];
    slash(&world.desk(), "/billing issue", options).await;
    world.pay(&world.ada, "드래곤").await;
    world.settled().await;
    for (place, command) in [(world.ada.in_dm(), "/invoice receipt"), (world.desk(), "/billing evidence")] {
        let reply = slash(&place, command, vec![("invoice", "1".into())]).await;
        let bytes = world.get(&reply.message.attachments[0].url).await.bytes().await.unwrap();
        let document = lopdf::Document::load_mem(&bytes).unwrap();
        all_glyphs_exist(&document);
        let text = as_read(&document);
        for words in letters.iter().flat_map(|line| line.split(' ')).chain(["Dragon", "드래곤", "金Ada김"]) {
            assert!(text.contains(words), "{words} is not in {command}: {text}");
        }
        for words in turned {
            let seen: String = words.chars().rev().collect();
            assert!(text.contains(words) || text.contains(&seen), "{words} is not in {command}: {text}");
        }
    }
}

async fn a_paper_that_was_issued_does_not_change(world: World) {
    let studio = |name: &str, receipts: &str, notes: &str| {
        let lines = format!("{name} Street 1");
        [
            ("STUDIO__NAME", name.to_owned()),
            ("STUDIO__ADDRESS", format!("[\"{lines}\"]")),
            ("STUDIO__EMAIL", format!("desk@{name}.example")),
            ("STUDIO__WEBSITE", format!("https://{name}.example")),
            ("STUDIO__TAX_ID", format!("VAT {name}")),
            ("STUDIO__RECEIPT_NOTE", format!("No VAT, says {name}.")),
            ("STUDIO__RECEIPT_PREFIX", receipts.to_owned()),
            ("STUDIO__CREDIT_NOTE_PREFIX", notes.to_owned()),
        ]
    };
    // 23:30 in UTC: the next day in Auckland.
    let now = world.app().clock.now().as_secs();
    world.app().clock.advance(Duration::from_secs((1_800_055_800 - now).try_into().unwrap()));
    world.sandbox.clock.advance(Duration::from_secs((1_800_055_800 - now).try_into().unwrap()));
    world.restart(&studio("Forge", "A-", "B-")).await;
    let ada = world.ada.in_dm();
    slash(&ada, "/settings timezone", vec![("timezone", "UTC".into())]).await;
    paid(&world, "Dragon rig", "12.50").await;
    refund(&world, "5", "Sorry").await;
    let ask = || async {
        let reply = slash(&world.ada.in_dm(), "/invoice receipt", vec![("invoice", "1".into())]).await;
        let pdf = world.get(&reply.message.attachments[0].url).await.bytes().await.unwrap();
        let document = lopdf::Document::load_mem(&pdf).unwrap();
        let pages: Vec<String> = document.get_pages().keys().map(|page| document.extract_text(&[*page]).unwrap()).collect();
        (reply.text(), reply.message.attachments[0].filename.clone(), pages)
    };
    let (said, file_name, pages) = ask().await;
    assert_eq!(file_name, "receipt-A-000001.pdf");
    holds(&said, &["Receipt A-000001", "15 January 2027", "B-000001 · 5.00 USD · 15 January 2027"]);
    holds(&pages[0], &["Receipt A-000001", "Forge", "Forge Street 1", "desk@Forge.example", "VAT Forge", "No VAT, says Forge.", "ada"]);
    holds(&pages[1], &["Credit note B-000001", "For receipt A-000001: Dragon rig", "15 January 2027", "desk@Forge.example", "ada"]);
    let table = |rows: &str| rows.lines().map(|line| line.split(',').skip(2).take(5).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    let export = || async {
        let reply = slash(&world.desk(), "/billing export", vec![("from", "7d".into()), ("to", "0d".into())]).await;
        table(&world.get(&reply.message.attachments[0].url).await.text().await.unwrap())
    };
    let books = export().await;
    assert!(books[1].starts_with("A-000001 1 Dragon rig") && books[1].ends_with(" ada"), "{books:?}");

    // Another studio, by all that is configured, and a customer who is called otherwise and lives elsewhere.
    world.restart(&studio("Smithy", "B-", "A-")).await;
    world.ada.rename("Countess");
    slash(&ada, "/settings timezone", vec![("timezone", "Pacific/Auckland".into())]).await;
    assert_eq!(ask().await, (said, file_name, pages.clone()));
    assert_eq!(export().await, books);

    // What comes now is of now. A refund that comes back only says so.
    refund(&world, "2", "Once more").await;
    world.app().clock.advance(Duration::from_secs(60));
    world.sandbox.clock.advance(Duration::from_secs(60));
    let first = world.column("SELECT stripe_refund_id AS value FROM refunds ORDER BY created_at, id").await.remove(0);
    world.sandbox.stripe.fail_refund(&first, "lost_or_stolen_card").unwrap();
    world.owner.wait_for_dm("A refund of this invoice failed").await;
    world.settled().await;
    let (_, _, later) = ask().await;
    holds(&later[0], &["Receipt A-000001", "Forge Street 1", "B-000001", "cancelled", "A-000002"]);
    let first = |page: &str| page.split_once("Cancelled on").map_or(page.to_owned(), |(before, _)| before.to_owned());
    let facts = |page: &str| page.lines().filter(|line| !line.contains("Page ")).map(str::to_owned).collect::<Vec<_>>();
    holds(&later[1], &["Cancelled on 15 January 2027"]);
    for line in facts(&pages[1]) {
        assert!(later[1].contains(&line), "{line} is not in {}", first(&later[1]));
    }
    holds(&later[2], &["Credit note A-000002", "For receipt A-000001", "16 January 2027", "Smithy Street 1", "VAT Smithy", "Countess"]);
}

async fn papers_of_an_earlier_version_are_frozen_at_the_next_start(world: World) {
    paid(&world, "Dragon rig", "12.50").await;
    refund(&world, "5", "Sorry").await;
    let app = world.app();
    let mut tx = app.db.write().await.unwrap();
    for statement in ["DELETE FROM papers", "UPDATE payments SET frozen_at = NULL", "UPDATE refunds SET frozen_at = NULL"] {
        sqlx::raw_sql(statement).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    world.restart(&[("STUDIO__RECEIPT_PREFIX", "2026-".to_owned()), ("STUDIO__NAME", "Forge".into())]).await;
    let ask = || async {
        let reply = slash(&world.ada.in_dm(), "/invoice receipt", vec![("invoice", "1".into())]).await;
        (reply.message.attachments[0].filename.clone(), reply.text())
    };
    let (file_name, said) = ask().await;
    assert_eq!(file_name, "receipt-2026-000001.pdf");
    holds(&said, &["Receipt 2026-000001", "C-000001 · 5.00 USD"]);
    assert_eq!(world.column("SELECT seller_name AS value FROM papers").await, ["Forge", "Forge"]);
    world.restart(&[("STUDIO__RECEIPT_PREFIX", "X-".to_owned()), ("STUDIO__NAME", "Smithy".into())]).await;
    assert_eq!(ask().await, (file_name, said));
}

async fn a_slow_receipt_comes_after_thinking(world: World) {
    paid(&world, "Dragon rig", "12.50").await;
    world.settled().await;
    // Somebody else holds the end of the audit log, so staff's look at a receipt waits.
    let app = world.app();
    let mut tx = app.db.write().await.unwrap();
    audit::record(&mut tx, shared::types::UserId::from(1), audit::Action::Refused, audit::Target::Audit, "", app.clock.now())
        .await
        .unwrap();
    let callbacks = || world.sandbox.recorder.all().iter().filter(|request| request.path.ends_with("/callback")).count();
    let before = callbacks();
    let desk = world.desk();
    let asked = slash(&desk, "/billing receipt", vec![("invoice", "1".into())]);
    let wait = async {
        until("it is thinking", || async { callbacks() > before }).await;
        drop(tx);
    };
    let (reply, ()) = futures::join!(asked, wait);
    assert!(reply.deferred && reply.ephemeral);
    holds(&pages(&world, &reply.message).await[0], &["Receipt R-000001"]);
    // A file is sent again where Discord did not take it the first time.
    world.sandbox.discord.faults().add(Fault::on("POST", "/api/v10/interactions/").status(503).times(1));
    let (_, pages) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    holds(&pages[0], &["Receipt R-000001"]);
}

async fn earlier_payments_and_refunds_get_numbers(world: World) {
    for title in ["Piece 1.", "Piece 2.", "Piece 3."] {
        world.issue(&world.ada, title, "12.50").await;
        let checkout = world.location(&world.pay_link(&world.ada, title).await).await;
        world.sandbox.stripe.pay(&checkout).await.unwrap();
        world.settled().await;
        world.app().clock.advance(Duration::from_secs(1));
    }
    until("all have arrived", || async { numbers(&world, "payments", "receipt_number").await.len() == 3 }).await;
    refund(&world, "5", "Sorry").await;
    refund(&world, "2", "Once more").await;
    // As the database was before there were receipts.
    let app = world.app();
    let mut tx = app.db.write().await.unwrap();
    for statement in [
        "DROP INDEX payments_by_receipt_number",
        "DROP INDEX refunds_by_credit_note_number",
        "DROP INDEX refunds_credited",
        // Of a later one.
        "DROP INDEX refunds_by_credit",
        "DROP INDEX refunds_cancelled",
        "DROP INDEX refunds_unfrozen",
        "DELETE FROM papers",
        "UPDATE payments SET frozen_at = NULL",
        "UPDATE refunds SET frozen_at = NULL",
        "ALTER TABLE payments DROP COLUMN receipt_number",
        "ALTER TABLE refunds DROP COLUMN credit_note_number",
        "ALTER TABLE refunds DROP COLUMN credited_at",
        "DELETE FROM counters WHERE name IN ('receipt', 'credit note')",
        "UPDATE refunds SET status = 'failed' WHERE amount_minor = 500",
        include_str!("../../../migrations/0010_receipts.sql"),
    ] {
        sqlx::raw_sql(statement).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let in_order = "SELECT CAST(receipt_number AS TEXT) AS value FROM payments ORDER BY paid_at";
    assert_eq!(world.column(in_order).await, ["1", "2", "3"]);
    world.restart(&[]).await;
    assert_eq!(numbers(&world, "refunds", "credit_note_number").await, ["1"], "what failed went nowhere");
    refund(&world, "1", "And again").await;
    assert_eq!(numbers(&world, "refunds", "credit_note_number").await, ["1", "2"]);
    let (message, _) = receipt(&world, &world.ada.in_dm(), "/invoice receipt").await;
    holds(&message.text(), &["C-000001 · 2.00 USD", "C-000002 · 1.00 USD", "Remains paid\n9.50 USD"]);
}
