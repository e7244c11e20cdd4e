//! Who may not look in, and that nothing leaves the machine.

use reqwest::StatusCode;
use serde_json::json;

use super::super::Chromium;
use super::Window;
use crate::world::*;
use shared::platform::db::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_kept_out() {
    run(Engine::Sqlite, keeps_out).await;
}

async fn keeps_out(world: World) {
    let control = world.sandbox.control().await.unwrap();
    let (url, token) = (control.url(), control.token());
    let browser = Chromium::start(&url).await;
    for path in ["/", "/?token=", "/?token=0123456789abcdef0123456789abcdef0123456789abcdef"] {
        browser.open(path).await;
        browser.expect_error("401").await;
        browser.says("address").await;
        assert!(!browser.text().await.contains("mira"));
        browser.screenshot("closed").await;
        browser.axe().await;
    }
    // A page of another origin that knows everything.
    browser.open("data:text/html,<title>Elsewhere</title>").await;
    let asked = json!(format!("{url}/state?token={token}"));
    let ask = format!("fetch({asked}).then(() => done('answered'), () => done('refused'))");
    assert_eq!(browser.script_async(&ask).await, "refused");
    browser.expect_error("/state").await;
    browser.quit().await;

    let client = reqwest::Client::new();
    let port = url.rsplit(':').next().unwrap();
    for (name, value) in [
        ("origin", "http://evil.example".to_owned()),
        ("origin", "null".to_owned()),
        ("origin", world.url.clone()),
        ("host", "evil.example".to_owned()),
        ("host", format!("evil.example:{port}")),
        ("host", "127.0.0.1:1".to_owned()),
    ] {
        for path in ["/", "/state", "/window/people", "/window/events", "/window/main.js"] {
            let answer = client.get(format!("{url}{path}?token={token}")).header(name, &value).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path} with {name}: {value}");
        }
    }

    // The whole window, and every address that it asks.
    let window = Window::open(&world).await;
    for tab in ["Storage", "Wire", "Switches", "Stripe"] {
        window.side().click("tab", tab).await;
    }
    let asked = window.script("return performance.getEntriesByType('resource').map((entry) => entry.name)").await;
    let own = [window.control.url(), world.sandbox.discord.url()];
    for address in asked.as_array().unwrap() {
        let address = address.as_str().unwrap();
        assert!(own.iter().any(|own| address.starts_with(&format!("{own}/"))), "{address}");
    }
    window.quit().await;
}
