//! What passed lately between the application and the stand-ins, in the order in which it did.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::{Request, Service};
use crate::clock::Clock;

/// How many of what passed are kept.
pub const KEPT: usize = 2_000;
/// How far a watcher may fall behind.
const BEHIND: usize = 1_024;
/// What their bodies may hold together, roughly in bytes.
const KEPT_BYTES: usize = 32 * 1024 * 1024;
/// The largest body that is kept.
const LARGEST_BODY: usize = 1024 * 1024;

/// Which way something passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The application asked a stand-in.
    Request,
    /// A stand-in sent an event through Discord's gateway.
    Event,
    /// A stand-in posted to the application.
    Webhook,
}

/// Something that passed.
#[derive(Clone, Debug, Serialize)]
pub struct Passed {
    /// Counts from 1.
    pub seq: u64,
    /// When, in milliseconds since 1970 on the sandbox's clock.
    pub at_ms: i64,
    /// Which stand-in was asked, or sent it.
    pub service: Service,
    /// Which way it passed.
    pub kind: Kind,
    /// The HTTP method; none of an event.
    pub method: Option<String>,
    /// The path of a request, with its query.
    pub path: Option<String>,
    /// The `Content-Type` of a request.
    pub content_type: Option<String>,
    /// The body, or a sentence in its place where it is larger than 1 MiB.
    pub body: Value,
    /// What was answered, if anything was; a fault may have lost it on the way.
    pub status: Option<u16>,
    /// The type of an event, of the gateway or of a webhook.
    pub name: Option<String>,
    /// Where a webhook was posted.
    pub to: Option<String>,
}

pub(super) struct Wire {
    kept: Mutex<Entries>,
    passing: broadcast::Sender<Arc<Passed>>,
    clock: OnceLock<Clock>,
}

#[derive(Default)]
struct Entries {
    last: u64,
    list: VecDeque<(usize, Arc<Passed>)>,
    bytes: usize,
}

impl Default for Wire {
    fn default() -> Wire {
        Wire { kept: Mutex::default(), passing: broadcast::Sender::new(BEHIND), clock: OnceLock::new() }
    }
}

impl Wire {
    pub fn go_by(&self, clock: &Clock) {
        // The first one counts.
        let _ = self.clock.set(clock.clone());
    }

    pub fn watch(&self) -> broadcast::Receiver<Arc<Passed>> {
        self.passing.subscribe()
    }

    pub fn request(&self, request: &Request) {
        let mut passed = self.passed(request.service, Kind::Request, request.body.clone());
        passed.method = Some(request.method.clone());
        passed.path = Some(request.path.clone());
        passed.content_type.clone_from(&request.content_type);
        passed.status = Some(request.status).filter(|status| *status != 0);
        self.add(passed);
    }

    pub fn event(&self, name: &str, body: Value) {
        let passed = self.passed(Service::Discord, Kind::Event, body);
        self.add(Passed { name: Some(name.to_owned()), ..passed });
    }

    pub fn webhook(&self, service: Service, name: &str, to: &str, body: Value, status: Option<u16>) {
        let passed = self.passed(service, Kind::Webhook, body);
        self.add(Passed { name: Some(name.to_owned()), to: Some(to.to_owned()), method: Some("POST".to_owned()), status, ..passed });
    }

    /// Those after a number, oldest first; without one the newest.
    pub fn after(&self, after: Option<u64>, limit: usize) -> Vec<Arc<Passed>> {
        let kept = self.lock();
        let first = match after {
            Some(seq) => kept.list.partition_point(|(_, passed)| passed.seq <= seq),
            None => kept.list.len().saturating_sub(limit),
        };
        kept.list.range(first..).take(limit).map(|(_, passed)| passed.clone()).collect()
    }

    fn passed(&self, service: Service, kind: Kind, body: Value) -> Passed {
        let at_ms = self.clock.get_or_init(Clock::default).now_ms();
        Passed { seq: 0, at_ms, service, kind, method: None, path: None, content_type: None, body, status: None, name: None, to: None }
    }

    fn add(&self, mut passed: Passed) {
        let mut bytes = weight(&passed.body);
        if bytes > LARGEST_BODY {
            passed.body = json!(format!("(a body of about {} KB, which is not kept)", bytes / 1024));
            bytes = 0;
        }
        let mut kept = self.lock();
        kept.last += 1;
        passed.seq = kept.last;
        let passed = Arc::new(passed);
        kept.bytes += bytes;
        kept.list.push_back((bytes, passed.clone()));
        while kept.list.len() > KEPT || kept.bytes > KEPT_BYTES {
            let Some((bytes, _)) = kept.list.pop_front() else { break };
            kept.bytes -= bytes;
        }
        // Under the lock, so that they are told in their order. Without a watcher there is nobody to tell.
        let _ = self.passing.send(passed);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Entries> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// About how long a value is as text.
fn weight(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(list) => list.iter().map(weight).sum::<usize>() + 2,
        Value::Object(map) => map.iter().map(|(name, value)| name.len() + weight(value) + 4).sum::<usize>() + 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ones_are_kept_and_no_giants() {
        let wire = Wire::default();
        for number in 0..KEPT + 5 {
            wire.event("E", json!(number));
        }
        let newest = wire.after(None, 2);
        assert_eq!(newest.iter().map(|passed| passed.seq).collect::<Vec<_>>(), [KEPT as u64 + 4, KEPT as u64 + 5]);
        assert_eq!(wire.after(Some(0), KEPT).first().map(|passed| passed.seq), Some(6));
        assert!(wire.after(Some(KEPT as u64 + 5), KEPT).is_empty());

        wire.webhook(Service::Stripe, "E", "http://127.0.0.1:1/", json!("x".repeat(LARGEST_BODY + 1)), None);
        let giant = &wire.after(None, 1)[0];
        assert!(giant.body.as_str().is_some_and(|text| text.contains("1024 KB")));
        for _ in 0..40 {
            wire.event("E", json!("x".repeat(LARGEST_BODY - 10)));
        }
        assert!(wire.after(Some(0), KEPT).len() <= 32);
    }
}
