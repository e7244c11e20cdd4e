//! Misbehaviour on demand: wrong statuses, rate limits, delays, dropped connections.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::clock::Clock;
use crate::record::{self, Recorder, Service};

/// What to do to the requests that match. Built by chaining.
#[derive(Clone, Debug)]
pub struct Fault {
    method: String,
    path_prefix: String,
    delay: Option<Duration>,
    answer: Option<Answer>,
    left: Option<u32>,
}

#[derive(Clone, Debug)]
enum Answer {
    Status(u16),
    RateLimited(Duration),
    Drop,
    Lose,
}

/// What a fault comes to, once its delay is over.
pub(crate) enum Outcome {
    /// The handler answers.
    Go,
    /// The handler acts, and its answer is lost on the way.
    GoAndLose,
    /// This is the answer, and the handler does not act.
    Answer(Response),
}

impl Fault {
    /// Matches a method (`*` is any) and the beginning of a path.
    pub fn on(method: &str, path_prefix: &str) -> Fault {
        Fault { method: method.to_ascii_uppercase(), path_prefix: path_prefix.to_owned(), delay: None, answer: None, left: None }
    }

    /// Answers this status in the service's own error form.
    pub fn status(mut self, status: u16) -> Fault {
        self.answer = Some(Answer::Status(status));
        self
    }

    /// Answers 429 with `Retry-After`, in the service's own form.
    pub fn rate_limited(mut self, retry_after: Duration) -> Fault {
        self.answer = Some(Answer::RateLimited(retry_after));
        self
    }

    /// Waits this long on the sandbox's clock before anything else happens.
    pub fn delay(mut self, delay: Duration) -> Fault {
        self.delay = Some(delay);
        self
    }

    /// Closes the connection without an answer.
    pub fn drop_connection(mut self) -> Fault {
        self.answer = Some(Answer::Drop);
        self
    }

    /// Does what was asked, then closes the connection without an answer, so
    /// that the caller cannot know.
    pub fn lose_answer(mut self) -> Fault {
        self.answer = Some(Answer::Lose);
        self
    }

    /// How many requests it meets; without this, all until cleared.
    pub fn times(mut self, n: u32) -> Fault {
        self.left = Some(n);
        self
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        (self.method == "*" || self.method.eq_ignore_ascii_case(method)) && path.starts_with(&self.path_prefix)
    }
}

/// The faults of one service, met in the order they were added.
#[derive(Clone, Default)]
pub struct Faults {
    list: Arc<Mutex<Vec<Fault>>>,
}

impl Faults {
    /// Adds a fault after those that are there.
    pub fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Takes all faults away.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// What to do with this request, which counts as met.
    pub fn take(&self, method: &str, path: &str) -> Option<Fault> {
        let mut list = self.lock();
        list.retain(|fault| fault.left != Some(0));
        let fault = list.iter_mut().find(|fault| fault.matches(method, path))?;
        if let Some(left) = &mut fault.left {
            *left -= 1;
        }
        Some(fault.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What [`misbehave`] needs to know about the service it stands in front of.
#[derive(Clone)]
pub struct FaultState {
    /// In whose form errors are written.
    pub service: Service,
    /// The service's faults.
    pub faults: Faults,
    /// Where delays are measured.
    pub clock: Clock,
    /// Remembers the requests that a fault answered.
    pub recorder: Recorder,
}

/// Middleware (`from_fn_with_state`) that lets faults act before the handler.
pub async fn misbehave(State(state): State<FaultState>, request: Request, next: Next) -> Response {
    let path = path_and_query(request.uri());
    let method = request.method().as_str();
    match outcome(state.service, &state.faults, &state.clock, method, &path).await {
        Outcome::Go => next.run(request).await,
        Outcome::GoAndLose => {
            next.run(request).await;
            dropped()
        }
        Outcome::Answer(response) => {
            remember(&state, request, path, response.status()).await;
            response
        }
    }
}

/// Meets the fault for this request, if there is one, and sits out its delay.
pub(crate) async fn outcome(service: Service, faults: &Faults, clock: &Clock, method: &str, path: &str) -> Outcome {
    let Some(fault) = faults.take(method, path) else {
        return Outcome::Go;
    };
    if let Some(delay) = fault.delay {
        let delay = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
        clock.sleep_until(clock.now_ms().saturating_add(delay)).await;
    }
    match fault.answer {
        None => Outcome::Go,
        Some(Answer::Lose) => Outcome::GoAndLose,
        Some(Answer::Status(status)) => Outcome::Answer(error(service, status)),
        Some(Answer::RateLimited(retry_after)) => Outcome::Answer(rate_limited(service, retry_after)),
        Some(Answer::Drop) => Outcome::Answer(dropped()),
    }
}

pub(crate) fn path_and_query(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string)
}

async fn remember(state: &FaultState, request: Request, path: String, status: StatusCode) {
    const BODY_LIMIT: usize = 1024 * 1024;
    let (parts, body) = request.into_parts();
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = match state.service {
        Service::Storage => Value::Null,
        Service::Discord | Service::Stripe => {
            let bytes = axum::body::to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
            match content_type.as_deref() {
                Some(kind) if kind.starts_with("application/json") => serde_json::from_slice(&bytes).unwrap_or_default(),
                Some(kind) if kind.starts_with("application/x-www-form-urlencoded") => String::from_utf8_lossy(&bytes).into_owned().into(),
                _ => Value::Null,
            }
        }
    };
    state.recorder.record_fault(record::Request {
        service: state.service,
        method: parts.method.to_string(),
        path,
        body,
        content_type,
        status: status.as_u16(),
        expect_bad: record::expects_bad(&parts.headers),
    });
}

fn error(service: Service, status: u16) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason = status.canonical_reason().unwrap_or("Error");
    match service {
        Service::Discord => {
            let message = format!("{}: {reason}", status.as_u16());
            (status, axum::Json(json!({"message": message, "code": 0}))).into_response()
        }
        Service::Stripe => {
            let kind = if status.is_server_error() { "api_error" } else { "invalid_request_error" };
            let body = json!({"error": {"message": reason, "type": kind}});
            (status, axum::Json(body)).into_response()
        }
        Service::Storage => {
            let code = match status.as_u16() {
                400 => "InvalidRequest",
                403 => "AccessDenied",
                404 => "NoSuchKey",
                429 => "TooManyRequests",
                503 => "SlowDown",
                _ => "InternalError",
            };
            xml_error(status, code, reason)
        }
    }
}

fn rate_limited(service: Service, retry_after: Duration) -> Response {
    let status = StatusCode::TOO_MANY_REQUESTS;
    // Discord's header is in whole seconds, rounded up; its body is exact.
    let seconds = retry_after.as_millis().div_ceil(1000);
    let mut response = match service {
        Service::Discord => {
            let body = json!({
                "message": "You are being rate limited.",
                "retry_after": retry_after.as_secs_f64(),
                "global": false,
            });
            let mut response = (status, axum::Json(body)).into_response();
            response.headers_mut().insert("x-ratelimit-scope", HeaderValue::from_static("user"));
            response
        }
        Service::Stripe => {
            let body = json!({"error": {
                "code": "rate_limit",
                "message": "Request rate limit exceeded.",
                "type": "invalid_request_error",
            }});
            (status, axum::Json(body)).into_response()
        }
        Service::Storage => xml_error(status, "TooManyRequests", "Reduce your request rate."),
    };
    if let Ok(seconds) = HeaderValue::from_str(&seconds.to_string()) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// A body that fails at once: the server closes before it has sent anything.
pub(crate) fn dropped() -> Response {
    let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("dropped")) });
    Response::new(Body::from_stream(broken))
}

fn xml_error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_met_in_order_and_counted() {
        let faults = Faults::default();
        faults.add(Fault::on("post", "/v1/").status(500).times(1));
        faults.add(Fault::on("*", "/v1/customers").drop_connection());

        assert!(faults.take("GET", "/v1/events").is_none());
        let first = faults.take("POST", "/v1/customers").unwrap();
        assert!(matches!(first.answer, Some(Answer::Status(500))));
        let second = faults.take("POST", "/v1/customers").unwrap();
        assert!(matches!(second.answer, Some(Answer::Drop)));
        faults.clear();
        assert!(faults.take("POST", "/v1/customers").is_none());
    }
}
