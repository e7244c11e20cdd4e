//! `/about`: what this is and what becomes of a person's data.

use shared::{Result, message};

use crate::asked::Asked;
use crate::{Context, reply};

/// What Atelier is, and what becomes of your data
#[poise::command(slash_command, install_context = "Guild", interaction_context = "Guild | BotDm")]
pub async fn about(ctx: Context<'_>) -> Result<()> {
    let asked = Asked::of(ctx);
    let studio = shared::cards::escape(&asked.app.config.studio.name);
    let about = message!("about", studio = studio, version = env!("CARGO_PKG_VERSION"));
    asked.answer(async { Ok(reply::about(&about, &shared::cards::kept(&asked.app.config), asked.language())) }).await
}
