//! `/audit`: what was done, by whom.

pub mod replies;

use serenity::all::{CreateAutocompleteResponse, User};
use shared::domain::audit::{Action, Filter};
use shared::domain::audit_log;
use shared::{Error, Result, message};

use crate::asked::{answer, who};
use crate::commands::options::{choices, is_called, without_subcommand};
use crate::context::Context;
use crate::lists::{List, NEWEST};

/// See what was done, by whom
#[poise::command(slash_command, rename = "audit", subcommands("list", "verify"), default_member_permissions = "ADMINISTRATOR")]
pub async fn audit_log(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// See the audit log, the latest first
#[poise::command(slash_command)]
async fn list(
    ctx: Context<'_>,
    #[description = "Only what this person did"] actor: Option<User>,
    #[description = "Only this"]
    #[autocomplete = "known_action"]
    action: Option<String>,
    #[description = "Only what was done to this"] target: Option<String>,
) -> Result<()> {
    answer(ctx, async |asked| {
        let unknown = || Error::Rejected(message!("not-an-audit-action"));
        let filter = Filter {
            actor: actor.map(|user| user.id.get().into()),
            action: action.map(|typed| known(&typed).ok_or_else(unknown)).transpose()?,
            target: target.map(|typed| audit_log::target(&typed)).transpose()?,
        };
        List::Audit(filter).show(asked, NEWEST).await
    })
    .await
}

/// Look whether the audit log is what was written
#[poise::command(slash_command)]
async fn verify(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| {
        Ok(replies::audit_verified(&audit_log::verify_as(asked.app, &asked.actor, asked.now).await?, asked.language()))
    })
    .await
}

/// The action that a person means: by its word, or as the list calls it, in whichever language.
fn known(typed: &str) -> Option<Action> {
    Action::parse(typed.trim()).or_else(|| Action::ALL.iter().find(|action| is_called(&action.text(), typed)).copied())
}

async fn known_action(ctx: Context<'_>, typed: &str) -> CreateAutocompleteResponse {
    choices(audit_log::suggest_actions(&ctx.data().app, &who(ctx.interaction), typed)).await
}
