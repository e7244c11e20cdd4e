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

fn mode(path: &Path) -> u32 {
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

each_backend!(another_key_under_the_same_id_does_not_start);

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
