//! Papers: the numbers of receipts and credit notes, and what stood on each when it was numbered.

mod sql;

use crate::app::App;
use crate::config::Studio;
use crate::domain::invoices::Invoice;
use crate::error::Result;
use crate::platform::db::{Locked, Tx};
use crate::types::*;

/// How many papers from before they were frozen are frozen at a time.
const FREEZE_AT_ONCE: i64 = 200;

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

/// Takes the numbers of the receipts for so many payments that are being recorded.
pub async fn next_numbers(tx: &mut Tx, payments: usize) -> Result<impl Iterator<Item = SeriesNumber> + use<>> {
    let last = sql::next_numbers(tx, "receipt", payments).await?.get();
    Ok((last + 1 - payments as i64..=last).map(SeriesNumber::new))
}

/// Freezes the receipts of payments that are recorded in this transaction, as frozen and with their numbers: two
/// statements.
pub async fn freeze(app: &App, tx: &mut Tx, payments: &[PaymentId]) -> Result<()> {
    let studio = &app.config.studio;
    let drafts = sql::drafts_of_payments(tx, payments).await?.into_iter();
    let papers: Vec<_> = drafts.map(|(payment, draft)| (payment.to_string(), draft.paper(studio, &studio.receipt_prefix))).collect();
    Ok(sql::insert_papers(tx, &papers).await?)
}

/// Gives a refund that succeeded its credit note. One that has succeeded before keeps what it has.
pub async fn credit(app: &App, tx: &mut Tx, _: &Locked<Invoice>, refund: &RefundId, now: Timestamp) -> Result<()> {
    if sql::has_credit_note(tx, refund).await? {
        return Ok(());
    }
    let number = sql::next_numbers(tx, "credit note", 1).await?;
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
        if !payments.is_empty() {
            // Whoever marks them first writes them down.
            let marked = sql::mark_payments_frozen(&mut tx, &payments, now).await?;
            if !marked.is_empty() {
                freeze(app, &mut tx, &marked).await?;
            }
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
        let paper = draft.paper(&app.config.studio, &app.config.studio.credit_note_prefix);
        sql::insert_papers(tx, &[(refund.to_string(), paper)]).await?;
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
