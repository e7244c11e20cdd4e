//! Sign-in with Discord: whoever Discord says signed in is signed in as themselves; nothing is merged.

mod sql;

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::domain::accounts::{self, Account};
use crate::domain::actor::Actor;
use crate::domain::facts::{self, Fact};
use crate::domain::{grants, personal_data, sessions};
use crate::error::{Error, Result};
use crate::message;
use crate::platform::oauth::TokenError;
use crate::platform::sealing;
use crate::types::*;

/// How long a person may take at Discord.
pub const LIFETIME: Duration = personal_data::SIGN_IN_KEPT;
/// Longest address that a sign-in leads back to.
const RETURN_MAX: usize = 200;

/// A sign-in that begins.
pub struct Begun {
    /// Discord's consent page.
    pub url: String,
    /// What the cookie holds that binds the sign-in to this browser.
    pub browser: SecretString,
}

/// The browser that comes back, as it says itself.
#[derive(Default)]
pub struct Browser<'a> {
    /// What its cookie holds since the sign-in began; each, where there are several.
    pub bindings: &'a [String],
    /// What the cookie of its session holds until now.
    pub sessions: &'a [String],
    /// What it calls itself.
    pub agent: &'a str,
}

/// A sign-in that came back.
pub struct SignedIn {
    /// What the session's cookie holds.
    pub token: SecretString,
    /// Who it is.
    pub account: Account,
    /// Whether the link was for somebody else.
    pub is_another: bool,
    /// Where to go.
    pub return_to: String,
}

/// A stored sign-in.
struct SignIn {
    browser_hash: String,
    verifier: String,
    expected: Option<UserId>,
    return_to: String,
    created_at: Timestamp,
}

/// Where a person begins to sign in as themselves.
pub fn address(app: &App, actor: &Actor) -> Result<String> {
    match app.oauth {
        Some(_) => Ok(format!("{}/login?for={}", app.config.web.public_url, actor.user)),
        None => Err(Error::Rejected(message!("sign-in-is-off"))),
    }
}

/// Begins a sign-in. `expected` is whom the link was for; `return_to` a path of ours.
pub async fn begin(app: &App, expected: Option<UserId>, return_to: &str, now: Timestamp) -> Result<Begun> {
    let oauth = app.oauth.as_ref().ok_or_else(|| Error::Rejected(message!("sign-in-is-off")))?;
    let (state, browser) = (sealing::token()?, sealing::token()?);
    let begun = oauth.begin(&state);
    let state_hash = sessions::hashed(&state);
    let verifier = app.keys.seal(&row(&state_hash), begun.verifier.expose_secret().as_bytes())?;
    let is_ours = return_to.starts_with('/') && !return_to.starts_with("//") && !return_to.contains('\\');
    let is_ours = is_ours && return_to.len() <= RETURN_MAX && return_to.chars().all(|c| c.is_ascii_graphic());
    let sign_in = SignIn {
        browser_hash: sessions::hashed(&browser),
        verifier,
        expected,
        return_to: if is_ours { return_to.to_owned() } else { HOME.to_owned() },
        created_at: now,
    };
    let mut tx = app.db.write().await?;
    sql::insert(&mut tx, &state_hash, &sign_in).await?;
    tx.commit().await?;
    Ok(Begun { url: begun.url, browser: browser.into() })
}

/// Where a sign-in leads that knows nothing better.
pub const HOME: &str = "/dashboard";

/// Ends a sign-in: Discord tells who it is for the code, once, and only in the browser that began it. The
/// session that this browser had until now ends with it.
pub async fn finish(app: &App, browser: &Browser<'_>, state: &str, code: &str, now: Timestamp) -> Result<SignedIn> {
    let oauth = app.oauth.as_ref().ok_or_else(|| Error::Rejected(message!("sign-in-is-off")))?;
    let over = || Error::Expired(message!("sign-in-is-over"));
    let state_hash = sessions::hashed(state);
    let found = sql::find(&mut *app.db.read().await?, &state_hash).await?.ok_or_else(over)?;
    let fits = |binding: &String| sessions::hashed(binding).as_bytes().ct_eq(found.browser_hash.as_bytes()).into();
    let same = browser.bindings.iter().any(fits);
    if !same {
        return Err(Error::Rejected(message!("sign-in-is-another-browsers")));
    }
    let mut tx = app.db.write().await?;
    let is_first = sql::delete(&mut tx, &state_hash).await?;
    tx.commit().await?;
    if !is_first || found.created_at.plus(LIFETIME) <= now {
        return Err(over());
    }
    let verifier =
        String::from_utf8(app.keys.open(&row(&state_hash), &found.verifier)?).map_err(|error| Error::Fault(error.to_string()))?;
    let tokens = match oauth.exchange(code, &verifier.into()).await {
        Ok(tokens) => tokens,
        Err(TokenError::InvalidGrant) => return Err(over()),
        Err(TokenError::Other(error)) => return Err(error),
    };
    let me = oauth.me(&tokens.access).await?;
    let may = |scope: &str| tokens.scopes.iter().any(|allowed| allowed == scope);
    // Not worth failing for: they are read again later.
    let guilds = match may("guilds") {
        true => oauth.guilds(&tokens.access).await.inspect_err(|error| tracing::warn!(%error, "servers are read later")).ok().flatten(),
        false => None,
    };
    let guilds_due = may("guilds").then(|| if guilds.is_some() { now.plus(app.config.discord.guilds_refresh) } else { now });
    let account = accounts::of_me(app, &me, now).await?;

    // All of it or nothing: an e-mail address without a grant could not be disconnected.
    let mut tx = app.db.write().await?;
    let account = accounts::signed_in(app, &mut tx, account, &me, guilds_due, now).await?;
    grants::record(app, &mut tx, &account.id, &tokens, guilds.as_deref(), now).await?;
    for former in browser.sessions {
        sessions::end_former(&mut tx, former).await?;
    }
    let token = sessions::begin(app, &mut tx, &account.id, browser.agent, now).await?;
    let fact = Fact::SignedIn { account: account.id, user: account.user, scopes: &tokens.scopes.join(" ") };
    facts::happened(&mut tx, account.user, &fact, now).await?;
    tx.commit().await?;
    let is_another = found.expected.is_some_and(|expected| expected != account.user);
    Ok(SignedIn { token, account, is_another, return_to: found.return_to })
}

/// Forgets sign-ins that never came back.
pub async fn forget_expired(app: &App, now: Timestamp) -> Result<()> {
    let mut tx = app.db.write().await?;
    sql::delete_before(&mut tx, now.minus(LIFETIME)).await?;
    tx.commit().await
}

/// The identity under which a sign-in's verifier is sealed.
pub(super) fn row(state_hash: &str) -> String {
    format!("sign_ins/{state_hash}")
}
