//! Buttons. Their `custom_id` says everything (`v1:<action>:<id>`), so they work after a restart.

use poise::FrameworkContext;
use serenity::all::ComponentInteraction;
use shared::domain::{confirmations, deliverables};
use shared::{Error, Result, message};

use crate::asked::Asked;
use crate::{Data, reply};

/// What a button does. The id is whatever was sent: the operation checks it, and who pressed.
#[derive(Debug, PartialEq, Eq)]
enum Action<'a> {
    /// Hands a deliverable out.
    Get(&'a str),
    /// Does what the presser was asked to confirm.
    Confirm(&'a str),
}

/// Answers a press, whoever made the button.
pub async fn press(framework: FrameworkContext<'_, Data, Error>, interaction: &ComponentInteraction) -> Result<()> {
    let asked = Asked::by_component(framework, interaction);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async {
        match parse(&interaction.data.custom_id) {
            Some(Action::Get(id)) => Ok(reply::handout(&deliverables::get(app, actor, id, *now).await?, asked.language())),
            Some(Action::Confirm(id)) => Ok(reply::revoked(&confirmations::confirm(app, actor, id, *now).await?, asked.language())),
            None => Err(Error::Rejected(message!("button-is-dead"))),
        }
    };
    asked.answer(operation).await
}

fn parse(custom_id: &str) -> Option<Action<'_>> {
    let (action, id) = custom_id.strip_prefix("v1:")?.split_once(':')?;
    match action {
        "get" => Some(Action::Get(id)),
        "confirm" => Some(Action::Confirm(id)),
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
        for foreign in ["", "v1", "v1:", "v1:get", "v2:get:0190", "v1:refund:0190", "get:0190", "V1:GET:0190", "\0"] {
            assert_eq!(parse(foreign), None, "{foreign}");
        }
    }
}
