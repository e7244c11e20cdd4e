//! `/staff`: who may act for the studio.

pub mod replies;

use serenity::all::{Role, User};
use shared::Result;
use shared::domain::staff::{self, Named, Permission};

use crate::asked::answer;
use crate::commands::options::{without_subcommand, word_argument};
use crate::context::Context;
use crate::lists::{List, NEWEST};

/// Give and take permissions
#[poise::command(slash_command, subcommands("add", "remove", "list", "whoami"), default_member_permissions = "ADMINISTRATOR")]
pub async fn staff(ctx: Context<'_>) -> Result<()> {
    without_subcommand(ctx).await
}

/// Give a permission to a person or to a role of this server
#[poise::command(slash_command)]
async fn add(
    ctx: Context<'_>,
    #[description = "What they may do"] permission: PermissionChoice,
    #[description = "A person"] user: Option<User>,
    #[description = "Or a role"] role: Option<Role>,
) -> Result<()> {
    answer(ctx, async |asked| {
        let grantee = staff::add(asked.app, &asked.actor, &named(user, role), permission.0, asked.now).await?;
        Ok(replies::permission_granted(&grantee, permission.0, asked.language()))
    })
    .await
}

/// Take a permission from a person or from a role of this server
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "What they may no longer do"] permission: PermissionChoice,
    #[description = "A person"] user: Option<User>,
    #[description = "Or a role"] role: Option<Role>,
) -> Result<()> {
    answer(ctx, async |asked| {
        let grantee = staff::remove(asked.app, &asked.actor, &named(user, role), permission.0, asked.now).await?;
        Ok(replies::permission_taken(&grantee, permission.0, asked.language()))
    })
    .await
}

/// See who may do what
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| List::Staff.show(asked, NEWEST).await).await
}

/// See what you may do here, and why
#[poise::command(slash_command)]
async fn whoami(ctx: Context<'_>) -> Result<()> {
    answer(ctx, async |asked| Ok(replies::whoami(&staff::whoami(asked.app, &asked.actor, asked.now).await?, asked.language()))).await
}

fn named(user: Option<User>, role: Option<Role>) -> Named {
    Named { user: user.map(|user| (user.id.get().into(), user.bot)), role: role.map(|role| role.id.get().into()) }
}

/// A permission as Discord offers it.
struct PermissionChoice(Permission);

word_argument!(
    PermissionChoice,
    |word| Permission::parse(word).map(PermissionChoice),
    Permission::ALL.iter().map(|permission| (permission.text(), permission.as_str()))
);
