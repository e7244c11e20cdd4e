//! Download links.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use shared::domain::deliverables;
use shared::message;

use super::{Client, Reads, Token, lead_to};
use crate::{Web, pages};

/// Leads to the presigned URL of a file, or says why not.
pub async fn open(State(web): State<Arc<Web>>, Reads(language): Reads, Client(address): Client, Token(token): Token) -> Response {
    let opened = deliverables::open(&web.app, &token, address, web.app.clock.now()).await;
    let missing = |error| pages::error(&web.app, language, &error, message!("page-download-link-missing"));
    opened.and_then(|url| lead_to(&url)).unwrap_or_else(missing)
}
