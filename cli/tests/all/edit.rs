//! Changing a pending invoice, and the day it is due.

use reqwest::StatusCode;
use sandbox::Fault;
use sandbox::discord::Value;

use crate::world::*;

each_backend!(
    an_invoice_without_an_open_page_changes_at_once,
    an_open_page_is_closed_before_another_amount_counts,
    what_is_not_on_the_page_changes_at_once,
    the_customer_may_be_faster_than_the_edit,
    stripe_being_away_delays_an_edit_and_nobody_can_pay,
    a_revocation_wins_over_an_edit,
    only_a_pending_invoice_can_be_edited,
    a_day_is_read_where_the_person_is,
    an_invoice_is_issued_with_its_file,
);

async fn edit(world: &World, options: Vec<(&'static str, Value)>) -> String {
    let options = [vec![("invoice", "1".into())], options].concat();
    let reply = slash(&world.desk(), "/billing edit", options).await;
    assert!(reply.ephemeral);
    reply.text()
}

async fn amount(world: &World) -> i64 {
    world.number("SELECT amount_minor AS value FROM invoices WHERE number = 1").await
}

async fn an_invoice_without_an_open_page_changes_at_once(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    let done = edit(&world, vec![("title", "Dragon & saddle".into()), ("amount", "20".into()), ("currency", "eur".into())]).await;
    assert!(done.contains("Invoice **#1** is changed") && done.contains("20.00 EUR"), "{done}");
    let told = world.ada.wait_for_dm("The studio changed this invoice").await;
    assert!(told.text().contains("Dragon & saddle") && told.button("Pay").is_some(), "{}", told.text());
    let checkout = world.location(&link).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
    let paid = world.column("SELECT CAST(amount_minor AS TEXT) || currency AS value FROM payments").await;
    assert_eq!(paid, ["2000EUR"]);
    let audit = world.column("SELECT detail AS value FROM audit WHERE action = 'invoice edited'").await;
    assert_eq!(audit, ["amount 12.50 USD to 20.00 EUR, title"]);
    let nothing = edit(&world, vec![]).await;
    assert!(nothing.contains("changes nothing"), "{nothing}");
}

async fn an_open_page_is_closed_before_another_amount_counts(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    let old = world.location(&link).await;
    let begun = edit(&world, vec![("amount", "20".into())]).await;
    assert!(begun.contains("as soon as Stripe has closed the payment page") && begun.contains("**20.00 USD**"), "{begun}");
    world.ada.wait_for_dm("The studio changed this invoice").await;
    assert_eq!(amount(&world).await, 2000);
    assert!(world.sandbox.stripe.pay(&old).await.is_err(), "nobody can pay the old amount");
    let checkout = world.location(&link).await;
    assert_ne!(checkout, old);
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
    assert_eq!(world.number("SELECT amount_minor AS value FROM payments").await, 2000);
    // Stripe's own word about the old page changes nothing more.
    world.sandbox.stripe.delivered("checkout.session.expired").await;
    world.settled().await;
    assert_eq!(world.ada.inbox().iter().filter(|dm| dm.text().contains("changed this invoice")).count(), 1);
}

async fn what_is_not_on_the_page_changes_at_once(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    let checkout = world.location(&link).await;
    let done = edit(&world, vec![("description", "With *scales*".into()), ("due", "14d".into())]).await;
    assert!(done.contains("is changed") && done.contains("With \\*scales\\*") && done.contains("Due"), "{done}");
    assert_eq!(world.location(&link).await, checkout, "the page stays");
    let gone = edit(&world, vec![("description", "-".into()), ("due", "-".into())]).await;
    assert!(!gone.contains("scales") && !gone.contains("Due"), "{gone}");
}

async fn the_customer_may_be_faster_than_the_edit(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.hold_webhooks();
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    edit(&world, vec![("amount", "20".into())]).await;
    world.ada.wait_for_dm("Your payment arrived").await;
    assert_eq!((world.status(1).await.as_str(), amount(&world).await), ("paid", 1250));
    world.sandbox.stripe.release_webhooks();
    world.sandbox.stripe.delivered("checkout.session.completed").await;
    world.settled().await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM invoices WHERE edit IS NOT NULL OR editing_at IS NOT NULL").await, 0);
    assert!(world.ada.inbox().iter().all(|dm| !dm.text().contains("changed this invoice")));
}

async fn stripe_being_away_delays_an_edit_and_nobody_can_pay(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    world.location(&link).await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/checkout/sessions/").status(500));
    edit(&world, vec![("amount", "20".into())]).await;
    let page = world.get(&link).await;
    assert_eq!(page.status(), StatusCode::CONFLICT);
    assert!(page.text().await.unwrap().contains("The studio is changing this invoice"));
    let pay = slash(&world.ada.in_dm(), "/invoice pay", vec![("invoice", "1".into())]).await;
    assert!(pay.text().contains("is being changed by the studio") && pay.message.buttons().is_empty(), "{}", pay.text());
    let again = edit(&world, vec![("amount", "30".into())]).await;
    assert!(again.contains("is already being changed"), "{again}");
    world.failed_try().await;
    world.sandbox.stripe.faults().clear();
    world.app().clock.advance(std::time::Duration::from_secs(60));
    world.sandbox.clock.advance(std::time::Duration::from_secs(60));
    world.ada.wait_for_dm("The studio changed this invoice").await;
    assert_eq!(amount(&world).await, 2000);
    world.location(&link).await;
}

async fn a_revocation_wins_over_an_edit(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/checkout/sessions/").status(500));
    edit(&world, vec![("amount", "20".into())]).await;
    let question = slash(&world.desk(), "/billing revoke", vec![("invoice", "1".into()), ("reason", "x".into())]).await;
    press(&world.owner, &question.message, "Revoke").await;
    world.failed_try().await;
    world.sandbox.stripe.faults().clear();
    world.app().clock.advance(std::time::Duration::from_secs(60));
    world.sandbox.clock.advance(std::time::Duration::from_secs(60));
    world.ada.wait_for_dm("The studio took this invoice back").await;
    world.settled().await;
    assert_eq!((world.status(1).await.as_str(), amount(&world).await), ("revoked", 1250));
}

async fn only_a_pending_invoice_can_be_edited(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    for (option, typed, sentence) in [
        ("amount", "nothing", "is not an amount"),
        ("amount", "0.01", "less than Stripe charges"),
        ("currency", "eur", "Write the amount too"),
        ("title", "@everyone", "cannot mention"),
        ("due", "yesterday", "is not a day"),
        ("due", "2020-01-01", "is over"),
        ("title", "Dragon rig", "changes nothing"),
    ] {
        let refused = edit(&world, vec![(option, typed.into())]).await;
        assert!(refused.contains(sentence), "{option} {typed}: {refused}");
    }
    world.pay(&world.ada, "Dragon rig").await;
    let paid = edit(&world, vec![("amount", "20".into())]).await;
    assert!(paid.contains("is paid, so it cannot be changed"), "{paid}");
    assert_eq!(amount(&world).await, 1250);
}

async fn a_day_is_read_where_the_person_is(world: World) {
    let zone = slash(&world.owner.in_dm(), "/settings timezone", vec![("timezone", "America/New_York".into())]).await;
    assert!(zone.text().contains("**America/New_York**"), "{}", zone.text());
    let choices = autocomplete(&world.owner.in_dm(), "/settings timezone", "timezone", "berl").await;
    assert_eq!(choices.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>(), ["Europe/Berlin"]);
    let unknown = slash(&world.owner.in_dm(), "/settings timezone", vec![("timezone", "Mars".into())]).await;
    assert!(unknown.text().contains("`Mars` is not a time zone"), "{}", unknown.text());

    let due = |day: &'static str| {
        let world = world.clone();
        async move {
            let options = vec![("user", (&world.ada).into()), ("title", day.into()), ("amount", "5".into()), ("due", day.into())];
            let issued = slash(&world.desk(), "/billing issue", options).await;
            assert!(issued.text().contains("Due"), "{}", issued.text());
            world.number(&format!("SELECT due_at AS value FROM invoices WHERE title = '{day}'")).await
        }
    };
    let in_new_york = due("2027-12-24").await;
    slash(&world.owner.in_dm(), "/settings timezone", vec![("timezone", "UTC".into())]).await;
    let in_utc = due("24.12.2027").await;
    assert_eq!(in_new_york - in_utc, 5 * 60 * 60 * 1000);
    // In Santiago the clocks go back at the end of this day: it has two last hours, and counts to the end of both.
    let in_utc = due("03.04.2027").await;
    slash(&world.owner.in_dm(), "/settings timezone", vec![("timezone", "America/Santiago".into())]).await;
    assert_eq!(due("2027-04-03").await - in_utc, 4 * 60 * 60 * 1000);
    let told = world.ada.wait_for_dm("2027").await;
    assert!(told.text().contains(":R>"), "{}", told.text());
}

async fn an_invoice_is_issued_with_its_file(world: World) {
    let options = |file: Value| vec![("user", (&world.ada).into()), ("title", "Rig".into()), ("amount", "5".into()), ("file", file)];
    let issued = slash(&world.desk(), "/billing issue", options(Value::file("rig.zip", "application/zip", "bytes"))).await;
    let shown = issued.latest().text();
    assert!(shown.contains("is issued") && shown.contains("Attached to invoice #1"), "{shown}");
    world.ada.wait_for_dm("A file waits for you").await;
    // A file that cannot be taken is said before anything is issued.
    let empty = slash(&world.desk(), "/billing issue", options(Value::file("rig.zip", "application/zip", ""))).await;
    assert!(empty.latest().text().contains("The file is empty"), "{}", empty.latest().text());
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM invoices").await, 1);
    // One that breaks on the way leaves the invoice, and says so.
    world.sandbox.storage.faults().add(Fault::on("PUT", "/").status(403));
    let broken = slash(&world.desk(), "/billing issue", options(Value::file("rig.zip", "application/zip", "bytes"))).await;
    let shown = broken.latest().text();
    assert!(shown.contains("Invoice **#2**") && shown.contains("The file was not attached"), "{shown}");
    world.sandbox.storage.faults().clear();
    world.expect_job("discard_upload");
}
