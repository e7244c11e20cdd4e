use std::sync::Arc;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::{Control, Options, Sandbox};

/// A sandbox with a server of two people, its control interface, and a browser.
struct World {
    sandbox: Sandbox,
    control: Control,
    http: reqwest::Client,
    guild: String,
    general: String,
}

impl World {
    async fn new() -> World {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        let control = sandbox.control().await.unwrap();
        let (grace, ada) = (sandbox.discord.user("grace"), sandbox.discord.user("ada"));
        let guild = sandbox.discord.guild("Studio", &grace);
        guild.join(&ada);
        let (guild, general) = (guild.id(), guild.channel("general").id());
        World { sandbox, control, http: reqwest::Client::builder().no_proxy().build().unwrap(), guild, general }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(format!("{}{path}", self.control.url())).bearer_auth(self.control.token()).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let sent = self.http.post(format!("{}{path}", self.control.url())).bearer_auth(self.control.token()).body(body.to_string());
        let answer = sent.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn delete(&self, path: &str) -> u16 {
        let sent = self.http.delete(format!("{}{path}", self.control.url())).bearer_auth(self.control.token());
        sent.send().await.unwrap().status().as_u16()
    }

    /// As the bot asks Discord.
    async fn bot(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/api/v10{path}", self.sandbox.discord.url());
        let sent = self.http.post(url).header("authorization", format!("Bot {}", self.sandbox.discord.token())).json(body);
        sent.send().await.unwrap().json().await.unwrap_or_default()
    }

    async fn register(&self, commands: &[Value]) {
        for command in commands {
            let answer = self.bot(&format!("/applications/{}/commands", self.sandbox.discord.application_id()), command).await;
            assert!(answer["id"].is_string(), "{answer}");
        }
    }

    async fn events(&self) -> Events {
        // As an EventSource asks, which sends no headers of its own.
        let address = format!("{}/window/events?token={}", self.control.url(), self.control.token());
        let answer = self.http.get(address).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        let mut events = Events { answer, read: String::new() };
        assert!(events.until("hello").await["now_ms"].is_i64());
        events
    }

    /// A bot that waits for interactions.
    async fn connect(&self) -> Bot {
        let address = format!("{}/gateway?v=10", self.sandbox.discord.url().replace("http", "ws"));
        let (socket, _) = connect_async(address).await.unwrap();
        let mut bot = Bot { socket };
        let identify = json!({"op": 2, "d": {"token": self.sandbox.discord.token(), "intents": 1, "properties": {}}});
        bot.socket.send(Frame::text(identify.to_string())).await.unwrap();
        bot.event("GUILD_CREATE").await;
        bot
    }

    /// Answers an interaction.
    async fn answer(&self, event: &Value, answer: Value) {
        let path = format!("/interactions/{}/{}/callback", event["id"].as_str().unwrap(), event["token"].as_str().unwrap());
        self.bot(&path, &answer).await;
    }
}

struct Bot {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Bot {
    async fn event(&mut self, name: &str) -> Value {
        loop {
            let Some(Ok(Frame::Text(text))) = self.socket.next().await else { panic!("the gateway went away") };
            let payload: Value = serde_json::from_str(&text).unwrap();
            if payload["t"] == name {
                return payload["d"].clone();
            }
        }
    }
}

struct Events {
    answer: reqwest::Response,
    read: String,
}

impl Events {
    async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let told = (line("event: "), line("data: "));
                self.read = rest.to_owned();
                if let (Some(kind), Some(data)) = told {
                    return (kind, serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let chunk = self.answer.chunk().await.unwrap().expect("the stream goes on");
            self.read.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The data of the next event of a kind.
    async fn until(&mut self, wanted: &str) -> Value {
        loop {
            let (kind, data) = self.next().await;
            if kind == wanted {
                return data;
            }
        }
    }
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_page_asks_for_its_token_and_loads_nothing_foreign() {
    let world = World::new().await;
    let (url, http) = (world.control.url(), &world.http);
    let page = http.get(world.control.address()).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    for rule in
        ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "base-uri 'none'"]
    {
        assert!(policy.contains(rule), "{rule} is not in {policy}");
    }
    assert!(policy.contains(&format!("img-src 'self' data: {};", world.sandbox.discord.url())));
    assert!(!policy.contains("unsafe"));
    assert_eq!(page.headers()["cache-control"], "no-store");
    assert_eq!(page.headers()["referrer-policy"], "no-referrer");
    assert!(page.text().await.unwrap().contains("<script type=\"module\" src=\"/window/"));

    for closed in [format!("{url}/"), format!("{url}/?token=wrong")] {
        let closed = http.get(closed).send().await.unwrap();
        assert_eq!(closed.status(), 401);
        assert!(closed.headers().contains_key("content-security-policy"));
        let text = closed.text().await.unwrap();
        assert!(text.contains("SANDBOX") && text.contains("token") && !text.contains("<script"));
    }
    for path in ["/", "/window/api.js", "/window/events"] {
        let url = format!("{url}{path}?token={}", world.control.token());
        assert_eq!(http.get(&url).header("Host", "evil.example").send().await.unwrap().status(), 403, "{path}");
        assert_eq!(http.get(&url).header("Origin", "https://evil.example").send().await.unwrap().status(), 403, "{path}");
    }
    for path in ["people", "view?as=ada", "messages?as=ada&channel=general", "commands?as=ada", "events"] {
        assert_eq!(http.get(format!("{url}/window/{path}")).send().await.unwrap().status(), 401, "{path}");
    }
}

#[tokio::test]
async fn the_files_of_the_page_are_asked_for_again_when_they_change() {
    let world = World::new().await;
    let get = |path: &str| world.http.get(format!("{}/window/{path}", world.control.url()));
    let script = get("api.js").send().await.unwrap();
    assert_eq!(script.status(), 200);
    assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
    assert_eq!(script.headers()["x-content-type-options"], "nosniff");
    assert_eq!(script.headers()["cache-control"], "no-cache");
    let tag = script.headers()["etag"].clone();
    assert_eq!(get("api.js").header("if-none-match", &tag).send().await.unwrap().status(), 304);
    assert_eq!(get("api.js").header("if-none-match", "\"old\"").send().await.unwrap().status(), 200);
    assert_eq!(get("window.css").send().await.unwrap().headers()["content-type"], "text/css; charset=utf-8");
    for nothing in [
        "nothing.js",
        "index.html",
        "closed.html",
        "..%2fsrc%2fwindow.js",
        "..%2f..%2fscripts%2fa.css",
        "%2fetc%2fa.js",
        "api.js%00",
        ".js",
    ] {
        assert_eq!(get(nothing).send().await.unwrap().status(), 404, "{nothing}");
    }
}

#[tokio::test]
async fn a_person_sees_the_places_they_are_in() {
    let world = World::new().await;
    let discord = &world.sandbox.discord;
    let (zoe, ada) = (discord.user("zoe"), discord.user("ada"));
    discord.private_channel(&[&ada, &zoe]);
    let guild = &discord.guilds()[0];
    let role = guild.role("Patron");
    guild.give_role(&ada, &role);
    let color = json!({"color": 0x00_ff00, "hoist": true});
    let url = format!("{}/api/v10/guilds/{}/roles/{}", discord.url(), world.guild, role.id());
    let sent = world.http.patch(url).header("authorization", format!("Bot {}", discord.token())).json(&color);
    assert_eq!(sent.send().await.unwrap().status(), 200);

    ada.set_about("a customer");
    let (_, people) = world.get("/window/people").await;
    assert_eq!(names(&people), ["grace", "ada", "zoe"]);
    assert_eq!(
        (&people[1]["email"], &people[1]["dms_open"], &people[1]["about"]),
        (&json!("ada@example.com"), &json!(true), &json!("a customer"))
    );
    let (_, view) = world.get("/window/view?as=ada").await;
    assert_eq!((&view["me"]["name"], &view["me"]["locale"]), (&json!("ada"), &json!("en-US")));
    let guild = &view["guilds"][0];
    assert_eq!((&guild["name"], &guild["administrator"]), (&json!("Studio"), &json!(false)));
    assert_eq!(guild["channels"], json!([{"id": world.general, "name": "general"}]));
    let member = guild["members"].as_array().unwrap().iter().find(|member| member["name"] == "ada").unwrap();
    assert_eq!((&member["color"], &member["owner"], &member["roles"][0]), (&json!(0x00_ff00), &json!(false), &json!(role.id())));
    let patron = guild["roles"].as_array().unwrap().iter().find(|role| role["name"] == "Patron").unwrap();
    assert_eq!((&patron["hoist"], &patron["rank"]), (&json!(true), &json!(1)));
    // The DM with the bot comes first, and was opened for it.
    let with: Vec<&str> = view["dms"].as_array().unwrap().iter().map(|dm| dm["with"][0]["name"].as_str().unwrap()).collect();
    assert_eq!(with, ["sandbox-app", "zoe"]);
    assert_eq!(world.get("/window/view?as=grace").await.1["guilds"][0]["administrator"], true);
    // Who shares no server with the bot has no DM with it.
    let (_, view) = world.get("/window/view?as=zoe").await;
    assert_eq!((&view["guilds"], &view["dms"][0]["with"][0]["name"]), (&json!([]), &json!("ada")));
    assert_eq!(world.get("/window/view?as=nobody").await.0, 404);
}

#[tokio::test]
async fn messages_come_in_pages_to_those_who_see_them() {
    let world = World::new().await;
    let place = world.sandbox.discord.user("ada").in_channel(&world.sandbox.discord.channel(&world.general).unwrap());
    for number in 0..120 {
        place.say(&format!("message {number}")).unwrap();
    }
    let page = async |query: &str| {
        let (status, page) = world.get(&format!("/window/messages?as=grace&channel=general{query}")).await;
        assert_eq!(status, 200, "{page}");
        page
    };
    let newest = page("").await;
    let messages = newest["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &newest["more"]), (50, &json!(true)));
    assert_eq!((&messages[0]["content"], &messages[49]["content"]), (&json!("message 70"), &json!("message 119")));
    assert_eq!(
        (&messages[0]["guild_id"], &messages[0]["only_for"], &messages[0]["command"]),
        (&json!(world.guild), &Value::Null, &Value::Null)
    );
    assert!(messages[0]["sent_ms"].is_i64() && messages[0]["edited_ms"].is_null());
    let before = messages[0]["id"].as_str().unwrap();
    let older = page(&format!("&before={before}&limit=70")).await;
    assert_eq!((older["messages"].as_array().unwrap().len(), &older["more"]), (70, &json!(false)));
    assert_eq!(older["messages"][0]["content"], "message 0");
    assert_eq!(world.get("/window/messages?as=ada&channel=general&limit=101").await.0, 400);
    assert_eq!(world.get("/window/messages?as=ada&channel=general&limit=0").await.0, 400);
    // Nobody looks into what is not theirs.
    world.sandbox.discord.user("zoe");
    assert_eq!(world.get("/window/messages?as=zoe&channel=general").await.0, 403);
    let (_, view) = world.get("/window/view?as=ada").await;
    let dm = view["dms"][0]["id"].as_str().unwrap();
    assert_eq!(world.get(&format!("/window/messages?as=grace&channel={dm}")).await.0, 403);
    assert_eq!(world.get(&format!("/window/messages?as=ada&channel={dm}")).await.1, json!({"messages": [], "more": false}));
}

#[tokio::test]
async fn only_the_commands_that_a_person_may_use_are_offered() {
    let world = World::new().await;
    let register = [
        json!({"name": "zebra", "description": "Everywhere"}),
        json!({"name": "admin", "description": "Hidden", "default_member_permissions": "0"}),
        json!({"name": "here", "description": "Servers only", "contexts": [0]}),
        json!({"name": "mine", "description": "Installed", "integration_types": [1], "contexts": [0, 1, 2]}),
        json!({"name": "Look up", "type": 2}),
        json!({"name": "Report", "type": 3, "default_member_permissions": "0"}),
    ];
    world.register(&register).await;
    let own = json!({"name": "zebra", "description": "This server's own", "name_localizations": {"de": "zebra"}});
    world.bot(&format!("/applications/{}/guilds/{}/commands", world.sandbox.discord.application_id(), world.guild), &own).await;
    let offered = async |query: &str| world.get(&format!("/window/commands?{query}")).await.1;

    let ada = offered("as=ada&in=general").await;
    assert_eq!(names(&ada["chat"]), ["here", "zebra"]);
    assert_eq!(ada["chat"][1]["description"], "This server's own");
    assert_eq!((names(&ada["user"]), names(&ada["message"])), (vec!["Look up"], vec![]));
    assert_eq!(names(&offered("as=grace&in=general").await["chat"]), ["admin", "here", "zebra"]);
    assert_eq!(names(&offered("as=grace&in=general").await["message"]), ["Report"]);
    let in_dm = offered("as=ada").await;
    assert_eq!(names(&in_dm["chat"]), ["admin", "zebra"]);
    assert_eq!(in_dm["chat"][1]["description"], "Everywhere");
    world.post("/discord/install", json!({"as": "ada"})).await;
    assert_eq!(names(&offered("as=ada&in=general").await["chat"]), ["here", "mine", "zebra"]);
    let hide = json!({"command": "here", "user": "ada", "allowed": false});
    world.post(&format!("/discord/guilds/{}/rule_command", world.guild), hide).await;
    assert_eq!(names(&offered("as=ada&in=general").await["chat"]), ["mine", "zebra"]);
    world.sandbox.discord.user("zoe");
    assert_eq!(world.get("/window/commands?as=zoe&in=general").await.0, 403);
    assert_eq!(world.get("/window/commands?as=zoe").await.0, 403);
}

#[tokio::test]
async fn what_happens_is_told_as_it_happens() {
    let world = Arc::new(World::new().await);
    let mut events = world.events().await;
    world.register(&[json!({"name": "invoice", "description": "I", "options": [{"type": 1, "name": "list", "description": "L"}]})]).await;
    events.until("commands").await;
    let mut bot = world.connect().await;

    let running = tokio::spawn({
        let world = world.clone();
        async move { world.post("/discord/slash", json!({"as": "ada", "in": "general", "command": "/invoice list"})).await }
    });
    let interaction = bot.event("INTERACTION_CREATE").await;
    world.answer(&interaction, json!({"type": 5, "data": {"flags": 64}})).await;
    let thinking = events.until("message").await;
    assert_eq!((&thinking["flags"], &thinking["command"], &thinking["type"]), (&json!(64 | 128), &json!("/invoice list"), &json!(20)));
    assert_eq!(thinking["only_for"], world.sandbox.discord.user("ada").id());
    let path = format!("/webhooks/{}/{}", world.sandbox.discord.application_id(), interaction["token"].as_str().unwrap());
    world.bot(&path, &json!({"content": "None"})).await;
    let done = events.until("message").await;
    assert_eq!((&done["id"], &done["flags"], &done["content"]), (&thinking["id"], &json!(64), &json!("None")));
    assert_eq!(running.await.unwrap().1["text"], "None");
    // It is among those that ada sees, and nobody else.
    let seen = async |who: &str| world.get(&format!("/window/messages?as={who}&channel=general")).await.1["messages"].clone();
    assert_eq!(seen("ada").await[0]["command"], "/invoice list");
    assert_eq!(seen("grace").await, json!([]));

    let (_, said) = world.post("/discord/say", json!({"as": "grace", "in": "general", "text": "hello"})).await;
    assert_eq!(events.until("message").await["id"], said["id"]);
    let url = format!("{}/api/v10/channels/{}/messages/{}", world.sandbox.discord.url(), world.general, said["id"].as_str().unwrap());
    world.http.delete(url).header("authorization", format!("Bot {}", world.sandbox.discord.token())).send().await.unwrap();
    assert_eq!(events.until("message_delete").await, json!({"id": said["id"], "channel_id": world.general}));

    world.post("/discord/locale", json!({"as": "ada", "locale": "de"})).await;
    events.until("places").await;
    world.post("/stripe/webhooks", json!({"hold": true})).await;
    events.until("stripe").await;
    world.post("/faults", json!({"service": "storage", "status": 503, "times": 1})).await;
    events.until("faults").await;
    let before = world.sandbox.clock.now_ms();
    world.post("/clock/advance", json!({"seconds": 3600})).await;
    assert!(events.until("clock").await["now_ms"].as_i64().unwrap() >= before + 3_600_000);
    world.http.get(world.sandbox.storage.endpoint()).send().await.unwrap();
    events.until("faults").await;

    world.control.stop();
    while events.answer.chunk().await.unwrap().is_some() {}
}

#[tokio::test]
async fn the_wire_shows_what_passes_and_no_secrets() {
    let world = World::new().await;
    let bot = world.connect().await;
    let general = format!("/channels/{}/messages", world.general);
    world.bot(&general, &json!({"content": "hello"})).await;
    // Nobody listens there, so there is no answer.
    world.post("/stripe/webhook_endpoints", json!({"url": "http://127.0.0.1:1/", "types": ["customer.created"]})).await;
    let stripe = format!("{}/v1/customers", world.sandbox.stripe.url());
    let sent = world.http.post(&stripe).bearer_auth(world.sandbox.stripe.secret_key()).form(&[("name", "Ada")]);
    assert_eq!(sent.send().await.unwrap().status(), 200);
    world.get("/stripe/wait?attempted=customer.created&times=1&wait=30").await;
    // Keys and tokens of the real services are refused, and are nowhere afterwards.
    let (live, token) = ("sk_live_51abcdefghijklmnopqrstuvwx", "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB");
    for key in [live, &live.replace("sk", "rk")] {
        let sent = world.http.post(&stripe).bearer_auth(key).form(&[("name", "Somebody real")]).send().await.unwrap();
        assert_eq!(sent.status(), 401);
        let body = sent.text().await.unwrap();
        assert!(body.contains("a live key has no business here") && !body.contains("51abc"), "{body}");
        let sent = world.http.get(&stripe).basic_auth(key, None::<&str>).send().await.unwrap();
        assert_eq!(sent.status(), 401);
    }
    let url = format!("{}/api/v10/users/@me", world.sandbox.discord.url());
    assert_eq!(world.http.get(url).header("authorization", format!("Bot {token}")).send().await.unwrap().status(), 401);
    let url = format!("{}/api/oauth2/token", world.sandbox.discord.url());
    world.post("/faults", json!({"service": "discord", "path": "/api/oauth2/", "status": 503, "times": 1})).await;
    let form = [("client_secret", "a-real-secret"), ("grant_type", "client_credentials")];
    assert_eq!(world.http.post(format!("{url}?code=secret-code")).form(&form).send().await.unwrap().status(), 503);

    world.post("/faults", json!({"service": "stripe", "drop": true, "times": 1})).await;
    assert!(world.http.get(format!("{stripe}?limit=3")).bearer_auth(world.sandbox.stripe.secret_key()).send().await.is_err());

    let (_, wire) = world.get("/wire").await;
    let entries = wire.as_array().unwrap();
    let find = |kind: &str, what: &str| {
        let found = entries.iter().find(|entry| entry["kind"] == kind && (entry["name"] == what || entry["path"] == what));
        found.unwrap_or_else(|| panic!("no {kind} {what} in {wire}"))
    };
    assert_eq!(find("event", "READY")["body"]["v"], 10);
    let sent = find("request", &format!("/api/v10{general}"));
    assert_eq!((&sent["service"], &sent["method"], &sent["status"]), (&json!("discord"), &json!("POST"), &json!(200)));
    assert_eq!(sent["body"]["content"], "hello");
    assert_eq!(find("request", "/v1/customers?limit=3")["status"], Value::Null);
    let created = find("request", "/v1/customers");
    assert_eq!((&created["body"], &created["content_type"]), (&json!("name=Ada"), &json!("application/x-www-form-urlencoded")));
    let posted = find("webhook", "customer.created");
    assert_eq!((&posted["service"], &posted["to"], &posted["status"]), (&json!("stripe"), &json!("http://127.0.0.1:1/"), &Value::Null));
    assert_eq!(posted["body"]["type"], "customer.created");
    let numbers: Vec<u64> = entries.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted() && numbers[0] == 1);
    let (_, later) = world.get(&format!("/wire?after={}&limit=1", numbers[1])).await;
    assert_eq!(later.as_array().unwrap().len(), 1);
    assert_eq!(later[0]["seq"], numbers[2]);
    let (_, records) = world.get("/records").await;
    for text in [wire.to_string(), records.to_string()] {
        for secret in ["51abc", token, "a-real-secret", "secret-code", "Somebody", "uthorization", &world.sandbox.discord.token()] {
            assert!(!text.contains(secret), "{secret}");
        }
    }

    let mut events = world.events().await;
    drop(bot);
    world.bot(&general, &json!({"content": "again"})).await;
    assert_eq!(events.until("wire").await["body"]["content"], "again");
}

#[tokio::test]
async fn people_press_choose_and_send_as_at_a_client() {
    let world = Arc::new(World::new().await);
    let options = json!([
        {"type": 8, "name": "role", "description": "R"},
        {"type": 9, "name": "who", "description": "W"},
    ]);
    world.register(&[json!({"name": "give", "description": "G", "options": options})]).await;
    let role = world.sandbox.discord.guilds()[0].role("Patron").id();
    let mut bot = world.connect().await;
    let act = |path: &'static str, body: Value| {
        let world = world.clone();
        tokio::spawn(async move { world.post(path, body).await })
    };

    // A role by its id, and what can be mentioned is a role or a person.
    for who in [role.as_str(), "ada"] {
        let body = json!({"as": "grace", "in": "general", "command": "/give", "options": {"role": role, "who": who}});
        let running = act("/discord/slash", body);
        let event = bot.event("INTERACTION_CREATE").await;
        assert_eq!(event["data"]["options"][0]["value"], role);
        let resolved = if who == "ada" { "users" } else { "roles" };
        let value = event["data"]["options"][1]["value"].as_str().unwrap();
        assert!(event["data"]["resolved"][resolved][value].is_object());
        let components = json!([{"type": 1, "components": [
            {"type": 2, "style": 1, "label": "Go", "custom_id": "go:1"},
            {"type": 2, "style": 1, "label": "Go", "custom_id": "go:2"},
            {"type": 2, "style": 2, "label": "Old", "custom_id": "old", "disabled": true},
        ]}]);
        world.answer(&event, json!({"type": 4, "data": {"content": "given", "components": components}})).await;
        assert_eq!(running.await.unwrap().0, 200);
    }
    let (status, refused) =
        world.post("/discord/slash", json!({"as": "grace", "in": "general", "command": "/give", "options": {"role": "7"}})).await;
    assert_eq!((status, refused["error"].as_str().unwrap().contains("no role `7`")), (404, true));

    // The second of two buttons of one label; a form that says how its fields look.
    let message = world.get("/window/messages?as=ada&channel=general").await.1["messages"][0]["id"].clone();
    let press = |button: &str| json!({"as": "ada", "message": message, "button": button});
    let running = act("/discord/click", press("go:2"));
    let event = bot.event("INTERACTION_CREATE").await;
    assert_eq!(event["data"]["custom_id"], "go:2");
    let field = json!({"type": 4, "custom_id": "why", "label": "Why", "style": 2, "placeholder": "Because"});
    let form = json!({"custom_id": "form", "title": "Form", "components": [{"type": 1, "components": [field]}]});
    world.answer(&event, json!({"type": 9, "data": form})).await;
    let (_, opened) = running.await.unwrap();
    let field = &opened["modal"]["fields"][0];
    assert_eq!((&field["style"], &field["placeholder"], &opened["form"]), (&json!(2), &json!("Because"), &json!(0)));
    assert_eq!(world.post("/discord/click", press("old")).await.0, 403);
    assert_eq!(world.post("/discord/click", press("go:3")).await.0, 404);

    let file = json!({"name": "a.txt", "content_type": "text/plain", "base64": "aGVsbG8="});
    let (status, said) = world.post("/discord/say", json!({"as": "ada", "in": "general", "files": [file]})).await;
    assert_eq!((status, &said["attachments"][0]["filename"]), (200, &json!("a.txt")));
    let address = said["attachments"][0]["url"].as_str().unwrap();
    assert_eq!(world.http.get(address).send().await.unwrap().text().await.unwrap(), "hello");
    assert_eq!(world.post("/discord/say", json!({"as": "ada", "in": "general", "text": ""})).await.0, 400);
    assert_eq!(world.post("/discord/say", json!({"as": "ada", "in": "general", "text": "x".repeat(2001)})).await.0, 400);
    assert_eq!(world.post("/discord/locale", json!({"as": "ada", "locale": "xx"})).await.0, 400);
}

#[tokio::test]
async fn faults_and_held_webhooks_are_seen_and_taken_back_one_service_at_a_time() {
    let world = World::new().await;
    let faults = [
        json!({"service": "stripe", "method": "POST", "path": "/v1/", "status": 503, "kept": true, "delay_ms": 5, "times": 2}),
        json!({"service": "stripe", "event": "charge.*", "duplicate": true}),
        json!({"service": "discord", "path": "/api/", "retry_after": 1.5}),
    ];
    for fault in faults {
        assert_eq!(world.post("/faults", fault).await.0, 200);
    }
    let (_, list) = world.get("/faults").await;
    let none = json!({
        "method": null, "path": null, "event": null, "status": null, "retry_after": null, "delay_ms": null, "drop": false,
        "lose_answer": false, "cut": false, "duplicate": false, "reorder": false, "kept": false, "left": null, "code": null,
    });
    let with = |changes: Value| {
        let mut fault = none.clone();
        fault.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        fault
    };
    assert_eq!(list["stripe"][0], with(json!({"method": "POST", "path": "/v1/", "status": 503, "kept": true, "delay_ms": 5, "left": 2})));
    assert_eq!(list["stripe"][1], with(json!({"event": "charge.*", "duplicate": true})));
    assert_eq!(list["discord"], json!([with(json!({"method": "*", "path": "/api/", "retry_after": 1.5}))]));
    assert_eq!(list["storage"], json!([]));
    assert_eq!(world.delete("/faults?service=stripe").await, 200);
    assert_eq!(world.get("/faults").await.1["stripe"], json!([]));
    assert_eq!(world.get("/faults").await.1["discord"].as_array().unwrap().len(), 1);
    assert_eq!(world.delete("/faults?service=mail").await, 400);
    assert_eq!(world.delete("/faults").await, 200);
    assert_eq!(world.get("/faults").await.1["discord"], json!([]));

    assert_eq!(world.get("/stripe/webhooks").await.1, json!({"hold": false, "refunds_pending": false}));
    world.post("/stripe/webhooks", json!({"hold": true})).await;
    assert_eq!(world.get("/stripe/webhooks").await.1, json!({"hold": true, "refunds_pending": false}));
}
