//! Webhook endpoints, managed through the API.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::lists::{list_from, read_list};
use super::{Call, change, no_such, read, unrecognized};
use crate::error::{ApiError, Result};
use crate::event_types::EVENT_TYPES;
use crate::form::{self, Field, Shape, optional, required};
use crate::webhooks::WebhookEndpoint;
use crate::{Inner, objects};

const KIND: &str = "webhook endpoint";

static EVENT_TYPE: Shape = Shape::OneOf(EVENT_TYPES);

static NEW: &[Field] = &[
    optional("api_version", Shape::Text(50)),
    optional("connect", Shape::NotBuilt),
    optional("description", Shape::Clearable(5000)),
    required("enabled_events", Shape::List(&EVENT_TYPE)),
    optional("metadata", Shape::Unset(&Shape::Metadata)),
    required("url", Shape::Url),
];

static CHANGE: &[Field] = &[
    optional("description", Shape::Clearable(5000)),
    optional("disabled", Shape::Boolean),
    optional("enabled_events", Shape::List(&EVENT_TYPE)),
    optional("metadata", Shape::MetadataChange),
    optional("url", Shape::Url),
];

pub(super) fn route(inner: &Arc<Inner>, call: &Call, method: &str, rest: &[&str]) -> Result<Value> {
    match (method, rest) {
        ("POST", []) => create(inner, call),
        ("GET", []) => list(inner, call),
        ("GET", [id]) => {
            read(call, KIND, &[])?;
            inner
                .read(|state| state.endpoints.iter().find(|one| one.id == *id).map(|one| objects::webhook_endpoint(one, inner.live)))
                .ok_or_else(|| missing(id))
        }
        ("POST", [id]) => update(inner, call, id),
        ("DELETE", [id]) => {
            form::read(&call.form, &[])?;
            inner.change(|state| {
                let at = state.endpoints.iter().position(|one| one.id == *id).ok_or_else(|| missing(id))?;
                state.endpoints.remove(at);
                Ok(json!({"id": id, "object": "webhook_endpoint", "deleted": true}))
            })
        }
        _ => Err(unrecognized(call)),
    }
}

fn missing(id: &str) -> ApiError {
    no_such(KIND, id)
}

fn create(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = read(call, KIND, NEW)?;
    if let Some(version) = params.get("api_version").and_then(Value::as_str)
        && version != objects::API_VERSION
    {
        let message = format!("The sandbox speaks API version {}, not {version}.", objects::API_VERSION);
        return Err(ApiError::invalid(message).param("api_version"));
    }
    check(&params, inner.live)?;
    let types = text_list(&params);
    let types: Vec<&str> = types.iter().map(String::as_str).collect();
    let url = params["url"].as_str().unwrap_or_default();
    let mut endpoint = WebhookEndpoint::new(url, &types, &objects::id("whsec_", 32), inner.clock.now_s());
    endpoint.description = params.get("description").cloned().unwrap_or_default();
    endpoint.metadata = params.get("metadata").cloned().unwrap_or_else(|| json!({}));
    let endpoint = inner.add_endpoint(endpoint);
    // The secret is told once, when the endpoint is made.
    let mut shown = objects::webhook_endpoint(&endpoint, inner.live);
    shown["api_version"] = params.get("api_version").cloned().unwrap_or_default();
    shown["secret"] = endpoint.secret.into();
    Ok(shown)
}

fn text_list(params: &Map<String, Value>) -> Vec<String> {
    let types = params.get("enabled_events").and_then(Value::as_array);
    types.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn check(params: &Map<String, Value>, live: bool) -> Result<()> {
    let types = text_list(params);
    if params.contains_key("enabled_events") && types.is_empty() {
        return Err(form::missing("enabled_events"));
    }
    if types.iter().any(|kind| kind == "*") && types.len() > 1 {
        let message = "`*` takes every type of event, so it stands alone.";
        return Err(ApiError::invalid(message).param("enabled_events"));
    }
    // Live mode wants TLS. A loopback address has no way to it, and no need.
    if let Some(url) = params.get("url").and_then(Value::as_str).and_then(|url| url::Url::parse(url).ok()) {
        let loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if live && url.scheme() != "https" && !loopback {
            return Err(ApiError::invalid("Invalid URL: in live mode it must begin with https.").code("url_invalid").param("url"));
        }
    }
    Ok(())
}

fn update(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, KIND, CHANGE)?;
    check(&params, inner.live)?;
    inner.change(|state| {
        let endpoint = state.endpoints.iter_mut().find(|one| one.id == id).ok_or_else(|| missing(id))?;
        let mut shown = objects::webhook_endpoint(endpoint, inner.live);
        change(&mut shown, &params);
        endpoint.description = shown["description"].clone();
        endpoint.metadata = shown["metadata"].clone();
        endpoint.url = shown["url"].as_str().unwrap_or_default().to_owned();
        if params.contains_key("enabled_events") {
            endpoint.types = text_list(&params);
        }
        if let Some(disabled) = params.get("disabled").and_then(Value::as_bool) {
            endpoint.enabled = !disabled;
        }
        Ok(objects::webhook_endpoint(endpoint, inner.live))
    })
}

fn list(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = read_list(call, KIND, &[])?;
    inner.read(|state| {
        let all: Vec<Value> = state.endpoints.iter().map(|one| objects::webhook_endpoint(one, inner.live)).collect();
        list_from(state, call, &params, KIND, &[], &all)
    })
}
