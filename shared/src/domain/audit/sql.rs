//! All SQL of the audit log.

use std::time::Duration;

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{COUNT_WINDOW, Counted, Entry, Filter};
use crate::platform::db::{Conn, numbered, rows_of};
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

/// Locks the end of the chain and moves it by so many places. Returns the last of them and the hash before them.
pub async fn advance(conn: &mut Conn, places: usize) -> sqlx::Result<(i64, String)> {
    let row = sqlx::query("UPDATE audit_head SET seq = seq + $1 WHERE id = 1 RETURNING seq, hash").bind(places as i64).fetch_one(conn);
    let row = row.await?;
    Ok((row.try_get("seq")?, row.try_get("hash")?))
}

pub async fn set_head(conn: &mut Conn, hash: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE audit_head SET hash = $1 WHERE id = 1").bind(hash).execute(conn).await?;
    Ok(())
}

/// How many rows there are, the hash of the last one, and how many are from before the chain; `None` where what says
/// so is gone, or holds what we never write.
pub async fn head(conn: &mut Conn) -> sqlx::Result<Option<(i64, String, i64)>> {
    let row = sqlx::query("SELECT seq, hash, unchained FROM audit_head WHERE id = 1").fetch_optional(conn).await?;
    let read = |row: &AnyRow| Ok::<_, sqlx::Error>((row.try_get("seq")?, row.try_get("hash")?, row.try_get("unchained")?));
    Ok(row.and_then(|row| read(&row).ok()))
}

pub async fn insert(conn: &mut Conn, entries: &[Entry]) -> sqlx::Result<()> {
    let text = "INSERT INTO audit (seq, id, at, actor, action, target, detail, hash) VALUES ";
    let mut query = sqlx::query(numbered(&(text.to_owned() + &rows_of(entries.len(), 8))));
    for entry in entries {
        query = query
            .bind(entry.seq)
            .bind(entry.id)
            .bind(entry.at)
            .bind(&entry.actor)
            .bind(&entry.action)
            .bind(&entry.target)
            .bind(&entry.detail)
            .bind(&entry.hash);
    }
    query.execute(conn).await?;
    Ok(())
}

/// A page of rows, each with how often it was repeated: 1 where that is not counted.
pub async fn list(conn: &mut Conn, filter: &Filter, turn: &Turn<i64>, limit: i64) -> sqlx::Result<Vec<(Entry, i64)>> {
    // Within the columns, so that it is looked up for each row by the key of its table.
    let mut text = String::from(
        "SELECT seq, id, at, actor, action, target, detail, hash,
                (SELECT c.count FROM audit_counts c
                 WHERE c.actor = audit.actor AND c.action = audit.action AND c.target = audit.target AND c.detail = audit.detail
                   AND c.window_start = audit.at - audit.at % ?) AS count
         FROM audit WHERE 1 = 1",
    );
    for (wanted, condition) in [
        (filter.actor.is_some(), " AND actor = ?"),
        (filter.action.is_some(), " AND action = ?"),
        (filter.target.is_some(), " AND target = ?"),
    ] {
        if wanted {
            text.push_str(condition);
        }
    }
    let mut query = sqlx::query(numbered(&(text + &turn.sql("seq")))).bind(COUNT_WINDOW.as_millis() as i64);
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
    rows.iter().map(|row| Ok((entry(row)?, row.try_get::<Option<i64>, _>("count")?.unwrap_or(1)))).collect()
}

/// The rows from a place to another, in order; `None` for one that holds what we never write, such as another id.
pub async fn between(conn: &mut Conn, from: i64, to: i64, limit: i64) -> sqlx::Result<Vec<Option<Entry>>> {
    let text = format!("{SELECT}seq >= ? AND seq <= ? ORDER BY seq LIMIT ?");
    let rows = sqlx::query(numbered(&text)).bind(from).bind(to).bind(limit).fetch_all(conn).await?;
    Ok(rows.iter().map(|row| entry(row).ok()).collect())
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

/// Counts what is done again and again, unless it was counted less than `pause` ago. Returns how often it was in
/// this window, where this time counts.
pub async fn count(conn: &mut Conn, counted: &Counted<'_>, pause: Duration, now: Timestamp) -> sqlx::Result<Option<i64>> {
    let row = sqlx::query(
        "INSERT INTO audit_counts (actor, action, target, detail, window_start, count, counted_at) VALUES ($1, $2, $3, $4, $5, 1, $6)
         ON CONFLICT (actor, action, target, detail, window_start)
             DO UPDATE SET count = audit_counts.count + 1, counted_at = excluded.counted_at WHERE audit_counts.counted_at <= $7
         RETURNING count",
    )
    .bind(counted.by)
    .bind(counted.action.as_str())
    .bind(counted.target.to_string())
    .bind(counted.detail)
    .bind(counted.window_start)
    .bind(now)
    .bind(now.minus(pause))
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.try_get("count")).transpose()
}

/// When it was counted last in this window.
pub async fn last_counted(conn: &mut Conn, counted: &Counted<'_>) -> sqlx::Result<Option<Timestamp>> {
    let row = sqlx::query(
        "SELECT counted_at FROM audit_counts WHERE actor = $1 AND action = $2 AND target = $3 AND detail = $4 AND window_start = $5",
    )
    .bind(counted.by)
    .bind(counted.action.as_str())
    .bind(counted.target.to_string())
    .bind(counted.detail)
    .bind(counted.window_start)
    .fetch_optional(conn)
    .await?;
    row.map(|row| row.try_get("counted_at")).transpose()
}
