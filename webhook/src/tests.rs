//! What holds for every answer, over the router without a socket. Stripe's webhook and both links
//! are tested on both databases, end to end, in `cli/tests/all`.

use std::sync::Mutex;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use shared::config::Config;
use shared::domain::actor::Actor;
use shared::domain::desk;
use shared::domain::issuing;
use shared::domain::issuing::NewInvoice;
use shared::platform::clock::Clock;
use shared::platform::sealing::Keys;
use shared::types::*;
use tower::ServiceExt;

use super::*;
use crate::cookies::Cookie;

/// What was logged by all tests of this process: a subscriber for one thread would miss lines,
/// because tracing remembers for the whole process which places nobody listens to.
static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Lines;

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const OWNER: u64 = 70_000_000_000_000_000;
const GUILD: u64 = 80_000_000_000_000_000;

/// A service on a fresh database; nothing of the outside world answers.
struct Service {
    app: Arc<App>,
    router: Router,
    inbox: Inbox,
    _folder: tempfile::TempDir,
}

impl Service {
    async fn start(public_url: &str) -> Self {
        // Only the first call counts.
        let _ = tracing_subscriber::fmt().with_ansi(false).with_writer(|| Lines).try_init();
        let folder = tempfile::tempdir().unwrap();
        let nowhere = "http://127.0.0.1:9";
        let settings = [
            ("STUDIO__NAME", "Ink & <b>Bone</b>"),
            ("DATABASE__URL", &format!("sqlite://{}/test.db", folder.path().display())),
            ("DISCORD__TOKEN", "MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ("DISCORD__APPLICATION_ID", "123456789012345678"),
            ("DISCORD__API_URL", nowhere),
            ("STRIPE__SECRET_KEY", "sk_test_1234567890abcdef"),
            ("STRIPE__WEBHOOK_SECRETS", "whsec_1234567890abcdef"),
            ("STRIPE__API_URL", nowhere),
            ("STORAGE__ENDPOINT", nowhere),
            ("STORAGE__BUCKET", "files"),
            ("STORAGE__ACCESS_KEY_ID", "id"),
            ("STORAGE__SECRET_ACCESS_KEY", "key"),
            ("WEB__PUBLIC_URL", public_url),
            ("WEB__HEALTH_TOKEN", "health-token-0000"),
            ("STAFF__OWNERS", &OWNER.to_string()),
            ("STAFF__GUILDS", &GUILD.to_string()),
            ("SECURITY__ENCRYPTION_KEYS", &Keys::generate("main").unwrap()),
        ];
        let environment = settings.map(|(key, value)| (format!("ATELIER_{key}"), value.to_owned()));
        let config = Config::read("config.toml", "", environment).unwrap();
        let app = App::start(config, Clock::manual(Timestamp::from_secs(1_800_000_000))).await.unwrap();
        let (inbox, taking_in) = Inbox::new(app.clone());
        tokio::spawn(taking_in);
        Self { router: router(app.clone(), inbox.clone()), app, inbox, _folder: folder }
    }

    async fn ask(&self, method: &str, address: &str, body: impl Into<Body>) -> Response {
        let request = Request::builder().method(method).uri(address).header("x-request-id", "theirs").body(body.into()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, address: &str) -> Response {
        self.ask("GET", address, Body::empty()).await
    }

    /// Issues an invoice and returns the path of its pay link.
    async fn pay_path(&self, title: &str) -> String {
        let owner = Actor {
            user: UserId::from(OWNER),
            name: "owner".into(),
            guild: Some(GuildId::from(GUILD)),
            roles: Vec::new(),
            locale: "en-US".into(),
            delivery: None,
        };
        let new = NewInvoice {
            customer: UserId::from(9),
            customer_name: "ada".into(),
            customer_is_bot: false,
            title: title.into(),
            description: String::new(),
            amount: Money::new(1250, Currency::parse("USD").unwrap()),
            due: None,
        };
        let invoice = issuing::issue(&self.app, &owner, new, self.app.clock.now()).await.unwrap();
        let customer =
            Actor { user: UserId::from(9), name: "ada".into(), guild: None, roles: Vec::new(), locale: "en-US".into(), delivery: None };
        let (_, url) = desk::pay_url(&self.app, &customer, &invoice.number.to_string()).await.unwrap();
        url.strip_prefix(&self.app.config.web.public_url).unwrap().to_owned()
    }
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn header_of<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_answer_carries_the_headers_and_an_id_of_ours() {
    let service = Service::start("https://studio.example").await;
    let mut addresses: Vec<_> = routes().iter().map(|&(method, path)| (method, path.replace("{token}", "forged"))).collect();
    addresses.extend([("GET", "/nowhere".into()), ("DELETE", "/".into()), ("BREW", "/d/x".into()), ("GET", "/pay/%ff".into())]);
    for (method, address) in addresses {
        let response = service.ask(method, &address, Body::empty()).await;
        let what = format!("{method} {address}: {}", response.status());
        assert_eq!(header_of(&response, "x-request-id").len(), 32, "{what}");
        assert!(header_of(&response, "content-security-policy").starts_with("default-src 'none';"), "{what}");
        assert_eq!(header_of(&response, "x-content-type-options"), "nosniff", "{what}");
        assert_eq!(header_of(&response, "x-frame-options"), "DENY", "{what}");
        assert_eq!(header_of(&response, "referrer-policy"), "no-referrer", "{what}");
        assert_eq!(header_of(&response, "strict-transport-security"), "max-age=63072000", "{what}");
        let cached = address.starts_with("/static/") || address == "/sw.js";
        assert_eq!(header_of(&response, "cache-control") == "no-store", !cached, "{what}");
    }
}

#[tokio::test]
async fn plain_http_promises_no_https() {
    let service = Service::start("http://127.0.0.1:8080").await;
    let response = service.get("/").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "strict-transport-security"), "");
}

#[tokio::test]
async fn on_https_a_cookie_is_held_to_this_host() {
    for (url, expected) in [
        ("https://studio.example", "__Host-atelier=x; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=5"),
        ("http://127.0.0.1:8080", "atelier=x; HttpOnly; SameSite=Lax; Path=/; Max-Age=5"),
    ] {
        let service = Service::start(url).await;
        assert_eq!(Cookie::Session.set(&service.app, "x", 5).unwrap(), expected);
        let mut headers = axum::http::HeaderMap::new();
        let odd = b"caf\xc3\xa9=\xff; nonsense; =; a=\"; other=1; atelier=plain; __Host-atelier-sign-in=2";
        headers.append("cookie", axum::http::HeaderValue::from_bytes(odd).unwrap());
        headers.append("cookie", "__Host-atelier=held; __Host-atelier=; atelier=again".parse().unwrap());
        let found: &[&str] = if url.starts_with("https") { &["held"] } else { &["plain", "again"] };
        assert_eq!(Cookie::Session.of(&service.app, &headers), found, "the other name counts for nothing");
    }
}

#[tokio::test]
async fn what_people_wrote_is_text_in_a_page() {
    let service = Service::start("http://127.0.0.1:8080").await;
    let pay = service.pay_path("<script>\"1\"</script> & Co").await;
    let page = text(service.get(&format!("{pay}/cancelled")).await).await;
    assert!(page.contains("&#60;script&#62;&#34;1&#34;&#60;/script&#62; &#38; Co"), "{page}");
    assert!(page.contains("<bdi>Ink &#38; &#60;b&#62;Bone&#60;/b&#62;</bdi>"), "{page}");
    assert!(!page.contains("<script>") && !page.contains("onclick") && !page.contains("style="), "{page}");
    assert!(page.contains("12.50 USD") && page.contains(&format!("href=\"{pay}\"")), "{page}");
}

#[tokio::test]
async fn a_link_that_is_not_ours_is_not_valid() {
    let service = Service::start("http://127.0.0.1:8080").await;
    for address in ["/pay/forged", "/pay/%ff", "/pay/a%00b", "/pay/forged/done", "/pay/forged/cancelled", "/d/forged", "/d/%ff"] {
        let response = service.get(address).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{address}");
        assert!(text(response).await.contains("This link is not valid"), "{address}");
    }
    // A pay link opens no file.
    let pay = service.pay_path("Dragon rig").await;
    assert_eq!(service.get(&pay.replace("/pay/", "/d/")).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_look_at_a_link_does_nothing() {
    let service = Service::start("http://127.0.0.1:8080").await;
    let pay = service.pay_path("Dragon rig").await;
    for address in [pay.as_str(), "/pay/forged", "/d/forged"] {
        let response = service.ask("HEAD", address, Body::empty()).await;
        assert_eq!((response.status(), header_of(&response, "location")), (StatusCode::OK, ""), "{address}");
    }
}

#[tokio::test]
async fn a_page_that_waits_stops_reloading_after_a_while() {
    let service = Service::start("http://127.0.0.1:8080").await;
    let pay = service.pay_path("Dragon rig").await;
    let page = text(service.get(&format!("{pay}/done")).await).await;
    assert!(page.contains(&format!("content=\"5; url={pay}/done?checked=1\"")), "{page}");
    for checked in ["24", "4294967295"] {
        let page = text(service.get(&format!("{pay}/done?checked={checked}")).await).await;
        assert!(page.contains("Check again") && !page.contains("http-equiv"), "{page}");
    }
    assert_eq!(service.get(&format!("{pay}/done?checked=-1&checked=%ff")).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_said_in_plain_words() {
    let service = Service::start("http://127.0.0.1:8080").await;
    let pay = service.pay_path("Dragon rig").await;
    let response = service.get(&pay).await;
    assert_eq!((response.status(), header_of(&response, "retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "30"));
    let page = text(response).await;
    assert!(page.contains("Stripe is not answering right now. Nothing was charged") && page.contains("Try again"), "{page}");
}

#[tokio::test]
async fn a_log_line_names_the_route_and_the_request_but_no_token() {
    let service = Service::start("http://127.0.0.1:8080").await;
    let pay = service.pay_path("Dragon rig").await;
    let id = header_of(&service.get(&format!("{pay}?token=secret")).await, "x-request-id").to_owned();
    service.get("/nowhere/secret").await;

    let logged = String::from_utf8(LOGGED.lock().unwrap().clone()).unwrap();
    let of_request = |what: &str| logged.lines().any(|line| line.contains(&id) && line.contains(what));
    assert!(of_request("GET /pay/{token} 503 in "), "{logged}");
    assert!(of_request("an outside service failed"), "{logged}");
    assert!(logged.contains("GET unknown 404 in "), "{logged}");
    for secret in ["secret", "theirs", pay.strip_prefix("/pay/").unwrap()] {
        assert!(!logged.contains(secret), "{logged}");
    }
}

#[tokio::test]
async fn a_webhook_without_our_signature_is_refused_and_counted() {
    let service = Service::start("http://127.0.0.1:8080").await;
    for (size, status) in
        [(2, StatusCode::BAD_REQUEST), (WEBHOOK_BODY_MAX, StatusCode::BAD_REQUEST), (WEBHOOK_BODY_MAX + 1, StatusCode::PAYLOAD_TOO_LARGE)]
    {
        let response = service.ask("POST", "/stripe/webhook", vec![b' '; size]).await;
        assert_eq!(response.status(), status, "{size}");
        assert!(header_of(&response, header::CONTENT_TYPE.as_str()).starts_with("text/plain"), "{size}");
    }
    // Whoever asks gets the words, and the counters with the token alone.
    let mut expected = serde_json::json!({ "database": "ok", "storage": "failing", "outbox": "ok", "alarms": [] });
    for (authorization, knows) in [
        ("", false),
        ("Bearer ", false),
        ("Bearer health-token-000", false),
        ("health-token-0000", false),
        ("Bearer health-token-0000", true),
    ] {
        let request = Request::builder().uri("/health/ready").header("authorization", authorization).body(Body::empty()).unwrap();
        let response = service.router.clone().oneshot(request).await.unwrap();
        // The storage is nowhere here.
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        if knows {
            expected["counters"] = serde_json::json!({
                "jobs_waiting": 0, "jobs_given_up": 0, "oldest_due_seconds": null, "refused_webhooks": 3, "unsettled_events": 0, "waiting_events": 0,
            });
        }
        let report: serde_json::Value = serde_json::from_str(&text(response).await).unwrap();
        assert_eq!(report, expected, "{authorization}");
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_our_fault_under_a_reference() {
    let service = Service::start("http://127.0.0.1:8080").await;
    let pay = service.pay_path("Dragon rig").await;
    service.app.db.close().await;
    let response = service.get(&format!("{pay}/done")).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text(response).await.contains("quote reference"));
    assert_eq!(service.get("/health/ready").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(service.get("/health/live").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_panic_is_a_page_like_any_other_fault() {
    let service = Service::start("http://127.0.0.1:8080").await;
    async fn broken() -> StatusCode {
        panic!("broken on purpose")
    }
    let web = Arc::new(Web::new(service.app.clone(), service.inbox.clone()));
    let router = with_layers(Router::new().route("/broken", axum::routing::get(broken)), web);
    let response = router.oneshot(Request::builder().uri("/broken").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(header_of(&response, "x-request-id").len(), 32);
    let page = text(response).await;
    assert!(page.contains("quote reference") && !page.contains("on purpose"), "{page}");
}

#[tokio::test]
async fn the_wrong_method_says_which_are_right() {
    let service = Service::start("http://127.0.0.1:8080").await;
    let response = service.get("/stripe/webhook").await;
    assert_eq!((response.status(), header_of(&response, "allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST"));
}

#[tokio::test]
async fn serving_ends_when_told_to() {
    let service = Service::start("http://127.0.0.1:8080").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let served = tokio::spawn(serve(service.app.clone(), listener, shutdown.clone()));
    // A connection that is kept open and idle holds nobody up.
    let mut idle = tokio::net::TcpStream::connect(address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut idle, b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = [0; 15];
    tokio::io::AsyncReadExt::read_exact(&mut idle, &mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    shutdown.cancel();
    tokio::time::timeout(GRACE / 2, served).await.unwrap().unwrap().unwrap();
}
