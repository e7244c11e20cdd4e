//! Links: who a download link opens for, what a look at a link does, and what is kept of a click.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use sqlx::AssertSqlSafe;

use crate::web::{Browser, led_by, says};
use crate::world::*;

each_backend!(
    a_download_link_opens_for_the_browser_that_was_first,
    clicks_at_once_are_one_use,
    a_program_without_cookies_gets_its_file,
    who_is_signed_in_as_its_customer_needs_no_fresh_link,
    who_is_signed_in_as_somebody_else_gets_nothing,
    a_click_while_the_storage_is_down_uses_nothing_up,
    programs_that_look_at_a_link_open_nothing,
    clicks_are_one_row_with_a_count_until_the_invoice_is_over,
    a_flood_of_clicks_leaves_evidence_as_it_was,
);

const MINUTE: Duration = Duration::from_secs(60);

/// Moves the clock on, here and at Stripe, whose events are else too old.
fn later(world: &World, by: Duration) {
    world.app().clock.advance(by);
    world.sandbox.clock.advance(by);
}

/// The beginning of the next ten minutes that are counted together, so that what follows is within.
fn to_next_ten_minutes(world: &World) {
    let into = u64::try_from(world.app().clock.now().as_millis().rem_euclid(600_000)).unwrap();
    later(world, Duration::from_millis(600_000 - into));
}

/// Ada's paid invoice #1 with a file.
async fn delivered(world: &World) -> String {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "the bytes").await;
    world.settled().await;
    world.deliverable_id(&world.ada).await
}

/// A fresh download link for a file of ada's, from an ephemeral reply.
async fn fresh_link(world: &World, file: &str) -> String {
    let got = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", file.into())]).await;
    assert!(got.ephemeral);
    got.message.button("Download").unwrap().url.unwrap()
}

/// A program that keeps no cookies and follows no redirect.
fn program(agent: &'static str) -> Client {
    let headers = HeaderMap::from_iter([(HeaderName::from_static("user-agent"), HeaderValue::from_static(agent))]);
    Client::builder().redirect(reqwest::redirect::Policy::none()).default_headers(headers).build().unwrap()
}

async fn get(program: &Client, link: &str, header: Option<(&str, &str)>) -> Response {
    let request = header.into_iter().fold(program.get(link), |request, (name, value)| request.header(name, value));
    request.send().await.unwrap()
}

async fn used(answer: Response) {
    assert!(answer.headers().get("location").is_none());
    says(answer, StatusCode::GONE, "This link was used").await;
}

async fn a_download_link_opens_for_the_browser_that_was_first(world: World) {
    let file = delivered(&world).await;
    to_next_ten_minutes(&world);
    let link = fresh_link(&world, &file).await;
    let (first, forwarded) = (Browser::new(&world), Browser::new(&world));
    let presigned = first.led(&link).await;
    assert_eq!(world.get(&presigned).await.text().await.unwrap(), "the bytes");
    let secret = first.cookie("atelier-download").unwrap();
    // The browser next door has the same name and the same address.
    later(&world, Duration::from_secs(6));
    let page = forwarded.get(&link).await;
    let text = page.text().await.unwrap();
    assert!(text.contains("/deliverable get") && text.contains("Sign in with Discord"), "{text}");
    assert!(!text.contains("dragon") && !text.contains("Dragon") && !text.contains("12.50"), "{text}");
    used(forwarded.get(&link).await).await;
    first.led(&link).await;
    later(&world, MINUTE);
    used(first.get(&link).await).await;
    // Who goes on with a download asks for a part, for as long as the link lives.
    let parts = program("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    let cookie = format!("atelier-download={secret}");
    let part = |cookie: String| parts.get(&link).header("range", "bytes=4-").header("cookie", cookie).send();
    let location = led_by(part(cookie.clone()).await.unwrap()).await;
    let rest = parts.get(&location).header("range", "bytes=4-").send().await.unwrap();
    assert_eq!((rest.status(), rest.text().await.unwrap().as_str()), (StatusCode::PARTIAL_CONTENT, "bytes"));
    used(part("atelier-download=forged".into()).await.unwrap()).await;
    used(part(String::new()).await.unwrap()).await;
    later(&world, 15 * MINUTE);
    says(part(cookie).await.unwrap(), StatusCode::GONE, "has expired").await;
    // One row for all of it, and neither the cookie nor an address at rest.
    let rows = world.column("SELECT actor AS value FROM audit WHERE action = 'download link opened'").await;
    assert_eq!(rows, ["download link"; 1]);
    assert_eq!(world.number("SELECT count AS value FROM openings").await, 3);
    let held = world.dump().await;
    for secret in [secret.as_str(), link.rsplit('/').next().unwrap(), "127.0.0.1\n", "Firefox"] {
        assert!(!held.contains(secret), "{secret}");
    }
    // The same browser may use another link.
    first.led(&fresh_link(&world, &file).await).await;
    assert_eq!(first.cookie("atelier-download").unwrap(), secret);
}

async fn clicks_at_once_are_one_use(world: World) {
    let file = delivered(&world).await;
    let link = fresh_link(&world, &file).await;
    let firefox = program("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    let safari = program("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15");
    let clicks = futures::future::join_all((0..4).map(|_| get(&firefox, &link, None))).await;
    assert!(clicks.iter().all(|answer| answer.status() == StatusCode::SEE_OTHER), "the same browser");
    assert_eq!(clicks.iter().filter(|answer| answer.headers().contains_key("set-cookie")).count(), 1, "one was first");
    used(get(&safari, &link, None).await).await;
    // Of two browsers at once one is first.
    for _ in 0..4 {
        let link = fresh_link(&world, &file).await;
        let (one, other) = tokio::join!(get(&firefox, &link, None), get(&safari, &link, None));
        let mut found = [one.status(), other.status()];
        found.sort();
        assert_eq!(found, [StatusCode::SEE_OTHER, StatusCode::GONE]);
    }
}

async fn a_program_without_cookies_gets_its_file(world: World) {
    world.restart(&[("WEB__TRUSTED_PROXIES", "127.0.0.1".into())]).await;
    let file = delivered(&world).await;
    let link = fresh_link(&world, &file).await;
    let (curl, wget) = (program("curl/8.14.1"), program("Wget/1.25.0"));
    let (home, elsewhere) = (("x-forwarded-for", "198.51.100.7"), ("x-forwarded-for", "198.51.100.8"));
    // A download manager looks first, and then asks for all parts at once.
    assert_eq!(curl.head(&link).send().await.unwrap().status(), StatusCode::OK);
    let parts = futures::future::join_all((0..3).map(|_| get(&curl, &link, Some(home)))).await;
    for part in parts {
        assert_eq!(world.get(&led_by(part).await).await.text().await.unwrap(), "the bytes");
    }
    later(&world, MINUTE - Duration::from_secs(1));
    led_by(get(&curl, &link, Some(home)).await).await;
    used(get(&curl, &link, Some(elsewhere)).await).await;
    used(get(&wget, &link, Some(home)).await).await;
    later(&world, Duration::from_secs(1));
    used(get(&curl, &link, Some(home)).await).await;
}

async fn who_is_signed_in_as_its_customer_needs_no_fresh_link(world: World) {
    let file = delivered(&world).await;
    let link = fresh_link(&world, &file).await;
    let (ada, forwarded) = (Browser::new(&world), Browser::new(&world));
    ada.sign_in(&world.ada).await;
    let presigned = ada.led(&link).await;
    assert_eq!(world.get(&presigned).await.text().await.unwrap(), "the bytes");
    assert_eq!(ada.cookie("atelier-download"), None);
    later(&world, Duration::from_secs(6));
    used(forwarded.get(&link).await).await;
    later(&world, 20 * MINUTE);
    ada.led(&link).await;
    // The page of a used link leads there: signed in, the file opens.
    let other = fresh_link(&world, &file).await;
    led_by(get(&program("curl/8.14.1"), &other, None).await).await;
    let page = forwarded.get(&other).await.text().await.unwrap();
    let login = page.split("href=\"/login").nth(1).unwrap().split('"').next().unwrap();
    let consent = forwarded.led(&format!("/login{login}")).await;
    let back = led_by(forwarded.get(&world.ada.authorize(&consent).unwrap()).await).await;
    assert_eq!(back, format!("/dashboard/files/{file}/download"));
    let presigned = forwarded.led(&back).await;
    assert_eq!(world.get(&presigned).await.text().await.unwrap(), "the bytes");
    let opened = world.column("SELECT actor AS value FROM audit WHERE action = 'download link opened' ORDER BY seq").await;
    assert_eq!(opened, [world.ada.id(), world.ada.id(), "download link".into()]);
    // What is closed is closed to her, too.
    let session = world.sandbox.stripe.sessions()[0]["id"].as_str().unwrap().to_owned();
    world.sandbox.stripe.dispute(&session, "fraudulent").unwrap();
    world.owner.wait_for_dm("of this payment. Their files are closed").await;
    assert_eq!(ada.get(&link).await.status(), StatusCode::FORBIDDEN);
    world.settled().await;
}

async fn who_is_signed_in_as_somebody_else_gets_nothing(world: World) {
    let file = delivered(&world).await;
    let link = fresh_link(&world, &file).await;
    let ben = Browser::new(&world);
    ben.sign_in(&world.ben).await;
    says(ben.get(&link).await, StatusCode::FORBIDDEN, "belongs to somebody else").await;
    says(ben.get(&format!("/dashboard/files/{file}/download")).await, StatusCode::NOT_FOUND, "not yours").await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM openings").await, 0);
    // The link is as it was.
    Browser::new(&world).led(&link).await;
}

async fn a_click_while_the_storage_is_down_uses_nothing_up(world: World) {
    let file = delivered(&world).await;
    let link = fresh_link(&world, &file).await;
    world.sandbox.storage.faults().add(sandbox::Fault::on("HEAD", "/").status(503));
    says(Browser::new(&world).get(&link).await, StatusCode::SERVICE_UNAVAILABLE, "storage is not answering").await;
    world.sandbox.storage.faults().clear();
    later(&world, 2 * MINUTE);
    Browser::new(&world).led(&link).await;
}

async fn programs_that_look_at_a_link_open_nothing(world: World) {
    let file = delivered(&world).await;
    world.issue(&world.ada, "Secret castle", "99").await;
    let pay = world.pay_link(&world.ada, "Secret castle").await;
    let link = fresh_link(&world, &file).await;
    let ada = Browser::new(&world);
    ada.sign_in(&world.ada).await;
    world.settled().await;
    let session = format!("atelier={}", ada.cookie("atelier").unwrap());
    let counts = || async {
        let mut found = Vec::new();
        for table in ["audit", "audit_counts", "openings", "checkout_sessions", "sign_ins", "sessions", "links WHERE used_at IS NOT NULL"] {
            found.push(world.number(&format!("SELECT COUNT(*) AS value FROM {table}")).await);
        }
        found
    };
    // What checks the connection to the storage (HEAD) may come at any time.
    let calls = || world.sandbox.recorder.all().iter().filter(|request| request.method != "HEAD").count();
    let (before, called) = (counts().await, calls());
    let looks: Vec<(&'static str, Option<(&str, &str)>)> = vec![
        ("Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)", None),
        ("TelegramBot (like TwitterBot)", None),
        ("Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", None),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", None),
        ("WhatsApp/2.23.20.0", None),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Some(("x-moz", "prefetch"))),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/141.0.0.0 Safari/537.36", Some(("sec-purpose", "prefetch;prerender"))),
        ("Mozilla/5.0 (Macintosh) Version/18.6 Safari/605.1.15", Some(("purpose", "prefetch"))),
    ];
    for (agent, purpose) in looks {
        let program = program(agent);
        let mut walked = 0;
        for (method, path) in webhook::routes() {
            let opens = ["/pay/", "/d/", "/login", "/oauth/", "/dashboard"].iter().any(|part| path.starts_with(part));
            if *method != "GET" || !opens {
                continue;
            }
            walked += 1;
            let token = if path.starts_with("/d/") { &link } else { &pay };
            let token = token.rsplit('/').next().unwrap();
            let address = path.replace("{token}", token).replace("{number}", "2").replace("{id}", &file);
            let mut request = program.get(format!("{}{address}", world.url)).header("cookie", &session);
            if let Some((name, value)) = purpose {
                request = request.header(name, value);
            }
            let answer = request.send().await.unwrap();
            let what = format!("{agent} {address}");
            // What a browser loads in advance is thrown away unless it is a success.
            let status = if purpose.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
            assert_eq!(answer.status(), status, "{what}");
            assert_eq!(answer.headers()["cache-control"], "no-store", "{what}");
            assert!(answer.headers().get("location").is_none() && answer.headers().get("set-cookie").is_none(), "{what}");
            let page = answer.text().await.unwrap();
            assert!(page.contains("<meta property=\"og:title\" content=\"Pixel Forge\">") && page.contains("noindex"), "{what}: {page}");
            for secret in ["castle", "Dragon", "dragon", "99", "12.50", "ada", token] {
                assert!(!page.contains(secret), "{what}, {secret}: {page}");
            }
        }
        assert!(walked >= 14, "{walked}");
    }
    // Whoever asks for the head alone gets nothing, as a browser or not, signed in or not.
    for (_, path) in webhook::routes().iter().filter(|(method, path)| *method == "GET" && path.contains('{')) {
        let token = if path.starts_with("/d/") { &link } else { &pay };
        let address = path.replace("{token}", token.rsplit('/').next().unwrap()).replace("{number}", "2").replace("{id}", &file);
        let head = ada.send(reqwest::Method::HEAD, &address, &[]).await;
        assert_eq!(
            (head.status(), head.headers().get("location"), head.headers().get("set-cookie")),
            (StatusCode::OK, None, None),
            "{path}"
        );
    }
    assert_eq!(counts().await, before);
    assert_eq!(calls(), called, "neither Stripe nor the storage was asked");
    // Then the person comes.
    let person = Browser::new(&world);
    assert!(person.led(&pay).await.contains("/c/pay/"));
    person.led(&link).await;
    // Webhooks and health are asked by programs.
    let health = format!("{}/health/live", world.url);
    assert_eq!(get(&program("UptimeRobot/2.0"), &health, None).await.text().await.unwrap(), "ok");
}

async fn clicks_are_one_row_with_a_count_until_the_invoice_is_over(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let pay = world.pay_link(&world.ada, "Dragon rig").await;
    let rows = || world.number("SELECT COUNT(*) AS value FROM audit WHERE action = 'pay link opened'");
    to_next_ten_minutes(&world);
    let checkout = world.location(&pay).await;
    for _ in 0..24 {
        assert_eq!(world.location(&pay).await, checkout);
    }
    assert_eq!(rows().await, 1);
    let log = slash(&world.desk(), "/audit list", vec![("action", "pay link opened".into())]).await.text();
    assert!(log.contains("*pay link* · pay link opened ×25 · **#1**"), "{log}");
    later(&world, 10 * MINUTE);
    world.location(&pay).await;
    assert_eq!(rows().await, 2);
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
    world.settled().await;
    let whole = world.number("SELECT COUNT(*) AS value FROM audit").await;
    later(&world, 10 * MINUTE);
    for _ in 0..3 {
        says(world.get(&pay).await, StatusCode::OK, "Paid").await;
    }
    world.issue(&world.ben, "Castle", "5").await;
    let question = slash(&world.desk(), "/billing revoke", vec![("invoice", "2".into()), ("reason", "x".into())]).await;
    let castle = world.pay_link(&world.ben, "Castle").await;
    press(&world.owner, &question.message, "Revoke").await;
    until("it is revoked", || async { world.status(2).await == "revoked" }).await;
    world.settled().await;
    let over = world.number("SELECT COUNT(*) AS value FROM audit").await;
    for _ in 0..3 {
        assert_eq!(world.get(&castle).await.status(), StatusCode::GONE);
    }
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM audit").await, over);
    assert_eq!(rows().await, 2, "{whole}");

    // Files the same, on the dashboard too: a row for each person, and one for all who come by a link.
    world.deliver("1", "dragon.zip", "the bytes").await;
    let file = world.deliverable_id(&world.ada).await;
    let ada = Browser::new(&world);
    ada.sign_in(&world.ada).await;
    to_next_ten_minutes(&world);
    for _ in 0..5 {
        ada.led(&format!("/dashboard/files/{file}/download")).await;
        Browser::new(&world).led(&fresh_link(&world, &file).await).await;
    }
    let log = slash(&world.desk(), "/audit list", vec![("target", "#1".into())]).await.text();
    for line in [
        format!("{} · download link opened ×5 · **#1**", world.ada.mention()),
        format!("{} · download link issued ×5 · **#1**", world.ada.mention()),
        "*download link* · download link opened ×5 · **#1**".to_owned(),
    ] {
        assert!(log.contains(&line), "{line}: {log}");
    }
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM audit WHERE action LIKE 'download%'").await, 3);
    // Each link is an opening of its own, and she is one.
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM openings").await, 6);
    assert!(slash(&world.desk(), "/audit verify", vec![]).await.text().contains("The log is whole"));
}

async fn a_flood_of_clicks_leaves_evidence_as_it_was(world: World) {
    let file = delivered(&world).await;
    world.get_for(&fresh_link(&world, &file).await, "x").await;
    world.settled().await;
    let mut tx = world.app().db.write().await.unwrap();
    // As if written by thousands of clicks, downloads and looks.
    let numbers = |most: u64| format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most})");
    let thousands = numbers(3000);
    for action in ["pay link opened", "download link issued", "download link opened", "invoice viewed"] {
        let flood = format!(
            "INSERT INTO audit (seq, id, at, actor, action, target, detail, hash) {thousands}
             SELECT seq + i, '01890a5d-ac96-774b-bcce-' || CAST(100000000000 + seq + i AS TEXT), 0, 'pay link', '{action}', 'invoice:1', '', ''
             FROM n CROSS JOIN audit_head"
        );
        sqlx::query(AssertSqlSafe(flood)).execute(&mut *tx).await.unwrap();
        sqlx::query("UPDATE audit_head SET seq = seq + 3000").execute(&mut *tx).await.unwrap();
    }
    let openings = format!(
        "INSERT INTO openings (id, deliverable_id, invoice_id, version, opened_at, address, opener, window_start, count) {}
         SELECT '01890a5d-ac96-774b-bcce-' || CAST(100000000000 + i AS TEXT), deliverable_id, invoice_id, version, opened_at + i, address,
         'flood', i, 1 FROM n CROSS JOIN openings",
        numbers(600)
    );
    sqlx::query(AssertSqlSafe(openings)).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    // What was sealed for one row opens for no other: the flood has addresses of its own.
    let app = world.app();
    let ids = world.column("SELECT id AS value FROM openings WHERE opener = 'flood'").await;
    let mut tx = app.db.write().await.unwrap();
    for id in ids {
        let sealed = app.keys.seal(&format!("openings/{id}"), b"192.0.2.1").unwrap();
        sqlx::query("UPDATE openings SET address = $1 WHERE id = $2").bind(sealed).bind(id).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();

    let actor = shared::domain::actor::Actor {
        user: shared::types::UserId::parse(&world.owner.id()).unwrap(),
        name: "mira".into(),
        guild: Some(shared::types::GuildId::parse(&world.guild.id()).unwrap()),
        roles: Vec::new(),
        locale: "en-US".into(),
        delivery: None,
    };
    let kept = world.column("SELECT action AS value FROM audit WHERE hash <> '' AND target = 'invoice:1' ORDER BY seq").await;
    let evidence = shared::domain::evidence::gather(&app, &actor, "1", app.clock.now()).await.unwrap();
    // All that was there before the flood is there yet.
    let log: Vec<&str> =
        evidence.log.iter().filter(|(entry, _)| entry.hash != Some(String::new())).map(|(entry, _)| entry.action.as_str()).collect();
    assert_eq!(log, kept);
    let log: Vec<&str> = evidence.log.iter().map(|(entry, _)| entry.action.as_str()).collect();
    for action in ["invoice issued", "invoice paid", "deliverable added", "download link issued", "download link opened"] {
        assert!(log.contains(&action), "{action}: {log:?}");
    }
    assert!(log.len() < 1000, "{}", log.len());
    let addresses: Vec<&str> = evidence.openings.iter().map(|opening| opening.address.as_str()).collect();
    assert_eq!((addresses[0], addresses.len()), ("127.0.0.1", 500), "the first one is there");
    // And so it is in the paper that staff gets.
    let reply = slash(&world.desk(), "/billing evidence", vec![("invoice", "1".into())]).await;
    assert!(reply.ephemeral && reply.message.attachments.len() == 1);
}
