//! All SQL of links.

use sqlx::Row;

use super::{Kind, Link, Use};
use crate::platform::db::{Conn, word_columns};
use crate::types::*;

word_columns!(Kind);

pub async fn insert(
    conn: &mut Conn,
    id: &str,
    kind: Kind,
    invoice: &InvoiceId,
    deliverable: Option<&DeliverableId>,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO links (id, kind, invoice_id, deliverable_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(kind)
        .bind(invoice)
        .bind(deliverable)
        .bind(created_at)
        .bind(expires_at)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: &str, kind: Kind) -> sqlx::Result<Option<Link>> {
    let row = sqlx::query(
        "SELECT id, invoice_id, deliverable_id, expires_at, used_at, used_by, used_from FROM links WHERE id = $1 AND kind = $2",
    )
    .bind(id)
    .bind(kind)
    .fetch_optional(conn)
    .await?;
    row.map(|row| {
        let used = match row.try_get::<Option<Timestamp>, _>("used_at")? {
            Some(at) => Some(Use { at, by: row.try_get("used_by")?, from: row.try_get("used_from")? }),
            None => None,
        };
        Ok(Link {
            id: row.try_get("id")?,
            invoice: row.try_get("invoice_id")?,
            deliverable: row.try_get("deliverable_id")?,
            expires_at: row.try_get("expires_at")?,
            used,
        })
    })
    .transpose()
}

/// Marks a link used. Returns whether this call did it.
pub async fn mark_used(conn: &mut Conn, id: &str, first: &Use) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE links SET used_at = $2, used_by = $3, used_from = $4 WHERE id = $1 AND used_at IS NULL")
        .bind(id)
        .bind(first.at)
        .bind(&first.by)
        .bind(&first.from)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The id of an invoice's pay link.
pub async fn find_pay(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Option<String>> {
    let row = sqlx::query("SELECT id FROM links WHERE invoice_id = $1 AND kind = 'pay'").bind(invoice).fetch_optional(conn).await?;
    row.map(|row| row.try_get("id")).transpose()
}

pub async fn delete_expired(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM links WHERE expires_at IS NOT NULL AND expires_at < $1").bind(before).execute(conn).await?;
    Ok(())
}
