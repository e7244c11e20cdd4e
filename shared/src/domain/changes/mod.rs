//! Changes to pending invoices: taking one back, and editing one. Both wait until nobody can pay any more.

use crate::app::App;
use crate::domain::actor::{Actor, By};
use crate::domain::attempts;
use crate::domain::audit::{self, Action};
use crate::domain::facts::{self, Fact};
use crate::domain::invoices::{self, Edited, Invoice, Status, sql};
use crate::domain::staff::Allowed;
use crate::domain::{accounts, confirmations, interactions, staff};
use crate::error::{Error, Result};
use crate::message;
use crate::platform::db::{Locked, Tx};
use crate::platform::outbox::{self, Job};
use crate::types::text::Field;
use crate::types::*;

/// What stands for taking something away.
const NOTHING: &str = "-";

/// What staff changes about an invoice; `None` stays as it is. Checked by [`edit`].
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// One line, 1 to 100 characters.
    pub title: Option<String>,
    /// Up to 1000 characters; a hyphen takes it away.
    pub description: Option<String>,
    /// What is charged: the amount as typed, in the currency as typed or else the invoice's own.
    pub amount: Option<String>,
    /// Three letters; only beside an amount.
    pub currency: Option<String>,
    /// When payment is expected, as [`Timezone::due`] reads it; a hyphen takes it away.
    pub due: Option<String>,
}

/// Asks staff whether an invoice should really be revoked. Only a pending one can be. Returns the
/// reason as the customer will read it. Audited, since the question shows the invoice.
pub async fn ask_revoke(app: &App, actor: &Actor, number: &str, reason: &str, now: Timestamp) -> Result<(Invoice, String, ConfirmationId)> {
    staff::require(app, actor, "billing revoke", now).await?;
    let reason = text::line(reason, Field::Reason, text::REASON_MAX)?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = invoices::by_number(&mut tx, number).await?;
    can_be_revoked(&mut tx, &invoice).await?;
    let operation = confirmations::Operation::RevokeInvoice { invoice: invoice.id, reason: reason.clone() };
    let confirmation = confirmations::ask(&mut tx, actor, &operation, now).await?;
    audit::record(&mut tx, actor.user, Action::InvoiceViewed, invoice.number, "asked to revoke", now).await?;
    tx.commit().await?;
    Ok((invoice, reason, confirmation))
}

/// Revokes a pending invoice. Where its payment page may be open, the links stop at once, and the
/// invoice is revoked when Stripe has closed the page; else it is revoked now.
pub async fn revoke(tx: &mut Tx, actor: &Allowed<'_>, id: &InvoiceId, reason: &str, now: Timestamp) -> Result<Invoice> {
    let invoice = invoices::lock(tx, id).await?;
    let live = can_be_revoked(tx, &invoice).await?;
    sql::set_revoking(tx, &invoice, &actor.user, reason, now).await?;
    facts::happened(tx, actor.user, &Fact::RevocationBegun { invoice: invoice.subject(), reason }, now).await?;
    match live {
        Some(attempt) => {
            outbox::enqueue(tx, &Job::ExpireSession { attempt: attempt.id }, now).await?;
        }
        None => nobody_can_pay(tx, &invoice, now).await?,
    }
    invoices::by_id(tx, id).await
}

/// Does what waited until nobody can pay an invoice: its revocation, or its edit. Where nothing
/// waits, or another payment page is open, nothing happens. Called when a payment page ended.
pub async fn nobody_can_pay(tx: &mut Tx, invoice: &Locked<Invoice>, now: Timestamp) -> Result<()> {
    // The word about an old page may come late, when another one is open already.
    if attempts::live(tx, &invoice.id).await?.is_some() {
        return Ok(());
    }
    if let Some((edited, edited_by)) = waiting_edit(tx, invoice).await? {
        return apply_edit(tx, invoice, &edited, edited_by, now).await;
    }
    let Some(revoked_by) = sql::mark_revoked(tx, invoice, now).await? else { return Ok(()) };
    facts::happened(tx, revoked_by, &Fact::InvoiceRevoked { invoice: invoice.subject() }, now).await
}

/// The edit that waits, and who asked for it.
pub async fn waiting_edit(tx: &mut Tx, invoice: &Invoice) -> Result<Option<(Edited, By)>> {
    let Some((edit, edited_by)) = sql::find_edit(tx, &invoice.id).await? else { return Ok(None) };
    let edited = serde_json::from_str(&edit).map_err(|error| Error::Fault(format!("edit of invoice {}: {error}", invoice.id)))?;
    Ok(Some((edited, edited_by)))
}

/// The attempt that could still be paid, where the invoice can be revoked.
async fn can_be_revoked(tx: &mut Tx, invoice: &Invoice) -> Result<Option<attempts::Attempt>> {
    let refusal = match invoice.status {
        Status::Paid => message!("paid-cannot-be-revoked", number = invoice.number),
        Status::Revoked => message!("already-revoked", number = invoice.number),
        Status::Pending if invoice.revoking_at.is_some() => message!("already-being-revoked", number = invoice.number),
        Status::Pending => return without_payment_under_way(tx, invoice).await,
    };
    Err(Error::Rejected(refusal))
}

/// Changes a pending invoice: staff only. Where its payment page may be open and what stands on it
/// changes, the links stop at once, and the change counts when Stripe has closed the page. Returns
/// the invoice as it stands, and what it will be where that is still to come.
pub async fn edit(app: &App, actor: &Actor, number: &str, changes: &Changes, now: Timestamp) -> Result<(Invoice, Option<Edited>)> {
    staff::require(app, actor, "billing edit", now).await?;
    let editor = accounts::seen(app, actor, now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = invoices::by_number(&mut tx, number).await?;
    let invoice = invoices::lock(&mut tx, &invoice.id).await?;
    let edited = edited(&invoice, changes, &editor, now)?;
    let live = can_be_edited(&mut tx, &invoice).await?;
    let on_the_page = edited.title != invoice.title || edited.amount != invoice.amount;
    let waits = match live {
        Some(attempt) if on_the_page => {
            let edit = serde_json::to_string(&edited).map_err(|error| Error::Fault(error.to_string()))?;
            sql::set_editing(&mut tx, &invoice, &actor.user, &edit, now).await?;
            outbox::enqueue(&mut tx, &Job::ExpireSession { attempt: attempt.id }, now).await?;
            let fact = Fact::EditBegun { invoice: invoice.subject(), difference: &difference(&invoice, &edited) };
            facts::happened(&mut tx, actor.user, &fact, now).await?;
            Some(edited)
        }
        Some(_) | None => {
            apply_edit(&mut tx, &invoice, &edited, actor.user.into(), now).await?;
            None
        }
    };
    let invoice = invoices::by_id(&mut tx, &invoice.id).await?;
    tx.commit().await?;
    Ok((invoice, waits))
}

/// What the changes make of an invoice.
fn edited(invoice: &Invoice, changes: &Changes, editor: &accounts::Account, now: Timestamp) -> Result<Edited> {
    let amount = match (&changes.amount, &changes.currency) {
        (Some(amount), currency) => {
            let currency = currency.as_deref().map(Currency::parse).transpose()?;
            money::parse(amount, currency.unwrap_or(invoice.amount.currency))?
        }
        (None, Some(_)) => return Err(Error::Rejected(message!("currency-without-amount"))),
        (None, None) => invoice.amount,
    };
    let edited = Edited {
        title: match &changes.title {
            Some(title) => text::line(title, Field::Title, text::TITLE_MAX)?,
            None => invoice.title.clone(),
        },
        description: match changes.description.as_deref() {
            Some(NOTHING) => String::new(),
            Some(description) => text::paragraph(description, Field::Description, text::DESCRIPTION_MAX)?,
            None => invoice.description.clone(),
        },
        amount,
        due_at: match changes.due.as_deref() {
            Some(NOTHING) => None,
            Some(due) => Some(editor.timezone.due(due, now)?),
            None => invoice.due_at,
        },
    };
    if difference(invoice, &edited).is_empty() {
        return Err(Error::Rejected(message!("nothing-to-change", number = invoice.number)));
    }
    Ok(edited)
}

async fn apply_edit(tx: &mut Tx, invoice: &Locked<Invoice>, edited: &Edited, by: By, now: Timestamp) -> Result<()> {
    sql::apply_edit(tx, invoice, edited).await?;
    let fact = Fact::InvoiceEdited { invoice: invoice.subject(), difference: &difference(invoice, edited) };
    facts::happened(tx, by, &fact, now).await
}

/// What an edit changes, for the audit log; empty where it is nothing.
fn difference(invoice: &Invoice, edited: &Edited) -> String {
    let mut changed = Vec::new();
    if edited.amount != invoice.amount {
        changed.push(format!("amount {} to {}", invoice.amount, edited.amount));
    }
    for (differs, what) in [
        (edited.title != invoice.title, "title"),
        (edited.description != invoice.description, "description"),
        (edited.due_at != invoice.due_at, "due"),
    ] {
        if differs {
            changed.push(what.to_owned());
        }
    }
    changed.join(", ")
}

/// The attempt that could still be paid, where the invoice can be edited.
async fn can_be_edited(tx: &mut Tx, invoice: &Invoice) -> Result<Option<attempts::Attempt>> {
    let refusal = match invoice.status {
        Status::Paid => message!("paid-cannot-be-edited", number = invoice.number),
        Status::Revoked => message!("already-revoked", number = invoice.number),
        Status::Pending if invoice.revoking_at.is_some() => message!("already-being-revoked", number = invoice.number),
        Status::Pending if invoice.editing_at.is_some() => message!("already-being-edited", number = invoice.number),
        Status::Pending => return without_payment_under_way(tx, invoice).await,
    };
    Err(Error::Rejected(refusal))
}

/// The attempt that could still be paid; refuses while money is on its way.
async fn without_payment_under_way(tx: &mut Tx, invoice: &Invoice) -> Result<Option<attempts::Attempt>> {
    match attempts::live(tx, &invoice.id).await? {
        Some(attempt) if attempt.state == attempts::State::Processing => {
            Err(Error::Rejected(message!("payment-is-on-its-way", number = invoice.number)))
        }
        live => Ok(live),
    }
}

/// Ends a pending invoice as revoked whose customer paid after all; the payment goes back. Does
/// nothing to one that is revoked already.
pub async fn revoke_late(tx: &mut Tx, invoice: &Locked<Invoice>, now: Timestamp) -> Result<()> {
    if let Some(revoked_by) = sql::mark_revoked(tx, invoice, now).await? {
        facts::happened(tx, revoked_by, &Fact::InvoiceRevokedLate { invoice: invoice.subject() }, now).await?;
    }
    Ok(())
}
