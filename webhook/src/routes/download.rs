//! Download links.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use shared::domain::deliverables;

use super::{Token, lead_to};
use crate::{Web, pages};

const MISSING: &str = "It may be incomplete or long expired. Run `/deliverable get` in Discord for a fresh one.";

/// Leads to the presigned URL of a file, or says why not.
pub async fn open(State(web): State<Arc<Web>>, Token(token): Token) -> Response {
    let opened = deliverables::open(&web.app, &token, web.app.clock.now()).await;
    opened.and_then(|url| lead_to(&url)).unwrap_or_else(|error| pages::error(&web.app, &error, MISSING))
}
