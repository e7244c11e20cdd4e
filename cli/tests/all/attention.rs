//! What needs a person: kept events, jobs that were given up, refunds that failed.

use std::time::Duration;

use reqwest::StatusCode;
use sandbox::Fault;
use sandbox::discord::{Clicked, Reply};
use serde_json::{Value as Json, json};

use crate::world::*;

each_backend!(
    a_payment_that_does_not_fit_is_told_of_and_settled,
    an_unread_event_is_replayed_once_its_payment_is_here,
    a_refund_that_failed_is_tried_again_or_let_go,
    a_message_that_was_given_up_is_retried,
    a_refund_that_was_given_up_is_dropped,
    a_late_refund_that_failed_is_tried_again,
    two_staff_settle_the_same_thing_at_once,
);

async fn attention(world: &World) -> Reply {
    let reply = slash(&world.desk(), "/billing attention", vec![]).await;
    assert!(reply.ephemeral);
    reply
}

async fn nothing_is_left(world: &World) {
    let text = attention(world).await.text();
    assert!(text.contains("Nothing needs you"), "{text}");
}

/// The card of the one thing that needs a person.
async fn card(world: &World) -> Reply {
    let list = attention(world).await;
    let names = names(&list);
    assert_eq!(names.len(), 1, "{}", list.text());
    world.owner.select(&list.message, "v1:attention:", &[&names[0]]).await.unwrap().reply().unwrap()
}

/// What the select of the list offers.
fn names(list: &Reply) -> Vec<String> {
    let selects = list.message.components.iter().flat_map(|row| row["components"].as_array().unwrap());
    let options = selects.flat_map(|select| select["options"].as_array().unwrap());
    options.map(|option| option["value"].as_str().unwrap().to_owned()).collect()
}

/// Lets go what a card is about.
async fn drop_it(world: &World, card: &Reply, reason: &str) -> String {
    let Ok(Clicked::Modal(form)) = world.owner.click(&card.message, "Drop").await else { panic!("no form") };
    world.owner.submit(&form, [("reason", reason)]).await.unwrap().reply().unwrap().latest().text()
}

async fn audited(world: &World) -> Vec<String> {
    world
        .column("SELECT action || ' ' || target || ' ' || detail AS value FROM audit WHERE action IN ('event replayed', 'tried again', 'dropped') ORDER BY seq")
        .await
}

async fn paid_session(world: &World) -> Json {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    let mut session = world.sandbox.stripe.sessions()[0].clone();
    session["status"] = json!("complete");
    session["payment_status"] = json!("paid");
    session
}

async fn a_payment_that_does_not_fit_is_told_of_and_settled(world: World) {
    nothing_is_left(&world).await;
    let mut session = paid_session(&world).await;
    session["amount_total"] = Json::Null;
    let event = world.sandbox.stripe.event("checkout.session.completed", session);
    assert_eq!(world.post_event(&event).await, StatusCode::OK);
    let told = world.owner.wait_for_dm("does not fit this invoice").await;
    assert!(told.text().contains("/billing attention"), "{}", told.text());
    let list = attention(&world).await;
    assert!(list.text().contains("#1 · amount not readable: checkout.session.completed"), "{}", list.text());
    let shown = card(&world).await;
    assert!(shown.ephemeral && shown.text().contains("Stripe does not say how much"), "{}", shown.text());
    assert!(shown.text().contains(event["id"].as_str().unwrap()), "{}", shown.text());
    // What it is stands below the title, in words of ours and Stripe's.
    let embed = &shown.message.embeds[0];
    assert_eq!(embed["title"], "What needs a person");
    assert!(embed["description"].as_str().unwrap().starts_with("**#1 · amount not readable: checkout.session.completed**"), "{embed}");
    // At Stripe the page is still open: nothing was paid there.
    let replayed = press(&world.owner, &shown.message, "Replay").await.text();
    assert!(replayed.contains("Stripe was asked again: **not paid yet**"), "{replayed}");
    nothing_is_left(&world).await;
    assert_eq!(world.status(1).await, "pending");
    let id = event["id"].as_str().unwrap();
    assert_eq!(audited(&world).await, [format!("event replayed event:{id} unpaid")]);
    let log = slash(&world.desk(), "/audit list", vec![("target", format!("event:{id}").into())]).await.text();
    assert!(log.contains("event replayed"), "{log}");
    let over = world.owner.forge_click(&format!("v1:again:event:{id}"), Some(&shown.message)).await.unwrap().reply().unwrap();
    assert!(over.text().contains("somebody settled it"), "{}", over.text());
}

async fn an_unread_event_is_replayed_once_its_payment_is_here(world: World) {
    let checkout = {
        world.issue(&world.ada, "Dragon rig", "12.50").await;
        world.location(&world.pay_link(&world.ada, "Dragon rig").await).await
    };
    world.sandbox.stripe.hold_webhooks();
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    let session = world.sandbox.stripe.sessions()[0]["id"].as_str().unwrap().to_owned();
    world.sandbox.stripe.refund(&session, None).unwrap();
    let events = world.sandbox.stripe.events();
    let about = |kind: &str| events.iter().find(|event| event["type"] == kind).unwrap_or_else(|| panic!("no {kind}")).clone();
    assert_eq!(world.post_event(&about("refund.created")).await, StatusCode::OK);
    world.failed_try().await;
    let shown = card(&world).await;
    assert!(shown.text().contains("not readable yet") && shown.text().contains("read again by itself"), "{}", shown.text());
    let replayed = press(&world.owner, &shown.message, "Replay").await.text();
    assert!(replayed.contains("still **not readable yet**"), "{replayed}");
    assert_eq!(world.post_event(&about("checkout.session.completed")).await, StatusCode::OK);
    world.ada.wait_for_dm("Your payment arrived").await;
    let shown = card(&world).await;
    let replayed = press(&world.owner, &shown.message, "Replay").await.text();
    assert!(replayed.contains("**applied**"), "{replayed}");
    world.ada.wait_for_dm("your bank may take").await;
    nothing_is_left(&world).await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM outbox WHERE kind = 'read_event'").await, 0, "its job is gone with it");
}

/// Ada's paid invoice #1, and a refund of it that Stripe refuses.
async fn failed_refund(world: &World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/refunds").status(400).times(1));
    let question = slash(&world.desk(), "/billing refund", vec![("invoice", "1".into()), ("reason", "Sorry".into())]).await;
    press(&world.owner, &question.message, "Refund").await;
    let told = world.owner.wait_for_dm("A refund of this invoice failed").await;
    assert!(told.text().contains("/billing attention"), "{}", told.text());
}

async fn a_refund_that_failed_is_tried_again_or_let_go(world: World) {
    failed_refund(&world).await;
    let shown = card(&world).await;
    assert!(shown.text().contains("#1 · 12.50 USD · Refund failed"), "{}", shown.text());
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/refunds").status(400).times(1));
    let again = press(&world.owner, &shown.message, "Retry").await.text();
    assert!(again.contains("asked again to send **12.50 USD** back"), "{again}");
    until("it fails again", || async { world.number("SELECT COUNT(*) AS value FROM refunds WHERE status = 'failed'").await == 2 }).await;
    let shown = card(&world).await;
    press(&world.owner, &shown.message, "Retry").await;
    world.ada.wait_for_dm("your bank may take").await;
    nothing_is_left(&world).await;
    assert_eq!(audited(&world).await, ["tried again invoice:1 12.50 USD"; 2]);

    world.issue(&world.ada, "Castle", "5").await;
    world.pay(&world.ada, "Castle").await;
    until("it is paid", || async { world.status(2).await == "paid" }).await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/refunds").status(400).times(1));
    let question = slash(&world.desk(), "/billing refund", vec![("invoice", "2".into()), ("reason", "Sorry".into())]).await;
    press(&world.owner, &question.message, "Refund").await;
    until("it fails", || async { world.number("SELECT COUNT(*) AS value FROM refunds WHERE needs_person = 1").await == 1 }).await;
    let shown = card(&world).await;
    let without = drop_it(&world, &shown, " ").await;
    assert!(without.contains("reason"), "{without}");
    let dropped = drop_it(&world, &card(&world).await, "Paid by bank transfer").await;
    assert!(dropped.contains("It is dropped"), "{dropped}");
    nothing_is_left(&world).await;
    assert_eq!(audited(&world).await.last().unwrap(), "dropped invoice:2 Paid by bank transfer");
}

async fn give_up(world: &World) {
    world.failed_try().await;
    world.app().clock.advance(Duration::from_secs(25 * 60 * 60));
    until("it is given up", || async { world.number("SELECT COUNT(*) AS value FROM outbox WHERE state = 'given_up'").await == 1 }).await;
}

async fn a_message_that_was_given_up_is_retried(world: World) {
    let opening = || Fault::on("POST", "/api/v10/users/@me/channels").status(500);
    world.sandbox.discord.faults().add(opening());
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    give_up(&world).await;
    world.sandbox.discord.faults().clear();
    let shown = card(&world).await;
    assert!(shown.text().contains("#1 · Given up: send a message") && shown.text().contains("times"), "{}", shown.text());
    let retried = press(&world.owner, &shown.message, "Retry").await.text();
    assert!(retried.contains("being tried again"), "{retried}");
    world.ada.wait_for_dm("Dragon rig").await;
    nothing_is_left(&world).await;
    assert!(audited(&world).await[0].starts_with("tried again job:"));
}

async fn a_refund_that_was_given_up_is_dropped(world: World) {
    world.issue(&world.ada, "Castle", "5").await;
    world.pay(&world.ada, "Castle").await;
    world.settled().await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/refunds").status(500));
    let question = slash(&world.desk(), "/billing refund", vec![("invoice", "1".into()), ("reason", "Sorry".into())]).await;
    press(&world.owner, &question.message, "Refund").await;
    give_up(&world).await;
    let shown = card(&world).await;
    assert!(shown.text().contains("#1 · 5.00 USD · Given up: send money back"), "{}", shown.text());
    assert!(drop_it(&world, &shown, "Paid back by hand").await.contains("It is dropped"));
    nothing_is_left(&world).await;
    assert_eq!(world.column("SELECT status AS value FROM refunds").await, ["canceled"]);
    world.sandbox.stripe.faults().clear();
    // The money can be sent back by another refund.
    let question = slash(&world.desk(), "/billing refund", vec![("invoice", "1".into()), ("reason", "Sorry".into())]).await;
    press(&world.owner, &question.message, "Refund").await;
    world.ada.wait_for_dm("your bank may take").await;
    let log = audited(&world).await;
    assert!(log.len() == 1 && log[0].ends_with("Paid back by hand"), "{log:?}");
}

async fn a_late_refund_that_failed_is_tried_again(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/checkout/sessions/").status(500));
    let question = slash(&world.desk(), "/billing revoke", vec![("invoice", "1".into()), ("reason", "x".into())]).await;
    press(&world.owner, &question.message, "Revoke").await;
    world.failed_try().await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/refunds").status(400).times(1));
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.owner.wait_for_dm("A refund of this invoice failed").await;
    assert_eq!(world.status(1).await, "revoked");
    let shown = card(&world).await;
    press(&world.owner, &shown.message, "Retry").await;
    world.ada.wait_for_dm("your bank may take").await;
    assert_eq!(world.sandbox.stripe.refunds().len(), 1);
    nothing_is_left(&world).await;
    // Closing the page waits for its next try.
    world.expect_job("expire_session waiting");
}

async fn two_staff_settle_the_same_thing_at_once(world: World) {
    slash(&world.desk(), "/staff add", vec![("permission", "billing".into()), ("user", (&world.ben).into())]).await;
    failed_refund(&world).await;
    let list = attention(&world).await;
    let again = format!("v1:again:{}", names(&list)[0]);
    let desks = [&world.owner, &world.ben];
    let clicks = desks.map(|person| async { person.forge_click(&again, Some(&list.message)).await.unwrap().reply().unwrap().text() });
    let texts = futures::future::join_all(clicks).await;
    assert_eq!(texts.iter().filter(|text| text.contains("asked again to send")).count(), 1, "{texts:?}");
    assert_eq!(texts.iter().filter(|text| text.contains("somebody settled it")).count(), 1, "{texts:?}");
    world.ada.wait_for_dm("your bank may take").await;
    assert_eq!(world.sandbox.stripe.refunds().len(), 1);
}
