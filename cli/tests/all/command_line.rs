//! The command line: what it refuses, and how it stops.

use std::process::Stdio;

use sandbox::Sandbox;
use sandbox::fault::Fault;
use tokio::process::Command;

use crate::world::World;

each_backend!(
    a_hangup_ends_no_service_and_polls_fill_no_log,
    the_doctor_finds_a_running_studio_well,
    the_doctor_sees_how_far_the_schema_is,
);

pub fn atelier(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atelier"));
    command.args(arguments).current_dir(std::env::temp_dir()).stdin(Stdio::null());
    command
}

async fn refuses(configuration: &str, variables: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, configuration).unwrap();
    for service in ["bot", "webhook", "up"] {
        let mut command = atelier(&[service, "--config", path.to_str().unwrap()]);
        command.envs(variables.iter().copied());
        let output = command.output().await.unwrap();
        assert_eq!(output.status.code(), Some(1), "{service}");
        if service == "up" {
            return String::from_utf8_lossy(&output.stderr).into_owned();
        }
    }
    unreachable!()
}

const COMPLETE: &str = r#"
[database]
url = "sqlite:///nonexistent/never/made.db"
[discord]
token = "MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaa"
application_id = "123456789012345678"
[stripe]
secret_key = "sk_test_1234567890abcdef"
webhook_secrets = ["whsec_1234567890abcdef"]
[storage]
endpoint = "https://s3.example"
bucket = "b"
access_key_id = "a"
secret_access_key = "s"
[staff]
owners = [111111111111111111]
guilds = [222222222222222222]
[security]
encryption_keys = ["main:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
"#;

#[tokio::test]
async fn every_refusal_to_start_names_the_key_and_what_to_do() {
    let empty = refuses("", &[]).await;
    for key in ["discord.token is missing", "stripe.secret_key is missing", "storage.bucket is missing", "staff.owners is empty"] {
        assert!(empty.contains(key), "{key}: {empty}");
    }
    assert!(empty.contains("security.encryption_keys is empty") && empty.contains("encryption_keys = [\"main:"), "{empty}");

    let unknown = refuses("[discord]\ntokn = \"x\"", &[]).await;
    assert!(unknown.contains("discord.tokn") && unknown.contains("did you mean discord.token?"), "{unknown}");
    let variable = refuses(COMPLETE, &[("ATELIER_WEB__PUBLIC_ULR", "x")]).await;
    assert!(variable.contains("did you mean web.public_url?"), "{variable}");

    let live = [("ATELIER_STRIPE__SECRET_KEY", "sk_live_abcdefghijklmnopq"), ("ATELIER_STRIPE__API_URL", "http://127.0.0.1:1")];
    let live = refuses(COMPLETE, &live).await;
    assert!(live.contains("stripe.secret_key is a live key") && !live.contains("sk_live_abcdefghijklmnopq"), "{live}");

    let public = refuses(COMPLETE, &[("ATELIER_WEB__PUBLIC_URL", "http://studio.example")]).await;
    assert!(public.contains("web.public_url starts with http://"), "{public}");

    for url in ["", "mysql://a:secret@b/c", "sqlite://:memory:", "data.db"] {
        let database = refuses(COMPLETE, &[("ATELIER_DATABASE__URL", url)]).await;
        assert!(database.contains("database.url must start with sqlite://") && !database.contains("secret"), "{database}");
    }

    // What cannot be read and what is missing or has another form, all told at once.
    let wrong = [
        ("ATELIER_STRIPE__WEBHOOK_SECRETS", "we_1NcHushHushHushHushHush"),
        ("ATELIER_STRIPE__SECRET_KEY", "pk_test_hushhushhushhush"),
        ("ATELIER_STAFF__OWNERS", "111111111111111111,,222222222222222222"),
        ("ATELIER_DISCORD__TOKEN_FILE", "/nonexistent/token"),
        ("ATELIER_OUTBOX__WORKRS", "1"),
    ];
    let told = refuses(&COMPLETE.replace("token = ", "# token = "), &wrong).await;
    for problem in [
        "stripe.webhook_secrets, entry 1, is the id of a webhook endpoint",
        "stripe.secret_key is a publishable key",
        "staff.owners (environment, ATELIER_STAFF__OWNERS): entry 2 is empty",
        "discord.token_file (environment, ATELIER_DISCORD__TOKEN_FILE): cannot read the secret from /nonexistent/token: No such file",
        "did you mean outbox.workers?",
    ] {
        assert!(told.contains(problem) && !told.to_lowercase().contains("hush"), "{problem}: {told}");
    }
    assert_eq!(told.matches("\n  - ").count(), 5, "{told}");

    let folder = refuses(COMPLETE, &[("ATELIER_DATABASE__URL", "sqlite:///proc/nowhere/a.db")]).await;
    assert!(folder.contains("cannot make the database's folder"), "{folder}");
}

#[tokio::test]
async fn a_stand_in_that_does_not_answer_is_named_before_any_token_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}/a.db", folder.path().display());
    let path = folder.path().join("config.toml");
    std::fs::write(&path, COMPLETE).unwrap();
    let output = atelier(&["bot", "--config", path.to_str().unwrap()])
        .env("ATELIER_DATABASE__URL", &database)
        .env("ATELIER_DISCORD__API_URL", "http://127.0.0.1:9")
        .output()
        .await
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(printed.contains("discord.api_url is not Discord's and does not answer"), "{printed}");
}

#[tokio::test]
async fn migrate_needs_a_database_only_and_help_names_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}/a.db", folder.path().display());
    let output = atelier(&["migrate"]).env("ATELIER_DATABASE__URL", &database).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(folder.path().join("a.db").exists());

    let help = atelier(&["--help"]).output().await.unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for word in ["bot", "webhook", "up", "demo", "migrate", "config", "data", "keys", "commands", "doctor", "--config"] {
        assert!(help.contains(word), "{word}: {help}");
    }
}

#[tokio::test]
async fn the_example_configuration_names_every_key_and_no_other() {
    let example = include_str!("../../../config.toml.example");
    // Every key stands in it, commented out or not; uncommented it must be read without complaint.
    let uncommented: String = example
        .lines()
        .map(|line| match line.strip_prefix("# ").or(line.strip_prefix('#')) {
            Some(rest)
                if rest.split_once(" = ").is_some_and(|(key, _)| key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')) =>
            {
                rest
            }
            _ => line,
        })
        .filter(|line| !line.contains("_file = "))
        .map(|line| format!("{line}\n"))
        .collect();
    shared::config::Config::read("config.toml.example", &uncommented, []).unwrap();
    for key in shared::config::Config::keys() {
        let (section, key) = key.split_once('.').unwrap();
        let part = uncommented.split(&format!("[{section}]")).nth(1).unwrap_or_else(|| panic!("no section [{section}]"));
        let part = part.split("\n[").next().unwrap();
        let named = part.lines().any(|line| line.starts_with(&format!("{key} = ")));
        assert!(named || key.ends_with("_file") && example.contains(&format!("{key} = ")), "{section}.{key} is not explained");
    }
}

#[tokio::test]
async fn sigterm_stops_both_processes_with_exit_code_0() {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut demo = atelier(&["demo"]).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().expect("the demo comes up");
        if line.starts_with("Ready") {
            break;
        }
    }
    let id = rustix::process::Pid::from_raw(demo.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    // The demo fails when one of its two processes does not end with exit code 0.
    assert!(demo.wait().await.unwrap().success());
}

async fn a_hangup_ends_no_service_and_polls_fill_no_log(world: World) {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut service = atelier(&["webhook"]);
    service.envs(world.variables()).env("ATELIER_WEB__LISTEN", "127.0.0.1:0").stderr(Stdio::piped()).kill_on_drop(true);
    let mut service = service.spawn().unwrap();
    let mut lines = BufReader::new(service.stderr.take().unwrap()).lines();
    let mut seen = String::new();
    let mut until = async |what: &str| loop {
        let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("it ended before {what}: {seen}"));
        seen += &format!("{line}\n");
        if line.contains(what) {
            return line;
        }
    };
    let listening = until("listening on ").await;
    let address = listening.split("listening on ").nth(1).unwrap().split(',').next().unwrap().to_owned();
    let id = rustix::process::Pid::from_raw(service.id().unwrap().cast_signed()).unwrap();
    for _ in 0..2 {
        rustix::process::kill_process(id, rustix::process::Signal::HUP).unwrap();
        until("SIGHUP changes nothing").await;
    }
    for (path, status) in [("/health/live", 200), ("/health/ready", 200), ("/nowhere", 404)] {
        assert_eq!(world.get(&format!("http://{address}{path}")).await.status(), status, "{path}");
    }
    until("GET unknown 404").await;
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    until("stopping").await;
    assert!(service.wait().await.unwrap().success());
    assert!(!seen.contains("/health/"), "{seen}");
}

/// A token that Discord did not make, in the form of one.
const ANOTHER_BOT: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A public address that refuses at once, and is none that only this machine knows.
const ADDRESS: &str = "https://0.0.0.0:1";

/// A studio's stand-ins, and the environment that leads a command to them. Nothing runs.
pub struct Studio {
    pub sandbox: Sandbox,
    pub owner: sandbox::discord::Person,
    pub guild: sandbox::discord::Guild,
    pub variables: Vec<(String, String)>,
    pub folder: tempfile::TempDir,
}

impl Studio {
    pub async fn new() -> Self {
        let sandbox = Sandbox::start(sandbox::Options::default()).await.unwrap();
        let owner = sandbox.discord.user("mira");
        let guild = sandbox.discord.guild("Pixel Forge", &owner);
        let folder = tempfile::tempdir().unwrap();
        let variables = [
            ("DATABASE__URL", format!("sqlite://{}/a.db", folder.path().display())),
            ("DISCORD__TOKEN", sandbox.discord.token().to_string()),
            ("DISCORD__APPLICATION_ID", sandbox.discord.application_id()),
            ("DISCORD__CLIENT_SECRET", sandbox.discord.client_secret()),
            ("DISCORD__PUBLIC_KEY", sandbox.discord.public_key()),
            ("DISCORD__API_URL", sandbox.discord.url()),
            ("STRIPE__SECRET_KEY", sandbox.stripe.secret_key().to_string()),
            ("STRIPE__WEBHOOK_SECRETS", sandbox.stripe.create_webhook_secret()),
            ("STRIPE__API_URL", sandbox.stripe.url()),
            ("STORAGE__ENDPOINT", sandbox.storage.endpoint()),
            ("STORAGE__BUCKET", sandbox.storage.bucket().to_string()),
            ("STORAGE__ACCESS_KEY_ID", sandbox.storage.access_key_id().to_string()),
            ("STORAGE__SECRET_ACCESS_KEY", sandbox.storage.secret_access_key().to_string()),
            ("WEB__PUBLIC_URL", ADDRESS.into()),
            ("WEB__TRUSTED_PROXIES", "127.0.0.1/32".into()),
            ("STAFF__OWNERS", owner.id()),
            ("STAFF__GUILDS", guild.id()),
            ("SECURITY__ENCRYPTION_KEYS", shared::platform::sealing::Keys::generate("test").unwrap()),
        ];
        let variables = variables.into_iter().map(|(key, value)| (format!("ATELIER_{key}"), value)).collect();
        Self { sandbox, owner, guild, variables, folder }
    }

    /// Runs a command with these keys changed; returns its exit code and what it printed.
    pub async fn run(&self, arguments: &[&str], changes: &[(&str, &str)]) -> (i32, String) {
        run(arguments, &self.variables, changes).await
    }

    /// Runs the doctor, which must find exactly this wrong (`✗` and `!` with the name and the
    /// beginning of what is said), and say what to do about each.
    async fn doctor(&self, changes: &[(&str, &str)], expected: &[&str]) -> String {
        let (code, printed) = self.run(&["doctor"], changes).await;
        // Nobody runs the web service.
        let expected: Vec<&str> = match found_before_the_web(&printed) {
            true => [expected, &["! public address"]].concat(),
            false => expected.to_vec(),
        };
        let found = findings(&printed);
        assert_eq!(found.len(), expected.len(), "{expected:?}: {printed}");
        for (found, expected) in found.iter().zip(&expected) {
            assert!(found.starts_with(expected), "{expected}: {printed}");
        }
        assert_eq!(printed.matches("  → ").count(), expected.len(), "each says what to do: {printed}");
        assert_eq!(code, i32::from(expected.iter().any(|line| line.starts_with('✗'))), "{printed}");
        printed
    }
}

async fn run(arguments: &[&str], variables: &[(String, String)], changes: &[(&str, &str)]) -> (i32, String) {
    let mut command = atelier(arguments);
    command.envs(variables.iter().cloned()).envs(changes.iter().map(|(key, value)| (format!("ATELIER_{key}"), value)));
    let output = command.output().await.unwrap();
    let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for secret in ["TOKEN", "CLIENT_SECRET", "SECRET_KEY", "WEBHOOK_SECRETS", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "ENCRYPTION_KEYS"] {
        let set = |name: &str| name.ends_with(&format!("__{secret}"));
        let values = variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let changes = changes.iter().map(|(name, value)| (*name, *value));
        let shown = values.chain(changes).any(|(name, value)| set(name) && !value.is_empty() && printed.contains(value));
        assert!(!shown, "{secret} is printed: {printed}");
    }
    (output.status.code().unwrap(), printed)
}

/// Whether the doctor came to its last step.
fn found_before_the_web(printed: &str) -> bool {
    printed.contains("public address")
}

/// The lines that somebody has to look at, with single spaces.
fn findings(printed: &str) -> Vec<String> {
    let marked = printed.lines().filter(|line| line.starts_with('✗') || line.starts_with('!'));
    marked.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

async fn the_doctor_finds_a_running_studio_well(world: World) {
    let (code, printed) = run(&["doctor"], &world.variables(), &[]).await;
    assert_eq!((code, findings(&printed)), (0, Vec::new()), "{printed}");
    for name in [
        "configuration",
        "clock",
        "database",
        "migrations",
        "token",
        "application id",
        "intents",
        "sign-in",
        "public key",
        "command scope     everywhere",
        "command scope     server",
        "webhook secret",
        "Stripe key",
        "webhook endpoint",
        "storage bucket",
        "storage put",
        "storage get",
        "presigned URL",
        "storage delete",
    ] {
        assert!(printed.contains(&format!("✓ {name}")), "{name}: {printed}");
    }
    assert!(printed.ends_with("All is well.\n"), "{printed}");
    assert_eq!(world.sandbox.storage.objects(), []);
}

async fn the_doctor_sees_how_far_the_schema_is(world: World) {
    let change = async |sql: &'static str| {
        let mut tx = world.app().db.write().await.unwrap();
        sqlx::query(sql).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    let doctor = async || {
        let (code, printed) = run(&["doctor"], &world.variables(), &[]).await;
        (code, findings(&printed).join("\n"))
    };
    change(
        "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time)
         SELECT 999999, description, installed_on, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1",
    )
    .await;
    assert_eq!(doctor().await, (1, "✗ migrations 1 migration of a newer build".to_owned()));
    change("UPDATE _sqlx_migrations SET success = FALSE WHERE version = 999999").await;
    assert_eq!(doctor().await, (1, "✗ migrations migration 999999 began and did not end".to_owned()));
    change("DELETE FROM _sqlx_migrations WHERE version <> 1").await;
    change("UPDATE _sqlx_migrations SET version = 0").await;
    change("DELETE FROM _sqlx_migrations").await;
    let (code, found) = doctor().await;
    assert_eq!(code, 0);
    assert!(found.starts_with("! migrations 0 of ") && found.ends_with(" applied"), "{found}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_of_each_thing_what_is_wrong_and_what_to_do() {
    let studio = Studio::new().await;
    let database = "✗ database SQLite: there is no database at ";
    let fresh = "! command scope everywhere: allowed, and 7 commands not as";
    let server = studio.guild.id();
    let server = format!("! command scope server {server}, \"Pixel Forge\": allowed, and 7 commands not as");
    let endpoint = "✗ webhook endpoint none leads to https://0.0.0.0:1/stripe/webhook";
    studio.doctor(&[], &[database, fresh, &server, endpoint]).await;
    assert!(!studio.folder.path().join("a.db").exists(), "the doctor makes no database");

    assert_eq!(studio.run(&["migrate"], &[]).await.0, 0);
    assert_eq!(studio.run(&["commands", "sync"], &[]).await.0, 0);
    let kinds = shared::domain::events::EVENT_KINDS;
    studio.sandbox.stripe.add_webhook_endpoint("https://0.0.0.0:2/stripe/webhook", &kinds[..3]);
    studio
        .doctor(
            &[("WEB__PUBLIC_URL", "https://0.0.0.0:2")],
            &["✗ webhook endpoint https://0.0.0.0:2/stripe/webhook does not get checkout.session.expired"],
        )
        .await;
    studio.doctor(&[("WEB__PUBLIC_URL", "http://127.0.0.1:1")], &["! webhook endpoint none leads to"]).await;
    studio.sandbox.stripe.add_webhook_endpoint("https://0.0.0.0:1/stripe/webhook", &kinds);
    studio.doctor(&[], &[]).await;

    studio.doctor(&[("DISCORD__TOKEN", ANOTHER_BOT)], &["✗ token Discord refuses the bot's token"]).await;
    studio
        .doctor(&[("DISCORD__APPLICATION_ID", "123456789012345678")], &["✗ application id discord.application_id is 123456789012345678"])
        .await;
    studio
        .doctor(&[("DISCORD__CLIENT_SECRET", &"wrong-12".repeat(4))], &["✗ sign-in Discord refuses the client secret: nobody can sign in"])
        .await;
    let off = ["! sign-in discord.client_secret is not set", "! public key discord.public_key is not set"];
    let printed = studio.doctor(&[("DISCORD__CLIENT_SECRET", ""), ("DISCORD__PUBLIC_KEY", "")], &off).await;
    assert!(printed.contains("https://0.0.0.0:1/oauth/callback") && printed.contains("https://0.0.0.0:1/discord/events"));
    studio.doctor(&[("DISCORD__PUBLIC_KEY", &"ab".repeat(32))], &["✗ public key discord.public_key is another application's"]).await;
    studio.doctor(&[("DISCORD__API_URL", "http://127.0.0.1:9")], &["✗ token http://127.0.0.1:9 does not answer"]).await;
    let bot = studio.sandbox.discord.bot().id();
    let server = studio.guild.id();
    for (id, says) in [
        (server.as_str(), format!("✗ owner {server} of staff.owners is the server \"Pixel Forge\"")),
        (bot.as_str(), format!("✗ owner {bot} of staff.owners is the bot")),
        ("123456789012345678", "✗ owner 123456789012345678 of staff.owners is nobody at Discord".to_owned()),
    ] {
        studio.doctor(&[("STAFF__OWNERS", id)], &[&says]).await;
    }
    let printed = studio.doctor(&[], &[]).await;
    assert!(printed.contains("\"mira\" (") && printed.contains("may do everything"), "{printed}");
    assert!(printed.contains(&studio.sandbox.stripe.account()), "{printed}");
    // Somebody else answers there, or a proxy stands before it that nobody named.
    let elsewhere = studio.sandbox.discord.url();
    let found = studio.run(&["doctor"], &[("WEB__PUBLIC_URL", &elsewhere)]).await;
    let found = findings(&found.1).pop().unwrap();
    assert!(
        found.starts_with(&format!("✗ public address {elsewhere} answers something else than the web service (status 404)")),
        "{found}"
    );
    studio.doctor(&[("WEB__TRUSTED_PROXIES", "")], &["! trusted proxies web.public_url is https"]).await;
    let secret = studio.folder.path().join("token");
    std::fs::write(&secret, studio.sandbox.discord.token()).unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let as_file = [("DISCORD__TOKEN", ""), ("DISCORD__TOKEN_FILE", secret.to_str().unwrap())];
    let printed = studio.doctor(&as_file, &[&format!("! files {} is open to others on this machine (0644)", secret.display())]).await;
    assert!(printed.contains("chmod 600"), "{printed}");
    studio
        .doctor(
            &[("STAFF__GUILDS", "123456789012345678")],
            &["✗ command scope server 123456789012345678 of staff.guilds: the bot is not in it"],
        )
        .await;
    let channel = studio.guild.channel("payments");
    studio.doctor(&[("STAFF__CHANNEL", &channel.id())], &[]).await;
    channel.hide_from_bot(true);
    studio.doctor(&[("STAFF__CHANNEL", &channel.id())], &["✗ staff channel the bot does not see"]).await;
    studio
        .sandbox
        .discord
        .faults()
        .add(Fault::on("GET", &format!("/api/v10/applications/{}/guilds", studio.sandbox.discord.application_id())).status(403));
    let printed =
        studio.doctor(&[], &[&format!("✗ command scope server {}, \"Pixel Forge\": the bot is there without", studio.guild.id())]).await;
    assert!(printed.contains("scope=bot+applications.commands"), "{printed}");
    studio.sandbox.discord.faults().clear();

    studio.doctor(&[("STRIPE__SECRET_KEY", "sk_test_wrongwrongwrongwrong")], &["✗ Stripe key Stripe refuses the key"]).await;
    studio.sandbox.stripe.faults().add(Fault::on("GET", "/v1/webhook_endpoints").status(403));
    studio.doctor(&[], &["! webhook endpoint the key may not list endpoints"]).await;
    studio.sandbox.stripe.faults().add(Fault::on("GET", "/v1/checkout/sessions").status(403));
    studio.doctor(&[], &["✗ Stripe key it may not use Checkout Sessions", "! webhook endpoint"]).await;
    studio.sandbox.stripe.faults().clear();

    let database = format!("sqlite://{}/not-a-database", studio.folder.path().display());
    std::fs::write(studio.folder.path().join("not-a-database"), "x".repeat(4096)).unwrap();
    studio.doctor(&[("DATABASE__URL", &database)], &["✗ database SQLite: the file cannot be read to its end"]).await;
    studio.doctor(&[("DATABASE__URL", "postgres://a:hush@127.0.0.1:9/atelier")], &["✗ database PostgreSQL: database: "]).await;

    studio.sandbox.discord.allow_privileged_intents();
    studio.doctor(&[], &["! intents on and not needed: Presence Intent, Server Members Intent, Message Content Intent"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_services_refuse_is_said_when_they_start_in_the_doctors_words() {
    let studio = Studio::new().await;
    assert_eq!(studio.run(&["commands", "sync"], &[]).await.0, 0);
    let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let server = studio.guild.id();
    let changes = [
        ("STAFF__OWNERS", server.as_str()),
        ("STRIPE__SECRET_KEY", "sk_test_wrongwrongwrongwrong"),
        ("STORAGE__SECRET_ACCESS_KEY", "wrong"),
        ("WEB__TRUSTED_PROXIES", ""),
        ("WEB__LISTEN", &listen),
    ];
    let mut command = atelier(&["up"]);
    command.envs(studio.variables.iter().cloned()).envs(changes.iter().map(|(key, value)| (format!("ATELIER_{key}"), value)));
    command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut up = command.spawn().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(up.stderr.take().unwrap()));
    let mut logged = String::new();
    while !logged.contains("`atelier doctor` tries all of it again") {
        logged += &lines.next_line().await.unwrap().expect("the services start all the same");
        logged.push('\n');
    }
    let (_, doctor) = studio.run(&["doctor"], &changes).await;
    for (name, says) in [
        ("owner", format!("{server} of staff.owners is the server \"Pixel Forge\"")),
        ("Stripe key", "Stripe refuses the key".to_owned()),
        ("storage bucket", "the storage does not tell of the bucket \"sandbox\" (SignatureDoesNotMatch)".to_owned()),
        ("trusted proxies", "web.public_url is https and web.trusted_proxies is empty".to_owned()),
    ] {
        assert!(logged.contains(&format!("{name}: {says}")), "{name}: {logged}");
        assert!(doctor.contains(&says), "{name}: {doctor}");
    }
    assert!(logged.contains("→ Copy a key from Stripe's dashboard"), "{logged}");
    let id = rustix::process::Pid::from_raw(up.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert!(up.wait().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_waits_for_a_database_server_that_is_not_there_yet() {
    let studio = Studio::new().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://a:hush@127.0.0.1:{port}/atelier?sslmode=disable");
    let mut command = atelier(&["up"]);
    command.envs(studio.variables.iter().cloned()).env("ATELIER_DATABASE__URL", &url);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut up = command.spawn().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(up.stderr.take().unwrap()));
    while !lines.next_line().await.unwrap().expect("it waits").contains("PostgreSQL does not answer yet: waiting for it") {}
    // It comes, and does not take the password: waiting is over at once.
    let server = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut stream, _)) = server.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let fields = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0";
            let mut answer = vec![b'E'];
            answer.extend(u32::try_from(fields.len() + 4).unwrap().to_be_bytes());
            answer.extend(fields);
            let _ = stream.write_all(&answer).await;
        }
    });
    let output = up.wait_with_output();
    let rest = async {
        let mut rest = String::new();
        while let Ok(Some(line)) = lines.next_line().await {
            rest += &line;
        }
        rest
    };
    let (output, rest) = tokio::join!(output, rest);
    assert_eq!(output.unwrap().status.code(), Some(1));
    assert!(rest.contains("password authentication failed"), "{rest}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_leaves_nothing_in_the_bucket_even_where_the_storage_fails() {
    let studio = Studio::new().await;
    assert_eq!(studio.run(&["commands", "sync"], &[]).await.0, 0);
    studio.sandbox.stripe.add_webhook_endpoint(&format!("{ADDRESS}/stripe/webhook"), &["*"]);
    let nothing = "! presigned URL not tried";
    let kept = "! storage delete not tried";
    studio
        .doctor(
            &[("STORAGE__SECRET_ACCESS_KEY", "wrong")],
            &["✗ storage bucket the storage does not tell of the bucket \"sandbox\" (SignatureDoesNotMatch)"],
        )
        .await;
    studio
        .doctor(&[("STORAGE__BUCKET", "another")], &["✗ storage bucket the storage does not tell of the bucket \"another\" (NoSuchBucket)"])
        .await;
    studio.doctor(&[("STORAGE__PUBLIC_ENDPOINT", "http://127.0.0.1:9")], &["✗ presigned URL no connection"]).await;
    studio
        .doctor(&[("STORAGE__PUBLIC_ENDPOINT", &studio.sandbox.discord.url())], &["✗ presigned URL the storage answers it with status 404"])
        .await;
    assert_eq!(studio.sandbox.storage.objects(), []);

    studio.sandbox.storage.faults().add(Fault::on("PUT", "/").status(403));
    studio.doctor(&[], &["✗ storage put AccessDenied", nothing, kept]).await;
    studio.sandbox.storage.faults().clear();
    assert_eq!(studio.sandbox.storage.objects(), []);

    studio.sandbox.storage.faults().add(Fault::on("DELETE", "/").status(403));
    let printed = studio.doctor(&[], &["✗ storage delete "]).await;
    let left = studio.sandbox.storage.objects();
    assert!(left.len() == 1 && printed.contains(&format!("{} stays behind", left[0].0)), "what stays is named: {printed}");

    studio.sandbox.storage.stop();
    studio.doctor(&[], &["✗ storage bucket the storage does not tell of the bucket \"sandbox\" (no "]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_compares_the_clock_with_a_service() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let studio = Studio::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // A Stripe that lives in the year 2000, and answers nothing else.
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.read(&mut [0; 4096]).await;
            let _ = stream
                .write_all(
                    b"HTTP/1.1 404 Not Found\r\ndate: Sat, 01 Jan 2000 00:00:00 GMT\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
                )
                .await;
        }
    });
    let (code, printed) = studio.run(&["doctor"], &[("STRIPE__API_URL", &url)]).await;
    assert_eq!(code, 1);
    assert!(printed.contains("✗ clock") && printed.contains("s ahead of Stripe's") && printed.contains("timedatectl"), "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_sync_changes_what_differs_and_a_dry_run_nothing() {
    let studio = Studio::new().await;
    let lines =
        |printed: &str| printed.lines().filter(|line| line.starts_with("    ")).map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let (code, printed) = studio.run(&["commands", "sync", "--dry-run"], &[]).await;
    assert_eq!(code, 0, "{printed}");
    let global = ["+ invoice", "+ deliverable", "+ inbox", "+ account", "+ settings", "+ help", "+ about"];
    let staff = ["+ billing", "+ deliver", "+ customer", "+ staff", "+ audit", "+ Issue invoice", "+ Attach as deliverable"];
    assert_eq!(lines(&printed), [global.as_slice(), &staff].concat());
    assert!(printed.contains("A dry run: nothing was changed. `atelier commands sync` would change 14 commands."), "{printed}");
    assert!(studio.sandbox.discord.commands().is_empty() && !studio.folder.path().join("a.db").exists());

    let (code, printed) = studio.run(&["commands", "sync"], &[]).await;
    assert!(code == 0 && printed.contains("Changed 14 commands."), "{printed}");
    assert_eq!(studio.sandbox.discord.commands().len(), 14);
    let (_, printed) = studio.run(&["commands", "sync", "--dry-run"], &[]).await;
    assert!(printed.contains("Nothing to do") && lines(&printed).is_empty(), "{printed}");

    // Somebody changes them from outside.
    let commands = format!("{}/api/v10/applications/{}/commands", studio.sandbox.discord.url(), studio.sandbox.discord.application_id());
    let authorization = format!("Bot {}", studio.sandbox.discord.token());
    let http = reqwest::Client::new();
    let ours = |name: &str| {
        let all = studio.sandbox.discord.commands();
        all.into_iter().find(|command| command["name"] == name).unwrap_or_else(|| panic!("no {name}"))
    };
    let inbox = ours("inbox")["id"].as_str().unwrap().to_owned();
    let changed = http
        .patch(format!("{commands}/{inbox}"))
        .header("authorization", &authorization)
        .json(&serde_json::json!({ "description": "Another" }));
    assert!(changed.send().await.unwrap().status().is_success());
    let old = serde_json::json!({ "name": "old", "description": "From long ago" });
    assert!(http.post(&commands).header("authorization", &authorization).json(&old).send().await.unwrap().status().is_success());
    let (_, printed) = studio.run(&["commands", "sync"], &[]).await;
    assert_eq!(lines(&printed), ["~ inbox", "- old"], "{printed}");
    assert_eq!(studio.sandbox.discord.commands().len(), 14);
    assert_ne!(ours("inbox")["description"], "Another");

    studio.guild.remove_bot();
    let (code, printed) = studio.run(&["commands", "sync"], &[]).await;
    assert!(
        code == 1
            && printed.contains("→ invite it: https://discord.com/oauth2/authorize?client_id=")
            && printed.contains("&permissions=84992"),
        "{printed}"
    );
    let (code, printed) = studio.run(&["commands", "sync", "--dry-run"], &[("DISCORD__TOKEN", ANOTHER_BOT)]).await;
    assert!(code == 1 && printed.contains("Discord refuses discord.token"), "{printed}");
}

#[tokio::test]
async fn config_check_shows_every_key_with_its_origin_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let token = folder.path().join("token");
    std::fs::write(&token, "MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.hush-hush-hush-hush-hush-hush\n").unwrap();
    let configuration = COMPLETE
        .replace(
            "token = \"MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
            &format!("token_file = \"{}\"", token.display()),
        )
        .replace("sqlite:///nonexistent/never/made.db", "postgres://a:hush-database@db.example/atelier")
        .replace("secret_access_key = \"s\"", "secret_access_key = \"hush-storage\"")
        .replace("whsec_1234", "whsec_hush");
    std::fs::write(&path, configuration).unwrap();
    let path = path.to_str().unwrap();
    let check = async |variables: &[(&str, &str)]| {
        let output = atelier(&["config", "check", "--config", path]).envs(variables.iter().copied()).output().await.unwrap();
        let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(!printed.contains("hush"), "{printed}");
        (output.status.code(), printed)
    };
    let (code, printed) =
        check(&[("ATELIER_STUDIO__NAME", "Pixel Forge"), ("ATELIER_STRIPE__SECRET_KEY", "sk_test_hushhushhushhush")]).await;
    assert_eq!(code, Some(0), "{printed}");
    let line = |key: &str| -> String {
        let found = printed.lines().find(|line| line.split_whitespace().next() == Some(key));
        found.unwrap_or_else(|| panic!("no {key}: {printed}")).split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("name"), "name Pixel Forge environment, ATELIER_STUDIO__NAME");
    assert_eq!(line("currency"), "currency usd default");
    assert_eq!(line("url"), format!("url postgres://a:********@db.example/atelier {path}"));
    assert_eq!(line("token"), format!("token ******** {} (token_file in {path})", token.display()));
    assert_eq!(line("secret_key"), "secret_key sk_test_******** environment, ATELIER_STRIPE__SECRET_KEY");
    assert_eq!(line("webhook_secrets"), format!("webhook_secrets whsec_******** {path}"));
    assert_eq!(line("public_endpoint"), "public_endpoint - default");
    assert_eq!(line("owners"), format!("owners 111111111111111111 {path}"));
    let keys = shared::config::Config::keys();
    for key in keys.iter().filter(|key| !key.ends_with("_file")) {
        line(key.split_once('.').unwrap().1);
    }

    let wrong = [
        ("ATELIER_WEB__PUBLIC_ULR", "hush"),
        ("ATELIER_OUTBOX__WORKERS", "hush"),
        ("ATELIER_STAFF__GUILDS", ""),
        ("ATELIER_STRIPE__SECRET_KEY_FILE", "hush"),
    ];
    let (code, printed) = check(&wrong).await;
    assert_eq!(code, Some(1), "{printed}");
    for problem in [
        "✗ web.public_ulr (environment, ATELIER_WEB__PUBLIC_ULR) is not a key; did you mean web.public_url?",
        "✗ outbox.workers (environment, ATELIER_OUTBOX__WORKERS) must be a whole number",
        "✗ staff.guilds is empty",
        "✗ stripe.secret_key_file (environment, ATELIER_STRIPE__SECRET_KEY_FILE): cannot read the secret from the file that it names",
        &format!("✗ stripe.secret_key ({path}) stands beside stripe.secret_key_file (environment, ATELIER_STRIPE__SECRET_KEY_FILE)"),
        "5 problems",
    ] {
        assert!(printed.contains(problem), "{problem}: {printed}");
    }
    let missing = atelier(&["config", "check", "--config", "/nonexistent/config.toml"]).output().await.unwrap();
    assert_eq!(missing.status.code(), Some(1));
}

#[test]
fn the_documents_show_as_many_migrations_as_there_are() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let there = std::fs::read_dir(root.join("migrations")).unwrap().count();
    let operating = std::fs::read_to_string(root.join("docs/operating.md")).unwrap();
    assert!(operating.contains(&format!("✓ migrations        all {there} applied\n")), "{there}");
}
