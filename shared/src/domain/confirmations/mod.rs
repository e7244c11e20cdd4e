//! Confirmations: what a person was asked before something is done. Used once, by them alone, within
//! ten minutes, in the transaction that acts.

mod sql;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::deliverables::{self, Attachment, Listed};
use crate::domain::grants;
use crate::domain::interactions;
use crate::domain::invoices::{self, Invoice};
use crate::domain::refunds;
use crate::domain::staff;
use crate::error::{Error, Result};
use crate::message;
use crate::platform::db::Tx;
use crate::types::*;

const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// How long a used or expired one is remembered.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
/// Most files of a message; Discord takes ten.
const FILES_MAX: usize = 10;

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
    fn staff_command(&self) -> Option<&'static str> {
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
const ATTACH: &str = "Attach as deliverable";

/// What was done.
#[derive(Debug, Clone)]
pub enum Done {
    /// The invoice is revoked, or will be.
    Revoked(Box<Invoice>),
    /// The money goes back.
    Refunding(Box<Invoice>, Money),
    /// The file is gone.
    Removed(Box<Listed>),
    /// Whether there was anything to disconnect.
    Disconnected(bool),
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
pub async fn confirm(app: &App, actor: &Actor, id: &str, now: Timestamp) -> Result<Done> {
    let (id, operation) = find(app, actor, id).await?;
    // Before the transaction: a refusal is counted in one of its own.
    if let Some(command) = operation.staff_command() {
        staff::require(app, actor, command, now).await?;
    }
    let mut tx = interactions::begin(app, actor, now).await?;
    use_up(&mut tx, &id, now).await?;
    let done = match operation {
        Operation::RevokeInvoice { invoice, reason } => {
            Done::Revoked(Box::new(invoices::revoke(&mut tx, actor, &invoice, &reason, now).await?))
        }
        Operation::RemoveDeliverable { deliverable } => {
            Done::Removed(Box::new(deliverables::remove(app, &mut tx, actor, &deliverable, now).await?))
        }
        Operation::RefundInvoice { invoice, payment, amount_minor, reason, keep_access } => {
            let part = (&payment, amount_minor);
            let (invoice, refund) = refunds::request(&mut tx, actor, &invoice, part, &reason, keep_access, now).await?;
            Done::Refunding(Box::new(invoice), refund.amount)
        }
        Operation::Disconnect => Done::Disconnected(grants::disconnect_of(&mut tx, actor, now).await?),
        // Asks for a number, so it has a form and no button.
        Operation::AttachFiles { .. } => return Err(gone()),
    };
    tx.commit().await?;
    Ok(done)
}

/// Keeps the files of a message until the actor says which invoice they belong to: staff only.
pub async fn ask_attach(app: &App, actor: &Actor, files: Vec<Attachment>, now: Timestamp) -> Result<ConfirmationId> {
    staff::require(app, actor, ATTACH, now).await?;
    if files.is_empty() {
        return Err(Error::Rejected(message!("message-has-no-files")));
    }
    let files = files.into_iter().take(FILES_MAX).collect();
    let mut tx = interactions::begin(app, actor, now).await?;
    let id = ask(&mut tx, actor, &Operation::AttachFiles { files }, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Attaches the files that were kept to an invoice, one after the other. Returns each with what came
/// of it; an invoice that takes no files leaves the question open.
pub async fn attach(app: &App, actor: &Actor, id: &str, invoice: &str, now: Timestamp) -> Result<Vec<(Attachment, Result<Listed>)>> {
    let (id, operation) = find(app, actor, id).await?;
    staff::require(app, actor, ATTACH, now).await?;
    let Operation::AttachFiles { files } = operation else { return Err(gone()) };
    let found = invoices::by_number(&mut *app.db.read().await?, invoice).await?;
    deliverables::takes_files(&found)?;
    let mut tx = interactions::begin(app, actor, now).await?;
    use_up(&mut tx, &id, now).await?;
    tx.commit().await?;
    let mut attached = Vec::with_capacity(files.len());
    for file in files {
        let listed = deliverables::add(app, actor, invoice, None, &file, now).await;
        attached.push((file, listed));
    }
    Ok(attached)
}

async fn find(app: &App, actor: &Actor, id: &str) -> Result<(ConfirmationId, Operation)> {
    let id = ConfirmationId::parse(id).map_err(|_| gone())?;
    let operation = sql::find(&mut *app.db.read().await?, &id, &actor.user).await?.ok_or_else(gone)?;
    let operation = serde_json::from_str(&operation).map_err(|error| Error::Fault(format!("confirmation {id}: {error}")))?;
    Ok((id, operation))
}

async fn use_up(tx: &mut Tx, id: &ConfirmationId, now: Timestamp) -> Result<()> {
    if sql::mark_used(tx, id, now).await? { Ok(()) } else { Err(gone()) }
}

fn gone() -> Error {
    Error::Expired(message!("confirmation-is-over"))
}

/// Forgets confirmations that were over long ago.
pub async fn forget_expired(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::delete_expired(&mut tx, now.minus(REMEMBERED)).await?;
    tx.commit().await
}
