//! Whatever a bot or a person sets is text in the window, wherever it stands.

use sandbox::Sandbox;
use sandbox::discord::Value as Given;
use serde_json::{Value, json};
use serenity::all::{ClientBuilder, Context, EventHandler, GatewayIntents, HttpBuilder, Interaction};

use super::{BOT, Window};
use crate::world::*;
use shared::platform::db::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_bot_or_a_person_writes_is_text() {
    run(Engine::Sqlite, messages_and_names).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_bot_answers_is_text() {
    run(Engine::Sqlite, answers).await;
}

/// What would run if it were HTML.
fn evil(what: &str) -> String {
    format!("<img src=x onerror=pwned=1>{what}")
}

/// What would run if it were an address.
const LINK: &str = "javascript:pwned=1";

/// Fails if anything of it became more than text.
async fn is_harmless(window: &Window) {
    let found = window
        .script(
            "const made = document.querySelectorAll('img[src=x], [onerror], script:not([src]), iframe, object, embed, [href^=\"javascript\" i], [src^=\"javascript\" i]');
             return [window.pwned ?? null, [...made].map((each) => each.outerHTML)]",
        )
        .await;
    assert_eq!(found, json!([null, []]));
}

/// Asks Discord as a bot of somebody else's program would. Returns the status.
async fn post(sandbox: &Sandbox, method: &str, path: &str, body: &Value) -> u16 {
    let request = reqwest::Client::new().request(method.parse().unwrap(), format!("{}/api/v10{path}", sandbox.discord.url()));
    let request = request.header("authorization", format!("Bot {}", sandbox.discord.token())).json(body);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    if status >= 400 {
        eprintln!("{path}: {}", answer.text().await.unwrap());
    }
    status
}

async fn messages_and_names(world: World) {
    world.has_anothers_bot();
    let (sandbox, discord) = (&world.sandbox, &world.sandbox.discord);
    let mallory = discord.user(&evil("user"));
    let guild = discord.guild(&evil("server"), &mallory);
    guild.join(&world.owner);
    let channel = guild.channel(&evil("channel"));
    let role = guild.role(&evil("role"));
    guild.give_role(&mallory, &role);
    let messages = format!("/channels/{}/messages", channel.id());
    let mentions = format!("{} <#{}> <@&{}>", mallory.mention(), channel.id(), role.id());
    let message = json!({
        "content": format!("{} [masked]({LINK}) [masked](<{LINK}>) <{LINK}> {mentions} ||{}|| `{}`", evil("content"), evil("spoiler"), evil("code")),
        "embeds": [{
            "author": { "name": evil("author") },
            "title": evil("title"),
            "description": format!("{} [masked]({LINK})", evil("description")),
            "fields": [{ "name": evil("field"), "value": evil("value") }],
            "footer": { "text": evil("footer") },
        }],
        "components": [
            { "type": 1, "components": [{ "type": 2, "style": 1, "label": evil("label"), "custom_id": evil("button") }] },
            { "type": 1, "components": [{ "type": 3, "custom_id": evil("select"), "placeholder": evil("placeholder"), "options": [
                { "label": evil("option"), "value": evil("v"), "description": evil("about") },
            ] }] },
        ],
    });
    assert_eq!(post(sandbox, "POST", &messages, &message).await, 200);
    // Discord itself takes no such address.
    for refused in [
        json!({ "embeds": [{ "title": "t", "url": LINK }] }),
        json!({ "embeds": [{ "author": { "name": "a", "url": LINK } }] }),
        json!({ "embeds": [{ "image": { "url": LINK } }] }),
        json!({ "components": [{ "type": 1, "components": [{ "type": 2, "style": 5, "label": "l", "url": LINK }] }] }),
    ] {
        assert_eq!(post(sandbox, "POST", &messages, &refused).await, 400, "{refused}");
    }
    let place = mallory.in_channel(&channel);
    let file = Given::file("<img src=x onerror=pwned=1>.html", "text/html", "<script>pwned=1</script>");
    let picture = Given::file("\"onerror=pwned=1.svg", "image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' onload='pwned=1'/>");
    place.say_with(&evil("said"), [file, picture]).unwrap();
    // A product's own texts, at Stripe and in storage.
    let title = evil("invoice");
    let staff = [("user", (&mallory).into()), ("title", title.as_str().into()), ("amount", "12.50".into())];
    slash(&world.desk(), "/billing issue", staff.into_iter().collect()).await;
    world.location(&world.pay_link(&mallory, "invoice").await).await;
    let customer = reqwest::Client::new().post(format!("{}/v1/customers", sandbox.stripe.url()));
    let customer =
        customer.basic_auth(sandbox.stripe.secret_key(), Some("")).form(&[("name", evil("customer")), ("description", evil("customer"))]);
    assert_eq!(customer.send().await.unwrap().status(), 200);
    let stored = futures::stream::iter([Ok(bytes::Bytes::from_static(b"<script>pwned=1</script>"))]);
    world.app().storage.upload(&format!("{}/{}", evil("folder"), evil("object")), "text/html", 1_000, stored).await.unwrap();

    let window = Window::open(&world).await;
    let (page, pane, side) = (window.page(), window.first(), window.side());
    pane.click("button", &evil("server")).await;
    window.go(pane, &evil("channel")).await;
    pane.says(&evil("said")).await;
    for what in [
        "server",
        "channel",
        "role",
        "content",
        "code",
        "author",
        "title",
        "description",
        "field",
        "value",
        "footer",
        "label",
        "placeholder",
        "user",
    ] {
        pane.says(&evil(what)).await;
    }
    pane.says(&format!("[masked]({LINK})")).await;
    let user = format!("@{}", evil("user"));
    pane.says(&user).await;
    window.screenshot("1-messages").await;
    is_harmless(&window).await;
    pane.click("button", &evil("placeholder")).await;
    window.popover().says(&evil("option")).await;
    window.popover().says(&evil("about")).await;
    window.screenshot("2-select").await;
    is_harmless(&window).await;
    page.click("option", &format!("{}…", evil("option"))).await;
    page.find("button", &format!("{}: {}", evil("placeholder"), evil("option"))).await;
    pane.click("button", "You are mira…").await;
    window.popover().says(&evil("user")).await;
    window.popover().click("button", &format!("{}…", evil("user"))).await;
    window.go(pane, BOT).await;
    pane.says(&evil("invoice")).await;
    is_harmless(&window).await;

    side.click("button", &format!("{}…", evil("invoice"))).await;
    side.says("cs_").await;
    window.screenshot("3-stripe").await;
    side.click("tab", "Customers").await;
    side.click("button", &format!("{}…", evil("customer"))).await;
    side.says("cus_").await;
    is_harmless(&window).await;
    side.click("tab", "Storage").await;
    side.says(&evil("object")).await;
    side.says("folder").await;
    side.click("button", &format!("{}…", evil("object"))).await;
    side.says("<script>pwned=1</script>").await;
    window.screenshot("4-storage").await;
    is_harmless(&window).await;
    side.click("tab", "Wire").await;
    side.write("searchbox", "Filter", "pwned").await;
    side.click("button", "…/messages 200").await;
    side.says("onerror=pwned=1").await;
    window.screenshot("5-wire").await;
    is_harmless(&window).await;

    // Should Discord ever let one through, the window does not.
    let rendered = format!(
        "import(location.origin + '/window/embeds.js').then(({{ renderEmbed, renderFiles }}) => {{
            const url = '{LINK}';
            const embed = renderEmbed({{ url, title: 'title', author: {{ name: 'author', url }}, image: {{ url }}, thumbnail: {{ url }}, description: 'text' }}, {{}});
            const files = renderFiles([{{ url, filename: 'file', content_type: 'image/png' }}]);
            done([embed, files].map((each) => [each.querySelectorAll('a, img').length, each.textContent]));
        }});"
    );
    let [embed, files] = serde_json::from_value::<[(u64, String); 2]>(window.script_async(&rendered).await).unwrap();
    assert_eq!((embed.0, files.0), (0, 0), "{embed:?} {files:?}");
    assert!(embed.1.contains("author") && embed.1.contains("title") && files.1.contains("file"));
    is_harmless(&window).await;
    // Nobody answers Mallory's buttons.
    window.quit().await;
    world.settled().await;
}

/// A bot that answers everything with what would run if it were HTML.
struct Mallory;

#[serenity::async_trait]
impl EventHandler for Mallory {
    async fn interaction_create(&self, ctx: Context, interaction: Interaction) {
        let field = |style: u8, id: &str, value: Value| json!({ "type": 1, "components": [{ "type": 4, "style": style, "custom_id": id, "label": evil(id), "placeholder": evil("hint"), "value": value, "required": false }] });
        let (id, token, answer) = match interaction {
            Interaction::Autocomplete(typed) => {
                (typed.id, typed.token, json!({ "type": 8, "data": { "choices": [{ "name": evil("choice"), "value": evil("chosen") }] } }))
            }
            Interaction::Command(command) => {
                let fields = [field(1, "short", json!(evil("value"))), field(2, "long", Value::Null)];
                let modal = json!({ "type": 9, "data": { "custom_id": evil("form"), "title": evil("form"), "components": fields } });
                (command.id, command.token, modal)
            }
            Interaction::Modal(form) => (form.id, form.token, json!({ "type": 4, "data": { "content": evil("answer"), "flags": 64 } })),
            _ => return,
        };
        ctx.http.create_interaction_response(id, &token, &answer, Vec::new()).await.unwrap();
    }
}

async fn answers(_: World) {
    let sandbox = Sandbox::start(sandbox::Options::default()).await.unwrap();
    let discord = &sandbox.discord;
    let person = discord.user("grace");
    let guild = discord.guild("Elsewhere", &person);
    guild.channel("general");
    let commands = json!([
        { "name": "evil", "description": evil("description"), "options": [
            { "type": 3, "name": "word", "description": evil("word"), "required": true, "autocomplete": true },
            { "type": 3, "name": "pick", "description": evil("pick"), "choices": [{ "name": evil("offer"), "value": evil("offered") }] },
        ] },
        { "name": evil("menu"), "type": 2 },
    ]);
    assert_eq!(post(&sandbox, "PUT", &format!("/applications/{}/commands", discord.application_id()), &commands).await, 200);
    // serenity's own limiter does not go through the proxy.
    let http = HttpBuilder::new(discord.token()).proxy(discord.url()).ratelimiter_disabled(true).build();
    let mut client = ClientBuilder::new_with_http(http, GatewayIntents::empty()).event_handler(Mallory).await.unwrap();
    let bot = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(async move { client.start().await }));
    discord.bot_connected().await;

    let window = Window::open_on(&sandbox, "Welcome to #general").await;
    let (page, pane, form) = (window.page(), window.first(), window.form());
    pane.click("button", "Commands").await;
    pane.says(&evil("description")).await;
    window.screenshot("1-picker").await;
    is_harmless(&window).await;
    pane.click("option", "/evil…").await;
    pane.says(&evil("word")).await;
    pane.click("option", &evil("choice")).await;
    pane.click("combobox", "Add an optional option").await;
    pane.says(&evil("pick")).await;
    pane.click("option", "pick…").await;
    pane.click("option", &evil("offer")).await;
    window.screenshot("2-options").await;
    is_harmless(&window).await;
    pane.click("button", "Run /evil").await;
    for what in ["form", "short", "long"] {
        form.says(&evil(what)).await;
    }
    assert_eq!(window.value("textbox", &evil("short")).await, evil("value"));
    window.screenshot("3-form").await;
    is_harmless(&window).await;
    form.click("button", "Submit").await;
    pane.says(&evil("answer")).await;
    pane.click("button", "grace Owner").await;
    window.popover().click("menuitem", "Apps").await;
    page.find("menuitem", &evil("menu")).await;
    window.screenshot("4-menu").await;
    is_harmless(&window).await;
    window.quit().await;
    drop(bot);
}
