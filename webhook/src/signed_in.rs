//! Whoever is signed in, and the forms that they send.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::domain::accounts::Account;
use shared::domain::actor::Actor;
use shared::domain::sessions::{self, Session};
use shared::texts::Language;
use shared::{App, Error, message};

use crate::cookies::Cookie;
use crate::pages::{self, Icon, Page};
use crate::web::Web;
use crate::{limits, requests};

/// The field of every form that holds its token.
pub const FORM_TOKEN: &str = "form_token";

/// Whoever is signed in. Who is not is led to sign in, and back to the page that they asked for.
pub struct SignedIn {
    /// This browser.
    pub session: Session,
    /// Who it is.
    pub account: Account,
    /// The same, as operations take it.
    pub actor: Actor,
    /// What they read: as they chose, else as Discord shows it to them, else as their browser asks.
    pub language: Language,
}

impl FromRequestParts<Arc<Web>> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Response> {
        let app = &web.app;
        let reads = requests::accepted_language(&parts.headers);
        let found = find(app, &parts.headers).await;
        let found = found.map_err(|error| pages::error(app, reads, &error, message!("page-not-found-text")))?;
        let Some((session, account)) = found else { return Err(sign_in_first(web, parts, reads)) };
        let language = account.language_or(reads);
        web.limits.account(&account.id).map_err(|too_many| limits::refused(app, language, too_many))?;
        Ok(Self { session, actor: account.actor(), account, language })
    }
}

/// The session of a browser, and whose it is; `None` where nobody is signed in.
pub async fn find(app: &App, headers: &HeaderMap) -> Result<Option<(Session, Account)>, Error> {
    for token in Cookie::Session.of(app, headers) {
        if let Some(found) = sessions::find(app, &token, app.clock.now()).await? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Leads to the sign-in and back; what cannot be asked for again by itself gets a page.
fn sign_in_first(web: &Web, parts: &Parts, language: Language) -> Response {
    if parts.method == Method::GET {
        let asked = parts.uri.path_and_query().map_or("/", |asked| asked.as_str());
        if let Ok(location) = HeaderValue::from_str(&login_url(asked)) {
            return (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response();
        }
    }
    let page = Page::new(&web.app, language, Icon::Locked, message!("page-signed-out"), message!("page-sign-in-first-text"));
    page.action(message!("sign-in-button"), "/login").answer(StatusCode::UNAUTHORIZED)
}

/// Where somebody signs in who wants to go there.
pub fn login_url(to: &str) -> String {
    let mut url = String::from("/login?to=");
    for byte in to.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => url.push(char::from(byte)),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

/// A form that whoever is signed in sent from a page of ours.
pub struct VerifiedForm {
    /// Who sent it.
    pub who: SignedIn,
    fields: HashMap<String, String>,
}

impl VerifiedForm {
    /// A field; empty where there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

impl FromRequest<Arc<Web>> for VerifiedForm {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Arc<Web>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let who = SignedIn::from_request_parts(&mut parts, web).await?;
        let fields = Form::<HashMap<String, String>>::from_request(Request::from_parts(parts, body), web).await;
        // What is no form has no token either.
        let fields = fields.map_or_else(|_| HashMap::new(), |Form(fields)| fields);
        let token = fields.get(FORM_TOKEN).map_or("", String::as_str);
        if !sessions::is_form_token(&web.app, &who.session, token) {
            let page =
                Page::new(&web.app, who.language, Icon::Locked, message!("page-form-is-foreign"), message!("page-form-is-foreign-text"));
            return Err(page.action(message!("page-dashboard"), "/dashboard").answer(StatusCode::FORBIDDEN));
        }
        Ok(Self { who, fields })
    }
}
