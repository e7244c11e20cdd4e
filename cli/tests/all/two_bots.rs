//! A second bot that somebody forgot, on the same database and with the same token: Discord hands every
//! interaction to both, and everything happens once.

use std::process::Stdio;
use std::time::Duration;

use sandbox::discord::{ActError, Reply, Value};
use shared::App;
use shared::config::Config;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio_util::sync::CancellationToken;

use crate::world::*;

each_backend!(two_bots_do_nothing_twice, a_second_bot_is_named);

/// A bot beside the one of the world.
struct Second {
    running: tokio::task::JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Second {
    async fn start(world: &World) -> Self {
        let config = Config::read("no file", "", world.variables()).unwrap();
        let app = App::start(config, world.app().clock.clone()).await.unwrap();
        let shutdown = CancellationToken::new();
        let running = tokio::spawn({
            let shutdown = shutdown.clone();
            async move {
                bot::run(app.clone(), shutdown).await.unwrap();
                app.db.close().await;
            }
        });
        world.sandbox.discord.bots_connected(2).await;
        Self { running, shutdown }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap();
    }
}

/// How often each interaction was answered, refused answers among them.
fn answers(world: &World) -> Vec<usize> {
    let mut answers = std::collections::BTreeMap::<String, usize>::new();
    for request in world.sandbox.recorder.all() {
        if request.path.contains("/interactions/") && request.path.ends_with("/callback") {
            *answers.entry(request.path.clone()).or_default() += 1;
        }
    }
    answers.into_values().collect()
}

async fn confirmed(world: &World, question: &Reply, button: &str) -> String {
    world.owner.click(&question.message, button).await.unwrap();
    until("the question is answered", || async { question.latest().button(button).is_none() }).await;
    question.latest().text()
}

async fn two_bots_do_nothing_twice(world: World) {
    let second = Second::start(&world).await;
    let (desk, ada) = (world.desk(), world.ada.in_dm());

    let file = Value::file("dragon.zip", "application/zip", "bytes");
    let options = vec![("user", (&world.ada).into()), ("title", "Dragon rig".into()), ("amount", "12.50".into()), ("file", file)];
    let issued = slash(&desk, "/billing issue", options).await;
    until("it is issued", || async { issued.latest().text().contains("#1") }).await;
    // A message says what is true when it is sent: both are out before the title changes.
    world.settled().await;
    slash(&desk, "/billing edit", vec![("invoice", "1".into()), ("title", "Dragon statue".into())]).await;
    slash(&desk, "/billing resend", vec![("invoice", "1".into())]).await;
    world.pay(&world.ada, "Dragon statue").await;
    world.deliver("1", "castle.zip", "bytes").await;
    let file = Value::file("castle-2.zip", "application/zip", "more bytes");
    let files = autocomplete(&desk, "/deliver replace", "deliverable", "castle").await;
    let castle = files[0].value.as_str().unwrap().to_owned();
    let replaced = slash(&desk, "/deliver replace", vec![("deliverable", castle.clone().into()), ("file", file)]).await;
    answered(&replaced).await;
    slash(&ada, "/deliverable get", vec![("deliverable", castle.clone().into())]).await;
    let question = slash(&desk, "/deliver remove", vec![("deliverable", castle.into())]).await;
    confirmed(&world, &question, "Remove").await;
    let options = vec![("invoice", "1".into()), ("amount", "2".into()), ("reason", "late".into())];
    let question = slash(&desk, "/billing refund", options).await;
    confirmed(&world, &question, "Refund").await;
    world.ada.wait_for_dm("2.00 USD").await;

    world.issue(&world.ada, "Sword", "3").await;
    let question = slash(&desk, "/billing revoke", vec![("invoice", "2".into()), ("reason", "a mistake".into())]).await;
    confirmed(&world, &question, "Revoke").await;

    slash(&desk, "/staff add", vec![("permission", "billing".into()), ("user", (&world.ben).into())]).await;
    slash(&desk, "/staff remove", vec![("permission", "billing".into()), ("user", (&world.ben).into())]).await;
    for (command, options) in [
        ("/staff list", vec![]),
        ("/customer view", vec![("user", (&world.ada).into())]),
        ("/billing list", vec![]),
        ("/billing view", vec![("invoice", "1".into())]),
        ("/billing receipt", vec![("invoice", "1".into())]),
        ("/billing evidence", vec![("invoice", "1".into())]),
        ("/billing export", vec![("from", "2026-01-01".into()), ("to", "0d".into())]),
        ("/billing reconcile", vec![("invoice", "1".into())]),
        ("/billing attention", vec![]),
        ("/deliver list", vec![("invoice", "1".into())]),
        ("/audit list", vec![]),
        ("/audit verify", vec![]),
    ] {
        slash(&desk, command, options).await;
    }
    // The menus and their forms.
    let Err(ActError::OpenedModal(form)) = desk.user_menu("Issue invoice", &world.ada).await else { panic!("no form") };
    let sent = world.owner.submit(&form, [("title", "Castle"), ("amount", "5"), ("currency", ""), ("due", ""), ("description", "")]).await;
    assert!(sent.unwrap().reply().unwrap().latest().text().contains("#3"));
    // Whoever may not is refused and counted once.
    let refused = forge(&world.ben.in_channel(&world.general), "/billing list", vec![]).await;
    assert!(refused.ephemeral);
    slash(&ada, "/settings language", vec![("language", "de".into())]).await;
    slash(&ada, "/settings language", vec![("language", "en".into())]).await;
    crate::account::sign_in_as(&world, &world.ada, "Firefox/140.0").await;
    slash(&ada, "/account logout", vec![]).await;
    // What waits in an inbox is told once.
    world.ben.close_dms();
    world.issue(&world.ben, "Shield", "4").await;
    world.settled().await;
    let inbox = slash(&world.ben.in_channel(&world.general), "/inbox", vec![]).await;
    assert!(inbox.text().contains("Shield"), "{}", inbox.text());

    // Both bots look things up, and Discord takes one answer: then both have seen all that came before.
    slash(&ada, "/about", vec![]).await;
    until("both bots have answered", || async { answers(&world).contains(&2) }).await;
    world.settled().await;
    second.stop().await;
    world.settled().await;

    let log = world.column("SELECT action || ' ' || target AS value FROM audit ORDER BY seq").await;
    let count = |row: &str| log.iter().filter(|found| *found == row).count();
    for row in [
        "invoice issued invoice:1",
        "invoice edited invoice:1",
        "invoice sent again invoice:1",
        "invoice issued invoice:2",
        "invoice issued invoice:3",
        "invoice issued invoice:4",
        "invoice revocation begun invoice:2",
        "invoice revoked invoice:2",
        "deliverable replaced invoice:1",
        "deliverable removed invoice:1",
        "download link issued invoice:1",
        "customer viewed user:ADA",
        "permission granted user:BEN",
        "permission taken user:BEN",
        "invoices listed invoices",
        "receipt viewed invoice:1",
        "evidence taken invoice:1",
        "exported payments",
        "reconciled invoice:1",
        "attention listed attention",
        "audit read audit",
        "audit verified audit",
        "refused /billing list",
        "signed out user:ADA",
    ] {
        let row = row.replace("ADA", &world.ada.id()).replace("BEN", &world.ben.id());
        assert_eq!(count(&row), 1, "{row}: {log:#?}");
    }
    // The file that came with the invoice, and the one that was attached.
    assert_eq!(count("deliverable added invoice:1"), 2, "{log:#?}");
    assert_eq!(count("refund requested invoice:1"), 1, "{log:#?}");
    assert_eq!(world.column("SELECT CAST(number AS TEXT) AS value FROM invoices ORDER BY number").await, ["1", "2", "3", "4"]);
    assert_eq!(world.number("SELECT count AS value FROM audit_counts WHERE action = 'refused'").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM refunds").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM staff_grants").await, 0);
    // Each once: issued and the file with it, issued and taken back.
    for (title, times) in [("Dragon rig", 2), ("Sword", 2), ("Castle", 1)] {
        let dms = world.ada.inbox();
        let told: Vec<String> = dms.iter().map(|dm| dm.text()).filter(|text| text.contains(title)).collect();
        assert_eq!(told.len(), times, "{title}: {told:#?}");
    }
    // One hour later nobody remembers who took what.
    assert!(world.number("SELECT COUNT(*) AS value FROM interactions").await > 20);
    shared::domain::interactions::forget(&world.app(), world.app().clock.now().plus(Duration::from_secs(3601))).await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM interactions").await, 0);
}

async fn a_second_bot_is_named(world: World) {
    let running = "SELECT COUNT(*) AS value FROM bots";
    until("the bot says that it runs", || async { world.number(running).await == 1 }).await;
    let doctor = async || {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_atelier"));
        let output = command.env_clear().envs(world.variables()).arg("doctor").output().await.unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    // By the world's clock, so that this bot was surely seen after the other one started.
    world.app().clock.advance(Duration::from_secs(600));
    let seen = format!("SELECT COUNT(*) AS value FROM bots WHERE seen_at >= {}", world.app().clock.now().as_millis());
    until("it says so again", || async { world.number(&seen).await == 1 }).await;
    let alone = doctor().await;
    assert!(alone.contains("one runs"), "{alone}");

    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_atelier"));
    command.env_clear().envs(world.variables()).arg("bot").stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut second = command.spawn().unwrap();
    let mut lines = BufReader::new(second.stderr.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().expect("the other bot is named");
        if line.contains("another bot runs on this database with the same token") {
            break;
        }
    }
    let both = doctor().await;
    assert!(both.contains("2 run on this database"), "{both}");

    let id = rustix::process::Pid::from_raw(second.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert!(second.wait().await.unwrap().success());
    assert_eq!(world.number(running).await, 1, "whoever stops is off the list");
}

/// What is noted the same by whoever notes it, and counts once whoever counts it; and what takes.
const TAKES_NOTHING: [&str; 3] = ["accounts::seen", "audit::looked", "interactions::begin"];

#[test]
fn whoever_writes_for_an_actor_takes_their_interaction() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src/domain");
    let mut plain = Vec::new();
    for noun in std::fs::read_dir(source).unwrap() {
        let noun = noun.unwrap();
        let Ok(text) = std::fs::read_to_string(noun.path().join("mod.rs")) else { continue };
        for function in text.split("async fn ").skip(1) {
            let (signature, body) = function.split_once(" {\n").unwrap();
            let body = body.split("\n}\n").next().unwrap();
            if signature.contains("actor: &Actor") && body.contains("db.write()") {
                plain.push(format!("{}::{}", noun.file_name().display(), signature.split('(').next().unwrap()));
            }
        }
    }
    plain.sort();
    assert_eq!(plain, TAKES_NOTHING, "`interactions::begin` is for who acts");
}
