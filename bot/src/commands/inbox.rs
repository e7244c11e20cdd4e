//! `/inbox`: what a person was told while their DMs were closed.

use poise::CreateReply;
use shared::domain::inbox::{self, Composed};
use shared::domain::notices;
use shared::texts::Language;
use shared::{Result, cards, message};

use crate::asked::Asked;
use crate::context::Context;
use crate::reply;

/// Read the notices that could not reach you by DM
#[poise::command(slash_command, install_context = "Guild", interaction_context = "Guild | BotDm")]
pub async fn inbox(ctx: Context<'_>) -> Result<()> {
    let asked = Asked::of(ctx);
    // A reply per notice: its buttons stay with it, and none is too long for Discord.
    let mut waiting = Vec::new();
    let operation = async |asked: &Asked<'_>| {
        waiting = inbox::inbox(asked.app, &asked.actor, asked.now).await?;
        let language = asked.language();
        Ok(match waiting.first() {
            Some(first) => notice(first, language),
            None => reply::sentence(&message!("inbox-empty"), language),
        })
    };
    asked.answer(operation).await?;
    for (at, composed) in waiting.iter().enumerate() {
        if at > 0 {
            asked.follow_up(notice(composed, asked.language())).await?;
        }
        // Only now: a notice whose reply was lost waits on.
        notices::mark_read(asked.app, &composed.notice.id, asked.now).await?;
    }
    if waiting.len() >= inbox::INBOX_LIMIT as usize {
        asked.follow_up(reply::sentence(&message!("inbox-has-more"), asked.language())).await?;
    }
    Ok(())
}

/// To whoever a notice is for: the notice.
fn notice(composed: &Composed, language: Language) -> CreateReply {
    let (embed, rows) = cards::notice(composed, language);
    reply::blank().embed(embed).components(rows)
}
