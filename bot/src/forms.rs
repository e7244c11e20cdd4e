//! Forms: the modals that menus open. Their `custom_id` says what they are about
//! (`v1:<form>:<id>`), so they work after a restart.

use std::collections::HashMap;

use poise::FrameworkContext;
use serenity::all::{ActionRowComponent, CreateActionRow, CreateInputText, CreateModal, InputTextStyle, ModalInteraction};
use shared::domain::attention::{self, Name};
use shared::domain::confirm;
use shared::domain::issuing;
use shared::domain::issuing::NewInvoice;
use shared::texts::{Language, Message};
use shared::types::{ConfirmationId, UserId, money, text};
use shared::{Error, Result, message};

use crate::asked::Asked;
use crate::{Data, reply};

/// Longest title of a form, in characters.
const TITLE_MAX: usize = 45;
/// Longest amount, date or number that somebody types.
const WORD_MAX: u16 = 40;

/// Asks for an invoice to a person.
pub fn issue_invoice(customer: &UserId, name: &str, language: Language) -> CreateModal {
    let title = text::shortened(&message!("form-issue-invoice", customer = name).to(language), TITLE_MAX);
    let (title_max, description_max) = (text::TITLE_MAX as u16, text::DESCRIPTION_MAX as u16);
    CreateModal::new(format!("v1:issue:{customer}"), title).components(vec![
        input("title", message!("form-title"), language, |input| input.max_length(title_max)),
        input("amount", message!("form-amount"), language, |input| input.max_length(WORD_MAX).placeholder("12.50")),
        input("currency", message!("form-currency"), language, |input| input.max_length(3).required(false)),
        input("due", message!("form-due"), language, |input| input.max_length(WORD_MAX).required(false).placeholder("14d")),
        input("description", message!("form-description"), language, |input| {
            input.style(InputTextStyle::Paragraph).max_length(description_max).required(false)
        }),
    ])
}

/// Asks which invoice the files of a message belong to.
pub fn attach(confirmation: &ConfirmationId, language: Language) -> CreateModal {
    let title = text::shortened(&message!("form-attach").to(language), TITLE_MAX);
    CreateModal::new(format!("v1:attach:{confirmation}"), title).components(vec![input(
        "invoice",
        message!("form-invoice"),
        language,
        |input| input.max_length(WORD_MAX).placeholder("#12"),
    )])
}

/// Asks why something that needs a person is let go.
pub fn drop(name: &Name, language: Language) -> CreateModal {
    let title = text::shortened(&message!("form-drop").to(language), TITLE_MAX);
    let reason_max = text::REASON_MAX as u16;
    CreateModal::new(format!("v1:drop:{name}"), title)
        .components(vec![input("reason", message!("form-reason"), language, |input| input.max_length(reason_max))])
}

fn input(id: &str, label: Message, language: Language, with: impl FnOnce(CreateInputText) -> CreateInputText) -> CreateActionRow {
    CreateActionRow::InputText(with(CreateInputText::new(InputTextStyle::Short, label.to(language), id)))
}

/// Answers a form that was sent, whoever made it.
pub async fn submit(framework: FrameworkContext<'_, Data, Error>, interaction: &ModalInteraction) -> Result<()> {
    let asked = Asked::by_modal(framework, interaction);
    let mut filled: HashMap<&str, &str> = HashMap::new();
    for component in interaction.data.components.iter().flat_map(|row| &row.components) {
        if let ActionRowComponent::InputText(input) = component {
            filled.insert(&input.custom_id, input.value.as_deref().unwrap_or_default().trim());
        }
    }
    let typed = |name: &str| filled.get(name).copied().filter(|text| !text.is_empty());
    let required = |name: &str| typed(name).unwrap_or_default();
    match interaction.data.custom_id.strip_prefix("v1:").and_then(|rest| rest.split_once(':')) {
        Some(("issue", customer)) => {
            let operation = async |asked: &Asked<'_>| {
                // Before Discord is asked about the customer: who may not issue learns nothing.
                shared::domain::staff::require(asked.app, &asked.actor, "Issue invoice", asked.now).await?;
                let nobody = || Error::Rejected(message!("user-not-found"));
                let customer = UserId::parse(customer).map_err(|_| nobody())?;
                let customer = asked.app.discord.user(&customer).await?.ok_or_else(nobody)?;
                let new = NewInvoice {
                    customer: customer.id,
                    customer_name: customer.name,
                    customer_is_bot: customer.bot,
                    title: required("title").to_owned(),
                    description: required("description").to_owned(),
                    amount: money::parse(required("amount"), asked.app.config.currency_or(typed("currency"))?)?,
                    due: typed("due").map(str::to_owned),
                };
                let invoice = issuing::issue(asked.app, &asked.actor, new, asked.now).await?;
                Ok(reply::invoice_issued(&invoice, asked.language()))
            };
            asked.answer(operation).await
        }
        Some(("attach", confirmation)) => {
            let operation = async |asked: &Asked<'_>| {
                let attached = confirm::attach(asked.app, &asked.actor, confirmation, required("invoice"), asked.now).await?;
                Ok(reply::attached(&attached, asked.language()))
            };
            asked.answer(operation).await
        }
        Some(("drop", name)) => {
            let operation = async |asked: &Asked<'_>| {
                attention::drop(asked.app, &asked.actor, name, required("reason"), asked.now).await?;
                Ok(reply::sentence(&message!("reply-dropped"), asked.language()))
            };
            asked.answer(operation).await
        }
        _ => asked.answer(async |_| Err(Error::Rejected(message!("button-is-dead")))).await,
    }
}
