//! The database as a whole: whether somebody may work on it, and how it moves to another place.

mod copy;
mod sql;

pub use copy::{Copied, Copy, Outcome, Total};

use crate::app::App;
use crate::error::{Error, Result};
use crate::platform::db::Db;
use crate::platform::stripe::Access;
use crate::types::*;

/// Fails where a database is half of a copy, on which nobody may work.
pub async fn check_whole(db: &Db) -> Result<()> {
    match sql::find_mark(&mut *db.read().await?).await?.copy_of {
        None => Ok(()),
        Some(from) => Err(Error::Setup(format!(
            "The database of database.url is an unfinished copy of {from}: run `atelier database copy` again, which goes on where it stopped."
        ))),
    }
}

/// Fails where the database has no invoice, and Stripe has payments that were made for one: the database is the wrong
/// one, or was lost, and a new studio would count from 1 again beside the old one. Asks Stripe once, and only while there
/// is no invoice. Where Stripe cannot say, only the log does.
///
/// Stripe is asked for its newest hundred payments, so on an account where others work too, ours may be before those.
pub async fn check_beginning(app: &App) -> Result<()> {
    let mut conn = app.db.read().await?;
    if sql::has_invoices(&mut conn).await? || sql::find_mark(&mut conn).await?.begun_at.is_some() {
        return Ok(());
    }
    drop(conn);
    let newest = match app.stripe.newest_payment().await {
        Ok(Access::Granted(newest)) => newest,
        Ok(Access::UnknownKey | Access::Forbidden) => {
            tracing::warn!(
                "the database has no invoice, and Stripe does not say with stripe.secret_key whether it has payments of earlier ones"
            );
            None
        }
        Err(error) => {
            tracing::warn!(%error, "the database has no invoice, and Stripe cannot be asked whether it has payments of earlier ones");
            None
        }
    };
    let Some(newest) = newest else { return Ok(()) };
    let mode = if app.stripe.livemode() { "live" } else { "test" };
    Err(Error::Setup(format!(
        "The database has no invoice, and the Stripe account has payments in {mode} mode that Atelier took, the newest at {}: this would \
         begin again with invoice #1, and what was paid before would be unknown. If the right database is elsewhere, correct database.url; \
         if it was lost, restore its last backup (docs/operating.md). If a new studio is meant to begin on this account, say so once with \
         `atelier migrate --new-studio`.",
        newest.utc()
    )))
}

/// Notes that a new studio is meant to begin here, whatever Stripe has.
pub async fn begin(db: &Db, now: Timestamp) -> Result<()> {
    let mut tx = db.write().await?;
    sql::mark_begun(&mut tx, now).await?;
    tx.commit().await
}
