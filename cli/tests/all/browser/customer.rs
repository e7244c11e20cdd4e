//! What a customer does on the web, in a real browser: by mouse, by keyboard, without JavaScript, without
//! a network, and as a screen reader has it.

use fantoccini::key::Key;
use serde_json::json;

use super::{Chromium, Options, Scheme};
use crate::world::*;

each_backend!(
    a_customer_signs_in_pays_downloads_and_signs_out_everywhere,
    the_keyboard_is_enough,
    everything_works_without_javascript,
    a_browser_keeps_theme_drafts_and_shell_and_gives_them_up,
    no_page_keeps_anybody_out,
);

/// At Discord's consent page: who they are, and that they allow it.
async fn allow(browser: &Chromium, name: &str) {
    browser.click("radio", name).await;
    browser.click("button", "Authorize").await;
}

/// At Stripe's page: pays, and is told so on ours.
async fn pay(world: &World, browser: &Chromium) {
    browser.says("SANDBOX: no money moves here").await;
    browser.write("textbox", "E-mail", "ada@example.com").await;
    browser.click("button", "Pay 12.50 USD").await;
    browser.is_on("/done").await;
    world.ada.wait_for_dm("Your payment arrived").await;
    // Stripe's word may have come after the customer.
    if !browser.text().await.contains("Paid. Thank you!") {
        browser.reload().await;
    }
    browser.find("heading", "Paid. Thank you!").await;
}

/// An invoice of 12.50 USD with a file.
async fn commission(world: &World) -> Vec<u8> {
    let bytes: Vec<u8> = (0..100_000u32).map(|at| u8::try_from(at % 251).unwrap()).collect();
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.deliver("1", "dragon.zip", bytes.clone()).await;
    world.settled().await;
    bytes
}

async fn session_of(browser: &Chromium) -> Option<String> {
    browser.cookies().await.into_iter().find(|(name, _)| name == "atelier").map(|(_, value)| value)
}

async fn a_customer_signs_in_pays_downloads_and_signs_out_everywhere(world: World) {
    let bytes = commission(&world).await;
    let browser = Chromium::start(&world.url).await;
    // From Discord, and not quite sure.
    let link = slash(&world.ada.in_dm(), "/account link", vec![]).await;
    browser.open(&link.message.button("Sign in").unwrap().url.unwrap()).await;
    browser.screenshot("1-consent").await;
    browser.click("button", "Cancel").await;
    browser.find("heading", "Nothing happened").await;
    assert_eq!(session_of(&browser).await, None);
    browser.screenshot("2-declined").await;
    browser.click("link", "Sign in with Discord").await;
    allow(&browser, "ada").await;
    browser.is_at("/dashboard").await;
    browser.find("heading", "Hello, ada").await;
    browser.screenshot("3-overview").await;

    browser.click("link", "Pay #1").await;
    browser.says("SANDBOX: no money moves here").await;
    browser.screenshot("4-checkout").await;
    browser.click("link", "Cancel").await;
    browser.find("heading", "Nothing was charged").await;
    browser.screenshot("5-turned-back").await;
    browser.click("link", "Pay now").await;
    pay(&world, &browser).await;
    browser.screenshot("6-paid").await;

    browser.open("/dashboard").await;
    browser.click("link", "Download dragon.zip").await;
    assert!(browser.downloaded("dragon.zip").await == bytes, "the bytes that the studio uploaded");
    browser.click("link", "Invoices").await;
    browser.click("link", "Receipt #1").await;
    assert!(browser.downloaded("receipt-R-000001.pdf").await.starts_with(b"%PDF-"));

    let other = Chromium::start(&world.url).await;
    other.open("/login").await;
    allow(&other, "ada").await;
    other.find("heading", "Hello, ada").await;
    browser.click("link", "Sessions").await;
    browser.find("heading", "Sessions").await;
    assert!(browser.text().await.matches("Chrome on Linux").count() >= 2, "{}", browser.text().await);
    browser.screenshot("7-sessions").await;
    browser.click("button", "Sign out everywhere").await;
    browser.find("heading", "You are signed out").await;
    browser.says("2 sessions have ended").await;
    browser.screenshot("8-signed-out").await;
    assert_eq!(session_of(&browser).await, None);
    // Nothing comes back, and what was open in the other browser leads to signing in.
    browser.back().await;
    browser.find("button", "Authorize").await;
    other.click("link", "Invoices").await;
    other.find("button", "Authorize").await;
    browser.quit().await;
    other.quit().await;
}

async fn the_keyboard_is_enough(world: World) {
    let bytes = commission(&world).await;
    let browser = Chromium::start(&world.url).await;
    browser.open("/login").await;
    browser.tab_to("radio", "mira").await;
    browser.press(&[Key::Down]).await;
    assert_eq!(browser.focused().await.1, "ada");
    browser.tab_to("button", "Authorize").await;
    browser.press(&[Key::Enter]).await;
    browser.find("heading", "Hello, ada").await;

    let way = browser.tab_to("link", "Pay #1").await;
    let way: Vec<&str> = way.iter().map(|(_, name)| name.as_str()).collect();
    let expected = [
        "Skip to the content",
        "Pixel Forge",
        "Sign out",
        "Overview",
        "Invoices",
        "Files",
        "Inbox",
        "Sessions",
        "Settings",
        "See all open invoices",
        "Nothing waits for you",
        "#1 Dragon rig",
    ];
    assert_eq!(way, expected);
    browser.open("/dashboard").await;
    browser.tab_to("link", "Skip to the content").await;
    browser.screenshot("1-skip").await;
    browser.press(&[Key::Enter]).await;
    let way = browser.tab_to("link", "Pay #1").await;
    assert_eq!(way.first().unwrap().1, "See all open invoices", "the parts were skipped");
    browser.screenshot("2-focus").await;
    browser.press_with(Key::Shift, Key::Tab).await;
    assert_eq!(browser.focused().await.1, "#1 Dragon rig");
    browser.press(&[Key::Enter]).await;
    browser.find("heading", "Dragon rig").await;
    browser.tab_to("link", "Pay now").await;
    browser.press(&[Key::Enter]).await;
    browser.tab_to("textbox", "E-mail").await;
    browser.type_text("ada@example.com").await;
    browser.tab_to("button", "Pay 12.50 USD").await;
    browser.press(&[Key::Enter]).await;
    world.ada.wait_for_dm("Your payment arrived").await;

    browser.open("/dashboard").await;
    browser.tab_to("link", "Files").await;
    browser.press(&[Key::Enter]).await;
    browser.find("heading", "Files").await;
    browser.tab_to("link", "Download dragon.zip").await;
    browser.press(&[Key::Enter]).await;
    assert!(browser.downloaded("dragon.zip").await == bytes, "the bytes that the studio uploaded");
    browser.tab_to("radio", "System").await;
    browser.press(&[Key::Left]).await;
    assert_eq!(browser.script("return document.documentElement.dataset.theme").await, "dark");
    browser.screenshot("3-theme").await;
    browser.tab_to("button", "Sign out").await;
    browser.press(&[Key::Space]).await;
    browser.find("heading", "You are signed out").await;
    assert_eq!(session_of(&browser).await, None);
    browser.quit().await;
}

async fn everything_works_without_javascript(world: World) {
    let bytes = commission(&world).await;
    let browser = Chromium::start_with(&world.url, Options { without_script: true }).await;
    browser.open("/dashboard/invoices/1").await;
    allow(&browser, "ada").await;
    browser.is_at("/dashboard/invoices/1").await;
    browser.click("link", "Pay now").await;
    pay(&world, &browser).await;
    browser.open("/dashboard/files").await;
    browser.click("link", "Download dragon.zip").await;
    assert!(browser.downloaded("dragon.zip").await == bytes, "the bytes that the studio uploaded");
    assert!(!browser.has("radio", "Dark").await, "a switch that does nothing is not there");
    browser.click("link", "Settings").await;
    browser.says("Without scripts this browser keeps nothing but the cookie of your session.").await;
    assert!(!browser.has("button", "Clear everything kept in this browser").await);
    browser.write("combobox", "Time zone", "Asia/Tokyo").await;
    browser.click("button", "Save").await;
    browser.says("Saved.").await;
    assert_eq!(browser.value("combobox", "Time zone").await, "Asia/Tokyo");
    browser.screenshot("settings").await;
    browser.click("button", "Sign out").await;
    browser.find("heading", "You are signed out").await;
    assert_eq!(session_of(&browser).await, None);
    browser.quit().await;
}

/// Everything that scripts find in the browser's own storage, but for the caches.
const KEPT: &str = "return { local: { ...localStorage }, session: { ...sessionStorage }, cookies: document.cookie }";

/// What is in all caches: addresses and texts.
const CACHED: &str = "(async () => {
    const found = {};
    for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
            const url = new URL(request.url);
            found[url.pathname + url.search] = await (await cache.match(request)).text();
        }
    }
    done(found);
})();";

async fn a_browser_keeps_theme_drafts_and_shell_and_gives_them_up(world: World) {
    commission(&world).await;
    let browser = Chromium::start(&world.url).await;
    // Says, on every page from here on, when the theme was there and when the first was painted.
    let watch = "
        new MutationObserver(() => { window.themedAt ??= performance.now(); })
            .observe(document, { subtree: true, attributes: true, attributeFilter: ['data-theme'] });";
    browser.cdp("Page.addScriptToEvaluateOnNewDocument", json!({ "source": watch })).await;
    let ground = "return getComputedStyle(document.body).backgroundColor";

    browser.prefer(Scheme::Light).await;
    browser.open("/login").await;
    allow(&browser, "ada").await;
    browser.find("heading", "Hello, ada").await;
    let light = browser.script(ground).await;
    browser.prefer(Scheme::Dark).await;
    let dark = browser.script(ground).await;
    assert_ne!(light, dark, "the system's theme is followed");
    for (name, theme, expected) in [("Light", json!("light"), &light), ("Dark", json!("dark"), &dark)] {
        browser.click("radio", name).await;
        assert_eq!(&browser.script(ground).await, expected, "{name}");
        browser.prefer(Scheme::Light).await;
        browser.reload().await;
        let theme_now = browser.script("return document.documentElement.dataset.theme").await;
        assert_eq!((&theme_now, &browser.script(ground).await), (&theme, expected), "it is kept");
        assert_eq!(browser.script(KEPT).await, json!({ "local": { "theme": theme }, "session": {}, "cookies": "" }));
        let early = browser
            .script_async(
                "new PerformanceObserver((list) => done(window.themedAt <= list.getEntries()[0].startTime))
                    .observe({ type: 'paint', buffered: true });",
            )
            .await;
        assert_eq!(early, true, "nothing is painted in another theme");
        browser.prefer(Scheme::Dark).await;
    }
    browser.click("radio", "System").await;
    browser.prefer(Scheme::Light).await;
    assert_eq!(browser.script(ground).await, light);
    assert_eq!(browser.script(KEPT).await["local"], json!({}));
    browser.click("radio", "Dark").await;

    // Not sent yet, and found again.
    browser.click("link", "Settings").await;
    browser.find("heading", "Settings").await;
    assert!(!browser.text().await.contains("Not saved yet."));
    browser.write("combobox", "Time zone", "Asia/Tokyo").await;
    browser.click("link", "Files").await;
    browser.find("heading", "Files").await;
    let kept = browser.script(KEPT).await;
    assert_eq!(kept["local"], json!({ "theme": "dark" }));
    assert_eq!(kept["session"], json!({ "draft:settings": r#"{"language":"discord","timezone":"Asia/Tokyo"}"# }));

    // Who is offline sees the shell, and nothing of anybody.
    browser.script_async("navigator.serviceWorker.ready.then(() => done(true))").await;
    let shell = browser.script_async(CACHED).await;
    let shell = shell.as_object().unwrap();
    let mut paths: Vec<&str> = shell.keys().map(|path| path.split('?').next().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/offline", "/static/atelier.css", "/static/atelier.js", "/static/icon.svg"]);
    browser.offline(true).await;
    browser.open("/dashboard/invoices").await;
    browser.find("heading", "You are offline").await;
    assert!(!browser.text().await.contains("ada"));
    assert_eq!(browser.script(ground).await, dark, "in its style and theme");
    browser.screenshot("1-offline").await;
    browser.offline(false).await;
    browser.click("link", "Try again").await;
    browser.find("heading", "Invoices").await;
    for part in ["Overview", "Files", "Inbox", "Sessions"] {
        browser.click("link", part).await;
    }
    for (path, text) in browser.script_async(CACHED).await.as_object().unwrap() {
        assert_eq!(Some(text), shell.get(path), "{path}: nothing is put there later");
    }
    browser.click("link", "Settings").await;
    browser.says("Not saved yet.").await;
    assert_eq!(browser.value("combobox", "Time zone").await, "Asia/Tokyo");
    browser.screenshot("2-draft").await;

    browser.click("button", "Clear everything kept in this browser").await;
    browser.says("Everything is cleared. You are still signed in.").await;
    assert_eq!(browser.script(KEPT).await, json!({ "local": {}, "session": {}, "cookies": "" }));
    assert_eq!(browser.script_async(CACHED).await, json!({}));
    let workers = "navigator.serviceWorker.getRegistrations().then((all) => done(all.length))";
    // Its end may wait for the look for a newer one that began without a network.
    until("the service worker ends", || async { browser.script_async(workers).await == 0 }).await;
    assert_eq!(browser.script(ground).await, light, "the system's theme at once");
    browser.screenshot("3-cleared").await;
    browser.reload().await;
    browser.find("heading", "Settings").await;
    assert_eq!(browser.value("combobox", "Time zone").await, "UTC");
    browser.quit().await;
}

async fn no_page_keeps_anybody_out(world: World) {
    commission(&world).await;
    world.issue(&world.ada, "A portrait of two dragons, in oil, with a frame that is longer than a line", "80").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.ada.close_dms();
    world.issue(&world.ada, "Castle", "5").await;
    world.settled().await;
    let paying = world.pay_link(&world.ada, "A portrait").await;
    let browser = Chromium::start(&world.url).await;
    browser.open("/oauth/callback?error=access_denied&state=x").await;
    looks_right(&browser, "declined").await;
    browser.open("/login").await;
    allow(&browser, "ada").await;
    browser.find("heading", "Hello, ada").await;
    for (path, name) in [
        ("/dashboard", "overview"),
        ("/dashboard/invoices", "invoices"),
        ("/dashboard/invoices?status=revoked", "none"),
        ("/dashboard/invoices/1", "paid"),
        ("/dashboard/invoices/2", "open"),
        ("/dashboard/files", "files"),
        ("/dashboard/inbox", "inbox"),
        ("/dashboard/sessions", "sessions"),
        ("/dashboard/settings", "settings"),
        ("/dashboard/disconnect", "disconnect"),
        ("/offline", "offline"),
        ("/", "home"),
        (&format!("{paying}/cancelled"), "turned-back"),
    ] {
        browser.resize(390, 844).await;
        browser.open(path).await;
        looks_right(&browser, name).await;
    }
    browser.open("/dashboard/invoices/9").await;
    browser.expect_error("404").await;
    looks_right(&browser, "missing").await;
    browser.open("/dashboard/settings").await;
    browser.write("combobox", "Time zone", "Mars").await;
    browser.click("button", "Save").await;
    browser.find("alert", "").await;
    browser.expect_error("422").await;
    looks_right(&browser, "problem").await;
    browser.click("button", "Sign out").await;
    browser.find("heading", "You are signed out").await;
    looks_right(&browser, "signed-out").await;
    browser.quit().await;
}

/// Nothing serious for axe and nothing wider than the window, in both themes, on a phone and at a desk.
async fn looks_right(browser: &Chromium, name: &str) {
    for (width, height) in [(390, 844), (1280, 900)] {
        browser.resize(width, height).await;
        assert!(!browser.is_too_wide().await, "{name} at {width}");
        let parts = browser.script("return document.querySelector('.parts ul')?.parentElement.clientHeight ?? 0").await;
        assert!(width > 390 || parts.as_u64().unwrap() < 60, "{name}: the parts of the dashboard are one line on a phone: {parts}");
        for scheme in [Scheme::Light, Scheme::Dark] {
            browser.prefer(scheme).await;
            browser.screenshot(&format!("{name}-{width}-{scheme:?}")).await;
            browser.axe().await;
        }
    }
}
