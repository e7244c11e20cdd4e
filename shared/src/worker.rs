//! The outbox worker: does what transactions decided, in whichever process it runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::domain::{accounts, alarms, checkout, deliverables, grants, reconciliation, refunds, stripe_inbox};
use crate::error::{Error, Result};
use crate::platform::outbox::{self, Claim, Job};
use crate::repeats::reference;
use crate::types::Timestamp;
use crate::{housekeeping, notifier};

/// How often a worker looks for jobs that another process left, or that became due.
const IDLE: Duration = Duration::from_secs(1);
/// How long jobs in flight may take once the worker is told to stop. Their leases end by themselves.
const GRACE: Duration = Duration::from_secs(9);
/// How often a worker looks whether it is time to compare with Stripe.
const RECONCILE_LOOK: Duration = Duration::from_secs(60);
/// How often the services are asked whether they take what is configured; and while one of them does not.
const LOOK: Duration = Duration::from_secs(24 * 60 * 60);
const LOOK_IN_TROUBLE: Duration = Duration::from_secs(10 * 60);
/// How often what is kept for a limited time is looked through.
const HOUSEKEEPING: Duration = Duration::from_secs(60 * 60);
/// How often the file of the database is looked at, by the machine's own time.
const FILE_LOOK: Duration = Duration::from_secs(5);
/// After how many of these looks SQLite's write-ahead log is emptied into the file.
const CHECKPOINT_LOOKS: u32 = 12;
/// While jobs cannot be claimed they are tried after pauses that double up to this one.
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// Works until `shutdown`, then finishes what it has claimed, within nine seconds. An idle worker costs one indexed
/// read a second. Fails, and stops, when the file of the database is not the one that was opened.
pub async fn run(app: Arc<App>, shutdown: CancellationToken) -> Result<()> {
    let stop = shutdown.child_token();
    let watched = async {
        let watched = watch_database(&app, &stop).await;
        stop.cancel();
        watched
    };
    let (watched, ()) = tokio::join!(watched, work_until(app.clone(), stop.clone()));
    watched
}

/// Keeps the database in one file, and sees that it is the one that was opened.
async fn watch_database(app: &App, stop: &CancellationToken) -> Result<()> {
    let mut looks = 0;
    app.faults.logged("counting a write", app.db.write_mark().await);
    while stop.run_until_cancelled(tokio::time::sleep(FILE_LOOK)).await.is_some() {
        match app.db.look().await {
            Err(error @ Error::Setup(_)) => {
                tracing::error!(%error, "the database file is not in its place");
                return Err(error);
            }
            looked => app.faults.logged("looking at the database file", looked),
        };
        looks += 1;
        if looks % CHECKPOINT_LOOKS == 0 {
            app.faults.logged("counting a write", app.db.write_mark().await);
            app.faults.logged("emptying the write-ahead log", app.db.checkpoint().await);
        }
    }
    Ok(())
}

async fn work_until(app: Arc<App>, shutdown: CancellationToken) {
    let workers = usize::try_from(app.config.outbox.workers).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
    if workers == 0 {
        return shutdown.cancelled().await;
    }
    let slots = Arc::new(Semaphore::new(workers));
    let running = TaskTracker::new();
    let mut housekeeping_at = app.clock.now();
    let mut reconcile_at = app.clock.now();
    let mut pause = IDLE;
    while !shutdown.is_cancelled() {
        let now = app.clock.now();
        if now >= housekeeping_at {
            housekeeping_at = now.plus(HOUSEKEEPING);
            housekeeping::run(&app, now).await;
        }
        if now >= reconcile_at {
            reconcile_at = now.plus(RECONCILE_LOOK);
            let app = app.clone();
            running.spawn(async move {
                // First: what is read next may be another account's.
                app.faults.logged("looking at the services", look_if_due(&app, app.clock.now()).await);
                app.faults.logged("reconciling", reconciliation::reconcile_if_due(&app, app.clock.now()).await);
            });
        }
        let free = slots.available_permits();
        let claims = match free {
            0 => Some(Vec::new()),
            _ => app.faults.logged("claiming jobs", outbox::claim(&app.db, free as i64, now).await),
        };
        let Some(claims) = claims else {
            // By the machine's time, and whoever wakes: a database that fails is not asked all the faster.
            let _ = shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
            pause = (pause * 2).min(PAUSE_MAX);
            continue;
        };
        pause = IDLE;
        for claim in claims {
            let (app, slot) = (app.clone(), slots.clone().acquire_owned().await);
            running.spawn(async move {
                app.faults.logged("recording a job", work(&app, &claim).await);
                drop(slot);
                // A free slot may take the next job at once.
                app.db.wake();
            });
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = app.db.work() => {}
            () = app.standing.changed() => {
                let app = app.clone();
                running.spawn(async move { app.faults.logged("raising alarms", alarms::follow(&app, app.clock.now()).await) });
            }
            // From when the jobs were looked at: what became due since is found at once.
            () = app.clock.sleep_until(now.plus(IDLE)) => {}
        }
    }
    running.close();
    if tokio::time::timeout(GRACE, running.wait()).await.is_err() {
        tracing::warn!("jobs in flight are left to the next start");
    }
}

/// Asks the services whether they take what is configured: at the start, daily, and more often while something is
/// refused. Once a process, whose two workers share the look.
async fn look_if_due(app: &App, now: Timestamp) -> Result<()> {
    let in_trouble = !alarms::settings(&mut *app.db.read().await?).await?.is_empty();
    let every = if in_trouble { LOOK_IN_TROUBLE } else { LOOK };
    {
        let mut looked_at = app.looked_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if looked_at.is_some_and(|looked_at| now.since(looked_at) < every) {
            return Ok(());
        }
        *looked_at = Some(now);
    }
    alarms::look(app, now).await
}

async fn work(app: &App, claim: &Claim) -> Result<()> {
    let done = tokio::time::timeout(outbox::TRY_TIMEOUT, perform(app, claim));
    let (reason, transient) = match done.await {
        Ok(Ok(())) => return outbox::done(&app.db, claim).await,
        Ok(Err(error)) => (error.to_string(), error.is_transient()),
        Err(_) => ("took too long".to_owned(), true),
    };
    let given_up = outbox::failed(&app.db, claim, &reason, transient, app.clock.now()).await?;
    if given_up {
        let reference = reference();
        tracing::error!(job.id = %claim.id, job = ?claim.job, reference, reason, "gave up a job, a person must look at it ({reference})");
    } else {
        tracing::warn!(job.id = %claim.id, job = ?claim.job, attempt = claim.attempt, reason, "a job failed and will be tried again");
    }
    Ok(())
}

async fn perform(app: &App, claim: &Claim) -> Result<()> {
    let now = app.clock.now();
    match &claim.job {
        Job::SendNotice { notice } => notifier::send(app, notice, claim.attempt > 1, now).await,
        Job::CreateCustomer { account } => accounts::create_customer(app, account).await,
        Job::ReadEvent { event } => stripe_inbox::read_event(app, event, now).await,
        Job::ExpireSession { attempt } => checkout::expire(app, attempt, now).await,
        Job::CreateRefund { refund } => refunds::create(app, refund, now).await,
        Job::ReadGuilds { account } => grants::read_guilds(app, account, now).await,
        Job::RevokeGrant { grant } => grants::revoke(app, grant).await,
        Job::TellAlarm { alarm, owner, over } => notifier::tell_alarm(app, alarm, owner, *over, claim.attempt > 1, now).await,
        Job::DiscardUpload { object_key } => deliverables::discard_upload(app, object_key).await,
    }
}
