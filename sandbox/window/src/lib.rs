//! The window: a chat client in the browser. Its page, modules and styles are in the folder `page`; this hands them out,
//! and tells the page what happens meanwhile. The calls that the page makes belong to the control interface.

mod events;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

pub use events::events;

/// What the browser gets, part of the binary.
#[derive(Embed)]
#[folder = "page"]
struct Files;

/// The page of whoever gave the token. `files` is the address of the files that were sent in the chat.
pub fn page(files: &str) -> Response {
    html(StatusCode::OK, "index.html", files)
}

/// The page of everybody else, which says how to get in.
pub fn closed_page(files: &str) -> Response {
    html(StatusCode::UNAUTHORIZED, "closed.html", files)
}

fn html(status: StatusCode, name: &str, files: &str) -> Response {
    let page = Files::get(name).expect("the folder has both pages").data;
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(header::CONTENT_TYPE, html), (header::CONTENT_SECURITY_POLICY, policy(files))], page).into_response()
}

/// What the page may load: its own modules and styles, and the files that were sent in the chat.
fn policy(files: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: {files}; \
         media-src 'self' data: {files}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    HeaderValue::try_from(policy).expect("an address on loopback is ASCII")
}

/// A file that the page is made of, by its path; `None` for what the page may not load.
pub fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let (kind, file) = (content_type(path)?, Files::get(path)?);
    let tag = tag(&file);
    // The browser asks each time whether it has changed.
    let cache = [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")), (header::ETAG, tag.clone())];
    if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        return Some((StatusCode::NOT_MODIFIED, cache).into_response());
    }
    Some((cache, [(header::CONTENT_TYPE, kind)], file.data).into_response())
}

fn tag(file: &EmbeddedFile) -> HeaderValue {
    HeaderValue::try_from(format!("\"{}\"", hex::encode(file.metadata.sha256_hash()))).expect("hex is ASCII")
}

/// The media type of a file that the page may load; `None` for others, such as the page itself, which has an address
/// of its own.
fn content_type(path: &str) -> Option<&'static str> {
    match path.rsplit_once('.')?.1 {
        "js" => Some("text/javascript; charset=utf-8"),
        "css" => Some("text/css; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        "png" => Some("image/png"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
}
