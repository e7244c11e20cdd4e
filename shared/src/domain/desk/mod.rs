//! Invoices as people look at them: their own, or as staff everybody's.

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::audit::{self, Action, Target};
use crate::domain::changes;
use crate::domain::deliverables::{self, Deliverable};
use crate::domain::invoices::{self, Edited, Invoice, Status, Total, sql};
use crate::domain::{accounts, interactions, links, staff};
use crate::error::{Error, Result};
use crate::message;
use crate::platform::db::Tx;
use crate::texts;
use crate::types::*;

/// Invoices on a page.
const PAGE: i64 = 10;

/// Invoices that autocomplete looks through, the newest first.
const SUGGEST_FROM: i64 = 100;

/// The maximum number of choices that Discord shows.
const SUGGESTIONS: usize = 25;

/// One of everybody's invoices with its files and the edit that waits: staff only, and audited, since
/// it shows who bought.
pub async fn get_any(app: &App, actor: &Actor, number: &str, now: Timestamp) -> Result<(Invoice, Vec<Deliverable>, Option<Edited>)> {
    staff::require(app, actor, "billing view", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = invoices::by_number(&mut tx, number).await?;
    let files = deliverables::of_invoice(&mut tx, &invoice.id).await?;
    let waits = changes::waiting_edit(&mut tx, &invoice).await?.map(|(edited, _)| edited);
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

/// A customer's newest invoices and what all of them add up to, for whoever may look.
pub async fn of_customer(tx: &mut Tx, customer: &accounts::Account) -> Result<(Vec<Invoice>, Vec<Total>)> {
    let newest = sql::list(tx, Some(&customer.user), None, &Turn::Newest, PAGE).await?;
    Ok((newest, sql::totals(tx, &customer.id).await?))
}

fn page(found: Vec<Invoice>, turn: &Turn<InvoiceNumber>) -> Page<Invoice, InvoiceNumber> {
    Page::of(found, turn, PAGE as usize, |invoice| invoice.number)
}

/// The address where one of the actor's own pending invoices is paid, beside the invoice.
pub async fn pay_url(app: &App, actor: &Actor, number: &str) -> Result<(Invoice, String)> {
    let invoice = invoices::get(app, actor, number).await?;
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
