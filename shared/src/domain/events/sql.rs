//! All SQL of webhook events.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Outcome, Unsettled};
use crate::platform::db::{Conn, numbered, rows_of, word_columns};
use crate::platform::stripe::Envelope;
use crate::types::*;

word_columns!(Outcome);

/// Records events with their sealed bodies, all with one outcome. Returns the ids of those that are new.
pub async fn record(conn: &mut Conn, events: &[(&Envelope, &str)], outcome: Outcome, now: Timestamp) -> sqlx::Result<Vec<String>> {
    let text = format!(
        "INSERT INTO stripe_events (id, kind, object_id, created_at, livemode, body, outcome, received_at, settled_at) VALUES {}
         ON CONFLICT (id) DO NOTHING RETURNING id",
        rows_of(events.len(), 9)
    );
    let mut query = sqlx::query(numbered(&text));
    for (event, sealed) in events {
        query = query
            .bind(&event.id)
            .bind(&event.kind)
            .bind(&event.object_id)
            .bind(event.created)
            .bind(i64::from(event.livemode))
            .bind(*sealed)
            .bind(outcome)
            .bind(now)
            .bind(outcome.is_settled().then_some(now));
    }
    query.fetch_all(conn).await?.iter().map(|row| row.try_get("id")).collect()
}

pub async fn set_outcome(conn: &mut Conn, event: &str, outcome: Outcome, settled_at: Option<Timestamp>) -> sqlx::Result<()> {
    sqlx::query("UPDATE stripe_events SET outcome = $2, settled_at = $3 WHERE id = $1")
        .bind(event)
        .bind(outcome)
        .bind(settled_at)
        .execute(conn)
        .await?;
    Ok(())
}

macro_rules! unsettled {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, object_id, created_at, livemode, outcome, received_at FROM stripe_events WHERE settled_at IS NULL ",
            $rest
        )
    };
}

fn unsettled(row: &AnyRow) -> sqlx::Result<Unsettled> {
    Ok(Unsettled {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        object_id: row.try_get("object_id")?,
        created_at: row.try_get("created_at")?,
        livemode: row.try_get::<i64, _>("livemode")? != 0,
        outcome: row.try_get("outcome")?,
        received_at: row.try_get("received_at")?,
    })
}

/// Events that are kept for one reason, the newest first.
pub async fn list_unsettled(conn: &mut Conn, outcome: Outcome, limit: i64) -> sqlx::Result<Vec<Unsettled>> {
    let rows = sqlx::query(unsettled!("AND outcome = $1 ORDER BY received_at DESC, id DESC LIMIT $2"))
        .bind(outcome)
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter().map(unsettled).collect()
}

pub async fn find_unsettled(conn: &mut Conn, event: &str) -> sqlx::Result<Option<Unsettled>> {
    let row = sqlx::query(unsettled!("AND id = $1")).bind(event).fetch_optional(conn).await?;
    row.as_ref().map(unsettled).transpose()
}

/// Locks an event about which something is left to do. Returns whether it still is one.
pub async fn claim_unsettled(conn: &mut Conn, event: &str) -> sqlx::Result<bool> {
    let done =
        sqlx::query("UPDATE stripe_events SET outcome = outcome WHERE id = $1 AND settled_at IS NULL").bind(event).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

pub async fn drop_bodies(conn: &mut Conn, settled_before: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE stripe_events SET body = NULL WHERE settled_at < $1 AND body IS NOT NULL")
        .bind(settled_before)
        .execute(conn)
        .await?;
    Ok(())
}

/// How many events are kept for which reason.
pub async fn count_unsettled_by_outcome(conn: &mut Conn) -> sqlx::Result<Vec<(Outcome, i64)>> {
    let rows = sqlx::query("SELECT outcome, COUNT(*) AS n FROM stripe_events WHERE settled_at IS NULL GROUP BY outcome ORDER BY outcome")
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| Ok((row.try_get("outcome")?, row.try_get("n")?))).collect()
}

pub async fn count_unsettled(conn: &mut Conn) -> sqlx::Result<i64> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM stripe_events WHERE settled_at IS NULL").fetch_one(conn).await?;
    row.try_get("n")
}

pub async fn is_recorded(conn: &mut Conn, event: &str) -> sqlx::Result<bool> {
    Ok(sqlx::query("SELECT id FROM stripe_events WHERE id = $1").bind(event).fetch_optional(conn).await?.is_some())
}
