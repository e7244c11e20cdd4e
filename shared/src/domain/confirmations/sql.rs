//! All SQL of confirmations.

use sqlx::Row;

use crate::platform::db::Conn;
use crate::types::*;

pub async fn insert(
    conn: &mut Conn,
    id: &ConfirmationId,
    actor: &UserId,
    operation: &str,
    created_at: Timestamp,
    expires_at: Timestamp,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO confirmations (id, actor, operation, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(id)
        .bind(actor)
        .bind(operation)
        .bind(created_at)
        .bind(expires_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// What a confirmation that was put to this person is about, used or not.
pub async fn find(conn: &mut Conn, id: &ConfirmationId, actor: &UserId) -> sqlx::Result<Option<String>> {
    let row =
        sqlx::query("SELECT operation FROM confirmations WHERE id = $1 AND actor = $2").bind(id).bind(actor).fetch_optional(conn).await?;
    row.map(|row| row.try_get("operation")).transpose()
}

/// Uses a confirmation. Returns whether this call did it, in time.
pub async fn mark_used(conn: &mut Conn, id: &ConfirmationId, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE confirmations SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn delete_expired(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM confirmations WHERE expires_at < $1").bind(before).execute(conn).await?;
    Ok(())
}
