//! The stand-in as a bot meets it: a plain HTTP client and a plain WebSocket.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value as Json, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::state::intent;
use super::*;
use sandbox_core::fault::Fault;

mod answers;
mod gateway;
mod installs;
mod limits;
mod oauth;
mod outgoing;
mod permissions;
mod servers;

struct World {
    clock: Clock,
    recorder: Recorder,
    discord: Discord,
    owner: Person,
    ada: Person,
    guild: Guild,
    general: Channel,
    http: reqwest::Client,
}

impl World {
    async fn new() -> World {
        let clock = Clock::default();
        let recorder = Recorder::new(None).expect("a recorder without a folder");
        let discord = Discord::start(clock.clone(), recorder.clone()).await.expect("loopback is there");
        let (owner, ada) = (discord.user("owner"), discord.user("ada"));
        let guild = discord.guild("studio", &owner);
        guild.join(&ada);
        let general = guild.channel("general");
        World { clock, recorder, discord, owner, ada, guild, general, http: reqwest::Client::new() }
    }

    async fn call(&self, method: Method, path: &str, body: Json) -> (StatusCode, Json) {
        let request = self
            .http
            .request(method, format!("{}/api/v10{path}", self.discord.url()))
            .header("authorization", format!("Bot {}", self.discord.token()));
        let request = if body.is_null() { request } else { request.json(&body) };
        let response = request.send().await.expect("the stand-in answers");
        let status = response.status();
        let text = response.text().await.expect("the stand-in finishes its answer");
        (status, serde_json::from_str(&text).unwrap_or(Json::Null))
    }

    async fn post(&self, path: &str, body: Json) -> (StatusCode, Json) {
        self.call(Method::POST, path, body).await
    }

    async fn get(&self, path: &str) -> (StatusCode, Json) {
        self.call(Method::GET, path, Json::Null).await
    }

    async fn register(&self, commands: Json) -> (StatusCode, Json) {
        let path = format!("/applications/{}/commands", self.discord.application_id());
        self.call(Method::PUT, &path, commands).await
    }

    async fn dm(&self, person: &Person) -> String {
        let (status, dm) = self.post("/users/@me/channels", json!({ "recipient_id": person.id() })).await;
        assert_eq!(status, 200);
        dm["id"].as_str().expect("a channel id").to_owned()
    }

    async fn connect(&self, intents: u64) -> Gateway {
        let mut gateway = Gateway::open(&self.discord).await;
        gateway.send(2, json!({ "token": self.discord.token(), "intents": intents, "properties": {} })).await;
        gateway.event("READY").await;
        if intents & intent::GUILDS != 0 {
            gateway.event("GUILD_CREATE").await;
        }
        gateway
    }

    async fn respond(&self, event: &Json, body: Json) -> (StatusCode, Json) {
        let (id, token) = (event["id"].as_str().expect("an id"), event["token"].as_str().expect("a token"));
        self.post(&format!("/interactions/{id}/{token}/callback"), body).await
    }

    fn webhook(&self, event: &Json, rest: &str) -> String {
        format!("/webhooks/{}/{}{rest}", self.discord.application_id(), event["token"].as_str().expect("a token"))
    }
}

struct Gateway {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    sequence: u64,
}

impl Gateway {
    async fn open(discord: &Discord) -> Gateway {
        let address = format!("{}/gateway?v=10", discord.url().replace("http", "ws"));
        let (socket, _) = connect_async(address).await.expect("the gateway takes the connection");
        let mut gateway = Gateway { socket, session: String::new(), sequence: 0 };
        assert_eq!(gateway.payload().await["op"], 10);
        gateway
    }

    async fn send(&mut self, op: u64, data: Json) {
        self.socket.send(Frame::text(json!({ "op": op, "d": data }).to_string())).await.expect("the gateway listens");
    }

    async fn payload(&mut self) -> Json {
        match self.socket.next().await {
            Some(Ok(Frame::Text(text))) => serde_json::from_str(&text).expect("a gateway sends JSON"),
            other => panic!("no payload but {other:?}"),
        }
    }

    async fn event(&mut self, name: &str) -> Json {
        loop {
            let payload = self.payload().await;
            if let Some(sequence) = payload["s"].as_u64() {
                self.sequence = sequence;
            }
            if payload["t"] == "READY" {
                self.session = payload["d"]["session_id"].as_str().expect("a session id").to_owned();
            }
            if payload["t"] == name {
                return payload["d"].clone();
            }
        }
    }

    /// Sends a heartbeat, and waits until it is acknowledged.
    async fn beat(&mut self) {
        self.send(1, json!(self.sequence)).await;
        while self.payload().await["op"] != 11 {}
    }

    async fn close_code(&mut self) -> u16 {
        loop {
            match self.socket.next().await {
                Some(Ok(Frame::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(_)) => {}
                other => panic!("no close but {other:?}"),
            }
        }
    }
}

/// One command with one option of each kind that matters here.
fn commands() -> Json {
    json!([
        { "name": "ping", "description": "Answers" },
        { "name": "order", "description": "Orders", "options": [{ "type": 1, "name": "new", "description": "A new one", "options": [
            { "type": 3, "name": "title", "description": "What", "required": true, "max_length": 10 },
            { "type": 4, "name": "count", "description": "How many", "min_value": 1.0, "max_value": 9.0 },
            { "type": 3, "name": "size", "description": "How large", "choices": [{ "name": "Small", "value": "s" }] },
            { "type": 6, "name": "whom", "description": "For whom" },
            { "type": 11, "name": "file", "description": "A file" },
            { "type": 3, "name": "invoice", "description": "Which", "autocomplete": true },
        ] }] },
        { "name": "admin", "description": "Hidden", "default_member_permissions": "0" },
        { "name": "here", "description": "Servers only", "contexts": [0] },
    ])
}

#[tokio::test]
async fn the_gateway_checks_who_identifies() {
    let world = World::new().await;

    let mut gateway = Gateway::open(&world.discord).await;
    gateway.send(2, json!({ "token": "wrong", "intents": 1, "properties": {} })).await;
    assert_eq!(gateway.close_code().await, 4004);

    let mut gateway = Gateway::open(&world.discord).await;
    gateway.send(3, json!({})).await;
    assert_eq!(gateway.close_code().await, 4003);

    let mut gateway = Gateway::open(&world.discord).await;
    let token = world.discord.token();
    gateway.send(2, json!({ "token": token, "intents": intent::MESSAGE_CONTENT, "properties": {} })).await;
    assert_eq!(gateway.close_code().await, 4014);

    world.discord.allow_privileged_intents();
    let mut gateway = Gateway::open(&world.discord).await;
    gateway.send(2, json!({ "token": token, "intents": 1 | intent::GUILD_MEMBERS, "properties": {} })).await;
    let ready = gateway.event("READY").await;
    assert_eq!(ready["guilds"][0], json!({ "id": world.guild.id(), "unavailable": true }));
    let guild = gateway.event("GUILD_CREATE").await;
    assert_eq!(guild["members"].as_array().map(Vec::len), Some(3));
    gateway.send(1, json!(2)).await;
    assert_eq!(gateway.payload().await["op"], 11);
}

#[tokio::test]
async fn a_resumed_session_gets_what_it_missed() {
    let world = World::new().await;
    let mut gateway = world.connect(1).await;
    let (session, sequence) = (gateway.session.clone(), gateway.sequence);
    world.discord.disconnect_all();
    assert_eq!(gateway.close_code().await, 4000);

    world.guild.channel("missed");
    let resume = json!({ "token": world.discord.token(), "session_id": session, "seq": sequence });
    let mut gateway = Gateway::open(&world.discord).await;
    gateway.send(6, resume.clone()).await;
    assert_eq!(gateway.payload().await["d"]["name"], "missed");
    assert_eq!(gateway.payload().await["t"], "RESUMED");

    world.discord.request_reconnect();
    assert_eq!(gateway.payload().await["op"], 7);
    world.discord.invalidate_sessions(false);
    assert_eq!(gateway.payload().await, json!({ "op": 9, "s": null, "t": null, "d": false }));
    let mut gateway = Gateway::open(&world.discord).await;
    gateway.send(6, resume).await;
    assert_eq!(gateway.payload().await["op"], 9);
}

#[tokio::test]
async fn message_content_needs_its_intent() {
    let world = World::new().await;
    world.discord.allow_privileged_intents();
    let mut without = world.connect(intent::GUILDS | intent::GUILD_MESSAGES).await;
    let mut with = world.connect(intent::GUILDS | intent::GUILD_MESSAGES | intent::MESSAGE_CONTENT).await;
    world.ada.in_channel(&world.general).say("hello").expect("ada may write");
    assert_eq!(without.event("MESSAGE_CREATE").await["content"], "");
    assert_eq!(with.event("MESSAGE_CREATE").await["content"], "hello");
}

#[tokio::test]
async fn an_answer_after_three_seconds_is_too_late() {
    let world = World::new().await;
    world.register(commands()).await;
    let mut gateway = world.connect(1).await;
    let place = world.ada.in_channel(&world.general);
    let slash = tokio::spawn(async move { place.slash("/ping", []).await });
    let event = gateway.event("INTERACTION_CREATE").await;
    world.clock.advance(Duration::from_secs(4));

    let (status, body) = world.respond(&event, json!({ "type": 4, "data": { "content": "late" } })).await;
    assert_eq!((status.as_u16(), &body["code"]), (404, &json!(10062)));
    let failed = slash.await.expect("slash does not panic").expect_err("nobody answered");
    assert_eq!(failed.to_string(), "The application did not respond");
}

#[tokio::test]
async fn an_interaction_is_answered_once() {
    let world = World::new().await;
    world.register(commands()).await;
    let mut gateway = world.connect(1).await;
    let place = world.ada.in_channel(&world.general);
    let slash = tokio::spawn(async move { place.slash("/ping", []).await });
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["member"]["user"]["id"], world.ada.id());
    assert_eq!(world.get(&world.webhook(&event, "/messages/@original")).await.1["code"], 10015);

    let answer = json!({ "type": 4, "data": { "content": "pong", "flags": 64 } });
    assert_eq!(world.respond(&event, answer.clone()).await.0, 204);
    let (status, body) = world.respond(&event, answer).await;
    assert_eq!((status.as_u16(), &body["code"]), (400, &json!(40060)));
    let reply = slash.await.expect("slash does not panic").expect("answered");
    assert_eq!((reply.text().as_str(), reply.ephemeral, reply.deferred), ("pong", true, false));
    // Nobody else sees it, and REST does not find it.
    assert!(world.general.messages().is_empty());
    let path = format!("/channels/{}/messages/{}", world.general.id(), reply.message.id);
    assert_eq!(world.get(&path).await.1["code"], 10008);

    let (status, _) = world.post(&world.webhook(&event, ""), json!({ "content": "more" })).await;
    assert_eq!(status, 200);
    assert_eq!(reply.wait_for_followup("more").await.content, "more");
    world.clock.advance(Duration::from_secs(15 * 60 + 1));
    let (status, body) = world.post(&world.webhook(&event, ""), json!({ "content": "more" })).await;
    assert_eq!((status.as_u16(), &body["code"]), (401, &json!(50027)));
}

#[tokio::test]
async fn a_deferred_answer_keeps_the_visibility_of_its_defer() {
    let world = World::new().await;
    world.register(commands()).await;
    let mut gateway = world.connect(1).await;
    let place = world.ada.in_dm();
    let slash = tokio::spawn(async move { place.slash("/ping", []).await });
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["user"]["id"], world.ada.id());
    assert_eq!(world.respond(&event, json!({ "type": 5, "data": { "flags": 64 } })).await.0, 204);
    let (_, loading) = world.get(&world.webhook(&event, "/messages/@original")).await;
    assert_eq!(loading["flags"], 64 | 128);
    assert!(!slash.is_finished());

    let edit = json!({ "content": "done", "flags": 0 });
    let (status, edited) = world.call(Method::PATCH, &world.webhook(&event, "/messages/@original"), edit).await;
    assert_eq!((status.as_u16(), &edited["flags"]), (200, &json!(64)));
    let reply = slash.await.expect("slash does not panic").expect("answered");
    assert_eq!((reply.text().as_str(), reply.ephemeral, reply.deferred), ("done", true, true));
    assert!(world.ada.inbox().is_empty());
}

#[tokio::test]
async fn clicks_go_through_what_the_person_sees() {
    let world = World::new().await;
    let mut gateway = world.connect(1).await;
    let dm = world.dm(&world.ada).await;
    let buttons = json!([{ "type": 1, "components": [
        { "type": 2, "style": 1, "label": "Get", "custom_id": "v1:get:1" },
        { "type": 2, "style": 5, "label": "Pay", "url": "https://example.com/pay" },
        { "type": 2, "style": 2, "label": "Old", "custom_id": "v1:old:1", "disabled": true },
    ] }]);
    world.post(&format!("/channels/{dm}/messages"), json!({ "content": "invoice", "components": buttons })).await;
    let message = world.ada.wait_for_dm("invoice").await;

    let url = world.ada.click(&message, "Pay").await.expect("a link").url();
    assert_eq!(url.as_deref(), Some("https://example.com/pay"));
    assert!(matches!(world.ada.click(&message, "Old").await, Err(ActError::NotAllowed(_))));
    assert!(matches!(world.ada.click(&message, "None").await, Err(ActError::NoSuchComponent(_))));
    assert!(matches!(world.owner.click(&message, "Get").await, Err(ActError::NotAllowed(_))));

    let (ada, clicked) = (world.ada.clone(), message.clone());
    let click = tokio::spawn(async move { ada.click(&clicked, "Get").await });
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!((&event["type"], &event["data"]["custom_id"]), (&json!(3), &json!("v1:get:1")));
    assert_eq!(event["message"]["id"], message.id);
    assert_eq!(world.respond(&event, json!({ "type": 8, "data": { "choices": [] } })).await.1["code"], 50035);
    let update = json!({ "type": 7, "data": { "content": "fetched", "components": [] } });
    assert_eq!(world.respond(&event, update).await.0, 204);
    let reply = click.await.expect("click does not panic").expect("answered").reply().expect("a reply");
    assert_eq!((reply.message.id.as_str(), reply.text().as_str()), (message.id.as_str(), "fetched"));

    let owner = world.owner.clone();
    let forged = tokio::spawn(async move { owner.forge_click("v1:get:1", None).await });
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["user"]["id"], world.owner.id());
    let no = json!({ "type": 4, "data": { "content": "no", "flags": 64 } });
    assert_eq!(world.respond(&event, no).await.0, 204);
    assert!(forged.await.expect("forge_click does not panic").is_ok());
}

#[tokio::test]
async fn a_modal_is_a_first_answer_and_comes_back() {
    let world = World::new().await;
    world.register(commands()).await;
    let mut gateway = world.connect(1).await;
    let place = world.ada.in_channel(&world.general);
    let slash = tokio::spawn(async move { place.slash("/ping", []).await });
    let event = gateway.event("INTERACTION_CREATE").await;
    let input = json!({ "type": 4, "custom_id": "why", "style": 1, "label": "Why", "min_length": 2 });
    let modal = json!({ "custom_id": "v1:form", "title": "Form", "components": [{ "type": 1, "components": [input] }] });
    assert_eq!(world.respond(&event, json!({ "type": 9, "data": modal })).await.0, 204);
    let Err(ActError::OpenedModal(modal)) = slash.await.expect("slash does not panic") else { panic!("no modal") };
    assert!(matches!(world.ada.submit(&modal, [("Why", "x")]).await, Err(ActError::BadOptions(_))));

    let not_theirs = world.owner.submit(&modal, [("Why", "because")]).await;
    assert!(matches!(not_theirs, Err(ActError::NotAllowed(_))), "{not_theirs:?}");

    let submit = || {
        let (ada, modal) = (world.ada.clone(), modal.clone());
        tokio::spawn(async move { ada.submit(&modal, [("Why", "because")]).await })
    };
    let lost = submit();
    gateway.event("INTERACTION_CREATE").await;
    world.clock.advance(Duration::from_secs(4));
    assert!(matches!(lost.await.expect("submit does not panic"), Err(ActError::Failed(_))));
    // The form stays open until the bot has answered, and no longer.
    let sent = submit();
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["data"]["components"][0]["components"][0]["value"], "because");
    assert_eq!(world.respond(&event, json!({ "type": 4, "data": { "content": "thanks" } })).await.0, 204);
    let reply = sent.await.expect("submit does not panic").expect("answered").reply().expect("a reply");
    assert_eq!(reply.text(), "thanks");
    let again = submit().await.expect("submit does not panic");
    assert!(matches!(again, Err(ActError::NotAllowed(_))), "{again:?}");
}

#[tokio::test]
async fn the_client_offers_and_checks_commands() {
    let world = World::new().await;
    world.register(commands()).await;
    let staff_commands = json!([{ "name": "staff", "description": "Here only" }]);
    let path = format!("/applications/{}/guilds/{}/commands", world.discord.application_id(), world.guild.id());
    assert_eq!(world.call(Method::PUT, &path, staff_commands).await.0, 200);
    let elsewhere = world.discord.guild("elsewhere", &world.ada);
    let mut gateway = world.connect(1).await;
    let place = world.ada.in_channel(&world.general);

    let no_such = |result: Result<Reply, ActError>| matches!(result, Err(ActError::NoSuchCommand(_)));
    assert!(no_such(world.ada.in_channel(&elsewhere.channel("general")).slash("/staff", []).await));
    assert!(no_such(world.ada.in_dm().slash("/staff", []).await));
    assert!(no_such(world.ada.in_dm().slash("/here", []).await));
    assert!(no_such(place.slash("/order", []).await));
    assert!(no_such(place.slash("/nothing", []).await));
    assert!(matches!(place.slash("/admin", []).await, Err(ActError::NotAllowed(_))));
    let stranger = world.discord.user("stranger");
    assert!(matches!(stranger.in_dm().slash("/ping", []).await, Err(ActError::NotAllowed(_))));
    for options in [
        vec![],
        vec![("title", Value::from("a title too long"))],
        vec![("title", Value::from("x")), ("count", Value::from(10))],
        vec![("title", Value::from("x")), ("size", Value::from("m"))],
        vec![("title", Value::from("x")), ("whom", Value::from("ada"))],
        vec![("title", Value::from("x")), ("other", Value::from("y"))],
    ] {
        assert!(matches!(place.slash("/order new", options).await, Err(ActError::BadOptions(_))));
    }

    world.guild.set_administrator(&world.ada);
    let (admin, order) = (place.clone(), place.clone());
    let admin = tokio::spawn(async move { admin.slash("/admin", []).await });
    let event = gateway.event("INTERACTION_CREATE").await;
    world.respond(&event, json!({ "type": 4, "data": { "content": "yes" } })).await;
    assert!(admin.await.expect("slash does not panic").is_ok());

    let options =
        [("file", Value::file("a b.txt", "text/plain", "hello")), ("whom", Value::from(&world.owner)), ("title", Value::from("x"))];
    let order = tokio::spawn(async move { order.slash("/order new", options).await });
    let event = gateway.event("INTERACTION_CREATE").await;
    let sub = &event["data"]["options"][0];
    assert_eq!((&sub["type"], &sub["name"]), (&json!(1), &json!("new")));
    let names: Vec<&Json> = sub["options"].as_array().expect("options").iter().map(|option| &option["name"]).collect();
    assert_eq!(names, ["title", "whom", "file"]);
    let resolved = &event["data"]["resolved"];
    assert_eq!(resolved["users"][world.owner.id()]["username"], "owner");
    assert!(resolved["members"][world.owner.id()]["permissions"].is_string());
    let file = sub["options"][2]["value"].as_str().expect("an id");
    assert_eq!(resolved["attachments"][file]["filename"], "a_b.txt");
    world.respond(&event, json!({ "type": 4, "data": { "content": "ordered" } })).await;
    assert!(order.await.expect("slash does not panic").is_ok());

    // A hostile client sends what it likes, and the bot has to say no.
    let forged = world.ada.in_channel(&elsewhere.channel("general"));
    let forged = tokio::spawn(async move { forged.forge("/staff", []).await });
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["guild_id"], elsewhere.id());
    assert_eq!(event["data"]["guild_id"], world.guild.id());
    world.respond(&event, json!({ "type": 4, "data": { "content": "no" } })).await;
    assert!(forged.await.expect("forge does not panic").is_ok());
}

#[tokio::test]
async fn autocomplete_takes_25_choices_of_the_right_type() {
    let world = World::new().await;
    world.register(commands()).await;
    let mut gateway = world.connect(1).await;
    let place = world.ada.in_channel(&world.general);
    assert!(matches!(place.autocomplete("/order new", "title", "x", []).await, Err(ActError::BadOptions(_))));
    let complete = tokio::spawn(async move { place.autocomplete("/order new", "invoice", "1", []).await });
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["type"], 4);
    let focused = &event["data"]["options"][0]["options"][0];
    assert_eq!(focused, &json!({ "type": 3, "name": "invoice", "value": "1", "focused": true }));
    let choices = |count: usize| -> Json { (0..count).map(|n| json!({ "name": format!("#{n}"), "value": n.to_string() })).collect() };
    let too_many = json!({ "type": 8, "data": { "choices": choices(26) } });
    let (status, body) = world.respond(&event, too_many).await;
    assert_eq!((status.as_u16(), &body["code"]), (400, &json!(50035)));
    assert_eq!(world.respond(&event, json!({ "type": 4, "data": { "content": "x" } })).await.1["code"], 50035);
    assert_eq!(world.respond(&event, json!({ "type": 8, "data": { "choices": choices(2) } })).await.0, 204);
    let offered = complete.await.expect("autocomplete does not panic").expect("answered");
    assert_eq!(offered[1], Choice { name: "#1".to_owned(), value: json!("1") });
}

#[tokio::test]
async fn dms_reach_only_those_who_take_them() {
    let world = World::new().await;
    let send = json!({ "content": "hello" });
    let code = |answer: (StatusCode, Json)| (answer.0.as_u16(), answer.1["code"].as_u64().unwrap_or(0));

    let dm = world.dm(&world.ada).await;
    let path = format!("/channels/{dm}/messages");
    assert_eq!(world.post(&path, send.clone()).await.0, 200);
    assert_eq!(world.ada.inbox().len(), 1);
    world.ada.close_dms();
    assert_eq!(code(world.post(&path, send.clone()).await), (403, 50007));
    world.ada.open_dms();
    world.guild.leave(&world.ada);
    assert_eq!(code(world.post(&path, send.clone()).await), (403, 50278));

    let bot = world.discord.bot_user("other-bot");
    world.guild.join(&bot);
    let dm = world.dm(&bot).await;
    assert_eq!(code(world.post(&format!("/channels/{dm}/messages"), send.clone()).await), (403, 50007));
    assert_eq!(code(world.post("/users/@me/channels", json!({ "recipient_id": "5" })).await), (404, 10013));
    assert_eq!(code(world.post("/users/@me/channels", json!({})).await), (400, 50035));
    assert_eq!(code(world.post("/channels/5/messages", send.clone()).await), (404, 10003));
    assert_eq!(code(world.post("/channels/x/messages", send.clone()).await), (400, 50035));
    let general = format!("/channels/{}/messages", world.general.id());
    assert_eq!(world.post(&general, send.clone()).await.0, 200);
    world.general.hide_from_bot(true);
    assert_eq!(code(world.post(&general, send.clone()).await), (403, 50001));
    world.general.hide_from_bot(false);
    world.guild.remove_bot();
    assert_eq!(code(world.post(&general, send).await), (403, 50001));
    assert_eq!(code(world.get(&format!("/guilds/{}", world.guild.id())).await), (404, 10004));
}

#[tokio::test]
async fn every_call_needs_the_bots_token() {
    let world = World::new().await;
    for authorization in ["", "Bot wrong", "Bearer wrong"] {
        let response = world
            .http
            .get(format!("{}/api/v10/users/@me", world.discord.url()))
            .header("authorization", authorization)
            .header("x-sandbox-expect", "bad")
            .send()
            .await
            .expect("the stand-in answers");
        assert_eq!(response.status(), 401);
        let body: Json = response.json().await.expect("JSON");
        assert_eq!(body, json!({ "message": "401: Unauthorized", "code": 0 }));
    }
    let recorded = world.recorder.all();
    assert!(recorded.iter().all(|request| request.status == 401 && request.expect_bad));
    assert_eq!(recorded[0].path, "/api/v10/users/@me");
}

#[tokio::test]
async fn an_enforced_nonce_sends_once_for_three_minutes() {
    let world = World::new().await;
    let path = format!("/channels/{}/messages", world.general.id());
    let body = json!({ "content": "once", "nonce": "AZqk", "enforce_nonce": true });
    let first = world.post(&path, body.clone()).await.1;
    assert_eq!(world.post(&path, body.clone()).await.1["id"], first["id"]);
    assert_eq!(world.general.messages().len(), 1);
    world.clock.advance(Duration::from_secs(181));
    assert_ne!(world.post(&path, body).await.1["id"], first["id"]);

    let long = json!({ "content": "x", "nonce": "x".repeat(26) });
    assert_eq!(world.post(&path, long).await.1["code"], 50035);
    let (_, listed) = world.get(&format!("{path}?limit=1")).await;
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(world.get(&format!("{path}?limit=101")).await.0, 400);
}

#[tokio::test]
async fn messages_are_held_against_the_limits() {
    let world = World::new().await;
    let path = format!("/channels/{}/messages", world.general.id());
    let (status, body) = world.post(&path, json!({ "content": "x".repeat(2001) })).await;
    assert_eq!(status, 400);
    assert_eq!(
        body,
        json!({ "code": 50035, "message": "Invalid Form Body", "errors": { "content": { "_errors": [
            { "code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length." }
        ] } } })
    );
    for empty in [json!({}), json!({ "content": " \n" }), json!({ "embeds": [{}] })] {
        assert_eq!(world.post(&path, empty).await.1["code"], 50006);
    }
    let pinging = json!({ "content": format!("@everyone {}", world.ada.mention()), "allowed_mentions": { "parse": [] } });
    let (_, quiet) = world.post(&path, pinging).await;
    assert_eq!((&quiet["mention_everyone"], &quiet["mentions"]), (&json!(false), &json!([])));
    let role = world.guild.role("customer").id();
    let content = format!("<@&{role}> <@&{role}> <@&1> <@&{}>", world.guild.id());
    let (_, told) = world.post(&path, json!({ "content": content })).await;
    assert_eq!((&told["mention_roles"], &told["mentions"]), (&json!([role]), &json!([])));
    let (_, hushed) = world.post(&path, json!({ "content": content, "allowed_mentions": { "parse": ["users"] } })).await;
    assert_eq!(hushed["mention_roles"], json!([]));
    let (_, named) = world.post(&path, json!({ "content": content, "allowed_mentions": { "roles": [role] } })).await;
    assert_eq!(named["mention_roles"], json!([role]));

    let (_, nothing) = world.post(&path, json!({ "content": "x", "embeds": [null] })).await;
    assert_eq!(nothing["errors"]["embeds"]["0"]["_errors"][0]["code"], "LIST_ITEM_VALUE_REQUIRED");

    let id = quiet["id"].as_str().expect("an id");
    for flags in [json!(4), json!(0), json!("4")] {
        let (_, hidden) = world.call(Method::PATCH, &format!("{path}/{id}"), json!({ "flags": flags })).await;
        assert_eq!(hidden["flags"].as_u64(), flags.as_u64().or(Some(4)), "a number may be sent as text");
    }
    let (status, edited) = world.call(Method::PATCH, &format!("{path}/{id}"), json!({ "content": "new" })).await;
    assert_eq!((status.as_u16(), &edited["content"]), (200, &json!("new")));
    assert_eq!(world.call(Method::DELETE, &format!("{path}/{id}"), Json::Null).await.0, 204);
    assert_eq!(world.get(&format!("{path}/{id}")).await.1["code"], 10008);
}

#[tokio::test]
async fn a_servers_own_command_has_no_contexts() {
    let world = World::new().await;
    let path = format!("/applications/{}/guilds/{}/commands", world.discord.application_id(), world.guild.id());
    let staff = json!([{ "name": "staff", "description": "d", "contexts": [1], "integration_types": [1] }]);
    let (status, stored) = world.call(Method::PUT, &path, staff).await;
    assert_eq!((status.as_u16(), stored[0].get("contexts"), stored[0].get("integration_types")), (200, None, None));
    let (_, refused) = world.call(Method::PUT, &path, json!([{ "name": "staff", "description": "d", "contexts": [7] }])).await;
    assert_eq!(refused["errors"]["0"]["contexts"]["0"]["_errors"][0]["code"], "BASE_TYPE_CHOICES");
}

#[tokio::test]
async fn registered_commands_are_held_against_the_limits() {
    let world = World::new().await;
    let (status, body) = world.register(json!([{ "name": "Bad Name", "description": "d" }])).await;
    assert_eq!(status, 400);
    assert_eq!(body["errors"]["0"]["name"]["_errors"][0]["code"], "APPLICATION_COMMAND_INVALID_NAME");
    let twice = json!([{ "name": "a", "description": "d" }, { "name": "a", "description": "d" }]);
    assert_eq!(world.register(twice).await.1["code"], 50035);
    let many: Vec<Json> = (0..101).map(|n| json!({ "name": format!("c{n}"), "description": "d" })).collect();
    assert_eq!(world.register(json!(many)).await.1["code"], 30032);
    assert!(world.discord.commands().is_empty());

    let (_, first) = world.register(commands()).await;
    let (_, second) = world.register(commands()).await;
    assert_eq!(first[0]["id"], second[0]["id"]);
    assert_eq!(second[2]["default_member_permissions"], "0");
    let path = format!("/applications/{}/commands/{}", world.discord.application_id(), second[0]["id"].as_str().expect("an id"));
    assert_eq!(world.call(Method::PATCH, &path, json!({ "description": "Changed" })).await.1["description"], "Changed");
    assert_eq!(world.call(Method::DELETE, &path, Json::Null).await.0, 204);
    assert_eq!(world.get(&path).await.1["code"], 10063);
}

#[tokio::test]
async fn attachment_addresses_are_signed_and_expire() {
    let world = World::new().await;
    let dm = world.dm(&world.ada).await;
    let payload = json!({ "content": "a file", "attachments": [{ "id": 0, "description": "d" }] });
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{payload}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"h.txt\"\r\n\
         Content-Type: text/plain\r\n\r\nhello\r\n--b--\r\n"
    );
    let response = world
        .http
        .post(format!("{}/api/v10/channels/{dm}/messages", world.discord.url()))
        .header("authorization", format!("Bot {}", world.discord.token()))
        .header("content-type", "multipart/form-data; boundary=b")
        .body(form)
        .send()
        .await
        .expect("the stand-in answers");
    assert_eq!(response.status(), 200);
    let attachment = world.ada.inbox()[0].attachments[0].clone();
    let fetched = world.http.get(&attachment.url).send().await.expect("the file is served");
    assert_eq!(fetched.headers()["content-type"], "text/plain");
    assert_eq!(fetched.content_length(), Some(5));
    assert_eq!(fetched.text().await.expect("a body"), "hello");

    let tampered = attachment.url.replace("ex=", "ex=f");
    assert_eq!(world.http.get(tampered).send().await.expect("an answer").status(), 404);
    world.clock.advance(Duration::from_secs(24 * 60 * 60 + 1));
    assert_eq!(world.http.get(&attachment.url).send().await.expect("an answer").status(), 404);
    let refreshed = world.ada.inbox()[0].attachments[0].url.clone();
    assert_eq!(world.http.get(refreshed).send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn faults_stand_before_everything() {
    let world = World::new().await;
    world.discord.faults().add(Fault::on("GET", "/api/v10/users").rate_limited(Duration::from_secs(2)).times(1));
    let request = world.http.get(format!("{}/api/v10/users/@me", world.discord.url()));
    let limited = request.header("authorization", format!("Bot {}", world.discord.token())).send().await.expect("an answer");
    assert_eq!(limited.status(), 429);
    let told = |name: &str| limited.headers()[name].to_str().expect("text").to_owned();
    assert_eq!((told("retry-after"), told("x-ratelimit-scope"), told("x-ratelimit-remaining")), ("2".into(), "user".into(), "0".into()));
    assert_eq!((told("x-ratelimit-reset-after"), told("x-ratelimit-limit")), ("2.000".into(), "1".into()));
    assert!(told("x-ratelimit-reset").parse::<f64>().is_ok() && !told("x-ratelimit-bucket").is_empty());
    let body: Json = limited.json().await.expect("JSON");
    assert_eq!((&body["global"], &body["retry_after"]), (&json!(false), &json!(2.0)));
    assert_eq!(world.get("/users/@me").await.0, 200);

    world.discord.faults().add(Fault::on("GET", "/api/v10/gateway").drop_connection());
    let dropped = world.http.get(format!("{}/api/v10/gateway", world.discord.url())).send().await;
    assert!(dropped.is_err(), "no answer, not even a status: {dropped:?}");
}

#[tokio::test]
async fn a_stopped_discord_is_gone() {
    let world = World::new().await;
    let mut gateway = world.connect(1).await;
    world.discord.stop();
    assert_eq!(gateway.close_code().await, 1001);
    let fresh = reqwest::Client::new();
    assert!(fresh.get(format!("{}/api/v10/gateway", world.discord.url())).send().await.is_err());
}
