//! All SQL of invoices.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Invoice, Status};
use crate::platform::db::{Conn, word_columns};
use crate::types::*;

word_columns!(Status);

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT i.id, i.number, i.account_id, c.discord_id AS customer, c.name AS customer_name, i.issuer_id, i.title,
                    i.description, i.amount_minor, i.currency, i.status, i.due_at, i.created_at, i.paid_at, i.revoking_at,
                    i.revoke_reason
             FROM invoices i JOIN accounts c ON c.id = i.account_id ",
            $rest
        )
    };
}

fn invoice(row: &AnyRow) -> sqlx::Result<Invoice> {
    Ok(Invoice {
        id: row.try_get("id")?,
        number: row.try_get("number")?,
        account: row.try_get("account_id")?,
        customer: row.try_get("customer")?,
        customer_name: row.try_get("customer_name")?,
        issuer: row.try_get("issuer_id")?,
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        amount: Money::new(row.try_get("amount_minor")?, row.try_get("currency")?),
        status: row.try_get("status")?,
        due_at: row.try_get("due_at")?,
        created_at: row.try_get("created_at")?,
        paid_at: row.try_get("paid_at")?,
        revoking_at: row.try_get("revoking_at")?,
        revoke_reason: row.try_get("revoke_reason")?,
    })
}

pub async fn next_number(conn: &mut Conn) -> sqlx::Result<InvoiceNumber> {
    let row = sqlx::query(
        "INSERT INTO counters (name, value) VALUES ('invoice', 1)
         ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value",
    )
    .fetch_one(conn)
    .await?;
    row.try_get("value")
}

pub async fn insert(conn: &mut Conn, invoice: &Invoice) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO invoices (id, number, account_id, issuer_id, title, description, amount_minor, currency, status, revision, due_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)",
    )
    .bind(&invoice.id)
    .bind(invoice.number)
    .bind(&invoice.account)
    .bind(&invoice.issuer)
    .bind(&invoice.title)
    .bind(&invoice.description)
    .bind(invoice.amount.minor)
    .bind(invoice.amount.currency)
    .bind(invoice.status)
    .bind(invoice.due_at)
    .bind(invoice.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: &InvoiceId) -> sqlx::Result<Option<Invoice>> {
    let row = sqlx::query(select!("WHERE i.id = $1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(invoice).transpose()
}

pub async fn find_by_number(conn: &mut Conn, number: InvoiceNumber) -> sqlx::Result<Option<Invoice>> {
    let row = sqlx::query(select!("WHERE i.number = $1")).bind(number).fetch_optional(conn).await?;
    row.as_ref().map(invoice).transpose()
}

/// A person's invoices, the newest first.
pub async fn list_of(conn: &mut Conn, user: &UserId, status: Option<Status>, limit: i64) -> sqlx::Result<Vec<Invoice>> {
    let rows = match status {
        None => {
            sqlx::query(select!("WHERE c.discord_id = $1 ORDER BY i.number DESC LIMIT $2")).bind(user).bind(limit).fetch_all(conn).await?
        }
        Some(status) => {
            sqlx::query(select!("WHERE c.discord_id = $1 AND i.status = $2 ORDER BY i.number DESC LIMIT $3"))
                .bind(user)
                .bind(status)
                .bind(limit)
                .fetch_all(conn)
                .await?
        }
    };
    rows.iter().map(invoice).collect()
}

pub async fn count_of(conn: &mut Conn, user: &UserId, status: Option<Status>) -> sqlx::Result<i64> {
    let row = match status {
        None => {
            sqlx::query("SELECT COUNT(*) AS n FROM invoices i JOIN accounts c ON c.id = i.account_id WHERE c.discord_id = $1")
                .bind(user)
                .fetch_one(conn)
                .await?
        }
        Some(status) => {
            sqlx::query(
                "SELECT COUNT(*) AS n FROM invoices i JOIN accounts c ON c.id = i.account_id
                 WHERE c.discord_id = $1 AND i.status = $2",
            )
            .bind(user)
            .bind(status)
            .fetch_one(conn)
            .await?
        }
    };
    row.try_get("n")
}

pub async fn list_all(conn: &mut Conn, status: Option<Status>, limit: i64) -> sqlx::Result<Vec<Invoice>> {
    let rows = match status {
        None => sqlx::query(select!("ORDER BY i.number DESC LIMIT $1")).bind(limit).fetch_all(conn).await?,
        Some(status) => {
            sqlx::query(select!("WHERE i.status = $1 ORDER BY i.number DESC LIMIT $2")).bind(status).bind(limit).fetch_all(conn).await?
        }
    };
    rows.iter().map(invoice).collect()
}

pub async fn count_status(conn: &mut Conn, status: Status) -> sqlx::Result<i64> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM invoices WHERE status = $1").bind(status).fetch_one(conn).await?;
    row.try_get("n")
}

/// How many invoices were issued: the counter, since none is ever deleted.
pub async fn count_all(conn: &mut Conn) -> sqlx::Result<i64> {
    let row =
        sqlx::query("SELECT CAST(COALESCE(MAX(value), 0) AS BIGINT) AS n FROM counters WHERE name = 'invoice'").fetch_one(conn).await?;
    row.try_get("n")
}

/// The portable row lock. Returns whether the invoice exists.
pub async fn raise_revision(conn: &mut Conn, id: &InvoiceId) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE invoices SET revision = revision + 1 WHERE id = $1").bind(id).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Marks a pending invoice paid. Returns whether this call did it. One that is being revoked can
/// be: the customer was faster.
pub async fn mark_paid(conn: &mut Conn, id: &InvoiceId, paid_at: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE invoices SET status = 'paid', paid_at = $2, revoking_at = NULL WHERE id = $1 AND status = 'pending'")
        .bind(id)
        .bind(paid_at)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Stops all payment of a pending invoice.
pub async fn set_revoking(conn: &mut Conn, id: &InvoiceId, by: &UserId, reason: &str, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE invoices SET revoking_at = $4, revoked_by = $2, revoke_reason = $3 WHERE id = $1 AND status = 'pending'")
        .bind(id)
        .bind(by)
        .bind(reason)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks an invoice that is being revoked as revoked. Returns who revoked it, if this call did it.
pub async fn mark_revoked(conn: &mut Conn, id: &InvoiceId, now: Timestamp) -> sqlx::Result<Option<String>> {
    let row = sqlx::query(
        "UPDATE invoices SET status = 'revoked', revoked_at = $2
         WHERE id = $1 AND status = 'pending' AND revoking_at IS NOT NULL RETURNING revoked_by",
    )
    .bind(id)
    .bind(now)
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.try_get("revoked_by")).transpose()
}
