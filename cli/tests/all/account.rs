//! Signing in, from the command's button to what is left after disconnecting; Discord's own word about
//! it; and the keys under which all of it is sealed.

use std::time::Duration;

use reqwest::{Response, StatusCode};
use sandbox::discord::Person;
use sandbox::fault::Fault;
use secrecy::ExposeSecret;
use shared::domain::rotation::{self, Place};
use shared::domain::{accounts, sessions, sign_in};
use shared::platform::sealing::Keys;
use shared::types::UserId;
use sqlx::AssertSqlSafe;

use crate::world::*;

each_backend!(
    a_person_signs_in_sees_where_and_signs_out,
    who_disconnects_leaves_their_invoices_and_nothing_else,
    a_second_sign_in_takes_nothing_back_at_discord,
    who_is_back_before_discord_was_told_is_not_taken_back,
    servers_that_are_no_longer_allowed_are_forgotten,
    first_sign_ins_at_once_all_count,
    what_discord_says_of_a_removed_application_counts,
    an_event_counts_only_signed_and_newer_than_the_sign_in,
    servers_are_read_again_when_due_until_the_person_takes_it_back,
    servers_that_cannot_be_read_wait_in_one_job,
    a_stripe_customer_follows_when_stripe_was_down,
    keys_are_rotated_however_often_that_is_broken_off,
    what_no_key_opens_is_named_and_the_rest_goes_on,
    a_dump_of_the_database_shows_no_address_and_no_token,
);

const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
const REVOKE: &str = "/api/oauth2/token/revoke";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What a sign-in left with the browser.
pub struct Browser {
    /// What the session's cookie holds.
    pub session: String,
    /// What bound the sign-in to the browser.
    pub binding: String,
    /// What Discord sent back with.
    pub code: String,
}

/// Signs a person in, as a browser that calls itself `agent`.
pub async fn sign_in_as(world: &World, person: &Person, agent: &str) -> Browser {
    sign_in_allowing(world, person, agent, "identify+email+guilds").await
}

/// The same, for whoever allows these scopes only.
async fn sign_in_allowing(world: &World, person: &Person, agent: &str, scopes: &str) -> Browser {
    let app = world.app();
    let begun = sign_in::begin(&app, None, "/dashboard", app.clock.now()).await.unwrap();
    assert!(begun.url.contains("scope=identify+email+guilds"), "{}", begun.url);
    let consent = begun.url.replace("scope=identify+email+guilds", &format!("scope={scopes}"));
    let back = url::Url::parse(&person.authorize(&consent).unwrap()).unwrap();
    assert!(back.as_str().starts_with(&format!("{}/oauth/callback?", world.url)));
    let sent = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let (state, code) = (sent("state"), sent("code"));
    let binding = begun.browser.expose_secret().to_owned();
    let here = sign_in::Browser { bindings: std::slice::from_ref(&binding), sessions: &[], agent };
    let signed_in = sign_in::finish(&app, &here, &state, &code, app.clock.now()).await.unwrap();
    assert_eq!(signed_in.account.user.to_string(), person.id());
    Browser { session: signed_in.token.expose_secret().to_owned(), binding, code }
}

async fn is_signed_in(world: &World, browser: &Browser) -> bool {
    let app = world.app();
    sessions::find(&app, &browser.session, app.clock.now()).await.unwrap().is_some()
}

async fn count(world: &World, what: &str) -> i64 {
    world.number(&format!("SELECT COUNT(*) AS value FROM {what}")).await
}

/// Everything that is only there because somebody allowed it.
async fn allowed(world: &World) -> [i64; 4] {
    let accounts = count(world, "accounts WHERE email IS NOT NULL OR avatar IS NOT NULL OR guilds_due_at IS NOT NULL").await;
    [count(world, "grants").await, count(world, "account_guilds").await, count(world, "sessions").await, accounts]
}

fn asked(world: &World, path: &str) -> usize {
    world.sandbox.recorder.all().iter().filter(|request| request.path.starts_with(path)).count()
}

async fn a_person_signs_in_sees_where_and_signs_out(world: World) {
    let dm = world.ada.in_dm();
    let link = slash(&dm, "/account link", vec![]).await;
    assert!(link.ephemeral);
    for words in ["Sign in with Discord", "Pixel Forge", "your e-mail address", "which servers you are in", "kept encrypted"] {
        assert!(link.text().contains(words), "{words}: {}", link.text());
    }
    let button = link.message.button("Sign in").unwrap();
    assert_eq!(button.url, Some(format!("{}/login?for={}", world.url, world.ada.id())));

    let none = slash(&dm, "/account sessions", vec![]).await;
    assert!(none.text().contains("You are signed in nowhere"), "{}", none.text());
    let none = slash(&dm, "/account logout", vec![]).await;
    assert!(none.text().contains("You were signed in nowhere"), "{}", none.text());

    let first = sign_in_as(&world, &world.ada, FIREFOX).await;
    world.app().clock.advance(Duration::from_secs(60));
    let second = sign_in_as(&world, &world.ada, "curl/8").await;
    let bens = sign_in_as(&world, &world.ben, FIREFOX).await;
    assert!(is_signed_in(&world, &first).await && is_signed_in(&world, &second).await);
    let listed = slash(&dm, "/account sessions", vec![]).await;
    let text = listed.text();
    let (unknown, firefox) = (text.find("An unknown browser"), text.find("Firefox on Windows"));
    assert!(unknown.is_some() && unknown < firefox && text.matches("last used").count() == 2, "the latest first: {text}");
    assert!(![&first, &second].iter().any(|browser| text.contains(&browser.session)));

    let out = slash(&dm, "/account logout", vec![]).await;
    assert!(out.text().contains("2 sessions have ended"), "{}", out.text());
    assert!(!is_signed_in(&world, &first).await && !is_signed_in(&world, &second).await);
    assert!(is_signed_in(&world, &bens).await, "nobody else is signed out");
    assert_eq!(world.column("SELECT detail AS value FROM audit WHERE action = 'signed out'").await.last().unwrap(), "2 sessions");

    world.restart(&[("DISCORD__CLIENT_SECRET", String::new())]).await;
    let off = slash(&dm, "/account link", vec![]).await;
    assert!(off.text().contains("Nobody can sign in here") && off.message.buttons().is_empty(), "{}", off.text());
}

async fn who_disconnects_leaves_their_invoices_and_nothing_else(world: World) {
    let dm = world.ada.in_dm();
    let nothing = slash(&dm, "/account disconnect", vec![]).await;
    assert!(nothing.text().contains("Nothing is connected") && nothing.message.buttons().is_empty());

    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.ada.wait_for_dm("Dragon rig").await;
    let browser = sign_in_as(&world, &world.ada, FIREFOX).await;
    assert_eq!(allowed(&world).await, [1, 1, 1, 1]);

    let question = slash(&dm, "/account disconnect", vec![]).await;
    assert!(question.text().contains("Disconnect your account?") && question.text().contains("Your invoices, receipts and files stay"));
    let confirm = question.message.button("Disconnect").unwrap().custom_id.unwrap();
    let theirs = world.ben.forge_click(&confirm, Some(&question.message)).await.unwrap().reply().unwrap();
    assert!(theirs.text().contains("This question is over"), "{}", theirs.text());
    assert!(is_signed_in(&world, &browser).await);

    let done = press(&world.ada, &question.message, "Disconnect").await;
    assert!(done.text().contains("Your account is disconnected"), "{}", done.text());
    assert!(!is_signed_in(&world, &browser).await);
    // Discord is told by the outbox, then the tokens are gone, too.
    world.settled().await;
    until("the tokens are gone", || async { allowed(&world).await == [0, 0, 0, 0] }).await;
    assert_eq!(asked(&world, REVOKE), 1);
    assert_eq!(world.status(1).await, "pending");
    assert_eq!(world.column("SELECT actor AS value FROM audit WHERE action = 'disconnected'").await, [world.ada.id()]);
    let list = slash(&dm, "/invoice list", vec![]).await;
    assert!(list.text().contains("Dragon rig"));

    // The button works once, and not against a sign-in after it.
    let again = sign_in_as(&world, &world.ada, FIREFOX).await;
    let used = world.ada.forge_click(&confirm, Some(&question.message)).await.unwrap().reply().unwrap();
    assert!(used.text().contains("This question is over"), "{}", used.text());
    assert!(is_signed_in(&world, &again).await);
}

async fn a_second_sign_in_takes_nothing_back_at_discord(world: World) {
    let first = sign_in_as(&world, &world.ada, FIREFOX).await;
    let second = sign_in_as(&world, &world.ada, "curl/8").await;
    world.settled().await;
    // With any token Discord takes back all that a person allowed: the new ones would be dead.
    assert_eq!(asked(&world, REVOKE), 0);
    assert_eq!(allowed(&world).await, [1, 1, 2, 1]);
    assert!(is_signed_in(&world, &first).await && is_signed_in(&world, &second).await);
}

async fn who_is_back_before_discord_was_told_is_not_taken_back(world: World) {
    sign_in_as(&world, &world.ada, FIREFOX).await;
    world.sandbox.discord.faults().add(Fault::on("POST", REVOKE).status(503));
    let dm = world.ada.in_dm();
    let question = slash(&dm, "/account disconnect", vec![]).await;
    press(&world.ada, &question.message, "Disconnect").await;
    world.failed_try().await;
    assert_eq!(allowed(&world).await, [1, 0, 0, 0], "its tokens wait for Discord");
    let back = sign_in_as(&world, &world.ada, FIREFOX).await;
    world.sandbox.discord.faults().clear();
    let before = asked(&world, REVOKE);
    world.app().clock.advance(Duration::from_secs(10 * 60));
    until("the old tokens are dropped", || async { count(&world, "grants").await == 1 }).await;
    world.settled().await;
    assert_eq!(asked(&world, REVOKE), before);
    assert_eq!(allowed(&world).await, [1, 1, 1, 1]);
    assert!(is_signed_in(&world, &back).await);
}

async fn servers_that_are_no_longer_allowed_are_forgotten(world: World) {
    sign_in_as(&world, &world.ada, FIREFOX).await;
    sign_in_as(&world, &world.ben, FIREFOX).await;
    assert_eq!(count(&world, "account_guilds").await, 2);
    sign_in_allowing(&world, &world.ada, FIREFOX, "identify").await;
    assert_eq!(count(&world, "account_guilds").await, 1, "what is left is ben's");
    assert_eq!(count(&world, "accounts WHERE email IS NOT NULL").await, 1);
}

async fn first_sign_ins_at_once_all_count(world: World) {
    let browsers = (0..5).map(|_| sign_in_as(&world, &world.ada, FIREFOX));
    for browser in futures::future::join_all(browsers).await {
        assert!(is_signed_in(&world, &browser).await);
    }
    assert_eq!(allowed(&world).await, [1, 1, 5, 1]);
    world.settled().await;
    assert_eq!(asked(&world, "/v1/customers"), 1);
}

async fn what_discord_says_of_a_removed_application_counts(world: World) {
    // Discord looks first whether a forged ping is refused and a true one answered.
    let address = format!("{}/discord/events", world.url);
    world.sandbox.discord.set_webhook_events(&address, &["APPLICATION_AUTHORIZED", "APPLICATION_DEAUTHORIZED"]).await.unwrap();
    let (adas, bens) = (sign_in_as(&world, &world.ada, FIREFOX).await, sign_in_as(&world, &world.ben, FIREFOX).await);
    world.ada.install();
    world.sandbox.discord.webhook_event_delivered("APPLICATION_AUTHORIZED").await;
    assert!(is_signed_in(&world, &adas).await, "another event changes nothing");

    world.ada.deauthorize();
    world.sandbox.discord.webhook_event_delivered("APPLICATION_DEAUTHORIZED").await;
    assert!(!is_signed_in(&world, &adas).await && is_signed_in(&world, &bens).await);
    assert_eq!(allowed(&world).await, [1, 1, 1, 1], "what is left is ben's");
    assert_eq!(asked(&world, REVOKE), 0, "Discord knows already");
    assert_eq!(world.column("SELECT actor AS value FROM audit WHERE action = 'disconnected'").await, ["discord"]);
}

/// Posts a body with these values of Discord's two headers.
async fn post_event(world: &World, body: &str, timestamp: &str, signature: &str) -> Response {
    let post = reqwest::Client::new().post(format!("{}/discord/events", world.url)).body(body.to_owned());
    let post = post.header("x-signature-timestamp", timestamp).header("x-signature-ed25519", signature);
    post.header("content-type", "application/json").send().await.unwrap()
}

async fn an_event_counts_only_signed_and_newer_than_the_sign_in(world: World) {
    let browser = sign_in_as(&world, &world.ada, FIREFOX).await;
    let now = world.app().clock.now();
    let removed = |at: shared::types::Timestamp| {
        let event = serde_json::json!({
            "type": "APPLICATION_DEAUTHORIZED", "timestamp": at.iso(), "data": { "user": { "id": world.ada.id(), "username": "ada" } },
        });
        serde_json::json!({ "version": 1, "application_id": "1", "type": 1, "event": event }).to_string()
    };
    let (at, body) = (now.as_secs(), removed(now.plus(DAY)));
    let stamp = at.to_string();
    let right = world.sandbox.discord.sign(at, &body);
    for (body, timestamp, signature) in [
        (body.as_str(), stamp.as_str(), ""),
        (&body, &stamp, &"0".repeat(128)),
        (&body, &stamp, "zz"),
        (&body, "", &right),
        (&body, &(at - 1).to_string(), &right),
        (&body.replace("DEAUTH", "AUTH"), &stamp, &right),
        ("", &stamp, &right),
    ] {
        assert_eq!(post_event(&world, body, timestamp, signature).await.status(), StatusCode::UNAUTHORIZED, "{signature}");
    }
    let large = "x".repeat(1024 * 1024);
    let signature = world.sandbox.discord.sign(at, &large);
    assert_eq!(post_event(&world, &large, &stamp, &signature).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(world.get(&format!("{}/discord/events", world.url)).await.status(), StatusCode::METHOD_NOT_ALLOWED);

    // Rightly signed, and of no meaning: pings, what nobody knows, and what happened before the sign-in.
    let odd = [r#"{"version":1,"application_id":"1","type":0}"#.to_owned(), "[]".into(), "\0".into(), removed(now.minus(DAY))];
    for body in odd {
        let answer = post_event(&world, &body, &stamp, &world.sandbox.discord.sign(at, &body)).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{body}");
        assert!(answer.headers().contains_key("content-type") && answer.text().await.unwrap().is_empty());
    }
    assert!(is_signed_in(&world, &browser).await);

    assert_eq!(post_event(&world, &body, &stamp, &right).await.status(), StatusCode::NO_CONTENT);
    assert!(!is_signed_in(&world, &browser).await);
    // Replayed after the person came back, it is from before.
    world.app().clock.advance(2 * DAY);
    let again = sign_in_as(&world, &world.ada, FIREFOX).await;
    assert_eq!(post_event(&world, &body, &stamp, &right).await.status(), StatusCode::NO_CONTENT);
    assert!(is_signed_in(&world, &again).await);

    world.restart(&[("DISCORD__PUBLIC_KEY", String::new())]).await;
    let answer = post_event(&world, &body, &stamp, &right).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    assert!(answer.text().await.unwrap().contains("<html"), "the page of every unknown address");
}

async fn servers_are_read_again_when_due_until_the_person_takes_it_back(world: World) {
    const READ: &str = "/api/v10/users/@me/guilds";
    let dm = world.ada.in_dm();
    sign_in_as(&world, &world.ada, FIREFOX).await;
    let lodge = world.sandbox.discord.guild("Hidden Lodge", &world.owner);
    lodge.join(&world.ada);
    let known = "SELECT name AS value FROM account_guilds ORDER BY name";
    slash(&dm, "/invoice list", vec![]).await;
    world.settled().await;
    assert_eq!((world.column(known).await, asked(&world, READ)), (vec!["Pixel Forge".to_owned()], 1), "nothing is due");

    world.app().clock.advance(DAY);
    slash(&dm, "/invoice list", vec![]).await;
    slash(&dm, "/inbox", vec![]).await;
    until("the servers are read", || async { world.column(known).await == ["Hidden Lodge", "Pixel Forge"] }).await;
    world.settled().await;
    assert_eq!(asked(&world, READ), 2, "once a day");

    // The access token is over: the refresh token gets the next one.
    world.app().clock.advance(8 * DAY);
    let before = world.column("SELECT access_token AS value FROM grants").await;
    slash(&dm, "/inbox", vec![]).await;
    until("the servers are read", || async { asked(&world, READ) == 3 }).await;
    until("the new tokens are kept", || async { world.column("SELECT access_token AS value FROM grants").await != before }).await;
    world.settled().await;

    // Nobody told us, and the token still looks good.
    let browser = sign_in_as(&world, &world.ada, FIREFOX).await;
    world.settled().await;
    world.ada.deauthorize();
    world.app().clock.advance(DAY);
    slash(&dm, "/inbox", vec![]).await;
    until("the account is disconnected", || async { allowed(&world).await == [0, 0, 0, 0] }).await;
    assert!(!is_signed_in(&world, &browser).await);
    assert_eq!(world.column("SELECT actor AS value FROM audit WHERE action = 'disconnected'").await, ["discord"]);
}

async fn servers_that_cannot_be_read_wait_in_one_job(world: World) {
    const HOUR: Duration = Duration::from_secs(60 * 60);
    world.restart(&[("DISCORD__GUILDS_REFRESH_HOURS", "1".into())]).await;
    let browser = sign_in_as(&world, &world.ada, FIREFOX).await;
    world.settled().await;
    world.sandbox.discord.faults().add(Fault::on("GET", "/api/v10/users/@me/guilds").status(503));
    for _ in 0..3 {
        world.app().clock.advance(HOUR);
        assert!(is_signed_in(&world, &browser).await);
        world.failed_try().await;
        assert_eq!(count(&world, "outbox WHERE kind = 'read_guilds'").await, 1);
    }
    world.sandbox.discord.faults().clear();
    world.app().clock.advance(HOUR);
    world.settled().await;
    assert_eq!(allowed(&world).await, [1, 1, 1, 1]);
}

async fn a_stripe_customer_follows_when_stripe_was_down(world: World) {
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/customers").status(503));
    let browser = sign_in_as(&world, &world.ada, FIREFOX).await;
    assert!(is_signed_in(&world, &browser).await);
    world.failed_try().await;
    assert_eq!(count(&world, "accounts WHERE stripe_customer_id IS NOT NULL").await, 0);
    world.sandbox.stripe.faults().clear();
    world.app().clock.advance(Duration::from_secs(10 * 60));
    until("the customer is made", || async { count(&world, "accounts WHERE stripe_customer_id IS NOT NULL").await == 1 }).await;
}

/// Every sealed value, as its place and itself.
async fn sealed(world: &World) -> Vec<(Place, Vec<String>)> {
    let mut found = Vec::new();
    for place in Place::ALL {
        let (table, column) = place.as_str().split_once('.').unwrap();
        found.push((*place, world.column(&format!("SELECT {column} AS value FROM {table} WHERE {column} IS NOT NULL")).await));
    }
    found
}

/// Values of every kind, sealed with the key that the world began with, and more webhook events than one
/// transaction takes.
async fn seal_everything(world: &World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    let deliverable = world.deliverable_id(&world.ada).await;
    let reply = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", deliverable.as_str().into())]).await;
    world.location(&reply.message.button("Download").unwrap().url.unwrap()).await;
    sign_in_as(world, &world.ada, FIREFOX).await;
    let app = world.app();
    sign_in::begin(&app, None, "/", app.clock.now()).await.unwrap();
    // More than four batches.
    for number in 0..450 {
        let body = app.keys.seal(&format!("stripe_events/evt_{number:03}"), b"{}").unwrap();
        change(
            world,
            &format!(
                "INSERT INTO stripe_events (id, kind, object_id, created_at, livemode, body, outcome, received_at, settled_at)
                 VALUES ('evt_{number:03}', 'charge.updated', 'ch_1', 1, 0, '{body}', 'ignored', 1, {})",
                app.clock.now().as_millis()
            ),
        )
        .await;
    }
    for (place, values) in sealed(world).await {
        assert!(!values.is_empty() && values.iter().all(|value| value.starts_with("test:")), "{place:?}");
    }
}

async fn change(world: &World, sql: &str) {
    let mut tx = world.app().db.write().await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// `atelier keys rotate` beside the running services; its exit code and what it printed.
async fn rotate(world: &World, keys: &str, arguments: &[&str]) -> (i32, String) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_atelier"));
    command.args(["keys", "rotate"]).args(arguments).envs(world.variables()).env("ATELIER_SECURITY__ENCRYPTION_KEYS", keys);
    let output = command.current_dir(std::env::temp_dir()).stdin(std::process::Stdio::null()).output().await.unwrap();
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for secret in keys.split(", ").filter_map(|key| key.split_once(':')) {
        assert!(!printed.contains(secret.1), "{printed}");
    }
    (output.status.code().unwrap(), printed)
}

/// The key that the world began with, and a new one before it.
fn new_and_old(world: &World) -> (String, String) {
    let old = world.variables().into_iter().find(|(name, _)| name.ends_with("ENCRYPTION_KEYS")).unwrap().1;
    let new = Keys::generate("new").unwrap();
    (new.clone(), format!("{new}, {old}"))
}

async fn keys_are_rotated_however_often_that_is_broken_off(world: World) {
    seal_everything(&world).await;
    let (new, both) = new_and_old(&world);
    world.restart(&[("SECURITY__ENCRYPTION_KEYS", both.clone())]).await;
    let before = sealed(&world).await;
    let (code, printed) = rotate(&world, &both, &["--dry-run"]).await;
    assert!(code == 0 && printed.contains("A dry run: nothing was changed."), "{printed}");
    assert_eq!(sealed(&world).await, before);

    // Four at once, as an impatient person may start them, and broken off after the first batch: none
    // overwrites another.
    let app = world.app();
    let batches = futures::future::join_all((0..4).map(|_| rotation::reseal(&app, Place::EventBody, None, false))).await;
    let resealed: u64 = batches.into_iter().map(|batch| batch.unwrap().resealed).sum();
    let anew = sealed(&world).await[0].1.iter().filter(|value| value.starts_with("new:")).count() as u64;
    assert!(resealed == anew && (100..=400).contains(&anew), "{resealed} and {anew}");
    let left = rotation::left(&app, Place::EventBody).await.unwrap();
    assert!(left > 0, "it is not done yet");

    let (code, printed) = rotate(&world, &both, &[]).await;
    let whole = format!("{left} sealed anew");
    assert!(code == 0 && printed.contains("✓ stripe_events.body") && printed.contains(&whole), "{printed}");
    for words in ["Everything that is sealed opens with new", "(test) may be removed", "Pay buttons", "/billing resend"] {
        assert!(printed.contains(words), "{words}: {printed}");
    }
    for (place, values) in sealed(&world).await {
        assert!(values.iter().all(|value| value.starts_with("new:")), "{place:?}");
    }
    let done = sealed(&world).await;
    let (code, printed) = rotate(&world, &both, &[]).await;
    assert!(code == 0 && printed.contains("0 values sealed anew"), "{printed}");
    assert_eq!(sealed(&world).await, done, "a second run does nothing");

    // Everything still opens without the old key.
    world.restart(&[("SECURITY__ENCRYPTION_KEYS", new)]).await;
    let app = world.app();
    let ada = accounts::of_user(&app, &UserId::parse(&world.ada.id()).unwrap()).await.unwrap();
    assert_eq!(ada.email(&app).unwrap().as_deref(), Some("ada@example.com"));
    let evidence = slash(&world.desk(), "/billing evidence", vec![("invoice", "1".into())]).await;
    assert!(evidence.text().contains("#1"), "{}", evidence.text());
    app.clock.advance(DAY);
    slash(&world.ada.in_dm(), "/inbox", vec![]).await;
    until("the servers are read", || async { asked(&world, "/api/v10/users/@me/guilds") == 2 }).await;
}

async fn what_no_key_opens_is_named_and_the_rest_goes_on(world: World) {
    seal_everything(&world).await;
    let (_, both) = new_and_old(&world);
    world.restart(&[("SECURITY__ENCRYPTION_KEYS", both.clone())]).await;
    change(&world, "UPDATE stripe_events SET body = 'lost:AAAA' WHERE id = 'evt_007'").await;
    // A value that was moved to another row does not open there.
    change(&world, "UPDATE stripe_events SET body = (SELECT body FROM stripe_events WHERE id = 'evt_001') WHERE id = 'evt_002'").await;
    for arguments in [["--dry-run"].as_slice(), &[]] {
        let (code, printed) = rotate(&world, &both, arguments).await;
        assert_eq!(code, 1, "{printed}");
        for words in
            ["✗ stripe_events.body", "no key opens:", "row evt_002", "row evt_007", "2 values cannot be opened", "✓ accounts.email"]
        {
            assert!(printed.contains(words), "{words}: {printed}");
        }
        assert!(!printed.contains("may be removed"), "{printed}");
    }
    let left: Vec<String> = sealed(&world).await.into_iter().flat_map(|(_, values)| values).collect();
    assert_eq!(left.iter().filter(|value| !value.starts_with("new:")).count(), 2);

    // What a service seals that still has the old configuration is found by the next run.
    world.restart(&[]).await;
    sign_in_as(&world, &world.ben, FIREFOX).await;
    world.settled().await;
    change(&world, "DELETE FROM stripe_events WHERE id IN ('evt_002', 'evt_007')").await;
    let (code, printed) = rotate(&world, &both, &[]).await;
    assert!(code == 0 && printed.contains("Everything that is sealed"), "{printed}");
    assert!(sealed(&world).await.iter().all(|(_, values)| values.iter().all(|value| value.starts_with("new:"))));
}

async fn a_dump_of_the_database_shows_no_address_and_no_token(world: World) {
    let browser = sign_in_as(&world, &world.ada, FIREFOX).await;
    let app = world.app();
    let mut secrets = vec!["ada@example.com".to_owned(), browser.session, browser.binding, browser.code];
    for (column, what) in [("access_token", "access"), ("refresh_token", "refresh")] {
        let id = world.column("SELECT id AS value FROM grants").await.remove(0);
        let value = world.column(&format!("SELECT {column} AS value FROM grants")).await.remove(0);
        secrets.push(String::from_utf8(app.keys.open(&format!("grants/{id}/{what}"), &value).unwrap()).unwrap());
    }
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    secrets.push(world.pay_link(&world.ada, "Dragon rig").await.rsplit('/').next().unwrap().to_owned());
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    let file =
        slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", world.deliverable_id(&world.ada).await.as_str().into())]).await;
    let download = file.message.button("Download").unwrap().url.unwrap();
    world.location(&download).await;
    secrets.push(download.rsplit('/').next().unwrap().to_owned());
    let dump = world.dump().await;
    assert!(dump.contains(&world.ada.id()) && dump.contains("identify email guilds"), "everything is in it");
    for secret in secrets {
        assert!(secret.len() > 10 && !dump.contains(&secret), "{secret}");
    }
}
