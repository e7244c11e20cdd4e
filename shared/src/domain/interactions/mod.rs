//! Interactions: each is acted on once, by whichever bot takes it first.
//!
//! Discord hands an interaction to every session that identified with the same token, so a second bot
//! that somebody forgot is handed each of them, too. Who acts takes the interaction in the transaction
//! that acts; whoever finds it taken acts on nothing and says nothing.

mod sql;

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::personal_data;
use crate::error::{Error, Result};
use crate::platform::db::Tx;
use crate::types::*;

/// How long an interaction that was taken is remembered. Its token is of use for 15 minutes.
/// See <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>.
pub const REMEMBERED: Duration = personal_data::INTERACTION_KEPT;

/// Opens the transaction in which the actor's operation acts, and takes their interaction in it. Every
/// operation that takes an actor and writes starts its transactions with this. What comes of the
/// transaction is what comes of the taking: one that is rolled back took nothing.
///
/// Fails with [`Error::Taken`] where another bot acts on the same interaction. Whoever asks over HTTP
/// comes by no interaction, and gets a plain transaction.
pub async fn begin(app: &App, actor: &Actor, now: Timestamp) -> Result<Tx> {
    let mut tx = app.db.write().await?;
    if let Some(delivery) = &actor.delivery {
        if !sql::take(&mut tx, &delivery.interaction, &delivery.id, now).await? {
            tracing::info!("another bot acts on this interaction: this one does nothing");
            return Err(Error::Taken);
        }
        delivery.taken.store(true, Ordering::Relaxed);
    }
    Ok(tx)
}

/// Takes the actor's interaction in a transaction of its own, before something that no transaction can
/// hold: calls to the outside world, a reply that cannot be taken back.
pub async fn take(app: &App, actor: &Actor, now: Timestamp) -> Result<()> {
    match &actor.delivery {
        Some(_) => begin(app, actor, now).await?.commit().await,
        None => Ok(()),
    }
}

/// Forgets interactions that nobody can answer any more.
pub async fn forget(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::delete_before(&mut tx, now.minus(REMEMBERED)).await?;
    tx.commit().await
}
