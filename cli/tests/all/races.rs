//! What happens at once, or in another order than one would think.

use std::time::Duration;

use sandbox::Fault;
use sandbox::discord::{Person, Value};

use crate::world::*;

each_backend!(
    a_late_word_about_an_old_page_leaves_an_edit_waiting,
    a_late_word_about_an_old_page_leaves_a_revocation_waiting,
    a_stale_job_about_an_old_page_leaves_an_edit_waiting,
    editing_and_attaching_at_once,
    two_staff_bill_each_other_at_once,
    a_page_of_stripes_other_mode_holds_a_revocation_up_until_its_time_is_over,
);

/// An invoice whose first page is over, without Stripe's word about it, and whose second page is
/// open; Stripe closes no page. Returns the second page.
async fn second_page(world: &World) -> String {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    let one = world.location(&link).await;
    world.settled().await;
    world.sandbox.stripe.hold_webhooks();
    let day = Duration::from_secs(23 * 60 * 60 + 60);
    world.sandbox.clock.advance(day);
    world.app().clock.advance(day);
    let two = world.location(&link).await;
    assert_ne!(one, two);
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/checkout/sessions/").status(503));
    two
}

/// The money that the invoice asks for and the money that came.
async fn owed_and_paid(world: &World) -> Vec<String> {
    let sums = "SELECT CAST(i.amount_minor AS TEXT) || ' ' || CAST(p.amount_minor AS TEXT) AS value
                FROM invoices i JOIN payments p ON p.invoice_id = i.id";
    world.column(sums).await
}

async fn a_late_word_about_an_old_page_leaves_an_edit_waiting(world: World) {
    let two = second_page(&world).await;
    let options = vec![("invoice", "1".into()), ("amount", "200".into())];
    let begun = slash(&world.desk(), "/billing edit", options).await;
    assert!(begun.text().contains("as soon as Stripe has closed the payment page"), "{}", begun.text());
    world.sandbox.stripe.release_webhooks();
    world.sandbox.stripe.delivered("checkout.session.expired").await;
    assert_eq!(world.number("SELECT amount_minor AS value FROM invoices").await, 1250, "the second page is open");
    world.sandbox.stripe.pay(&two).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
    assert_eq!(owed_and_paid(&world).await, ["1250 1250"]);
    let dropped = world.column("SELECT detail AS value FROM audit WHERE action = 'change dropped'").await;
    assert_eq!(dropped, ["edit"]);
    world.expect_job("expire_session");
}

async fn a_late_word_about_an_old_page_leaves_a_revocation_waiting(world: World) {
    second_page(&world).await;
    let question = slash(&world.desk(), "/billing revoke", vec![("invoice", "1".into()), ("reason", "x".into())]).await;
    press(&world.owner, &question.message, "Revoke").await;
    world.sandbox.stripe.release_webhooks();
    world.sandbox.stripe.delivered("checkout.session.expired").await;
    assert_eq!(world.status(1).await, "pending", "somebody could still pay");
    world.failed_try().await;
    world.sandbox.stripe.faults().clear();
    world.sandbox.clock.advance(Duration::from_secs(60));
    world.app().clock.advance(Duration::from_secs(60));
    world.ada.wait_for_dm("took this invoice back").await;
    assert_eq!(world.status(1).await, "revoked");
}

async fn a_stale_job_about_an_old_page_leaves_an_edit_waiting(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    world.location(&link).await;
    world.settled().await;
    // Stripe closes the first page, and its answer is lost: the job waits to try again.
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/checkout/sessions/").lose_answer());
    slash(&world.desk(), "/billing edit", vec![("invoice", "1".into()), ("amount", "20".into())]).await;
    world.sandbox.stripe.delivered("checkout.session.expired").await;
    until("the edit counts", || async { world.number("SELECT amount_minor AS value FROM invoices").await == 2000 }).await;
    world.failed_try().await;
    let two = world.location(&link).await;
    world.sandbox.stripe.faults().clear();
    let second = world.sandbox.stripe.sessions()[1]["id"].as_str().unwrap().to_owned();
    world.sandbox.stripe.faults().add(Fault::on("POST", &format!("/v1/checkout/sessions/{second}")).status(503));
    slash(&world.desk(), "/billing edit", vec![("invoice", "1".into()), ("amount", "300".into())]).await;
    world.failed_try().await;
    world.app().clock.advance(Duration::from_secs(20));
    world.failed_try().await;
    assert_eq!(world.number("SELECT amount_minor AS value FROM invoices").await, 2000, "the second page is open");
    world.sandbox.stripe.pay(&two).await.unwrap();
    until("it is paid", || async { world.status(1).await == "paid" }).await;
    assert_eq!(owed_and_paid(&world).await, ["2000 2000"]);
    world.expect_job("expire_session");
}

async fn editing_and_attaching_at_once(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let tasks = (0..24).map(|at| {
        let world = world.clone();
        tokio::spawn(async move {
            let (command, options) = match at % 2 {
                0 => ("/billing edit", vec![("invoice", "1".into()), ("description", format!("Take {at}").into())]),
                _ => ("/deliver add", vec![("invoice", "1".into()), ("file", Value::file("a.zip", "application/zip", "bytes"))]),
            };
            answered(&slash(&world.desk(), command, options).await).await.text()
        })
    });
    for done in futures::future::join_all(tasks).await {
        let text = done.unwrap();
        assert!(text.contains("is changed") || text.contains("Attached to invoice"), "{text}");
    }
}

async fn two_staff_bill_each_other_at_once(world: World) {
    slash(&world.desk(), "/staff add", vec![("permission", "billing".into()), ("user", (&world.ben).into())]).await;
    let tasks = (0..24).map(|at| {
        let world = world.clone();
        tokio::spawn(async move {
            let (from, to): (&Person, &Person) = if at % 2 == 0 { (&world.owner, &world.ben) } else { (&world.ben, &world.owner) };
            let options = vec![("user", to.into()), ("title", "Rig".into()), ("amount", "5".into())];
            forge(&from.in_channel(&world.general), "/billing issue", options).await.latest().text()
        })
    });
    for done in futures::future::join_all(tasks).await {
        let text = done.unwrap();
        assert!(text.contains("is issued"), "{text}");
    }
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM invoices").await, 24);
}

/// The 23 hours of a page, and the 24 that Stripe may keep one open.
const TWO_DAYS: std::time::Duration = std::time::Duration::from_secs(48 * 60 * 60);

async fn a_page_of_stripes_other_mode_holds_a_revocation_up_until_its_time_is_over(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    let mut tx = world.app().db.write().await.unwrap();
    sqlx::query("UPDATE checkout_sessions SET livemode = 1").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let question = slash(&world.desk(), "/billing revoke", vec![("invoice", "1".into()), ("reason", "x".into())]).await;
    press(&world.owner, &question.message, "Revoke").await;
    // Nobody can ask Stripe about it with this key, and somebody may still pay there.
    world.owner.wait_for_dm("does not know the open payment page").await;
    assert_eq!(world.status(1).await, "pending");
    world.failed_try().await;
    world.sandbox.clock.advance(TWO_DAYS);
    world.app().clock.advance(TWO_DAYS);
    world.ada.wait_for_dm("took this invoice back").await;
    assert_eq!(world.status(1).await, "revoked");
}
