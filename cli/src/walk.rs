//! `atelier demo --walk`: the whole story, played by people over real protocols.
//!
//! Knows nothing of the product's code: it acts through the sandbox's control interface and HTTP,
//! and what it prints is read from replies, messages and downloaded bytes.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine as _;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::print::line;

/// Who owns the built-in studio.
const OWNER: &str = "mira";
/// The customer of the story.
const CUSTOMER: &str = "ada";
/// A customer who has nothing to do with the story.
const STRANGER: &str = "ben";
/// How long the walk waits for anything before it fails. The sandbox does the waiting.
const PATIENCE: Duration = Duration::from_secs(12);
const FILE_NAME: &str = "dragon-rig-v1.zip";
const FILE_BYTES: usize = 9 * 1024 * 1024 + 11;

/// Where the walk acts.
pub struct Walk {
    control: String,
    token: String,
    public_url: String,
    http: Client,
}

impl Walk {
    /// Acts through the control interface at `control`.
    pub fn new(control: &str, token: &str, public_url: &str) -> Result<Self> {
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE * 2).build()?;
        Ok(Self { control: control.trim_end_matches('/').to_owned(), token: token.to_owned(), public_url: public_url.to_owned(), http })
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.control)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.context("the control interface does not answer")?;
        let status = answer.status();
        let value: Value = answer.json().await.with_context(|| format!("{path} answered no JSON"))?;
        if !status.is_success() {
            bail!("{}", value["error"].as_str().unwrap_or("the control interface refused"));
        }
        Ok(value)
    }

    /// Runs a slash command; in #general where `place` says so, else in the DM with the bot.
    async fn slash(&self, who: &str, place: Option<&str>, command: &str, options: Value) -> Result<Value> {
        let body = json!({ "as": who, "in": place, "command": command, "options": options });
        self.call(Method::POST, "/discord/slash", Some(body)).await.with_context(|| format!("{who} runs {command}"))
    }

    /// The next message in somebody's DMs that contains `text`.
    async fn dm(&self, who: &str, text: &str) -> Result<Value> {
        let query = format!("as={who}&contains={}&wait={}", encode(text), PATIENCE.as_secs());
        let found = self.call(Method::GET, &format!("/discord/inbox?{query}"), None).await;
        let messages = found.with_context(|| format!("{who} waits for a message with \"{text}\""))?;
        let message = messages.as_array().and_then(|messages| messages.last()).cloned();
        message.with_context(|| format!("{who} got no message with \"{text}\""))
    }

    async fn click(&self, who: &str, message: &Value, label: &str) -> Result<Value> {
        let id = message["id"].as_str().or(message["message"]["id"].as_str()).context("a message without an id")?;
        let body = json!({ "as": who, "message": id, "label": label });
        self.call(Method::POST, "/discord/click", Some(body)).await.with_context(|| format!("{who} presses {label}"))
    }

    async fn get(&self, url: &str) -> Result<Response> {
        self.http.get(url).send().await.context("no answer")
    }

    /// Follows one of our own short links to where it leads.
    async fn location(&self, url: &str) -> Result<String> {
        ensure!(url.starts_with(&self.public_url), "the button leads to a foreign place");
        let answer = self.get(url).await?;
        let status = answer.status();
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok()).map(str::to_owned);
        if let (StatusCode::SEE_OTHER, Some(location)) = (status, location) {
            return Ok(location);
        }
        bail!("the link answered {status}: {}", page_words(&answer.text().await.unwrap_or_default()))
    }
}

/// Plays the story, step by step.
pub async fn run(walk: &Walk) -> Result<()> {
    step("Bot and web service come up");
    let seconds = PATIENCE.as_secs();
    walk.call(Method::GET, &format!("/discord/wait?connected=1&wait={seconds}"), None).await.context("the bot does not connect")?;
    for command in ["billing", "deliver", "invoice", "deliverable"] {
        let path = format!("/discord/wait?command={command}&wait={seconds}");
        walk.call(Method::GET, &path, None).await.with_context(|| format!("/{command} is not registered"))?;
    }
    until_ready(&walk.public_url).await?;
    say("the bot is in the server, its commands are there, the web service is ready");

    step("The studio's owner issues an invoice");
    let options =
        json!({ "user": CUSTOMER, "title": "Dragon rig", "amount": "12.50", "description": "Rigged, with three idle animations" });
    let issued = walk.slash(OWNER, Some("general"), "/billing issue", options).await?;
    expect(&issued, &["Dragon rig", "12.50 USD", "pending"])?;
    ensure!(issued["ephemeral"] == true, "the reply is not ephemeral");
    say(&text(&issued));

    step("The customer gets a DM with a Pay button");
    let dm = walk.dm(CUSTOMER, "Dragon rig").await?;
    expect(&dm, &["12.50 USD"])?;
    say(&text(&dm));
    let pay = button(&dm, "Pay")?.0.context("Pay is not a link")?;

    step("Pay leads to Stripe Checkout, and the customer pays");
    let checkout = walk.location(&pay).await?;
    let page = walk.get(&checkout).await?.error_for_status().context("the Checkout page")?.text().await?;
    ensure!(page.contains("Dragon rig") && page.contains("12.50"), "the Checkout page does not show the invoice");
    say("the Checkout page shows the invoice and its amount");
    let paid = walk.http.post(&checkout).send().await.context("pressing Pay at Stripe")?;
    ensure!(paid.status() == StatusCode::SEE_OTHER, "Stripe answered {}", paid.status());
    let done = paid.headers().get("location").and_then(|value| value.to_str().ok()).context("Stripe leads nowhere")?.to_owned();
    let page = walk.get(&done).await?.error_for_status().context("the page after payment")?.text().await?;
    say(&format!("back at the studio: {}", page_words(&page)));

    step("Stripe's signed webhook arrives: customer and staff are told");
    let thanks = walk.dm(CUSTOMER, "Your payment arrived").await?;
    say(&text(&thanks));
    let told = walk.dm(OWNER, "Payment received").await?;
    say(&text(&told));
    let view = walk.slash(CUSTOMER, None, "/invoice view", json!({ "invoice": "1" })).await?;
    expect(&view, &["paid"])?;
    let again = walk.get(&pay).await?;
    ensure!(again.status() == StatusCode::OK, "the Pay button of a paid invoice answered {}", again.status());
    say(&format!("the Pay button now says: {}", page_words(&again.text().await?)));

    step("The owner attaches the file");
    let mut file = vec![0; FILE_BYTES];
    getrandom::fill(&mut file).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let upload = json!({ "file": { "name": FILE_NAME, "content_type": "application/zip", "base64": base64::engine::general_purpose::STANDARD.encode(&file) } });
    let body = json!({
        "as": OWNER, "in": "general", "command": "/deliver add", "options": { "invoice": "1" }, "files": upload,
        "contains": "sha256", "wait": PATIENCE.as_secs(),
    });
    let added = walk.call(Method::POST, "/discord/slash", Some(body)).await.context("the file never arrived in the store")?;
    say(&text(&added));

    step("The customer hears of it and fetches the file");
    let ready = walk.dm(CUSTOMER, "A file is ready").await?;
    say(&text(&ready));
    let body = json!({ "as": CUSTOMER, "command": "/deliverable get", "focused": "deliverable", "typed": "dragon", "options": {} });
    let choices = walk.call(Method::POST, "/discord/autocomplete", Some(body)).await?;
    let deliverable = choices[0]["value"].as_str().context("autocomplete offers no file")?.to_owned();
    let handed = walk.slash(CUSTOMER, None, "/deliverable get", json!({ "deliverable": deliverable })).await?;
    ensure!(handed["ephemeral"] == true, "the reply is not ephemeral");
    let download = button(&handed, "Download")?.0.context("Download is not a link")?;
    let presigned = walk.location(&download).await?;
    let answer = walk.get(&presigned).await?.error_for_status().context("the storage")?;
    let disposition = answer.headers().get("content-disposition").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    ensure!(
        disposition.starts_with("attachment") && disposition.contains("filename*=UTF-8''dragon-rig-v1.zip"),
        "the file is not an attachment with its name"
    );
    let bytes = answer.bytes().await?;
    ensure!(bytes == file, "the downloaded bytes differ from the uploaded ones");
    say(&format!("{} bytes downloaded by presigned URL, the same as uploaded; {disposition}", bytes.len()));
    let pressed = walk.click(CUSTOMER, &ready, "Get file").await?;
    button(&pressed, "Download")?;
    say("the button in the DM hands it out too");

    step("A second customer tries each of these and gets nothing");
    let tries = [
        ("/invoice view", json!({ "invoice": "1" })),
        ("/invoice pay", json!({ "invoice": "1" })),
        ("/deliverable get", json!({ "deliverable": deliverable })),
    ];
    for (command, options) in tries {
        let reply = walk.slash(STRANGER, None, command, options).await?;
        expect(&reply, &["not found"])?;
        ensure!(!reply.to_string().contains("Dragon") && buttons(&reply).is_empty(), "{command} shows something");
        say(&format!("{command}: {}", text(&reply)));
    }
    let custom_id = ready["buttons"][0]["custom_id"].as_str().context("the DM has no button")?;
    let body = json!({ "as": STRANGER, "custom_id": custom_id });
    let pressed = walk.call(Method::POST, "/discord/click", Some(body)).await?;
    expect(&pressed, &["not found"])?;
    ensure!(buttons(&pressed).is_empty(), "the button hands the file to a stranger");
    say(&format!("the customer's own button: {}", text(&pressed)));
    for link in [&download, &pay] {
        let answer = walk.get(&tampered(link)).await?;
        ensure!(answer.status() == StatusCode::NOT_FOUND, "an altered link answered {}", answer.status());
    }
    let (rest, signature) = presigned.split_once("X-Amz-Signature=").context("the download is not a presigned URL")?;
    let other = if signature.starts_with('0') { '1' } else { '0' };
    let answer = walk.get(&format!("{rest}X-Amz-Signature={other}{}", &signature[1..])).await?;
    ensure!(answer.status() == StatusCode::FORBIDDEN, "an altered presigned URL answered {}", answer.status());
    say("altered links and an altered presigned URL open nothing");
    for command in ["/billing list", "/billing issue"] {
        let options = if command == "/billing issue" { json!({ "user": STRANGER, "title": "x", "amount": "1" }) } else { json!({}) };
        let body = json!({ "as": STRANGER, "in": "general", "command": command, "options": options, "forge": true });
        let reply = walk.call(Method::POST, "/discord/slash", Some(body)).await?;
        expect(&reply, &["for the studio's staff"])?;
        say(&format!("{command}: {}", text(&reply)));
    }

    line("\nThe walk is done: issued, paid, delivered, and closed to everybody else.");
    Ok(())
}

/// Waits until the web service says that it is ready.
pub async fn until_ready(public_url: &str) -> Result<()> {
    let http = Client::new();
    let ready = async {
        loop {
            let answer = http.get(format!("{public_url}/health/ready")).timeout(PATIENCE).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(PATIENCE, ready).await.context("the web service does not become ready")
}

fn step(title: &str) {
    line(&format!("\n▸ {title}"));
}

fn say(what: &str) {
    for words in what.lines().filter(|words| !words.trim().is_empty()) {
        line(&format!("    {words}"));
    }
}

/// The words of a reply or a message.
fn text(value: &Value) -> String {
    value["text"].as_str().unwrap_or_default().to_owned()
}

fn expect(value: &Value, words: &[&str]) -> Result<()> {
    let shown = text(value);
    for word in words {
        ensure!(shown.contains(word), "expected \"{word}\", read: {shown}");
    }
    Ok(())
}

/// The buttons of a reply or a message: label, address, custom id.
fn buttons(value: &Value) -> Vec<(String, Option<String>)> {
    let message = if value["message"].is_object() { &value["message"] } else { value };
    let rows = message["components"].as_array().into_iter().flatten();
    rows.filter_map(|row| row["components"].as_array())
        .flatten()
        .map(|button| (button["label"].as_str().unwrap_or_default().to_owned(), button["url"].as_str().map(str::to_owned)))
        .collect()
}

fn button(value: &Value, label: &str) -> Result<(Option<String>, String)> {
    let found = buttons(value).into_iter().find(|(name, _)| name == label);
    found.map(|(name, url)| (url, name)).with_context(|| format!("there is no button {label}; read: {}", text(value)))
}

/// The same link with one character of its token changed.
fn tampered(link: &str) -> String {
    let last = link.chars().last().unwrap_or('A');
    let other = if last == 'A' { 'Q' } else { 'A' };
    format!("{}{other}", &link[..link.len() - last.len_utf8()])
}

/// What a page says, without its markup.
fn page_words(page: &str) -> String {
    let body = page.split_once("<main").map_or(page, |(_, body)| body);
    let body = body.split_once("</main>").map_or(body, |(body, _)| body);
    let mut words = String::new();
    let mut inside = body.starts_with("<main");
    for c in body.split_once('>').map_or(body, |(_, rest)| rest).chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                words.push(' ');
            }
            c if !inside => words.push(c),
            _ => {}
        }
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
