//! `/billing`: invoices, for staff.

pub mod replies;

use serenity::all::{Attachment, User};
use shared::Result;
use shared::domain::changes;
use shared::domain::changes::Changes;
use shared::domain::desk;
use shared::domain::issuing;
use shared::domain::issuing::NewInvoice;
use shared::domain::receipts;
use shared::domain::reconciliation;
use shared::domain::refunds::{self, NewRefund};
use shared::domain::{attention, deliverables, evidence, export};
use shared::types::money;

use crate::asked::answer;
use crate::commands::invoice::StatusChoice;
use crate::commands::options::{any_invoice, file_of, without_subcommand};
use crate::context::Context;
use crate::lists::{List, NEWEST};

/// Issue invoices to customers and see them all
#[poise::command(
    slash_command,
    subcommands("issue", "edit", "list", "view", "revoke", "refund", "reconcile", "attention", "receipt", "evidence", "export", "resend"),
    default_member_permissions = "ADMINISTRATOR"
)]
pub async fn billing(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// Issue an invoice to a customer, who gets it by DM
#[poise::command(slash_command)]
#[allow(clippy::too_many_arguments, reason = "the options of a command")]
async fn issue(
    ctx: Context<'_>,
    #[description = "Who pays"] user: User,
    #[description = "What for, in one line"] title: String,
    #[description = "How much, such as 12.50"] amount: String,
    #[description = "Three letters, such as EUR; without it the studio's own currency"] currency: Option<String>,
    #[description = "What the work includes"] description: Option<String>,
    #[description = "When it should be paid"] due: Option<String>,
    #[description = "A file"] file: Option<Attachment>,
) -> Result<()> {
    let file = file.map(file_of);
    answer(ctx, async |asked| {
        let amount = money::parse(&amount, asked.app.config.currency_or(currency.as_deref())?)?;
        // A file that cannot be taken is said before anything is issued.
        if let Some(file) = &file {
            deliverables::check(asked.app, file)?;
        }
        let new = NewInvoice {
            customer: user.id.get().into(),
            customer_name: user.display_name().to_owned(),
            customer_is_bot: user.bot,
            title,
            description: description.unwrap_or_default(),
            amount,
            due,
        };
        let invoice = issuing::issue(asked.app, &asked.actor, new, asked.now).await?;
        let issued = replies::invoice_issued(&invoice, asked.language());
        Ok(match &file {
            None => issued,
            Some(file) => {
                let added = deliverables::add(asked.app, &asked.actor, &invoice.number.to_string(), None, file, asked.now).await;
                replies::with_file(issued, &added, asked.language())
            }
        })
    })
    .await
}

/// Change a pending invoice
#[poise::command(slash_command)]
#[allow(clippy::too_many_arguments, reason = "the options of a command")]
async fn edit(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "any_invoice"]
    invoice: String,
    #[description = "What for, in one line"] title: Option<String>,
    #[description = "How much, such as 12.50"] amount: Option<String>,
    #[description = "Three letters, such as EUR"] currency: Option<String>,
    #[description = "What the work includes"] description: Option<String>,
    #[description = "When it should be paid"] due: Option<String>,
) -> Result<()> {
    let changes = Changes { title, description, amount, currency, due };
    answer(ctx, async |asked| {
        let (found, waits) = changes::edit(asked.app, &asked.actor, &invoice, &changes, asked.now).await?;
        Ok(replies::edited(&found, waits.as_ref(), asked.language()))
    })
    .await
}

/// See everybody's invoices, the newest first
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "Only this customer's"] user: Option<User>,
    #[description = "Only those that stand like this"] status: Option<StatusChoice>,
) -> Result<()> {
    let list = List::AllInvoices { customer: user.map(|user| user.id.get().into()), status: status.map(|choice| choice.0) };
    answer(ctx, async |asked| list.show(asked, NEWEST).await).await
}

/// See one invoice in full
#[poise::command(slash_command)]
async fn view(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "any_invoice"]
    invoice: String,
) -> Result<()> {
    answer(ctx, async |asked| {
        let (found, files, waits) = desk::get_any(asked.app, &asked.actor, &invoice, asked.now).await?;
        Ok(replies::any_invoice(&found, &files, waits.as_ref(), asked.language()))
    })
    .await
}

/// Take a pending invoice back
#[poise::command(slash_command)]
async fn revoke(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "any_invoice"]
    invoice: String,
    #[description = "What the customer reads"] reason: String,
) -> Result<()> {
    answer(ctx, async |asked| {
        let (found, reason, confirmation) = changes::ask_revoke(asked.app, &asked.actor, &invoice, &reason, asked.now).await?;
        Ok(replies::ask_revoke(&found, &reason, &confirmation, asked.language()))
    })
    .await
}

/// Send money back for a paid invoice
#[poise::command(slash_command)]
async fn refund(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "any_invoice"]
    invoice: String,
    #[description = "What the customer reads"] reason: String,
    #[description = "How much; without it all that is left"] amount: Option<String>,
    #[description = "Whether the customer keeps their files"]
    #[rename = "keep-access"]
    keep_access: Option<bool>,
) -> Result<()> {
    let new = NewRefund { amount, reason, keep_access: keep_access.unwrap_or(false) };
    answer(ctx, async |asked| {
        let question = refunds::ask(asked.app, &asked.actor, &invoice, &new, asked.now).await?;
        Ok(replies::ask_refund(&question, &asked.app.config.studio, asked.language()))
    })
    .await
}

/// Compare with Stripe, for what never arrived
#[poise::command(slash_command)]
async fn reconcile(
    ctx: Context<'_>,
    #[description = "Only this invoice"]
    #[autocomplete = "any_invoice"]
    invoice: Option<String>,
    #[description = "Everything since this day"] since: Option<String>,
) -> Result<()> {
    answer(ctx, async |asked| {
        let found = reconciliation::reconcile_as(asked.app, &asked.actor, invoice.as_deref(), since.as_deref(), asked.now).await?;
        Ok(replies::reconciled(&found, asked.language()))
    })
    .await
}

/// See what needs a person
#[poise::command(slash_command)]
async fn attention(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| Ok(replies::attention(&attention::list(asked.app, &asked.actor, asked.now).await?, asked.language()))).await
}

/// Get the receipt of any paid invoice
#[poise::command(slash_command)]
async fn receipt(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "any_invoice"]
    invoice: String,
) -> Result<()> {
    answer(ctx, async |asked| {
        let found = receipts::get_any(asked.app, &asked.actor, &invoice, asked.now).await?;
        Ok(replies::any_receipts(&found, found.pdf().await?, asked.language()))
    })
    .await
}

/// Get one file with everything about an invoice, to answer a dispute
#[poise::command(slash_command)]
async fn evidence(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "any_invoice"]
    invoice: String,
) -> Result<()> {
    answer(ctx, async |asked| {
        let found = evidence::gather(asked.app, &asked.actor, &invoice, asked.now).await?;
        let number = found.invoice.number;
        Ok(replies::evidence(number, found.pdf(asked.app, asked.language()).await?, asked.language()))
    })
    .await
}

/// Get what came in and went back as a table
#[poise::command(slash_command)]
async fn export(ctx: Context<'_>, #[description = "From this day"] from: String, #[description = "To this day"] to: String) -> Result<()> {
    answer(ctx, async |asked| {
        Ok(replies::exported(export::export(asked.app, &asked.actor, &from, &to, asked.now).await?, asked.language()))
    })
    .await
}

/// Tell the customer again
#[poise::command(slash_command)]
async fn resend(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "any_invoice"]
    invoice: String,
) -> Result<()> {
    answer(ctx, async |asked| Ok(replies::resent(&issuing::resend(asked.app, &asked.actor, &invoice, asked.now).await?, asked.language())))
        .await
}
