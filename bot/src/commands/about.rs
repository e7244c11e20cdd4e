//! `/about`: what this is and what becomes of a person's data.

use shared::{Result, cards, message};

use crate::asked::answer;
use crate::context::Context;
use crate::reply;

/// What Atelier is, and what becomes of your data
#[poise::command(slash_command, install_context = "Guild", interaction_context = "Guild | BotDm")]
pub async fn about(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| {
        let (config, language) = (&asked.app.config, asked.language());
        let about = message!("about", studio = cards::escape(&config.studio.name), version = env!("CARGO_PKG_VERSION"));
        let kept = cards::kept(config).into_iter().map(|(title, kept)| format!("**{}**\n{}", title.to(language), kept.to(language)));
        let parts: Vec<String> = std::iter::once(about.to(language)).chain(kept).collect();
        Ok(reply::text(parts.join("\n\n")))
    })
    .await
}
