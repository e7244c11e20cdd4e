//! The command line: what it refuses, and how it stops.

use std::process::Stdio;

use tokio::process::Command;

fn atelier(arguments: &[&str]) -> Command {
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
token = "t"
application_id = "1000"
[stripe]
secret_key = "sk_test_1"
webhook_secrets = ["whsec_1"]
[storage]
endpoint = "https://s3.example"
bucket = "b"
access_key_id = "a"
secret_access_key = "s"
[staff]
owners = [1]
guilds = [2]
[security]
encryption_keys = ["main:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
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

    let live = [("ATELIER_STRIPE__SECRET_KEY", "sk_live_abc"), ("ATELIER_STRIPE__API_URL", "http://127.0.0.1:1")];
    let live = refuses(COMPLETE, &live).await;
    assert!(live.contains("stripe.secret_key is a live key") && !live.contains("sk_live_abc"), "{live}");

    let public = refuses(COMPLETE, &[("ATELIER_WEB__PUBLIC_URL", "http://studio.example")]).await;
    assert!(public.contains("web.public_url starts with http://"), "{public}");

    for url in ["", "mysql://a:secret@b/c", "sqlite://:memory:", "data.db"] {
        let database = refuses(COMPLETE, &[("ATELIER_DATABASE__URL", url)]).await;
        assert!(database.contains("database.url must start with sqlite://") && !database.contains("secret"), "{database}");
    }

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
    for word in ["bot", "webhook", "up", "demo", "migrate", "--config"] {
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
        if line.contains("Ctrl-C stops everything") {
            break;
        }
    }
    let id = rustix::process::Pid::from_raw(demo.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    // The demo fails when one of its two processes does not end with exit code 0.
    assert!(demo.wait().await.unwrap().success());
}
