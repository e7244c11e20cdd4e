//! What happens around every request: its id, its log line, its limits, the headers of its answer.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use shared::texts::Language;
use shared::{App, Error};
use tracing::Instrument;

use crate::connections::Connection;
use crate::requests::{self, Client};
use crate::web::Web;
use crate::{limits, pages};

/// How long one request may take, its body included.
const TIME_MAX: Duration = Duration::from_secs(30);

/// How long the whole body of a request may take, which is a few KiB.
const BODY_TIME_MAX: Duration = Duration::from_secs(10);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// On every answer. No page of ours loads anything from elsewhere, has a script within, or may be framed.
/// `connect-src` is for the service worker, which fetches the shell.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // Addresses hold tokens: they must not travel on to where a page leads.
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// Two years, the time that browsers' preload lists ask for. Says nothing about subdomains, which
/// are not ours.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// Refuses an address that asks too often for what is limited.
pub async fn limit(State(web): State<Arc<Web>>, Client(address): Client, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let counted = match route {
        "/login" | "/oauth/callback" => web.limits.sign_in(address),
        // Those who sign what they send: only wrong signatures count.
        "/stripe/webhook" | "/discord/events" => Ok(()),
        _ if route == "/health/ready" || route.starts_with("/pay/") || route.starts_with("/d/") || *request.method() == Method::POST => {
            web.limits.request(address)
        }
        _ => Ok(()),
    };
    match counted {
        Ok(()) => next.run(request).await,
        Err(too_many) => limits::refused(&web.app, requests::accepted_language(request.headers()), too_many),
    }
}

/// Gives a request its id, a span that every log line inside it carries, and one access log line.
/// Names the matched pattern only: paths and queries hold tokens.
pub async fn trace(request: Request, next: Next) -> Response {
    // An incoming id is anybody's text: ours is always made here.
    let id = uuid::Uuid::now_v7().simple().to_string();
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    // At the highest level, so that the id is there at whatever level is logged.
    let span = tracing::error_span!("request", request_id = id, http_method = method, route);
    async {
        let started = Instant::now();
        let mut response = next.run(request).await;
        let status = response.status().as_u16();
        let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        // Somebody asks for health every few seconds, for ever.
        if route.starts_with("/health/") {
            tracing::debug!(status, elapsed_ms, "{method} {route} {status} in {elapsed_ms} ms");
        } else {
            tracing::info!(status, elapsed_ms, "{method} {route} {status} in {elapsed_ms} ms");
        }
        if let Ok(id) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
    .instrument(span)
    .await
}

/// Adds the headers of every answer. A handler's own `Cache-Control` stays.
pub async fn add_headers(State(web): State<Arc<Web>>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.extend(HEADERS);
    if web.app.config.web.public_url.starts_with("https://") {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Answers for a request that takes too long, and drops it.
pub async fn limit_time(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let language = requests::accepted_language(request.headers());
    match tokio::time::timeout(TIME_MAX, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let sentence = Error::Fault(format!("a request took longer than {TIME_MAX:?}")).report(language);
            pages::fault(&web.app, language, StatusCode::SERVICE_UNAVAILABLE, sentence)
        }
    }
}

/// Cuts off a body that trickles, and its connection with it.
pub async fn limit_body(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let connection = request.extensions().get::<Arc<Connection>>().cloned();
    if let Some(connection) = &connection {
        connection.reads();
    }
    let (parts, body) = request.into_parts();
    let (deadline, is_late) = (tokio::time::Instant::now() + BODY_TIME_MAX, Arc::new(AtomicBool::new(false)));
    let late = is_late.clone();
    let in_time = stream::unfold(Some(body.into_data_stream()), move |body| {
        let (late, connection) = (late.clone(), connection.clone());
        async move {
            let mut body = body?;
            match tokio::time::timeout_at(deadline, body.next()).await {
                Ok(Some(piece)) => Some((piece, Some(body))),
                Ok(None) => {
                    connection.iter().for_each(|connection| connection.works());
                    None
                }
                Err(_) => {
                    late.store(true, Ordering::Relaxed);
                    Some((Err(axum::Error::new("the body came too slowly")), None))
                }
            }
        }
    });
    let response = next.run(Request::from_parts(parts, Body::from_stream(in_time))).await;
    if is_late.load(Ordering::Relaxed) {
        let close = [(header::CONNECTION, HeaderValue::from_static("close"))];
        return (StatusCode::REQUEST_TIMEOUT, close, "the body came too slowly").into_response();
    }
    response
}

/// Answers for a handler that panicked.
pub fn panicked(app: &App, panic: Box<dyn Any + Send>) -> Response {
    let message = panic.downcast_ref::<&str>().copied().or(panic.downcast_ref::<String>().map(String::as_str));
    let sentence = Error::Fault(format!("a handler panicked: {}", message.unwrap_or("no message"))).report(Language::English);
    // What was asked for, and in which language, is gone.
    pages::fault(app, Language::English, StatusCode::INTERNAL_SERVER_ERROR, sentence)
}

/// A method can be any word, of any length: only those of HTTP itself are logged.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => "OTHER",
    }
}
