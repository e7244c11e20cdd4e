//! Payments: what Stripe's webhook events do to invoices, once each.

mod sql;

pub(in crate::domain) use sql::{was_lost, went_back};

use std::time::Duration;

use crate::app::App;
use crate::config::LatePayment;
use crate::domain::actor::{Actor, By};
use crate::domain::audit::{self, Action, Target};
use crate::domain::checkout::{self, Attempt, State};
use crate::domain::invoices::{self, Invoice, Status};
use crate::domain::staff;
use crate::domain::{accounts, alarms, disputes, interactions, notices, receipts, refunds};
use crate::error::{Error, Result, Service};
use crate::message;
use crate::platform::db::{Conn, Tx};
use crate::platform::outbox::{self, Job};
use crate::platform::stripe::{Dispute, Envelope, PaymentStatus, Refund, Session, SessionStatus};
use crate::texts::Message;
use crate::types::*;

/// How long the sealed body of a settled event is kept.
const BODY_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The kinds of events that we act on; the endpoint at Stripe should send these.
/// See <https://docs.stripe.com/api/events/types>.
pub const EVENT_KINDS: [&str; 10] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
];

/// Those that a payment page tells itself, when Stripe is asked about it.
const PAGE_KINDS: [&str; 2] = ["checkout.session.completed", "checkout.session.expired"];

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

/// The object of an event of a kind that we act on.
enum Object {
    Session(Box<Session>),
    Refund(Refund),
    Dispute(Dispute),
}

impl Object {
    /// Reads it; `None` where this build cannot.
    fn read(kind: &str, object: &str) -> Option<Self> {
        if kind.starts_with("refund.") {
            Refund::read(object).map(Object::Refund)
        } else if kind.starts_with("charge.dispute.") {
            Dispute::read(object).map(Object::Dispute)
        } else {
            Session::read(object).map(|session| Object::Session(Box::new(session)))
        }
    }

    /// Asks Stripe for it, which answers in the API version that this build reads.
    async fn retrieve(app: &App, kind: &str, id: &str) -> Result<Self> {
        if kind.starts_with("refund.") {
            return app.stripe.retrieve_refund(id).await.map(Object::Refund);
        }
        if kind.starts_with("charge.dispute.") {
            return app.stripe.retrieve_dispute(id).await.map(Object::Dispute);
        }
        let session = app.stripe.retrieve_session(id).await?;
        if !session.is_understood() {
            // A newer build may read it: tried again for a day, then kept for a person.
            let detail = "a session in a form that this build does not read".to_owned();
            return Err(Error::away(Service::Stripe, detail));
        }
        Ok(Object::Session(Box::new(session)))
    }

    /// The payment that a refund or dispute is about.
    fn payment_intent(&self) -> Option<&str> {
        match self {
            Object::Session(_) => None,
            Object::Refund(refund) => refund.payment_intent.as_deref(),
            Object::Dispute(dispute) => dispute.payment_intent.as_deref(),
        }
    }
}

words! {
    /// What became of an event.
    Outcome {
        /// It did what it says.
        Applied = "applied",
        /// Not a kind that we act on, or not about an invoice of ours.
        Ignored = "ignored",
        /// Its object has a form that this build does not read: the outbox retrieves it.
        Unread = "unread",
        /// Names an invoice of ours, but is no session that we opened.
        Unmatched = "unmatched",
        /// Test money for a live studio, or the other way round.
        WrongMode = "wrong_mode",
        /// Paid, but it does not say how much.
        WrongAmount = "wrong_amount",
        /// Paid in what is no currency that we know.
        WrongCurrency = "wrong_currency",
        /// Completed, but the money is not there yet.
        Unpaid = "unpaid",
        /// Staff let it go.
        Dropped = "dropped",
    }
}

impl Outcome {
    /// The word for it.
    pub fn text(self) -> Message {
        match self {
            Outcome::Applied => message!("outcome-applied"),
            Outcome::Ignored => message!("outcome-ignored"),
            Outcome::Unread => message!("outcome-unread"),
            Outcome::Unmatched => message!("outcome-unmatched"),
            Outcome::WrongMode => message!("outcome-wrong-mode"),
            Outcome::WrongAmount => message!("outcome-wrong-amount"),
            Outcome::WrongCurrency => message!("outcome-wrong-currency"),
            Outcome::Unpaid => message!("outcome-unpaid"),
            Outcome::Dropped => message!("outcome-dropped"),
        }
    }

    /// What staff can do about an event that is kept.
    pub fn advice(self) -> Message {
        match self {
            Outcome::Unread => message!("advice-unread"),
            Outcome::Unmatched => message!("advice-unmatched"),
            Outcome::WrongMode => message!("advice-wrong-mode"),
            Outcome::WrongAmount | Outcome::WrongCurrency => message!("advice-wrong-amount"),
            Outcome::Applied | Outcome::Ignored | Outcome::Unpaid | Outcome::Dropped => message!("advice-settled"),
        }
    }

    /// Whether nothing more is to be done about the event, so that its body may be dropped.
    pub fn is_settled(self) -> bool {
        match self {
            Outcome::Applied | Outcome::Ignored | Outcome::Unpaid | Outcome::Dropped => true,
            Outcome::Unread | Outcome::Unmatched | Outcome::WrongMode | Outcome::WrongAmount | Outcome::WrongCurrency => false,
        }
    }
}

/// Takes a verified webhook: records and applies it in one transaction. `body` is sealed and kept.
/// Costs one transaction; a repeated event costs one statement in it.
pub async fn receive(app: &App, event: &Envelope, body: &[u8], now: Timestamp) -> Result<()> {
    let sealed = app.keys.seal(&row(&event.id), body)?;
    let mut tx = app.db.write().await?;
    let outcome = apply(app, &mut tx, event, &sealed, now).await?;
    tx.commit().await?;
    let (kind, outcome) = (&event.kind, outcome.map(|outcome| (outcome.as_str(), outcome.is_settled())));
    match outcome {
        Some((outcome, true)) => tracing::info!(event.id, outcome, "webhook event {kind}: {outcome}"),
        Some((outcome, false)) => tracing::warn!(event.id, outcome, "webhook event {kind} is kept: {outcome}"),
        None => tracing::info!(event.id, "webhook event {kind} again"),
    }
    Ok(())
}

/// Applies a verified event inside the caller's transaction. `None` for one that was here before.
pub async fn apply(app: &App, tx: &mut Tx, event: &Envelope, sealed: &str, now: Timestamp) -> Result<Option<Outcome>> {
    if !sql::record(tx, event, sealed, now).await? {
        return Ok(None);
    }
    let outcome = if !EVENT_KINDS.contains(&event.kind.as_str()) {
        Outcome::Ignored
    } else if event.livemode != app.stripe.livemode() {
        // Another product may have both of Stripe's modes sent here.
        if is_ours(tx, event).await? { Outcome::WrongMode } else { Outcome::Ignored }
    } else {
        let outcome = match Object::read(&event.kind, &event.object) {
            Some(object) => {
                let outcome = apply_object(app, tx, &event.kind, &object, event.created, now).await?;
                tell_if_unclear(tx, outcome, &object, now).await?;
                outcome
            }
            None => Outcome::Unread,
        };
        if outcome == Outcome::Unread {
            outbox::enqueue(tx, &Job::ReadEvent { event: event.id.clone() }, now).await?;
        }
        outcome
    };
    sql::set_outcome(tx, &event.id, outcome, outcome.is_settled().then_some(now)).await?;
    Ok(Some(outcome))
}

/// An event that is kept because something about it is left to do.
#[derive(Debug, Clone)]
pub struct Unsettled {
    /// `evt_…`
    pub id: String,
    /// What happened, in Stripe's word.
    pub kind: String,
    /// What it happened to.
    pub object_id: String,
    /// When it happened.
    pub created_at: Timestamp,
    /// Whether in Stripe's live mode.
    pub livemode: bool,
    /// Why it is kept.
    pub outcome: Outcome,
    /// When it arrived.
    pub received_at: Timestamp,
}

/// Whether an event names a row of ours.
async fn is_ours(conn: &mut Conn, event: &Envelope) -> Result<bool> {
    match Object::read(&event.kind, &event.object) {
        Some(Object::Session(session)) => {
            Ok(checkout::find_attempt(conn, &session).await?.is_some() || names_invoice(conn, session.invoice.as_ref()).await?)
        }
        Some(object) => Ok(by_intent(conn, object.payment_intent()).await?.is_some()),
        None => Ok(checkout::invoice_of_session(conn, &event.object_id).await?.is_some()),
    }
}

/// Whether an invoice that metadata names is one of ours: another product's may look the same.
async fn names_invoice(conn: &mut Conn, named: Option<&InvoiceId>) -> Result<bool> {
    match named {
        Some(invoice) => invoices::exists(conn, invoice).await,
        None => Ok(false),
    }
}

/// Reads an unread event; done by the outbox.
pub async fn read_event(app: &App, event: &str, now: Timestamp) -> Result<()> {
    match read_again(app, event, None, now).await? {
        Some(Outcome::Unread) => {
            let detail = "its payment has not arrived yet".to_owned();
            Err(Error::away(Service::Stripe, detail))
        }
        Some(_) | None => Ok(()),
    }
}

/// Applies a kept event to what Stripe says now. Whoever asks was found to be staff by the caller.
/// `None` for an event that is not kept.
pub async fn replay(app: &App, actor: &Actor, event: &str, now: Timestamp) -> Result<Option<Outcome>> {
    read_again(app, event, Some(actor), now).await
}

/// Retrieves the object of a kept event and applies that. Stripe answers in the API version that this
/// build reads, whatever version the webhook endpoint is set to.
async fn read_again(app: &App, event: &str, replayed_by: Option<&Actor>, now: Timestamp) -> Result<Option<Outcome>> {
    let Some(found) = sql::find_unsettled(&mut *app.db.read().await?, event).await? else { return Ok(None) };
    let object = match (found.livemode == app.stripe.livemode(), EVENT_KINDS.contains(&found.kind.as_str())) {
        (false, _) => Err(Outcome::WrongMode),
        (true, false) => Err(Outcome::Ignored),
        (true, true) => Ok(Object::retrieve(app, &found.kind, &found.object_id).await?),
    };
    // A refund or dispute may be told of before its payment, or be of another product's.
    let foreign = match object.as_ref().ok().and_then(Object::payment_intent) {
        Some(intent) if by_intent(&mut *app.db.read().await?, Some(intent)).await?.is_none() => {
            let named = app.stripe.invoice_of_intent(intent).await?;
            !names_invoice(&mut *app.db.read().await?, named.as_ref()).await?
        }
        Some(_) | None => false,
    };
    let mut tx = app.db.write().await?;
    // Whoever claims the row first applies it.
    if !sql::claim_unsettled(&mut tx, event).await? {
        return Ok(None);
    }
    let outcome = match &object {
        Err(known) => *known,
        Ok(_) if foreign => Outcome::Ignored,
        Ok(object) => {
            let outcome = apply_object(app, &mut tx, &found.kind, object, found.created_at, now).await?;
            if outcome != found.outcome {
                tell_if_unclear(&mut tx, outcome, object, now).await?;
            }
            outcome
        }
    };
    sql::set_outcome(&mut tx, event, outcome, outcome.is_settled().then_some(now)).await?;
    if outcome.is_settled() {
        outbox::cancel_alike(&mut tx, &Job::ReadEvent { event: event.to_owned() }).await?;
    }
    if let Some(actor) = replayed_by {
        audit::record(&mut tx, actor.user, Action::EventReplayed, Target::Event(event.to_owned()), outcome.as_str(), now).await?;
    }
    tx.commit().await?;
    Ok(Some(outcome))
}

/// Lets a kept event go: nothing more is done about it. Returns whether it was kept until now.
pub async fn drop_event(tx: &mut Tx, event: &str, now: Timestamp) -> Result<bool> {
    if !sql::claim_unsettled(tx, event).await? {
        return Ok(false);
    }
    sql::set_outcome(tx, event, Outcome::Dropped, Some(now)).await?;
    outbox::cancel_alike(tx, &Job::ReadEvent { event: event.to_owned() }).await?;
    Ok(true)
}

/// Events that are kept for one reason, the newest first.
pub async fn list_unsettled(conn: &mut Conn, outcome: Outcome, limit: i64) -> Result<Vec<Unsettled>> {
    Ok(sql::list_unsettled(conn, outcome, limit).await?)
}

/// How many events are kept for which reason.
pub async fn count_unsettled(conn: &mut Conn) -> Result<Vec<(Outcome, i64)>> {
    Ok(sql::count_unsettled_by_outcome(conn).await?)
}

/// A kept event.
pub async fn find_unsettled(conn: &mut Conn, event: &str) -> Result<Option<Unsettled>> {
    Ok(sql::find_unsettled(conn, event).await?)
}

/// Tells staff of a payment that counts for nothing, where it names an invoice of ours.
async fn tell_if_unclear(tx: &mut Tx, outcome: Outcome, object: &Object, now: Timestamp) -> Result<()> {
    let Object::Session(session) = object else { return Ok(()) };
    let Some(invoice) = session.invoice.as_ref().filter(|_| outcome == Outcome::Unmatched) else { return Ok(()) };
    match invoices::by_id(tx, invoice).await {
        Ok(invoice) => notices::queue(tx, notices::Kind::PaymentUnclear, &invoice, None, now).await,
        Err(Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Applies a session that Stripe was asked about and that is complete.
pub async fn apply_retrieved(app: &App, session: &Session, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    let outcome = apply_session(app, &mut tx, EVENT_KINDS[0], session, now).await?;
    tx.commit().await?;
    match outcome {
        // Of money that does not fit staff was told.
        Outcome::Applied | Outcome::Unpaid | Outcome::WrongAmount | Outcome::WrongCurrency => Ok(()),
        Outcome::Ignored | Outcome::Unread | Outcome::Unmatched | Outcome::WrongMode | Outcome::Dropped => {
            Err(Error::Fault(format!("session {} is complete but {}", session.id, outcome.as_str())))
        }
    }
}

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
        for (event, body) in page.events.iter().flatten() {
            found.events += 1;
            if !sql::is_recorded(&mut *app.db.read().await?, &event.id).await? {
                found.missed += 1;
                alarms::missed(app, event.created, event.pending_webhooks, now);
                receive(app, event, body.as_bytes(), now).await?;
            }
        }
        after = page.events.last().and_then(Option::as_ref).map(|(event, _)| event.id.clone());
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
    audit::record(&mut tx, actor.user, Action::Reconciled, target, &detail, now).await?;
    tx.commit().await?;
    Ok(found)
}

/// How many events are kept because something about them is left to do.
pub async fn unsettled(app: &App) -> Result<i64> {
    Ok(sql::count_unsettled(&mut *app.db.read().await?).await?)
}

/// Drops the sealed bodies of events that were settled 30 days ago.
pub async fn forget_bodies(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::drop_bodies(&mut tx, now.minus(BODY_KEPT)).await?;
    tx.commit().await
}

/// Applies the object of an event. `Unread` for a refund or dispute whose payment is not known (yet).
async fn apply_object(app: &App, tx: &mut Tx, kind: &str, object: &Object, created: Timestamp, now: Timestamp) -> Result<Outcome> {
    let known = match object {
        Object::Session(session) => return apply_session(app, tx, kind, session, now).await,
        Object::Refund(refund) => refunds::apply(app, tx, refund, created, now).await?,
        Object::Dispute(dispute) => disputes::apply(app, tx, dispute, created, now).await?,
    };
    match object.payment_intent() {
        _ if known => Ok(Outcome::Applied),
        Some(intent) if checkout::is_unclear(tx, intent).await? => Ok(Outcome::Ignored),
        Some(_) => Ok(Outcome::Unread),
        // A charge without a payment intent: no payment of ours is one.
        None => Ok(Outcome::Ignored),
    }
}

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
pub async fn let_go(tx: &mut Tx, id: &PaymentId) -> Result<Option<InvoiceNumber>> {
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

async fn apply_session(app: &App, tx: &mut Tx, kind: &str, session: &Session, now: Timestamp) -> Result<Outcome> {
    let Some(found) = checkout::find_attempt(tx, session).await? else {
        // Another product may use the same Stripe account, and name its things as we do.
        let ours = names_invoice(tx, session.invoice.as_ref()).await?;
        return Ok(match ours {
            true if session.livemode != app.stripe.livemode() => Outcome::WrongMode,
            true => Outcome::Unmatched,
            false => Outcome::Ignored,
        });
    };
    if session.livemode != app.stripe.livemode() {
        return Ok(Outcome::WrongMode);
    }
    let invoice = invoices::lock(tx, &found.invoice).await?;
    if session.invoice.as_ref() != Some(&invoice.id) {
        return Ok(Outcome::Unmatched);
    }
    // Read again under the lock: another event may have been faster.
    let Some(attempt) = checkout::find_attempt(tx, session).await? else { return Ok(Outcome::Unmatched) };
    match kind {
        "checkout.session.expired" => {
            checkout::mark(tx, &attempt, session, State::Expired).await?;
            invoices::nobody_can_pay(tx, &invoice, now).await?;
            return Ok(Outcome::Applied);
        }
        "checkout.session.async_payment_failed" => {
            if checkout::mark(tx, &attempt, session, State::Failed).await? {
                notices::queue(tx, notices::Kind::PaymentFailed, &invoice, None, now).await?;
            }
            invoices::nobody_can_pay(tx, &invoice, now).await?;
            return Ok(Outcome::Applied);
        }
        _ => {}
    }
    if session.payment_status != PaymentStatus::Paid {
        let is_on_its_way = session.payment_status == PaymentStatus::Unpaid && session.status == SessionStatus::Complete;
        if is_on_its_way && checkout::mark(tx, &attempt, session, State::Processing).await? {
            notices::queue(tx, notices::Kind::PaymentProcessing, &invoice, None, now).await?;
        }
        return Ok(Outcome::Unpaid);
    }
    if attempt.state == State::Paid || sql::has_paid(tx, &attempt.id).await? {
        return Ok(Outcome::Applied);
    }
    let currency = session.currency.as_deref().and_then(|code| Currency::parse(code).ok());
    let (Some(minor), Some(currency)) = (session.amount_total.filter(|minor| *minor > 0), currency) else {
        // The page is used up: the invoice is free for another, or for what waits.
        if session.status == SessionStatus::Complete && checkout::mark_unclear(tx, &attempt, session).await? {
            notices::queue(tx, notices::Kind::PaymentUnclear, &invoice, None, now).await?;
            invoices::nobody_can_pay(tx, &invoice, now).await?;
        }
        return Ok(if currency.is_none() { Outcome::WrongCurrency } else { Outcome::WrongAmount });
    };
    let amount = Money::new(minor, currency);
    checkout::mark(tx, &attempt, session, State::Paid).await?;
    record(app, tx, &invoice, &attempt, session, amount, now).await?;
    Ok(Outcome::Applied)
}

/// Records money that arrived for an invoice, which is locked. It settles the invoice where it is what
/// the invoice says *now*, whatever its page said; else it is kept, and staff decides.
async fn record(
    app: &App,
    tx: &mut Tx,
    invoice: &Invoice,
    attempt: &Attempt,
    session: &Session,
    amount: Money,
    now: Timestamp,
) -> Result<()> {
    let payment = Payment {
        id: PaymentId::new(),
        invoice: invoice.id,
        payment_intent: session.payment_intent.clone(),
        amount,
        paid_at: now,
        receipt: receipts::next_number(tx).await?,
        counts: amount == invoice.amount && session.amount_subtotal == Some(amount.minor),
    };
    let is_taken_back = invoice.status == Status::Revoked || invoice.revoking_at.is_some();
    // What does not fit settles nothing, so it is late in any case.
    let goes_back =
        is_taken_back && (app.config.payments.late_payment == LatePayment::Refund || invoice.status == Status::Revoked || !payment.counts);
    let settles = payment.counts && invoice.status == Status::Pending && !goes_back;
    sql::insert_payment(tx, &payment, attempt, !settles && !goes_back).await?;
    receipts::freeze(app, tx, &payment.id, now).await?;
    if goes_back {
        invoices::revoke_late(tx, invoice, now).await?;
        refunds::request_late(tx, invoice, &payment, now).await?;
        notices::queue(tx, notices::Kind::LatePaymentReturned, invoice, None, now).await?;
        notices::queue(tx, notices::Kind::LatePaymentArrived, invoice, None, now).await?;
        tracing::warn!(invoice.id = %invoice.id, "a payment came for revoked invoice {}: it goes back", invoice.number);
        return Ok(());
    }
    if !settles {
        let kind = if payment.counts { notices::Kind::PaidTwice } else { notices::Kind::PaymentUnclear };
        let detail = format!("{amount} kept, {}", if payment.counts { "paid twice" } else { "does not fit" });
        audit::record(tx, By::Stripe, Action::PaymentKept, invoice.number, &detail, now).await?;
        notices::queue(tx, kind, invoice, None, now).await?;
        tracing::warn!(invoice.id = %invoice.id, amount.minor = amount.minor, "kept a payment for invoice {}", invoice.number);
        // What waited until nobody can pay on that page any more.
        return invoices::nobody_can_pay(tx, invoice, now).await;
    }
    if !invoices::mark_paid(tx, &invoice.id, now).await? {
        return Err(Error::Fault(format!("invoice {} was pending under its lock, and is not", invoice.id)));
    }
    if invoice.revoking_at.is_some() || invoice.editing_at.is_some() {
        let detail = if invoice.revoking_at.is_some() { "revocation" } else { "edit" };
        audit::record(tx, By::Stripe, Action::ChangeDropped, invoice.number, detail, now).await?;
    }
    audit::record(tx, By::Stripe, Action::InvoicePaid, invoice.number, &amount.to_string(), now).await?;
    notices::queue(tx, notices::Kind::InvoicePaid, invoice, None, now).await?;
    notices::queue(tx, notices::Kind::PaymentReceived, invoice, None, now).await?;
    tracing::info!(invoice.id = %invoice.id, amount.minor = amount.minor, "paid invoice {}", invoice.number);
    Ok(())
}

/// The identity under which an event's body is sealed.
pub(super) fn row(event: &str) -> String {
    format!("stripe_events/{event}")
}
