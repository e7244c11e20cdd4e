//! All SQL of command registrations.

use sqlx::Row;

use crate::platform::db::Conn;
use crate::types::*;

pub async fn find(conn: &mut Conn, scope: &str) -> sqlx::Result<Option<String>> {
    let row = sqlx::query("SELECT fingerprint FROM command_registrations WHERE scope = $1").bind(scope).fetch_optional(conn).await?;
    row.map(|row| row.try_get("fingerprint")).transpose()
}

pub async fn upsert(conn: &mut Conn, scope: &str, fingerprint: &str, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO command_registrations (scope, fingerprint, registered_at) VALUES ($1, $2, $3)
         ON CONFLICT (scope) DO UPDATE SET fingerprint = excluded.fingerprint, registered_at = excluded.registered_at",
    )
    .bind(scope)
    .bind(fingerprint)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
