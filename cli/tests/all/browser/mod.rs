//! Headless Chromium, as a person has it: it shows pages, is clicked and typed into, keeps what a browser
//! keeps, and can be asked what a screen reader would say.
//!
//! Every Chromium has a chromedriver, a profile and a network cable of its own. Nothing here waits for a
//! time, only for what should be there.

mod cable;
mod customer;
mod tree;
mod window;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;

use base64::Engine as _;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::world::{happens, until};
use cable::Cable;

/// What to do about a missing program.
const HOW_TO: &str = "run scripts/test, which installs it on Debian and Ubuntu (packages chromium, chromium-driver); \
                      elsewhere install Chromium or Chrome and its chromedriver, and put both on the PATH";

/// The names under which systems have it.
const PROGRAMS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// How a browser is set up before its first page.
#[derive(Default)]
pub struct Options {
    /// The person has switched JavaScript off.
    pub without_script: bool,
}

/// What a person chose for all pages of the system.
#[derive(Debug, Clone, Copy)]
pub enum Scheme {
    Light,
    Dark,
}

/// One browser with one window. End it with `quit`, which reads its console.
pub struct Chromium {
    client: Client,
    /// Chromium ends when this does, because they are connected by a pipe.
    driver: Child,
    cable: Cable,
    /// What paths belong to.
    url: String,
    console: Mutex<Vec<Value>>,
    /// Profile, downloads and everything temporary.
    folder: tempfile::TempDir,
}

impl Chromium {
    /// A fresh browser whose paths belong to `url`.
    pub async fn start(url: &str) -> Self {
        Self::start_with(url, Options::default()).await
    }

    pub async fn start_with(url: &str, options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["profile", "downloads", "tmp"] {
            std::fs::create_dir(folder.path().join(part)).unwrap();
        }
        let cable = Cable::lay().await;
        let (driver, address) = start_driver(folder.path()).await;
        let capabilities = capabilities(folder.path(), &cable, &options);
        let mut connector = hyper_util::client::legacy::connect::HttpConnector::new();
        connector.set_nodelay(true);
        let connected = ClientBuilder::new(connector).capabilities(capabilities).connect(&address).await;
        let client = connected.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        let browser = Self { client, driver, cable, url: url.to_owned(), console: Mutex::default(), folder };
        browser.resize(1280, 900).await;
        browser
    }

    /// Asks WebDriver for what its client has no function for.
    async fn ask(&self, method: Method, path: String, body: Value) -> Result<Value, CmdError> {
        self.client.issue_cmd(Ask { method, path, body }).await
    }

    /// A command of the Chrome DevTools protocol to the page.
    pub async fn cdp(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.ask(Method::POST, "goog/cdp/execute".into(), body).await.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What a function body returns in the page.
    pub async fn script(&self, body: &str) -> Value {
        self.client.execute(body, vec![]).await.unwrap_or_else(|error| panic!("{body}: {error}"))
    }

    /// What a function body gives to the function `done` in the page, sooner or later.
    pub async fn script_async(&self, body: &str) -> Value {
        let body = format!("const done = arguments[0]; {body}");
        self.client.execute_async(&body, vec![]).await.unwrap_or_else(|error| panic!("{body}: {error}"))
    }

    /// Opens a page, by its path or its whole address, as if typed into the address bar.
    pub async fn open(&self, path: &str) {
        let address = if path.starts_with('/') { format!("{}{path}", self.url) } else { path.to_owned() };
        self.client.goto(&address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// The browser's Back button.
    pub async fn back(&self) {
        self.client.back().await.unwrap();
    }

    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// The address in the address bar: path and query of our own, all of another's.
    pub async fn address(&self) -> String {
        let address = self.whole_address().await;
        address.strip_prefix(&self.url).map(str::to_owned).unwrap_or(address)
    }

    pub async fn whole_address(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// Waits until the address bar shows this.
    pub async fn is_at(&self, address: &str) {
        self.shows(&format!("the browser is at {address}"), || async { self.address().await == address }).await;
    }

    /// Waits until the address bar shows an address with this part.
    pub async fn is_on(&self, part: &str) {
        self.shows(&format!("the browser is on {part}"), || async { self.whole_address().await.contains(part) }).await;
    }

    /// Waits until this is so, and says what the page was where it never is.
    async fn shows<F: Future<Output = bool>>(&self, what: &str, done: impl FnMut() -> F) {
        if !happens(done).await {
            panic!("never happened: {what}; at {} is\n{}", self.address().await, self.text().await);
        }
    }

    /// What can be read on the page.
    pub async fn text(&self) -> String {
        let read = async { self.client.find(Locator::Css("body")).await?.text().await };
        now(read.await).unwrap_or_default()
    }

    /// Waits until this can be read on the page.
    pub async fn says(&self, words: &str) {
        self.shows(&format!("the page says {words:?}"), || async { self.text().await.contains(words) }).await;
    }

    /// The element of this role and this whole name, as a screen reader has them, once it is there.
    pub async fn find(&self, role: &str, name: &str) -> Element {
        let found = Mutex::new(None);
        self.shows(&format!("there is a {role} named {name:?}"), || async {
            let element = self.look_for(role, name).await;
            let is_there = element.is_some();
            *found.lock().unwrap() = element;
            is_there
        })
        .await;
        found.into_inner().unwrap().expect("it was found")
    }

    /// Whether the element is there now.
    pub async fn has(&self, role: &str, name: &str) -> bool {
        self.look_for(role, name).await.is_some()
    }

    async fn look_for(&self, role: &str, name: &str) -> Option<Element> {
        for element in now(self.client.find_all(Locator::Css(&selector(role))).await)? {
            if self.spoken(&element).await? == (role.to_owned(), name.to_owned()) {
                return Some(element);
            }
        }
        None
    }

    /// Role and name of an element, as a screen reader has them; none when the page went away meanwhile.
    async fn spoken(&self, element: &Element) -> Option<(String, String)> {
        let mut said = [String::new(), String::new()];
        for (said, what) in said.iter_mut().zip(["computedrole", "computedlabel"]) {
            let path = format!("element/{}/{what}", &*element.element_id());
            *said = now(self.ask(Method::GET, path, Value::Null).await)?.as_str().unwrap_or_default().to_owned();
        }
        let [role, name] = said;
        Some((role, name.split_whitespace().collect::<Vec<_>>().join(" ")))
    }

    /// Clicks with the mouse in the middle of the element; one that lies under another fails.
    pub async fn click(&self, role: &str, name: &str) {
        self.act(role, name, async |element| {
            // Who chooses among some aims at the words beside.
            if matches!(role, "radio" | "checkbox")
                && let Ok(words) = element.find(Locator::XPath("ancestor::label")).await
            {
                return words.click().await;
            }
            element.click().await
        })
        .await;
    }

    /// Writes into a field, in place of what is there.
    pub async fn write(&self, role: &str, name: &str, text: &str) {
        self.act(role, name, async |field| {
            field.clear().await?;
            field.send_keys(text).await
        })
        .await;
    }

    /// Does something with an element; with that of the next page when one takes the place of this page
    /// meanwhile.
    async fn act(&self, role: &str, name: &str, act: impl AsyncFn(Element) -> Result<(), CmdError>) {
        self.shows(&format!("there is a {role} named {name:?} to act on"), || async {
            match self.look_for(role, name).await {
                Some(element) => now(act(element).await).is_some(),
                None => false,
            }
        })
        .await;
    }

    /// The value of a field.
    pub async fn value(&self, role: &str, name: &str) -> String {
        self.find(role, name).await.prop("value").await.unwrap().unwrap_or_default()
    }

    /// Presses keys one after the other, wherever the focus is.
    pub async fn press(&self, keys: &[Key]) {
        let actions = keys.iter().fold(KeyActions::new("keyboard".into()), |actions, key| {
            let value = char::from(*key);
            actions.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Presses a key while another is held.
    pub async fn press_with(&self, held: Key, key: Key) {
        let (held, key) = (char::from(held), char::from(key));
        let actions = KeyActions::new("keyboard".into()).then(KeyAction::Down { value: held });
        let actions = actions.then(KeyAction::Down { value: key }).then(KeyAction::Up { value: key });
        self.client.perform_actions(actions.then(KeyAction::Up { value: held })).await.unwrap();
    }

    /// Types text, wherever the focus is.
    pub async fn type_text(&self, text: &str) {
        let actions = text.chars().fold(KeyActions::new("keyboard".into()), |actions, value| {
            actions.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(actions).await.unwrap();
    }

    /// Role and name of what has the focus.
    pub async fn focused(&self) -> (String, String) {
        loop {
            let element = self.client.active_element().await.unwrap();
            // What was drawn anew between the two questions has the focus again.
            if let Some(spoken) = self.spoken(&element).await {
                return spoken;
            }
        }
    }

    /// Presses Tab until this has the focus, and returns what had it on the way. What has the focus must
    /// look so.
    pub async fn tab_to(&self, role: &str, name: &str) -> Vec<(String, String)> {
        self.find(role, name).await;
        let mut way = Vec::new();
        for _ in 0..100 {
            self.press(&[Key::Tab]).await;
            let here = self.focused().await;
            assert!(self.shows_focus().await, "nothing shows that {here:?} has the focus");
            if here == (role.to_owned(), name.to_owned()) {
                return way;
            }
            way.push(here);
        }
        panic!("Tab never gets to the {role} {name:?}: {way:?}");
    }

    /// Whether what has the focus, or the words of its label, have a visible outline and lie in view.
    async fn shows_focus(&self) -> bool {
        let outlined = "
            const it = document.activeElement;
            const seen = [it, ...(it.labels ?? [])].flatMap((each) => [each, ...each.children]).filter((each) => {
                const style = getComputedStyle(each);
                const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
                const box = each.getBoundingClientRect();
                const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
                return (outlined || style.boxShadow !== 'none') && box.width > 1 && box.height > 1 && inView;
            });
            return it === document.body || seen.length > 0;";
        self.script(outlined).await == true
    }

    /// The size of the window's page.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Whether something is wider than the window.
    pub async fn is_too_wide(&self) -> bool {
        self.script("return document.documentElement.scrollWidth > innerWidth").await == true
    }

    /// What `prefers-color-scheme` says.
    pub async fn prefer(&self, scheme: Scheme) {
        let value = match scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        self.cdp("Emulation.setEmulatedMedia", json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] })).await;
    }

    /// Pulls the network cable, for pages and service workers, or plugs it in again.
    pub async fn offline(&self, offline: bool) {
        self.cable.plug(!offline);
        // What `navigator.onLine` says.
        self.cdp("Network.enable", json!({})).await;
        let conditions = json!({ "offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1 });
        self.cdp("Network.emulateNetworkConditions", conditions).await;
    }

    /// Every cookie of the address shown, by name and value; also those that scripts do not see.
    pub async fn cookies(&self) -> Vec<(String, String)> {
        let cookies = self.client.get_all_cookies().await.unwrap();
        cookies.into_iter().map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned())).collect()
    }

    /// A file in the downloads folder, once it is whole.
    pub async fn downloaded(&self, name: &str) -> Vec<u8> {
        let path = self.folder.path().join("downloads").join(name);
        // Until it is whole it has another name.
        until(&format!("{name} is downloaded"), || async { path.exists() }).await;
        std::fs::read(path).unwrap()
    }

    /// Keeps a picture of the whole page in the folder that ATELIER_TEST_SCREENSHOTS names, else in the
    /// build's own.
    pub async fn screenshot(&self, name: &str) {
        let folder = std::env::var_os("ATELIER_TEST_SCREENSHOTS").map(PathBuf::from);
        let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("screenshots"));
        std::fs::create_dir_all(&folder).unwrap();
        let picture = self.cdp("Page.captureScreenshot", json!({ "format": "png", "captureBeyondViewport": true })).await;
        let picture = base64::engine::general_purpose::STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        std::fs::write(folder.join(format!("{test}-{name}.png")), picture).unwrap();
    }

    /// Fails where axe-core finds something serious on the page as it is now.
    pub async fn axe(&self) {
        if self.script("return typeof axe").await != "object" {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/node_modules/axe-core/axe.min.js");
            let source = std::fs::read_to_string(&path).unwrap_or_else(|_| {
                panic!("axe-core is not installed: run scripts/test, or npm ci in cli/tests/browser");
            });
            self.script(&format!("{source}; window.axe = axe;")).await;
        }
        let found = self
            .script_async(
                "axe.run(document, { resultTypes: ['violations'] }).then(
                    (found) => done(found.violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map((node) => node.target.flat().join(' ')) }))),
                    (error) => done(String(error)));",
            )
            .await;
        let found = found.as_array().unwrap_or_else(|| panic!("axe: {found}")).iter();
        let serious = found.filter(|rule| rule["impact"] == "serious" || rule["impact"] == "critical");
        let serious: Vec<String> =
            serious.map(|rule| format!("{} ({}): {} at {}", rule["id"], rule["impact"], rule["help"], rule["nodes"])).collect();
        assert!(serious.is_empty(), "{} has what axe finds serious:\n{}", self.address().await, serious.join("\n"));
    }

    /// Reads the console anew.
    async fn read_console(&self) {
        let entries = self.ask(Method::POST, "se/log".into(), json!({ "type": "browser" })).await.unwrap();
        self.console.lock().unwrap().extend(entries.as_array().unwrap().iter().cloned());
    }

    /// Takes the errors with these words out of the console; there must be one.
    pub async fn expect_error(&self, words: &str) {
        until(&format!("the console says {words:?}"), || async {
            self.read_console().await;
            let mut console = self.console.lock().unwrap();
            let before = console.len();
            console.retain(|entry| !entry["message"].as_str().unwrap_or_default().contains(words));
            console.len() < before
        })
        .await;
    }

    /// Fails when there is an error in the console.
    pub async fn has_no_error(&self) {
        self.read_console().await;
        let console = self.console.lock().unwrap();
        let errors: Vec<&Value> = console.iter().filter(|entry| entry["level"] == "SEVERE").collect();
        assert!(errors.is_empty(), "errors in the browser's console: {errors:#?}");
    }

    /// Closes the browser. There must be no error in its console.
    pub async fn quit(mut self) {
        self.has_no_error().await;
        self.client.close().await.unwrap();
        self.driver.kill().await.unwrap();
    }
}

/// What a command brought, or none when the page it was about went away meanwhile.
fn now<T>(answer: Result<T, CmdError>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(error) if error.is_stale_element_reference() || error.is_no_such_element() => None,
        Err(error) if error.is_unknown_error() && error.to_string().contains("navigation") => None,
        Err(error) => panic!("{error}"),
    }
}

/// What may have a role.
fn selector(role: &str) -> String {
    let tags = match role {
        "link" => "a[href]",
        "button" => "button, summary",
        "heading" => "h1, h2, h3",
        "textbox" => "input:not([type=radio], [type=checkbox], [type=hidden]), textarea, [contenteditable]",
        "combobox" => "select, input",
        "listbox" => "select",
        "radio" => "input[type=radio]",
        "checkbox" => "input[type=checkbox]",
        "navigation" => "nav",
        "dialog" => "dialog",
        _ => return format!("[role={role}]"),
    };
    format!("{tags}, [role={role}]")
}

fn capabilities(folder: &Path, cable: &Cable, options: &Options) -> serde_json::Map<String, Value> {
    let mut preferences = json!({
        "download.default_directory": folder.join("downloads"),
        "download.prompt_for_download": false,
        "plugins.always_open_pdf_externally": true,
        "intl.accept_languages": "en-US,en",
    });
    if options.without_script {
        preferences["profile.default_content_setting_values.javascript"] = 2.into();
    }
    let mut flags = vec![
        "--headless=new",
        // Containers and root have no other way.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--lang=en-US",
        "--hide-scrollbars",
        // A mouse, which a machine without a screen has not.
        "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
        // What is looked at does not fade in.
        "--force-prefers-reduced-motion",
        // It ends when chromedriver does, however that ends.
        "--remote-debugging-pipe",
        // Loopback as well.
        "--proxy-bypass-list=<-loopback>",
    ];
    let (proxy, profile) =
        (format!("--proxy-server=socks5://{}", cable.address), format!("--user-data-dir={}", folder.join("profile").display()));
    flags.extend([proxy.as_str(), profile.as_str()]);
    let capabilities = json!({
        "goog:chromeOptions": { "binary": program(), "args": flags, "prefs": preferences },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    capabilities.as_object().cloned().expect("an object")
}

/// Chromium's program.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = PROGRAMS.iter().flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)));
    found.into_iter().find(|program| program.is_file()).unwrap_or_else(|| panic!("Chromium is not installed: {HOW_TO}"))
}

/// A chromedriver on a free port, and its address.
async fn start_driver(folder: &Path) -> (Child, String) {
    loop {
        if let Some(started) = try_driver(folder).await {
            return started;
        }
    }
}

/// `None` where the port is taken: asked for any, chromedriver takes a free one of IPv4 and then needs the same of
/// IPv6, which another program may have, and ends.
async fn try_driver(folder: &Path) -> Option<(Child, String)> {
    let mut driver = Command::new("chromedriver");
    driver.arg("--port=0").env("TMPDIR", folder.join("tmp")).env("HOME", folder).kill_on_drop(true);
    let driver = driver.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut driver = driver.unwrap_or_else(|error| panic!("chromedriver does not start ({error}): {HOW_TO}"));
    let mut lines = BufReader::new(driver.stdout.take().expect("it is piped")).lines();
    let mut said = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            // It writes on, and must not find the pipe closed.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some((driver, format!("http://127.0.0.1:{}", port.trim_end_matches('.'))));
        }
        if line.contains("port not available") {
            return None;
        }
        said.push(line);
    }
    panic!("chromedriver ended before it began, and said {said:?}: {HOW_TO}");
}

/// One request to WebDriver.
#[derive(Debug)]
struct Ask {
    method: Method,
    /// After the session's id.
    path: String,
    body: Value,
}

impl WebDriverCompatibleCommand for Ask {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (Method, Option<String>) {
        (self.method.clone(), (self.method != Method::GET).then(|| self.body.to_string()))
    }
}
