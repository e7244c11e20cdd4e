//! All SQL of receipts and credit notes, which are payments and refunds with a number.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{CreditNote, Receipt};
use crate::domain::refunds::RefundStatus;
use crate::platform::db::Conn;
use crate::types::*;

/// The next number of a series. Its row is locked until the transaction ends, and a transaction that
/// fails gives the number back.
pub async fn next_number(conn: &mut Conn, series: &str) -> sqlx::Result<SeriesNumber> {
    let row = sqlx::query(
        "INSERT INTO counters (name, value) VALUES ($1, 1)
         ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value",
    )
    .bind(series)
    .fetch_one(conn)
    .await?;
    row.try_get("value")
}

pub async fn has_credit_note(conn: &mut Conn, refund: &RefundId) -> sqlx::Result<bool> {
    let row =
        sqlx::query("SELECT id FROM refunds WHERE id = $1 AND credit_note_number IS NOT NULL").bind(refund).fetch_optional(conn).await?;
    Ok(row.is_some())
}

pub async fn set_credit_note(conn: &mut Conn, refund: &RefundId, number: SeriesNumber, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE refunds SET credit_note_number = $2, credited_at = $3 WHERE id = $1")
        .bind(refund)
        .bind(number)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// The receipts of an invoice, without their credit notes, the first first.
pub async fn list(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Vec<Receipt>> {
    let rows = sqlx::query(
        "SELECT id, receipt_number, payment_intent_id, amount_minor, currency, paid_at FROM payments
         WHERE invoice_id = $1 ORDER BY id",
    )
    .bind(invoice)
    .fetch_all(conn)
    .await?;
    let receipt = |row: &AnyRow| {
        Ok(Receipt {
            payment: row.try_get("id")?,
            number: row.try_get("receipt_number")?,
            payment_intent: row.try_get("payment_intent_id")?,
            amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
            paid_at: row.try_get("paid_at")?,
            credit_notes: Vec::new(),
        })
    };
    rows.iter().map(receipt).collect()
}

/// The credit notes of an invoice, the first first, each with the payment that it is about.
pub async fn list_credit_notes(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Vec<(PaymentId, CreditNote)>> {
    let rows = sqlx::query(
        "SELECT payment_id, credit_note_number, stripe_refund_id, amount_minor, currency, status, reason, requested_by,
                credited_at, COALESCE(changed_at, credited_at) AS changed_at
         FROM refunds WHERE invoice_id = $1 AND credit_note_number IS NOT NULL ORDER BY credit_note_number",
    )
    .bind(invoice)
    .fetch_all(conn)
    .await?;
    let credit_note = |row: &AnyRow| {
        let status: RefundStatus = row.try_get("status")?;
        let changed_at = row.try_get("changed_at")?;
        let credit_note = CreditNote {
            number: row.try_get("credit_note_number")?,
            stripe_refund_id: row.try_get("stripe_refund_id")?,
            amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
            reason: row.try_get("reason")?,
            requested_by: row.try_get("requested_by")?,
            credited_at: row.try_get("credited_at")?,
            cancelled_at: (status != RefundStatus::Succeeded).then_some(changed_at),
        };
        Ok((row.try_get("payment_id")?, credit_note))
    };
    rows.iter().map(credit_note).collect()
}
