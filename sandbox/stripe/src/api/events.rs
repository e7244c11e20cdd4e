//! Events, as they are listed.

use std::sync::Arc;

use serde_json::Value;

use super::lists::{in_range, page, read_list};
use super::{Call, retrieve, unrecognized};
use crate::error::{ApiError, Result};
use crate::form::{Field, Shape, optional};
use crate::{DeliveryState, Event, Inner};

pub(super) fn route(inner: &Arc<Inner>, call: &Call, method: &str, rest: &[&str]) -> Result<Value> {
    match (method, rest) {
        ("GET", []) => list_events(inner, call),
        ("GET", [id]) => retrieve(inner, call, "event", id),
        _ => Err(unrecognized(call)),
    }
}

static EVENTS: &[Field] = &[
    optional("created", Shape::Range),
    optional("delivery_success", Shape::Boolean),
    optional("type", Shape::Text(5000)),
    optional("types", Shape::List(&Shape::Text(5000))),
];

fn list_events(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = read_list(call, "event", EVENTS)?;
    let types = params.get("types").and_then(Value::as_array);
    if types.is_some_and(|types| types.len() > 20) {
        return Err(ApiError::invalid("You may give up to 20 types.").param("types"));
    }
    let wildcard = types.and_then(|types| types.iter().position(|kind| kind.as_str().is_some_and(|kind| kind.contains('*'))));
    if let Some(at) = wildcard {
        // At Stripe only `type` is said to take one, so that nobody should rely on more.
        return Err(ApiError::invalid("`types` takes names of events; only `type` takes a `*`.").param(&format!("types[{at}]")));
    }
    if types.is_some() && params.contains_key("type") {
        return Err(ApiError::invalid("You may only specify one of these parameters: type, types."));
    }
    let wanted = |event: &Event| {
        let kind = event.kind();
        let by_type = match params.get("type").and_then(Value::as_str) {
            Some(wanted) => matches_type(wanted, kind),
            None => true,
        };
        let by_types = types.is_none_or(|types| types.iter().any(|wanted| wanted == kind));
        // Events that are pending or were given up count as not delivered.
        let delivered = event.deliveries.iter().all(|delivery| delivery.state == DeliveryState::Delivered);
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
