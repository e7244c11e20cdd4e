//! Members, roles and who may use a command.

use super::*;

impl World {
    async fn delete(&self, path: &str) -> (u16, Json) {
        let (status, body) = self.call(Method::DELETE, path, Json::Null).await;
        (status.as_u16(), body)
    }

    async fn put(&self, path: &str) -> (u16, Json) {
        let (status, body) = self.call(Method::PUT, path, Json::Null).await;
        (status.as_u16(), body)
    }
}

#[tokio::test]
async fn a_bot_asks_who_and_where_it_is() {
    let world = World::new().await;
    let id = world.discord.application_id();
    let gateway = world.http.get(format!("{}/api/v10/gateway", world.discord.url())).send().await.expect("no token is needed");
    let told: Json = gateway.json().await.expect("JSON");
    assert!(told["url"].as_str().is_some_and(|url| url.starts_with("ws://127.0.0.1:")));
    for path in ["/oauth2/applications/@me", "/applications/@me", "/users/@me"] {
        assert_eq!(world.get(path).await.1["id"], id, "{path}");
    }
    assert_eq!(world.get("/oauth2/applications/@me").await.1["verify_key"], world.discord.public_key());
    assert_eq!(world.get(&format!("/users/{}", world.ada.id())).await.1["username"], "ada");
    assert_eq!(world.get("/users/5").await.1["code"], 10013);
    assert_eq!(world.get("/users/ada").await.1["errors"]["user_id"]["_errors"][0]["code"], "NUMBER_TYPE_COERCE");
    // Libraries that put a slash before the query come in, too.
    let told = told["url"].as_str().expect("an address").replacen("ws", "http", 1);
    for query in ["?v=10", "/?v=10&encoding=json"] {
        assert_eq!(world.http.get(format!("{told}{query}")).send().await.expect("an answer").status(), 400, "no upgrade: {query}");
    }
    let channel = format!("/channels/{}", world.general.id());
    assert_eq!(world.get(&channel).await.1["name"], "general");
    assert_eq!(world.get("/channels/5").await.1["code"], 10003);
    assert_eq!(world.post(&format!("{channel}/typing"), json!({})).await.0, 204);
    assert_eq!(world.post(&channel, json!({})).await.0, 405);
    let other = world.http.get(format!("{}/api/v9/users/@me", world.discord.url())).send().await.expect("an answer");
    assert_eq!(other.status(), 404);

    let mut gateway = world.connect(1).await;
    world.guild.remove_bot();
    assert_eq!(gateway.event("GUILD_DELETE").await["id"], world.guild.id());
    assert_eq!(world.get(&channel).await.1["code"], 50001);
}

#[tokio::test]
async fn a_bot_gives_and_takes_roles_below_its_own() {
    let world = World::new().await;
    world.discord.allow_privileged_intents();
    let mut gateway = world.connect(intent::GUILDS | intent::GUILD_MEMBERS).await;
    let role = world.guild.role("customer");
    let path = |user: &str, role: &str| format!("/guilds/{}/members/{user}/roles/{role}", world.guild.id());
    let (ada, customer) = (world.ada.id(), role.id());
    assert_eq!(world.put(&path(&ada, &customer)).await.0, 204);
    assert_eq!(gateway.event("GUILD_MEMBER_UPDATE").await["roles"], json!([customer]));
    assert_eq!(world.put(&path(&ada, &customer)).await.0, 204);
    assert_eq!(world.guild.roles_of(&world.ada).len(), 1);
    assert_eq!(world.delete(&path(&ada, &customer)).await.0, 204);
    assert!(world.guild.roles_of(&world.ada).is_empty());

    assert_eq!(world.put(&path(&ada, "5")).await.1["code"], 10011);
    assert_eq!(world.put(&path("5", &customer)).await.1["code"], 10013);
    let stranger = world.discord.user("stranger");
    assert_eq!(world.put(&path(&stranger.id(), &customer)).await.1["code"], 10007);
    assert_eq!(world.put(&path(&ada, &world.guild.id())).await.1["code"], 50028);
    let (_, roles) = world.get(&format!("/guilds/{}/roles", world.guild.id())).await;
    let managed = roles.as_array().and_then(|roles| roles.iter().find(|role| role["managed"] == true)).expect("the bot's role").clone();
    assert!(managed["position"].as_u64() > Some(1), "{managed}");
    assert_eq!(
        world.put(&path(&ada, managed["id"].as_str().expect("an id"))).await,
        (403, json!({ "message": "Missing Permissions", "code": 50013 }))
    );
    world.guild.raise_role(&role);
    assert_eq!(world.put(&path(&ada, &customer)).await.1["code"], 50013);
    let low = world.guild.role("low");
    world.guild.set_bot_permissions(0);
    assert_eq!(world.put(&path(&ada, &low.id())).await.1["code"], 50013);
}

#[tokio::test]
async fn members_are_listed_renamed_and_thrown_out() {
    let world = World::new().await;
    let guild = format!("/guilds/{}", world.guild.id());
    assert_eq!(world.get(&format!("{guild}/members")).await.1["code"], 50001);
    world.discord.allow_privileged_intents();
    let (_, first) = world.get(&format!("{guild}/members")).await;
    assert_eq!(first.as_array().map(Vec::len), Some(1), "one by default");
    let after = first[0]["user"]["id"].as_str().expect("an id").to_owned();
    let (_, rest) = world.get(&format!("{guild}/members?limit=1000&after={after}")).await;
    assert_eq!(rest.as_array().map(Vec::len), Some(2));
    assert_eq!(world.get(&format!("{guild}/members?limit=1001")).await.1["code"], 50035);
    assert_eq!(world.get(&format!("{guild}/members/search?query=AD&limit=5")).await.1[0]["user"]["username"], "ada");
    assert_eq!(world.get(&format!("{guild}/members/search")).await.1["code"], 50035);

    let ada = format!("{guild}/members/{}", world.ada.id());
    assert_eq!(world.call(Method::PATCH, &ada, json!({ "nick": "Countess" })).await.1["code"], 50013);
    let everything = u64::MAX >> 11;
    world.guild.set_bot_permissions(everything & !8);
    let (status, renamed) = world.call(Method::PATCH, &ada, json!({ "nick": "Countess" })).await;
    assert_eq!((status.as_u16(), &renamed["nick"]), (200, &json!("Countess")));
    assert_eq!(world.call(Method::PATCH, &ada, json!({ "nick": "x".repeat(33) })).await.1["code"], 50035);
    for left_out in [json!({ "mute": true }), json!({ "communication_disabled_until": "2030-01-01T00:00:00Z" })] {
        assert_eq!(world.call(Method::PATCH, &ada, left_out.clone()).await.1["code"], 50035, "{left_out}");
    }
    let own = format!("{guild}/members/@me");
    assert_eq!(world.call(Method::PATCH, &own, json!({ "nick": "Clerk" })).await.1["nick"], "Clerk");
    assert_eq!(world.delete(&format!("{guild}/members/{}", world.owner.id())).await.1["code"], 50013, "nobody kicks an owner");
    assert_eq!(world.delete(&ada).await.0, 204);
    assert_eq!(world.get(&ada).await.1["code"], 10007);
}

#[tokio::test]
async fn roles_are_made_changed_and_removed() {
    let world = World::new().await;
    let mut gateway = world.connect(1).await;
    let path = format!("/guilds/{}/roles", world.guild.id());
    let (status, role) = world.post(&path, json!({ "name": "vip", "color": 255, "hoist": true, "permissions": "0" })).await;
    assert_eq!((status.as_u16(), &role["color"], &role["position"]), (200, &json!(255), &json!(1)));
    assert_eq!(gateway.event("GUILD_ROLE_CREATE").await["role"]["name"], "vip");
    assert_eq!(world.post(&path, json!({ "permissions": "8" })).await.1["code"], 50013, "nobody gives what they have not");
    assert_eq!(world.post(&path, json!({ "name": "x".repeat(101) })).await.1["code"], 50035);
    assert_eq!(world.post(&path, json!({ "unicode_emoji": "🐉" })).await.1["code"], 50035);
    let one = format!("{path}/{}", role["id"].as_str().expect("an id"));
    assert_eq!(world.call(Method::PATCH, &one, json!({ "name": "patron" })).await.1["name"], "patron");
    assert_eq!(gateway.event("GUILD_ROLE_UPDATE").await["role"]["name"], "patron");
    assert_eq!(world.delete(&one).await.0, 204);
    assert_eq!(gateway.event("GUILD_ROLE_DELETE").await["role_id"], role["id"]);
    assert_eq!(world.delete(&one).await.1["code"], 10011);
    let mut refused = None;
    while refused.is_none() {
        let (status, body) = world.post(&path, json!({})).await;
        refused = (status != 200).then_some(body);
    }
    assert_eq!(refused.expect("refused in the end")["code"], 30005);
    let (_, roles) = world.get(&path).await;
    assert_eq!(roles.as_array().map(Vec::len), Some(250));
}

#[tokio::test]
async fn administrators_rule_who_sees_a_command() {
    let world = World::new().await;
    let (_, stored) = world.register(json!([{ "name": "bill", "description": "d", "default_member_permissions": "32" }])).await;
    let mut gateway = world.connect(1).await;
    let (staff, back_room) = (world.guild.role("staff"), world.guild.channel("back-room"));
    let shown = |channel: &Channel| {
        let place = world.ada.in_channel(channel);
        // Too many options: what is shown refuses them, what is hidden never looks.
        async move { matches!(place.slash("/bill", [("nonsense", "x".into())]).await, Err(ActError::BadOptions(_))) }
    };
    assert!(!shown(&world.general).await, "it needs Manage Server");
    world.guild.give_role(&world.ada, &staff);
    world.guild.rule_command("bill", CommandFor::Role(staff.clone()), true).expect("there is such a command");
    let told = gateway.event("APPLICATION_COMMAND_PERMISSIONS_UPDATE").await;
    assert_eq!(told["permissions"], json!([{ "id": staff.id(), "type": 1, "permission": true }]));
    assert!(shown(&world.general).await);
    world.guild.rule_command("bill", CommandFor::AllChannels, false).expect("there is such a command");
    world.guild.rule_command("bill", CommandFor::Channel(back_room.clone()), true).expect("there is such a command");
    assert!(!shown(&world.general).await);
    assert!(shown(&back_room).await);
    world.guild.rule_command("bill", CommandFor::User(world.ada.clone()), false).expect("there is such a command");
    assert!(!shown(&back_room).await, "a person's own rule wins over their roles'");
    world.guild.set_administrator(&world.ada);
    assert!(shown(&world.general).await, "nothing is hidden from administrators");

    let base = format!("/applications/{}/guilds/{}/commands", world.discord.application_id(), world.guild.id());
    assert_eq!(world.get(&format!("{base}/permissions")).await.1[0]["id"], stored[0]["id"]);
    let one = format!("{base}/{}/permissions", stored[0]["id"].as_str().expect("an id"));
    assert_eq!(world.get(&one).await.1["permissions"].as_array().map(Vec::len), Some(4));
    let app_wide = format!("{base}/{}/permissions", world.discord.application_id());
    assert_eq!(world.get(&app_wide).await.1["code"], 10066);
    assert_eq!(world.call(Method::PUT, &one, json!({ "permissions": [] })).await.1["code"], 20001);
}

#[tokio::test]
async fn somebody_who_manages_the_server_sets_rules_by_rest() {
    let world = World::new().await;
    let (_, stored) = world.register(json!([{ "name": "bill", "description": "d" }])).await;
    world.discord.add_redirect_uri("http://127.0.0.1:9/");
    let token = async |person: &Person, scope: &str| {
        let (url, id) = (world.discord.url(), world.discord.application_id());
        let address =
            format!("{url}/oauth2/authorize?client_id={id}&response_type=code&redirect_uri=http%3A%2F%2F127.0.0.1%3A9%2F&scope={scope}");
        let back = person.authorize(&address).expect("they agree");
        let code = back.split("code=").nth(1).expect("a code").to_owned();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", "http://127.0.0.1:9/"),
            ("client_id", &id),
            ("client_secret", &world.discord.client_secret()),
        ];
        let body = serde_urlencoded::to_string(form).expect("text");
        let request = world.http.post(format!("{url}/api/oauth2/token")).header("content-type", "application/x-www-form-urlencoded");
        let granted: Json = request.body(body).send().await.expect("an answer").json().await.expect("JSON");
        granted["access_token"].as_str().expect("a token").to_owned()
    };
    let base = format!("{}/api/v10/applications/{}/guilds/{}", world.discord.url(), world.discord.application_id(), world.guild.id());
    let path = format!("{base}/commands/{}/permissions", stored[0]["id"].as_str().expect("an id"));
    let put = async |token: &str, body: Json| {
        let response = world.http.put(&path).bearer_auth(token).json(&body).send().await.expect("an answer");
        (response.status().as_u16(), response.json::<Json>().await.expect("JSON"))
    };
    let scope = "applications.commands.permissions.update";
    let rules = json!({ "permissions": [{ "id": world.guild.id(), "type": 1, "permission": false }] });
    assert_eq!(put(&token(&world.ada, "identify").await, rules.clone()).await.0, 401);
    assert_eq!(put(&token(&world.ada, scope).await, rules.clone()).await.1["code"], 50013);
    let owner = token(&world.owner, scope).await;
    assert_eq!(put(&owner, rules.clone()).await.1["permissions"], rules["permissions"]);
    let hidden = world.ada.in_channel(&world.general).slash("/bill", []).await;
    assert!(matches!(hidden, Err(ActError::NotAllowed(_))));
    let unknown = json!({ "permissions": [{ "id": "5", "type": 2, "permission": false }] });
    assert_eq!(put(&owner, unknown).await.1["code"], 50035);
    assert_eq!(put(&owner, json!({})).await.1["errors"]["permissions"]["_errors"][0]["code"], "BASE_TYPE_REQUIRED");
}
