//! The front door, and what stands where nothing else does.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use shared::message;

use crate::pages::{Icon, Page};
use crate::requests::AcceptedLanguage;
use crate::web::Web;

/// Says what this is.
pub async fn home(State(web): State<Arc<Web>>, AcceptedLanguage(language): AcceptedLanguage) -> Response {
    let page = |text| Page::new(&web.app, language, Icon::Studio, message!("page-home"), text);
    let page = match web.app.oauth {
        Some(_) => page(message!("page-home-dashboard-text")).action(message!("page-dashboard"), "/dashboard"),
        None => page(message!("page-home-text")).in_discord(),
    };
    page.answer(StatusCode::OK)
}

/// Keeps search engines out: nothing here is for them.
pub async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}

/// Nothing is at this address.
pub async fn not_found(State(web): State<Arc<Web>>, AcceptedLanguage(language): AcceptedLanguage) -> Response {
    let page = Page::new(&web.app, language, Icon::Missing, message!("page-not-found"), message!("page-not-found-text"));
    page.in_discord().answer(StatusCode::NOT_FOUND)
}

/// Something is at this address, but not for this method.
pub async fn wrong_method(State(web): State<Arc<Web>>, AcceptedLanguage(language): AcceptedLanguage) -> Response {
    let page = Page::new(&web.app, language, Icon::Missing, message!("page-wrong-method"), message!("page-wrong-method-text"));
    page.in_discord().answer(StatusCode::METHOD_NOT_ALLOWED)
}
