//! The second customer, the stranger and the foreign administrator, against everything that is
//! registered. A command, option, button or route without an expectation here fails.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use sandbox::discord::{Place, Value};
use serde_json::Value as Json;

use crate::web::Browser;
use crate::world::*;

each_backend!(
    another_customer_gets_the_words_for_what_does_not_exist,
    staff_commands_are_for_owners_in_the_studios_own_server,
    every_autocomplete_shows_only_what_is_theirs,
    every_button_checks_who_presses_it,
    every_route_checks_its_token,
    every_page_shows_each_visitor_only_what_is_theirs,
    refusals_are_counted,
);

/// Every leaf command that is registered, as `/invoice view`, with its options.
pub fn registered(world: &World) -> Vec<(String, Vec<Json>)> {
    let mut leaves = Vec::new();
    for command in world.sandbox.discord.commands() {
        // Menus have no options: `files::menus_and_forms_are_for_staff` has them.
        if !matches!(command["type"].as_u64(), None | Some(1)) {
            continue;
        }
        let name = format!("/{}", command["name"].as_str().unwrap());
        let options = command["options"].as_array().cloned().unwrap_or_default();
        let (subcommands, plain): (Vec<_>, Vec<_>) = options.into_iter().partition(|option| option["type"] == 1);
        if subcommands.is_empty() {
            leaves.push((name, plain));
        } else {
            leaves.extend(subcommands.into_iter().map(|leaf| {
                (format!("{name} {}", leaf["name"].as_str().unwrap()), leaf["options"].as_array().cloned().unwrap_or_default())
            }));
        }
    }
    leaves.sort_by(|left, right| left.0.cmp(&right.0));
    leaves
}

const STAFF: [&str; 23] = [
    "/billing issue",
    "/billing edit",
    "/billing list",
    "/billing view",
    "/billing revoke",
    "/billing refund",
    "/billing reconcile",
    "/billing attention",
    "/billing receipt",
    "/billing evidence",
    "/billing export",
    "/billing resend",
    "/deliver add",
    "/deliver replace",
    "/deliver remove",
    "/deliver list",
    "/customer view",
    "/staff add",
    "/staff remove",
    "/staff list",
    "/staff whoami",
    "/audit list",
    "/audit verify",
];

/// What each command is given when somebody else's things are asked for.
fn options(world: &World, command: &str, deliverable: &str) -> Vec<(&'static str, Value)> {
    match command {
        "/billing issue" => vec![("user", (&world.ben).into()), ("title", "x".into()), ("amount", "1".into())],
        "/billing export" => vec![("from", "2026-01-01".into()), ("to", "0d".into())],
        "/billing reconcile" => vec![("invoice", "1".into())],
        "/billing list" | "/billing attention" | "/invoice list" | "/inbox" | "/about" => vec![],
        "/account link" | "/account sessions" | "/account logout" | "/account disconnect" => vec![],
        "/staff list" | "/staff whoami" | "/audit list" | "/audit verify" => vec![],
        "/staff add" | "/staff remove" => vec![("permission", "billing".into()), ("user", (&world.ben).into())],
        "/customer view" => vec![("user", (&world.ada).into())],
        "/settings timezone" => vec![("timezone", "Europe/Berlin".into())],
        "/billing edit" => vec![("invoice", "2".into()), ("amount", "1".into())],
        "/deliver replace" => vec![("deliverable", deliverable.into()), ("file", Value::file("a.zip", "application/zip", "bytes"))],
        "/deliver remove" => vec![("deliverable", deliverable.into())],
        "/help" => vec![("command", "invoice pay".into())],
        "/settings language" => vec![("language", "en".into())],
        "/deliver add" => vec![("invoice", "1".into()), ("file", Value::file("a.zip", "application/zip", "bytes"))],
        "/billing revoke" => vec![("invoice", "2".into()), ("reason", "x".into())],
        "/billing refund" => vec![("invoice", "1".into()), ("reason", "x".into())],
        "/invoice view" | "/invoice pay" | "/invoice check" | "/invoice receipt" | "/deliverable list" | "/billing view"
        | "/billing evidence" | "/billing receipt" | "/billing resend" | "/deliver list" => {
            vec![("invoice", "1".into())]
        }
        "/deliverable get" => vec![("deliverable", deliverable.into())],
        new => panic!("{new} is registered: say here what a stranger gets"),
    }
}

/// Ada's paid invoice #1 with a file, and her pending invoice #2. Returns the file's id.
async fn two_invoices(world: &World) -> String {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "secret-dragon.zip", "bytes").await;
    world.issue(&world.ada, "Secret castle", "99").await;
    world.ada.wait_for_dm("Secret castle").await;
    world.deliverable_id(&world.ada).await
}

async fn another_customer_gets_the_words_for_what_does_not_exist(world: World) {
    let deliverable = two_invoices(&world).await;
    // Somebody who signed in and whose servers are known, which no command shows.
    world.sandbox.discord.guild("Hidden Lodge", &world.owner).join(&world.ben);
    crate::account::sign_in_as(&world, &world.ben, "Firefox/140.0").await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM account_guilds WHERE name = 'Hidden Lodge'").await, 1);
    for (command, _) in registered(&world) {
        if STAFF.contains(&command.as_str()) {
            continue;
        }
        for place in [world.ben.in_dm(), world.ben.in_channel(&world.general)] {
            let theirs = slash(&place, &command, options(&world, &command, &deliverable)).await;
            assert!(theirs.ephemeral, "{command}");
            let last = answered(&theirs).await;
            let shown = format!("{last:?}").to_lowercase();
            assert!(!shown.contains("dragon") && !shown.contains("castle") && !shown.contains("12.50"), "{command}: {shown}");
            assert!(!shown.contains("hidden lodge"), "{command}: {shown}");
            match command.as_str() {
                "/account link" => {
                    let theirs = format!("{}/login?for={}", world.url, world.ben.id());
                    let links: Vec<_> = last.buttons().iter().map(|button| button.url.clone()).collect();
                    assert_eq!(links, [Some(theirs)]);
                }
                "/account disconnect" => assert!(last.button("Disconnect").is_some()),
                _ => assert!(last.buttons().is_empty(), "{command}"),
            }
            let nothing: Vec<(&str, Value)> = match command.as_str() {
                "/invoice view" | "/invoice pay" | "/invoice check" | "/invoice receipt" | "/deliverable list" => {
                    vec![("invoice", "777".into())]
                }
                "/deliverable get" => vec![("deliverable", "01890a5d-ac96-774b-bcce-b302099a8057".into())],
                _ => continue,
            };
            let absent = slash(&place, &command, nothing).await;
            let absent = answered(&absent).await.text();
            assert_eq!(last.text(), absent, "{command}: the same words");
            assert!(absent.contains("not found"), "{command}: {absent}");
        }
    }
}

const REVIEWER: &str = "a reviewer, who may do none of this";

/// Every kind of person who may not run a staff command, and the places where Discord's own client
/// does not even show one.
async fn outsiders(world: &World) -> (Vec<(&'static str, Place)>, Vec<Place>) {
    // An administrator, even the owner, of a server of their own with the bot in it.
    let eve = world.sandbox.discord.user("eve");
    let elsewhere = world.sandbox.discord.guild("Elsewhere", &eve);
    elsewhere.join(&world.owner);
    elsewhere.set_administrator(&world.owner);
    world.guild.join(&eve);
    world.guild.set_administrator(&eve);
    let foreign = elsewhere.channel("general");
    // Somebody who was staff until just now, by a grant and by a role.
    let fred = world.sandbox.discord.user("fred");
    let (artists, theirs) = (world.guild.role("Artists"), elsewhere.role("Artists"));
    world.guild.give_role(&fred, &artists);
    elsewhere.give_role(&fred, &theirs);
    let grants =
        [("billing", Value::from(&fred), "user"), ("billing", Value::from(&artists), "role"), ("support", Value::from(&fred), "user")];
    for (permission, whom, option) in grants.clone() {
        slash(&world.desk(), "/staff add", vec![("permission", permission.into()), (option, whom)]).await;
    }
    for (permission, whom, option) in grants {
        if option == "user" {
            slash(&world.desk(), "/staff remove", vec![("permission", permission.into()), (option, whom)]).await;
        }
    }
    world.guild.take_role(&fred, &artists);
    let rita = world.sandbox.discord.user("rita");
    world.guild.join(&rita);
    slash(&world.desk(), "/staff add", vec![("permission", "reviewer".into()), ("user", (&rita).into())]).await;
    let outsiders = vec![
        ("a customer in the studio's server", world.ben.in_channel(&world.general)),
        ("a customer in a DM", world.ben.in_dm()),
        ("an administrator of the studio's server who is not staff", eve.in_channel(&world.general)),
        ("the owner of a foreign server", eve.in_channel(&foreign)),
        ("an owner of the studio in a DM", world.owner.in_dm()),
        ("an owner of the studio in a foreign server", world.owner.in_channel(&foreign)),
        ("somebody who was staff until now", fred.in_channel(&world.general)),
        ("the holder of a role of the same name elsewhere", fred.in_channel(&foreign)),
        (REVIEWER, rita.in_channel(&world.general)),
    ];
    let hidden_from = vec![world.owner.in_dm(), eve.in_channel(&foreign), world.ben.in_channel(&world.general)];
    (outsiders, hidden_from)
}

async fn staff_commands_are_for_owners_in_the_studios_own_server(world: World) {
    let deliverable = two_invoices(&world).await;
    let (outsiders, hidden_from) = outsiders(&world).await;
    let before = world.number("SELECT COUNT(*) AS value FROM invoices").await;
    for (command, _) in registered(&world) {
        if !STAFF.contains(&command.as_str()) {
            continue;
        }
        for (who, place) in &outsiders {
            let reply = forge(place, &command, options(&world, &command, &deliverable)).await;
            let last = answered(&reply).await.text();
            let refused = last.contains("for the studio's staff") || last.contains("needs the permission");
            // Whoever has any permission may know it.
            assert!(refused || (command == "/staff whoami" && *who == REVIEWER), "{command}, {who}: {last}");
            assert!(reply.ephemeral, "{command}, {who}");
        }
        // Discord's own client does not even show them in a DM, elsewhere, or to ordinary members.
        for place in &hidden_from {
            assert!(hidden(&place.slash(&command, options(&world, &command, &deliverable)).await), "{command}");
        }
    }
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM invoices").await, before);
    assert_eq!(world.sandbox.storage.objects().len(), 1);
}

async fn every_autocomplete_shows_only_what_is_theirs(world: World) {
    two_invoices(&world).await;
    let (outsiders, _) = outsiders(&world).await;
    let mut seen = BTreeSet::new();
    for (command, options) in registered(&world) {
        for option in options.iter().filter(|option| option["autocomplete"] == true) {
            let name = option["name"].as_str().unwrap();
            seen.insert(format!("{command} {name}"));
            for typed in ["", "1", "#1", "dragon", "%", "\0", &"x".repeat(100)] {
                for (_, place) in &outsiders {
                    // An owner who is elsewhere is a customer like any other.
                    let choices = place.forge_autocomplete(&command, name, typed, Vec::<(&str, Value)>::new()).await.unwrap();
                    if command == "/settings timezone" {
                        continue;
                    }
                    if command == "/help" {
                        let hidden =
                            |choice: &&sandbox::discord::Choice| STAFF.contains(&choice.name.as_str()) && choice.name != "/staff whoami";
                        assert_eq!(choices.iter().find(hidden), None);
                        continue;
                    }
                    assert!(choices.is_empty(), "{command} {name}: {choices:?}");
                }
            }
        }
    }
    let expected = [
        "/audit list action",
        "/billing edit invoice",
        "/billing evidence invoice",
        "/billing receipt invoice",
        "/billing reconcile invoice",
        "/billing refund invoice",
        "/billing resend invoice",
        "/billing revoke invoice",
        "/billing view invoice",
        "/deliver add invoice",
        "/deliver list invoice",
        "/deliver remove deliverable",
        "/deliver replace deliverable",
        "/deliverable get deliverable",
        "/deliverable list invoice",
        "/help command",
        "/invoice check invoice",
        "/invoice pay invoice",
        "/invoice receipt invoice",
        "/invoice view invoice",
        "/settings timezone timezone",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);

    let mine = autocomplete(&world.ada.in_dm(), "/invoice view", "invoice", "cas").await;
    assert_eq!(mine.iter().map(|choice| choice.name.as_str()).collect::<Vec<_>>(), ["#2 · Secret castle · 99.00 USD"]);
    let staff = autocomplete(&world.desk(), "/deliver add", "invoice", "").await;
    let labels: Vec<&str> = staff.iter().map(|choice| choice.name.as_str()).collect();
    assert_eq!(labels, ["#2 · Secret castle · 99.00 USD", "#1 · Dragon rig · 12.50 USD"], "no name of a customer");
}

async fn every_button_checks_who_presses_it(world: World) {
    let deliverable = two_invoices(&world).await;
    let dm = world.ada.wait_for_dm("A file is ready").await;
    let button = dm.button("Get file").unwrap().custom_id.unwrap();
    assert_eq!(button, format!("v1:get:{deliverable}"));
    let odd = [
        "v1:get:01890a5d-ac96-774b-bcce-b302099a8057".to_owned(),
        "v1:get:".into(),
        "v1:get:1".into(),
        "v1:confirm:1".into(),
        "v1:confirm:01890a5d-ac96-774b-bcce-b302099a8057".into(),
        "v1:get:../../x".into(),
        "v1:unknown:1".into(),
        "v2:get:1".into(),
        "x".into(),
        format!("v1:get:{}", "9".repeat(90)),
    ];
    // Buttons of staff, on a message in the studio's server.
    let question = slash(&world.desk(), "/billing revoke", vec![("invoice", "2".into()), ("reason", "x".into())]).await;
    let confirm = question.message.button("Revoke").unwrap().custom_id.unwrap();
    let (outsiders, _) = outsiders(&world).await;
    for (who, place) in &outsiders {
        let person = place.person();
        for custom_id in [
            &confirm,
            "v1:attention:",
            "v1:again:event:evt_1",
            "v1:again:payment:0190",
            "v1:drop:payment:0190",
            "v1:drop:job:1",
            "v1:page:all-invoices|||",
            "v1:page:all-files|1|",
            "v1:page:audit||||",
            "v1:page:staff|",
        ] {
            let message = if person.id() == world.owner.id() { &dm } else { &question.message };
            let reply = person.forge_click(custom_id, Some(message)).await.unwrap().reply().unwrap();
            let text = reply.text();
            let refused =
                ["for the studio's staff", "needs the permission", "This question is over"].iter().any(|words| text.contains(words));
            // A confirmation put to the owner works for the owner, from wherever they press it but a DM.
            assert!(reply.ephemeral && refused, "{who}, {custom_id}: {text}");
        }
    }
    assert_eq!(world.status(2).await, "pending");
    for custom_id in odd.iter().chain([&button]) {
        let clicked = world.ben.forge_click(custom_id, Some(&dm)).await.unwrap();
        let reply = clicked.reply().unwrap();
        assert!(reply.ephemeral, "{custom_id}");
        assert!(reply.message.buttons().is_empty() && !reply.text().to_lowercase().contains("dragon"), "{custom_id}: {}", reply.text());
    }
    let reply = world.ada.forge_click(&button, Some(&dm)).await.unwrap().reply().unwrap();
    assert!(reply.message.button("Download").is_some());
}

async fn every_route_checks_its_token(world: World) {
    let deliverable = two_invoices(&world).await;
    let pay = world.pay_link(&world.ada, "Secret castle").await;
    let reply = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", deliverable.into())]).await;
    let download = reply.message.button("Download").unwrap().url.unwrap();
    let (pay, download) = (pay.rsplit('/').next().unwrap(), download.rsplit('/').next().unwrap());
    for (method, path) in webhook::routes() {
        let tokens: &[&str] = match (*method, *path) {
            ("GET", "/pay/{token}" | "/pay/{token}/done" | "/pay/{token}/cancelled") => &[download, "x", "..%2f..", "%00"],
            ("GET", "/d/{token}") => &[pay, "x", "..%2f..", "%00"],
            ("GET", "/" | "/health/live" | "/health/ready" | "/robots.txt" | "/sw.js" | "/offline") => continue,
            ("GET", "/static/atelier.css" | "/static/atelier.js" | "/static/icon.svg") => continue,
            // Those have no token in their address: `every_page_shows_each_visitor_only_what_is_theirs` has them.
            (_, "/login" | "/oauth/callback" | "/logout") => continue,
            (_, dashboard) if dashboard.starts_with("/dashboard") => continue,
            ("POST", "/stripe/webhook" | "/discord/events") => continue,
            new => panic!("{new:?} is routed: say here what a stranger gets"),
        };
        let longer = format!("{}A", if path.starts_with("/d") { download } else { pay });
        for token in tokens.iter().copied().chain([longer.as_str()]) {
            let answer = world.get(&format!("{}{}", world.url, path.replace("{token}", token))).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path} {token}");
            let page = answer.text().await.unwrap();
            assert!(!page.contains("Dragon") && !page.contains("castle"), "{path}: {page}");
        }
    }
    // The link opens the file once, within fifteen minutes.
    let link = format!("{}/d/{download}", world.url);
    world.location(&link).await;
    world.app().clock.advance(std::time::Duration::from_secs(15 * 60));
    let answer = world.get(&link).await;
    assert_eq!(answer.status(), StatusCode::GONE);
    assert!(answer.text().await.unwrap().contains("expired"));
}

async fn every_page_shows_each_visitor_only_what_is_theirs(world: World) {
    // The studio is not called as its server is, from the first receipt on.
    world.restart(&[("STUDIO__NAME", "The studio".into())]).await;
    let file = two_invoices(&world).await;
    let browsers: Vec<_> = (0..4).map(|_| Browser::new(&world)).collect();
    let [nobody, ada, ben, owner] = browsers.as_slice() else { unreachable!() };
    ada.sign_in(&world.ada).await;
    ben.sign_in(&world.ben).await;
    owner.sign_in(&world.owner).await;
    let gone = Browser::new(&world);
    gone.sign_in(&world.ada).await;
    // Another browser of hers ends it.
    let page = ada.page("/dashboard/sessions").await;
    let id = page.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    ada.post("/dashboard/sessions/end", &[("session", &id)]).await;
    // A server that she alone is in. Its name is on no page, nor is that of the studio's own.
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM account_guilds").await, 3);

    let mut walked = 0;
    for (method, path) in webhook::routes() {
        let (needs_session, is_one_of_hers) = match (*method, *path) {
            (_, "/dashboard" | "/dashboard/invoices" | "/dashboard/files" | "/dashboard/inbox" | "/dashboard/sessions") => (true, false),
            (_, "/dashboard/settings" | "/dashboard/disconnect" | "/logout" | "/dashboard/inbox/read") => (true, false),
            ("POST", "/dashboard/sessions/end" | "/dashboard/sessions/end-all") => (true, false),
            ("GET", path) if path.starts_with("/dashboard/") => (true, true),
            (
                "GET" | "POST",
                "/pay/{token}" | "/pay/{token}/done" | "/pay/{token}/cancelled" | "/d/{token}" | "/stripe/webhook" | "/discord/events",
            ) => (false, false),
            ("GET", "/login" | "/oauth/callback" | "/" | "/health/live" | "/health/ready" | "/robots.txt" | "/sw.js" | "/offline") => {
                (false, false)
            }
            ("GET", "/static/atelier.css" | "/static/atelier.js" | "/static/icon.svg") => (false, false),
            new => panic!("{new:?} is routed: say here who may see it"),
        };
        let address = path.replace("{token}", "x").replace("{number}", "1").replace("{id}", &file);
        let asked = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        for (who, browser) in [("nobody", nobody), ("ada", ada), ("ben", ben), ("the owner", owner), ("whose session ended", &gone)] {
            let answer = browser.send(asked.clone(), &address, &[]).await;
            let (status, private) = (answer.status(), answer.headers().get("cache-control").is_some_and(|kept| kept == "no-store"));
            let page = String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned();
            let what = format!("{method} {path} for {who}: {status}");
            // A receipt keeps the name that the studio had when it was issued.
            assert!(!page.contains("Pixel Forge") || (who == "ada" && path.ends_with("/receipt")), "{what}: {page}");
            if who != "ada" {
                assert!(!page.contains("Dragon") && !page.contains("castle") && !page.contains("dragon.zip"), "{what}: {page}");
            }
            let is_signed_in = ["ada", "ben", "the owner"].contains(&who);
            match (needs_session, is_signed_in, *method) {
                (false, ..) => {}
                (true, false, "GET") => assert_eq!(status, StatusCode::SEE_OTHER, "{what}"),
                (true, false, _) => assert_eq!(status, StatusCode::UNAUTHORIZED, "{what}"),
                (true, true, "POST") => assert_eq!(status, StatusCode::FORBIDDEN, "{what}: without its token"),
                (true, true, _) if is_one_of_hers && who != "ada" => assert_eq!(status, StatusCode::NOT_FOUND, "{what}"),
                (true, true, _) => assert_ne!(status, StatusCode::NOT_FOUND, "{what}"),
            }
            assert!(private || !needs_session, "{what}");
            walked += 1;
        }
    }
    assert_eq!(walked, webhook::routes().len() * 5);
}

async fn refusals_are_counted(world: World) {
    let place = world.ben.in_channel(&world.general);
    for _ in 0..3 {
        forge(&place, "/billing list", vec![]).await;
    }
    assert_eq!(world.column("SELECT target AS value FROM audit_counts").await, ["/billing list"]);
    assert_eq!(world.column("SELECT target AS value FROM audit WHERE action = 'refused'").await, ["/billing list"], "once in ten minutes");
    assert_eq!(world.number("SELECT count AS value FROM audit_counts").await, 3);
}
