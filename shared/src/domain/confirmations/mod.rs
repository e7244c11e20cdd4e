//! Confirmations: what a person was asked before something is done. Used once, by them alone, within
//! ten minutes, in the transaction that acts.

mod sql;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::personal_data;
use crate::error::{Error, Result};
use crate::message;
use crate::platform::db::Tx;
use crate::platform::discord::Attachment;
use crate::types::*;

const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long a used or expired one is remembered.
pub const REMEMBERED: Duration = personal_data::CONFIRMATION_KEPT;

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
    /// Take a file away.
    RemoveDeliverable {
        /// Which.
        deliverable: DeliverableId,
    },
    /// Send money back.
    RefundInvoice {
        /// Of which.
        invoice: InvoiceId,
        /// Which of its payments.
        payment: PaymentId,
        /// How much, in minor units.
        amount_minor: i64,
        /// What the customer reads, in one line.
        reason: String,
        /// Whether the customer keeps their files although everything is refunded.
        keep_access: bool,
    },
    /// Take back what the person allowed at Discord, and sign them out everywhere.
    Disconnect,
    /// Attach the files of a message to an invoice that the person names.
    AttachFiles {
        /// The files, as Discord handed them over.
        files: Vec<Attachment>,
    },
}

impl Operation {
    /// The staff command that asked, without its slash; `None` for what people do with what is theirs.
    pub fn staff_command(&self) -> Option<&'static str> {
        match self {
            Operation::RevokeInvoice { .. } => Some("billing revoke"),
            Operation::RemoveDeliverable { .. } => Some("deliver remove"),
            Operation::RefundInvoice { .. } => Some("billing refund"),
            Operation::Disconnect => None,
            Operation::AttachFiles { .. } => Some(ATTACH),
        }
    }
}

/// The name of the message menu.
pub const ATTACH: &str = "Attach as deliverable";

/// Asks the actor to confirm an operation, inside the transaction that looked at what it is about.
pub async fn ask(tx: &mut Tx, actor: &Actor, operation: &Operation, now: Timestamp) -> Result<ConfirmationId> {
    let id = ConfirmationId::new();
    let operation = serde_json::to_string(operation).map_err(|error| Error::Fault(error.to_string()))?;
    sql::insert(tx, &id, &actor.user, &operation, now, now.plus(LIFETIME)).await?;
    Ok(id)
}

/// What the actor was asked, used or not; nobody else is told that there is such a question.
pub async fn find(app: &App, actor: &Actor, id: &str) -> Result<(ConfirmationId, Operation)> {
    let id = ConfirmationId::parse(id).map_err(|_| gone())?;
    let operation = sql::find(&mut *app.db.read().await?, &id, &actor.user).await?.ok_or_else(gone)?;
    let operation = serde_json::from_str(&operation).map_err(|error| Error::Fault(format!("confirmation {id}: {error}")))?;
    Ok((id, operation))
}

/// Uses a confirmation up, in the transaction that acts.
pub async fn use_up(tx: &mut Tx, id: &ConfirmationId, now: Timestamp) -> Result<()> {
    if sql::mark_used(tx, id, now).await? { Ok(()) } else { Err(gone()) }
}

/// The words for a confirmation that is not there any more, or is not theirs.
pub fn gone() -> Error {
    Error::Expired(message!("confirmation-is-over"))
}

/// Forgets confirmations that were over long ago.
pub async fn forget_expired(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::delete_expired(&mut tx, now.minus(REMEMBERED)).await?;
    tx.commit().await
}
