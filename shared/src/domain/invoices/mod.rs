//! Invoices: what a customer owes, and whether they paid.

pub(crate) mod sql;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::config::LostDispute;
use crate::domain::actor::Actor;
use crate::domain::notices::Subject;
use crate::domain::statuses::DisputeStatus;
use crate::error::{Error, Result, Thing};
use crate::message;
use crate::platform::db::{Conn, Locked, Tx};
use crate::texts::Message;
use crate::types::*;

words! {
    /// Where an invoice stands. Only `pending → paid` and `pending → revoked` exist.
    Status {
        /// Waits for payment.
        Pending = "pending",
        /// Paid in full.
        Paid = "paid",
        /// Taken back by the studio.
        Revoked = "revoked",
    }
}

impl Status {
    /// The word for it.
    pub fn text(self) -> Message {
        match self {
            Status::Pending => message!("status-pending"),
            Status::Paid => message!("status-paid"),
            Status::Revoked => message!("status-revoked"),
        }
    }
}

/// An invoice as it stands.
#[derive(Debug, Clone)]
pub struct Invoice {
    /// Our id.
    pub id: InvoiceId,
    /// What people call it.
    pub number: InvoiceNumber,
    /// Who pays.
    pub account: AccountId,
    /// Their Discord user.
    pub customer: UserId,
    /// What Discord shows for them.
    pub customer_name: String,
    /// The staff member who issued it.
    pub issuer: AccountId,
    /// One line.
    pub title: String,
    /// May be empty.
    pub description: String,
    /// What is charged.
    pub amount: Money,
    /// Where it stands.
    pub status: Status,
    /// When payment is expected.
    pub due_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When the payment was recorded.
    pub paid_at: Option<Timestamp>,
    /// Set while it is being revoked: nothing more can be paid.
    pub revoking_at: Option<Timestamp>,
    /// Why it was or is being revoked.
    pub revoke_reason: Option<String>,
    /// Set while an edit waits for Stripe to close the payment page: nothing can be paid.
    pub editing_at: Option<Timestamp>,
    /// Where its money is.
    pub money: Standing,
}

/// Whether one of its payments covers an invoice. Each is looked at by itself, less what went back of
/// it: see `covered!` beside the SQL of invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Covered {
    /// None does, or none does any more.
    #[default]
    No,
    /// One does, and a dispute about it is open.
    Disputed,
    /// One does.
    Yes,
}

/// Where an invoice's money is, as its payment pages, payments, refunds and disputes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// What went back of all payments in the invoice's currency, in minor units.
    pub refunded_minor: i64,
    /// What is on its way back of them, in minor units.
    pub refunding_minor: i64,
    /// Whether a payment covers it, where a lost dispute about a part of one leaves the rest of it.
    pub covered: Covered,
    /// Whether a payment covers it, where a lost dispute about a part of one ends that.
    pub covered_whole: Covered,
    /// The dispute, inquiry or lost dispute of which Stripe told last, with the amount that it is about.
    pub dispute: Option<(DisputeStatus, Money)>,
    /// Whether a payment is on its way, by a method that takes days.
    pub is_processing: bool,
    /// Until when somebody may pay on a page of which Stripe says nothing any more.
    pub page_unknown_until: Option<Timestamp>,
}

impl Standing {
    /// Whether a payment covers the invoice, as the studio wants it after a lost dispute.
    pub fn covered(&self, rule: LostDispute) -> Covered {
        match rule {
            LostDispute::Close => self.covered_whole,
            LostDispute::CloseWhenWhole => self.covered,
        }
    }
}

impl Invoice {
    /// The invoice as facts tell of it.
    pub fn subject(&self) -> Subject {
        Subject { id: self.id, number: self.number, customer: self.account, issuer: self.issuer }
    }

    /// Whether it can be paid now.
    pub fn is_payable(&self) -> bool {
        self.status == Status::Pending && self.revoking_at.is_none() && self.editing_at.is_none() && !self.money.is_processing
    }
}

/// What an invoice is edited to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// One line.
    pub title: String,
    /// May be empty.
    pub description: String,
    /// What is charged.
    pub amount: Money,
    /// When payment is expected.
    pub due_at: Option<Timestamp>,
}

/// A customer's invoices that stand alike, in one currency.
#[derive(Debug, Clone)]
pub struct Total {
    /// How they stand.
    pub status: Status,
    /// How many they are.
    pub count: i64,
    /// What they add up to.
    pub amount: Money,
}

/// One of the actor's own invoices by its number.
pub async fn get(app: &App, actor: &Actor, number: &str) -> Result<Invoice> {
    let invoice = by_number(&mut *app.db.read().await?, number).await?;
    if invoice.customer == actor.user { Ok(invoice) } else { Err(NOT_FOUND) }
}

/// The words for an invoice that does not exist or is somebody else's.
pub const NOT_FOUND: Error = Error::NotFound(Thing::Invoice);

/// The invoice with the number that a person typed, whoever it belongs to: the caller checks.
pub async fn by_number(conn: &mut Conn, typed: &str) -> Result<Invoice> {
    let number = InvoiceNumber::parse(typed).map_err(|_| NOT_FOUND)?;
    sql::find_by_number(conn, number).await?.ok_or(NOT_FOUND)
}

/// The invoice behind an id.
pub async fn by_id(conn: &mut Conn, id: &InvoiceId) -> Result<Invoice> {
    sql::find(conn, id).await?.ok_or(NOT_FOUND)
}

/// Whether there is such an invoice.
pub async fn exists(conn: &mut Conn, id: &InvoiceId) -> Result<bool> {
    Ok(sql::exists(conn, id).await?)
}

/// Locks an invoice for the rest of the transaction and returns it as it stands: the start of
/// every operation on one.
pub async fn lock(tx: &mut Tx, id: &InvoiceId) -> Result<Locked<Invoice>> {
    if !sql::raise_revision(tx, id).await? {
        return Err(NOT_FOUND);
    }
    Ok(Locked::new(by_id(tx, id).await?))
}

/// Locks several invoices as [`lock`] does one, by two statements. Those that do not exist are left out.
pub async fn lock_all(tx: &mut Tx, ids: &[InvoiceId]) -> Result<Vec<Locked<Invoice>>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    sql::raise_revisions(tx, ids).await?;
    Ok(sql::find_all(tx, ids).await?.into_iter().map(Locked::new).collect())
}

/// Marks pending invoices paid. Returns whether all of them were pending.
pub async fn mark_paid(tx: &mut Tx, invoices: &[&Locked<Invoice>], now: Timestamp) -> Result<bool> {
    Ok(sql::mark_paid(tx, invoices, now).await? == invoices.len() as u64)
}
