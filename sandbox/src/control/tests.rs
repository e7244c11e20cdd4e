use serde_json::{Value, json};

use crate::{Options, Sandbox};

async fn start() -> (Sandbox, super::Control, reqwest::Client) {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let control = sandbox.control().await.unwrap();
    (sandbox, control, reqwest::Client::builder().no_proxy().build().unwrap())
}

#[tokio::test]
async fn only_this_machine_with_the_token_and_no_foreign_page_gets_in() {
    let (_sandbox, control, http) = start().await;
    let url = format!("{}/state", control.url());
    let with = |name: &'static str, value: String| http.get(&url).bearer_auth(control.token()).header(name, value).send();

    assert_eq!(http.get(&url).send().await.unwrap().status(), 401);
    let wrong = http.get(&url).bearer_auth("0".repeat(48)).send().await.unwrap();
    assert_eq!(wrong.status(), 401);
    assert_eq!(with("Host", "evil.example".into()).await.unwrap().status(), 403);
    assert_eq!(with("Host", "127.0.0.1".into()).await.unwrap().status(), 403);
    assert_eq!(with("Origin", "https://evil.example".into()).await.unwrap().status(), 403);
    assert_eq!(with("Origin", "null".into()).await.unwrap().status(), 403);
    assert_eq!(with("Origin", control.url()).await.unwrap().status(), 200);

    let by_query = http.get(format!("{url}?token={}", control.token())).send().await.unwrap();
    assert_eq!(by_query.status(), 200);
    let help = http.get(control.address().replace("/?", "/help?")).send().await.unwrap().text().await.unwrap();
    assert!(help.contains("/discord/slash"));
}

#[tokio::test]
async fn mistakes_get_a_sentence() {
    let (_sandbox, control, http) = start().await;
    let post = async |path: &str, body: Value| {
        let url = format!("{}{path}", control.url());
        let sent = http.post(url).bearer_auth(control.token()).body(body.to_string());
        let answer = sent.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let get = async |path: &str| {
        let url = format!("{}{path}", control.url());
        let answer = http.get(url).bearer_auth(control.token()).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };

    let (status, body) = post("/discord/slash", json!({"as": "ada"})).await;
    assert_eq!(status, 400);
    assert!(body["error"].as_str().unwrap().contains("missing field"));
    let (status, body) = post("/discord/slash", json!({"as": "ada", "command": "/x"})).await;
    assert_eq!(status, 404);
    assert!(body["error"].as_str().unwrap().contains("There is no user `ada`"));
    assert_eq!(get("/nowhere").await.0, 404);
    for path in ["/discord/replies/x", "/discord/replies/7", "/discord/replies/-1/followups"] {
        let (status, body) = get(path).await;
        assert_eq!(status, 404, "{path}");
        assert!(body["error"].as_str().unwrap().contains("There is no reply"));
    }
    assert_eq!(get("/discord/slash").await.0, 404);
    assert_eq!(get("/discord/wait?connected=1&wait=0").await.0, 408);
    assert_eq!(get("/discord/wait?connected=1&wait=61").await.0, 400);
    assert_eq!(post("/stripe/pay", json!({"session": "cs_test_no"})).await.0, 409);
    assert_eq!(post("/stripe/deliver", json!({"event": "evt_no"})).await.0, 404);
    let fault = json!({"service": "stripe", "status": 500, "drop": true});
    assert_eq!(post("/faults", fault).await.0, 400);
    assert_eq!(post("/clock/advance", json!({"seconds": u64::MAX})).await.0, 400);
    assert_eq!(post("/stripe/event", json!({"type": "charge.lost", "object": {}})).await.0, 400);
    assert_eq!(post("/stripe/event", json!({"type": "charge.refunded", "object": 5})).await.0, 400);
    assert_eq!(post("/stripe/event", json!({"type": "charge.refunded", "object": {}})).await.0, 200);
    assert_eq!(post("/discord/heartbeat", json!({"ms": 0})).await.0, 400);
    for name in ["".to_owned(), "x".repeat(33)] {
        assert_eq!(post("/discord/users", json!({"name": name})).await.0, 400, "{name}");
    }
    post("/discord/users", json!({"name": "ada"})).await;
    assert_eq!(post("/discord/guilds", json!({"name": "S", "owner": "ada"})).await.0, 400);
    assert_eq!(get("/records?srvice=stripe").await.0, 400);
    assert_eq!(get("/discord/inbox?as=ada&contians=paid").await.0, 400);
    assert_eq!(get(&format!("/records?service=stripe&token={}", control.token())).await.0, 200);
}

#[tokio::test]
async fn the_world_is_built_and_seen_through_it() {
    let (sandbox, control, http) = start().await;
    let post = async |path: &str, body: Value| {
        let url = format!("{}{path}", control.url());
        let sent = http.post(url).bearer_auth(control.token()).body(body.to_string());
        sent.send().await.unwrap().json::<Value>().await.unwrap()
    };
    post("/discord/users", json!({"name": "grace"})).await;
    post("/discord/users", json!({"name": "ada"})).await;
    let guild = post("/discord/guilds", json!({"name": "Studio", "owner": "grace"})).await;
    assert_eq!(guild["channels"][0]["name"], "general");
    let path = format!("/discord/guilds/{}/members", guild["id"].as_str().unwrap());
    let guild = post(&path, json!({"user": "ada"})).await;
    let names = guild["members"].as_array().unwrap();
    assert!(names.iter().any(|member| member["name"] == "ada"));

    let before = sandbox.clock.now_ms();
    post("/clock/advance", json!({"seconds": 60})).await;
    assert!(sandbox.clock.now_ms() >= before + 60_000);

    let fault = json!({"service": "stripe", "status": 503, "times": 1});
    post("/faults", fault).await;
    let url = format!("{}/v1/events", sandbox.stripe.url());
    let ask = async || {
        let sent = http.get(&url).bearer_auth(sandbox.stripe.secret_key());
        sent.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask().await, 503);
    assert_eq!(ask().await, 200);
}

#[test]
fn options_are_found_where_the_command_registered_them() {
    let command = json!({"name": "billing", "options": [
        {"type": 2, "name": "group", "options": [
            {"type": 1, "name": "issue", "options": [
                {"type": 6, "name": "customer"},
                {"type": 3, "name": "title"},
            ]},
        ]},
    ]});
    let kinds = super::acts::option_kinds(&[command], "/billing group issue");
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), [("customer".to_owned(), 6), ("title".to_owned(), 3)]);
    assert!(super::acts::option_kinds(&[], "/billing").is_empty());
}

#[tokio::test]
async fn the_clock_cannot_be_moved_past_its_end() {
    let (sandbox, _control, _http) = start().await;
    sandbox.clock.advance(std::time::Duration::MAX);
    sandbox.clock.advance(std::time::Duration::MAX);
    assert_eq!(sandbox.stripe.sessions(), Vec::<Value>::new());
}

#[tokio::test]
async fn money_is_moved_and_seen_through_it() {
    let (sandbox, control, http) = start().await;
    let post = async |path: &str, body: Value| {
        let url = format!("{}{path}", control.url());
        let sent = http.post(url).bearer_auth(control.token()).body(body.to_string());
        let answer = sent.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let get = async |path: &str| {
        let url = format!("{}{path}", control.url());
        http.get(url).bearer_auth(control.token()).send().await.unwrap().json::<Value>().await.unwrap()
    };
    let secrets = get("/secrets").await;
    assert_eq!(secrets["stripe"]["live_secret_key"], sandbox.stripe.live_secret_key());
    let form = "mode=payment&success_url=https://a.example/ok&line_items[0][quantity]=1\
        &line_items[0][price_data][currency]=usd&line_items[0][price_data][unit_amount]=1250\
        &line_items[0][price_data][product_data][name]=Portrait";
    let url = format!("{}/v1/checkout/sessions", sandbox.stripe.url());
    let sent = http.post(url).bearer_auth(sandbox.stripe.secret_key()).header("content-type", "application/x-www-form-urlencoded");
    let session = sent.body(form).send().await.unwrap().json::<Value>().await.unwrap();

    assert_eq!(post("/stripe/pay", json!({"session": session["id"], "with": "declined"})).await.1["paid"], false);
    assert_eq!(post("/stripe/pay", json!({"session": session["url"], "with": "bank"})).await.1["paid"], false);
    assert_eq!(post("/stripe/settle", json!({"session": session["id"], "paid": true})).await.0, 200);
    assert_eq!(post("/stripe/expire", json!({"session": session["id"]})).await.1["was_open"], false);
    let refund = post("/stripe/refund", json!({"of": session["id"], "amount": 250})).await.1;
    assert_eq!(refund["status"], "pending");
    assert_eq!(post("/stripe/settle_refund", json!({"refund": refund["id"], "failed": "because"})).await.0, 409);
    assert_eq!(post("/stripe/settle_refund", json!({"refund": refund["id"], "failed": "declined"})).await.0, 200);
    assert_eq!(post("/stripe/refund", json!({"of": session["id"], "amount": 9999})).await.0, 409);
    assert_eq!(post("/stripe/dispute", json!({"of": refund["charge"], "reason": "because"})).await.0, 409);
    let dispute = post("/stripe/dispute", json!({"of": refund["charge"]})).await.1;
    assert_eq!(post("/stripe/close_dispute", json!({"dispute": dispute["id"], "won": false})).await.0, 200);
    assert_eq!(get("/stripe/disputes").await[0]["status"], "lost");
    assert_eq!(get("/stripe/refunds").await[0]["failure_reason"], "declined");
    assert_eq!(get("/stripe/charges").await[1]["status"], "succeeded");
    assert!(get("/stripe/nothing").await["error"].as_str().unwrap().contains("no list"));

    let fault = json!({"service": "stripe", "event": "charge.*", "duplicate": true, "times": 1});
    assert_eq!(post("/faults", fault).await.0, 200);
    for meaningless in [
        json!({"service": "stripe", "event": "charge.*", "duplicate": true, "cut": true}),
        json!({"service": "storage", "event": "*", "drop": true}),
        json!({"service": "stripe", "event": "charge.*", "status": 4000}),
        json!({"service": "stripe", "event": "charge.*", "path": "/v1/", "drop": true}),
        json!({"service": "stripe", "event": "charge.*", "status": 500, "kept": true}),
        json!({"service": "discord", "status": 500, "kept": true}),
        json!({"service": "discord", "status": 4000}),
        json!({"service": "discord", "event": "charge.*", "drop": true}),
        json!({"service": "discord", "event": "GUILD_CREAT", "drop": true}),
        json!({"service": "stripe", "event": "charge.lost", "drop": true}),
        json!({"service": "stripe", "method": "PSOT", "drop": true}),
        json!({"service": "stripe", "path": "v1/customers", "drop": true}),
        json!({"service": "stripe", "path": "/v1/customers", "drop": true, "times": 0}),
    ] {
        assert_eq!(post("/faults", meaningless.clone()).await.0, 400, "{meaningless}");
    }
    assert_eq!(post("/faults", json!({"service": "discord", "event": "GUILD_CREATE", "status": 4000})).await.0, 200);
    for types in [json!([]), json!(["order.created"]), json!(["charge.*"]), json!(["word.word"])] {
        let endpoint = json!({"url": "http://127.0.0.1:1/", "types": types});
        assert_eq!(post("/stripe/webhook_endpoints", endpoint.clone()).await.0, 400, "{endpoint}");
    }
    let endpoint = json!({"url": "http://127.0.0.1:1/", "types": ["charge.succeeded"]});
    assert_eq!(post("/stripe/webhook_endpoints", endpoint).await.0, 200);
    let url = format!("{}/storage/cors", control.url());
    let rules = json!([{"origins": ["https://a.example"], "methods": ["GET"]}]);
    let set = http.put(&url).bearer_auth(control.token()).body(rules.to_string()).send().await.unwrap();
    assert_eq!(set.status(), 200);
    assert_eq!(get("/storage/cors").await[0]["origins"][0], "https://a.example");
    let records = get("/records?service=stripe").await;
    assert_eq!(records[0]["path"], "/v1/checkout/sessions");
    assert!(get("/records?service=storage").await.as_array().unwrap().is_empty());
}

#[tokio::test]
async fn servers_change_through_it() {
    let (_sandbox, control, http) = start().await;
    let post = async |path: &str, body: Value| {
        let url = format!("{}{path}", control.url());
        let sent = http.post(url).bearer_auth(control.token()).body(body.to_string());
        let answer = sent.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    post("/discord/users", json!({"name": "grace"})).await;
    post("/discord/users", json!({"name": "ada"})).await;
    let (_, guild) = post("/discord/guilds", json!({"name": "Studio", "owner": "grace"})).await;
    let at = |what: &str| format!("/discord/guilds/{}/{what}", guild["id"].as_str().unwrap());
    post(&at("members"), json!({"user": "ada"})).await;
    assert_eq!(post(&at("roles"), json!({"name": "Staff"})).await.0, 200);
    assert_eq!(post(&at("give_role"), json!({"user": "ada", "role": "Staff"})).await.0, 200);
    assert_eq!(post(&at("take_role"), json!({"user": "ada", "role": "Staff"})).await.0, 200);
    let (_, channel) = post(&at("channels"), json!({"name": "shop"})).await;
    let path = format!("/discord/channels/{}/hide", channel["id"].as_str().unwrap());
    assert_eq!(post(&path, json!({"hidden": true})).await.0, 200);
    let path = path.replace("/hide", "/deny_bot");
    assert_eq!(post(&path, json!({"permissions": 32768})).await.1["denied"], 32768);
    let (_, said) = post("/discord/say", json!({"as": "ada", "in": "general", "text": "hello"})).await;
    assert_eq!(said["text"], "hello");
    let (_, guild) = post(&at("leave"), json!({"user": "ada"})).await;
    assert!(guild["members"].as_array().unwrap().iter().all(|member| member["name"] != "ada"));
    assert_eq!(post(&at("bot"), json!({"present": false})).await.0, 200);
    assert_eq!(post("/discord/gateway", json!({"act": "invalidate"})).await.0, 200);
    assert_eq!(post("/discord/gateway", json!({"act": "explode"})).await.0, 400);
    assert_eq!(post("/discord/submit", json!({"as": "ada", "form": 7})).await.0, 404);
    assert_eq!(post("/discord/guilds/1/bot", json!({"present": false})).await.0, 404);
}

#[tokio::test]
async fn the_portal_and_the_shop_are_in_reach() {
    let (sandbox, control, http) = start().await;
    let post = async |path: &str, body: Value| {
        let url = format!("{}{path}", control.url());
        let sent = http.post(url).bearer_auth(control.token()).body(body.to_string());
        let answer = sent.send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    post("/discord/users", json!({"name": "ada"})).await;
    let (_, guild) = post("/discord/guilds", json!({"name": "Studio", "owner": "ada"})).await;
    let at = |what: &str| format!("/discord/guilds/{}/{what}", guild["id"].as_str().unwrap());
    let (_, sku) = post("/discord/skus", json!({"name": "Premium", "kind": "user_subscription"})).await;
    let (status, entitlement) = post("/discord/buy", json!({"as": "ada", "sku": sku["id"]})).await;
    assert_eq!((status, &entitlement["sku_id"]), (200, &sku["id"]));
    let path = format!("/discord/entitlements/{}/end", entitlement["id"].as_str().unwrap());
    assert_eq!(post(&path, json!({})).await.1["ended"], true);
    assert_eq!(sandbox.discord.entitlements().len(), 1);
    assert_eq!(post("/discord/shards", json!({"shards": 2})).await.0, 200);
    assert_eq!(post("/discord/shards", json!({"shards": 0})).await.0, 400);
    assert_eq!(post("/discord/email", json!({"as": "ada", "email": "ada@example.com"})).await.0, 200);
    assert_eq!(post("/discord/email", json!({"as": "ada", "email": "ada"})).await.0, 400);
    assert_eq!(post("/discord/redirect_uris", json!({"uri": "callback"})).await.0, 400);
    assert_eq!(post("/discord/heartbeat", json!({"ms": u64::MAX})).await.0, 200);
    assert_eq!(post("/discord/rate_limits", json!({"enforced": true})).await.0, 200);
    assert_eq!(post("/discord/redirect_uris", json!({"uri": "http://127.0.0.1:1/callback"})).await.0, 200);
    assert_eq!(post("/discord/authorize", json!({"as": "ada", "address": "http://127.0.0.1:1/"})).await.0, 400);
    assert_eq!(post("/discord/menu", json!({"as": "ada", "command": "Report", "user": "ada"})).await.0, 404);
    assert_eq!(post("/discord/menu", json!({"as": "ada", "command": "Report"})).await.0, 400);
    assert_eq!(post("/discord/webhook_events", json!({"url": "http://127.0.0.1:1/", "types": ["NOTHING"]})).await.0, 409);
    assert_eq!(post(&at("rule_command"), json!({"command": "none", "allowed": false})).await.0, 404);
    assert_eq!(post(&at("bot_permissions"), json!({"permissions": 8})).await.0, 200);
    assert_eq!(post(&at("roles_of"), json!({"user": "ada"})).await.0, 200);
    assert_eq!(post("/discord/install", json!({"as": "ada"})).await.0, 200);
    let signed = post("/discord/sign", json!({"body": "{}", "timestamp": 1})).await.1;
    assert_eq!(signed["signature"], sandbox.discord.sign(1, "{}"));
}
