//! Events of Stripe's that come at once are stored together: what each does is what it would do alone.

use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::world::*;

each_backend!(
    events_of_a_group_do_what_each_does_alone,
    an_event_that_fails_in_a_group_fails_alone,
    past_a_bound_stripe_is_told_to_come_again,
);

/// Open sessions for fresh invoices of the customer, numbered from 1, as Stripe has them.
async fn open_sessions(world: &World, count: usize) -> Vec<Json> {
    world.sandbox.stripe.hold_webhooks();
    let mut sessions = Vec::new();
    for number in 1..=count {
        let title = format!("Sketch no. {number:02}");
        world.issue(&world.ada, &title, "12.50").await;
        let checkout = world.location(&world.pay_link(&world.ada, &title).await).await;
        let id = checkout.split("/c/pay/").nth(1).unwrap().split(['#', '?']).next().unwrap();
        let mut session = world.sandbox.stripe.session(id).unwrap();
        session["status"] = json!("complete");
        session["payment_status"] = json!("paid");
        session["url"] = Json::Null;
        session["payment_intent"] = json!(format!("pi_test_{number}"));
        sessions.push(session);
    }
    world.settled().await;
    sessions
}

/// Posts events while nothing can be stored, so that all but the first wait together; the answers are those of the
/// events in their order.
async fn post_together(world: &World, events: &[Json]) -> Vec<StatusCode> {
    let app = world.app();
    let mut held = app.db.write().await.unwrap();
    // On PostgreSQL others write meanwhile; nobody without the end of the audit log's chain.
    sqlx::query("UPDATE audit_head SET seq = seq WHERE id = 1").execute(&mut *held).await.unwrap();
    let posts: Vec<_> = events
        .iter()
        .map(|event| {
            let (world, event) = (world.clone(), event.clone());
            tokio::spawn(async move { world.post_event(&event).await })
        })
        .collect();
    until("all wait", || async { app.waiting_events.load(std::sync::atomic::Ordering::Relaxed) == events.len() }).await;
    drop(held);
    let mut answers = Vec::new();
    for post in posts {
        answers.push(post.await.unwrap());
    }
    answers
}

async fn receipts(world: &World) -> Vec<String> {
    world.column("SELECT CAST(receipt_number AS TEXT) AS value FROM payments ORDER BY receipt_number").await
}

async fn events_of_a_group_do_what_each_does_alone(world: World) {
    let sessions = open_sessions(&world, 12).await;
    // Its page ends for that, and is paid all the same.
    slash(&world.desk(), "/billing edit", vec![("invoice", "3".into()), ("title", "Another title".into())]).await;
    world.settled().await;
    let completed = |session: &Json| world.sandbox.stripe.event("checkout.session.completed", session.clone());
    let mut events: Vec<Json> = sessions.iter().take(10).map(completed).collect();
    // Once more as it is; once more by another event; what does not fit; what is no business of ours; what ends unpaid.
    events.push(events[4].clone());
    events.push(world.sandbox.stripe.event("checkout.session.async_payment_succeeded", sessions[5].clone()));
    let mut short = sessions[10].clone();
    short["amount_total"] = json!(1);
    events.push(completed(&short));
    events.push(world.sandbox.stripe.event("product.created", json!({ "id": "prod_1", "object": "product" })));
    let mut expired = sessions[11].clone();
    expired["status"] = json!("expired");
    expired["payment_status"] = json!("unpaid");
    events.push(world.sandbox.stripe.event("checkout.session.expired", expired));
    let answers = post_together(&world, &events).await;
    assert!(answers.iter().all(|answer| *answer == StatusCode::OK), "{answers:?}");
    world.settled().await;

    for number in 1..=10 {
        assert_eq!(world.status(number).await, "paid", "{number}");
    }
    assert_eq!((world.status(11).await.as_str(), world.status(12).await.as_str()), ("pending", "pending"));
    for (event, outcome) in events.iter().zip(["applied"; 13].into_iter().chain(["ignored", "applied"])) {
        assert_eq!(world.outcome(event).await, outcome, "{event}");
    }
    // Ten and the one that does not fit, without a gap, each with its paper.
    assert_eq!(receipts(&world).await, (1..=11).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM papers").await, 11);
    let told = |text: &'static str| world.ada.inbox().iter().filter(|dm| dm.text().contains(text)).count();
    assert_eq!(told("Your payment arrived"), 10);
    let log = world.column("SELECT action || ' ' || target AS value FROM audit ORDER BY seq").await;
    for number in 1..=10 {
        assert_eq!(log.iter().filter(|row| **row == format!("invoice paid invoice:{number}")).count(), 1, "{number}: {log:#?}");
    }
    let verified = slash(&world.desk(), "/audit verify", vec![]).await;
    assert!(verified.text().contains("The log is whole"), "{}", verified.text());
}

async fn an_event_that_fails_in_a_group_fails_alone(world: World) {
    let mut sessions = open_sessions(&world, 6).await;
    // A payment intent belongs to one payment: whichever of the two comes second cannot be stored.
    sessions[4]["payment_intent"] = sessions[2]["payment_intent"].clone();
    let events: Vec<Json> =
        sessions.iter().map(|session| world.sandbox.stripe.event("checkout.session.completed", session.clone())).collect();
    let answers = post_together(&world, &events).await;
    let failed: Vec<usize> = (0..6).filter(|at| answers[*at] != StatusCode::OK).collect();
    assert!(failed == [2] || failed == [4], "{answers:?}");
    assert_eq!(answers[failed[0]], StatusCode::INTERNAL_SERVER_ERROR);
    world.settled().await;
    let failed = failed[0] as i64 + 1;
    for number in 1..=6 {
        assert_eq!(world.status(number).await, if number == failed { "pending" } else { "paid" }, "{number}");
    }
    // Nothing of it is there: Stripe sends it again.
    assert_eq!(world.outcome(&events[failed as usize - 1]).await, "");
    assert_eq!(receipts(&world).await, ["1", "2", "3", "4", "5"]);
}

async fn past_a_bound_stripe_is_told_to_come_again(world: World) {
    let app = world.app();
    let waiting = || app.waiting_events.load(std::sync::atomic::Ordering::Relaxed);
    let event = |at: usize| {
        let mut event = world.sandbox.stripe.event("product.created", json!({ "id": format!("prod_{at}"), "object": "product" }));
        event["id"] = json!(format!("evt_{at}"));
        event
    };
    let before = world.number("SELECT COUNT(*) AS value FROM stripe_events").await;
    // Somebody else is about to store the first one.
    let mut held = app.db.write().await.unwrap();
    let same = "INSERT INTO stripe_events (id, kind, object_id, created_at, livemode, outcome, received_at)
                VALUES ('evt_0', 'product.created', 'prod_0', 0, 0, 'ignored', 0)";
    sqlx::query(same).execute(&mut *held).await.unwrap();
    let post = |at: usize| {
        let (world, event) = (world.clone(), event(at));
        tokio::spawn(async move {
            let body = event.to_string();
            let signature = world.sandbox.stripe.sign(&world.webhook_secret, &body, world.app().clock.now().as_secs());
            let answer = world.post_webhook(body, Some(&signature)).await;
            (answer.status(), answer.headers().contains_key("retry-after"))
        })
    };
    let mut posts = vec![post(0)];
    until("the first one waits", || async { waiting() == 1 }).await;
    posts.extend((1..220).map(post));
    until("all that may wait do, and the others are answered", || async {
        waiting() > 128 && posts.iter().filter(|post| post.is_finished()).count() + waiting() == 220
    })
    .await;
    drop(held);
    let (mut stored, mut busy) = (0, 0);
    for post in posts {
        match post.await.unwrap() {
            (StatusCode::OK, _) => stored += 1,
            (StatusCode::SERVICE_UNAVAILABLE, true) => busy += 1,
            other => panic!("{other:?}"),
        }
    }
    // What is at work, at the most 64, and 128 that wait.
    assert!((28..=91).contains(&busy), "{busy}");
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM stripe_events").await - before, stored);
}
