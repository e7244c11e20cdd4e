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
    tokens_that_come_after_the_end_are_taken_back_too,
    who_asks_is_read_from_what_each_proxy_writes,
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

async fn tokens_that_come_after_the_end_are_taken_back_too(world: World) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    Browser::new(&world).sign_in(&world.ada).await;
    world.settled().await;
    // The access token is over. Discord takes its time for the next one, and meanwhile ada disconnects.
    world.app().clock.advance(8 * DAY);
    let faults = world.sandbox.discord.faults();
    faults.add(Fault::on("POST", "/api/oauth2/token").delay(Duration::from_secs(60)).times(1));
    slash(&world.ada.in_dm(), "/inbox", vec![]).await;
    until("Discord is asked for the next token", || async { faults.list().is_empty() }).await;
    faults.add(Fault::on("POST", REVOKE).status(503));
    let question = slash(&world.ada.in_dm(), "/account disconnect", vec![]).await;
    press(&world.ada, &question.message, "Disconnect").await;
    let refused = "SELECT COUNT(*) AS value FROM outbox WHERE kind = 'revoke_grant' AND last_error IS NOT NULL";
    until("Discord does not take the old ones back", || async { world.number(refused).await == 1 }).await;
    world.sandbox.clock.advance(Duration::from_secs(60));
    until("both wait for Discord", || async { grants(&world).await == 2 }).await;
    world.failed_try().await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM grants WHERE ended_at IS NULL").await, 0);
    faults.clear();
    world.app().clock.advance(Duration::from_secs(10 * 60));
    until("Discord is told of both", || async { grants(&world).await == 0 }).await;
    let told = world.sandbox.recorder.all().into_iter().filter(|request| request.path == REVOKE && request.status == 200).count();
    assert_eq!(told, 2);
}

async fn who_asks_is_read_from_what_each_proxy_writes(world: World) {
    world.restart(&[("WEB__REQUESTS_PER_MINUTE", "40".into()), ("WEB__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8".into())]).await;
    // Each of the first four asks for the same visitor as the others, and the fifth request is one too many.
    for hops in [
        ["198.51.100.1", "198.51.100.1:4711", "192.0.2.66, 198.51.100.1, 10.0.0.2:80", "b\u{fc}ro,198.51.100.1,, 10.0.0.2"],
        ["2001:db8::1", "[2001:db8::1]:4711", "[2001:db8::1] , [::ffff:10.0.0.2]:80", "\"[2001:db8::1]:4711\", 10.0.0.2,"],
    ] {
        for hop in hops {
            let answer = ask(&world, "/login", &[("x-forwarded-for", hop.as_bytes())]).await;
            assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{hop}");
        }
        for hop in hops {
            let answer = ask(&world, "/login", &[("x-forwarded-for", hop.as_bytes())]).await;
            assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{hop}");
        }
    }
    // Of odd letters, an address behind them counts all the same, also in a header of its own.
    let odd: [(&str, &[u8]); 2] = [("x-forwarded-for", b"caf\xe9"), ("x-forwarded-for", b"198.51.100.1")];
    assert_eq!(ask(&world, "/login", &odd).await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&world, "/login", &[("x-forwarded-for", b"198.51.100.9:1")]).await.status(), StatusCode::SEE_OTHER, "somebody else");
}
