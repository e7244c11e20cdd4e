//! Payments: money that arrived for an invoice, and what is left of each.

pub(crate) mod sql;

use crate::domain::invoices::{self};
use crate::domain::staff::Allowed;
use crate::error::{Error, Result};
use crate::platform::db::{Conn, Tx};
use crate::types::*;

/// Money that arrived for an invoice.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Our id.
    pub id: PaymentId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// `pi_…`
    pub payment_intent: Option<String>,
    /// How much.
    pub amount: Money,
    /// When it was recorded.
    pub paid_at: Timestamp,
    /// The number of its receipt.
    pub receipt: SeriesNumber,
    /// Whether it fitted the invoice as it was then. One that does not opens nothing.
    pub counts: bool,
}

/// A payment with what became of it. All amounts are in its own currency.
#[derive(Debug, Clone)]
pub struct Balance {
    /// The payment.
    pub payment: Payment,
    /// Whether somebody has to decide what becomes of it.
    pub needs_person: bool,
    /// What went back, in minor units.
    pub refunded_minor: i64,
    /// What is on its way back, in minor units.
    pub refunding_minor: i64,
    /// What disputes took that were lost, in minor units.
    pub lost_minor: i64,
    /// Whether a dispute is open that keeps Stripe from refunding it.
    pub is_disputed: bool,
    /// Whether a dispute was lost that keeps Stripe from refunding it.
    pub is_charged_back: bool,
}

impl Balance {
    /// What can still be sent back.
    pub fn left(&self) -> Money {
        let gone = self.refunded_minor + self.refunding_minor + self.lost_minor;
        Money::new((self.payment.amount.minor - gone).max(0), self.payment.amount.currency)
    }

    /// Whether Stripe would refund anything of it.
    pub fn is_refundable(&self) -> bool {
        self.left().minor > 0 && !self.is_disputed && !self.is_charged_back
    }
}

/// Most payments of an invoice that are looked at: more than anybody makes.
const PAYMENTS_MAX: i64 = 100;

/// The payments of an invoice with what became of each, the newest first.
pub async fn of_invoice(conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<Balance>> {
    Ok(sql::list_balances(conn, invoice, PAYMENTS_MAX).await?)
}

/// Payments that wait for a person, the newest first.
pub async fn list_surplus(conn: &mut Conn, limit: i64) -> Result<Vec<Balance>> {
    Ok(sql::list_surplus(conn, limit).await?)
}

/// How many payments wait for a person.
pub async fn count_surplus(conn: &mut Conn) -> Result<i64> {
    Ok(sql::count_surplus(conn).await?)
}

/// A payment that waits for a person.
pub async fn find_surplus(conn: &mut Conn, id: &PaymentId) -> Result<Option<Balance>> {
    Ok(sql::find_surplus(conn, id).await?)
}

/// Lets a payment go that waits for a person: the money stays with the studio. Returns the number of its
/// invoice, or `None` where somebody else did something about it.
pub async fn let_go(tx: &mut Tx, _: &Allowed<'_>, id: &PaymentId) -> Result<Option<InvoiceNumber>> {
    let Some(found) = sql::find_surplus(tx, id).await? else { return Ok(None) };
    let invoice = invoices::lock(tx, &found.payment.invoice).await?;
    Ok(sql::mark_settled(tx, id).await?.then_some(invoice.number))
}

/// Looks whether payments of an invoice still need a person, after money of it moved.
pub async fn look_again(tx: &mut Tx, invoice: &InvoiceId) -> Result<()> {
    Ok(sql::settle_surplus(tx, invoice).await?)
}

/// The payment behind an id.
pub async fn by_id(conn: &mut Conn, id: &PaymentId) -> Result<Payment> {
    sql::find(conn, id).await?.ok_or_else(|| Error::Fault(format!("payment {id} is gone")))
}

/// The payment behind a payment intent of Stripe's, where it is one of ours and has arrived.
pub async fn by_intent(conn: &mut Conn, payment_intent: Option<&str>) -> Result<Option<Payment>> {
    match payment_intent {
        Some(payment_intent) => Ok(sql::find_by_intent(conn, payment_intent).await?),
        None => Ok(None),
    }
}
