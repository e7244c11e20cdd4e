//! **Issue invoice**: the menu of a user, for staff.

use serenity::all::{CreateModal, InputTextStyle, User};
use shared::domain::issuing;
use shared::texts::Language;
use shared::types::{UserId, text};
use shared::{Result, message};

use crate::asked::Asked;
use crate::context::Context;
use crate::reply::{self, WORD_MAX, input};

/// Issue an invoice to this person
#[poise::command(context_menu_command = "Issue invoice", default_member_permissions = "ADMINISTRATOR")]
pub async fn issue_invoice(ctx: Context<'_>, user: User) -> Result<()> {
    let operation = async |asked: &Asked<'_>| {
        issuing::may_bill(asked.app, &asked.actor, user.bot, asked.now).await?;
        Ok(form(&user.id.get().into(), user.display_name(), asked.language()))
    };
    Asked::of(ctx).answer_with_form(operation).await
}

/// Asks for an invoice to a person.
fn form(customer: &UserId, name: &str, language: Language) -> CreateModal {
    let (title_max, description_max) = (text::TITLE_MAX as u16, text::DESCRIPTION_MAX as u16);
    let inputs = vec![
        input("title", &message!("form-title"), language, |input| input.max_length(title_max)),
        input("amount", &message!("form-amount"), language, |input| input.max_length(WORD_MAX).placeholder("12.50")),
        input("currency", &message!("form-currency"), language, |input| input.max_length(3).required(false)),
        input("due", &message!("form-due"), language, |input| input.max_length(WORD_MAX).required(false).placeholder("14d")),
        input("description", &message!("form-description"), language, |input| {
            input.style(InputTextStyle::Paragraph).max_length(description_max).required(false)
        }),
    ];
    reply::form(format!("v1:issue:{customer}"), &message!("form-issue-invoice", customer = name), inputs, language)
}
