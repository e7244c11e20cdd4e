//! Buttons and selects. Their `custom_id` says everything (`v1:<action>:<id>`), so they work after a restart.

use poise::FrameworkContext;
use serenity::all::{ComponentInteraction, ComponentInteractionDataKind};
use shared::domain::attention;
use shared::domain::confirm;
use shared::domain::confirm::Done;
use shared::domain::deliverables;
use shared::{Error, Result, message};

use crate::asked::Asked;
use crate::commands::{billing, deliver, deliverable};
use crate::context::Data;
use crate::lists::List;
use crate::reply;

/// What a button does. The rest of its `custom_id` is whatever was sent: the operation checks it,
/// and who pressed.
#[derive(Debug, PartialEq, Eq)]
enum Action<'a> {
    /// Hands a deliverable out.
    Get(&'a str),
    /// Does what the presser was asked to confirm.
    Confirm(&'a str),
    /// Turns to another page of a list.
    Page(List, &'a str),
    /// Shows what was chosen of what needs a person.
    Attention,
    /// Tries again what failed.
    Again(&'a str),
    /// Asks why something is let go.
    Drop(&'a str),
}

/// Answers a press, whoever made the button.
pub async fn press(framework: FrameworkContext<'_, Data, Error>, interaction: &ComponentInteraction) -> Result<()> {
    let asked = Asked::by_component(framework, interaction);
    match parse(&interaction.data.custom_id) {
        Some(Action::Get(id)) => {
            asked
                .answer(async |asked| {
                    Ok(deliverable::replies::handout(&deliverables::get(asked.app, &asked.actor, id, asked.now).await?, asked.language()))
                })
                .await
        }
        Some(Action::Confirm(id)) => {
            let operation = async |asked: &Asked<'_>| {
                Ok(match confirm::confirm(asked.app, &asked.actor, id, asked.now).await? {
                    Done::Revoked(invoice) => billing::replies::revoked(&invoice, asked.language()),
                    Done::Refunding(invoice, amount) => billing::replies::refunding(&invoice, amount, asked.language()),
                    Done::Removed(listed) => deliver::replies::removed(&listed, asked.language()),
                    Done::Disconnected(true) => reply::sentence(&message!("account-disconnected"), asked.language()),
                    Done::Disconnected(false) => reply::sentence(&message!("account-not-connected"), asked.language()),
                })
            };
            // In place of the question, whose button has no more use.
            asked.answer_in_place(operation).await
        }
        Some(Action::Page(list, turn)) => asked.answer_in_place(async |asked| list.show(asked, turn).await).await,
        Some(Action::Attention) => {
            let chosen = match &interaction.data.kind {
                ComponentInteractionDataKind::StringSelect { values } => values.first().map_or("", String::as_str),
                _ => "",
            };
            let operation = async |asked: &Asked<'_>| {
                let item = attention::get(asked.app, &asked.actor, chosen, asked.now).await?;
                Ok(billing::replies::attention_item(&item, &asked.app.config.studio, asked.language()))
            };
            asked.answer(operation).await
        }
        Some(Action::Again(name)) => {
            let operation = async |asked: &Asked<'_>| {
                let done = attention::again(asked.app, &asked.actor, name, asked.now).await?;
                Ok(billing::replies::tried_again(&done, &asked.app.config.studio, asked.language()))
            };
            asked.answer_in_place(operation).await
        }
        Some(Action::Drop(name)) => {
            let operation = async |asked: &Asked<'_>| {
                // Said before anything is typed.
                let item = attention::get(asked.app, &asked.actor, name, asked.now).await?;
                Ok(billing::replies::drop_form(&item.name, asked.language()))
            };
            asked.answer_with_form(operation).await
        }
        None => asked.answer(async |_| Err(Error::Rejected(message!("button-is-dead")))).await,
    }
}

fn parse(custom_id: &str) -> Option<Action<'_>> {
    let (action, rest) = custom_id.strip_prefix("v1:")?.split_once(':')?;
    match action {
        "get" => Some(Action::Get(rest)),
        "confirm" => Some(Action::Confirm(rest)),
        "attention" => Some(Action::Attention),
        "again" => Some(Action::Again(rest)),
        "drop" => Some(Action::Drop(rest)),
        "page" => List::parse(rest).map(|(list, turn)| Action::Page(list, turn)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_is_known_by_its_custom_id_alone() {
        assert_eq!(parse("v1:get:0190"), Some(Action::Get("0190")));
        assert_eq!(parse("v1:get:"), Some(Action::Get("")));
        assert_eq!(parse("v1:page:staff|"), Some(Action::Page(List::Staff, "")));
        for foreign in ["", "v1", "v1:", "v1:get", "v2:get:0190", "v1:refund:0190", "v1:page:x", "get:0190", "V1:GET:0190", "\0"] {
            assert_eq!(parse(foreign), None, "{foreign}");
        }
    }
}
