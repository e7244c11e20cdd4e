//! The outbox: everything told to the outside world is a row written in the transaction that
//! decides it, and done afterwards by a worker in either process, at least once.

mod sql;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::message;
use crate::platform::db::{Conn, Db, Tx};
use crate::texts::Message;
use crate::types::*;

pub use sql::{Backlog, GivenUp};

/// How long a claimed job belongs to its worker.
pub const LEASE: Duration = Duration::from_secs(60);
/// How long one try of a job may take: well under the lease.
pub const TRY_TIMEOUT: Duration = Duration::from_secs(40);
/// A job that still fails this long after it was due for the first time is given up.
const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 60 * 60);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// What is to be done. Holds ids only: names, amounts and links are read when it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Job {
    /// Send a notice to a person by DM, or to the staff channel.
    SendNotice {
        /// The row to send.
        notice: NoticeId,
    },
    /// Create the Stripe customer of an account.
    CreateCustomer {
        /// Whose.
        account: AccountId,
    },
    /// Retrieve from Stripe the object of an event that could not be read, and apply that.
    ReadEvent {
        /// Stripe's id of the event.
        event: String,
    },
    /// Close the payment page of an invoice that is being revoked.
    ExpireSession {
        /// The attempt whose page it is.
        attempt: AttemptId,
    },
    /// Tell Stripe about a refund.
    CreateRefund {
        /// Our row.
        refund: RefundId,
    },
    /// Read again which servers a person is in.
    ReadGuilds {
        /// Whose.
        account: AccountId,
    },
    /// Have Discord take back what a person allowed.
    RevokeGrant {
        /// Our row.
        grant: OAuthGrantId,
    },
    /// Tell one of the owners of an alarm.
    TellAlarm {
        /// Our row.
        alarm: AlarmId,
        /// Whom.
        owner: UserId,
        /// Whether it is over.
        over: bool,
    },
    /// Delete an uploaded object unless a deliverable holds it.
    DiscardUpload {
        /// The object's key.
        object_key: String,
    },
}

impl Job {
    /// What is to be done, in words.
    pub fn text(&self) -> Message {
        match self {
            Job::SendNotice { .. } => message!("job-send-notice"),
            Job::CreateCustomer { .. } => message!("job-create-customer"),
            Job::ReadEvent { .. } => message!("job-read-event"),
            Job::ExpireSession { .. } => message!("job-expire-session"),
            Job::CreateRefund { .. } => message!("job-create-refund"),
            Job::ReadGuilds { .. } => message!("job-read-guilds"),
            Job::RevokeGrant { .. } => message!("job-revoke-grant"),
            Job::TellAlarm { .. } => message!("job-tell-alarm"),
            Job::DiscardUpload { .. } => message!("job-discard-upload"),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Job::SendNotice { .. } => "send_notice",
            Job::CreateCustomer { .. } => "create_customer",
            Job::ReadEvent { .. } => "read_event",
            Job::ExpireSession { .. } => "expire_session",
            Job::CreateRefund { .. } => "create_refund",
            Job::ReadGuilds { .. } => "read_guilds",
            Job::RevokeGrant { .. } => "revoke_grant",
            Job::TellAlarm { .. } => "tell_alarm",
            Job::DiscardUpload { .. } => "discard_upload",
        }
    }
}

/// A job in the hands of this worker until its lease ends.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The row.
    pub id: JobId,
    /// What is to be done.
    pub job: Job,
    /// Which try this is, from 1.
    pub attempt: i64,
    /// When the job was first due.
    pub first_due_at: Timestamp,
}

/// Puts a job into the outbox, due at `due_at`. Done after the transaction commits.
pub async fn enqueue(tx: &mut Tx, job: &Job, due_at: Timestamp) -> Result<JobId> {
    let id = JobId::new();
    sql::insert(tx, &[(id, job.kind(), payload(job)?)], due_at).await?;
    tx.enqueued = true;
    Ok(id)
}

/// Puts jobs into the outbox by one statement, all due at `due_at`.
pub async fn enqueue_all(tx: &mut Tx, jobs: &[Job], due_at: Timestamp) -> Result<()> {
    let rows = jobs.iter().map(|job| Ok((JobId::new(), job.kind(), payload(job)?))).collect::<Result<Vec<_>>>()?;
    sql::insert(tx, &rows, due_at).await?;
    tx.enqueued = true;
    Ok(())
}

fn payload(job: &Job) -> Result<String> {
    serde_json::to_string(job).map_err(|error| Error::Fault(error.to_string()))
}

/// Takes a job back, in the transaction that makes it unnecessary.
pub async fn cancel(tx: &mut Tx, id: &JobId) -> Result<()> {
    Ok(sql::delete(tx, id).await?)
}

/// Claims up to `limit` due jobs. Costs one read when nothing is due, and the same however many jobs there are.
pub async fn claim(db: &Db, limit: i64, now: Timestamp) -> Result<Vec<Claim>> {
    if sql::next_due(&mut *db.read().await?).await?.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    let mut tx = db.write().await?;
    let rows = sql::claim(&mut tx, db.engine(), limit, now, now.plus(LEASE)).await?;
    let mut claims = Vec::with_capacity(rows.len());
    for row in rows {
        match serde_json::from_str(&row.payload) {
            Ok(job) => claims.push(Claim { id: row.id, job, attempt: row.attempts, first_due_at: row.first_due_at }),
            Err(error) => {
                // Such as a job of a newer build. It must not hold up the others.
                tracing::error!(job.id = %row.id, %error, "gave up a job that this build does not know");
                sql::give_up(&mut tx, &row.id, "this build does not know this job", now).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(claims)
}

/// When the next job is due, at or after its lease where one is claimed.
pub async fn next_due(db: &Db) -> Result<Option<Timestamp>> {
    Ok(sql::next_due(&mut *db.read().await?).await?)
}

/// Records that a job is done.
pub async fn done(db: &Db, claim: &Claim) -> Result<()> {
    let mut tx = db.write().await?;
    sql::delete(&mut tx, &claim.id).await?;
    tx.commit().await
}

/// Records that a try failed for `reason`: the job comes back later, or is given up when trying
/// again is of no use or the job is a day old. Returns whether it was given up.
pub async fn failed(db: &Db, claim: &Claim, reason: &str, transient: bool, now: Timestamp) -> Result<bool> {
    let give_up = !transient || now.since(claim.first_due_at) >= GIVE_UP_AFTER;
    let mut tx = db.write().await?;
    if give_up {
        sql::give_up(&mut tx, &claim.id, reason, now).await?;
    } else {
        sql::retry(&mut tx, &claim.id, reason, now.plus(pause(claim.attempt)?)).await?;
    }
    tx.commit().await?;
    Ok(give_up)
}

/// What waits and what was given up.
pub async fn backlog(conn: &mut Conn) -> Result<Backlog> {
    Ok(sql::backlog(conn).await?)
}

/// Jobs of a kind that were given up, the newest first.
pub async fn list_given_up(conn: &mut Conn, kind: &str, limit: i64) -> Result<Vec<GivenUp>> {
    Ok(sql::list_given_up(conn, kind, limit).await?)
}

/// How many jobs of each kind were given up. Not those of unread events, which are told of as events.
pub async fn count_given_up(conn: &mut Conn) -> Result<Vec<(String, i64)>> {
    Ok(sql::count_given_up(conn).await?)
}

/// A job that was given up.
pub async fn find_given_up(conn: &mut Conn, id: &JobId) -> Result<Option<GivenUp>> {
    Ok(sql::find_given_up(conn, id).await?)
}

/// Hands a job that was given up to the workers, as if it were new.
pub async fn retry_now(tx: &mut Tx, id: &JobId, now: Timestamp) -> Result<Option<GivenUp>> {
    let found = sql::find_given_up(tx, id).await?;
    let retried = sql::retry_now(tx, id, now).await?;
    tx.enqueued |= retried;
    Ok(found.filter(|_| retried))
}

/// Forgets a job that was given up. `None` where somebody else did something about it.
pub async fn drop_given_up(tx: &mut Tx, id: &JobId) -> Result<Option<GivenUp>> {
    let found = sql::find_given_up(tx, id).await?;
    let dropped = sql::delete_given_up(tx, id).await?;
    Ok(found.filter(|_| dropped))
}

/// Takes back whatever jobs are to do the same, but notices, in the transaction that makes them unnecessary.
pub async fn cancel_alike(tx: &mut Tx, job: &Job) -> Result<()> {
    Ok(sql::delete_alike(tx, job.kind(), &payload(job)?).await?)
}

/// How long to wait after the given try: doubling from 2 s to 15 min, the second half random, so
/// that jobs which failed together do not come back together.
fn pause(attempt: i64) -> Result<Duration> {
    let doubled = Duration::from_secs(2) * 2_u32.pow(u32::try_from(attempt.clamp(1, 12) - 1).unwrap_or(0));
    let longest = doubled.min(LONGEST_PAUSE);
    let mut byte = [0];
    super::sealing::fill(&mut byte)?;
    Ok(longest / 2 + longest * u32::from(byte[0]) / 510)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        for (attempt, seconds) in [(1, 2), (2, 4), (5, 32), (50, 900)] {
            let pause = pause(attempt).unwrap();
            assert!(pause >= Duration::from_secs(seconds) / 2 && pause <= Duration::from_secs(seconds), "{attempt}: {pause:?}");
        }
    }
}
