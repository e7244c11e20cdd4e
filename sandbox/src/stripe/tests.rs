use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};

use super::Stripe;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::record::Recorder;

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
async fn the_same_key_gives_the_same_customer_for_a_day() {
    let world = world().await;
    let create = async |form: &str| {
        let created = world.post_with("/v1/customers", form, Some("key"));
        created.await.unwrap()
    };

    let first = create("email=ada@example.com&name=Ada").await;
    let again = create("name=Ada&email=ada%40example.com").await;
    assert_eq!(first.body, again.body);
    assert!(!first.headers.contains_key("idempotent-replayed"));
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(again.headers["original-request"], first.headers["request-id"]);

    let other = create("email=eve@example.com").await;
    assert_eq!(other.status, 400);
    assert_eq!(other.body["error"]["type"], "idempotency_error");
    let elsewhere = world.post_with("/v1/checkout/sessions", SESSION, Some("key"));
    assert_eq!(elsewhere.await.unwrap().status, 400);

    world.clock.advance(Duration::from_secs(24 * 3600 + 1));
    let later = create("email=eve@example.com").await;
    assert_eq!(later.status, 200);
    assert_eq!(world.stripe.customers().len(), 2);
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let world = world().await;
    let refused = world.post_with("/v1/customers", "email=no", Some("key"));
    assert_eq!(refused.await.unwrap().code(), "email_invalid");
    let better = world.post_with("/v1/customers", "email=ada@example.com", Some("key"));
    assert_eq!(better.await.unwrap().status, 200);
}

#[tokio::test]
async fn a_lost_answer_is_replayed() {
    let world = world().await;
    let faults = world.stripe.faults();
    faults.add(Fault::on("POST", "/v1/customers").lose_answer().times(1));
    faults.add(Fault::on("POST", "/v1/customers").drop_connection().times(1));

    assert!(world.post_with("/v1/customers", "name=Ada", Some("key")).await.is_err());
    // A repeat may be lost on the way, too.
    assert!(world.post_with("/v1/customers", "name=Ada", Some("key")).await.is_err());
    let replayed = world.post_with("/v1/customers", "name=Ada", Some("key")).await.unwrap();
    assert_eq!(replayed.headers["idempotent-replayed"], "true");
    assert_eq!(world.stripe.customers().len(), 1);
}

#[tokio::test]
async fn a_key_in_use_is_a_conflict() {
    let world = Arc::new(world().await);
    let hour = Duration::from_secs(3600);
    world.stripe.faults().add(Fault::on("POST", "/v1/customers").delay(hour).times(1));
    let slow = tokio::spawn({
        let world = world.clone();
        async move { world.post_with("/v1/customers", "name=Ada", Some("key")).await.unwrap() }
    });
    let in_use = || world.stripe.inner.read(|state| state.idempotency.contains_key("key"));
    let mut changed = world.stripe.inner.changed.subscribe();
    while !in_use() {
        changed.changed().await.unwrap();
    }

    let second = world.post_with("/v1/customers", "name=Ada", Some("key")).await.unwrap();
    assert_eq!((second.status, second.code()), (409, "idempotency_key_in_use"));
    world.clock.advance(hour);
    assert_eq!(slow.await.unwrap().status, 200);
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

#[tokio::test]
async fn paying_on_the_page_completes_the_session() {
    let world = world().await;
    let session = world.session().await;
    let page_url = session["url"].as_str().unwrap();
    let page = world.http.get(page_url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("SANDBOX"));
    assert!(page.contains("Pay 12.50 USD"));
    assert!(page.contains("&lt;b&gt;Portrait"));
    assert!(!page.contains("<b>Portrait"));

    let paid = world.http.post(page_url).form(&[("email", "ada@example.com")]).send().await.unwrap();
    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    let back = format!("https://a.example/ok?s={}", id(&session));
    assert_eq!(paid.headers()["location"], back.as_str());
    let again = world.http.post(page_url).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert!(again.text().await.unwrap().contains("This has been paid."));

    let path = format!("/v1/checkout/sessions/{}", id(&session));
    let expanded = format!("{path}?expand[]=payment_intent.latest_charge&expand[]=line_items.data.price.product");
    let session = world.get(&expanded).await.body;
    assert_eq!(session["status"], "complete");
    assert_eq!(session["payment_status"], "paid");
    assert_eq!(session["url"], Value::Null);
    assert_eq!(session["customer_details"]["email"], "ada@example.com");
    assert_eq!(session["payment_intent"]["metadata"]["invoice"], "inv");
    assert_eq!(session["payment_intent"]["latest_charge"]["paid"], true);
    assert_eq!(session["line_items"]["data"][0]["price"]["product"]["name"], "<b>Portrait</b>");
    assert_eq!(world.kinds(), ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]);
    assert_eq!(world.post(&format!("{path}/expire"), "").await.status, 400);
}

#[tokio::test]
async fn a_session_expires_by_the_clock_and_by_hand() {
    let world = world().await;
    let first = world.session().await;
    let second = world.session().await;
    let expired = world.post(&format!("/v1/checkout/sessions/{}/expire", id(&first)), "").await;
    assert_eq!(expired.body["status"], "expired");
    assert!(world.stripe.pay(id(&first)).await.is_err());

    world.clock.advance(Duration::from_secs(24 * 3600));
    assert!(world.stripe.pay(second["url"].as_str().unwrap()).await.is_err());
    assert_eq!(world.kinds(), ["checkout.session.expired", "checkout.session.expired"]);
}

#[tokio::test]
async fn an_unpaid_session_is_settled_later() {
    let world = world().await;
    let session = world.session().await;
    world.stripe.pay_unpaid(id(&session)).await.unwrap();
    let look = || world.stripe.session(id(&session)).unwrap();
    assert_eq!((&look()["status"], &look()["payment_status"]), (&json!("complete"), &json!("unpaid")));
    world.stripe.settle(id(&session), true).await.unwrap();
    assert_eq!(look()["payment_status"], "paid");
    assert_eq!(world.kinds().last().unwrap(), "checkout.session.async_payment_succeeded");
    assert!(world.stripe.settle(id(&session), true).await.is_err());
}

#[tokio::test]
async fn events_are_listed_in_pages() {
    let world = world().await;
    for n in 0..5 {
        world.stripe.event("charge.refunded", json!({"id": format!("ch_{n}")}));
        world.stripe.event("customer.created", json!({"id": format!("cus_{n}")}));
    }
    let mut path = "/v1/events?types[]=charge.refunded&limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = world.get(&path).await.body;
        let data = page["data"].as_array().unwrap().clone();
        seen.extend(data.iter().map(|event| event["data"]["object"]["id"].as_str().unwrap().to_owned()));
        if page["has_more"] == false {
            break;
        }
        let last = id(data.last().unwrap());
        path = format!("/v1/events?types[]=charge.refunded&limit=2&starting_after={last}");
    }
    assert_eq!(seen, ["ch_4", "ch_3", "ch_2", "ch_1", "ch_0"]);
    let all = world.get("/v1/events?type=charge.*&limit=100").await.body;
    assert_eq!(all["data"].as_array().unwrap().len(), 5);
    let oldest = id(&all["data"][4]).to_owned();
    let before = world.get(&format!("/v1/events?ending_before={oldest}&limit=1")).await.body;
    assert_eq!(before["data"][0]["data"]["object"]["id"], "cus_0");
    let future = world.clock.now_s() + 10;
    let none = world.get(&format!("/v1/events?created[gte]={future}")).await.body;
    assert_eq!(none["data"], json!([]));
    assert_eq!(world.get("/v1/events?limit=0").await.status, 400);
    assert_eq!(world.get("/v1/events?starting_after=evt_no").await.code(), "resource_missing");

    world.clock.advance(Duration::from_secs(31 * 24 * 3600));
    assert_eq!(world.get("/v1/events").await.body["data"], json!([]));
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
async fn webhooks_are_signed_and_tried_until_taken() {
    let world = world().await;
    let (url, mut received) = receiver(&[500, 302]).await;
    let secret = world.stripe.create_webhook_secret();
    let types = ["checkout.session.completed"];
    world.stripe.add_webhook_endpoint_with_secret(&url, &types, &secret);
    let session = world.session().await;
    world.stripe.pay(id(&session)).await.unwrap();

    let (headers, body) = received.recv().await.unwrap();
    let signature = headers["stripe-signature"].to_str().unwrap();
    let time: i64 = signature[2..signature.find(',').unwrap()].parse().unwrap();
    assert!(signature.starts_with(&world.stripe.sign(&secret, &body, time)));
    let event: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(event["type"], "checkout.session.completed");
    assert_eq!(event["pending_webhooks"], 1);
    assert_eq!(event["data"]["object"]["payment_status"], "paid");
    assert!(world.get("/v1/events?delivery_success=false").await.body["data"][0]["id"] == event["id"]);

    // How often the clock moves does not matter, only that it passes the back-off.
    for _ in 0..2 {
        let next = received.recv();
        tokio::pin!(next);
        let (_, again) = loop {
            tokio::select! {
                biased;
                got = &mut next => break got.unwrap(),
                () = tokio::task::yield_now() => world.clock.advance(Duration::from_secs(1)),
            }
        };
        assert_eq!(serde_json::from_str::<Value>(&again).unwrap()["id"], event["id"]);
    }
    world.stripe.delivered("checkout.session.completed").await;
    assert_eq!(world.stripe.events().last().unwrap()["pending_webhooks"], 0);
    assert!(received.try_recv().is_err());

    assert_eq!(world.stripe.deliver(id(&event)).await, [200]);
    assert!(received.try_recv().is_ok());
}

#[tokio::test]
async fn held_webhooks_wait_for_their_release() {
    let world = world().await;
    let (url, mut received) = receiver(&[]).await;
    world.stripe.add_webhook_endpoint(&url, &["*"]);
    world.stripe.hold_webhooks();
    world.post("/v1/customers", "name=Ada").await;
    let event = world.stripe.events().remove(0);
    assert_eq!(event["pending_webhooks"], 1);
    assert!(received.try_recv().is_err());
    world.stripe.release_webhooks();
    let (_, body) = received.recv().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["id"], event["id"]);
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
    assert_eq!(statuses, [500, 429, 200, 200]);
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
