//! The outbox worker: does what transactions decided, in whichever process it runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::domain::{
    accounts, alarms, checkout, confirmations, deliverables, grants, interactions, invoices, links, notices, payments, receipts, refunds,
    sessions, sign_in,
};
use crate::error::{Result, reference};
use crate::platform::outbox::{self, Claim, Job};
use crate::types::Timestamp;

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

/// Works until `shutdown`, then finishes what it has claimed, within nine seconds. An idle worker costs one indexed
/// read a second.
pub async fn run(app: Arc<App>, shutdown: CancellationToken) {
    let workers = usize::try_from(app.config.outbox.workers).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
    if workers == 0 {
        return shutdown.cancelled().await;
    }
    let slots = Arc::new(Semaphore::new(workers));
    let running = TaskTracker::new();
    let mut housekeeping_at = app.clock.now();
    let mut reconcile_at = app.clock.now();
    while !shutdown.is_cancelled() {
        let now = app.clock.now();
        if now >= housekeeping_at {
            housekeeping_at = now.plus(HOUSEKEEPING);
            logged("housekeeping", housekeep(&app).await);
        }
        if now >= reconcile_at {
            reconcile_at = now.plus(RECONCILE_LOOK);
            let app = app.clone();
            running.spawn(async move {
                logged("reconciling", payments::reconcile_if_due(&app, app.clock.now()).await);
                logged("looking at the services", look_if_due(&app, app.clock.now()).await);
            });
        }
        let free = slots.available_permits();
        let claims = match free {
            0 => Vec::new(),
            _ => logged("claiming jobs", outbox::claim(&app.db, free as i64, now).await).unwrap_or_default(),
        };
        for claim in claims {
            let (app, slot) = (app.clone(), slots.clone().acquire_owned().await);
            running.spawn(async move {
                logged("recording a job", work(&app, &claim).await);
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
                running.spawn(async move { logged("raising alarms", alarms::follow(&app, app.clock.now()).await) });
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
        Job::SendNotice { notice } => notices::send(app, notice, claim.attempt > 1, now).await,
        Job::CreateCustomer { account } => accounts::create_customer(app, account).await,
        Job::ReadEvent { event } => payments::read_event(app, event, now).await,
        Job::ExpireSession { attempt } => checkout::expire(app, attempt, now).await,
        Job::CreateRefund { refund } => refunds::create(app, refund, now).await,
        Job::ReadGuilds { account } => grants::read_guilds(app, account, now).await,
        Job::RevokeGrant { grant } => grants::revoke(app, grant).await,
        Job::TellAlarm { alarm, owner, over } => alarms::tell(app, alarm, owner, *over, claim.attempt > 1, now).await,
        Job::DiscardUpload { object_key } => deliverables::discard_upload(app, object_key).await,
    }
}

/// Reminds of what is due, and deletes what was kept for as long as promised.
async fn housekeep(app: &App) -> Result<()> {
    let now = app.clock.now();
    receipts::freeze_earlier(app, now).await?;
    invoices::remind(app, now).await?;
    alarms::forget_settled(app, now).await?;
    payments::forget_bodies(app, now).await?;
    deliverables::forget_openings(app, now).await?;
    confirmations::forget_expired(app, now).await?;
    interactions::forget(app, now).await?;
    sessions::forget_expired(app, now).await?;
    sign_in::forget_expired(app, now).await?;
    links::forget_expired(app, now).await?;
    // Last: it may wait for Discord.
    grants::tell_of_ended(app, now).await
}

fn logged<T>(what: &str, result: Result<T>) -> Option<T> {
    result.map_err(|error| tracing::error!(%error, "{what} failed")).ok()
}
