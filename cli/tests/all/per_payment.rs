//! Money is per payment: what settles an invoice, what goes back, what is disputed, and what is none of
//! our business.

use std::time::Duration;

use reqwest::StatusCode;
use sandbox::Fault;
use sandbox::discord::{Clicked, Message, Reply};
use serde_json::{Value as Json, json};

use crate::world::*;

each_backend!(
    a_page_that_stripe_does_not_know_holds_an_edit_up,
    a_page_that_stripe_does_not_know_holds_a_revocation_up_until_its_time_is_over,
    a_payment_settles_what_the_invoice_says_now,
    a_second_payment_goes_back_and_the_files_stay_open,
    a_second_payment_that_was_sent_back_at_stripe_is_settled,
    a_lost_part_leaves_the_rest,
    a_lost_part_closes_where_the_studio_wants_it,
    a_dispute_in_another_currency_stands_as_stripe_says,
    an_inquiry_is_no_dispute,
    what_is_none_of_ours_is_silent,
    one_noisy_kind_hides_no_other,
    the_largest_amount_is_of_its_currency,
);

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The address of Stripe's page for Ada's invoice #1 of 50.00 USD, which has a file.
async fn open_page(world: &World) -> String {
    world.issue(&world.ada, "Dragon rig", "50").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await
}

fn session_of(checkout: &str) -> String {
    checkout.split("/c/pay/").nth(1).unwrap().split(['#', '?']).next().unwrap().to_owned()
}

/// Stripe knows no session any more, as after the account was changed.
fn forget_sessions(world: &World) {
    for method in ["POST", "GET"] {
        world.sandbox.stripe.faults().add(Fault::on(method, "/v1/checkout/sessions/").status(404));
    }
    // Nor what happened to them.
    world.sandbox.stripe.hold_webhooks();
    world.sandbox.stripe.faults().add(Fault::on("GET", "/v1/events").status(404));
}

async fn advance(world: &World, by: Duration) {
    world.failed_try().await;
    world.sandbox.clock.advance(by);
    world.app().clock.advance(by);
}

async fn status(world: &World) -> (String, i64) {
    (world.status(1).await, world.number("SELECT amount_minor AS value FROM invoices WHERE number = 1").await)
}

async fn edit(world: &World, amount: &str) -> Reply {
    slash(&world.desk(), "/billing edit", vec![("invoice", "1".into()), ("amount", amount.into())]).await
}

async fn view(world: &World) -> String {
    slash(&world.desk(), "/billing view", vec![("invoice", "1".into())]).await.text()
}

async fn files(world: &World) -> String {
    slash(&world.ada.in_dm(), "/deliverable list", vec![]).await.text()
}

async fn attention(world: &World) -> Reply {
    slash(&world.desk(), "/billing attention", vec![]).await
}

/// The card of the first thing that needs a person.
async fn card(world: &World) -> Message {
    let list = attention(world).await;
    let select = list.message.components.iter().flat_map(|row| row["components"].as_array().unwrap()).next();
    let value = select.unwrap_or_else(|| panic!("{}", list.text()))["options"][0]["value"].as_str().unwrap().to_owned();
    world.owner.select(&list.message, "v1:attention:", &[&value]).await.unwrap().reply().unwrap().message
}

async fn nothing_is_left(world: &World) {
    let text = attention(world).await.text();
    assert!(text.contains("Nothing needs you"), "{text}");
}

async fn a_page_that_stripe_does_not_know_holds_an_edit_up(world: World) {
    let checkout = open_page(&world).await;
    forget_sessions(&world);
    edit(&world, "5000").await;
    let told = world.owner.wait_for_dm("does not know the open payment page").await;
    assert!(told.text().contains("Somebody may still pay there"), "{}", told.text());
    world.settled().await;
    assert_eq!(status(&world).await, ("pending".to_owned(), 5000), "the edit waits");
    let shown = view(&world).await;
    assert!(shown.contains("being changed") && shown.contains("Somebody may still pay there"), "{shown}");
    // The customer pays what the page says, and what the invoice still says.
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.sandbox.stripe.release_webhooks();
    world.ada.wait_for_dm("Your payment arrived").await;
    assert_eq!(status(&world).await, ("paid".to_owned(), 5000));
    assert!(files(&world).await.contains("🔓"));
    nothing_is_left(&world).await;
    world.expect_job("expire_session waiting");
}

async fn a_page_that_stripe_does_not_know_holds_a_revocation_up_until_its_time_is_over(world: World) {
    open_page(&world).await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    forget_sessions(&world);
    let question = slash(&world.desk(), "/billing revoke", vec![("invoice", "1".into()), ("reason", "x".into())]).await;
    press(&world.owner, &question.message, "Revoke").await;
    world.owner.wait_for_dm("does not know the open payment page").await;
    advance(&world, HOUR * 40).await;
    slash(&world.desk(), "/billing reconcile", vec![("invoice", "1".into())]).await;
    world.settled().await;
    assert_eq!(world.status(1).await, "pending", "23 hours of its own and Stripe's 24 are not over");
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE, "nobody can begin to pay meanwhile");
    advance(&world, HOUR * 8).await;
    world.ada.wait_for_dm("The studio took this invoice back").await;
    assert_eq!(world.status(1).await, "revoked");
    world.settled().await;
    assert_eq!(world.owner.inbox().iter().filter(|dm| dm.text().contains("payment page")).count(), 1, "told once");
}

async fn a_payment_settles_what_the_invoice_says_now(world: World) {
    let checkout = open_page(&world).await;
    forget_sessions(&world);
    // The customer paid the old page, and nobody told us; by the clock the page is over.
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    edit(&world, "5000").await;
    advance(&world, HOUR * 48).await;
    until("the edit counts", || async { status(&world).await.1 == 500_000 }).await;
    world.sandbox.stripe.release_webhooks();
    let told = world.owner.wait_for_dm("does not fit this invoice").await;
    assert!(told.text().contains("/billing attention"), "{}", told.text());
    assert_eq!(status(&world).await, ("pending".to_owned(), 500_000));
    assert!(!files(&world).await.contains("🔓"));
    assert!(world.ada.inbox().iter().all(|dm| !dm.text().contains("Your payment arrived")));
    let shown = card(&world).await;
    assert!(shown.text().contains("#1 · 50.00 USD · Paid what does not fit") && shown.text().contains("R-000001"), "{}", shown.text());
    world.sandbox.stripe.faults().clear();
    // The customer can pay what is asked for.
    let other = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.pay(&other).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
    // What did not fit goes back, and the files stay open.
    let question = press(&world.owner, &shown, "Send back").await;
    assert!(question.text().contains("**50.00 USD** back to **ada**") && question.text().contains("R-000001"), "{}", question.text());
    press(&world.owner, &question.latest(), "Refund").await;
    world.ada.wait_for_dm("**50.00 USD** back to you").await;
    assert!(files(&world).await.contains("🔓"));
    nothing_is_left(&world).await;
}

/// Ada's paid invoice #1 with a file, and a second payment for it. Returns both sessions.
async fn paid_twice(world: &World) -> (String, String) {
    let checkout = open_page(world).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
    // A second page that was paid at the same time: Stripe tells of it later.
    let mut tx = world.app().db.write().await.unwrap();
    for statement in ["UPDATE checkout_sessions SET state = 'expired'", "UPDATE invoices SET status = 'pending'"] {
        sqlx::query(statement).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let other = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    let mut tx = world.app().db.write().await.unwrap();
    sqlx::query("UPDATE invoices SET status = 'paid'").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    world.sandbox.stripe.pay(&other).await.unwrap();
    world.owner.wait_for_dm("paid this invoice once more").await;
    (session_of(&checkout), session_of(&other))
}

async fn a_second_payment_goes_back_and_the_files_stay_open(world: World) {
    let (_, second) = paid_twice(&world).await;
    let list = attention(&world).await;
    assert!(list.text().contains("#1 · 50.00 USD · Paid twice"), "{}", list.text());
    let shown = card(&world).await;
    assert!(shown.text().contains("the payment with receipt R-000002") && shown.text().contains("files stay open"), "{}", shown.text());
    // Whoever is no staff gets nowhere.
    let again = shown.button("Send back").unwrap().custom_id.unwrap();
    let stranger = world.ben.forge_click(&again, Some(&shown)).await.unwrap().reply().unwrap();
    assert!(stranger.text().contains("for the studio's staff"), "{}", stranger.text());
    let question = press(&world.owner, &shown, "Send back").await;
    assert!(question.text().contains("the files stay as they are"), "{}", question.text());
    press(&world.owner, &question.latest(), "Refund").await;
    let told = world.ada.wait_for_dm("**50.00 USD** back to you").await;
    assert!(told.text().contains("paid twice") && !told.text().contains("closed"), "{}", told.text());
    assert!(files(&world).await.contains("🔓"), "who paid in full has their files");
    let made = world.sandbox.stripe.refunds();
    let paid = world.sandbox.stripe.session(&second).unwrap();
    assert_eq!((made.len(), &made[0]["payment_intent"]), (1, &paid["payment_intent"]), "the second one went back");
    nothing_is_left(&world).await;
    // The first one can still be refunded by itself, and that closes the files.
    let question = slash(&world.desk(), "/billing refund", vec![("invoice", "1".into()), ("reason", "Sorry".into())]).await;
    assert!(question.text().contains("**50.00 USD** back") && question.text().contains("files are closed"), "{}", question.text());
    press(&world.owner, &question.message, "Refund").await;
    until("both went back", || async { world.sandbox.stripe.refunds().len() == 2 }).await;
    world.settled().await;
    assert!(!files(&world).await.contains("🔓"));
    let audited = world.column("SELECT detail AS value FROM audit WHERE action IN ('payment kept', 'refund requested') ORDER BY seq").await;
    assert_eq!(audited, ["50.00 USD kept, paid twice", "50.00 USD", "50.00 USD"]);
}

async fn a_second_payment_that_was_sent_back_at_stripe_is_settled(world: World) {
    let (first, _) = paid_twice(&world).await;
    // Either of the two may go back: then the other one pays the invoice.
    world.sandbox.stripe.refund(&first, None).unwrap();
    world.ada.wait_for_dm("**50.00 USD** back to you").await;
    assert!(files(&world).await.contains("🔓"));
    nothing_is_left(&world).await;
    let receipt = slash(&world.ada.in_dm(), "/invoice receipt", vec![("invoice", "1".into())]).await;
    assert!(receipt.text().contains("R-000001") && receipt.text().contains("R-000002"), "{}", receipt.text());
}

/// Ada's paid invoice #1 of 50.00 USD with a file. Returns its session.
async fn paid(world: &World) -> String {
    let checkout = open_page(world).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
    session_of(&checkout)
}

async fn lose(world: &World, dispute: &Json) {
    advance(world, Duration::from_secs(60)).await;
    world.sandbox.stripe.close_dispute(dispute["id"].as_str().unwrap(), false).unwrap();
    world.owner.wait_for_dm("is lost").await;
    world.settled().await;
}

async fn a_lost_part_leaves_the_rest(world: World) {
    let session = paid(&world).await;
    let dispute = world.sandbox.stripe.dispute_part(&session, "fraudulent", 1000, None).unwrap();
    let told = world.owner.wait_for_dm("disputes **10.00 USD** of this payment").await;
    assert!(told.text().contains("open · 10.00 USD"), "{}", told.text());
    world.ada.wait_for_dm("closed until it ends").await;
    assert!(!files(&world).await.contains("🔓"));
    lose(&world, &dispute).await;
    let told = world.owner.wait_for_dm("is lost").await;
    assert!(told.text().contains("**10.00 USD** went to the customer. The files stay as they were"), "{}", told.text());
    world.ada.wait_for_dm("files are open again").await;
    assert!(files(&world).await.contains("🔓"));
    assert!(world.ada.inbox().iter().all(|dm| !dm.text().contains("money went back")), "it was a part");
    assert!(view(&world).await.contains("lost · 10.00 USD"));
    // Books, evidence and receipt have Stripe's figures.
    let table = slash(&world.desk(), "/billing export", vec![("from", "0d".into()), ("to", "0d".into())]).await;
    let table = world.get(&table.message.attachments[0].url).await.text().await.unwrap();
    assert!(table.lines().any(|row| row.contains("dispute lost") && row.contains("-10.00,USD")), "{table}");
    let receipt = slash(&world.ada.in_dm(), "/invoice receipt", vec![("invoice", "1".into())]).await;
    let pdf = world.get(&receipt.message.attachments[0].url).await.bytes().await.unwrap();
    let document = lopdf::Document::load_mem(&pdf).unwrap();
    let text = document.extract_text(&document.get_pages().keys().copied().collect::<Vec<_>>()).unwrap();
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains("took 10.00 USD of this payment back"), "{text}");
}

async fn a_lost_part_closes_where_the_studio_wants_it(world: World) {
    world.restart(&[("PAYMENTS__LOST_DISPUTE", "close".into())]).await;
    let session = paid(&world).await;
    let dispute = world.sandbox.stripe.dispute_part(&session, "fraudulent", 1000, None).unwrap();
    world.owner.wait_for_dm("disputes **10.00 USD**").await;
    lose(&world, &dispute).await;
    let told = world.owner.wait_for_dm("is lost").await;
    assert!(told.text().contains("**10.00 USD** went to the customer, and the files are closed"), "{}", told.text());
    world.ada.wait_for_dm("After the dispute about this payment").await;
    assert!(!files(&world).await.contains("🔓"));
    let id = world.column("SELECT id AS value FROM deliverables").await.remove(0);
    let refused = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.into())]).await;
    assert!(refused.text().contains("A dispute about invoice #1 was lost"), "{}", refused.text());
}

async fn a_dispute_in_another_currency_stands_as_stripe_says(world: World) {
    let options =
        vec![("user", (&world.ada).into()), ("title", "Dragon rig".into()), ("amount", "9000".into()), ("currency", "jpy".into())];
    slash(&world.desk(), "/billing issue", options).await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    let session = world.sandbox.stripe.sessions()[0]["id"].as_str().unwrap().to_owned();
    let dispute = world.sandbox.stripe.dispute_part(&session, "fraudulent", 5611, Some("eur")).unwrap();
    world.owner.wait_for_dm("disputes **56.11 EUR**").await;
    lose(&world, &dispute).await;
    // Which part of 9000 JPY that is nobody says: it counts as all of it.
    assert!(!files(&world).await.contains("🔓"));
    let table = slash(&world.desk(), "/billing export", vec![("from", "0d".into()), ("to", "0d".into())]).await;
    let table = world.get(&table.message.attachments[0].url).await.text().await.unwrap();
    assert!(table.contains("-56.11,EUR") && !table.contains("-5611,JPY"), "{table}");
    let view = view(&world).await;
    assert!(view.contains("lost · 56.11 EUR"), "{view}");
}

async fn an_inquiry_is_no_dispute(world: World) {
    let session = paid(&world).await;
    let inquiry = world.sandbox.stripe.inquire(&session, "fraudulent").unwrap();
    let told = world.owner.wait_for_dm("asks about **50.00 USD**").await;
    assert!(told.text().contains("No money was taken") && told.text().contains("the bank only asks"), "{}", told.text());
    assert!(files(&world).await.contains("🔓"), "nobody took anything");
    // While Stripe says that it can be refunded, it can be refunded here.
    let options = vec![("invoice", "1".into()), ("reason", "Sorry".into()), ("amount", "20".into())];
    let question = slash(&world.desk(), "/billing refund", options).await;
    press(&world.owner, &question.message, "Refund").await;
    world.ada.wait_for_dm("**20.00 USD** back to you").await;
    // It becomes a dispute of the rest.
    advance(&world, Duration::from_secs(60)).await;
    world.sandbox.stripe.escalate(inquiry["id"].as_str().unwrap()).unwrap();
    world.owner.wait_for_dm("disputes **50.00 USD**").await;
    assert!(!files(&world).await.contains("🔓"));
    let refused = slash(&world.desk(), "/billing refund", vec![("invoice", "1".into()), ("reason", "Sorry".into())]).await;
    assert!(refused.text().contains("A dispute about invoice #1 is open"), "{}", refused.text());

    // One that the bank drops leaves everything as it was.
    world.issue(&world.ben, "Castle", "5").await;
    world.pay(&world.ben, "Castle").await;
    let sessions = world.sandbox.stripe.sessions();
    let other = sessions.iter().find(|other| other["id"] != session.as_str()).unwrap()["id"].as_str().unwrap();
    let inquiry = world.sandbox.stripe.inquire(other, "fraudulent").unwrap();
    world.owner.wait_for_dm("asks about **5.00 USD**").await;
    advance(&world, Duration::from_secs(60)).await;
    world.sandbox.stripe.close_dispute(inquiry["id"].as_str().unwrap(), false).unwrap();
    world.owner.wait_for_dm("the money stays with you").await;
}

async fn what_is_none_of_ours_is_silent(world: World) {
    let session = paid(&world).await;
    world.settled().await;
    let foreign = uuid::Uuid::now_v7().to_string();
    let ours = world.sandbox.stripe.session(&session).unwrap();
    let refund = world.sandbox.stripe.refund(&session, Some(100)).unwrap();
    world.ada.wait_for_dm("**1.00 USD** back to you").await;
    let told = world.owner.inbox().len();
    let changed = |object: &Json, changes: &[(&str, Json)]| {
        let mut object = object.clone();
        for (key, value) in changes {
            object[*key] = value.clone();
        }
        object
    };
    let names = json!({ "invoice": foreign, "attempt": foreign, "refund": foreign });
    let alike = changed(
        &ours,
        &[
            ("id", json!("cs_test_foreign")),
            ("client_reference_id", json!(foreign)),
            ("metadata", names.clone()),
            ("payment_intent", json!("pi_foreign")),
        ],
    );
    let live = changed(&alike, &[("livemode", json!(true))]);
    let charge = changed(&refund, &[("id", json!("re_foreign")), ("payment_intent", Json::Null), ("metadata", json!({}))]);
    let named = changed(&refund, &[("id", json!("re_foreign2")), ("payment_intent", Json::Null), ("metadata", names)]);
    for (kind, object) in
        [("checkout.session.completed", alike), ("checkout.session.completed", live), ("refund.created", charge), ("refund.created", named)]
    {
        let event = world.sandbox.stripe.event(kind, object);
        assert_eq!(world.post_event(&event).await, StatusCode::OK, "{kind}");
        assert_eq!(world.outcome(&event).await, "ignored", "{event}");
    }
    // One whose payment intent names an invoice, but none of ours: Stripe is asked whose it is.
    let http = reqwest::Client::new();
    let url = world.sandbox.stripe.url();
    let post = async |path: &str, form: &[(&str, &str)]| -> Json {
        let request = http.post(format!("{url}/v1/{path}")).basic_auth(world.sandbox.stripe.secret_key(), Some("")).form(form);
        request.send().await.unwrap().json().await.unwrap()
    };
    let intent = [
        ("amount", "900"),
        ("currency", "usd"),
        ("payment_method", "pm_card_visa"),
        ("confirm", "true"),
        ("payment_method_types[]", "card"),
        ("metadata[invoice]", &foreign),
    ];
    let intent = post("payment_intents", &intent).await["id"].as_str().unwrap().to_owned();
    let made = post("refunds", &[("payment_intent", &intent)]).await["id"].as_str().unwrap().to_owned();
    until("it is looked at", || async {
        let sql = format!("SELECT outcome AS value FROM stripe_events WHERE object_id = '{made}' AND kind = 'refund.created'");
        world.column(&sql).await == ["ignored"]
    })
    .await;
    nothing_is_left(&world).await;
    world.settled().await;
    assert_eq!(world.owner.inbox().len(), told, "nobody is told");
}

async fn one_noisy_kind_hides_no_other(world: World) {
    let session = paid(&world).await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/refunds").status(400).times(1));
    let question = slash(&world.desk(), "/billing refund", vec![("invoice", "1".into()), ("reason", "Sorry".into())]).await;
    press(&world.owner, &question.message, "Refund").await;
    world.owner.wait_for_dm("A refund of this invoice failed").await;
    // Forty that are older and as many that are newer, all of the same kind.
    let invoice = world.column("SELECT id AS value FROM invoices").await.remove(0);
    let ours = world.sandbox.stripe.session(&session).unwrap();
    for at in 0..40 {
        let mut object = ours.clone();
        object["id"] = json!(format!("cs_test_noise_{at}"));
        object["metadata"] = json!({});
        object["client_reference_id"] = json!(invoice);
        let event = world.sandbox.stripe.event("checkout.session.completed", object);
        assert_eq!(world.post_event(&event).await, StatusCode::OK);
        assert_eq!(world.outcome(&event).await, "unmatched");
    }
    let list = attention(&world).await;
    assert!(list.text().contains("Refund failed") && list.text().contains("and 16 more of this kind"), "{}", list.text());
    let select = list.message.components.iter().flat_map(|row| row["components"].as_array().unwrap()).next().unwrap();
    assert_eq!(select["options"].as_array().unwrap().len(), 25);
    let shown = card(&world).await;
    let Ok(Clicked::Modal(form)) = world.owner.click(&shown, "Drop").await else { panic!("no form") };
    world.owner.submit(&form, [("reason", "By hand")]).await.unwrap();
    let list = attention(&world).await;
    assert!(!list.text().contains("Refund failed") && list.text().contains("and 15 more of this kind"), "{}", list.text());
}

async fn the_largest_amount_is_of_its_currency(world: World) {
    let issue = async |amount: &str, currency: &str| {
        let options =
            vec![("user", (&world.ada).into()), ("title", "Rig".into()), ("amount", amount.into()), ("currency", currency.into())];
        slash(&world.desk(), "/billing issue", options).await.text()
    };
    for (amount, most) in [("10000000000", "9,999,999,999.99 IDR"), ("99999999999999999999", "9,999,999,999.99 IDR")] {
        let refused = issue(amount, "idr").await;
        assert!(refused.contains("more than Stripe charges at once") && refused.contains(most), "{refused}");
    }
    assert!(issue("100000000", "cop").await.contains("99,999,999.99 COP"));
    assert!(issue("10000000", "inr").await.contains("9,999,999.99 INR"));
    assert!(issue("1000000", "usd").await.contains("999,999.99 USD"));
    // What Stripe takes it opens a page for.
    issue("1500000", "idr").await;
    world.pay(&world.ada, "1,500,000.00 IDR").await;
    assert_eq!(world.number("SELECT amount_minor AS value FROM payments").await, 150_000_000);
    let view = view(&world).await;
    assert!(view.contains("1,500,000.00 IDR") && view.contains("paid"), "{view}");
}
