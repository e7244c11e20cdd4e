//! All SQL of sign-ins.

use sqlx::Row;

use super::SignIn;
use crate::platform::db::Conn;
use crate::types::*;

pub async fn insert(conn: &mut Conn, state_hash: &str, sign_in: &SignIn) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO sign_ins (state_hash, browser_hash, verifier, expected, return_to, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(state_hash)
    .bind(&sign_in.browser_hash)
    .bind(&sign_in.verifier)
    .bind(sign_in.expected)
    .bind(&sign_in.return_to)
    .bind(sign_in.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut Conn, state_hash: &str) -> sqlx::Result<Option<SignIn>> {
    let row = sqlx::query("SELECT browser_hash, verifier, expected, return_to, created_at FROM sign_ins WHERE state_hash = $1")
        .bind(state_hash)
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        Ok(SignIn {
            browser_hash: row.try_get("browser_hash")?,
            verifier: row.try_get("verifier")?,
            expected: row.try_get("expected")?,
            return_to: row.try_get("return_to")?,
            created_at: row.try_get("created_at")?,
        })
    })
    .transpose()
}

/// Returns whether this call was the first.
pub async fn delete(conn: &mut Conn, state_hash: &str) -> sqlx::Result<bool> {
    Ok(sqlx::query("DELETE FROM sign_ins WHERE state_hash = $1").bind(state_hash).execute(conn).await?.rows_affected() == 1)
}

pub async fn delete_before(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM sign_ins WHERE created_at < $1").bind(before).execute(conn).await?;
    Ok(())
}
