//! Where the application's developer has events and interactions posted.

use serde_json::json;

use super::discord::Discord;
use crate::outgoing::{signature, verify};
use crate::state::WebhookEvent;

impl Discord {
    /// Has webhook events of these types posted to an address, as the developer portal does.
    ///
    /// The address must pass Discord's check first: 401 for a wrong signature, 204 for a signed ping.
    pub async fn set_webhook_events(&self, url: &str, types: &[&str]) -> Result<(), String> {
        let known = ["APPLICATION_AUTHORIZED", "APPLICATION_DEAUTHORIZED", "ENTITLEMENT_CREATE"];
        if let Some(unknown) = types.iter().find(|kind| !known.contains(kind)) {
            return Err(format!("This stand-in sends no webhook event `{unknown}`."));
        }
        let ping = json!({ "version": 1, "application_id": self.application_id(), "type": 0 });
        verify(&self.inner, url, &ping, |status, _| status == 204).await?;
        self.inner.change(|state| {
            state.outgoing.events_url = Some(url.to_owned());
            state.outgoing.events_wanted = types.iter().map(|kind| (*kind).to_owned()).collect();
        });
        Ok(())
    }

    /// Has interactions posted to an address, and no longer sent through the gateway, as the developer portal does.
    ///
    /// The address must pass Discord's check first: 401 for a wrong signature, `{"type": 1}` for a signed ping.
    pub async fn set_interactions_endpoint(&self, url: &str) -> Result<(), String> {
        let ping = json!({
            "id": "1", "application_id": self.application_id(), "type": 1, "token": "ping", "version": 1, "entitlements": [],
            "user": self.inner.read(|state| state.user_json(state.app_owner)),
        });
        verify(&self.inner, url, &ping, |status, answer| status == 200 && answer["type"] == 1).await?;
        self.inner.change(|state| state.outgoing.interactions_url = Some(url.to_owned()));
        Ok(())
    }

    /// Every webhook event so far, oldest first.
    pub fn webhook_events(&self) -> Vec<WebhookEvent> {
        self.inner.read(|state| state.outgoing.events.clone())
    }

    /// Waits until a webhook event of this type was taken, and gives it.
    pub async fn webhook_event_delivered(&self, kind: &str) -> WebhookEvent {
        self.inner.wait(|state| state.outgoing.events.iter().find(|event| event.kind == kind && event.delivered).cloned()).await
    }

    /// Waits until a webhook event of this type was tried so often, taken or not.
    pub async fn webhook_event_attempted(&self, kind: &str, times: usize) -> WebhookEvent {
        let tried = |event: &&WebhookEvent| event.kind == kind && event.attempts.len() >= times;
        self.inner.wait(|state| state.outgoing.events.iter().find(tried).cloned()).await
    }

    /// The value of `X-Signature-Ed25519` for a body at a time.
    pub fn sign(&self, timestamp_s: i64, body: &str) -> String {
        self.inner.read(|state| signature(state, timestamp_s, body))
    }
}
