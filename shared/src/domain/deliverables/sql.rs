//! All SQL of deliverables.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::Deliverable;
use crate::platform::db::Conn;
use crate::types::*;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.invoice_id, d.label, d.object_key, d.file_name, d.size_bytes, d.content_type, d.sha256, d.created_at
             FROM deliverables d ",
            $rest
        )
    };
}

fn deliverable(row: &AnyRow) -> sqlx::Result<Deliverable> {
    Ok(Deliverable {
        id: row.try_get("id")?,
        invoice: row.try_get("invoice_id")?,
        label: row.try_get("label")?,
        object_key: row.try_get("object_key")?,
        file_name: row.try_get("file_name")?,
        size_bytes: row.try_get("size_bytes")?,
        content_type: row.try_get("content_type")?,
        sha256: row.try_get("sha256")?,
        created_at: row.try_get("created_at")?,
    })
}

pub async fn insert(conn: &mut Conn, deliverable: &Deliverable, created_by: &AccountId) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO deliverables (id, invoice_id, label, object_key, file_name, size_bytes, content_type, sha256, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&deliverable.id)
    .bind(&deliverable.invoice)
    .bind(&deliverable.label)
    .bind(&deliverable.object_key)
    .bind(&deliverable.file_name)
    .bind(deliverable.size_bytes)
    .bind(&deliverable.content_type)
    .bind(&deliverable.sha256)
    .bind(created_by)
    .bind(deliverable.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut Conn, id: &DeliverableId) -> sqlx::Result<Option<Deliverable>> {
    let row = sqlx::query(select!("WHERE d.id = $1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(deliverable).transpose()
}

/// A person's deliverables, the newest first.
pub async fn list_of(conn: &mut Conn, user: &UserId, limit: i64) -> sqlx::Result<Vec<Deliverable>> {
    let rows = sqlx::query(select!(
        "JOIN invoices i ON i.id = d.invoice_id JOIN accounts c ON c.id = i.account_id
         WHERE c.discord_id = $1 ORDER BY d.id DESC LIMIT $2"
    ))
    .bind(user)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(deliverable).collect()
}

/// An invoice's deliverables, the oldest first.
pub async fn list_of_invoice(conn: &mut Conn, invoice: &InvoiceId, limit: i64) -> sqlx::Result<Vec<Deliverable>> {
    let rows = sqlx::query(select!("WHERE d.invoice_id = $1 ORDER BY d.created_at, d.id LIMIT $2"))
        .bind(invoice)
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter().map(deliverable).collect()
}

/// Whether a deliverable holds an object.
pub async fn holds_object(conn: &mut Conn, object_key: &str) -> sqlx::Result<bool> {
    let row = sqlx::query("SELECT COUNT(*) AS n FROM deliverables WHERE object_key = $1").bind(object_key).fetch_one(conn).await?;
    Ok(row.try_get::<i64, _>("n")? > 0)
}
