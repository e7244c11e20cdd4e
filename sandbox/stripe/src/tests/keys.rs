//! Idempotency keys.

use super::*;

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
    let elsewhere = elsewhere.await.unwrap();
    assert_eq!((elsewhere.status, &elsewhere.body["error"]["type"]), (400, &json!("idempotency_error")));
    let told = elsewhere.body["error"]["message"].as_str().unwrap().to_owned();
    assert!(told.contains("for the same endpoint they were first used for ('/v1/checkout/sessions' vs '/v1/customers')"), "{told}");

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
