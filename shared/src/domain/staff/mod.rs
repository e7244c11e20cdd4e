//! Staff: who may act for the studio.

use crate::app::App;
use crate::domain::audit;
use crate::error::{Error, Result};
use crate::message;
use crate::texts::Language;
use crate::types::*;

/// Whoever asks, as Discord vouches for them.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Their Discord user.
    pub user: UserId,
    /// What Discord shows for them.
    pub name: String,
    /// The server they ask from; `None` in a DM.
    pub guild: Option<GuildId>,
    /// What Discord shows them, such as `en-US`.
    pub locale: String,
}

impl Actor {
    /// What they read, as far as Discord knows.
    pub fn language(&self) -> Language {
        Language::of_locale(&self.locale)
    }
}

/// Whether the actor is staff here: an owner, asking from one of the studio's own servers. What
/// Discord says about administrators, roles and command permissions does not count.
pub fn is_staff(app: &App, actor: &Actor) -> bool {
    let staff = &app.config.staff;
    let at_home = actor.guild.as_ref().is_some_and(|guild| staff.guilds.contains(guild));
    at_home && staff.owners.contains(&actor.user)
}

/// Refuses who is not staff here, and counts the refusal. Every staff operation starts with this,
/// before it opens a transaction: the count is one of its own.
pub async fn require(app: &App, actor: &Actor, command: &str, now: Timestamp) -> Result<()> {
    if is_staff(app, actor) {
        return Ok(());
    }
    audit::refused(app, &actor.user, command, now).await?;
    Err(Error::Forbidden(message!("staff-only", command = command)))
}
