//! Settlement: what a payment page at Stripe does to its invoice.

use crate::app::App;
use crate::config::LatePayment;
use crate::domain::actor::By;
use crate::domain::attempts::{self, Attempt, State};
use crate::domain::events::{EVENT_KINDS, Outcome};
use crate::domain::facts::{self, Fact};
use crate::domain::invoices::{self, Invoice, Status};
use crate::domain::payments::{Payment, sql};
use crate::domain::{changes, papers, refunds};
use crate::error::{Error, Result};
use crate::platform::db::{Conn, Locked, Tx};
use crate::platform::stripe::{PaymentStatus, Session, SessionStatus};
use crate::types::*;

/// Whether an invoice that metadata names is one of ours: another product's may look the same.
pub async fn names_invoice(conn: &mut Conn, named: Option<&InvoiceId>) -> Result<bool> {
    match named {
        Some(invoice) => invoices::exists(conn, invoice).await,
        None => Ok(false),
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

/// Applies what Stripe says of a payment page, by the kind of its event.
pub async fn apply_session(app: &App, tx: &mut Tx, kind: &str, session: &Session, now: Timestamp) -> Result<Outcome> {
    let Some(found) = attempts::find_attempt(tx, session).await? else {
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
    let Some(attempt) = attempts::find_attempt(tx, session).await? else { return Ok(Outcome::Unmatched) };
    match kind {
        "checkout.session.expired" => {
            attempts::mark(tx, &attempt, session, State::Expired).await?;
            changes::nobody_can_pay(tx, &invoice, now).await?;
            return Ok(Outcome::Applied);
        }
        "checkout.session.async_payment_failed" => {
            if attempts::mark(tx, &attempt, session, State::Failed).await? {
                facts::happened(tx, By::Stripe, &Fact::PaymentFailed { invoice: invoice.subject() }, now).await?;
            }
            changes::nobody_can_pay(tx, &invoice, now).await?;
            return Ok(Outcome::Applied);
        }
        _ => {}
    }
    if session.payment_status != PaymentStatus::Paid {
        let is_on_its_way = session.payment_status == PaymentStatus::Unpaid && session.status == SessionStatus::Complete;
        if is_on_its_way && attempts::mark(tx, &attempt, session, State::Processing).await? {
            facts::happened(tx, By::Stripe, &Fact::PaymentProcessing { invoice: invoice.subject() }, now).await?;
        }
        return Ok(Outcome::Unpaid);
    }
    if attempt.state == State::Paid || sql::has_paid(tx, &attempt.id).await? {
        return Ok(Outcome::Applied);
    }
    let amount = match arrived(session) {
        Ok(amount) => amount,
        Err(outcome) => {
            // The page is used up: the invoice is free for another, or for what waits.
            if session.status == SessionStatus::Complete && attempts::mark_unclear(tx, &attempt, session).await? {
                facts::happened(tx, By::Stripe, &Fact::PaymentUnclear { invoice: invoice.subject() }, now).await?;
                changes::nobody_can_pay(tx, &invoice, now).await?;
            }
            return Ok(outcome);
        }
    };
    attempts::mark(tx, &attempt, session, State::Paid).await?;
    record(app, tx, &Arrival { invoice: &invoice, attempt: &attempt, session, amount }, now).await?;
    Ok(Outcome::Applied)
}

/// Money that arrived, with all that decides what becomes of it.
struct Arrival<'a> {
    invoice: &'a Locked<Invoice>,
    attempt: &'a Attempt,
    session: &'a Session,
    amount: Money,
}

/// What becomes of money that arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// It pays the invoice.
    Settles,
    /// Staff decides.
    Kept,
    /// It goes back: the invoice was taken back.
    GoesBack,
}

/// How much arrived, or why nobody can say.
fn arrived(session: &Session) -> Result<Money, Outcome> {
    let currency = session.currency.as_deref().and_then(|code| Currency::parse(code).ok()).ok_or(Outcome::WrongCurrency)?;
    let minor = session.amount_total.filter(|minor| *minor > 0).ok_or(Outcome::WrongAmount)?;
    Ok(Money::new(minor, currency))
}

impl Arrival<'_> {
    /// Whether it is what the invoice says *now*, whatever its page said.
    fn counts(&self) -> bool {
        self.amount == self.invoice.amount && self.session.amount_subtotal == Some(self.amount.minor)
    }

    fn ending(&self, rule: LatePayment) -> Ending {
        let is_revoked = self.invoice.status == Status::Revoked;
        let is_taken_back = is_revoked || self.invoice.revoking_at.is_some();
        // What does not fit settles nothing, so it is late in any case.
        if is_taken_back && (rule == LatePayment::Refund || is_revoked || !self.counts()) {
            Ending::GoesBack
        } else if self.counts() && self.invoice.status == Status::Pending {
            Ending::Settles
        } else {
            Ending::Kept
        }
    }

    fn payment(&self, receipt: SeriesNumber, now: Timestamp) -> Payment {
        Payment {
            id: PaymentId::new(),
            invoice: self.invoice.id,
            payment_intent: self.session.payment_intent.clone(),
            amount: self.amount,
            paid_at: now,
            receipt,
            counts: self.counts(),
        }
    }
}

/// Records payments with their receipts.
async fn insert(app: &App, tx: &mut Tx, arrivals: &[&Arrival<'_>], needs_person: bool, now: Timestamp) -> Result<Vec<Payment>> {
    let numbers = papers::next_numbers(tx, arrivals.len()).await?;
    let payments: Vec<_> = arrivals.iter().zip(numbers).map(|(arrival, number)| (arrival.payment(number, now), arrival.attempt)).collect();
    sql::insert(tx, &payments, needs_person).await?;
    let payments: Vec<Payment> = payments.into_iter().map(|(payment, _)| payment).collect();
    papers::freeze(app, tx, &payments.iter().map(|payment| payment.id).collect::<Vec<_>>()).await?;
    Ok(payments)
}

/// Records money that arrived for an invoice, whose attempt is marked paid.
async fn record(app: &App, tx: &mut Tx, arrival: &Arrival<'_>, now: Timestamp) -> Result<()> {
    let invoice = arrival.invoice;
    match arrival.ending(app.config.payments.late_payment) {
        Ending::Settles => settle(app, tx, &[arrival], now).await,
        Ending::GoesBack => {
            let payments = insert(app, tx, &[arrival], false, now).await?;
            changes::revoke_late(tx, invoice, now).await?;
            for payment in &payments {
                refunds::request_late(tx, invoice, payment, now).await?;
            }
            facts::happened(tx, By::Stripe, &Fact::LatePaymentArrived { invoice: invoice.subject() }, now).await
        }
        Ending::Kept => {
            insert(app, tx, &[arrival], true, now).await?;
            let fact = Fact::PaymentKept { invoice: invoice.subject(), amount: arrival.amount, paid_twice: arrival.counts() };
            facts::happened(tx, By::Stripe, &fact, now).await?;
            // What waited until nobody can pay on that page any more.
            changes::nobody_can_pay(tx, invoice, now).await
        }
    }
}

/// Settles invoices by money that arrived for them, each for one, whose attempts are marked paid. Costs the same
/// statements, however many they are.
async fn settle(app: &App, tx: &mut Tx, arrivals: &[&Arrival<'_>], now: Timestamp) -> Result<()> {
    let invoices: Vec<&Locked<Invoice>> = arrivals.iter().map(|arrival| arrival.invoice).collect();
    if !invoices::mark_paid(tx, &invoices, now).await? {
        return Err(Error::Fault("an invoice was pending under its lock, and is not".into()));
    }
    insert(app, tx, arrivals, false, now).await?;
    let mut facts = Vec::new();
    for arrival in arrivals {
        let invoice = arrival.invoice.subject();
        if arrival.invoice.revoking_at.is_some() || arrival.invoice.editing_at.is_some() {
            let change = if arrival.invoice.revoking_at.is_some() { "revocation" } else { "edit" };
            facts.push(Fact::ChangeDropped { invoice, change });
        }
        facts.push(Fact::InvoicePaid { invoice, amount: arrival.amount });
    }
    facts::happened_all(tx, By::Stripe, &facts, now).await
}

/// Applies those of several sessions that were paid and settle their invoices, all by the same statements, and says
/// which: `record` writes down that they were, and names those of them that are news. All others are for
/// [`apply_session`].
pub async fn apply_together(
    app: &App,
    tx: &mut Tx,
    sessions: &[&Session],
    record: impl AsyncFnOnce(&mut Tx, &[usize]) -> Result<Vec<usize>>,
    now: Timestamp,
) -> Result<Vec<usize>> {
    let paid = |session: &Session| session.payment_status == PaymentStatus::Paid && session.livemode == app.stripe.livemode();
    let mut named: Vec<InvoiceId> = sessions.iter().filter(|session| paid(session)).filter_map(|session| session.invoice).collect();
    // In one order, whoever locks them.
    named.sort_unstable();
    named.dedup();
    let invoices = invoices::lock_all(tx, &named).await?;
    let attempts = attempts::of_sessions(tx, &sessions.iter().map(|session| session.id.as_str()).collect::<Vec<_>>()).await?;
    let mut free: Vec<Option<&Locked<Invoice>>> = invoices.iter().map(Some).collect();
    let mut arrivals = Vec::new();
    for (at, session) in sessions.iter().enumerate().filter(|(_, session)| paid(session)) {
        let Some(attempt) = attempts.iter().find(|attempt| attempt.stripe_session_id.as_ref() == Some(&session.id)) else { continue };
        let can_be_paid = matches!(attempt.state, State::Creating | State::Open | State::Processing);
        if !can_be_paid || session.invoice != Some(attempt.invoice) {
            continue;
        }
        let Ok(amount) = arrived(session) else { continue };
        // A second payment of an invoice is decided on when the first one is there.
        let Some(found) = free.iter_mut().find(|free| free.is_some_and(|invoice| invoice.id == attempt.invoice)) else { continue };
        let Some(invoice) = *found else { continue };
        let arrival = Arrival { invoice, attempt, session, amount };
        if arrival.ending(app.config.payments.late_payment) == Ending::Settles {
            *found = None;
            arrivals.push((at, arrival));
        }
    }
    if arrivals.is_empty() {
        return Ok(Vec::new());
    }
    let news = record(tx, &arrivals.iter().map(|(at, _)| *at).collect::<Vec<_>>()).await?;
    arrivals.retain(|(at, _)| news.contains(at));
    if !arrivals.is_empty() {
        attempts::mark_paid(tx, &arrivals.iter().map(|(_, arrival)| arrival.attempt).collect::<Vec<_>>()).await?;
        settle(app, tx, &arrivals.iter().map(|(_, arrival)| arrival).collect::<Vec<_>>(), now).await?;
    }
    Ok(news)
}
