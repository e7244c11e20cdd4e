//! What staff takes out: evidence for a dispute, and the table of what came in and went back.

use sandbox::discord::{Message, Value};

use crate::world::*;

each_backend!(
    evidence_tells_everything_about_one_invoice,
    evidence_is_read_in_the_language_of_staff,
    the_table_holds_what_moved,
    the_table_is_of_whole_days_and_no_formula,
    ids_survive_a_spreadsheet,
    days_that_make_no_sense_get_a_sentence,
);

/// The one file of a reply.
async fn file(world: &World, message: &Message) -> Vec<u8> {
    assert!(message.is_ephemeral() && message.attachments.len() == 1, "{}", message.text());
    world.get(&message.attachments[0].url).await.bytes().await.unwrap().to_vec()
}

/// What stands on all pages of a PDF.
fn read(bytes: &[u8]) -> String {
    // To be looked at.
    if let Some(folder) = std::env::var_os("ATELIER_TEST_PDF") {
        std::fs::write(std::path::PathBuf::from(folder).join(format!("evidence-{}.pdf", uuid::Uuid::now_v7())), bytes).unwrap();
    }
    let document = lopdf::Document::load_mem(bytes).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn evidence(world: &World) -> String {
    let reply = slash(&world.desk(), "/billing evidence", vec![("invoice", "1".into())]).await;
    assert_eq!(reply.message.attachments[0].filename, "evidence-1.pdf");
    assert_eq!(reply.message.attachments[0].content_type.as_deref(), Some("application/pdf"));
    read(&file(world, &reply.message).await)
}

/// Ada's paid invoice #1, whose file she downloaded and whose payment she disputes.
async fn disputed(world: &World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    let id = world.deliverable_id(&world.ada).await;
    let got = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.into())]).await;
    world.location(&got.message.button("Download").unwrap().url.unwrap()).await;
    let session = world.sandbox.stripe.sessions()[0]["id"].as_str().unwrap().to_owned();
    world.sandbox.stripe.dispute(&session, "fraudulent").unwrap();
    world.owner.wait_for_dm("of this payment. Their files are closed").await;
    world.settled().await;
}

async fn evidence_tells_everything_about_one_invoice(world: World) {
    disputed(&world).await;
    let text = evidence(&world).await;
    let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest("bytes"));
    let intent = world.sandbox.stripe.payment_intents()[0]["id"].as_str().unwrap().to_owned();
    let dispute = world.sandbox.stripe.disputes()[0]["id"].as_str().unwrap().to_owned();
    let (owner, ada) = (format!("Discord {}", world.owner.id()), format!("(Discord {})", world.ada.id()));
    for words in [
        "Evidence for invoice #1",
        "Dragon rig",
        "12.50 USD",
        &owner,
        &ada,
        "Receipt R-000001",
        &intent,
        "fraudulent",
        &dispute,
        "dragon.zip",
        &hash,
        "127.0.0.1",
        "invoice issued",
        "by DM",
        "download link opened",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let log = slash(&world.desk(), "/audit list", vec![("action", "evidence taken".into())]).await.text();
    assert!(log.contains("evidence taken · **#1**"), "{log}");
    // An invoice of which there is little to say.
    world.issue(&world.ben, "Castle", "5").await;
    let reply = slash(&world.desk(), "/billing evidence", vec![("invoice", "2".into())]).await;
    let text = read(&file(&world, &reply.message).await);
    assert!(text.contains("Castle") && text.contains("Nothing.") && !text.contains("Dragon"), "{text}");
}

async fn evidence_is_read_in_the_language_of_staff(world: World) {
    disputed(&world).await;
    world.owner.set_locale("de");
    let text = evidence(&world).await;
    assert!(text.contains("Belege zu Rechnung #1") && text.contains("Download-Links, die geöffnet wurden"), "{text}");
    world.owner.set_locale("es-ES");
    assert!(evidence(&world).await.contains("Pruebas de la factura #1"));
}

async fn export(world: &World, from: &str, to: &str) -> (String, Vec<Vec<String>>) {
    let options: Vec<(&str, Value)> = vec![("from", from.into()), ("to", to.into())];
    let reply = slash(&world.desk(), "/billing export", options).await;
    let bytes = file(world, &reply.message).await;
    let mut table =
        csv::ReaderBuilder::new().has_headers(false).from_reader(bytes.strip_prefix("\u{feff}".as_bytes()).expect("a mark of UTF-8"));
    let rows = table.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    (reply.text(), rows.collect())
}

async fn the_table_holds_what_moved(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    let question =
        slash(&world.desk(), "/billing refund", vec![("invoice", "1".into()), ("reason", "x".into()), ("amount", "2.50".into())]).await;
    press(&world.owner, &question.message, "Refund").await;
    world.ada.wait_for_dm("your bank may take").await;
    let session = world.sandbox.stripe.sessions()[0]["id"].as_str().unwrap().to_owned();
    let dispute = world.sandbox.stripe.dispute(&session, "fraudulent").unwrap()["id"].as_str().unwrap().to_owned();
    world.owner.wait_for_dm("of this payment. Their files are closed").await;
    world.sandbox.clock.advance(std::time::Duration::from_secs(60));
    world.app().clock.advance(std::time::Duration::from_secs(60));
    world.sandbox.stripe.close_dispute(&dispute, false).unwrap();
    until("it is lost", || async { world.number("SELECT COUNT(*) AS value FROM disputes WHERE status = 'lost'").await == 1 }).await;
    let (said, rows) = export(&world, "0d", "0d").await;
    assert!(said.contains("3 movements of money"), "{said}");
    let names = ["time", "movement", "number", "invoice", "title", "customer_id", "customer", "amount", "currency", "stripe_id"];
    assert_eq!(rows[0], names);
    let of = |row: &[String]| [1, 2, 3, 4, 6, 7, 8].map(|at: usize| row[at].clone()).join(" ");
    assert_eq!(of(&rows[1]), "payment R-000001 1 Dragon rig ada 12.50 USD");
    assert_eq!(of(&rows[2]), "refund C-000001 1 Dragon rig ada -2.50 USD");
    assert!(of(&rows[3]).starts_with("dispute lost  1 Dragon rig ada -"), "{:?}", rows[3]);
    assert_eq!(rows[3][9], dispute);
    assert!(rows[1][0].ends_with('Z') && rows[1][5] == format!("discord:{}", world.ada.id()), "{:?}", rows[1]);
    let log = slash(&world.desk(), "/audit list", vec![("action", "exported".into())]).await.text();
    assert!(log.contains("payments exported") && log.contains("3 rows"), "{log}");
}

async fn the_table_is_of_whole_days_and_no_formula(world: World) {
    world.issue(&world.ada, "=HYPERLINK(1)", "12.50").await;
    world.pay(&world.ada, "HYPERLINK").await;
    let (_, rows) = export(&world, "7d", "0d").await;
    assert_eq!(rows[1][4], "'=HYPERLINK(1)");
    let day = std::time::Duration::from_secs(24 * 60 * 60);
    world.sandbox.clock.advance(day);
    world.app().clock.advance(day);
    assert_eq!(export(&world, "0d", "0d").await.1.len(), 1, "that was yesterday");
    assert_eq!(export(&world, "1d", "1d").await.1.len(), 2);
    assert_eq!(export(&world, "30d", "2d").await.1.len(), 1);
}

async fn ids_survive_a_spreadsheet(world: World) {
    // Numbers and names that a spreadsheet would take for numbers: in digits alone, with an exponent.
    world.restart(&[("STUDIO__RECEIPT_PREFIX", String::new()), ("STUDIO__CREDIT_NOTE_PREFIX", "1E".into())]).await;
    world.ada.rename("0012");
    slash(&world.ada.in_dm(), "/invoice list", vec![]).await;
    world.issue(&world.ada, "1/2", "12.50").await;
    world.pay(&world.ada, "1/2").await;
    let question =
        slash(&world.desk(), "/billing refund", vec![("invoice", "1".into()), ("reason", "x".into()), ("amount", "2".into())]).await;
    press(&world.owner, &question.message, "Refund").await;
    world.ada.wait_for_dm("your bank may take").await;
    let (said, rows) = export(&world, "0d", "0d").await;
    assert!(said.contains("keep spreadsheets from changing ids"), "{said}");
    assert_eq!(rows[1][2..7], ["'000001", "1", "'1/2", &format!("discord:{}", world.ada.id()), "'0012"]);
    assert_eq!(rows[2][2], "'1E000001");
    // What is a number stays one.
    assert_eq!((rows[1][7].as_str(), rows[2][7].as_str()), ("12.50", "-2.00"));
}

async fn days_that_make_no_sense_get_a_sentence(world: World) {
    for (from, to, words) in [("0d", "1d", "Turn them round"), ("x", "0d", "is not a day"), ("2099-01-01", "2099-01-02", "is not over")] {
        let reply = slash(&world.desk(), "/billing export", vec![("from", from.into()), ("to", to.into())]).await;
        assert!(reply.ephemeral && reply.text().contains(words) && reply.message.attachments.is_empty(), "{}", reply.text());
    }
}
