//! Webhook endpoints: signing, delivery, and trying again.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Event, Inner, objects};
use sandbox_core::fault::Action;
use sandbox_core::record::Service;

/// Waits between attempts in live mode. Stripe's own begin with minutes; the
/// first are short here, so that a demo does not stand still.
const BACK_OFF_S: [i64; 8] = [2, 10, 60, 600, 3_600, 10_800, 21_600, 43_200];

/// How long an event of live mode is tried.
const GIVE_UP_AFTER_S: i64 = 3 * 24 * 3600;

/// Waits in test mode, where an event is tried again three times over a few
/// hours.
const TEST_BACK_OFF_S: [i64; 3] = [2, 10, 7_200];

/// How long to wait after so many attempts, the first of which was so long
/// ago; `None` where it was the last.
fn wait_s(live: bool, attempts: usize, since_first_s: i64) -> Option<i64> {
    let last = attempts.saturating_sub(1);
    if !live {
        return TEST_BACK_OFF_S.get(last).copied();
    }
    let wait_s = BACK_OFF_S.get(last).copied().unwrap_or(43_200);
    (since_first_s.saturating_add(wait_s) <= GIVE_UP_AFTER_S).then_some(wait_s)
}

/// An address that events are posted to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookEndpoint {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) secret: String,
    pub(super) types: Vec<String>,
    pub(super) enabled: bool,
    pub(super) created_s: i64,
    pub(super) description: Value,
    pub(super) metadata: Value,
}

/// One attempt to deliver an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WebhookAttempt {
    /// The event's id.
    pub event: String,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The endpoint's id.
    pub endpoint: String,
    /// When it was, on the sandbox's clock.
    pub at_ms: i64,
    /// What Stripe takes for the answer; `None` where there was none.
    pub status: Option<u16>,
}

impl WebhookEndpoint {
    pub(super) fn new(url: &str, types: &[&str], secret: &str, now_s: i64) -> WebhookEndpoint {
        WebhookEndpoint {
            id: objects::id("we_1", 23),
            url: url.to_owned(),
            secret: secret.to_owned(),
            types: types.iter().map(|kind| (*kind).to_owned()).collect(),
            enabled: true,
            created_s: now_s,
            description: Value::Null,
            metadata: json!({}),
        }
    }

    /// The endpoint's id, `we_…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where events are posted.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The signing secret, `whsec_…`.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    pub(super) fn wants(&self, kind: &str) -> bool {
        self.enabled && self.types.iter().any(|wanted| wanted == "*" || wanted == kind)
    }
}

/// How far one event is with one endpoint.
#[derive(Serialize, Deserialize)]
pub(super) struct Delivery {
    pub endpoint: String,
    pub state: DeliveryState,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DeliveryState {
    Pending,
    Delivered,
    GivenUp,
}

/// The value of `Stripe-Signature` for a body.
pub(super) fn sign(secret: &str, body: &str, timestamp_s: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(format!("{timestamp_s}.{body}").as_bytes());
    format!("t={timestamp_s},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// Delivers the event to every endpoint that wants its type, in the background.
pub(super) fn dispatch(inner: &Arc<Inner>, event_id: &str) {
    let endpoints = inner.change(|state| {
        let wanted: Vec<WebhookEndpoint> = {
            let Some(event) = state.event(event_id) else {
                return Vec::new();
            };
            let kind = event.kind();
            state.endpoints.iter().filter(|endpoint| endpoint.wants(kind)).cloned().collect()
        };
        if let Some(event) = state.event_mut(event_id) {
            event
                .deliveries
                .extend(wanted.iter().map(|endpoint| Delivery { endpoint: endpoint.id.clone(), state: DeliveryState::Pending }));
        }
        wanted
    });
    for endpoint in endpoints {
        let tried = Tried { times: 0, began_s: inner.clock.now_s(), next_s: 0 };
        deliver(inner, event_id.to_owned(), endpoint, tried);
    }
}

/// Delivers what was not taken when the sandbox ended, as if it had not: after as many attempts, at the same time.
pub(super) fn go_on(inner: &Arc<Inner>) {
    let pending: Vec<(String, WebhookEndpoint, Tried)> = inner.read(|state| {
        let waits = |event: &Event| {
            let waits = event.deliveries.iter().filter(|delivery| delivery.state == DeliveryState::Pending);
            waits.map(|delivery| (event.id().to_owned(), event.created_s(), delivery.endpoint.clone())).collect::<Vec<_>>()
        };
        let waiting = state.events.iter().flat_map(waits);
        waiting
            .filter_map(|(event, created_s, endpoint)| {
                let endpoint = state.endpoints.iter().find(|known| known.id == endpoint)?.clone();
                let mine = |attempt: &&WebhookAttempt| attempt.event == event && attempt.endpoint == endpoint.id;
                let at_s = |attempt: &WebhookAttempt| attempt.at_ms.div_euclid(1000);
                let began_s = state.attempts.iter().find(mine).map_or(created_s, at_s);
                let times = state.attempts.iter().filter(mine).count();
                let last_s = state.attempts.iter().rfind(mine).map_or(began_s, at_s);
                let next_s = if times == 0 { 0 } else { last_s + wait_s(inner.live, times, last_s - began_s).unwrap_or(0) };
                Some((event, endpoint, Tried { times, began_s, next_s }))
            })
            .collect()
    });
    for (event, endpoint, tried) in pending {
        deliver(inner, event, endpoint, tried);
    }
}

/// How often an event was tried, since when, and when it is to be tried again.
struct Tried {
    times: usize,
    began_s: i64,
    next_s: i64,
}

/// Delivers in the background.
fn deliver(inner: &Arc<Inner>, event_id: String, endpoint: WebhookEndpoint, tried: Tried) {
    let inner = inner.clone();
    tokio::spawn(async move {
        let stop = inner.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = deliver_until_taken(&inner, &event_id, &endpoint, tried) => {}
        }
    });
}

async fn deliver_until_taken(inner: &Inner, event_id: &str, endpoint: &WebhookEndpoint, tried: Tried) {
    let began_s = tried.began_s;
    inner.clock.sleep_until(tried.next_s.saturating_mul(1000)).await;
    for attempts in tried.times + 1.. {
        let mut held = inner.held.subscribe();
        // The sender is our own, so it cannot be gone.
        let _ = held.wait_for(|held| !held).await;
        if inner.delivery_state(event_id, &endpoint.id) != Some(DeliveryState::Pending) {
            return;
        }
        // It may have been changed, disabled or deleted meanwhile.
        let current = inner.read(|state| state.endpoints.iter().find(|one| one.id == endpoint.id).cloned());
        let Some(current) = current.filter(|endpoint| endpoint.enabled) else {
            inner.set_delivery(event_id, &endpoint.id, DeliveryState::GivenUp);
            return;
        };
        if let Some(200..=299) = attempt_with_faults(inner, event_id, &current).await {
            return;
        }
        let now_s = inner.clock.now_s();
        let Some(wait_s) = wait_s(inner.live, attempts, now_s - began_s) else {
            inner.set_delivery(event_id, &endpoint.id, DeliveryState::GivenUp);
            return;
        };
        inner.clock.sleep_until(now_s.saturating_add(wait_s).saturating_mul(1000)).await;
    }
}

/// Posts the event once, unless a fault sees to it. The status is what Stripe
/// takes for the answer.
async fn attempt_with_faults(inner: &Inner, event_id: &str, endpoint: &WebhookEndpoint) -> Option<u16> {
    let kind = inner.read(|state| state.event(event_id).map(|event| event.kind().to_owned()))?;
    let Some(fault) = inner.faults.take_event(&kind) else {
        let status = attempt(inner, event_id, endpoint).await;
        inner.faults.event_passed(&endpoint.id);
        return status;
    };
    inner.faults.sit_out(fault.delay, &inner.clock).await;
    let status = match fault.action {
        Action::Pass | Action::Reorder | Action::Duplicate => {
            if fault.action == Action::Reorder {
                inner.faults.event_overtaken(&endpoint.id).await;
            }
            if fault.action == Action::Duplicate {
                attempt(inner, event_id, endpoint).await;
            }
            let status = attempt(inner, event_id, endpoint).await;
            inner.faults.event_passed(&endpoint.id);
            return status;
        }
        Action::Lose => {
            post(inner, event_id, endpoint, false).await;
            None
        }
        Action::Cut => {
            post(inner, event_id, endpoint, true).await;
            None
        }
        Action::Status(status) => Some(status),
        Action::RateLimited(_) => Some(429),
        Action::Drop => None,
    };
    note(inner, event_id, endpoint, status);
    status
}

/// Posts the event once and notes the answer. `None` when there was none.
pub(super) async fn attempt(inner: &Inner, event_id: &str, endpoint: &WebhookEndpoint) -> Option<u16> {
    let status = post(inner, event_id, endpoint, false).await;
    note(inner, event_id, endpoint, status);
    status
}

fn note(inner: &Inner, event_id: &str, endpoint: &WebhookEndpoint, status: Option<u16>) {
    if let Some(200..=299) = status {
        inner.set_delivery(event_id, &endpoint.id, DeliveryState::Delivered);
    }
    let at_ms = inner.clock.now_ms();
    inner.change(|state| {
        let kind = state.event(event_id).map(|event| event.kind().to_owned()).unwrap_or_default();
        let attempt = WebhookAttempt { event: event_id.to_owned(), kind, endpoint: endpoint.id.clone(), at_ms, status };
        state.attempts.push(attempt);
    });
}

async fn post(inner: &Inner, event_id: &str, endpoint: &WebhookEndpoint, cut: bool) -> Option<u16> {
    let event = inner.event_value(event_id)?;
    // Stripe's bodies are indented, so a receiver that re-serialises fails here too.
    let body = serde_json::to_string_pretty(&event).ok()?;
    let mut signature = sign(&endpoint.secret, &body, inner.clock.now_s());
    if !inner.live {
        // In test mode Stripe adds a false signature of an older scheme.
        let decoy = sign(&objects::id("", 32), &body, 0);
        let decoy = decoy.rsplit('=').next().unwrap_or_default();
        signature = format!("{signature},v0={decoy}");
    }
    let length = body.len();
    let body = if cut { half_of(body) } else { reqwest::Body::from(body) };
    let answer = inner
        .http
        .post(&endpoint.url)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("Content-Length", length)
        .header("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .header("Stripe-Signature", signature)
        .timeout(Duration::from_secs(20))
        .body(body)
        .send()
        .await;
    let status = answer.ok().map(|answer| answer.status().as_u16());
    let kind = event["type"].as_str().unwrap_or_default();
    inner.recorder.webhook(Service::Stripe, kind, &endpoint.url, event.clone(), status);
    status
}

/// Half of the body, after which the connection breaks.
fn half_of(body: String) -> reqwest::Body {
    let half = body.len() / 2;
    let half = Bytes::from(body).slice(..half);
    let parts = futures::stream::once(async { Ok(half) }).chain(futures::stream::once(async {
        // What is there is sent while more is waited for.
        tokio::task::yield_now().await;
        Err(io::Error::other("cut"))
    }));
    reqwest::Body::wrap_stream(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn live_events_are_tried_for_three_days_and_test_events_four_times() {
        let day = 24 * 3600;
        assert_eq!([1, 2, 3, 4].map(|attempts| wait_s(false, attempts, 0)), [Some(2), Some(10), Some(7_200), None]);
        assert_eq!([1, 8, 20].map(|attempts| wait_s(true, attempts, day)), [Some(2), Some(43_200), Some(43_200)]);
        assert_eq!(wait_s(true, 20, 3 * day - 43_199), None);
    }

    #[test]
    fn a_signature_is_the_hmac_of_time_and_body() {
        // Computed with `printf '12345.{}' | openssl dgst -sha256 -hmac whsec_test`.
        assert_eq!(sign("whsec_test", "{}", 12345), EXPECTED);
    }

    const EXPECTED: &str = "t=12345,v1=f7d0d6f2476273381fa231a8ba13a821a0c87029e7b1bfae51e93d0240fb7c32";
}
