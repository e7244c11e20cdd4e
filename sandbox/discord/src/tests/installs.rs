//! Where commands are offered, and what else people can do with a bot.

use super::*;

impl World {
    /// Runs something that a person does, and answers the interaction that comes of it with this text.
    async fn answered<T: Send + 'static>(
        &self,
        gateway: &mut Gateway,
        act: impl Future<Output = T> + Send + 'static,
        text: &str,
    ) -> (Json, T) {
        let acting = tokio::spawn(act);
        let event = gateway.event("INTERACTION_CREATE").await;
        let (status, body) = self.respond(&event, json!({ "type": 4, "data": { "content": text } })).await;
        assert_eq!(status, 204, "{body}");
        (event, acting.await.expect("people do not panic"))
    }
}

fn everywhere(name: &str) -> Json {
    json!([{ "name": name, "description": "d", "integration_types": [0, 1], "contexts": [0, 1, 2] }])
}

#[tokio::test]
async fn a_command_is_offered_where_it_is_installed_and_wanted() {
    let world = World::new().await;
    let commands = json!([
        { "name": "server", "description": "d", "contexts": [0] },
        { "name": "dm", "description": "d", "contexts": [1] },
        { "name": "own", "description": "d", "integration_types": [1], "contexts": [0, 1, 2] },
    ]);
    assert_eq!(world.register(commands).await.0, 200);
    let (in_guild, in_dm) = (world.ada.in_channel(&world.general), world.ada.in_dm());
    let chat = world.discord.private_channel(&[&world.ada, &world.owner]);
    let in_chat = world.ada.in_channel(&chat);
    let missing = async |place: &Place, command: &str| matches!(place.slash(command, []).await, Err(ActError::NoSuchCommand(_)));
    assert!(missing(&in_dm, "/server").await);
    assert!(missing(&in_guild, "/dm").await);
    assert!(missing(&in_chat, "/dm").await);
    for place in [&in_guild, &in_dm, &in_chat] {
        assert!(missing(place, "/own").await, "ada has not installed it");
    }
    let stranger = world.discord.user("stranger").in_channel(&chat);
    assert!(matches!(stranger.slash("/own", []).await, Err(ActError::NotAllowed(_))));

    world.ada.install();
    let mut gateway = world.connect(1).await;
    let place = in_chat.clone();
    let (event, reply) = world.answered(&mut gateway, async move { place.slash("/own", []).await }, "hello").await;
    assert_eq!((&event["context"], &event["user"]["id"]), (&json!(2), &json!(world.ada.id())));
    assert_eq!(event["authorizing_integration_owners"], json!({ "1": world.ada.id() }));
    assert_eq!(reply.expect("answered").text(), "hello");
    assert_eq!(chat.messages().len(), 1);
    // By REST the bot is not in that conversation.
    assert_eq!(world.get(&format!("/channels/{}/messages", chat.id())).await.1["code"], 50001);

    // In a server without the bot, too.
    let foreign = world.discord.guild("foreign", &world.owner);
    foreign.remove_bot();
    foreign.join(&world.ada);
    let place = world.ada.in_channel(&foreign.channel("general"));
    assert!(missing(&place, "/server").await);
    let (event, _) = world.answered(&mut gateway, async move { place.slash("/own", []).await }, "hello").await;
    assert_eq!((&event["context"], &event["guild_id"]), (&json!(0), &json!(foreign.id())));
    assert_eq!(event["authorizing_integration_owners"], json!({ "1": world.ada.id() }));

    world.ada.deauthorize();
    assert!(missing(&in_chat, "/own").await);
}

#[tokio::test]
async fn outside_its_servers_a_bot_follows_up_five_times() {
    let world = World::new().await;
    world.register(everywhere("own")).await;
    world.ada.install();
    let mut gateway = world.connect(1).await;
    let chat = world.discord.private_channel(&[&world.ada, &world.owner]);
    for (place, most) in [(world.ada.in_channel(&chat), 5), (world.ada.in_channel(&world.general), 7)] {
        let (event, _) = world.answered(&mut gateway, async move { place.slash("/own", []).await }, "first").await;
        let mut sent = 0;
        for _ in 0..7 {
            let (status, body) = world.post(&world.webhook(&event, ""), json!({ "content": "more" })).await;
            if status == 200 {
                sent += 1;
            } else {
                assert_eq!(body["code"], 40094);
            }
        }
        assert_eq!(sent, most);
    }
}

#[tokio::test]
async fn context_menus_carry_what_they_were_opened_on() {
    let world = World::new().await;
    let commands = json!([{ "name": "Look up", "type": 2 }, { "name": "Report it", "type": 3 }]);
    let (status, stored) = world.register(commands).await;
    assert_eq!((status.as_u16(), &stored[0]["description"]), (200, &json!("")));
    let mut gateway = world.connect(1).await;
    let place = world.ada.in_channel(&world.general);
    let (here, owner) = (place.clone(), world.owner.clone());
    let (event, reply) = world.answered(&mut gateway, async move { here.user_menu("Look up", &owner).await }, "the owner").await;
    let id = world.owner.id();
    assert_eq!((&event["data"]["type"], &event["data"]["target_id"]), (&json!(2), &json!(id)));
    assert_eq!(event["data"]["resolved"]["users"][&id]["username"], "owner");
    assert!(event["data"]["resolved"]["members"][&id]["joined_at"].is_string());
    assert_eq!(reply.expect("answered").text(), "the owner");

    let message = world.owner.in_channel(&world.general).say("bad words").expect("the owner may write");
    let (here, clicked) = (place.clone(), message.clone());
    let (event, _) = world.answered(&mut gateway, async move { here.message_menu("Report it", &clicked).await }, "reported").await;
    assert_eq!(event["data"]["resolved"]["messages"][&message.id]["content"], "bad words");

    // The client offers nobody who is not there, no foreign message, and no menu under another kind's name.
    let stranger = world.discord.user("stranger");
    assert!(matches!(place.user_menu("Look up", &stranger).await, Err(ActError::NotAllowed(_))));
    assert!(matches!(world.ada.in_dm().message_menu("Report it", &message).await, Err(ActError::NotAllowed(_))));
    assert!(matches!(place.user_menu("Report it", &world.owner).await, Err(ActError::NoSuchCommand(_))));
    assert!(matches!(place.slash("/Look up", []).await, Err(ActError::NoSuchCommand(_))));
    let forged = world.answered(&mut gateway, async move { place.forge_user_menu("Look up", &stranger).await }, "no").await;
    assert!(forged.1.is_ok());
    for bad in [
        json!({ "name": "x", "type": 2, "description": "d" }),
        json!({ "name": "x", "type": 3, "options": [{ "type": 3, "name": "a", "description": "d" }] }),
    ] {
        assert_eq!(world.register(json!([bad])).await.1["code"], 50035);
    }
}

#[tokio::test]
async fn every_kind_of_select_is_chosen_from() {
    let world = World::new().await;
    let role = world.guild.role("painters");
    let mut gateway = world.connect(1).await;
    let rows: Vec<Json> = [(3, "text"), (5, "user"), (6, "role"), (7, "either"), (8, "channel")]
        .into_iter()
        .map(|(kind, id)| {
            let mut select = json!({ "type": kind, "custom_id": id, "max_values": 2 });
            if kind == 3 {
                select["options"] = json!([{ "label": "A", "value": "a" }, { "label": "B", "value": "b" }]);
            }
            json!({ "type": 1, "components": [select] })
        })
        .collect();
    let path = format!("/channels/{}/messages", world.general.id());
    assert_eq!(world.post(&path, json!({ "content": "choose", "components": rows })).await.0, 200);
    let message = world.general.wait_for_message("choose").await;
    let other = world.guild.channel("other");
    let choices: [(&str, Vec<Value>, &str, String); 5] = [
        ("text", vec!["b".into()], "", "b".to_owned()),
        ("user", vec![(&world.owner).into()], "users", world.owner.id()),
        ("role", vec![(&role).into()], "roles", role.id()),
        ("either", vec![(&role).into(), (&world.owner).into()], "members", world.owner.id()),
        ("channel", vec![(&other).into()], "channels", other.id()),
    ];
    for (select, values, resolved, id) in choices {
        let (ada, clicked) = (world.ada.clone(), message.clone());
        let act = async move { ada.choose(&clicked, select, values).await };
        let (event, chosen) = world.answered(&mut gateway, act, "chosen").await;
        assert!(chosen.is_ok());
        assert!(event["data"]["values"].as_array().is_some_and(|values| values.contains(&json!(id))), "{event}");
        assert!(resolved.is_empty() || event["data"]["resolved"][resolved][&id].is_object(), "{event}");
    }
    let stranger = world.discord.user("stranger");
    for (select, values) in [
        ("text", vec![Value::from("c")]),
        ("text", vec![]),
        ("text", vec!["a".into(), "a".into()]),
        ("user", vec![(&stranger).into()]),
        ("user", vec![(&role).into()]),
        ("channel", vec![(&other).into(), (&other).into(), (&other).into()]),
    ] {
        assert!(matches!(world.ada.choose(&message, select, values).await, Err(ActError::BadOptions(_))), "{select}");
    }
    for bad in [
        json!({ "type": 5, "custom_id": "x", "options": [] , "default_values": [{ "id": "1", "type": "role" }] }),
        json!({ "type": 3, "custom_id": "x", "options": [] }),
        json!({ "type": 8, "custom_id": "x", "min_values": 3, "max_values": 2 }),
        json!({ "type": 6, "custom_id": "x", "max_values": 26 }),
    ] {
        let body = json!({ "content": "x", "components": [{ "type": 1, "components": [bad] }] });
        assert_eq!(world.post(&path, body).await.1["code"], 50035);
    }
}

#[tokio::test]
async fn entitlements_are_bought_ended_and_consumed() {
    let world = World::new().await;
    world.register(json!([{ "name": "ping", "description": "Answers" }])).await;
    let mut gateway = world.connect(1).await;
    let plus = world.discord.sku("Plus", SkuKind::UserSubscription);
    let coins = world.discord.sku("Coins", SkuKind::Consumable);
    let studio = world.discord.sku("Studio", SkuKind::GuildSubscription);
    let app = format!("/applications/{}", world.discord.application_id());
    assert_eq!(world.get(&format!("{app}/skus")).await.1[0]["slug"], "plus");

    let bought = world.ada.buy(&plus).expect("ada may buy");
    assert_eq!(gateway.event("ENTITLEMENT_CREATE").await["id"], bought["id"]);
    assert!(world.ada.buy(&plus).is_err(), "owned already");
    assert!(world.ada.buy(&studio).is_err(), "a server's");
    let place = world.ada.in_channel(&world.general);
    let here = place.clone();
    let (event, _) = world.answered(&mut gateway, async move { here.slash("/ping", []).await }, "pong").await;
    assert_eq!((&event["entitlements"][0]["sku_id"], &event["entitlements"][0]["type"]), (&json!(plus), &json!(8)));

    let id = bought["id"].as_str().expect("an id").to_owned();
    assert!(world.discord.end_entitlement(&id));
    assert!(gateway.event("ENTITLEMENT_UPDATE").await["ends_at"].is_string());
    let (event, _) = world.answered(&mut gateway, async move { place.slash("/ping", []).await }, "pong").await;
    assert_eq!(event["entitlements"], json!([]));
    let listed = async |query: &str| world.get(&format!("{app}/entitlements{query}")).await.1.as_array().map(Vec::len);
    assert_eq!((listed("").await, listed("?exclude_ended=true").await), (Some(1), Some(0)));

    let coin = world.ada.buy(&coins).expect("ada may buy")["id"].as_str().expect("an id").to_owned();
    let consume = |id: &str| format!("{app}/entitlements/{id}/consume");
    assert_eq!(world.call(Method::POST, &consume(&coin), Json::Null).await.0, 204);
    assert_eq!(world.get(&format!("{app}/entitlements/{coin}")).await.1["consumed"], true);
    assert_eq!(world.call(Method::POST, &consume(&id), Json::Null).await.1["code"], 40018);
    assert_eq!(world.call(Method::POST, &consume("5"), Json::Null).await.1["code"], 10029);

    let test = json!({ "sku_id": studio, "owner_id": world.guild.id(), "owner_type": 1 });
    let (status, granted) = world.post(&format!("{app}/entitlements"), test).await;
    assert_eq!((status.as_u16(), &granted["guild_id"], &granted["type"]), (200, &json!(world.guild.id()), &json!(4)));
    let path = |id: &str| format!("{app}/entitlements/{id}");
    assert_eq!(world.call(Method::DELETE, &path(granted["id"].as_str().expect("an id")), Json::Null).await.0, 204);
    assert_eq!(world.call(Method::DELETE, &path(&coin), Json::Null).await.1["code"], 40019);
    assert_eq!(world.call(Method::DELETE, &path("5"), Json::Null).await.1["code"], 10029);
    let (_, errors) = world.post(&format!("{app}/entitlements"), json!({ "owner_type": 3 })).await;
    assert_eq!(errors["errors"]["sku_id"]["_errors"][0]["code"], "BASE_TYPE_REQUIRED");
    let unknown = json!({ "sku_id": "5", "owner_id": world.ada.id(), "owner_type": 2 });
    assert_eq!(world.post(&format!("{app}/entitlements"), unknown).await.1["code"], 10027);
    assert!(world.discord.refund_entitlement(&coin));
}
