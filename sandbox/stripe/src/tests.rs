use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};

use super::Stripe;
use sandbox_core::clock::Clock;
use sandbox_core::fault::Fault;
use sandbox_core::record::Recorder;

mod checkout;
mod events;
mod keys;
mod payments;

struct World {
    clock: Clock,
    recorder: Recorder,
    stripe: Stripe,
    http: reqwest::Client,
}

struct Got {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Got {
    fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }
}

async fn world() -> World {
    let clock = Clock::default();
    let recorder = Recorder::new(None).unwrap();
    let stripe = Stripe::start(clock.clone(), recorder.clone()).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    World { clock, recorder, stripe, http }
}

const SESSION: &str = "mode=payment&success_url=https://a.example/ok?s={CHECKOUT_SESSION_ID}\
    &cancel_url=https://a.example/no&client_reference_id=inv&metadata[invoice]=inv\
    &payment_intent_data[metadata][invoice]=inv&line_items[0][quantity]=1\
    &line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=1250\
    &line_items[0][price_data][product_data][name]=<b>Portrait</b>";

impl World {
    async fn post_with(&self, path: &str, form: &str, key: Option<&str>) -> reqwest::Result<Got> {
        let mut request = self
            .http
            .post(format!("{}{path}", self.stripe.url()))
            .bearer_auth(self.stripe.secret_key())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.to_owned());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        got(request.send().await?).await
    }

    async fn post(&self, path: &str, form: &str) -> Got {
        self.post_with(path, form, None).await.unwrap()
    }

    async fn get(&self, path: &str) -> Got {
        let request = self.http.get(format!("{}{path}", self.stripe.url())).bearer_auth(self.stripe.secret_key());
        got(request.send().await.unwrap()).await.unwrap()
    }

    async fn session(&self) -> Value {
        let got = self.post("/v1/checkout/sessions", SESSION).await;
        assert_eq!(got.status, 200, "{}", got.body);
        got.body
    }

    fn kinds(&self) -> Vec<String> {
        let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
        self.stripe.events().iter().map(kind).collect()
    }
}

async fn got(response: reqwest::Response) -> reqwest::Result<Got> {
    Ok(Got { status: response.status().as_u16(), headers: response.headers().clone(), body: response.json().await? })
}

fn id(object: &Value) -> &str {
    object["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_wrong_expand_is_refused_before_anything_is_done() {
    let world = world().await;
    let customer = world.post("/v1/customers", "name=Ada").await.body;
    let open = world.session().await;
    let intent = world.post("/v1/payment_intents", "amount=500&currency=usd").await.body;
    let of_refund = world.paid().await;
    let of_dispute = world.paid().await;
    world.stripe.set_refunds_pending(true);
    let refund = world.stripe.refund(&of_refund, Some(100)).unwrap();
    let dispute = world.stripe.dispute(&of_dispute, "fraudulent").unwrap();
    let charge = world.charge();
    let (hook, _) = receiver(&[]).await;
    let endpoint = world.post("/v1/webhook_endpoints", &format!("url={hook}&enabled_events[]=*&disabled=true")).await;
    assert_eq!(endpoint.code(), "parameter_unknown");
    let endpoint = world.post("/v1/webhook_endpoints", &format!("url={hook}&enabled_events[]=payout.paid")).await.body;

    let acting = [
        ("/v1/customers".to_owned(), "name=Eve".to_owned()),
        (format!("/v1/customers/{}", id(&customer)), "name=Eve".to_owned()),
        ("/v1/checkout/sessions".to_owned(), SESSION.to_owned()),
        (format!("/v1/checkout/sessions/{}", id(&open)), "metadata[a]=b".to_owned()),
        (format!("/v1/checkout/sessions/{}/expire", id(&open)), String::new()),
        ("/v1/payment_intents".to_owned(), "amount=500&currency=usd&payment_method=pm_card_visa&confirm=true".to_owned()),
        (format!("/v1/payment_intents/{}", id(&intent)), "amount=700".to_owned()),
        (format!("/v1/payment_intents/{}/confirm", id(&intent)), "payment_method=pm_card_visa".to_owned()),
        (format!("/v1/payment_intents/{}/cancel", id(&intent)), String::new()),
        (format!("/v1/charges/{}", id(&charge)), "description=b".to_owned()),
        ("/v1/refunds".to_owned(), format!("payment_intent={of_refund}&amount=100")),
        (format!("/v1/refunds/{}", id(&refund)), "metadata[a]=b".to_owned()),
        (format!("/v1/disputes/{}", id(&dispute)), "evidence[product_description]=b&submit=false".to_owned()),
        (format!("/v1/disputes/{}/close", id(&dispute)), String::new()),
        ("/v1/webhook_endpoints".to_owned(), format!("url={hook}&enabled_events[]=*")),
        (format!("/v1/webhook_endpoints/{}", id(&endpoint)), "disabled=true".to_owned()),
    ];
    let everything = || {
        let stripe = &world.stripe;
        let endpoints = stripe.inner.read(|state| serde_json::to_value(&state.endpoints).unwrap());
        let objects = [stripe.customers(), stripe.sessions(), stripe.payment_intents(), stripe.charges(), stripe.refunds()];
        json!([objects, stripe.disputes(), stripe.events(), endpoints])
    };
    let before = everything();
    for (path, form) in &acting {
        let refused = world.post(path, &format!("{form}&expand[]=nothing")).await;
        assert_eq!((refused.status, &refused.body["error"]["param"]), (400, &json!("expand")), "{path}: {}", refused.body);
        assert_eq!(everything(), before, "{path}");
    }
    for (path, form) in &acting {
        // Each of them is one that would have acted.
        let done = world.post(path, form).await;
        let over = path.ends_with("/cancel");
        assert_eq!(done.status, if over { 400 } else { 200 }, "{path}: {}", done.body);
    }
}

#[tokio::test]
async fn wrong_requests_get_stripes_errors() {
    let world = world().await;
    let url = format!("{}/v1/events", world.stripe.url());
    let anonymous = world.http.get(&url).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
    let wrong = world.http.get(&url).bearer_auth("sk_test_no").send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let key = world.stripe.secret_key();
    let basic = world.http.get(&url).basic_auth(key, None::<&str>).send().await.unwrap();
    assert_eq!(basic.status(), StatusCode::OK);

    let session = async |from: &str, to: &str| {
        assert!(SESSION.contains(from));
        world.post("/v1/checkout/sessions", &SESSION.replace(from, to)).await
    };
    assert_eq!(session("mode=payment", "mode=payment&wrong=1").await.code(), "parameter_unknown");
    assert_eq!(session("mode=payment&", "").await.code(), "parameter_missing");
    assert_eq!(session("unit_amount]=1250", "unit_amount]=49").await.code(), "amount_too_small");
    assert_eq!(session("unit_amount]=1250", "unit_amount]=99999999999").await.code(), "amount_too_large");
    assert_eq!(session("unit_amount]=1250", "unit_amount]=-1250").await.code(), "parameter_invalid_integer");
    assert_eq!(session("currency]=usd", "currency]=xxx").await.status, 400);
    assert_eq!(session("https://a.example/ok", "/ok").await.code(), "url_invalid");
    let unknown = session("mode=payment", "mode=payment&customer=cus_no").await;
    assert_eq!((unknown.status, unknown.code()), (400, "resource_missing"));
    let now_s = world.clock.now_s();
    for (seconds, status) in [(29 * 60, 400), (31 * 60, 200), (23 * 3600, 200), (25 * 3600, 400)] {
        let to = format!("mode=payment&expires_at={}", now_s + seconds);
        assert_eq!(session("mode=payment", &to).await.status, status);
    }
    let expanded = session("mode=payment", "mode=payment&expand[]=nothing").await;
    assert_eq!(expanded.status, 400);
    assert_eq!(world.stripe.sessions().len(), 2);

    let missing = world.get("/v1/checkout/sessions/cs_test_no").await;
    assert_eq!((missing.status, missing.code()), (404, "resource_missing"));
    assert_eq!(world.get("/v1/nothing").await.status, 404);
    let huge = world.post("/v1/customers", &format!("name={}", "a".repeat(2 * 1024 * 1024))).await;
    assert_eq!(huge.status, 413);
}

/// A receiver that answers with the statuses it is given, then 200.
async fn receiver(statuses: &[u16]) -> (String, tokio::sync::mpsc::UnboundedReceiver<(HeaderMap, String)>) {
    let (send, received) = tokio::sync::mpsc::unbounded_channel();
    let left = Arc::new(Mutex::new(statuses.to_vec()));
    let handler = async move |headers: HeaderMap, body: String| {
        send.send((headers, body)).unwrap();
        let mut left = left.lock().unwrap();
        let status = if left.is_empty() { 200 } else { left.remove(0) };
        StatusCode::from_u16(status).unwrap()
    };
    let router = axum::Router::new().route("/hook", post(handler));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, received)
}

#[tokio::test]
async fn faults_answer_in_stripes_form_and_are_told_apart_in_the_record() {
    let world = world().await;
    let faults = world.stripe.faults();
    faults.add(Fault::on("*", "/v1/").status(500).times(1));
    faults.add(Fault::on("*", "/v1/").rate_limited(Duration::from_millis(1500)).times(1));
    faults.add(Fault::on("*", "/v1/").drop_connection().times(1));

    let failed = world.post("/v1/customers", "name=Ada").await;
    assert_eq!((failed.status, &failed.body["error"]["type"]), (500, &json!("api_error")));
    let limited = world.get("/v1/events").await;
    assert_eq!((limited.status, limited.code()), (429, "rate_limit"));
    assert_eq!(limited.headers["retry-after"], "2");
    assert!(world.post_with("/v1/customers", "name=Ada", None).await.is_err());
    assert_eq!(world.post("/v1/customers", "name=Ada").await.status, 200);
    let statuses: Vec<u16> = world.recorder.all().iter().map(|request| request.status).collect();
    // Who was dropped got no status.
    assert_eq!(statuses, [500, 429, 0, 200]);
    assert_eq!(world.recorder.all()[0].body, "name=Ada");
}

#[tokio::test]
async fn it_stops_with_its_last_handle() {
    let World { stripe, http, .. } = world().await;
    let url = format!("{}/v1/events", stripe.url());
    let other = stripe.clone();
    drop(stripe);
    assert!(http.get(&url).send().await.is_ok());
    other.stop();
    let mut refused = http.get(&url).send().await.is_err();
    while !refused {
        tokio::task::yield_now().await;
        refused = http.get(&url).send().await.is_err();
    }
}

impl World {
    async fn get_live(&self, path: &str) -> Got {
        let request = self.http.get(format!("{}{path}", self.stripe.url())).bearer_auth(self.stripe.live_secret_key());
        got(request.send().await.unwrap()).await.unwrap()
    }

    async fn post_live(&self, path: &str, form: &str) -> Got {
        let request = self.http.post(format!("{}{path}", self.stripe.url())).bearer_auth(self.stripe.live_secret_key());
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form.to_owned());
        got(request.send().await.unwrap()).await.unwrap()
    }

    /// The payment intent of a session that has been paid.
    async fn paid(&self) -> String {
        let session = self.session().await;
        self.stripe.pay(id(&session)).await.unwrap();
        self.stripe.session(id(&session)).unwrap()["payment_intent"].as_str().unwrap().to_owned()
    }

    fn charge(&self) -> Value {
        self.stripe.charges().pop().unwrap()
    }

    fn kinds_after(&self, seen: usize) -> Vec<String> {
        self.kinds().split_off(seen)
    }
}

#[tokio::test]
async fn live_mode_is_a_world_of_its_own() {
    let world = world().await;
    assert!(world.stripe.live_secret_key().starts_with("sk_live_sandbox"));
    let (url, mut received) = receiver(&[]).await;
    let secret = world.stripe.create_webhook_secret();
    world.stripe.add_live_webhook_endpoint(&url, &["checkout.session.completed"], &secret);
    world.paid().await;
    let session = world.post_live("/v1/checkout/sessions", SESSION).await.body;
    assert!(id(&session).starts_with("cs_live_"));
    assert_eq!(session["livemode"], true);

    let path = format!("/v1/checkout/sessions/{}", id(&session));
    let missing = world.get(&path).await;
    assert_eq!((missing.status, missing.code()), (404, "resource_missing"));
    assert!(missing.body["error"]["message"].as_str().unwrap().contains("a similar object exists in live mode"));
    assert_eq!(world.get_live(&path).await.status, 200);
    assert_eq!(world.get_live("/v1/charges").await.body["data"], json!([]));
    let form = "amount=500&currency=usd&payment_method=pm_card_visa&confirm=true";
    assert_eq!(world.post_live("/v1/payment_intents", form).await.code(), "resource_missing");

    world.stripe.pay(id(&session)).await.unwrap();
    let (headers, body) = received.recv().await.unwrap();
    let event: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&event["livemode"], &event["data"]["object"]["livemode"]), (&json!(true), &json!(true)));
    assert!(!headers["stripe-signature"].to_str().unwrap().contains("v0="));
    assert_eq!(world.get_live("/v1/charges").await.body["data"][0]["livemode"], true);
    assert!(received.try_recv().is_err());
}

#[tokio::test]
async fn customers_are_changed_listed_and_deleted() {
    let world = world().await;
    let ada = world.post("/v1/customers", "name=Ada&email=ada@example.com&metadata[a]=1&metadata[b]=2").await.body;
    world.post("/v1/customers", "name=Eve&email=eve@example.com").await;
    let path = format!("/v1/customers/{}", id(&ada));
    let changed = world.post(&path, "name=&metadata[a]=&metadata[c]=3").await.body;
    assert_eq!((&changed["name"], &changed["metadata"]), (&Value::Null, &json!({"b": "2", "c": "3"})));
    // An address and all metadata go with nothing; a POST may have its parameters in its address, and they count.
    let settled = world.post(&path, "address[city]=Turin").await.body;
    assert_eq!((&settled["address"]["city"], settled["address"].get("line1")), (&json!("Turin"), Some(&Value::Null)));
    assert_eq!(world.post("/v1/customers", "address=&metadata=").await.body["address"], Value::Null);
    let emptied = world.post(&format!("{path}?address="), "metadata=").await.body;
    assert_eq!((&emptied["address"], &emptied["metadata"]), (&Value::Null, &json!({})));
    assert_eq!(world.post("/v1/customers?nonsense=1", "").await.code(), "parameter_unknown");
    assert_eq!(world.post("/v1/checkout/sessions", &format!("{SESSION}&metadata=")).await.status, 400);
    assert_eq!(world.get("/v1/customers/search").await.status, 404);
    let found = world.get("/v1/customers?email=ada@example.com").await.body;
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    let request = world.http.delete(format!("{}{path}", world.stripe.url())).bearer_auth(world.stripe.secret_key());
    assert_eq!(got(request.send().await.unwrap()).await.unwrap().body["deleted"], true);
    assert_eq!(world.get(&path).await.body["deleted"], true);
    assert_eq!(world.post(&path, "name=Ada").await.code(), "resource_missing");
    let session = format!("{SESSION}&customer={}", id(&ada));
    assert_eq!(world.post("/v1/checkout/sessions", &session).await.code(), "resource_missing");
    assert_eq!(world.get("/v1/customers").await.body["data"].as_array().unwrap().len(), 2);
}
