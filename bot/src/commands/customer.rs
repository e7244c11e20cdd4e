//! `/customer`: who buys, for staff.

use serenity::all::User;
use shared::Result;
use shared::domain::customers;

use super::without_subcommand;
use crate::asked::Asked;
use crate::{Context, reply};

/// Look at a customer
#[poise::command(slash_command, subcommands("view"), default_member_permissions = "ADMINISTRATOR")]
pub async fn customer(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// See what is known about a customer, and their newest invoices
#[poise::command(slash_command)]
async fn view(ctx: Context<'_>, #[description = "The customer"] user: User) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async {
        let customer = customers::view(app, actor, &user.id.get().into(), *now).await?;
        Ok(reply::customer(&customer, asked.language()))
    };
    asked.answer(operation).await
}
