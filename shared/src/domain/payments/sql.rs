//! All SQL of payments and webhook events.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Outcome, Payment, Unsettled};
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

/// Events about which something is left to do, the oldest first.
pub async fn list_unsettled(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<Unsettled>> {
    let rows = sqlx::query(unsettled!("ORDER BY received_at, id LIMIT $1")).bind(limit).fetch_all(conn).await?;
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

pub async fn insert_payment(
    conn: &mut Conn,
    payment: &Payment,
    attempt: &Attempt,
    receipt: SeriesNumber,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO payments (id, invoice_id, checkout_session_id, payment_intent_id, amount_minor, currency, paid_at, receipt_number)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&payment.id)
    .bind(&payment.invoice)
    .bind(&attempt.id)
    .bind(&payment.payment_intent)
    .bind(payment.amount.minor)
    .bind(payment.amount.currency)
    .bind(now)
    .bind(receipt)
    .execute(conn)
    .await?;
    Ok(())
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, invoice_id, payment_intent_id, amount_minor, currency FROM payments ", $rest)
    };
}

fn payment(row: &AnyRow) -> sqlx::Result<Payment> {
    Ok(Payment {
        id: row.try_get("id")?,
        invoice: row.try_get("invoice_id")?,
        payment_intent: row.try_get("payment_intent_id")?,
        amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
    })
}

pub async fn find(conn: &mut Conn, id: &PaymentId) -> sqlx::Result<Option<Payment>> {
    let row = sqlx::query(select!("WHERE id = $1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(payment).transpose()
}

/// The first payment of an invoice.
pub async fn find_by_invoice(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Option<Payment>> {
    let row = sqlx::query(select!("WHERE invoice_id = $1 ORDER BY id LIMIT 1")).bind(invoice).fetch_optional(conn).await?;
    row.as_ref().map(payment).transpose()
}

pub async fn find_by_intent(conn: &mut Conn, payment_intent: &str) -> sqlx::Result<Option<Payment>> {
    let row = sqlx::query(select!("WHERE payment_intent_id = $1")).bind(payment_intent).fetch_optional(conn).await?;
    row.as_ref().map(payment).transpose()
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

pub async fn is_recorded(conn: &mut Conn, event: &str) -> sqlx::Result<bool> {
    Ok(sqlx::query("SELECT id FROM stripe_events WHERE id = $1").bind(event).fetch_optional(conn).await?.is_some())
}

/// Notes that a process begins to reconcile, unless one did since. Returns whether it may.
pub async fn start_reconciliation(conn: &mut Conn, now: Timestamp, not_since: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE reconciliation SET started_at = $1 WHERE id = 1 AND (started_at IS NULL OR started_at <= $2)")
        .bind(now)
        .bind(not_since)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes back that a process began to reconcile.
pub async fn end_reconciliation(conn: &mut Conn) -> sqlx::Result<()> {
    sqlx::query("UPDATE reconciliation SET started_at = NULL WHERE id = 1").execute(conn).await?;
    Ok(())
}

/// How far events were looked through.
pub async fn reconciled_until(conn: &mut Conn) -> sqlx::Result<Option<Timestamp>> {
    sqlx::query("SELECT done_until FROM reconciliation WHERE id = 1").fetch_one(conn).await?.try_get("done_until")
}

pub async fn set_reconciled(conn: &mut Conn, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE reconciliation SET done_until = $1 WHERE id = 1").bind(now).execute(conn).await?;
    Ok(())
}
