//! All SQL of reconciliation.

use sqlx::Row;

use crate::platform::db::Conn;
use crate::types::*;

/// Notes that a process begins to reconcile, unless one did since. Returns whether it may.
pub async fn start_reconciliation(conn: &mut Conn, now: Timestamp, not_since: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE reconciliation SET started_at = $1 WHERE id = 1 AND (started_at IS NULL OR started_at <= $2)")
        .bind(now)
        .bind(not_since)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes back that a process began to reconcile.
pub async fn end_reconciliation(conn: &mut Conn) -> sqlx::Result<()> {
    sqlx::query("UPDATE reconciliation SET started_at = NULL WHERE id = 1").execute(conn).await?;
    Ok(())
}

/// How far events were looked through.
pub async fn reconciled_until(conn: &mut Conn) -> sqlx::Result<Option<Timestamp>> {
    sqlx::query("SELECT done_until FROM reconciliation WHERE id = 1").fetch_one(conn).await?.try_get("done_until")
}

pub async fn set_reconciled(conn: &mut Conn, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE reconciliation SET done_until = $1 WHERE id = 1").bind(now).execute(conn).await?;
    Ok(())
}
