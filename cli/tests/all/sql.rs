//! What the SQL promises that no story shows, on both engines.

use std::time::Duration;

use shared::domain::{accounts, audit, links, registrations};
use shared::platform::db::Db;
use shared::types::*;

use crate::world::*;

each_backend!(
    a_name_follows_and_an_account_stays,
    registrations_are_remembered_by_scope,
    forgotten_links_are_gone_and_pay_links_stay,
    refusals_fall_into_windows_of_ten_minutes,
    an_uncommitted_transaction_leaves_nothing,
    two_processes_migrate_one_fresh_database_at_once,
    the_database_refuses_what_must_not_be,
);

async fn a_name_follows_and_an_account_stays(world: World) {
    let (app, user) = (world.app(), UserId::from(77_u64));
    let now = app.clock.now();
    let first = accounts::to_bill(&app, &user, "grace\0", now).await.unwrap();
    let second = accounts::to_bill(&app, &user, "Grace Hopper", now).await.unwrap();
    assert_eq!((first.name.as_str(), second.name.as_str()), ("grace", "Grace Hopper"));
    assert_eq!(first.id, second.id);
    assert_eq!(accounts::get(&app, &first.id).await.unwrap().user, user);
    assert!(accounts::get(&app, &AccountId::new()).await.is_err());
    // A command makes the account of whoever runs it, once.
    let before = world.number("SELECT COUNT(*) AS value FROM accounts").await;
    for _ in 0..2 {
        slash(&world.ben.in_dm(), "/invoice list", vec![]).await;
    }
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM accounts").await, before + 1);
}

async fn registrations_are_remembered_by_scope(world: World) {
    let app = world.app();
    assert!(registrations::changed(&app, "1", "a").await.unwrap());
    registrations::registered(&app, "1", "a", app.clock.now()).await.unwrap();
    assert!(!registrations::changed(&app, "1", "a").await.unwrap());
    assert!(registrations::changed(&app, "1", "b").await.unwrap());
    assert!(registrations::changed(&app, "2", "a").await.unwrap());
    registrations::registered(&app, "1", "b", app.clock.now()).await.unwrap();
    assert!(!registrations::changed(&app, "1", "b").await.unwrap());
}

async fn forgotten_links_are_gone_and_pay_links_stay(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "a.zip", vec![1; 10]).await;
    let id = world.deliverable_id(&world.ada).await;
    slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.into())]).await;
    let kinds = || world.column("SELECT kind AS value FROM links ORDER BY kind");
    assert_eq!(kinds().await, ["download", "pay"]);
    let app = world.app();
    links::forget_expired(&app, app.clock.now().plus(Duration::from_secs(7 * 24 * 60 * 60))).await.unwrap();
    assert_eq!(kinds().await, ["download", "pay"]);
    links::forget_expired(&app, app.clock.now().plus(Duration::from_secs(8 * 24 * 60 * 60))).await.unwrap();
    assert_eq!(kinds().await, ["pay"]);
}

async fn refusals_fall_into_windows_of_ten_minutes(world: World) {
    let (app, actor) = (world.app(), crate::studio::customer(77));
    let start = Timestamp::from_millis(1_800_000_000_000);
    for seconds in [0, 10, 599, 600] {
        audit::refused(&app, &actor, "billing list", start.plus(Duration::from_secs(seconds))).await.unwrap();
    }
    let counts = world.column("SELECT CAST(count AS TEXT) AS value FROM audit_counts ORDER BY window_start").await;
    assert_eq!(counts, ["3", "1"]);
}

async fn an_uncommitted_transaction_leaves_nothing(world: World) {
    let app = world.app();
    let before = world.number("SELECT COUNT(*) AS value FROM audit").await;
    let mut tx = app.db.write().await.unwrap();
    audit::record(&mut tx, UserId::from(1), audit::Action::AuditRead, audit::Target::Audit, "", app.clock.now()).await.unwrap();
    drop(tx);
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM audit").await, before);
}

async fn two_processes_migrate_one_fresh_database_at_once(world: World) {
    use secrecy::ExposeSecret;
    let postgres = world.app().config.database.url.expose_secret().starts_with("postgres");
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let url = if postgres {
            fresh_postgres().await
        } else {
            format!("sqlite://{}/new folder/a b.db", folder.path().display()).replace(' ', "%20")
        };
        let starts = (0..4).map(|_| {
            let url = url.clone();
            tokio::spawn(async move {
                let db = Db::open(&url).await.unwrap();
                db.migrate(&url).await.unwrap();
                db.ping().await.unwrap();
                db.close().await;
            })
        });
        for start in futures::future::join_all(starts).await {
            start.unwrap();
        }
        assert!(postgres || folder.path().join("new folder/a b.db").exists());
    }
}

async fn the_database_refuses_what_must_not_be(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    let app = world.app();
    for statement in [
        "UPDATE invoices SET status = 'lost'",
        "UPDATE invoices SET amount_minor = 0",
        "UPDATE invoices SET account_id = 'nobody'",
        "INSERT INTO invoices (id, number, account_id, issuer_id, title, description, amount_minor, currency, status, revision, created_at)
         SELECT 'x', number, account_id, issuer_id, title, description, amount_minor, currency, status, revision, created_at FROM invoices",
        "INSERT INTO checkout_sessions (id, invoice_id, attempt, state, title, amount_minor, currency, public_url, link_id, expires_at, created_at)
         SELECT 'x', invoice_id, 2, 'creating', title, amount_minor, currency, public_url, link_id, expires_at, created_at FROM checkout_sessions",
        "INSERT INTO links (id, kind, invoice_id, created_at) SELECT 'x', 'pay', id, 0 FROM invoices",
    ] {
        let mut tx = app.db.write().await.unwrap();
        let refused = sqlx::query(statement).execute(&mut *tx).await;
        assert!(refused.is_err(), "{statement}");
    }
}
