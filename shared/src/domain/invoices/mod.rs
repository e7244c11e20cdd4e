//! Invoices: what a customer owes, and whether they paid.

mod sql;

use crate::app::App;
use crate::domain::deliverables::{self, Deliverable};
use crate::domain::staff::{self, Actor};
use crate::domain::{accounts, audit, checkout, confirmations, links, notices};
use crate::error::{Error, Result, Thing};
use crate::platform::db::{Conn, Tx};
use crate::platform::outbox::{self, Job};
use crate::types::text::Field;
use crate::types::*;
use crate::{message, texts};

/// Most invoices that a list shows at once.
pub const LIST_LIMIT: i64 = 10;
/// Invoices that autocomplete looks through, the newest first.
const SUGGEST_FROM: i64 = 100;
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
}

/// A choice for autocomplete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What the person reads, 100 characters at most.
    pub label: String,
    /// What the command receives.
    pub value: String,
}

/// The invoices of a list, and how many there are in all.
#[derive(Debug, Clone)]
pub struct Page {
    /// The newest first, [`LIST_LIMIT`] at most.
    pub invoices: Vec<Invoice>,
    /// How many there are.
    pub total: i64,
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

    let mut tx = app.db.write().await?;
    let customer = accounts::upsert(&mut tx, &new.customer, &new.customer_name, now).await?;
    let issuer = accounts::upsert(&mut tx, &actor.user, &actor.name, now).await?;
    let invoice = Invoice {
        id: InvoiceId::new(),
        number: sql::next_number(&mut tx).await?,
        account: customer.id.clone(),
        customer: customer.user.clone(),
        customer_name: customer.name.clone(),
        issuer: issuer.id,
        title,
        description,
        amount: new.amount,
        status: Status::Pending,
        due_at: None,
        created_at: now,
        paid_at: None,
        revoking_at: None,
        revoke_reason: None,
    };
    sql::insert(&mut tx, &invoice).await?;
    links::create_pay(&mut tx, &invoice.id, now).await?;
    accounts::request_customer(app, &mut tx, &customer, now).await?;
    audit::record(&mut tx, actor.user.as_str(), "invoice issued", &target(&invoice.id), &invoice.amount.to_string(), now).await?;
    notices::queue(&mut tx, notices::Kind::InvoiceIssued, &invoice, None, now).await?;
    tx.commit().await?;
    tracing::info!(invoice.id = %invoice.id, amount.minor = invoice.amount.minor, "issued invoice {}", invoice.number);
    Ok(invoice)
}

/// Asks staff whether an invoice should really be revoked. Only a pending one can be.
pub async fn ask_revoke(app: &App, actor: &Actor, number: &str, reason: &str, now: Timestamp) -> Result<(Invoice, ConfirmationId)> {
    staff::require(app, actor, "billing revoke", now).await?;
    let reason = text::line(reason, Field::Reason, text::REASON_MAX)?;
    let mut tx = app.db.write().await?;
    let invoice = by_number(&mut tx, number).await?;
    can_be_revoked(&mut tx, &invoice).await?;
    let operation = confirmations::Operation::RevokeInvoice { invoice: invoice.id.clone(), reason };
    let confirmation = confirmations::ask(&mut tx, actor, &operation, now).await?;
    tx.commit().await?;
    Ok((invoice, confirmation))
}

/// Revokes a pending invoice. Where its payment page may be open, the links stop at once, and the
/// invoice is revoked when Stripe has closed the page; else it is revoked now. Whoever confirmed it
/// was found to be staff by [`confirmations::confirm`].
pub async fn revoke(tx: &mut Tx, actor: &Actor, id: &InvoiceId, reason: &str, now: Timestamp) -> Result<Invoice> {
    let invoice = lock(tx, id).await?;
    let live = can_be_revoked(tx, &invoice).await?;
    sql::set_revoking(tx, id, &actor.user, reason, now).await?;
    audit::record(tx, actor.user.as_str(), "invoice revocation begun", &target(id), reason, now).await?;
    match live {
        Some(attempt) => {
            outbox::enqueue(tx, &Job::ExpireSession { attempt: attempt.id }, now).await?;
        }
        None => finish_revoking(tx, &invoice, now).await?,
    }
    by_id(tx, id).await
}

/// Ends the revocation of an invoice that nobody can pay any more; does nothing to any other.
pub async fn finish_revoking(tx: &mut Tx, invoice: &Invoice, now: Timestamp) -> Result<()> {
    let Some(revoked_by) = sql::mark_revoked(tx, &invoice.id, now).await? else { return Ok(()) };
    audit::record(tx, &revoked_by, "invoice revoked", &target(&invoice.id), "", now).await?;
    notices::queue(tx, notices::Kind::InvoiceRevoked, invoice, None, now).await?;
    tracing::info!(invoice.id = %invoice.id, "revoked invoice {}", invoice.number);
    Ok(())
}

/// The attempt that could still be paid, where the invoice can be revoked.
async fn can_be_revoked(tx: &mut Tx, invoice: &Invoice) -> Result<Option<checkout::Attempt>> {
    let refusal = match invoice.status {
        Status::Paid => message!("paid-cannot-be-revoked", number = invoice.number),
        Status::Revoked => message!("already-revoked", number = invoice.number),
        Status::Pending if invoice.revoking_at.is_some() => message!("already-being-revoked", number = invoice.number),
        Status::Pending => {
            let live = checkout::live(tx, &invoice.id).await?;
            if live.as_ref().is_none_or(|attempt| attempt.state != checkout::State::Processing) {
                return Ok(live);
            }
            message!("payment-is-on-its-way", number = invoice.number)
        }
    };
    Err(Error::Rejected(refusal))
}

/// Tells the customer of an invoice about it again: staff only.
pub async fn resend(app: &App, actor: &Actor, number: &str, now: Timestamp) -> Result<Invoice> {
    staff::require(app, actor, "billing resend", now).await?;
    let mut tx = app.db.write().await?;
    let invoice = by_number(&mut tx, number).await?;
    let kind = match invoice.status {
        Status::Pending => notices::Kind::InvoiceIssued,
        Status::Paid => notices::Kind::InvoicePaid,
        Status::Revoked => notices::Kind::InvoiceRevoked,
    };
    notices::queue(&mut tx, kind, &invoice, None, now).await?;
    audit::record(&mut tx, actor.user.as_str(), "invoice sent again", &target(&invoice.id), "", now).await?;
    tx.commit().await?;
    Ok(invoice)
}

/// One of everybody's invoices with its files: staff only, and audited, since it shows who bought.
pub async fn get_any(app: &App, actor: &Actor, number: &str, now: Timestamp) -> Result<(Invoice, Vec<Deliverable>)> {
    staff::require(app, actor, "billing view", now).await?;
    let mut tx = app.db.write().await?;
    let invoice = by_number(&mut tx, number).await?;
    let files = deliverables::of_invoice(&mut tx, &invoice.id).await?;
    audit::record(&mut tx, actor.user.as_str(), "invoice viewed", &target(&invoice.id), "", now).await?;
    tx.commit().await?;
    Ok((invoice, files))
}

/// The actor's own invoices, the newest first.
pub async fn list(app: &App, actor: &Actor, status: Option<Status>) -> Result<Page> {
    let mut conn = app.db.read().await?;
    Ok(Page {
        invoices: sql::list_of(&mut conn, &actor.user, status, LIST_LIMIT).await?,
        total: sql::count_of(&mut conn, &actor.user, status).await?,
    })
}

/// Everybody's invoices, or one customer's, the newest first: staff only, and audited, since it
/// shows who bought.
pub async fn list_all(app: &App, actor: &Actor, customer: Option<&UserId>, status: Option<Status>, now: Timestamp) -> Result<Page> {
    staff::require(app, actor, "billing list", now).await?;
    let mut tx = app.db.write().await?;
    let page = match customer {
        Some(customer) => Page {
            invoices: sql::list_of(&mut tx, customer, status, LIST_LIMIT).await?,
            total: sql::count_of(&mut tx, customer, status).await?,
        },
        None => Page {
            invoices: sql::list_all(&mut tx, status, LIST_LIMIT).await?,
            total: match status {
                Some(status) => sql::count_status(&mut tx, status).await?,
                None => sql::count_all(&mut tx).await?,
            },
        },
    };
    audit::record(&mut tx, actor.user.as_str(), "invoices listed", "invoices", "", now).await?;
    tx.commit().await?;
    Ok(page)
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
    let url = links::pay_url(app, &mut *app.db.read().await?, &invoice.id).await?;
    Ok((invoice, url))
}

/// Choices among the actor's own invoices for what they typed so far. Writes nothing.
pub async fn suggest(app: &App, actor: &Actor, typed: &str) -> Result<Vec<Suggestion>> {
    let invoices = sql::list_of(&mut *app.db.read().await?, &actor.user, None, SUGGEST_FROM).await?;
    Ok(matching(invoices, actor, typed))
}

/// Choices among everybody's invoices for staff: number, title and amount, no names. Whoever is
/// not staff here gets no choice. Writes nothing.
pub async fn suggest_all(app: &App, actor: &Actor, typed: &str) -> Result<Vec<Suggestion>> {
    if !staff::is_staff(app, actor) {
        return Ok(Vec::new());
    }
    let mut conn = app.db.read().await?;
    let mut invoices = sql::list_all(&mut conn, None, SUGGEST_FROM).await?;
    if let Ok(number) = InvoiceNumber::parse(typed)
        && invoices.iter().all(|invoice| invoice.number != number)
        && let Some(older) = sql::find_by_number(&mut conn, number).await?
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

/// Locks an invoice for the rest of the transaction and returns it as it stands: the start of
/// every operation on one.
pub async fn lock(tx: &mut Tx, id: &InvoiceId) -> Result<Invoice> {
    if !sql::raise_revision(tx, id).await? {
        return Err(NOT_FOUND);
    }
    by_id(tx, id).await
}

/// Marks a pending invoice paid. Returns whether this call did it.
pub async fn mark_paid(tx: &mut Tx, id: &InvoiceId, now: Timestamp) -> Result<bool> {
    Ok(sql::mark_paid(tx, id, now).await?)
}

/// How the audit log names an invoice.
pub fn target(id: &InvoiceId) -> String {
    format!("invoice:{id}")
}

fn matching(invoices: Vec<Invoice>, actor: &Actor, typed: &str) -> Vec<Suggestion> {
    let wanted = typed.trim().trim_start_matches('#').to_lowercase();
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
