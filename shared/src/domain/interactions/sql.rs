//! All SQL of interactions.

use crate::platform::db::Conn;
use crate::types::*;

/// Takes an interaction for a delivery. Returns whether it is this one's, from now on or already. Waits
/// where another transaction is just taking it.
pub async fn take(conn: &mut Conn, id: &InteractionId, by: &DeliveryId, now: Timestamp) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO interactions (id, taken_by, taken_at) VALUES ($1, $2, $3)
         ON CONFLICT (id) DO UPDATE SET taken_by = excluded.taken_by WHERE interactions.taken_by = excluded.taken_by",
    )
    .bind(id)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn delete_before(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM interactions WHERE taken_at < $1").bind(before).execute(conn).await?;
    Ok(())
}
