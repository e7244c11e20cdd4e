//! `atelier demo --walk`, run as people run it, and with one part taken away.

use std::process::Output;

use tokio::process::Command;

async fn demo(arguments: &[&str], record: Option<&std::path::Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atelier"));
    command.args(["demo", "--walk"]).args(arguments).env_remove("ATELIER_DEMO_RECORD");
    if let Some(folder) = record {
        command.env("ATELIER_DEMO_RECORD", folder);
    }
    command.output().await.unwrap()
}

fn printed(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn passed(output: &Output) {
    let printed = printed(output);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("the same as uploaded") && printed.contains("The walk is done"), "{printed}");
}

#[tokio::test]
async fn the_walk_passes_on_sqlite_and_records_what_it_asked() {
    let folder = tempfile::tempdir().unwrap();
    passed(&demo(&[], Some(folder.path())).await);
    for (file, path) in [("discord.jsonl", "/api/v10/"), ("stripe.jsonl", "/v1/"), ("other.jsonl", "/")] {
        let lines = std::fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(lines.lines().count() >= 2, "{file}");
        for line in lines.lines() {
            let request: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(request["path"].as_str().unwrap().starts_with(path), "{file}: {line}");
            let address = request["path"].as_str().unwrap();
            assert!(!address.to_lowercase().contains("signature"), "a presigned URL was recorded: {address}");
        }
    }
}

#[tokio::test]
async fn the_walk_passes_on_postgres() {
    let database = crate::world::fresh_postgres().await;
    passed(&demo(&["--database", &database], None).await);
}

async fn fails_without(part: &str, reason: &str) {
    let output = demo(&["--without", part], None).await;
    let printed = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(!printed.contains("The walk is done") && printed.contains(reason), "{printed}");
}

#[tokio::test]
async fn the_walk_fails_without_the_bot() {
    fails_without("bot", "the bot does not connect").await;
}

#[tokio::test]
async fn the_walk_fails_without_the_web_service() {
    fails_without("webhook", "the web service does not become ready").await;
}

#[tokio::test]
async fn the_walk_fails_without_the_outbox() {
    fails_without("outbox", "ada waits for a message with \"Dragon rig\"").await;
}

#[tokio::test]
async fn the_walk_fails_without_the_storage() {
    fails_without("storage", "the web service does not become ready").await;
}
