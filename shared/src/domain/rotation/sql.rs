//! All SQL that looks at sealed values without knowing what they are.

use sqlx::Row;

use super::{KnownKey, Place, Sealed};
use crate::platform::db::Conn;
use crate::types::*;

/// The statements of each place: its table, the key of a row, and the column.
macro_rules! places {
    ($($place:ident => $table:literal, $id:literal, $column:literal;)*) => {
        fn counting(place: Place) -> &'static str {
            match place {
                $(Place::$place => concat!(
                    "SELECT COUNT(*) AS n FROM ", $table,
                    " WHERE ", $column, " IS NOT NULL AND SUBSTR(", $column, ", 1, LENGTH(CAST($1 AS TEXT))) <> $1"
                ),)*
            }
        }

        fn listing(place: Place) -> &'static str {
            match place {
                $(Place::$place => concat!(
                    "SELECT ", $id, " AS id, ", $column, " AS value FROM ", $table,
                    " WHERE ", $id, " > $2 AND ", $column, " IS NOT NULL AND SUBSTR(", $column, ", 1, LENGTH(CAST($1 AS TEXT))) <> $1",
                    " ORDER BY ", $id, " LIMIT $3"
                ),)*
            }
        }

        fn finding(place: Place) -> &'static str {
            match place {
                $(Place::$place => concat!(
                    "SELECT ", $id, " AS id, ", $column, " AS value FROM ", $table,
                    " WHERE ", $column, " IS NOT NULL AND SUBSTR(", $column, ", 1, LENGTH(CAST($1 AS TEXT))) = $1 LIMIT 1"
                ),)*
            }
        }

        fn replacing(place: Place) -> &'static str {
            match place {
                $(Place::$place => concat!(
                    "UPDATE ", $table, " SET ", $column, " = $3 WHERE ", $id, " = $1 AND ", $column, " = $2"
                ),)*
            }
        }
    };
}

places! {
    EventBody => "stripe_events", "id", "body";
    OpeningAddress => "openings", "id", "address";
    Email => "accounts", "id", "email";
    AccessToken => "grants", "id", "access_token";
    RefreshToken => "grants", "id", "refresh_token";
    Verifier => "sign_ins", "state_hash", "verifier";
}

/// How many values do not begin with `prefix`. Reads the whole table.
pub async fn count(conn: &mut Conn, place: Place, prefix: &str) -> sqlx::Result<i64> {
    sqlx::query(counting(place)).bind(prefix).fetch_one(conn).await?.try_get("n")
}

/// Values that do not begin with `prefix`, by the keys of their rows.
pub async fn list(conn: &mut Conn, place: Place, prefix: &str, after: &str, limit: i64) -> sqlx::Result<Vec<Sealed>> {
    let rows = sqlx::query(listing(place)).bind(prefix).bind(after).bind(limit).fetch_all(conn).await?;
    rows.iter().map(|row| Ok(Sealed { id: row.try_get("id")?, value: row.try_get("value")? })).collect()
}

/// Puts a value in the place of what was found. Returns whether it was still there.
pub async fn replace(conn: &mut Conn, place: Place, found: &Sealed, value: &str) -> sqlx::Result<bool> {
    let done = sqlx::query(replacing(place)).bind(&found.id).bind(&found.value).bind(value).execute(conn).await?;
    Ok(done.rows_affected() == 1)
}

/// A value that begins with `prefix`. Reads the whole table where there is none.
pub async fn find_sealed_under(conn: &mut Conn, place: Place, prefix: &str) -> sqlx::Result<Option<Sealed>> {
    let row = sqlx::query(finding(place)).bind(prefix).fetch_optional(conn).await?;
    row.map(|row| Ok(Sealed { id: row.try_get("id")?, value: row.try_get("value")? })).transpose()
}

/// The keys that were used here: as many as a studio ever had.
pub async fn list_keys(conn: &mut Conn) -> sqlx::Result<Vec<KnownKey>> {
    let rows = sqlx::query("SELECT id, check_value FROM encryption_keys").fetch_all(conn).await?;
    rows.iter().map(|row| Ok(KnownKey { id: row.try_get("id")?, check: row.try_get("check_value")? })).collect()
}

/// The check value of a key.
pub async fn find_key(conn: &mut Conn, id: &str) -> sqlx::Result<Option<String>> {
    sqlx::query_scalar("SELECT check_value FROM encryption_keys WHERE id = $1").bind(id).fetch_optional(conn).await
}

pub async fn insert_key(conn: &mut Conn, id: &str, check: &str, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO encryption_keys (id, check_value, seen_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING")
        .bind(id)
        .bind(check)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn delete_key(conn: &mut Conn, id: &str) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM encryption_keys WHERE id = $1").bind(id).execute(conn).await?;
    Ok(())
}
