//! What Discord posts to the application itself: signed webhook events, and interactions where an endpoint is set.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::inner::Inner;
use super::interactions;
use super::state::{Id, Post, State};
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

pub(super) fn signature(state: &State, timestamp_s: i64, body: &str) -> String {
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
pub(super) async fn verify(inner: &Inner, url: &str, ping: &Value, is_pong: impl Fn(u16, &Value) -> bool) -> Result<(), String> {
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
