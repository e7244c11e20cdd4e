use secrecy::ExposeSecret;

use super::showing::{masked, without_password};
use super::*;
use crate::types::*;

fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::read("config.toml", text, environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
}

/// Well-formed, and nobody's.
const TOKEN: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaa";

const COMPLETE: &str = r#"
    [discord]
    token = "MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaa"
    application_id = 123456789012345678
    [stripe]
    secret_key = "sk_test_1234567890abcdef"
    webhook_secrets = ["whsec_1234567890abcdef"]
    [storage]
    endpoint = "https://s3.example"
    bucket = "b"
    access_key_id = "a"
    secret_access_key = 98989
    [staff]
    owners = [111111111111111111, "222222222222222222"]
    guilds = [333333333333333333]
    [security]
    encryption_keys = ["main:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
"#;

#[test]
fn ids_and_secrets_may_be_all_digits_from_file_and_environment() {
    let config = read(
        COMPLETE,
        &[("ATELIER_STAFF__OWNERS", "[44444444444444444, 55555555555555555,]"), ("ATELIER_STORAGE__ACCESS_KEY_ID", "007\n")],
    )
    .unwrap();
    assert_eq!(config.staff.owners, [UserId::from(44_444_444_444_444_444), UserId::from(55_555_555_555_555_555)]);
    assert_eq!(config.staff.guilds, [GuildId::from(333_333_333_333_333_333)]);
    assert_eq!(config.storage.access_key_id.expose_secret(), "007");
    assert_eq!(config.discord.application_id, "123456789012345678");
    assert_eq!(config.storage.secret_access_key.expose_secret(), "98989");
    assert_eq!(config.check(), Ok(()));
    assert!(!format!("{config:?}").contains("98989"));
}

#[test]
fn an_address_has_lines() {
    let lines = ["1 Anvil Lane, left door", "Springfield"];
    let of = |text: &str, environment: &[(&str, &str)]| read(text, environment).unwrap().studio.address;
    assert_eq!(of("[studio]\naddress = [\"1 Anvil Lane, left door\", \"Springfield\"]", &[]), lines);
    assert_eq!(of("[studio]\naddress = \"\"\"\n1 Anvil Lane, left door\n\nSpringfield\n\"\"\"", &[]), lines);
    for text in ["1 Anvil Lane, left door\nSpringfield", r#"["1 Anvil Lane, left door", "Springfield"]"#] {
        assert_eq!(of("", &[("ATELIER_STUDIO__ADDRESS", text)]), lines);
    }
    assert_eq!(of("", &[("ATELIER_STUDIO__ADDRESS", "[x")]), ["[x"]);
    assert!(of("", &[]).is_empty());
}

#[test]
fn an_unknown_key_names_the_nearest() {
    let error =
        read("[discord]\ntokn = 1\n[studoi]\nname = 2", &[("ATELIER_WEB__PUBLIC_ULR", "x"), ("ATELIER_DEMO_RECORD", "y")]).unwrap_err();
    assert_eq!(
        error.0,
        [
            "discord.tokn (config.toml) is not a key; did you mean discord.token?",
            "studoi.name (config.toml) is not a key; did you mean studio.name?",
            "web.public_ulr (environment, ATELIER_WEB__PUBLIC_ULR) is not a key; did you mean web.public_url?",
        ]
    );
}

#[test]
fn an_address_is_shown_without_its_password() {
    for (address, shown) in [
        ("sqlite://data/atelier.db", "sqlite://data/atelier.db"),
        ("postgres://a:hush@db.example:5432/atelier", "postgres://a:********@db.example:5432/atelier"),
        ("postgres://db.example/atelier?user=a&password=hush", "postgres://db.example/atelier?********"),
        // Not percent-encoded as they should be: half of the password stands elsewhere.
        ("postgres://a:12#hush@db.example/atelier", "********"),
        ("postgres://a:12?hush@db.example/atelier", "********"),
        ("postgres://a:12/hush@db.example/atelier", "********"),
        ("postgres://a:hush#@db.example/atelier", "********"),
        ("https://s3.example", "https://s3.example"),
        ("Pixel Forge", "Pixel Forge"),
    ] {
        assert_eq!(without_password(address), shown);
    }
    assert_eq!(masked("whsec_hush"), "whsec_********");
    assert_eq!(masked("hush"), "********");
    assert_eq!(masked(""), "");
}

#[test]
fn no_entry_of_a_list_is_empty() {
    for (key, value) in [
        ("stripe.webhook_secrets", "[\"\"]"),
        ("staff.owners", "[\"123456789012345678\", \" \"]"),
        ("staff.guilds", "[\"\"]"),
        ("security.encryption_keys", "[\"\"]"),
        ("web.trusted_proxies", "[\"\"]"),
        ("payments.reminder_days", "[\"\"]"),
        ("studio.address", "[\"1 Anvil Lane\", \"\"]"),
        ("studio.receipt_note", "[\"\"]"),
    ] {
        let (section, name) = key.split_once('.').unwrap();
        let problems = read(&format!("[{section}]\n{name} = {value}"), &[]).unwrap_err().0;
        assert!(problems[0].starts_with(&format!("{key} (config.toml): entry ")) && problems[0].contains("is empty"), "{problems:?}");
    }
    for list in ["123456789012345678,,123456789012345679", "123456789012345678,", "123456789012345678, \"\"", "[123456789012345678,,]"] {
        let environment = read("", &[("ATELIER_STAFF__OWNERS", list)]).unwrap_err().0;
        assert!(environment[0].ends_with(": entry 2 is empty: fill it in, or take it away"), "{list}: {environment:?}");
    }
    let address = read("", &[("ATELIER_STUDIO__ADDRESS", "[\"1 Anvil Lane\", \"\"]")]).unwrap_err().0;
    assert!(address[0].ends_with(": entry 2 is empty: fill it in, or take it away"), "{address:?}");
}

#[test]
fn a_secret_is_in_its_key_or_in_a_file_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let token = file("token", &format!("{TOKEN}\r\n"));
    let in_file = format!("[discord]\ntoken = \"\"\ntoken_file = \"{token}\"");
    assert_eq!(read(&in_file, &[]).unwrap().discord.token.expose_secret(), TOKEN);
    let both = read(&in_file, &[("ATELIER_DISCORD__TOKEN", "hush")]).unwrap_err().0;
    let beside = "discord.token (environment, ATELIER_DISCORD__TOKEN) stands beside discord.token_file (config.toml): ";
    assert!(both.len() == 1 && both[0].starts_with(beside), "{both:?}");
    let secrets = file("secrets", "whsec_a\n\nwhsec_b\n");
    let gap = read("", &[("ATELIER_STRIPE__WEBHOOK_SECRETS_FILE", &secrets)]).unwrap_err().0;
    assert!(gap[0].starts_with("stripe.webhook_secrets (") && gap[0].contains("entry 2 is empty"), "{gap:?}");

    let cannot = |path: &str| {
        let problems = read("", &[("ATELIER_DISCORD__TOKEN_FILE", path)]).unwrap_err().0;
        let (beginning, rest) = problems[0].split_once(": cannot read the secret from ").unwrap();
        assert_eq!(beginning, "discord.token_file (environment, ATELIER_DISCORD__TOKEN_FILE)");
        rest.to_owned()
    };
    let empty = file("empty", "\n");
    assert_eq!(cannot(&empty), format!("{empty}: it is empty"));
    let no_text = folder.path().join("no-text").display().to_string();
    std::fs::write(&no_text, [0xff, 0xfe]).unwrap();
    assert!(cannot(&no_text).starts_with(&format!("{no_text}: ")));
    assert!(cannot("/nonexistent/token").starts_with("/nonexistent/token: No such file"));
    assert!(cannot("secret-token.txt").starts_with("secret-token.txt (in the folder "));
    // The secret itself, where its file should be named.
    for secret in ["hush", TOKEN, "main:hushhushhush/hush=", "postgres://a:hush@db/b", "/hushhushhushhushhushhushhushhushhushhus"] {
        assert!(cannot(secret).starts_with("the file that it names (which is not shown here"), "{secret}");
    }
}

#[test]
fn wrong_types_and_broken_files_are_named_without_showing_values() {
    assert!(read("[discord]\ntoken = true", &[]).unwrap_err().0[0].starts_with("discord.token"));
    assert!(read("[staff]\nowners = [\"ada\"]", &[]).unwrap_err().0[0].starts_with("staff.owners: `ada` is not"));
    assert!(read("[outbox]\nworkers = \"many\"", &[]).unwrap_err().0[0].starts_with("outbox.workers"));
    let broken = read("[discord]\ntoken = \"secret", &[]).unwrap_err().0[0].clone();
    assert!(broken.starts_with("config.toml, line 2") && !broken.contains("secret"), "{broken}");
    assert!(read("[discord]\ntoken_file = \"/nowhere\"", &[]).unwrap_err().0[0].starts_with("discord.token_file"));
}
