//! What needs a person: payments that settle nothing, refunds that failed, events of Stripe's that could
//! not be applied, jobs that were given up, and what an outside service refuses. Each can be mended, tried
//! again or let go; all of that is written down.

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::alarms::{self, Alarm, Trouble};
use crate::domain::audit::{self, Action, Target};
use crate::domain::facts::{self, Fact};
use crate::domain::staff;
use crate::domain::{attempts, deliverables, events, grants, interactions, invoices, notices, payments, refunds, stripe_inbox};
use crate::error::{Error, Result};
use crate::message;
use crate::platform::db::Conn;
use crate::platform::outbox::{self, Backlog, GivenUp, Job};
use crate::platform::standing::Last;
use crate::types::text::Field;
use crate::types::*;

/// Most that is shown at once; Discord's select takes as many options.
pub const SHOWN: i64 = 25;

/// The command that shows it all, without its slash; who may run it may settle what it shows.
const COMMAND: &str = "billing attention";

/// The name of something that needs a person, as buttons carry it: `event:evt_…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// An event of Stripe's, by Stripe's id.
    Event(String),
    /// A job of the outbox.
    Job(JobId),
    /// A refund.
    Refund(RefundId),
    /// What an outside service refuses.
    Alarm(AlarmId),
    /// A payment.
    Payment(PaymentId),
}

impl Name {
    /// The name that somebody sent.
    fn parse(text: &str) -> Result<Self> {
        let name = match text.split_once(':') {
            Some(("event", id)) => Some(Name::Event(id.to_owned())),
            Some(("job", id)) => JobId::parse(id).ok().map(Name::Job),
            Some(("refund", id)) => RefundId::parse(id).ok().map(Name::Refund),
            Some(("alarm", id)) => AlarmId::parse(id).ok().map(Name::Alarm),
            Some(("payment", id)) => PaymentId::parse(id).ok().map(Name::Payment),
            Some(_) | None => None,
        };
        name.ok_or_else(gone)
    }
}

impl From<&Name> for Target {
    fn from(name: &Name) -> Self {
        match name {
            Name::Event(event) => Target::Event(event.clone()),
            Name::Job(job) => Target::Job(*job),
            Name::Refund(refund) => Target::Refund(*refund),
            Name::Alarm(alarm) => Target::Alarm(*alarm),
            Name::Payment(payment) => Target::Payment(*payment),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Target::from(self).fmt(f)
    }
}

/// Something that needs a person.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its name.
    pub name: Name,
    /// Since when.
    pub since: Timestamp,
    /// The invoice that it is about, where there is one.
    pub invoice: Option<InvoiceNumber>,
    /// What it is.
    pub what: What,
}

/// What needs a person, and why.
#[derive(Debug, Clone)]
pub enum What {
    /// An event that counts for nothing yet.
    Event(events::Unsettled),
    /// A job that no worker tries any more, and how much it would send back, where it would.
    Job(GivenUp, Option<Money>),
    /// A refund that did not happen.
    Refund(Box<refunds::Refund>),
    /// What an outside service refuses.
    Alarm(Alarm),
    /// A payment that settles nothing: the second one of an invoice, or one that does not fit.
    Payment(Box<payments::Balance>),
}

/// What needs a person for the same reason.
#[derive(Debug, Clone)]
pub struct Group {
    /// The newest of them.
    pub items: Vec<Item>,
    /// How many there are.
    pub count: i64,
}

/// How the desk stands, as a probe asks it.
pub struct Readiness {
    /// What waits in the outbox, and what was given up.
    pub backlog: Backlog,
    /// How many events of Stripe's are kept because something about them is left to do.
    pub unsettled: i64,
    /// The settings that an outside service refuses.
    pub refused_settings: Vec<&'static str>,
}

/// How the desk stands. Fails where the database cannot be read and written.
pub async fn readiness(app: &App) -> Result<Readiness> {
    app.db.check_file().await?;
    app.db.try_write().await?;
    let unsettled = events::unsettled(app).await?;
    let mut conn = app.db.read().await?;
    Ok(Readiness { backlog: outbox::backlog(&mut conn).await?, unsettled, refused_settings: alarms::settings(&mut conn).await? })
}

/// What needs a person, the newest of each kind, so that none hides another: each of the reasons for which
/// an event is kept, each of the kinds of jobs, and each of the troubles with a service is one. Staff only, and
/// audited. Costs five reads, one for each kind, and up to two more for each thing.
pub async fn list(app: &App, actor: &Actor, now: Timestamp) -> Result<Vec<Group>> {
    staff::require(app, actor, COMMAND, now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let mut found = vec![(Of::Payments, payments::count_surplus(&mut tx).await?), (Of::Refunds, refunds::count_failed(&mut tx).await?)];
    found.extend(alarms::count_open(&mut tx).await?.into_iter().map(|(trouble, count)| (Of::Alarms(trouble), count)));
    found.extend(events::count_unsettled(&mut tx).await?.into_iter().map(|(outcome, count)| (Of::Events(outcome), count)));
    found.extend(outbox::count_given_up(&mut tx).await?.into_iter().map(|(kind, count)| (Of::Jobs(kind), count)));
    let counts: Vec<i64> = found.iter().map(|(_, count)| *count).collect();
    let mut groups = Vec::with_capacity(found.len());
    for ((of, count), share) in found.into_iter().zip(shares(&counts, SHOWN)) {
        if share > 0 {
            groups.push(Group { items: newest(&mut tx, &of, share).await?, count });
        }
    }
    audit::record(&mut tx, actor.user, Action::AttentionListed, Target::Attention, "", now).await?;
    tx.commit().await?;
    Ok(groups)
}

/// What the things of a group have in common.
enum Of {
    Payments,
    Refunds,
    Alarms(Trouble),
    Events(events::Outcome),
    Jobs(String),
}

/// The newest of a group.
async fn newest(conn: &mut Conn, of: &Of, limit: i64) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    match of {
        Of::Payments => {
            for balance in payments::list_surplus(conn, limit).await? {
                items.push(of_payment(conn, balance).await?);
            }
        }
        Of::Refunds => {
            for refund in refunds::list_failed(conn, limit).await? {
                items.push(of_refund(conn, refund).await?);
            }
        }
        Of::Alarms(trouble) => {
            for alarm in alarms::list_of(conn, *trouble, limit).await? {
                items.push(of_alarm(conn, alarm).await?);
            }
        }
        Of::Events(outcome) => {
            for event in events::list_unsettled(conn, *outcome, limit).await? {
                items.push(of_event(conn, event).await?);
            }
        }
        Of::Jobs(kind) => {
            for job in outbox::list_given_up(conn, kind, limit).await? {
                items.push(of_job(conn, job).await?);
            }
        }
    }
    Ok(items)
}

/// How many of each kind are shown: as many of each as there is room for, and what one does not need the
/// others have.
fn shares(counts: &[i64], room: i64) -> Vec<i64> {
    let mut shares = vec![0; counts.len()];
    let mut left = room;
    while left > 0 {
        let before = left;
        for (share, count) in shares.iter_mut().zip(counts) {
            if left > 0 && *share < *count {
                *share += 1;
                left -= 1;
            }
        }
        if left == before {
            break;
        }
    }
    shares
}

/// One thing that needs a person by its name: staff only, and audited.
pub async fn get(app: &App, actor: &Actor, name: &str, now: Timestamp) -> Result<Item> {
    staff::require(app, actor, COMMAND, now).await?;
    let name = Name::parse(name)?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let item = match &name {
        Name::Event(event) => {
            let event = events::find_unsettled(&mut tx, event).await?.ok_or_else(gone)?;
            of_event(&mut tx, event).await?
        }
        Name::Job(job) => {
            let job = outbox::find_given_up(&mut tx, job).await?.ok_or_else(gone)?;
            of_job(&mut tx, job).await?
        }
        Name::Refund(refund) => {
            let refund = refunds::find_failed(&mut tx, refund).await?.ok_or_else(gone)?;
            of_refund(&mut tx, refund).await?
        }
        Name::Alarm(alarm) => {
            let alarm = alarms::find_open(&mut tx, alarm).await?.ok_or_else(gone)?;
            of_alarm(&mut tx, alarm).await?
        }
        Name::Payment(payment) => {
            let balance = payments::find_surplus(&mut tx, payment).await?.ok_or_else(gone)?;
            of_payment(&mut tx, balance).await?
        }
    };
    let target = item.invoice.map_or_else(|| Target::from(&item.name), Target::Invoice);
    audit::record(&mut tx, actor.user, Action::AttentionViewed, target, "", now).await?;
    tx.commit().await?;
    Ok(item)
}

/// What came of trying again.
#[derive(Debug, Clone)]
pub enum Again {
    /// The event was applied to what Stripe says now, with this outcome.
    Replayed(events::Outcome),
    /// The job is with the workers again.
    Retried,
    /// The money goes back, by a refund of its own.
    Refunding(Money),
    /// Whether the service takes it now.
    Looked(bool),
    /// Whether a payment should really go back was asked.
    Asked(Box<refunds::Question>),
}

/// Tries again: replays an event, hands a job to the workers, asks Stripe for the refund anew; of a payment
/// it asks whether it should go back. Staff only, and audited.
pub async fn again(app: &App, actor: &Actor, name: &str, now: Timestamp) -> Result<Again> {
    let allowed = staff::require(app, actor, COMMAND, now).await?;
    let name = Name::parse(name)?;
    let (mut tx, done, target, detail) = match &name {
        Name::Event(event) => {
            // Before Stripe is asked.
            interactions::take(app, actor, now).await?;
            let outcome = stripe_inbox::replay(app, &allowed, event, now).await?.ok_or_else(gone)?;
            return Ok(Again::Replayed(outcome));
        }
        Name::Alarm(id) => {
            let alarm = alarms::find_open(&mut *app.db.read().await?, id).await?.ok_or_else(gone)?;
            // The look calls the services, which no transaction can hold.
            interactions::take(app, actor, now).await?;
            let is_over = check_alarm(app, id, now).await?.ok_or_else(gone)?;
            let tx = interactions::begin(app, actor, now).await?;
            (tx, Again::Looked(is_over), Target::from(&name), alarm.trouble.as_str().to_owned())
        }
        Name::Job(id) => {
            let mut tx = interactions::begin(app, actor, now).await?;
            let job = outbox::retry_now(&mut tx, id, now).await?.ok_or_else(gone)?;
            (tx, Again::Retried, Target::from(&name), job.kind)
        }
        Name::Payment(id) => {
            let mut tx = interactions::begin(app, actor, now).await?;
            let question = refunds::ask_back(&mut tx, &allowed, id, now).await?.ok_or_else(gone)?;
            tx.commit().await?;
            return Ok(Again::Asked(Box::new(question)));
        }
        Name::Refund(id) => {
            let mut tx = interactions::begin(app, actor, now).await?;
            let (invoice, refund) = refunds::again(&mut tx, &allowed, id, now).await?.ok_or_else(gone)?;
            (tx, Again::Refunding(refund.amount), invoice.number.into(), refund.amount.to_string())
        }
    };
    facts::happened(&mut tx, actor.user, &Fact::TriedAgain { target, detail: &detail }, now).await?;
    tx.commit().await?;
    Ok(done)
}

/// Lets it go, for a reason: it stays as it is, and needs nobody any more. Staff only, and audited.
pub async fn drop(app: &App, actor: &Actor, name: &str, reason: &str, now: Timestamp) -> Result<()> {
    let allowed = staff::require(app, actor, COMMAND, now).await?;
    let name = Name::parse(name)?;
    let reason = text::line(reason, Field::Reason, text::REASON_MAX)?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let target = match &name {
        Name::Event(event) => events::drop_event(&mut tx, &allowed, event, now).await?.then(|| Target::from(&name)).ok_or_else(gone)?,
        Name::Job(id) => {
            let job = outbox::drop_given_up(&mut tx, id).await?.ok_or_else(gone)?;
            match job.job {
                Some(Job::CreateRefund { refund }) => refunds::never_asked(&mut tx, &allowed, &refund, now).await?,
                Some(Job::RevokeGrant { grant }) => grants::let_go(&mut tx, &allowed, &grant).await?,
                Some(
                    Job::SendNotice { .. }
                    | Job::CreateCustomer { .. }
                    | Job::ReadEvent { .. }
                    | Job::ExpireSession { .. }
                    | Job::ReadGuilds { .. }
                    | Job::DiscardUpload { .. }
                    | Job::TellAlarm { .. },
                )
                | None => {}
            }
            Target::from(&name)
        }
        Name::Alarm(id) => {
            alarms::drop(app, &mut tx, &allowed, id, now).await?.ok_or_else(gone)?;
            Target::from(&name)
        }
        Name::Refund(id) => refunds::let_go(&mut tx, &allowed, id).await?.ok_or_else(gone)?.into(),
        Name::Payment(id) => payments::let_go(&mut tx, &allowed, id).await?.ok_or_else(gone)?.into(),
    };
    facts::happened(&mut tx, actor.user, &Fact::Dropped { target, reason: &reason }, now).await?;
    tx.commit().await
}

async fn of_event(conn: &mut Conn, event: events::Unsettled) -> Result<Item> {
    let invoice = attempts::invoice_of_session(conn, &event.object_id).await?;
    let name = Name::Event(event.id.clone());
    Ok(Item { name, since: event.received_at, invoice: number(conn, invoice).await?, what: What::Event(event) })
}

async fn of_job(conn: &mut Conn, job: GivenUp) -> Result<Item> {
    let (invoice, amount) = match &job.job {
        Some(Job::CreateRefund { refund }) => match refunds::find(conn, refund).await? {
            Some(refund) => (Some(refund.invoice), Some(refund.amount)),
            None => (None, None),
        },
        Some(Job::ExpireSession { attempt }) => (attempts::invoice_of(conn, attempt).await?, None),
        Some(Job::SendNotice { notice }) => (notices::invoice_of(conn, notice).await?, None),
        Some(
            Job::CreateCustomer { .. }
            | Job::ReadEvent { .. }
            | Job::ReadGuilds { .. }
            | Job::RevokeGrant { .. }
            | Job::TellAlarm { .. }
            | Job::DiscardUpload { .. },
        )
        | None => (None, None),
    };
    let name = Name::Job(job.id);
    Ok(Item { name, since: job.given_up_at, invoice: number(conn, invoice).await?, what: What::Job(job, amount) })
}

async fn of_refund(conn: &mut Conn, refund: refunds::Refund) -> Result<Item> {
    let name = Name::Refund(refund.id);
    let invoice = number(conn, Some(refund.invoice)).await?;
    Ok(Item { name, since: refund.created_at, invoice, what: What::Refund(Box::new(refund)) })
}

async fn of_alarm(conn: &mut Conn, alarm: Alarm) -> Result<Item> {
    let name = Name::Alarm(alarm.id);
    Ok(Item { name, since: alarm.raised_at, invoice: number(conn, alarm.invoice).await?, what: What::Alarm(alarm) })
}

async fn of_payment(conn: &mut Conn, balance: payments::Balance) -> Result<Item> {
    let name = Name::Payment(balance.payment.id);
    let invoice = number(conn, Some(balance.payment.invoice)).await?;
    Ok(Item { name, since: balance.payment.paid_at, invoice, what: What::Payment(Box::new(balance)) })
}

async fn number(conn: &mut Conn, invoice: Option<InvoiceId>) -> Result<Option<InvoiceNumber>> {
    Ok(match invoice {
        Some(invoice) => Some(invoices::by_id(conn, &invoice).await?.number),
        None => None,
    })
}

fn gone() -> Error {
    Error::Expired(message!("attention-is-settled"))
}

/// Looks again whether an alarm still holds, and ends it where it does not, or where only the next call can tell.
/// Returns whether it is over. `None` where somebody settled it.
async fn check_alarm(app: &App, id: &AlarmId, now: Timestamp) -> Result<Option<bool>> {
    let Some(alarm) = alarms::find_open(&mut *app.db.read().await?, id).await? else { return Ok(None) };
    let holds = match alarm.trouble {
        Trouble::FileGone => match DeliverableId::parse(&alarm.about) {
            Ok(file) => {
                let file = deliverables::by_id(&mut *app.db.read().await?, &file).await?;
                file.removed_at.is_none() && !app.storage.exists(&file.object.key).await?
            }
            Err(_) => false,
        },
        // The next click tries.
        Trouble::Amount | Trouble::Methods | Trouble::Payment => false,
        Trouble::StripeKey
        | Trouble::StripePermission
        | Trouble::StripeAccount
        | Trouble::StripeActivation
        | Trouble::Webhooks
        | Trouble::DiscordToken
        | Trouble::ClientSecret
        | Trouble::StaffChannel
        | Trouble::StorageKey
        | Trouble::StorageAccess
        | Trouble::StorageBucket
        | Trouble::Clock => {
            app.standing.forget(alarm.trouble);
            alarms::look(app, now).await?;
            let refused = |(trouble, about, last): &(Trouble, &str, Last)| {
                *trouble == alarm.trouble && *about == alarm.about && matches!(last, Last::Refused { .. })
            };
            app.standing.list().iter().any(refused)
        }
    };
    if !holds {
        let mut tx = app.db.write().await?;
        alarms::sql::mark_over(&mut tx, id, now).await?;
        tx.commit().await?;
    }
    Ok(Some(!holds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_hides_another() {
        assert_eq!(shares(&[1, 0, 500, 2], 25), [1, 0, 22, 2]);
        assert_eq!(shares(&[500, 500, 500], 25), [9, 8, 8]);
        assert_eq!(shares(&[1; 30], 25).iter().sum::<i64>(), 25);
        assert_eq!(shares(&[], 25), Vec::<i64>::new());
    }
}
