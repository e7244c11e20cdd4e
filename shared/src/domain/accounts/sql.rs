//! All SQL of accounts.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{Account, Profile};
use crate::platform::db::{Conn, word_columns};
use crate::texts::Language;
use crate::types::*;

word_columns!(Language);

fn account(row: &AnyRow) -> sqlx::Result<Account> {
    Ok(Account {
        id: row.try_get("id")?,
        user: row.try_get("discord_id")?,
        name: row.try_get("name")?,
        stripe_customer_id: row.try_get("stripe_customer_id")?,
        stripe_livemode: row.try_get::<Option<i64>, _>("stripe_livemode")?.map(|flag| flag != 0),
        locale: row.try_get("locale")?,
        chosen: row.try_get("language")?,
        timezone: row.try_get::<Option<Timezone>, _>("timezone")?.unwrap_or_default(),
        profile: profile(row)?,
        guilds_due_at: row.try_get("guilds_due_at")?,
        created_at: row.try_get("created_at")?,
    })
}

fn profile(row: &AnyRow) -> sqlx::Result<Option<Profile>> {
    let Some(username) = row.try_get("username")? else { return Ok(None) };
    Ok(Some(Profile {
        username,
        avatar: row.try_get("avatar")?,
        discriminator: row.try_get("discriminator")?,
        first_signed_in_at: row.try_get("first_signed_in_at")?,
        signed_in_at: row.try_get("signed_in_at")?,
        email: row.try_get("email")?,
    }))
}

pub async fn find(conn: &mut Conn, user: &UserId) -> sqlx::Result<Option<Account>> {
    let row = sqlx::query(
        "SELECT id, discord_id, name, stripe_customer_id, stripe_livemode, locale, language, timezone, created_at, username, avatar, discriminator, email,
                first_signed_in_at, signed_in_at, guilds_due_at FROM accounts WHERE discord_id = $1",
    )
    .bind(user)
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(account).transpose()
}

pub async fn get(conn: &mut Conn, id: &AccountId) -> sqlx::Result<Option<Account>> {
    let row = sqlx::query("SELECT id, discord_id, name, stripe_customer_id, stripe_livemode, locale, language, timezone, created_at, username, avatar, discriminator, email,
                first_signed_in_at, signed_in_at, guilds_due_at FROM accounts WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(account).transpose()
}

pub async fn upsert(conn: &mut Conn, id: &AccountId, user: &UserId, name: &str, now: Timestamp) -> sqlx::Result<Account> {
    let row = sqlx::query(
        "INSERT INTO accounts (id, discord_id, name, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (discord_id) DO UPDATE SET name = excluded.name
         RETURNING id, discord_id, name, stripe_customer_id, stripe_livemode, locale, language, timezone, created_at, username, avatar, discriminator, email,
                first_signed_in_at, signed_in_at, guilds_due_at",
    )
    .bind(id)
    .bind(user)
    .bind(name)
    .bind(now)
    .fetch_one(conn)
    .await?;
    account(&row)
}

/// Returns whether this call was the first in this mode.
pub async fn mark_customer_requested(conn: &mut Conn, id: &AccountId, livemode: bool, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "UPDATE accounts SET stripe_customer_requested_at = $2, stripe_livemode = $3, stripe_customer_id = NULL
         WHERE id = $1 AND (stripe_customer_requested_at IS NULL OR stripe_livemode IS NULL OR stripe_livemode <> $3)",
    )
    .bind(id)
    .bind(now)
    .bind(i64::from(livemode))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets a Stripe customer that is gone. Returns whether this call did it.
pub async fn forget_customer(conn: &mut Conn, id: &AccountId, gone: &str) -> sqlx::Result<bool> {
    let done =
        sqlx::query("UPDATE accounts SET stripe_customer_id = NULL, former_customer_id = $2 WHERE id = $1 AND stripe_customer_id = $2")
            .bind(id)
            .bind(gone)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// The Stripe customer that was an account's before it was gone.
pub async fn find_former_customer(conn: &mut Conn, id: &AccountId) -> sqlx::Result<Option<String>> {
    let row = sqlx::query("SELECT former_customer_id FROM accounts WHERE id = $1").bind(id).fetch_optional(conn).await?;
    Ok(row.map(|row| row.try_get("former_customer_id")).transpose()?.flatten())
}

pub async fn set_customer(conn: &mut Conn, id: &AccountId, customer: &str, livemode: bool) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET stripe_customer_id = $2, stripe_livemode = $3 WHERE id = $1")
        .bind(id)
        .bind(customer)
        .bind(i64::from(livemode))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn set_locale(conn: &mut Conn, id: &AccountId, locale: &str) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET locale = $2 WHERE id = $1").bind(id).bind(locale).execute(conn).await?;
    Ok(())
}

pub async fn set_language(conn: &mut Conn, id: &AccountId, language: Option<Language>) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET language = $2 WHERE id = $1").bind(id).bind(language).execute(conn).await?;
    Ok(())
}

pub async fn set_timezone(conn: &mut Conn, id: &AccountId, timezone: &Timezone) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET timezone = $2 WHERE id = $1").bind(id).bind(timezone).execute(conn).await?;
    Ok(())
}

pub async fn set_profile(conn: &mut Conn, id: &AccountId, profile: &Profile, guilds_due_at: Option<Timestamp>) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE accounts SET username = $2, avatar = $3, discriminator = $4, email = $5, first_signed_in_at = $6, signed_in_at = $7,
                             guilds_due_at = $8
         WHERE id = $1",
    )
    .bind(id)
    .bind(&profile.username)
    .bind(&profile.avatar)
    .bind(&profile.discriminator)
    .bind(&profile.email)
    .bind(profile.first_signed_in_at)
    .bind(profile.signed_in_at)
    .bind(guilds_due_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn clear_profile(conn: &mut Conn, id: &AccountId) -> sqlx::Result<()> {
    sqlx::query("UPDATE accounts SET email = NULL, avatar = NULL, guilds_due_at = NULL WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}

/// Returns whether the time before had come.
pub async fn set_guilds_due(conn: &mut Conn, id: &AccountId, next: Option<Timestamp>, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query("UPDATE accounts SET guilds_due_at = $2 WHERE id = $1 AND guilds_due_at <= $3")
        .bind(id)
        .bind(next)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}
