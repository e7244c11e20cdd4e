//! `/about`: what this is and what becomes of a person's data.

use shared::{Result, cards, message};

use crate::asked::answer;
use crate::{Context, reply};

/// What Atelier is, and what becomes of your data
#[poise::command(slash_command, install_context = "Guild", interaction_context = "Guild | BotDm")]
pub async fn about(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| {
        let config = &asked.app.config;
        let about = message!("about", studio = cards::escape(&config.studio.name), version = env!("CARGO_PKG_VERSION"));
        Ok(reply::about(&about, &cards::kept(config), asked.language()))
    })
    .await
}
