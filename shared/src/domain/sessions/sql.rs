//! All SQL of sessions.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::Session;
use crate::platform::db::Conn;
use crate::types::*;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, account_id, agent, created_at, seen_at, expires_at FROM sessions ", $rest)
    };
}

fn session(row: &AnyRow) -> sqlx::Result<Session> {
    Ok(Session {
        id: row.try_get("id")?,
        account: row.try_get("account_id")?,
        agent: row.try_get("agent")?,
        created_at: row.try_get("created_at")?,
        seen_at: row.try_get("seen_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}

pub async fn insert(conn: &mut Conn, session: &Session, token_hash: &str) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO sessions (id, token_hash, account_id, agent, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(session.id)
    .bind(token_hash)
    .bind(session.account)
    .bind(&session.agent)
    .bind(session.created_at)
    .bind(session.seen_at)
    .bind(session.expires_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find(conn: &mut Conn, token_hash: &str) -> sqlx::Result<Option<Session>> {
    let row = sqlx::query(select!("WHERE token_hash = $1")).bind(token_hash).fetch_optional(conn).await?;
    row.as_ref().map(session).transpose()
}

/// A person's sessions, the latest first.
pub async fn list(conn: &mut Conn, account: &AccountId, limit: i64) -> sqlx::Result<Vec<Session>> {
    let rows = sqlx::query(select!("WHERE account_id = $1 ORDER BY id DESC LIMIT $2")).bind(account).bind(limit).fetch_all(conn).await?;
    rows.iter().map(session).collect()
}

pub async fn note(conn: &mut Conn, id: &SessionId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE sessions SET seen_at = $2 WHERE id = $1").bind(id).bind(now).execute(conn).await?;
    Ok(())
}

/// Returns whether it was there, and this person's.
pub async fn delete(conn: &mut Conn, account: &AccountId, id: &SessionId) -> sqlx::Result<bool> {
    let done = sqlx::query("DELETE FROM sessions WHERE id = $1 AND account_id = $2").bind(id).bind(account).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

pub async fn delete_by_token(conn: &mut Conn, token_hash: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM sessions WHERE token_hash = $1").bind(token_hash).execute(conn).await?;
    Ok(())
}

pub async fn delete_all(conn: &mut Conn, account: &AccountId) -> sqlx::Result<u64> {
    Ok(sqlx::query("DELETE FROM sessions WHERE account_id = $1").bind(account).execute(conn).await?.rows_affected())
}

/// Keeps a person's latest sessions.
pub async fn delete_oldest(conn: &mut Conn, account: &AccountId, keep: i64) -> sqlx::Result<()> {
    sqlx::query(
        "DELETE FROM sessions WHERE account_id = $1
           AND id <= (SELECT id FROM sessions WHERE account_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2)",
    )
    .bind(account)
    .bind(keep)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn count(conn: &mut Conn, account: &AccountId) -> sqlx::Result<i64> {
    sqlx::query("SELECT COUNT(*) AS n FROM sessions WHERE account_id = $1").bind(account).fetch_one(conn).await?.try_get("n")
}

pub async fn delete_expired(conn: &mut Conn, now: Timestamp, idle_since: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute(&mut *conn).await?;
    sqlx::query("DELETE FROM sessions WHERE seen_at <= $1").bind(idle_since).execute(conn).await?;
    Ok(())
}
