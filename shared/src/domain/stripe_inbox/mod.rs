//! Takes Stripe's webhook events in: each is recorded and applied once, by the operation that its object
//! belongs to.

mod group;

pub use group::{Inbox, Unstored};

use crate::app::App;
use crate::domain::actor::{Actor, By};
use crate::domain::events::{EVENT_KINDS, Outcome, row, sql};
use crate::domain::facts::{self, Fact};
use crate::domain::staff::Allowed;
use crate::domain::{attempts, disputes, invoices, payments, refunds, settlement};
use crate::error::{Error, Result, Service};
use crate::platform::db::{Conn, Tx};
use crate::platform::outbox::{self, Job};
use crate::platform::stripe::{Dispute, Envelope, Refund, Session};
use crate::types::*;

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

/// A verified event with its sealed body.
#[derive(Debug)]
struct Arrived {
    event: Envelope,
    sealed: String,
}

impl Arrived {
    fn new(app: &App, event: Envelope, body: &[u8]) -> Result<Self> {
        let sealed = app.keys.seal(&row(&event.id), body)?;
        Ok(Self { event, sealed })
    }
}

/// Takes a verified event: records and applies it in one transaction. `body` is sealed and kept. A repeated event
/// costs one statement in it.
pub async fn receive(app: &App, event: Envelope, body: &[u8], now: Timestamp) -> Result<()> {
    let arrived = Arrived::new(app, event, body)?;
    let mut tx = app.db.write().await?;
    let outcome = apply(app, &mut tx, &arrived, now).await?;
    tx.commit().await?;
    tell(&arrived.event, outcome);
    Ok(())
}

/// Writes the log line of an event that is recorded; `None`: it was here before.
fn tell(event: &Envelope, outcome: Option<Outcome>) {
    let (kind, outcome) = (&event.kind, outcome.map(|outcome| (outcome.as_str(), outcome.is_settled())));
    match outcome {
        Some((outcome, true)) => tracing::info!(event.id, outcome, "webhook event {kind}: {outcome}"),
        Some((outcome, false)) => tracing::warn!(event.id, outcome, "webhook event {kind} is kept: {outcome}"),
        None => tracing::info!(event.id, "webhook event {kind} again"),
    }
}

/// Records and applies an event inside the caller's transaction. `None` for one that was here before.
async fn apply(app: &App, tx: &mut Tx, Arrived { event, sealed }: &Arrived, now: Timestamp) -> Result<Option<Outcome>> {
    if sql::record(tx, &[(event, sealed)], Outcome::Unread, now).await?.is_empty() {
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

/// Whether an event names a row of ours.
async fn is_ours(conn: &mut Conn, event: &Envelope) -> Result<bool> {
    match Object::read(&event.kind, &event.object) {
        Some(Object::Session(session)) => {
            Ok(attempts::find_attempt(conn, &session).await?.is_some() || settlement::names_invoice(conn, session.invoice.as_ref()).await?)
        }
        Some(object) => Ok(payments::by_intent(conn, object.payment_intent()).await?.is_some()),
        None => Ok(attempts::invoice_of_session(conn, &event.object_id).await?.is_some()),
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

/// Applies a kept event to what Stripe says now.
/// `None` for an event that is not kept.
pub async fn replay(app: &App, actor: &Allowed<'_>, event: &str, now: Timestamp) -> Result<Option<Outcome>> {
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
        Some(intent) if payments::by_intent(&mut *app.db.read().await?, Some(intent)).await?.is_none() => {
            let named = app.stripe.invoice_of_intent(intent).await?;
            !settlement::names_invoice(&mut *app.db.read().await?, named.as_ref()).await?
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
        facts::happened(&mut tx, actor.user, &Fact::EventReplayed { event, outcome: outcome.as_str() }, now).await?;
    }
    tx.commit().await?;
    Ok(Some(outcome))
}

/// Tells staff of a payment that counts for nothing, where it names an invoice of ours.
async fn tell_if_unclear(tx: &mut Tx, outcome: Outcome, object: &Object, now: Timestamp) -> Result<()> {
    let Object::Session(session) = object else { return Ok(()) };
    let Some(invoice) = session.invoice.as_ref().filter(|_| outcome == Outcome::Unmatched) else { return Ok(()) };
    match invoices::by_id(tx, invoice).await {
        Ok(invoice) => facts::happened(tx, By::Stripe, &Fact::PaymentUnclear { invoice: invoice.subject() }, now).await,
        Err(Error::NotFound(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Applies the object of an event. `Unread` for a refund or dispute whose payment is not known (yet).
async fn apply_object(app: &App, tx: &mut Tx, kind: &str, object: &Object, created: Timestamp, now: Timestamp) -> Result<Outcome> {
    let known = match object {
        Object::Session(session) => return settlement::apply_session(app, tx, kind, session, now).await,
        Object::Refund(refund) => refunds::apply(app, tx, refund, created, now).await?,
        Object::Dispute(dispute) => disputes::apply(app, tx, dispute, created, now).await?,
    };
    match object.payment_intent() {
        _ if known => Ok(Outcome::Applied),
        Some(intent) if attempts::is_unclear(tx, intent).await? => Ok(Outcome::Ignored),
        Some(_) => Ok(Outcome::Unread),
        // A charge without a payment intent: no payment of ours is one.
        None => Ok(Outcome::Ignored),
    }
}
