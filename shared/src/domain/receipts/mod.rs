//! Receipts: what a customer keeps of their payments, and credit notes of what went back. Each series
//! is numbered without a gap: a number is taken in the transaction that records the payment, or that
//! the refund succeeded. The same transaction freezes what stands on the paper: who sold, who paid, for
//! what, how much, and on which day. What is configured, or how the payer calls themselves, may change
//! later; the paper does not.

mod sql;

use crate::app::App;
use crate::config::Studio;
use crate::domain::accounts::{self, Account};
use crate::domain::actor::{Actor, By};
use crate::domain::audit::{self, Action};
use crate::domain::disputes::{self, DisputeStatus};
use crate::domain::interactions;
use crate::domain::invoices::{self, Invoice};
use crate::domain::refunds;
use crate::domain::staff;
use crate::error::{Error, Result};
use crate::message;
use crate::paper::{self, Pdf};
use crate::platform::db::{Conn, Tx};
use crate::texts::Language;
use crate::types::*;

/// How many papers from before they were frozen are frozen at a time.
const FREEZE_AT_ONCE: i64 = 200;

/// What stands on a receipt or credit note, as it was when its number was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Its number as it is written, such as `R-000012`.
    pub number: String,
    /// The day of the payment or refund, where the payer was.
    pub day: Day,
    /// Where that was.
    pub timezone: Timezone,
    /// The payer's Discord user.
    pub payer: UserId,
    /// What Discord showed for them.
    pub payer_name: String,
    /// What it is for, as it was charged.
    pub title: String,
    /// More about it.
    pub description: String,
    /// How much arrived or went back.
    pub amount: Money,
    /// Who sold.
    pub seller: Seller,
}

/// The studio, as it was configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seller {
    /// Its name.
    pub name: String,
    /// Line by line.
    pub address: String,
    /// Where customers write to.
    pub email: String,
    /// Its website.
    pub website: String,
    /// The number that the tax office knows it by.
    pub tax_id: String,
    /// What its papers end with.
    pub note: String,
}

/// A payment or refund whose paper is to be frozen.
struct Draft {
    number: SeriesNumber,
    at: Timestamp,
    timezone: Timezone,
    payer: UserId,
    payer_name: String,
    title: String,
    description: String,
    amount: Money,
}

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

impl Receipts {
    /// The same as a PDF in what the customer reads, whoever asks. It is made anew each time, on a
    /// blocking thread: a page takes two or three milliseconds.
    pub async fn pdf(&self) -> Result<Pdf> {
        let receipts = self.clone();
        Pdf::made(move || {
            let number = receipts.receipts.first().map(|receipt| receipt.paper.number.as_str()).unwrap_or_default();
            let file_name = format!("receipt-{number}.pdf");
            paper::receipts(&receipts).map(|bytes| Pdf { file_name, bytes })
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
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = invoices::by_number(&mut tx, number).await?;
    audit::record(&mut tx, actor.user, Action::ReceiptViewed, invoice.number, "", now).await?;
    let receipts = of_invoice(&mut tx, invoice).await?;
    tx.commit().await?;
    Ok(receipts)
}

/// Takes the number of the receipt for a payment that is being recorded.
pub async fn next_number(tx: &mut Tx) -> Result<SeriesNumber> {
    Ok(sql::next_number(tx, "receipt").await?)
}

/// Freezes the receipt of a payment that was recorded with its number.
pub async fn freeze(app: &App, tx: &mut Tx, payment: &PaymentId, now: Timestamp) -> Result<()> {
    // Whoever marks it first writes it down.
    if sql::mark_payment_frozen(tx, payment, now).await? {
        let draft = sql::draft_of_payment(tx, payment).await?;
        sql::insert_paper(tx, &payment.to_string(), &draft.paper(&app.config.studio, &app.config.studio.receipt_prefix)).await?;
    }
    Ok(())
}

/// Gives a refund that succeeded its credit note. One that has succeeded before keeps what it has.
/// The invoice is locked.
pub async fn credit(app: &App, tx: &mut Tx, refund: &RefundId, now: Timestamp) -> Result<()> {
    if sql::has_credit_note(tx, refund).await? {
        return Ok(());
    }
    let number = sql::next_number(tx, "credit note").await?;
    sql::set_credit_note(tx, refund, number, now).await?;
    freeze_credit_note(app, tx, refund, now).await
}

/// Freezes papers whose number was taken by an earlier version, which froze none: with the names and
/// settings of now. Each service does it before it serves anybody, and housekeeping does it again for what
/// a process of that version wrote beside it. Costs two indexed reads where there is nothing to freeze,
/// else a transaction for every 200 papers.
pub async fn freeze_earlier(app: &App, now: Timestamp) -> Result<()> {
    loop {
        let mut conn = app.db.read().await?;
        let payments = sql::list_unfrozen_payments(&mut conn, FREEZE_AT_ONCE).await?;
        let refunds = sql::list_unfrozen_refunds(&mut conn, FREEZE_AT_ONCE).await?;
        drop(conn);
        if payments.is_empty() && refunds.is_empty() {
            return Ok(());
        }
        let mut tx = app.db.write().await?;
        for payment in &payments {
            freeze(app, &mut tx, payment, now).await?;
        }
        for refund in &refunds {
            freeze_credit_note(app, &mut tx, refund, now).await?;
        }
        tx.commit().await?;
        tracing::info!("froze {} receipts and {} credit notes of an earlier version", payments.len(), refunds.len());
    }
}

async fn freeze_credit_note(app: &App, tx: &mut Tx, refund: &RefundId, now: Timestamp) -> Result<()> {
    if sql::mark_refund_frozen(tx, refund, now).await? {
        let draft = sql::draft_of_refund(tx, refund).await?;
        sql::insert_paper(tx, &refund.to_string(), &draft.paper(&app.config.studio, &app.config.studio.credit_note_prefix)).await?;
    }
    Ok(())
}

impl Draft {
    fn paper(self, studio: &Studio, prefix: &str) -> Paper {
        Paper {
            number: self.number.written(prefix),
            day: self.timezone.day(self.at),
            timezone: self.timezone,
            payer: self.payer,
            payer_name: self.payer_name,
            title: self.title,
            description: self.description,
            amount: self.amount,
            seller: Seller {
                name: studio.name.clone(),
                address: studio.address.join("\n"),
                email: studio.email.clone(),
                website: studio.website.clone(),
                tax_id: studio.tax_id.clone(),
                note: studio.receipt_note.clone(),
            },
        }
    }
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
    for dispute in disputes::of_invoice(conn, invoice).await?.iter().filter(|dispute| dispute.status == DisputeStatus::Lost) {
        if let Some(receipt) = receipts.iter_mut().find(|receipt| receipt.payment == dispute.payment) {
            receipt.lost.push(dispute.amount);
            receipt.lost_minor += dispute.of_payment_minor;
        }
    }
    Ok(receipts)
}
