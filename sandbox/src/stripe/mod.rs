//! A stand-in for Stripe: customers, Checkout sessions with a page to pay on,
//! events, and signed webhooks.

mod api;
mod currency;
mod error;
mod form;
mod objects;
mod page;
mod webhooks;

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::get;
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use webhooks::WebhookEndpoint;

use crate::clock::Clock;
use crate::fault::Faults;
use crate::record::Recorder;
use objects::Origin;
use webhooks::{Delivery, DeliveryState};

/// Stripe keeps events for 30 days.
const EVENTS_KEPT_S: i64 = 30 * 24 * 3600;

/// A Stripe with one account in test mode, on a loopback port. It stops with
/// its last clone.
#[derive(Clone)]
pub struct Stripe {
    inner: Arc<Inner>,
    _stops_with_the_last_clone: Arc<DropGuard>,
}

/// What the listener, the deliveries and the handles share.
struct Inner {
    url: String,
    secret_key: String,
    clock: Clock,
    recorder: Recorder,
    faults: Faults,
    http: reqwest::Client,
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    held: watch::Sender<bool>,
    stop: CancellationToken,
}

#[derive(Default)]
struct State {
    customers: Vec<Value>,
    sessions: Vec<Session>,
    products: Vec<Value>,
    payment_intents: Vec<Value>,
    charges: Vec<Value>,
    events: Vec<Event>,
    endpoints: Vec<WebhookEndpoint>,
    idempotency: HashMap<String, api::Key>,
}

struct Session {
    object: Value,
    line_items: Vec<Value>,
    payment_intent_data: Map<String, Value>,
}

struct Event {
    object: Value,
    deliveries: Vec<Delivery>,
}

/// How a payment on the Checkout page ends.
#[derive(Clone, Copy)]
enum Payment {
    Paid,
    /// The method confirms later, as a bank debit does.
    Pending,
}

impl Stripe {
    /// Starts to listen on a free loopback port.
    pub async fn start(clock: Clock, recorder: Recorder) -> io::Result<Stripe> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().map_err(io::Error::other)?;
        let stop = CancellationToken::new();
        let inner = Arc::new(Inner {
            url: format!("http://{}", listener.local_addr()?),
            secret_key: objects::id("sk_test_51", 97),
            clock,
            recorder,
            faults: Faults::default(),
            http,
            state: Mutex::default(),
            changed: watch::Sender::new(0),
            held: watch::Sender::new(false),
            stop: stop.clone(),
        });
        let router =
            Router::new().route("/c/pay/{session}", get(page::show).post(page::pay)).fallback(api::serve).with_state(inner.clone());
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stopped);
            if let Err(error) = served.await {
                tracing::error!("the Stripe stand-in stopped: {error}");
            }
        });
        Ok(Stripe { inner, _stops_with_the_last_clone: Arc::new(stop.drop_guard()) })
    }

    /// Stops listening and delivering.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }

    /// The base address, which takes the place of `https://api.stripe.com`.
    pub fn url(&self) -> String {
        self.inner.url.clone()
    }

    /// The account's secret key, `sk_test_…`.
    pub fn secret_key(&self) -> String {
        self.inner.secret_key.clone()
    }

    /// The misbehaviour of the API. The Checkout page has none.
    pub fn faults(&self) -> Faults {
        self.inner.faults.clone()
    }

    /// A signing secret, `whsec_…`, for an endpoint that is added later.
    pub fn create_webhook_secret(&self) -> String {
        objects::id("whsec_", 32)
    }

    /// Adds an endpoint that gets events of these types; `*` is every type.
    pub fn add_webhook_endpoint(&self, url: &str, types: &[&str]) -> WebhookEndpoint {
        self.add_webhook_endpoint_with_secret(url, types, &self.create_webhook_secret())
    }

    /// Adds an endpoint whose secret the receiver knows already.
    pub fn add_webhook_endpoint_with_secret(&self, url: &str, types: &[&str], secret: &str) -> WebhookEndpoint {
        let endpoint = WebhookEndpoint {
            id: objects::id("we_1", 23),
            url: url.to_owned(),
            secret: secret.to_owned(),
            types: types.iter().map(|kind| (*kind).to_owned()).collect(),
            created_s: self.inner.clock.now_s(),
        };
        self.inner.change(|state| state.endpoints.push(endpoint.clone()));
        endpoint
    }

    /// The endpoints, oldest first.
    pub fn webhook_endpoints(&self) -> Vec<WebhookEndpoint> {
        self.inner.read(|state| state.endpoints.clone())
    }

    /// Every Checkout session with its line items, oldest first.
    pub fn sessions(&self) -> Vec<Value> {
        self.inner.expire_due();
        self.inner.read(|state| state.sessions.iter().map(Session::with_items).collect())
    }

    /// One Checkout session with its line items.
    pub fn session(&self, id: &str) -> Option<Value> {
        self.inner.expire_due();
        self.inner.read(|state| state.session(id).map(Session::with_items))
    }

    /// Every customer, oldest first.
    pub fn customers(&self) -> Vec<Value> {
        self.inner.read(|state| state.customers.clone())
    }

    /// Every event, oldest first.
    pub fn events(&self) -> Vec<Value> {
        self.inner.expire_due();
        self.inner.read(|state| state.events.iter().map(Event::value).collect())
    }

    /// Pays a session, given by its id or its address, as a click on **Pay**
    /// does. The error says why the page would not take it.
    pub async fn pay(&self, session: &str) -> Result<(), String> {
        self.inner.complete(session_id(session), Payment::Paid, None)
    }

    /// Completes a session with a method that confirms later: it is complete,
    /// and unpaid until [`Stripe::settle`].
    pub async fn pay_unpaid(&self, session: &str) -> Result<(), String> {
        self.inner.complete(session_id(session), Payment::Pending, None)
    }

    /// Ends a payment that [`Stripe::pay_unpaid`] left pending.
    pub async fn settle(&self, session: &str, paid: bool) -> Result<(), String> {
        self.inner.settle(session_id(session), paid)
    }

    /// Lets an open session expire now. Returns whether it was open.
    pub fn expire(&self, id: &str) -> bool {
        let events = self.inner.change(|state| {
            let now_s = self.inner.clock.now_s();
            state.expire(id, &Origin::default(), now_s)
        });
        match events {
            Some(event) => {
                webhooks::dispatch(&self.inner, &event);
                true
            }
            None => false,
        }
    }

    /// Puts a fresh event around any object. It is listed, and not delivered.
    pub fn event(&self, kind: &str, object: Value) -> Value {
        let now_s = self.inner.clock.now_s();
        self.inner.change(|state| {
            let id = state.add_event(kind, &object, &Origin::default(), now_s);
            state.event(&id).map(Event::value).unwrap_or_default()
        })
    }

    /// The `Stripe-Signature` header for a body.
    pub fn sign(&self, secret: &str, body: &str, timestamp_s: i64) -> String {
        webhooks::sign(secret, body, timestamp_s)
    }

    /// Posts an event to every endpoint now, held or not, whatever its type and
    /// whether or not it was taken before. Returns the statuses in the order of
    /// the endpoints, 0 where there was no answer.
    pub async fn deliver(&self, event_id: &str) -> Vec<u16> {
        let mut statuses = Vec::new();
        for endpoint in self.webhook_endpoints() {
            let status = webhooks::attempt(&self.inner, event_id, &endpoint).await;
            statuses.push(status.unwrap_or(0));
        }
        statuses
    }

    /// Delivers nothing by itself until [`Stripe::release_webhooks`].
    pub fn hold_webhooks(&self) {
        self.inner.held.send_replace(true);
    }

    /// Delivers what was held, and what comes.
    pub fn release_webhooks(&self) {
        self.inner.held.send_replace(false);
    }

    /// Waits until an endpoint has taken an event of this type.
    pub async fn delivered(&self, kind: &str) {
        let mut changed = self.inner.changed.subscribe();
        loop {
            changed.borrow_and_update();
            let taken = self.inner.read(|state| {
                state
                    .events
                    .iter()
                    .any(|event| event.kind() == kind && event.deliveries.iter().any(|delivery| delivery.state == DeliveryState::Delivered))
            });
            if taken {
                return;
            }
            // The sender is our own, so it cannot be gone.
            let _ = changed.changed().await;
        }
    }
}

/// The id in a session's address; an id is its own.
fn session_id(session: &str) -> &str {
    let path = session.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

impl Inner {
    fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state and wakes everybody who waits for something.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_modify(|version| *version += 1);
        result
    }

    fn event_value(&self, id: &str) -> Option<Value> {
        self.read(|state| state.event(id).map(Event::value))
    }

    fn delivery_state(&self, event_id: &str, endpoint: &str) -> Option<DeliveryState> {
        self.read(|state| {
            let deliveries = &state.event(event_id)?.deliveries;
            let delivery = deliveries.iter().find(|one| one.endpoint == endpoint)?;
            Some(delivery.state)
        })
    }

    fn set_delivery(&self, event_id: &str, endpoint: &str, to: DeliveryState) {
        self.change(|state| {
            let Some(event) = state.event_mut(event_id) else {
                return;
            };
            match event.deliveries.iter_mut().find(|one| one.endpoint == endpoint) {
                Some(delivery) => delivery.state = to,
                // An event that was made by hand had no endpoints until now.
                None => event.deliveries.push(Delivery { endpoint: endpoint.to_owned(), state: to }),
            }
        });
    }

    /// Lets the sessions expire whose time has come, and forgets old events.
    fn expire_due(self: &Arc<Self>) {
        let now_s = self.clock.now_s();
        let events = self.change(|state| {
            state.events.retain(|event| event.created_s() > now_s - EVENTS_KEPT_S);
            let due: Vec<String> = state
                .sessions
                .iter()
                .filter(|session| session.is_open() && session.expires_s() <= now_s)
                .map(|session| session.id().to_owned())
                .collect();
            due.iter().filter_map(|id| state.expire(id, &Origin::default(), now_s)).collect::<Vec<_>>()
        });
        for event in events {
            webhooks::dispatch(self, &event);
        }
    }

    /// Expires a session when its time comes, also when nobody asks.
    fn watch_expiry(self: &Arc<Self>, expires_s: i64) {
        let inner = self.clone();
        tokio::spawn(async move {
            let at_ms = expires_s.saturating_mul(1000);
            tokio::select! {
                () = inner.stop.cancelled() => {}
                () = inner.clock.sleep_until(at_ms) => inner.expire_due(),
            }
        });
    }

    fn complete(self: &Arc<Self>, id: &str, payment: Payment, email: Option<&str>) -> Result<(), String> {
        self.expire_due();
        let now_s = self.clock.now_s();
        let events = self.change(|state| state.complete(id, payment, email, now_s))?;
        for event in events {
            webhooks::dispatch(self, &event);
        }
        Ok(())
    }

    fn settle(self: &Arc<Self>, id: &str, paid: bool) -> Result<(), String> {
        let now_s = self.clock.now_s();
        let events = self.change(|state| state.settle(id, paid, now_s))?;
        for event in events {
            webhooks::dispatch(self, &event);
        }
        Ok(())
    }
}

impl State {
    fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id() == id)
    }

    fn session_mut(&mut self, id: &str) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id() == id)
    }

    fn event(&self, id: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.object["id"] == id)
    }

    fn event_mut(&mut self, id: &str) -> Option<&mut Event> {
        self.events.iter_mut().find(|event| event.object["id"] == id)
    }

    fn add_event(&mut self, kind: &str, object: &Value, origin: &Origin, now_s: i64) -> String {
        let event = objects::event(kind, object, origin, now_s);
        let id = event["id"].as_str().unwrap_or_default().to_owned();
        self.events.push(Event { object: event, deliveries: Vec::new() });
        id
    }

    /// Expires a session. Returns the event, or `None` when it was not open.
    fn expire(&mut self, id: &str, origin: &Origin, now_s: i64) -> Option<String> {
        let session = self.session_mut(id)?;
        if !session.is_open() {
            return None;
        }
        session.object["status"] = json!("expired");
        session.object["url"] = Value::Null;
        let object = session.object.clone();
        Some(self.add_event("checkout.session.expired", &object, origin, now_s))
    }

    /// Completes an open session. Returns the events, in Stripe's order.
    fn complete(&mut self, id: &str, payment: Payment, email: Option<&str>, now_s: i64) -> Result<Vec<String>, String> {
        let session = self.open_session(id)?;
        let known = &session.object["customer_details"]["email"];
        let email = match known {
            Value::Null => json!(email.unwrap_or("buyer@example.com")),
            known => known.clone(),
        };
        session.object["status"] = json!("complete");
        session.object["url"] = Value::Null;
        session.object["customer_details"] = objects::customer_details(&email, &json!("Sandbox Buyer"));
        let data = session.payment_intent_data.clone();
        let intent = objects::payment_intent(&session.object, &data, "processing", now_s);
        session.object["payment_intent"] = intent["id"].clone();
        let session = session.object.clone();
        self.payment_intents.push(intent.clone());

        let origin = Origin::default();
        let mut events = vec![self.add_event("payment_intent.created", &intent, &origin, now_s)];
        match payment {
            Payment::Paid => events.extend(self.succeed(&session, now_s)),
            Payment::Pending => {
                events.push(self.add_event("payment_intent.processing", &intent, &origin, now_s));
            }
        }
        let session = self.session(id).map(|session| session.object.clone());
        let session = session.unwrap_or_default();
        events.push(self.add_event("checkout.session.completed", &session, &origin, now_s));
        Ok(events)
    }

    fn open_session(&mut self, id: &str) -> Result<&mut Session, String> {
        let session = self.session_mut(id).ok_or_else(|| format!("There is no Checkout session {id}."))?;
        if session.is_open() {
            return Ok(session);
        }
        let status = session.object["status"].as_str().unwrap_or_default();
        Err(format!("The Checkout session {id} is {status}."))
    }

    /// Marks a completed session and its payment paid.
    fn succeed(&mut self, session: &Value, now_s: i64) -> Vec<String> {
        let origin = Origin::default();
        let Some(intent) = self.payment_intent_mut(&session["payment_intent"]) else {
            return Vec::new();
        };
        let charge = objects::charge(intent, session, now_s);
        intent["status"] = json!("succeeded");
        intent["amount_received"] = intent["amount"].clone();
        intent["latest_charge"] = charge["id"].clone();
        let intent = intent.clone();
        if let Some(session) = self.session_mut(session["id"].as_str().unwrap_or_default()) {
            session.object["payment_status"] = json!("paid");
        }
        self.charges.push(charge.clone());
        vec![
            self.add_event("charge.succeeded", &charge, &origin, now_s),
            self.add_event("payment_intent.succeeded", &intent, &origin, now_s),
        ]
    }

    fn payment_intent_mut(&mut self, id: &Value) -> Option<&mut Value> {
        self.payment_intents.iter_mut().find(|intent| intent["id"] == *id)
    }

    fn settle(&mut self, id: &str, paid: bool, now_s: i64) -> Result<Vec<String>, String> {
        let session = self.session(id).ok_or_else(|| format!("There is no Checkout session {id}."))?;
        let session = session.object.clone();
        let pending = self.payment_intent_mut(&session["payment_intent"]).filter(|intent| intent["status"] == "processing");
        let Some(intent) = pending else {
            return Err(format!("The Checkout session {id} has no payment pending."));
        };
        let origin = Origin::default();
        if !paid {
            intent["status"] = json!("requires_payment_method");
            intent["payment_method"] = Value::Null;
            let intent = intent.clone();
            return Ok(vec![
                self.add_event("payment_intent.payment_failed", &intent, &origin, now_s),
                self.add_event("checkout.session.async_payment_failed", &session, &origin, now_s),
            ]);
        }
        let mut events = self.succeed(&session, now_s);
        let session = self.session(id).map(|session| session.object.clone());
        let session = session.unwrap_or_default();
        let kind = "checkout.session.async_payment_succeeded";
        events.push(self.add_event(kind, &session, &origin, now_s));
        Ok(events)
    }
}

impl Session {
    fn id(&self) -> &str {
        self.object["id"].as_str().unwrap_or_default()
    }

    fn is_open(&self) -> bool {
        self.object["status"] == "open"
    }

    fn expires_s(&self) -> i64 {
        self.object["expires_at"].as_i64().unwrap_or_default()
    }

    fn with_items(&self) -> Value {
        let mut object = self.object.clone();
        object["line_items"] = self.items();
        object
    }

    fn items(&self) -> Value {
        let url = format!("/v1/checkout/sessions/{}/line_items", self.id());
        objects::list(&url, self.line_items.clone(), false)
    }
}

impl Event {
    fn kind(&self) -> &str {
        self.object["type"].as_str().unwrap_or_default()
    }

    fn created_s(&self) -> i64 {
        self.object["created"].as_i64().unwrap_or_default()
    }

    fn pending(&self) -> usize {
        self.deliveries.iter().filter(|delivery| delivery.state == DeliveryState::Pending).count()
    }

    fn value(&self) -> Value {
        let mut object = self.object.clone();
        object["pending_webhooks"] = json!(self.pending());
        object
    }
}

#[cfg(test)]
mod tests;
