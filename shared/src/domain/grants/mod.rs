//! Grants: what a person allowed us at Discord, with the tokens for it, and the servers that they let us
//! see. Guilds are for reviewers alone: no page and no command of a customer's shows them.

mod sql;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::domain::accounts::{self, Account};
use crate::domain::actor::{Actor, By};
use crate::domain::confirmations::{self, Operation};
use crate::domain::facts::{self, Fact};
use crate::domain::interactions;
use crate::domain::sessions;
use crate::domain::staff::Allowed;
use crate::error::{Error, Failure, Result, Service};
use crate::platform::db::Tx;
use crate::platform::oauth::{Guild, OAuth, TokenError, Tokens};
use crate::platform::outbox::{self, Job};
use crate::types::*;

/// When the outbox has given up telling Discord that a grant ended, so that housekeeping goes on with it.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(25 * 60 * 60);
/// Most ended grants that one round of housekeeping tells Discord of.
const TOLD_AT_ONCE: i64 = 20;
/// An access token that lives no longer than this is replaced before it is used.
const MARGIN: Duration = Duration::from_secs(60);

/// What a person allowed.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Our id.
    pub id: OAuthGrantId,
    /// Who.
    pub account: AccountId,
    /// What, as Discord names it.
    pub scopes: Vec<String>,
    /// When.
    pub granted_at: Timestamp,
    /// Sealed.
    access_token: String,
    /// Sealed.
    refresh_token: Option<String>,
    /// When the access token ends.
    expires_at: Timestamp,
}

impl Grant {
    /// Whether a scope was allowed.
    pub fn allows(&self, scope: &str) -> bool {
        self.scopes.iter().any(|allowed| allowed == scope)
    }
}

/// Records what a person allowed just now, in place of what they allowed before, and their servers. The
/// tokens before are dropped and not taken back: Discord would take back those of now with them. The
/// account is locked.
pub async fn record(app: &App, tx: &mut Tx, account: &AccountId, tokens: &Tokens, guilds: Option<&[Guild]>, now: Timestamp) -> Result<()> {
    sql::delete_live_of(tx, account).await?;
    let grant = sealed(app, account, tokens, now)?;
    sql::insert(tx, &grant).await?;
    match guilds {
        Some(guilds) => replace_guilds(tx, account, guilds, now).await,
        // What an earlier grant let us see.
        None if !grant.allows("guilds") => Ok(sql::delete_guilds(tx, account).await?),
        None => Ok(()),
    }
}

fn sealed(app: &App, account: &AccountId, tokens: &Tokens, now: Timestamp) -> Result<Grant> {
    let id = OAuthGrantId::new();
    let seal = |what: &str, token: &SecretString| app.keys.seal(&row(&id, what), token.expose_secret().as_bytes());
    Ok(Grant {
        access_token: seal("access", &tokens.access)?,
        refresh_token: tokens.refresh.as_ref().map(|token| seal("refresh", token)).transpose()?,
        account: *account,
        scopes: tokens.scopes.clone(),
        expires_at: now.plus(tokens.lives),
        granted_at: now,
        id,
    })
}

/// What a person allows, until they take it back.
pub async fn of_account(app: &App, account: &AccountId) -> Result<Option<Grant>> {
    Ok(sql::find_live(&mut *app.db.read().await?, account).await?)
}

/// Reads a person's servers; done by the outbox. A grant that Discord does not know any more has ended.
pub async fn read_guilds(app: &App, account: &AccountId, now: Timestamp) -> Result<()> {
    let Some(oauth) = &app.oauth else { return Ok(()) };
    let Some(grant) = sql::find_live(&mut *app.db.read().await?, account).await? else { return Ok(()) };
    if !grant.allows("guilds") {
        return Ok(());
    }
    let held =
        if grant.expires_at > now.plus(MARGIN) { oauth.guilds(&open(app, &grant.id, "access", &grant.access_token)?).await? } else { None };
    let guilds = match held {
        Some(guilds) => guilds,
        // It is over, or was taken back: a refresh tells.
        None => {
            let Some(access) = refreshed(app, oauth, &grant, now).await? else { return Ok(()) };
            let refused = || Error::away(Service::Discord, "it refuses a fresh token");
            oauth.guilds(&access).await?.ok_or_else(refused)?
        }
    };
    let mut tx = app.db.write().await?;
    // Not after the person disconnected meanwhile.
    if sql::is_live(&mut tx, &grant.id).await? {
        replace_guilds(&mut tx, account, &guilds, now).await?;
    }
    tx.commit().await
}

/// The next access token; `None` where the person took back what they allowed.
async fn refreshed(app: &App, oauth: &OAuth, grant: &Grant, now: Timestamp) -> Result<Option<SecretString>> {
    let Some(refresh) = &grant.refresh_token else { return Ok(None) };
    match oauth.refresh(&open(app, &grant.id, "refresh", refresh)?).await {
        Ok(tokens) => {
            let access = app.keys.seal(&row(&grant.id, "access"), tokens.access.expose_secret().as_bytes())?;
            let seal = |token: &SecretString| app.keys.seal(&row(&grant.id, "refresh"), token.expose_secret().as_bytes());
            let refresh = tokens.refresh.as_ref().map(seal).transpose()?;
            let mut tx = app.db.write().await?;
            let is_live = sql::set_tokens(&mut tx, &grant.id, &access, refresh.as_deref(), now.plus(tokens.lives)).await?;
            if !is_live && sql::find_live(&mut tx, &grant.account).await?.is_none() {
                // The person disconnected meanwhile: only we know these, and Discord is told of them, too.
                let unused = sealed(app, &grant.account, &tokens, now)?;
                sql::insert(&mut tx, &unused).await?;
                sql::mark_ended(&mut tx, &unused.id, now).await?;
                outbox::enqueue(&mut tx, &Job::RevokeGrant { grant: unused.id }, now).await?;
            }
            tx.commit().await?;
            Ok(is_live.then_some(tokens.access))
        }
        Err(TokenError::InvalidGrant) => {
            taken_back(app, grant, now).await?;
            Ok(None)
        }
        Err(TokenError::Other(error)) => Err(error),
    }
}

/// Ends what a person allowed, because they ask for it here: their sessions, servers and e-mail address
/// are gone at once, and the outbox has Discord take the tokens back. Invoices stay. Returns whether there
/// was anything to end.
pub async fn disconnect(app: &App, account: &Account, now: Timestamp) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let was_connected = disconnect_in(&mut tx, account, now).await?;
    tx.commit().await?;
    Ok(was_connected)
}

/// Asks the actor whether to disconnect. `None` where there is nothing that could be.
pub async fn ask_disconnect(app: &App, actor: &Actor, now: Timestamp) -> Result<Option<ConfirmationId>> {
    let mut tx = interactions::begin(app, actor, now).await?;
    let Some(account) = accounts::id_of(&mut tx, &actor.user).await? else { return Ok(None) };
    if sql::find_live(&mut tx, &account).await?.is_none() && sessions::count(&mut tx, &account).await? == 0 {
        return Ok(None);
    }
    let id = confirmations::ask(&mut tx, actor, &Operation::Disconnect, now).await?;
    tx.commit().await?;
    Ok(Some(id))
}

/// Disconnects the actor, in the transaction that uses their confirmation.
pub async fn disconnect_of(tx: &mut Tx, actor: &Actor, now: Timestamp) -> Result<bool> {
    match accounts::of_actor(tx, actor).await? {
        Some(account) => disconnect_in(tx, &account, now).await,
        None => Ok(false),
    }
}

async fn disconnect_in(tx: &mut Tx, account: &Account, now: Timestamp) -> Result<bool> {
    accounts::forget_sign_in(tx, &account.id).await?;
    let live = sql::find_live(tx, &account.id).await?;
    if let Some(grant) = &live {
        sql::mark_ended(tx, &grant.id, now).await?;
        outbox::enqueue(tx, &Job::RevokeGrant { grant: grant.id }, now).await?;
    }
    clear(tx, account, live.is_some(), account.user.into(), now).await
}

/// Ends a grant, because Discord says that the person took it back. Nothing where it ended already.
async fn taken_back(app: &App, grant: &Grant, now: Timestamp) -> Result<()> {
    let account = accounts::get(app, &grant.account).await?;
    let mut tx = app.db.write().await?;
    accounts::forget_sign_in(&mut tx, &account.id).await?;
    // Its tokens are dead: nobody needs to be told. Where they signed in again meanwhile, nothing is done.
    if !sql::delete_live(&mut tx, &grant.id).await? {
        return Ok(());
    }
    clear(&mut tx, &account, true, By::Discord, now).await?;
    tx.commit().await
}

/// Discord's signed word that a person removed the application, given when it happened. Of no meaning
/// where they signed in since, and for whoever never did.
pub async fn deauthorized(app: &App, user: &UserId, happened: Timestamp, now: Timestamp) -> Result<()> {
    let mut conn = app.db.read().await?;
    let Some(id) = accounts::id_of(&mut conn, user).await? else { return Ok(()) };
    let live = sql::find_live(&mut conn, &id).await?;
    drop(conn);
    match live.filter(|live| live.granted_at <= happened) {
        Some(live) => taken_back(app, &live, now).await,
        None => Ok(()),
    }
}

/// Deletes what else was only here because a person allowed it. Returns whether there was anything.
async fn clear(tx: &mut Tx, account: &Account, was_connected: bool, by: By, now: Timestamp) -> Result<bool> {
    sql::delete_guilds(tx, &account.id).await?;
    let ended = sessions::delete_all(tx, &account.id).await?;
    let was_anything = was_connected || ended > 0;
    if was_anything {
        facts::happened(tx, by, &Fact::Disconnected { account: account.id, user: account.user }, now).await?;
    }
    Ok(was_anything)
}

/// Has Discord take back a grant that ended, and drops its tokens; done by the outbox. Discord takes back
/// all that a person allowed with any of its tokens, so whoever signed in again meanwhile keeps them.
/// See <https://discord.com/developers/docs/discord-social-sdk/development-guides/account-linking-with-discord>.
pub async fn revoke(app: &App, id: &OAuthGrantId) -> Result<()> {
    let mut conn = app.db.read().await?;
    let Some(grant) = sql::find_ended(&mut conn, id).await? else { return Ok(()) };
    let is_back = sql::find_live(&mut conn, &grant.account).await?.is_some();
    drop(conn);
    if !is_back {
        // Without it nobody can be told: staff see the job that was given up.
        let off = || Error::outside(Service::Discord, Failure::Credentials, "discord.client_secret is not set");
        let oauth = app.oauth.as_ref().ok_or_else(off)?;
        let token = match &grant.refresh_token {
            Some(refresh) => open(app, id, "refresh", refresh)?,
            None => open(app, id, "access", &grant.access_token)?,
        };
        oauth.revoke(&token).await?;
    }
    let mut tx = app.db.write().await?;
    sql::delete_ended(&mut tx, id).await?;
    // Also one that was given up before.
    outbox::cancel_alike(&mut tx, &Job::RevokeGrant { grant: *id }).await?;
    tx.commit().await
}

/// Drops the tokens of a grant that ended, without Discord being told: staff decide that.
pub async fn let_go(tx: &mut Tx, _: &Allowed<'_>, id: &OAuthGrantId) -> Result<()> {
    Ok(sql::delete_ended(tx, id).await?)
}

/// Goes on telling Discord of grants that ended where the outbox gave up, for as long as it takes. What still
/// fails stays among what needs a person, where staff can let it go.
pub async fn tell_of_ended(app: &App, now: Timestamp) -> Result<()> {
    let ended = sql::list_ended(&mut *app.db.read().await?, now.minus(GIVEN_UP_AFTER), TOLD_AT_ONCE).await?;
    for id in ended {
        if let Err(error) = revoke(app, &id).await {
            tracing::warn!(grant.id = %id, %error, "Discord still cannot be told that a permission ended");
            if error.is_transient() {
                // The others wait with it.
                break;
            }
        }
    }
    Ok(())
}

async fn replace_guilds(tx: &mut Tx, account: &AccountId, guilds: &[Guild], now: Timestamp) -> Result<()> {
    sql::delete_guilds(tx, account).await?;
    for guild in guilds {
        sql::insert_guild(tx, account, guild, now).await?;
    }
    Ok(())
}

fn open(app: &App, id: &OAuthGrantId, what: &str, sealed: &str) -> Result<SecretString> {
    let token = String::from_utf8(app.keys.open(&row(id, what), sealed)?);
    let token = token.map_err(|_| Error::outside(Service::Discord, Failure::Refused, "a token that is no text"))?;
    Ok(token.into())
}

/// The identity under which a grant's tokens are sealed.
pub(super) fn row(id: &OAuthGrantId, what: &str) -> String {
    format!("grants/{id}/{what}")
}
