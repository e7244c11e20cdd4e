//! Reminders of what is due, and who opened a download link.

use std::time::Duration;

use crate::world::*;

each_backend!(
    a_customer_is_reminded_once_for_each_day_that_is_set,
    nobody_is_reminded_unless_it_is_set,
    what_is_paid_or_new_is_not_reminded_of,
    an_opened_link_is_kept_for_180_days_and_sealed,
    a_step_that_fails_keeps_no_other_from_being_done,
);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn reminders(world: &World) -> usize {
    world.ada.inbox().iter().filter(|dm| dm.text().contains("this invoice is due")).count()
}

async fn issue_due(world: &World, title: &str, due: &str) {
    let options = vec![("user", (&world.ada).into()), ("title", title.into()), ("amount", "5".into()), ("due", due.into())];
    slash(&world.desk(), "/billing issue", options).await;
    world.ada.wait_for_dm(title).await;
}

/// Lets time pass, and waits until a worker looked at what is due: forgetting an old link is the last
/// thing that it does then.
async fn pass(world: &World, by: Duration) {
    let week = DAY * 7;
    let expired = world.app().clock.now().plus(by).minus(week).as_millis() - 1;
    let mut tx = world.app().db.write().await.unwrap();
    let marker = format!(
        "INSERT INTO links (id, kind, invoice_id, created_at, expires_at) SELECT 'old', 'download', id, 0, {expired} FROM invoices LIMIT 1"
    );
    sqlx::query(sqlx::AssertSqlSafe(marker)).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    world.sandbox.clock.advance(by);
    world.app().clock.advance(by);
    until("the worker looked", || async { world.number("SELECT COUNT(*) AS value FROM links WHERE id = 'old'").await == 0 }).await;
    world.settled().await;
}

async fn a_customer_is_reminded_once_for_each_day_that_is_set(world: World) {
    world.restart(&[("PAYMENTS__REMINDER_DAYS", "0, 3".into())]).await;
    issue_due(&world, "Dragon rig", "7d").await;
    pass(&world, 3 * DAY).await;
    assert_eq!(reminders(&world), 0);
    // From nine o'clock on, three days before.
    pass(&world, 2 * DAY).await;
    let told = world.ada.wait_for_dm("this invoice is due").await;
    assert!(told.text().contains("Dragon rig") && told.button("Pay").is_some(), "{}", told.text());
    pass(&world, DAY).await;
    assert_eq!(reminders(&world), 1, "once");
    pass(&world, 2 * DAY).await;
    assert_eq!(reminders(&world), 2, "on the day itself");
    pass(&world, 3 * DAY).await;
    assert_eq!(reminders(&world), 2);
}

async fn nobody_is_reminded_unless_it_is_set(world: World) {
    issue_due(&world, "Dragon rig", "2d").await;
    pass(&world, 2 * DAY).await;
    assert_eq!(reminders(&world), 0);
}

async fn what_is_paid_or_new_is_not_reminded_of(world: World) {
    world.restart(&[("PAYMENTS__REMINDER_DAYS", "3".into())]).await;
    issue_due(&world, "Dragon rig", "5d").await;
    world.pay(&world.ada, "Dragon rig").await;
    // Told of it within the three days: that is enough.
    issue_due(&world, "Castle", "2d").await;
    pass(&world, 2 * DAY + Duration::from_secs(60 * 60)).await;
    assert_eq!(reminders(&world), 0);
}

async fn an_opened_link_is_kept_for_180_days_and_sealed(world: World) {
    world.restart(&[("WEB__TRUSTED_PROXIES", "127.0.0.0/8".into())]).await;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    let id = world.deliverable_id(&world.ada).await;
    let got = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.into())]).await;
    let link = got.message.button("Download").unwrap().url.unwrap();
    let opened = world.get_for(&link, "192.0.2.66, 198.51.100.7").await;
    assert!(opened.status().is_redirection());
    let app = world.app();
    let invoice = shared::types::InvoiceId::parse(&world.column("SELECT id AS value FROM invoices").await[0]).unwrap();
    let openings = shared::domain::deliverables::openings(&app, &mut app.db.read().await.unwrap(), &invoice).await.unwrap();
    assert_eq!((openings.len(), openings[0].address.as_str(), openings[0].version), (1, "198.51.100.7", 1));
    assert!(!world.column("SELECT address AS value FROM openings").await[0].contains("198.51"), "sealed");
    pass(&world, 179 * DAY).await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM openings").await, 1);
    pass(&world, 2 * DAY).await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM openings").await, 0);
}

async fn a_step_that_fails_keeps_no_other_from_being_done(world: World) {
    world.restart(&[("PAYMENTS__REMINDER_DAYS", "3".into())]).await;
    issue_due(&world, "Dragon rig", "5d").await;
    let mut tx = world.app().db.write().await.unwrap();
    sqlx::query("ALTER TABLE sign_ins RENAME TO sign_ins_elsewhere").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    // Forgetting sign-ins fails; the link that this waits for is forgotten after it.
    pass(&world, 3 * DAY).await;
    assert_eq!(reminders(&world), 1);
}
