//! Which web pages may use the bucket, and what their browsers are told.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use sandbox_core::fault::xml_error;

/// What pages of some origins may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorsRule {
    /// Origins such as `https://studio.example`; one `*` in each may stand for
    /// anything.
    pub origins: Vec<String>,
    /// Among GET, PUT, POST, DELETE and HEAD.
    pub methods: Vec<String>,
    /// The request headers that may be sent; one `*` in each may stand for
    /// anything.
    #[serde(default)]
    pub headers: Vec<String>,
    /// The response headers that the page may read.
    #[serde(default)]
    pub expose: Vec<String>,
    /// For how many seconds a browser may remember the answer.
    #[serde(default)]
    pub max_age_s: Option<i32>,
}

/// The bucket's rules. The first that fits counts, as at S3.
#[derive(Clone, Default)]
pub(super) struct Cors {
    rules: Arc<Mutex<Vec<CorsRule>>>,
}

impl Cors {
    pub fn set(&self, rules: Vec<CorsRule>) {
        *self.rules.lock().unwrap_or_else(PoisonError::into_inner) = rules;
    }

    pub fn rules(&self) -> Vec<CorsRule> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn rule_for(&self, origin: &str, method: &str, headers: &[String]) -> Option<CorsRule> {
        let fits = |rule: &CorsRule| {
            let allowed = |header: &String| rule.headers.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), header));
            rule.origins.iter().any(|pattern| matches(pattern, origin))
                && rule.methods.iter().any(|allowed| allowed == method)
                && headers.iter().all(allowed)
        };
        self.rules().into_iter().find(fits)
    }
}

impl CorsRule {
    /// Why S3 would not take the rule.
    pub(super) fn wrong(&self) -> Option<String> {
        if self.origins.is_empty() || self.methods.is_empty() {
            return Some("A CORS rule needs an AllowedOrigin and an AllowedMethod.".to_owned());
        }
        let known = ["GET", "PUT", "POST", "DELETE", "HEAD"];
        if let Some(method) = self.methods.iter().find(|method| !known.contains(&method.as_str())) {
            return Some(format!("Found unsupported HTTP method in CORS config. Unsupported method is {method}"));
        }
        let patterns = self.origins.iter().chain(&self.headers);
        let wrong = patterns.into_iter().find(|pattern| pattern.matches('*').count() > 1)?;
        Some(format!("{wrong} can not have more than one wildcard."))
    }

    fn tell(&self, headers: &mut HeaderMap, origin: &str) {
        let everybody = self.origins.iter().any(|pattern| pattern == "*");
        set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, if everybody { "*" } else { origin });
        if !everybody {
            set(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, &self.methods.join(", "));
        if !self.expose.is_empty() {
            set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, &self.expose.join(", "));
        }
        if let Some(seconds) = self.max_age_s {
            set(headers, header::ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
        }
        set(headers, header::VARY, "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
    }
}

/// Answers preflights, which carry no signature, and tells the browser of other
/// requests whether the page may read the answer.
pub(super) async fn answer(State(cors): State<Cors>, request: Request, next: Next) -> Response {
    let sent = request.headers().clone();
    let text = |name: HeaderName| sent.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let origin = text(header::ORIGIN);
    if request.method() == Method::OPTIONS {
        let method = text(header::ACCESS_CONTROL_REQUEST_METHOD);
        let (Some(origin), Some(method)) = (origin, method) else {
            let message = "Insufficient information. Origin request header needed.";
            return xml_error(StatusCode::BAD_REQUEST, "BadRequest", message);
        };
        let headers: Vec<String> = text(header::ACCESS_CONTROL_REQUEST_HEADERS)
            .unwrap_or_default()
            .split(',')
            .map(|name| name.trim().to_ascii_lowercase())
            .filter(|name| !name.is_empty())
            .collect();
        let Some(rule) = cors.rule_for(&origin, &method, &headers) else {
            let message = "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, \
                           request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted \
                           by the resource's CORS spec.";
            return xml_error(StatusCode::FORBIDDEN, "AccessForbidden", message);
        };
        let mut response = StatusCode::OK.into_response();
        rule.tell(response.headers_mut(), &origin);
        if !headers.is_empty() {
            set(response.headers_mut(), header::ACCESS_CONTROL_ALLOW_HEADERS, &headers.join(", "));
        }
        return response;
    }
    let method = request.method().to_string();
    let mut response = next.run(request).await;
    if let Some(origin) = origin
        && let Some(rule) = cors.rule_for(&origin, &method, &[])
    {
        rule.tell(response.headers_mut(), &origin);
    }
    response
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whether a text fits a pattern with at most one `*`.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end),
    }
}
