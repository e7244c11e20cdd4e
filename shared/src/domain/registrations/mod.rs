//! Which commands Discord was told about, so that a start registers only what changed.

mod sql;

use crate::app::App;
use crate::error::Result;
use crate::types::*;

/// Whether the commands of a scope (`global`, or a server's id) differ from what was registered.
pub async fn changed(app: &App, scope: &str, fingerprint: &str) -> Result<bool> {
    let known = sql::find(&mut *app.db.read().await?, scope).await?;
    Ok(known.as_deref() != Some(fingerprint))
}

/// Remembers what was registered for a scope.
pub async fn registered(app: &App, scope: &str, fingerprint: &str, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::upsert(&mut tx, scope, fingerprint, now).await?;
    tx.commit().await
}
