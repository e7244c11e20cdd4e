//! A studio with its customers, on stand-ins and a fresh database, for one test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use reqwest::{Response, StatusCode};
use sandbox::Sandbox;
use sandbox::discord::{ActError, Channel, Choice, Clicked, Guild, Message, Person, Place, Reply, Value};
use shared::App;
use shared::config::Config;
use shared::platform::clock::Clock;
use shared::platform::db::Engine;
use sqlx::{AssertSqlSafe, Row};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Runs each test as `sqlite::name` and `postgres::name`, each in a world of its own.
macro_rules! each_backend {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::world::run(shared::platform::db::Engine::Sqlite, super::$name).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::world::run(shared::platform::db::Engine::Postgres, super::$name).await;
            })*
        }
    };
}

/// Nothing that is waited for takes this long, on the busiest machine; what never comes fails instead.
const NEVER_AFTER: Duration = Duration::from_secs(120);
/// No test takes this long; one that hangs fails instead.
const HANGS_AFTER: Duration = Duration::from_secs(300);

/// Who sends it sees the counters of `/health/ready`.
const HEALTH_TOKEN: &str = "health-token-0000";

#[derive(Clone)]
pub struct World(Arc<Inner>);

pub struct Inner {
    pub sandbox: Sandbox,
    /// The studio's owner, in the configuration's `staff.owners`.
    pub owner: Person,
    pub ada: Person,
    pub ben: Person,
    pub guild: Guild,
    pub general: Channel,
    /// What links start with.
    pub url: String,
    pub webhook_secret: String,
    http: reqwest::Client,
    variables: Vec<(String, String)>,
    services: Mutex<Services>,
    expected_jobs: Mutex<Vec<String>>,
    anothers_bot: AtomicBool,
    /// Where a file may be that lives as long as the world.
    pub folder: tempfile::TempDir,
}

/// Bot and web service, as they run until the next restart.
struct Services {
    app: Arc<App>,
    running: TaskTracker,
    shutdown: CancellationToken,
}

impl Services {
    async fn start(variables: &[(String, String)], clock: Clock, listener: tokio::net::TcpListener) -> Self {
        let config = Config::read("no file", "", variables.iter().cloned()).unwrap();
        let app = App::start(config, clock).await.unwrap();
        let (running, shutdown) = (TaskTracker::new(), CancellationToken::new());
        running.spawn({
            let (app, shutdown) = (app.clone(), shutdown.clone());
            async move { bot::run(app, shutdown).await.unwrap() }
        });
        running.spawn({
            let (app, shutdown) = (app.clone(), shutdown.clone());
            async move { webhook::serve(app, listener, shutdown).await.unwrap() }
        });
        Self { app, running, shutdown }
    }
}

impl std::ops::Deref for World {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

pub async fn run<F: Future<Output = ()>>(engine: Engine, test: impl FnOnce(World) -> F) {
    let whole = async {
        let world = World::start(engine).await;
        test(world.clone()).await;
        world.finish().await;
    };
    tokio::time::timeout(HANGS_AFTER, whole).await.expect("the test hangs");
}

/// Waits until `done` is true.
pub async fn until<F: Future<Output = bool>>(what: &str, done: impl FnMut() -> F) {
    assert!(happens(done).await, "never happened: {what}");
}

/// Waits until `done` is true, and tells whether that ever was.
pub async fn happens<F: Future<Output = bool>>(mut done: impl FnMut() -> F) -> bool {
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let wait = async {
        while !done().await {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(NEVER_AFTER, wait).await.is_ok()
}

/// A fresh database; a missing PostgreSQL fails the test.
pub async fn database(engine: Engine, folder: &std::path::Path) -> String {
    match engine {
        Engine::Sqlite => format!("sqlite://{}", folder.join("atelier.db").display()),
        Engine::Postgres => fresh_postgres().await,
    }
}

pub async fn fresh_postgres() -> String {
    let server = std::env::var("ATELIER_TEST_POSTGRES")
        .expect("ATELIER_TEST_POSTGRES names no PostgreSQL server (postgres://user@host:port): run scripts/test, which starts one");
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    sqlx::any::install_default_drivers();
    let mut conn = <sqlx::AnyConnection as sqlx::Connection>::connect(&format!("{server}/postgres")).await.expect("PostgreSQL answers");
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut conn).await.unwrap();
    format!("{server}/{name}")
}

impl World {
    async fn start(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let record = std::env::var_os("ATELIER_TEST_RECORD").map(|to| PathBuf::from(to).join(uuid::Uuid::now_v7().to_string()));
        let sandbox = Sandbox::start(sandbox::Options { record, ..sandbox::Options::default() }).await.unwrap();
        let owner = sandbox.discord.user("mira");
        let guild = sandbox.discord.guild("Pixel Forge", &owner);
        let (ada, ben) = (sandbox.discord.user("ada"), sandbox.discord.user("ben"));
        guild.join(&ada);
        guild.join(&ben);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let webhook_secret = sandbox.stripe.create_webhook_secret();
        sandbox.stripe.add_webhook_endpoint_with_secret(&format!("{url}/stripe/webhook"), &["*"], &webhook_secret);
        sandbox.discord.add_redirect_uri(&format!("{url}/oauth/callback"));
        let variables = [
            ("DATABASE__URL", database(engine, folder.path()).await),
            ("STUDIO__NAME", "Pixel Forge".into()),
            ("DISCORD__TOKEN", sandbox.discord.token().to_string()),
            ("DISCORD__APPLICATION_ID", sandbox.discord.application_id()),
            ("DISCORD__CLIENT_SECRET", sandbox.discord.client_secret()),
            ("DISCORD__PUBLIC_KEY", sandbox.discord.public_key()),
            ("DISCORD__API_URL", sandbox.discord.url()),
            ("STRIPE__SECRET_KEY", sandbox.stripe.secret_key().to_string()),
            ("STRIPE__WEBHOOK_SECRETS", webhook_secret.clone()),
            ("STRIPE__API_URL", sandbox.stripe.url()),
            ("STORAGE__ENDPOINT", sandbox.storage.endpoint()),
            ("STORAGE__BUCKET", sandbox.storage.bucket().to_string()),
            ("STORAGE__ACCESS_KEY_ID", sandbox.storage.access_key_id().to_string()),
            ("STORAGE__SECRET_ACCESS_KEY", sandbox.storage.secret_access_key().to_string()),
            ("STORAGE__MAX_FILE_BYTES", (32 * 1024 * 1024).to_string()),
            ("WEB__PUBLIC_URL", url.clone()),
            ("WEB__HEALTH_TOKEN", HEALTH_TOKEN.into()),
            ("STAFF__OWNERS", owner.id()),
            ("STAFF__GUILDS", guild.id()),
            ("SECURITY__ENCRYPTION_KEYS", shared::platform::sealing::Keys::generate("test").unwrap()),
        ];
        let variables: Vec<_> = variables.into_iter().map(|(key, value)| (format!("ATELIER_{key}"), value)).collect();
        let services = Services::start(&variables, Clock::manual(Clock::System.now()), listener).await;
        sandbox.discord.bot_connected().await;
        for command in ["billing", "deliver", "invoice", "deliverable", "inbox"] {
            sandbox.discord.commands_registered(command).await;
        }
        let general = guild.channel("general");
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let (services, expected_jobs) = (Mutex::new(services), Mutex::new(Vec::new()));
        Self(Arc::new(Inner {
            sandbox,
            owner,
            ada,
            ben,
            guild,
            general,
            url,
            webhook_secret,
            http,
            variables,
            services,
            expected_jobs,
            anothers_bot: AtomicBool::new(false),
            folder,
        }))
    }

    /// The environment that configures another process like bot and web service.
    pub fn variables(&self) -> Vec<(String, String)> {
        self.variables.clone()
    }

    /// Bot and web service as they run now.
    pub fn app(&self) -> Arc<App> {
        self.services.lock().unwrap().app.clone()
    }

    /// Stops bot and web service, and closes the database.
    pub async fn stop(&self) {
        let (app, running) = {
            let services = self.services.lock().unwrap();
            services.shutdown.cancel();
            services.running.close();
            (services.app.clone(), services.running.clone())
        };
        running.wait().await;
        app.db.close().await;
    }

    /// Stops bot and web service and starts them again on the same database, with these keys
    /// changed.
    pub async fn restart(&self, changes: &[(&str, String)]) {
        self.stop().await;
        self.start_again(changes).await;
    }

    /// Starts what was stopped, with these keys changed.
    pub async fn start_again(&self, changes: &[(&str, String)]) {
        let clock = self.app().clock.clone();
        let listener = tokio::net::TcpListener::bind(self.url.trim_start_matches("http://")).await.unwrap();
        let mut variables = self.variables.clone();
        variables.extend(changes.iter().map(|(key, value)| (format!("ATELIER_{key}"), value.clone())));
        let services = Services::start(&variables, clock, listener).await;
        *self.services.lock().unwrap() = services;
        self.sandbox.discord.bot_connected().await;
    }

    /// Says that a job of this kind may stay in the outbox when the test ends.
    pub fn expect_job(&self, kind: &str) {
        self.expected_jobs.lock().unwrap().push(kind.to_owned());
    }

    /// Says that the test itself sends messages as a bot of somebody else's would.
    pub fn has_anothers_bot(&self) {
        self.anothers_bot.store(true, Ordering::Relaxed);
    }

    /// Every message that the bot sent by itself begins with one plain line, which is all that a notification shows.
    fn sent_messages_have_a_plain_line(&self) {
        for request in self.sandbox.recorder.all() {
            let is_message =
                request.method == "POST" && request.path.starts_with("/api/v10/channels/") && request.path.ends_with("/messages");
            if is_message && request.status == 200 && !request.expect_bad {
                let line = request.body["content"].as_str().unwrap_or_default();
                assert!(!line.is_empty() && !line.contains(['\n', '\\', '*', '`']), "no plain line: {}", request.body);
                assert_eq!(request.body["allowed_mentions"]["parse"], serde_json::json!([]), "{}", request.body);
            }
        }
    }

    async fn finish(self) {
        self.settled().await;
        if !self.anothers_bot.load(Ordering::Relaxed) {
            self.sent_messages_have_a_plain_line();
        }
        // Whatever is done last may leave another job, such as the one that tells of the end of an alarm.
        let mut left = loop {
            self.settled().await;
            let now = self.app().clock.now().as_millis();
            let jobs = format!(
                "SELECT CASE WHEN state = 'waiting' AND (due_at <= {now} OR claimed_until > {now}) THEN 'due ' ELSE '' END
                        || kind || ' ' || state AS value FROM outbox"
            );
            let jobs = self.column(&jobs).await;
            if !jobs.iter().any(|job| job.starts_with("due ")) {
                break jobs;
            }
        };
        let expected = self.expected_jobs.lock().unwrap().clone();
        left.retain(|job| !expected.iter().any(|kind| job.starts_with(kind.as_str())));
        self.stop().await;
        assert!(left.is_empty(), "the outbox still holds work that nobody looked at: {left:?}");
    }

    /// Waits until the outbox has done, or tried, everything that is due.
    pub async fn settled(&self) {
        until("the outbox settles", || async {
            let now = self.app().clock.now().as_millis();
            let due =
                format!("SELECT COUNT(*) AS value FROM outbox WHERE state = 'waiting' AND (due_at <= {now} OR claimed_until > {now})");
            self.number(&due).await == 0
        })
        .await;
    }

    /// Waits until every job that is due was tried and failed, so that the clock can be moved on
    /// without a lease ending under a job at work.
    pub async fn failed_try(&self) {
        self.settled().await;
    }

    /// The column `value` of a statement, as text.
    pub async fn column(&self, sql: &str) -> Vec<String> {
        let mut conn = self.app().db.read().await.unwrap();
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *conn).await.unwrap();
        rows.iter().map(|row| row.try_get("value").unwrap()).collect()
    }

    /// The one column `value` of a statement, as a number.
    pub async fn number(&self, sql: &str) -> i64 {
        let mut conn = self.app().db.read().await.unwrap();
        sqlx::query(AssertSqlSafe(sql)).fetch_one(&mut *conn).await.unwrap().try_get("value").unwrap()
    }

    /// Every column of every table, as the engine's own catalogue names them: each value as text, and each
    /// part of it that is base64, as sealed values are, decoded beside it.
    pub async fn dump(&self) -> String {
        let columns = match self.app().db.engine() {
            Engine::Sqlite => {
                "SELECT m.name || ' ' || CASE c.type WHEN 'BLOB' THEN 'HEX(' || c.name || ')' ELSE c.name END AS value
                 FROM sqlite_master m CROSS JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
            }
            Engine::Postgres => {
                "SELECT CAST(table_name || ' ' || column_name AS TEXT) AS value FROM information_schema.columns
                 WHERE table_schema = 'public'"
            }
        };
        let mut dump = String::new();
        for column in self.column(columns).await {
            let (table, column) = column.split_once(' ').unwrap();
            for value in self.column(&format!("SELECT COALESCE(CAST({column} AS TEXT), '') AS value FROM {table}")).await {
                dump += &value;
                dump.push('\n');
                for part in value.split(|letter: char| !letter.is_ascii_alphanumeric() && !"+/-_=".contains(letter)) {
                    let part = part.trim_end_matches('=');
                    let standard = part.replace('-', "+").replace('_', "/");
                    let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(standard).unwrap_or_default();
                    dump += &String::from_utf8_lossy(&bytes);
                    dump.push('\n');
                }
            }
        }
        dump
    }

    /// The owner at work, in the studio's server.
    pub fn desk(&self) -> Place {
        self.owner.in_channel(&self.general)
    }

    /// `/billing issue` by the owner; the reply must be a success.
    pub async fn issue(&self, customer: &Person, title: &str, amount: &str) -> Reply {
        let reply =
            slash(&self.desk(), "/billing issue", vec![("user", customer.into()), ("title", title.into()), ("amount", amount.into())])
                .await;
        assert!(reply.text().contains("pending"), "{}", reply.text());
        reply
    }

    /// `/deliver add` by the owner; returns the reply as it ends.
    pub async fn deliver(&self, invoice: &str, name: &str, bytes: impl Into<Bytes>) -> Message {
        let file = Value::file(name, "application/zip", bytes.into());
        let reply = slash(&self.desk(), "/deliver add", vec![("invoice", invoice.into()), ("file", file)]).await;
        answered(&reply).await
    }

    /// The address behind the Pay button of the customer's DM about `title`.
    pub async fn pay_link(&self, customer: &Person, title: &str) -> String {
        let dm = customer.wait_for_dm(title).await;
        dm.button("Pay").expect("a Pay button").url.expect("a link")
    }

    /// Clicks Pay and pays at Stripe, and waits until the customer is told.
    pub async fn pay(&self, customer: &Person, title: &str) {
        let checkout = self.location(&self.pay_link(customer, title).await).await;
        self.sandbox.stripe.pay(&checkout).await.unwrap();
        customer.wait_for_dm("Your payment arrived").await;
    }

    /// The id of the customer's only deliverable, as autocomplete offers it.
    pub async fn deliverable_id(&self, customer: &Person) -> String {
        let choices = autocomplete(&customer.in_dm(), "/deliverable get", "deliverable", "").await;
        assert_eq!(choices.len(), 1, "{choices:?}");
        choices[0].value.as_str().unwrap().to_owned()
    }

    pub async fn get(&self, url: &str) -> Response {
        self.http.get(url).send().await.unwrap()
    }

    /// What waits and went wrong, as `/health/ready` counts it.
    pub async fn counters(&self) -> serde_json::Value {
        let request = self.http.get(format!("{}/health/ready", self.url)).bearer_auth(HEALTH_TOKEN);
        let mut report: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        report["counters"].take()
    }

    /// What a reverse proxy passes on for others.
    pub async fn get_for(&self, url: &str, forwarded_for: &str) -> Response {
        self.http.get(url).header("x-forwarded-for", forwarded_for).send().await.unwrap()
    }

    pub async fn head(&self, url: &str) -> Response {
        self.http.head(url).send().await.unwrap()
    }

    /// Where a link leads by 303.
    pub async fn location(&self, url: &str) -> String {
        let answer = self.get(url).await;
        let status = answer.status();
        let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
        match location {
            Some(location) if status == StatusCode::SEE_OTHER => location,
            _ => panic!("{status}: {}", answer.text().await.unwrap()),
        }
    }

    /// Posts a body to the webhook with the given signature header.
    pub async fn post_webhook(&self, body: impl Into<reqwest::Body>, signature: Option<&str>) -> Response {
        let mut request = self.http.post(format!("{}/stripe/webhook", self.url)).header("content-type", "application/json").body(body);
        if let Some(signature) = signature {
            request = request.header("stripe-signature", signature);
        }
        request.send().await.unwrap()
    }

    /// Posts an event, rightly signed now.
    pub async fn post_event(&self, event: &serde_json::Value) -> StatusCode {
        let body = event.to_string();
        let signature = self.sandbox.stripe.sign(&self.webhook_secret, &body, self.app().clock.now().as_secs());
        self.post_webhook(body, Some(&signature)).await.status()
    }

    /// Status of an invoice, straight from the database.
    pub async fn status(&self, number: i64) -> String {
        self.column(&format!("SELECT status AS value FROM invoices WHERE number = {number}")).await.remove(0)
    }

    /// What became of an event.
    pub async fn outcome(&self, event: &serde_json::Value) -> String {
        let id = event["id"].as_str().unwrap();
        self.column(&format!("SELECT outcome AS value FROM stripe_events WHERE id = '{id}'")).await.pop().unwrap_or_default()
    }
}

/// Runs a command as Discord's client lets the person; the bot must answer.
pub async fn slash(place: &Place, command: &str, options: Vec<(&str, Value)>) -> Reply {
    place.slash(command, options).await.unwrap_or_else(|error| panic!("{command}: {error}"))
}

/// Runs a command past everything that Discord's client checks.
pub async fn forge(place: &Place, command: &str, options: Vec<(&str, Value)>) -> Reply {
    place.forge(command, options).await.unwrap_or_else(|error| panic!("{command}: {error}"))
}

pub async fn autocomplete(place: &Place, command: &str, focused: &str, typed: &str) -> Vec<Choice> {
    place.autocomplete(command, focused, typed, Vec::<(&str, Value)>::new()).await.unwrap_or_else(|error| panic!("{command}: {error}"))
}

/// A button's reply.
pub async fn press(person: &Person, message: &Message, label: &str) -> Reply {
    match person.click(message, label).await {
        Ok(Clicked::Reply(reply)) => reply,
        Ok(other) => panic!("{label} is {other:?}"),
        Err(error) => panic!("{label}: {error}"),
    }
}

/// A reply once it no longer says what is being done.
pub async fn answered(reply: &Reply) -> Message {
    until("the answer comes", || async { !reply.latest().text().contains("Asking Stripe") && !reply.latest().text().contains("Copying") })
        .await;
    reply.latest()
}

/// Whether Discord's own client refuses before the bot sees anything.
pub fn hidden(result: &Result<Reply, ActError>) -> bool {
    matches!(result, Err(ActError::NoSuchCommand(_) | ActError::NotAllowed(_)))
}
