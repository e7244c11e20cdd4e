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
    let currency = session.currency.as_deref().and_then(|code| Currency::parse(code).ok());
    let (Some(minor), Some(currency)) = (session.amount_total.filter(|minor| *minor > 0), currency) else {
        // The page is used up: the invoice is free for another, or for what waits.
        if session.status == SessionStatus::Complete && attempts::mark_unclear(tx, &attempt, session).await? {
            facts::happened(tx, By::Stripe, &Fact::PaymentUnclear { invoice: invoice.subject() }, now).await?;
            changes::nobody_can_pay(tx, &invoice, now).await?;
        }
        return Ok(if currency.is_none() { Outcome::WrongCurrency } else { Outcome::WrongAmount });
    };
    let amount = Money::new(minor, currency);
    attempts::mark(tx, &attempt, session, State::Paid).await?;
    record(app, tx, &invoice, &attempt, session, amount, now).await?;
    Ok(Outcome::Applied)
}

/// Records money that arrived for an invoice. It settles the invoice where it is what
/// the invoice says *now*, whatever its page said; else it is kept, and staff decides.
async fn record(
    app: &App,
    tx: &mut Tx,
    invoice: &Locked<Invoice>,
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
        receipt: papers::next_number(tx).await?,
        counts: amount == invoice.amount && session.amount_subtotal == Some(amount.minor),
    };
    let is_taken_back = invoice.status == Status::Revoked || invoice.revoking_at.is_some();
    // What does not fit settles nothing, so it is late in any case.
    let goes_back =
        is_taken_back && (app.config.payments.late_payment == LatePayment::Refund || invoice.status == Status::Revoked || !payment.counts);
    let settles = payment.counts && invoice.status == Status::Pending && !goes_back;
    sql::insert_payment(tx, &payment, attempt, !settles && !goes_back).await?;
    papers::freeze(app, tx, &payment.id, now).await?;
    if goes_back {
        changes::revoke_late(tx, invoice, now).await?;
        refunds::request_late(tx, invoice, &payment, now).await?;
        return facts::happened(tx, By::Stripe, &Fact::LatePaymentArrived { invoice: invoice.subject() }, now).await;
    }
    if !settles {
        let fact = Fact::PaymentKept { invoice: invoice.subject(), amount, paid_twice: payment.counts };
        facts::happened(tx, By::Stripe, &fact, now).await?;
        // What waited until nobody can pay on that page any more.
        return changes::nobody_can_pay(tx, invoice, now).await;
    }
    if !invoices::mark_paid(tx, invoice, now).await? {
        return Err(Error::Fault(format!("invoice {} was pending under its lock, and is not", invoice.id)));
    }
    let mut facts = Vec::new();
    if invoice.revoking_at.is_some() || invoice.editing_at.is_some() {
        let change = if invoice.revoking_at.is_some() { "revocation" } else { "edit" };
        facts.push(Fact::ChangeDropped { invoice: invoice.subject(), change });
    }
    facts.push(Fact::InvoicePaid { invoice: invoice.subject(), amount });
    facts::happened_all(tx, By::Stripe, &facts, now).await
}
