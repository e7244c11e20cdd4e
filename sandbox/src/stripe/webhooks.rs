//! Webhook endpoints: signing, delivery, and trying again.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde::Serialize;
use sha2::Sha256;

use super::{Inner, objects};

/// Waits between attempts. Stripe's own begin with minutes; the first are
/// short here, so that a demo does not stand still.
const BACK_OFF_S: [i64; 8] = [2, 10, 60, 600, 3_600, 10_800, 21_600, 43_200];

/// How long an event is tried.
const GIVE_UP_AFTER_S: i64 = 3 * 24 * 3600;

/// An address that events are posted to.
#[derive(Clone, Debug, Serialize)]
pub struct WebhookEndpoint {
    pub(super) id: String,
    pub(super) url: String,
    pub(super) secret: String,
    pub(super) types: Vec<String>,
    pub(super) created_s: i64,
}

impl WebhookEndpoint {
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
        self.types.iter().any(|wanted| wanted == "*" || wanted == kind)
    }
}

/// How far one event is with one endpoint.
pub(super) struct Delivery {
    pub endpoint: String,
    pub state: DeliveryState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
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
        let inner = inner.clone();
        let event_id = event_id.to_owned();
        tokio::spawn(async move {
            let stop = inner.stop.clone();
            tokio::select! {
                () = stop.cancelled() => {}
                () = deliver_until_taken(&inner, &event_id, &endpoint) => {}
            }
        });
    }
}

async fn deliver_until_taken(inner: &Inner, event_id: &str, endpoint: &WebhookEndpoint) {
    let give_up_at = inner.clock.now_s().saturating_add(GIVE_UP_AFTER_S);
    let mut back_off = BACK_OFF_S.iter();
    loop {
        let mut held = inner.held.subscribe();
        // The sender is our own, so it cannot be gone.
        let _ = held.wait_for(|held| !held).await;
        if inner.delivery_state(event_id, &endpoint.id) != Some(DeliveryState::Pending) {
            return;
        }
        if let Some(200..=299) = attempt(inner, event_id, endpoint).await {
            return;
        }
        let wait_s = *back_off.next().unwrap_or(&43_200);
        let next_s = inner.clock.now_s().saturating_add(wait_s);
        if next_s > give_up_at {
            inner.set_delivery(event_id, &endpoint.id, DeliveryState::GivenUp);
            return;
        }
        inner.clock.sleep_until(next_s.saturating_mul(1000)).await;
    }
}

/// Posts the event once. `None` when the endpoint did not answer.
pub(super) async fn attempt(inner: &Inner, event_id: &str, endpoint: &WebhookEndpoint) -> Option<u16> {
    let event = inner.event_value(event_id)?;
    // Stripe's bodies are indented, so a receiver that re-serialises fails here too.
    let body = serde_json::to_string_pretty(&event).ok()?;
    let signature = sign(&endpoint.secret, &body, inner.clock.now_s());
    // In test mode Stripe adds a false signature of an older scheme.
    let decoy = sign(&objects::id("", 32), &body, 0);
    let decoy = decoy.rsplit('=').next().unwrap_or_default();
    let answer = inner
        .http
        .post(&endpoint.url)
        .header("Content-Type", "application/json; charset=utf-8")
        .header("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .header("Stripe-Signature", format!("{signature},v0={decoy}"))
        .timeout(Duration::from_secs(20))
        .body(body)
        .send()
        .await;
    let status = answer.ok().map(|answer| answer.status().as_u16());
    if let Some(200..=299) = status {
        inner.set_delivery(event_id, &endpoint.id, DeliveryState::Delivered);
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_hmac_of_time_and_body() {
        // Computed with `printf '12345.{}' | openssl dgst -sha256 -hmac whsec_test`.
        assert_eq!(sign("whsec_test", "{}", 12345), EXPECTED);
    }

    const EXPECTED: &str = "t=12345,v1=f7d0d6f2476273381fa231a8ba13a821a0c87029e7b1bfae51e93d0240fb7c32";
}
