//! Stripe's webhook events as they are kept: what each came to, and its sealed body.

pub(crate) mod sql;

use std::time::Duration;

use crate::app::App;
use crate::domain::personal_data;
use crate::domain::staff::Allowed;
use crate::error::Result;
use crate::message;
use crate::platform::db::{Conn, Tx};
use crate::platform::outbox::{self, Job};
use crate::texts::Message;
use crate::types::*;

/// How long the sealed body of a settled event is kept.
pub const BODY_KEPT: Duration = personal_data::EVENT_BODY_KEPT;

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

/// Lets a kept event go: nothing more is done about it. Returns whether it was kept until now.
pub async fn drop_event(tx: &mut Tx, _: &Allowed<'_>, event: &str, now: Timestamp) -> Result<bool> {
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

/// The identity under which an event's body is sealed.
pub fn row(event: &str) -> String {
    format!("stripe_events/{event}")
}
