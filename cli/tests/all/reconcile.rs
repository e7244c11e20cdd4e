//! Webhooks that never arrive cost minutes, not an invoice.

use std::time::Duration;

use crate::world::*;

each_backend!(
    what_never_arrived_is_found_by_the_sweep,
    staff_compares_at_once,
    one_invoice_is_asked_about,
    one_invoice_is_asked_about_its_refunds,
    a_payment_page_whose_end_was_never_told_is_settled,
    what_arrived_is_applied_once,
);

const HOUR: Duration = Duration::from_secs(61 * 60);

fn advance(world: &World, by: Duration) {
    world.sandbox.clock.advance(by);
    world.app().clock.advance(by);
}

async fn compare(world: &World, options: Vec<(&'static str, sandbox::discord::Value)>) -> String {
    let reply = slash(&world.desk(), "/billing reconcile", options).await;
    assert!(reply.ephemeral);
    reply.latest().text()
}

async fn what_never_arrived_is_found_by_the_sweep(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    until("the first look is over", || async {
        world.number("SELECT COUNT(*) AS value FROM reconciliation WHERE done_until IS NOT NULL").await == 1
    })
    .await;
    world.sandbox.stripe.hold_webhooks();
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    let session = world.sandbox.stripe.sessions()[0]["id"].as_str().unwrap().to_owned();
    world.sandbox.stripe.refund(&session, Some(250)).unwrap();
    advance(&world, HOUR);
    // An owner can mend that events do not arrive.
    world.owner.wait_for_dm("do not arrive by themselves").await;
    world.ada.wait_for_dm("Your payment arrived").await;
    // The refund may have been looked at before its payment, and then comes back a little later.
    world.failed_try().await;
    advance(&world, Duration::from_secs(60));
    world.ada.wait_for_dm("your bank may take").await;
    assert_eq!(world.status(1).await, "paid");
    assert_eq!(world.number("SELECT amount_minor AS value FROM refunds").await, 250);
    // What arrives after all changes nothing more.
    world.sandbox.stripe.release_webhooks();
    world.sandbox.stripe.delivered("checkout.session.completed").await;
    world.owner.wait_for_dm("It works again").await;
    world.settled().await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM payments").await, 1);
    assert_eq!(world.ada.inbox().iter().filter(|dm| dm.text().contains("Your payment arrived")).count(), 1);
}

async fn staff_compares_at_once(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.hold_webhooks();
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    let found = compare(&world, vec![("since", "1d".into())]).await;
    assert!(found.contains("one event, of which 1 had never arrived"), "{found}");
    world.ada.wait_for_dm("Your payment arrived").await;
    let again = compare(&world, vec![]).await;
    assert!(again.contains("of which 0 had never arrived"), "{again}");
    for (since, sentence) in [("x", "is not a day"), ("2099-01-01", "is not over")] {
        let refused = compare(&world, vec![("since", since.into())]).await;
        assert!(refused.contains(sentence), "{refused}");
    }
    let audit = world.column("SELECT detail AS value FROM audit WHERE action = 'reconciled' ORDER BY seq").await;
    assert_eq!(audit.len(), 2, "{audit:?}");
    world.sandbox.stripe.faults().add(sandbox::Fault::on("GET", "/v1/events").status(500));
    let away = compare(&world, vec![]).await;
    assert!(away.contains("Stripe is not answering"), "{away}");
    world.sandbox.stripe.release_webhooks();
}

async fn one_invoice_is_asked_about(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let nothing = compare(&world, vec![("invoice", "1".into())]).await;
    assert!(nothing.contains("0 payment pages"), "{nothing}");
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.hold_webhooks();
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    let found = compare(&world, vec![("invoice", "1".into())]).await;
    assert!(found.contains("one payment page"), "{found}");
    world.ada.wait_for_dm("Your payment arrived").await;
    let absent = compare(&world, vec![("invoice", "9".into())]).await;
    assert!(absent.contains("Invoice not found"), "{absent}");
    world.sandbox.stripe.release_webhooks();
}

async fn a_payment_page_whose_end_was_never_told_is_settled(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.hold_webhooks();
    advance(&world, Duration::from_secs(24 * 60 * 60));
    until("the page is settled", || async { world.column("SELECT state AS value FROM checkout_sessions").await == ["expired"] }).await;
    assert_eq!(world.status(1).await, "pending");
    world.sandbox.stripe.release_webhooks();
}

async fn what_arrived_is_applied_once(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    let looks = futures::future::join_all((0..3).map(|_| compare(&world, vec![("since", "2d".into())]))).await;
    assert!(looks.iter().all(|found| found.contains("of which 0 had never arrived")), "{looks:?}");
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM payments").await, 1);
}

async fn one_invoice_is_asked_about_its_refunds(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.settled().await;
    world.sandbox.stripe.hold_webhooks();
    let session = world.sandbox.stripe.sessions()[0]["id"].as_str().unwrap().to_owned();
    world.sandbox.stripe.refund(&session, Some(250)).unwrap();
    let both = compare(&world, vec![("invoice", "1".into()), ("since", "1d".into())]).await;
    assert!(both.contains("not both"), "{both}");
    advance(&world, Duration::from_secs(60));
    let said = compare(&world, vec![("invoice", "1".into())]).await;
    assert!(said.contains("Stripe") || said.contains("event"), "{said}");
    world.ada.wait_for_dm("**2.50 USD** back to you").await;
    // Who looks at a part of the time leaves the rest to the sweep.
    world.restart(&[("PAYMENTS__RECONCILE_MINUTES", "0".into())]).await;
    advance(&world, 72 * HOUR);
    let mut tx = world.app().db.write().await.unwrap();
    sqlx::query("UPDATE reconciliation SET done_until = 1").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    compare(&world, vec![("since", "0d".into())]).await;
    assert_eq!(world.column("SELECT CAST(done_until AS TEXT) AS value FROM reconciliation").await, ["1"]);
}
