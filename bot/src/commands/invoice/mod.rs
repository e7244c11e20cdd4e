//! `/invoice`: a customer's own invoices.

pub mod replies;

use shared::Result;
use shared::domain::desk;
use shared::domain::invoices::{self, Status};
use shared::domain::receipts;
use shared::domain::reconciliation;

use crate::asked::{Asked, answer};
use crate::commands::options::{own_invoice, without_subcommand, word_argument};
use crate::context::Context;
use crate::lists::{List, NEWEST};

/// See and pay your invoices
#[poise::command(
    slash_command,
    subcommands("list", "view", "pay", "check", "receipt"),
    install_context = "Guild",
    interaction_context = "Guild | BotDm"
)]
pub async fn invoice(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// See your invoices, the newest first
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>, #[description = "Only those that stand like this"] status: Option<StatusChoice>) -> Result<()> {
    answer(ctx, async |asked| List::Invoices { status: status.map(|choice| choice.0) }.show(asked, NEWEST).await).await
}

/// See one of your invoices in full
#[poise::command(slash_command)]
async fn view(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "own_invoice"]
    invoice: String,
) -> Result<()> {
    answer(ctx, async |asked| {
        let found = invoices::get(asked.app, &asked.actor, &invoice).await?;
        if !found.is_payable() {
            return Ok(replies::invoice(&found, None, asked.language()));
        }
        let (found, url) = desk::pay_url(asked.app, &asked.actor, &invoice).await?;
        Ok(replies::invoice(&found, Some(&url), asked.language()))
    })
    .await
}

/// Pay one of your invoices
#[poise::command(slash_command)]
async fn pay(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "own_invoice"]
    invoice: String,
) -> Result<()> {
    answer(ctx, async |asked| {
        let (found, url) = desk::pay_url(asked.app, &asked.actor, &invoice).await?;
        Ok(replies::pay(&found, &url, asked.language()))
    })
    .await
}

/// Ask Stripe now whether your payment arrived
#[poise::command(slash_command)]
async fn check(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "own_invoice"]
    invoice: String,
) -> Result<()> {
    let operation = async |asked: &Asked<'_>| {
        let found = reconciliation::check(asked.app, &asked.actor, &invoice, asked.now).await?;
        Ok(replies::checked(&found, asked.language()))
    };
    Asked::of(ctx).answer_after(replies::asking_stripe, operation).await
}

/// Get the receipt for one of your payments
#[poise::command(slash_command)]
async fn receipt(
    ctx: Context<'_>,
    #[description = "The invoice"]
    #[autocomplete = "own_invoice"]
    invoice: String,
) -> Result<()> {
    answer(ctx, async |asked| {
        let found = receipts::get(asked.app, &asked.actor, &invoice).await?;
        Ok(replies::receipts(&found, found.pdf().await?, asked.language()))
    })
    .await
}

/// A status as Discord offers it: its word, not its place in a list, so that the order may change.
pub struct StatusChoice(pub Status);

word_argument!(
    StatusChoice,
    |word| Status::parse(word).map(StatusChoice),
    Status::ALL.iter().map(|status| (status.text(), status.as_str()))
);
