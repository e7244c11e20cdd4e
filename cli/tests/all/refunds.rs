//! Money that goes back, and money that is disputed.

use std::time::Duration;

use reqwest::StatusCode;
use sandbox::Fault;
use sandbox::discord::Value;

use crate::world::*;

each_backend!(
    a_refund_goes_back_and_closes_the_files,
    parts_add_up_and_never_exceed_what_was_paid,
    a_customer_may_keep_their_files,
    the_newest_refund_decides_about_the_files,
    two_staff_refund_at_once,
    a_refund_made_at_stripe_means_the_same,
    a_refund_that_fails_comes_back,
    stripe_refuses_a_refund,
    stripe_loses_its_answer_to_a_refund,
    a_dispute_suspends_and_its_end_decides,
    events_count_in_the_order_in_which_they_happened,
    a_refund_is_told_of_before_its_payment,
    a_refund_of_another_product_is_ignored,
    a_payment_for_a_revoked_invoice_goes_back,
    a_payment_for_a_revoked_invoice_may_be_accepted,
    what_cannot_be_refunded_says_why,
);

/// Ada's paid invoice #1 with a file. Returns its session at Stripe and a download link.
async fn paid(world: &World) -> (String, String) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    let id = world.deliverable_id(&world.ada).await;
    let got = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.into())]).await;
    let link = got.message.button("Download").unwrap().url.unwrap();
    world.location(&link).await;
    (world.sandbox.stripe.sessions()[0]["id"].as_str().unwrap().to_owned(), link)
}

/// `/billing refund` by the owner, up to the question.
async fn ask(world: &World, options: Vec<(&'static str, Value)>) -> sandbox::discord::Reply {
    let options = [vec![("invoice", "1".into()), ("reason", "Sorry".into())], options].concat();
    let reply = slash(&world.desk(), "/billing refund", options).await;
    assert!(reply.ephemeral);
    reply
}

async fn refund(world: &World, options: Vec<(&'static str, Value)>) -> String {
    let question = ask(world, options).await;
    assert!(question.message.button("Refund").is_some(), "{}", question.text());
    press(&world.owner, &question.message, "Refund").await.text()
}

async fn refunds(world: &World) -> Vec<String> {
    world.column("SELECT status || ' ' || CAST(amount_minor AS TEXT) AS value FROM refunds ORDER BY created_at, amount_minor").await
}

/// Whether the customer gets the file now, by a new link; one from before opens nothing that is closed.
async fn open_to_the_customer(world: &World, before: &str) -> bool {
    let list = slash(&world.ada.in_dm(), "/deliverable list", vec![]).await.text();
    let id = world.column("SELECT id AS value FROM deliverables").await.remove(0);
    let got = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.into())]).await;
    let is_open = match got.message.button("Download") {
        Some(button) => world.get(&button.url.unwrap()).await.status() == StatusCode::SEE_OTHER,
        None => false,
    };
    assert_eq!(list.contains("🔓"), is_open, "list and link say the same: {list}");
    assert!(is_open || world.get(before).await.status() != StatusCode::SEE_OTHER);
    is_open
}

async fn a_refund_goes_back_and_closes_the_files(world: World) {
    let (_, link) = paid(&world).await;
    let question = ask(&world, vec![]).await;
    assert!(
        question.text().contains("Send **12.50 USD** back to **ada**") && question.text().contains("files are closed"),
        "{}",
        question.text()
    );
    assert!(refunds(&world).await.is_empty(), "nothing happens before the button");
    let clicks = futures::future::join_all((0..2).map(|_| press(&world.owner, &question.message, "Refund"))).await;
    assert_eq!(clicks.iter().filter(|reply| reply.text().contains("Stripe is asked to send **12.50 USD** back")).count(), 1);
    let told = world.ada.wait_for_dm("your bank may take").await;
    assert!(told.text().contains("Refunded") && told.text().contains("12.50 USD"), "{}", told.text());
    assert_eq!(refunds(&world).await, ["succeeded 1250"]);
    assert_eq!(world.sandbox.stripe.refunds().len(), 1);
    assert!(!open_to_the_customer(&world, &link).await);
    let id = world.column("SELECT id AS value FROM deliverables").await.remove(0);
    let got = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.into())]).await;
    assert!(got.text().contains("The money for invoice #1 went back") && got.message.buttons().is_empty(), "{}", got.text());
    // Stripe's own word about it changes nothing more.
    world.sandbox.stripe.delivered("refund.created").await;
    world.settled().await;
    assert_eq!(world.ada.inbox().iter().filter(|dm| dm.text().contains("your bank may take")).count(), 1);
    assert_eq!(world.status(1).await, "paid");
}

async fn parts_add_up_and_never_exceed_what_was_paid(world: World) {
    let (_, link) = paid(&world).await;
    let part = refund(&world, vec![("amount", "5".into())]).await;
    assert!(part.contains("**5.00 USD**"), "{part}");
    world.ada.wait_for_dm("your bank may take").await;
    assert!(open_to_the_customer(&world, &link).await, "a part leaves the files open");
    let too_much = ask(&world, vec![("amount", "7.51".into())]).await;
    assert!(too_much.text().contains("At most 7.50 USD can be refunded") && too_much.message.buttons().is_empty(), "{}", too_much.text());
    refund(&world, vec![]).await;
    until("the rest is refunded", || async { refunds(&world).await == ["succeeded 500", "succeeded 750"] }).await;
    assert!(!open_to_the_customer(&world, &link).await);
    let nothing = ask(&world, vec![]).await;
    assert!(nothing.text().contains("is refunded in full") && nothing.message.buttons().is_empty(), "{}", nothing.text());
    let view = slash(&world.desk(), "/billing view", vec![("invoice", "1".into())]).await;
    assert!(view.text().contains("Refunded") && view.text().contains("12.50 USD"), "{}", view.text());
}

async fn a_customer_may_keep_their_files(world: World) {
    let (_, link) = paid(&world).await;
    let question = ask(&world, vec![("keep-access", true.into())]).await;
    assert!(question.text().contains("Their files stay open"), "{}", question.text());
    press(&world.owner, &question.message, "Refund").await;
    world.ada.wait_for_dm("your bank may take").await;
    assert!(open_to_the_customer(&world, &link).await);
}

async fn two_staff_refund_at_once(world: World) {
    paid(&world).await;
    slash(&world.desk(), "/staff add", vec![("permission", "billing".into()), ("user", (&world.ben).into())]).await;
    let mine = ask(&world, vec![("amount", "10".into())]).await;
    let options = vec![("invoice", "1".into()), ("reason", "Sorry".into()), ("amount", "10".into())];
    let theirs = forge(&world.ben.in_channel(&world.general), "/billing refund", options).await;
    let (mine, theirs) =
        futures::future::join(press(&world.owner, &mine.message, "Refund"), press(&world.ben, &theirs.message, "Refund")).await;
    let texts = [mine.text(), theirs.text()];
    assert_eq!(texts.iter().filter(|text| text.contains("Stripe is asked")).count(), 1, "{texts:?}");
    assert_eq!(texts.iter().filter(|text| text.contains("At most 2.50 USD")).count(), 1, "{texts:?}");
    world.ada.wait_for_dm("your bank may take").await;
    assert_eq!(refunds(&world).await, ["succeeded 1000"]);
}

async fn a_refund_made_at_stripe_means_the_same(world: World) {
    let (session, link) = paid(&world).await;
    world.sandbox.stripe.refund(&session, Some(500)).unwrap();
    world.ada.wait_for_dm("your bank may take").await;
    assert!(open_to_the_customer(&world, &link).await);
    world.sandbox.stripe.refund(&session, None).unwrap();
    until("the rest is on record", || async { refunds(&world).await == ["succeeded 500", "succeeded 750"] }).await;
    assert!(!open_to_the_customer(&world, &link).await);
    let events = world.column("SELECT outcome AS value FROM stripe_events WHERE kind LIKE 'refund.%'").await;
    assert!(!events.is_empty() && events.iter().all(|outcome| outcome == "applied"), "{events:?}");
}

async fn a_refund_that_fails_comes_back(world: World) {
    let (_, link) = paid(&world).await;
    refund(&world, vec![]).await;
    world.ada.wait_for_dm("your bank may take").await;
    assert!(!open_to_the_customer(&world, &link).await);
    let made = world.sandbox.stripe.refunds()[0]["id"].as_str().unwrap().to_owned();
    world.app().clock.advance(Duration::from_secs(60));
    world.sandbox.clock.advance(Duration::from_secs(60));
    world.sandbox.stripe.fail_refund(&made, "lost_or_stolen_card").unwrap();
    world.owner.wait_for_dm("A refund of this invoice failed").await;
    assert_eq!(refunds(&world).await, ["failed 1250"]);
    assert!(open_to_the_customer(&world, &link).await, "the money is with the studio again");
    let again = ask(&world, vec![]).await;
    assert!(again.message.button("Refund").is_some(), "{}", again.text());
}

async fn stripe_refuses_a_refund(world: World) {
    let (_, link) = paid(&world).await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/refunds").status(400));
    refund(&world, vec![]).await;
    world.owner.wait_for_dm("A refund of this invoice failed").await;
    assert_eq!(refunds(&world).await, ["failed 1250"]);
    assert!(open_to_the_customer(&world, &link).await);
}

async fn stripe_loses_its_answer_to_a_refund(world: World) {
    paid(&world).await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/refunds").lose_answer().times(4));
    refund(&world, vec![]).await;
    world.ada.wait_for_dm("your bank may take").await;
    world.failed_try().await;
    world.app().clock.advance(Duration::from_secs(120));
    world.sandbox.clock.advance(Duration::from_secs(120));
    world.settled().await;
    assert_eq!(world.sandbox.stripe.refunds().len(), 1, "one refund, however often it was asked for");
    assert_eq!(refunds(&world).await, ["succeeded 1250"]);
    assert_eq!(world.ada.inbox().iter().filter(|dm| dm.text().contains("your bank may take")).count(), 1);
}

async fn a_dispute_suspends_and_its_end_decides(world: World) {
    let (session, link) = paid(&world).await;
    for won in [true, false] {
        let dispute = world.sandbox.stripe.dispute(&session, "fraudulent");
        let Ok(dispute) = dispute else { break };
        let dispute = dispute["id"].as_str().unwrap().to_owned();
        world.owner.wait_for_dm("of this payment. Their files are closed").await;
        world.ada.wait_for_dm("A dispute about this payment was opened").await;
        assert!(!open_to_the_customer(&world, &link).await);
        let refused = ask(&world, vec![]).await;
        assert!(refused.text().contains("A dispute about invoice #1 is open"), "{}", refused.text());
        world.app().clock.advance(Duration::from_secs(60));
        world.sandbox.clock.advance(Duration::from_secs(60));
        world.sandbox.stripe.close_dispute(&dispute, won).unwrap();
        let word = if won { "has ended for you" } else { "is lost" };
        world.owner.wait_for_dm(word).await;
        assert_eq!(open_to_the_customer(&world, &link).await, won);
    }
    world.ada.wait_for_dm("files are open again").await;
}

async fn events_count_in_the_order_in_which_they_happened(world: World) {
    let (session, link) = paid(&world).await;
    world.sandbox.stripe.hold_webhooks();
    let dispute = world.sandbox.stripe.dispute(&session, "fraudulent").unwrap()["id"].as_str().unwrap().to_owned();
    world.app().clock.advance(Duration::from_secs(60));
    world.sandbox.clock.advance(Duration::from_secs(60));
    world.sandbox.stripe.close_dispute(&dispute, false).unwrap();
    let events = world.sandbox.stripe.events();
    let about = |kind: &str| events.iter().find(|event| event["type"] == kind).unwrap_or_else(|| panic!("no {kind}")).clone();
    let (created, closed) = (about("charge.dispute.created"), about("charge.dispute.closed"));
    assert_eq!(world.post_event(&closed).await, StatusCode::OK);
    assert!(!open_to_the_customer(&world, &link).await);
    assert_eq!(world.post_event(&created).await, StatusCode::OK);
    assert_eq!(world.column("SELECT status AS value FROM disputes").await, ["lost"], "what is older changes nothing");
    let view = slash(&world.desk(), "/billing view", vec![("invoice", "1".into())]).await;
    assert!(view.text().contains("Dispute") && view.text().contains("lost"), "{}", view.text());
    let refused = ask(&world, vec![]).await;
    assert!(refused.text().contains("was lost"), "{}", refused.text());
    world.sandbox.stripe.release_webhooks();
    world.settled().await;
    assert_eq!(world.owner.inbox().iter().filter(|dm| dm.text().contains("is lost")).count(), 1);
}

async fn a_refund_is_told_of_before_its_payment(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.hold_webhooks();
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    let session = world.sandbox.stripe.sessions()[0]["id"].as_str().unwrap().to_owned();
    world.sandbox.stripe.refund(&session, None).unwrap();
    let events = world.sandbox.stripe.events();
    let about = |kind: &str| events.iter().find(|event| event["type"] == kind).unwrap_or_else(|| panic!("no {kind}")).clone();
    assert_eq!(world.post_event(&about("refund.created")).await, StatusCode::OK);
    world.failed_try().await;
    assert_eq!(world.outcome(&about("refund.created")).await, "unread", "kept until the payment is here");
    assert_eq!(world.post_event(&about("checkout.session.completed")).await, StatusCode::OK);
    world.ada.wait_for_dm("Your payment arrived").await;
    world.app().clock.advance(Duration::from_secs(60));
    world.sandbox.clock.advance(Duration::from_secs(60));
    world.ada.wait_for_dm("your bank may take").await;
    assert_eq!(refunds(&world).await, ["succeeded 1250"]);
    world.sandbox.stripe.release_webhooks();
}

async fn a_refund_of_another_product_is_ignored(world: World) {
    paid(&world).await;
    let mut charge = world.sandbox.stripe.refunds();
    assert!(charge.pop().is_none());
    // Another product of the same account: a payment that names no invoice of ours.
    let http = reqwest::Client::new();
    let url = world.sandbox.stripe.url();
    let post = async |path: &str, form: &[(&str, &str)]| -> serde_json::Value {
        let request = http.post(format!("{url}/v1/{path}")).basic_auth(world.sandbox.stripe.secret_key(), Some("")).form(form);
        request.send().await.unwrap().json().await.unwrap()
    };
    let intent = post(
        "payment_intents",
        &[
            ("amount", "900"),
            ("currency", "usd"),
            ("payment_method", "pm_card_visa"),
            ("confirm", "true"),
            ("payment_method_types[]", "card"),
        ],
    )
    .await;
    let id = intent["id"].as_str().unwrap_or_else(|| panic!("{intent}")).to_owned();
    let made = post("refunds", &[("payment_intent", &id)]).await;
    assert!(made["id"].is_string(), "{made}");
    world.sandbox.stripe.delivered("refund.created").await;
    until("it is looked at", || async {
        world.column("SELECT outcome AS value FROM stripe_events WHERE kind = 'refund.created'").await == ["ignored"]
    })
    .await;
    assert!(refunds(&world).await.is_empty());
}

/// A payment that is faster than the revocation of its invoice.
async fn pay_while_revoking(world: &World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.hold_webhooks();
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    let options = vec![("invoice", "1".into()), ("reason", "Ordered twice".into())];
    let question = slash(&world.desk(), "/billing revoke", options).await;
    press(&world.owner, &question.message, "Revoke").await;
}

async fn a_payment_for_a_revoked_invoice_goes_back(world: World) {
    pay_while_revoking(&world).await;
    world.ada.wait_for_dm("You get everything back").await;
    world.owner.wait_for_dm("paid this invoice while it was taken back").await;
    world.ada.wait_for_dm("your bank may take").await;
    assert_eq!(world.status(1).await, "revoked");
    assert_eq!(refunds(&world).await, ["succeeded 1250"]);
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM payments").await, 1);
    world.sandbox.stripe.release_webhooks();
    world.sandbox.stripe.delivered("checkout.session.completed").await;
    world.settled().await;
    assert_eq!(world.sandbox.stripe.refunds().len(), 1);
    assert_eq!(refunds(&world).await.len(), 1);
    assert!(world.ada.inbox().iter().all(|dm| !dm.text().contains("Your payment arrived. Thank you")));
}

async fn a_payment_for_a_revoked_invoice_may_be_accepted(world: World) {
    world.restart(&[("PAYMENTS__LATE_PAYMENT", "accept".into())]).await;
    pay_while_revoking(&world).await;
    world.ada.wait_for_dm("Your payment arrived").await;
    world.owner.wait_for_dm("Payment received from **ada**").await;
    assert_eq!(world.status(1).await, "paid");
    let view = slash(&world.ada.in_dm(), "/invoice view", vec![("invoice", "1".into())]).await;
    assert!(!view.text().contains("Ordered twice"), "why it was nearly revoked is nobody's business now: {}", view.text());
    world.sandbox.stripe.release_webhooks();
    world.sandbox.stripe.delivered("checkout.session.completed").await;
    world.settled().await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM payments").await, 1);
    assert!(world.ada.inbox().iter().all(|dm| !dm.text().contains("took this invoice back")));
    assert!(refunds(&world).await.is_empty());
}

async fn what_cannot_be_refunded_says_why(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let unpaid = ask(&world, vec![]).await;
    assert!(unpaid.text().contains("is not paid, so there is nothing to refund"), "{}", unpaid.text());
    world.pay(&world.ada, "Dragon rig").await;
    for (amount, sentence) in
        [("0", "The least is 0.01 USD"), ("-5", "is not an amount"), ("12.51", "At most 12.50 USD"), ("x", "is not an amount")]
    {
        let refused = ask(&world, vec![("amount", amount.into())]).await;
        assert!(refused.text().contains(sentence) && refused.message.buttons().is_empty(), "{amount}: {}", refused.text());
    }
    let absent = slash(&world.desk(), "/billing refund", vec![("invoice", "9".into()), ("reason", "x".into())]).await;
    assert!(absent.text().contains("Invoice not found"), "{}", absent.text());
}

async fn the_newest_refund_decides_about_the_files(world: World) {
    let (_, link) = paid(&world).await;
    refund(&world, vec![("amount", "1".into()), ("keep-access", true.into())]).await;
    world.ada.wait_for_dm("**1.00 USD** back to you").await;
    let question = ask(&world, vec![]).await;
    assert!(question.text().contains("files are closed") && question.text().contains("Sorry"), "{}", question.text());
    press(&world.owner, &question.message, "Refund").await;
    let told = world.ada.wait_for_dm("closed with it").await;
    assert!(told.text().contains("**11.50 USD**") && told.text().contains("Sorry"), "{}", told.text());
    assert!(!open_to_the_customer(&world, &link).await, "as the question said");
    let made = world.sandbox.stripe.refunds().into_iter().find(|refund| refund["amount"] == 1150).unwrap();
    world.app().clock.advance(Duration::from_secs(60));
    world.sandbox.clock.advance(Duration::from_secs(60));
    world.sandbox.stripe.fail_refund(made["id"].as_str().unwrap(), "lost_or_stolen_card").unwrap();
    world.ada.wait_for_dm("did not reach you").await;
    assert!(open_to_the_customer(&world, &link).await);
}
