//! `/billing`: invoices, for staff.

use serenity::all::User;
use shared::Result;
use shared::domain::invoices::{self, NewInvoice};
use shared::types::money;

use super::without_subcommand;
use crate::asked::Asked;
use crate::{Context, reply};

/// Issue invoices to customers and see them all
#[poise::command(slash_command, subcommands("issue", "list"), default_member_permissions = "ADMINISTRATOR")]
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
async fn list(ctx: Context<'_>) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    asked.answer(async { Ok(reply::all_invoices(&invoices::list_all(app, actor, *now).await?, asked.language())) }).await
}
