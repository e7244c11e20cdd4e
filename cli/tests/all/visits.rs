//! What browsers and proxies send in headers is read part by part, and a browser that is signed in goes on.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};
use sandbox::fault::Fault;

use crate::web::Browser;
use crate::world::*;

each_backend!(
    a_cookie_beside_ours_may_be_anything,
    a_page_is_in_the_language_that_is_liked_best,
    numbers_are_written_as_in_the_readers_region,
    who_goes_back_to_the_callback_goes_on_to_the_dashboard,
    discord_is_told_of_a_permission_that_ended_for_as_long_as_it_takes,
    staff_may_let_go_what_discord_is_never_told,
    what_is_kept_is_said_in_discord_and_in_settings,
);

const REVOKE: &str = "/api/oauth2/token/revoke";

async fn ask(world: &World, path: &str, headers: &[(&'static str, &[u8])]) -> Response {
    let mut sent = HeaderMap::new();
    for (name, value) in headers {
        sent.append(*name, HeaderValue::from_bytes(value).unwrap());
    }
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    http.get(format!("{}{path}", world.url)).headers(sent).send().await.unwrap()
}

async fn a_cookie_beside_ours_may_be_anything(world: World) {
    let browser = Browser::new(&world);
    browser.sign_in(&world.ada).await;
    let session = browser.cookie("atelier").unwrap();
    for beside in [&b"caf\xc3\xa9=1"[..], b"theme=\xff\xfe", b"nonsense", b"=", b"a=\"b; c\"", b"%ff=%", b" ;;, "] {
        let one = [beside, b"; atelier=", session.as_bytes(), b"; x=\xe9"].concat();
        let answer = ask(&world, "/dashboard", &[("cookie", &one)]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", String::from_utf8_lossy(&one));
        let ours = [b"atelier=", session.as_bytes()].concat();
        let answer = ask(&world, "/dashboard", &[("cookie", beside), ("cookie", &ours)]).await;
        assert_eq!(answer.status(), StatusCode::OK, "in a header of its own");
    }
}

async fn a_page_is_in_the_language_that_is_liked_best(world: World) {
    for (accepted, lang) in [
        (&["de-AT"][..], "de"),
        (&[" DE-at ; Q=0.9 , en ; q = 0.3 "], "de"),
        (&["fr-CH, *;q=0.5, de;q=0.4"], "en"),
        (&["de;q=0, es-MX;q=0.5"], "es"),
        (&["fr;q=0.9", "de;q=0.8"], "de"),
        (&["caf\u{e9}, de_DE"], "de"),
    ] {
        let lines: Vec<(&'static str, &[u8])> = accepted.iter().map(|line| ("accept-language", line.as_bytes())).collect();
        let page = ask(&world, "/", &lines).await.text().await.unwrap();
        assert!(page.contains(&format!("lang=\"{lang}\"")), "{accepted:?}: {page}");
    }
}

async fn numbers_are_written_as_in_the_readers_region(world: World) {
    world.issue(&world.ada, "Dragon rig", "1250").await;
    let pay = world.pay_link(&world.ada, "Dragon rig").await;
    let path = format!("{}/cancelled", pay.strip_prefix(&world.url).unwrap());
    for (accepted, amount) in [
        ("es-MX,es;q=0.9", "1,250.00 USD"),
        ("es-419", "1,250.00 USD"),
        ("es-US", "1,250.00 USD"),
        ("es-AR,en;q=0.5", "1.250,00 USD"),
        ("es-ES", "1250,00 USD"),
        ("es", "1250,00 USD"),
        ("de-DE", "1.250,00 USD"),
        ("en-GB", "1,250.00 USD"),
    ] {
        let page = ask(&world, &path, &[("accept-language", accepted.as_bytes())]).await.text().await.unwrap();
        assert!(page.contains(amount), "{accepted}: {page}");
    }
    // The same in Discord and in the dashboard, whatever the browser says.
    world.ada.set_locale("es-419");
    let view = slash(&world.ada.in_dm(), "/invoice view", vec![("invoice", "1".into())]).await;
    assert!(view.text().contains("1,250.00 USD"), "{}", view.text());
    let browser = Browser::new(&world);
    browser.sign_in(&world.ada).await;
    assert!(browser.page("/dashboard").await.contains("1,250.00 USD"));
    let chosen = slash(&world.ada.in_dm(), "/settings language", vec![("language", "es-AR".into())]).await;
    assert!(chosen.ephemeral);
    assert!(browser.page("/dashboard").await.contains("1.250,00 USD"));
}

async fn who_goes_back_to_the_callback_goes_on_to_the_dashboard(world: World) {
    let browser = Browser::new(&world);
    let back = world.ada.authorize(&browser.led("/login").await).unwrap();
    assert_eq!(browser.led(&back).await, "/dashboard");
    let session = browser.cookie("atelier").unwrap();
    for again in [back.as_str(), "/oauth/callback", "/oauth/callback?error=access_denied", "/oauth/callback?state=x&code=y"] {
        assert_eq!(browser.led(again).await, "/dashboard", "{again}");
    }
    // What somebody else began signs nobody in: the session is the one that was.
    let mallory = Browser::new(&world);
    let theirs = world.ben.authorize(&mallory.led("/login").await).unwrap();
    assert_eq!(browser.led(&theirs).await, "/dashboard");
    assert_eq!(browser.cookie("atelier").unwrap(), session);
    assert!(browser.page("/dashboard").await.contains("Hello, ada"));
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM sessions").await, 1);
    // Who is not signed in begins again, also with a session that is over.
    slash(&world.ada.in_dm(), "/account logout", vec![]).await;
    assert_eq!(browser.get(&back).await.status(), StatusCode::GONE);
}

/// Ada signs in, disconnects while Discord does not answer, and the outbox gives up.
async fn given_up(world: &World) {
    Browser::new(world).sign_in(&world.ada).await;
    world.sandbox.discord.faults().add(Fault::on("POST", REVOKE).status(503));
    let question = slash(&world.ada.in_dm(), "/account disconnect", vec![]).await;
    press(&world.ada, &question.message, "Disconnect").await;
    world.failed_try().await;
    world.app().clock.advance(Duration::from_secs(24 * 60 * 60));
    until("it is given up", || async { world.number("SELECT COUNT(*) AS value FROM outbox WHERE state = 'given_up'").await == 1 }).await;
}

fn asked(world: &World) -> usize {
    world.sandbox.recorder.all().iter().filter(|request| request.path == REVOKE).count()
}

async fn grants(world: &World) -> i64 {
    world.number("SELECT COUNT(*) AS value FROM grants").await
}

async fn discord_is_told_of_a_permission_that_ended_for_as_long_as_it_takes(world: World) {
    given_up(&world).await;
    let attention = slash(&world.desk(), "/billing attention", vec![]).await;
    assert!(attention.text().contains("have Discord take back a permission"), "staff are told: {}", attention.text());
    for _ in 0..5 {
        let before = asked(&world);
        world.app().clock.advance(Duration::from_secs(24 * 60 * 60));
        until("Discord is asked again", || async { asked(&world) > before }).await;
        assert_eq!(grants(&world).await, 1, "its tokens wait for Discord");
    }
    world.sandbox.discord.faults().clear();
    world.app().clock.advance(Duration::from_secs(60 * 60));
    until("Discord is told", || async { grants(&world).await == 0 }).await;
    until("nobody needs to look", || async { world.number("SELECT COUNT(*) AS value FROM outbox").await == 0 }).await;
    let revoked = world.sandbox.recorder.all().iter().any(|request| request.path == REVOKE && request.status == 200);
    assert!(revoked);
}

async fn staff_may_let_go_what_discord_is_never_told(world: World) {
    given_up(&world).await;
    let attention = slash(&world.desk(), "/billing attention", vec![]).await;
    let names = world.column("SELECT 'job:' || id AS value FROM outbox WHERE state = 'given_up'").await;
    let form = world.owner.forge_click(&format!("v1:drop:{}", names[0]), Some(&attention.message)).await.unwrap();
    let sandbox::discord::Clicked::Modal(form) = form else { panic!("{form:?}") };
    let dropped = world.owner.submit(&form, vec![("reason", "the application is gone")]).await.unwrap().reply().unwrap();
    assert!(dropped.text().contains("It is dropped"), "{}", dropped.text());
    assert_eq!(grants(&world).await, 0, "nothing is kept of it");
    world.sandbox.discord.faults().clear();
}

async fn what_is_kept_is_said_in_discord_and_in_settings(world: World) {
    let about = slash(&world.ada.in_dm(), "/about", vec![]).await;
    let link = slash(&world.ada.in_dm(), "/account link", vec![]).await;
    let browser = Browser::new(&world);
    browser.sign_in(&world.ada).await;
    let page = browser.page("/dashboard/settings").await;
    for words in ["customer number at Stripe", "180 days", "Until 30 days after that", "It cannot be changed", "e-mail address (encrypted)"]
    {
        assert!(about.text().contains(words), "{words}: {}", about.text());
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(link.text().contains("`/about` says what else is kept"), "{}", link.text());
}
