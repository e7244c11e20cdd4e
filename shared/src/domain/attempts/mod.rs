//! Attempts to pay: one row for each Checkout session, from before Stripe is asked for it.

pub(crate) mod sql;

use std::time::Duration;

use crate::error::Result;
use crate::platform::db::{Conn, Tx};
use crate::platform::stripe::Session;
use crate::types::*;

/// How long after its time a page is still taken for open where Stripe does not say how it ended: Stripe's
/// most for a page, counted from its end instead of its beginning, so that no clock matters.
/// See <https://docs.stripe.com/api/checkout/sessions/create#create_checkout_session-expires_at>.
pub const UNKNOWN_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// The same where the money is on its way: a bank debit may take 14 business days.
/// See <https://docs.stripe.com/payments/bank-debits>.
const ON_ITS_WAY_FOR: Duration = Duration::from_secs(21 * 24 * 60 * 60);

words! {
    /// Where an attempt to pay stands.
    State {
        /// Decided here, not yet confirmed by Stripe.
        Creating = "creating",
        /// Can be paid.
        Open = "open",
        /// Completed; the money is on its way.
        Processing = "processing",
        /// The money arrived.
        Paid = "paid",
        /// Ended unpaid.
        Expired = "expired",
        /// The money did not arrive, or Stripe refused the session.
        Failed = "failed",
    }
}

/// One attempt to pay an invoice: everything the call to Stripe is built from.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Our id.
    pub id: AttemptId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// Counted from 1 per invoice; part of the idempotency key.
    pub number: i64,
    /// Where it stands.
    pub state: State,
    /// What the customer reads at Stripe.
    pub title: String,
    /// What is charged.
    pub amount: Money,
    /// `cus_…` where it was known.
    pub customer: Option<String>,
    /// Whether it moves real money.
    pub livemode: bool,
    /// What the return URLs start with.
    pub public_url: String,
    /// The pay link that the return URLs lead back to.
    pub link: String,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When the session ends.
    pub expires_at: Timestamp,
    /// `cs_…`, once Stripe confirmed it.
    pub stripe_session_id: Option<String>,
    /// Stripe's page, once confirmed.
    pub url: Option<String>,
    /// When Stripe said last that it does not know the page.
    pub unknown_since: Option<Timestamp>,
}

impl Attempt {
    /// Until when somebody may pay on its page, or money may be on its way, where Stripe does not say.
    pub fn over_at(&self) -> Timestamp {
        self.expires_at.plus(match self.state {
            State::Processing => ON_ITS_WAY_FOR,
            State::Creating | State::Open | State::Paid | State::Expired | State::Failed => UNKNOWN_FOR,
        })
    }
}

/// Until when somebody may pay on a page that Stripe does not know, whose own time is over at `expires_at`.
pub fn unknown_until(expires_at: Timestamp) -> Timestamp {
    expires_at.plus(UNKNOWN_FOR)
}

/// The attempt of an invoice that could still be paid, or whose money is on its way.
pub async fn live(tx: &mut Tx, invoice: &InvoiceId) -> Result<Option<Attempt>> {
    Ok(sql::find_live(tx, invoice).await?)
}

/// The attempt that a session of Stripe's belongs to: by the session's id, or, where the call that
/// created it never came back, by the attempt that its metadata names.
pub async fn find_attempt(conn: &mut Conn, session: &Session) -> Result<Option<Attempt>> {
    if let Some(attempt) = sql::find_by_session(conn, &session.id).await? {
        return Ok(Some(attempt));
    }
    let Some(named) = &session.attempt else { return Ok(None) };
    let attempt = sql::find(conn, named).await?;
    Ok(attempt.filter(|attempt| attempt.stripe_session_id.is_none() && Some(&attempt.invoice) == session.invoice.as_ref()))
}

/// The attempts that sessions of Stripe's belong to, by the ids of the sessions; one statement.
pub async fn of_sessions(conn: &mut Conn, sessions: &[&str]) -> Result<Vec<Attempt>> {
    match sessions {
        [] => Ok(Vec::new()),
        sessions => Ok(sql::find_by_sessions(conn, sessions).await?),
    }
}

/// Records that the pages of attempts were paid.
pub async fn mark_paid(tx: &mut Tx, attempts: &[&Attempt]) -> Result<()> {
    Ok(sql::mark_paid(tx, attempts).await?)
}

/// Ends an attempt whose page took money that does not fit, so that another may be opened, and notes the
/// payment. Returns whether that is news.
pub async fn mark_unclear(tx: &mut Tx, attempt: &Attempt, session: &Session) -> Result<bool> {
    if let Some(intent) = &session.payment_intent {
        sql::set_unclear_intent(tx, &attempt.id, intent).await?;
    }
    mark(tx, attempt, session, State::Failed).await
}

/// The invoice of an attempt.
pub async fn invoice_of(conn: &mut Conn, attempt: &AttemptId) -> Result<Option<InvoiceId>> {
    Ok(sql::find(conn, attempt).await?.map(|attempt| attempt.invoice))
}

/// The invoice of a session of Stripe's.
pub async fn invoice_of_session(conn: &mut Conn, session: &str) -> Result<Option<InvoiceId>> {
    Ok(sql::find_by_session(conn, session).await?.map(|attempt| attempt.invoice))
}

/// Whether a payment intent is one that counts for nothing here.
pub async fn is_unclear(conn: &mut Conn, payment_intent: &str) -> Result<bool> {
    Ok(sql::is_unclear(conn, payment_intent).await?)
}

/// Records how an attempt stands, and the session that it turned out to be. Returns whether that is
/// news: a word that comes late changes nothing.
pub async fn mark(tx: &mut Tx, attempt: &Attempt, session: &Session, state: State) -> Result<bool> {
    Ok(sql::mark(tx, &attempt.id, &session.id, state).await?)
}
