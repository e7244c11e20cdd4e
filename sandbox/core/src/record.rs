//! Recorded requests: in memory, and as JSON lines in a folder when asked.

mod wire;

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::broadcast;

pub use wire::{KEPT as PASSED_KEPT, Kind, Passed};

use crate::clock::Clock;
use wire::Wire;

/// How many requests are kept in memory.
const REQUESTS_KEPT: usize = 100_000;

/// Which stand-in a request was sent to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// The Discord stand-in.
    Discord,
    /// The Stripe stand-in.
    Stripe,
    /// The object storage stand-in.
    Storage,
}

/// One request that a stand-in answered.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// Who answered.
    pub service: Service,
    /// The HTTP method.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// JSON for Discord (`payload_json` of a multipart form), a form-encoded
    /// string for Stripe, null when there was none.
    pub body: Value,
    /// The request's `Content-Type`.
    pub content_type: Option<String>,
    /// The status we answered; 0 where the connection was closed instead.
    pub status: u16,
    /// Whether the sender said that it expects to be refused.
    pub expect_bad: bool,
}

/// Keeps requests, and writes them to a folder when it was given one.
#[derive(Clone)]
pub struct Recorder {
    inner: Arc<Inner>,
}

struct Inner {
    requests: Mutex<VecDeque<Request>>,
    wire: Wire,
    files: Option<Mutex<Files>>,
}

struct Files {
    discord: File,
    stripe: File,
    other: File,
}

impl Recorder {
    /// A recorder that also appends to files in `folder`, which it creates.
    pub fn new(folder: Option<PathBuf>) -> io::Result<Recorder> {
        let files = match folder {
            None => None,
            Some(folder) => {
                std::fs::create_dir_all(&folder)?;
                let open = |name: &str| OpenOptions::new().create(true).append(true).open(folder.join(name));
                Some(Mutex::new(Files { discord: open("discord.jsonl")?, stripe: open("stripe.jsonl")?, other: open("other.jsonl")? }))
            }
        };
        Ok(Recorder { inner: Arc::new(Inner { requests: Mutex::default(), wire: Wire::default(), files }) })
    }

    /// Keeps the request and writes its line.
    pub fn record(&self, request: Request) {
        if let Some(files) = &self.inner.files {
            let mut files = files.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = files.write(&request) {
                tracing::warn!("cannot record a request: {error}");
            }
        }
        self.remember(request);
    }

    /// Keeps the request in memory only: a fault answered it, so that what it
    /// holds proves nothing about the service's own answer.
    pub fn record_fault(&self, request: Request) {
        self.remember(request);
    }

    /// Every request so far, oldest first: the last 100,000.
    pub fn all(&self) -> Vec<Request> {
        self.inner.requests.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn remember(&self, request: Request) {
        self.inner.wire.request(&request);
        let mut requests = self.inner.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push_back(request);
        if requests.len() > REQUESTS_KEPT {
            requests.pop_front();
        }
    }

    /// Has the times of what passes go by this clock. The first clock counts.
    pub fn go_by(&self, clock: &Clock) {
        self.inner.wire.go_by(clock);
    }

    /// An event went out through Discord's gateway.
    pub fn event(&self, name: &str, data: &Value) {
        self.inner.wire.event(name, data.clone());
    }

    /// Something was posted to the application, and answered with this status, if it was.
    pub fn webhook(&self, service: Service, name: &str, to: &str, body: Value, status: Option<u16>) {
        self.inner.wire.webhook(service, name, to, body, status);
    }

    /// What passed after a number, oldest first; without one the newest.
    pub fn passed(&self, after: Option<u64>, limit: usize) -> Vec<Arc<Passed>> {
        self.inner.wire.after(after, limit)
    }

    /// What passes from now on.
    pub fn watch(&self) -> broadcast::Receiver<Arc<Passed>> {
        self.inner.wire.watch()
    }
}

impl Files {
    fn write(&mut self, request: &Request) -> io::Result<()> {
        let route = request.path.split('?').next().unwrap_or_default();
        let (file, path) = match request.service {
            Service::Discord if route.starts_with("/api/v10/") && !route.starts_with("/api/v10/oauth2/token") => {
                (&mut self.discord, request.path.as_str())
            }
            Service::Stripe if route.starts_with("/v1/") => (&mut self.stripe, request.path.as_str()),
            // These queries hold signatures and codes.
            Service::Discord | Service::Stripe | Service::Storage => (&mut self.other, route),
        };
        let mut line = Map::new();
        line.insert("method".into(), request.method.as_str().into());
        line.insert("path".into(), path.into());
        if !request.body.is_null() {
            line.insert("body".into(), request.body.clone());
        }
        if let Some(content_type) = &request.content_type {
            line.insert("content_type".into(), content_type.as_str().into());
        }
        if request.expect_bad {
            line.insert("expect".into(), "bad".into());
        }
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        file.write_all(text.as_bytes())
    }
}

/// Whether the sender marked the request as one that must be refused.
pub fn expects_bad(headers: &HeaderMap) -> bool {
    headers.get("x-sandbox-expect").is_some_and(|value| value == "bad")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(service: Service, path: &str) -> Request {
        Request { service, method: "GET".into(), path: path.into(), body: Value::Null, content_type: None, status: 200, expect_bad: false }
    }

    #[test]
    fn requests_land_in_their_file_and_queries_of_others_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::new(Some(folder.path().into())).unwrap();
        recorder.record(request(Service::Discord, "/api/v10/users/@me?a=1"));
        recorder.record(request(Service::Discord, "/api/v10/oauth2/token"));
        recorder.record(request(Service::Stripe, "/v1/events?limit=1"));
        recorder.record(request(Service::Storage, "/bucket/key?X-Amz-Signature=s"));
        recorder.record_fault(request(Service::Stripe, "/v1/customers"));

        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("discord.jsonl"), "{\"method\":\"GET\",\"path\":\"/api/v10/users/@me?a=1\"}\n");
        assert_eq!(read("stripe.jsonl"), "{\"method\":\"GET\",\"path\":\"/v1/events?limit=1\"}\n");
        let other = read("other.jsonl");
        assert_eq!(other.lines().count(), 2);
        assert!(!other.contains("Signature"));
        assert_eq!(recorder.all().len(), 5);
    }
}
