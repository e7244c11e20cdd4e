//! `/customer`: who buys, for staff.

use serenity::all::User;
use shared::Result;
use shared::domain::customers;

use super::without_subcommand;
use crate::asked::answer;
use crate::{Context, reply};

/// Look at a customer
#[poise::command(slash_command, subcommands("view"), default_member_permissions = "ADMINISTRATOR")]
pub async fn customer(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// See what is known about a customer, and their newest invoices
#[poise::command(slash_command)]
async fn view(ctx: Context<'_>, #[description = "The customer"] user: User) -> Result<()> {
    answer(ctx, async |asked| {
        let customer = customers::view(asked.app, &asked.actor, &user.id.get().into(), asked.now).await?;
        Ok(reply::customer(&customer, asked.language()))
    })
    .await
}
