//! All SQL of payments and webhook events.

use sqlx::Row;

use super::Outcome;
use crate::domain::checkout::Attempt;
use crate::platform::db::{Conn, word_columns};
use crate::platform::stripe::Envelope;
use crate::types::*;

word_columns!(Outcome);

/// Records an event. Returns whether it is new.
pub async fn record(conn: &mut Conn, event: &Envelope, sealed: &str, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO stripe_events (id, kind, object_id, created_at, livemode, body, outcome, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'unread', $7) ON CONFLICT (id) DO NOTHING",
    )
    .bind(&event.id)
    .bind(&event.kind)
    .bind(&event.object_id)
    .bind(event.created)
    .bind(i64::from(event.livemode))
    .bind(sealed)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
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

/// The kind and object id of an event that waits to be read.
pub async fn find_unread(conn: &mut Conn, event: &str) -> sqlx::Result<Option<(String, String)>> {
    let row = sqlx::query("SELECT kind, object_id FROM stripe_events WHERE id = $1 AND outcome = 'unread'")
        .bind(event)
        .fetch_optional(conn)
        .await?;
    row.map(|row| Ok((row.try_get("kind")?, row.try_get("object_id")?))).transpose()
}

/// Locks an unread event. Returns whether it still is one.
pub async fn claim_unread(conn: &mut Conn, event: &str) -> sqlx::Result<bool> {
    let done =
        sqlx::query("UPDATE stripe_events SET outcome = 'unread' WHERE id = $1 AND outcome = 'unread'").bind(event).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

pub async fn insert_payment(
    conn: &mut Conn,
    id: &PaymentId,
    attempt: &Attempt,
    payment_intent: Option<&str>,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO payments (id, invoice_id, checkout_session_id, payment_intent_id, amount_minor, currency, paid_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(&attempt.invoice)
    .bind(&attempt.id)
    .bind(payment_intent)
    .bind(attempt.amount.minor)
    .bind(attempt.amount.currency)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn drop_bodies(conn: &mut Conn, settled_before: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE stripe_events SET body = NULL WHERE settled_at < $1 AND body IS NOT NULL")
        .bind(settled_before)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn count_unsettled(conn: &mut Conn) -> sqlx::Result<i64> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM stripe_events WHERE settled_at IS NULL").fetch_one(conn).await?;
    row.try_get("n")
}
