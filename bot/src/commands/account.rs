//! `/account`: signing in on the web, and everything that ends it.

use shared::domain::{grants, sessions, sign_in};
use shared::{Result, message};

use super::without_subcommand;
use crate::asked::Asked;
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
    let asked = Asked::of(ctx);
    let Asked { app, actor, .. } = &asked;
    let operation = async {
        let address = sign_in::address(app, actor)?;
        Ok(reply::link(&address, &app.config.studio.name, asked.language()))
    };
    asked.answer(operation).await
}

/// See where you are signed in
#[poise::command(slash_command)]
async fn sessions(ctx: Context<'_>) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    asked.answer(async { Ok(reply::sessions(&sessions::list_own(app, actor, *now).await?, asked.language())) }).await
}

/// Sign out everywhere
#[poise::command(slash_command)]
async fn logout(ctx: Context<'_>) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async {
        let ended = sessions::end_all_own(app, actor, *now).await?;
        Ok(reply::sentence(&message!("account-signed-out", count = i64::try_from(ended).unwrap_or(i64::MAX)), asked.language()))
    };
    asked.answer(operation).await
}

/// Take back what you allowed when you signed in
#[poise::command(slash_command)]
async fn disconnect(ctx: Context<'_>) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async {
        Ok(match grants::ask_disconnect(app, actor, *now).await? {
            Some(confirmation) => reply::ask_disconnect(&confirmation, asked.language()),
            None => reply::sentence(&message!("account-not-connected"), asked.language()),
        })
    };
    asked.answer(operation).await
}
