//! Confirmations: what a person was asked before something that cannot be undone. Used once, by
//! them alone, within ten minutes, in the transaction that acts.

mod sql;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::domain::invoices::{self, Invoice};
use crate::domain::staff::{self, Actor};
use crate::error::{Error, Result};
use crate::message;
use crate::platform::db::Tx;
use crate::types::*;

const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long a used or expired one is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// What is done once it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Operation {
    /// Take an invoice back.
    RevokeInvoice {
        /// Which.
        invoice: InvoiceId,
        /// What the customer reads, in one line.
        reason: String,
    },
}

impl Operation {
    /// The command that asked, without its slash.
    fn command(&self) -> &'static str {
        match self {
            Operation::RevokeInvoice { .. } => "billing revoke",
        }
    }
}

/// Asks the actor to confirm an operation, inside the transaction that looked at what it is about.
pub async fn ask(tx: &mut Tx, actor: &Actor, operation: &Operation, now: Timestamp) -> Result<ConfirmationId> {
    let id = ConfirmationId::new();
    let operation = serde_json::to_string(operation).map_err(|error| Error::Fault(error.to_string()))?;
    sql::insert(tx, &id, &actor.user, &operation, now, now.plus(LIFETIME)).await?;
    Ok(id)
}

/// Does what the actor confirms. A confirmation that is somebody else's, used or expired is one
/// that does not exist.
pub async fn confirm(app: &App, actor: &Actor, id: &str, now: Timestamp) -> Result<Invoice> {
    let gone = || Error::Expired(message!("confirmation-is-over"));
    let id = ConfirmationId::parse(id).map_err(|_| gone())?;
    let operation = sql::find(&mut *app.db.read().await?, &id, &actor.user).await?.ok_or_else(gone)?;
    let operation: Operation = serde_json::from_str(&operation).map_err(|error| Error::Fault(format!("confirmation {id}: {error}")))?;
    // Before the transaction: a refusal is counted in one of its own.
    staff::require(app, actor, operation.command(), now).await?;
    let mut tx = app.db.write().await?;
    if !sql::mark_used(&mut tx, &id, now).await? {
        return Err(gone());
    }
    let invoice = match operation {
        Operation::RevokeInvoice { invoice, reason } => invoices::revoke(&mut tx, actor, &invoice, &reason, now).await?,
    };
    tx.commit().await?;
    Ok(invoice)
}

/// Forgets confirmations that were over long ago.
pub async fn forget_expired(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::delete_expired(&mut tx, now.minus(REMEMBERED)).await?;
    tx.commit().await
}
