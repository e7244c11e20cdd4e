//! Events, and the webhooks that tell of them.

use super::*;

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
async fn webhook_endpoints_are_managed_through_the_api() {
    let world = world().await;
    let (url, mut received) = receiver(&[]).await;
    let create = async |form: &str| world.post("/v1/webhook_endpoints", form).await;
    assert_eq!(create(&format!("url={url}")).await.code(), "parameter_missing");
    assert_eq!(create(&format!("url={url}&enabled_events[]=Nothing")).await.status, 400);
    for wrong in ["customer.*", "order.created", "customer.creeated", ""] {
        let refused = create(&format!("url={url}&enabled_events[]=customer.created&enabled_events[]={wrong}")).await;
        assert_eq!((refused.status, &refused.body["error"]["param"]), (400, &json!("enabled_events[1]")), "{wrong}");
    }
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
