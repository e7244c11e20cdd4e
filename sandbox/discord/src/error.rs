//! Discord's error bodies: a code, a sentence and, for a bad form, where it is bad.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// A refused request, as Discord words it.
#[derive(Debug)]
pub(super) struct ApiError {
    pub status: StatusCode,
    pub code: u64,
    pub message: String,
    pub errors: Option<Value>,
}

/// What a REST handler answers: a body, or a refusal.
pub(super) type ApiResult<T = Response> = Result<T, ApiError>;

impl ApiError {
    pub fn new(status: StatusCode, code: u64, message: &str) -> ApiError {
        ApiError { status, code, message: message.to_owned(), errors: None }
    }

    fn not_found(code: u64, message: &str) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, code, message)
    }

    fn forbidden(code: u64, message: &str) -> ApiError {
        ApiError::new(StatusCode::FORBIDDEN, code, message)
    }

    fn bad(code: u64, message: &str) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub fn no_route() -> ApiError {
        ApiError::not_found(0, "404: Not Found")
    }

    pub fn wrong_method() -> ApiError {
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, 0, "405: Method Not Allowed")
    }

    pub fn unauthorized() -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, 0, "401: Unauthorized")
    }

    pub fn unknown_channel() -> ApiError {
        ApiError::not_found(10003, "Unknown Channel")
    }

    pub fn unknown_guild() -> ApiError {
        ApiError::not_found(10004, "Unknown Guild")
    }

    pub fn unknown_member() -> ApiError {
        ApiError::not_found(10007, "Unknown Member")
    }

    pub fn unknown_message() -> ApiError {
        ApiError::not_found(10008, "Unknown Message")
    }

    pub fn unknown_role() -> ApiError {
        ApiError::not_found(10011, "Unknown Role")
    }

    pub fn unknown_user() -> ApiError {
        ApiError::not_found(10013, "Unknown User")
    }

    pub fn unknown_webhook() -> ApiError {
        ApiError::not_found(10015, "Unknown Webhook")
    }

    pub fn unknown_interaction() -> ApiError {
        ApiError::not_found(10062, "Unknown interaction")
    }

    pub fn unknown_command() -> ApiError {
        ApiError::not_found(10063, "Unknown application command")
    }

    pub fn unknown_sku() -> ApiError {
        ApiError::not_found(10027, "Unknown SKU")
    }

    pub fn unknown_entitlement() -> ApiError {
        ApiError::not_found(10029, "Unknown Entitlement")
    }

    pub fn unknown_rules() -> ApiError {
        ApiError::not_found(10066, "Unknown application command permissions")
    }

    pub fn not_for_bots() -> ApiError {
        ApiError::forbidden(20001, "Bots cannot use this endpoint")
    }

    pub fn too_many_follow_ups() -> ApiError {
        ApiError::bad(40094, "This interaction has hit the maximum number of follow up messages")
    }

    pub fn invalid_role() -> ApiError {
        ApiError::bad(50028, "Invalid role")
    }

    pub fn unknown_application() -> ApiError {
        ApiError::not_found(10002, "Unknown Application")
    }

    pub fn too_many_attachments() -> ApiError {
        ApiError::bad(30015, "Maximum number of attachments in a message reached (10)")
    }

    pub fn too_many_commands(most: usize) -> ApiError {
        ApiError::bad(30032, &format!("Maximum number of application commands reached ({most})."))
    }

    pub fn too_large() -> ApiError {
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, 40005, "Request entity too large")
    }

    pub fn already_acknowledged() -> ApiError {
        ApiError::bad(40060, "Interaction has already been acknowledged.")
    }

    pub fn missing_access() -> ApiError {
        ApiError::forbidden(50001, "Missing Access")
    }

    pub fn not_the_author() -> ApiError {
        ApiError::forbidden(50005, "Cannot edit a message authored by another user")
    }

    pub fn empty_message() -> ApiError {
        ApiError::bad(50006, "Cannot send an empty message")
    }

    pub fn dms_closed() -> ApiError {
        ApiError::forbidden(50007, "Cannot send messages to this user")
    }

    pub fn no_mutual_guild() -> ApiError {
        ApiError::forbidden(50278, "Cannot send messages to this user due to having no mutual guilds")
    }

    pub fn missing_permissions() -> ApiError {
        ApiError::forbidden(50013, "Missing Permissions")
    }

    pub fn no_history() -> ApiError {
        ApiError::forbidden(160002, "Cannot reply without permission to read message history")
    }

    pub fn not_consumable() -> ApiError {
        ApiError::bad(40018, "Only consumable SKUs can be consumed")
    }

    pub fn not_a_test_entitlement() -> ApiError {
        ApiError::bad(40019, "You can only delete sandbox entitlements.")
    }

    pub fn invalid_webhook_token() -> ApiError {
        ApiError::new(StatusCode::UNAUTHORIZED, 50027, "Invalid Webhook Token")
    }

    pub fn invalid_recipients() -> ApiError {
        ApiError::bad(50033, "Invalid Recipient(s)")
    }

    pub fn not_json() -> ApiError {
        ApiError::bad(50109, "The request body contains invalid JSON.")
    }
}

impl ApiError {
    /// The same about a form that is inside another.
    pub fn under(mut self, key: &str) -> ApiError {
        self.errors = self.errors.map(|errors| json!({ key: errors }));
        self
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({ "message": self.message, "code": self.code });
        if let Some(errors) = self.errors {
            body["errors"] = errors;
        }
        (self.status, Json(body)).into_response()
    }
}

/// Collects what is wrong with a form, each at its path, as error 50035 tells it.
#[derive(Debug, Default)]
pub(super) struct Form {
    errors: Map<String, Value>,
}

impl Form {
    /// `path` is dotted, such as `embeds.0.title`; an empty one means the body itself.
    pub fn fail(&mut self, path: &str, code: &str, message: impl Into<String>) {
        let mut place = &mut self.errors;
        for key in path.split('.').filter(|key| !key.is_empty()) {
            let entry = place.entry(key).or_insert_with(|| Value::Object(Map::new()));
            let Value::Object(inner) = entry else { return };
            place = inner;
        }
        let list = place.entry("_errors").or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(json!({ "code": code, "message": message.into() }));
        }
    }

    pub fn required(&mut self, path: &str) {
        self.fail(path, "BASE_TYPE_REQUIRED", "This field is required");
    }

    pub fn finish(self) -> ApiResult<()> {
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(ApiError {
            status: StatusCode::BAD_REQUEST,
            code: 50035,
            message: "Invalid Form Body".to_owned(),
            errors: Some(Value::Object(self.errors)),
        })
    }
}

/// A form with one mistake.
pub(super) fn bad_form(path: &str, code: &str, message: impl Into<String>) -> ApiError {
    let mut form = Form::default();
    form.fail(path, code, message);
    form.finish().expect_err("one mistake was put in")
}
