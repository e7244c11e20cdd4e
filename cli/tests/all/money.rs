//! Clicks on Pay: one session at a time, the same parameters every time, a new one when it ends.

use std::time::Duration;

use reqwest::StatusCode;

use crate::world::*;

each_backend!(
    two_clicks_at_once_are_one_session,
    a_repeat_sends_the_same_parameters_under_the_same_key,
    an_expired_session_is_replaced_and_a_paid_one_is_not,
    a_session_names_its_invoice_everywhere,
    an_amount_that_stripe_refuses_says_so,
    what_was_begun_in_test_mode_does_not_follow_into_live_mode,
    invoice_numbers_have_no_gap,
);

async fn two_clicks_at_once_are_one_session(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    let clicks = (0..8).map(|_| world.location(&link));
    let mut places = futures::future::join_all(clicks).await;
    places.dedup();
    assert_eq!(places.len(), 1, "{places:?}");
    assert_eq!(world.sandbox.stripe.sessions().len(), 1);
    assert_eq!(world.location(&link).await, places[0]);
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM checkout_sessions").await, 1);
}

async fn a_repeat_sends_the_same_parameters_under_the_same_key(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    world.settled().await;
    // Every answer is lost, so the row stays `creating`; the sandbox refuses a changed repeat.
    world.sandbox.stripe.faults().add(sandbox::Fault::on("POST", "/v1/checkout/sessions").lose_answer());
    assert_eq!(world.get(&link).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.sandbox.stripe.faults().clear();
    assert_eq!(world.column("SELECT state AS value FROM checkout_sessions").await, ["creating"]);
    world.app().clock.advance(Duration::from_secs(600));
    world.sandbox.clock.advance(Duration::from_secs(600));
    let checkout = world.location(&link).await;
    assert_eq!(world.sandbox.stripe.sessions().len(), 1);
    assert_eq!(world.column("SELECT state AS value FROM checkout_sessions").await, ["open"]);
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
}

async fn an_expired_session_is_replaced_and_a_paid_one_is_not(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    let first = world.location(&link).await;
    let day = Duration::from_secs(24 * 60 * 60);

    // Nobody told us that it expired: the click asks.
    world.sandbox.stripe.hold_webhooks();
    world.app().clock.advance(day);
    world.sandbox.clock.advance(day);
    let second = world.location(&link).await;
    assert_ne!(first, second);
    assert_eq!(world.column("SELECT state AS value FROM checkout_sessions ORDER BY attempt").await, ["expired", "open"]);

    // Nobody told us that the second was paid either.
    world.sandbox.stripe.pay(&second).await.unwrap();
    world.app().clock.advance(day);
    world.sandbox.clock.advance(day);
    let page = world.get(&link).await;
    assert_eq!(page.status(), StatusCode::OK, "no third session");
    assert_eq!(world.status(1).await, "paid");
    assert_eq!(world.sandbox.stripe.sessions().len(), 2);
    world.ada.wait_for_dm("Your payment arrived").await;

    // What Stripe sends late changes nothing more.
    world.sandbox.stripe.release_webhooks();
    world.sandbox.stripe.delivered("checkout.session.completed").await;
    world.settled().await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM payments").await, 1);
    assert_eq!(world.ada.inbox().iter().filter(|dm| dm.text().contains("Your payment arrived")).count(), 1);
}

async fn a_session_names_its_invoice_everywhere(world: World) {
    world.issue(&world.ada, "Dragon rig", "1500").await;
    world.settled().await;
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    let invoice = world.column("SELECT id AS value FROM invoices").await.remove(0);
    let session = world.sandbox.stripe.sessions().remove(0);
    assert_eq!(session["client_reference_id"], invoice);
    assert_eq!(session["metadata"]["invoice"], invoice);
    assert_eq!(session["amount_total"], 150_000);
    let customers = world.sandbox.stripe.customers();
    assert_eq!(session["customer"], customers[0]["id"]);
    let sent: Vec<_> = world.sandbox.recorder.all().into_iter().filter(|request| request.path == "/v1/checkout/sessions").collect();
    let body = sent[0].body.as_str().unwrap();
    assert!(
        body.contains("payment_intent_data[metadata][invoice]") || body.contains("payment_intent_data%5Bmetadata%5D%5Binvoice%5D"),
        "{body}"
    );
    // Stripe learns our account id, and neither name nor address.
    assert!(!customers[0].to_string().contains("\"ada\"") && customers[0]["email"].is_null(), "{}", customers[0]);
}

async fn an_amount_that_stripe_refuses_says_so(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    world.sandbox.stripe.faults().add(sandbox::Fault::on("POST", "/v1/checkout/sessions").status(400));
    let page = world.get(&link).await;
    assert_eq!(page.status(), StatusCode::BAD_GATEWAY);
    assert!(page.text().await.unwrap().contains("Nothing was charged. The studio has been told"));
    world.sandbox.stripe.faults().clear();
    world.location(&link).await;
    assert_eq!(world.column("SELECT state AS value FROM checkout_sessions ORDER BY attempt").await, ["failed", "open"]);
}

async fn what_was_begun_in_test_mode_does_not_follow_into_live_mode(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.settled().await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    let first = world.location(&link).await;
    // As if both were made with the keys of the other mode.
    let app = world.app();
    let mut tx = app.db.write().await.unwrap();
    for statement in
        ["UPDATE accounts SET stripe_livemode = 1 WHERE stripe_customer_id IS NOT NULL", "UPDATE checkout_sessions SET livemode = 1"]
    {
        sqlx::query(statement).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    // The old page may be open in its own mode, and nobody can ask about it there.
    let page = world.get(&link).await;
    assert_eq!(page.status(), StatusCode::FORBIDDEN);
    assert!(page.text().await.unwrap().contains("may still be open"));
    world.owner.wait_for_dm("does not know the open payment page").await;
    assert_eq!(world.sandbox.stripe.sessions().len(), 1);
    // By Stripe's own limit it is over.
    let day = Duration::from_secs(24 * 60 * 60);
    world.app().clock.advance(day * 2);
    world.sandbox.clock.advance(day * 2);
    let second = world.location(&link).await;
    assert_ne!(first, second);
    let sessions = world.sandbox.stripe.sessions();
    assert_eq!(sessions.iter().filter(|session| session["customer"].is_null()).count(), 1, "{sessions:?}");
    // The next invoice asks for a customer of this mode.
    world.issue(&world.ada, "Castle", "5").await;
    world.settled().await;
    assert_eq!(
        world.number("SELECT COUNT(*) AS value FROM accounts WHERE stripe_livemode = 0 AND stripe_customer_id IS NOT NULL").await,
        1
    );
    world.sandbox.stripe.pay(&second).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
}

async fn invoice_numbers_have_no_gap(world: World) {
    let titles: Vec<String> = (0..12).map(|at| format!("Rig {at}")).collect();
    let issued = titles.iter().map(|title| world.issue(&world.ada, title, "12.50"));
    futures::future::join_all(issued).await;
    let numbers = world.column("SELECT CAST(number AS TEXT) AS value FROM invoices ORDER BY number").await;
    assert_eq!(numbers, (1..=12).map(|number| number.to_string()).collect::<Vec<_>>());
    let list = slash(&world.ada.in_dm(), "/invoice list", vec![]).await;
    assert!(list.text().contains("**#12**") && !list.text().contains("**#2**"), "{}", list.text());
    let paid = slash(&world.ada.in_dm(), "/invoice list", vec![("status", "paid".into())]).await;
    assert!(!paid.text().contains("#12"), "{}", paid.text());
    let all = slash(&world.desk(), "/billing list", vec![]).await;
    assert!(all.text().contains("#12"), "{}", all.text());
}
