//! All SQL of papers.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Draft, Paper};
use crate::platform::db::{Conn, list_of, numbered, rows_of};
use crate::types::*;

/// Takes so many numbers of a series. Returns the last of them. Its row is locked until the transaction ends, and a
/// transaction that fails gives the numbers back.
pub async fn next_numbers(conn: &mut Conn, series: &str, numbers: usize) -> sqlx::Result<SeriesNumber> {
    let row = sqlx::query(
        "INSERT INTO counters (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value RETURNING value",
    )
    .bind(series)
    .bind(numbers as i64)
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

/// Notes that receipts of payments are frozen. Returns those of which this call did it.
pub async fn mark_payments_frozen(conn: &mut Conn, payments: &[PaymentId], now: Timestamp) -> sqlx::Result<Vec<PaymentId>> {
    let text = format!("UPDATE payments SET frozen_at = ? WHERE frozen_at IS NULL AND id IN ({}) RETURNING id", list_of(payments.len()));
    let query = payments.iter().fold(sqlx::query(numbered(&text)).bind(now), |query, payment| query.bind(*payment));
    query.fetch_all(conn).await?.iter().map(|row| row.try_get("id")).collect()
}

/// Notes that a refund's credit note is frozen. Returns whether this call did it.
pub async fn mark_refund_frozen(conn: &mut Conn, refund: &RefundId, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE refunds SET frozen_at = $2 WHERE id = $1 AND frozen_at IS NULL").bind(refund).bind(now);
    Ok(done.execute(conn).await?.rows_affected() == 1)
}

/// Payments with a number whose receipt is not frozen.
pub async fn list_unfrozen_payments(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<PaymentId>> {
    let rows = sqlx::query("SELECT id FROM payments WHERE frozen_at IS NULL ORDER BY id LIMIT $1").bind(limit).fetch_all(conn).await?;
    rows.iter().map(|row| row.try_get("id")).collect()
}

/// Refunds with a number whose credit note is not frozen.
pub async fn list_unfrozen_refunds(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<RefundId>> {
    let rows = sqlx::query("SELECT id FROM refunds WHERE credit_note_number IS NOT NULL AND frozen_at IS NULL ORDER BY id LIMIT $1");
    let rows = rows.bind(limit).fetch_all(conn).await?;
    rows.iter().map(|row| row.try_get("id")).collect()
}

/// What the receipts of payments are written from.
pub async fn drafts_of_payments(conn: &mut Conn, payments: &[PaymentId]) -> sqlx::Result<Vec<(PaymentId, Draft)>> {
    let text = format!(
        "SELECT m.id, m.receipt_number AS number, m.paid_at AS at, m.amount_minor, m.currency, c.title, i.description, a.discord_id,
                a.name, a.timezone
         FROM payments m CROSS JOIN checkout_sessions c CROSS JOIN invoices i CROSS JOIN accounts a
         WHERE m.id IN ({}) AND c.id = m.checkout_session_id AND i.id = m.invoice_id AND a.id = i.account_id",
        list_of(payments.len())
    );
    let rows = payments.iter().fold(sqlx::query(numbered(&text)), |query, payment| query.bind(*payment)).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, draft(row)?))).collect()
}

/// What the credit note of a refund is written from.
pub async fn draft_of_refund(conn: &mut Conn, refund: &RefundId) -> sqlx::Result<Draft> {
    let row = sqlx::query(
        "SELECT m.credit_note_number AS number, m.credited_at AS at, m.amount_minor, m.currency, c.title, '' AS description, a.discord_id,
                a.name, a.timezone
         FROM refunds m CROSS JOIN payments p CROSS JOIN checkout_sessions c CROSS JOIN invoices i CROSS JOIN accounts a
         WHERE m.id = $1 AND p.id = m.payment_id AND c.id = p.checkout_session_id AND i.id = m.invoice_id AND a.id = i.account_id",
    );
    draft(&row.bind(refund).fetch_one(conn).await?)
}

fn draft(row: &AnyRow) -> sqlx::Result<Draft> {
    Ok(Draft {
        number: row.try_get("number")?,
        at: row.try_get("at")?,
        timezone: row.try_get::<Option<Timezone>, _>("timezone")?.unwrap_or_default(),
        payer: row.try_get("discord_id")?,
        payer_name: row.try_get("name")?,
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
    })
}

/// Writes papers down, each by the id of its payment or refund.
pub async fn insert_papers(conn: &mut Conn, papers: &[(String, Paper)]) -> sqlx::Result<()> {
    let text = "INSERT INTO papers (id, number, day, timezone, payer, payer_name, title, description, amount_minor, currency,
                                    seller_name, seller_address, seller_email, seller_website, seller_tax_id, note) VALUES ";
    let mut query = sqlx::query(numbered(&(text.to_owned() + &rows_of(papers.len(), 16))));
    for (id, paper) in papers {
        query = query
            .bind(id)
            .bind(&paper.number)
            .bind(paper.day)
            .bind(&paper.timezone)
            .bind(paper.payer)
            .bind(&paper.payer_name)
            .bind(&paper.title)
            .bind(&paper.description)
            .bind(paper.amount.minor)
            .bind(paper.amount.currency)
            .bind(&paper.seller.name)
            .bind(&paper.seller.address)
            .bind(&paper.seller.email)
            .bind(&paper.seller.website)
            .bind(&paper.seller.tax_id)
            .bind(&paper.seller.note);
    }
    query.execute(conn).await?;
    Ok(())
}
