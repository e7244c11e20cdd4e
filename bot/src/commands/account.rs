//! `/account`: signing in on the web, and everything that ends it.

use poise::CreateReply;
use serenity::all::CreateButton;
use shared::cards::{self, escape};
use shared::domain::sessions::Session;
use shared::domain::{grants, sessions, sign_in};
use shared::texts::Language;
use shared::types::ConfirmationId;
use shared::{Result, message};

use crate::asked::answer;
use crate::commands::options::without_subcommand;
use crate::context::Context;
use crate::reply;

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
        Ok(how_to_sign_in(&address, &asked.app.config.studio.name, asked.language()))
    })
    .await
}

/// See where you are signed in
#[poise::command(slash_command)]
async fn sessions(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| Ok(session_list(&sessions::list_own(asked.app, &asked.actor, asked.now).await?, asked.language()))).await
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
            Some(confirmation) => disconnect_question(&confirmation, asked.language()),
            None => reply::sentence(&message!("account-not-connected"), asked.language()),
        })
    })
    .await
}

/// To everybody: where they sign in on the web, and what that means.
fn how_to_sign_in(address: &str, studio: &str, language: Language) -> CreateReply {
    let button = CreateButton::new_link(address).label(message!("account-link-button").to(language));
    reply::sentence(&message!("account-link", studio = escape(studio)), language).components(reply::row(button))
}

/// To everybody: where they are signed in.
fn session_list(sessions: &[Session], language: Language) -> CreateReply {
    let line = |session: &Session| {
        let browser = session.browser(language);
        let (since, used) = (cards::relative(session.created_at), cards::relative(session.seen_at));
        message!("account-session", browser = browser, since = since, used = used).to(language)
    };
    reply::list(message!("account-sessions"), sessions.iter().map(line), message!("account-no-sessions"), language)
}

/// To everybody: should what they allowed really be taken back?
fn disconnect_question(confirmation: &ConfirmationId, language: Language) -> CreateReply {
    let button = cards::confirm_button(confirmation, message!("account-disconnect-button"), language);
    reply::sentence(&message!("account-ask-disconnect"), language).components(reply::row(button))
}
