//! All SQL of bots.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::Bot;
use crate::platform::db::Conn;
use crate::types::*;

pub async fn upsert(conn: &mut Conn, bot: &Bot) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO bots (id, first_shard, last_shard, started_at, seen_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at",
    )
    .bind(bot.id)
    .bind(bot.first_shard)
    .bind(bot.last_shard)
    .bind(bot.started_at)
    .bind(bot.seen_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Bots that were seen since, the oldest first.
pub async fn list(conn: &mut Conn, since: Timestamp, limit: i64) -> sqlx::Result<Vec<Bot>> {
    let rows = sqlx::query("SELECT id, first_shard, last_shard, started_at, seen_at FROM bots WHERE seen_at >= $1 ORDER BY id LIMIT $2")
        .bind(since)
        .bind(limit)
        .fetch_all(conn)
        .await?;
    let bot = |row: &AnyRow| {
        Ok(Bot {
            id: row.try_get("id")?,
            first_shard: row.try_get("first_shard")?,
            last_shard: row.try_get("last_shard")?,
            started_at: row.try_get("started_at")?,
            seen_at: row.try_get("seen_at")?,
        })
    };
    rows.iter().map(bot).collect()
}

pub async fn delete(conn: &mut Conn, id: &BotId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM bots WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

pub async fn delete_before(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM bots WHERE seen_at < $1").bind(before).execute(conn).await?;
    Ok(())
}
