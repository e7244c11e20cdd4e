//! Download links.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use secrecy::ExposeSecret;
use shared::domain::accounts::Account;
use shared::domain::deliverables::{self, Opened};
use shared::domain::links;
use shared::texts::Language;
use shared::types::DeliverableId;
use shared::{App, Result, message};

use crate::cookies::Cookie;
use crate::pages::{self, Icon, Page};
use crate::requests::{AcceptedLanguage, Client, Token, lead_to, set_cookie, text_of};
use crate::signed_in;
use crate::web::Web;

/// Leads to the presigned URL of a file, or says why not. The browser that uses a link first gets a cookie,
/// by which it goes on.
pub async fn open(
    State(web): State<Arc<Web>>,
    AcceptedLanguage(reads): AcceptedLanguage,
    Client(address): Client,
    Token(token): Token,
    headers: HeaderMap,
) -> Response {
    let app = &web.app;
    let led = async {
        let who = signed_in::find(app, &headers).await?.map(|(_, account)| account);
        let known = Cookie::Download.of(app, &headers);
        let fresh = links::fresh_secret()?;
        let agent = text_of(&headers, header::USER_AGENT);
        let visitor = links::Visitor {
            address,
            agent: &agent,
            secrets: &known,
            fresh: fresh.expose_secret(),
            wants_part: headers.contains_key(header::RANGE),
        };
        let language = who.as_ref().map_or(reads, |account| account.language_or(reads));
        Ok(match deliverables::open(app, &token, &visitor, who.as_ref(), app.clock.now()).await? {
            Opened::Leads { url, is_first } => {
                let mut response = lead_to(&url)?;
                if is_first {
                    set_cookie(&mut response, Cookie::Download.set(app, visitor.secret(), links::DOWNLOAD_LIFETIME.as_secs()));
                }
                response
            }
            Opened::Used(file) => used(app, language, &file),
            Opened::Anothers => anothers(app, language, who.as_ref()),
        })
    };
    let led: Result<Response> = led.await;
    led.unwrap_or_else(|error| pages::error(app, reads, &error, message!("page-download-link-missing")))
}

/// Says that a link was used, and how its customer gets on: signed in, which leads to the file itself.
fn used(app: &App, language: Language, file: &DeliverableId) -> Response {
    let page = |text| Page::new(app, language, Icon::Closed, message!("page-download-used"), text);
    match app.oauth {
        Some(_) => {
            let sign_in = signed_in::login_url(&format!("/dashboard/files/{file}/download"));
            let page = page(message!("page-download-used-sign-in-text"));
            page.action(message!("sign-in-button"), &sign_in).answer(StatusCode::GONE)
        }
        None => page(message!("page-download-used-text")).in_discord().answer(StatusCode::GONE),
    }
}

/// Says to whoever is signed in that the file is somebody else's.
fn anothers(app: &App, language: Language, who: Option<&Account>) -> Response {
    let name = who.map_or_else(String::new, |account| account.name.replace('`', "'"));
    let text = message!("page-download-anothers-text", name = name);
    let page = Page::new(app, language, Icon::Locked, message!("page-not-available"), text);
    page.action(message!("page-dashboard"), "/dashboard").answer(StatusCode::FORBIDDEN)
}
