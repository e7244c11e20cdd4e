//! **Issue invoice**: the menu of a user, for staff.

use serenity::all::User;
use shared::domain::staff;
use shared::{Error, Result, message};

use crate::asked::Asked;
use crate::{Context, forms};

/// Issue an invoice to this person
#[poise::command(context_menu_command = "Issue invoice", default_member_permissions = "ADMINISTRATOR")]
pub async fn issue_invoice(ctx: Context<'_>, user: User) -> Result<()> {
    let operation = async |asked: &Asked<'_>| {
        staff::require(asked.app, &asked.actor, "Issue invoice", asked.now).await?;
        if user.bot {
            return Err(Error::Rejected(message!("a-bot-cannot-pay")));
        }
        Ok(forms::issue_invoice(&user.id.get().into(), user.display_name(), asked.language()))
    };
    Asked::of(ctx).answer_with_form(operation).await
}
