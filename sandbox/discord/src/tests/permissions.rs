//! What a channel lets the bot do, and what it may read there.

use super::state::permission;
use super::*;

#[tokio::test]
async fn a_channel_takes_permissions_from_the_bot() {
    let world = World::new().await;
    let mut gateway = world.connect(intent::GUILDS | intent::GUILD_MESSAGES).await;
    let path = format!("/channels/{}/messages", world.general.id());
    let said = world.ada.in_channel(&world.general).say("hello").expect("ada may write");
    gateway.event("MESSAGE_CREATE").await;
    let embed = json!({ "embeds": [{ "title": "t" }] });
    let reply = json!({ "content": "x", "message_reference": { "message_id": said.id } });
    let code = |answer: (StatusCode, Json)| (answer.0.as_u16(), answer.1["code"].as_u64().unwrap_or(0));
    assert_eq!(code(world.post(&path, embed.clone()).await), (200, 0));
    assert_eq!(code(world.post(&path, reply.clone()).await), (200, 0));
    let (status, sent) = world.send_file(Method::POST, &path, &json!({ "content": "x" }), b"file").await;
    assert_eq!(status, 200);
    let own = format!("{path}/{}", sent["id"].as_str().expect("an id"));

    world.general.deny_bot(permission::EMBED_LINKS);
    let overwrite = &gateway.event("CHANNEL_UPDATE").await["permission_overwrites"][0];
    assert_eq!((&overwrite["id"], &overwrite["deny"]), (&json!(world.discord.application_id()), &json!("16384")));
    assert_eq!(code(world.post(&path, embed.clone()).await), (403, 50013));
    assert_eq!(code(world.call(Method::PATCH, &own, embed).await), (403, 50013));
    world.general.deny_bot(permission::ATTACH_FILES);
    let (status, refused) = world.send_file(Method::POST, &path, &json!({ "content": "x" }), b"file").await;
    assert_eq!((status, &refused["code"]), (403, &json!(50013)));
    assert_eq!(code(world.post(&path, json!({ "content": "x" })).await), (200, 0));
    world.general.deny_bot(permission::SEND_MESSAGES);
    assert_eq!(code(world.post(&path, json!({ "content": "x" })).await), (403, 50013));

    world.general.deny_bot(permission::READ_MESSAGE_HISTORY);
    assert_eq!(world.get(&path).await.1, json!([]), "no history, and no error");
    assert_eq!(code(world.get(&own).await), (403, 50013));
    assert_eq!(code(world.post(&path, reply).await), (403, 160_002));

    world.general.hide_from_bot(true);
    assert_eq!(code(world.get(&path).await), (403, 50001));
    world.ada.in_channel(&world.general).say("unheard").expect("ada may write");
    world.guild.channel("other");
    loop {
        let payload = gateway.payload().await;
        if payload["t"] == "CHANNEL_CREATE" {
            break;
        }
        assert_ne!(payload["d"]["author"]["id"], world.ada.id());
    }
    // Nothing is taken from an administrator.
    world.guild.set_bot_permissions(permission::ADMINISTRATOR);
    assert_eq!(world.get(&own).await.0, 200);
}

#[tokio::test]
async fn rest_hides_what_others_say_without_the_message_content_intent() {
    let world = World::new().await;
    let place = world.ada.in_channel(&world.general);
    let path = format!("/channels/{}/messages", world.general.id());
    let bot = format!("<@{}>", world.discord.application_id());
    let plain = place.say("hello").expect("ada may write");
    let mention = place.say(&format!("{bot} hello")).expect("ada may write");
    world.post(&path, json!({ "content": "own" })).await;
    let in_dm = world.ada.in_dm().say("private").expect("ada may write");
    let contents = async || {
        let (_, listed) = world.get(&path).await;
        let listed = listed.as_array().expect("a list").clone();
        listed.iter().map(|message| message["content"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let one = async |id: &str| world.get(&format!("{path}/{id}")).await.1["content"].clone();

    let mentioned = format!("{bot} hello");
    assert_eq!(contents().await, ["own", mentioned.as_str(), ""]);
    assert_eq!((one(&plain.id).await, one(&mention.id).await), (json!(""), json!(mentioned)));
    let dm = world.dm(&world.ada).await;
    assert_eq!(world.get(&format!("/channels/{dm}/messages/{}", in_dm.id)).await.1["content"], "private");

    let reply = json!({ "content": "a reply", "message_reference": { "message_id": plain.id } });
    let (_, reply) = world.post(&path, reply).await;
    assert_eq!((&reply["content"], &reply["type"]), (&json!("a reply"), &json!(19)));
    assert_eq!((&reply["referenced_message"]["id"], &reply["referenced_message"]["content"]), (&json!(plain.id), &json!("")));
    let reply = format!("{path}/{}", reply["id"].as_str().expect("an id"));

    // What is set in the developer portal counts, whatever sessions ask for.
    world.discord.allow_privileged_intents();
    assert_eq!(contents().await[3], "hello");
    assert_eq!(world.get(&reply).await.1["referenced_message"]["content"], "hello");
    assert_eq!(one(&plain.id).await, "hello");
}

#[tokio::test]
async fn a_message_menu_shows_what_rest_hides() {
    let world = World::new().await;
    world.register(json!([{ "type": 3, "name": "Report" }])).await;
    let mut gateway = world.connect(1).await;
    let place = world.ada.in_channel(&world.general);
    let said = place.say("read me").expect("ada may write");
    let clicked = said.clone();
    let menu = tokio::spawn(async move { place.message_menu("Report", &clicked).await });
    let event = gateway.event("INTERACTION_CREATE").await;
    assert_eq!(event["data"]["resolved"]["messages"][&said.id]["content"], "read me");
    assert_eq!(world.respond(&event, json!({ "type": 4, "data": { "content": "noted" } })).await.0, 204);
    assert!(menu.await.expect("the menu does not panic").is_ok());
}
