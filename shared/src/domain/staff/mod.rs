//! Staff: who may act for the studio.
//!
//! Authority comes from `staff.owners` and our own rows alone. What Discord says about
//! administrators, ownership and command permissions decides what is shown, never what is allowed.

mod sql;

use std::time::Duration;

use crate::app::App;
use crate::domain::actor::{Actor, By};
use crate::domain::audit::{self, Action, Target};
use crate::domain::facts::{self, Fact};
use crate::domain::interactions;
use crate::error::{Error, Result};
use crate::message;
use crate::texts::Message;
use crate::types::*;

/// How long roles that were read from Discord are believed.
const ROLES_KEPT: Duration = Duration::from_secs(60);
/// From this many people on, those whose roles are out of date are forgotten.
const ROLES_MAX: usize = 1000;

words! {
    /// What a staff member may do.
    Permission {
        /// Invoices and files.
        Billing = "billing",
        /// Looking at customers and their invoices.
        Support = "support",
        /// Reviewing new customers.
        Reviewer = "reviewer",
        /// Giving Billing, Support and Reviewer to others, and the audit log.
        Admin = "admin",
        /// The audit log, and people's requests about their data.
        Privacy = "privacy",
    }
}

impl Permission {
    /// The words for it.
    pub fn text(self) -> Message {
        match self {
            Permission::Billing => message!("permission-billing"),
            Permission::Support => message!("permission-support"),
            Permission::Reviewer => message!("permission-reviewer"),
            Permission::Admin => message!("permission-admin"),
            Permission::Privacy => message!("permission-privacy"),
        }
    }

    /// Whether only owners may give and take it, and only to and from a user.
    fn is_for_owners(self) -> bool {
        matches!(self, Permission::Admin | Permission::Privacy)
    }
}

/// Every staff command and menu with the permissions of which one is needed.
const COMMANDS: [(&str, &[Permission]); 26] = {
    use Permission::*;
    [
        ("billing issue", &[Billing]),
        ("billing edit", &[Billing]),
        ("billing revoke", &[Billing]),
        ("billing refund", &[Billing]),
        ("billing reconcile", &[Billing]),
        ("billing attention", &[Billing]),
        ("billing receipt", &[Billing]),
        ("billing evidence", &[Billing]),
        ("billing export", &[Billing]),
        ("billing resend", &[Billing]),
        ("billing list", &[Billing, Support]),
        ("billing view", &[Billing, Support]),
        ("deliver add", &[Billing]),
        ("deliver replace", &[Billing]),
        ("deliver remove", &[Billing]),
        ("deliver list", &[Billing, Support]),
        ("customer view", &[Billing, Support]),
        ("staff add", &[Admin]),
        ("staff remove", &[Admin]),
        ("staff list", &[Admin, Privacy]),
        ("staff whoami", Permission::ALL),
        ("audit list", &[Admin, Privacy]),
        ("audit verify", &[Admin, Privacy]),
        ("Issue invoice", &[Billing]),
        ("Attach as deliverable", &[Billing]),
        // Not run but told, by DM.
        ("notice", &[Billing]),
    ]
};

/// Whom a permission is given to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// A user, in every server of the studio.
    User(UserId),
    /// Whoever holds a role, in the server of that role.
    Role(GuildId, RoleId),
}

impl Grantee {
    fn target(&self) -> Target {
        match self {
            Grantee::User(user) => Target::User(*user),
            Grantee::Role(_, role) => Target::Role(*role),
        }
    }
}

/// A permission that was given.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Our id.
    pub id: GrantId,
    /// What.
    pub permission: Permission,
    /// To whom.
    pub grantee: Grantee,
    /// By whom.
    pub granted_by: UserId,
    /// When.
    pub created_at: Timestamp,
}

/// What `/staff add` and `/staff remove` name: one of both.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// A user, and whether that is a bot.
    pub user: Option<(UserId, bool)>,
    /// A role.
    pub role: Option<RoleId>,
}

/// Whose authority is asked about.
struct Person<'a> {
    user: &'a UserId,
    roles: &'a [RoleId],
}

impl Person<'_> {
    fn holds(&self, grantee: &Grantee) -> bool {
        match grantee {
            Grantee::User(user) => user == self.user,
            Grantee::Role(_, role) => self.roles.contains(role),
        }
    }
}

/// What the actor may do where they are: nothing outside the studio's own servers, everything for
/// an owner, else what was given to them or to a role that they hold there. Costs one read, and
/// none for owners and outside.
async fn permissions(app: &App, actor: &Actor) -> Result<Vec<Permission>> {
    let staff = &app.config.staff;
    let Some(guild) = actor.guild.as_ref().filter(|guild| staff.guilds.contains(guild)) else { return Ok(Vec::new()) };
    if staff.owners.contains(&actor.user) {
        return Ok(Permission::ALL.to_vec());
    }
    let grants = sql::list_for(&mut *app.db.read().await?, &actor.user, guild).await?;
    let person = Person { user: &actor.user, roles: &actor.roles };
    let held = |permission: &Permission| grants.iter().any(|grant| grant.permission == *permission && person.holds(&grant.grantee));
    Ok(Permission::ALL.iter().copied().filter(held).collect())
}

/// Whether the actor may run a staff command here. Counts nothing.
pub async fn may(app: &App, actor: &Actor, command: &str) -> Result<bool> {
    let needed = needed(command);
    Ok(permissions(app, actor).await?.iter().any(|held| needed.contains(held)))
}

/// Tells of each command and menu whether the actor may run it here, as help asks: what is none of the
/// staff's is everybody's. Counts nothing.
pub async fn runnable(app: &App, actor: &Actor) -> Result<impl Fn(&str) -> bool + use<>> {
    let held = permissions(app, actor).await?;
    Ok(move |command: &str| {
        let needed = needed(command);
        needed.is_empty() || needed.iter().any(|needed| held.contains(needed))
    })
}

/// Somebody who was found to be allowed to run a staff command. Only [`require`] makes one, and what a staff
/// operation does within asks for it.
#[derive(Debug, Clone, Copy)]
pub struct Allowed<'a>(&'a Actor);

impl std::ops::Deref for Allowed<'_> {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        self.0
    }
}

/// Refuses whoever may not run a staff command here, and counts the refusal. Every staff operation
/// starts with this, before it opens a transaction: the count is one of its own.
pub async fn require<'a>(app: &App, actor: &'a Actor, command: &str, now: Timestamp) -> Result<Allowed<'a>> {
    let held = permissions(app, actor).await?;
    let needed = needed(command);
    if held.iter().any(|held| needed.contains(held)) {
        return Ok(Allowed(actor));
    }
    // A menu has no slash, and begins with a capital letter.
    let command = if command.starts_with(char::is_uppercase) { command.to_owned() } else { format!("/{command}") };
    audit::refused(app, actor, &command, now).await?;
    Err(Error::Forbidden(match needed.first() {
        Some(needed) if !held.is_empty() => message!("staff-lacks-permission", command = command, permission = needed.text()),
        _ => message!("staff-only", command = command),
    }))
}

/// The permissions of which a staff command or menu needs one; empty for what is none.
pub fn needed(command: &str) -> &'static [Permission] {
    COMMANDS.iter().find(|(name, _)| *name == command).map_or(&[], |(_, needed)| needed)
}

/// Whether a person who is not asking right now may run a staff command in one of the studio's
/// servers, such as the issuer of an invoice whom a worker is about to tell. Their roles are asked
/// of Discord and believed for a minute; where Discord does not tell, no role counts. Whoever left
/// every one of these servers is no staff.
pub async fn is_staff(app: &App, user: &UserId, command: &str) -> Result<bool> {
    if app.config.staff.owners.contains(user) {
        return Ok(true);
    }
    let needed = needed(command);
    for guild in &app.config.staff.guilds {
        let mut grants = sql::list_for(&mut *app.db.read().await?, user, guild).await?;
        grants.retain(|grant| needed.contains(&grant.permission));
        if grants.is_empty() {
            continue;
        }
        // Whoever left the server is no staff there, whatever was given to them.
        let Some(roles) = roles_of(app, guild, user).await else { continue };
        let person = Person { user, roles: &roles };
        if grants.iter().any(|grant| person.holds(&grant.grantee)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A person's roles in a server as Discord tells them, or told them less than a minute ago; `None`
/// for whoever is not in it.
async fn roles_of(app: &App, guild: &GuildId, user: &UserId) -> Option<Vec<RoleId>> {
    let now = app.clock.now();
    let key = (*guild, *user);
    let fresh = |read_at: Timestamp| now.since(read_at) < ROLES_KEPT;
    if let Some(known) = app.roles.get(&key).filter(|known| fresh(known.1)) {
        return known.0.clone();
    }
    match app.discord.member_roles(guild, user).await {
        Ok(roles) => {
            if app.roles.len() >= ROLES_MAX {
                app.roles.retain(|_, known| fresh(known.1));
            }
            app.roles.insert(key, (roles.clone(), now));
            roles
        }
        Err(error) => {
            tracing::warn!(%error, guild.id = %guild, "Discord does not tell somebody's roles: none counts");
            app.roles.remove(&key);
            Some(Vec::new())
        }
    }
}

/// Gives a permission to a user or a role.
pub async fn add(app: &App, actor: &Actor, named: &Named, permission: Permission, now: Timestamp) -> Result<Grantee> {
    require(app, actor, "staff add", now).await?;
    if let Some((_, true)) = named.user {
        return Err(Error::Rejected(message!("staff-not-to-a-bot")));
    }
    let grantee = changeable(app, actor, named, permission, "/staff add", now).await?;
    if let Grantee::User(user) = &grantee
        && app.config.staff.owners.contains(user)
    {
        return Err(Error::Rejected(message!("staff-owner-has-all")));
    }
    if let Grantee::Role(guild, role) = &grantee {
        if permission.is_for_owners() {
            return Err(Error::Rejected(message!("staff-not-to-a-role", permission = permission.text())));
        }
        let known = app.discord.roles(guild).await?;
        let known =
            known.into_iter().find(|known| known.id == *role).ok_or_else(|| Error::Rejected(message!("staff-role-is-elsewhere")))?;
        if known.everyone {
            return Err(Error::Rejected(message!("staff-not-to-everyone")));
        }
        if known.managed {
            return Err(Error::Rejected(message!("staff-not-to-a-managed-role")));
        }
    }
    let mut tx = interactions::begin(app, actor, now).await?;
    let grant = Grant { id: GrantId::new(), permission, grantee, granted_by: actor.user, created_at: now };
    if !sql::insert(&mut tx, &grant).await? {
        return Err(Error::Rejected(message!("staff-has-it-already", permission = permission.text())));
    }
    let fact = Fact::PermissionGranted { grantee: grant.grantee.target(), permission: permission.as_str() };
    facts::happened(&mut tx, actor.user, &fact, now).await?;
    tx.commit().await?;
    Ok(grant.grantee)
}

/// Takes a permission from a user or a role.
pub async fn remove(app: &App, actor: &Actor, named: &Named, permission: Permission, now: Timestamp) -> Result<Grantee> {
    require(app, actor, "staff remove", now).await?;
    let grantee = changeable(app, actor, named, permission, "/staff remove", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    if !sql::delete(&mut tx, &grantee, permission).await? {
        return Err(Error::Rejected(match &grantee {
            Grantee::User(user) if app.config.staff.owners.contains(user) => message!("staff-owner-is-configured"),
            Grantee::User(_) | Grantee::Role(..) => message!("staff-has-it-not", permission = permission.text()),
        }));
    }
    let fact = Fact::PermissionTaken { grantee: grantee.target(), permission: permission.as_str() };
    facts::happened(&mut tx, actor.user, &fact, now).await?;
    tx.commit().await?;
    Ok(grantee)
}

/// Takes every permission from a role that Discord deleted.
pub async fn role_deleted(app: &App, guild: &GuildId, role: &RoleId, now: Timestamp) -> Result<()> {
    let grantee = Grantee::Role(*guild, *role);
    let mut tx = app.db.write().await?;
    for permission in Permission::ALL {
        if sql::delete(&mut tx, &grantee, *permission).await? {
            let fact = Fact::PermissionTaken { grantee: grantee.target(), permission: permission.as_str() };
            facts::happened(&mut tx, By::Discord, &fact, now).await?;
        }
    }
    tx.commit().await
}

/// Whom a change is about, where the actor may make it: Admin changes Billing, Support and Reviewer
/// only, and nobody changes what they hold themselves. Whoever reaches for more is written down.
async fn changeable(app: &App, actor: &Actor, named: &Named, permission: Permission, command: &str, now: Timestamp) -> Result<Grantee> {
    let here = actor.guild.ok_or_else(|| Error::Rejected(message!("staff-name-one")))?;
    let grantee = match (&named.user, &named.role) {
        (Some((user, _)), None) => Grantee::User(*user),
        (None, Some(role)) => Grantee::Role(here, *role),
        (Some(_), Some(_)) | (None, None) => return Err(Error::Rejected(message!("staff-name-one"))),
    };
    if permission.is_for_owners() && !app.config.staff.owners.contains(&actor.user) {
        audit::refused(app, actor, command, now).await?;
        return Err(Error::Forbidden(message!("staff-owners-only", permission = permission.text())));
    }
    let own = Person { user: &actor.user, roles: &actor.roles }.holds(&grantee);
    // An owner has everything: no role that they hold gives them more.
    if own && (matches!(grantee, Grantee::User(_)) || !app.config.staff.owners.contains(&actor.user)) {
        audit::refused(app, actor, command, now).await?;
        return Err(Error::Forbidden(message!("staff-not-your-own")));
    }
    Ok(grantee)
}

/// The owners, and every permission that was given, the latest first. Audited, since it shows who is staff.
pub async fn list(app: &App, actor: &Actor, turn: &Turn<GrantId>, now: Timestamp) -> Result<(Vec<UserId>, Page<Grant, GrantId>)> {
    require(app, actor, "staff list", now).await?;
    let mut tx = interactions::begin(app, actor, now).await?;
    let found = sql::list(&mut tx, turn, PAGE + 1).await?;
    audit::record(&mut tx, actor.user, Action::StaffListed, Target::Staff, "", now).await?;
    tx.commit().await?;
    let owners = app.config.staff.owners.clone();
    Ok((owners, Page::of(found, turn, PAGE as usize, |grant| grant.id)))
}

/// Grants on a page.
const PAGE: i64 = 20;

/// What the actor may do here, and where each permission comes from; an owner's come from the
/// configuration.
pub async fn whoami(app: &App, actor: &Actor, now: Timestamp) -> Result<Vec<(Permission, Vec<Grant>)>> {
    require(app, actor, "staff whoami", now).await?;
    let held = permissions(app, actor).await?;
    let Some(guild) = &actor.guild else { return Ok(Vec::new()) };
    let grants = sql::list_for(&mut *app.db.read().await?, &actor.user, guild).await?;
    let person = Person { user: &actor.user, roles: &actor.roles };
    let from = |permission: Permission| {
        let grants = grants.iter().filter(|grant| grant.permission == permission && person.holds(&grant.grantee));
        (permission, grants.cloned().collect())
    };
    Ok(held.into_iter().map(from).collect())
}
