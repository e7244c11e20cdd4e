//! Misbehaviour on demand: wrong statuses, rate limits, delays, lost, cut,
//! repeated and overtaken requests and events.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};

use crate::clock::Clock;
use crate::record::{self, Recorder, Service};

/// The largest body that is held in memory to be recorded, cut or repeated.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// What to do to the requests, or the events, that match. Built by chaining.
#[derive(Clone, Debug)]
pub struct Fault {
    target: Target,
    delay: Option<Duration>,
    action: Action,
    kept: bool,
    /// The service's own word for what the status says.
    code: Option<String>,
    left: Option<u32>,
}

#[derive(Clone, Debug)]
enum Target {
    Route { method: String, path_prefix: String },
    Event { kind: String },
}

/// What a fault does once its delay is over.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Nothing more than the delay.
    Pass,
    /// See [`Fault::status`].
    Status(u16),
    /// See [`Fault::rate_limited`].
    RateLimited(Duration),
    /// See [`Fault::drop_connection`].
    Drop,
    /// See [`Fault::lose_answer`].
    Lose,
    /// See [`Fault::cut_body`].
    Cut,
    /// See [`Fault::duplicate`].
    Duplicate,
    /// See [`Fault::reorder`].
    Reorder,
}

/// What happens to one event on its way to whoever listens.
#[derive(Clone, Debug)]
pub struct EventFault {
    /// Comes first, on the sandbox's clock.
    pub delay: Option<Duration>,
    /// What happens then.
    pub action: Action,
}

/// What a fault comes to, once its delay is over.
pub enum Outcome {
    /// The handler answers.
    Go,
    /// The handler acts twice, and its second answer counts.
    Twice,
    /// The handler acts, and its answer is lost on the way.
    GoAndLose,
    /// The handler acts, and half of its answer arrives.
    GoAndCut,
    /// This is the answer, and the handler does not act. Whether Stripe's
    /// idempotency keys keep it is the second part.
    Answer(Response, bool),
}

impl Fault {
    /// Meets the requests with a method (`*` is any) whose path begins so.
    pub fn on(method: &str, path_prefix: &str) -> Fault {
        Fault::new(Target::Route { method: method.to_ascii_uppercase(), path_prefix: path_prefix.to_owned() })
    }

    /// Meets the events of a type that a stand-in sends by itself: Stripe's
    /// webhook events (`charge.refunded`) and Discord's gateway events
    /// (`MESSAGE_CREATE`). A type may end in `*`.
    ///
    /// For a webhook, `status` and `rate_limited` count as the receiver's
    /// answer although it was not asked, `drop_connection` as no answer, and
    /// `lose_answer` delivers and believes that it failed. What was not taken is
    /// tried again with back-off. So it is with interactions that go to an HTTP
    /// endpoint, as `INTERACTION_CREATE`, but they are not tried again.
    ///
    /// For a gateway's event, `drop_connection` loses the event alone;
    /// `lose_answer` and `cut_body` end the connection after the event or half of
    /// it; and `status` closes it in place of the event, with its number if that
    /// is one of the gateway's (4000 to 4999), else with 4000, as `rate_limited`
    /// does with 4008. A resume gets what was lost.
    pub fn on_event(kind: &str) -> Fault {
        Fault::new(Target::Event { kind: kind.to_owned() })
    }

    fn new(target: Target) -> Fault {
        Fault { target, delay: None, action: Action::Pass, kept: false, code: None, left: None }
    }

    /// Answers this status in the service's own error form.
    pub fn status(mut self, status: u16) -> Fault {
        self.action = Action::Status(status);
        self
    }

    /// Answers 429 with `Retry-After`, in the service's own form.
    pub fn rate_limited(mut self, retry_after: Duration) -> Fault {
        self.action = Action::RateLimited(retry_after);
        self
    }

    /// Waits this long on the sandbox's clock before anything else happens.
    pub fn delay(mut self, delay: Duration) -> Fault {
        self.delay = Some(delay);
        self
    }

    /// Closes the connection without an answer.
    pub fn drop_connection(mut self) -> Fault {
        self.action = Action::Drop;
        self
    }

    /// Does what was asked, then closes the connection without an answer, so
    /// that the caller cannot know.
    pub fn lose_answer(mut self) -> Fault {
        self.action = Action::Lose;
        self
    }

    /// Does what was asked, sends half of the answer's body, and closes the
    /// connection. Of an event, half of the event is sent.
    pub fn cut_body(mut self) -> Fault {
        self.action = Action::Cut;
        self
    }

    /// Acts on the request twice, as when something on the way sends it again;
    /// the second answer is given. An event is sent twice.
    pub fn duplicate(mut self) -> Fault {
        self.action = Action::Duplicate;
        self
    }

    /// Holds the request, or the event, until another one has gone through.
    /// [`Faults::clear`] lets it go as well.
    pub fn reorder(mut self) -> Fault {
        self.action = Action::Reorder;
        self
    }

    /// Has Stripe keep the answer of [`Fault::status`] under the request's
    /// idempotency key, as it keeps the failure of a request that it had begun.
    /// Without this, a repeat with the same key is a fresh attempt.
    pub fn kept(mut self) -> Fault {
        self.kept = true;
        self
    }

    /// The word with which the service gives the reason of [`Fault::status`]: Stripe's `code`
    /// (`amount_too_small`), the number of Discord's (`50001`), S3's `Code` (`AccessDenied`).
    pub fn code(mut self, code: &str) -> Fault {
        self.code = Some(code.to_owned());
        self
    }

    /// How many requests it meets; without this, all until cleared.
    pub fn times(mut self, n: u32) -> Fault {
        self.left = Some(n);
        self
    }

    /// The fault as the control interface takes it, with how often it still acts.
    pub fn json(&self) -> Value {
        let (method, path, event) = match &self.target {
            Target::Route { method, path_prefix } => (Some(method), Some(path_prefix), None),
            Target::Event { kind } => (None, None, Some(kind)),
        };
        let is = |action: Action| self.action == action;
        json!({
            "method": method,
            "path": path,
            "event": event,
            "status": if let Action::Status(status) = self.action { Some(status) } else { None },
            "retry_after": if let Action::RateLimited(after) = self.action { Some(after.as_secs_f64()) } else { None },
            "delay_ms": self.delay.map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)),
            "drop": is(Action::Drop),
            "lose_answer": is(Action::Lose),
            "cut": is(Action::Cut),
            "duplicate": is(Action::Duplicate),
            "reorder": is(Action::Reorder),
            "kept": self.kept,
            "code": self.code,
            "left": self.left,
        })
    }

    fn matches_route(&self, method: &str, path: &str) -> bool {
        match &self.target {
            Target::Route { method: wanted, path_prefix } => {
                (wanted == "*" || wanted.eq_ignore_ascii_case(method)) && path.starts_with(path_prefix)
            }
            Target::Event { .. } => false,
        }
    }

    fn matches_event(&self, kind: &str) -> bool {
        match &self.target {
            Target::Route { .. } => false,
            Target::Event { kind: wanted } => match wanted.strip_suffix('*') {
                Some(prefix) => kind.starts_with(prefix),
                None => wanted == kind,
            },
        }
    }
}

/// The faults of one service, met in the order they were added.
#[derive(Clone, Default)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    list: Vec<Fault>,
    held_requests: Vec<oneshot::Sender<()>>,
    /// With the listener that each was to go to.
    held_events: Vec<(String, oneshot::Sender<()>)>,
    /// Requests and events that sit out a delay.
    delayed: Vec<oneshot::Sender<()>>,
}

impl Faults {
    /// Adds a fault after those that are there.
    pub fn add(&self, fault: Fault) {
        self.lock().list.push(fault);
        self.tell();
    }

    /// Takes all faults away, and lets go what they held.
    pub fn clear(&self) {
        // Whoever waits is woken by the end of its sender.
        *self.lock() = Inner::default();
        self.tell();
    }

    /// The faults that are left, in the order in which they are met.
    pub fn list(&self) -> Vec<Fault> {
        self.lock().list.clone()
    }

    /// Tells when faults are added, met or taken away.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn tell(&self) {
        self.changed.send_modify(|version| *version += 1);
    }

    /// What to do with this request, which counts as met.
    pub fn take(&self, method: &str, path: &str) -> Option<Fault> {
        self.take_where(|fault| fault.matches_route(method, path))
    }

    /// What to do with this event, which counts as met.
    pub fn take_event(&self, kind: &str) -> Option<EventFault> {
        let fault = self.take_where(|fault| fault.matches_event(kind))?;
        Some(EventFault { delay: fault.delay, action: fault.action })
    }

    fn take_where(&self, matches: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut inner = self.lock();
        let at = inner.list.iter().position(matches)?;
        let fault = inner.list[at].clone();
        match &mut inner.list[at].left {
            None => {}
            Some(0 | 1) => {
                inner.list.remove(at);
            }
            Some(left) => *left -= 1,
        }
        drop(inner);
        if fault.left.is_some() {
            self.tell();
        }
        // It was added to meet nothing.
        (fault.left != Some(0)).then_some(fault)
    }

    /// Sits out a delay on the clock, which ends early when the faults are taken away.
    pub async fn sit_out(&self, delay: Option<Duration>, clock: &Clock) {
        if delay.is_none() {
            return;
        }
        let (send, cleared) = oneshot::channel();
        {
            let mut inner = self.lock();
            inner.delayed.retain(|waits| !waits.is_closed());
            inner.delayed.push(send);
        }
        tokio::select! {
            () = clock.sleep(delay) => {}
            _ = cleared => {}
        }
    }

    /// Waits until another request has gone through.
    async fn request_overtaken(&self) {
        let (send, gone) = oneshot::channel();
        self.lock().held_requests.push(send);
        let _ = gone.await;
    }

    /// Waits until another event has gone to the same listener.
    pub async fn event_overtaken(&self, listener: &str) {
        let (send, gone) = oneshot::channel();
        self.lock().held_events.push((listener.to_owned(), send));
        let _ = gone.await;
    }

    /// A request was answered, so those it has overtaken may go on.
    pub fn request_passed(&self) {
        self.lock().held_requests.clear();
    }

    /// An event has arrived, so those it has overtaken on their way to this
    /// listener may go on.
    pub fn event_passed(&self, listener: &str) {
        self.lock().held_events.retain(|(waits_for, _)| waits_for != listener);
    }

    /// How many faults have not been met as often as they may be.
    pub fn pending(&self) -> usize {
        self.lock().list.len()
    }

    /// Waits until an event is held.
    pub async fn holds_an_event(&self) {
        while self.lock().held_events.is_empty() {
            tokio::task::yield_now().await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
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
    let response = match outcome(state.service, &state.faults, &state.clock, method, &path).await {
        Outcome::Go => next.run(request).await,
        Outcome::Twice => twice(request, next).await,
        Outcome::GoAndLose => {
            next.run(request).await;
            dropped()
        }
        Outcome::GoAndCut => cut(next.run(request).await).await,
        Outcome::Answer(response, _) => {
            remember(&state, request, path, status_of(&response)).await;
            response
        }
    };
    state.faults.request_passed();
    response
}

async fn twice(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = match axum::body::to_bytes(body, BODY_LIMIT).await {
        Ok(bytes) => bytes,
        Err(_) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
    };
    let again = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    next.clone().run(Request::from_parts(parts, Body::from(bytes))).await;
    next.run(again).await
}

/// Meets the fault for this request, if there is one, and sits out its delay.
pub async fn outcome(service: Service, faults: &Faults, clock: &Clock, method: &str, path: &str) -> Outcome {
    let Some(fault) = faults.take(method, path) else {
        return Outcome::Go;
    };
    faults.sit_out(fault.delay, clock).await;
    match fault.action {
        Action::Pass => Outcome::Go,
        Action::Reorder => {
            faults.request_overtaken().await;
            Outcome::Go
        }
        Action::Duplicate => Outcome::Twice,
        Action::Lose => Outcome::GoAndLose,
        Action::Cut => Outcome::GoAndCut,
        Action::Status(status) => Outcome::Answer(error(service, status, fault.code.as_deref()), fault.kept),
        Action::RateLimited(retry_after) => Outcome::Answer(rate_limited(service, retry_after, clock.now_ms()), false),
        Action::Drop => Outcome::Answer(dropped(), false),
    }
}

/// The first half of a response, whose length promises all of it.
pub async fn cut(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let (size, body) = match body.size_hint().exact() {
        Some(size) => (size, body),
        None => {
            let bytes = axum::body::to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
            (bytes.len() as u64, Body::from(bytes))
        }
    };
    let half = usize::try_from(size / 2).unwrap_or(usize::MAX);
    if half == 0 {
        return dropped();
    }
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    let body = futures::stream::unfold(Some((body.into_data_stream(), half)), |state| async move {
        let (mut data, left) = state?;
        if left == 0 {
            // The server sends what it has while it waits for more.
            tokio::task::yield_now().await;
            return Some((Err(io::Error::other("cut")), None));
        }
        match data.next().await? {
            Ok(mut chunk) => {
                chunk.truncate(left);
                let left = left - chunk.len();
                Some((Ok(chunk), Some((data, left))))
            }
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    });
    Response::from_parts(parts, Body::from_stream(body))
}

/// The path of an address with its query.
pub fn path_and_query(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string)
}

async fn remember(state: &FaultState, request: Request, path: String, status: u16) {
    let (parts, body) = request.into_parts();
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
    // What asks for tokens holds secrets, in its address and its body.
    let secret = state.service == Service::Discord && path.contains("/oauth2/");
    let path = if secret { path.split('?').next().unwrap_or_default().to_owned() } else { path };
    let body = match state.service {
        Service::Storage => Value::Null,
        Service::Discord if secret => Value::Null,
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
        status,
        expect_bad: record::expects_bad(&parts.headers),
    });
}

fn error(service: Service, status: u16, code: Option<&str>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason = status.canonical_reason().unwrap_or("Error");
    match service {
        Service::Discord => {
            let message = format!("{}: {reason}", status.as_u16());
            let code: u64 = code.and_then(|code| code.parse().ok()).unwrap_or(0);
            (status, axum::Json(json!({"message": message, "code": code}))).into_response()
        }
        Service::Stripe => {
            let kind = if status.is_server_error() { "api_error" } else { "invalid_request_error" };
            let mut body = json!({"error": {"message": reason, "type": kind}});
            if let Some(code) = code {
                body["error"]["code"] = json!(code);
            }
            (status, axum::Json(body)).into_response()
        }
        Service::Storage => {
            let code = match (code, status.as_u16()) {
                (Some(code), _) => code,
                (None, 400) => "InvalidRequest",
                (None, 403) => "AccessDenied",
                (None, 404) => "NoSuchKey",
                (None, 429) => "TooManyRequests",
                (None, 503) => "SlowDown",
                (None, _) => "InternalError",
            };
            xml_error(status, code, reason)
        }
    }
}

fn rate_limited(service: Service, retry_after: Duration, now_ms: i64) -> Response {
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
            let ends_s = now_ms as f64 / 1000.0 + retry_after.as_secs_f64();
            let told = [
                ("x-ratelimit-limit", "1".to_owned()),
                ("x-ratelimit-remaining", "0".to_owned()),
                ("x-ratelimit-reset", format!("{ends_s:.3}")),
                ("x-ratelimit-reset-after", format!("{:.3}", retry_after.as_secs_f64())),
                ("x-ratelimit-bucket", "fault".to_owned()),
                ("x-ratelimit-scope", "user".to_owned()),
            ];
            for (name, value) in told {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    response.headers_mut().insert(name, value);
                }
            }
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
pub fn dropped() -> Response {
    let broken = futures::stream::once(async { Err::<Bytes, _>(io::Error::other("dropped")) });
    let mut response = Response::new(Body::from_stream(broken));
    response.extensions_mut().insert(Dropped);
    response
}

/// Marks a response that nobody gets.
#[derive(Clone)]
struct Dropped;

/// The status that is answered; 0 where nothing is.
pub fn status_of(response: &Response) -> u16 {
    if response.extensions().get::<Dropped>().is_some() { 0 } else { response.status().as_u16() }
}

/// An error in S3's form.
pub fn xml_error(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    (status, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::post;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn faults_are_met_in_order_and_counted() {
        let faults = Faults::default();
        faults.add(Fault::on("post", "/v1/").status(500).times(1));
        faults.add(Fault::on("*", "/v1/customers").drop_connection());
        faults.add(Fault::on_event("charge.*").duplicate().times(1));

        assert!(faults.take("GET", "/v1/events").is_none());
        let first = faults.take("POST", "/v1/customers").unwrap();
        assert_eq!(first.action, Action::Status(500));
        let second = faults.take("POST", "/v1/customers").unwrap();
        assert_eq!(second.action, Action::Drop);
        assert!(faults.take_event("customer.created").is_none());
        assert_eq!(faults.take_event("charge.refunded").unwrap().action, Action::Duplicate);
        assert!(faults.take_event("charge.refunded").is_none());
        faults.clear();
        assert!(faults.take("POST", "/v1/customers").is_none());
    }

    /// Counts the calls of `POST /count` and answers with their number.
    async fn counter() -> (String, Faults, Arc<AtomicU32>) {
        let count = Arc::new(AtomicU32::new(0));
        let faults = Faults::default();
        let recorder = Recorder::new(None).unwrap();
        let state = FaultState { service: Service::Discord, faults: faults.clone(), clock: Clock::default(), recorder };
        let counted = count.clone();
        let handler = async move || format!("call number {}", counted.fetch_add(1, Ordering::SeqCst) + 1);
        let router = Router::new().route("/{name}", post(handler)).layer(axum::middleware::from_fn_with_state(state, misbehave));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (url, faults, count)
    }

    #[tokio::test]
    async fn a_request_is_repeated_or_its_answer_cut() {
        let (url, faults, count) = counter().await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{url}/count");
        faults.add(Fault::on("POST", "/count").duplicate().times(1));
        faults.add(Fault::on("POST", "/count").cut_body().times(1));

        assert_eq!(http.post(&url).send().await.unwrap().text().await.unwrap(), "call number 2");
        let mut answer = http.post(&url).send().await.unwrap();
        assert_eq!(answer.content_length(), Some(13));
        assert_eq!(answer.chunk().await.unwrap().unwrap(), "call n");
        assert!(answer.chunk().await.is_err());
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_request_is_overtaken() {
        let (url, faults, _) = counter().await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        faults.add(Fault::on("POST", "/slow").reorder().times(2));
        let slow = || {
            let sent = http.post(format!("{url}/slow")).send();
            tokio::spawn(async move { sent.await.unwrap().text().await.unwrap() })
        };
        let held = async || {
            while faults.lock().held_requests.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let first = slow();
        held().await;
        let fast = http.post(format!("{url}/fast")).send().await.unwrap();
        assert_eq!(fast.text().await.unwrap(), "call number 1");
        assert_eq!(first.await.unwrap(), "call number 2");

        let second = slow();
        held().await;
        faults.clear();
        assert_eq!(second.await.unwrap(), "call number 3");

        faults.add(Fault::on("POST", "/slow").delay(Duration::from_secs(3_600)));
        let third = slow();
        while faults.lock().delayed.is_empty() {
            tokio::task::yield_now().await;
        }
        faults.clear();
        assert_eq!(third.await.unwrap(), "call number 4");
    }
}
