//! Grants: what a person allowed us at Discord, with the tokens for it, and the servers that they let us
//! see. Guilds are for reviewers alone: no page and no command of a customer's shows them.

mod sql;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::domain::accounts::{self, Account};
use crate::domain::audit::{self, Action};
use crate::domain::sessions;
use crate::error::{Error, Result, Service};
use crate::platform::db::{Conn, Tx};
use crate::platform::oauth::{Guild, NoTokens, OAuth, Tokens};
use crate::platform::outbox::{self, Job};
use crate::types::*;

/// How long Discord is tried to be told that a grant ended, before its tokens are dropped anyway.
const ENDED_KEPT: Duration = Duration::from_secs(2 * 24 * 60 * 60);
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
/// grant before is taken back: its tokens are of no use any more.
pub async fn record(app: &App, tx: &mut Tx, account: &AccountId, tokens: &Tokens, guilds: Option<&[Guild]>, now: Timestamp) -> Result<()> {
    end(tx, account, now).await?;
    let id = OAuthGrantId::new();
    let seal = |what: &str, token: &SecretString| app.keys.seal(&row(&id, what), token.expose_secret().as_bytes());
    let grant = Grant {
        access_token: seal("access", &tokens.access)?,
        refresh_token: tokens.refresh.as_ref().map(|token| seal("refresh", token)).transpose()?,
        account: account.clone(),
        scopes: tokens.scopes.clone(),
        expires_at: now.plus(tokens.lives),
        granted_at: now,
        id,
    };
    sql::insert(tx, &grant).await?;
    if let Some(guilds) = guilds {
        replace_guilds(tx, account, guilds, now).await?;
    }
    Ok(())
}

/// What a person allows, until they take it back.
pub async fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Option<Grant>> {
    Ok(sql::find_live(conn, account).await?)
}

/// Has a person's servers read again where that is due, as whoever uses the service.
pub async fn read_guilds_if_due(app: &App, account: &Account, now: Timestamp) -> Result<()> {
    if account.guilds_due_at.is_none_or(|due_at| due_at > now) {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    // Whoever moves the time first asks for it.
    let next = now.plus(app.config.discord.guilds_refresh);
    if accounts::set_guilds_due(&mut tx, &account.id, Some(next), now).await? {
        outbox::enqueue(&mut tx, &Job::ReadGuilds { account: account.id.clone() }, now).await?;
    }
    tx.commit().await
}

/// Reads a person's servers; done by the outbox. A grant that Discord does not know any more has ended.
pub async fn read_guilds(app: &App, account: &AccountId, now: Timestamp) -> Result<()> {
    let Some(oauth) = &app.oauth else { return Ok(()) };
    let Some(grant) = sql::find_live(&mut *app.db.read().await?, account).await? else { return Ok(()) };
    if !grant.allows("guilds") {
        return Ok(());
    }
    let Some(access) = access(app, oauth, &grant, now).await? else { return Ok(()) };
    let guilds = oauth.guilds(&access).await?;
    let mut tx = app.db.write().await?;
    // Not after the person disconnected meanwhile.
    if sql::is_live(&mut tx, &grant.id).await? {
        replace_guilds(&mut tx, account, &guilds, now).await?;
    }
    tx.commit().await
}

/// An access token that works now; `None` where the person took back what they allowed.
async fn access(app: &App, oauth: &OAuth, grant: &Grant, now: Timestamp) -> Result<Option<SecretString>> {
    if grant.expires_at > now.plus(MARGIN) {
        return Ok(Some(open(app, &grant.id, "access", &grant.access_token)?));
    }
    let Some(refresh) = &grant.refresh_token else { return Ok(None) };
    match oauth.refresh(&open(app, &grant.id, "refresh", refresh)?).await {
        Ok(tokens) => {
            let access = app.keys.seal(&row(&grant.id, "access"), tokens.access.expose_secret().as_bytes())?;
            let seal = |token: &SecretString| app.keys.seal(&row(&grant.id, "refresh"), token.expose_secret().as_bytes());
            let refresh = tokens.refresh.as_ref().map(seal).transpose()?;
            let mut tx = app.db.write().await?;
            sql::set_tokens(&mut tx, &grant.id, &access, refresh.as_deref(), now.plus(tokens.lives)).await?;
            tx.commit().await?;
            Ok(Some(tokens.access))
        }
        Err(NoTokens::InvalidGrant) => {
            let account = accounts::get(app, &grant.account).await?;
            taken_back(app, &account, Some(&grant.id), now).await?;
            Ok(None)
        }
        Err(NoTokens::Other(error)) => Err(error),
    }
}

/// Ends what a person allowed, because they ask for it here: their sessions, servers and e-mail address
/// are gone at once, and the outbox has Discord take the tokens back. Invoices stay.
pub async fn disconnect(app: &App, account: &Account, now: Timestamp) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let was_connected = end(&mut tx, &account.id, now).await?;
    clear(app, tx, account, was_connected, account.user.as_str(), now).await?;
    Ok(was_connected)
}

/// Ends what a person allowed, because Discord says that they took it back. `grant`: only if it is still
/// this one.
async fn taken_back(app: &App, account: &Account, grant: Option<&OAuthGrantId>, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    let live = sql::find_live(&mut tx, &account.id).await?;
    let Some(live) = live.filter(|live| grant.is_none_or(|grant| live.id == *grant)) else { return Ok(()) };
    // Its tokens are dead: nobody needs to be told.
    sql::delete(&mut tx, &live.id).await?;
    clear(app, tx, account, true, "discord", now).await
}

/// Discord's signed word that a person removed the application, given when it happened. Of no meaning
/// where they signed in since, and for who never did.
pub async fn deauthorized(app: &App, user: &UserId, happened: Timestamp, now: Timestamp) -> Result<()> {
    let mut conn = app.db.read().await?;
    let Some(id) = accounts::id_of(&mut conn, user).await? else { return Ok(()) };
    let live = sql::find_live(&mut conn, &id).await?;
    drop(conn);
    match live.filter(|live| live.granted_at <= happened) {
        Some(live) => taken_back(app, &accounts::get(app, &id).await?, Some(&live.id), now).await,
        None => Ok(()),
    }
}

/// Deletes what was only here because a person allowed it.
async fn clear(app: &App, mut tx: Tx, account: &Account, was_connected: bool, by: &str, now: Timestamp) -> Result<()> {
    sql::delete_guilds(&mut tx, &account.id).await?;
    let ended = sessions::delete_all(&mut tx, &account.id).await?;
    if was_connected || ended > 0 {
        audit::record(&mut tx, by, Action::Disconnected, &format!("user:{}", account.user), "", now).await?;
    }
    tx.commit().await?;
    // An account changes in a transaction of its own.
    accounts::forget_sign_in(app, &account.id).await
}

/// Ends the live grant of an account; the outbox has Discord take it back. Returns whether there was one.
async fn end(tx: &mut Tx, account: &AccountId, now: Timestamp) -> Result<bool> {
    match sql::find_live(tx, account).await? {
        Some(grant) => {
            sql::mark_ended(tx, &grant.id, now).await?;
            outbox::enqueue(tx, &Job::RevokeGrant { grant: grant.id }, now).await?;
            Ok(true)
        }
        None => Ok(false),
    }
}

/// Has Discord take back a grant that ended, and drops its tokens; done by the outbox.
pub async fn revoke(app: &App, id: &OAuthGrantId) -> Result<()> {
    let Some(grant) = sql::find_ended(&mut *app.db.read().await?, id).await? else { return Ok(()) };
    if let Some(oauth) = &app.oauth {
        let token = match &grant.refresh_token {
            Some(refresh) => open(app, id, "refresh", refresh)?,
            None => open(app, id, "access", &grant.access_token)?,
        };
        oauth.revoke(&token).await?;
    }
    let mut tx = app.db.write().await?;
    sql::delete(&mut tx, id).await?;
    tx.commit().await
}

/// Drops the tokens of grants that ended two days ago, whether Discord was reached or not.
pub async fn forget_ended(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::delete_ended(&mut tx, now.minus(ENDED_KEPT)).await?;
    tx.commit().await
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
    let token =
        token.map_err(|_| Error::Outside { service: Service::Discord, detail: "a token that is no text".into(), transient: false })?;
    Ok(token.into())
}

/// The identity under which a grant's tokens are sealed.
fn row(id: &OAuthGrantId, what: &str) -> String {
    format!("grants/{id}/{what}")
}
