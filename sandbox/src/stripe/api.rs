//! The API under `/v1`: authentication, idempotency, and the calls.

mod endpoints;
mod payments;

use std::collections::hash_map::Entry;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;

use super::error::{ApiError, Result};
use super::form::{self, Field, Shape, optional, required};
use super::objects::{self, Item, NewSession, Origin};
use super::{Inner, Modes, Session, State as Account, currency, money, webhooks};
use crate::fault::{self, Outcome};
use crate::record::{self, Service};

const BODY_LIMIT: usize = 1024 * 1024;

/// Stripe forgets a key after at least a day.
const KEY_KEPT_S: i64 = 24 * 3600;

/// One request, read.
struct Call {
    method: Method,
    path: String,
    /// The body of a POST, the query of a GET.
    form: String,
    headers: HeaderMap,
    origin: Origin,
}

/// What is known of an idempotency key.
pub(super) struct Key {
    used_at_s: i64,
    /// Method, path and sorted parameters.
    asked: String,
    /// `None` while the first request is in progress.
    answer: Option<Saved>,
}

#[derive(Clone)]
struct Saved {
    status: StatusCode,
    body: Value,
    request_id: String,
}

pub(super) async fn serve(State(modes): State<Modes>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path_and_query = fault::path_and_query(&parts.uri);
    let request_id = objects::id("req_", 14);
    let content_type = text_header(&parts.headers, &header::CONTENT_TYPE);
    let expect_bad = record::expects_bad(&parts.headers);
    let method = parts.method.clone();

    let body = axum::body::to_bytes(body, BODY_LIMIT).await;
    let sent = match &body {
        Ok(bytes) if !bytes.is_empty() => String::from_utf8_lossy(bytes).into_owned().into(),
        _ => Value::Null,
    };
    let mut faulted = false;
    let mut response = match read(parts.uri, parts.method, parts.headers, body, &request_id) {
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
        status: response.status().as_u16(),
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

fn read(
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
    let form = if method == Method::GET || method == Method::DELETE {
        uri.query().unwrap_or_default().to_owned()
    } else {
        String::from_utf8(body.to_vec()).map_err(|_| ApiError::invalid("The request body is not UTF-8."))?
    };
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

/// The mode that the key is of.
fn authenticate<'a>(headers: &HeaderMap, modes: &'a Modes) -> Result<&'a Arc<Inner>> {
    let given = text_header(headers, &header::AUTHORIZATION).unwrap_or_default();
    let (scheme, value) = given.split_once(' ').unwrap_or_default();
    let key = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => value.trim().to_owned(),
        "basic" => base64::engine::general_purpose::STANDARD
            .decode(value.trim())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|pair| pair.split(':').next().map(str::to_owned))
            .unwrap_or_default(),
        _ => String::new(),
    };
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
    let name = HeaderName::from_static("stripe-version");
    match text_header(headers, &name) {
        Some(version) if version != objects::API_VERSION => {
            Err(ApiError::invalid(format!("The sandbox speaks API version {}, not {version}.", objects::API_VERSION)))
        }
        _ => Ok(()),
    }
}

enum Begun {
    /// To be done; the key, if there is one, is in use until then.
    Fresh(Option<KeyInUse>),
    Replay(Saved),
}

/// Frees its key when it is dropped without an answer to keep.
struct KeyInUse {
    inner: Arc<Inner>,
    key: String,
}

impl KeyInUse {
    fn keep(self, saved: Saved) {
        self.inner.change(|state| {
            if let Some(key) = state.idempotency.get_mut(&self.key) {
                key.answer = Some(saved);
            }
        });
    }
}

impl Drop for KeyInUse {
    fn drop(&mut self) {
        self.inner.change(|state| {
            if let Entry::Occupied(entry) = state.idempotency.entry(std::mem::take(&mut self.key))
                && entry.get().answer.is_none()
            {
                entry.remove();
            }
        });
    }
}

fn begin(inner: &Arc<Inner>, call: &Call) -> Result<Begun> {
    let Some(key) = &call.origin.idempotency_key else {
        return Ok(Begun::Fresh(None));
    };
    // Other methods are idempotent by themselves.
    if call.method != Method::POST {
        return Ok(Begun::Fresh(None));
    }
    if key.is_empty() || key.chars().count() > 255 {
        return Err(ApiError::invalid("Idempotency keys must be between 1 and 255 characters."));
    }
    let mut params: Vec<_> = url::form_urlencoded::parse(call.form.as_bytes()).collect();
    params.sort();
    let asked = format!("{} {} {params:?}", call.method, call.path);
    let now_s = inner.clock.now_s();
    inner.change(|state| {
        state.idempotency.retain(|_, key| key.answer.is_none() || key.used_at_s > now_s - KEY_KEPT_S);
        let Some(used) = state.idempotency.get(key) else {
            let fresh = Key { used_at_s: now_s, asked, answer: None };
            state.idempotency.insert(key.clone(), fresh);
            return Ok(Begun::Fresh(Some(KeyInUse { inner: inner.clone(), key: key.clone() })));
        };
        if used.asked != asked {
            let message = format!(
                "Keys for idempotent requests can only be used with the same parameters they were \
                 first used with. Try using a key other than '{key}' if you meant to execute a \
                 different request."
            );
            return Err(ApiError::idempotency(StatusCode::BAD_REQUEST, message));
        }
        match &used.answer {
            Some(saved) => Ok(Begun::Replay(saved.clone())),
            None => {
                let message = format!(
                    "There is currently another in-progress request using this Idempotent Key \
                     (that probably means you submitted twice, and the other request is still \
                     going through): {key}. Please try again later."
                );
                Err(ApiError::idempotency(StatusCode::CONFLICT, message).code("idempotency_key_in_use"))
            }
        }
    })
}

fn route(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let path: Vec<&str> = call.path.split('/').skip(1).collect();
    match (call.method.as_str(), path.as_slice()) {
        ("POST", ["v1", "customers"]) => create_customer(inner, call),
        ("GET", ["v1", "customers"]) => list_customers(inner, call),
        ("GET", ["v1", "customers", id]) => retrieve(inner, call, "customer", id),
        ("POST", ["v1", "customers", id]) => update_customer(inner, call, id),
        ("DELETE", ["v1", "customers", id]) => delete_customer(inner, call, id),
        ("POST", ["v1", "checkout", "sessions"]) => create_session(inner, call),
        ("GET", ["v1", "checkout", "sessions"]) => list_sessions(inner, call),
        ("GET", ["v1", "checkout", "sessions", id]) => retrieve(inner, call, "checkout.session", id),
        ("POST", ["v1", "checkout", "sessions", id]) => update_session(inner, call, id),
        ("POST", ["v1", "checkout", "sessions", id, "expire"]) => expire_session(inner, call, id),
        ("GET", ["v1", "checkout", "sessions", id, "line_items"]) => list_line_items(inner, call, id),
        ("GET", ["v1", "events"]) => list_events(inner, call),
        ("GET", ["v1", "events", id]) => retrieve(inner, call, "event", id),
        (method, ["v1", "webhook_endpoints", rest @ ..]) => endpoints::route(inner, call, method, rest),
        (method, ["v1", kind @ ("payment_intents" | "charges" | "refunds" | "disputes" | "balance_transactions"), rest @ ..]) => {
            payments::route(inner, call, method, kind, rest)
        }
        _ => Err(unrecognized(call)),
    }
}

fn unrecognized(call: &Call) -> ApiError {
    let message = format!(
        "Unrecognized request URL ({}: {}). Please see https://stripe.com/docs or \
         we can help at https://support.stripe.com/.",
        call.method, call.path
    );
    ApiError::invalid(message).status(StatusCode::NOT_FOUND)
}

static EXPAND: Shape = Shape::Text(5000);

static ADDRESS: &[Field] = &[
    optional("city", Shape::Text(5000)),
    optional("country", Shape::Text(5000)),
    optional("line1", Shape::Text(5000)),
    optional("line2", Shape::Text(5000)),
    optional("postal_code", Shape::Text(5000)),
    optional("state", Shape::Text(5000)),
];

static CUSTOMER: &[Field] = &[
    optional("address", Shape::Map(ADDRESS)),
    optional("balance", Shape::NotBuilt),
    optional("business_name", Shape::NotBuilt),
    optional("cash_balance", Shape::NotBuilt),
    optional("description", Shape::Text(5000)),
    optional("email", Shape::Email),
    optional("expand", Shape::List(&EXPAND)),
    optional("individual_name", Shape::NotBuilt),
    optional("invoice_prefix", Shape::NotBuilt),
    optional("invoice_settings", Shape::NotBuilt),
    optional("metadata", Shape::Metadata),
    optional("name", Shape::Text(256)),
    optional("next_invoice_sequence", Shape::NotBuilt),
    optional("payment_method", Shape::NotBuilt),
    optional("phone", Shape::Text(20)),
    optional("preferred_locales", Shape::List(&Shape::Text(35))),
    optional("shipping", Shape::NotBuilt),
    optional("source", Shape::NotBuilt),
    optional("tax", Shape::NotBuilt),
    optional("tax_exempt", Shape::NotBuilt),
    optional("tax_id_data", Shape::NotBuilt),
    optional("test_clock", Shape::NotBuilt),
];

fn create_customer(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = form::read(&call.form, CUSTOMER)?;
    let now_s = inner.clock.now_s();
    let customer = objects::customer(&params, inner.live, now_s);
    let mut shown = customer.clone();
    let event = inner.change(|state| {
        expand(state, &mut shown, &params)?;
        let event = state.add_event("customer.created", &customer, &call.origin, now_s);
        state.customers.push(customer);
        Ok(event)
    })?;
    webhooks::dispatch(inner, &event);
    Ok(shown)
}

static CUSTOMER_CHANGE: &[Field] = &[
    optional("address", Shape::Map(ADDRESS)),
    optional("balance", Shape::NotBuilt),
    optional("cash_balance", Shape::NotBuilt),
    optional("default_source", Shape::NotBuilt),
    optional("description", Shape::Clearable(5000)),
    optional("email", Shape::Email),
    optional("expand", Shape::List(&EXPAND)),
    optional("invoice_prefix", Shape::NotBuilt),
    optional("invoice_settings", Shape::NotBuilt),
    optional("metadata", Shape::MetadataChange),
    optional("name", Shape::Clearable(256)),
    optional("next_invoice_sequence", Shape::NotBuilt),
    optional("phone", Shape::Clearable(20)),
    optional("preferred_locales", Shape::List(&Shape::Text(35))),
    optional("shipping", Shape::NotBuilt),
    optional("source", Shape::NotBuilt),
    optional("tax", Shape::NotBuilt),
    optional("tax_exempt", Shape::NotBuilt),
];

fn update_customer(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = form::read(&call.form, CUSTOMER_CHANGE)?;
    let now_s = inner.clock.now_s();
    let (shown, event) = inner.change(|state| {
        let known = money::find_mut(&mut state.customers, &json!(id)).filter(|customer| customer["deleted"] != true);
        let known = known.ok_or_else(|| no_such("customer", id))?;
        let mut customer = known.clone();
        change(&mut customer, &params);
        let mut shown = customer.clone();
        *known = customer.clone();
        let event = state.add_event("customer.updated", &customer, &call.origin, now_s);
        expand(state, &mut shown, &params)?;
        Ok((shown, event))
    })?;
    inner.dispatch([event]);
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

fn delete_customer(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    form::read(&call.form, &[])?;
    let now_s = inner.clock.now_s();
    let (shown, event) = inner.change(|state| {
        let known = money::find_mut(&mut state.customers, &json!(id)).filter(|customer| customer["deleted"] != true);
        let known = known.ok_or_else(|| no_such("customer", id))?;
        let customer = known.clone();
        // It stays to be seen by its id, as something that is gone.
        *known = json!({"id": id, "object": "customer", "deleted": true});
        let shown = known.clone();
        Ok((shown, state.add_event("customer.deleted", &customer, &call.origin, now_s)))
    })?;
    inner.dispatch([event]);
    Ok(shown)
}

static CUSTOMERS: &[Field] = &[
    optional("created", Shape::Range),
    optional("email", Shape::Text(512)),
    optional("ending_before", Shape::Text(5000)),
    optional("expand", Shape::List(&EXPAND)),
    optional("limit", Shape::Integer),
    optional("starting_after", Shape::Text(5000)),
    optional("test_clock", Shape::NotBuilt),
];

fn list_customers(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = form::read(&call.form, CUSTOMERS)?;
    list_of(inner, call, &params, "customer", &["email"], |state| &state.customers)
}

/// A page of a list whose objects have all of `same` as they were asked for.
fn list_of(
    inner: &Inner,
    call: &Call,
    params: &Map<String, Value>,
    kind: &str,
    same: &[&str],
    all: impl Fn(&Account) -> &[Value],
) -> Result<Value> {
    inner.read(|state| list_from(state, call, params, kind, same, all(state)))
}

fn list_from(state: &Account, call: &Call, params: &Map<String, Value>, kind: &str, same: &[&str], all: &[Value]) -> Result<Value> {
    let wanted = |object: &Value| {
        let created = object["created"].as_i64().unwrap_or_default();
        let same = same.iter().all(|name| params.get(*name).is_none_or(|wanted| *wanted == object[*name]));
        same && object["deleted"] != true && in_range(params, created)
    };
    let all = all.iter().map(|object| (object["id"].as_str().unwrap_or_default(), wanted(object).then(|| object.clone())));
    page(state, &call.path, kind, all, params)
}

static PRODUCT_DATA: &[Field] = &[
    optional("description", Shape::Text(40_000)),
    optional("images", Shape::List(&Shape::Url)),
    optional("metadata", Shape::Metadata),
    required("name", Shape::Text(5000)),
    optional("tax_code", Shape::NotBuilt),
    optional("tax_details", Shape::NotBuilt),
    optional("unit_label", Shape::NotBuilt),
];

static PRICE_DATA: &[Field] = &[
    required("currency", Shape::Text(3)),
    optional("product", Shape::NotBuilt),
    required("product_data", Shape::Map(PRODUCT_DATA)),
    optional("recurring", Shape::NotBuilt),
    optional("tax_behavior", Shape::OneOf(&["exclusive", "inclusive", "unspecified"])),
    optional("unit_amount", Shape::Integer),
    optional("unit_amount_decimal", Shape::Decimal),
];

static LINE_ITEM: Shape = Shape::Map(&[
    optional("adjustable_quantity", Shape::NotBuilt),
    optional("dynamic_tax_rates", Shape::NotBuilt),
    optional("metadata", Shape::Metadata),
    optional("price", Shape::NotBuilt),
    required("price_data", Shape::Map(PRICE_DATA)),
    required("quantity", Shape::Integer),
    optional("tax_rates", Shape::NotBuilt),
]);

static PAYMENT_INTENT_DATA: &[Field] = &[
    optional("application_fee_amount", Shape::NotBuilt),
    optional("capture_method", Shape::NotBuilt),
    optional("description", Shape::Text(1000)),
    optional("metadata", Shape::Metadata),
    optional("on_behalf_of", Shape::NotBuilt),
    optional("receipt_email", Shape::Email),
    optional("setup_future_usage", Shape::NotBuilt),
    optional("shipping", Shape::NotBuilt),
    optional("statement_descriptor", Shape::Text(22)),
    optional("statement_descriptor_suffix", Shape::Text(22)),
    optional("transfer_data", Shape::NotBuilt),
    optional("transfer_group", Shape::NotBuilt),
];

static PAYMENT_METHOD_TYPE: Shape = Shape::OneOf(&[
    "alipay",
    "bancontact",
    "card",
    "customer_balance",
    "eps",
    "ideal",
    "klarna",
    "link",
    "p24",
    "paypal",
    "sepa_debit",
    "us_bank_account",
]);

static CUSTOMER_UPDATE: &[Field] = &[
    optional("address", Shape::OneOf(&["auto", "never"])),
    optional("name", Shape::OneOf(&["auto", "never"])),
    optional("shipping", Shape::OneOf(&["auto", "never"])),
];

static SESSION: &[Field] = &[
    optional("adaptive_pricing", Shape::NotBuilt),
    optional("after_expiration", Shape::NotBuilt),
    optional("allow_promotion_codes", Shape::Boolean),
    optional("allowed_payment_method_types", Shape::NotBuilt),
    optional("automatic_tax", Shape::NotBuilt),
    optional("billing_address_collection", Shape::OneOf(&["auto", "required"])),
    optional("branding_settings", Shape::NotBuilt),
    optional("cancel_url", Shape::Url),
    optional("client_reference_id", Shape::Text(200)),
    optional("consent_collection", Shape::NotBuilt),
    optional("currency", Shape::Text(3)),
    optional("custom_fields", Shape::NotBuilt),
    optional("custom_text", Shape::NotBuilt),
    optional("customer", Shape::Text(5000)),
    optional("customer_account", Shape::NotBuilt),
    optional("customer_creation", Shape::OneOf(&["if_required"])),
    optional("customer_email", Shape::Email),
    optional("customer_update", Shape::Map(CUSTOMER_UPDATE)),
    optional("discounts", Shape::NotBuilt),
    optional("excluded_payment_method_types", Shape::NotBuilt),
    optional("expand", Shape::List(&EXPAND)),
    optional("expires_at", Shape::Integer),
    optional("integration_identifier", Shape::NotBuilt),
    optional("invoice_creation", Shape::NotBuilt),
    optional("line_items", Shape::List(&LINE_ITEM)),
    optional("locale", Shape::Text(10)),
    optional("managed_payments", Shape::NotBuilt),
    optional("metadata", Shape::Metadata),
    required("mode", Shape::OneOf(&["payment", "setup", "subscription"])),
    optional("name_collection", Shape::NotBuilt),
    optional("optional_items", Shape::NotBuilt),
    optional("origin_context", Shape::NotBuilt),
    optional("payment_intent_data", Shape::Map(PAYMENT_INTENT_DATA)),
    optional("payment_method_collection", Shape::NotBuilt),
    optional("payment_method_configuration", Shape::NotBuilt),
    optional("payment_method_data", Shape::NotBuilt),
    optional("payment_method_options", Shape::NotBuilt),
    optional("payment_method_types", Shape::List(&PAYMENT_METHOD_TYPE)),
    optional("permissions", Shape::NotBuilt),
    optional("phone_number_collection", Shape::NotBuilt),
    optional("redirect_on_completion", Shape::NotBuilt),
    optional("return_url", Shape::NotBuilt),
    optional("saved_payment_method_options", Shape::NotBuilt),
    optional("setup_intent_data", Shape::NotBuilt),
    optional("shipping_address_collection", Shape::NotBuilt),
    optional("shipping_options", Shape::NotBuilt),
    optional("submit_type", Shape::OneOf(&["auto", "book", "donate", "pay"])),
    optional("subscription_data", Shape::NotBuilt),
    required("success_url", Shape::Url),
    optional("tax_id_collection", Shape::NotBuilt),
    optional("ui_mode", Shape::OneOf(&["hosted_page"])),
    optional("wallet_options", Shape::NotBuilt),
];

fn create_session(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = form::read(&call.form, SESSION)?;
    if params["mode"] != "payment" {
        let message = "The sandbox has no subscriptions or set-ups yet, although Stripe has.";
        return Err(ApiError::invalid(message).param("mode"));
    }
    if params.get("allow_promotion_codes") == Some(&json!(true)) {
        let message = "The sandbox has no promotion codes yet, although Stripe has.";
        return Err(ApiError::invalid(message).param("allow_promotion_codes"));
    }
    let now_s = inner.clock.now_s();
    let items = items(&params)?;
    let currency = items.first().map(|item| item.currency.clone()).ok_or_else(|| form::missing("line_items"))?;
    let total = items.iter().fold(0_i64, |sum, item| sum.saturating_add(item.unit_amount.saturating_mul(item.quantity)));
    currency::check_total(total, &currency)?;
    if params.contains_key("customer") && params.contains_key("customer_email") {
        return Err(ApiError::invalid("You may only specify one of these parameters: customer, customer_email."));
    }
    if params.contains_key("customer_update") && !params.contains_key("customer") {
        let message = "`customer_update` can only be used with `customer`.";
        return Err(ApiError::invalid(message).param("customer_update"));
    }
    let expires_at = expires_at(&params, now_s)?;
    let payment_intent_data = match params.get("payment_intent_data") {
        Some(Value::Object(data)) => data.clone(),
        _ => Map::new(),
    };

    let session = inner.change(|state| {
        let customer = match params.get("customer").and_then(Value::as_str) {
            None => None,
            Some(id) => {
                let found = state.customers.iter().find(|known| known["id"] == id && known["deleted"] != true);
                Some(found.ok_or_else(|| ApiError::missing("customer", id, "customer"))?)
            }
        };
        let id = objects::id(if inner.live { "cs_live_a1" } else { "cs_test_a1" }, 57);
        let url = format!("{}/c/pay/{id}", inner.url);
        let new = NewSession { id: &id, url, currency: &currency, total, expires_at, live: inner.live, now_s, customer };
        let object = objects::session(&params, &new);
        let mut line_items = Vec::new();
        for item in &items {
            let line_item = objects::line_item(item, inner.live, now_s);
            let product = objects::product(&line_item["price"]["product"], item, inner.live, now_s);
            state.products.push(product);
            line_items.push(line_item);
        }
        let mut shown = object.clone();
        state.sessions.push(Session { object, line_items, payment_intent_data });
        // A wrong `expand` must not leave a session behind.
        if let Err(error) = expand(state, &mut shown, &params) {
            state.sessions.pop();
            return Err(error);
        }
        Ok(shown)
    })?;
    inner.watch(expires_at);
    Ok(session)
}

fn items(params: &Map<String, Value>) -> Result<Vec<Item>> {
    let given = params.get("line_items").and_then(Value::as_array);
    let given = given.ok_or_else(|| form::missing("line_items"))?;
    if given.len() > 100 {
        let message = "A session takes up to 100 line items.";
        return Err(ApiError::invalid(message).param("line_items"));
    }
    let mut items: Vec<Item> = Vec::new();
    for (index, given) in given.iter().enumerate() {
        let at = |name: &str| format!("line_items[{index}]{name}");
        let price = &given["price_data"];
        let code = price["currency"].as_str().unwrap_or_default();
        let code = currency::parse(code, &at("[price_data][currency]"))?;
        if items.first().is_some_and(|first| first.currency != code) {
            let message = "All prices on a Checkout Session must be in the same currency.";
            return Err(ApiError::invalid(message).param(&at("[price_data][currency]")));
        }
        if let Some(wanted) = params.get("currency").and_then(Value::as_str)
            && !wanted.eq_ignore_ascii_case(&code)
        {
            let message = "The prices are not in the session's currency.";
            return Err(ApiError::invalid(message).param("currency"));
        }
        let unit_amount = unit_amount(price, &at("[price_data]"))?;
        currency::check_unit_amount(unit_amount, &code, &at("[price_data][unit_amount]"))?;
        let quantity = given["quantity"].as_i64().unwrap_or_default();
        if !(1..=999_999).contains(&quantity) {
            let error = ApiError::invalid("This value must be between 1 and 999999.");
            return Err(error.code("parameter_invalid_integer").param(&at("[quantity]")));
        }
        let product = &price["product_data"];
        let or = |given: &Value, default: Value| match given {
            Value::Null => default,
            given => given.clone(),
        };
        items.push(Item {
            name: product["name"].as_str().unwrap_or_default().to_owned(),
            description: product["description"].clone(),
            images: or(&product["images"], json!([])),
            product_metadata: or(&product["metadata"], json!({})),
            metadata: or(&given["metadata"], json!({})),
            currency: code,
            unit_amount,
            quantity,
            tax_behavior: or(&price["tax_behavior"], json!("unspecified")),
        });
    }
    Ok(items)
}

/// The price in minor units, from one of its two spellings.
fn unit_amount(price: &Value, at: &str) -> Result<i64> {
    let whole = price["unit_amount"].as_i64();
    let decimal = price["unit_amount_decimal"].as_str();
    match (whole, decimal) {
        (Some(amount), None) => Ok(amount),
        (None, Some(text)) => text.parse().map_err(|_| {
            let message = "The sandbox takes no fractions of a minor unit, although Stripe does.";
            ApiError::invalid(message).param(&format!("{at}[unit_amount_decimal]"))
        }),
        (None, None) => Err(form::missing(&format!("{at}[unit_amount]"))),
        (Some(_), Some(_)) => Err(ApiError::invalid("You may only specify one of these parameters: unit_amount, unit_amount_decimal.")),
    }
}

fn expires_at(params: &Map<String, Value>, now_s: i64) -> Result<i64> {
    const HALF_AN_HOUR_S: i64 = 30 * 60;
    const DAY_S: i64 = 24 * 3600;
    let Some(at) = params.get("expires_at").and_then(Value::as_i64) else {
        return Ok(now_s + DAY_S);
    };
    let left = at.saturating_sub(now_s);
    let wrong = if left < HALF_AN_HOUR_S {
        "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
    } else if left > DAY_S {
        "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
    } else {
        return Ok(at);
    };
    Err(ApiError::invalid(wrong).param("expires_at"))
}

static SESSION_CHANGE: &[Field] = &[
    optional("collected_information", Shape::NotBuilt),
    optional("expand", Shape::List(&EXPAND)),
    optional("metadata", Shape::MetadataChange),
    optional("shipping_options", Shape::NotBuilt),
];

fn update_session(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = form::read(&call.form, SESSION_CHANGE)?;
    inner.change(|state| {
        let session = state.session_mut(id).ok_or_else(|| no_such("checkout.session", id))?;
        change(&mut session.object, &params);
        let mut shown = session.object.clone();
        expand(state, &mut shown, &params)?;
        Ok(shown)
    })
}

static ONLY_EXPAND: &[Field] = &[optional("expand", Shape::List(&EXPAND))];

fn expire_session(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = form::read(&call.form, ONLY_EXPAND)?;
    let now_s = inner.clock.now_s();
    let (mut session, events) = inner.change(|state| {
        let session = state.session(id).ok_or_else(|| no_such("checkout.session", id))?;
        let status = session.object["status"].as_str().unwrap_or_default().to_owned();
        let events = state.expire(id, &call.origin, now_s);
        if events.is_empty() {
            let message = format!(
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout \
                 Session has a status of {status}."
            );
            return Err(ApiError::invalid(message).begun());
        }
        let session = state.session(id).map(|session| session.object.clone());
        Ok((session.unwrap_or_default(), events))
    })?;
    inner.dispatch(events);
    inner.read(|state| expand(state, &mut session, &params))?;
    Ok(session)
}

fn retrieve(inner: &Arc<Inner>, call: &Call, kind: &str, id: &str) -> Result<Value> {
    let params = form::read(&call.form, ONLY_EXPAND)?;
    inner.read(|state| {
        let mut object = find(state, kind, id).ok_or_else(|| no_such(kind, id))?;
        expand(state, &mut object, &params)?;
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
        "event" => state.event(id).map(super::Event::value),
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

/// Puts the objects in place of their ids that `expand` names.
fn expand(state: &Account, object: &mut Value, params: &Map<String, Value>) -> Result<()> {
    let paths = params.get("expand").and_then(Value::as_array);
    for path in paths.into_iter().flatten().filter_map(Value::as_str) {
        let names: Vec<&str> = path.split('.').collect();
        if names.len() > 4 || !expand_path(state, object, &names) {
            let message = format!("This property cannot be expanded ({path}).");
            return Err(ApiError::invalid(message).param("expand"));
        }
    }
    Ok(())
}

fn expand_path(state: &Account, object: &mut Value, names: &[&str]) -> bool {
    let Some((name, rest)) = names.split_first() else {
        return true;
    };
    if let (&"line_items", Some(session)) = (name, session_of(state, object)) {
        object["line_items"] = session.items();
        return expand_path(state, &mut object["line_items"], rest);
    }
    if *name == "refunds" && object["object"] == "charge" {
        object["refunds"] = refunds_of(state, object);
        return expand_path(state, &mut object["refunds"], rest);
    }
    match object.get_mut(*name) {
        None => false,
        // Nothing is there to be expanded, which is no mistake.
        Some(Value::Null) => true,
        Some(Value::Array(items)) => items.iter_mut().all(|item| expand_path(state, item, rest)),
        Some(inner @ Value::Object(_)) => !rest.is_empty() && expand_path(state, inner, rest),
        Some(field) => {
            let id = field.as_str().unwrap_or_default();
            let found = kind_of(id).filter(|_| *name != "id").and_then(|kind| find(state, kind, id));
            match found {
                Some(found) => {
                    *field = found;
                    expand_path(state, field, rest)
                }
                None => false,
            }
        }
    }
}

fn refunds_of(state: &Account, charge: &Value) -> Value {
    let refunds = state.refunds.iter().rev().filter(|refund| refund["charge"] == charge["id"]).cloned().collect();
    let url = format!("/v1/charges/{}/refunds", charge["id"].as_str().unwrap_or_default());
    objects::list(&url, refunds, false)
}

fn session_of<'a>(state: &'a Account, object: &Value) -> Option<&'a Session> {
    if object["object"] != "checkout.session" {
        return None;
    }
    state.session(object["id"].as_str()?)
}

static EVENTS: &[Field] = &[
    optional("created", Shape::Range),
    optional("delivery_success", Shape::Boolean),
    optional("ending_before", Shape::Text(5000)),
    optional("expand", Shape::List(&EXPAND)),
    optional("limit", Shape::Integer),
    optional("starting_after", Shape::Text(5000)),
    optional("type", Shape::Text(5000)),
    optional("types", Shape::List(&Shape::Text(5000))),
];

fn list_events(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = form::read(&call.form, EVENTS)?;
    let types = params.get("types").and_then(Value::as_array);
    if types.is_some_and(|types| types.len() > 20) {
        return Err(ApiError::invalid("You may give up to 20 types.").param("types"));
    }
    if types.is_some() && params.contains_key("type") {
        return Err(ApiError::invalid("You may only specify one of these parameters: type, types."));
    }
    let wanted = |event: &super::Event| {
        let kind = event.kind();
        let by_type = match params.get("type").and_then(Value::as_str) {
            Some(wanted) => matches_type(wanted, kind),
            None => true,
        };
        let by_types = types.is_none_or(|types| {
            let mut types = types.iter().filter_map(Value::as_str);
            types.any(|wanted| matches_type(wanted, kind))
        });
        // Events that are pending or were given up count as not delivered.
        let delivered = event.deliveries.iter().all(|delivery| delivery.state == super::DeliveryState::Delivered);
        let by_success = match params.get("delivery_success").and_then(Value::as_bool) {
            Some(wanted) => wanted == delivered,
            None => true,
        };
        by_type && by_types && by_success && in_range(&params, event.created_s())
    };
    inner.read(|state| {
        let all = state.events.iter().map(|event| (event.id(), wanted(event).then(|| event.value())));
        page(state, "/v1/events", "event", all, &params)
    })
}

/// `charge.*` takes every type of that kind.
fn matches_type(wanted: &str, kind: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => wanted == kind,
    }
}

static SESSIONS: &[Field] = &[
    optional("created", Shape::Range),
    optional("customer", Shape::Text(5000)),
    optional("customer_account", Shape::NotBuilt),
    optional("customer_details", Shape::Map(&[required("email", Shape::Email)])),
    optional("ending_before", Shape::Text(5000)),
    optional("expand", Shape::List(&EXPAND)),
    optional("limit", Shape::Integer),
    optional("payment_intent", Shape::Text(5000)),
    optional("payment_link", Shape::NotBuilt),
    optional("starting_after", Shape::Text(5000)),
    optional("status", Shape::OneOf(&["complete", "expired", "open"])),
    optional("subscription", Shape::NotBuilt),
];

fn list_sessions(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = form::read(&call.form, SESSIONS)?;
    let wanted = |session: &Session| {
        let object = &session.object;
        let same = |name: &str| params.get(name).is_none_or(|wanted| *wanted == object[name]);
        let email = params.get("customer_details").is_none_or(|wanted| wanted["email"] == object["customer_details"]["email"]);
        let created = object["created"].as_i64().unwrap_or_default();
        same("customer") && same("payment_intent") && same("status") && email && in_range(&params, created)
    };
    inner.read(|state| {
        let all = state.sessions.iter().map(|session| (session.id(), wanted(session).then(|| session.object.clone())));
        page(state, "/v1/checkout/sessions", "checkout.session", all, &params)
    })
}

static LINE_ITEMS: &[Field] = &[
    optional("ending_before", Shape::Text(5000)),
    optional("expand", Shape::List(&EXPAND)),
    optional("limit", Shape::Integer),
    optional("starting_after", Shape::Text(5000)),
];

fn list_line_items(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = form::read(&call.form, LINE_ITEMS)?;
    inner.read(|state| {
        let session = state.session(id).ok_or_else(|| no_such("checkout.session", id))?;
        // Line items are listed first to last, so the order is turned twice.
        let all = session.line_items.iter().rev().map(|item| (item["id"].as_str().unwrap_or_default(), Some(item.clone())));
        page(state, &call.path, "item", all, &params)
    })
}

fn in_range(params: &Map<String, Value>, created_s: i64) -> bool {
    match params.get("created") {
        None => true,
        Some(Value::Object(bounds)) => bounds.iter().all(|(name, bound)| {
            let bound = bound.as_i64().unwrap_or_default();
            match name.as_str() {
                "gt" => created_s > bound,
                "gte" => created_s >= bound,
                "lt" => created_s < bound,
                _ => created_s <= bound,
            }
        }),
        Some(exact) => exact.as_i64() == Some(created_s),
    }
}

/// Cuts one page out of `oldest_first`, ids with the objects that are wanted.
fn page<'a>(
    state: &Account,
    url: &str,
    kind: &str,
    oldest_first: impl DoubleEndedIterator<Item = (&'a str, Option<Value>)>,
    params: &Map<String, Value>,
) -> Result<Value> {
    let limit = params.get("limit").and_then(Value::as_i64).unwrap_or(10);
    if !(1..=100).contains(&limit) {
        let error = ApiError::invalid("This value must be between 1 and 100.");
        return Err(error.code("parameter_invalid_integer").param("limit"));
    }
    let limit = usize::try_from(limit).unwrap_or(10);
    let mut all: Vec<(&str, Option<Value>)> = oldest_first.rev().collect();
    let position = |name: &str| -> Result<Option<usize>> {
        let Some(id) = params.get(name).and_then(Value::as_str) else {
            return Ok(None);
        };
        let found = all.iter().position(|(known, _)| *known == id);
        found.map(Some).ok_or_else(|| ApiError::missing(kind, id, name))
    };
    let after = position("starting_after")?;
    let before = position("ending_before")?;
    if after.is_some() && before.is_some() {
        return Err(ApiError::invalid("You may only specify one of these parameters: ending_before, starting_after."));
    }
    let range = after.map_or(0, |at| at + 1)..before.unwrap_or(all.len());
    let mut wanted: Vec<Value> = all.drain(range).filter_map(|(_, object)| object).collect();
    let has_more = wanted.len() > limit;
    if before.is_some() {
        // Going back, the page is the one next to the cursor.
        wanted.drain(..wanted.len().saturating_sub(limit));
    } else {
        wanted.truncate(limit);
    }
    let mut list = objects::list(url, wanted, has_more);
    expand(state, &mut list, params)?;
    Ok(list)
}
