//! Follow-ups, files, guild commands, and what else is refused.

use super::*;

/// A multipart body of a payload and one file.
fn form(payload: &Json, file: &[u8]) -> (String, Vec<u8>) {
    let mut body = format!(
        "--b\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n{payload}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a b.png\"\r\nContent-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--b--\r\n");
    ("multipart/form-data; boundary=b".to_owned(), body)
}

impl World {
    pub(super) async fn send_file(&self, method: Method, path: &str, payload: &Json, file: &[u8]) -> (u16, Json) {
        let (kind, body) = form(payload, file);
        let request = self.http.request(method, format!("{}/api/v10{path}", self.discord.url()));
        let request = request.header("authorization", format!("Bot {}", self.discord.token())).header("content-type", kind);
        let response = request.body(body).send().await.expect("the stand-in answers");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or(Json::Null))
    }

    /// Runs `/ping` and gives the interaction, unanswered.
    async fn pinged(&self, gateway: &mut Gateway) -> (Json, tokio::task::JoinHandle<Result<Reply, ActError>>) {
        let place = self.ada.in_channel(&self.general);
        let slash = tokio::spawn(async move { place.slash("/ping", []).await });
        (gateway.event("INTERACTION_CREATE").await, slash)
    }
}

#[tokio::test]
async fn files_go_with_answers_and_edits() {
    let world = World::new().await;
    world.register(commands()).await;
    let mut gateway = world.connect(1).await;
    let (event, slash) = world.pinged(&mut gateway).await;
    let (id, token) = (event["id"].as_str().expect("an id"), event["token"].as_str().expect("a token"));
    let callback = format!("/interactions/{id}/{token}/callback?with_response=true");
    let payload = json!({ "type": 4, "data": { "flags": 64, "attachments": [{ "id": 0, "description": "a picture" }] } });
    let (status, told) = world.send_file(Method::POST, &callback, &payload, b"png").await;
    assert_eq!((status, &told["resource"]["message"]["attachments"][0]["filename"]), (200, &json!("a_b.png")));
    assert_eq!(told["interaction"]["response_message_ephemeral"], true);
    let reply = slash.await.expect("slash does not panic").expect("answered");
    assert_eq!(reply.message.attachments[0].size, 3);

    // An edit keeps the files it names, and adds those it brings.
    let original = world.webhook(&event, "/messages/@original");
    let kept = json!({ "content": "two", "attachments": [{ "id": reply.message.attachments[0].id }] });
    let (_, edited) = world.send_file(Method::PATCH, &original, &kept, b"more").await;
    assert_eq!(edited["attachments"].as_array().map(Vec::len), Some(2));
    let (_, edited) = world.call(Method::PATCH, &original, json!({ "attachments": [] })).await;
    assert_eq!(edited["attachments"], json!([]));
    assert_eq!(world.call(Method::PATCH, &original, json!({ "content": "" })).await.1["code"], 50006);

    // Those it names must be there, or come with it.
    let nowhere = json!({ "content": "x", "attachments": [{ "id": 0 }, { "id": 1 }] });
    let (_, refused) = world.send_file(Method::PATCH, &original, &nowhere, b"more").await;
    let missing = json!({ "1": { "_errors": [{ "code": "ATTACHMENT_NOT_FOUND", "message": "Attachment data not found" }] } });
    assert_eq!(refused["errors"]["attachments"], missing);

    let messages = format!("/channels/{}/messages", world.general.id());
    assert_eq!(world.send_file(Method::POST, &messages, &nowhere, b"more").await.1["errors"]["attachments"], missing);
    let (event, _slash) = world.pinged(&mut gateway).await;
    let (_, refused) = world.respond(&event, json!({ "type": 4, "data": { "content": "x", "attachments": [{ "id": 7 }] } })).await;
    assert_eq!(refused["errors"]["data"]["attachments"]["0"]["_errors"][0]["code"], "ATTACHMENT_NOT_FOUND");
    let (_, sent) = world.send_file(Method::POST, &messages, &json!({ "content": "files" }), b"1").await;
    let own = format!("{messages}/{}", sent["id"].as_str().expect("an id"));
    for _ in 2..=10 {
        assert_eq!(world.send_file(Method::PATCH, &own, &json!({}), b"more").await.0, 200);
    }
    assert_eq!(world.send_file(Method::PATCH, &own, &json!({}), b"eleven").await.1["code"], 30015);
    let large = vec![0; 10 * 1024 * 1024 + 1];
    let (status, refused) = world.send_file(Method::POST, &messages, &json!({ "content": "x" }), &large).await;
    assert_eq!((status, &refused["code"]), (413, &json!(40005)));
}

#[tokio::test]
async fn follow_ups_are_read_edited_and_deleted() {
    let world = World::new().await;
    world.register(commands()).await;
    let mut gateway = world.connect(intent::GUILDS | intent::GUILD_MESSAGES).await;
    let (event, slash) = world.pinged(&mut gateway).await;
    assert_eq!(world.respond(&event, json!({ "type": 5 })).await.0, 204);
    // The first follow-up takes the place of "thinking…".
    let (_, first) = world.post(&world.webhook(&event, ""), json!({ "content": "done" })).await;
    let reply = slash.await.expect("slash does not panic").expect("answered");
    assert_eq!(first["id"], reply.message.id);
    let (_, more) = world.post(&world.webhook(&event, ""), json!({ "content": "more" })).await;
    let one = world.webhook(&event, &format!("/messages/{}", more["id"].as_str().expect("an id")));
    assert_eq!(world.get(&one).await.1["content"], "more");
    assert_eq!(world.call(Method::PATCH, &one, json!({ "content": "less" })).await.1["content"], "less");
    assert_eq!(gateway.event("MESSAGE_UPDATE").await["content"], "less");
    assert_eq!(world.call(Method::DELETE, &one, Json::Null).await.0, 204);
    assert_eq!(gateway.event("MESSAGE_DELETE").await["id"], more["id"]);
    assert_eq!(world.get(&one).await.1["code"], 10008);

    let foreign = world.owner.in_channel(&world.general).say("mine").expect("the owner may write");
    assert_eq!(world.get(&world.webhook(&event, &format!("/messages/{}", foreign.id))).await.1["code"], 10008);
    let path = format!("/channels/{}/messages/{}", world.general.id(), foreign.id);
    assert_eq!(world.call(Method::PATCH, &path, json!({ "content": "yours" })).await.1["code"], 50005);
    assert_eq!(world.call(Method::DELETE, &path, Json::Null).await.0, 204, "the bot may manage messages");
    let wrong = world.webhook(&json!({ "token": "wrong" }), "");
    assert_eq!(world.post(&wrong, json!({ "content": "x" })).await.1["code"], 50027);
}

#[tokio::test]
async fn a_servers_own_command_hides_the_global_one() {
    let world = World::new().await;
    let app = world.discord.application_id();
    world.register(commands()).await;
    let own = format!("/applications/{app}/guilds/{}/commands", world.guild.id());
    let (status, stored) = world.post(&own, json!({ "name": "ping", "description": "Here" })).await;
    assert_eq!((status.as_u16(), &stored["guild_id"]), (201, &json!(world.guild.id())));
    assert_eq!(world.post(&own, json!({ "name": "ping", "description": "Again" })).await.0, 200);
    let mut gateway = world.connect(1).await;
    let (event, slash) = world.pinged(&mut gateway).await;
    assert_eq!((&event["data"]["id"], &event["data"]["guild_id"]), (&stored["id"], &json!(world.guild.id())));
    assert_eq!(world.respond(&event, json!({ "type": 4, "data": { "content": "here" } })).await.0, 204);
    assert!(slash.await.expect("slash does not panic").is_ok());

    let only_here = json!({ "name": "studio", "description": "d" });
    world.post(&own, only_here.clone()).await;
    let other = world.discord.guild("other", &world.ada);
    let elsewhere = world.ada.in_channel(&other.channel("general")).slash("/studio", []).await;
    assert!(matches!(elsewhere, Err(ActError::NoSuchCommand(_))));
    assert!(matches!(world.ada.in_dm().slash("/studio", []).await, Err(ActError::NoSuchCommand(_))));
    let foreign = format!("/applications/{}/commands", world.ada.id());
    assert_eq!(world.call(Method::PUT, &foreign, json!([])).await.1["code"], 20012);
    world.guild.remove_bot();
    assert_eq!(world.post(&own, only_here).await.1["code"], 50001);
    assert!(world.discord.commands().iter().all(|command| command["guild_id"].is_null()), "a server forgets the commands with the bot");
}

#[tokio::test]
async fn wrong_payloads_close_the_connection() {
    let world = World::new().await;
    let token = world.discord.token();
    let identify = json!({ "token": token, "intents": 1, "properties": {} });
    let cases = [
        (json!({ "op": 2, "d": { "token": token, "intents": 1_u64 << 40, "properties": {} } }).to_string(), false, 4013),
        (json!({ "op": 2, "d": { "token": token, "intents": 1 } }).to_string(), false, 4001),
        (json!({ "op": 2, "d": { "token": token, "properties": {} } }).to_string(), false, 4013),
        (json!({ "op": 3, "d": { "status": "online" } }).to_string(), true, 4001),
        (json!({ "op": 8, "d": { "guild_id": "1" } }).to_string(), true, 4001),
        (json!({ "op": 8, "d": { "guild_id": "1", "query": "" } }).to_string(), true, 4001),
        (json!({ "op": 8, "d": { "user_ids": ["1"] } }).to_string(), true, 4001),
        (json!({ "op": 2, "d": identify }).to_string(), true, 4005),
        (json!({ "op": 99, "d": null }).to_string(), true, 4001),
        ("nonsense".to_owned(), true, 4002),
        (json!({ "op": 3, "d": "x".repeat(4096) }).to_string(), true, 4002),
    ];
    for (payload, identified, code) in cases {
        let mut gateway = if identified { world.connect(1).await } else { Gateway::open(&world.discord).await };
        gateway.socket.send(Frame::text(payload)).await.expect("the gateway listens");
        assert_eq!(gateway.close_code().await, code);
    }
    let gateway = world.connect(1).await;
    let mut other = Gateway::open(&world.discord).await;
    other.send(6, json!({ "token": token, "session_id": gateway.session, "seq": 99 })).await;
    assert_eq!(other.close_code().await, 4007);
    // A session that was away too long cannot be resumed.
    let mut gateway = world.connect(1).await;
    let resume = json!({ "token": token, "session_id": gateway.session, "seq": gateway.sequence });
    world.discord.disconnect_all();
    assert_eq!(gateway.close_code().await, 4000);
    drop(gateway);
    world.discord.inner.wait(|state| state.sessions.values().all(|session| session.connection.is_none()).then_some(())).await;
    world.clock.advance(Duration::from_secs(301));
    let mut gateway = Gateway::open(&world.discord).await;
    gateway.send(6, resume).await;
    assert_eq!(gateway.payload().await["op"], 9);
}
