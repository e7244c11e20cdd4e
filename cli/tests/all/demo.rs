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

    /// Waits until staff's list of invoices has this line.
    pub async fn paid(&self, line: &str) {
        crate::world::until(line, || async {
            let list = self.slash("mira", Some("general"), "/billing list", json!({})).await;
            text(&list).contains(line)
        })
        .await;
    }

    /// Where one of Atelier's links leads.
    pub async fn location(&self, link: &str) -> String {
        let answer = self.http.get(link).send().await.unwrap();
        assert_eq!(answer.status(), 303, "{link}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }

    /// Stops it as Ctrl-C does; it must end well.
    pub async fn stop(mut self) {
        self.signal(rustix::process::Signal::INT);
        while self.lines.next_line().await.unwrap().is_some() {}
        assert!(self.process.wait().await.unwrap().success());
    }

    /// Ends it at once. What it started must end too: it reads to the end of what they print.
    pub async fn kill(mut self) {
        self.signal(rustix::process::Signal::KILL);
        while self.lines.next_line().await.unwrap().is_some() {}
        assert!(!self.process.wait().await.unwrap().success());
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(self.process.id().unwrap().cast_signed()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }
}

/// The link button on a message or a reply.
fn link(message: &Value) -> String {
    let message = if message["message"].is_object() { &message["message"] } else { message };
    let buttons = message["components"].as_array().into_iter().flatten().filter_map(|row| row["components"].as_array()).flatten();
    let found = buttons.filter_map(|button| button["url"].as_str()).next();
    found.unwrap_or_else(|| panic!("no link: {message}")).to_owned()
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
async fn time_passes_for_everybody() {
    const DAY: u64 = 86_400;
    let demo = Demo::start(&[]).await;
    let dm = async |who: &str, text: &str| {
        let found = demo.get(&format!("/discord/inbox?as={who}&wait=60&contains={}", text.replace(' ', "%20"))).await;
        found.as_array().and_then(|found| found.last()).unwrap_or_else(|| panic!("{who}: {found}")).clone()
    };
    let advance = async |days: u64| demo.post("/clock/advance", json!({ "seconds": days * DAY })).await;

    // Opened before, paid after: the first page has expired meanwhile.
    let pay = link(&dm("ben", "Tavern background").await);
    let early = demo.location(&pay).await;
    advance(12).await;
    dm("ben", "A reminder").await;
    let page = demo.http.get(&early).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("has expired"), "{page}");
    let late = demo.location(&pay).await;
    assert_ne!(early, late);
    // Its event is signed in the sandbox's time, which the receiver takes for its own.
    assert_eq!(demo.http.post(&late).send().await.unwrap().status(), 303);
    demo.paid("Tavern background · 95.00 EUR · paid").await;

    advance(30).await;
    let asked = json!({ "as": "ada", "command": "/deliverable get", "focused": "deliverable", "typed": "dragon", "options": {} });
    let file = demo.post("/discord/autocomplete", asked).await[0]["value"].clone();
    let handed = demo.slash("ada", None, "/deliverable get", json!({ "deliverable": file })).await;
    let download = link(&handed);
    let presigned = demo.location(&download).await;
    let status = async |address: &str| demo.http.get(address).send().await.unwrap().status().as_u16();
    assert_eq!(status(&presigned).await, 200);
    advance(1).await;
    assert_eq!((status(&presigned).await, status(&download).await), (403, 410), "both are over");
    // A file goes to the store in the sandbox's future too.
    let upload = json!({ "file": { "name": "late.txt", "content_type": "text/plain", "base64": "bGF0ZQ==" } });
    let deliver = json!({
        "as": "mira", "in": "general", "command": "/deliver add", "options": { "invoice": "2" }, "files": upload, "contains": "sha256", "wait": 60,
    });
    assert!(text(&demo.post("/discord/slash", deliver).await).contains("late.txt"));
    demo.stop().await;
}

#[tokio::test]
async fn only_beside_stand_ins_the_clock_is_another() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("clock"), "0").unwrap();
    for part in ["bot", "webhook", "up"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_atelier"));
        command.args([part, "--sandbox-clock", "clock"]).current_dir(folder.path());
        let output = command.env("ATELIER_DISCORD__API_URL", "http://127.0.0.1:1").output().await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains("stripe.api_url is not one"), "{said}");
    }
}

#[tokio::test]
async fn what_is_kept_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let data = ["--data", kept.to_str().unwrap()];
    let demo = Demo::start(&data).await;
    let inbox = async |demo: &Demo, who: &str, text: &str| {
        let found = demo.get(&format!("/discord/inbox?as={who}&wait=60&contains={}", text.replace(' ', "%20"))).await;
        found.as_array().and_then(|found| found.last()).unwrap_or_else(|| panic!("{who}: {found}")).clone()
    };
    let list = async |demo: &Demo| text(&demo.slash("mira", Some("general"), "/billing list", json!({})).await).to_owned();
    let people = async |demo: &Demo| demo.get("/state").await["discord"]["users"].clone();

    // An invoice that is paid while webhooks are held, and a file that is there to be fetched.
    let pay = link(&inbox(&demo, "ben", "Tavern background").await);
    demo.post("/stripe/webhooks", json!({ "hold": true })).await;
    let checkout = demo.location(&pay).await;
    assert_eq!(demo.http.post(&checkout).send().await.unwrap().status(), 303);
    let waits = link(&inbox(&demo, "ada", "Stream banner").await);
    let asked = json!({ "as": "ada", "command": "/deliverable get", "focused": "deliverable", "typed": "dragon", "options": {} });
    let file = demo.post("/discord/autocomplete", asked).await[0]["value"].clone();
    let download = link(&demo.slash("ada", None, "/deliverable get", json!({ "deliverable": file })).await);
    let (listed, there, control) = (list(&demo).await, people(&demo).await, (demo.control.clone(), demo.token.clone()));
    assert!(listed.contains("Tavern background · 95.00 EUR · pending"), "{listed}");
    assert!(refused(&data, &[]).await.contains("is in use by another sandbox"));
    demo.stop().await;
    let mut private = 0;
    let mut folders = vec![kept.clone()];
    while let Some(folder) = folders.pop() {
        assert_eq!(crate::data::mode(&folder), 0o700, "{}", folder.display());
        for file in std::fs::read_dir(&folder).unwrap() {
            let file = file.unwrap();
            match file.file_type().unwrap().is_dir() {
                true => folders.push(file.path()),
                false => {
                    assert_eq!(crate::data::mode(&file.path()), 0o600, "{}", file.path().display());
                    private += usize::from(["control.json", "config.toml", "atelier.db"].iter().any(|name| file.file_name() == *name));
                }
            }
        }
    }
    assert_eq!(private, 3);

    let demo = Demo::start(&data).await;
    assert_eq!((people(&demo).await, (demo.control.clone(), demo.token.clone())), (there.clone(), control.clone()));
    demo.paid("Tavern background · 95.00 EUR · paid").await;
    assert_eq!(demo.http.get(&demo.location(&download).await).send().await.unwrap().bytes().await.unwrap().len(), 366);
    assert!(demo.location(&waits).await.contains("/c/pay/"));
    // Nobody began anew.
    assert_eq!(list(&demo).await.matches("**#").count(), 10);
    let said = demo.get("/discord/messages?channel=commissions").await;
    let picture = said.as_array().unwrap().iter().find_map(|message| message["attachments"][0]["url"].as_str()).unwrap().to_owned();
    assert_eq!(demo.http.get(&picture).send().await.unwrap().bytes().await.unwrap().len(), 366);

    // What was written down before a sudden end is there after it.
    demo.post("/clock/advance", json!({ "seconds": 3_600 })).await;
    demo.post("/discord/say", json!({ "as": "zoe", "in": "lounge", "text": "I stay for a while" })).await;
    crate::world::until("it is written down", || async {
        std::fs::read_to_string(kept.join("messages.jsonl")).unwrap().contains("I stay for a while")
    })
    .await;
    demo.kill().await;
    let demo = Demo::start(&data).await;
    assert_eq!((people(&demo).await, (demo.control.clone(), demo.token.clone())), (there, control));
    assert!(demo.get("/discord/messages?channel=lounge").await.to_string().contains("I stay for a while"));
    let now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    assert!(demo.get("/state").await["now_ms"].as_i64().unwrap() > now_ms + 3_000_000, "the clock goes on too");
    let issued = json!({ "user": "ben", "title": "Lighthouse", "amount": "12.50" });
    let issued = demo.slash("mira", Some("general"), "/billing issue", issued).await;
    assert!(text(&issued).contains("#11"), "{issued}");
    demo.location(&link(&inbox(&demo, "ben", "Lighthouse").await)).await;
    demo.stop().await;

    assert!(refused(&["--data", kept.to_str().unwrap(), "--empty"], &[]).await.contains("goes on with what it has"));
    std::fs::write(kept.join("stripe.json"), "{\"version\":1,\"kept\":{}}").unwrap();
    let broken = refused(&data, &[]).await;
    assert!(broken.contains("stripe.json is broken") && broken.contains("take another folder"), "{broken}");
    assert_eq!(std::fs::read_to_string(kept.join("stripe.json")).unwrap(), "{\"version\":1,\"kept\":{}}");

    // Its files name the place where it was made, so that a copy would work on the database of the first.
    let moved = folder.path().join("moved");
    std::fs::rename(&kept, &moved).unwrap();
    assert!(refused(&["--data", moved.to_str().unwrap()], &[]).await.contains("was moved or copied"));
    // So it is with one that was stopped before all its people had done was done, or a folder of somebody else's.
    std::fs::remove_file(moved.join("finished")).unwrap();
    assert!(refused(&["--data", moved.to_str().unwrap()], &[]).await.contains("no demo was ever ready in it"));
}

#[tokio::test]
async fn a_kept_demo_goes_on_without_its_bot() {
    let folder = tempfile::tempdir().unwrap();
    let data = ["--data", folder.path().to_str().unwrap(), "--empty"];
    let demo = Demo::start(&data).await;
    let guild = demo.get("/state").await["discord"]["guilds"][0]["id"].as_str().unwrap().to_owned();
    let bot = format!("/discord/guilds/{guild}/bot");
    demo.post(&bot, json!({ "present": false })).await;
    demo.stop().await;

    let demo = Demo::start(&data[..2]).await;
    let away = demo.slash("zoe", Some("general"), "/invoice list", json!({})).await;
    assert!(away["error"].is_string(), "{away}");
    demo.post(&bot, json!({ "present": true })).await;
    let none = demo.slash("zoe", None, "/invoice list", json!({})).await;
    assert!(text(&none).contains("No invoices yet"), "{none}");
    demo.stop().await;
}

#[tokio::test]
async fn it_listens_where_it_is_told_to() {
    // Five in a row that nobody has now.
    let free = |first: u16| (first..first + 5).all(|port| std::net::TcpListener::bind(("127.0.0.1", port)).is_ok());
    let first = (20_000..30_000).step_by(5).map(|port| port + (std::process::id() % 5) as u16).find(|first| free(*first)).unwrap();
    let port = first.to_string();
    let demo = Demo::start(&["--empty", "--port", &port]).await;
    assert_eq!(demo.control, format!("http://127.0.0.1:{first}"));
    let live = demo.http.get(format!("http://127.0.0.1:{}/health/live", first + 1)).send().await.unwrap();
    assert_eq!(live.text().await.unwrap(), "ok");
    for (number, path) in [(2, "/api/v10/gateway"), (3, "/v1/customers"), (4, "/")] {
        assert!(demo.http.get(format!("http://127.0.0.1:{}{path}", first + number)).send().await.is_ok(), "{path}");
    }
    assert!(refused(&["--port", &port], &[]).await.contains(&format!("cannot listen on port {}", first + 2)));
    demo.stop().await;
}

#[tokio::test]
async fn it_ends_when_nobody_reads_what_it_says() {
    let mut demo = command(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    while !lines.next_line().await.unwrap().expect("the address").contains("/?token=") {}
    drop(lines);
    let ended = tokio::time::timeout(Duration::from_secs(120), demo.wait_with_output()).await.expect("the demo ends").unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{}", String::from_utf8_lossy(&ended.stderr));

    // So does every command that says something.
    for arguments in [&["config", "check"] as &[&str], &["doctor"], &["--help"], &["audit", "verify"], &["demo", "--walk"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_atelier"));
        command.args(arguments).current_dir(std::env::temp_dir()).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
        let output = command.output().await.unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(matches!(output.status.code(), Some(0 | 1)) && !complaint.contains("panicked"), "{arguments:?}: {complaint}");
    }
}

#[tokio::test]
async fn it_refuses_what_is_real_or_wrong_before_anything_starts() {
    let live = refused(&[], &[("ATELIER_STRIPE__SECRET_KEY", "sk_live_hush")]).await;
    assert!(live.contains("ATELIER_STRIPE__SECRET_KEY holds a live key") && !live.contains("hush"), "{live}");
    let token = refused(&[], &[("ATELIER_DISCORD__TOKEN", "hush")]).await;
    assert!(token.contains("ATELIER_DISCORD__TOKEN holds a bot's token") && !token.contains("hush"), "{token}");
    let unreadable = refused(&[], &[("ATELIER_STRIPE__SECRET_KEY_FILE", "/nonexistent/key")]).await;
    assert!(unreadable.contains("ATELIER_STRIPE__SECRET_KEY_FILE names /nonexistent/key: No such file"), "{unreadable}");
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
