//! The front door, and what stands where nothing else does.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::Web;
use crate::pages::{Icon, Page};

/// Says what this is.
pub async fn home(State(web): State<Arc<Web>>) -> Response {
    let text = "Commissions, invoices and files live there: `/invoice list` shows yours, `/deliverable get` hands out what is ready. \
                This site only takes you to payment and to your downloads.";
    Page::new(&web.app, Icon::Studio, "Find us in Discord", text).in_discord().answer(StatusCode::OK)
}

/// Keeps search engines out: nothing here is for them.
pub async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}

/// Nothing is at this address.
pub async fn not_found(State(web): State<Arc<Web>>) -> Response {
    let text = "Nothing is at this address. Open the link again from the message in Discord.";
    Page::new(&web.app, Icon::Missing, "Page not found", text).in_discord().answer(StatusCode::NOT_FOUND)
}

/// Something is at this address, but not for this method.
pub async fn wrong_method(State(web): State<Arc<Web>>) -> Response {
    let text = "This address does not take this kind of request. Open the link again from the message in Discord.";
    Page::new(&web.app, Icon::Missing, "That does not work here", text).in_discord().answer(StatusCode::METHOD_NOT_ALLOWED)
}
