//! The objects and the CORS rules, through the control interface.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::routing::{get, put};
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Answer, Inner, Shared, body, fail, query};
use crate::storage::CorsRule;

pub(super) fn routes() -> Router<Arc<Inner>> {
    Router::new()
        .route("/storage/objects", get(objects))
        .route("/storage/object", get(object).delete(delete_object))
        .route("/storage/cors", put(set_cors).get(cors))
}

async fn objects(State(inner): Shared) -> Answer {
    let objects: Vec<Json> = inner.sandbox.storage.objects().into_iter().map(|(key, size)| json!({"key": key, "size": size})).collect();
    Ok(axum::Json(json!(objects)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Object {
    key: String,
}

async fn object(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Object = query(&uri)?;
    let bytes = inner.sandbox.storage.get(&asked.key);
    let bytes = bytes.ok_or_else(|| fail(StatusCode::NOT_FOUND, format!("There is no object `{}`.", asked.key)))?;
    Ok(axum::Json(json!({"key": asked.key, "base64": base64::engine::general_purpose::STANDARD.encode(bytes)})))
}

async fn delete_object(State(inner): Shared, uri: Uri) -> Answer {
    let asked: Object = query(&uri)?;
    if !inner.sandbox.storage.delete(&asked.key) {
        return Err(fail(StatusCode::NOT_FOUND, format!("There is no object `{}`.", asked.key)));
    }
    Ok(axum::Json(json!({"deleted": true})))
}

async fn set_cors(State(inner): Shared, bytes: Bytes) -> Answer {
    let rules: Vec<CorsRule> = body(&bytes)?;
    inner.sandbox.storage.set_cors(rules).map_err(|why| fail(StatusCode::BAD_REQUEST, why))?;
    Ok(axum::Json(json!(inner.sandbox.storage.cors())))
}

async fn cors(State(inner): Shared) -> Answer {
    Ok(axum::Json(json!(inner.sandbox.storage.cors())))
}
