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
    let endpoint = world.post("/v1/webhook_endpoints", &format!("url={hook}&enabled_events[]=no.such")).await.body;

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
    assert_eq!(
        world.get("/v1/events?types[]=charge.refunded&types[]=customer.created&limit=100").await.body["data"].as_array().unwrap().len(),
        10
    );
    assert_eq!(world.get("/v1/events?types[]=charge.*").await.body["error"]["param"], "types[0]");
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
async fn a_charge_is_refunded_in_parts_and_no_further() {
    let world = world().await;
    let intent = world.paid().await;
    let seen = world.kinds().len();
    let refund = async |more: &str| world.post("/v1/refunds", &format!("payment_intent={intent}{more}")).await;

    let first = refund("&amount=250&reason=requested_by_customer&metadata[invoice]=inv&expand[]=charge").await.body;
    assert_eq!((&first["status"], &first["charge"]["amount_refunded"]), (&json!("succeeded"), &json!(250)));
    assert_eq!(world.charge()["refunded"], false);
    assert_eq!(world.kinds_after(seen), ["refund.created", "charge.refunded"]);
    let over = refund("&amount=1001").await;
    assert_eq!((over.status, &over.body["error"]["param"]), (400, &json!("amount")));
    assert!(over.body["error"]["message"].as_str().unwrap().contains("unrefunded amount"));
    assert_eq!(refund("&amount=0").await.code(), "parameter_invalid_integer");
    assert_eq!(refund("&reason=because").await.status, 400);
    assert_eq!(refund("&why=because").await.code(), "parameter_unknown");
    assert_eq!(refund("&expand[]=nothing").await.status, 400);
    assert_eq!(world.post("/v1/refunds", "").await.status, 400);
    assert_eq!(world.post("/v1/refunds", "charge=ch_no").await.code(), "resource_missing");

    let rest = refund("").await.body;
    assert_eq!(rest["amount"], 1000);
    assert_eq!(world.charge()["refunded"], true);
    assert_eq!(refund("").await.code(), "charge_already_refunded");
    assert_eq!(world.stripe.refunds().len(), 2);
    let list = world.get(&format!("/v1/refunds?payment_intent={intent}&limit=1&expand[]=data.charge.refunds")).await.body;
    assert_eq!((&list["data"][0]["id"], &list["has_more"]), (&rest["id"], &json!(true)));
    assert_eq!(list["data"][0]["charge"]["refunds"]["data"].as_array().unwrap().len(), 2);
    let path = format!("/v1/refunds/{}", id(&rest));
    assert_eq!(world.post(&path, "metadata[a]=b").await.body["metadata"]["a"], "b");
    assert_eq!(world.post(&path, "metadata[a]=").await.body["metadata"], json!({}));
    assert_eq!(world.post(&format!("{path}/cancel"), "").await.status, 400);
}

#[tokio::test]
async fn a_refund_fails_and_the_charge_is_whole_again() {
    let world = world().await;
    let intent = world.paid().await;
    world.stripe.set_refunds_pending(true);
    let refund = world.stripe.refund(&intent, Some(250)).unwrap();
    assert_eq!((&refund["status"], world.charge()["amount_refunded"].as_i64()), (&json!("pending"), Some(250)));
    let seen = world.kinds().len();
    world.stripe.fail_refund(id(&refund), "insufficient_funds").unwrap();
    let path = format!("/v1/refunds/{}?expand[]=failure_balance_transaction", id(&refund));
    let failed = world.get(&path).await.body;
    assert_eq!((&failed["status"], &failed["failure_reason"]), (&json!("failed"), &json!("insufficient_funds")));
    assert_eq!(failed["failure_balance_transaction"]["amount"], 250);
    assert_eq!(world.charge()["amount_refunded"], 0);
    assert_eq!(world.kinds_after(seen), ["refund.updated", "charge.refund.updated", "refund.failed"]);
    assert!(world.stripe.settle_refund(id(&refund)).is_err());

    let refund = world.stripe.refund(&intent, None).unwrap();
    world.stripe.settle_refund(id(&refund)).unwrap();
    assert_eq!(world.stripe.refunds()[1]["status"], "succeeded");
    assert!(world.stripe.refund(&intent, None).is_err());
}

#[tokio::test]
async fn a_dispute_takes_the_money_until_it_is_won() {
    let world = world().await;
    let intent = world.paid().await;
    let seen = world.kinds().len();
    let dispute = world.stripe.dispute(&intent, "fraudulent").unwrap();
    assert_eq!(dispute["status"], "needs_response");
    assert_eq!(world.charge()["disputed"], true);
    assert!(world.stripe.dispute(&intent, "fraudulent").is_err());
    let refused = world.post("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!(refused.code(), "charge_disputed");

    let path = format!("/v1/disputes/{}", id(&dispute));
    assert_eq!(world.post(&path, "evidence[receipt]=file_1").await.status, 400);
    let staged = world.post(&path, "evidence[product_description]=Portrait&submit=false").await.body;
    assert_eq!(staged["status"], "needs_response");
    let handed_in = world.post(&path, "submit=true").await.body;
    assert_eq!(handed_in["status"], "under_review");
    assert_eq!(handed_in["evidence"]["product_description"], "Portrait");
    assert_eq!(world.post(&path, "evidence[product_description]=More").await.status, 400);
    assert_eq!(world.post(&format!("{path}/close"), "").await.status, 400);
    world.stripe.close_dispute(id(&dispute), true).unwrap();
    assert_eq!(
        world.kinds_after(seen),
        [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.updated",
            "charge.dispute.updated",
            "charge.dispute.funds_reinstated",
            "charge.dispute.closed"
        ]
    );
    let won = world.get(&path).await.body;
    let net: i64 = won["balance_transactions"].as_array().unwrap().iter().map(|entry| entry["net"].as_i64().unwrap()).sum();
    assert_eq!((&won["status"], net), (&json!("won"), 0));
    assert!(world.stripe.close_dispute(id(&dispute), false).is_err());
}

#[tokio::test]
async fn a_dispute_is_lost_by_the_clock_by_words_and_by_giving_in() {
    let world = world().await;
    let overdue = world.stripe.dispute(&world.paid().await, "fraudulent").unwrap();
    let spoken = world.stripe.dispute(&world.paid().await, "product_not_received").unwrap();
    let given_in = world.stripe.dispute(&world.paid().await, "duplicate").unwrap();
    let inquiry = world.stripe.inquire(&world.paid().await, "fraudulent").unwrap();
    assert_eq!((&inquiry["status"], &inquiry["is_charge_refundable"]), (&json!("warning_needs_response"), &json!(true)));

    let path = format!("/v1/disputes/{}", id(&spoken));
    assert_eq!(world.post(&path, "evidence[uncategorized_text]=losing_evidence").await.body["status"], "lost");
    assert_eq!(world.post(&format!("/v1/disputes/{}/close", id(&given_in)), "").await.body["status"], "lost");
    world.stripe.close_dispute(id(&inquiry), false).unwrap();
    world.clock.advance(Duration::from_secs(11 * 24 * 3600));
    let statuses: Vec<Value> = world.stripe.disputes().iter().map(|dispute| dispute["status"].clone()).collect();
    assert_eq!(statuses, ["lost", "lost", "lost", "warning_closed"]);
    assert_eq!(world.get(&format!("/v1/disputes/{}", id(&overdue))).await.body["evidence_details"]["past_due"], true);
    assert_eq!(world.get("/v1/disputes?limit=100").await.body["data"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_decline_leaves_the_session_open() {
    let world = world().await;
    let session = world.session().await;
    let page_url = session["url"].as_str().unwrap();
    let declined = world.http.post(page_url).form(&[("with", "declined")]).send().await.unwrap();
    assert_eq!(declined.status(), StatusCode::PAYMENT_REQUIRED);
    assert!(declined.text().await.unwrap().contains("Your card was declined."));
    assert_eq!(world.kinds(), ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]);
    assert_eq!(world.stripe.payment_intents()[0]["last_payment_error"]["code"], "card_declined");
    let refused = world.post("/v1/refunds", &format!("payment_intent={}", id(&world.stripe.payment_intents()[0]))).await;
    assert_eq!(refused.status, 400);

    world.stripe.pay(id(&session)).await.unwrap();
    assert_eq!(world.stripe.payment_intents().len(), 1);
    assert_eq!(world.stripe.payment_intents()[0]["status"], "succeeded");

    let left = world.session().await;
    world.stripe.pay_declined(id(&left)).await.unwrap();
    world.stripe.expire(id(&left));
    assert_eq!(world.stripe.payment_intents()[1]["status"], "canceled");
    assert_eq!(world.kinds().last().unwrap(), "checkout.session.expired");
}

#[tokio::test]
async fn a_bank_debit_is_pending_until_it_fails() {
    let world = world().await;
    let form = format!("{SESSION}&payment_method_types[]=sepa_debit");
    let session = world.post("/v1/checkout/sessions", &form).await.body;
    let page = world.http.get(session["url"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Pay by bank debit"));
    // The only method is one that confirms later, so that paying does not settle it.
    world.stripe.pay(id(&session)).await.unwrap();
    assert_eq!(world.stripe.session(id(&session)).unwrap()["payment_status"], "unpaid");
    assert_eq!((&world.charge()["status"], &world.charge()["payment_method_details"]["type"]), (&json!("pending"), &json!("sepa_debit")));
    assert!(world.stripe.refund(id(&session), None).is_err());
    world.stripe.settle(id(&session), false).await.unwrap();
    assert_eq!(world.charge()["status"], "failed");
    assert_eq!(world.kinds().last().unwrap(), "checkout.session.async_payment_failed");
    assert!(world.stripe.dispute(id(&session), "fraudulent").is_err());
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
async fn payment_intents_are_confirmed_declined_and_canceled() {
    let world = world().await;
    let create = async |more: &str| world.post("/v1/payment_intents", &format!("amount=500&currency=EUR{more}")).await;
    let paid = create("&payment_method=pm_card_visa&confirm=true&metadata[a]=b").await.body;
    assert_eq!((&paid["status"], &paid["currency"], &paid["metadata"]["a"]), (&json!("succeeded"), &json!("eur"), &json!("b")));
    let declined = create("&payment_method=pm_card_chargeDeclinedInsufficientFunds&confirm=true").await;
    assert_eq!((declined.status, declined.code()), (402, "card_declined"));
    assert_eq!(declined.body["error"]["decline_code"], "insufficient_funds");
    assert_eq!(declined.body["error"]["payment_intent"]["status"], "requires_payment_method");
    assert_eq!(create("&payment_method=pm_no").await.code(), "resource_missing");
    assert_eq!(create("&confirm=true").await.code(), "payment_intent_unexpected_state");
    assert_eq!(create("&off_session=true").await.status, 400);
    assert_eq!(world.post("/v1/payment_intents", "amount=5&currency=usd").await.code(), "amount_too_small");

    let waiting = create("").await.body;
    let path = format!("/v1/payment_intents/{}", id(&waiting));
    assert_eq!(world.post(&path, "amount=700&description=More").await.body["amount"], 700);
    let confirmed = world.post(&format!("{path}/confirm"), "payment_method=pm_card_visa").await.body;
    assert_eq!((&confirmed["status"], &confirmed["amount_received"]), (&json!("succeeded"), &json!(700)));
    assert_eq!(world.post(&format!("{path}/cancel"), "").await.code(), "payment_intent_unexpected_state");
    let other = create("").await.body;
    let canceled = world.post(&format!("/v1/payment_intents/{}/cancel", id(&other)), "cancellation_reason=abandoned").await.body;
    assert_eq!((&canceled["status"], &canceled["cancellation_reason"]), (&json!("canceled"), &json!("abandoned")));
    let of_checkout = world.paid().await;
    assert_eq!(world.post(&format!("/v1/payment_intents/{of_checkout}/cancel"), "").await.status, 400);
}

#[tokio::test]
async fn what_was_begun_is_kept_under_its_key() {
    let world = world().await;
    let intent = world.paid().await;
    let refund = async |form: &str| world.post_with("/v1/refunds", form, Some("key")).await.unwrap();
    let form = format!("payment_intent={intent}&amount=2000");
    let refused = refund(&form).await;
    let again = refund(&form).await;
    assert_eq!((refused.status, &refused.body), (400, &again.body));
    assert_eq!(again.headers["idempotent-replayed"], "true");

    world.stripe.faults().add(Fault::on("POST", "/v1/customers").status(500).kept().times(1));
    let create = async || world.post_with("/v1/customers", "name=Ada", Some("other")).await.unwrap();
    assert_eq!(create().await.status, 500);
    let replayed = create().await;
    assert_eq!((replayed.status, &replayed.headers["idempotent-replayed"]), (500, &"true".parse().unwrap()));
    assert!(world.stripe.customers().is_empty());
}

#[tokio::test]
async fn a_repeated_request_acts_once_under_a_key_and_twice_without() {
    let world = world().await;
    world.stripe.faults().add(Fault::on("POST", "/v1/customers").duplicate().times(2));
    let first = world.post_with("/v1/customers", "name=Ada", Some("key")).await.unwrap();
    assert_eq!(first.headers["idempotent-replayed"], "true");
    assert_eq!(world.stripe.customers().len(), 1);
    world.post("/v1/customers", "name=Ada").await;
    assert_eq!(world.stripe.customers().len(), 3);
    world.stripe.faults().add(Fault::on("GET", "/v1/customers").cut_body().times(1));
    let url = format!("{}/v1/customers", world.stripe.url());
    let cut = world.http.get(url).bearer_auth(world.stripe.secret_key()).send().await.unwrap();
    assert_eq!(cut.status(), StatusCode::OK);
    assert!(cut.text().await.is_err());
}

#[tokio::test]
async fn customers_are_changed_listed_and_deleted() {
    let world = world().await;
    let ada = world.post("/v1/customers", "name=Ada&email=ada@example.com&metadata[a]=1&metadata[b]=2").await.body;
    world.post("/v1/customers", "name=Eve&email=eve@example.com").await;
    let path = format!("/v1/customers/{}", id(&ada));
    let changed = world.post(&path, "name=&metadata[a]=&metadata[c]=3").await.body;
    assert_eq!((&changed["name"], &changed["metadata"]), (&Value::Null, &json!({"b": "2", "c": "3"})));
    let found = world.get("/v1/customers?email=ada@example.com").await.body;
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    let request = world.http.delete(format!("{}{path}", world.stripe.url())).bearer_auth(world.stripe.secret_key());
    assert_eq!(got(request.send().await.unwrap()).await.unwrap().body["deleted"], true);
    assert_eq!(world.get(&path).await.body["deleted"], true);
    assert_eq!(world.post(&path, "name=Ada").await.code(), "resource_missing");
    let session = format!("{SESSION}&customer={}", id(&ada));
    assert_eq!(world.post("/v1/checkout/sessions", &session).await.code(), "resource_missing");
    assert_eq!(world.get("/v1/customers").await.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn webhook_endpoints_are_managed_through_the_api() {
    let world = world().await;
    let (url, mut received) = receiver(&[]).await;
    let create = async |form: &str| world.post("/v1/webhook_endpoints", form).await;
    assert_eq!(create(&format!("url={url}")).await.code(), "parameter_missing");
    assert_eq!(create(&format!("url={url}&enabled_events[]=Nothing")).await.status, 400);
    let made = create(&format!("url={url}&enabled_events[]=customer.created")).await.body;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let path = format!("/v1/webhook_endpoints/{}", id(&made));
    assert_eq!(world.get(&path).await.body.get("secret"), None);
    world.post("/v1/customers", "name=Ada").await;
    assert!(received.recv().await.is_some());

    assert_eq!(world.post(&path, "disabled=true").await.body["status"], "disabled");
    world.post("/v1/customers", "name=Eve").await;
    assert_eq!(world.stripe.events()[1]["pending_webhooks"], 0);
    assert_eq!(world.get("/v1/webhook_endpoints").await.body["data"].as_array().unwrap().len(), 1);
    let request = world.http.delete(format!("{}{path}", world.stripe.url())).bearer_auth(world.stripe.secret_key());
    assert_eq!(request.send().await.unwrap().status(), 200);
    assert_eq!(world.get(&path).await.status, 404);
    let plain = world.post_live("/v1/webhook_endpoints", "url=http://a.example/hook&enabled_events[]=*").await;
    assert_eq!(plain.code(), "url_invalid");
}

#[tokio::test]
async fn events_are_lost_repeated_cut_and_overtaken() {
    let world = world().await;
    let (url, mut received) = receiver(&[]).await;
    world.stripe.add_webhook_endpoint(&url, &["customer.created"]);
    let faults = world.stripe.faults();
    let statuses = |world: &World| world.stripe.webhook_attempts().iter().map(|attempt| attempt.status).collect::<Vec<_>>();
    let name = |body: &str| serde_json::from_str::<Value>(body).unwrap()["data"]["object"]["name"].as_str().unwrap().to_owned();

    faults.add(Fault::on_event("customer.*").reorder().times(1));
    world.post("/v1/customers", "name=First").await;
    faults.holds_an_event().await;
    world.post("/v1/customers", "name=Second").await;
    world.stripe.attempted("customer.created", 2).await;
    let order = [name(&received.recv().await.unwrap().1), name(&received.recv().await.unwrap().1)];
    assert_eq!(order, ["Second", "First"]);

    faults.add(Fault::on_event("customer.created").duplicate().times(1));
    world.post("/v1/customers", "name=Twice").await;
    world.stripe.attempted("customer.created", 4).await;
    let twice = [name(&received.recv().await.unwrap().1), name(&received.recv().await.unwrap().1)];
    assert_eq!(twice, ["Twice", "Twice"]);

    // Not one of these counts as taken, so that the next attempt is real.
    let ends = async |attempts: std::ops::RangeInclusive<usize>| {
        for attempt in attempts {
            let ended = world.stripe.attempted("customer.created", attempt);
            tokio::pin!(ended);
            loop {
                tokio::select! {
                    biased;
                    () = &mut ended => break,
                    () = tokio::task::yield_now() => world.clock.advance(Duration::from_secs(60)),
                }
            }
        }
    };
    faults.add(Fault::on_event("customer.created").status(503).times(1));
    faults.add(Fault::on_event("customer.created").drop_connection().times(1));
    faults.add(Fault::on_event("customer.created").lose_answer().times(1));
    world.post("/v1/customers", "name=Late").await;
    ends(5..=8).await;
    assert_eq!(statuses(&world)[4..], [Some(503), None, None, Some(200)]);
    // In test mode the fourth attempt is the last.
    faults.add(Fault::on_event("customer.created").rate_limited(Duration::from_secs(1)).times(3));
    faults.add(Fault::on_event("customer.created").cut_body().times(1));
    world.post("/v1/customers", "name=Never").await;
    ends(9..=12).await;
    assert_eq!(statuses(&world)[8..], [Some(429), Some(429), Some(429), None]);
    assert_eq!(world.stripe.events().last().unwrap()["pending_webhooks"], 0);
    assert_eq!(world.get("/v1/events?delivery_success=false&limit=1").await.body["data"][0]["data"]["object"]["name"], "Never");
    let late = [name(&received.recv().await.unwrap().1), name(&received.recv().await.unwrap().1)];
    assert_eq!(late, ["Late", "Late"]);
    assert!(received.try_recv().is_err());
}
