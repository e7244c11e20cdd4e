//! A stand-in for Stripe: customers, Checkout sessions with a page to pay on,
//! payments, refunds, disputes, events, and signed webhooks.

// Stripe's objects have more fields than `json!` takes by default.
#![recursion_limit = "256"]

mod api;
mod currency;
mod error;
mod event_types;
mod form;
mod money;
mod objects;
mod page;
mod webhooks;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use event_types::EVENT_TYPES;
pub use webhooks::{WebhookAttempt, WebhookEndpoint};

use money::{AskDispute, AskRefund};
use objects::Origin;
use sandbox_core::clock::Clock;
use sandbox_core::fault::Faults;
use sandbox_core::keep::{self, Folder};
use sandbox_core::record::Recorder;
use webhooks::{Delivery, DeliveryState};

/// Stripe keeps events for 30 days.
const EVENTS_KEPT_S: i64 = 30 * 24 * 3600;

/// A Stripe with one account, on a loopback port. It stops with its last clone.
///
/// Test mode and live mode are apart, as they are at Stripe: which one a call
/// sees is a matter of its key. No money moves in either. Where an id is asked
/// for, either mode's will do.
#[derive(Clone)]
pub struct Stripe {
    /// Test mode.
    inner: Arc<Inner>,
    live: Arc<Inner>,
    saving: Arc<Saving>,
    _stops_with_the_last_clone: Arc<DropGuard>,
}

const FILE: &str = "stripe.json";

/// What is kept of both modes.
#[derive(Deserialize)]
struct Kept {
    url: String,
    secret_key: String,
    live_secret_key: String,
    test: State,
    live: State,
}

/// The same, as it is written.
#[derive(Serialize)]
struct Keeping<'a> {
    url: &'a str,
    secret_key: &'a str,
    live_secret_key: &'a str,
    test: &'a State,
    live: &'a State,
}

/// Where both modes are kept, if they are.
struct Saving {
    folder: Option<Folder>,
    one_at_a_time: Mutex<()>,
}

impl Saving {
    /// Writes down what is there.
    fn save(&self, test: &Inner, live: &Inner) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let _one = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        // Serialized under the locks, written after them.
        let bytes = test.read(|of_test| {
            live.read(|of_live| {
                let (url, secret_key, live_secret_key) = (&test.url, &test.secret_key, &live.secret_key);
                keep::bytes_of(&Keeping { url, secret_key, live_secret_key, test: of_test, live: of_live })
            })
        });
        keep::write(&folder.join(FILE), &bytes?)
    }
}

/// A mode of the account: what the listener, the deliveries and the handles
/// share.
struct Inner {
    url: String,
    live: bool,
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

#[derive(Default, Serialize, Deserialize)]
struct State {
    live: bool,
    /// `acct_…`, the same in both modes.
    #[serde(default)]
    account: String,
    customers: Vec<Value>,
    sessions: Vec<Session>,
    products: Vec<Value>,
    payment_intents: Vec<Value>,
    charges: Vec<Value>,
    refunds: Vec<Value>,
    disputes: Vec<Value>,
    balance_transactions: Vec<Value>,
    events: Vec<Event>,
    endpoints: Vec<WebhookEndpoint>,
    attempts: Vec<WebhookAttempt>,
    idempotency: HashMap<String, api::Key>,
    /// Whether new refunds wait for [`Stripe::settle_refund`].
    refunds_pending: bool,
}

#[derive(Serialize, Deserialize)]
struct Session {
    object: Value,
    line_items: Vec<Value>,
    payment_intent_data: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
struct Event {
    object: Value,
    deliveries: Vec<Delivery>,
}

/// How a payment on the Checkout page ends.
#[derive(Clone, Copy, PartialEq)]
enum Payment {
    Paid,
    /// The method confirms later, as a bank debit does.
    Pending,
    /// The bank says no, and the session stays open.
    Declined,
}

impl Stripe {
    /// Starts to listen on a free loopback port.
    pub async fn start(clock: Clock, recorder: Recorder) -> io::Result<Stripe> {
        Stripe::start_in(clock, recorder, None, None).await
    }

    /// Starts where it was, if it is kept in a folder, else at this port, if it is to be a certain one.
    pub async fn start_in(clock: Clock, recorder: Recorder, folder: Option<&Folder>, port: Option<u16>) -> io::Result<Stripe> {
        let kept: Option<Kept> = folder.map(|folder| folder.read(FILE)).transpose()?.flatten();
        let listener = keep::listen(kept.as_ref().map(|kept| kept.url.as_str()), port).await?;
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().map_err(io::Error::other)?;
        let stop = CancellationToken::new();
        let url = format!("http://{}", listener.local_addr()?);
        let faults = Faults::default();
        let changed = watch::Sender::new(0);
        // Whoever goes on says when the receivers are there again.
        let held = watch::Sender::new(kept.is_some());
        let mode = |secret_key: String, state: State| {
            Arc::new(Inner {
                url: url.clone(),
                live: state.live,
                secret_key,
                clock: clock.clone(),
                recorder: recorder.clone(),
                faults: faults.clone(),
                http: http.clone(),
                state: Mutex::new(state),
                changed: changed.clone(),
                held: held.clone(),
                stop: stop.clone(),
            })
        };
        let kept = kept.unwrap_or_else(|| Kept {
            url: url.clone(),
            secret_key: objects::id("sk_test_51", 97),
            // Nobody can take this one for a key of Stripe's.
            live_secret_key: objects::id("sk_live_sandbox", 24),
            test: State::default(),
            live: State { live: true, ..State::default() },
        });
        let mut kept = kept;
        if kept.test.account.is_empty() {
            kept.test.account = objects::id("acct_1", 15);
            kept.live.account = kept.test.account.clone();
        }
        let inner = mode(kept.secret_key, kept.test);
        let live = mode(kept.live_secret_key, kept.live);
        let modes = Modes { test: inner.clone(), live: live.clone() };
        let router = Router::new().route("/c/pay/{session}", get(page::show).post(page::pay)).fallback(api::serve).with_state(modes);
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stopped);
            if let Err(error) = served.await {
                tracing::error!("the Stripe stand-in stopped: {error}");
            }
        });
        let saving = Arc::new(Saving { folder: folder.cloned(), one_at_a_time: Mutex::default() });
        if folder.is_some() {
            for mode in [&inner, &live] {
                mode.go_on();
            }
            saving.save(&inner, &live)?;
            let (saving, test, live) = (saving.clone(), Arc::downgrade(&inner), Arc::downgrade(&live));
            keep::follow(changed.subscribe(), stop.clone(), move || match (test.upgrade(), live.upgrade()) {
                (Some(test), Some(live)) => saving.save(&test, &live),
                _ => Ok(()),
            });
        }
        Ok(Stripe { inner, live, saving, _stops_with_the_last_clone: Arc::new(stop.drop_guard()) })
    }

    /// Writes down what is there now, where it is kept in a folder.
    pub fn save(&self) -> io::Result<()> {
        self.saving.save(&self.inner, &self.live)
    }

    /// Stops listening and delivering.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }

    /// The base address, which takes the place of `https://api.stripe.com`.
    pub fn url(&self) -> String {
        self.inner.url.clone()
    }

    /// The account's secret key of test mode, `sk_test_…`.
    pub fn secret_key(&self) -> String {
        self.inner.secret_key.clone()
    }

    /// The key of live mode, `sk_live_sandbox…`. Its objects say `livemode: true`
    /// and are not seen with the key of test mode.
    pub fn live_secret_key(&self) -> String {
        self.live.secret_key.clone()
    }

    /// The account's id, `acct_…`.
    pub fn account(&self) -> String {
        self.inner.read(|state| state.account.clone())
    }

    /// Puts another account in the place of this one, as when the studio moves to a new one: the same keys and
    /// endpoints, and none of the objects. Returns its id.
    pub fn replace_account(&self) -> String {
        let account = objects::id("acct_1", 15);
        for mode in self.modes() {
            mode.change(|state| {
                let endpoints = std::mem::take(&mut state.endpoints);
                *state = State { live: state.live, account: account.clone(), endpoints, ..State::default() };
            });
        }
        account
    }

    /// Deletes a customer, as the dashboard does.
    pub fn delete_customer(&self, id: &str) -> Result<(), String> {
        let has = |state: &State| state.customers.iter().any(|customer| customer["id"] == id && customer["deleted"] != true);
        let mode = self.mode_with(has);
        let now_s = mode.clock.now_s();
        let events = mode.change(|state| {
            if !has(state) {
                return Err(format!("There is no customer `{id}`."));
            }
            Ok(state.delete_customer(id, &Origin::default(), now_s))
        })?;
        mode.dispatch(events);
        Ok(())
    }

    /// The misbehaviour of the API and of webhook events, in both modes. The
    /// Checkout page has none.
    pub fn faults(&self) -> Faults {
        self.inner.faults.clone()
    }

    /// A signing secret, `whsec_…`, for an endpoint that is added later.
    pub fn create_webhook_secret(&self) -> String {
        objects::id("whsec_", 32)
    }

    /// Adds an endpoint that gets events of these types; `*` is every type. One
    /// that Stripe does not have is never sent.
    pub fn add_webhook_endpoint(&self, url: &str, types: &[&str]) -> WebhookEndpoint {
        self.add_webhook_endpoint_with_secret(url, types, &self.create_webhook_secret())
    }

    /// Adds an endpoint whose secret the receiver knows already.
    pub fn add_webhook_endpoint_with_secret(&self, url: &str, types: &[&str], secret: &str) -> WebhookEndpoint {
        self.inner.add_endpoint(WebhookEndpoint::new(url, types, secret, self.inner.clock.now_s()))
    }

    /// Adds an endpoint that gets the events of live mode.
    pub fn add_live_webhook_endpoint(&self, url: &str, types: &[&str], secret: &str) -> WebhookEndpoint {
        self.live.add_endpoint(WebhookEndpoint::new(url, types, secret, self.live.clock.now_s()))
    }

    /// The endpoints, oldest first, those of live mode last.
    pub fn webhook_endpoints(&self) -> Vec<WebhookEndpoint> {
        self.all(|state| state.endpoints.clone())
    }

    /// Every attempt to deliver an event, in the order they ended.
    pub fn webhook_attempts(&self) -> Vec<WebhookAttempt> {
        self.all(|state| state.attempts.clone())
    }

    /// Waits until so many attempts to deliver events of this type have ended.
    pub async fn attempted(&self, kind: &str, times: usize) {
        self.until(|| self.webhook_attempts().iter().filter(|attempt| attempt.kind == kind).count() >= times).await;
    }

    /// Every Checkout session with its line items, oldest first.
    pub fn sessions(&self) -> Vec<Value> {
        self.all(|state| state.sessions.iter().map(Session::with_items).collect())
    }

    /// One Checkout session with its line items.
    pub fn session(&self, id: &str) -> Option<Value> {
        self.modes().into_iter().find_map(|mode| {
            mode.pass_time();
            mode.read(|state| state.session(id).map(Session::with_items))
        })
    }

    /// Every customer, oldest first.
    pub fn customers(&self) -> Vec<Value> {
        self.all(|state| state.customers.clone())
    }

    /// Every payment intent, oldest first.
    pub fn payment_intents(&self) -> Vec<Value> {
        self.all(|state| state.payment_intents.clone())
    }

    /// Every charge, oldest first.
    pub fn charges(&self) -> Vec<Value> {
        self.all(|state| state.charges.clone())
    }

    /// Every refund, oldest first.
    pub fn refunds(&self) -> Vec<Value> {
        self.all(|state| state.refunds.clone())
    }

    /// Every dispute, oldest first.
    pub fn disputes(&self) -> Vec<Value> {
        self.all(|state| state.disputes.clone())
    }

    /// Every event, oldest first.
    pub fn events(&self) -> Vec<Value> {
        self.all(|state| state.events.iter().map(Event::value).collect())
    }

    /// Pays a session, given by its id or its address, as a click on **Pay**
    /// does. Where only bank debits are offered it is as
    /// [`Stripe::pay_unpaid`]. The error says why the page would not take it.
    pub async fn pay(&self, session: &str) -> Result<(), String> {
        self.mode_of_session(session).complete(session_id(session), Payment::Paid, None)
    }

    /// Completes a session with a method that confirms later: it is complete,
    /// and unpaid until [`Stripe::settle`].
    pub async fn pay_unpaid(&self, session: &str) -> Result<(), String> {
        self.mode_of_session(session).complete(session_id(session), Payment::Pending, None)
    }

    /// Tries to pay a session with a card that is declined. It stays open.
    pub async fn pay_declined(&self, session: &str) -> Result<(), String> {
        self.mode_of_session(session).complete(session_id(session), Payment::Declined, None)
    }

    /// Ends a payment that [`Stripe::pay_unpaid`] left pending.
    pub async fn settle(&self, session: &str, paid: bool) -> Result<(), String> {
        let mode = self.mode_of_session(session);
        let now_s = mode.clock.now_s();
        let events = mode.change(|state| state.settle(session_id(session), paid, now_s))?;
        mode.dispatch(events);
        Ok(())
    }

    /// Lets an open session expire now. Returns whether it was open.
    pub fn expire(&self, id: &str) -> bool {
        let mode = self.mode_of_session(id);
        let now_s = mode.clock.now_s();
        let events = mode.change(|state| state.expire(session_id(id), &Origin::default(), now_s));
        let was_open = !events.is_empty();
        mode.dispatch(events);
        was_open
    }

    /// Refunds a charge, given by its own id or its payment's or session's, as
    /// the dashboard does; all that is left without an amount. Returns the
    /// refund.
    pub fn refund(&self, of: &str, amount: Option<i64>) -> Result<Value, String> {
        let of = session_id(of);
        let mode = self.mode_with(|state| state.charge_of(of).is_some());
        let now_s = mode.clock.now_s();
        let (refund, events) = mode.change(|state| {
            let charge = state.charge_of(of).and_then(|charge| charge["id"].as_str()).map(str::to_owned);
            let charge = charge.ok_or_else(|| format!("{of} has no charge to refund."))?;
            if amount.is_some_and(|amount| amount < 1) {
                return Err("A refund is of 1 at least.".to_owned());
            }
            let ask = AskRefund { charge: Some(&charge), amount, ..AskRefund::default() };
            state.refund(&ask, &Origin::default(), now_s).map_err(|error| error.to_string())
        })?;
        mode.dispatch(events);
        Ok(refund)
    }

    /// Whether new refunds wait: see [`Stripe::set_refunds_pending`].
    pub fn refunds_pending(&self) -> bool {
        self.inner.read(|state| state.refunds_pending)
    }

    /// Whether new refunds wait for [`Stripe::settle_refund`], as those of bank
    /// debits always do.
    pub fn set_refunds_pending(&self, pending: bool) {
        for mode in self.modes() {
            mode.change(|state| state.refunds_pending = pending);
        }
    }

    /// Ends a pending refund: the money arrived.
    pub fn settle_refund(&self, id: &str) -> Result<(), String> {
        self.end_refund(id, None)
    }

    /// Fails a refund, for a reason in Stripe's words such as
    /// `insufficient_funds`. One that had succeeded may still fail.
    pub fn fail_refund(&self, id: &str, reason: &str) -> Result<(), String> {
        self.end_refund(id, Some(reason))
    }

    fn end_refund(&self, id: &str, failed: Option<&str>) -> Result<(), String> {
        let mode = self.mode_with(|state| money::find(&state.refunds, &json!(id)).is_some());
        let now_s = mode.clock.now_s();
        let events = mode.change(|state| state.settle_refund(id, failed, now_s))?;
        mode.dispatch(events);
        Ok(())
    }

    /// Disputes a charge, given by its own id or its payment's or session's,
    /// for a reason in Stripe's words such as `fraudulent`. Returns the dispute.
    pub fn dispute(&self, of: &str, reason: &str) -> Result<Value, String> {
        self.open_dispute(of, &AskDispute { reason, inquiry: false, amount: None, currency: None })
    }

    /// The same about a part of a charge, or in another currency than it was
    /// paid in: an amount in minor units, and a currency of Stripe's.
    pub fn dispute_part(&self, of: &str, reason: &str, amount: i64, currency: Option<&str>) -> Result<Value, String> {
        self.open_dispute(of, &AskDispute { reason, inquiry: false, amount: Some(amount), currency })
    }

    /// Opens an inquiry, a dispute that takes no money yet.
    pub fn inquire(&self, of: &str, reason: &str) -> Result<Value, String> {
        self.open_dispute(of, &AskDispute { reason, inquiry: true, amount: None, currency: None })
    }

    fn open_dispute(&self, of: &str, ask: &AskDispute<'_>) -> Result<Value, String> {
        let of = session_id(of);
        let mode = self.mode_with(|state| state.charge_of(of).is_some());
        let now_s = mode.clock.now_s();
        let (dispute, events) = mode.change(|state| state.open_dispute(of, ask, now_s))?;
        mode.watch(now_s.saturating_add(money::EVIDENCE_DUE_S));
        mode.dispatch(events);
        Ok(dispute)
    }

    /// Has the bank take the money that it only asked about: an inquiry becomes
    /// a dispute. Returns it.
    pub fn escalate(&self, id: &str) -> Result<Value, String> {
        let mode = self.mode_with(|state| money::find(&state.disputes, &json!(id)).is_some());
        let now_s = mode.clock.now_s();
        let (dispute, events) = mode.change(|state| state.escalate_dispute(id, now_s))?;
        mode.watch(now_s.saturating_add(money::EVIDENCE_DUE_S));
        mode.dispatch(events);
        Ok(dispute)
    }

    /// Has the bank decide a dispute.
    pub fn close_dispute(&self, id: &str, won: bool) -> Result<(), String> {
        let mode = self.mode_with(|state| money::find(&state.disputes, &json!(id)).is_some());
        let now_s = mode.clock.now_s();
        let (_, events) = mode.change(|state| state.close_dispute(id, won, &Origin::default(), now_s))?;
        mode.dispatch(events);
        Ok(())
    }

    /// Puts a fresh event around any object. It is listed, and not delivered.
    /// An object that says `livemode: true` makes it one of live mode.
    pub fn event(&self, kind: &str, object: Value) -> Value {
        let mode = if object["livemode"] == true { &self.live } else { &self.inner };
        let now_s = mode.clock.now_s();
        mode.change(|state| {
            let id = state.add_event(kind, &object, &Origin::default(), now_s);
            state.event(&id).map(Event::value).unwrap_or_default()
        })
    }

    /// The `Stripe-Signature` header for a body.
    pub fn sign(&self, secret: &str, body: &str, timestamp_s: i64) -> String {
        webhooks::sign(secret, body, timestamp_s)
    }

    /// Posts an event to every endpoint of its mode now, held or not, whatever
    /// its type and whether or not it was taken before. Returns the statuses in
    /// the order of the endpoints, 0 where there was no answer.
    pub async fn deliver(&self, event_id: &str) -> Vec<u16> {
        let mode = self.mode_with(|state| state.event(event_id).is_some());
        let mut statuses = Vec::new();
        for endpoint in mode.read(|state| state.endpoints.clone()) {
            let status = webhooks::attempt(mode, event_id, &endpoint).await;
            statuses.push(status.unwrap_or(0));
        }
        statuses
    }

    /// Delivers nothing by itself until [`Stripe::release_webhooks`].
    pub fn hold_webhooks(&self) {
        self.set_held(true);
    }

    /// Delivers what was held, and what comes.
    pub fn release_webhooks(&self) {
        self.set_held(false);
    }

    fn set_held(&self, held: bool) {
        self.inner.held.send_replace(held);
        self.inner.changed.send_modify(|version| *version += 1);
    }

    /// Whether webhooks are held.
    pub fn holds_webhooks(&self) -> bool {
        *self.inner.held.borrow()
    }

    /// Tells when anything changed in either mode.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// Waits until an endpoint has taken an event of this type.
    pub async fn delivered(&self, kind: &str) {
        self.until_taken(|event| event.kind() == kind).await;
    }

    /// Waits until an endpoint has taken an event of this type about this object.
    pub async fn delivered_about(&self, kind: &str, object: &str) {
        self.until_taken(|event| event.kind() == kind && event.object["data"]["object"]["id"] == object).await;
    }

    async fn until_taken(&self, is_meant: impl Fn(&Event) -> bool) {
        let taken = |event: &Event| event.deliveries.iter().any(|delivery| delivery.state == DeliveryState::Delivered);
        let known = |state: &State| state.events.iter().any(|event| is_meant(event) && taken(event));
        self.until(|| self.modes().iter().any(|mode| mode.read(known))).await;
    }

    async fn until(&self, happened: impl Fn() -> bool) {
        let mut changed = self.inner.changed.subscribe();
        loop {
            changed.borrow_and_update();
            if happened() {
                return;
            }
            // The sender is our own, so it cannot be gone.
            let _ = changed.changed().await;
        }
    }

    fn modes(&self) -> [&Arc<Inner>; 2] {
        [&self.inner, &self.live]
    }

    /// Of both modes, after the time that has passed.
    fn all<T>(&self, list: impl Fn(&State) -> Vec<T>) -> Vec<T> {
        let modes = self.modes().into_iter();
        modes
            .flat_map(|mode| {
                mode.pass_time();
                mode.read(&list)
            })
            .collect()
    }

    fn mode_of_session(&self, session: &str) -> &Arc<Inner> {
        self.mode_with(|state| state.session(session_id(session)).is_some())
    }

    /// The mode that has something; test mode where neither has.
    fn mode_with(&self, has: impl Fn(&State) -> bool) -> &Arc<Inner> {
        if self.live.read(has) { &self.live } else { &self.inner }
    }
}

/// What the listener serves from.
#[derive(Clone)]
struct Modes {
    test: Arc<Inner>,
    live: Arc<Inner>,
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

    fn add_endpoint(&self, endpoint: WebhookEndpoint) -> WebhookEndpoint {
        self.change(|state| state.endpoints.push(endpoint.clone()));
        endpoint
    }

    fn dispatch(self: &Arc<Self>, events: impl IntoIterator<Item = String>) {
        for event in events {
            webhooks::dispatch(self, &event);
        }
    }

    /// Lets the sessions expire and the disputes be lost whose time has come,
    /// and forgets old events.
    fn pass_time(self: &Arc<Self>) {
        let now_s = self.clock.now_s();
        let nothing_due = self.read(|state| {
            let keeps = state.events.first().is_none_or(|event| event.created_s() > now_s - EVENTS_KEPT_S);
            keeps && state.overdue_sessions(now_s).next().is_none() && state.disputes.is_empty()
        });
        if nothing_due {
            return;
        }
        let events = self.change(|state| {
            state.events.retain(|event| event.created_s() > now_s - EVENTS_KEPT_S);
            let due: Vec<String> = state.overdue_sessions(now_s).map(str::to_owned).collect();
            let mut events: Vec<String> = due.iter().flat_map(|id| state.expire(id, &Origin::default(), now_s)).collect();
            events.extend(state.lose_overdue_disputes(now_s));
            events
        });
        self.dispatch(events);
    }

    /// Takes up what a sandbox that was kept had left to do.
    fn go_on(self: &Arc<Self>) {
        let moments: Vec<i64> = self.change(|state| {
            // Nobody waits any more for what was in progress.
            state.idempotency.retain(|_, key| key.is_answered());
            let sessions = state.sessions.iter().filter(|session| session.is_open()).map(Session::expires_s);
            let disputes = state.disputes.iter().filter_map(|dispute| dispute["evidence_details"]["due_by"].as_i64());
            sessions.chain(disputes).collect()
        });
        moments.into_iter().for_each(|at_s| self.watch(at_s));
        webhooks::go_on(self);
    }

    /// Lets time do its work at this moment, also when nobody asks.
    fn watch(self: &Arc<Self>, at_s: i64) {
        let inner = self.clone();
        tokio::spawn(async move {
            let at_ms = at_s.saturating_mul(1000);
            tokio::select! {
                () = inner.stop.cancelled() => {}
                () = inner.clock.sleep_until(at_ms) => inner.pass_time(),
            }
        });
    }

    fn complete(self: &Arc<Self>, id: &str, payment: Payment, email: Option<&str>) -> Result<(), String> {
        self.pass_time();
        let now_s = self.clock.now_s();
        let events = self.change(|state| state.complete(id, payment, email, now_s))?;
        self.dispatch(events);
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
        let event = objects::event(kind, object, origin, self.live, now_s);
        let id = event["id"].as_str().unwrap_or_default().to_owned();
        self.events.push(Event { object: event, deliveries: Vec::new() });
        id
    }

    /// Leaves what shows that a customer is gone. Returns the events.
    fn delete_customer(&mut self, id: &str, origin: &Origin, now_s: i64) -> Option<String> {
        let gone = json!({"id": id, "object": "customer", "deleted": true});
        let found = money::find_mut(&mut self.customers, &json!(id))?;
        let customer = std::mem::replace(found, gone);
        Some(self.add_event("customer.deleted", &customer, origin, now_s))
    }

    fn overdue_sessions(&self, now_s: i64) -> impl Iterator<Item = &str> {
        self.sessions.iter().filter(move |session| session.is_open() && session.expires_s() <= now_s).map(Session::id)
    }

    /// Expires a session, and cancels its payment when somebody had tried to
    /// pay. Returns the events; there are none when it was not open.
    fn expire(&mut self, id: &str, origin: &Origin, now_s: i64) -> Vec<String> {
        let Some(session) = self.session_mut(id).filter(|session| session.is_open()) else {
            return Vec::new();
        };
        session.object["status"] = json!("expired");
        session.object["url"] = Value::Null;
        let session = session.object.clone();
        let canceled = self.cancel_intent(&session["payment_intent"], &json!("automatic"), origin, now_s);
        let expired = self.add_event("checkout.session.expired", &session, origin, now_s);
        canceled.into_iter().chain([expired]).collect()
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
    fn id(&self) -> &str {
        self.object["id"].as_str().unwrap_or_default()
    }

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
