//! `/billing`: invoices, for staff.

use serenity::all::User;
use shared::Result;
use shared::domain::invoices::{self, NewInvoice};
use shared::types::money;

use super::invoice::StatusChoice;
use super::{any_invoice, without_subcommand};
use crate::asked::Asked;
use crate::{Context, reply};

/// Issue invoices to customers and see them all
#[poise::command(slash_command, subcommands("issue", "list", "view", "revoke", "resend"), default_member_permissions = "ADMINISTRATOR")]
pub async fn billing(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// Issue an invoice to a customer, who gets it by DM
#[poise::command(slash_command)]
async fn issue(
    ctx: Context<'_>,
    #[description = "Who pays"] user: User,
    #[description = "What for, in one line"] title: String,
    #[description = "How much, such as 12.50"] amount: String,
    #[description = "Three letters, such as EUR; without it the studio's own currency"] currency: Option<String>,
    #[description = "What the work includes"] description: Option<String>,
) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async {
        let amount = money::parse(&amount, app.config.currency_or(currency.as_deref())?)?;
        let new = NewInvoice {
            customer: user.id.get().into(),
            customer_name: user.display_name().to_owned(),
            customer_is_bot: user.bot,
            title,
            description: description.unwrap_or_default(),
            amount,
        };
        let invoice = invoices::issue(app, actor, new, *now).await?;
        Ok(reply::invoice_issued(&invoice, asked.language()))
    };
    asked.answer(operation).await
}

/// See everybody's invoices, the newest first
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "Only this customer's"] user: Option<User>,
    #[description = "Only those that stand like this"] status: Option<StatusChoice>,
) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let customer = user.map(|user| user.id.get().into());
    let operation = async {
        let page = invoices::list_all(app, actor, customer.as_ref(), status.map(|choice| choice.0), *now).await?;
        Ok(reply::all_invoices(&page, asked.language()))
    };
    asked.answer(operation).await
}

/// See one invoice in full
#[poise::command(slash_command)]
async fn view(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "any_invoice"]
    invoice: String,
) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async {
        let (found, files) = invoices::get_any(app, actor, &invoice, *now).await?;
        Ok(reply::any_invoice(&found, &files, asked.language()))
    };
    asked.answer(operation).await
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
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async {
        let (found, confirmation) = invoices::ask_revoke(app, actor, &invoice, &reason, *now).await?;
        Ok(reply::ask_revoke(&found, &confirmation, asked.language()))
    };
    asked.answer(operation).await
}

/// Tell the customer again
#[poise::command(slash_command)]
async fn resend(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "any_invoice"]
    invoice: String,
) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async { Ok(reply::resent(&invoices::resend(app, actor, &invoice, *now).await?, asked.language())) };
    asked.answer(operation).await
}
