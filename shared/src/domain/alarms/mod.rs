//! Alarms: what an outside service refuses for good. One row for each until it is over; owners are told
//! of a setting by DM, staff of an invoice or a file by a notice, once; all of it stands in `attention`.

pub(crate) mod sql;

use std::time::Duration;

use crate::app::App;
use crate::domain::actor::By;
use crate::domain::facts::{self, Fact};
use crate::domain::invoices::Invoice;
use crate::domain::staff::Allowed;
use crate::error::{Error, Failure, Result};
use crate::platform::db::{Conn, Tx};
use crate::platform::discord::LookupError;
use crate::platform::outbox::{self, Job};
use crate::platform::standing::Last;
use crate::texts::Language;
use crate::types::*;

pub use crate::platform::standing::Trouble;

/// Most that are open at once: there are some twenty settings and permissions, and the rest is bounded by what is
/// shown.
const OPEN_MAX: i64 = 200;
/// How soon the account is compared again where Stripe does not know something of ours.
const COMPARE_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// How soon an event should have been delivered: Stripe tries at once, and again within minutes.
const DELIVERED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// Something that an outside service refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Our id.
    pub id: AlarmId,
    /// What it refuses.
    pub trouble: Trouble,
    /// Which of that kind: a permission, an account, an invoice's id, a file's.
    pub about: String,
    /// The invoice that it is about.
    pub invoice: Option<InvoiceId>,
    /// The service's own word for it.
    pub code: String,
    /// Since when.
    pub raised_at: Timestamp,
    /// When the first of the owners was told.
    pub told_at: Option<Timestamp>,
    /// When it was taken again, or let go.
    pub over_at: Option<Timestamp>,
}

impl Alarm {
    fn new(trouble: Trouble, about: &str, code: &str, now: Timestamp) -> Self {
        let (about, code) = (text::shortened(about, 100), text::shortened(code, 100));
        Self { id: AlarmId::new(), trouble, about, invoice: None, code, raised_at: now, told_at: None, over_at: None }
    }

    /// What stands beside the words: which of the kind, and what the service said.
    pub fn details(&self) -> String {
        let about = if self.invoice.is_some() { "" } else { self.about.as_str() };
        let parts = [self.trouble.setting().unwrap_or_default(), about, self.code.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

/// Raises what the clients of this process noted since, and ends what is taken again. Costs one indexed read; once a
/// minute at the most, where Stripe does not know something of ours, it asks Stripe which account this is.
pub async fn follow(app: &App, now: Timestamp) -> Result<()> {
    if app.standing.was_missing() && may_compare(app, now) {
        // What else is known is raised all the same.
        if let Err(error) = compare_account(app, now).await {
            tracing::warn!(%error, "Stripe does not tell which account the key is of");
        }
    }
    let open = sql::list_open(&mut *app.db.read().await?, OPEN_MAX).await?;
    for (trouble, about, last) in app.standing.list() {
        let known = open.iter().find(|alarm| alarm.trouble == trouble && alarm.about == about);
        match (last, known) {
            (Last::Refused { raised: false, code, .. }, _) => {
                raise(app, Alarm::new(trouble, about, &code, now)).await?;
                app.standing.mark_raised(trouble, about);
            }
            (Last::Taken(at), Some(alarm)) if at >= alarm.raised_at => end(app, alarm, now).await?,
            (Last::Refused { .. } | Last::Taken(_), _) => {}
        }
    }
    Ok(())
}

/// Raises an alarm about a setting and has each of the owners told, where it is not open already.
async fn raise(app: &App, alarm: Alarm) -> Result<()> {
    let mut tx = app.db.write().await?;
    if !sql::insert(&mut tx, &alarm).await? {
        return Ok(());
    }
    tell_owners(app, &mut tx, &alarm, false, alarm.raised_at).await?;
    tx.commit().await?;
    let (setting, code) = (alarm.trouble.setting().unwrap_or_default(), &alarm.code);
    let (what, advice) = (alarm.trouble.what().to(Language::English), alarm.trouble.advice().to(Language::English));
    tracing::error!(setting, about = alarm.about, code, "{what} {advice}");
    Ok(())
}

/// Ends an alarm about a setting and has each of the owners told.
async fn end(app: &App, alarm: &Alarm, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    if !sql::mark_over(&mut tx, &alarm.id, now).await? {
        return Ok(());
    }
    tell_owners(app, &mut tx, alarm, true, now).await?;
    tx.commit().await?;
    tracing::info!(setting = alarm.trouble.setting().unwrap_or_default(), about = alarm.about, "an alarm is over");
    Ok(())
}

async fn tell_owners(app: &App, tx: &mut Tx, alarm: &Alarm, over: bool, now: Timestamp) -> Result<()> {
    for owner in &app.config.staff.owners {
        outbox::enqueue(tx, &Job::TellAlarm { alarm: alarm.id, owner: *owner, over }, now).await?;
    }
    Ok(())
}

/// Asks each service once whether it takes what is configured: the account at Stripe, the bot's token, the staff
/// channel, the bucket. What comes of it is noted where [`follow`] finds it; a service that is away says nothing.
pub async fn look(app: &App, now: Timestamp) -> Result<()> {
    let (stripe, discord, channel, storage) =
        tokio::join!(compare_account(app, now), app.discord.application(), staff_channel(app), app.storage.examine());
    // Refused credentials were noted by the client.
    let away = [("Discord", discord.err().map(Error::from)), ("the staff channel", channel.err()), ("the storage", storage.err())];
    for (service, error) in away.into_iter().filter_map(|(service, error)| Some((service, error?))) {
        tracing::warn!(%error, "{service} does not answer as it should");
    }
    if let Err(error) = stripe {
        if error.failure().is_none() {
            return Err(error);
        }
        tracing::warn!(%error, "Stripe does not answer as it should");
    }
    follow(app, now).await
}

async fn staff_channel(app: &App) -> Result<()> {
    let Some(channel) = &app.config.staff.channel else { return Ok(()) };
    match app.discord.sees_channel(channel).await {
        // Whether it may also write there the next notice shows.
        Ok(()) => Ok(()),
        Err(LookupError::Access) => {
            app.standing.refused(Trouble::StaffChannel, "", "");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// Whether it is time to compare the account again; if so, notes that it is compared.
fn may_compare(app: &App, now: Timestamp) -> bool {
    let mut compared_at = app.compared_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let may = compared_at.is_none_or(|compared_at| now.since(compared_at) >= COMPARE_AGAIN_AFTER);
    if may {
        *compared_at = Some(now);
    }
    may
}

/// Whether the key is still of the account that we worked with. A key that may not tell is believed.
async fn compare_account(app: &App, now: Timestamp) -> Result<()> {
    let account = match app.stripe.account().await {
        Ok(account) => account,
        Err(error) if error.failure() == Some(Failure::Permission) => return Ok(()),
        Err(error) => return Err(error),
    };
    let livemode = app.stripe.livemode();
    let known = match self::account(&mut *app.db.read().await?, livemode).await? {
        Some(known) => known,
        None => {
            let mut tx = app.db.write().await?;
            let first = sql::first_account(&mut tx, livemode, &account, now).await?;
            tx.commit().await?;
            first
        }
    };
    match known == account {
        true => app.standing.taken(Trouble::StripeAccount, ""),
        false => app.standing.refused(Trouble::StripeAccount, "", &format!("{account}, {known}")),
    }
    Ok(())
}

/// Notes that an event came by asking for it and not by itself, where Stripe had the time to deliver it and says that
/// it could not. Strangers cannot bring that about: what they post is no event of Stripe's.
pub fn missed(app: &App, created: Timestamp, pending_webhooks: i64, now: Timestamp) {
    // Stripe counts seconds.
    let had_time = created.as_secs() >= app.standing.started_at().as_secs() && now.since(created) >= DELIVERED_WITHIN;
    if pending_webhooks > 0 && had_time {
        app.standing.refused(Trouble::Webhooks, "", "");
    }
}

/// Notes that Stripe refuses to open a payment page for an invoice, and has staff told, once until it is over.
/// What is no fault of the invoice is told of as a setting.
pub async fn payment_refused(app: &App, invoice: &Invoice, error: &Error, now: Timestamp) -> Result<()> {
    let Error::Outside { failure: Failure::Gone | Failure::Refused, code, param, detail, .. } = error else { return Ok(()) };
    let trouble = match (code.as_str(), param.as_str()) {
        // Noted by the client.
        ("testmode_charges_only", _) => return Ok(()),
        ("amount_too_small" | "amount_too_large", _) => Trouble::Amount,
        (
            "payment_method_unactivated"
            | "payment_method_not_available"
            | "payment_method_unsupported_type"
            | "payment_intent_incompatible_payment_method",
            _,
        )
        | (_, "payment_method_types") => Trouble::Methods,
        _ => Trouble::Payment,
    };
    let word = if code.is_empty() { detail } else { code };
    let alarm = Alarm { invoice: Some(invoice.id), ..Alarm::new(trouble, &invoice.id.to_string(), word, now) };
    let mut tx = app.db.write().await?;
    if sql::insert(&mut tx, &alarm).await? {
        facts::happened(&mut tx, By::Stripe, &Fact::PaymentRefused { invoice: invoice.subject(), code: word }, now).await?;
    }
    tx.commit().await
}

/// Notes that the object of a file is not in the bucket, and has staff told, once until it is over.
pub async fn file_is_gone(app: &App, file: &DeliverableId, invoice: &Invoice, now: Timestamp) -> Result<()> {
    let alarm = Alarm { invoice: Some(invoice.id), ..Alarm::new(Trouble::FileGone, &file.to_string(), "", now) };
    let mut tx = app.db.write().await?;
    if sql::insert(&mut tx, &alarm).await? {
        facts::happened(&mut tx, By::Service, &Fact::FileGone { invoice: invoice.subject(), file: *file }, now).await?;
    }
    tx.commit().await
}

/// Ends what is open about an invoice's payment page or a file: it works, or is not needed any more.
pub async fn settled(tx: &mut Tx, about: &str, now: Timestamp) -> Result<()> {
    for alarm in sql::list_about(tx, about).await? {
        sql::mark_over(tx, &alarm.id, now).await?;
    }
    Ok(())
}

/// Ends what is open about invoices that nobody can pay any more.
pub async fn forget_settled(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::end_of_invoices(&mut tx, now).await?;
    tx.commit().await
}

/// The account at Stripe that we work with in a mode, once one was seen.
pub async fn account(conn: &mut Conn, livemode: bool) -> Result<Option<String>> {
    Ok(sql::find_account(conn, livemode).await?)
}

/// Whether since a time the key was, or seemed, of another account than the one that counts.
pub async fn account_differed_since(conn: &mut Conn, since: Timestamp) -> Result<bool> {
    Ok(sql::is_raised_since(conn, Trouble::StripeAccount, since).await?)
}

/// How many of each trouble are not over.
pub async fn count_open(conn: &mut Conn) -> Result<Vec<(Trouble, i64)>> {
    Ok(sql::count_open(conn).await?)
}

/// Those of one trouble that are not over, the newest first.
pub async fn list_of(conn: &mut Conn, trouble: Trouble, limit: i64) -> Result<Vec<Alarm>> {
    Ok(sql::list_of(conn, trouble, limit).await?)
}

/// One that is not over.
pub async fn find_open(conn: &mut Conn, id: &AlarmId) -> Result<Option<Alarm>> {
    Ok(sql::find(conn, id).await?.filter(|alarm| alarm.over_at.is_none()))
}

/// The settings that are refused now, each once.
pub async fn settings(conn: &mut Conn) -> Result<Vec<&'static str>> {
    let open = sql::list_open(conn, OPEN_MAX).await?;
    let mut settings: Vec<&'static str> = open.iter().filter_map(|alarm| alarm.trouble.setting()).collect();
    settings.sort_unstable();
    settings.dedup();
    Ok(settings)
}

/// Lets an alarm go. Another account at Stripe is the right one from then on. `None` where somebody settled it.
pub async fn drop(app: &App, tx: &mut Tx, _: &Allowed<'_>, id: &AlarmId, now: Timestamp) -> Result<Option<Alarm>> {
    let Some(alarm) = find_open(tx, id).await? else { return Ok(None) };
    if !sql::mark_over(tx, id, now).await? {
        return Ok(None);
    }
    if alarm.trouble == Trouble::StripeAccount
        && let Some((account, _)) = alarm.code.split_once(", ")
    {
        sql::set_account(tx, app.stripe.livemode(), account, now).await?;
    }
    Ok(Some(alarm))
}
