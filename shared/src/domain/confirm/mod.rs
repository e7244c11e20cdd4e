//! What is confirmed is done here: each question has its operation.

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::confirmations::{self, ATTACH, Operation, gone};
use crate::domain::deliverables::{self, Listed};
use crate::domain::invoices::{self, Invoice};
use crate::domain::{changes, grants, interactions, refunds, staff};
use crate::error::{Error, Result};
use crate::message;
use crate::platform::discord::Attachment;
use crate::types::*;

/// Most files of a message; Discord takes ten.
const FILES_MAX: usize = 10;

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

/// Does what the actor confirms. A confirmation that is somebody else's, used or expired is one
/// that does not exist.
pub async fn confirm(app: &App, actor: &Actor, id: &str, now: Timestamp) -> Result<Done> {
    let (id, operation) = confirmations::find(app, actor, id).await?;
    // Before the transaction: a refusal is counted in one of its own.
    let allowed = match operation.staff_command() {
        Some(command) => Some(staff::require(app, actor, command, now).await?),
        None => None,
    };
    let mut tx = interactions::begin(app, actor, now).await?;
    confirmations::use_up(&mut tx, &id, now).await?;
    let done = match (operation, &allowed) {
        (Operation::RevokeInvoice { invoice, reason }, Some(allowed)) => {
            Done::Revoked(Box::new(changes::revoke(&mut tx, allowed, &invoice, &reason, now).await?))
        }
        (Operation::RemoveDeliverable { deliverable }, Some(allowed)) => {
            Done::Removed(Box::new(deliverables::remove(app, &mut tx, allowed, &deliverable, now).await?))
        }
        (Operation::RefundInvoice { invoice, payment, amount_minor, reason, keep_access }, Some(allowed)) => {
            let part = (&payment, amount_minor);
            let (invoice, refund) = refunds::request(&mut tx, allowed, &invoice, part, &reason, keep_access, now).await?;
            Done::Refunding(Box::new(invoice), refund.amount)
        }
        (Operation::Disconnect, _) => Done::Disconnected(grants::disconnect_of(&mut tx, actor, now).await?),
        // What attaches files asks for a number, so it has a form and no button.
        (Operation::AttachFiles { .. }, _)
        | (Operation::RevokeInvoice { .. } | Operation::RemoveDeliverable { .. } | Operation::RefundInvoice { .. }, None) => {
            return Err(gone());
        }
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
    let id = confirmations::ask(&mut tx, actor, &Operation::AttachFiles { files }, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Attaches the files that were kept to an invoice, one after the other. Returns each with what came
/// of it; an invoice that takes no files leaves the question open.
pub async fn attach(app: &App, actor: &Actor, id: &str, invoice: &str, now: Timestamp) -> Result<Vec<(Attachment, Result<Listed>)>> {
    let (id, operation) = confirmations::find(app, actor, id).await?;
    staff::require(app, actor, ATTACH, now).await?;
    let Operation::AttachFiles { files } = operation else { return Err(gone()) };
    let found = invoices::by_number(&mut *app.db.read().await?, invoice).await?;
    deliverables::takes_files(&found)?;
    let mut tx = interactions::begin(app, actor, now).await?;
    confirmations::use_up(&mut tx, &id, now).await?;
    tx.commit().await?;
    let mut attached = Vec::with_capacity(files.len());
    for file in files {
        let listed = deliverables::add(app, actor, invoice, None, &file, now).await;
        attached.push((file, listed));
    }
    Ok(attached)
}
