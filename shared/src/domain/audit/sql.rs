//! All SQL of the audit log.

use crate::platform::db::Conn;
use crate::types::*;

pub async fn insert(
    conn: &mut Conn,
    id: &AuditId,
    at: Timestamp,
    actor: &str,
    action: &str,
    target: &str,
    detail: &str,
) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO audit (id, at, actor, action, target, detail) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(id)
        .bind(at)
        .bind(actor)
        .bind(action)
        .bind(target)
        .bind(detail)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn count_refusal(conn: &mut Conn, actor: &UserId, command: &str, window_start: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO refusals (actor, command, window_start, count) VALUES ($1, $2, $3, 1)
         ON CONFLICT (actor, command, window_start) DO UPDATE SET count = refusals.count + 1",
    )
    .bind(actor)
    .bind(command)
    .bind(window_start)
    .execute(conn)
    .await?;
    Ok(())
}
