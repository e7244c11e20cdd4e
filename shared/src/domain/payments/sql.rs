//! All SQL of payments and webhook events.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Balance, Outcome, Payment, Unsettled};
use crate::domain::checkout::Attempt;
use crate::platform::db::{Conn, word_columns};
use crate::platform::stripe::Envelope;
use crate::types::*;

word_columns!(Outcome);

/// What went back of the payment that a statement calls so, by refunds in these states.
macro_rules! went_back {
    ($payment:literal, $states:literal) => {
        concat!(
            "(SELECT CAST(COALESCE(SUM(r.amount_minor), 0) AS BIGINT) FROM refunds r WHERE r.payment_id = ",
            $payment,
            ".id AND r.status IN (",
            $states,
            "))"
        )
    };
}
pub(crate) use went_back;

/// What disputes that were lost took of the payment that a statement calls so, in its currency.
macro_rules! was_lost {
    ($payment:literal) => {
        concat!(
            "(SELECT CAST(COALESCE(SUM(d.of_payment_minor), 0) AS BIGINT) FROM disputes d WHERE d.payment_id = ",
            $payment,
            ".id AND d.status = 'lost')"
        )
    };
}
pub(crate) use was_lost;

/// Whether anything of the payment that a statement calls so is left with the studio, or will be.
macro_rules! is_left {
    ($payment:literal) => {
        concat!($payment, ".amount_minor > ", went_back!($payment, "'requested', 'pending', 'succeeded'"), " + ", was_lost!($payment))
    };
}

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

pub async fn insert_payment(conn: &mut Conn, payment: &Payment, attempt: &Attempt, needs_person: bool) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO payments (id, invoice_id, checkout_session_id, payment_intent_id, amount_minor, currency, paid_at, receipt_number,
                               counts, needs_person)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(payment.id)
    .bind(payment.invoice)
    .bind(attempt.id)
    .bind(&payment.payment_intent)
    .bind(payment.amount.minor)
    .bind(payment.amount.currency)
    .bind(payment.paid_at)
    .bind(payment.receipt)
    .bind(i64::from(payment.counts))
    .bind(i64::from(needs_person))
    .execute(conn)
    .await?;
    Ok(())
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, invoice_id, payment_intent_id, amount_minor, currency, paid_at, receipt_number, counts FROM payments ", $rest)
    };
}

fn payment(row: &AnyRow) -> sqlx::Result<Payment> {
    Ok(Payment {
        id: row.try_get("id")?,
        invoice: row.try_get("invoice_id")?,
        payment_intent: row.try_get("payment_intent_id")?,
        amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
        paid_at: row.try_get("paid_at")?,
        receipt: row.try_get("receipt_number")?,
        counts: row.try_get::<i64, _>("counts")? != 0,
    })
}

/// Whether an attempt brought money.
pub async fn has_paid(conn: &mut Conn, attempt: &AttemptId) -> sqlx::Result<bool> {
    Ok(sqlx::query("SELECT id FROM payments WHERE checkout_session_id = $1").bind(attempt).fetch_optional(conn).await?.is_some())
}

macro_rules! balance {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.invoice_id, p.payment_intent_id, p.amount_minor, p.currency, p.paid_at, p.receipt_number, p.counts,
                    p.needs_person, ",
            went_back!("p", "'succeeded'"),
            " AS refunded, ",
            went_back!("p", "'requested', 'pending'"),
            " AS refunding, ",
            was_lost!("p"),
            " AS lost,
             (SELECT COUNT(*) FROM disputes d WHERE d.payment_id = p.id AND d.status = 'open' AND d.is_refundable = 0) AS blocked_open,
             (SELECT COUNT(*) FROM disputes d WHERE d.payment_id = p.id AND d.status = 'lost' AND d.is_refundable = 0) AS blocked_lost
             FROM payments p ",
            $rest
        )
    };
}

fn balance(row: &AnyRow) -> sqlx::Result<Balance> {
    Ok(Balance {
        payment: payment(row)?,
        needs_person: row.try_get::<i64, _>("needs_person")? != 0,
        refunded_minor: row.try_get("refunded")?,
        refunding_minor: row.try_get("refunding")?,
        lost_minor: row.try_get("lost")?,
        is_disputed: row.try_get::<i64, _>("blocked_open")? > 0,
        is_charged_back: row.try_get::<i64, _>("blocked_lost")? > 0,
    })
}

/// The payments of an invoice with what became of each, the newest first.
pub async fn list_balances(conn: &mut Conn, invoice: &InvoiceId, limit: i64) -> sqlx::Result<Vec<Balance>> {
    let rows =
        sqlx::query(balance!("WHERE p.invoice_id = $1 ORDER BY p.id DESC LIMIT $2")).bind(invoice).bind(limit).fetch_all(conn).await?;
    rows.iter().map(balance).collect()
}

/// Payments that wait for a person, the newest first.
pub async fn list_surplus(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<Balance>> {
    let rows =
        sqlx::query(balance!("WHERE p.needs_person = 1 ORDER BY p.paid_at DESC, p.id DESC LIMIT $1")).bind(limit).fetch_all(conn).await?;
    rows.iter().map(balance).collect()
}

/// How many payments wait for a person.
pub async fn count_surplus(conn: &mut Conn) -> sqlx::Result<i64> {
    sqlx::query("SELECT COUNT(*) AS n FROM payments WHERE needs_person = 1").fetch_one(conn).await?.try_get("n")
}

pub async fn find_surplus(conn: &mut Conn, id: &PaymentId) -> sqlx::Result<Option<Balance>> {
    let row = sqlx::query(balance!("WHERE p.id = $1 AND p.needs_person = 1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(balance).transpose()
}

/// Notes that a payment needs nobody any more. Returns whether it did until now.
pub async fn mark_settled(conn: &mut Conn, id: &PaymentId) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE payments SET needs_person = 0 WHERE id = $1 AND needs_person = 1").bind(id).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Lets go of those payments of an invoice that need nobody any more: nothing is left of them, or they
/// are the only one that is left of what counts.
pub async fn settle_surplus(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<()> {
    sqlx::query(concat!(
        "UPDATE payments SET needs_person = 0 WHERE invoice_id = $1 AND needs_person = 1
           AND (NOT ",
        is_left!("payments"),
        " OR counts = 1 AND (SELECT COUNT(*) FROM payments q WHERE q.invoice_id = $1 AND q.id <> payments.id AND q.counts = 1 AND ",
        is_left!("q"),
        ") = 0)"
    ))
    .bind(invoice)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: &PaymentId) -> sqlx::Result<Option<Payment>> {
    let row = sqlx::query(select!("WHERE id = $1")).bind(id).fetch_optional(conn).await?;
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
