//! Sessions: browsers that a person signed in with. The cookie holds 256 random bits; we hold their hash.

mod sql;

use std::time::Duration;

use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::domain::accounts::{self, Account};
use crate::domain::actor::Actor;
use crate::domain::facts::{self, Fact};
use crate::domain::interactions;
use crate::error::{Error, Result};
use crate::message;
use crate::platform::db::{Conn, Tx};
use crate::platform::sealing;
use crate::texts::Language;
use crate::types::*;

/// A session is noted to be in use this often at most.
const NOTED_AFTER: Duration = Duration::from_secs(5 * 60);
/// Most characters that are kept of what a browser calls itself.
const AGENT_MAX: usize = 200;
/// Most sessions of a person that are shown; the oldest one ends when there are more.
const SESSIONS_MAX: i64 = 20;

/// A browser that is signed in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id, which opens nothing.
    pub id: SessionId,
    /// Who it is.
    pub account: AccountId,
    /// What the browser calls itself.
    pub agent: String,
    /// When the person signed in.
    pub created_at: Timestamp,
    /// When it was used, to five minutes.
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl Session {
    /// The browser and the system that it says it is, such as "Firefox on Windows".
    pub fn browser(&self, language: Language) -> String {
        // In this order: most browsers name those after them too.
        const BROWSERS: [(&str, &str); 7] = [
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("SamsungBrowser/", "Samsung Internet"),
            ("Firefox/", "Firefox"),
            ("FxiOS/", "Firefox"),
            ("Chrom", "Chrome"),
            ("Safari/", "Safari"),
        ];
        const SYSTEMS: [(&str, &str); 7] = [
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Macintosh", "macOS"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ];
        let named = |names: &[(&str, &'static str)]| names.iter().find(|(part, _)| self.agent.contains(part)).map(|(_, name)| *name);
        match (named(&BROWSERS), named(&SYSTEMS)) {
            (Some(browser), Some(system)) => message!("browser-on", browser = browser, system = system).to(language),
            (Some(known), None) | (None, Some(known)) => known.to_owned(),
            (None, None) => message!("browser-unknown").to(language),
        }
    }

    /// Whether it has not ended, by its age or because nobody used it.
    fn is_live(&self, app: &App, now: Timestamp) -> bool {
        self.expires_at > now && self.seen_at.plus(app.config.web.session_idle) > now
    }
}

/// Begins a session. Returns what the cookie holds.
pub async fn begin(app: &App, tx: &mut Tx, account: &AccountId, agent: &str, now: Timestamp) -> Result<SecretString> {
    let token = sealing::token()?;
    let session = Session {
        id: SessionId::new(),
        account: *account,
        agent: agent.chars().filter(|c| !c.is_control()).take(AGENT_MAX).collect(),
        created_at: now,
        seen_at: now,
        expires_at: now.plus(app.config.web.session_lives),
    };
    sql::insert(tx, &session, &hashed(&token)).await?;
    sql::delete_oldest(tx, account, SESSIONS_MAX).await?;
    Ok(token.into())
}

/// The session behind a cookie, with its person; `None` for one that ended. Costs two queries, and a write
/// every five minutes.
pub async fn find(app: &App, token: &str, now: Timestamp) -> Result<Option<(Session, Account)>> {
    let mut conn = app.db.read().await?;
    let found = sql::find(&mut conn, &hashed(token)).await?;
    let Some(mut session) = found.filter(|session| session.is_live(app, now)) else { return Ok(None) };
    let account = accounts::get_in(&mut conn, &session.account).await?;
    drop(conn);
    if now.since(session.seen_at) >= NOTED_AFTER {
        let mut tx = app.db.write().await?;
        sql::note(&mut tx, &session.id, now).await?;
        tx.commit().await?;
        session.seen_at = now;
    }
    accounts::read_guilds_if_due(app, &account, now).await?;
    Ok(Some((session, account)))
}

/// Where a person is signed in, the latest first.
pub async fn list(app: &App, account: &AccountId, now: Timestamp) -> Result<Vec<Session>> {
    let mut found = sql::list(&mut *app.db.read().await?, account, SESSIONS_MAX).await?;
    found.retain(|session| session.is_live(app, now));
    Ok(found)
}

/// Ends one of a person's sessions.
pub async fn end(app: &App, account: &Account, id: &str, now: Timestamp) -> Result<()> {
    let gone = || Error::Rejected(message!("session-is-over"));
    let id = SessionId::parse(id).map_err(|_| gone())?;
    let mut tx = app.db.write().await?;
    if !sql::delete(&mut tx, &account.id, &id).await? {
        return Err(gone());
    }
    facts::happened(&mut tx, account.user, &Fact::SignedOut { user: account.user, sessions: "one session" }, now).await?;
    tx.commit().await
}

/// Ends the session behind a cookie, because its browser has another one now.
pub async fn end_former(tx: &mut Tx, token: &str) -> Result<()> {
    Ok(sql::delete_by_token(tx, &hashed(token)).await?)
}

/// Ends all of a person's sessions. Returns how many there were.
pub async fn end_all(app: &App, account: &Account, now: Timestamp) -> Result<u64> {
    let mut tx = app.db.write().await?;
    let ended = delete_all(&mut tx, &account.id).await?;
    let detail = format!("{ended} sessions");
    facts::happened(&mut tx, account.user, &Fact::SignedOut { user: account.user, sessions: &detail }, now).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Where the actor is signed in, the latest first.
pub async fn list_own(app: &App, actor: &Actor, now: Timestamp) -> Result<Vec<Session>> {
    let account = accounts::id_of(&mut *app.db.read().await?, &actor.user).await?;
    match account {
        Some(account) => list(app, &account, now).await,
        None => Ok(Vec::new()),
    }
}

/// Ends all of the actor's sessions. Returns how many there were.
pub async fn end_all_own(app: &App, actor: &Actor, now: Timestamp) -> Result<u64> {
    let account = accounts::of_actor(&mut *app.db.read().await?, actor).await?;
    interactions::take(app, actor, now).await?;
    match account {
        Some(account) => end_all(app, &account, now).await,
        None => Ok(0),
    }
}

/// Ends all of a person's sessions in the transaction that has a reason to.
pub async fn delete_all(tx: &mut Tx, account: &AccountId) -> Result<u64> {
    Ok(sql::delete_all(tx, account).await?)
}

/// How many sessions a person has, ended ones that were not forgotten yet too.
pub async fn count(conn: &mut Conn, account: &AccountId) -> Result<i64> {
    Ok(sql::count(conn, account).await?)
}

/// What a form of a session must hold, so that no other site can send it.
pub fn form_token(app: &App, session: &Session) -> Result<String> {
    app.keys.link_token("form", &session.id.bytes())
}

/// Whether a form was made for this session.
pub fn is_form_token(app: &App, session: &Session, token: &str) -> bool {
    app.keys.link_id("form", token).is_some_and(|id| id == session.id.bytes())
}

/// Forgets sessions that ended.
pub async fn forget_expired(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::delete_expired(&mut tx, now, now.minus(app.config.web.session_idle)).await?;
    tx.commit().await
}

/// What is kept of a secret that its holder brings back.
pub fn hashed(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}
