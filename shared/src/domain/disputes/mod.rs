//! Disputes: a customer asks their bank for the money back. One row each, by Stripe's id; Stripe's
//! word on it counts when it is newer than what the row holds.
//! See <https://docs.stripe.com/disputes/how-disputes-work>.

mod sql;

use crate::domain::audit::{self, Action};
use crate::domain::{deliverables, invoices, notices, payments};
use crate::error::Result;
use crate::platform::db::{Conn, Tx};
use crate::platform::stripe;
use crate::types::*;

words! {
    /// Where a dispute stands.
    DisputeStatus {
        /// The bank decides, or only asks: the files are closed meanwhile.
        Open = "open",
        /// The studio keeps the money, or the bank dropped its question.
        Won = "won",
        /// The customer has the money back.
        Lost = "lost",
    }
}

/// A stored dispute.
#[derive(Debug, Clone)]
pub struct Dispute {
    /// `du_…` or `dp_…`
    pub id: String,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The payment that is disputed.
    pub payment: PaymentId,
    /// How much is disputed.
    pub amount: Money,
    /// Where it stands.
    pub status: DisputeStatus,
    /// Why, in Stripe's word.
    pub reason: String,
    /// When we first heard of it.
    pub created_at: Timestamp,
    /// When Stripe's event happened that the status is from.
    pub changed_at: Timestamp,
}

/// The disputes of an invoice, for who may look.
pub async fn of_invoice(conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<Dispute>> {
    Ok(sql::list(conn, invoice).await?)
}

/// Applies what Stripe says of a dispute. Returns `false` where its payment is not known (yet).
pub async fn apply(tx: &mut Tx, said: &stripe::Dispute, happened: Timestamp, now: Timestamp) -> Result<bool> {
    let Some(payment) = payments::by_intent(tx, said.payment_intent.as_deref()).await? else { return Ok(false) };
    let before = invoices::lock(tx, &payment.invoice).await?;
    let status = match said.status.as_str() {
        "won" | "warning_closed" | "prevented" => DisputeStatus::Won,
        "lost" => DisputeStatus::Lost,
        // `needs_response`, `under_review`, the same with `warning_`, and whatever comes.
        _ => DisputeStatus::Open,
    };
    let held = sql::find(tx, &said.id).await?;
    let is_news = held.as_ref().is_none_or(|held| {
        // Of two words from the same second the one that closes it is the later one.
        happened > held.changed_at || (happened == held.changed_at && held.status == DisputeStatus::Open)
    });
    if !is_news {
        return Ok(true);
    }
    let dispute = Dispute {
        id: said.id.clone(),
        invoice: payment.invoice.clone(),
        payment: payment.id.clone(),
        amount: Money::new(said.amount, payment.amount.currency),
        status,
        reason: said.reason.clone(),
        created_at: now,
        changed_at: happened,
    };
    sql::upsert(tx, &dispute).await?;
    if held.as_ref().map(|held| held.status) == Some(status) {
        return Ok(true);
    }
    let detail = format!("{} {}", said.id, status.as_str());
    audit::record(tx, "stripe", Action::DisputeChanged, &invoices::target(before.number), &detail, now).await?;
    let staff = match status {
        DisputeStatus::Open => notices::Kind::DisputeOpened,
        DisputeStatus::Won => notices::Kind::DisputeWon,
        DisputeStatus::Lost => notices::Kind::DisputeLost,
    };
    notices::queue(tx, staff, &before, None, now).await?;
    let after = invoices::by_id(tx, &before.id).await?;
    if deliverables::access(&before) != deliverables::access(&after) {
        notices::queue(tx, notices::Kind::AccessChanged, &after, None, now).await?;
    }
    tracing::warn!(invoice.id = %before.id, "a dispute about invoice {} is {}", before.number, status.as_str());
    Ok(true)
}
