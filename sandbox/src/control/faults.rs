//! Misbehaviour, through the control interface.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::routing::post;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, Inner, Shared, body, fail, query};
use crate::Sandbox;
use crate::discord;
use crate::fault::{Fault, Faults};
use crate::record::Service;
use crate::stripe::EVENT_TYPES;

pub(super) fn routes() -> Router<Arc<Inner>> {
    Router::new().route("/faults", post(add_fault).get(list_faults).delete(clear_faults))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddFault {
    service: Service,
    #[serde(default = "any")]
    method: String,
    #[serde(default)]
    path: String,
    /// The type of event to meet, in place of a method and a path.
    event: Option<String>,
    status: Option<u16>,
    retry_after: Option<f64>,
    delay_ms: Option<u64>,
    #[serde(default)]
    drop: bool,
    #[serde(default)]
    lose_answer: bool,
    #[serde(default)]
    cut: bool,
    #[serde(default)]
    duplicate: bool,
    #[serde(default)]
    reorder: bool,
    #[serde(default)]
    kept: bool,
    /// The service's own word for the reason of `status`.
    code: Option<String>,
    times: Option<u32>,
}

fn any() -> String {
    "*".to_owned()
}

async fn add_fault(State(inner): Shared, bytes: Bytes) -> Answer {
    let asked: AddFault = body(&bytes)?;
    let answers =
        [asked.status.is_some(), asked.retry_after.is_some(), asked.drop, asked.lose_answer, asked.cut, asked.duplicate, asked.reorder];
    let answers = answers.into_iter().filter(|given| *given).count();
    if answers > 1 || (answers == 0 && asked.delay_ms.is_none()) {
        let message = "Give one of `status`, `retry_after`, `drop`, `lose_answer`, `cut`, `duplicate` and `reorder`, or `delay_ms`.";
        return Err(fail(StatusCode::BAD_REQUEST, message));
    }
    let wrong = |why: &str| Err(fail(StatusCode::BAD_REQUEST, why));
    if let Some(kind) = &asked.event {
        if asked.service == Service::Storage {
            return wrong("Storage sends no events.");
        }
        if asked.method != any() || !asked.path.is_empty() {
            return wrong("Give `event`, or `method` and `path`.");
        }
        let sent = match asked.service {
            Service::Discord => discord::EVENTS,
            Service::Stripe => EVENT_TYPES,
            Service::Storage => &[],
        };
        if !is_known(kind, sent) {
            return Err(fail(StatusCode::BAD_REQUEST, format!("There are no events of type `{kind}`.")));
        }
    }
    if asked.kept && (asked.service != Service::Stripe || asked.event.is_some() || asked.status.is_none()) {
        return wrong("`kept` goes with a `status` of Stripe's requests.");
    }
    if asked.code.is_some() && (asked.event.is_some() || asked.status.is_none()) {
        return wrong("`code` goes with a `status` of requests.");
    }
    if asked.service == Service::Discord && asked.code.as_ref().is_some_and(|code| code.parse::<u64>().is_err()) {
        return wrong("Discord's codes are numbers.");
    }
    const METHODS: [&str; 8] = ["*", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    if !METHODS.iter().any(|method| method.eq_ignore_ascii_case(&asked.method)) {
        return Err(fail(StatusCode::BAD_REQUEST, format!("There are no requests with the method `{}`.", asked.method)));
    }
    if !asked.path.is_empty() && !asked.path.starts_with('/') {
        return wrong("`path` is the beginning of a path, so it begins with `/`.");
    }
    if asked.times == Some(0) {
        return wrong("A fault that acts 0 times is none. Leave `times` out for one that always acts.");
    }
    let mut fault = match &asked.event {
        Some(kind) => Fault::on_event(kind),
        None => Fault::on(&asked.method, &asked.path),
    };
    if let Some(delay_ms) = asked.delay_ms {
        fault = fault.delay(Duration::from_millis(delay_ms));
    }
    if let Some(status) = asked.status {
        // Discord's gateway closes with numbers of its own.
        let closes = asked.event.is_some() && asked.service == Service::Discord && (4000..=4999).contains(&status);
        if !(200..=599).contains(&status) && !closes {
            return wrong("`status` must be between 200 and 599, or of an event of Discord's gateway between 4000 and 4999.");
        }
        fault = fault.status(status);
    }
    if let Some(seconds) = asked.retry_after {
        let after = Duration::try_from_secs_f64(seconds)
            .map_err(|_| fail(StatusCode::BAD_REQUEST, "`retry_after` must be a number of seconds."))?;
        fault = fault.rate_limited(after);
    }
    if asked.drop {
        fault = fault.drop_connection();
    }
    if asked.lose_answer {
        fault = fault.lose_answer();
    }
    if asked.cut {
        fault = fault.cut_body();
    }
    if asked.duplicate {
        fault = fault.duplicate();
    }
    if asked.reorder {
        fault = fault.reorder();
    }
    if asked.kept {
        fault = fault.kept();
    }
    if let Some(code) = &asked.code {
        fault = fault.code(code);
    }
    if let Some(times) = asked.times {
        fault = fault.times(times);
    }
    faults(&inner.sandbox, asked.service).add(fault);
    Ok(axum::Json(json!({"added": true})))
}

/// Whether a type, or some that a pattern such as `charge.*` stands for, are among those that are sent.
fn is_known(pattern: &str, sent: &[&str]) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => sent.iter().any(|kind| kind.starts_with(beginning)),
        None => sent.contains(&pattern),
    }
}

fn faults(sandbox: &Sandbox, service: Service) -> Faults {
    match service {
        Service::Discord => sandbox.discord.faults(),
        Service::Stripe => sandbox.stripe.faults(),
        Service::Storage => sandbox.storage.faults(),
    }
}

/// The faults of each service that are left, in the order in which they are met.
async fn list_faults(State(inner): Shared) -> Answer {
    let list = |service| faults(&inner.sandbox, service).list().iter().map(Fault::json).collect::<Vec<_>>();
    Ok(axum::Json(json!({
        "discord": list(Service::Discord),
        "stripe": list(Service::Stripe),
        "storage": list(Service::Storage),
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClearFaults {
    service: Option<Service>,
}

async fn clear_faults(State(inner): Shared, uri: Uri) -> Answer {
    let asked: ClearFaults = query(&uri)?;
    for service in [Service::Discord, Service::Stripe, Service::Storage] {
        if asked.service.is_none_or(|only| only == service) {
            faults(&inner.sandbox, service).clear();
        }
    }
    Ok(axum::Json(json!({"cleared": true})))
}
