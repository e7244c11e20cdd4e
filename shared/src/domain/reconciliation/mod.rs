//! Reconciliation: what Stripe did and did not tell, asked for.

mod sql;

use std::time::Duration;

use dashmap::mapref::entry::Entry;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::audit::Target;
use crate::domain::checkout::{self, Opened};
use crate::domain::events::{self, EVENT_KINDS};
use crate::domain::facts::{self, Fact};
use crate::domain::invoices::{self, Invoice, Status};
use crate::domain::{accounts, alarms, attempts, interactions, staff, stripe_inbox};
use crate::error::{Error, Result, Service};
use crate::message;
use crate::types::*;

/// Those that a payment page tells itself, when Stripe is asked about it.
const PAGE_KINDS: [&str; 2] = ["checkout.session.completed", "checkout.session.expired"];

/// How far apart two looks through Stripe's events overlap: events may appear a little late.
const OVERLAP: Duration = Duration::from_secs(60 * 60);

/// How long Stripe keeps events.
const EVENTS_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a reconciliation found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Events that were looked at.
    pub events: u64,
    /// Of those, how many had not arrived.
    pub missed: u64,
    /// Payment pages that Stripe was asked about.
    pub sessions: u64,
}

/// Reconciles when it is time again; done by the worker of whichever process comes first.
pub async fn reconcile_if_due(app: &App, now: Timestamp) -> Result<()> {
    let every = app.config.payments.reconcile_every;
    if every.is_zero() {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    let mine = sql::start_reconciliation(&mut tx, now, now.minus(every)).await?;
    tx.commit().await?;
    if !mine {
        return Ok(());
    }
    match reconcile(app, None, now).await {
        Ok(found) => {
            tracing::info!(found.events, found.missed, found.sessions, "reconciled with Stripe");
            Ok(())
        }
        Err(error) => {
            // Not in an hour, but when a worker looks again.
            let mut tx = app.db.write().await?;
            sql::end_reconciliation(&mut tx).await?;
            tx.commit().await?;
            Err(error)
        }
    }
}

/// Looks through all events of our kinds since a time, or since the last look, and applies those
/// that never arrived; asks Stripe how payment pages ended that should have. A lost webhook costs
/// minutes, not an invoice.
pub async fn reconcile(app: &App, since: Option<Timestamp>, now: Timestamp) -> Result<Reconciled> {
    let oldest = now.minus(EVENTS_KEPT);
    let mark = sql::reconciled_until(&mut *app.db.read().await?).await?.map(|until| until.minus(OVERLAP));
    let mark = mark.unwrap_or(oldest).max(oldest);
    let since = since.unwrap_or(mark).max(oldest);
    let mut found = look_through(app, &EVENT_KINDS, since, now).await?;
    found.sessions = checkout::settle_overdue(app, now).await?;
    // Who looked at the last days only has not looked at what was before.
    if since <= mark {
        let mut tx = app.db.write().await?;
        sql::set_reconciled(&mut tx, now).await?;
        tx.commit().await?;
    }
    Ok(found)
}

/// Asks Stripe about one invoice: how its payment page stands, and whether a late payment, a refund or a
/// dispute was told of since it was issued, or in the last 30 days.
pub async fn ask_about(app: &App, invoice: &Invoice, now: Timestamp) -> Result<Reconciled> {
    let since = invoice.created_at.max(now.minus(EVENTS_KEPT));
    // Of these there are few; that pages were paid or expired the page itself says.
    let rare: Vec<&str> = EVENT_KINDS.into_iter().filter(|kind| !PAGE_KINDS.contains(kind)).collect();
    let sessions = checkout::ask_stripe(app, invoice, now).await?;
    Ok(Reconciled { sessions, ..look_through(app, &rare, since, now).await? })
}

/// Applies the events of some kinds since a time that never arrived.
async fn look_through(app: &App, kinds: &[&str], since: Timestamp, now: Timestamp) -> Result<Reconciled> {
    let mut found = Reconciled::default();
    let mut after: Option<String> = None;
    loop {
        let page = app.stripe.list_events(kinds, since, after.as_deref()).await?;
        after = page.events.last().and_then(Option::as_ref).map(|(event, _)| event.id.clone());
        for (event, body) in page.events.into_iter().flatten() {
            found.events += 1;
            if !events::sql::is_recorded(&mut *app.db.read().await?, &event.id).await? {
                found.missed += 1;
                alarms::missed(app, event.created, event.pending_webhooks, now);
                stripe_inbox::receive(app, event, body.as_bytes(), now).await?;
            }
        }
        if !page.has_more {
            return Ok(found);
        }
        if after.is_none() {
            let detail = "a page of events ends with what is no event".to_owned();
            return Err(Error::away(Service::Stripe, detail));
        }
    }
}

/// What staff asks for: one invoice, or everything since a time or the last look. Audited.
pub async fn reconcile_as(app: &App, actor: &Actor, invoice: Option<&str>, since: Option<&str>, now: Timestamp) -> Result<Reconciled> {
    staff::require(app, actor, "billing reconcile", now).await?;
    // Before Stripe is asked.
    interactions::take(app, actor, now).await?;
    let (found, target) = match invoice {
        Some(_) if since.is_some() => return Err(Error::Rejected(message!("invoice-or-since"))),
        Some(number) => {
            let invoice = invoices::by_number(&mut *app.db.read().await?, number).await?;
            (ask_about(app, &invoice, now).await?, Target::Invoice(invoice.number))
        }
        None => {
            let timezone = accounts::seen(app, actor, now).await?.timezone;
            let since = since.map(|day| timezone.past_day(day, now).map(|(_, start)| start)).transpose()?;
            (reconcile(app, since, now).await?, Target::Invoices)
        }
    };
    let mut tx = interactions::begin(app, actor, now).await?;
    let detail = format!("{} events, {} missed, {} payment pages", found.events, found.missed, found.sessions);
    facts::happened(&mut tx, actor.user, &Fact::Reconciled { target, found: &detail }, now).await?;
    tx.commit().await?;
    Ok(found)
}

/// How long a person waits before they may have Stripe asked again.
const CHECK_AGAIN_AFTER: Duration = Duration::from_secs(30);

/// From this many people on, those who may ask again are forgotten.
const CHECKS_MAX: usize = 1000;

/// Asks Stripe now how the payment of one of the actor's own invoices stands, and records what it
/// says. A person may ask every thirty seconds; what needs no question costs none.
pub async fn check(app: &App, actor: &Actor, number: &str, now: Timestamp) -> Result<Opened> {
    let invoice = invoices::get(app, actor, number).await?;
    let live = attempts::sql::find_live(&mut *app.db.read().await?, &invoice.id).await?;
    if invoice.status != Status::Pending || live.is_none_or(|attempt| attempt.stripe_session_id.is_none()) {
        return Ok(checkout::ended(&invoice).unwrap_or(Opened::Waiting(invoice)));
    }
    if !wait_over(app, &actor.user, now) {
        let left = app.checks.get(&actor.user).map_or(Duration::ZERO, |asked_at| CHECK_AGAIN_AFTER.saturating_sub(now.since(*asked_at)));
        return Err(Error::Rejected(message!("check-again-later", seconds = left.as_secs().max(1) as i64)));
    }
    if let Err(error) = ask_about(app, &invoice, now).await {
        // What was not answered may be asked again at once.
        app.checks.remove(&actor.user);
        return Err(error);
    }
    checkout::standing(&mut *app.db.read().await?, &invoice.id).await
}

/// Whether a person may have Stripe asked; if so, notes that they did.
fn wait_over(app: &App, user: &UserId, now: Timestamp) -> bool {
    let over = |asked_at: Timestamp| now.since(asked_at) >= CHECK_AGAIN_AFTER;
    if app.checks.len() >= CHECKS_MAX {
        app.checks.retain(|_, asked_at| !over(*asked_at));
    }
    match app.checks.entry(*user) {
        Entry::Occupied(asked) if !over(*asked.get()) => false,
        entry => {
            entry.insert(now);
            true
        }
    }
}
