//! How the configuration is read: from a file, from the environment, and from the files that hold a secret.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

use crate::config::keys::*;
use crate::config::showing::{masked, shown_path, without_password};
use crate::database_url;
use crate::types::*;

/// The origin of a value that nobody wrote.
const DEFAULT: &str = "default";

/// Everything wrong with a configuration, a sentence each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<String>);

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the configuration cannot be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for ConfigError {}

/// One key as it counts, for a person to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Such as `discord.token`.
    pub key: String,
    /// The value, empty where there is none; nothing of a secret but the prefix that names its kind.
    pub shown: String,
    /// Where it was read: a file, an environment variable, or `default`.
    pub origin: String,
}

/// Takes every key out of what was read.
pub fn config(values: &mut Values) -> Config {
    Config {
        studio: Studio {
            name: values.text("studio", "name", "Atelier"),
            currency: values.text("studio", "currency", "usd"),
            address: values.lines("studio", "address"),
            email: values.text("studio", "email", ""),
            website: values.text("studio", "website", ""),
            tax_id: values.text("studio", "tax_id", ""),
            receipt_note: values.lines("studio", "receipt_note").join("\n"),
            receipt_prefix: values.text("studio", "receipt_prefix", "R-"),
            credit_note_prefix: values.text("studio", "credit_note_prefix", "C-"),
        },
        database: Database { url: values.database_url() },
        discord: Discord {
            token: values.secret("discord", "token", ""),
            application_id: values.text("discord", "application_id", ""),
            client_secret: values.secret("discord", "client_secret", ""),
            public_key: values.text("discord", "public_key", ""),
            guilds_refresh: Duration::from_secs(values.number("discord", "guilds_refresh_hours", 24).saturating_mul(60 * 60)),
            api_url: values.text("discord", "api_url", DISCORD),
        },
        stripe: Stripe {
            secret_key: values.secret("stripe", "secret_key", ""),
            webhook_secrets: values.secrets("stripe", "webhook_secrets"),
            api_url: values.text("stripe", "api_url", STRIPE),
        },
        storage: Storage {
            endpoint: values.text("storage", "endpoint", ""),
            public_endpoint: values.text("storage", "public_endpoint", ""),
            region: values.text("storage", "region", "auto"),
            bucket: values.text("storage", "bucket", ""),
            access_key_id: values.secret("storage", "access_key_id", ""),
            secret_access_key: values.secret("storage", "secret_access_key", ""),
            max_file_bytes: values.number("storage", "max_file_bytes", 512 * 1024 * 1024),
        },
        web: Web {
            listen: values.text("web", "listen", "127.0.0.1:8080"),
            public_url: values.text("web", "public_url", "http://127.0.0.1:8080").trim_end_matches('/').to_owned(),
            session_idle: days(values.number("web", "session_idle_days", 7)),
            session_lives: days(values.number("web", "session_days", 30)),
            requests_per_minute: u32::try_from(values.number("web", "requests_per_minute", 600)).unwrap_or(u32::MAX),
            health_token: values.secret("web", "health_token", ""),
            max_connections: values.number("web", "max_connections", 512),
            trusted_proxies: values.items("web", "trusted_proxies", |text| {
                // One address is a network of one.
                let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
                network.map_err(|_| format!("`{text}` is no address or network, such as 10.0.0.0/8"))
            }),
        },
        staff: Staff {
            owners: values.items("staff", "owners", UserId::parse),
            guilds: values.items("staff", "guilds", GuildId::parse),
            channel: Some(values.text("staff", "channel", ""))
                .filter(|id| !id.is_empty())
                .and_then(|id| ChannelId::parse(&id).map_err(|error| values.problems.push(format!("staff.channel: {error}"))).ok()),
        },
        payments: Payments {
            late_payment: match values.text("payments", "late_payment", "refund").as_str() {
                "accept" => LatePayment::Accept,
                "refund" => LatePayment::Refund,
                other => {
                    values.problems.push(format!("payments.late_payment: `{other}` is neither refund nor accept"));
                    LatePayment::Refund
                }
            },
            lost_dispute: match values.text("payments", "lost_dispute", "close-when-whole").as_str() {
                "close" => LostDispute::Close,
                "close-when-whole" => LostDispute::CloseWhenWhole,
                other => {
                    values.problems.push(format!("payments.lost_dispute: `{other}` is neither close nor close-when-whole"));
                    LostDispute::CloseWhenWhole
                }
            },
            reconcile_every: Duration::from_secs(values.number("payments", "reconcile_minutes", 60).saturating_mul(60)),
            reminder_days: {
                let mut days = values.items("payments", "reminder_days", |text| {
                    text.parse::<u16>().ok().filter(|days| *days <= 365).ok_or_else(|| format!("`{text}` is no number of days up to 365"))
                });
                days.sort_unstable();
                days.dedup();
                days
            },
        },
        security: Security { encryption_keys: values.secrets("security", "encryption_keys") },
        outbox: Outbox { workers: values.number("outbox", "workers", 4) },
    }
}

/// Raw values by section and key, with where each came from. A key that nobody asked for by the
/// end is unknown.
#[derive(Default)]
pub struct Values {
    values: BTreeMap<(String, String), (toml::Value, String)>,
    /// Every key that was asked for, as `section.key`.
    pub known: BTreeSet<String>,
    /// What counts for each, in the order in which they were asked for.
    pub settings: Vec<Setting>,
    problems: Vec<String>,
    /// The files that were read.
    pub files: Vec<PathBuf>,
    /// The configuration file, in full.
    pub file: Option<PathBuf>,
}

impl Values {
    /// Reads the file, where there is one, and the environment of this process.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let default = Path::new("config.toml");
        let mut values = Self::default();
        if let Some(path) = path.or(default.exists().then_some(default)) {
            let file = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|error| ConfigError(vec![format!("cannot read {file}: {error}")]))?;
            values.add_file(&file, &text);
            values.files.push(path.to_owned());
            let full = std::path::absolute(path).map_err(|error| ConfigError(vec![format!("cannot find {file}: {error}")]))?;
            values.file = Some(full);
        }
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => values.add_variable(&name, value),
                // As it is with text that cannot be read in a file.
                Err(_) => {
                    if let Some((section, key)) = place_of(&name) {
                        values.problems.push(format!("{section}.{key} (environment, {name}) is not text: it must be UTF-8"));
                    }
                }
            }
        }
        Ok(values)
    }

    /// Reads the text of a file.
    pub fn add_file(&mut self, file: &str, text: &str) {
        let table: toml::Table = match toml::from_str(text) {
            Ok(table) => table,
            // The message alone: the excerpt that toml adds may show a secret.
            Err(error) => {
                let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
                return self.problems.push(format!("{file}, line {line}: {}", error.message()));
            }
        };
        for (section, value) in table {
            match value {
                toml::Value::Table(keys) => {
                    for (key, value) in keys {
                        self.values.insert((section.clone(), key), (value, file.to_owned()));
                    }
                }
                _ => self.problems.push(format!("{file}: `{section}` stands outside a section: put it under one such as [studio]")),
            }
        }
    }

    /// Reads a variable of the environment, where it is about a key.
    pub fn add_variable(&mut self, name: &str, value: String) {
        if let Some(place) = place_of(name) {
            self.values.insert(place, (toml::Value::String(value), format!("environment, {name}")));
        }
    }

    fn take(&mut self, section: &str, key: &str) -> Option<(toml::Value, String)> {
        self.known.insert(format!("{section}.{key}"));
        self.values.remove(&(section.to_owned(), key.to_owned()))
    }

    /// Remembers what counts for a key.
    fn show(&mut self, section: &str, key: &str, shown: String, origin: String) {
        self.settings.push(Setting { key: format!("{section}.{key}"), shown, origin });
    }

    fn text(&mut self, section: &str, key: &str, default: &str) -> String {
        let (text, origin) = self.written(section, key, default);
        self.show(section, key, without_password(&text), origin);
        text
    }

    /// A text as it was written, without white space at its ends, and where.
    fn written(&mut self, section: &str, key: &str, default: &str) -> (String, String) {
        let Some((value, origin)) = self.take(section, key) else { return (default.to_owned(), DEFAULT.to_owned()) };
        let text = plain(&value).unwrap_or_else(|| {
            self.problems.push(format!("{section}.{key} ({origin}) must be text"));
            String::new()
        });
        (text.trim().to_owned(), origin)
    }

    /// A text of several lines: a list of them, or one text, from the environment also the text of a
    /// list. Commas divide nothing: addresses have some.
    fn lines(&mut self, section: &str, key: &str) -> Vec<String> {
        let (lines, origin) = match self.values.get(&(section.to_owned(), key.to_owned())) {
            Some((toml::Value::Array(_), _)) => self.written_list(section, key),
            Some(_) | None => {
                let (text, origin) = self.written(section, key, "");
                let list = toml::from_str::<BTreeMap<String, Vec<String>>>(&format!("lines = {text}")).ok();
                let list = list.filter(|_| text.trim_start().starts_with('[')).and_then(|mut table| table.remove("lines"));
                match list {
                    Some(list) => (self.entries(section, key, list, &origin), origin),
                    None => (text.lines().map(str::to_owned).collect(), origin),
                }
            }
        };
        let lines: Vec<String> = lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
        self.show(section, key, lines.join(" / "), origin);
        lines
    }

    /// A list as it was written, and where.
    fn written_list(&mut self, section: &str, key: &str) -> (Vec<String>, String) {
        let Some((value, origin)) = self.take(section, key) else { return (Vec::new(), DEFAULT.to_owned()) };
        let items: Option<Vec<String>> = match &value {
            toml::Value::Array(items) => items.iter().map(plain).collect(),
            // From the environment: `a, b` or `["a", "b"]`.
            toml::Value::String(list) => {
                let list = list.trim();
                let list = match list.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
                    // One comma may stand at the end, as in TOML.
                    Some(list) => list.trim().strip_suffix(',').unwrap_or(list.trim()),
                    None => list,
                };
                let items = list.split(',').map(|item| item.trim().trim_matches('"').to_owned());
                Some(if list.is_empty() { Vec::new() } else { items.collect() })
            }
            other => plain(other).map(|item| vec![item]),
        };
        let items = items.unwrap_or_else(|| {
            self.problems.push(format!("{section}.{key} ({origin}) must be a list of texts"));
            Vec::new()
        });
        (self.entries(section, key, items, &origin), origin)
    }

    /// The entries of a list without white space at their ends. None may be empty.
    fn entries(&mut self, section: &str, key: &str, items: Vec<String>, origin: &str) -> Vec<String> {
        let items: Vec<String> = items.iter().map(|item| item.trim().to_owned()).collect();
        for (index, _) in items.iter().enumerate().filter(|(_, item)| item.is_empty()) {
            self.problems.push(format!("{section}.{key} ({origin}): entry {} is empty: fill it in, or take it away", index + 1));
        }
        items.into_iter().filter(|item| !item.is_empty()).collect()
    }

    fn items<T, E: std::fmt::Display>(&mut self, section: &str, key: &str, parse: impl Fn(&str) -> Result<T, E>) -> Vec<T> {
        let (texts, origin) = self.written_list(section, key);
        self.show(section, key, texts.join(", "), origin);
        texts.iter().filter_map(|text| parse(text).map_err(|error| self.problems.push(format!("{section}.{key}: {error}"))).ok()).collect()
    }

    fn number(&mut self, section: &str, key: &str, default: u64) -> u64 {
        let (number, origin) = match self.take(section, key) {
            None => (default, DEFAULT.to_owned()),
            Some((value, origin)) => {
                let number = plain(&value).and_then(|text| text.parse().ok()).unwrap_or_else(|| {
                    self.problems.push(format!("{section}.{key} ({origin}) must be a whole number"));
                    default
                });
                (number, origin)
            }
        };
        self.show(section, key, number.to_string(), origin);
        number
    }

    fn secret(&mut self, section: &str, key: &str, default: &str) -> SecretString {
        let (secret, origin) = self.read_hidden(section, key, default);
        self.show(section, key, masked(&secret), origin);
        secret.into()
    }

    /// `database.url`, with a relative file beside the configuration file: wherever a service or a command is started,
    /// it is the same one. Without a configuration file it is in the current folder.
    fn database_url(&mut self) -> SecretString {
        let (written, origin) = self.read_hidden("database", "url", "sqlite://data/atelier.db");
        let folder = self.file.as_deref().and_then(Path::parent);
        let url = folder.map_or_else(|| written.clone(), |folder| database_url::absolute(&written, folder));
        if url != written
            && let (Some(file), Some(here)) = (database_url::sqlite_path(&url), database_url::sqlite_path(&written))
            && !file.exists()
            && here.exists()
        {
            // As it was before: somebody's data is there.
            let (file, here) = (file.display(), std::path::absolute(&here).unwrap_or(here));
            let here = here.display();
            self.problems.push(format!(
                "database.url ({origin}) names a file beside the configuration file, {file}, which is not there, and {here} is: write \
                 sqlite://{here}, or stop everything and move that file with what is beside it, or move it away if it is another one"
            ));
        }
        self.show("database", "url", without_password(&url), origin);
        url.into()
    }

    /// What its key or its file says, and where that was read.
    fn read_hidden(&mut self, section: &str, key: &str, default: &str) -> (String, String) {
        let written = self.written(section, key, default);
        let says_something = |text: &String| !text.is_empty() && text != default;
        self.read_file(section, key, says_something, &written).unwrap_or(written)
    }

    fn secrets(&mut self, section: &str, key: &str) -> Vec<SecretString> {
        let written = self.written_list(section, key);
        let (secrets, origin) = match self.read_file(section, key, |list: &Vec<String>| !list.is_empty(), &written) {
            Some((text, origin)) => (self.entries(section, key, text.lines().map(str::to_owned).collect(), &origin), origin),
            None => written,
        };
        let shown: Vec<String> = secrets.iter().map(|secret| masked(secret)).collect();
        self.show(section, key, shown.join(", "), origin);
        secrets.into_iter().map(SecretString::from).collect()
    }

    /// The content of the file that `<key>_file` names, without white space at its ends, and where
    /// it was read. Beside it, the key itself must say nothing: which of the two counts is nobody's to guess.
    fn read_file<T>(
        &mut self,
        section: &str,
        key: &str,
        says_something: impl Fn(&T) -> bool,
        written: &(T, String),
    ) -> Option<(String, String)> {
        let file_key = format!("{key}_file");
        let (path, origin) = self.written(section, &file_key, "");
        if path.is_empty() {
            return None;
        }
        if says_something(&written.0) {
            let beside = &written.1;
            self.problems.push(format!(
                "{section}.{key} ({beside}) stands beside {section}.{file_key} ({origin}): only one of them may say what it is, so take the other away"
            ));
        }
        let why = match std::fs::read_to_string(&path) {
            Ok(text) if !text.trim().is_empty() => {
                self.files.push(PathBuf::from(&path));
                return Some((text.trim().to_owned(), format!("{path} ({file_key} in {origin})")));
            }
            Ok(_) => "it is empty".to_owned(),
            Err(error) => error.to_string(),
        };
        let file = shown_path(&path);
        self.problems.push(format!("{section}.{file_key} ({origin}): cannot read the secret from {file}: {why}"));
        None
    }

    /// Fails where something could not be read or is no key.
    pub fn finish(mut self) -> Result<(), ConfigError> {
        for ((section, key), (_, origin)) in &self.values {
            let name = format!("{section}.{key}");
            let nearest = self.known.iter().min_by_key(|known| strsim::damerau_levenshtein(known, &name));
            let hint = nearest.map(|known| format!("; did you mean {known}?")).unwrap_or_default();
            self.problems.push(format!("{name} ({origin}) is not a key{hint}"));
        }
        if self.problems.is_empty() { Ok(()) } else { Err(ConfigError(self.problems)) }
    }
}

/// Section and key that a variable of the environment is about.
fn place_of(name: &str) -> Option<(String, String)> {
    let (section, key) = name.strip_prefix("ATELIER_")?.split_once("__")?;
    Some((section.to_ascii_lowercase(), key.to_ascii_lowercase()))
}

/// A text or a number, as text: ids and secrets may be all digits.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

fn days(days: u64) -> Duration {
    Duration::from_secs(days.clamp(1, 365) * 24 * 60 * 60)
}
