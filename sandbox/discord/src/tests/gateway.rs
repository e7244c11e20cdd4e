//! Heartbeats, members over the gateway, and what is told of them.

use super::*;

const WITH_MEMBERS: u64 = intent::GUILDS | intent::GUILD_MEMBERS;

#[tokio::test]
async fn silence_for_two_heartbeats_closes_the_connection() {
    let world = World::new().await;
    world.discord.set_heartbeat(Duration::from_millis(20));
    let mut gateway = Gateway::open(&world.discord).await;
    assert_eq!(gateway.close_code().await, 4009);

    // Only heartbeats count: whoever talks of other things is silent, too.
    world.discord.set_heartbeat(Duration::from_secs(1));
    let mut gateway = world.connect(1).await;
    assert_eq!(gateway.close_code().await, 4009);
    // The session is there to be resumed.
    let resume = json!({ "token": world.discord.token(), "session_id": gateway.session, "seq": gateway.sequence });
    let mut gateway = Gateway::open(&world.discord).await;
    gateway.send(6, resume).await;
    assert_eq!(gateway.payload().await["t"], "RESUMED");
}

#[tokio::test]
async fn a_connection_that_the_clock_leaves_silent_is_asked_and_closed() {
    let world = World::new().await;
    world.discord.set_heartbeat(Duration::from_secs(3));
    let mut gateway = world.connect(1).await;
    let asked = json!({ "op": 1, "s": null, "t": null, "d": null });
    world.clock.advance(Duration::from_secs(6));
    assert_eq!(gateway.payload().await, asked);
    gateway.send(1, json!(gateway.sequence)).await;
    assert_eq!(gateway.payload().await["op"], 11);
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(gateway.payload().await, asked);
    assert_eq!(gateway.close_code().await, 4009);
}

#[tokio::test]
async fn an_event_is_overtaken_by_another_of_its_own_session() {
    let world = World::new().await;
    let mut first = world.connect(1).await;
    let mut second = world.connect(1).await;
    world.discord.faults().add(Fault::on_event("CHANNEL_CREATE").reorder().times(2));
    // Both sessions are sent it, and neither copy overtakes the other.
    world.guild.channel("one");
    for gateway in [&mut first, &mut second] {
        gateway.send(1, json!(1)).await;
        assert_eq!(gateway.payload().await["op"], 11);
    }
    world.guild.channel("two");
    for gateway in [&mut first, &mut second] {
        assert_eq!(gateway.event("CHANNEL_CREATE").await["name"], "two");
        assert_eq!(gateway.event("CHANNEL_CREATE").await["name"], "one");
    }
}

#[tokio::test]
async fn members_are_asked_for_in_chunks() {
    let world = World::new().await;
    world.discord.allow_privileged_intents();
    for number in 0..1_500 {
        world.guild.join(&world.discord.user(&format!("guest{number}")));
    }
    let mut gateway = world.connect(WITH_MEMBERS).await;
    let guild = world.guild.id();
    let mut ask = async |more: Json| {
        let mut request = json!({ "guild_id": guild });
        request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        gateway.send(8, request).await;
        gateway.event("GUILD_MEMBERS_CHUNK").await
    };
    let size = |chunk: &Json| chunk["members"].as_array().map_or(0, Vec::len);

    let prefix = ask(json!({ "query": "GUEST", "limit": 0, "nonce": "n".repeat(32) })).await;
    assert_eq!((size(&prefix), &prefix["chunk_count"], &prefix["nonce"]), (100, &json!(1), &json!("n".repeat(32))));
    assert_eq!(prefix.get("not_found"), None);
    let few = ask(json!({ "query": "a", "limit": 5, "nonce": "n".repeat(33) })).await;
    assert_eq!((size(&few), few.get("nonce"), few.get("presences")), (1, None, None));
    let by_id = ask(json!({ "user_ids": [world.ada.id(), "5"] })).await;
    assert_eq!((&by_id["members"][0]["user"]["id"], &by_id["not_found"]), (&json!(world.ada.id()), &json!(["5"])));
    let many: Vec<String> = world.guild.members().iter().take(120).map(Person::id).collect();
    assert_eq!(size(&ask(json!({ "user_ids": many })).await), 100);
    assert_eq!(size(&ask(json!({ "query": "nobody", "limit": 1 })).await), 0);

    let first = ask(json!({ "query": "", "limit": 0, "nonce": "all" })).await;
    assert_eq!((size(&first), &first["chunk_index"], &first["chunk_count"], &first["nonce"]), (1_000, &json!(0), &json!(2), &json!("all")));
    let second = gateway.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!((size(&second), &second["chunk_index"], &second["nonce"]), (503, &json!(1), &json!("all")));

    world.discord.enforce_rate_limits(true);
    let all = json!({ "guild_id": guild, "query": "", "limit": 0, "nonce": "again" });
    gateway.send(8, all.clone()).await;
    gateway.event("GUILD_MEMBERS_CHUNK").await;
    gateway.event("GUILD_MEMBERS_CHUNK").await;
    gateway.send(8, all.clone()).await;
    let limited = gateway.event("RATE_LIMITED").await;
    assert_eq!((&limited["opcode"], &limited["meta"]), (&json!(8), &json!({ "guild_id": guild, "nonce": "again" })));
    assert!(limited["retry_after"].as_f64().is_some_and(|seconds| seconds > 20.0 && seconds <= 30.0));
    world.clock.advance(Duration::from_secs(30));
    gateway.send(8, all).await;
    gateway.event("GUILD_MEMBERS_CHUNK").await;
}

#[tokio::test]
async fn all_members_need_their_intent() {
    let world = World::new().await;
    let mut gateway = world.connect(intent::GUILDS).await;
    // Discord does not answer this; what comes is the answer to the next.
    gateway.send(8, json!({ "guild_id": world.guild.id(), "query": "", "limit": 0, "nonce": "all" })).await;
    gateway.send(8, json!({ "guild_id": world.guild.id(), "user_ids": world.ada.id(), "nonce": "one" })).await;
    let chunk = gateway.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!((&chunk["nonce"], &chunk["members"][0]["user"]["username"]), (&json!("one"), &json!("ada")));
}

#[tokio::test]
async fn members_come_change_and_go() {
    let world = World::new().await;
    world.discord.allow_privileged_intents();
    let mut with = world.connect(WITH_MEMBERS).await;
    let mut without = world.connect(intent::GUILDS).await;
    let (guild, eve) = (world.guild.id(), world.discord.user("eve"));

    world.guild.join(&eve);
    let joined = with.event("GUILD_MEMBER_ADD").await;
    assert_eq!((&joined["guild_id"], &joined["user"]["username"]), (&json!(guild), &json!("eve")));
    let role = world.guild.role("customer");
    world.guild.give_role(&eve, &role);
    let changed = with.event("GUILD_MEMBER_UPDATE").await;
    assert_eq!((&changed["user"]["username"], &changed["roles"]), (&json!("eve"), &json!([role.id()])));
    world.guild.leave(&eve);
    let left = with.event("GUILD_MEMBER_REMOVE").await;
    assert_eq!((&left["guild_id"], &left["user"]["username"]), (&json!(guild), &json!("eve")));

    // Without the intent nothing was told but the role; then the bot hears of itself.
    assert_eq!(without.payload().await["t"], "GUILD_ROLE_CREATE");
    world.call(Method::PATCH, &format!("/guilds/{guild}/members/@me"), json!({ "nick": "Clerk" })).await;
    let own = without.payload().await;
    assert_eq!((&own["t"], &own["d"]["nick"]), (&json!("GUILD_MEMBER_UPDATE"), &json!("Clerk")));
}
