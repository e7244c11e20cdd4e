//! All SQL of disputes.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::Dispute;
use crate::platform::db::Conn;
use crate::types::*;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, invoice_id, payment_id, amount_minor, currency, of_payment_minor, status, is_refundable, reason, created_at,
                    changed_at
             FROM disputes ",
            $rest
        )
    };
}

fn dispute(row: &AnyRow) -> sqlx::Result<Dispute> {
    Ok(Dispute {
        id: row.try_get("id")?,
        invoice: row.try_get("invoice_id")?,
        payment: row.try_get("payment_id")?,
        amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
        of_payment_minor: row.try_get("of_payment_minor")?,
        status: row.try_get("status")?,
        is_refundable: row.try_get::<i64, _>("is_refundable")? != 0,
        reason: row.try_get("reason")?,
        created_at: row.try_get("created_at")?,
        changed_at: row.try_get("changed_at")?,
    })
}

pub async fn find(conn: &mut Conn, id: &str) -> sqlx::Result<Option<Dispute>> {
    let row = sqlx::query(select!("WHERE id = $1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(dispute).transpose()
}

/// The dispute of an invoice of which Stripe told last.
pub async fn find_latest(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Option<Dispute>> {
    let row = sqlx::query(select!("WHERE invoice_id = $1 ORDER BY changed_at DESC, id DESC LIMIT 1"));
    let row = row.bind(invoice).fetch_optional(conn).await?;
    row.as_ref().map(dispute).transpose()
}

/// The disputes of an invoice, in the order in which Stripe told of them last.
pub async fn list(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Vec<Dispute>> {
    let rows = sqlx::query(select!("WHERE invoice_id = $1 ORDER BY changed_at, id")).bind(invoice).fetch_all(conn).await?;
    rows.iter().map(dispute).collect()
}

pub async fn upsert(conn: &mut Conn, dispute: &Dispute) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO disputes (id, invoice_id, payment_id, amount_minor, currency, of_payment_minor, status, is_refundable, reason,
                               created_at, changed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (id) DO UPDATE SET status = excluded.status, amount_minor = excluded.amount_minor, currency = excluded.currency,
                                        of_payment_minor = excluded.of_payment_minor, is_refundable = excluded.is_refundable,
                                        reason = excluded.reason, changed_at = excluded.changed_at",
    )
    .bind(&dispute.id)
    .bind(dispute.invoice)
    .bind(dispute.payment)
    .bind(dispute.amount.minor)
    .bind(dispute.amount.currency)
    .bind(dispute.of_payment_minor)
    .bind(dispute.status)
    .bind(i64::from(dispute.is_refundable))
    .bind(&dispute.reason)
    .bind(dispute.created_at)
    .bind(dispute.changed_at)
    .execute(conn)
    .await?;
    Ok(())
}
