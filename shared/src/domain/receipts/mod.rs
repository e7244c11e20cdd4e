//! Receipts: what a customer keeps of their payments, and credit notes of what went back. Each series
//! is numbered without a gap: a number is taken in the transaction that records the payment, or that
//! the refund succeeded. The same transaction freezes what stands on the paper: who sold, who paid, for
//! what, how much, and on which day. What is configured, or how the payer calls themselves, may change
//! later; the paper does not.

mod sql;

use crate::app::App;
use crate::domain::accounts::{self, Account};
use crate::domain::actor::{Actor, By};
use crate::domain::audit::{self, Action};
use crate::domain::disputes;
use crate::domain::interactions;
use crate::domain::invoices::{self, Invoice};
use crate::domain::papers::Paper;
use crate::domain::refunds;
use crate::domain::staff;
use crate::domain::statuses::DisputeStatus;
use crate::error::{Error, Result};
use crate::message;
use crate::platform::db::Conn;
use crate::texts::Language;
use crate::types::*;

/// What a payment that arrived is proved by.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// What stands on it.
    pub paper: Paper,
    /// The payment.
    pub payment: PaymentId,
    /// `pi_…`
    pub payment_intent: Option<String>,
    /// When it arrived.
    pub paid_at: Timestamp,
    /// What went back of it.
    pub credit_notes: Vec<CreditNote>,
    /// What the customer's bank took of it, as Stripe says.
    pub lost: Vec<Money>,
    /// The same together, in its own minor units.
    pub lost_minor: i64,
}

/// What a refund that succeeded is proved by.
#[derive(Debug, Clone)]
pub struct CreditNote {
    /// What stands on it.
    pub paper: Paper,
    /// `re_…`
    pub stripe_refund_id: Option<String>,
    /// Why, in one line; see [`Self::reason`].
    reason: String,
    /// A Discord user, or a word for what is no person.
    requested_by: By,
    /// When it was written.
    pub credited_at: Timestamp,
    /// When the money came back to the studio after all, so that it counts no more.
    pub cancelled_at: Option<Timestamp>,
}

/// The receipts of an invoice.
#[derive(Debug, Clone)]
pub struct Receipts {
    /// The invoice.
    pub invoice: Invoice,
    /// Who paid.
    pub customer: Account,
    /// One for each payment; more than one where an invoice was paid twice.
    pub receipts: Vec<Receipt>,
}

impl CreditNote {
    /// Why the money went back. What no person decided is said in the reader's language.
    pub fn reason(&self, language: Language) -> String {
        match self.requested_by {
            By::LatePayment => message!("credit-note-late").to(language),
            By::Stripe => message!("credit-note-at-stripe").to(language),
            _ => refunds::reason(&self.reason).map_or_else(|| self.reason.clone(), |reason| reason.to(language)),
        }
    }
}

impl Receipt {
    /// What did not go back, and was not taken back.
    pub fn remains(&self) -> Money {
        let notes = self.credit_notes.iter().filter(|note| note.cancelled_at.is_none());
        let back: i64 = notes.map(|note| note.paper.amount.minor).sum();
        Money::new((self.paper.amount.minor - back - self.lost_minor).max(0), self.paper.amount.currency)
    }
}

/// The receipts of one of the actor's own invoices.
pub async fn get(app: &App, actor: &Actor, number: &str) -> Result<Receipts> {
    let invoice = invoices::get(app, actor, number).await?;
    of_invoice(&mut *app.db.read().await?, invoice).await
}

/// The receipts of one of everybody's invoices: staff only, and audited, since it shows who paid.
pub async fn get_any(app: &App, actor: &Actor, number: &str, now: Timestamp) -> Result<Receipts> {
    staff::require(app, actor, "billing receipt", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = invoices::by_number(&mut tx, number).await?;
    audit::record(&mut tx, actor.user, Action::ReceiptViewed, invoice.number, "", now).await?;
    let receipts = of_invoice(&mut tx, invoice).await?;
    tx.commit().await?;
    Ok(receipts)
}

async fn of_invoice(conn: &mut Conn, invoice: Invoice) -> Result<Receipts> {
    let receipts = list(conn, &invoice.id).await?;
    if receipts.is_empty() {
        return Err(Error::Rejected(message!("no-receipt", number = invoice.number)));
    }
    let customer = accounts::get_in(conn, &invoice.account).await?;
    Ok(Receipts { invoice, customer, receipts })
}

/// Whether anything arrived for an invoice, for whoever may look.
pub async fn are_there(app: &App, invoice: &InvoiceId) -> Result<bool> {
    Ok(!sql::list(&mut *app.db.read().await?, invoice).await?.is_empty())
}

/// What arrived for an invoice, and what went back of it, for whoever may look.
pub async fn list(conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<Receipt>> {
    let mut receipts = sql::list(conn, invoice).await?;
    for (payment, note) in sql::list_credit_notes(conn, invoice).await? {
        if let Some(receipt) = receipts.iter_mut().find(|receipt| receipt.payment == payment) {
            receipt.credit_notes.push(note);
        }
    }
    for dispute in disputes::of_invoice(conn, invoice).await?.iter().filter(|dispute| dispute.status == DisputeStatus::Lost) {
        if let Some(receipt) = receipts.iter_mut().find(|receipt| receipt.payment == dispute.payment) {
            receipt.lost.push(dispute.amount);
            receipt.lost_minor += dispute.of_payment_minor;
        }
    }
    Ok(receipts)
}
