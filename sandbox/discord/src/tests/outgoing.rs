//! What Discord posts to an application.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::HeaderMap;
use axum::routing::post;
use ring::signature::{ED25519, UnparsedPublicKey};

use super::*;

/// An application's listener: it checks signatures, and answers as it is told.
#[derive(Clone)]
struct Listener {
    key: Arc<Vec<u8>>,
    /// What to answer to the next requests; afterwards, what is right.
    next: Arc<Mutex<Vec<u16>>>,
    got: Arc<Mutex<Vec<Json>>>,
}

impl Listener {
    async fn start(discord: &Discord) -> (Listener, String) {
        let key = hex::decode(discord.public_key()).expect("hex");
        let listener = Listener { key: Arc::new(key), next: Arc::default(), got: Arc::default() };
        let handler = listener.clone();
        let answer = move |headers: HeaderMap, body: String| {
            let answer = handler.answer(&headers, &body);
            async move { answer }
        };
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
        let url = format!("http://{}/", socket.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(socket, Router::new().route("/", post(answer))).await });
        (listener, url)
    }

    fn answer(&self, headers: &HeaderMap, body: &str) -> (axum::http::StatusCode, String) {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let signed = format!("{}{body}", header("x-signature-timestamp"));
        let signature = hex::decode(header("x-signature-ed25519")).unwrap_or_default();
        if UnparsedPublicKey::new(&ED25519, self.key.as_slice()).verify(signed.as_bytes(), &signature).is_err() {
            return (axum::http::StatusCode::UNAUTHORIZED, String::new());
        }
        let body: Json = serde_json::from_str(body).expect("JSON");
        self.got.lock().unwrap().push(body.clone());
        let mut next = self.next.lock().unwrap();
        let status = if next.is_empty() { None } else { Some(next.remove(0)) };
        let (right, text) = match (body.get("data"), &body["type"]) {
            // A ping of an interactions endpoint has a token, one of webhook events has not.
            (None, kind) if kind == 1 && body.get("token").is_some() => (200, json!({ "type": 1 }).to_string()),
            (Some(_), _) => (200, json!({ "type": 4, "data": { "content": "by HTTP" } }).to_string()),
            _ => (204, String::new()),
        };
        (axum::http::StatusCode::from_u16(status.unwrap_or(right)).expect("a status"), text)
    }
}

#[tokio::test]
async fn webhook_events_are_signed_and_tried_again() {
    let world = World::new().await;
    let (listener, url) = Listener::start(&world.discord).await;
    let kinds = ["APPLICATION_AUTHORIZED", "APPLICATION_DEAUTHORIZED", "ENTITLEMENT_CREATE"];
    world.discord.set_webhook_events(&url, &kinds).await.expect("the listener passes");
    world.ada.install();
    let event = world.discord.webhook_event_delivered("APPLICATION_AUTHORIZED").await;
    assert_eq!(event.body["event"]["data"]["user"]["username"], "ada");
    assert_eq!((&event.body["type"], &event.body["application_id"]), (&json!(1), &json!(world.discord.application_id())));

    listener.next.lock().unwrap().extend([500, 503]);
    world.ada.deauthorize();
    for (attempts, wait_s) in [(1, 1), (2, 2)] {
        world.discord.webhook_event_attempted("APPLICATION_DEAUTHORIZED", attempts).await;
        world.clock.advance(Duration::from_secs(wait_s));
    }
    let event = world.discord.webhook_event_delivered("APPLICATION_DEAUTHORIZED").await;
    assert_eq!(event.attempts, [Some(500), Some(503), Some(204)]);

    let sku = world.discord.sku("Plus", SkuKind::Durable);
    world.ada.buy(&sku).expect("ada may buy");
    world.discord.webhook_event_delivered("ENTITLEMENT_CREATE").await;
    world.ada.deauthorize();
    assert_eq!(world.discord.webhook_events().len(), 3, "who granted nothing takes nothing back");
    assert_eq!(listener.got.lock().unwrap().len(), 6);
}

#[tokio::test]
async fn an_address_that_does_not_check_signatures_is_not_taken() {
    let world = World::new().await;
    let careless = Router::new().route("/", post(|| async { axum::http::StatusCode::NO_CONTENT }));
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
    let url = format!("http://{}/", socket.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(socket, careless).await });
    assert!(world.discord.set_webhook_events(&url, &["APPLICATION_DEAUTHORIZED"]).await.expect_err("careless").contains("401"));
    assert!(world.discord.set_interactions_endpoint(&url).await.is_err());
    assert!(world.discord.set_webhook_events("http://127.0.0.1:1/", &["APPLICATION_DEAUTHORIZED"]).await.is_err());
    assert!(world.discord.set_webhook_events(&url, &["LOBBY_MESSAGE_CREATE"]).await.is_err());
}

#[tokio::test]
async fn interactions_come_by_http_where_an_endpoint_is_set() {
    let world = World::new().await;
    world.register(commands()).await;
    let (listener, url) = Listener::start(&world.discord).await;
    world.discord.set_interactions_endpoint(&url).await.expect("the listener passes");
    let reply = world.ada.in_channel(&world.general).slash("/ping", []).await.expect("answered");
    assert_eq!(reply.text(), "by HTTP");
    let token = listener.got.lock().unwrap().last().expect("the interaction")["token"].clone();
    let follow_up = world.webhook(&json!({ "token": token }), "");
    assert_eq!(world.post(&follow_up, json!({ "content": "more" })).await.0, 200);
    assert_eq!(reply.followups().len(), 1);
}

#[tokio::test]
async fn interactions_by_http_are_lost_repeated_late_and_cut() {
    let world = World::new().await;
    world.register(commands()).await;
    let (listener, url) = Listener::start(&world.discord).await;
    world.discord.set_interactions_endpoint(&url).await.expect("the listener passes");
    let before = listener.got.lock().unwrap().len();
    let faults = world.discord.faults();
    let slash = || {
        let place = world.ada.in_channel(&world.general);
        tokio::spawn(async move { place.slash("/ping", []).await })
    };

    faults.add(Fault::on_event("INTERACTION_CREATE").duplicate().times(1));
    assert_eq!(slash().await.expect("slash does not panic").expect("answered").text(), "by HTTP");
    assert_eq!(listener.got.lock().unwrap().len(), before + 2);

    // None of these is an answer, whether or not the endpoint was asked.
    for (number, (fault, asked)) in [
        (Fault::on_event("INTERACTION_CREATE").drop_connection(), 0),
        (Fault::on_event("INTERACTION_*").status(503), 0),
        (Fault::on_event("INTERACTION_CREATE").cut_body(), 0),
        (Fault::on_event("INTERACTION_CREATE").lose_answer(), 1),
        (Fault::on_event("INTERACTION_CREATE").delay(Duration::from_secs(5)), 1),
    ]
    .into_iter()
    .enumerate()
    {
        let seen = listener.got.lock().unwrap().len();
        faults.add(fault.times(1));
        let waiting = slash();
        world.discord.inner.wait(|state| (state.interactions.len() == number + 2).then_some(())).await;
        while faults.pending() > 0 {
            tokio::task::yield_now().await;
        }
        world.clock.advance(Duration::from_secs(5));
        let failed = waiting.await.expect("slash does not panic").expect_err("nobody answered");
        assert_eq!(failed.to_string(), "The application did not respond");
        while listener.got.lock().unwrap().len() < seen + asked {
            tokio::task::yield_now().await;
        }
        assert_eq!(listener.got.lock().unwrap().len(), seen + asked);
    }
}
