//! `/staff`: who may act for the studio.

use serenity::all::{Role, User};
use shared::Result;
use shared::domain::staff::{self, Named, Permission};

use super::{without_subcommand, word_argument};
use crate::asked::Asked;
use crate::lists::{List, NEWEST};
use crate::{Context, reply};

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
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async {
        let grantee = staff::add(app, actor, &named(user, role), permission.0, *now).await?;
        Ok(reply::permission_granted(&grantee, permission.0, asked.language()))
    };
    asked.answer(operation).await
}

/// Take a permission from a person or from a role of this server
#[poise::command(slash_command)]
async fn remove(
    ctx: Context<'_>,
    #[description = "What they may no longer do"] permission: PermissionChoice,
    #[description = "A person"] user: Option<User>,
    #[description = "Or a role"] role: Option<Role>,
) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    let operation = async {
        let grantee = staff::remove(app, actor, &named(user, role), permission.0, *now).await?;
        Ok(reply::permission_taken(&grantee, permission.0, asked.language()))
    };
    asked.answer(operation).await
}

/// See who may do what
#[poise::command(slash_command)]
async fn list(ctx: Context<'_>) -> Result<()> {
    let asked = Asked::of(ctx);
    asked.answer(List::Staff.show(&asked, NEWEST)).await
}

/// See what you may do here, and why
#[poise::command(slash_command)]
async fn whoami(ctx: Context<'_>) -> Result<()> {
    let asked = Asked::of(ctx);
    let Asked { app, actor, now, .. } = &asked;
    asked.answer(async { Ok(reply::whoami(&staff::whoami(app, actor, *now).await?, asked.language())) }).await
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
