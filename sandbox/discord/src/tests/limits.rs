//! Rate limits, shards, compression, and events that go astray.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use flate2::{Decompress, FlushDecompress};

use super::*;

#[tokio::test]
async fn a_route_is_limited_per_channel_and_says_so() {
    let world = World::new().await;
    let send = async |channel: &Channel| {
        let response = world
            .http
            .post(format!("{}/api/v10/channels/{}/messages", world.discord.url(), channel.id()))
            .header("authorization", format!("Bot {}", world.discord.token()))
            .json(&json!({ "content": "x" }))
            .send()
            .await
            .expect("the stand-in answers");
        let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let told = (header("x-ratelimit-remaining"), header("retry-after"), header("x-ratelimit-scope"), header("x-ratelimit-bucket"));
        (response.status().as_u16(), told, response.json::<Json>().await.expect("JSON"))
    };
    assert_eq!(send(&world.general).await.1.0, "", "nothing is counted before it is asked for");
    world.discord.enforce_rate_limits(true);
    for remaining in ["4", "3", "2", "1", "0"] {
        let (status, told, _) = send(&world.general).await;
        assert_eq!((status, told.0.as_str()), (200, remaining));
        assert!(!told.3.is_empty());
    }
    let (status, told, body) = send(&world.general).await;
    assert_eq!((status, told.1.as_str(), told.2.as_str(), &body["global"]), (429, "5", "user", &json!(false)));
    assert!(body["retry_after"].as_f64().is_some_and(|seconds| seconds > 3.0 && seconds <= 5.0));
    assert_eq!(world.general.messages().len(), 6);
    assert_eq!(send(&world.guild.channel("other")).await.0, 200, "each channel has its own");
    world.clock.advance(Duration::from_secs(5));
    assert_eq!(send(&world.general).await.0, 200);
}

#[tokio::test]
async fn fifty_requests_a_second_are_all() {
    let world = World::new().await;
    world.discord.enforce_rate_limits(true);
    let mut refused = None;
    for n in 0..60 {
        // Two routes, so that none is limited by itself.
        let path = if n % 2 == 0 { "/users/@me" } else { "/gateway/bot" };
        let request = world.http.get(format!("{}/api/v10{path}", world.discord.url()));
        let response = request.header("authorization", format!("Bot {}", world.discord.token())).send().await.expect("an answer");
        if response.status() == 429 {
            assert_eq!(response.headers()["x-ratelimit-global"], "true");
            refused = Some(response.json::<Json>().await.expect("JSON"));
            break;
        }
        // The system's second must not end between the requests: as many as it takes.
    }
    assert_eq!(refused.expect("more than 50 in a second")["global"], true);
}

#[tokio::test]
async fn shards_share_the_servers_and_the_first_has_the_dms() {
    let world = World::new().await;
    world.discord.set_shards(2);
    let (_, told) = world.get("/gateway/bot").await;
    assert_eq!((&told["shards"], &told["session_start_limit"]["remaining"]), (&json!(2), &json!(1000)));
    // Snowflakes made in the same millisecond or not: there is a server on each shard sooner or later.
    let shard_of = |guild: &Guild| (guild.id >> 22) % 2;
    let mut guilds = vec![world.guild.clone()];
    while guilds.iter().map(shard_of).collect::<std::collections::HashSet<_>>().len() < 2 {
        world.clock.advance(Duration::from_millis(1));
        guilds.push(world.discord.guild("more", &world.owner));
    }
    let mut shards = Vec::new();
    for number in 0..2_u64 {
        let mut gateway = Gateway::open(&world.discord).await;
        let token = world.discord.token();
        gateway.send(2, json!({ "token": token, "intents": 1 | intent::DIRECT_MESSAGES, "properties": {}, "shard": [number, 2] })).await;
        let ready = gateway.event("READY").await;
        assert_eq!(ready["shard"], json!([number, 2]));
        let own: Vec<String> = guilds.iter().filter(|guild| shard_of(guild) == number).map(Guild::id).collect();
        assert_eq!(ready["guilds"].as_array().map(Vec::len), Some(own.len()));
        for _ in &own {
            let id = gateway.event("GUILD_CREATE").await["id"].as_str().expect("an id").to_owned();
            assert!(own.contains(&id));
        }
        shards.push(gateway);
    }
    assert_eq!(world.get("/gateway/bot").await.1["session_start_limit"]["remaining"], 998);
    let dm = world.dm(&world.ada).await;
    world.post(&format!("/channels/{dm}/messages"), json!({ "content": "hello" })).await;
    assert_eq!(shards[0].event("MESSAGE_CREATE").await["content"], "hello");
    for guild in &guilds {
        guild.channel("fresh");
        let shard = usize::try_from(shard_of(guild)).expect("0 or 1");
        assert_eq!(shards[shard].event("CHANNEL_CREATE").await["guild_id"], guild.id());
    }

    let mut gateway = Gateway::open(&world.discord).await;
    gateway.send(2, json!({ "token": world.discord.token(), "intents": 1, "properties": {}, "shard": [2, 2] })).await;
    assert_eq!(gateway.close_code().await, 4010);
    world.discord.enforce_rate_limits(true);
    let mut gateway = Gateway::open(&world.discord).await;
    gateway.send(2, json!({ "token": world.discord.token(), "intents": 1, "properties": {} })).await;
    assert_eq!(gateway.payload().await["op"], 9, "one session starts in five seconds");
    world.clock.advance(Duration::from_secs(5));
    gateway.send(2, json!({ "token": world.discord.token(), "intents": 1, "properties": {} })).await;
    gateway.event("READY").await;
}

#[tokio::test]
async fn a_connection_that_sends_too_much_is_closed() {
    let world = World::new().await;
    let mut gateway = world.connect(1).await;
    for _ in 0..119 {
        gateway.send(1, Json::Null).await;
    }
    gateway.send(1, Json::Null).await;
    assert_eq!(gateway.close_code().await, 4008);
}

#[tokio::test]
async fn large_payloads_are_compressed_when_identify_asks_for_it() {
    let world = World::new().await;
    let mut gateway = Gateway::open(&world.discord).await;
    let identify = json!({ "token": world.discord.token(), "intents": 1, "properties": {}, "compress": true });
    gateway.send(2, identify).await;
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let Some(Ok(Frame::Binary(bytes))) = gateway.socket.next().await else { panic!("no binary frame") };
        let mut text = String::new();
        ZlibDecoder::new(&bytes[..]).read_to_string(&mut text).expect("zlib");
        let payload: Json = serde_json::from_str(&text).expect("JSON");
        kinds.push(payload["t"].as_str().expect("a type").to_owned());
    }
    assert_eq!(kinds, ["READY", "GUILD_CREATE"]);
    gateway.send(1, json!(2)).await;
    assert_eq!(gateway.payload().await["op"], 11, "what is small stays text");
}

#[tokio::test]
async fn a_whole_connection_is_one_zlib_stream() {
    let world = World::new().await;
    for n in 0..200 {
        // Hard to compress, so that one payload is larger than any buffer.
        world.guild.channel(&hex::encode(super::state::random(30 + n % 20)));
    }
    let address = format!("{}/gateway?v=10&encoding=json&compress=zlib-stream", world.discord.url().replace("http", "ws"));
    let (mut socket, _) = connect_async(address).await.expect("the gateway takes the connection");
    let mut stream = Decompress::new(true);
    let mut next = async |socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>| {
        let Some(Ok(Frame::Binary(bytes))) = socket.next().await else { panic!("no binary frame") };
        assert!(bytes.ends_with(&[0, 0, 0xff, 0xff]), "each message ends with a sync flush");
        let mut text = Vec::with_capacity(1024 * 1024);
        stream.decompress_vec(&bytes, &mut text, FlushDecompress::Sync).expect("zlib");
        serde_json::from_slice::<Json>(&text).expect("JSON")
    };
    assert_eq!(next(&mut socket).await["op"], 10);
    let identify = json!({ "op": 2, "d": { "token": world.discord.token(), "intents": 1, "properties": {} } });
    socket.send(Frame::text(identify.to_string())).await.expect("the gateway listens");
    assert_eq!(next(&mut socket).await["t"], "READY");
    let guild = next(&mut socket).await;
    assert_eq!(guild["d"]["channels"].as_array().map(Vec::len), Some(201));

    let other = format!("{}/gateway?v=10&compress=zstd-stream", world.discord.url().replace("http", "ws"));
    assert!(connect_async(other).await.is_err());
}

#[tokio::test]
async fn events_are_lost_repeated_held_and_cut() {
    let world = World::new().await;
    let mut gateway = world.connect(1).await;
    let faults = world.discord.faults();
    let name = |event: Json| event["name"].as_str().unwrap_or_default().to_owned();
    faults.add(Fault::on_event("CHANNEL_CREATE").drop_connection().times(1));
    faults.add(Fault::on_event("CHANNEL_CREATE").duplicate().times(1));
    faults.add(Fault::on_event("CHANNEL_CREATE").reorder().times(1));
    for channel in ["lost", "twice", "overtaken", "overtaking"] {
        world.guild.channel(channel);
    }
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(name(gateway.event("CHANNEL_CREATE").await));
    }
    assert_eq!(seen, ["twice", "twice", "overtaking", "overtaken"]);

    faults.add(Fault::on_event("CHANNEL_*").delay(Duration::from_secs(3600)).times(1));
    world.guild.channel("late");
    world.guild.channel("prompt");
    assert_eq!(name(gateway.event("CHANNEL_CREATE").await), "prompt");
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(name(gateway.event("CHANNEL_CREATE").await), "late");

    // A delay goes with whatever else a fault does.
    faults.add(Fault::on_event("CHANNEL_CREATE").delay(Duration::from_secs(60)).duplicate().times(1));
    faults.add(Fault::on_event("CHANNEL_CREATE").delay(Duration::from_secs(60)).drop_connection().times(1));
    world.guild.channel("late twice");
    world.guild.channel("late and lost");
    // The gateway has met the events by the time it answers.
    gateway.beat().await;
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(name(gateway.event("CHANNEL_CREATE").await), "late twice");
    assert_eq!(name(gateway.event("CHANNEL_CREATE").await), "late twice");

    faults.add(Fault::on_event("CHANNEL_CREATE").delay(Duration::from_secs(60)).cut_body().times(1));
    world.guild.channel("cut");
    gateway.beat().await;
    world.clock.advance(Duration::from_secs(60));
    let Some(Ok(Frame::Text(text))) = gateway.socket.next().await else { panic!("no frame") };
    assert!(serde_json::from_str::<Json>(&text).is_err());
    assert!(!matches!(gateway.socket.next().await, Some(Ok(Frame::Text(_)))), "and the connection is gone");
    // What was lost is there for a resume.
    let resume = json!({ "token": world.discord.token(), "session_id": gateway.session, "seq": 2 });
    let mut gateway = Gateway::open(&world.discord).await;
    gateway.send(6, resume).await;
    assert_eq!(name(gateway.event("CHANNEL_CREATE").await), "lost");

    // A status is a close code, in place of the event.
    for (fault, code) in [
        (Fault::on_event("CHANNEL_CREATE").status(4010), 4010),
        (Fault::on_event("CHANNEL_CREATE").status(503), 4000),
        (Fault::on_event("CHANNEL_CREATE").rate_limited(Duration::from_secs(1)), 4008),
    ] {
        faults.add(fault.times(1));
        world.guild.channel(&format!("closed {code}"));
        assert_eq!(gateway.close_code().await, code);
        gateway = world.connect(1).await;
    }
}

#[tokio::test]
async fn who_calls_for_somebody_has_limits_of_their_own() {
    let world = World::new().await;
    world.discord.add_redirect_uri("http://127.0.0.1:9/back");
    let id = world.discord.application_id();
    let consent = format!(
        "{}/oauth2/authorize?client_id={id}&response_type=code&scope=guilds&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2Fback",
        world.discord.url()
    );
    let mut tokens = Vec::new();
    for person in [&world.ada, &world.owner] {
        let back = person.authorize(&consent).expect("they agree");
        let code = back.split_once("code=").expect("a code").1;
        let form = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", "http://127.0.0.1:9/back")];
        let request = world.http.post(format!("{}/api/oauth2/token", world.discord.url()));
        let request = request.basic_auth(&id, Some(world.discord.client_secret()));
        let granted: Json = request.form(&form).send().await.expect("an answer").json().await.expect("JSON");
        tokens.push(format!("Bearer {}", granted["access_token"].as_str().expect("a token")));
    }
    tokens.push(format!("Bot {}", world.discord.token()));
    world.discord.enforce_rate_limits(true);
    let ask = async |token: &str| {
        let request = world.http.get(format!("{}/api/v10/users/@me/guilds", world.discord.url()));
        request.header("authorization", token).send().await.expect("an answer").status().as_u16()
    };
    for token in &tokens {
        assert_eq!(ask(token).await, 200);
    }
    world.clock.advance(Duration::from_secs(1));
    for token in &tokens {
        assert_eq!(ask(token).await, 200);
    }
}

#[tokio::test]
async fn what_is_not_known_is_refused_and_not_dropped() {
    let world = World::new().await;
    let path = format!("/channels/{}/messages", world.general.id());
    let button = |emoji: Json| json!({ "components": [{ "type": 1, "components": [{ "type": 2, "style": 1, "custom_id": "a", "label": "A", "emoji": emoji }] }], "content": "x" });
    for refused in [
        json!({ "content": "x", "sticker_ids": ["1"] }),
        json!({ "content": "x", "poll": {} }),
        json!({ "content": "x", "message_reference": { "type": 1, "message_id": "1", "channel_id": world.general.id() } }),
        button(json!("garbage")),
        button(json!({})),
        button(json!({ "name": "notanemoji" })),
    ] {
        let (status, body) = world.post(&path, refused.clone()).await;
        assert_eq!((status.as_u16(), &body["code"]), (400, &json!(50035)), "{refused}: {body}");
    }
    assert!(world.general.messages().is_empty());
    let (status, sent) = world.post(&path, button(json!({ "name": "🐉" }))).await;
    assert_eq!(status, 200, "{sent}");
    let (_, sent) = world.post(&path, json!({ "content": "x", "flags": "4" })).await;
    assert_eq!(sent["flags"], 4, "text is read as the number that it says");

    assert_eq!(world.register(json!([{ "name": "a", "description": "b" }])).await.0, 200);
    assert_eq!(world.register(Json::Null).await.0, 400, "nothing is no list");
    assert_eq!(world.discord.commands().len(), 1);
}
