//! One file per part of the address space.

pub mod assets;
pub mod download;
pub mod health;
pub mod home;
pub mod pay;
pub mod stripe;

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use shared::texts::Language;
use shared::{Error, Result};

/// The token in an address. One that is not even text is the empty one, which fits no link.
pub struct Token(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Token {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(path.map(|Path(token)| token).unwrap_or_default()))
    }
}

/// The language of whoever opens a page, as their browser asks for it.
pub struct Reads(pub Language);

impl<S: Send + Sync> FromRequestParts<S> for Reads {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(reads(&parts.headers)))
    }
}

/// The language that a browser asks for; English where it asks for none that we have.
pub fn reads(headers: &HeaderMap) -> Language {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    accepted.map_or(Language::English, Language::accepted)
}

/// Answers a HEAD request, which programs send to look at a link before a person opens it: it must
/// not open a Checkout session or count as a click.
pub async fn nothing() -> StatusCode {
    StatusCode::OK
}

/// Leads on to another service, once: the answer is kept nowhere.
fn lead_to(url: &str) -> Result<Response> {
    let location = HeaderValue::from_str(url).map_err(|_| Error::Fault("an address that is no header value".into()))?;
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}
