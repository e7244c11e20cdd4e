//! All SQL of staff.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Grant, Grantee, Permission};
use crate::platform::db::{Conn, numbered, word_columns};
use crate::types::*;

word_columns!(Permission);

const SELECT: &str = "SELECT id, permission, user_id, guild_id, role_id, granted_by, created_at FROM staff_grants WHERE ";

fn grant(row: &AnyRow) -> sqlx::Result<Grant> {
    let user: Option<UserId> = row.try_get("user_id")?;
    Ok(Grant {
        id: row.try_get("id")?,
        permission: row.try_get("permission")?,
        grantee: match user {
            Some(user) => Grantee::User(user),
            None => Grantee::Role(row.try_get("guild_id")?, row.try_get("role_id")?),
        },
        granted_by: row.try_get("granted_by")?,
        created_at: row.try_get("created_at")?,
    })
}

/// What was given to a user, and to any role of a server.
pub async fn list_for(conn: &mut Conn, user: &UserId, guild: &GuildId) -> sqlx::Result<Vec<Grant>> {
    let text = format!("{SELECT}user_id = ? OR guild_id = ? ORDER BY id");
    let rows = sqlx::query(numbered(&text)).bind(user).bind(guild).fetch_all(conn).await?;
    rows.iter().map(grant).collect()
}

/// Every grant, the latest first.
pub async fn list(conn: &mut Conn, turn: &Turn<GrantId>, limit: i64) -> sqlx::Result<Vec<Grant>> {
    let mut query = sqlx::query(numbered(&format!("{SELECT}id > ''{}", turn.sql("id"))));
    if let Some(key) = turn.key() {
        query = query.bind(key);
    }
    let rows = query.bind(limit).fetch_all(conn).await?;
    rows.iter().map(grant).collect()
}

/// Returns whether it is new.
pub async fn insert(conn: &mut Conn, grant: &Grant) -> sqlx::Result<bool> {
    let (user, guild, role) = match &grant.grantee {
        Grantee::User(user) => (Some(user), None, None),
        Grantee::Role(guild, role) => (None, Some(guild), Some(role)),
    };
    let done = sqlx::query(
        "INSERT INTO staff_grants (id, permission, user_id, guild_id, role_id, granted_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(grant.id)
    .bind(grant.permission)
    .bind(user)
    .bind(guild)
    .bind(role)
    .bind(grant.granted_by)
    .bind(grant.created_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Returns whether it was there.
pub async fn delete(conn: &mut Conn, grantee: &Grantee, permission: Permission) -> sqlx::Result<bool> {
    let query = match grantee {
        Grantee::User(user) => sqlx::query("DELETE FROM staff_grants WHERE permission = $1 AND user_id = $2").bind(permission).bind(user),
        Grantee::Role(guild, role) => sqlx::query("DELETE FROM staff_grants WHERE permission = $1 AND guild_id = $2 AND role_id = $3")
            .bind(permission)
            .bind(guild)
            .bind(role),
    };
    Ok(query.execute(conn).await?.rows_affected() == 1)
}
