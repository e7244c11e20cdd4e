//! The sandbox's window, used as people use it.

mod all_sides;
mod guard;
mod hostile;
mod keyboard;
mod many;
mod panes;
mod story;
mod tour;
mod trouble;
mod written;

use std::path::{Path, PathBuf};

use fantoccini::wd::WindowHandle;
use sandbox::{Control, Sandbox};
use serde_json::{Value, json};

use super::Chromium;
use super::tree::Part;
use crate::world::*;

/// The window, open in a browser, as mira.
struct Window {
    browser: Chromium,
    control: Control,
    tab: WindowHandle,
}

impl std::ops::Deref for Window {
    type Target = Chromium;
    fn deref(&self) -> &Chromium {
        &self.browser
    }
}

impl Window {
    /// Opens the address that is printed.
    async fn open(world: &World) -> Self {
        Self::open_on(&world.sandbox, "Welcome to #general").await
    }

    /// Opens it, and waits until the first pane says this.
    async fn open_on(sandbox: &Sandbox, words: &str) -> Self {
        let control = sandbox.control().await.unwrap();
        let browser = Chromium::start(&control.url()).await;
        browser.resize(1440, 900).await;
        browser.open(&control.address()).await;
        let tab = browser.client.window().await.unwrap();
        let window = Self { browser, control, tab };
        window.first().says(words).await;
        window
    }

    fn part<'a>(&'a self, css: &'a str) -> Part<'a> {
        Part { browser: &self.browser, css }
    }

    fn page(&self) -> Part<'_> {
        self.part("body")
    }

    fn first(&self) -> Part<'_> {
        self.part("section[aria-label='First pane']")
    }

    fn second(&self) -> Part<'_> {
        self.part("section[aria-label='Second pane']")
    }

    /// The side panel.
    fn side(&self) -> Part<'_> {
        self.part("aside[aria-label='Around the chat']")
    }

    /// What floats above the page.
    fn popover(&self) -> Part<'_> {
        self.part(".popover:last-of-type")
    }

    /// The form that the bot has opened.
    fn form(&self) -> Part<'_> {
        self.part("dialog[open]")
    }

    /// Turns a pane to somebody, by mouse.
    async fn be(&self, pane: Part<'_>, name: &str) {
        let now = self.who(pane).await;
        if now == name {
            return;
        }
        pane.click("button", &format!("You are {now}…")).await;
        self.popover().click("button", &format!("{name}…")).await;
        pane.shows(&format!("it is {name}"), || async { self.who(pane).await == name }).await;
    }

    /// Opens a channel, or the messages with the bot, by mouse.
    async fn go(&self, pane: Part<'_>, name: &str) {
        self.part(&format!("{} nav[aria-label='Channels']", pane.css)).click("button", &format!("{name}…")).await;
    }

    /// Who a pane shows.
    async fn who(&self, pane: Part<'_>) -> String {
        let read = format!("return document.querySelector({}).querySelector('.who-button .name')?.textContent ?? ''", json!(pane.css));
        self.script(&read).await.as_str().unwrap_or_default().to_owned()
    }

    /// Goes on to the tab that was opened.
    async fn new_tab(&self) {
        self.page_or_tab("a tab is opened", |tabs| tabs.len() > 1).await;
        let tabs = self.client.windows().await.unwrap();
        let tab = tabs.into_iter().find(|tab| *tab != self.tab).expect("there is another");
        self.client.switch_to_window(tab).await.unwrap();
    }

    async fn page_or_tab(&self, what: &str, fits: impl Fn(&[WindowHandle]) -> bool) {
        until(what, || async { fits(&self.client.windows().await.unwrap()) }).await;
    }

    /// Closes every other tab and goes back to the window.
    async fn back_to_window(&self) {
        for tab in self.client.windows().await.unwrap().into_iter().filter(|tab| *tab != self.tab) {
            // A download's tab may close by itself.
            if self.client.switch_to_window(tab).await.is_ok() {
                let _ = self.client.close_window().await;
            }
        }
        self.client.switch_to_window(self.tab.clone()).await.unwrap();
    }

    /// A file of the person's, to be chosen or dropped.
    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Drags a file from outside over an element and drops it there.
    async fn drop_file(&self, css: &str, path: &Path) {
        let middle = format!(
            "const box = document.querySelector({}).getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]",
            json!(css)
        );
        let at = self.script(&middle).await;
        let data = json!({ "items": [], "files": [path], "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            self.cdp("Input.dispatchDragEvent", json!({ "type": kind, "x": at[0], "y": at[1], "data": data })).await;
        }
    }

    /// Chooses a file in the chooser that a file input has opened.
    async fn choose_file(&self, css: &str, path: &Path) {
        let input = self.client.find(fantoccini::Locator::Css(css)).await.unwrap();
        input.send_keys(&path.display().to_string()).await.unwrap();
    }

    /// The names of all that was downloaded.
    fn downloads(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.folder.path().join("downloads")).unwrap();
        files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    /// What the control interface says.
    async fn ask_control(&self, path: &str) -> Value {
        let address = format!("{}{path}?token={}", self.control.url(), self.control.token());
        reqwest::get(address).await.unwrap().json().await.unwrap()
    }

    /// How many events of this name the gateway has sent.
    async fn sent(&self, name: &str) -> usize {
        let passed = self.ask_control("/wire").await;
        passed.as_array().unwrap().iter().filter(|entry| entry["name"] == name).count()
    }

    /// Closes the window, which has only ever asked this machine.
    async fn quit(self) {
        let asked = self.script("return performance.getEntriesByType('resource').map((entry) => entry.name)").await;
        for address in asked.as_array().unwrap().iter().filter_map(Value::as_str) {
            let is_here = address.starts_with("http://127.0.0.1:") || address.starts_with("data:") || address.starts_with("blob:");
            assert!(is_here, "the window asked for {address}");
        }
        self.browser.quit().await;
    }
}

/// What the bot is called, whose DMs hold everything that Atelier says by itself.
const BOT: &str = "sandbox-app";

/// `/billing issue` for ada, as mira, with the picker and its lists.
async fn issue(window: &Window, pane: Part<'_>, title: &str) {
    pane.click("button", "Commands").await;
    pane.click("option", "/billing issue…").await;
    pane.click("option", "ada…").await;
    pane.write("textbox", "title", title).await;
    pane.write("textbox", "amount", "12.50").await;
    window.screenshot("issue").await;
    pane.click("button", "Run /billing issue").await;
    pane.says(title).await;
}

/// The Pay button of ada's DM and the Checkout page.
async fn pay(window: &Window, pane: Part<'_>) {
    pane.click("link", "Pay").await;
    window.new_tab().await;
    window.says("SANDBOX: no money moves here").await;
    window.write("textbox", "E-mail", "ada@example.com").await;
    window.screenshot("checkout").await;
    window.click("button", "Pay 12.50 USD").await;
    // Stripe's word may come after the customer: the page says that it waits, or that it is paid.
    window.says("Payments by Stripe.").await;
    window.screenshot("thanks").await;
    window.back_to_window().await;
    pane.says("Your payment arrived").await;
}
