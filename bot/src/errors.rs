//! What is said and logged when a command does not come to its own answer. Never shows internals.

use poise::FrameworkError;
use serenity::all::{CommandInteraction, CreateAutocompleteResponse, CreateInteractionResponse};
use shared::Error;
use shared::message;
use shared::platform::discord::outside;

use crate::asked::Asked;
use crate::context::Data;

/// poise's `on_error`, for every kind there is.
pub async fn handle(error: FrameworkError<'_, Data, Error>) {
    match error {
        FrameworkError::Command { error: Error::Taken, .. } | FrameworkError::EventHandler { error: Error::Taken, .. } => {
            tracing::debug!("another bot answers");
        }
        FrameworkError::Command { error, ctx, .. } => {
            tracing::warn!(command = %ctx.command().qualified_name, %error, "an answer did not reach Discord");
        }
        FrameworkError::EventHandler { error: error @ Error::Outside { .. }, event, .. } => {
            tracing::warn!(event = event.snake_case_name(), %error, "an answer did not reach Discord");
        }
        FrameworkError::EventHandler { error, event, .. } => {
            tracing::error!(event = event.snake_case_name(), %error, "an event was not handled");
        }
        FrameworkError::CommandPanic { ctx: poise::Context::Application(ctx), .. } => {
            let fault = Error::Fault(format!("/{} panicked", ctx.command().qualified_name));
            apologise(ctx.framework, ctx.interaction, fault).await;
        }
        // What is registered and what Discord sent differ: an old list of commands, or a forged one.
        FrameworkError::ArgumentParse { ctx: poise::Context::Application(ctx), .. }
        | FrameworkError::SubcommandRequired { ctx: poise::Context::Application(ctx) }
        | FrameworkError::CommandStructureMismatch { ctx, .. } => {
            tracing::warn!(command = %ctx.command().qualified_name, "a command came in a form that is not registered");
            apologise(ctx.framework, ctx.interaction, outdated()).await;
        }
        FrameworkError::UnknownInteraction { framework, interaction, .. } => {
            tracing::warn!(command = ?interaction.data.name, "a command came that is not registered");
            apologise(framework, interaction, outdated()).await;
        }
        // No command asks poise for cooldowns, permissions or checks.
        FrameworkError::CooldownHit { ctx, .. }
        | FrameworkError::MissingBotPermissions { ctx, .. }
        | FrameworkError::MissingUserPermissions { ctx, .. }
        | FrameworkError::PermissionFetchFailed { ctx, .. }
        | FrameworkError::NotAnOwner { ctx, .. }
        | FrameworkError::GuildOnly { ctx, .. }
        | FrameworkError::DmOnly { ctx, .. }
        | FrameworkError::NsfwOnly { ctx, .. }
        | FrameworkError::CommandCheckFailed { ctx, .. }
        // There are no prefix commands.
        | FrameworkError::CommandPanic { ctx, .. }
        | FrameworkError::ArgumentParse { ctx, .. }
        | FrameworkError::SubcommandRequired { ctx } => {
            let fault = Error::Fault(format!("poise stopped /{}", ctx.command().qualified_name));
            match ctx {
                poise::Context::Application(ctx) => apologise(ctx.framework, ctx.interaction, fault).await,
                poise::Context::Prefix(_) => tracing::error!(error = %fault, "a message was taken for a command"),
            }
        }
        FrameworkError::Setup { error, .. } | FrameworkError::DynamicPrefix { error, .. } | FrameworkError::NonCommandMessage { error, .. } => {
            tracing::error!(%error, "poise reports an error");
        }
        FrameworkError::UnknownCommand { .. } => {}
        other => tracing::error!(kind = ?std::mem::discriminant(&other), "poise reports an error of a new kind"),
    }
}

async fn apologise(framework: poise::FrameworkContext<'_, Data, Error>, interaction: &CommandInteraction, error: Error) {
    let sent = if interaction.data.autocomplete().is_some() {
        // Autocomplete has no room for a sentence.
        let nothing = CreateInteractionResponse::Autocomplete(CreateAutocompleteResponse::new());
        interaction.create_response(framework.serenity_context, nothing).await.map_err(|error| outside(&error))
    } else {
        Asked::by_command(framework, interaction).answer(async |_| Err(error)).await
    };
    if let Err(error) = sent
        && !matches!(error, Error::Taken)
    {
        tracing::warn!(%error, "an answer did not reach Discord");
    }
}

fn outdated() -> Error {
    Error::Rejected(message!("command-out-of-date"))
}
