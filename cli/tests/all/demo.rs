//! `atelier demo`, run as people run it: what it starts with, and what it refuses.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A demo that runs, and where it is driven from.
pub struct Demo {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    control: String,
    token: String,
    http: reqwest::Client,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atelier"));
    command.args(["demo", "--log", "error"]).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("ATELIER_") {
            command.env_remove(variable);
        }
    }
    command
}

impl Demo {
    /// Starts it, up to the line that says that it is ready.
    pub async fn start(arguments: &[&str]) -> Demo {
        let mut process = command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut address = None;
        loop {
            let line = tokio::time::timeout(Duration::from_secs(120), lines.next_line()).await.expect("the demo hangs");
            let line = line.unwrap().expect("the demo comes up");
            let printed = line.split_whitespace().find(|word| word.contains("/?token="));
            address = address.or(printed.map(str::to_owned));
            if line.starts_with("Ready") {
                break;
            }
        }
        let address = address.expect("an address was printed");
        let (control, token) = address.split_once("/?token=").unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Demo { process, lines, control: control.to_owned(), token: token.to_owned(), http }
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.control)).bearer_auth(&self.token).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.control)).bearer_auth(&self.token);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// What a command answers, in #general or by DM.
    pub async fn slash(&self, who: &str, place: Option<&str>, command: &str, options: Value) -> Value {
        self.post("/discord/slash", json!({ "as": who, "in": place, "command": command, "options": options })).await
    }

    /// Stops it as Ctrl-C does; it must end well.
    pub async fn stop(mut self) {
        self.signal(rustix::process::Signal::INT);
        while self.lines.next_line().await.unwrap().is_some() {}
        assert!(self.process.wait().await.unwrap().success());
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(self.process.id().unwrap().cast_signed()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }
}

/// What the demo says when it does not start.
async fn refused(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = command(arguments).envs(environment.iter().copied()).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty(), "something was started: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

fn text(reply: &Value) -> &str {
    reply["text"].as_str().unwrap_or_else(|| panic!("{reply}"))
}

#[tokio::test]
async fn it_starts_with_a_studio_at_work() {
    let demo = Demo::start(&[]).await;
    let all = demo.slash("mira", Some("general"), "/billing list", json!({})).await;
    for line in [
        "**#1** · Dragon rig · 180.00 USD · paid · ada",
        "**#2** · Tavern background · 95.00 EUR · pending · ben",
        "**#3** · Ink portrait · 12,000 JPY · paid · ada",
        "**#4** · Sprite sheet · 24.50 KWD · paid · ben",
        "**#7** · Logo sketch · 30.00 USD · revoked · ada",
        "**#9** · Chibi pair · 50.00 EUR · payment processing · ada",
    ] {
        assert!(text(&all).contains(line), "{line}\n{}", text(&all));
    }
    // Staff by its permissions, and by what the server shows to the role.
    let view = async |number: &str| demo.slash("finn", Some("general"), "/billing view", json!({ "invoice": number })).await;
    assert!(text(&view("5").await).contains("Refunded\n15.00 EUR"));
    assert!(text(&view("6").await).contains("Refunded\n25.00 USD"));
    assert!(text(&view("8").await).contains("Dispute\nopen"));
    assert!(text(&view("10").await).contains("banner.txt"));
    let none = demo.slash("zoe", None, "/invoice list", json!({})).await;
    assert!(text(&none).contains("No invoices yet"), "{none}");
    let hidden = demo.slash("zoe", Some("general"), "/billing list", json!({})).await;
    assert!(hidden["error"].as_str().is_some_and(|error| error.contains("not allowed")), "{hidden}");
    // What people see of it in the server: talk, and none of staff's own answers.
    let said = demo.get("/discord/messages?channel=general").await;
    assert!(said.as_array().is_some_and(|said| said.iter().any(|message| message["text"].as_str().unwrap().contains("Welcome to"))));
    demo.stop().await;
}

#[tokio::test]
async fn it_starts_with_ones_own_studio_or_with_nothing_done() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let mine = r#"
        server = "Clay Works"
        bot = "Kiln"
        owner = "rosa"
        channels = ["general"]
        [[person]]
        name = "rosa"
        [[person]]
        name = "tom"
        locale = "de"
        [[invoice]]
        customer = "tom"
        title = "Teapot"
        amount = "20.00"
        currency = "eur"
        pays = "card"
        refund = { amount = "5.00", reason = "A chip in the lid" }
    "#;
    std::fs::write(&file, mine).unwrap();
    let demo = Demo::start(&["--seed-file", file.to_str().unwrap()]).await;
    let view = demo.slash("rosa", Some("general"), "/billing view", json!({ "invoice": "1" })).await;
    assert!(text(&view).contains("Teapot") && text(&view).contains("Refunded\n5.00 EUR"), "{view}");
    let world = demo.get("/state").await;
    assert_eq!(world["discord"]["guilds"][0]["name"], "Clay Works", "{world}");
    demo.stop().await;

    let demo = Demo::start(&["--empty"]).await;
    let all = demo.slash("finn", Some("general"), "/billing list", json!({})).await;
    assert!(text(&all).contains("No invoices yet"), "{all}");
    assert_eq!(demo.get("/discord/messages?channel=general").await, json!([]));
    demo.stop().await;
}

#[tokio::test]
async fn it_refuses_what_is_real_or_wrong_before_anything_starts() {
    let live = refused(&[], &[("ATELIER_STRIPE__SECRET_KEY", "sk_live_hush")]).await;
    assert!(live.contains("ATELIER_STRIPE__SECRET_KEY holds a live key") && !live.contains("hush"), "{live}");
    let token = refused(&[], &[("ATELIER_DISCORD__TOKEN", "hush")]).await;
    assert!(token.contains("ATELIER_DISCORD__TOKEN holds a bot's token") && !token.contains("hush"), "{token}");
    assert!(refused(&["--config", "config.toml"], &[]).await.contains("leave --config away"));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    std::fs::write(&file, "server = \"Clay Works\"\nownr = \"rosa\"\n").unwrap();
    let wrong = refused(&["--seed-file", file.to_str().unwrap()], &[]).await;
    assert!(wrong.contains("mine.toml, line 2, ownr: unknown field `ownr`"), "{wrong}");

    let used = used_database(folder.path()).await;
    assert!(refused(&["--database", &used], &[]).await.contains("Atelier has been at work in"));
}

/// A database that another Atelier has migrated.
async fn used_database(folder: &Path) -> String {
    let url = format!("sqlite://{}", folder.join("used.db").display());
    let mut migrate = Command::new(env!("CARGO_BIN_EXE_atelier"));
    let done = migrate.arg("migrate").env("ATELIER_DATABASE__URL", &url).current_dir(folder).output().await.unwrap();
    assert!(done.status.success());
    url
}
