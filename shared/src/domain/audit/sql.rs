//! All SQL of the audit log.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Entry, Filter};
use crate::platform::db::{Conn, numbered};
use crate::types::*;

const SELECT: &str = "SELECT seq, id, at, actor, action, target, detail, hash FROM audit WHERE ";

fn entry(row: &AnyRow) -> sqlx::Result<Entry> {
    Ok(Entry {
        seq: row.try_get("seq")?,
        id: row.try_get("id")?,
        at: row.try_get("at")?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        target: row.try_get("target")?,
        detail: row.try_get("detail")?,
        hash: row.try_get("hash")?,
    })
}

/// Locks the end of the chain. Returns the next place and the hash before it.
pub async fn next(conn: &mut Conn) -> sqlx::Result<(i64, String)> {
    let row = sqlx::query("UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash").fetch_one(conn).await?;
    Ok((row.try_get("seq")?, row.try_get("hash")?))
}

pub async fn set_head(conn: &mut Conn, hash: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE audit_head SET hash = $1 WHERE id = 1").bind(hash).execute(conn).await?;
    Ok(())
}

/// How many rows there are, the hash of the last one, and how many are from before the chain.
pub async fn head(conn: &mut Conn) -> sqlx::Result<(i64, String, i64)> {
    let row = sqlx::query("SELECT seq, hash, unchained FROM audit_head WHERE id = 1").fetch_one(conn).await?;
    Ok((row.try_get("seq")?, row.try_get("hash")?, row.try_get("unchained")?))
}

pub async fn insert(conn: &mut Conn, entry: &Entry) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO audit (seq, id, at, actor, action, target, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(entry.seq)
        .bind(&entry.id)
        .bind(entry.at)
        .bind(&entry.actor)
        .bind(&entry.action)
        .bind(&entry.target)
        .bind(&entry.detail)
        .bind(&entry.hash)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn list(conn: &mut Conn, filter: &Filter, turn: &Turn<i64>, limit: i64) -> sqlx::Result<Vec<Entry>> {
    // Not `seq > 0`: SQLite would take a second bound of `seq` for as good as the second wish.
    let mut text = format!("{SELECT}1 = 1");
    for (wanted, condition) in [
        (filter.actor.is_some(), " AND actor = ?"),
        (filter.action.is_some(), " AND action = ?"),
        (filter.target.is_some(), " AND target = ?"),
    ] {
        if wanted {
            text.push_str(condition);
        }
    }
    let mut query = sqlx::query(numbered(&(text + &turn.sql("seq"))));
    if let Some(actor) = &filter.actor {
        query = query.bind(actor);
    }
    if let Some(action) = filter.action {
        query = query.bind(action.as_str());
    }
    if let Some(target) = &filter.target {
        query = query.bind(target);
    }
    if let Some(key) = turn.key() {
        query = query.bind(*key);
    }
    let rows = query.bind(limit).fetch_all(conn).await?;
    rows.iter().map(entry).collect()
}

/// The rows after a place, in order.
pub async fn after(conn: &mut Conn, seq: i64, limit: i64) -> sqlx::Result<Vec<Entry>> {
    let rows = sqlx::query(numbered(&format!("{SELECT}seq > ? ORDER BY seq LIMIT ?"))).bind(seq).bind(limit).fetch_all(conn).await?;
    rows.iter().map(entry).collect()
}

/// Counts a refusal. Returns how many there are in this window.
pub async fn count_refusal(conn: &mut Conn, actor: &UserId, command: &str, window_start: Timestamp) -> sqlx::Result<i64> {
    let row = sqlx::query(
        "INSERT INTO refusals (actor, command, window_start, count) VALUES ($1, $2, $3, 1)
         ON CONFLICT (actor, command, window_start) DO UPDATE SET count = refusals.count + 1 RETURNING count",
    )
    .bind(actor)
    .bind(command)
    .bind(window_start)
    .fetch_one(conn)
    .await?;
    row.try_get("count")
}

/// How many refusals there were in a window; 1 where that is not known.
pub async fn refusals(conn: &mut Conn, actor: &str, command: &str, window_start: Timestamp) -> sqlx::Result<i64> {
    let row = sqlx::query("SELECT count FROM refusals WHERE actor = $1 AND command = $2 AND window_start = $3")
        .bind(actor)
        .bind(command)
        .bind(window_start)
        .fetch_optional(conn)
        .await?;
    row.map_or(Ok(1), |row| row.try_get("count"))
}
