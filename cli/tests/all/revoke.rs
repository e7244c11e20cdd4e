//! Taking an invoice back, sending it again, looking at it: what staff does besides issuing.

use std::time::Duration;

use reqwest::StatusCode;
use sandbox::Fault;

use crate::world::*;

each_backend!(
    an_invoice_without_an_open_page_is_revoked_at_once,
    an_open_page_is_closed_first,
    stripe_being_away_delays_it_and_the_links_stop_at_once,
    a_page_whose_creation_was_lost_is_found_and_closed,
    a_confirmation_is_for_one_person_once_and_ten_minutes,
    only_a_pending_invoice_can_be_revoked,
    staff_sends_again_looks_and_filters,
);

/// `/billing revoke` by the owner, up to the question.
async fn ask(world: &World, invoice: &str) -> sandbox::discord::Reply {
    let reply = slash(&world.desk(), "/billing revoke", vec![("invoice", invoice.into()), ("reason", "Ordered *twice*".into())]).await;
    assert!(reply.ephemeral);
    reply
}

async fn revoke(world: &World, invoice: &str) -> String {
    let question = ask(world, invoice).await;
    press(&world.owner, &question.message, "Revoke").await.text()
}

async fn an_invoice_without_an_open_page_is_revoked_at_once(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    let question = ask(&world, "1").await;
    assert!(question.text().contains("Revoke invoice **#1** for **ada**?"), "{}", question.text());
    assert_eq!(world.status(1).await, "pending", "nothing happens before the button");
    let done = press(&world.owner, &question.message, "Revoke").await;
    assert!(done.text().contains("Invoice #1 is revoked"), "{}", done.text());
    assert_eq!(world.status(1).await, "revoked");
    let told = world.ada.wait_for_dm("The studio took this invoice back").await;
    assert!(told.text().contains("Ordered \\*twice\\*") && told.button("Pay").is_none(), "{}", told.text());

    let page = world.get(&link).await;
    assert_eq!(page.status(), StatusCode::GONE);
    let pay = slash(&world.ada.in_dm(), "/invoice pay", vec![("invoice", "1".into())]).await;
    assert!(pay.text().contains("was revoked by the studio") && pay.message.buttons().is_empty(), "{}", pay.text());
    let file = sandbox::discord::Value::file("a.zip", "application/zip", "bytes");
    let late = slash(&world.desk(), "/deliver add", vec![("invoice", "1".into()), ("file", file)]).await;
    assert!(answered(&late).await.text().contains("is revoked. Issue a new one"));
    let audit = world.column("SELECT action AS value FROM audit ORDER BY at, id").await;
    assert!(audit.contains(&"invoice revocation begun".to_owned()) && audit.contains(&"invoice revoked".to_owned()), "{audit:?}");
}

async fn an_open_page_is_closed_first(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    let checkout = world.location(&link).await;
    let begun = revoke(&world, "1").await;
    assert!(begun.contains("is being revoked"), "{begun}");
    world.ada.wait_for_dm("The studio took this invoice back").await;
    assert_eq!(world.status(1).await, "revoked");
    assert_eq!(world.sandbox.stripe.sessions()[0]["status"], "expired");
    assert!(world.sandbox.stripe.pay(&checkout).await.is_err(), "nobody can pay any more");
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    // Stripe's own word about it changes nothing more.
    world.sandbox.stripe.delivered("checkout.session.expired").await;
    world.settled().await;
    assert_eq!(world.ada.inbox().iter().filter(|dm| dm.text().contains("took this invoice back")).count(), 1);
}

async fn stripe_being_away_delays_it_and_the_links_stop_at_once(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    world.location(&link).await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/checkout/sessions/").status(503));
    revoke(&world, "1").await;
    assert_eq!(world.get(&link).await.status(), StatusCode::GONE);
    assert_eq!(world.status(1).await, "pending");
    let view = slash(&world.ada.in_dm(), "/invoice view", vec![("invoice", "1".into())]).await;
    assert!(view.text().contains("being revoked") && view.message.buttons().is_empty(), "{}", view.text());
    let again = slash(&world.desk(), "/billing revoke", vec![("invoice", "1".into()), ("reason", "x".into())]).await;
    assert!(again.text().contains("already being revoked"), "{}", again.text());
    world.failed_try().await;
    world.sandbox.stripe.faults().clear();
    world.app().clock.advance(Duration::from_secs(30));
    world.ada.wait_for_dm("The studio took this invoice back").await;
    assert_eq!(world.status(1).await, "revoked");
}

async fn a_page_whose_creation_was_lost_is_found_and_closed(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    world.settled().await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/checkout/sessions").lose_answer());
    assert_eq!(world.get(&link).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.sandbox.stripe.faults().clear();
    assert_eq!(world.column("SELECT state AS value FROM checkout_sessions").await, ["creating"]);
    revoke(&world, "1").await;
    world.ada.wait_for_dm("The studio took this invoice back").await;
    let sessions = world.sandbox.stripe.sessions();
    assert_eq!((sessions.len(), sessions[0]["status"].as_str()), (1, Some("expired")));
}

async fn a_confirmation_is_for_one_person_once_and_ten_minutes(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let question = ask(&world, "1").await.message;
    let button = question.button("Revoke").unwrap().custom_id.unwrap();
    for stranger in [&world.ben, &world.ada] {
        let reply = stranger.forge_click(&button, Some(&question)).await.unwrap().reply().unwrap();
        assert!(reply.ephemeral && reply.text().contains("This question is over"), "{}", reply.text());
    }
    // Its owner, in a DM: no longer staff there.
    let elsewhere = world.owner.forge_click(&button, None).await.unwrap().reply().unwrap();
    assert!(elsewhere.text().contains("for the studio's staff"), "{}", elsewhere.text());
    assert_eq!(world.status(1).await, "pending");

    world.app().clock.advance(Duration::from_secs(10 * 60));
    let late = press(&world.owner, &question, "Revoke").await;
    assert!(late.text().contains("This question is over"), "{}", late.text());

    // A restart and a double click: once.
    let question = ask(&world, "1").await.message;
    world.restart(&[]).await;
    let clicks = futures::future::join_all((0..2).map(|_| press(&world.owner, &question, "Revoke"))).await;
    let done = clicks.iter().filter(|reply| reply.text().contains("is revoked")).count();
    assert_eq!(done, 1, "{:?}", clicks.iter().map(|reply| reply.text()).collect::<Vec<_>>());
    world.ada.wait_for_dm("took this invoice back").await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM audit WHERE action = 'invoice revoked'").await, 1);
    world.app().clock.advance(Duration::from_secs(3 * 24 * 60 * 60));
    until("old questions are forgotten", || async { world.number("SELECT COUNT(*) AS value FROM confirmations").await == 0 }).await;
}

async fn only_a_pending_invoice_can_be_revoked(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let long = "r".repeat(300);
    for (reason, sentence) in [(long.as_str(), "The reason is 300 characters long"), ("@everyone", "The reason cannot mention")] {
        let reply = forge(&world.desk(), "/billing revoke", vec![("invoice", "1".into()), ("reason", reason.into())]).await;
        assert!(reply.text().contains(sentence), "{}", reply.text());
    }
    let question = ask(&world, "1").await.message;
    world.pay(&world.ada, "Dragon rig").await;
    // Asked while it was pending, confirmed when it was paid.
    let late = press(&world.owner, &question, "Revoke").await;
    assert!(late.text().contains("is paid, so it cannot be revoked"), "{}", late.text());
    let paid = slash(&world.desk(), "/billing revoke", vec![("invoice", "1".into()), ("reason", "x".into())]).await;
    assert!(paid.text().contains("is paid, so it cannot be revoked") && paid.message.buttons().is_empty());
    let absent = slash(&world.desk(), "/billing revoke", vec![("invoice", "9".into()), ("reason", "x".into())]).await;
    assert!(absent.text().contains("Invoice not found"));
    assert_eq!(world.status(1).await, "paid");
}

async fn staff_sends_again_looks_and_filters(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.issue(&world.ben, "Castle", "5").await;
    world.ada.wait_for_dm("Dragon rig").await;
    let resent = slash(&world.desk(), "/billing resend", vec![("invoice", "1".into())]).await;
    assert!(resent.text().contains("ada is told about invoice #1 again"), "{}", resent.text());
    until("the second message", || async { world.ada.inbox().iter().filter(|dm| dm.button("Pay").is_some()).count() == 2 }).await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "bytes").await;

    let view = slash(&world.desk(), "/billing view", vec![("invoice", "1".into())]).await;
    assert!(view.ephemeral && view.text().contains("ada") && view.text().contains("dragon.zip"), "{}", view.text());
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM audit WHERE action = 'invoice viewed'").await, 1);
    let list = |options: Vec<(&'static str, sandbox::discord::Value)>| {
        let world = world.clone();
        async move { slash(&world.desk(), "/billing list", options).await.text() }
    };
    let of_ada = list(vec![("user", (&world.ada).into())]).await;
    assert!(of_ada.contains("Dragon rig") && !of_ada.contains("Castle"), "{of_ada}");
    let pending = list(vec![("status", "pending".into())]).await;
    assert!(pending.contains("Castle") && !pending.contains("Dragon rig"), "{pending}");
    let none = list(vec![("user", (&world.ben).into()), ("status", "paid".into())]).await;
    assert!(!none.contains("Castle") && !none.contains("Dragon rig"), "{none}");
}
