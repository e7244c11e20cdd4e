//! All SQL of deliverables.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Deliverable, Object, Version};
use crate::platform::db::{Conn, numbered};
use crate::types::*;

const SELECT: &str =
    "SELECT id, invoice_id, label, version, object_key, file_name, size_bytes, content_type, sha256, created_at, removed_at
     FROM deliverables d WHERE ";

/// What a person knows a deliverable by.
pub struct Named {
    pub id: DeliverableId,
    pub label: String,
    pub invoice: InvoiceNumber,
    /// Of the invoice.
    pub title: String,
}

/// Whose files a list holds.
pub enum Whose {
    Everybody,
    Account(AccountId),
    Invoice(InvoiceId),
}

impl Whose {
    /// What of a statement says so; takes the id, where there is one.
    fn condition(&self) -> &'static str {
        match self {
            Whose::Everybody => "",
            Whose::Account(_) => " AND d.account_id = ?",
            Whose::Invoice(_) => " AND d.invoice_id = ?",
        }
    }

    fn id(&self) -> Option<String> {
        match self {
            Whose::Everybody => None,
            Whose::Account(account) => Some(account.to_string()),
            Whose::Invoice(invoice) => Some(invoice.to_string()),
        }
    }
}

fn deliverable(row: &AnyRow) -> sqlx::Result<Deliverable> {
    Ok(Deliverable {
        id: row.try_get("id")?,
        invoice: row.try_get("invoice_id")?,
        label: row.try_get("label")?,
        version: row.try_get("version")?,
        object: object(row)?,
        file_name: row.try_get("file_name")?,
        created_at: row.try_get("created_at")?,
        removed_at: row.try_get("removed_at")?,
    })
}

fn object(row: &AnyRow) -> sqlx::Result<Object> {
    Ok(Object {
        key: row.try_get("object_key")?,
        size_bytes: row.try_get("size_bytes")?,
        content_type: row.try_get("content_type")?,
        sha256: row.try_get("sha256")?,
    })
}

pub async fn insert(conn: &mut Conn, deliverable: &Deliverable, customer: &AccountId, created_by: &AccountId) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO deliverables (id, invoice_id, account_id, label, version, object_key, file_name, size_bytes, content_type, sha256,
                                   created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(deliverable.id)
    .bind(deliverable.invoice)
    .bind(customer)
    .bind(&deliverable.label)
    .bind(deliverable.version)
    .bind(&deliverable.object.key)
    .bind(&deliverable.file_name)
    .bind(deliverable.object.size_bytes)
    .bind(&deliverable.object.content_type)
    .bind(&deliverable.object.sha256)
    .bind(created_by)
    .bind(deliverable.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what a deliverable is now as a version, before it is replaced.
pub async fn keep_version(conn: &mut Conn, id: &DeliverableId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO deliverable_versions (deliverable_id, version, object_key, file_name, size_bytes, content_type, sha256,
                                           created_by, created_at, replaced_at)
         SELECT id, version, object_key, file_name, size_bytes, content_type, sha256, created_by, created_at, $2
         FROM deliverables WHERE id = $1",
    )
    .bind(id)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn update(conn: &mut Conn, deliverable: &Deliverable, created_by: &AccountId) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE deliverables SET label = $2, version = $3, object_key = $4, file_name = $5, size_bytes = $6, content_type = $7,
                                 sha256 = $8, created_by = $9, created_at = $10
         WHERE id = $1",
    )
    .bind(deliverable.id)
    .bind(&deliverable.label)
    .bind(deliverable.version)
    .bind(&deliverable.object.key)
    .bind(&deliverable.file_name)
    .bind(deliverable.object.size_bytes)
    .bind(&deliverable.object.content_type)
    .bind(&deliverable.object.sha256)
    .bind(created_by)
    .bind(deliverable.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn mark_removed(conn: &mut Conn, id: &DeliverableId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE deliverables SET removed_at = $2 WHERE id = $1").bind(id).bind(now).execute(conn).await?;
    Ok(())
}

/// A deliverable, removed or not.
pub async fn find(conn: &mut Conn, id: &DeliverableId) -> sqlx::Result<Option<Deliverable>> {
    let row = sqlx::query(numbered(&format!("{SELECT}d.id = ?"))).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(deliverable).transpose()
}

/// Deliverables that are not removed, in the order of the turn, at most `limit`.
pub async fn list(conn: &mut Conn, whose: &Whose, turn: &Turn<DeliverableId>, limit: i64) -> sqlx::Result<Vec<Deliverable>> {
    let text = format!("{SELECT}d.removed_at IS NULL{}{}", whose.condition(), turn.sql("d.id"));
    let mut query = sqlx::query(numbered(&text));
    if let Some(id) = whose.id() {
        query = query.bind(id);
    }
    if let Some(key) = turn.key() {
        query = query.bind(key);
    }
    let rows = query.bind(limit).fetch_all(conn).await?;
    rows.iter().map(deliverable).collect()
}

/// Every deliverable that an invoice ever had, the oldest first.
pub async fn list_all(conn: &mut Conn, invoice: &InvoiceId) -> sqlx::Result<Vec<Deliverable>> {
    let rows = sqlx::query(numbered(&format!("{SELECT}d.invoice_id = ? ORDER BY d.id"))).bind(invoice).fetch_all(conn).await?;
    rows.iter().map(deliverable).collect()
}

/// What people know deliverables by, the newest first: one statement, because a person is typing.
pub async fn list_named(conn: &mut Conn, whose: &Whose, limit: i64) -> sqlx::Result<Vec<Named>> {
    // A cross join, because SQLite then reads deliverables first, in the order of their index.
    let text = format!(
        "SELECT d.id, d.label, i.number, i.title FROM deliverables d CROSS JOIN invoices i
         WHERE i.id = d.invoice_id AND d.removed_at IS NULL{} ORDER BY d.id DESC LIMIT ?",
        whose.condition()
    );
    let mut query = sqlx::query(numbered(&text));
    if let Some(id) = whose.id() {
        query = query.bind(id);
    }
    let named = |row: &AnyRow| {
        Ok(Named { id: row.try_get("id")?, label: row.try_get("label")?, invoice: row.try_get("number")?, title: row.try_get("title")? })
    };
    query.bind(limit).fetch_all(conn).await?.iter().map(named).collect()
}

/// What a deliverable was before, the latest first.
pub async fn list_versions(conn: &mut Conn, id: &DeliverableId, limit: i64) -> sqlx::Result<Vec<Version>> {
    let rows = sqlx::query(
        "SELECT version, object_key, file_name, size_bytes, content_type, sha256, created_at FROM deliverable_versions
         WHERE deliverable_id = $1 ORDER BY version DESC LIMIT $2",
    )
    .bind(id)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    let version = |row: &AnyRow| {
        Ok(Version {
            version: row.try_get("version")?,
            object: object(row)?,
            file_name: row.try_get("file_name")?,
            created_at: row.try_get("created_at")?,
        })
    };
    rows.iter().map(version).collect()
}

/// Whether a deliverable that is not removed holds an object, now or in a former version.
pub async fn holds_object(conn: &mut Conn, object_key: &str) -> sqlx::Result<bool> {
    let row = sqlx::query(
        "SELECT (SELECT COUNT(*) FROM deliverables WHERE object_key = $1 AND removed_at IS NULL)
              + (SELECT COUNT(*) FROM deliverable_versions v JOIN deliverables d ON d.id = v.deliverable_id
                 WHERE v.object_key = $1 AND d.removed_at IS NULL) AS n",
    )
    .bind(object_key)
    .fetch_one(conn)
    .await?;
    Ok(row.try_get::<i64, _>("n")? > 0)
}

/// An opening as it is stored.
pub struct OpeningRow {
    pub id: OpeningId,
    pub deliverable: DeliverableId,
    pub version: i64,
    pub opened_at: Timestamp,
    /// Sealed.
    pub address: String,
    pub count: i64,
}

/// Keeps that a file was opened, or counts it where the same opener did that in the same window.
pub async fn count_opening(
    conn: &mut Conn,
    id: &OpeningId,
    opened: &Deliverable,
    opener: &str,
    window_start: Timestamp,
    sealed: &str,
    now: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO openings (id, deliverable_id, invoice_id, version, opened_at, address, opener, window_start, count)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
         ON CONFLICT (opener, deliverable_id, version, window_start) DO UPDATE SET count = openings.count + 1",
    )
    .bind(id)
    .bind(opened.id)
    .bind(opened.invoice)
    .bind(opened.version)
    .bind(now)
    .bind(sealed)
    .bind(opener)
    .bind(window_start)
    .execute(conn)
    .await?;
    Ok(())
}

/// The openings of an invoice: the oldest first, or the newest first.
pub async fn list_openings(conn: &mut Conn, invoice: &InvoiceId, oldest_first: bool, limit: i64) -> sqlx::Result<Vec<OpeningRow>> {
    let order = if oldest_first { "opened_at, id" } else { "opened_at DESC, id DESC" };
    let text = format!(
        "SELECT id, deliverable_id, version, opened_at, address, count FROM openings WHERE invoice_id = ? ORDER BY {order} LIMIT ?"
    );
    let rows = sqlx::query(numbered(&text)).bind(invoice).bind(limit).fetch_all(conn).await?;
    let opening = |row: &AnyRow| {
        Ok(OpeningRow {
            id: row.try_get("id")?,
            deliverable: row.try_get("deliverable_id")?,
            version: row.try_get("version")?,
            opened_at: row.try_get("opened_at")?,
            address: row.try_get("address")?,
            count: row.try_get("count")?,
        })
    };
    rows.iter().map(opening).collect()
}

pub async fn delete_openings(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM openings WHERE opened_at < $1").bind(before).execute(conn).await?;
    Ok(())
}
