//! Where the data is: one file after a stop, writable again after a full disk, opened by the right key only.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Resource, Rlimit, Signal};
use sandbox::discord::Reply;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

use crate::command_line::{Studio, atelier};
use crate::world::*;

/// A service that runs as a process of its own.
struct Service {
    process: Child,
    /// Read all the time: a full pipe would hold the service up.
    logged: tokio::task::JoinHandle<String>,
    url: String,
}

impl Service {
    /// Starts `atelier up`, or another service, and waits until it is ready.
    async fn start(studio: &Studio, arguments: &[&str]) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = listener.local_addr().unwrap().to_string();
        drop(listener);
        // What a limit on the size of files would do otherwise is end the process.
        let mut command = Command::new("env");
        command.arg("--ignore-signal=XFSZ").arg(env!("CARGO_BIN_EXE_atelier")).args(arguments).current_dir(studio.folder.path());
        command.envs(studio.variables.iter().cloned()).env("ATELIER_WEB__LISTEN", &listen);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let mut stderr = process.stderr.take().unwrap();
        let logged = tokio::spawn(async move {
            let mut logged = String::new();
            stderr.read_to_string(&mut logged).await.unwrap();
            logged
        });
        let service = Self { process, logged, url: format!("http://{listen}") };
        if arguments[0] != "bot" {
            until("it is ready", || async { service.ready().await.is_some_and(|(status, _)| status == 200) }).await;
        }
        if arguments[0] != "webhook" {
            studio.sandbox.discord.bot_connected().await;
            studio.sandbox.discord.commands_registered("billing").await;
        }
        service
    }

    async fn ready(&self) -> Option<(u16, serde_json::Value)> {
        let answer = reqwest::get(format!("{}/health/ready", self.url)).await.ok()?;
        Some((answer.status().as_u16(), answer.json().await.ok()?))
    }

    fn id(&self) -> Pid {
        Pid::from_raw(self.process.id().unwrap().cast_signed()).unwrap()
    }

    /// Ends it with a signal; returns its exit code, if it has one, and what it logged.
    async fn end(self, signal: Signal) -> (Option<i32>, String) {
        rustix::process::kill_process(self.id(), signal).unwrap();
        self.ended().await
    }

    async fn ended(mut self) -> (Option<i32>, String) {
        let status = self.process.wait().await.unwrap();
        (status.code(), self.logged.await.unwrap())
    }

    /// From here on no file grows beyond this.
    fn limit_files(&self, bytes: Option<u64>) {
        rustix::process::prlimit(Some(self.id()), Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    }
}

impl Studio {
    async fn issue(&self, title: &str) -> Reply {
        let general = match self.guild.channels().into_iter().next() {
            Some(channel) => channel,
            None => self.guild.channel("general"),
        };
        let options = vec![("user", (&self.owner).into()), ("title", title.into()), ("amount", "12.50".into())];
        slash(&self.owner.in_channel(&general), "/billing issue", options).await
    }

    /// The names beside the database, in order.
    fn files(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// The titles of the invoices in a database file that nobody has open.
    async fn titles(&self, file: &str) -> Vec<String> {
        use sqlx::Connection;
        sqlx::any::install_default_drivers();
        let mut conn =
            sqlx::AnyConnection::connect(&format!("sqlite://{}/{file}?immutable=1", self.folder.path().display())).await.unwrap();
        let titles = sqlx::query_scalar("SELECT title FROM invoices ORDER BY number").fetch_all(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        titles
    }
}

/// Runs the program with this environment; returns its exit code and what it printed.
async fn printed(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().await.unwrap();
    (output.status.code(), format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

/// What the file's mode allows whom.
pub fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_stop_the_database_is_one_file_that_nobody_else_reads() {
    let studio = Studio::new().await;
    let mut titles = Vec::new();
    for services in [&["up"][..], &["bot", "webhook"]] {
        let mut running = Vec::new();
        for service in services {
            running.push(Service::start(&studio, &[service]).await);
        }
        titles.push(format!("{services:?}"));
        assert!(studio.issue(titles.last().unwrap()).await.text().contains("pending"));
        assert_eq!(studio.files(), ["a.db", "a.db-shm", "a.db-wal"]);
        for file in studio.files() {
            assert_eq!(mode(&studio.folder.path().join(&file)), 0o600, "{file}");
        }
        // Both at once: the last one out leaves one file.
        for (code, logged) in futures::future::join_all(running.into_iter().map(|service| service.end(Signal::TERM))).await {
            assert_eq!(code, Some(0), "{logged}");
        }
        assert_eq!(studio.files(), ["a.db"]);
        assert_eq!(studio.titles("a.db").await, titles);
    }
    for command in [&["migrate"][..], &["audit", "verify"], &["keys", "rotate"], &["doctor"], &["commands", "sync"]] {
        let (_, printed) = studio.run(command, &[]).await;
        assert_eq!(studio.files(), ["a.db"], "{command:?}: {printed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_over_a_database_that_was_not_stopped_is_noticed() {
    let studio = Studio::new().await;
    let at = |file: &str| studio.folder.path().join(file);
    let up = Service::start(&studio, &["up"]).await;
    studio.issue("Dragon rig").await;
    assert_eq!(up.end(Signal::TERM).await.0, Some(0));
    std::fs::copy(at("a.db"), at("backup.db")).unwrap();

    let up = Service::start(&studio, &["up"]).await;
    studio.issue("Tavern").await;
    up.end(Signal::KILL).await;
    assert!(studio.files().contains(&"a.db-wal".to_owned()));
    // It belongs to the file: nothing is lost, and nobody complains.
    let up = Service::start(&studio, &["up"]).await;
    studio.issue("Lighthouse").await;
    up.end(Signal::KILL).await;

    std::fs::copy(at("backup.db"), at("a.db")).unwrap();
    let before = std::fs::read(at("a.db")).unwrap();
    let (code, printed) = studio.run(&["doctor"], &[]).await;
    assert_eq!(code, 1);
    assert!(printed.contains("✗ database          SQLite: the write-ahead log beside the file is not its own"), "{printed}");
    let advice = format!("move {wal} and {shm} away", wal = at("a.db-wal").display(), shm = at("a.db-shm").display());
    assert!(printed.contains(&advice), "{printed}");
    let (code, printed) = studio.run(&["up"], &[]).await;
    assert!(code == 1 && printed.contains(&advice), "{printed}");
    assert_eq!(std::fs::read(at("a.db")).unwrap(), before, "nobody touched it");

    for file in ["a.db-wal", "a.db-shm"] {
        std::fs::rename(at(file), at(&format!("{file}.old"))).unwrap();
    }
    let up = Service::start(&studio, &["up"]).await;
    assert_eq!(up.end(Signal::TERM).await.0, Some(0));
    assert_eq!(studio.titles("a.db").await, ["Dragon rig"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_with_its_old_time_beside_a_log_is_noticed() {
    use std::time::SystemTime;
    let studio = Studio::new().await;
    let at = |file: &str| studio.folder.path().join(file);
    let old = |file: &str, time: SystemTime| {
        let opened = std::fs::File::options().write(true).open(at(file)).unwrap();
        opened.set_modified(time).unwrap();
    };
    // As `cp -p` does it, over the file or in its place.
    let restore = |backup: &str, time: SystemTime| {
        std::fs::copy(at(backup), at("a.db")).unwrap();
        old("a.db", time);
    };
    let long_ago = SystemTime::now() - std::time::Duration::from_secs(3600);
    let up = Service::start(&studio, &["up"]).await;
    studio.issue("Dragon rig").await;
    assert_eq!(up.end(Signal::TERM).await.0, Some(0));
    std::fs::copy(at("a.db"), at("stopped.db")).unwrap();

    // While it is at work, and what is in the log of then is still in it at the end.
    let up = Service::start(&studio, &["up"]).await;
    studio.issue("Tavern").await;
    {
        use sqlx::{AssertSqlSafe, Connection, Executor};
        let mut conn = sqlx::AnyConnection::connect(&format!("sqlite://{}", at("a.db").display())).await.unwrap();
        conn.execute(AssertSqlSafe(format!("VACUUM INTO '{}'", at("running.db").display()))).await.unwrap();
        conn.close().await.unwrap();
    }
    studio.issue("Lighthouse").await;
    up.end(Signal::KILL).await;
    for file in ["a.db", "a.db-wal"] {
        std::fs::copy(at(file), at(&format!("{file}.killed"))).unwrap();
    }
    let other = Studio::new().await;
    assert_eq!(other.run(&["migrate"], &[]).await.0, 0);
    std::fs::copy(other.folder.path().join("a.db"), at("other.db")).unwrap();

    for (backup, time) in
        ["stopped.db", "running.db", "other.db"].into_iter().flat_map(|backup| [(backup, long_ago), (backup, SystemTime::now())])
    {
        std::fs::copy(at("a.db-wal.killed"), at("a.db-wal")).unwrap();
        restore(backup, time);
        let (before, log) = (std::fs::read(at("a.db")).unwrap(), std::fs::read(at("a.db-wal")).unwrap());
        let advice = format!("move {wal} and {shm} away", wal = at("a.db-wal").display(), shm = at("a.db-shm").display());
        for command in ["doctor", "up"] {
            let (code, printed) = studio.run(&[command], &[]).await;
            assert!(code == 1 && printed.contains(&advice), "{backup}: {printed}");
        }
        assert_eq!((std::fs::read(at("a.db")).unwrap(), std::fs::read(at("a.db-wal")).unwrap()), (before, log), "nobody touched them");
    }
    // A log that was left alone is not lost.
    for empty in [true, false] {
        std::fs::remove_file(at("a.db")).unwrap();
        if empty {
            std::fs::write(at("a.db"), "").unwrap();
        }
        let (code, printed) = studio.run(&["up"], &[]).await;
        assert!(code == 1 && printed.contains("holds the last changes of a database"), "{printed}");
        assert!(std::fs::metadata(at("a.db-wal")).unwrap().len() > 0);
    }
    // The file that it belongs to takes it, whatever its time and its mode.
    std::fs::copy(at("a.db.killed"), at("a.db")).unwrap();
    old("a.db", long_ago);
    std::fs::set_permissions(at("a.db"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let up = Service::start(&studio, &["up"]).await;
    assert_eq!(up.end(Signal::TERM).await.0, Some(0));
    assert_eq!(studio.titles("a.db").await, ["Dragon rig", "Tavern", "Lighthouse"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_belongs_is_never_refused() {
    let studio = Studio::new().await;
    let at = |file: &str| studio.folder.path().join(file);
    let url = format!("sqlite://{}", at("a.db").display());
    let mut titles = Vec::new();
    // Killed at any time: before and after a checkpoint, in the middle of one, by two services, after a migration.
    for round in 0..6 {
        let mut running = Vec::new();
        for service in if round % 2 == 0 { &["up"][..] } else { &["bot", "webhook"] } {
            running.push(Service::start(&studio, &[service]).await);
        }
        for invoice in 0..round {
            titles.push(format!("Tavern {round} {invoice}"));
            assert!(studio.issue(titles.last().unwrap()).await.text().contains("pending"));
        }
        if round >= 3 {
            let db = shared::platform::db::Db::open(&url).await.unwrap();
            db.checkpoint().await.unwrap();
            // Whoever closes a database last empties the log: here nobody does.
            std::mem::forget(db);
            titles.push(format!("Lighthouse {round}"));
            assert!(studio.issue(titles.last().unwrap()).await.text().contains("pending"));
        }
        for service in running {
            service.end(Signal::KILL).await;
        }
        let (_, printed) = studio.run(&["doctor"], &[]).await;
        assert!(printed.contains("✓ database "), "{round}: {printed}");
    }
    let up = Service::start(&studio, &["up"]).await;
    assert_eq!(up.end(Signal::TERM).await.0, Some(0));
    assert_eq!(studio.titles("a.db").await, titles);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_finds_a_damaged_database() {
    let studio = Studio::new().await;
    assert_eq!(studio.run(&["migrate"], &[]).await.0, 0);
    let file = studio.folder.path().join("a.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let half = bytes.len() / 2;
    bytes[half..].fill(0x5a);
    std::fs::write(&file, bytes).unwrap();
    let (code, printed) = studio.run(&["doctor"], &[]).await;
    assert_eq!(code, 1);
    assert!(printed.contains("✗ database") && printed.contains("restore the last backup"), "{printed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_over_when_there_is_room_again() {
    let studio = Studio::new().await;
    let up = Service::start(&studio, &["up"]).await;
    assert!(studio.issue("Dragon rig").await.text().contains("pending"));
    let refused = |text: &str| text.contains("went wrong") || text.contains("reference");
    for round in 0..3 {
        up.limit_files(Some(4096));
        let reply = studio.issue("Tavern").await;
        assert!(refused(&reply.text()), "{}", reply.text());
        until("health says so", || async { up.ready().await.is_some_and(|(status, body)| status == 503 && body["database"] == "failing") })
            .await;
        up.limit_files(None);
        assert!(studio.issue(&format!("Lighthouse {round}")).await.text().contains("pending"));
        until("it is ready again", || async { up.ready().await.is_some_and(|(status, _)| status == 200) }).await;
    }
    let (code, logged) = up.end(Signal::TERM).await;
    assert_eq!(code, Some(0), "{logged}");
    assert!(!logged.contains("non-zero transaction depth"), "{logged}");
    let loops = logged.lines().filter(|line| line.contains("claiming jobs failed") || line.contains("claiming jobs still fails")).count();
    assert!(loops <= 6, "{loops}: {logged}");
    assert_eq!(studio.titles("a.db").await, ["Dragon rig", "Lighthouse 0", "Lighthouse 1", "Lighthouse 2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_that_many_people_meet_is_logged_a_few_times() {
    let studio = Studio::new().await;
    let up = Service::start(&studio, &["up"]).await;
    assert!(studio.issue("Dragon rig").await.text().contains("pending"));
    up.limit_files(Some(4096));
    let mut references = std::collections::BTreeSet::new();
    for _ in 0..30 {
        let text = studio.issue("Tavern").await.text();
        let (_, rest) = text.split_once("reference ").expect("a reference to quote");
        references.insert(rest.chars().filter(char::is_ascii_alphanumeric).take(8).collect::<String>());
    }
    up.limit_files(None);
    let (_, logged) = up.end(Signal::TERM).await;
    let lines = logged.lines().filter(|line| line.contains("ERROR") && line.contains("fault ")).count();
    assert!((1..=6).contains(&lines), "{lines}: {logged}");
    for reference in references {
        assert!(logged.contains(&format!("fault {reference}")), "{reference}: {logged}");
    }
}

each_backend!(
    another_key_under_the_same_id_does_not_start,
    an_empty_database_beside_payments_of_ours_begins_when_told_to,
    a_studio_moves_to_the_other_engine_and_back,
    an_unfinished_copy_goes_on,
    a_copy_is_marked_from_its_first_moment_on,
);

async fn another_key_under_the_same_id_does_not_start(world: World) {
    let right = world.variables().into_iter().find(|(name, _)| name.ends_with("ENCRYPTION_KEYS")).unwrap().1;
    let verify = async |keys: &str| {
        let mut command = atelier(&["audit", "verify"]);
        let output = command.envs(world.variables()).env("ATELIER_SECURITY__ENCRYPTION_KEYS", keys).output().await.unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(verify(&right).await.0, Some(0));
    let other = shared::platform::sealing::Keys::generate("test").unwrap();
    let (code, said) = verify(&other).await;
    assert_eq!(code, Some(1));
    assert!(
        said.contains("The key `test` in security.encryption_keys is not the one") && said.contains("Put the right one back"),
        "{said}"
    );
    assert!(!said.contains(&other[5..]) && !said.contains(&right[5..]), "{said}");
    // Not where it seals nothing yet, either.
    let next = shared::platform::sealing::Keys::generate("next").unwrap();
    assert_eq!(verify(&format!("{next}, {right}")).await.0, Some(0));
    let again = shared::platform::sealing::Keys::generate("next").unwrap();
    assert!(verify(&format!("{right}, {again}")).await.1.contains("The key `next`"));
    let zero = format!("zero:{}=", "A".repeat(43));
    assert!(verify(&zero).await.1.contains("one byte again and again"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_is_beside_the_configuration_wherever_a_command_runs() {
    let studio = Studio::new().await;
    let folder = |name: &str| studio.folder.path().join(name);
    let (home, elsewhere) = (folder("etc"), folder("elsewhere"));
    std::fs::create_dir(&home).unwrap();
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::write(home.join("config.toml"), "[studio]\nname = \"Pixel Forge\"\n").unwrap();
    let run = async |from: &Path, config: &str, arguments: &[&str]| {
        let mut command = atelier(&[&["--config", config], arguments].concat());
        command.envs(studio.variables.iter().cloned()).env_remove("ATELIER_DATABASE__URL").current_dir(from);
        printed(&mut command).await
    };
    let file = home.join("data/atelier.db");
    // What only looks makes nothing, and says where it looked.
    for command in [&["audit", "verify"][..], &["keys", "rotate"], &["keys", "rotate", "--dry-run"], &["doctor"], &["config", "check"]] {
        let (code, said) = run(&elsewhere, "../etc/config.toml", command).await;
        assert_eq!(code, Some(1), "{command:?}: {said}");
        let place = std::path::absolute(elsewhere.join("../etc/data/atelier.db")).unwrap();
        assert!(said.contains("is no database") && said.contains(&place.display().to_string()), "{command:?}: {said}");
        assert!(!home.join("data").exists() && !elsewhere.join("data").exists(), "{command:?}");
    }
    let (code, said) = run(&home, "config.toml", &["migrate"]).await;
    assert!(code == Some(0) && said.contains(&format!("up to date: {}.", file.display())), "{said}");
    assert_eq!((mode(&file), mode(&home.join("data"))), (0o600, 0o700));
    for (from, config) in [(&elsewhere, "../etc/config.toml"), (&home, "config.toml")] {
        let (code, said) = run(from, config, &["audit", "verify"]).await;
        assert!(code == Some(0) && said.contains("The audit log is empty"), "{said}");
    }
    // As the environment says it, too.
    let mut command = atelier(&["--config", "../etc/config.toml", "config", "check"]);
    command.envs(studio.variables.iter().cloned()).env("ATELIER_DATABASE__URL", "sqlite://data/atelier.db").current_dir(&elsewhere);
    let (code, said) = printed(&mut command).await;
    assert!(code == Some(0) && said.contains("/etc/data/atelier.db"), "{said}");

    // Where it was before, relative to the current folder, it is not passed over in silence.
    std::fs::rename(home.join("data"), elsewhere.join("data")).unwrap();
    let (code, said) = run(&elsewhere, "../etc/config.toml", &["up"]).await;
    let moved = elsewhere.join("data/atelier.db");
    assert!(code == Some(1) && said.contains(&format!("sqlite://{}", moved.display())), "{said}");
    assert!(!home.join("data").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_says_what_it_starts_on() {
    let studio = Studio::new().await;
    let config = studio.folder.path().join("my.toml");
    std::fs::write(&config, "[studio]\nname = \"Pixel Forge\"\n").unwrap();
    let up = Service::start(&studio, &["webhook", "--config", "my.toml"]).await;
    let (code, logged) = up.end(Signal::TERM).await;
    assert_eq!(code, Some(0), "{logged}");
    let said = format!(
        "atelier {} starts: configuration {}, database {}",
        env!("CARGO_PKG_VERSION"),
        config.display(),
        studio.folder.path().join("a.db").display()
    );
    assert!(logged.contains(&said), "{logged}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_replaced_under_a_service_ends_it() {
    let studio = Studio::new().await;
    let at = |file: &str| studio.folder.path().join(file);
    let up = Service::start(&studio, &["up"]).await;
    studio.issue("Dragon rig").await;
    assert_eq!(up.end(Signal::TERM).await.0, Some(0));
    std::fs::copy(at("a.db"), at("backup.db")).unwrap();

    let replace = |how: &str| match how {
        "overwritten" => {
            std::fs::copy(at("backup.db"), at("a.db")).unwrap();
        }
        "replaced" => {
            std::fs::copy(at("backup.db"), at("fresh.db")).unwrap();
            std::fs::rename(at("fresh.db"), at("a.db")).unwrap();
        }
        _ => std::fs::rename(at("a.db"), at("gone.db")).unwrap(),
    };
    for how in ["overwritten", "replaced", "removed"] {
        let up = Service::start(&studio, &["up"]).await;
        // The backup is older than what is in the file.
        for round in 0..3 {
            studio.issue(&format!("Tavern {round}")).await;
        }
        if how == "overwritten" {
            // What a minute does by itself: the file has all that the log had.
            let db = shared::platform::db::Db::open(&format!("sqlite://{}", at("a.db").display())).await.unwrap();
            db.checkpoint().await.unwrap();
            db.close().await;
            until("it was seen", || async { up.ready().await.is_some_and(|(status, _)| status == 200) }).await;
        }
        replace(how);
        let (code, logged) = up.ended().await;
        assert_eq!(code, Some(1), "{how}: {logged}");
        assert!(logged.contains("while this service had it open") && logged.contains(how), "{how}: {logged}");
        // No connection that was opened meanwhile made an empty one.
        assert_eq!(at("a.db").exists(), how != "removed", "{how}: {logged}");
        for file in ["a.db-wal", "a.db-shm", "gone.db"] {
            let _ = std::fs::remove_file(at(file));
        }
        std::fs::copy(at("backup.db"), at("a.db")).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_database_that_is_made_anew_under_a_service_ends_it() {
    use sqlx::{AssertSqlSafe, Connection, Executor};
    let mut studio = Studio::new().await;
    let url = fresh_postgres().await;
    let (server, name) = url.rsplit_once('/').unwrap();
    let mut admin = sqlx::AnyConnection::connect(&format!("{server}/postgres")).await.unwrap();
    for (key, value) in &mut studio.variables {
        if key == "ATELIER_DATABASE__URL" {
            *value = url.clone();
        }
    }
    // A service that begins something on it, and one that only looks.
    for begun in [true, false] {
        let up = Service::start(&studio, &["webhook"]).await;
        admin.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
        admin.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        if begun {
            assert_eq!(studio.run(&["migrate"], &[]).await.0, 0);
        }
        let (code, logged) = up.ended().await;
        assert_eq!(code, Some(1), "{logged}");
        assert!(logged.contains("The PostgreSQL database was made anew while this service had it open"), "{logged}");
    }
}

async fn an_empty_database_beside_payments_of_ours_begins_when_told_to(world: World) {
    let folder = tempfile::tempdir().unwrap();
    let asked = || world.sandbox.recorder.all().iter().filter(|request| request.path.starts_with("/v1/payment_intents?")).count();
    let start = async |url: &str| {
        let mut command = atelier(&["webhook"]);
        command.envs(world.variables()).env("ATELIER_DATABASE__URL", url).env("ATELIER_WEB__LISTEN", "127.0.0.1:0");
        let mut service = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(service.stderr.take().unwrap()));
        let mut logged = String::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            logged += &format!("{line}\n");
            if line.contains("listening on ") {
                let id = Pid::from_raw(service.id().unwrap().cast_signed()).unwrap();
                rustix::process::kill_process(id, Signal::TERM).unwrap();
            }
        }
        (service.wait().await.unwrap().code(), logged)
    };
    // Nobody ever paid: a first start asks, and goes on.
    let first = database(world.app().db.engine(), folder.path()).await;
    let before = asked();
    assert_eq!(start(&first).await.0, Some(0));
    assert_eq!(asked(), before + 1);

    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    let (code, logged) = start(&first).await;
    assert_eq!(code, Some(1), "{logged}");
    for says in ["The database has no invoice", "in test mode", "begin again with invoice #1", "`atelier migrate --new-studio`"] {
        assert!(logged.contains(says), "{says}: {logged}");
    }
    // Where Stripe cannot be asked, nobody is kept from starting.
    let unknown = [("GET", 401), ("GET", 403), ("GET", 503)];
    for (method, status) in unknown {
        world.sandbox.stripe.faults().add(sandbox::Fault::on(method, "/v1/payment_intents").status(status));
        let (code, logged) = start(&first).await;
        assert!(code == Some(0) && logged.contains("the database has no invoice"), "{status}: {logged}");
        world.sandbox.stripe.faults().clear();
    }
    let mut told = atelier(&["migrate", "--new-studio"]);
    let (code, said) = printed(told.envs(world.variables()).env("ATELIER_DATABASE__URL", &first)).await;
    assert!(code == Some(0) && said.contains("A new studio begins here"), "{said}");
    let before = asked();
    assert_eq!(start(&first).await.0, Some(0));
    assert_eq!(asked(), before, "it was told, so nobody asks");
    // The right one has invoices: nobody asks either.
    assert_eq!(start(&url_of(&world)).await.0, Some(0));
    assert_eq!(asked(), before);
}

/// What an issued, a paid and a delivered invoice leave behind, and values that are easily lost on the way.
async fn busy(world: &World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("#1", "rig.zip", "bytes").await;
    world.issue(&world.ben, "日本 🐉 \\ ' \" %s Ärger", "3.00").await;
    world.settled().await;
}

fn url_of(world: &World) -> String {
    world.variables().into_iter().find(|(name, _)| name == "ATELIER_DATABASE__URL").unwrap().1
}

async fn other_engine(world: &World) -> String {
    use shared::platform::db::Engine;
    let other = match world.app().db.engine() {
        Engine::Sqlite => Engine::Postgres,
        Engine::Postgres => Engine::Sqlite,
    };
    database(other, world.folder.path()).await
}

async fn copy(from: &str, to: &str) -> (Option<i32>, String) {
    printed(&mut atelier(&["database", "copy", from, to])).await
}

async fn a_studio_moves_to_the_other_engine_and_back(world: World) {
    busy(&world).await;
    let (here, there) = (url_of(&world), other_engine(&world).await);
    let (code, said) = copy(&here, &there).await;
    assert!(code == Some(1) && said.contains("A bot is at work on") && said.contains("stop bot and web service first"), "{said}");

    world.stop().await;
    let (code, said) = copy(&here, &there).await;
    assert_eq!(code, Some(0), "{said}");
    for says in [
        "every value the same on both sides",
        "payments: 1 row of 12.50 USD in all",
        "invoices: 2 rows of 15.50 USD in all",
        "the audit log is whole: ",
    ] {
        assert!(said.contains(says), "{says}: {said}");
    }
    assert!(!said.contains("postgres://"), "{said}");
    // Twice is refused: somebody may be at work there by now.
    let (code, said) = copy(&here, &there).await;
    assert!(code == Some(1) && said.contains("Atelier has been at work in"), "{said}");
    let (code, said) = copy(&here, &here).await;
    assert!(code == Some(1) && said.contains("FROM and TO are both"), "{said}");

    // Work goes on where it was, on the other engine.
    world.start_again(&[("DATABASE__URL", there.clone())]).await;
    let reply = world.issue(&world.ada, "Lighthouse", "5.00").await;
    assert!(reply.text().contains("#3"), "{}", reply.text());
    let verified = shared::domain::audit::verify(&world.app().db).await.unwrap();
    assert!(matches!(verified, shared::domain::audit::Verified::Whole { unchained: 0, .. }), "{verified:?}");
    world.settled().await;
    world.stop().await;

    let back = database_like(&here, world.folder.path()).await;
    let (code, said) = copy(&there, &back).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("invoices: 3 rows of 20.50 USD in all"), "{said}");
    world.start_again(&[("DATABASE__URL", back)]).await;
    assert_eq!(world.status(1).await, "paid");
    let titles = world.column("SELECT title AS value FROM invoices ORDER BY number").await;
    assert_eq!(titles, ["Dragon rig", "日本 🐉 \\ ' \" %s Ärger", "Lighthouse"]);
    let again = world.issue(&world.ada, "Tavern", "1.00").await;
    assert!(again.text().contains("#4"), "{}", again.text());
}

/// A fresh database of the engine that a URL names.
async fn database_like(url: &str, folder: &Path) -> String {
    use shared::platform::db::Engine;
    let folder = folder.join("back");
    std::fs::create_dir_all(&folder).unwrap();
    database(if url.starts_with("sqlite") { Engine::Sqlite } else { Engine::Postgres }, &folder).await
}

async fn an_unfinished_copy_goes_on(world: World) {
    use shared::platform::db::Db;
    use sqlx::{AssertSqlSafe, Row};
    busy(&world).await;
    // More than a few batches, in one of the last tables.
    let mut tx = world.app().db.write().await.unwrap();
    let many = "INSERT INTO audit_counts (actor, action, target, detail, window_start, count, counted_at)
         WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
         SELECT 'somebody who asked again and again ' || CAST(i AS TEXT), 'refused', 'billing issue', '', i, 1, i FROM n";
    sqlx::query(many).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    world.stop().await;
    let (here, there) = (url_of(&world), other_engine(&world).await);
    let to = Db::open(&there).await.unwrap();
    to.migrate(&there).await.unwrap();
    let rows = async |table: &str| -> i64 {
        let counted =
            sqlx::query(AssertSqlSafe(format!("SELECT COUNT(*) AS n FROM {table}"))).fetch_one(&mut *to.read().await.unwrap()).await;
        counted.unwrap().try_get("n").unwrap()
    };
    let mut begun = atelier(&["database", "copy", &here, &there]);
    let mut begun = begun.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    until("it has begun", || async { rows("invoices").await > 0 }).await;
    begun.kill().await.unwrap();
    // However far it came: half of it is taken away again, as if it had been killed in the middle.
    let mut tx = to.write().await.unwrap();
    for statement in [
        format!("UPDATE database_mark SET copy_of = '{}'", shared::platform::db::place(&here)),
        "DELETE FROM audit_counts WHERE window_start > 1500".to_owned(),
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    let (code, said) = {
        let mut command = atelier(&["webhook"]);
        printed(command.envs(world.variables()).env("ATELIER_DATABASE__URL", &there).env("ATELIER_WEB__LISTEN", "127.0.0.1:0")).await
    };
    assert!(code == Some(1) && said.contains("is an unfinished copy of"), "{said}");
    let (code, said) = copy(&there, &here).await;
    assert!(code == Some(1) && said.contains("is itself an unfinished copy"), "{said}");

    // The studio worked on meanwhile: what was copied before is not what is there now.
    let from = Db::open(&here).await.unwrap();
    let mut tx = from.write().await.unwrap();
    sqlx::query("UPDATE accounts SET name = 'somebody else'").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    from.close().await;
    let (code, said) = copy(&here, &there).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("it goes on where it stopped") && said.contains("every value the same on both sides"), "{said}");
    assert_eq!(rows("audit_counts WHERE actor LIKE 'somebody who asked%'").await, 4000);
    assert_eq!(rows("accounts WHERE name = 'somebody else'").await, rows("accounts").await);
    to.close().await;
    world.start_again(&[("DATABASE__URL", there)]).await;
    assert_eq!(world.status(1).await, "paid");
}

async fn a_copy_is_marked_from_its_first_moment_on(world: World) {
    use sqlx::{Connection, Row};
    busy(&world).await;
    world.stop().await;
    let (here, there) = (url_of(&world), other_engine(&world).await);
    let mut begun = atelier(&["database", "copy", &here, &there]);
    let mut begun = begun.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
    // Whoever sees the tables sees the mark: killed at any time, it goes on, and no service begins a studio there.
    let (mark, copied) = loop {
        let Ok(mut conn) = sqlx::AnyConnection::connect(&there).await else { continue };
        let mark = sqlx::query("SELECT copy_of, (SELECT COUNT(*) FROM invoices) AS n FROM database_mark").fetch_one(&mut conn).await;
        conn.close().await.unwrap();
        if let Ok(row) = mark {
            break (row.get::<Option<String>, _>("copy_of"), row.get::<i64, _>("n"));
        }
    };
    let _ = begun.kill().await;
    // The copy may be through before anybody looks.
    if copied == 0 {
        assert_eq!(mark, Some(shared::platform::db::place(&here)));
    }
    let (code, said) = copy(&here, &there).await;
    assert!(said.contains("every value the same on both sides") || said.contains("has been at work in"), "{code:?} {said}");
    world.start_again(&[("DATABASE__URL", there)]).await;
    assert_eq!(world.status(1).await, "paid");
}

/// What SQLite says of a full disk, it says of a full file, too: it ends the transaction by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_database_takes_writes_again_when_it_may_grow() {
    run(shared::platform::db::Engine::Sqlite, async |world: World| {
        let limit = async |pages: &'static str| {
            let mut tx = world.app().db.write().await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"))).fetch_one(&mut *tx).await.unwrap();
            tx.commit().await.unwrap();
        };
        let issue = async |title: &str| {
            let description = "Three views, two outfits. ".repeat(35);
            let options = vec![
                ("user", (&world.ada).into()),
                ("title", title.into()),
                ("amount", "1.00".into()),
                ("description", description.as_str().into()),
            ];
            slash(&world.desk(), "/billing issue", options).await.text()
        };
        limit("1").await;
        let mut issued = 0;
        // The limit is of the one connection that writes: when it was thrown away, there is room again.
        let refused = loop {
            let text = issue("Dragon rig").await;
            if !text.contains("pending") {
                break text;
            }
            issued += 1;
            assert!(issued < 1000, "it is never full");
        };
        assert!(refused.contains("went wrong"), "{refused}");
        limit("1000000").await;
        assert!(issue("Tavern").await.contains("pending"));
        assert_eq!(world.number("SELECT COUNT(*) AS value FROM invoices").await, issued + 1);
        world.settled().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_finds_no_room_goes_on_when_there_is_some() {
    let folder = tempfile::tempdir().unwrap();
    let url = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    let db = shared::platform::db::Db::open(&url("from.db")).await.unwrap();
    db.migrate(&url("from.db")).await.unwrap();
    let mut tx = db.write().await.unwrap();
    let many = "INSERT INTO audit_counts (actor, action, target, detail, window_start, count, counted_at)
         WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
         SELECT 'somebody who asked again and again ' || CAST(i AS TEXT), 'refused', 'billing issue', '', i, 1, i FROM n";
    sqlx::query(many).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    let mut command = Command::new("sh");
    // In blocks of 512 bytes: less than what is needed.
    let script = "ulimit -f 5000; trap '' XFSZ; exec \"$0\" database copy \"$1\" \"$2\"";
    command.args(["-c", script, env!("CARGO_BIN_EXE_atelier"), &url("from.db"), &url("to.db")]);
    let (code, said) = printed(&mut command).await;
    assert_eq!(code, Some(1), "{said}");
    let (code, said) = copy(&url("from.db"), &url("to.db")).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("it goes on where it stopped"), "{said}");
    let names: std::collections::BTreeSet<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["from.db".into(), "to.db".into()].into());
    assert_eq!(mode(&folder.path().join("to.db")), 0o600);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_elsewhere_without_its_certificate_is_said_loudly() {
    let studio = Studio::new().await;
    for (url, risky) in [
        ("postgres://a:hush@db.invalid/atelier", true),
        ("postgres://a:hush@db.invalid/atelier?sslmode=require", true),
        ("postgres://a:hush@db.invalid/atelier?sslmode=verify-full", false),
        ("postgres://a:hush@127.0.0.1:9/atelier", false),
    ] {
        let (code, said) = studio.run(&["config", "check"], &[("DATABASE__URL", url)]).await;
        assert_eq!(code, 0, "{said}");
        assert_eq!(said.contains("! database.url: what goes to db.invalid"), risky, "{said}");
        assert!(!said.contains("hush"), "{said}");
    }
    let mut command = atelier(&["webhook"]);
    command.envs(studio.variables.iter().cloned()).env("ATELIER_DATABASE__URL", "postgres://a:hush@db.invalid/atelier");
    let mut service = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(service.stderr.take().unwrap()));
    let first = lines.next_line().await.unwrap().unwrap();
    assert!(first.contains("WARN") && first.contains("may go unencrypted"), "{first}");
    service.kill().await.unwrap();
}

/// A pooler in transaction mode that does not follow prepared statements, as PgBouncer was before 1.21: every client
/// gets the one session that it has, one after the other.
async fn pooler(server: &str) -> String {
    use tokio::io::AsyncWriteExt;
    use tokio::net::{TcpListener, TcpStream};
    let address = server.rsplit('@').next().unwrap().split('/').next().unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut session = TcpStream::connect(&address).await.unwrap();
        let mut greeting = Vec::new();
        let mut clients = Vec::new();
        let (ask, mut asked) = tokio::sync::mpsc::channel::<(Vec<u8>, tokio::sync::oneshot::Sender<Vec<u8>>)>(8);
        let accept = async {
            while let Ok((mut client, _)) = listener.accept().await {
                let ask = ask.clone();
                clients.push(tokio::spawn(async move {
                    let mut buffer = vec![0; 65536];
                    while let Ok(read) = client.read(&mut buffer).await
                        && read > 0
                    {
                        // SSLRequest: not spoken here.
                        if buffer[4..8] == [4, 210, 22, 47] {
                            client.write_all(b"N").await.unwrap();
                            continue;
                        }
                        let (answer, answered) = tokio::sync::oneshot::channel();
                        ask.send((buffer[..read].to_vec(), answer)).await.unwrap();
                        client.write_all(&answered.await.unwrap()).await.unwrap();
                    }
                }));
            }
        };
        let serve = async {
            while let Some((message, answer)) = asked.recv().await {
                let is_startup = message[0] == 0;
                // Terminate ends the client's connection and not the session.
                if message[0] == b'X' {
                    answer.send(Vec::new()).unwrap();
                    continue;
                }
                if is_startup && !greeting.is_empty() {
                    answer.send(greeting.clone()).unwrap();
                    continue;
                }
                session.write_all(&message).await.unwrap();
                let mut said = Vec::new();
                let mut buffer = vec![0; 65536];
                // ReadyForQuery, and whether a transaction is open.
                while !(said.len() >= 6 && said[said.len() - 6] == b'Z' && said[said.len() - 5..said.len() - 1] == [0, 0, 0, 5]) {
                    let read = session.read(&mut buffer).await.unwrap();
                    said.extend_from_slice(&buffer[..read]);
                }
                if is_startup {
                    greeting = said.clone();
                }
                answer.send(said).unwrap();
            }
        };
        tokio::join!(accept, serve);
    });
    format!("postgres://atelier@{here}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_pooler_that_mixes_statements_up_the_start_says_what_to_set() {
    let studio = Studio::new().await;
    let url = fresh_postgres().await;
    let (server, name) = url.rsplit_once('/').unwrap();
    let through = format!("{}/{name}", pooler(server).await);
    for command in ["webhook", "doctor"] {
        let (code, said) = studio.run(&[command], &[("DATABASE__URL", &through)]).await;
        assert_eq!(code, 1, "{said}");
        for says in ["leads to a pooler that mixes up the statements", "`max_prepared_statements = 200`", "`pool_mode = session`"] {
            assert!(said.contains(says), "{command}: {says}: {said}");
        }
        assert!(!said.contains("check that the server runs"), "{said}");
    }
    assert_eq!(studio.run(&["migrate"], &[("DATABASE__URL", &url)]).await.0, 0);
}
