//! What answers of REST, and what they refuse, have in common.

use std::collections::HashMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use serde_json::Value;

use super::error::{ApiResult, bad_form};
use super::state::Id;

pub(super) fn ok(body: Value) -> ApiResult {
    Ok(Json(body).into_response())
}

pub(super) fn no_content() -> ApiResult {
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) fn snowflake(name: &str, text: &str) -> ApiResult<Id> {
    text.parse().map_err(|_| bad_form(name, "NUMBER_TYPE_COERCE", format!("Value \"{text}\" is not snowflake.")))
}

/// The `limit` of a list, 1 to `most`.
pub(super) fn limit_of(query: &HashMap<String, String>, otherwise: usize, most: usize) -> ApiResult<usize> {
    let Some(text) = query.get("limit") else { return Ok(otherwise) };
    match text.parse::<usize>() {
        Ok(0) => Err(bad_form("limit", "NUMBER_TYPE_MIN", "int value should be greater than or equal to 1.")),
        Ok(limit) if limit > most => {
            Err(bad_form("limit", "NUMBER_TYPE_MAX", format!("int value should be less than or equal to {most}.")))
        }
        Ok(limit) => Ok(limit),
        Err(_) => Err(bad_form("limit", "NUMBER_TYPE_COERCE", format!("Value \"{text}\" is not int."))),
    }
}
