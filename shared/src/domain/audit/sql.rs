//! All SQL of the audit log.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Action, Entry, Filter};
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

/// The rows from a place to another, in order.
pub async fn between(conn: &mut Conn, from: i64, to: i64, limit: i64) -> sqlx::Result<Vec<Entry>> {
    let text = format!("{SELECT}seq >= ? AND seq <= ? ORDER BY seq LIMIT ?");
    let rows = sqlx::query(numbered(&text)).bind(from).bind(to).bind(limit).fetch_all(conn).await?;
    rows.iter().map(entry).collect()
}

/// The place of a row that stands outside the chain: `None` where there is none, and of a row at no place
/// nothing. What is written meanwhile is not outside: its row and the end of the chain are read as one.
pub async fn find_outside(conn: &mut Conn) -> sqlx::Result<Option<Option<i64>>> {
    for text in [
        "SELECT seq FROM audit WHERE seq IS NULL LIMIT 1",
        "SELECT seq FROM audit WHERE seq < 1 ORDER BY seq LIMIT 1",
        "SELECT seq FROM audit WHERE seq > (SELECT seq FROM audit_head WHERE id = 1) ORDER BY seq LIMIT 1",
    ] {
        if let Some(row) = sqlx::query(text).fetch_optional(&mut *conn).await? {
            return row.try_get("seq").map(Some);
        }
    }
    Ok(None)
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

/// When a person last looked through choices in a window.
pub async fn last_look(conn: &mut Conn, actor: &UserId, window_start: Timestamp) -> sqlx::Result<Option<Timestamp>> {
    let row = sqlx::query("SELECT looked_at FROM looks WHERE actor = $1 AND window_start = $2")
        .bind(actor)
        .bind(window_start)
        .fetch_optional(conn)
        .await?;
    row.map(|row| row.try_get("looked_at")).transpose()
}

/// Counts a look through choices, unless one since `after` is counted already. Returns how many there are in
/// this window, where this one counts.
pub async fn count_look(
    conn: &mut Conn,
    actor: &UserId,
    window_start: Timestamp,
    now: Timestamp,
    after: Timestamp,
) -> sqlx::Result<Option<i64>> {
    let row = sqlx::query(
        "INSERT INTO looks (actor, window_start, count, looked_at) VALUES ($1, $2, 1, $3)
         ON CONFLICT (actor, window_start) DO UPDATE SET count = looks.count + 1, looked_at = excluded.looked_at
         WHERE looks.looked_at <= $4 RETURNING count",
    )
    .bind(actor)
    .bind(window_start)
    .bind(now)
    .bind(after)
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.try_get("count")).transpose()
}

/// How many looks through choices there were in a window; 1 where that is not known.
pub async fn looks(conn: &mut Conn, actor: &str, window_start: Timestamp) -> sqlx::Result<i64> {
    let row = sqlx::query("SELECT count FROM looks WHERE actor = $1 AND window_start = $2")
        .bind(actor)
        .bind(window_start)
        .fetch_optional(conn)
        .await?;
    row.map_or(Ok(1), |row| row.try_get("count"))
}

/// Counts what is done again and again. Returns how often it was in this window.
pub async fn count_repeat(
    conn: &mut Conn,
    actor: &str,
    action: Action,
    target: &str,
    detail: &str,
    window_start: Timestamp,
) -> sqlx::Result<i64> {
    let row = sqlx::query(
        "INSERT INTO audit_repeats (actor, action, target, detail, window_start, count) VALUES ($1, $2, $3, $4, $5, 1)
         ON CONFLICT (actor, action, target, detail, window_start) DO UPDATE SET count = audit_repeats.count + 1 RETURNING count",
    )
    .bind(actor)
    .bind(action.as_str())
    .bind(target)
    .bind(detail)
    .bind(window_start)
    .fetch_one(conn)
    .await?;
    row.try_get("count")
}

/// How often what a row tells of was done in its window; 1 where that was not counted.
pub async fn repeats(conn: &mut Conn, entry: &Entry, window_start: Timestamp) -> sqlx::Result<i64> {
    let row = sqlx::query(
        "SELECT count FROM audit_repeats WHERE actor = $1 AND action = $2 AND target = $3 AND detail = $4 AND window_start = $5",
    )
    .bind(&entry.actor)
    .bind(&entry.action)
    .bind(&entry.target)
    .bind(&entry.detail)
    .bind(window_start)
    .fetch_optional(conn)
    .await?;
    row.map_or(Ok(1), |row| row.try_get("count"))
}
