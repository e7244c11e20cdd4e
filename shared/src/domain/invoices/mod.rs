//! Invoices: what a customer owes, and whether they paid.

mod sql;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::config::LostDispute;
use crate::domain::actor::{Actor, By};
use crate::domain::audit::{self, Action, Target};
use crate::domain::deliverables::{self, Deliverable};
use crate::domain::disputes::DisputeStatus;
use crate::domain::staff;
use crate::domain::{accounts, checkout, confirmations, interactions, links, notices};
use crate::error::{Error, Result, Thing};
use crate::message;
use crate::platform::db::{Conn, Tx};
use crate::platform::outbox::{self, Job};
use crate::texts::{self, Message};
use crate::types::text::Field;
use crate::types::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// From nine o'clock on where the issuer is: what is due on a day is due at its end.
const BEFORE_MIDNIGHT: Duration = Duration::from_secs(15 * 60 * 60);
/// How many reminders are looked for at a time.
const REMIND_AT_ONCE: i64 = 100;
/// Invoices on a page.
const PAGE: i64 = 10;
/// Invoices that autocomplete looks through, the newest first.
const SUGGEST_FROM: i64 = 100;
/// What stands for taking something away.
const NOTHING: &str = "-";
/// Most choices that Discord shows.
const SUGGESTIONS: usize = 25;

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
    /// Whether it can be paid now.
    pub fn is_payable(&self) -> bool {
        self.status == Status::Pending && self.revoking_at.is_none() && self.editing_at.is_none() && !self.money.is_processing
    }
}

/// What staff enters for an invoice. Title and description are checked by [`issue`].
#[derive(Debug, Clone)]
pub struct NewInvoice {
    /// Who pays.
    pub customer: UserId,
    /// What Discord shows for them.
    pub customer_name: String,
    /// Whether that user is a bot, which cannot pay.
    pub customer_is_bot: bool,
    /// One line, 1 to 100 characters.
    pub title: String,
    /// Up to 1000 characters.
    pub description: String,
    /// What is charged.
    pub amount: Money,
    /// When payment is expected, as [`Timezone::due`] reads it.
    pub due: Option<String>,
}

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

/// A choice for autocomplete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What the person reads, 100 characters at most.
    pub label: String,
    /// What the command receives.
    pub value: String,
}

/// Issues an invoice: staff only. One transaction writes invoice, pay link, audit row and the
/// notice that the customer gets by DM.
pub async fn issue(app: &App, actor: &Actor, new: NewInvoice, now: Timestamp) -> Result<Invoice> {
    staff::require(app, actor, "billing issue", now).await?;
    if new.customer_is_bot {
        return Err(Error::Rejected(message!("a-bot-cannot-pay")));
    }
    let title = text::line(&new.title, Field::Title, text::TITLE_MAX)?;
    let description = text::paragraph(&new.description, Field::Description, text::DESCRIPTION_MAX)?;

    let issuer = accounts::seen(app, actor, now).await?;
    let due_at = new.due.as_deref().map(|due| issuer.timezone.due(due, now)).transpose()?;
    let customer = accounts::to_bill(app, &new.customer, &new.customer_name, now).await?;

    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = Invoice {
        id: InvoiceId::new(),
        number: sql::next_number(&mut tx).await?,
        account: customer.id,
        customer: customer.user,
        customer_name: customer.name.clone(),
        issuer: issuer.id,
        title,
        description,
        amount: new.amount,
        status: Status::Pending,
        due_at,
        created_at: now,
        paid_at: None,
        revoking_at: None,
        revoke_reason: None,
        editing_at: None,
        money: Standing::default(),
    };
    sql::insert(&mut tx, &invoice).await?;
    links::create_pay(&mut tx, &invoice.id, now).await?;
    audit::record(&mut tx, actor.user, Action::InvoiceIssued, invoice.number, &invoice.amount.to_string(), now).await?;
    notices::queue(&mut tx, notices::Kind::InvoiceIssued, &invoice, None, now).await?;
    tx.commit().await?;
    tracing::info!(invoice.id = %invoice.id, amount.minor = invoice.amount.minor, "issued invoice {}", invoice.number);
    Ok(invoice)
}

/// Asks staff whether an invoice should really be revoked. Only a pending one can be. Returns the
/// reason as the customer will read it. Audited, since the question shows the invoice.
pub async fn ask_revoke(app: &App, actor: &Actor, number: &str, reason: &str, now: Timestamp) -> Result<(Invoice, String, ConfirmationId)> {
    staff::require(app, actor, "billing revoke", now).await?;
    let reason = text::line(reason, Field::Reason, text::REASON_MAX)?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = by_number(&mut tx, number).await?;
    can_be_revoked(&mut tx, &invoice).await?;
    let operation = confirmations::Operation::RevokeInvoice { invoice: invoice.id, reason: reason.clone() };
    let confirmation = confirmations::ask(&mut tx, actor, &operation, now).await?;
    audit::record(&mut tx, actor.user, Action::InvoiceViewed, invoice.number, "asked to revoke", now).await?;
    tx.commit().await?;
    Ok((invoice, reason, confirmation))
}

/// Revokes a pending invoice. Where its payment page may be open, the links stop at once, and the
/// invoice is revoked when Stripe has closed the page; else it is revoked now. Whoever confirmed it
/// was found to be staff by [`confirmations::confirm`].
pub async fn revoke(tx: &mut Tx, actor: &Actor, id: &InvoiceId, reason: &str, now: Timestamp) -> Result<Invoice> {
    let invoice = lock(tx, id).await?;
    let live = can_be_revoked(tx, &invoice).await?;
    sql::set_revoking(tx, id, &actor.user, reason, now).await?;
    audit::record(tx, actor.user, Action::RevocationBegun, invoice.number, reason, now).await?;
    match live {
        Some(attempt) => {
            outbox::enqueue(tx, &Job::ExpireSession { attempt: attempt.id }, now).await?;
        }
        None => nobody_can_pay(tx, &invoice, now).await?,
    }
    by_id(tx, id).await
}

/// Does what waited until nobody can pay an invoice: its revocation, or its edit. Where nothing
/// waits, or another payment page is open, nothing happens. Called when a payment page ended.
pub async fn nobody_can_pay(tx: &mut Tx, invoice: &Invoice, now: Timestamp) -> Result<()> {
    // The word about an old page may come late, when another one is open already.
    if checkout::live(tx, &invoice.id).await?.is_some() {
        return Ok(());
    }
    if let Some((edited, edited_by)) = waiting_edit(tx, invoice).await? {
        return apply_edit(tx, invoice, &edited, edited_by, now).await;
    }
    let Some(revoked_by) = sql::mark_revoked(tx, &invoice.id, now).await? else { return Ok(()) };
    audit::record(tx, revoked_by, Action::InvoiceRevoked, invoice.number, "", now).await?;
    notices::queue(tx, notices::Kind::InvoiceRevoked, invoice, None, now).await?;
    tracing::info!(invoice.id = %invoice.id, "revoked invoice {}", invoice.number);
    Ok(())
}

/// The edit that waits, and who asked for it.
async fn waiting_edit(tx: &mut Tx, invoice: &Invoice) -> Result<Option<(Edited, By)>> {
    let Some((edit, edited_by)) = sql::find_edit(tx, &invoice.id).await? else { return Ok(None) };
    let edited = serde_json::from_str(&edit).map_err(|error| Error::Fault(format!("edit of invoice {}: {error}", invoice.id)))?;
    Ok(Some((edited, edited_by)))
}

/// The attempt that could still be paid, where the invoice can be revoked.
async fn can_be_revoked(tx: &mut Tx, invoice: &Invoice) -> Result<Option<checkout::Attempt>> {
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
    let invoice = by_number(&mut tx, number).await?;
    let invoice = lock(&mut tx, &invoice.id).await?;
    let edited = edited(&invoice, changes, &editor, now)?;
    let live = can_be_edited(&mut tx, &invoice).await?;
    let on_the_page = edited.title != invoice.title || edited.amount != invoice.amount;
    let waits = match live {
        Some(attempt) if on_the_page => {
            let edit = serde_json::to_string(&edited).map_err(|error| Error::Fault(error.to_string()))?;
            sql::set_editing(&mut tx, &invoice.id, &actor.user, &edit, now).await?;
            outbox::enqueue(&mut tx, &Job::ExpireSession { attempt: attempt.id }, now).await?;
            let detail = difference(&invoice, &edited);
            audit::record(&mut tx, actor.user, Action::EditBegun, invoice.number, &detail, now).await?;
            Some(edited)
        }
        Some(_) | None => {
            apply_edit(&mut tx, &invoice, &edited, actor.user.into(), now).await?;
            None
        }
    };
    let invoice = by_id(&mut tx, &invoice.id).await?;
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

async fn apply_edit(tx: &mut Tx, invoice: &Invoice, edited: &Edited, by: By, now: Timestamp) -> Result<()> {
    sql::apply_edit(tx, &invoice.id, edited).await?;
    audit::record(tx, by, Action::InvoiceEdited, invoice.number, &difference(invoice, edited), now).await?;
    notices::queue(tx, notices::Kind::InvoiceEdited, invoice, None, now).await?;
    tracing::info!(invoice.id = %invoice.id, "edited invoice {}", invoice.number);
    Ok(())
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
async fn can_be_edited(tx: &mut Tx, invoice: &Invoice) -> Result<Option<checkout::Attempt>> {
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
async fn without_payment_under_way(tx: &mut Tx, invoice: &Invoice) -> Result<Option<checkout::Attempt>> {
    match checkout::live(tx, &invoice.id).await? {
        Some(attempt) if attempt.state == checkout::State::Processing => {
            Err(Error::Rejected(message!("payment-is-on-its-way", number = invoice.number)))
        }
        live => Ok(live),
    }
}

/// Tells the customer of an invoice about it again: staff only.
pub async fn resend(app: &App, actor: &Actor, number: &str, now: Timestamp) -> Result<Invoice> {
    staff::require(app, actor, "billing resend", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = by_number(&mut tx, number).await?;
    if invoice.revoking_at.is_some() && invoice.status == Status::Pending {
        return Err(Error::Rejected(message!("already-being-revoked", number = invoice.number)));
    }
    if invoice.editing_at.is_some() {
        return Err(Error::Rejected(message!("already-being-edited", number = invoice.number)));
    }
    let kind = match invoice.status {
        Status::Pending if invoice.money.is_processing => notices::Kind::PaymentProcessing,
        Status::Pending => notices::Kind::InvoiceIssued,
        Status::Paid => notices::Kind::InvoicePaid,
        Status::Revoked => notices::Kind::InvoiceRevoked,
    };
    notices::queue(&mut tx, kind, &invoice, None, now).await?;
    audit::record(&mut tx, actor.user, Action::InvoiceSentAgain, invoice.number, "", now).await?;
    tx.commit().await?;
    Ok(invoice)
}

/// Reminds customers of what is due, as often as `payments.reminder_days` says. Costs one indexed read
/// for each of these, and one transaction for each reminder.
pub async fn remind(app: &App, now: Timestamp) -> Result<()> {
    // From the latest: who was away for a week is reminded once.
    for days in &app.config.payments.reminder_days {
        let before = DAY * u32::from(*days) + BEFORE_MIDNIGHT;
        let before_ms = i64::try_from(before.as_millis()).unwrap_or(i64::MAX);
        loop {
            let mut conn = app.db.read().await?;
            let due = sql::list_to_remind(&mut conn, now.minus(DAY), now.plus(before), before_ms, REMIND_AT_ONCE).await?;
            drop(conn);
            for id in &due {
                let mut tx = app.db.write().await?;
                let invoice = lock(&mut tx, id).await?;
                let Some(due_at) = invoice.due_at else { continue };
                let is_new = sql::mark_reminded(&mut tx, id, now, due_at.minus(before)).await?;
                if is_new && invoice.is_payable() {
                    notices::queue(&mut tx, notices::Kind::InvoiceDue, &invoice, None, now).await?;
                }
                tx.commit().await?;
            }
            if (due.len() as i64) < REMIND_AT_ONCE {
                break;
            }
        }
    }
    Ok(())
}

/// One of everybody's invoices with its files and the edit that waits: staff only, and audited, since
/// it shows who bought.
pub async fn get_any(app: &App, actor: &Actor, number: &str, now: Timestamp) -> Result<(Invoice, Vec<Deliverable>, Option<Edited>)> {
    staff::require(app, actor, "billing view", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = by_number(&mut tx, number).await?;
    let files = deliverables::of_invoice(&mut tx, &invoice.id).await?;
    let waits = waiting_edit(&mut tx, &invoice).await?.map(|(edited, _)| edited);
    audit::record(&mut tx, actor.user, Action::InvoiceViewed, invoice.number, "", now).await?;
    tx.commit().await?;
    Ok((invoice, files, waits))
}

/// A page of the actor's own invoices.
pub async fn list(app: &App, actor: &Actor, status: Option<Status>, turn: &Turn<InvoiceNumber>) -> Result<Page<Invoice, InvoiceNumber>> {
    let found = sql::list(&mut *app.db.read().await?, Some(&actor.user), status, turn, PAGE + 1).await?;
    Ok(page(found, turn))
}

/// A page of everybody's invoices, or of one customer's: staff only, and audited, since it shows
/// who bought.
pub async fn list_all(
    app: &App,
    actor: &Actor,
    customer: Option<&UserId>,
    status: Option<Status>,
    turn: &Turn<InvoiceNumber>,
    now: Timestamp,
) -> Result<Page<Invoice, InvoiceNumber>> {
    staff::require(app, actor, "billing list", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let found = sql::list(&mut tx, customer, status, turn, PAGE + 1).await?;
    let target = customer.map_or(Target::Invoices, |customer| Target::User(*customer));
    audit::record(&mut tx, actor.user, Action::InvoicesListed, target, "", now).await?;
    tx.commit().await?;
    Ok(page(found, turn))
}

/// A customer's newest invoices and what all of them add up to, for who may look.
pub async fn of_customer(tx: &mut Tx, customer: &accounts::Account) -> Result<(Vec<Invoice>, Vec<Total>)> {
    let newest = sql::list(tx, Some(&customer.user), None, &Turn::Newest, PAGE).await?;
    Ok((newest, sql::totals(tx, &customer.id).await?))
}

fn page(found: Vec<Invoice>, turn: &Turn<InvoiceNumber>) -> Page<Invoice, InvoiceNumber> {
    Page::of(found, turn, PAGE as usize, |invoice| invoice.number)
}

/// One of the actor's own invoices by its number.
pub async fn get(app: &App, actor: &Actor, number: &str) -> Result<Invoice> {
    let invoice = by_number(&mut *app.db.read().await?, number).await?;
    if invoice.customer == actor.user { Ok(invoice) } else { Err(NOT_FOUND) }
}

/// The address where one of the actor's own pending invoices is paid, beside the invoice.
pub async fn pay_url(app: &App, actor: &Actor, number: &str) -> Result<(Invoice, String)> {
    let invoice = get(app, actor, number).await?;
    match invoice.status {
        Status::Paid => return Err(Error::Rejected(message!("invoice-already-paid", number = invoice.number))),
        Status::Revoked => {
            return Err(Error::Rejected(message!("invoice-was-revoked", number = invoice.number)));
        }
        Status::Pending => {}
    }
    if invoice.revoking_at.is_some() {
        return Err(Error::Rejected(message!("invoice-is-being-revoked", number = invoice.number)));
    }
    if invoice.editing_at.is_some() {
        return Err(Error::Rejected(message!("invoice-is-being-edited", number = invoice.number)));
    }
    if invoice.money.is_processing {
        return Err(Error::Rejected(message!("invoice-is-processing", number = invoice.number)));
    }
    let url = links::pay_url(app, &mut *app.db.read().await?, &invoice.id).await?;
    Ok((invoice, url))
}

/// Choices among the actor's own invoices for what they typed so far. Writes nothing.
pub async fn suggest(app: &App, actor: &Actor, typed: &str) -> Result<Vec<Suggestion>> {
    suggestions(app, actor, Some(&actor.user), typed).await
}

/// Choices among everybody's invoices for staff: number, title and amount, no names. Whoever may
/// not run the command gets no choice. A look that the audit log counts ([`audit::looked`]).
pub async fn suggest_all(app: &App, actor: &Actor, command: &str, typed: &str, now: Timestamp) -> Result<Vec<Suggestion>> {
    if !staff::may(app, actor, command).await? {
        return Ok(Vec::new());
    }
    audit::looked(app, actor, now).await?;
    suggestions(app, actor, None, typed).await
}

async fn suggestions(app: &App, actor: &Actor, customer: Option<&UserId>, typed: &str) -> Result<Vec<Suggestion>> {
    let mut conn = app.db.read().await?;
    let mut invoices = sql::list(&mut conn, customer, None, &Turn::Newest, SUGGEST_FROM).await?;
    if let Ok(number) = InvoiceNumber::parse(typed)
        && invoices.iter().all(|invoice| invoice.number != number)
        && let Some(older) = sql::find_by_number(&mut conn, number).await?
        && customer.is_none_or(|customer| older.customer == *customer)
    {
        invoices.insert(0, older);
    }
    Ok(matching(invoices, actor, typed))
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
pub async fn lock(tx: &mut Tx, id: &InvoiceId) -> Result<Invoice> {
    if !sql::raise_revision(tx, id).await? {
        return Err(NOT_FOUND);
    }
    by_id(tx, id).await
}

/// Ends a pending invoice as revoked whose customer paid after all; the payment goes back. Does
/// nothing to one that is revoked already.
pub async fn revoke_late(tx: &mut Tx, invoice: &Invoice, now: Timestamp) -> Result<()> {
    if let Some(revoked_by) = sql::mark_revoked(tx, &invoice.id, now).await? {
        audit::record(tx, revoked_by, Action::InvoiceRevoked, invoice.number, "", now).await?;
    }
    Ok(())
}

/// Marks a pending invoice paid. Returns whether this call did it.
pub async fn mark_paid(tx: &mut Tx, id: &InvoiceId, now: Timestamp) -> Result<bool> {
    Ok(sql::mark_paid(tx, id, now).await?)
}

fn matching(invoices: Vec<Invoice>, actor: &Actor, typed: &str) -> Vec<Suggestion> {
    // A line of ours means its invoice.
    let number = InvoiceNumber::parse(typed).map(|number| number.get().to_string());
    let wanted = number.unwrap_or_else(|_| typed.trim().trim_start_matches('#').to_lowercase());
    let fits = |invoice: &Invoice| invoice.number.get().to_string().starts_with(&wanted) || invoice.title.to_lowercase().contains(&wanted);
    invoices
        .iter()
        .filter(|invoice| fits(invoice))
        .take(SUGGESTIONS)
        .map(|invoice| Suggestion {
            label: format!(
                "{} · {} · {}",
                invoice.number,
                text::shortened(&invoice.title, 60),
                texts::money(invoice.amount, actor.language())
            ),
            value: invoice.number.get().to_string(),
        })
        .collect()
}
