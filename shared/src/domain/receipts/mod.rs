//! Receipts: what a customer keeps of their payments, and credit notes of what went back. Each series
//! is numbered without a gap: a number is taken in the transaction that records the payment, or that
//! the refund succeeded.

mod sql;

use crate::app::App;
use crate::config::Studio;
use crate::domain::accounts::{self, Account};
use crate::domain::audit::{self, Action};
use crate::domain::invoices::{self, Invoice};
use crate::domain::refunds;
use crate::domain::staff::{self, Actor};
use crate::error::{Error, Result};
use crate::message;
use crate::paper::{self, Pdf};
use crate::platform::db::{Conn, Tx};
use crate::texts::Language;
use crate::types::*;

/// What a payment that arrived is proved by.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Its number.
    pub number: SeriesNumber,
    /// The payment.
    pub payment: PaymentId,
    /// `pi_…`
    pub payment_intent: Option<String>,
    /// How much arrived.
    pub amount: Money,
    /// When.
    pub paid_at: Timestamp,
    /// What went back of it.
    pub credit_notes: Vec<CreditNote>,
}

/// What a refund that succeeded is proved by.
#[derive(Debug, Clone)]
pub struct CreditNote {
    /// Its number.
    pub number: SeriesNumber,
    /// `re_…`
    pub stripe_refund_id: Option<String>,
    /// How much went back.
    pub amount: Money,
    /// Why, in one line; see [`Self::reason`].
    reason: String,
    /// A Discord user, or a word for what is no person.
    requested_by: String,
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
        match self.requested_by.as_str() {
            refunds::LATE => message!("credit-note-late").to(language),
            refunds::AT_STRIPE => message!("credit-note-at-stripe").to(language),
            _ => self.reason.clone(),
        }
    }
}

impl Receipt {
    /// What did not go back.
    pub fn remains(&self) -> Money {
        let notes = self.credit_notes.iter().filter(|note| note.cancelled_at.is_none());
        let back: i64 = notes.map(|note| note.amount.minor).sum();
        Money::new(self.amount.minor - back, self.amount.currency)
    }
}

impl Receipts {
    /// The same as a PDF in what the customer reads, whoever asks. It is made anew each time, on a
    /// blocking thread: a page takes two or three milliseconds.
    pub async fn pdf(&self, app: &App) -> Result<Pdf> {
        let (receipts, studio) = (self.clone(), app.config.studio.clone());
        Pdf::made(move || {
            let number = receipts.receipts.first().map(|receipt| receipt_number(&studio, receipt)).unwrap_or_default();
            paper::receipts(&studio, &receipts).map(|bytes| Pdf { file_name: format!("receipt-{number}.pdf"), bytes })
        })
        .await
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
    let mut tx = app.db.write().await?;
    let invoice = invoices::by_number(&mut tx, number).await?;
    let target = invoices::target(invoice.number);
    let receipts = of_invoice(&mut tx, invoice).await?;
    audit::record(&mut tx, actor.user.as_str(), Action::ReceiptViewed, &target, "", now).await?;
    tx.commit().await?;
    Ok(receipts)
}

/// Takes the number of the receipt for a payment that is being recorded.
pub async fn next_number(tx: &mut Tx) -> Result<SeriesNumber> {
    Ok(sql::next_number(tx, "receipt").await?)
}

/// Gives a refund that succeeded its credit note. One that has succeeded before keeps what it has.
/// The invoice is locked.
pub async fn credit(tx: &mut Tx, refund: &RefundId, now: Timestamp) -> Result<()> {
    if sql::has_credit_note(tx, refund).await? {
        return Ok(());
    }
    let number = sql::next_number(tx, "credit note").await?;
    Ok(sql::set_credit_note(tx, refund, number, now).await?)
}

async fn of_invoice(conn: &mut Conn, invoice: Invoice) -> Result<Receipts> {
    let receipts = list(conn, &invoice.id).await?;
    if receipts.is_empty() {
        return Err(Error::Rejected(message!("no-receipt", number = invoice.number)));
    }
    let customer = accounts::get_in(conn, &invoice.account).await?;
    Ok(Receipts { invoice, customer, receipts })
}

/// What arrived for an invoice, and what went back of it, for who may look.
pub async fn list(conn: &mut Conn, invoice: &InvoiceId) -> Result<Vec<Receipt>> {
    let mut receipts = sql::list(conn, invoice).await?;
    for (payment, note) in sql::list_credit_notes(conn, invoice).await? {
        if let Some(receipt) = receipts.iter_mut().find(|receipt| receipt.payment == payment) {
            receipt.credit_notes.push(note);
        }
    }
    Ok(receipts)
}

/// How a receipt's number is written.
pub fn receipt_number(studio: &Studio, receipt: &Receipt) -> String {
    receipt.number.written(&studio.receipt_prefix)
}

/// How a credit note's number is written.
pub fn credit_note_number(studio: &Studio, note: &CreditNote) -> String {
    note.number.written(&studio.credit_note_prefix)
}
