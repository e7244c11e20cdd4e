//! Refunds: money that goes back, asked for by staff or by us, or made in Stripe's dashboard. One
//! row each; Stripe's word on it counts when it is newer than what the row holds.

mod sql;

use crate::app::App;
use crate::domain::actor::{Actor, By};
use crate::domain::audit::{self, Action};
use crate::domain::confirmations::{self, Operation};
use crate::domain::facts::{self, Fact};
use crate::domain::interactions;
use crate::domain::invoices::{self, Invoice, Status};
use crate::domain::papers;
use crate::domain::payments::{self, Balance, Payment};
use crate::domain::staff::{self, Allowed};
use crate::domain::statuses::RefundStatus;
use crate::error::{Error, Failure, Result};
use crate::message;
use crate::platform::db::{Conn, Locked, Tx};
use crate::platform::outbox::{self, Job};
use crate::platform::stripe;
use crate::texts::{Language, Message};
use crate::types::text::Field;
use crate::types::*;

impl Refund {
    /// What the customer may read about why, where a person decided it; what they wrote is made safe by
    /// `written`.
    pub fn reason_of_staff(&self, language: Language, written: impl Fn(&str) -> String) -> Option<String> {
        let words = || reason(&self.reason).map_or_else(|| written(&self.reason), |ours| ours.to(language));
        matches!(self.requested_by, By::Person(_)).then(words)
    }
}

/// A stored refund.
#[derive(Debug, Clone)]
pub struct Refund {
    /// Our id; also the idempotency key of the call that makes it.
    pub id: RefundId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// The payment that goes back.
    pub payment: PaymentId,
    /// `re_…`, once Stripe knows it.
    pub stripe_refund_id: Option<String>,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub status: RefundStatus,
    /// Why, in one line.
    pub reason: String,
    /// Whether the customer keeps their files although everything is refunded.
    pub keep_access: bool,
    /// Who asked for it.
    pub requested_by: By,
    /// When it was decided, here or in Stripe's dashboard.
    pub created_at: Timestamp,
    /// When Stripe's event happened that the status is from.
    pub changed_at: Option<Timestamp>,
    /// Why it failed, in Stripe's word.
    pub failure: Option<String>,
}

/// What staff asks for.
#[derive(Debug, Clone)]
pub struct NewRefund {
    /// As typed; `None`: all that is left.
    pub amount: Option<String>,
    /// What the customer reads, in one line.
    pub reason: String,
    /// Whether the customer keeps their files although everything is refunded.
    pub keep_access: bool,
}

/// What staff is asked before money goes back.
#[derive(Debug, Clone)]
pub struct Question {
    /// The invoice.
    pub invoice: Invoice,
    /// The payment that goes back, or a part of it.
    pub payment: Payment,
    /// How much.
    pub amount: Money,
    /// What becomes of the files.
    pub files: Files,
    /// What the customer reads, in one line.
    pub reason: String,
    /// The question.
    pub confirmation: ConfirmationId,
}

/// What a refund does to the files of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// They stay open.
    Open,
    /// They are closed: no other payment covers the invoice.
    Close,
    /// This payment opens none, and the refund closes none.
    Same,
}

/// Asks staff whether a payment of an invoice should really be refunded: the one that is too much, or
/// else the newest of which something is left. Audited, since the question shows the invoice.
pub async fn ask(app: &App, actor: &Actor, number: &str, new: &NewRefund, now: Timestamp) -> Result<Question> {
    staff::require(app, actor, "billing refund", now).await?;
    let reason = text::line(&new.reason, Field::Reason, text::REASON_MAX)?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = invoices::by_number(&mut tx, number).await?;
    let all = payments::of_invoice(&mut tx, &invoice.id).await?;
    let balance = refundable(&invoice, &all)?;
    let left = balance.left();
    let amount = match &new.amount {
        Some(typed) => within(money::parse_part(typed, left.currency)?, left)?,
        None => left,
    };
    let question = put(&mut tx, actor, invoice, balance, &all, (amount, reason, new.keep_access), now).await?;
    tx.commit().await?;
    Ok(question)
}

/// Asks staff whether a payment that is too much should really go back, all of it. `None` where somebody
/// else did something about it. The caller found that the actor is staff.
pub async fn ask_back(tx: &mut Tx, actor: &Allowed<'_>, id: &PaymentId, now: Timestamp) -> Result<Option<Question>> {
    let Some(balance) = payments::find_surplus(tx, id).await? else { return Ok(None) };
    let invoice = invoices::by_id(tx, &balance.payment.invoice).await?;
    let all = payments::of_invoice(tx, &invoice.id).await?;
    if !balance.is_refundable() {
        return Err(refusal(&invoice, std::slice::from_ref(&balance)));
    }
    let amount = balance.left();
    let reason = if balance.payment.counts { SECOND } else { UNFIT }.to_owned();
    put(tx, actor, invoice, &balance, &all, (amount, reason, false), now).await.map(Some)
}

/// Why a second payment of an invoice goes back.
const SECOND: &str = "paid twice";
/// Why a payment goes back that does not fit its invoice.
const UNFIT: &str = "does not fit the invoice";

/// A reason that is ours, in the reader's language.
pub fn reason(stored: &str) -> Option<Message> {
    match stored {
        SECOND => Some(message!("refund-because-twice")),
        UNFIT => Some(message!("refund-because-unfit")),
        _ => None,
    }
}

async fn put(
    tx: &mut Tx,
    actor: &Actor,
    invoice: Invoice,
    balance: &Balance,
    all: &[Balance],
    (amount, reason, keep_access): (Money, String, bool),
    now: Timestamp,
) -> Result<Question> {
    let payment = balance.payment.clone();
    let others = all.iter().any(|other| other.payment.id != payment.id && other.payment.counts && other.left().minor > 0);
    let files = match invoice.status {
        Status::Paid if payment.counts && !others && amount == balance.left() && !keep_access => Files::Close,
        Status::Paid if payment.counts && !others => Files::Open,
        Status::Pending | Status::Paid | Status::Revoked => Files::Same,
    };
    let operation = Operation::RefundInvoice {
        invoice: invoice.id,
        payment: payment.id,
        amount_minor: amount.minor,
        reason: reason.clone(),
        keep_access,
    };
    let confirmation = confirmations::ask(tx, actor, &operation, now).await?;
    // The question shows the invoice.
    audit::record(tx, actor.user, Action::InvoiceViewed, invoice.number, "asked to refund", now).await?;
    Ok(Question { invoice, payment, amount, files, reason, confirmation })
}

/// Decides that a part of a payment goes back, in its minor units; the outbox tells Stripe.
pub async fn request(
    tx: &mut Tx,
    actor: &Allowed<'_>,
    id: &InvoiceId,
    (payment, amount_minor): (&PaymentId, i64),
    reason: &str,
    keep_access: bool,
    now: Timestamp,
) -> Result<(Invoice, Refund)> {
    let invoice = invoices::lock(tx, id).await?;
    // Again, under the lock: another refund may have been faster.
    let balance = balance(tx, &invoice, payment).await?;
    let amount = within(Money::new(amount_minor, balance.payment.amount.currency), balance.left())?;
    let refund = insert(tx, &invoice, (&balance.payment, amount), reason, keep_access, actor.user.into(), now).await?;
    facts::happened(tx, actor.user, &Fact::RefundRequested { invoice: invoice.subject(), amount }, now).await?;
    Ok((invoices::by_id(tx, id).await?, refund))
}

/// Sends a payment back in full that came for an invoice that was taken back.
pub async fn request_late(tx: &mut Tx, invoice: &Locked<Invoice>, payment: &Payment, now: Timestamp) -> Result<()> {
    insert(tx, invoice, (payment, payment.amount), "late payment", false, By::LatePayment, now).await?;
    let fact = Fact::RefundRequested { invoice: invoice.subject(), amount: payment.amount };
    facts::happened(tx, By::LatePayment, &fact, now).await
}

async fn insert(
    tx: &mut Tx,
    invoice: &Locked<Invoice>,
    (payment, amount): (&Payment, Money),
    reason: &str,
    keep_access: bool,
    requested_by: By,
    now: Timestamp,
) -> Result<Refund> {
    let refund = Refund {
        id: RefundId::new(),
        invoice: invoice.id,
        payment: payment.id,
        stripe_refund_id: None,
        amount,
        status: RefundStatus::Requested,
        reason: reason.to_owned(),
        keep_access,
        requested_by,
        created_at: now,
        changed_at: None,
        failure: None,
    };
    sql::insert(tx, &refund).await?;
    payments::look_again(tx, &refund.invoice).await?;
    outbox::enqueue(tx, &Job::CreateRefund { refund: refund.id }, now).await?;
    Ok(refund)
}

/// Tells Stripe about a refund; done by the outbox. A repeat is the same call. One that Stripe
/// refuses for good has failed, and staff is told.
pub async fn create(app: &App, id: &RefundId, now: Timestamp) -> Result<()> {
    let mut conn = app.db.read().await?;
    let Some(refund) = sql::find(&mut conn, id).await? else { return Ok(()) };
    let payment = payments::by_id(&mut conn, &refund.payment).await?;
    drop(conn);
    if refund.status != RefundStatus::Requested {
        return Ok(());
    }
    let intent = payment.payment_intent.ok_or_else(|| Error::Fault(format!("refund {id}: its payment has no payment intent")))?;
    match app.stripe.create_refund(id, &refund.invoice, &intent, refund.amount).await {
        Ok(made) => {
            let mut tx = app.db.write().await?;
            apply_to(app, &mut tx, id, &made, None, now).await?;
            tx.commit().await
        }
        Err(Error::Outside { failure: Failure::Gone | Failure::Refused, detail, .. }) => {
            let mut tx = app.db.write().await?;
            let invoice = invoices::lock(&mut tx, &refund.invoice).await?;
            sql::set_status(&mut tx, id, None, RefundStatus::Failed, None, Some(&detail)).await?;
            facts::happened(&mut tx, By::Stripe, &Fact::RefundRefused { invoice: invoice.subject() }, now).await?;
            tx.commit().await
        }
        Err(error) => Err(error),
    }
}

/// Applies what Stripe says of a refund, whoever made it. Returns `false` where its payment is not
/// known (yet).
pub async fn apply(app: &App, tx: &mut Tx, said: &stripe::Refund, happened: Timestamp, now: Timestamp) -> Result<bool> {
    let payment = match payments::by_intent(tx, said.payment_intent.as_deref()).await? {
        Some(payment) => payment,
        // One of ours is known by itself, too.
        None => match sql::find_by_stripe(tx, &said.id, said.refund.as_ref()).await? {
            Some(known) => payments::by_id(tx, &known.payment).await?,
            None => return Ok(false),
        },
    };
    // The lock first: what is found then is what is decided on.
    invoices::lock(tx, &payment.invoice).await?;
    let known = sql::find_by_stripe(tx, &said.id, said.refund.as_ref()).await?.filter(|known| known.payment == payment.id);
    let id = match known {
        Some(known) => known.id,
        None => {
            let refund = Refund {
                id: RefundId::new(),
                invoice: payment.invoice,
                payment: payment.id,
                stripe_refund_id: Some(said.id.clone()),
                amount: Money::new(said.amount, payment.amount.currency),
                status: RefundStatus::Pending,
                reason: "made at Stripe".to_owned(),
                keep_access: false,
                requested_by: By::Stripe,
                created_at: happened,
                changed_at: None,
                failure: None,
            };
            sql::insert(tx, &refund).await?;
            refund.id
        }
    };
    apply_to(app, tx, &id, said, Some(happened), now).await?;
    Ok(true)
}

/// Gives a row what Stripe says, where that is news: `happened` is `None` for the answer to our own
/// call, which any event is newer than.
async fn apply_to(app: &App, tx: &mut Tx, id: &RefundId, said: &stripe::Refund, happened: Option<Timestamp>, now: Timestamp) -> Result<()> {
    let invoice = sql::find(tx, id).await?.ok_or_else(|| Error::Fault(format!("refund {id} is gone")))?.invoice;
    let before = invoices::lock(tx, &invoice).await?;
    let held = sql::find(tx, id).await?.ok_or_else(|| Error::Fault(format!("refund {id} is gone")))?;
    let status = match said.status.as_str() {
        "succeeded" => RefundStatus::Succeeded,
        "failed" => RefundStatus::Failed,
        "canceled" => RefundStatus::Canceled,
        // `pending`, `requires_action`, and whatever comes.
        _ => RefundStatus::Pending,
    };
    let is_news = match (happened, held.changed_at) {
        (Some(happened), Some(held_at)) => happened > held_at || (happened == held_at && status.rank() > held.status.rank()),
        (Some(_), None) => true,
        (None, held_at) => held_at.is_none(),
    };
    if !is_news {
        return Ok(());
    }
    sql::set_status(tx, id, Some(&said.id), status, happened, said.failure_reason.as_deref()).await?;
    payments::look_again(tx, &before.id).await?;
    if status == held.status {
        return Ok(());
    }
    if status == RefundStatus::Succeeded {
        papers::credit(app, tx, &before, id, now).await?;
    }
    let fact = Fact::RefundChanged { invoice: before.subject(), amount: held.amount, before: held.status, status };
    facts::happened(tx, By::Stripe, &fact, now).await
}

/// The newest refund of an invoice that succeeded, for whoever may look.
pub async fn latest(conn: &mut Conn, invoice: &InvoiceId) -> Result<Option<Refund>> {
    Ok(sql::find_latest(conn, invoice).await?)
}

/// Refunds that failed and wait for a person, the newest first.
pub async fn list_failed(conn: &mut Conn, limit: i64) -> Result<Vec<Refund>> {
    Ok(sql::list_failed(conn, limit).await?)
}

/// How many refunds failed and wait for a person.
pub async fn count_failed(conn: &mut Conn) -> Result<i64> {
    Ok(sql::count_failed(conn).await?)
}

/// A refund, for whoever may look.
pub async fn find(conn: &mut Conn, id: &RefundId) -> Result<Option<Refund>> {
    Ok(sql::find(conn, id).await?)
}

/// A refund that failed and waits for a person.
pub async fn find_failed(conn: &mut Conn, id: &RefundId) -> Result<Option<Refund>> {
    Ok(sql::find_failed(conn, id).await?)
}

/// Decides anew what a failed refund was about. `None` where somebody else did something about it.
pub async fn again(tx: &mut Tx, actor: &Allowed<'_>, id: &RefundId, now: Timestamp) -> Result<Option<(Invoice, Refund)>> {
    let Some(failed) = sql::find_failed(tx, id).await? else { return Ok(None) };
    let invoice = invoices::lock(tx, &failed.invoice).await?;
    if !sql::mark_settled(tx, id).await? {
        return Ok(None);
    }
    let balance = balance(tx, &invoice, &failed.payment).await?;
    let amount = within(failed.amount, balance.left())?;
    let refund = insert(tx, &invoice, (&balance.payment, amount), &failed.reason, failed.keep_access, actor.user.into(), now).await?;
    Ok(Some((invoice.into_inner(), refund)))
}

/// Lets a failed refund go: the money stays. Returns the number of its invoice, or `None` where
/// somebody else did something about it.
pub async fn let_go(tx: &mut Tx, _: &Allowed<'_>, id: &RefundId) -> Result<Option<InvoiceNumber>> {
    let Some(failed) = sql::find_failed(tx, id).await? else { return Ok(None) };
    let invoice = invoices::lock(tx, &failed.invoice).await?;
    Ok(sql::mark_settled(tx, id).await?.then_some(invoice.number))
}

/// Ends a refund that Stripe was never reached about. Should Stripe know it after all, its word
/// counts.
pub async fn never_asked(tx: &mut Tx, actor: &Allowed<'_>, id: &RefundId, now: Timestamp) -> Result<()> {
    let Some(refund) = sql::find(tx, id).await? else { return Ok(()) };
    let invoice = invoices::lock(tx, &refund.invoice).await?;
    if sql::find(tx, id).await?.is_some_and(|refund| refund.status == RefundStatus::Requested) {
        sql::set_status(tx, id, None, RefundStatus::Canceled, None, None).await?;
        sql::mark_settled(tx, id).await?;
        facts::happened(tx, actor.user, &Fact::RefundLetGo { invoice: invoice.subject(), amount: refund.amount }, now).await?;
    }
    Ok(())
}

/// A payment of an invoice of which something can be refunded.
async fn balance(tx: &mut Tx, invoice: &Locked<Invoice>, payment: &PaymentId) -> Result<Balance> {
    let all = payments::of_invoice(tx, &invoice.id).await?;
    let found = all.into_iter().find(|balance| balance.payment.id == *payment);
    let found = found.ok_or_else(|| Error::Fault(format!("payment {payment} is not of invoice {}", invoice.id)))?;
    if found.is_refundable() { Ok(found) } else { Err(refusal(invoice, &[found])) }
}

/// The payment of an invoice that goes back first.
fn refundable<'a>(invoice: &Invoice, all: &'a [Balance]) -> Result<&'a Balance> {
    let mut possible = all.iter().filter(|balance| balance.is_refundable());
    let surplus = possible.clone().find(|balance| balance.needs_person);
    surplus.or_else(|| possible.next()).ok_or_else(|| refusal(invoice, all))
}

/// Why nothing of these payments can be refunded.
fn refusal(invoice: &Invoice, of: &[Balance]) -> Error {
    let number = invoice.number;
    let left = || of.iter().filter(|balance| balance.left().minor > 0);
    Error::Rejected(if left().any(|balance| balance.is_disputed) {
        message!("disputed-cannot-be-refunded", number = number)
    } else if of.iter().any(|balance| balance.is_charged_back || balance.lost_minor > 0) {
        message!("lost-cannot-be-refunded", number = number)
    } else {
        match invoice.status {
            Status::Pending => message!("unpaid-cannot-be-refunded", number = number),
            Status::Revoked if of.is_empty() => message!("already-revoked", number = number),
            Status::Revoked | Status::Paid => message!("already-refunded", number = number),
        }
    })
}

fn within(amount: Money, left: Money) -> Result<Money> {
    if amount.minor > left.minor || amount.minor <= 0 {
        return Err(Error::Rejected(message!("refund-is-too-much", left = left)));
    }
    Ok(amount)
}
