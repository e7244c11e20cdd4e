//! Forms that were sent. Their `custom_id` says what they are about (`v1:<form>:<id>`), so they work after a restart.
//! Each is made beside the command or button that shows it.

use std::collections::HashMap;

use poise::FrameworkContext;
use serenity::all::{ActionRowComponent, ModalInteraction};
use shared::domain::attention;
use shared::domain::confirm;
use shared::domain::issuing;
use shared::domain::issuing::NewInvoice;
use shared::types::money;
use shared::{Error, Result, message};

use crate::asked::Asked;
use crate::commands::{attach_as_deliverable, billing};
use crate::context::Data;
use crate::reply;

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
                let customer = issuing::customer(asked.app, &asked.actor, customer, asked.now).await?;
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
                Ok(billing::replies::invoice_issued(&invoice, asked.language()))
            };
            asked.answer(operation).await
        }
        Some(("attach", confirmation)) => {
            let operation = async |asked: &Asked<'_>| {
                let attached = confirm::attach(asked.app, &asked.actor, confirmation, required("invoice"), asked.now).await?;
                Ok(attach_as_deliverable::attached(&attached, asked.language()))
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
