//! The API under `/v1`: authentication, idempotency, and the calls.

mod customers;
mod endpoints;
mod events;
mod expand;
mod keys;
mod lists;
mod payments;
mod sessions;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

use super::error::{ApiError, Result};
use super::form::{self, Field, Shape, optional};
use super::objects::{self, Origin};
use super::{Event, Inner, Modes, State as Account, money};
use expand::expand;
use keys::{Begun, Saved, begin};
use sandbox_core::fault::{self, Outcome};
use sandbox_core::record::{self, Service};

pub(super) use keys::Key;

const BODY_LIMIT: usize = 1024 * 1024;

/// One request, read.
struct Call {
    method: Method,
    path: String,
    /// The query, and the body of a POST.
    form: String,
    headers: HeaderMap,
    origin: Origin,
}

pub(super) async fn serve(State(modes): State<Modes>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let request_id = objects::id("req_", 14);
    if is_foreign_live_key(&given_key(&parts.headers), &modes) {
        // Whoever sent it is connected to the wrong place. Nothing of it is kept: neither the key nor what it was for.
        let message = "This is a live key, and this is a stand-in for Stripe: a live key has no business here. Use a key of the sandbox.";
        let mut response = ApiError::unauthorized(message).into_response();
        set(response.headers_mut(), "request-id", &request_id);
        return response;
    }
    let path_and_query = fault::path_and_query(&parts.uri);
    let content_type = text_header(&parts.headers, &header::CONTENT_TYPE);
    let expect_bad = record::expects_bad(&parts.headers);
    let method = parts.method.clone();

    let body = axum::body::to_bytes(body, BODY_LIMIT).await;
    let sent = match &body {
        Ok(bytes) if !bytes.is_empty() => String::from_utf8_lossy(bytes).into_owned().into(),
        _ => Value::Null,
    };
    let mut faulted = false;
    let mut response = match read_call(parts.uri, parts.method, parts.headers, body, &request_id) {
        Err(error) => error.into_response(),
        Ok(call) => {
            let answer = answer(&modes, &call, &path_and_query).await;
            faulted = matches!(answer, Answer::Fault(_));
            let cut = matches!(answer, Answer::Cut(_));
            let response = answer.into_response();
            if cut { fault::cut(response).await } else { response }
        }
    };
    let recorded = record::Request {
        service: Service::Stripe,
        method: method.to_string(),
        path: path_and_query,
        body: sent,
        content_type,
        status: fault::status_of(&response),
        expect_bad,
    };
    if faulted {
        modes.test.recorder.record_fault(recorded);
    } else {
        modes.test.recorder.record(recorded);
    }
    modes.test.faults.request_passed();
    let headers = response.headers_mut();
    set(headers, "request-id", &request_id);
    set(headers, "stripe-version", objects::API_VERSION);
    response
}

fn read_call(
    uri: axum::http::Uri,
    method: Method,
    headers: HeaderMap,
    body: std::result::Result<Bytes, axum::Error>,
    request_id: &str,
) -> Result<Call> {
    let body = body.map_err(|_| ApiError::invalid("The request body is too large.").status(StatusCode::PAYLOAD_TOO_LARGE))?;
    let is_form = text_header(&headers, &header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !body.is_empty() && !is_form {
        return Err(ApiError::invalid(
            "Invalid request (check that your POST content type is \
             application/x-www-form-urlencoded). If you have any questions, we can help at \
             https://support.stripe.com/.",
        ));
    }
    // A POST may have parameters in its address, too.
    let mut form = uri.query().unwrap_or_default().to_owned();
    if method != Method::GET && method != Method::DELETE && !body.is_empty() {
        let body = String::from_utf8(body.to_vec()).map_err(|_| ApiError::invalid("The request body is not UTF-8."))?;
        form = if form.is_empty() { body } else { format!("{form}&{body}") };
    }
    let idempotency_key = text_header(&headers, &HeaderName::from_static("idempotency-key"));
    Ok(Call {
        path: uri.path().to_owned(),
        method,
        form,
        headers,
        origin: Origin { request_id: Some(request_id.to_owned()), idempotency_key },
    })
}

fn text_header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

enum Answer {
    Fresh(Value),
    Replayed(Saved),
    Refused(ApiError),
    /// A fault answers in place of the call.
    Fault(Response),
    /// The call was done, and its answer is lost.
    Lost,
    /// The call was done, and half of its answer arrives.
    Cut(Box<Answer>),
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Answer::Fresh(body) => axum::Json(body).into_response(),
            Answer::Replayed(saved) => {
                let mut response = (saved.status, axum::Json(saved.body)).into_response();
                set(response.headers_mut(), "idempotent-replayed", "true");
                set(response.headers_mut(), "original-request", &saved.request_id);
                response
            }
            Answer::Refused(error) => {
                let in_use = error.status == StatusCode::CONFLICT;
                let mut response = error.into_response();
                if in_use {
                    set(response.headers_mut(), "stripe-should-retry", "true");
                }
                response
            }
            Answer::Fault(response) => response,
            Answer::Lost => fault::dropped(),
            Answer::Cut(whole) => whole.into_response(),
        }
    }
}

async fn answer(modes: &Modes, call: &Call, path_and_query: &str) -> Answer {
    let inner = match authenticate(&call.headers, modes) {
        Ok(inner) => inner,
        Err(error) => return Answer::Refused(error),
    };
    if let Err(error) = check_version(&call.headers) {
        return Answer::Refused(error);
    }
    let begun = match begin(inner, call) {
        Ok(begun) => begun,
        Err(error) => return Answer::Refused(error),
    };
    // Inside the key's life, so that a slow request holds its key as it does
    // at Stripe.
    let method = call.method.as_str();
    let outcome = fault::outcome(Service::Stripe, &inner.faults, &inner.clock, method, path_and_query).await;
    match outcome {
        Outcome::Answer(response, false) => Answer::Fault(response),
        Outcome::Answer(response, true) => keep_fault(begun, call, response).await,
        Outcome::Go => carry_out(modes, inner, call, begun),
        Outcome::GoAndLose => {
            carry_out(modes, inner, call, begun);
            Answer::Lost
        }
        Outcome::GoAndCut => Answer::Cut(Box::new(carry_out(modes, inner, call, begun))),
        Outcome::Twice => {
            carry_out(modes, inner, call, begun);
            match begin(inner, call) {
                Ok(again) => carry_out(modes, inner, call, again),
                Err(error) => Answer::Refused(error),
            }
        }
    }
}

/// Answers with a fault that the request's idempotency key remembers.
async fn keep_fault(begun: Begun, call: &Call, response: Response) -> Answer {
    let key = match begun {
        Begun::Replay(saved) => return Answer::Replayed(saved),
        Begun::Fresh(key) => key,
    };
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    if let Some(key) = key {
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        key.keep(Saved { status: parts.status, body, request_id: call.request_id() });
    }
    Answer::Fault(Response::from_parts(parts, bytes.into()))
}

fn carry_out(modes: &Modes, inner: &Arc<Inner>, call: &Call, begun: Begun) -> Answer {
    let key = match begun {
        Begun::Replay(saved) => return Answer::Replayed(saved),
        Begun::Fresh(key) => key,
    };
    inner.pass_time();
    match route(inner, call) {
        Ok(body) => {
            if let Some(key) = key {
                key.keep(Saved { status: StatusCode::OK, body: body.clone(), request_id: call.request_id() });
            }
            Answer::Fresh(body)
        }
        Err(error) => {
            let error = hint_at_other_mode(modes, inner, error);
            // A refusal of the parameters is not kept, as at Stripe: the same
            // key may be used again with better ones.
            if let (true, Some(key)) = (error.begun, key) {
                key.keep(Saved { status: error.status, body: error.clone().body(), request_id: call.request_id() });
            }
            Answer::Refused(error)
        }
    }
}

fn hint_at_other_mode(modes: &Modes, inner: &Inner, error: ApiError) -> ApiError {
    let Some(id) = error.missing_id() else {
        return error;
    };
    let (other, this, name) = if inner.live { (&modes.test, "live", "test") } else { (&modes.live, "test", "live") };
    if other.read(|state| knows(state, id)) { error.similar_in(name, this) } else { error }
}

fn knows(state: &Account, id: &str) -> bool {
    kind_of(id).is_some_and(|kind| find(state, kind, id).is_some())
}

impl Call {
    fn request_id(&self) -> String {
        self.origin.request_id.clone().unwrap_or_default()
    }
}

/// The key that a request gives, or nothing.
fn given_key(headers: &HeaderMap) -> String {
    let given = text_header(headers, &header::AUTHORIZATION).unwrap_or_default();
    let (scheme, value) = given.split_once(' ').unwrap_or_default();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => value.trim().to_owned(),
        "basic" => base64::engine::general_purpose::STANDARD
            .decode(value.trim())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|pair| pair.split(':').next().map(str::to_owned))
            .unwrap_or_default(),
        _ => String::new(),
    }
}

/// Whether a key is one of Stripe's own live keys.
fn is_foreign_live_key(key: &str, modes: &Modes) -> bool {
    let ours = || bool::from(key.as_bytes().ct_eq(modes.live.secret_key.as_bytes()));
    ["sk_live_", "rk_live_"].iter().any(|beginning| key.starts_with(beginning)) && !ours()
}

/// The mode that the key is of.
fn authenticate<'a>(headers: &HeaderMap, modes: &'a Modes) -> Result<&'a Arc<Inner>> {
    let key = given_key(headers);
    if key.is_empty() {
        return Err(ApiError::unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization \
             header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        ));
    }
    let is = |mode: &Inner| bool::from(key.as_bytes().ct_eq(mode.secret_key.as_bytes()));
    if is(&modes.test) {
        return Ok(&modes.test);
    }
    if is(&modes.live) {
        return Ok(&modes.live);
    }
    let shown = key.chars().take(8).collect::<String>();
    let message = format!("Invalid API Key provided: {shown}***");
    Err(ApiError::unauthorized(message))
}

fn check_version(headers: &HeaderMap) -> Result<()> {
    if headers.contains_key("stripe-account") {
        return Err(ApiError::invalid("The sandbox has one account: it does not know Connect."));
    }
    let name = HeaderName::from_static("stripe-version");
    match text_header(headers, &name) {
        Some(version) if version != objects::API_VERSION => {
            Err(ApiError::invalid(format!("The sandbox speaks API version {}, not {version}.", objects::API_VERSION)))
        }
        _ => Ok(()),
    }
}

fn route(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let path: Vec<&str> = call.path.split('/').skip(1).collect();
    let method = call.method.as_str();
    match path.as_slice() {
        // Which would else be an id.
        [.., "search"] => Err(unrecognized(call)),
        ["v1", "account"] if method == "GET" => account(inner, call),
        ["v1", "customers", rest @ ..] => customers::route(inner, call, method, rest),
        ["v1", "checkout", "sessions", rest @ ..] => sessions::route(inner, call, method, rest),
        ["v1", "events", rest @ ..] => events::route(inner, call, method, rest),
        ["v1", "webhook_endpoints", rest @ ..] => endpoints::route(inner, call, method, rest),
        ["v1", kind @ ("payment_intents" | "charges" | "refunds" | "disputes" | "balance_transactions"), rest @ ..] => {
            payments::route(inner, call, method, kind, rest)
        }
        _ => Err(unrecognized(call)),
    }
}

/// The account that the key is of.
fn account(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    read(call, "account", &[])?;
    Ok(inner.read(|state| {
        serde_json::json!({
            "id": state.account,
            "object": "account",
            "business_profile": {"name": null, "url": null},
            "charges_enabled": true,
            "country": "US",
            "default_currency": "usd",
            "details_submitted": true,
            "email": null,
            "payouts_enabled": true,
            "type": "standard",
        })
    }))
}

fn unrecognized(call: &Call) -> ApiError {
    let message = format!(
        "Unrecognized request URL ({}: {}). Please see https://stripe.com/docs or \
         we can help at https://support.stripe.com/.",
        call.method, call.path
    );
    ApiError::invalid(message).status(StatusCode::NOT_FOUND)
}

static EXPAND: &[Field] = &[optional("expand", Shape::List(&Shape::Text(5000)))];

/// Reads the parameters of a call that answers with an object of this kind.
/// Nothing has been done yet where this refuses, a wrong `expand` included.
fn read(call: &Call, kind: &str, fields: &'static [Field]) -> Result<Map<String, Value>> {
    let params = form::read(&call.form, &[fields, EXPAND])?;
    expand::check(kind, false, &params)?;
    Ok(params)
}

/// Carries out a call on the state: shows the object that it answers with, and
/// delivers the events that it made.
fn act<E: IntoIterator<Item = String>>(
    inner: &Arc<Inner>,
    params: &Map<String, Value>,
    change: impl FnOnce(&mut Account) -> Result<(Value, E)>,
) -> Result<Value> {
    let (shown, events) = inner.change(|state| {
        let (mut shown, events) = change(state)?;
        expand(state, &mut shown, params);
        Ok::<_, ApiError>((shown, events))
    })?;
    inner.dispatch(events);
    Ok(shown)
}

/// Sets what was sent, and merges metadata.
fn change(object: &mut Value, params: &Map<String, Value>) {
    for (name, value) in params.iter().filter(|(name, _)| *name != "expand") {
        if name == "metadata" {
            money::merge_metadata(&mut object["metadata"], value);
        } else {
            object[name] = value.clone();
        }
    }
}

fn retrieve(inner: &Arc<Inner>, call: &Call, kind: &str, id: &str) -> Result<Value> {
    let params = read(call, kind, &[])?;
    inner.read(|state| {
        let mut object = find(state, kind, id).ok_or_else(|| no_such(kind, id))?;
        expand(state, &mut object, &params);
        Ok(object)
    })
}

fn no_such(kind: &str, id: &str) -> ApiError {
    let param = match kind {
        "checkout.session" => "session",
        "payment_intent" => "intent",
        "charge" => "charge",
        "refund" => "refund",
        "dispute" => "dispute",
        _ => "id",
    };
    ApiError::missing(kind, id, param).status(StatusCode::NOT_FOUND)
}

fn find(state: &Account, kind: &str, id: &str) -> Option<Value> {
    let among = |list: &[Value]| list.iter().find(|object| object["id"] == id).cloned();
    match kind {
        "customer" => among(&state.customers),
        "checkout.session" => state.session(id).map(|session| session.object.clone()),
        "event" => state.event(id).map(Event::value),
        "payment_intent" => among(&state.payment_intents),
        "charge" => among(&state.charges),
        "refund" => among(&state.refunds),
        "dispute" => among(&state.disputes),
        "balance_transaction" => among(&state.balance_transactions),
        "product" => among(&state.products),
        _ => None,
    }
}

/// What an id is of, by its beginning.
fn kind_of(id: &str) -> Option<&'static str> {
    Some(match id.split('_').next()? {
        "cus" => "customer",
        "cs" => "checkout.session",
        "evt" => "event",
        "pi" => "payment_intent",
        "ch" | "py" => "charge",
        "re" => "refund",
        "du" => "dispute",
        "txn" => "balance_transaction",
        "prod" => "product",
        _ => return None,
    })
}
