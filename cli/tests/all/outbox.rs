//! The outbox: leases, repeats, giving up.

use std::collections::BTreeSet;
use std::time::Duration;

use shared::platform::outbox::{self, Job};

use crate::world::*;

each_backend!(
    many_workers_claim_no_job_twice,
    a_lease_ends_and_a_final_error_gives_up,
    a_job_that_never_works_is_given_up_after_a_day_and_health_says_so,
    two_bots_send_a_notice_once,
    a_job_of_a_newer_build_holds_nobody_up,
);

fn job(name: &str) -> Job {
    Job::DiscardUpload { object_key: name.to_owned() }
}

/// A database of its own, where no worker runs.
async fn quiet(world: &World) -> (shared::platform::db::Db, tempfile::TempDir) {
    use secrecy::ExposeSecret;
    let folder = tempfile::tempdir().unwrap();
    let here = world.app().config.database.url.expose_secret().to_owned();
    let url = if here.starts_with("postgres") { fresh_postgres().await } else { format!("sqlite://{}/quiet.db", folder.path().display()) };
    let db = shared::platform::db::Db::open(&url).await.unwrap();
    db.migrate(&url).await.unwrap();
    (db, folder)
}

async fn many_workers_claim_no_job_twice(world: World) {
    let (db, _folder) = quiet(&world).await;
    let now = world.app().clock.now();
    let mut tx = db.write().await.unwrap();
    for at in 0..100 {
        outbox::enqueue(&mut tx, &job(&at.to_string()), now).await.unwrap();
    }
    outbox::enqueue(&mut tx, &job("later"), now.plus(Duration::from_secs(1))).await.unwrap();
    tx.commit().await.unwrap();
    let workers = (0..8).map(|_| {
        let db = db.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let claims = outbox::claim(&db, 3, now).await.unwrap();
                if claims.is_empty() {
                    return mine;
                }
                mine.extend(claims);
            }
        })
    });
    let claimed: Vec<_> = futures::future::join_all(workers).await.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(claimed.len(), 100);
    assert_eq!(claimed.iter().map(|claim| claim.id).collect::<BTreeSet<_>>().len(), 100);
    assert_eq!(outbox::next_due(&db).await.unwrap(), Some(now.plus(Duration::from_secs(1))));
}

async fn a_lease_ends_and_a_final_error_gives_up(world: World) {
    let (db, _folder) = quiet(&world).await;
    let now = world.app().clock.now();
    let mut tx = db.write().await.unwrap();
    outbox::enqueue(&mut tx, &job("a"), now).await.unwrap();
    let cancelled = outbox::enqueue(&mut tx, &job("b"), now).await.unwrap();
    outbox::cancel(&mut tx, &cancelled).await.unwrap();
    tx.commit().await.unwrap();

    let first = outbox::claim(&db, 9, now).await.unwrap();
    assert_eq!((first.len(), first[0].attempt, first[0].job.clone()), (1, 1, job("a")));
    let almost = now.plus(outbox::LEASE - Duration::from_millis(1));
    assert!(outbox::claim(&db, 9, almost).await.unwrap().is_empty());
    // Its worker died: another takes it over.
    let second = outbox::claim(&db, 9, now.plus(outbox::LEASE)).await.unwrap();
    assert_eq!((second.len(), second[0].attempt), (1, 2));

    assert!(!outbox::failed(&db, &second[0], "status 502", true, now).await.unwrap());
    assert!(outbox::claim(&db, 9, now).await.unwrap().is_empty(), "it pauses first");
    let third = outbox::claim(&db, 9, now.plus(Duration::from_secs(20))).await.unwrap();
    assert!(outbox::failed(&db, &third[0], "status 403", false, now).await.unwrap());
    assert!(outbox::claim(&db, 9, now.plus(Duration::from_secs(1000))).await.unwrap().is_empty());
    let backlog = outbox::backlog(&mut db.read().await.unwrap()).await.unwrap();
    assert_eq!((backlog.waiting, backlog.given_up, backlog.oldest_due_at), (0, 1, None));

    let mut tx = db.write().await.unwrap();
    outbox::enqueue(&mut tx, &job("c"), now).await.unwrap();
    tx.commit().await.unwrap();
    let last = outbox::claim(&db, 9, now).await.unwrap();
    outbox::done(&db, &last[0]).await.unwrap();
    assert_eq!(outbox::backlog(&mut db.read().await.unwrap()).await.unwrap().waiting, 0);
}

async fn a_job_that_never_works_is_given_up_after_a_day_and_health_says_so(world: World) {
    world.sandbox.discord.faults().add(sandbox::Fault::on("POST", "/api/v10/users/@me/channels").status(500));
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    while world.number("SELECT COUNT(*) AS value FROM outbox WHERE state = 'given_up'").await == 0 {
        world.failed_try().await;
        world.app().clock.advance(Duration::from_secs(20 * 60));
    }
    let tries = world.number("SELECT attempts AS value FROM outbox WHERE state = 'given_up'").await;
    assert!((10..=200).contains(&tries), "{tries}");
    assert_eq!(world.counters().await["jobs_given_up"], 1);
    world.expect_job("send_notice given_up");
}

async fn a_job_of_a_newer_build_holds_nobody_up(world: World) {
    let (db, _folder) = quiet(&world).await;
    let now = world.app().clock.now();
    let mut tx = db.write().await.unwrap();
    outbox::enqueue(&mut tx, &job("a"), now).await.unwrap();
    outbox::enqueue(&mut tx, &job("b"), now).await.unwrap();
    sqlx::query(r#"UPDATE outbox SET payload = '{"kind":"send_pigeon"}' WHERE payload LIKE '%"a"%'"#).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let claims = outbox::claim(&db, 9, now).await.unwrap();
    assert_eq!(claims.iter().map(|claim| claim.job.clone()).collect::<Vec<_>>(), [job("b")]);
    let backlog = outbox::backlog(&mut db.read().await.unwrap()).await.unwrap();
    assert_eq!((backlog.waiting, backlog.given_up), (1, 1));
}

async fn two_bots_send_a_notice_once(world: World) {
    // Bot and web service both work on the outbox; a third process joins them.
    let shutdown = tokio_util::sync::CancellationToken::new();
    let third = tokio::spawn(shared::worker::run(world.app(), shutdown.clone()));
    for number in 1..=10 {
        world.issue(&world.ada, &format!("Rig {number}"), "5").await;
    }
    world.settled().await;
    shutdown.cancel();
    third.await.unwrap().unwrap();
    assert_eq!(world.ada.inbox().len(), 10);
}
