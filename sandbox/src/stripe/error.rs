//! Stripe's error bodies.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// A refusal in Stripe's own form.
#[derive(Clone, Debug)]
pub(super) struct ApiError {
    pub status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<String>,
    message: String,
}

pub(super) type Result<T> = std::result::Result<T, ApiError>;

impl ApiError {
    pub fn invalid(message: impl Into<String>) -> ApiError {
        ApiError { status: StatusCode::BAD_REQUEST, kind: "invalid_request_error", code: None, param: None, message: message.into() }
    }

    pub fn idempotency(status: StatusCode, message: String) -> ApiError {
        ApiError { status, kind: "idempotency_error", ..ApiError::invalid(message) }
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
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut error = Map::new();
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
        let body = Value::Object(error);
        (self.status, axum::Json(json!({ "error": body }))).into_response()
    }
}
