//! The audit log: every staff action, every staff look at personal data, every link opened.

mod sql;

use std::time::Duration;

use crate::app::App;
use crate::error::Result;
use crate::platform::db::Tx;
use crate::types::*;

/// Refusals of the same person and command within this time are one row with a count.
const REFUSAL_WINDOW: Duration = Duration::from_secs(10 * 60);

/// Writes a row of the audit log in the transaction of what it is about. `actor` is a Discord user
/// id, or a word for what is no person; `target` is `invoice:<id>` and the like; `detail` holds no
/// personal data.
pub async fn record(tx: &mut Tx, actor: &str, action: &str, target: &str, detail: &str, now: Timestamp) -> Result<()> {
    Ok(sql::insert(tx, &AuditId::new(), now, actor, action, target, detail).await?)
}

/// Counts a refused attempt.
pub async fn refused(app: &App, actor: &UserId, command: &str, now: Timestamp) -> Result<()> {
    let window = i64::try_from(REFUSAL_WINDOW.as_millis()).unwrap_or(i64::MAX);
    let start = Timestamp::from_millis(now.as_millis().div_euclid(window) * window);
    let mut tx = app.db.write().await?;
    sql::count_refusal(&mut tx, actor, command, start).await?;
    tx.commit().await
}
