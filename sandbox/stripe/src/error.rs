//! Stripe's error bodies.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::objects::Decline;

/// A refusal in Stripe's own form.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    pub status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
    extra: Map<String, Value>,
    /// Whether the request was being carried out when it failed, so that its
    /// idempotency key keeps the answer.
    pub begun: bool,
}

pub(super) type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    pub fn invalid(message: impl Into<String>) -> ApiError {
        ApiError {
            status: StatusCode::BAD_REQUEST,
            kind: "invalid_request_error",
            code: None,
            param: None,
            message: message.into(),
            extra: Map::new(),
            begun: false,
        }
    }

    pub fn idempotency(status: StatusCode, message: String) -> ApiError {
        ApiError { status, kind: "idempotency_error", ..ApiError::invalid(message) }
    }

    /// A bank said no; `intent` is the payment as it is now.
    pub fn declined(decline: &Decline, charge: &Value, intent: Value) -> ApiError {
        let mut error = ApiError::invalid(decline.message).code(decline.code).status(StatusCode::PAYMENT_REQUIRED).begun();
        error.kind = "card_error";
        error.extra.insert("charge".into(), charge.clone());
        error.extra.insert("decline_code".into(), decline.decline_code.into());
        error.extra.insert("payment_intent".into(), intent);
        error
    }

    pub fn unauthorized(message: impl Into<String>) -> ApiError {
        ApiError::invalid(message).status(StatusCode::UNAUTHORIZED)
    }

    /// There is no such object; `param` names what held its id.
    pub fn missing(kind: &str, id: &str, param: &str) -> ApiError {
        ApiError::invalid(format!("No such {kind}: '{id}'")).code("resource_missing").param(param)
    }

    pub fn status(mut self, status: StatusCode) -> ApiError {
        self.status = status;
        self
    }

    pub fn code(mut self, code: &'static str) -> ApiError {
        self.code = Some(code);
        self
    }

    pub fn param(mut self, param: &str) -> ApiError {
        self.param = Some(param.to_owned());
        self
    }

    pub fn begun(mut self) -> ApiError {
        self.begun = true;
        self
    }

    /// Adds to the sentence of an object that was not found.
    pub fn similar_in(mut self, other_mode: &str, this_mode: &str) -> ApiError {
        let hint = format!("; a similar object exists in {other_mode} mode, but a {this_mode} mode key was used to make this request.");
        self.message.push_str(&hint);
        self
    }

    /// The id in `No such …: 'id'`.
    pub fn missing_id(&self) -> Option<&str> {
        if self.code != Some("resource_missing") {
            return None;
        }
        self.message.split('\'').nth(1)
    }

    pub fn body(self) -> Value {
        let mut error = self.extra;
        if let Some(code) = self.code {
            let page = code.replace('_', "-");
            error.insert("code".into(), code.into());
            let url = format!("https://stripe.com/docs/error-codes/{page}");
            error.insert("doc_url".into(), url.into());
        }
        error.insert("message".into(), self.message.into());
        if let Some(param) = self.param {
            error.insert("param".into(), param.into());
        }
        error.insert("type".into(), self.kind.into());
        json!({ "error": error })
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, axum::Json(self.body())).into_response()
    }
}
