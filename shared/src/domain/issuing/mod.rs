//! Issuing invoices, and telling their customers of them again.

use std::time::Duration;

use crate::app::App;
use crate::domain::actor::{Actor, By};
use crate::domain::facts::{self, Fact};
use crate::domain::invoices::{self, Invoice, Standing, Status, sql};
use crate::domain::{accounts, interactions, links, notices, staff};
use crate::error::{Error, Result};
use crate::message;
use crate::platform::discord::User;
use crate::types::text::Field;
use crate::types::*;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// From nine o'clock on where the issuer is: what is due on a day is due at its end.
const BEFORE_MIDNIGHT: Duration = Duration::from_secs(15 * 60 * 60);

/// How many reminders are looked for at a time.
const REMIND_AT_ONCE: i64 = 100;

/// What staff enters for an invoice. Title and description are checked by [`issue`].
#[derive(Debug, Clone)]
pub struct NewInvoice {
    /// Who pays.
    pub customer: UserId,
    /// What Discord shows for them.
    pub customer_name: String,
    /// Whether that user is a bot, which cannot pay.
    pub customer_is_bot: bool,
    /// One line, 1 to 100 characters.
    pub title: String,
    /// Up to 1000 characters.
    pub description: String,
    /// What is charged.
    pub amount: Money,
    /// When payment is expected, as [`Timezone::due`] reads it.
    pub due: Option<String>,
}

/// Whether an invoice may be issued to a user, before anything is typed: staff only, and no bot can pay.
pub async fn may_bill(app: &App, actor: &Actor, is_bot: bool, now: Timestamp) -> Result<()> {
    staff::require(app, actor, "Issue invoice", now).await?;
    if is_bot {
        return Err(Error::Rejected(message!("a-bot-cannot-pay")));
    }
    Ok(())
}

/// Who is to pay, by the id that a form brought: staff only. Discord is asked after the permission, so
/// that who may not issue learns nothing of anybody.
pub async fn customer(app: &App, actor: &Actor, id: &str, now: Timestamp) -> Result<User> {
    staff::require(app, actor, "Issue invoice", now).await?;
    let nobody = || Error::Rejected(message!("user-not-found"));
    let id = UserId::parse(id).map_err(|_| nobody())?;
    app.discord.user(&id).await?.ok_or_else(nobody)
}

/// Issues an invoice: staff only. One transaction writes invoice, pay link, audit row and the
/// notice that the customer gets by DM.
pub async fn issue(app: &App, actor: &Actor, new: NewInvoice, now: Timestamp) -> Result<Invoice> {
    staff::require(app, actor, "billing issue", now).await?;
    if new.customer_is_bot {
        return Err(Error::Rejected(message!("a-bot-cannot-pay")));
    }
    let title = text::line(&new.title, Field::Title, text::TITLE_MAX)?;
    let description = text::paragraph(&new.description, Field::Description, text::DESCRIPTION_MAX)?;

    let issuer = accounts::seen(app, actor, now).await?;
    let due_at = new.due.as_deref().map(|due| issuer.timezone.due(due, now)).transpose()?;
    let customer = accounts::to_bill(app, &new.customer, &new.customer_name, now).await?;

    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = Invoice {
        id: InvoiceId::new(),
        number: sql::next_number(&mut tx).await?,
        account: customer.id,
        customer: customer.user,
        customer_name: customer.name.clone(),
        issuer: issuer.id,
        title,
        description,
        amount: new.amount,
        status: Status::Pending,
        due_at,
        created_at: now,
        paid_at: None,
        revoking_at: None,
        revoke_reason: None,
        editing_at: None,
        money: Standing::default(),
    };
    sql::insert(&mut tx, &invoice).await?;
    links::create_pay(&mut tx, &invoice.id, now).await?;
    let fact = Fact::InvoiceIssued { invoice: invoice.subject(), amount: invoice.amount };
    facts::happened(&mut tx, actor.user, &fact, now).await?;
    tx.commit().await?;
    Ok(invoice)
}

/// Tells the customer of an invoice about it again: staff only.
pub async fn resend(app: &App, actor: &Actor, number: &str, now: Timestamp) -> Result<Invoice> {
    staff::require(app, actor, "billing resend", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let invoice = invoices::by_number(&mut tx, number).await?;
    if invoice.revoking_at.is_some() && invoice.status == Status::Pending {
        return Err(Error::Rejected(message!("already-being-revoked", number = invoice.number)));
    }
    if invoice.editing_at.is_some() {
        return Err(Error::Rejected(message!("already-being-edited", number = invoice.number)));
    }
    let kind = match invoice.status {
        Status::Pending if invoice.money.is_processing => notices::Kind::PaymentProcessing,
        Status::Pending => notices::Kind::InvoiceIssued,
        Status::Paid => notices::Kind::InvoicePaid,
        Status::Revoked => notices::Kind::InvoiceRevoked,
    };
    facts::happened(&mut tx, actor.user, &Fact::InvoiceSentAgain { invoice: invoice.subject(), kind }, now).await?;
    tx.commit().await?;
    Ok(invoice)
}

/// Reminds customers of what is due, as often as `payments.reminder_days` says. Costs one indexed read
/// for each of these, and one transaction for each reminder.
pub async fn remind(app: &App, now: Timestamp) -> Result<()> {
    // From the latest: who was away for a week is reminded once.
    for days in &app.config.payments.reminder_days {
        let before = DAY * u32::from(*days) + BEFORE_MIDNIGHT;
        let before_ms = i64::try_from(before.as_millis()).unwrap_or(i64::MAX);
        loop {
            let mut conn = app.db.read().await?;
            let due = sql::list_to_remind(&mut conn, now.minus(DAY), now.plus(before), before_ms, REMIND_AT_ONCE).await?;
            drop(conn);
            for id in &due {
                let mut tx = app.db.write().await?;
                let invoice = invoices::lock(&mut tx, id).await?;
                let Some(due_at) = invoice.due_at else { continue };
                let is_new = sql::mark_reminded(&mut tx, &invoice, now, due_at.minus(before)).await?;
                if is_new && invoice.is_payable() {
                    facts::happened(&mut tx, By::Service, &Fact::InvoiceDue { invoice: invoice.subject() }, now).await?;
                }
                tx.commit().await?;
            }
            if (due.len() as i64) < REMIND_AT_ONCE {
                break;
            }
        }
    }
    Ok(())
}
