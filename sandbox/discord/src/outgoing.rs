//! What Discord posts to the application itself: signed webhook events, and interactions where an endpoint is set.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::interactions;
use super::state::{Id, Post, State, WebhookEvent};
use super::{Discord, Inner};
use sandbox_core::fault::Action;
use sandbox_core::record::Service;

/// Waits between attempts to deliver an event: 10 minutes in all.
const BACK_OFF_S: [i64; 9] = [1, 2, 5, 10, 20, 40, 80, 160, 282];
/// How long the application may take to answer a webhook event, as an interaction.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// Starts the task that posts.
pub(super) fn start(inner: &Arc<Inner>) {
    let (sender, mut posts) = mpsc::unbounded_channel();
    inner.change(|state| {
        // What was not taken before the sandbox ended is tried from the beginning.
        for (number, event) in state.outgoing.events.iter().enumerate() {
            if !event.delivered && !event.given_up {
                let _ = sender.send(Post::Event(number));
            }
        }
        state.outgoing.sender = Some(sender);
    });
    let (stop, weak) = (inner.stop.clone(), Arc::downgrade(inner));
    tokio::spawn(async move {
        loop {
            let post = tokio::select! {
                () = stop.cancelled() => return,
                post = posts.recv() => post,
            };
            let (Some(post), Some(inner)) = (post, weak.upgrade()) else { return };
            tokio::spawn(async move {
                let stop = inner.stop.clone();
                let work = async {
                    match post {
                        Post::Event(number) => deliver_event(&inner, number).await,
                        Post::Interaction { id, body } => deliver_interaction(&inner, id, &body).await,
                    }
                };
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = work => {}
                }
            });
        }
    });
}

fn signature(state: &State, timestamp_s: i64, body: &str) -> String {
    hex::encode(state.signing_key.pair.sign(format!("{timestamp_s}{body}").as_bytes()).as_ref())
}

/// Posts a signed body; the answer's status and JSON, or `None` where there was none in time.
async fn post(inner: &Inner, url: &str, body: &str, forged: bool) -> Option<(u16, Value)> {
    post_part(inner, url, body, body, forged).await
}

/// Posts what arrives of a body, under the signature of the whole.
async fn post_part(inner: &Inner, url: &str, whole: &str, body: &str, forged: bool) -> Option<(u16, Value)> {
    let now_s = inner.clock.now_s();
    let mut signed = inner.read(|state| signature(state, now_s, whole));
    if forged {
        signed = "0".repeat(signed.len());
    }
    let answer = async {
        let response = inner
            .http
            .post(url)
            .header("content-type", "application/json")
            .header("user-agent", "Discord-Interactions/1.0 (+https://discord.com)")
            .header("x-signature-ed25519", signed)
            .header("x-signature-timestamp", now_s.to_string())
            .body(body.to_owned())
            .send()
            .await
            .ok()?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.ok()?;
        Some((status, serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
    };
    tokio::time::timeout(ANSWER_WITHIN, answer).await.ok().flatten()
}

async fn deliver_event(inner: &Inner, number: usize) {
    let mut back_off = BACK_OFF_S.iter();
    loop {
        let look = |state: &State| Some((state.outgoing.events_url.clone()?, state.outgoing.events.get(number)?.clone()));
        let Some((url, event)) = inner.read(look) else { return };
        let status = post_with_faults(inner, &url, &event.kind, &event.body.to_string()).await.map(|(status, _)| status);
        let taken = matches!(status, Some(200..=299));
        let wait_s = back_off.next();
        // Read before anybody hears of the attempt, so that the wait is measured from it.
        let now_ms = inner.clock.now_ms();
        inner.change(|state| {
            if let Some(event) = state.outgoing.events.get_mut(number) {
                event.attempts.push(status);
                event.delivered = taken;
                event.given_up = !taken && wait_s.is_none();
            }
        });
        let Some(wait_s) = wait_s.filter(|_| !taken) else { return };
        inner.clock.sleep_until(now_ms + wait_s * 1000).await;
    }
}

/// Posts once, as the fault for this type of event has it, if there is one. Gives what Discord takes for the answer.
async fn post_with_faults(inner: &Inner, url: &str, kind: &str, body: &str) -> Option<(u16, Value)> {
    let told = |body: &str, answer: &Option<(u16, Value)>| {
        // Half of a body is no JSON, but text.
        let body = serde_json::from_str(body).unwrap_or_else(|_| json!(body));
        inner.recorder.webhook(Service::Discord, kind, url, body, answer.as_ref().map(|(status, _)| *status));
    };
    let send = async |body: &str| {
        let answer = post(inner, url, body, false).await;
        told(body, &answer);
        answer
    };
    let Some(fault) = inner.faults.take_event(kind) else {
        let answer = send(body).await;
        inner.faults.event_passed(url);
        return answer;
    };
    inner.faults.sit_out(fault.delay, &inner.clock).await;
    match fault.action {
        Action::Pass => {
            let answer = send(body).await;
            inner.faults.event_passed(url);
            answer
        }
        Action::Status(status) => Some((status, Value::Null)),
        Action::RateLimited(_) => Some((429, Value::Null)),
        Action::Drop => None,
        Action::Lose => {
            send(body).await;
            None
        }
        // Its signature is the whole body's.
        Action::Cut => {
            let half = body.get(..body.len() / 2).unwrap_or_default();
            let answer = post_part(inner, url, body, half, false).await;
            told(half, &answer);
            answer
        }
        Action::Duplicate => {
            let first = send(body).await;
            send(body).await;
            inner.faults.event_passed(url);
            first
        }
        Action::Reorder => {
            inner.faults.event_overtaken(url).await;
            send(body).await
        }
    }
}

async fn deliver_interaction(inner: &Inner, id: Id, body: &Value) {
    let Some(url) = inner.read(|state| state.outgoing.interactions_url.clone()) else { return };
    let answer = post_with_faults(inner, &url, "INTERACTION_CREATE", &body.to_string()).await;
    let (Some((200, answer)), Some(token)) = (answer, body["token"].as_str()) else { return };
    // An answer that is not fit is no answer: the person sees that the application did not respond.
    if let Err(refused) = interactions::callback(inner, id, token, false, &answer, Vec::new()) {
        tracing::warn!("the answer to interaction {id} was refused: {}", refused.message);
    }
}

/// What Discord does before it takes an address: a forged request must be refused, and a true one answered.
async fn verify(inner: &Inner, url: &str, ping: &Value, is_pong: impl Fn(u16, &Value) -> bool) -> Result<(), String> {
    let body = ping.to_string();
    match post(inner, url, &body, true).await {
        Some((401, _)) => {}
        Some((status, _)) => return Err(format!("The address answered {status} to a request with a wrong signature, not 401.")),
        None => return Err("The address did not answer within three seconds.".to_owned()),
    }
    match post(inner, url, &body, false).await {
        Some((status, answer)) if is_pong(status, &answer) => Ok(()),
        Some((status, _)) => Err(format!("The address answered the signed ping with {status}, and not as it should.")),
        None => Err("The address did not answer within three seconds.".to_owned()),
    }
}

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
