//! Stripe: the API client, and the webhook's signature and envelope.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;
use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionPaymentIntentData,
    ExpireCheckoutSession, ProductData, RetrieveCheckoutSession,
};
use stripe_client_core::{RequestBuilder, StripeMethod};
use stripe_core::customer::CreateCustomer;
use stripe_core::dispute::RetrieveDispute;
use stripe_core::payment_intent::RetrievePaymentIntent;
use stripe_core::refund::{CreateRefund, RetrieveRefund};
use stripe_shared::CheckoutSessionMode;
use stripe_types::Expandable;

use crate::config;
use crate::error::{Error, Failure, Result, Service};
use crate::platform::standing::{Standing, Trouble};
use crate::types::*;

/// What a restricted key must be allowed, and what Stripe's dashboard calls it.
const NEEDED: [(&str, &str); 6] = [
    ("/checkout/sessions", "Checkout Sessions"),
    ("/customers", "Customers"),
    ("/refunds", "Charges and Refunds"),
    ("/payment_intents", "Payment Intents"),
    ("/disputes", "Disputes"),
    ("/events", "Events"),
];

/// How old the signature of a webhook may be, or how far ahead. Stripe signs each delivery anew.
/// See <https://docs.stripe.com/webhooks#replay-attacks>.
const SIGNED_WITHIN: Duration = Duration::from_secs(5 * 60);

/// What our calls need of a restricted key, as an alarm names it: what Stripe's dashboard calls it, and which of its
/// two accesses.
const CUSTOMERS_WRITE: &str = "Customers: write";
const SESSIONS_WRITE: &str = "Checkout Sessions: write";
const SESSIONS_READ: &str = "Checkout Sessions: read";
const REFUNDS_WRITE: &str = "Charges and Refunds: write";
const REFUNDS_READ: &str = "Charges and Refunds: read";
const INTENTS_READ: &str = "Payment Intents: read";
const DISPUTES_READ: &str = "Disputes: read";
const EVENTS_READ: &str = "Events: read";

/// The word for an account that may not take live payments yet.
/// See <https://docs.stripe.com/error-codes#testmode-charges-only>.
const NOT_ACTIVATED: &str = "testmode_charges_only";

/// One HTTP attempt. Three of them stay under the outbox's limit for one try.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The Stripe account of the studio.
#[derive(Clone, Debug)]
pub struct Stripe {
    client: Client,
    webhook_secrets: Vec<SecretString>,
    livemode: bool,
    standing: Standing,
}

/// What a Checkout session is created from. Every field comes from our own row, so that a repeat
/// sends the same parameters under the same idempotency key.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// The idempotency key, `invoice id:attempt`.
    pub idempotency_key: String,
    /// The invoice that is paid.
    pub invoice: InvoiceId,
    /// Our row of this attempt.
    pub attempt: AttemptId,
    /// What the customer reads on the Checkout page.
    pub title: String,
    /// What is charged.
    pub amount: Money,
    /// The Stripe customer, where one exists already.
    pub customer: Option<String>,
    /// Where Checkout leads after payment.
    pub success_url: String,
    /// Where Checkout leads when the customer turns back.
    pub cancel_url: String,
    /// When the session ends: 30 minutes to 24 hours after it is created.
    pub expires_at: Timestamp,
}

/// Whether money arrived for a session.
/// See <https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-payment_status>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentStatus {
    /// The funds are available.
    Paid,
    /// Nothing arrived, or a delayed method is still on its way.
    Unpaid,
    /// There was nothing to pay, which no session of ours can be.
    NotRequired,
    /// Another word than we know.
    Other,
}

/// Whether a session can still be paid.
/// See <https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-status>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStatus {
    /// It can be paid.
    Open,
    /// The customer is through; the money may still be on its way.
    Complete,
    /// It ended unpaid.
    Expired,
    /// Another word than we know, or none.
    Other,
}

/// What we read of a Checkout session.
#[derive(Debug, Clone)]
pub struct Session {
    /// `cs_…`
    pub id: String,
    /// Where the customer pays; only while the session is open.
    pub url: Option<String>,
    /// Whether it can still be paid.
    pub status: SessionStatus,
    /// Whether money arrived.
    pub payment_status: PaymentStatus,
    /// After discounts and tax, in minor units.
    pub amount_total: Option<i64>,
    /// Before discounts and tax, in minor units.
    pub amount_subtotal: Option<i64>,
    /// The currency's code in lower case.
    pub currency: Option<String>,
    /// Whether this was real money.
    pub livemode: bool,
    /// The invoice, by `client_reference_id` or metadata. `None` means that it is not ours.
    pub invoice: Option<InvoiceId>,
    /// Our row, by metadata.
    pub attempt: Option<AttemptId>,
    /// `pi_…`
    pub payment_intent: Option<String>,
}

/// What we read of a refund.
#[derive(Debug, Clone)]
pub struct Refund {
    /// `re_…`
    pub id: String,
    /// In minor units.
    pub amount: i64,
    /// Stripe's word for where it stands; `pending` where it says none.
    /// See <https://docs.stripe.com/api/refunds/object#refund_object-status>.
    pub status: String,
    /// `pi_…` of the payment that goes back.
    pub payment_intent: Option<String>,
    /// Our row, by metadata.
    pub refund: Option<RefundId>,
    /// Why it failed.
    pub failure_reason: Option<String>,
}

/// What we read of a dispute.
#[derive(Debug, Clone)]
pub struct Dispute {
    /// `du_…`
    pub id: String,
    /// In minor units of its own currency.
    pub amount: i64,
    /// The currency's code in lower case; not always that of the payment.
    pub currency: String,
    /// Whether the payment can still be refunded, as while the bank only asks.
    pub is_charge_refundable: bool,
    /// Stripe's word for where it stands.
    /// See <https://docs.stripe.com/api/disputes/object#dispute_object-status>.
    pub status: String,
    /// Stripe's word for why.
    pub reason: String,
    /// `pi_…` of the payment that is disputed.
    pub payment_intent: Option<String>,
}

/// The part of a webhook event that is the same in every API version.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// `evt_…`
    pub id: String,
    /// Such as `checkout.session.completed`.
    pub kind: String,
    /// When it happened.
    pub created: Timestamp,
    /// Whether it is about real money.
    pub livemode: bool,
    /// The id of the object that it is about.
    pub object_id: String,
    /// The object as JSON text, to be read in a second step.
    pub object: String,
    /// To how many endpoints it could not be delivered yet.
    pub pending_webhooks: i64,
}

/// A page of events.
#[derive(Debug)]
pub struct EventPage {
    /// Each with its body; `None` where it is no event that we can read.
    pub events: Vec<Option<(Envelope, String)>>,
    /// Whether there are older ones.
    pub has_more: bool,
}

/// What came of a question that the secret key may not be allowed to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access<T> {
    /// The answer.
    Granted(T),
    /// Stripe does not know the key.
    UnknownKey,
    /// The key is a restricted one, and lacks this permission.
    Forbidden,
}

impl<T> Access<T> {
    fn map<U>(self, read: impl FnOnce(T) -> U) -> Access<U> {
        match self {
            Access::Granted(answer) => Access::Granted(read(answer)),
            Access::UnknownKey => Access::UnknownKey,
            Access::Forbidden => Access::Forbidden,
        }
    }
}

/// A webhook endpoint of the account.
#[derive(Debug, Clone, PartialEq, Eq, miniserde::Deserialize)]
pub struct Endpoint {
    /// Where events are posted.
    pub url: String,
    /// `enabled` or `disabled`.
    pub status: String,
    /// The kinds of events that are posted, or `*`.
    pub enabled_events: Vec<String>,
}

/// Why a webhook was turned away. Shown to nobody but Stripe, which sends it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No `v1` signature of ours, or none at all.
    #[error("the Stripe-Signature header does not fit this body")]
    Signature,
    /// Signed more than five minutes ago or ahead.
    #[error("the signature is too old")]
    Stale,
    /// Rightly signed, but not a Stripe event.
    #[error("the body is not a Stripe event")]
    NotAnEvent,
}

impl Stripe {
    /// Builds the client; sends nothing.
    pub fn new(config: &config::Stripe) -> Result<Self> {
        let secret_key = config.secret_key.expose_secret();
        let mut url = config.api_url.clone();
        if !url.ends_with('/') {
            url.push('/');
        }
        let client = ClientBuilder::new(secret_key)
            .url(url)
            .timeout(ATTEMPT_TIMEOUT)
            .build()
            .map_err(|_| Error::Fault("stripe.secret_key or stripe.api_url is not usable".into()))?;
        Ok(Self { client, webhook_secrets: config.webhook_secrets.clone(), livemode: config.livemode(), standing: Standing::default() })
    }

    /// The same client, which notes how the key and the signing secrets are taken.
    pub fn noting(self, standing: &Standing) -> Self {
        Self { standing: standing.clone(), ..self }
    }

    /// Whether the secret key moves real money.
    pub fn livemode(&self) -> bool {
        self.livemode
    }

    /// Creates the customer of an account and returns its id, `cus_…`. Says nothing about the
    /// person but our own account id. `former` is the one that was deleted, in whose place it comes.
    pub async fn create_customer(&self, account: &AccountId, former: Option<&str>) -> Result<String> {
        // The key of the former one would bring that one back.
        let key = former.map_or_else(|| account.to_string(), |former| format!("{account}:{former}"));
        let request = CreateCustomer::new().metadata(HashMap::from([("account".to_owned(), account.to_string())]));
        let customer = self
            .retried(CUSTOMERS_WRITE, || async {
                let key = RequestStrategy::Idempotent(idempotency_key(&key)?);
                Ok(stripe::StripeRequest::customize(&request).request_strategy(key).send(&self.client).await)
            })
            .await?;
        Ok(customer.id.to_string())
    }

    /// Creates a Checkout session, or returns the one that the same attempt created before.
    pub async fn create_session(&self, new: &NewSession) -> Result<Session> {
        let currency: stripe_types::Currency = new
            .amount
            .currency
            .code()
            .to_ascii_lowercase()
            .parse()
            .map_err(|_| Error::Fault(format!("Stripe does not know {}", new.amount.currency)))?;
        let metadata = HashMap::from([("invoice".to_owned(), new.invoice.to_string()), ("attempt".to_owned(), new.attempt.to_string())]);
        let mut price = CreateCheckoutSessionLineItemsPriceData::new(currency);
        price.unit_amount = Some(new.amount.minor);
        price.product_data = Some(ProductData::new(&new.title));
        let mut item = CreateCheckoutSessionLineItems::new();
        item.price_data = Some(price);
        item.quantity = Some(1);
        let mut intent = CreateCheckoutSessionPaymentIntentData::new();
        intent.metadata = Some(metadata.clone());
        let mut request = CreateCheckoutSession::new()
            .mode(CheckoutSessionMode::Payment)
            .line_items(vec![item])
            .client_reference_id(new.invoice.to_string())
            .metadata(metadata)
            .payment_intent_data(intent)
            .success_url(&new.success_url)
            .cancel_url(&new.cancel_url)
            .expires_at(new.expires_at.as_secs());
        if let Some(customer) = &new.customer {
            request = request.customer(customer);
        }
        let session = self
            .retried(SESSIONS_WRITE, || async {
                let key = RequestStrategy::Idempotent(idempotency_key(&new.idempotency_key)?);
                Ok(stripe::StripeRequest::customize(&request).request_strategy(key).send(&self.client).await)
            })
            .await;
        match &session {
            Ok(_) => self.standing.taken(Trouble::StripeActivation, ""),
            Err(Error::Outside { code, .. }) if code == NOT_ACTIVATED => {
                self.standing.refused(Trouble::StripeActivation, "", code);
            }
            Err(_) => {}
        }
        Ok(Session::from(session?))
    }

    /// Ends an open Checkout session, so that nobody can pay on its page any more. Fails for good on
    /// a session that is not open.
    pub async fn expire_session(&self, id: &str) -> Result<Session> {
        let session = self.retried(SESSIONS_WRITE, || async { Ok(ExpireCheckoutSession::new(id).send(&self.client).await) }).await?;
        Ok(Session::from(session))
    }

    /// Retrieves a Checkout session as it is now, in the API version that this build reads.
    pub async fn retrieve_session(&self, id: &str) -> Result<Session> {
        let session = self.retried(SESSIONS_READ, || async { Ok(RetrieveCheckoutSession::new(id).send(&self.client).await) }).await?;
        believed(id, session.id.as_str())?;
        Ok(Session::from(session))
    }

    /// Sends part or all of a payment back, or returns the refund that the same row made before.
    pub async fn create_refund(&self, id: &RefundId, invoice: &InvoiceId, payment_intent: &str, amount: Money) -> Result<Refund> {
        let metadata = HashMap::from([("invoice".to_owned(), invoice.to_string()), ("refund".to_owned(), id.to_string())]);
        let request = CreateRefund::new().payment_intent(payment_intent).amount(amount.minor).metadata(metadata);
        let refund = self
            .retried(REFUNDS_WRITE, || async {
                let key = RequestStrategy::Idempotent(idempotency_key(&id.to_string())?);
                Ok(stripe::StripeRequest::customize(&request).request_strategy(key).send(&self.client).await)
            })
            .await?;
        Ok(Refund::from(refund))
    }

    /// Retrieves a refund as it is now.
    pub async fn retrieve_refund(&self, id: &str) -> Result<Refund> {
        let refund = self.retried(REFUNDS_READ, || async { Ok(RetrieveRefund::new(id).send(&self.client).await) }).await?;
        believed(id, refund.id.as_str())?;
        Ok(Refund::from(refund))
    }

    /// Retrieves a dispute as it is now.
    pub async fn retrieve_dispute(&self, id: &str) -> Result<Dispute> {
        let dispute = self.retried(DISPUTES_READ, || async { Ok(RetrieveDispute::new(id).send(&self.client).await) }).await?;
        believed(id, dispute.id.as_str())?;
        Ok(Dispute::from(dispute))
    }

    /// The invoice that a payment intent names in its metadata; `None` means that it is not ours.
    pub async fn invoice_of_intent(&self, id: &str) -> Result<Option<InvoiceId>> {
        let intent = self.retried(INTENTS_READ, || async { Ok(RetrievePaymentIntent::new(id).send(&self.client).await) }).await?;
        believed(id, intent.id.as_str())?;
        Ok(intent.metadata.get("invoice").and_then(|id| InvoiceId::parse(id).ok()))
    }

    /// A page of the account's events of some kinds since a time, the latest first, each with its body;
    /// `after` is the last one of the page before. `None` for an event that is not one. Stripe keeps
    /// events for 30 days. See <https://docs.stripe.com/api/events/list>.
    pub async fn list_events(&self, kinds: &[&str], since: Timestamp, after: Option<&str>) -> Result<EventPage> {
        #[derive(serde::Serialize)]
        struct Query<'a> {
            limit: u32,
            types: &'a [&'a str],
            created: Created,
            #[serde(skip_serializing_if = "Option::is_none")]
            starting_after: Option<&'a str>,
        }
        #[derive(serde::Serialize)]
        struct Created {
            gte: i64,
        }
        #[derive(miniserde::Deserialize)]
        struct Events {
            data: Vec<miniserde::json::Value>,
            has_more: bool,
        }
        let query = Query { limit: 100, types: kinds, created: Created { gte: since.as_secs() }, starting_after: after };
        let request = || RequestBuilder::new(StripeMethod::Get, "/events").query(&query).customize::<Events>();
        let page = self.retried(EVENTS_READ, || async { Ok(request().send(&self.client).await) }).await?;
        let event = |event: &miniserde::json::Value| {
            let body = miniserde::json::to_string(event);
            envelope(&body).map(|envelope| (envelope, body))
        };
        Ok(EventPage { events: page.data.iter().map(event).collect(), has_more: page.has_more })
    }

    /// The id of the account that the key is of, `acct_…`. A restricted key may lack the permission to ask.
    /// Asks once.
    pub async fn account(&self) -> Result<String> {
        #[derive(miniserde::Deserialize)]
        struct Account {
            id: String,
        }
        let asked = RequestBuilder::new(StripeMethod::Get, "/account").customize::<Account>().send(&self.client).await;
        let account = asked.map_err(outside);
        self.note_key(&account);
        Ok(account?.id)
    }

    /// Whether the secret key works, and what of the things that we need it may not read, in the words
    /// of Stripe's dashboard. Changes nothing, and asks once for each.
    pub async fn examine_key(&self) -> Result<Access<Vec<&'static str>>> {
        #[derive(miniserde::Deserialize)]
        struct List {}
        let mut forbidden = Vec::new();
        for (path, name) in NEEDED {
            match self.ask::<List>(path, 1).await? {
                Access::Granted(_) => {}
                Access::Forbidden => forbidden.push(name),
                Access::UnknownKey => return Ok(Access::UnknownKey),
            }
        }
        Ok(Access::Granted(forbidden))
    }

    /// The account's webhook endpoints, as many as Stripe lists at once. Asks once.
    pub async fn webhook_endpoints(&self) -> Result<Access<Vec<Endpoint>>> {
        #[derive(miniserde::Deserialize)]
        struct Endpoints {
            data: Vec<Endpoint>,
        }
        let answer = self.ask::<Endpoints>("/webhook_endpoints", 100).await?;
        Ok(answer.map(|endpoints| endpoints.data))
    }

    /// When the newest payment was made that is one of ours by its metadata, of the newest hundred of the account.
    /// Asks once.
    pub async fn newest_payment(&self) -> Result<Access<Option<Timestamp>>> {
        #[derive(miniserde::Deserialize)]
        struct Intents {
            data: Vec<Intent>,
        }
        #[derive(miniserde::Deserialize)]
        struct Intent {
            status: String,
            created: i64,
            metadata: Option<HashMap<String, String>>,
        }
        let is_ours = |intent: &Intent| {
            let named = |key: &str| intent.metadata.as_ref().and_then(|metadata| metadata.get(key));
            intent.status == "succeeded"
                && named("invoice").is_some_and(|id| InvoiceId::parse(id).is_ok())
                && named("attempt").is_some_and(|id| AttemptId::parse(id).is_ok())
        };
        let answer = self.ask::<Intents>("/payment_intents", 100).await?;
        Ok(answer.map(|intents| {
            let ours = intents.data.iter().filter(|intent| is_ours(intent));
            ours.map(|intent| Timestamp::from_secs(intent.created)).max()
        }))
    }

    /// Reads a list.
    async fn ask<T: miniserde::Deserialize>(&self, path: &str, limit: u32) -> Result<Access<T>> {
        let request = RequestBuilder::new(StripeMethod::Get, path).query(&HashMap::from([("limit", limit)]));
        let answer = request.customize::<T>().send(&self.client).await.map_err(outside);
        self.note_key(&answer);
        match answer {
            Ok(answer) => Ok(Access::Granted(answer)),
            Err(error) => match error.failure() {
                Some(Failure::Credentials) => Ok(Access::UnknownKey),
                Some(Failure::Permission) => Ok(Access::Forbidden),
                Some(Failure::Away | Failure::Gone | Failure::Refused) | None => Err(error),
            },
        }
    }

    /// Checks a webhook's signature over the raw body and reads its envelope.
    ///
    /// Every `v1` signature counts, `v0` never does, and the signature may be five minutes old. The client's own
    /// library would read the whole event into its types for all objects first, which costs more than all the rest.
    /// See <https://docs.stripe.com/webhooks#verify-manually>.
    pub fn verify(&self, body: &[u8], signature: &str, now: Timestamp) -> Result<Envelope, Refused> {
        let header = Signature::read(signature).ok_or(Refused::Signature)?;
        if !self.webhook_secrets.iter().any(|secret| header.signs(body, secret.expose_secret())) {
            return Err(Refused::Signature);
        }
        if now.as_secs().abs_diff(header.at) > SIGNED_WITHIN.as_secs() {
            return Err(Refused::Stale);
        }
        self.standing.taken(Trouble::Webhooks, "");
        std::str::from_utf8(body).ok().and_then(envelope).ok_or(Refused::NotAnEvent)
    }

    /// Repeats a call a few times while it fails for a passing reason. Safe for calls that create
    /// something, because each carries the same idempotency key every time. Notes whether the key may do it.
    async fn retried<T, F>(&self, permission: &'static str, call: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<Result<T, StripeError>>>,
    {
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            match call().await?.map_err(outside) {
                Err(error) if error.is_away() && attempt < ATTEMPTS => {
                    tokio::time::sleep(pause).await;
                    pause *= 3;
                }
                answer => {
                    self.note_key(&answer);
                    // All that these calls name Stripe made for us.
                    if answer.as_ref().is_err_and(Error::is_missing) {
                        self.standing.missing();
                    }
                    match answer.as_ref().map_err(Error::failure) {
                        Ok(_) | Err(Some(Failure::Gone | Failure::Refused)) => {
                            self.standing.taken(Trouble::StripePermission, permission);
                        }
                        Err(Some(Failure::Permission)) => self.standing.refused(Trouble::StripePermission, permission, ""),
                        Err(Some(Failure::Away | Failure::Credentials) | None) => {}
                    }
                    return answer;
                }
            }
        }
        Err(Error::Fault("no attempt was made".into()))
    }

    /// Notes whether Stripe knows the key.
    fn note_key<T>(&self, answer: &Result<T>) {
        match answer.as_ref().map_err(Error::failure) {
            Ok(_) | Err(Some(Failure::Permission | Failure::Gone | Failure::Refused)) => self.standing.taken(Trouble::StripeKey, ""),
            Err(Some(Failure::Credentials)) => self.standing.refused(Trouble::StripeKey, "", ""),
            Err(Some(Failure::Away) | None) => {}
        }
    }
}

impl Session {
    /// Reads the object of a `checkout.session.*` event; `None` where it has another form than
    /// this build's API version gives it, or says in an unknown word how it stands.
    pub fn read(object: &str) -> Option<Self> {
        let session = miniserde::json::from_str::<stripe_shared::CheckoutSession>(object).ok().map(Self::from)?;
        session.is_understood().then_some(session)
    }

    /// Whether both of its states are words that we know.
    pub fn is_understood(&self) -> bool {
        self.status != SessionStatus::Other && self.payment_status != PaymentStatus::Other
    }
}

impl From<stripe_shared::CheckoutSession> for Session {
    fn from(session: stripe_shared::CheckoutSession) -> Self {
        let metadata = session.metadata.unwrap_or_default();
        let invoice = session.client_reference_id.as_deref().or(metadata.get("invoice").map(String::as_str));
        Self {
            id: session.id.to_string(),
            url: session.url,
            status: match session.status {
                Some(stripe_shared::CheckoutSessionStatus::Open) => SessionStatus::Open,
                Some(stripe_shared::CheckoutSessionStatus::Complete) => SessionStatus::Complete,
                Some(stripe_shared::CheckoutSessionStatus::Expired) => SessionStatus::Expired,
                Some(_) | None => SessionStatus::Other,
            },
            payment_status: match session.payment_status {
                stripe_shared::CheckoutSessionPaymentStatus::Paid => PaymentStatus::Paid,
                stripe_shared::CheckoutSessionPaymentStatus::Unpaid => PaymentStatus::Unpaid,
                stripe_shared::CheckoutSessionPaymentStatus::NoPaymentRequired => PaymentStatus::NotRequired,
                _ => PaymentStatus::Other,
            },
            amount_total: session.amount_total,
            amount_subtotal: session.amount_subtotal,
            currency: session.currency.map(|currency| currency.to_string()),
            livemode: session.livemode,
            invoice: invoice.and_then(|id| InvoiceId::parse(id).ok()),
            attempt: metadata.get("attempt").and_then(|id| AttemptId::parse(id).ok()),
            payment_intent: session.payment_intent.map(intent_id),
        }
    }
}

impl Refund {
    /// Reads the object of a `refund.*` event; `None` where it has another form than this build's API
    /// version gives it.
    pub fn read(object: &str) -> Option<Self> {
        miniserde::json::from_str::<stripe_shared::Refund>(object).ok().map(Self::from)
    }
}

impl From<stripe_shared::Refund> for Refund {
    fn from(refund: stripe_shared::Refund) -> Self {
        let metadata = refund.metadata.unwrap_or_default();
        Self {
            id: refund.id.to_string(),
            amount: refund.amount,
            status: refund.status.unwrap_or_else(|| "pending".to_owned()),
            payment_intent: refund.payment_intent.map(intent_id),
            refund: metadata.get("refund").and_then(|id| RefundId::parse(id).ok()),
            failure_reason: refund.failure_reason,
        }
    }
}

impl Dispute {
    /// Reads the object of a `charge.dispute.*` event; `None` where it has another form than this
    /// build's API version gives it.
    pub fn read(object: &str) -> Option<Self> {
        miniserde::json::from_str::<stripe_shared::Dispute>(object).ok().map(Self::from)
    }
}

impl From<stripe_shared::Dispute> for Dispute {
    fn from(dispute: stripe_shared::Dispute) -> Self {
        Self {
            id: dispute.id.to_string(),
            amount: dispute.amount,
            currency: dispute.currency.to_string(),
            is_charge_refundable: dispute.is_charge_refundable,
            status: dispute.status.as_str().to_owned(),
            reason: dispute.reason,
            payment_intent: dispute.payment_intent.map(intent_id),
        }
    }
}

fn intent_id(intent: Expandable<stripe_shared::PaymentIntent>) -> String {
    match intent {
        Expandable::Id(id) => id.to_string(),
        Expandable::Object(intent) => intent.id.to_string(),
    }
}

/// A service that answers with another object than the one asked for must not be believed.
fn believed(asked: &str, answered: &str) -> Result<()> {
    match asked == answered {
        true => Ok(()),
        false => Err(Error::Fault(format!("asked Stripe for {asked} and got another object"))),
    }
}

/// The `Stripe-Signature` header of a webhook: when it was signed, in seconds, and what may be the signature.
struct Signature<'a> {
    at: i64,
    v1: Vec<&'a str>,
}

impl<'a> Signature<'a> {
    fn read(header: &'a str) -> Option<Self> {
        let (mut at, mut v1) = (None, Vec::new());
        for pair in header.split(',') {
            match pair.split_once('=')? {
                ("t", seconds) => at = Some(seconds.parse().ok()?),
                ("v1", signature) => v1.push(signature),
                _ => {}
            }
        }
        Some(Self { at: at?, v1 })
    }

    fn signs(&self, body: &[u8], secret: &str) -> bool {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
        mac.update(self.at.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        self.v1.iter().any(|signature| hex::decode(signature).is_ok_and(|signature| mac.clone().verify_slice(&signature).is_ok()))
    }
}

/// What is read of an event before its object.
#[derive(Deserialize)]
struct Outer<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    created: i64,
    livemode: bool,
    #[serde(default)]
    pending_webhooks: Option<i64>,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
}

#[derive(Deserialize)]
struct Identified<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

fn envelope(body: &str) -> Option<Envelope> {
    let event: Outer<'_> = serde_json::from_str(body).ok()?;
    let object = event.data.object.get();
    // An object may have no id.
    let object_id = serde_json::from_str::<Identified<'_>>(object).map(|object| object.id).unwrap_or_default();
    let fits = |text: &str| text.len() <= 255;
    // PostgreSQL cannot store U+0000.
    let is_storable = ![&event.id, &event.kind, &object_id].iter().any(|text| text.contains('\0'));
    if !event.id.starts_with("evt_") || !fits(&event.id) || !fits(&event.kind) || !is_storable {
        return None;
    }
    Some(Envelope {
        id: event.id.into_owned(),
        kind: event.kind.into_owned(),
        created: Timestamp::from_secs(event.created),
        livemode: event.livemode,
        object_id: if fits(&object_id) { object_id.into_owned() } else { String::new() },
        object: object.to_owned(),
        pending_webhooks: event.pending_webhooks.unwrap_or(0),
    })
}

fn idempotency_key(key: &str) -> Result<IdempotencyKey> {
    IdempotencyKey::new(key).map_err(|error| Error::Fault(error.to_string()))
}

/// Says what happened without quoting what was sent.
/// See <https://docs.stripe.com/error-codes> and <https://docs.stripe.com/error-handling>.
fn outside(error: StripeError) -> Error {
    let (errors, status) = match &error {
        StripeError::Stripe(errors, status) => (errors, *status),
        StripeError::JSONDeserialize(_) => return Error::away(Service::Stripe, "an answer that cannot be read"),
        StripeError::ClientError(_) => return Error::away(Service::Stripe, "no connection"),
        StripeError::Timeout => return Error::away(Service::Stripe, "no answer in time"),
        StripeError::ConfigError(_) => return Error::outside(Service::Stripe, Failure::Refused, "the client's configuration is invalid"),
    };
    let code = errors.code.as_ref().map_or("", |code| code.as_str());
    let failure = match (status, code) {
        (401, _) => Failure::Credentials,
        (403, _) => Failure::Permission,
        // A deleted object is 400 where it is a parameter, and 404 where it is the address.
        (404, _) | (_, "resource_missing") => Failure::Gone,
        (400 | 402, _) => Failure::Refused,
        _ => Failure::Away,
    };
    // Stripe has no code for this one.
    // See <https://support.stripe.com/questions/no-valid-payment-method-types-for-checkout-session>.
    let no_methods = errors.message.as_deref().is_some_and(|message| message.starts_with("No valid payment method types"));
    let param = if no_methods { "payment_method_types" } else { errors.param.as_deref().unwrap_or_default() };
    let shown = |word: &str, none: &str| if word.is_empty() { none.to_owned() } else { word.to_owned() };
    let detail = format!("status {status}, {}, {}, {}", errors.type_.as_str(), shown(code, "no code"), shown(param, "no parameter"));
    Error::Outside { service: Service::Stripe, failure, code: code.to_owned(), param: param.to_owned(), detail }
}
