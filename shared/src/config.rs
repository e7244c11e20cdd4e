//! The configuration: `config.toml`, and over it the environment. A secret stands in its key, or in the
//! file that its `*_file` key names.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::database_url;
use crate::types::*;

/// Discord's own address, and the default of `discord.api_url`.
pub const DISCORD: &str = "https://discord.com";
/// Stripe's own address, and the default of `stripe.api_url`.
pub const STRIPE: &str = "https://api.stripe.com";

/// Everything that can be configured. `config.toml.example` explains each key.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The studio.
    pub studio: Studio,
    /// Where data is kept.
    pub database: Database,
    /// The bot's application at Discord.
    pub discord: Discord,
    /// The studio's Stripe account.
    pub stripe: Stripe,
    /// The bucket for files.
    pub storage: Storage,
    /// The webhook service.
    pub web: Web,
    /// Who works for the studio.
    pub staff: Staff,
    /// What becomes of money.
    pub payments: Payments,
    /// Keys.
    pub security: Security,
    /// The outbox worker.
    pub outbox: Outbox,
}

/// `[studio]`
#[derive(Debug, Clone, Default)]
pub struct Studio {
    /// What customers read.
    pub name: String,
    /// The currency of an invoice that names none.
    pub currency: String,
    /// What stands beside the name on receipts, line by line.
    pub address: Vec<String>,
    /// Where customers write to; on receipts.
    pub email: String,
    /// On receipts.
    pub website: String,
    /// The number that the tax office knows the studio by; on receipts.
    pub tax_id: String,
    /// What every receipt and credit note ends with.
    pub receipt_note: String,
    /// What the numbers of receipts begin with.
    pub receipt_prefix: String,
    /// What the numbers of credit notes begin with.
    pub credit_note_prefix: String,
}

/// `[database]`
#[derive(Debug, Clone, Default)]
pub struct Database {
    /// `sqlite://path` or `postgres://…`; may hold a password.
    pub url: SecretString,
}

/// `[discord]`
#[derive(Debug, Clone, Default)]
pub struct Discord {
    /// The bot's token.
    pub token: SecretString,
    /// The application's id.
    pub application_id: String,
    /// The application's OAuth2 secret; empty: nobody can sign in on the web.
    pub client_secret: SecretString,
    /// What Discord signs its webhook events with, hexadecimal; empty: none are taken.
    pub public_key: String,
    /// How old what we know of a person's servers may become before it is read again.
    pub guilds_refresh: Duration,
    /// Where Discord's API is.
    pub api_url: String,
}

impl Discord {
    /// Whether `api_url` names something else than Discord.
    pub fn is_stand_in(&self) -> bool {
        self.api_url.trim_end_matches('/') != DISCORD
    }
}

/// `[stripe]`
#[derive(Debug, Clone, Default)]
pub struct Stripe {
    /// `sk_…` or, better, a restricted `rk_…`.
    pub secret_key: SecretString,
    /// `whsec_…`, several while one is replaced.
    pub webhook_secrets: Vec<SecretString>,
    /// Where Stripe's API is.
    pub api_url: String,
}

impl Stripe {
    /// Whether the key moves real money.
    pub fn livemode(&self) -> bool {
        let key = self.secret_key.expose_secret();
        key.starts_with("sk_live_") || key.starts_with("rk_live_")
    }
}

/// `[storage]`
#[derive(Debug, Clone, Default)]
pub struct Storage {
    /// The S3 API as this service reaches it.
    pub endpoint: String,
    /// The S3 API as customers reach it; empty: the same.
    pub public_endpoint: String,
    /// The region, `auto` on R2.
    pub region: String,
    /// The bucket.
    pub bucket: String,
    /// The access key's id.
    pub access_key_id: SecretString,
    /// The access key.
    pub secret_access_key: SecretString,
    /// The largest file that staff may attach, in bytes.
    pub max_file_bytes: u64,
}

/// `[web]`
#[derive(Debug, Clone, Default)]
pub struct Web {
    /// Address and port to listen on.
    pub listen: String,
    /// What links start with, without a slash at the end.
    pub public_url: String,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a session lives that nobody uses.
    pub session_idle: Duration,
    /// How long a session lives at the most.
    pub session_lives: Duration,
    /// How many requests a minute one address, and one account, may send to what is limited.
    pub requests_per_minute: u32,
    /// Who sends it sees the counters of `/health/ready`; empty: nobody does.
    pub health_token: SecretString,
    /// Most connections at once.
    pub max_connections: u64,
}

/// `[payments]`
#[derive(Debug, Clone, Default)]
pub struct Payments {
    /// What becomes of a payment that arrives while its invoice is taken back.
    pub late_payment: LatePayment,
    /// What a lost dispute about a part of a payment means for the files.
    pub lost_dispute: LostDispute,
    /// How often all of Stripe's events are compared with what arrived; zero: only when asked.
    pub reconcile_every: Duration,
    /// How many days before an invoice is due its customer is reminded, the latest first.
    pub reminder_days: Vec<u16>,
}

/// What a lost dispute means for the files of its invoice. Of each payment that counts is asked whether
/// it still covers the invoice; the files are closed when none does.
///
/// How much a dispute took is Stripe's own figure. One in another currency than the payment is taken for
/// the whole payment: which part of it that is depends on the rates of two days and of the card network,
/// of which Stripe's dispute says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LostDispute {
    /// A payment covers nothing once a dispute about any part of it is lost.
    Close,
    /// A payment covers the invoice until lost disputes, together with what was refunded of it, have taken
    /// all of it.
    #[default]
    CloseWhenWhole,
}

/// What becomes of a payment that arrives while its invoice is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LatePayment {
    /// The invoice is revoked, and the money goes back in full.
    #[default]
    Refund,
    /// The customer was faster: the invoice is paid.
    Accept,
}

/// `[staff]`
#[derive(Debug, Clone, Default)]
pub struct Staff {
    /// Discord users who may do everything.
    pub owners: Vec<UserId>,
    /// The studio's own servers, where staff commands exist.
    pub guilds: Vec<GuildId>,
    /// Where staff is told; `None`: the issuer by DM.
    pub channel: Option<ChannelId>,
}

/// `[security]`
#[derive(Debug, Clone, Default)]
pub struct Security {
    /// `id:base64 of 32 bytes`; the first seals, all open.
    pub encryption_keys: Vec<SecretString>,
}

/// `[outbox]`
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    /// Jobs this process does at once; 0 leaves them to another process.
    pub workers: u64,
}

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

/// A configuration with everything that can be said about it.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// What counts; not fit for use while there are problems.
    pub config: Config,
    /// Every key, in the order of `config.toml.example`.
    pub settings: Vec<Setting>,
    /// Everything wrong with it, a sentence each.
    pub problems: Vec<String>,
    /// What is at risk with it, a sentence each: it can be used.
    pub risks: Vec<String>,
    /// The configuration file in full; `None` where there is none.
    pub file: Option<PathBuf>,
    /// The files that it was read from: the configuration's own, and those that hold a secret.
    pub files: Vec<PathBuf>,
}

impl Inspection {
    /// The configuration, where nothing is wrong with it; else everything that is, at once.
    pub fn ready(self) -> Result<Config, ConfigError> {
        if self.problems.is_empty() { Ok(self.config) } else { Err(ConfigError(self.problems)) }
    }
}

impl Config {
    /// Reads `path` (or `config.toml` where it exists) and the process's environment. Names every
    /// unknown or unreadable key; [`Config::check`] says what else is needed to run.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let mut values = Values::load(path)?;
        let config = Self::take(&mut values);
        values.finish()?;
        Ok(config)
    }

    /// Reads the same as [`Config::load`], with everything that can be said about it. Fails only where the file
    /// cannot be read; all else that is wrong is named beside the values.
    pub(crate) fn read_all(path: Option<&Path>) -> Result<Inspection, ConfigError> {
        let mut values = Values::load(path)?;
        let config = Self::take(&mut values);
        let settings = std::mem::take(&mut values.settings);
        let files = std::mem::take(&mut values.files);
        let file = values.file.take();
        let problems = values.finish().err().map(|error| error.0).unwrap_or_default();
        Ok(Inspection { config, settings, problems, risks: Vec::new(), file, files })
    }

    /// Reads the text of a file and environment variables of the form
    /// `ATELIER_<SECTION>__<KEY>`; others are not looked at.
    pub fn read(file: &str, text: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut values = Values::default();
        values.add_file(file, text);
        for (name, value) in environment {
            values.add_variable(&name, value);
        }
        let config = Self::take(&mut values);
        values.finish()?;
        Ok(config)
    }

    /// Every key that can be configured, as `section.key`, in alphabetical order.
    pub fn keys() -> Vec<String> {
        let mut values = Values::default();
        Self::take(&mut values);
        values.known.into_iter().collect()
    }

    fn take(values: &mut Values) -> Self {
        Self {
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
                        text.parse::<u16>()
                            .ok()
                            .filter(|days| *days <= 365)
                            .ok_or_else(|| format!("`{text}` is no number of days up to 365"))
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

    /// The currency a person named, or the studio's.
    pub fn currency_or(&self, named: Option<&str>) -> crate::Result<Currency> {
        Ok(Currency::parse(named.unwrap_or(&self.studio.currency))?)
    }
}

/// Whether an address leads to this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Raw values by section and key, with where each came from. A key that nobody asked for by the
/// end is unknown.
#[derive(Default)]
struct Values {
    values: BTreeMap<(String, String), (toml::Value, String)>,
    known: BTreeSet<String>,
    settings: Vec<Setting>,
    problems: Vec<String>,
    files: Vec<PathBuf>,
    /// The configuration file, in full.
    file: Option<PathBuf>,
}

impl Values {
    fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
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

    fn add_file(&mut self, file: &str, text: &str) {
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

    fn add_variable(&mut self, name: &str, value: String) {
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

    fn finish(mut self) -> Result<(), ConfigError> {
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

/// A path as it may be shown. Somebody may have put the secret itself where its file should be named, so
/// only what looks like a path is, with the folder that a relative one begins at.
pub fn shown_path(path: &str) -> String {
    // An access key of AWS is 40 characters of base64, and may begin with a slash.
    let may_be_key = path.len() == 40 && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'/' || byte == b'+');
    let in_folder = Path::new(path).parent().is_some_and(|folder| folder.file_name().is_some() && folder.is_dir());
    let has_extension = path.len() < 32
        && path
            .split_once('.')
            .is_some_and(|(name, end)| !name.is_empty() && (1..=5).contains(&end.len()) && is_word(name) && is_word(end));
    let begins = ["/", "./", "../", "~/"].iter().any(|begin| path.starts_with(begin));
    if !(in_folder || begins && !may_be_key || has_extension) {
        return "the file that it names (which is not shown here, since it looks like the secret itself)".to_owned();
    }
    match std::env::current_dir() {
        Ok(folder) if Path::new(path).is_relative() => format!("{path} (in the folder {})", folder.display()),
        Ok(_) | Err(_) => path.to_owned(),
    }
}

/// The origin of a value that nobody wrote.
const DEFAULT: &str = "default";
/// What stands in place of a secret.
const MASK: &str = "********";

/// A secret as it may be shown: the beginning that says of what kind it is, if it has one.
fn masked(secret: &str) -> String {
    let kind = STRIPE_KEYS.iter().chain(&["whsec_"]).find(|kind| secret.starts_with(**kind));
    if secret.is_empty() { String::new() } else { format!("{}{MASK}", kind.unwrap_or(&"")) }
}

/// A text as it may be shown: an address without its password and query, all else as it is.
fn without_password(text: &str) -> String {
    if !text.contains("://") {
        return text.to_owned();
    }
    let Ok(mut url) = Url::parse(text) else { return MASK.to_owned() };
    // A password that should have been percent-encoded may stand anywhere before its `@`.
    let stray = |part: &str| part.contains('@');
    if stray(url.path()) || url.query().is_some_and(stray) || url.fragment().is_some_and(stray) {
        return MASK.to_owned();
    }
    if url.password().is_none() && url.query().is_none() {
        return text.to_owned();
    }
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if url.query().is_some() {
        url.set_query(Some(MASK));
    }
    url.to_string()
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

/// How Stripe's keys begin that may stand here.
pub(crate) const STRIPE_KEYS: [&str; 4] = ["sk_test_", "rk_test_", "sk_live_", "rk_live_"];

pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for list in ["123456789012345678,,123456789012345679", "123456789012345678,", "123456789012345678, \"\"", "[123456789012345678,,]"]
        {
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
}
