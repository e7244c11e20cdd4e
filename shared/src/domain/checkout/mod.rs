//! Checkout: from a click on **Pay** to Stripe's page, one session per invoice at a time.

use std::sync::Arc;
use std::time::Duration;

use tracing::Instrument;

use crate::app::App;
use crate::domain::actor::By;
use crate::domain::attempts::{Attempt, State, UNKNOWN_FOR, sql};
use crate::domain::facts::{self, Fact};
use crate::domain::invoices::{self, Invoice, Status};
use crate::domain::{accounts, alarms, audit, changes, links, settlement};
use crate::error::{Error, Failure, Result, Service};
use crate::message;
use crate::platform::db::Conn;
use crate::platform::outbox::{self, Job};
use crate::platform::stripe::{NewSession, Session, SessionStatus};
use crate::types::*;

/// How long after its time a payment page is asked about: webhooks are quicker.
const OVERDUE_AFTER: Duration = Duration::from_secs(15 * 60);
/// Payment pages that are asked about at once.
const OVERDUE_AT_ONCE: i64 = 100;
/// How long a session lives. Stripe's most is 24 hours after creation; the rest is for clocks that
/// differ and for a call that is repeated.
const SESSION_LIFETIME: Duration = Duration::from_secs(23 * 60 * 60);
/// A person who clicked gets a word within three seconds, whatever Stripe does.
const ANSWER_WITHIN: Duration = Duration::from_millis(2500);

/// Where a click on **Pay** leads.
#[derive(Debug, Clone)]
pub enum Opened {
    /// To Stripe's page.
    Checkout(String),
    /// Nowhere: it is paid.
    Paid(Invoice),
    /// Nowhere yet: it waits to be paid. Only [`look`] and `reconciliation::check` answer this.
    Waiting(Invoice),
    /// Nowhere yet: the money is on its way.
    Processing(Invoice),
    /// Nowhere yet: the studio is changing it.
    Changing(Invoice),
    /// Nowhere: the studio took it back.
    Revoked(Invoice),
}

/// Opens Checkout for a pay link: at once where a session is open, else by creating one.
///
/// Costs one transaction where a session is open, two and one call to Stripe else. The call goes
/// on when the answer takes longer than a person should wait; the next click finds its result.
pub async fn open(app: &Arc<App>, token: &str, now: Timestamp) -> Result<Opened> {
    let link = {
        let mut conn = app.db.read().await?;
        let link = links::get(app, &mut conn, links::Kind::Pay, token).await?;
        // Paid and revoked are for ever: whoever goes on clicking costs two reads.
        let invoice = invoices::by_id(&mut conn, &link.invoice).await?;
        match (invoice.status, ended(&invoice)) {
            (Status::Paid | Status::Revoked, Some(ended)) => return Ok(ended),
            (Status::Pending | Status::Paid | Status::Revoked, _) => link,
        }
    };
    let task = tokio::spawn({
        let app = app.clone();
        async move {
            let flight = app.flights.entry(link.invoice).or_default().clone();
            let opened = {
                let _one_at_a_time = flight.lock().await;
                open_link(&app, &link, now).await
            };
            drop(flight);
            app.flights.remove_if(&link.invoice, |_, flight| Arc::strong_count(flight) == 1);
            opened
        }
        // Its log lines carry the id of the request that started it.
        .in_current_span()
    });
    match tokio::time::timeout(ANSWER_WITHIN, task).await {
        Ok(finished) => finished.map_err(|error| Error::Fault(format!("opening Checkout: {error}")))?,
        Err(_) => Err(Error::away(Service::Stripe, "slow to open Checkout")),
    }
}

/// The invoice behind a pay link, for the pages that Checkout returns to.
pub async fn look(app: &App, token: &str) -> Result<Opened> {
    let mut conn = app.db.read().await?;
    let link = links::get(app, &mut conn, links::Kind::Pay, token).await?;
    standing(&mut conn, &link.invoice).await
}

/// Where a click on **Pay** would lead, as things stand.
pub async fn standing(conn: &mut Conn, id: &InvoiceId) -> Result<Opened> {
    let invoice = invoices::by_id(conn, id).await?;
    if let Some(ended) = ended(&invoice) {
        return Ok(ended);
    }
    let live = sql::find_live(conn, &invoice.id).await?;
    Ok(match live {
        Some(attempt) if attempt.state == State::Processing => Opened::Processing(invoice),
        Some(_) | None => Opened::Waiting(invoice),
    })
}

/// Asks Stripe how the payment page of an invoice stands, where there is one. Returns how many were
/// asked about.
pub async fn ask_stripe(app: &App, invoice: &Invoice, now: Timestamp) -> Result<u64> {
    let live = sql::find_live(&mut *app.db.read().await?, &invoice.id).await?;
    match live.filter(|attempt| attempt.stripe_session_id.is_some()) {
        Some(attempt) => look_at(app, &attempt, now).await.map(|()| 1),
        None => Ok(0),
    }
}

/// Asks Stripe about payment pages whose time was over a while ago, and records how they ended.
/// Returns how many. One that fails is left to the next time.
pub async fn settle_overdue(app: &App, now: Timestamp) -> Result<u64> {
    let (before, livemode) = (now.minus(OVERDUE_AFTER), app.stripe.livemode());
    let mut overdue = sql::list_overdue(&mut *app.db.read().await?, livemode, before, OVERDUE_AT_ONCE).await?;
    // Of Stripe's other mode nobody can be asked: there the time alone counts.
    let before = now.minus(UNKNOWN_FOR);
    overdue.extend(sql::list_overdue(&mut *app.db.read().await?, !livemode, before, OVERDUE_AT_ONCE).await?);
    let mut asked = 0;
    for attempt in &overdue {
        match look_at(app, attempt, now).await {
            Ok(()) => asked += 1,
            Err(error) => tracing::warn!(%error, attempt.id = %attempt.id, "a payment page is left to the next look"),
        }
    }
    Ok(asked)
}

/// What Stripe says of an attempt's page.
enum Found {
    /// How it stands.
    Session(Box<Session>),
    /// It never opened one.
    Never,
    /// Nothing: it does not know the page, or it is one of the other mode. The page may be open all the
    /// same, as after the studio's account was changed.
    Unknown,
}

/// Asks Stripe for the page of an attempt.
async fn find(app: &App, attempt: &Attempt, now: Timestamp) -> Result<Found> {
    if attempt.livemode != app.stripe.livemode() {
        return Ok(Found::Unknown);
    }
    let id = match &attempt.stripe_session_id {
        Some(id) => id.clone(),
        // The call that created it never came back: the same call says which one it is.
        None => match app.stripe.create_session(&new_session(attempt, &links::pay_token(app, &attempt.link)?)).await {
            Ok(session) => {
                confirm(app, attempt, &session, now).await?;
                session.id
            }
            Err(error) if error.is_transient() => return Err(error),
            Err(error) if error.is_missing() => return Ok(Found::Unknown),
            Err(_) => return Ok(Found::Never),
        },
    };
    match app.stripe.retrieve_session(&id).await {
        Err(error) if error.is_missing() => Ok(Found::Unknown),
        answer => Ok(Found::Session(Box::new(answer?))),
    }
}

/// Asks Stripe how the page of an attempt stands, and records that.
async fn look_at(app: &App, attempt: &Attempt, now: Timestamp) -> Result<()> {
    match find(app, attempt, now).await? {
        Found::Session(session) => match session.status {
            SessionStatus::Complete => settlement::apply_retrieved(app, &session, now).await,
            SessionStatus::Expired => ended_unpaid(app, attempt, now).await,
            SessionStatus::Open | SessionStatus::Other => Ok(()),
        },
        Found::Never => ended_unpaid(app, attempt, now).await,
        Found::Unknown => is_over(app, attempt, now).await.map(|_| ()),
    }
}

/// Ends an attempt of which Stripe says nothing, where its time is over by Stripe's own limit. Until then
/// somebody may pay there: what waits goes on waiting, staff is told once, and it is looked at again when
/// the time is over. Returns whether it ended.
async fn is_over(app: &App, attempt: &Attempt, now: Timestamp) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let invoice = invoices::lock(&mut tx, &attempt.invoice).await?;
    let over = attempt.over_at() <= now;
    if over {
        sql::end(&mut tx, &attempt.id).await?;
        changes::nobody_can_pay(&mut tx, &invoice, now).await?;
    } else if let Some(live) = sql::find_live(&mut tx, &attempt.invoice).await?.filter(|live| live.id == attempt.id) {
        let again = Job::ExpireSession { attempt: attempt.id };
        outbox::cancel_alike(&mut tx, &again).await?;
        outbox::enqueue(&mut tx, &again, attempt.over_at()).await?;
        sql::set_unknown(&mut tx, &attempt.id, Some(now)).await?;
        if live.unknown_since.is_none() {
            let fact = Fact::PageUnknown { invoice: invoice.subject(), attempt: attempt.id };
            facts::happened(&mut tx, By::Stripe, &fact, now).await?;
        }
    }
    tx.commit().await?;
    Ok(over)
}

/// The words for whoever wants to pay while a page may be open of which Stripe says nothing.
fn may_be_open(attempt: &Attempt) -> Error {
    Error::Rejected(message!("page-may-be-open", when = attempt.over_at().utc()))
}

/// What the decision in the first transaction asks for next.
enum Next {
    Done(Opened),
    /// Tell Stripe about this row, which is new or was told before.
    Create {
        attempt: Attempt,
        is_new: bool,
    },
    /// The row's time is over, or its page may be one that the account does not know: ask how it stands before
    /// anybody is sent there, or another is opened.
    Settle(Attempt),
}

async fn open_link(app: &App, link: &links::Link, now: Timestamp) -> Result<Opened> {
    // A row that ended is replaced by a new one, so this goes round twice at the most in practice.
    for _ in 0..4 {
        match decide(app, link, now).await? {
            Next::Done(opened) => return Ok(opened),
            Next::Settle(attempt) => {
                if let Some(opened) = settle(app, &attempt, now).await? {
                    return Ok(opened);
                }
            }
            Next::Create { attempt, is_new } => {
                let token = links::pay_token(app, &attempt.link)?;
                match app.stripe.create_session(&new_session(&attempt, &token)).await {
                    Ok(session) => {
                        if let Some(opened) = confirm(app, &attempt, &session, now).await? {
                            return Ok(opened);
                        }
                    }
                    // A repeat of a call that may have opened a page in another account.
                    Err(error) if error.is_missing() && !is_new => {
                        tracing::warn!(%error, attempt.id = %attempt.id, "Stripe has no place for a payment page that may be open");
                        if !is_over(app, &attempt, now).await? {
                            return Err(may_be_open(&attempt));
                        }
                    }
                    Err(Error::Outside { failure: Failure::Gone, param, .. }) if param == "customer" && attempt.customer.is_some() => {
                        // Deleted in Stripe's dashboard, or of another account: Stripe made no page with it.
                        let invoice = invoices::by_id(&mut *app.db.read().await?, &attempt.invoice).await?;
                        let gone = attempt.customer.as_deref().unwrap_or_default();
                        accounts::replace_customer(app, &invoice.account, gone, now).await?;
                        set_state(app, &attempt.id, State::Failed).await?;
                    }
                    Err(error) if !error.is_transient() && attempt.expires_at <= now => {
                        // Stripe never heard of this row in its time.
                        set_state(app, &attempt.id, State::Expired).await?;
                    }
                    Err(error) => {
                        if !error.is_transient() {
                            set_state(app, &attempt.id, State::Failed).await?;
                            let invoice = invoices::by_id(&mut *app.db.read().await?, &attempt.invoice).await?;
                            alarms::payment_refused(app, &invoice, &error, now).await?;
                        }
                        return Err(error);
                    }
                }
            }
        }
    }
    Err(Error::Fault(format!("no Checkout session stays open for invoice {}", link.invoice)))
}

/// (a) Under the invoice's lock: what to do about this click, with a new attempt where one is due.
async fn decide(app: &App, link: &links::Link, now: Timestamp) -> Result<Next> {
    let mut tx = app.db.write().await?;
    let invoice = invoices::lock(&mut tx, &link.invoice).await?;
    let live = sql::find_live(&mut tx, &invoice.id).await?;
    let next = match (ended(&invoice), live) {
        (Some(ended), _) => Next::Done(ended),
        (None, Some(attempt)) if attempt.livemode != app.stripe.livemode() => Next::Settle(attempt),
        (None, Some(attempt)) => match (attempt.state, &attempt.url) {
            (State::Open, Some(_)) if attempt.expires_at <= now => Next::Settle(attempt),
            (State::Open, Some(_)) if may_be_unknown(&mut tx, &attempt).await? => {
                // Within the life of a process the account of its key is the same.
                if attempt.unknown_since.is_some_and(|since| since >= app.standing.started_at()) {
                    return Err(may_be_open(&attempt));
                }
                Next::Settle(attempt)
            }
            (State::Open, Some(url)) => Next::Done(Opened::Checkout(url.clone())),
            (State::Creating | State::Open, _) => Next::Create { attempt, is_new: false },
            (State::Processing | State::Paid | State::Expired | State::Failed, _) => Next::Done(Opened::Processing(invoice.clone())),
        },
        (None, None) => {
            let account = accounts::get_in(&mut tx, &invoice.account).await?;
            let attempt = Attempt {
                id: AttemptId::new(),
                invoice: invoice.id,
                number: sql::next_attempt(&mut tx, &invoice.id).await?,
                state: State::Creating,
                title: invoice.title.clone(),
                amount: invoice.amount,
                customer: account.customer(app.stripe.livemode()).map(str::to_owned),
                livemode: app.stripe.livemode(),
                public_url: app.config.web.public_url.clone(),
                link: link.id.clone(),
                created_at: now,
                expires_at: now.plus(SESSION_LIFETIME),
                stripe_session_id: None,
                url: None,
                unknown_since: None,
            };
            sql::insert(&mut tx, &attempt).await?;
            Next::Create { attempt, is_new: true }
        }
    };
    // One row in ten minutes, and none where there is nothing to pay: an invoice that is over says no more
    // by being asked for again, and one whose page has ended is asked for once more below.
    match &next {
        Next::Done(Opened::Paid(_) | Opened::Revoked(_)) => {}
        Next::Settle(attempt) if attempt.livemode != app.stripe.livemode() || attempt.expires_at <= now => {}
        Next::Done(Opened::Checkout(_) | Opened::Waiting(_) | Opened::Processing(_) | Opened::Changing(_))
        | Next::Settle(_)
        | Next::Create { .. } => {
            audit::count(&mut tx, By::PayLink, audit::Action::PayLinkOpened, invoice.number, "", now).await?;
        }
    }
    tx.commit().await?;
    Ok(next)
}

/// Whether the page of an attempt may be one that the account of our key does not know. Known without asking Stripe.
async fn may_be_unknown(conn: &mut Conn, attempt: &Attempt) -> Result<bool> {
    Ok(attempt.unknown_since.is_some() || alarms::account_differed_since(conn, attempt.created_at).await?)
}

/// (b) The call is built only from the row.
fn new_session(attempt: &Attempt, token: &str) -> NewSession {
    NewSession {
        idempotency_key: format!("{}:{}", attempt.invoice, attempt.number),
        invoice: attempt.invoice,
        attempt: attempt.id,
        title: attempt.title.clone(),
        amount: attempt.amount,
        customer: attempt.customer.clone(),
        success_url: format!("{}/pay/{token}/done", attempt.public_url),
        cancel_url: format!("{}/pay/{token}/cancelled", attempt.public_url),
        expires_at: attempt.expires_at,
    }
}

/// (c) Stores what Stripe confirmed. Returns where that leads: nowhere, where the invoice was taken back
/// or changed while Stripe answered; `None` where the session cannot be paid.
async fn confirm(app: &App, attempt: &Attempt, session: &Session, now: Timestamp) -> Result<Option<Opened>> {
    let mut tx = app.db.write().await?;
    let invoice = invoices::lock(&mut tx, &attempt.invoice).await?;
    let stored = sql::mark_open(&mut tx, &attempt.id, &session.id, session.url.as_deref()).await?;
    alarms::settled(&mut tx, &invoice.id.to_string(), now).await?;
    tx.commit().await?;
    let open = session.url.clone().filter(|_| stored).map(Opened::Checkout);
    Ok(ended(&invoice).or(open))
}

/// Asks Stripe how a session stands, and records that. Returns its page where it can still be paid.
async fn settle(app: &App, attempt: &Attempt, now: Timestamp) -> Result<Option<Opened>> {
    match find(app, attempt, now).await? {
        Found::Session(session) => match session.status {
            SessionStatus::Complete => settlement::apply_retrieved(app, &session, now).await?,
            SessionStatus::Expired => set_state(app, &attempt.id, State::Expired).await?,
            SessionStatus::Open if attempt.expires_at > now => {
                let mut tx = app.db.write().await?;
                invoices::lock(&mut tx, &attempt.invoice).await?;
                sql::set_unknown(&mut tx, &attempt.id, None).await?;
                tx.commit().await?;
                return confirm(app, attempt, &session, now).await;
            }
            // Stripe's clock is behind ours: a session that can still be paid is no reason for another.
            SessionStatus::Open | SessionStatus::Other => return Err(Error::away(Service::Stripe, "the session has not ended yet")),
        },
        Found::Never => set_state(app, &attempt.id, State::Expired).await?,
        Found::Unknown if is_over(app, attempt, now).await? => {}
        Found::Unknown => return Err(may_be_open(attempt)),
    }
    Ok(None)
}

/// Closes the payment page of an invoice that is being revoked or edited; done by the outbox. Where the
/// customer was faster, their payment counts and the invoice is paid.
pub async fn expire(app: &App, id: &AttemptId, now: Timestamp) -> Result<()> {
    let Some(attempt) = sql::find(&mut *app.db.read().await?, id).await? else { return Ok(()) };
    match attempt.state {
        State::Creating | State::Open | State::Processing => {}
        // It ended meanwhile.
        State::Paid | State::Expired | State::Failed => return ended_unpaid(app, &attempt, now).await,
    }
    let session = match &attempt.stripe_session_id {
        Some(session) if attempt.livemode == app.stripe.livemode() => match app.stripe.expire_session(session).await {
            // Stripe closes what is open, and nothing else.
            Err(error) if !error.is_transient() => None,
            answer => Some(answer?),
        },
        Some(_) | None => None,
    };
    let session = match session {
        Some(session) => session,
        None => match find(app, &attempt, now).await? {
            Found::Session(session) if session.status == SessionStatus::Open => app.stripe.expire_session(&session.id).await?,
            Found::Session(session) => *session,
            Found::Never => return ended_unpaid(app, &attempt, now).await,
            Found::Unknown => return is_over(app, &attempt, now).await.map(|_| ()),
        },
    };
    match session.status {
        SessionStatus::Expired => ended_unpaid(app, &attempt, now).await,
        SessionStatus::Complete => settlement::apply_retrieved(app, &session, now).await,
        SessionStatus::Open | SessionStatus::Other => Err(Error::away(Service::Stripe, "the session is still open")),
    }
}

async fn ended_unpaid(app: &App, attempt: &Attempt, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    let invoice = invoices::lock(&mut tx, &attempt.invoice).await?;
    sql::set_state(&mut tx, &attempt.id, State::Expired).await?;
    changes::nobody_can_pay(&mut tx, &invoice, now).await?;
    tx.commit().await
}

async fn set_state(app: &App, id: &AttemptId, state: State) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::set_state(&mut tx, id, state).await?;
    tx.commit().await
}

/// The answer for an invoice that cannot be paid now.
pub fn ended(invoice: &Invoice) -> Option<Opened> {
    match invoice.status {
        Status::Paid => Some(Opened::Paid(invoice.clone())),
        Status::Revoked => Some(Opened::Revoked(invoice.clone())),
        Status::Pending if invoice.revoking_at.is_some() => Some(Opened::Revoked(invoice.clone())),
        Status::Pending if invoice.editing_at.is_some() => Some(Opened::Changing(invoice.clone())),
        Status::Pending => None,
    }
}
