//! All SQL of grants and of the servers that they show.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::Grant;
use crate::platform::db::Conn;
use crate::platform::oauth::Guild;
use crate::types::*;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, account_id, scopes, access_token, refresh_token, expires_at, granted_at FROM grants ", $rest)
    };
}

fn grant(row: &AnyRow) -> sqlx::Result<Grant> {
    Ok(Grant {
        id: row.try_get("id")?,
        account: row.try_get("account_id")?,
        scopes: row.try_get::<String, _>("scopes")?.split_whitespace().map(str::to_owned).collect(),
        granted_at: row.try_get("granted_at")?,
        access_token: row.try_get("access_token")?,
        refresh_token: row.try_get("refresh_token")?,
        expires_at: row.try_get("expires_at")?,
    })
}

pub async fn insert(conn: &mut Conn, grant: &Grant) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO grants (id, account_id, scopes, access_token, refresh_token, expires_at, granted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(grant.id)
    .bind(grant.account)
    .bind(grant.scopes.join(" "))
    .bind(&grant.access_token)
    .bind(&grant.refresh_token)
    .bind(grant.expires_at)
    .bind(grant.granted_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn find_live(conn: &mut Conn, account: &AccountId) -> sqlx::Result<Option<Grant>> {
    let row = sqlx::query(select!("WHERE account_id = $1 AND ended_at IS NULL")).bind(account).fetch_optional(conn).await?;
    row.as_ref().map(grant).transpose()
}

pub async fn find_ended(conn: &mut Conn, id: &OAuthGrantId) -> sqlx::Result<Option<Grant>> {
    let row = sqlx::query(select!("WHERE id = $1 AND ended_at IS NOT NULL")).bind(id).fetch_optional(conn).await?;
    row.as_ref().map(grant).transpose()
}

/// Locks a grant. Returns whether it has not ended.
pub async fn is_live(conn: &mut Conn, id: &OAuthGrantId) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE grants SET scopes = scopes WHERE id = $1 AND ended_at IS NULL").bind(id).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// Returns whether the grant has not ended.
pub async fn set_tokens(
    conn: &mut Conn,
    id: &OAuthGrantId,
    access: &str,
    refresh: Option<&str>,
    expires_at: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE grants SET access_token = $2, refresh_token = COALESCE($3, refresh_token), expires_at = $4 WHERE id = $1 AND ended_at IS NULL",
    )
    .bind(id)
    .bind(access)
    .bind(refresh)
    .bind(expires_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn mark_ended(conn: &mut Conn, id: &OAuthGrantId, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("UPDATE grants SET ended_at = $2 WHERE id = $1").bind(id).bind(now).execute(conn).await?;
    Ok(())
}

/// Returns whether it had not ended.
pub async fn delete_live(conn: &mut Conn, id: &OAuthGrantId) -> sqlx::Result<bool> {
    Ok(sqlx::query("DELETE FROM grants WHERE id = $1 AND ended_at IS NULL").bind(id).execute(conn).await?.rows_affected() == 1)
}

pub async fn delete_live_of(conn: &mut Conn, account: &AccountId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM grants WHERE account_id = $1 AND ended_at IS NULL").bind(account).execute(conn).await?;
    Ok(())
}

pub async fn delete_ended(conn: &mut Conn, id: &OAuthGrantId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM grants WHERE id = $1 AND ended_at IS NOT NULL").bind(id).execute(conn).await?;
    Ok(())
}

/// Grants that ended before `before`, the oldest first.
pub async fn list_ended(conn: &mut Conn, before: Timestamp, limit: i64) -> sqlx::Result<Vec<OAuthGrantId>> {
    let rows = sqlx::query("SELECT id FROM grants WHERE ended_at IS NOT NULL AND ended_at < $1 ORDER BY ended_at LIMIT $2")
        .bind(before)
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| row.try_get("id")).collect()
}

pub async fn insert_guild(conn: &mut Conn, account: &AccountId, guild: &Guild, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO account_guilds (account_id, guild_id, name, icon, is_owner, permissions, read_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (account_id, guild_id) DO NOTHING",
    )
    .bind(account)
    .bind(guild.id)
    // PostgreSQL cannot store U+0000.
    .bind(guild.name.replace('\0', ""))
    .bind(&guild.icon)
    .bind(i64::from(guild.owner))
    .bind(&guild.permissions)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn delete_guilds(conn: &mut Conn, account: &AccountId) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM account_guilds WHERE account_id = $1").bind(account).execute(conn).await?;
    Ok(())
}
