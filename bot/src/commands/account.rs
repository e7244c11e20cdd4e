//! `/account`: signing in on the web, and everything that ends it.

use shared::domain::{grants, sessions, sign_in};
use shared::{Result, message};

use super::without_subcommand;
use crate::asked::answer;
use crate::{Context, reply};

/// Sign in on the web, and see and end what that began
#[poise::command(
    slash_command,
    subcommands("link", "sessions", "logout", "disconnect"),
    install_context = "Guild",
    interaction_context = "Guild | BotDm"
)]
pub async fn account(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// Sign in on the web with Discord
#[poise::command(slash_command)]
async fn link(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| {
        let address = sign_in::address(asked.app, &asked.actor)?;
        Ok(reply::link(&address, &asked.app.config.studio.name, asked.language()))
    })
    .await
}

/// See where you are signed in
#[poise::command(slash_command)]
async fn sessions(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| Ok(reply::sessions(&sessions::list_own(asked.app, &asked.actor, asked.now).await?, asked.language()))).await
}

/// Sign out everywhere
#[poise::command(slash_command)]
async fn logout(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| {
        let ended = sessions::end_all_own(asked.app, &asked.actor, asked.now).await?;
        Ok(reply::sentence(&message!("account-signed-out", count = i64::try_from(ended).unwrap_or(i64::MAX)), asked.language()))
    })
    .await
}

/// Take back what you allowed when you signed in
#[poise::command(slash_command)]
async fn disconnect(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| {
        Ok(match grants::ask_disconnect(asked.app, &asked.actor, asked.now).await? {
            Some(confirmation) => reply::ask_disconnect(&confirmation, asked.language()),
            None => reply::sentence(&message!("account-not-connected"), asked.language()),
        })
    })
    .await
}
