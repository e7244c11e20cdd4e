//! The files that pages load: a style sheet, an icon, a script and the service worker.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::texts::Language;

use crate::assets::{CSS, ICON, SCRIPT, WORKER, css_url, icon_url, script_url};
use crate::pages;
use crate::requests::AcceptedLanguage;
use crate::web::Web;

/// The address changes with the content, so what is at one address never does.
const CACHE: &str = "public, max-age=31536000, immutable";

/// The style sheet.
pub async fn css() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, CACHE)], CSS)
}

/// The icon in a browser's tab.
pub async fn icon() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, CACHE)], ICON)
}

/// The script for what a browser keeps: theme, drafts, the shell.
pub async fn script() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, CACHE)], SCRIPT)
}

/// The service worker, with the list of what it keeps. Its text changes with any of that, so that browsers
/// take the new one.
pub async fn worker(State(web): State<Arc<Web>>) -> Response {
    let mut hasher = DefaultHasher::new();
    WORKER.hash(&mut hasher);
    for language in Language::ALL {
        pages::offline(&web.app, *language).render().unwrap_or_default().hash(&mut hasher);
    }
    // Their addresses hold the hash of what is there.
    let shell = [css_url(), icon_url(), script_url()];
    shell.hash(&mut hasher);
    let version = format!("{:016x}", hasher.finish());
    let text = WORKER.replace("{version}", &version).replace("{shell}", &serde_json::json!(shell).to_string());
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

/// What the service worker shows when there is no network.
pub async fn offline(State(web): State<Arc<Web>>, AcceptedLanguage(language): AcceptedLanguage) -> Response {
    pages::offline(&web.app, language).answer(StatusCode::OK)
}
