//! OAuth2 as a web service meets it.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest as _;

const BACK: &str = "http://127.0.0.1:9/callback";

impl World {
    async fn with_redirect() -> World {
        let world = World::new().await;
        world.discord.add_redirect_uri(BACK);
        world
    }

    /// The consent page's address.
    fn consent(&self, scope: &str, more: &[(&str, &str)]) -> String {
        let mut url = url::Url::parse(&format!("{}/oauth2/authorize", self.discord.url())).expect("an address");
        let id = self.discord.application_id();
        url.query_pairs_mut()
            .extend_pairs([
                ("client_id", id.as_str()),
                ("response_type", "code"),
                ("redirect_uri", BACK),
                ("scope", scope),
                ("state", "s1"),
            ])
            .extend_pairs(more);
        url.to_string()
    }

    async fn token(&self, form: &[(&str, &str)]) -> (u16, Json) {
        self.token_at("/api/oauth2/token", form).await
    }

    async fn token_at(&self, path: &str, form: &[(&str, &str)]) -> (u16, Json) {
        let body = serde_urlencoded::to_string(form).expect("text");
        let response = self
            .http
            .post(format!("{}{path}", self.discord.url()))
            .basic_auth(self.discord.application_id(), Some(self.discord.client_secret()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .expect("the stand-in answers");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    async fn exchange(&self, code: &str) -> (u16, Json) {
        self.token(&[("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK)]).await
    }

    async fn as_somebody(&self, token: &str, path: &str) -> (u16, Json) {
        let request = self.http.get(format!("{}/api/v10{path}", self.discord.url())).bearer_auth(token);
        let response = request.send().await.expect("the stand-in answers");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }
}

fn query(address: &str, key: &str) -> Option<String> {
    let url = url::Url::parse(address).expect("an address");
    url.query_pairs().find(|(name, _)| name == key).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn a_code_is_good_once_and_a_token_opens_what_its_scopes_say() {
    let world = World::with_redirect().await;
    let back = world.ada.authorize(&world.consent("identify guilds", &[])).expect("ada agrees");
    assert!(back.starts_with(BACK));
    assert_eq!(query(&back, "state").as_deref(), Some("s1"));
    let code = query(&back, "code").expect("a code");

    let (status, granted) = world.exchange(&code).await;
    assert_eq!((status, &granted["token_type"], &granted["scope"]), (200, &json!("Bearer"), &json!("identify guilds")));
    assert_eq!(granted["expires_in"], 604_800);
    let (status, refused) = world.exchange(&code).await;
    assert_eq!((status, refused), (400, json!({ "error": "invalid_grant", "error_description": "Invalid \"code\" in request." })));

    let token = granted["access_token"].as_str().expect("a token");
    let (_, me) = world.as_somebody(token, "/users/@me").await;
    assert_eq!((&me["id"], me.get("email")), (&json!(world.ada.id()), None));
    let (_, guilds) = world.as_somebody(token, "/users/@me/guilds").await;
    assert_eq!((&guilds[0]["name"], &guilds[0]["owner"]), (&json!("studio"), &json!(false)));
    assert_eq!(world.as_somebody(token, "/users/@me/guilds?limit=201").await.0, 400);
    assert_eq!(world.as_somebody(token, "/oauth2/@me").await.1["user"]["username"], "ada");
    // The bot's routes stay closed, and so does what was not granted.
    assert_eq!(world.as_somebody(token, &format!("/guilds/{}", world.guild.id())).await.0, 401);
    assert_eq!(world.as_somebody(token, &format!("/users/@me/guilds/{}/member", world.guild.id())).await.0, 401);

    world.clock.advance(Duration::from_secs(604_801));
    assert_eq!(world.as_somebody(token, "/users/@me").await.0, 401);
}

#[tokio::test]
async fn the_email_needs_its_scope() {
    let world = World::with_redirect().await;
    let grant = async |scope: &str| {
        let back = world.ada.authorize(&world.consent(scope, &[])).expect("ada agrees");
        let granted = world.exchange(&query(&back, "code").expect("a code")).await.1;
        granted["access_token"].as_str().expect("a token").to_owned()
    };
    let token = grant("identify email").await;
    let me = world.as_somebody(&token, "/users/@me").await.1;
    assert_eq!((&me["email"], &me["verified"]), (&json!("ada@example.com"), &json!(true)));
    assert_eq!(world.as_somebody(&token, "/users/@me/guilds").await.0, 401);
    world.ada.set_email(None, false);
    assert_eq!(world.as_somebody(&token, "/users/@me").await.1["email"], json!(null));
    let only_guilds = grant("guilds").await;
    assert_eq!(world.as_somebody(&only_guilds, "/users/@me").await.0, 401);
}

#[tokio::test]
async fn a_refresh_token_is_spent_and_revoking_takes_back_every_grant() {
    let world = World::with_redirect().await;
    let back = world.ada.authorize(&world.consent("identify", &[])).expect("ada agrees");
    let first = world.exchange(&query(&back, "code").expect("a code")).await.1;
    let refresh = first["refresh_token"].as_str().expect("a refresh token");
    let renew = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let (status, second) = world.token(&renew).await;
    assert_eq!(status, 200);
    assert_eq!(world.token(&renew).await.1["error"], "invalid_grant");
    let (old, new) = (first["access_token"].as_str().expect("a token"), second["access_token"].as_str().expect("a token"));
    assert_eq!(world.as_somebody(old, "/users/@me").await.0, 401);
    assert_eq!(world.as_somebody(new, "/users/@me").await.0, 200);

    let back = world.ada.authorize(&world.consent("identify", &[])).expect("ada agrees again");
    let other = world.exchange(&query(&back, "code").expect("a code")).await.1["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(world.token_at("/api/oauth2/token/revoke", &[("token", new)]).await, (200, json!({})));
    assert_eq!(world.as_somebody(new, "/users/@me").await.0, 401);
    assert_eq!(world.as_somebody(&other, "/users/@me").await.0, 401, "all that ada granted is gone");
    let renew = [("grant_type", "refresh_token"), ("refresh_token", second["refresh_token"].as_str().expect("a refresh token"))];
    assert_eq!(world.token(&renew).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn pkce_holds_the_code_to_its_verifier() {
    let world = World::with_redirect().await;
    let verifier = "v".repeat(50);
    let challenge = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(verifier.as_bytes()));
    let with = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    for (given, status) in [("wrong", 400), (verifier.as_str(), 200)] {
        let back = world.ada.authorize(&world.consent("identify", &with)).expect("ada agrees");
        let code = query(&back, "code").expect("a code");
        let form = [("grant_type", "authorization_code"), ("code", code.as_str()), ("redirect_uri", BACK), ("code_verifier", given)];
        assert_eq!(world.token(&form).await.0, status);
        // A code that was tried with a wrong verifier is spent.
        assert_eq!(world.token(&form).await.1["error_description"], "Invalid \"code\" in request.");
    }
    let bad = [("code_challenge", "short"), ("code_challenge_method", "S256")];
    assert!(world.ada.authorize(&world.consent("identify", &bad)).is_err());
}

#[tokio::test]
async fn the_consent_page_refuses_what_discord_refuses() {
    let world = World::with_redirect().await;
    let address = world.consent("identify", &[]);
    for (from, to) in [
        ("callback", "callback%2Fmore"),
        ("scope=identify", "scope=nonsense"),
        ("scope=identify", "scope="),
        ("response_type=code", "response_type=token"),
        ("client_id=", "client_id=1"),
    ] {
        let bad = address.replace(from, to);
        let page = world.http.get(&bad).send().await.expect("an answer");
        assert_eq!(page.status(), 400, "{bad}");
        assert!(world.ada.authorize(&bad).is_err(), "{bad}");
    }
    let declined = world.ada.decline(&address).expect("ada may decline");
    assert_eq!(query(&declined, "error").as_deref(), Some("access_denied"));
    assert_eq!((query(&declined, "state").as_deref(), query(&declined, "code")), (Some("s1"), None));
}

#[tokio::test]
async fn a_browser_consents_by_the_page() {
    let world = World::with_redirect().await;
    world.discord.user("<b>eve</b>");
    let address = world.consent("identify", &[]);
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let page = browser.get(&address).send().await.expect("an answer").text().await.expect("a page");
    assert!(page.contains("SANDBOX") && page.contains("&lt;b&gt;eve") && !page.contains("<b>eve"));

    let press = async |body: String| {
        let request = browser.post(&address).header("content-type", "application/x-www-form-urlencoded").body(body);
        let response = request.send().await.expect("an answer");
        let location = response.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        (response.status().as_u16(), location)
    };
    let (status, location) = press(format!("user={}&decision=authorize", world.ada.id())).await;
    assert_eq!(status, 302);
    let code = query(&location.expect("an address"), "code").expect("a code");
    assert_eq!(world.exchange(&code).await.0, 200);
    let (_, location) = press(format!("user={}&decision=cancel", world.ada.id())).await;
    assert!(query(&location.expect("an address"), "error").is_some());
    assert_eq!(press("user=1&decision=authorize".to_owned()).await.0, 400);
    // Codes and secrets are not recorded.
    assert!(world.recorder.all().iter().all(|request| request.body.is_null() && !request.path.contains("code=")));
}

#[tokio::test]
async fn the_token_endpoint_wants_a_form_and_the_clients_secret() {
    let world = World::with_redirect().await;
    let url = format!("{}/api/oauth2/token", world.discord.url());
    let json = world.http.post(&url).json(&json!({ "grant_type": "client_credentials" })).send().await.expect("an answer");
    assert_eq!(json.status(), 400);
    let form = "grant_type=client_credentials&scope=identify&client_id=1&client_secret=x";
    let request = world.http.post(&url).header("content-type", "application/x-www-form-urlencoded").body(form);
    let response = request.send().await.expect("an answer");
    assert_eq!((response.status().as_u16(), response.text().await.expect("a body").as_str()), (401, r#"{"error":"invalid_client"}"#));
    assert_eq!(world.token(&[("grant_type", "password")]).await.1["error"], "unsupported_grant_type");
    let (status, own) = world.token(&[("grant_type", "client_credentials"), ("scope", "identify")]).await;
    assert_eq!((status, own.get("refresh_token")), (200, None));
    let other = [("grant_type", "authorization_code"), ("code", "none"), ("redirect_uri", BACK)];
    assert_eq!(world.token(&other).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn a_bot_is_added_by_somebody_who_manages_the_server() {
    let world = World::new().await;
    let other = world.discord.guild("other", &world.owner);
    other.remove_bot();
    let mut gateway = world.connect(1).await;
    let id = world.discord.application_id();
    let address =
        format!("{}/oauth2/authorize?client_id={id}&scope=bot%20applications.commands&permissions=268435456", world.discord.url());
    other.join(&world.ada);
    assert!(world.ada.authorize_for(&address, &other).is_err());
    assert!(world.owner.authorize(&address).is_err(), "a server must be chosen");
    assert_eq!(world.owner.authorize_for(&address, &other).expect("the owner may"), "");
    assert_eq!(gateway.event("GUILD_CREATE").await["name"], "other");

    assert_eq!(world.get("/users/@me/guilds").await.1.as_array().map(Vec::len), Some(2));
    let leave = format!("/users/@me/guilds/{}", other.id());
    assert_eq!(world.call(Method::DELETE, &leave, Json::Null).await.0, 204);
    assert_eq!(gateway.event("GUILD_DELETE").await["id"], other.id());
    assert_eq!(world.call(Method::DELETE, &leave, Json::Null).await.1["code"], 10004);
}

#[tokio::test]
async fn guilds_join_brings_somebody_in() {
    let world = World::with_redirect().await;
    let eve = world.discord.user("eve");
    let grant = async |scope: &str| {
        let back = eve.authorize(&world.consent(scope, &[])).expect("eve agrees");
        world.exchange(&query(&back, "code").expect("a code")).await.1["access_token"].clone()
    };
    let path = format!("/guilds/{}/members/{}", world.guild.id(), eve.id());
    let put = async |token: Json| world.call(Method::PUT, &path, json!({ "access_token": token })).await;
    assert_eq!(put(grant("identify").await).await.1["code"], 50026);
    assert_eq!(put(json!("wrong")).await.1["code"], 50025);
    let (status, member) = put(grant("guilds.join").await).await;
    assert_eq!((status.as_u16(), &member["user"]["id"]), (201, &json!(eve.id())));
    assert_eq!(put(grant("guilds.join").await).await.0, 204);
}
