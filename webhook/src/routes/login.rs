//! Signing in with Discord, and out.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use secrecy::ExposeSecret;
use serde::Deserialize;
use shared::domain::sessions;
use shared::domain::sign_in::{self, Browser, SignedIn};
use shared::error::Failure;
use shared::texts::Language;
use shared::types::UserId;
use shared::{App, Error, Result, message};

use crate::cookies::Cookie;
use crate::pages::{self, Icon, Page};
use crate::requests::{AcceptedLanguage, accepted_language, lead_to, set_cookie, text_of};
use crate::signed_in::{self, VerifiedForm};
use crate::web::Web;

/// Where everything begins again.
const LOGIN: &str = "/login";

/// What a sign-in begins with. Nothing of it is believed.
#[derive(Debug, Default, Deserialize)]
pub struct Wish {
    #[serde(rename = "for")]
    whose: Option<String>,
    to: Option<String>,
}

/// Leads to Discord's consent page.
pub async fn begin(
    State(web): State<Arc<Web>>,
    AcceptedLanguage(language): AcceptedLanguage,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Response {
    let Query(wish) = wish.unwrap_or_default();
    let expected = wish.whose.and_then(|id| UserId::parse(&id).ok());
    let begun = sign_in::begin(&web.app, expected, wish.to.as_deref().unwrap_or(sign_in::HOME), web.app.clock.now()).await;
    let led = begun.and_then(|begun| {
        let mut response = lead_to(&begun.url)?;
        set_cookie(&mut response, Cookie::SignIn.set(&web.app, begun.browser.expose_secret(), sign_in::LIFETIME.as_secs()));
        Ok(response)
    });
    led.unwrap_or_else(|error| failed(&web.app, language, &error))
}

/// What Discord sends a browser back with.
#[derive(Debug, Default, Deserialize)]
pub struct Back {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// Ends a sign-in: the browser gets a session, another one each time.
pub async fn callback(
    State(web): State<Arc<Web>>,
    AcceptedLanguage(language): AcceptedLanguage,
    headers: HeaderMap,
    back: Result<Query<Back>, QueryRejection>,
) -> Response {
    let app = &web.app;
    let Query(back) = back.unwrap_or_default();
    let (state, code) = match (back.error.as_deref(), back.state, back.code) {
        (None, Some(state), Some(code)) => (state, code),
        (Some("access_denied"), ..) => {
            let page = Page::new(app, language, Icon::Back, message!("page-sign-in-denied"), message!("page-sign-in-denied-text"));
            let denied = page.action(message!("sign-in-button"), LOGIN).answer(StatusCode::OK);
            return already_in(app, &headers).await.unwrap_or(denied);
        }
        (Some(_), ..) | (None, ..) => {
            let over = failed(app, language, &Error::Expired(message!("sign-in-is-over")));
            return already_in(app, &headers).await.unwrap_or(over);
        }
    };
    match finish(app, &headers, &state, &code).await {
        Ok((mut response, signed_in)) => {
            set_cookie(&mut response, Cookie::Session.set(app, signed_in.token.expose_secret(), app.config.web.session_lives.as_secs()));
            set_cookie(&mut response, Cookie::SignIn.clear(app));
            response
        }
        // Such as who went back to this address.
        Err(error @ (Error::Expired(_) | Error::Rejected(_))) => {
            already_in(app, &headers).await.unwrap_or_else(|| failed(app, language, &error))
        }
        Err(error) => failed(app, language, &error),
    }
}

/// Leads who is signed in already to their dashboard. It signs nobody in: the session is the browser's own.
async fn already_in(app: &App, headers: &HeaderMap) -> Option<Response> {
    signed_in::find(app, headers).await.ok().flatten()?;
    lead_to(sign_in::HOME).ok()
}

async fn finish(app: &App, headers: &HeaderMap, state: &str, code: &str) -> Result<(Response, SignedIn)> {
    let agent = text_of(headers, header::USER_AGENT);
    let (bindings, sessions) = (Cookie::SignIn.of(app, headers), Cookie::Session.of(app, headers));
    let browser = Browser { bindings: &bindings, sessions: &sessions, agent: &agent };
    let signed_in = sign_in::finish(app, &browser, state, code, app.clock.now()).await?;
    let response = match signed_in.is_another {
        false => lead_to(&signed_in.return_to)?,
        true => {
            let account = &signed_in.account;
            let language = account.language_or(accepted_language(headers));
            let text = message!("page-signed-in-as-another-text", name = account.name.replace('`', "'"));
            let page = Page::new(app, language, Icon::Waiting, message!("page-signed-in-as-another"), text);
            page.action(message!("page-dashboard"), sign_in::HOME).answer(StatusCode::OK)
        }
    };
    Ok((response, signed_in))
}

/// Ends the session of this browser.
pub async fn logout(State(web): State<Arc<Web>>, posted: VerifiedForm) -> Response {
    let app = &web.app;
    let who = &posted.who;
    match sessions::end(app, &who.account, &who.session.id.to_string(), app.clock.now()).await {
        // One that ended meanwhile is what was asked for.
        Ok(()) | Err(Error::Rejected(_)) => signed_out(app, who.language, message!("page-signed-out-text").to(who.language)),
        Err(error) => pages::error(app, who.language, &error, message!("page-not-found-text")),
    }
}

/// The page after which this browser is nobody's.
pub fn signed_out(app: &App, language: Language, text: String) -> Response {
    let page = Page::saying(app, language, Icon::Done, message!("page-signed-out"), text);
    let mut response = page.action(message!("sign-in-button"), LOGIN).answer(StatusCode::OK);
    set_cookie(&mut response, Cookie::Session.clear(app));
    response
}

/// Why nobody was signed in, and a way to begin again.
fn failed(app: &App, language: Language, error: &Error) -> Response {
    let page = |icon, heading| Page::saying(app, language, icon, heading, error.report(language));
    let again = |page: Page<'_>, status| page.action(message!("page-begin-again"), LOGIN).answer(status);
    match error {
        Error::Expired(_) => again(page(Icon::Closed, message!("page-sign-in-failed")), StatusCode::GONE),
        Error::Rejected(_) if app.oauth.is_none() => {
            page(Icon::Locked, message!("page-not-available")).in_discord().answer(StatusCode::NOT_FOUND)
        }
        Error::Rejected(_) | Error::Forbidden(_) => again(page(Icon::Locked, message!("page-sign-in-failed")), StatusCode::FORBIDDEN),
        Error::Outside { failure: Failure::Away, .. } => {
            again(page(Icon::Failing, message!("page-sign-in-failed")), StatusCode::BAD_GATEWAY)
        }
        // Beginning again would end here again.
        Error::Outside { .. } => page(Icon::Failing, message!("page-sign-in-failed")).answer(StatusCode::BAD_GATEWAY),
        Error::NotFound(_) | Error::Taken | Error::Setup(_) | Error::Db(_) | Error::Fault(_) => {
            again(page(Icon::Failing, message!("page-sign-in-failed")), StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}
