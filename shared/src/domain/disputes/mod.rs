//! Disputes: a customer asks their bank for the money back. One row each, by Stripe's id; Stripe's
//! word on it counts when it is newer than what the row holds.
//! See <https://docs.stripe.com/disputes/how-disputes-work>.

mod sql;

use crate::app::App;
use crate::domain::actor::By;
use crate::domain::facts::{self, Fact};
use crate::domain::statuses::DisputeStatus;
use crate::domain::{deliverables, invoices, payments};
use crate::error::Result;
use crate::platform::db::{Conn, Tx};
use crate::platform::stripe;
use crate::types::*;

/// A stored dispute.
#[derive(Debug, Clone)]
pub struct Dispute {
    /// `du_…` or `dp_…`
    pub id: String,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The payment that is disputed.
    pub payment: PaymentId,
    /// How much is disputed, as Stripe says: not always in the currency of the payment.
    pub amount: Money,
    /// How much of the payment that is, in the payment's minor units: all of it where the dispute is in
    /// another currency.
    pub of_payment_minor: i64,
    /// Where it stands.
    pub status: DisputeStatus,
    /// Whether Stripe still refunds the payment.
    pub is_refundable: bool,
    /// Why, in Stripe's word.
    pub reason: String,
    /// When we first heard of it.
    pub created_at: Timestamp,
    /// When Stripe's event happened that the status is from.
    pub changed_at: Timestamp,
}

/// The disputes of an invoice, for whoever may look.
pub async fn of_invoice(conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<Dispute>> {
    Ok(sql::list(conn, invoice).await?)
}

/// The dispute of an invoice of which Stripe told last, for whoever may look.
pub async fn latest(conn: &mut Conn, invoice: &InvoiceId) -> Result<Option<Dispute>> {
    Ok(sql::find_latest(conn, invoice).await?)
}

/// Applies what Stripe says of a dispute. Returns `false` where its payment is not known (yet).
pub async fn apply(app: &App, tx: &mut Tx, said: &stripe::Dispute, happened: Timestamp, now: Timestamp) -> Result<bool> {
    let Some(payment) = payments::by_intent(tx, said.payment_intent.as_deref()).await? else { return Ok(false) };
    let before = invoices::lock(tx, &payment.invoice).await?;
    let status = DisputeStatus::of(&said.status);
    let held = sql::find(tx, &said.id).await?;
    let is_news =
        held.as_ref().is_none_or(|held| happened > held.changed_at || (happened == held.changed_at && status.rank() > held.status.rank()));
    if !is_news {
        return Ok(true);
    }
    // A currency that we have no name for is taken for all of the payment.
    let amount = Currency::parse(&said.currency).map_or(payment.amount, |currency| Money::new(said.amount, currency));
    let dispute = Dispute {
        id: said.id.clone(),
        invoice: payment.invoice,
        payment: payment.id,
        amount,
        of_payment_minor: match amount.currency == payment.amount.currency {
            true => amount.minor.clamp(0, payment.amount.minor),
            false => payment.amount.minor,
        },
        status,
        is_refundable: said.is_charge_refundable,
        reason: said.reason.clone(),
        created_at: now,
        changed_at: happened,
    };
    sql::upsert(tx, &dispute).await?;
    if held.as_ref().map(|held| held.status) == Some(status) {
        return Ok(true);
    }
    payments::look_again(tx, &before.id).await?;
    let after = invoices::by_id(tx, &before.id).await?;
    let rule = app.config.payments.lost_dispute;
    let mut facts = vec![Fact::DisputeChanged { invoice: before.subject(), dispute: &said.id, amount, status }];
    if deliverables::access(rule, &before) != deliverables::access(rule, &after) {
        facts.push(Fact::AccessChanged { invoice: after.subject() });
    }
    facts::happened_all(tx, By::Stripe, &facts, now).await?;
    Ok(true)
}
