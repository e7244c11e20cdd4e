//! The bots that run on one database: a row for each, so that one which somebody forgot is named. Two of
//! them do nothing twice ([`interactions`](super::interactions)), but they cost twice as much.

mod sql;

use std::time::Duration;

use crate::app::App;
use crate::error::Result;
use crate::platform::db::Conn;
use crate::types::*;

/// How often a bot says that it runs.
pub const BEAT: Duration = Duration::from_secs(30);
/// A bot that said nothing for this long does not run any more.
const GONE_AFTER: Duration = Duration::from_secs(90);
/// Most bots that are looked at; more than a few are a mistake anyway.
const MAX: i64 = 20;

/// A running bot. No name of its machine: that may be a person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bot {
    /// Another one for each start.
    pub id: BotId,
    /// The first shard that it connected, from 0.
    pub first_shard: i64,
    /// The last one.
    pub last_shard: i64,
    /// When it started.
    pub started_at: Timestamp,
    /// When it said last that it runs.
    pub seen_at: Timestamp,
}

impl Bot {
    /// A bot that starts with as many shards.
    pub fn starts(shards: u32, now: Timestamp) -> Self {
        let last_shard = i64::from(shards.max(1)) - 1;
        Self { id: BotId::new(), first_shard: 0, last_shard, started_at: now, seen_at: now }
    }

    fn shares_a_shard_with(&self, other: &Bot) -> bool {
        self.first_shard <= other.last_shard && other.first_shard <= self.last_shard
    }
}

/// Says that a bot runs, and tells which others were seen on its shards since it started: what a killed
/// bot left behind is not among them.
pub async fn beat(app: &App, bot: &Bot, now: Timestamp) -> Result<Vec<Bot>> {
    let mut tx = app.db.write().await?;
    sql::upsert(&mut tx, &Bot { seen_at: now, ..bot.clone() }).await?;
    sql::delete_before(&mut tx, now.minus(GONE_AFTER)).await?;
    let mut others = sql::list(&mut tx, now.minus(GONE_AFTER), MAX).await?;
    tx.commit().await?;
    others.retain(|other| other.id != bot.id && other.seen_at > bot.started_at && bot.shares_a_shard_with(other));
    Ok(others)
}

/// Takes a bot that stops off the list.
pub async fn stopped(app: &App, bot: &Bot) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::delete(&mut tx, &bot.id).await?;
    tx.commit().await
}

/// The bots that said less than 90 seconds ago that they run, the oldest first. One that was killed counts
/// until then.
pub async fn running(conn: &mut Conn, now: Timestamp) -> Result<Vec<Bot>> {
    Ok(sql::list(conn, now.minus(GONE_AFTER), MAX).await?)
}
