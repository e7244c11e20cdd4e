//! All SQL of notices.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{About, Audience, Kind, Notice, Told};
use crate::platform::db::{Conn, numbered, rows_of, word_columns};
use crate::types::*;

word_columns!(Kind, Audience);

fn notice(row: &AnyRow) -> sqlx::Result<Notice> {
    Ok(Notice {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        audience: row.try_get("audience")?,
        account: row.try_get("account_id")?,
        about: match (row.try_get("invoice_id")?, row.try_get("deliverable_id")?) {
            (Some(invoice), Some(file)) => About::Deliverable(file, invoice),
            (Some(invoice), None) => About::Invoice(invoice),
            (None, _) => return Err(sqlx::Error::Decode("a notice about what this build does not know".into())),
        },
        created_at: row.try_get("created_at")?,
    })
}

pub async fn insert(conn: &mut Conn, notices: &[Notice]) -> sqlx::Result<()> {
    let text = "INSERT INTO notices (id, kind, audience, account_id, invoice_id, deliverable_id, created_at) VALUES ";
    let mut query = sqlx::query(numbered(&(text.to_owned() + &rows_of(notices.len(), 7))));
    for notice in notices {
        query = query
            .bind(notice.id)
            .bind(notice.kind)
            .bind(notice.audience)
            .bind(notice.account)
            .bind(notice.about.invoice())
            .bind(notice.about.deliverable())
            .bind(notice.created_at);
    }
    query.execute(conn).await?;
    Ok(())
}

/// A notice that was neither sent nor put into the inbox.
pub async fn find_unsent(conn: &mut Conn, id: &NoticeId) -> sqlx::Result<Option<Notice>> {
    let row = sqlx::query(
        "SELECT id, kind, audience, account_id, invoice_id, deliverable_id, created_at FROM notices
         WHERE id = $1 AND sent_at IS NULL AND closed_at IS NULL",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(notice).transpose()
}

pub async fn mark_sent(conn: &mut Conn, id: &NoticeId, channel: &ChannelId, message: &MessageId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE notices SET sent_at = $2, channel_id = $3, message_id = $4 WHERE id = $1")
        .bind(id)
        .bind(now)
        .bind(channel)
        .bind(message)
        .execute(conn)
        .await?;
    Ok(())
}

/// Puts a notice into a person's inbox.
pub async fn mark_closed(conn: &mut Conn, id: &NoticeId, account: &AccountId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE notices SET closed_at = $2, account_id = $3 WHERE id = $1").bind(id).bind(now).bind(account).execute(conn).await?;
    Ok(())
}

/// What waits in a person's inbox for them as one audience, the oldest first. What a newer build told of waits for that.
pub async fn list_unread(conn: &mut Conn, user: &UserId, audience: Audience, limit: i64) -> sqlx::Result<Vec<Notice>> {
    let rows = sqlx::query(
        "SELECT id, kind, audience, account_id, invoice_id, deliverable_id, created_at FROM notices
         WHERE account_id = (SELECT id FROM accounts WHERE discord_id = $1) AND audience = $2 AND closed_at IS NOT NULL AND read_at IS NULL
           AND invoice_id IS NOT NULL
         ORDER BY created_at, id LIMIT $3",
    )
    .bind(user)
    .bind(audience)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(notice).collect()
}

/// What the customer of an invoice was told, the oldest first.
pub async fn list_told(conn: &mut Conn, invoice: &InvoiceId, limit: i64) -> sqlx::Result<Vec<Told>> {
    let rows = sqlx::query(
        "SELECT kind, created_at, sent_at, message_id, closed_at, read_at FROM notices
         WHERE invoice_id = $1 AND audience IN ('customer') ORDER BY created_at, id LIMIT $2",
    )
    .bind(invoice)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    let told = |row: &AnyRow| {
        Ok(Told {
            kind: row.try_get("kind")?,
            created_at: row.try_get("created_at")?,
            sent_at: row.try_get("sent_at")?,
            message: row.try_get("message_id")?,
            closed_at: row.try_get("closed_at")?,
            read_at: row.try_get("read_at")?,
        })
    };
    rows.iter().map(told).collect()
}

pub async fn delete(conn: &mut Conn, id: &NoticeId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM notices WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

pub async fn mark_read(conn: &mut Conn, id: &NoticeId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE notices SET read_at = $2 WHERE id = $1").bind(id).bind(now).execute(conn).await?;
    Ok(())
}

pub async fn mark_own_read(conn: &mut Conn, id: &NoticeId, user: &UserId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE notices SET read_at = $3
         WHERE id = $1 AND account_id = (SELECT id FROM accounts WHERE discord_id = $2) AND closed_at IS NOT NULL AND read_at IS NULL",
    )
    .bind(id)
    .bind(user)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// How much of what waits in a person's inbox is for them as one audience.
pub async fn count_unread(conn: &mut Conn, account: &AccountId, audience: Audience) -> sqlx::Result<i64> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS n FROM notices WHERE account_id = $1 AND audience = $2 AND closed_at IS NOT NULL AND read_at IS NULL
           AND invoice_id IS NOT NULL",
    )
    .bind(account)
    .bind(audience)
    .fetch_one(conn)
    .await?;
    row.try_get("n")
}
