//! All SQL of refunds.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::Refund;
use crate::domain::statuses::RefundStatus;
use crate::platform::db::Conn;
use crate::types::*;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, invoice_id, payment_id, stripe_refund_id, amount_minor, currency, status, reason, keep_access, requested_by,
                    created_at, changed_at, failure
             FROM refunds ",
            $rest
        )
    };
}

fn refund(row: &AnyRow) -> sqlx::Result<Refund> {
    Ok(Refund {
        id: row.try_get("id")?,
        invoice: row.try_get("invoice_id")?,
        payment: row.try_get("payment_id")?,
        stripe_refund_id: row.try_get("stripe_refund_id")?,
        amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
        status: row.try_get("status")?,
        reason: row.try_get("reason")?,
        keep_access: row.try_get::<i64, _>("keep_access")? != 0,
        requested_by: row.try_get("requested_by")?,
        created_at: row.try_get("created_at")?,
        changed_at: row.try_get("changed_at")?,
        failure: row.try_get("failure")?,
    })
}

pub async fn insert(conn: &mut Conn, refund: &Refund) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO refunds (id, invoice_id, payment_id, stripe_refund_id, amount_minor, currency, status, reason, keep_access,
                              requested_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(refund.id)
    .bind(refund.invoice)
    .bind(refund.payment)
    .bind(&refund.stripe_refund_id)
    .bind(refund.amount.minor)
    .bind(refund.amount.currency)
    .bind(refund.status)
    .bind(&refund.reason)
    .bind(i64::from(refund.keep_access))
    .bind(refund.requested_by)
    .bind(refund.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: &RefundId) -> sqlx::Result<Option<Refund>> {
    let row = sqlx::query(select!("WHERE id = $1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(refund).transpose()
}

/// The refund that Stripe knows by this id, or that the metadata names: ours, whose answer was lost.
pub async fn find_by_stripe(conn: &mut Conn, stripe_refund_id: &str, named: Option<&RefundId>) -> sqlx::Result<Option<Refund>> {
    let row = sqlx::query(select!("WHERE stripe_refund_id = $1")).bind(stripe_refund_id).fetch_optional(&mut *conn).await?;
    match (row, named) {
        (Some(row), _) => refund(&row).map(Some),
        // Only one whose answer was lost: a row that Stripe knows by another id is another refund.
        (None, Some(named)) => Ok(find(conn, named).await?.filter(|found| found.stripe_refund_id.is_none())),
        (None, None) => Ok(None),
    }
}

/// The newest refund of an invoice that succeeded.
pub async fn find_latest(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Option<Refund>> {
    let row = sqlx::query(select!("WHERE invoice_id = $1 AND status = 'succeeded' ORDER BY created_at DESC, id DESC LIMIT 1"));
    let row = row.bind(invoice).fetch_optional(conn).await?;
    row.as_ref().map(refund).transpose()
}

/// How many refunds failed and wait for a person.
pub async fn count_failed(conn: &mut Conn) -> sqlx::Result<i64> {
    sqlx::query("SELECT COUNT(*) AS n FROM refunds WHERE needs_person = 1").fetch_one(conn).await?.try_get("n")
}

/// Refunds that failed and wait for a person, the newest first.
pub async fn list_failed(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<Refund>> {
    let rows =
        sqlx::query(select!("WHERE needs_person = 1 ORDER BY created_at DESC, id DESC LIMIT $1")).bind(limit).fetch_all(conn).await?;
    rows.iter().map(refund).collect()
}

pub async fn find_failed(conn: &mut Conn, id: &RefundId) -> sqlx::Result<Option<Refund>> {
    let row = sqlx::query(select!("WHERE id = $1 AND needs_person = 1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(refund).transpose()
}

/// Notes that a failed refund needs nobody any more. Returns whether it did until now.
pub async fn mark_settled(conn: &mut Conn, id: &RefundId) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE refunds SET needs_person = 0 WHERE id = $1 AND needs_person = 1").bind(id).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

pub async fn set_status(
    conn: &mut Conn,
    id: &RefundId,
    stripe_refund_id: Option<&str>,
    status: RefundStatus,
    changed_at: Option<Timestamp>,
    failure: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE refunds SET stripe_refund_id = COALESCE($2, stripe_refund_id), status = $3, changed_at = COALESCE($4, changed_at),
                            failure = $5, needs_person = CASE WHEN status = $3 THEN needs_person ELSE $6 END
         WHERE id = $1",
    )
    .bind(id)
    .bind(stripe_refund_id)
    .bind(status)
    .bind(changed_at)
    .bind(failure)
    .bind(i64::from(status.needs_person()))
    .execute(conn)
    .await?;
    Ok(())
}
