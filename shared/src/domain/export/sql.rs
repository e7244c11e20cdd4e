//! All SQL of exports.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::{Movement, Row};
use crate::platform::db::Conn;
use crate::types::*;

macro_rules! select {
    ($columns:literal, $rest:literal) => {
        concat!("SELECT m.amount_minor, m.currency, i.number AS invoice, a.discord_id AS customer, ", $columns, " FROM ", $rest)
    };
}

/// What moved from one time until before another, the oldest first. Cross joins, because SQLite then
/// reads along the index of the time. What was not frozen yet has no number.
pub async fn list(conn: &mut Conn, movement: Movement, from: Timestamp, until: Timestamp, limit: i64) -> sqlx::Result<Vec<Row>> {
    let text = match movement {
        Movement::Payment => select!(
            "m.paid_at AS at, m.payment_intent_id AS stripe_id, COALESCE(p.number, '') AS number, COALESCE(p.title, i.title) AS title,
             COALESCE(p.payer_name, a.name) AS customer_name",
            "payments m CROSS JOIN invoices i CROSS JOIN accounts a LEFT JOIN papers p ON p.id = m.id
             WHERE m.paid_at >= $1 AND m.paid_at < $2 AND i.id = m.invoice_id AND a.id = i.account_id ORDER BY m.paid_at LIMIT $3"
        ),
        Movement::Refund => select!(
            "m.credited_at AS at, m.stripe_refund_id AS stripe_id, COALESCE(p.number, '') AS number, COALESCE(p.title, i.title) AS title,
             COALESCE(p.payer_name, a.name) AS customer_name",
            "refunds m CROSS JOIN invoices i CROSS JOIN accounts a LEFT JOIN papers p ON p.id = m.id
             WHERE m.credited_at >= $1 AND m.credited_at < $2 AND i.id = m.invoice_id AND a.id = i.account_id
             ORDER BY m.credited_at LIMIT $3"
        ),
        Movement::RefundCancelled => select!(
            "m.changed_at AS at, m.stripe_refund_id AS stripe_id, COALESCE(p.number, '') AS number, COALESCE(p.title, i.title) AS title,
             COALESCE(p.payer_name, a.name) AS customer_name",
            "refunds m CROSS JOIN invoices i CROSS JOIN accounts a LEFT JOIN papers p ON p.id = m.id
             WHERE m.credit_note_number IS NOT NULL AND m.status IN ('failed', 'canceled') AND m.changed_at >= $1 AND m.changed_at < $2
               AND i.id = m.invoice_id AND a.id = i.account_id ORDER BY m.changed_at LIMIT $3"
        ),
        Movement::DisputeLost => select!(
            "m.changed_at AS at, m.id AS stripe_id, '' AS number, i.title, a.name AS customer_name",
            "disputes m CROSS JOIN invoices i CROSS JOIN accounts a
             WHERE m.status = 'lost' AND m.changed_at >= $1 AND m.changed_at < $2 AND i.id = m.invoice_id AND a.id = i.account_id
             ORDER BY m.changed_at LIMIT $3"
        ),
    };
    let rows = sqlx::query(text).bind(from).bind(until).bind(limit).fetch_all(conn).await?;
    let sign = match movement {
        Movement::Payment | Movement::RefundCancelled => 1,
        Movement::Refund | Movement::DisputeLost => -1,
    };
    let row = |row: &AnyRow| {
        Ok(Row {
            at: row.try_get("at")?,
            movement,
            number: row.try_get("number")?,
            invoice: row.try_get("invoice")?,
            title: row.try_get("title")?,
            customer: row.try_get("customer")?,
            customer_name: row.try_get("customer_name")?,
            amount: Money::new(sign * row.try_get::<i64, _>("amount_minor")?, row.try_get("currency")?),
            stripe_id: row.try_get("stripe_id")?,
        })
    };
    rows.iter().map(row).collect()
}
