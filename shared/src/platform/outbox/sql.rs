//! All SQL of the outbox.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::Job;
use crate::platform::db::{Conn, Engine, numbered};
use crate::types::*;

/// A claimed row.
pub struct Claimed {
    pub id: JobId,
    pub payload: String,
    pub attempts: i64,
    pub first_due_at: Timestamp,
}

/// What waits and what was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// Jobs that wait.
    pub waiting: i64,
    /// Jobs that were given up and need a person.
    pub given_up: i64,
    /// When the oldest waiting job was first due.
    pub oldest_due_at: Option<Timestamp>,
}

/// A job that no worker tries any more.
#[derive(Debug, Clone)]
pub struct GivenUp {
    /// The row.
    pub id: JobId,
    /// The word for what was to be done.
    pub kind: String,
    /// What was to be done; `None` where this build does not know it.
    pub job: Option<Job>,
    /// How often it was tried.
    pub attempts: i64,
    /// When it was given up.
    pub given_up_at: Timestamp,
    /// Why, in English.
    pub error: String,
}

macro_rules! given_up {
    ($rest:literal) => {
        concat!("SELECT id, kind, payload, attempts, due_at, last_error FROM outbox WHERE state = 'given_up' ", $rest)
    };
}

fn given_up(row: &AnyRow) -> sqlx::Result<GivenUp> {
    Ok(GivenUp {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        job: serde_json::from_str(&row.try_get::<String, _>("payload")?).ok(),
        attempts: row.try_get("attempts")?,
        given_up_at: row.try_get("due_at")?,
        error: row.try_get::<Option<String>, _>("last_error")?.unwrap_or_default(),
    })
}

pub async fn list_given_up(conn: &mut Conn, kind: &str, limit: i64) -> sqlx::Result<Vec<GivenUp>> {
    let rows = sqlx::query(given_up!("AND kind = $1 ORDER BY due_at DESC, id DESC LIMIT $2")).bind(kind).bind(limit).fetch_all(conn);
    rows.await?.iter().map(given_up).collect()
}

/// How many jobs of each kind were given up, but those of unread events.
pub async fn count_given_up(conn: &mut Conn) -> sqlx::Result<Vec<(String, i64)>> {
    let rows =
        sqlx::query("SELECT kind, COUNT(*) AS n FROM outbox WHERE state = 'given_up' AND kind <> 'read_event' GROUP BY kind ORDER BY kind")
            .fetch_all(conn)
            .await?;
    rows.iter().map(|row| Ok((row.try_get("kind")?, row.try_get("n")?))).collect()
}

pub async fn find_given_up(conn: &mut Conn, id: &JobId) -> sqlx::Result<Option<GivenUp>> {
    let row = sqlx::query(given_up!("AND id = $1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(given_up).transpose()
}

/// Returns whether it was given up until now.
pub async fn retry_now(conn: &mut Conn, id: &JobId, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE outbox SET state = 'waiting', attempts = 0, first_due_at = $2, due_at = $2, claimed_until = 0
         WHERE id = $1 AND state = 'given_up'",
    )
    .bind(id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Returns whether it was given up until now.
pub async fn delete_given_up(conn: &mut Conn, id: &JobId) -> sqlx::Result<bool> {
    let done = sqlx::query("DELETE FROM outbox WHERE id = $1 AND state = 'given_up'").bind(id).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes jobs by what is to be done; not those of notices, which no index finds by it.
pub async fn delete_alike(conn: &mut Conn, kind: &str, payload: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM outbox WHERE kind = $1 AND payload = $2 AND kind <> 'send_notice'")
        .bind(kind)
        .bind(payload)
        .execute(conn)
        .await?;
    Ok(())
}

/// Inserts jobs, each with its kind and payload.
pub async fn insert(conn: &mut Conn, jobs: &[(JobId, &str, String)], due_at: Timestamp) -> sqlx::Result<()> {
    let text = "INSERT INTO outbox (id, kind, payload, first_due_at, due_at, state, attempts, claimed_until) VALUES ";
    let rows = vec!["(?, ?, ?, ?, ?, 'waiting', 0, 0)"; jobs.len()].join(", ");
    let mut query = sqlx::query(numbered(&(text.to_owned() + &rows)));
    for (id, kind, payload) in jobs {
        query = query.bind(id).bind(*kind).bind(payload).bind(due_at).bind(due_at);
    }
    query.execute(conn).await?;
    Ok(())
}

/// When the next waiting job may be claimed.
pub async fn next_due(conn: &mut Conn) -> sqlx::Result<Option<Timestamp>> {
    sqlx::query_scalar("SELECT MIN(due_at) AS due FROM outbox WHERE state = 'waiting'").fetch_one(conn).await
}

macro_rules! claim {
    ($among:literal, $end:literal) => {
        concat!(
            "UPDATE outbox SET (due_at, claimed_until, attempts) = ($1, $1, attempts + 1) WHERE id ",
            $among,
            "SELECT id FROM outbox WHERE state = 'waiting' AND due_at <= $2 ORDER BY due_at, id LIMIT $3",
            $end,
            " RETURNING id, payload, attempts, first_due_at"
        )
    };
}

/// Claims due jobs, which become due again when the lease ends. On SQLite one transaction writes at a time. Workers on
/// PostgreSQL pass over the rows that others are claiming, and the array has the rows looked for once: a plan that
/// looked again would claim more.
pub async fn claim(conn: &mut Conn, engine: Engine, limit: i64, now: Timestamp, until: Timestamp) -> sqlx::Result<Vec<Claimed>> {
    let statement = match engine {
        Engine::Sqlite => claim!("IN (", ")"),
        Engine::Postgres => claim!("= ANY(ARRAY(", " FOR UPDATE SKIP LOCKED))"),
    };
    let rows = sqlx::query(statement).bind(until).bind(now).bind(limit).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(Claimed {
                id: row.try_get("id")?,
                payload: row.try_get("payload")?,
                attempts: row.try_get("attempts")?,
                first_due_at: row.try_get("first_due_at")?,
            })
        })
        .collect()
}

pub async fn delete(conn: &mut Conn, id: &JobId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM outbox WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

pub async fn retry(conn: &mut Conn, id: &JobId, error: &str, due_at: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET last_error = $2, due_at = $3, claimed_until = 0 WHERE id = $1")
        .bind(id)
        .bind(error)
        .bind(due_at)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn give_up(conn: &mut Conn, id: &JobId, error: &str, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE outbox SET state = 'given_up', last_error = $2, claimed_until = 0, due_at = $3 WHERE id = $1")
        .bind(id)
        .bind(error)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn backlog(conn: &mut Conn) -> sqlx::Result<Backlog> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM outbox WHERE state = 'waiting') AS waiting,
                (SELECT COUNT(*) FROM outbox WHERE state = 'given_up') AS given_up,
                (SELECT MIN(first_due_at) FROM outbox WHERE state = 'waiting') AS oldest_due_at",
    )
    .fetch_one(conn)
    .await?;
    Ok(Backlog { waiting: row.try_get("waiting")?, given_up: row.try_get("given_up")?, oldest_due_at: row.try_get("oldest_due_at")? })
}
