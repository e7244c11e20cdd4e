//! All SQL of payments.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Balance, Payment};
use crate::domain::attempts::Attempt;
use crate::domain::invoices::sql::{was_lost, went_back};
use crate::platform::db::{Conn, numbered, rows_of};
use crate::types::*;

/// Whether anything of the payment that a statement calls so is left with the studio, or will be.
macro_rules! is_left {
    ($payment:literal) => {
        concat!($payment, ".amount_minor > ", went_back!($payment, "'requested', 'pending', 'succeeded'"), " + ", was_lost!($payment))
    };
}

/// Inserts payments, each with its attempt, all of which need a person or do not. Their receipts are frozen in the same
/// transaction.
pub async fn insert(conn: &mut Conn, payments: &[(Payment, &Attempt)], needs_person: bool) -> sqlx::Result<()> {
    let text = "INSERT INTO payments (id, invoice_id, checkout_session_id, payment_intent_id, amount_minor, currency, paid_at,
                                      receipt_number, counts, needs_person, frozen_at) VALUES ";
    let mut query = sqlx::query(numbered(&(text.to_owned() + &rows_of(payments.len(), 11))));
    for (payment, attempt) in payments {
        query = query
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
            .bind(payment.paid_at);
    }
    query.execute(conn).await?;
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
