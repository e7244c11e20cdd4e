//! Staff: who may act for the studio.

use crate::app::App;
use crate::domain::audit;
use crate::error::{Error, Result};
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
}

/// Whether the actor is staff here: an owner, asking from one of the studio's own servers. What
/// Discord says about administrators, roles and command permissions does not count.
pub fn is_staff(app: &App, actor: &Actor) -> bool {
    let staff = &app.config.staff;
    let at_home = actor.guild.as_ref().is_some_and(|guild| staff.guilds.contains(guild));
    at_home && staff.owners.contains(&actor.user)
}

/// Refuses who is not staff here, and counts the refusal. Every staff operation starts with this.
pub async fn require(app: &App, actor: &Actor, command: &str, now: Timestamp) -> Result<()> {
    if is_staff(app, actor) {
        return Ok(());
    }
    audit::refused(app, &actor.user, command, now).await?;
    Err(Error::Forbidden(format!("`/{command}` is for the studio's staff, in the studio's own server.")))
}
