//! All SQL of alarms.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Alarm, Trouble};
use crate::platform::db::{Conn, word_columns};
use crate::types::*;

word_columns!(Trouble);

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, trouble, about, invoice_id, code, raised_at, told_at, over_at FROM alarms ", $rest)
    };
}

fn alarm(row: &AnyRow) -> sqlx::Result<Alarm> {
    Ok(Alarm {
        id: row.try_get("id")?,
        trouble: row.try_get("trouble")?,
        about: row.try_get("about")?,
        invoice: row.try_get("invoice_id")?,
        code: row.try_get("code")?,
        raised_at: row.try_get("raised_at")?,
        told_at: row.try_get("told_at")?,
        over_at: row.try_get("over_at")?,
    })
}

/// Returns whether it is new: one that is open already stays as it is.
pub async fn insert(conn: &mut Conn, alarm: &Alarm) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO alarms (id, trouble, about, invoice_id, code, raised_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (trouble, about) WHERE over_at IS NULL DO NOTHING",
    )
    .bind(alarm.id)
    .bind(alarm.trouble)
    .bind(&alarm.about)
    .bind(alarm.invoice)
    .bind(&alarm.code)
    .bind(alarm.raised_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn find(conn: &mut Conn, id: &AlarmId) -> sqlx::Result<Option<Alarm>> {
    let row = sqlx::query(select!("WHERE id = $1")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(alarm).transpose()
}

/// Those that are not over, the oldest first.
pub async fn list_open(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<Alarm>> {
    let rows = sqlx::query(select!("WHERE over_at IS NULL ORDER BY raised_at, id LIMIT $1")).bind(limit).fetch_all(conn).await?;
    rows.iter().map(alarm).collect()
}

/// How many of each trouble are not over.
pub async fn count_open(conn: &mut Conn) -> sqlx::Result<Vec<(Trouble, i64)>> {
    let rows =
        sqlx::query("SELECT trouble, COUNT(*) AS n FROM alarms WHERE over_at IS NULL GROUP BY trouble ORDER BY trouble").fetch_all(conn);
    rows.await?.iter().map(|row| Ok((row.try_get("trouble")?, row.try_get("n")?))).collect()
}

/// Those of one trouble that are not over, the newest first.
pub async fn list_of(conn: &mut Conn, trouble: Trouble, limit: i64) -> sqlx::Result<Vec<Alarm>> {
    let rows = sqlx::query(select!("WHERE trouble = $1 AND over_at IS NULL ORDER BY raised_at DESC, id DESC LIMIT $2"));
    rows.bind(trouble).bind(limit).fetch_all(conn).await?.iter().map(alarm).collect()
}

/// Whether one of a setting is not over, or was not at a time.
pub async fn is_raised_since(conn: &mut Conn, trouble: Trouble, since: Timestamp) -> sqlx::Result<bool> {
    let row = sqlx::query("SELECT id FROM alarms WHERE about = '' AND trouble = $1 AND (over_at IS NULL OR over_at >= $2) LIMIT 1");
    Ok(row.bind(trouble).bind(since).fetch_optional(conn).await?.is_some())
}

/// Those about one thing that are not over.
pub async fn list_about(conn: &mut Conn, about: &str) -> sqlx::Result<Vec<Alarm>> {
    let rows = sqlx::query(select!("WHERE about = $1 AND over_at IS NULL")).bind(about).fetch_all(conn).await?;
    rows.iter().map(alarm).collect()
}

/// Returns whether this call did it.
pub async fn mark_over(conn: &mut Conn, id: &AlarmId, now: Timestamp) -> sqlx::Result<bool> {
    // Not IS NULL: an index of what is open would seem as good as the key.
    let done =
        sqlx::query("UPDATE alarms SET over_at = $2 WHERE id = $1 AND COALESCE(over_at, 0) = 0").bind(id).bind(now).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

pub async fn mark_told(conn: &mut Conn, id: &AlarmId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE alarms SET told_at = COALESCE(told_at, $2) WHERE id = $1").bind(id).bind(now).execute(conn).await?;
    Ok(())
}

/// Ends those about invoices that nobody can pay any more.
pub async fn end_of_invoices(conn: &mut Conn, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE alarms SET over_at = $1 WHERE over_at IS NULL AND trouble IN ('amount', 'methods', 'payment')
           AND invoice_id IN (SELECT id FROM invoices WHERE status <> 'pending' AND id = alarms.invoice_id)",
    )
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Remembers the first account at Stripe that was seen in a mode, and returns the one that counts.
pub async fn first_account(conn: &mut Conn, livemode: bool, account: &str, now: Timestamp) -> sqlx::Result<String> {
    sqlx::query("INSERT INTO stripe_accounts (livemode, id, since) VALUES ($1, $2, $3) ON CONFLICT (livemode) DO NOTHING")
        .bind(i64::from(livemode))
        .bind(account)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    sqlx::query("SELECT id FROM stripe_accounts WHERE livemode = $1").bind(i64::from(livemode)).fetch_one(conn).await?.try_get("id")
}

/// The account at Stripe that counts in a mode.
pub async fn find_account(conn: &mut Conn, livemode: bool) -> sqlx::Result<Option<String>> {
    let row = sqlx::query("SELECT id FROM stripe_accounts WHERE livemode = $1").bind(i64::from(livemode)).fetch_optional(conn).await?;
    row.map(|row| row.try_get("id")).transpose()
}

pub async fn set_account(conn: &mut Conn, livemode: bool, account: &str, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE stripe_accounts SET id = $2, since = $3 WHERE livemode = $1")
        .bind(i64::from(livemode))
        .bind(account)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}
