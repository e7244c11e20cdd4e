//! Files that pages load: a style sheet and an icon, part of the program.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;

const CSS: &str = include_str!("../../static/atelier.css");
const ICON: &str = include_str!("../../static/icon.svg");

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

/// Where pages find this build's style sheet.
pub fn css_url() -> &'static str {
    static URL: LazyLock<String> = LazyLock::new(|| versioned("/static/atelier.css", CSS));
    &URL
}

/// Where pages find this build's icon.
pub fn icon_url() -> &'static str {
    static URL: LazyLock<String> = LazyLock::new(|| versioned("/static/icon.svg", ICON));
    &URL
}

fn versioned(path: &str, content: &str) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("{path}?v={:016x}", hasher.finish())
}
