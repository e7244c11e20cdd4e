//! What a configuration needs before the services run with it: what is missing, what has not the form that it
//! should have, and what is dangerous.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::{Config, ConfigError, Inspection, STRIPE_KEYS, is_loopback, is_word};
use crate::database_url;
use crate::platform::sealing::Keys;
use crate::platform::signed_events::EventKey;
use crate::types::*;

/// How many lines a studio's address may have.
const ADDRESS_LINES_MAX: usize = 8;

/// How long the prefix of a number may be.
const PREFIX_MAX: usize = 12;

/// A browser opens six connections at once, and a webhook wants one beside them.
const CONNECTIONS_MIN: u64 = 16;

/// Fewer requests a minute would hold up who opens one page after the other.
const REQUESTS_MIN: u32 = 10;

/// How many digits a snowflake of any of Discord's years has. Their first 42 bits are milliseconds since 2015.
const SNOWFLAKE_DIGITS: std::ops::RangeInclusive<usize> = 17..=20;

/// Characters of an application's OAuth2 secret.
const CLIENT_SECRET_LENGTH: usize = 32;

/// Characters after the beginning of the shortest key or signing secret that Stripe has made.
const STRIPE_SECRET_MIN: usize = 16;

/// A shorter one could be tried out.
const HEALTH_TOKEN_MIN: usize = 16;

impl Config {
    /// Reads the same as [`Config::load`], for a person to look at. Fails only where the file
    /// cannot be read; all else that is wrong is named beside the values.
    pub fn inspect(path: Option<&Path>) -> Result<Inspection, ConfigError> {
        let mut inspection = Self::read_all(path)?;
        // A value that could not be read counts as missing: that would be the same problem twice.
        let named: BTreeSet<String> = inspection.problems.iter().map(|problem| key_of(problem).to_owned()).collect();
        let lacking = inspection.config.check().err().map(|error| error.0).unwrap_or_default();
        inspection.problems.extend(lacking.into_iter().filter(|problem| !named.contains(key_of(problem))));
        inspection.risks = database_url::risk(inspection.config.database.url.expose_secret()).into_iter().collect();
        Ok(inspection)
    }

    /// Everything that keeps the services from running with this configuration: what is missing
    /// and what is dangerous, each naming its key and what to do.
    pub fn check(&self) -> Result<(), ConfigError> {
        let mut problems = Vec::new();
        let mut required = |key: &str, value: &str, what: &str| {
            if value.is_empty() {
                problems.push(format!("{key} is missing: {what}"));
            }
        };
        required("discord.token", self.discord.token.expose_secret(), "copy it from Discord's developer portal, page Bot");
        required(
            "discord.application_id",
            &self.discord.application_id,
            "copy it from Discord's developer portal, page General Information",
        );
        required("stripe.secret_key", self.stripe.secret_key.expose_secret(), "copy it from Stripe's dashboard, Developers, API keys");
        required("storage.endpoint", &self.storage.endpoint, "the S3 API's address, such as https://<account>.r2.cloudflarestorage.com");
        required("storage.bucket", &self.storage.bucket, "the name of the bucket for deliverables");
        required("storage.access_key_id", self.storage.access_key_id.expose_secret(), "the id of the bucket's access key");
        required("storage.secret_access_key", self.storage.secret_access_key.expose_secret(), "the bucket's access key");
        if self.stripe.webhook_secrets.is_empty() {
            problems.push("stripe.webhook_secrets is empty: copy the signing secret (whsec_…) of the endpoint from Stripe's dashboard, Developers, Webhooks".into());
        }
        if self.staff.owners.is_empty() {
            problems.push("staff.owners is empty: add your own Discord user id, or nobody can issue an invoice".into());
        }
        if self.staff.guilds.is_empty() {
            problems.push("staff.guilds is empty: add the id of your Discord server, or staff commands exist nowhere".into());
        }
        self.check_forms(&mut problems);
        if let Err(error) = Currency::parse(&self.studio.currency) {
            problems.push(format!("studio.currency: {error}"));
        }
        if self.studio.address.len() > ADDRESS_LINES_MAX {
            problems.push(format!("studio.address has more than {ADDRESS_LINES_MAX} lines: receipts have no room for them"));
        }
        for (key, prefix) in
            [("studio.receipt_prefix", &self.studio.receipt_prefix), ("studio.credit_note_prefix", &self.studio.credit_note_prefix)]
        {
            let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
            if prefix.len() > PREFIX_MAX || !prefix.chars().all(is_plain) {
                problems.push(format!("{key} goes into the names of files: use at most {PREFIX_MAX} letters, digits and hyphens"));
            }
        }
        if self.studio.receipt_prefix == self.studio.credit_note_prefix {
            problems.push("studio.credit_note_prefix equals studio.receipt_prefix: a number would mean two papers".into());
        }
        if let Err(error) = self.web.listen.parse::<std::net::SocketAddr>() {
            problems.push(format!("web.listen is not an address and port such as 127.0.0.1:8080: {error}"));
        }
        if self.web.max_connections < CONNECTIONS_MIN {
            problems.push(format!("web.max_connections must be at least {CONNECTIONS_MIN}: a browser alone opens six"));
        }
        if self.web.requests_per_minute < REQUESTS_MIN {
            problems.push(format!("web.requests_per_minute must be at least {REQUESTS_MIN}: a page and its files are some requests"));
        }
        for (key, url) in [
            ("discord.api_url", &self.discord.api_url),
            ("stripe.api_url", &self.stripe.api_url),
            ("storage.endpoint", &self.storage.endpoint),
            ("storage.public_endpoint", &self.storage.public_endpoint),
            ("web.public_url", &self.web.public_url),
        ] {
            if url.is_empty() {
                continue;
            }
            match Url::parse(url) {
                Ok(parsed) if parsed.scheme() == "https" && parsed.has_host() => {}
                Ok(parsed) if parsed.scheme() == "http" && is_loopback(&parsed) => {}
                Ok(parsed) if parsed.scheme() == "http" => {
                    problems.push(format!("{key} starts with http://, which anybody on the way can read: use https://"));
                }
                _ => problems.push(format!("{key} is not an address that starts with https://")),
            }
        }
        if Url::parse(&self.web.public_url).is_ok_and(|url| url.path() != "/" || url.query().is_some() || url.fragment().is_some()) {
            problems.push("web.public_url must be an address without a path: links add their own".into());
        }
        if self.stripe.livemode() && Url::parse(&self.stripe.api_url).is_ok_and(|url| is_loopback(&url)) {
            problems.push(
                "stripe.secret_key is a live key and stripe.api_url a stand-in on this machine: use a test key (sk_test_…) here".into(),
            );
        }
        if self.security.encryption_keys.is_empty() {
            let fresh = Keys::generate("main").unwrap_or_else(|_| "main:<base64 of 32 random bytes>".into());
            problems.push(format!(
                "security.encryption_keys is empty. Below [security] put this line, with a fresh key, in place of `encryption_keys = []`, and keep a copy of it, because without it sealed data is lost:\n\n      encryption_keys = [\"{fresh}\"]\n"
            ));
        } else if let Err(error) = Keys::parse(&self.security.encryption_keys) {
            problems.push(error);
        }
        if problems.is_empty() { Ok(()) } else { Err(ConfigError(problems)) }
    }

    /// Looks whether each id and secret that is there has the form of one. Says nothing of a secret but
    /// what it seems to be.
    fn check_forms(&self, problems: &mut Vec<String>) {
        let mut form = |key: &str, secret: &SecretString, form: fn(&str) -> Result<(), String>| {
            let secret = secret.expose_secret();
            if let Err(why) = if secret.is_empty() { Ok(()) } else { unbroken(secret).and_then(|()| form(secret)) } {
                problems.push(format!("{key} {why}"));
            }
        };
        form("discord.token", &self.discord.token, token_form);
        form("discord.client_secret", &self.discord.client_secret, client_secret_form);
        form("stripe.secret_key", &self.stripe.secret_key, secret_key_form);
        for (index, secret) in self.stripe.webhook_secrets.iter().enumerate() {
            form(&format!("stripe.webhook_secrets, entry {},", index + 1), secret, webhook_secret_form);
        }
        form("web.health_token", &self.web.health_token, |token| match token.len() {
            HEALTH_TOKEN_MIN.. => Ok(()),
            _ => Err(format!("is shorter than {HEALTH_TOKEN_MIN} characters: `openssl rand -hex 16` makes one")),
        });
        form("storage.access_key_id", &self.storage.access_key_id, |_| Ok(()));
        form("storage.secret_access_key", &self.storage.secret_access_key, |_| Ok(()));
        if let Err(why) = database_url::check(self.database.url.expose_secret()) {
            problems.push(format!("database.url {why}"));
        }

        let discord = &self.discord;
        if !discord.public_key.is_empty() && EventKey::parse(&discord.public_key).is_none() {
            problems.push(
                "discord.public_key is not a key: copy its 64 hexadecimal digits from Discord's developer portal, page General Information"
                    .into(),
            );
        }
        let application = Some(("discord.application_id", discord.application_id.clone())).filter(|(_, id)| !id.is_empty());
        let owners = self.staff.owners.iter().map(|id| ("staff.owners:", id.to_string()));
        let guilds = self.staff.guilds.iter().map(|id| ("staff.guilds:", id.to_string()));
        let channel = self.staff.channel.iter().map(|id| ("staff.channel:", id.to_string()));
        for (key, id) in application.into_iter().chain(owners).chain(guilds).chain(channel) {
            if UserId::parse(&id).is_err() || !SNOWFLAKE_DIGITS.contains(&id.len()) {
                let (fewest, most) = (SNOWFLAKE_DIGITS.start(), SNOWFLAKE_DIGITS.end());
                problems.push(format!("{key} `{id}` is not an id of Discord's: those are numbers of {fewest} to {most} digits"));
            }
        }
    }
}

/// The key that a problem begins with; of a `*_file` key the one whose value the file would have had.
fn key_of(problem: &str) -> &str {
    let key = problem.split([' ', ':', ',']).next().unwrap_or_default();
    key.strip_suffix("_file").unwrap_or(key)
}

/// Whether a secret is in one piece, as it is copied from where it is shown.
fn unbroken(secret: &str) -> Result<(), String> {
    let why = if secret.chars().any(char::is_whitespace) {
        "has white space in it: copy it anew, alone"
    } else if secret.contains(['"', '\'', '`', '“', '”']) {
        "has quotation marks in it: leave them away"
    } else if !secret.chars().all(|letter| letter.is_ascii_graphic()) {
        "has characters in it that no secret has, such as the dots of one that is shown in part: copy it anew"
    } else {
        return Ok(());
    };
    Err(why.to_owned())
}

/// What a secret seems to be; for whoever put it into the wrong key.
fn seems(secret: &str) -> Option<&'static str> {
    const KINDS: [(&str, &str); 10] = [
        ("sk_test_", "a secret key of Stripe's"),
        ("sk_live_", "a secret key of Stripe's"),
        ("rk_test_", "a restricted key of Stripe's"),
        ("rk_live_", "a restricted key of Stripe's"),
        ("pk_test_", "a publishable key of Stripe's"),
        ("pk_live_", "a publishable key of Stripe's"),
        ("whsec_", "the signing secret of a webhook endpoint"),
        ("we_", "the id of a webhook endpoint"),
        ("http://", "an address"),
        ("https://", "an address"),
    ];
    let kind = KINDS.iter().find(|(beginning, _)| secret.starts_with(beginning)).map(|(_, kind)| *kind);
    let digits = || secret.bytes().all(|byte| byte.is_ascii_digit()).then_some("an id");
    let token = || bot_of(secret).map(|_| "a bot's token");
    let hexadecimal = || (secret.len() == 64 && secret.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some("a public key");
    kind.or_else(digits).or_else(token).or_else(hexadecimal)
}

/// Says that a secret is another than the one that belongs there, and where that is.
fn another(secret: &str, needed: &str) -> String {
    match seems(secret) {
        Some(seems) => format!("is {seems}: {needed}"),
        None => format!("has not the form of one: {needed}"),
    }
}

/// The bot that a token is of: its first part is the bot's id in base64, the second a time, the third a MAC.
/// See <https://discord.com/developers/docs/reference#authentication>.
fn bot_of(token: &str) -> Option<UserId> {
    let parts: Vec<&str> = token.split('.').collect();
    let [bot, time, mac] = parts.as_slice() else { return None };
    let bot = URL_SAFE_NO_PAD.decode(bot).ok().and_then(|id| UserId::parse(std::str::from_utf8(&id).ok()?).ok())?;
    (time.len() >= 6 && mac.len() >= 27 && is_word(time) && is_word(mac)).then_some(bot)
}

fn token_form(token: &str) -> Result<(), String> {
    match bot_of(token) {
        Some(_) => Ok(()),
        None => Err(another(token, "copy the bot's token, three parts with dots between, from Discord's developer portal, page Bot")),
    }
}

fn client_secret_form(secret: &str) -> Result<(), String> {
    match secret.len() == CLIENT_SECRET_LENGTH && is_word(secret) {
        true => Ok(()),
        false => Err(another(
            secret,
            &format!("copy the {CLIENT_SECRET_LENGTH} characters from Discord's developer portal, page OAuth2, Reset Secret"),
        )),
    }
}

fn secret_key_form(key: &str) -> Result<(), String> {
    let rest = STRIPE_KEYS.iter().find_map(|kind| key.strip_prefix(kind));
    match rest {
        Some(rest) if rest.len() >= STRIPE_SECRET_MIN && is_word(rest) => Ok(()),
        Some(_) => Err("is not all of a key: it goes on after the part that says of what kind it is; copy it anew".into()),
        None => Err(another(
            key,
            "copy a restricted key (rk_…) or a secret key (sk_…) of test or live mode from Stripe's dashboard, Developers, API keys",
        )),
    }
}

fn webhook_secret_form(secret: &str) -> Result<(), String> {
    match secret.strip_prefix("whsec_") {
        Some(rest) if rest.len() >= STRIPE_SECRET_MIN && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Ok(()),
        Some(_) => Err("is not all of a signing secret: copy it anew from Stripe's dashboard".into()),
        None => Err(another(
            secret,
            "the endpoint's page in Stripe's dashboard (Developers, Webhooks) has its signing secret, which begins with whsec_",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read("config.toml", text, environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

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
    fn what_is_missing_or_dangerous_is_named() {
        let problems = |text: &str, environment: &[(&str, &str)]| read(text, environment).unwrap().check().unwrap_err().0;
        let empty = problems("", &[]);
        for key in [
            "discord.token",
            "discord.application_id",
            "stripe.secret_key",
            "storage.endpoint",
            "storage.bucket",
            "stripe.webhook_secrets",
            "staff.owners",
            "staff.guilds",
            "security.encryption_keys",
        ] {
            assert!(empty.iter().any(|problem| problem.starts_with(key)), "{key}");
        }
        assert!(empty.iter().any(|problem| problem.contains("encryption_keys = [\"main:")));
        let one = |name: &str, value: &str| problems(COMPLETE, &[(name, value)]);
        assert!(one("ATELIER_WEB__PUBLIC_URL", "http://studio.example")[0].starts_with("web.public_url starts with http://"));
        assert_eq!(read(COMPLETE, &[("ATELIER_WEB__PUBLIC_URL", "http://localhost:1/")]).unwrap().check(), Ok(()));
        let live = problems(
            COMPLETE,
            &[("ATELIER_STRIPE__SECRET_KEY", "sk_live_1234567890abcdef"), ("ATELIER_STRIPE__API_URL", "http://127.0.0.1:1")],
        );
        assert!(live[0].contains("live key"));
        assert!(one("ATELIER_WEB__PUBLIC_URL", "https://studio.example/pay?x=1")[0].starts_with("web.public_url must be"));
        assert!(one("ATELIER_WEB__LISTEN", "8080")[0].starts_with("web.listen"));
        assert!(one("ATELIER_STUDIO__CURRENCY", "dollars")[0].starts_with("studio.currency"));
        assert!(one("ATELIER_STUDIO__RECEIPT_PREFIX", "../R")[0].starts_with("studio.receipt_prefix"));
        assert!(one("ATELIER_STUDIO__CREDIT_NOTE_PREFIX", "R-")[0].starts_with("studio.credit_note_prefix equals"));
        assert!(one("ATELIER_DISCORD__PUBLIC_KEY", "abc")[0].starts_with("discord.public_key is not a key"));
        assert!(one("ATELIER_STUDIO__ADDRESS", &"x\n".repeat(9))[0].starts_with("studio.address"));
    }

    /// Well-formed, and nobody's.
    const TOKEN: &str = "MTIzNDU2Nzg5MDEyMzQ1Njc4.AAAAAA.aaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn each_id_and_secret_has_its_form() {
        let one = |name: &str, value: &str| {
            let checked = read(COMPLETE, &[(&format!("ATELIER_{name}"), value)]).unwrap().check();
            let problems = checked.err().map(|error| error.0).unwrap_or_default();
            assert!(problems.len() <= 1, "{problems:?}");
            problems.into_iter().next().unwrap_or_default()
        };
        let key = "1234567890abcdefXYZ";
        for (name, value) in [
            ("DISCORD__TOKEN", TOKEN),
            // Of a bot that is younger, and has the id of 19 digits.
            ("DISCORD__TOKEN", "MTI4NDU2Nzg5MDEyMzQ1Njc4OQ.Gx-4_a.aaaaaaaaaaaaaaaaaaaa-aaaaaaaaaaaaa_aaa"),
            ("DISCORD__CLIENT_SECRET", "abcdefghijklmnopqrstuvwxyz-_0123"),
            ("STRIPE__SECRET_KEY", &format!("rk_test_{key}")),
            ("STRIPE__SECRET_KEY", &format!("sk_live_51{key}{key}{key}")),
            ("STRIPE__WEBHOOK_SECRETS", &format!("whsec_{key}, whsec_{}", "0f".repeat(32))),
            ("STORAGE__SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            ("DATABASE__URL", "sqlite:///srv/my data/ätelier.db"),
            ("DATABASE__URL", "postgresql://a:%23hush@db.example/atelier?sslmode=verify-full"),
        ] {
            assert_eq!(one(name, value), "", "{name}");
        }
        for (name, value, beginning) in [
            ("DISCORD__TOKEN", "hushhushhushhushhushhushhushhush", "discord.token has not the form of one: copy the bot's token"),
            ("DISCORD__TOKEN", &"4f".repeat(32), "discord.token is a public key: "),
            ("DISCORD__TOKEN", &format!("Bot {TOKEN}"), "discord.token has white space in it"),
            ("DISCORD__TOKEN", &format!("\"{TOKEN}\""), "discord.token has quotation marks"),
            ("DISCORD__TOKEN", "123456789012345678", "discord.token is an id: "),
            ("DISCORD__CLIENT_SECRET", TOKEN, "discord.client_secret is a bot's token: copy the 32 characters"),
            ("DISCORD__CLIENT_SECRET", "hush", "discord.client_secret has not the form of one"),
            ("DISCORD__APPLICATION_ID", "1234", "discord.application_id `1234` is not an id of Discord's"),
            ("STAFF__OWNERS", "123456789012345678, 4915112345678", "staff.owners: `4915112345678` is not an id"),
            ("STAFF__GUILDS", "1", "staff.guilds: `1` is not an id"),
            ("STAFF__CHANNEL", "1", "staff.channel: `1` is not an id"),
            ("STRIPE__SECRET_KEY", &format!("pk_live_{key}"), "stripe.secret_key is a publishable key of Stripe's: copy a restricted key"),
            ("STRIPE__SECRET_KEY", &format!("whsec_{key}"), "stripe.secret_key is the signing secret of a webhook endpoint: "),
            ("STRIPE__SECRET_KEY", "sk_test_", "stripe.secret_key is not all of a key"),
            ("STRIPE__SECRET_KEY", "sk_live_…hush", "stripe.secret_key has characters in it that no secret has"),
            (
                "STRIPE__WEBHOOK_SECRETS",
                "we_1NcHushHushHushHushHush",
                "stripe.webhook_secrets, entry 1, is the id of a webhook endpoint: the endpoint's page in Stripe's dashboard",
            ),
            (
                "STRIPE__WEBHOOK_SECRETS",
                &format!("whsec_{key}, rk_live_{key}"),
                "stripe.webhook_secrets, entry 2, is a restricted key of Stripe's: ",
            ),
            ("STRIPE__WEBHOOK_SECRETS", "whsec_hush", "stripe.webhook_secrets, entry 1, is not all of a signing secret"),
            ("WEB__HEALTH_TOKEN", "hush", "web.health_token is shorter than 16 characters"),
            ("STORAGE__ACCESS_KEY_ID", "hu sh", "storage.access_key_id has white space in it"),
            ("STORAGE__SECRET_ACCESS_KEY", "hush\u{200b}", "storage.secret_access_key has characters in it"),
            ("DATABASE__URL", "", "database.url must start with sqlite://"),
            ("DATABASE__URL", "mysql://a:hush@db.example/b", "database.url must start with sqlite://"),
            ("DATABASE__URL", "postgres://a:12#hush@db.example/b", "database.url cannot be read: write a password's special characters"),
        ] {
            let problem = one(name, value);
            assert!(problem.starts_with(beginning) && !problem.contains("hush"), "{name}: {problem}");
        }
    }
}
