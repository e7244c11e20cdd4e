//! Stripe's webhook: what is believed, what is kept, what it does.

use reqwest::StatusCode;
use serde_json::{Value as Json, json};

use crate::world::*;

each_backend!(
    forged_altered_stale_unsigned_and_oversized_are_refused_and_not_stored,
    every_v1_and_every_secret_counts_and_v0_never_does,
    an_unknown_kind_is_ignored,
    another_product_on_the_same_account_is_ignored,
    wrong_mode_amount_currency_and_unpaid_are_kept_and_do_not_pay,
    a_failed_delayed_payment_frees_the_invoice_in_any_order,
    an_event_in_another_form_still_pays,
    the_same_event_twice_or_eight_times_at_once_pays_once,
    an_event_before_the_answer_to_create_session_pays,
    the_database_holds_no_readable_body,
    health_tells_what_works,
    pages_are_safe_and_name_no_token,
);

/// An open session for a fresh invoice of 12.50 USD, as Stripe has it.
async fn open_session(world: &World) -> Json {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    let id = checkout.split("/c/pay/").nth(1).unwrap().split(['#', '?']).next().unwrap().to_owned();
    world.sandbox.stripe.session(&id).unwrap()
}

/// The session as it is once paid.
fn paid(session: &Json) -> Json {
    let mut session = session.clone();
    session["status"] = json!("complete");
    session["payment_status"] = json!("paid");
    session["url"] = Json::Null;
    session["payment_intent"] = json!("pi_test_1");
    session
}

fn completed(world: &World, session: Json) -> Json {
    world.sandbox.stripe.event("checkout.session.completed", session)
}

async fn events(world: &World) -> i64 {
    world.number("SELECT COUNT(*) AS value FROM stripe_events").await
}

async fn forged_altered_stale_unsigned_and_oversized_are_refused_and_not_stored(world: World) {
    let session = open_session(&world).await;
    let before = events(&world).await;
    let body = completed(&world, paid(&session)).to_string();
    let now = world.app().clock.now().as_secs();
    let sign = |secret: &str, at: i64| world.sandbox.stripe.sign(secret, &body, at);
    let right = sign(&world.webhook_secret, now);
    let v0 = right.replace("v1=", "v0=");
    for (what, body, signature) in [
        ("unsigned", body.clone(), None),
        ("empty", body.clone(), Some(String::new())),
        ("garbage", body.clone(), Some("t=,v1=zz,=,,".into())),
        ("forged", body.clone(), Some(sign("whsec_other", now))),
        ("altered", body.replace("12", "13"), Some(right.clone())),
        ("stale", body.clone(), Some(sign(&world.webhook_secret, now - 301))),
        ("ahead", body.clone(), Some(sign(&world.webhook_secret, now + 301))),
        ("of another age", body.clone(), Some(sign(&world.webhook_secret, i64::MIN))),
        ("v0 only", body.clone(), Some(v0)),
    ] {
        let status = world.post_webhook(body, signature.as_deref()).await.status();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{what}");
    }
    for odd in ["{}", "[]", "null", "not json", r#"{"id":"evt_1","type":"x","created":"soon","livemode":false,"data":{"object":{}}}"#] {
        let signature = world.sandbox.stripe.sign(&world.webhook_secret, odd, now);
        assert_eq!(world.post_webhook(odd, Some(&signature)).await.status(), StatusCode::BAD_REQUEST, "{odd}");
    }
    assert_eq!(world.post_webhook(vec![0xff_u8, 0xfe], Some("t=1,v1=00")).await.status(), StatusCode::BAD_REQUEST);
    let large = world.post_webhook(vec![b'x'; 2 * 1024 * 1024], Some(&right)).await.status();
    assert_eq!(large, StatusCode::PAYLOAD_TOO_LARGE);

    assert_eq!(events(&world).await, before);
    assert_eq!(world.status(1).await, "pending");
    let counters = world.counters().await;
    assert!(counters["refused_webhooks"].as_u64().unwrap() >= 14, "{counters}");
}

async fn every_v1_and_every_secret_counts_and_v0_never_does(world: World) {
    let session = open_session(&world).await;
    world.restart(&[("STRIPE__WEBHOOK_SECRETS", format!("whsec_next1234567890abcd, {}", world.webhook_secret))]).await;
    let now = world.app().clock.now().as_secs();
    let body = completed(&world, paid(&session)).to_string();
    let old = world.sandbox.stripe.sign(&world.webhook_secret, &body, now);
    let several = old.replace(",v1=", &format!(",v1={},v1=", "0".repeat(64)));
    assert_eq!(world.post_webhook(body.clone(), Some(&several)).await.status(), StatusCode::OK);
    world.ada.wait_for_dm("Your payment arrived").await;
    let next = world.sandbox.stripe.sign("whsec_next1234567890abcd", &body, now);
    assert_eq!(world.post_webhook(body, Some(&next)).await.status(), StatusCode::OK);
}

async fn an_unknown_kind_is_ignored(world: World) {
    let event = world.sandbox.stripe.event("product.created", json!({ "id": "prod_1", "object": "product" }));
    assert_eq!(world.post_event(&event).await, StatusCode::OK);
    assert_eq!(world.outcome(&event).await, "ignored");
}

async fn another_product_on_the_same_account_is_ignored(world: World) {
    let mut session = paid(&open_session(&world).await);
    session["id"] = json!("cs_test_other");
    session["client_reference_id"] = Json::Null;
    session["metadata"] = json!({});
    let event = completed(&world, session.clone());
    assert_eq!(world.post_event(&event).await, StatusCode::OK);
    assert_eq!(world.outcome(&event).await, "ignored");

    // One that names our invoice but that we never opened is kept for a person to look at.
    session["client_reference_id"] = json!(world.column("SELECT id AS value FROM invoices").await[0]);
    let event = completed(&world, session);
    assert_eq!(world.post_event(&event).await, StatusCode::OK);
    assert_eq!(world.outcome(&event).await, "unmatched");
    assert_eq!(world.status(1).await, "pending");
}

async fn wrong_mode_amount_currency_and_unpaid_are_kept_and_do_not_pay(world: World) {
    let session = paid(&open_session(&world).await);
    let change = |key: &str, value: Json| {
        let mut changed = session.clone();
        changed[key] = value;
        completed(&world, changed)
    };
    let mut live = change("livemode", json!(true));
    live["livemode"] = json!(true);
    let mut live_envelope = change("status", json!("complete"));
    live_envelope["livemode"] = json!(true);
    // While the money is on its way the invoice cannot be paid a second time.
    for status in ["no_payment_required", "unpaid"] {
        let event = change("payment_status", json!(status));
        assert_eq!(world.post_event(&event).await, StatusCode::OK);
        assert_eq!(world.outcome(&event).await, "unpaid");
    }
    let page = world.get(&world.pay_link(&world.ada, "Dragon rig").await).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().to_lowercase().contains("confirming"));
    let view = slash(&world.ada.in_dm(), "/invoice view", vec![("invoice", "1".into())]).await;
    assert!(view.text().contains("payment processing") && view.message.buttons().is_empty(), "{}", view.text());
    world.ada.wait_for_dm("Your payment is on its way").await;

    for (event, outcome) in [
        (live, "wrong_mode"),
        (live_envelope, "wrong_mode"),
        (change("amount_total", Json::Null), "wrong_amount"),
        (change("amount_total", json!(-1250)), "wrong_amount"),
        (change("currency", Json::Null), "wrong_currency"),
        (change("currency", json!("gold")), "wrong_currency"),
    ] {
        assert_eq!(world.post_event(&event).await, StatusCode::OK, "{outcome}");
        assert_eq!(world.outcome(&event).await, outcome);
        assert_eq!(world.status(1).await, "pending", "{outcome}");
    }
    let kept = world.number("SELECT COUNT(*) AS value FROM stripe_events WHERE body IS NOT NULL").await;
    assert!(kept >= 8, "{kept}");
    assert_eq!(world.counters().await["unsettled_events"], 6);

    // Staff is told once, and the invoice is free for another page.
    world.owner.wait_for_dm("does not fit this invoice").await;
    world.settled().await;
    assert_eq!(world.owner.inbox().iter().filter(|dm| dm.text().contains("does not fit")).count(), 1);
    let another = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.pay(&another).await.unwrap();
    until("it is paid", || async { world.status(1).await == "paid" }).await;
    // What is told of the money that did not fit is not about us.
    let mut refund = world.sandbox.stripe.refund(&another, Some(100)).unwrap();
    world.sandbox.stripe.delivered("refund.created").await;
    refund["id"] = json!("re_other");
    refund["payment_intent"] = json!("pi_test_1");
    let refund = world.sandbox.stripe.event("refund.created", refund);
    assert_eq!(world.post_event(&refund).await, StatusCode::OK);
    assert_eq!(world.outcome(&refund).await, "ignored");
}

async fn a_failed_delayed_payment_frees_the_invoice_in_any_order(world: World) {
    let mut session = paid(&open_session(&world).await);
    session["payment_status"] = json!("unpaid");
    let failed = world.sandbox.stripe.event("checkout.session.async_payment_failed", session.clone());
    assert_eq!(world.post_event(&failed).await, StatusCode::OK);
    // The word that the money is on its way comes late.
    assert_eq!(world.post_event(&completed(&world, session.clone())).await, StatusCode::OK);
    assert_eq!(world.column("SELECT state AS value FROM checkout_sessions").await, ["failed"]);
    world.ada.wait_for_dm("Your payment did not arrive").await;
    let second = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    assert!(!second.contains(session["id"].as_str().unwrap()));
    let late = world.sandbox.stripe.event("checkout.session.expired", session);
    assert_eq!(world.post_event(&late).await, StatusCode::OK);
    assert_eq!(world.column("SELECT state AS value FROM checkout_sessions ORDER BY attempt").await, ["failed", "open"]);
    world.sandbox.stripe.pay(&second).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
}

async fn an_event_in_another_form_still_pays(world: World) {
    // The three ways in which a session may come in a form that this build does not read. Stripe
    // itself has it paid, and is asked.
    for (number, change) in [(1, "older"), (2, "unknown enum"), (3, "missing field")] {
        let title = format!("Dragon {change}");
        world.issue(&world.ada, &title, "12.50").await;
        let checkout = world.location(&world.pay_link(&world.ada, &title).await).await;
        world.sandbox.stripe.hold_webhooks();
        world.sandbox.stripe.pay(&checkout).await.unwrap();
        let id = checkout.split("/c/pay/").nth(1).unwrap();
        let mut session = world.sandbox.stripe.session(id).unwrap();
        match change {
            "older" => {
                session["mode"] = Json::Null;
                session["payment_method_types"] = Json::Null;
            }
            "unknown enum" => {
                session["payment_status"] = json!("settled_in_a_new_way");
                session["ui_mode"] = json!("holographic");
            }
            _ => {
                session.as_object_mut().unwrap().remove("payment_status");
            }
        }
        let mut event = completed(&world, session);
        event["api_version"] = json!("2019-05-16");
        assert_eq!(world.post_event(&event).await, StatusCode::OK);
        assert_eq!(world.post_event(&event).await, StatusCode::OK);
        world.ada.wait_for_dm(&title).await;
        world.settled().await;
        assert_eq!(world.status(number).await, "paid", "{change}");
        assert_eq!(world.outcome(&event).await, "applied", "{change}");
        let asked = world.sandbox.recorder.all();
        assert!(asked.iter().any(|request| request.method == "GET" && request.path.contains(id)), "{change}: Stripe was asked");
        world.sandbox.stripe.release_webhooks();
    }
    let told = world.ada.inbox().iter().filter(|dm| dm.text().contains("Your payment arrived")).count();
    assert_eq!(told, 3);
}

async fn the_same_event_twice_or_eight_times_at_once_pays_once(world: World) {
    let session = open_session(&world).await;
    let event = completed(&world, paid(&session));
    let posts = (0..8).map(|_| world.post_event(&event));
    for status in futures::future::join_all(posts).await {
        assert_eq!(status, StatusCode::OK);
    }
    assert_eq!(world.post_event(&event).await, StatusCode::OK);
    // The same payment under another event id, as `async_payment_succeeded` would bring it.
    let again = world.sandbox.stripe.event("checkout.session.async_payment_succeeded", paid(&session));
    assert_eq!(world.post_event(&again).await, StatusCode::OK);
    world.settled().await;
    assert_eq!(world.status(1).await, "paid");
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM payments").await, 1);
    let count = |person: &sandbox::discord::Person, text: &str| person.inbox().iter().filter(|dm| dm.text().contains(text)).count();
    assert_eq!(count(&world.ada, "Your payment arrived"), 1);
    assert_eq!(count(&world.owner, "Payment received"), 1);
}

async fn an_event_before_the_answer_to_create_session_pays(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    // Stripe creates the session, and its answer is lost on the way: three times, then we give up.
    world.sandbox.stripe.faults().add(sandbox::Fault::on("POST", "/v1/checkout/sessions").lose_answer());
    assert_eq!(world.get(&link).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.sandbox.stripe.faults().clear();
    let sessions = world.sandbox.stripe.sessions();
    assert_eq!(sessions.len(), 1, "the idempotency key kept it to one");
    let event = completed(&world, paid(&sessions[0]));
    assert_eq!(world.post_event(&event).await, StatusCode::OK);
    assert_eq!(world.outcome(&event).await, "applied");
    assert_eq!(world.status(1).await, "paid");
    world.ada.wait_for_dm("Your payment arrived").await;
}

async fn the_database_holds_no_readable_body(world: World) {
    let mut session = paid(&open_session(&world).await);
    session["customer_details"] =
        json!({ "email": "ada@example.com", "name": "Ada", "address": null, "phone": null, "tax_exempt": "none", "tax_ids": [] });
    let event = completed(&world, session);
    assert_eq!(world.post_event(&event).await, StatusCode::OK);
    let id = event["id"].as_str().unwrap();
    let body = world.column(&format!("SELECT body AS value FROM stripe_events WHERE id = '{id}'")).await.remove(0);
    // No three letters: base64 holds any of them by chance.
    assert!(!body.contains("@example.com") && !body.contains('{'), "{body}");
    let opened = world.app().keys.open(&format!("stripe_events/{id}"), &body).unwrap();
    assert!(String::from_utf8(opened).unwrap().contains("ada@example.com"));

    // Thirty days later the body is gone; what happened stays.
    world.app().clock.advance(std::time::Duration::from_secs(31 * 24 * 60 * 60));
    until("the body is dropped", || async {
        world
            .number(&format!("SELECT COUNT(*) AS value FROM stripe_events WHERE id = '{id}' AND body IS NULL AND outcome = 'applied'"))
            .await
            == 1
    })
    .await;
}

async fn health_tells_what_works(world: World) {
    assert_eq!(world.get(&format!("{}/health/live", world.url)).await.status(), StatusCode::OK);
    let ready = format!("{}/health/ready", world.url);
    assert_eq!(world.get(&ready).await.status(), StatusCode::OK);

    // The storage is asked twice a minute at most, and not by every poll.
    world.sandbox.storage.faults().add(sandbox::Fault::on("*", "/").status(503));
    assert_eq!(world.get(&ready).await.status(), StatusCode::OK);
    world.app().clock.advance(std::time::Duration::from_secs(30));
    let answer = world.get(&ready).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let report: Json = answer.json().await.unwrap();
    assert_eq!(
        report,
        serde_json::json!({ "database": "ok", "storage": "failing", "outbox": "ok", "alarms": [] }),
        "nobody else sees counters"
    );
    world.sandbox.storage.faults().clear();
    assert_eq!(world.get(&ready).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.app().clock.advance(std::time::Duration::from_secs(30));
    assert_eq!(world.get(&ready).await.status(), StatusCode::OK);

    // Discord is away: what waits in the outbox grows old.
    world.sandbox.discord.faults().add(sandbox::Fault::on("POST", "/api/v10/users/@me/channels").status(503));
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.failed_try().await;
    world.app().clock.advance(std::time::Duration::from_secs(11 * 60));
    assert_eq!(world.get(&ready).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    world.sandbox.discord.faults().clear();
    // The try that was under way must be over, or its pause begins after this.
    world.failed_try().await;
    world.app().clock.advance(std::time::Duration::from_secs(16 * 60));
    world.ada.wait_for_dm("Dragon rig").await;
}

async fn pages_are_safe_and_name_no_token(world: World) {
    world.issue(&world.ada, "<b>Dragon</b>", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon").await;
    let token = link.rsplit('/').next().unwrap().to_owned();
    let before = world.number("SELECT COUNT(*) AS value FROM audit").await;
    let head = world.head(&link).await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM audit").await, before, "HEAD does nothing");
    assert!(head.headers().get("location").is_none());
    let done = world.get(&format!("{link}/done")).await;
    for answer in [head, done, world.get(&format!("{link}/cancelled")).await, world.get(&format!("{}/nowhere", world.url)).await] {
        let headers = answer.headers().clone();
        for (name, part) in [
            ("content-security-policy", "frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
        ] {
            assert!(headers[name].to_str().unwrap().contains(part), "{name}: {headers:?}");
        }
        assert!(headers.contains_key("x-request-id"));
        assert!(!headers.contains_key("strict-transport-security"), "not on http");
        let page = answer.text().await.unwrap();
        assert!(!page.contains("<b>Dragon") && !page.contains("http://localhost") && !page.contains("<script>"), "{page}");
    }
    // Both pages that are not the customer's: an altered token, and one of the other kind.
    for path in [format!("/pay/{}", token.to_lowercase()), format!("/d/{token}"), "/pay/x".into(), format!("/pay/{}", "A".repeat(5000))] {
        assert_eq!(world.get(&format!("{}{path}", world.url)).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
