//! The configuration: `config.toml`, over it the environment, over both `*_file` keys for secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::platform::discord::DISCORD;
use crate::platform::sealing::Keys;
use crate::platform::signed_events::EventKey;
use crate::types::*;

/// How many lines a studio's address may have.
const ADDRESS_LINES_MAX: usize = 8;
/// How long the prefix of a number may be.
const PREFIX_MAX: usize = 12;
/// Fewer requests a minute would hold up who opens one page after the other.
const REQUESTS_MIN: u32 = 10;

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
}

/// `[payments]`
#[derive(Debug, Clone, Default)]
pub struct Payments {
    /// What becomes of a payment that arrives while its invoice is taken back.
    pub late_payment: LatePayment,
    /// How often all of Stripe's events are compared with what arrived; zero: only when asked.
    pub reconcile_every: Duration,
    /// How many days before an invoice is due its customer is reminded, the latest first.
    pub reminder_days: Vec<u16>,
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

    /// Reads the same as [`Config::load`], for a person to look at. Fails only where the file
    /// cannot be read; all else that is wrong is named beside the values.
    pub fn inspect(path: Option<&Path>) -> Result<Inspection, ConfigError> {
        let mut values = Values::load(path)?;
        let config = Self::take(&mut values);
        let settings = std::mem::take(&mut values.settings);
        let mut problems = values.finish().err().map(|error| error.0).unwrap_or_default();
        // A value that could not be read counts as missing: that would be the same problem twice.
        let named: BTreeSet<String> = problems.iter().map(|problem| key_of(problem).to_owned()).collect();
        let lacking = config.check().err().map(|error| error.0).unwrap_or_default();
        problems.extend(lacking.into_iter().filter(|problem| !named.contains(key_of(problem))));
        Ok(Inspection { config, settings, problems })
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
            database: Database { url: values.address("database", "url", "sqlite://data/atelier.db") },
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
        if !self.discord.application_id.is_empty() && UserId::parse(&self.discord.application_id).is_err() {
            problems.push("discord.application_id is not an id: it is a long number".into());
        }
        if !self.discord.public_key.is_empty() && EventKey::parse(&self.discord.public_key).is_none() {
            problems.push(
                "discord.public_key is not a key: copy its 64 hexadecimal digits from Discord's developer portal, page General Information"
                    .into(),
            );
        }
        let secret_key = self.stripe.secret_key.expose_secret();
        if !secret_key.is_empty() && !["sk_test_", "rk_test_", "sk_live_", "rk_live_"].iter().any(|prefix| secret_key.starts_with(prefix)) {
            problems.push("stripe.secret_key is not a secret key: it starts with sk_ or rk_ and test_ or live_".into());
        }
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
                "security.encryption_keys is empty: put this fresh key into the configuration and keep a copy of it, because without it sealed data is lost:\n\n      [security]\n      encryption_keys = [\"{fresh}\"]\n"
            ));
        } else if let Err(error) = Keys::parse(&self.security.encryption_keys) {
            problems.push(error);
        }
        if problems.is_empty() { Ok(()) } else { Err(ConfigError(problems)) }
    }

    /// The currency a person named, or the studio's.
    pub fn currency_or(&self, named: Option<&str>) -> crate::Result<Currency> {
        Currency::parse(named.unwrap_or(&self.studio.currency))
    }
}

/// The key that a problem begins with.
fn key_of(problem: &str) -> &str {
    problem.split([' ', ':']).next().unwrap_or_default()
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
}

impl Values {
    fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let default = Path::new("config.toml");
        let mut values = Self::default();
        if let Some(path) = path.or(default.exists().then_some(default)) {
            let file = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|error| ConfigError(vec![format!("cannot read {file}: {error}")]))?;
            values.add_file(&file, &text);
        }
        for (name, value) in std::env::vars_os() {
            if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) {
                values.add_variable(&name, value);
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
        if let Some((section, key)) = name.strip_prefix("ATELIER_").and_then(|rest| rest.split_once("__")) {
            let place = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
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

    /// A text as it was written, and where.
    fn written(&mut self, section: &str, key: &str, default: &str) -> (String, String) {
        let Some((value, origin)) = self.take(section, key) else { return (default.to_owned(), DEFAULT.to_owned()) };
        let text = plain(&value).unwrap_or_else(|| {
            self.problems.push(format!("{section}.{key} ({origin}) must be text"));
            String::new()
        });
        (text, origin)
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
                (list.unwrap_or_else(|| text.lines().map(str::to_owned).collect()), origin)
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
            toml::Value::String(list) => Some(
                list.trim()
                    .trim_start_matches('[')
                    .trim_end_matches(']')
                    .split(',')
                    .map(|item| item.trim().trim_matches('"').to_owned())
                    .filter(|item| !item.is_empty())
                    .collect(),
            ),
            other => plain(other).map(|item| vec![item]),
        };
        let items = items.unwrap_or_else(|| {
            self.problems.push(format!("{section}.{key} ({origin}) must be a list of texts"));
            Vec::new()
        });
        (items, origin)
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
        self.hidden(section, key, default, masked)
    }

    /// An address that may hold a password.
    fn address(&mut self, section: &str, key: &str, default: &str) -> SecretString {
        self.hidden(section, key, default, without_password)
    }

    fn hidden(&mut self, section: &str, key: &str, default: &str, shown: fn(&str) -> String) -> SecretString {
        let written = self.written(section, key, default);
        let (secret, origin) = self.read_file(section, key).unwrap_or(written);
        self.show(section, key, shown(&secret), origin);
        secret.into()
    }

    fn secrets(&mut self, section: &str, key: &str) -> Vec<SecretString> {
        let written = self.written_list(section, key);
        let lines = self.read_file(section, key).map(|(text, origin)| {
            let lines = text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
            (lines.collect(), origin)
        });
        let (secrets, origin) = lines.unwrap_or(written);
        let shown: Vec<String> = secrets.iter().map(|secret| masked(secret)).collect();
        self.show(section, key, shown.join(", "), origin);
        secrets.into_iter().map(SecretString::from).collect()
    }

    /// The content of the file that `<key>_file` names, without white space at its ends, and where
    /// it was read.
    fn read_file(&mut self, section: &str, key: &str) -> Option<(String, String)> {
        let file_key = format!("{key}_file");
        let (path, origin) = self.written(section, &file_key, "");
        if path.is_empty() {
            return None;
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => Some((text.trim().to_owned(), format!("{path} ({file_key} in {origin})"))),
            Err(error) => {
                // Without the path: somebody may have put the secret itself there.
                self.problems.push(format!("{section}.{file_key} ({origin}): cannot read the file that it names: {error}"));
                None
            }
        }
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

/// The origin of a value that nobody wrote.
const DEFAULT: &str = "default";
/// What stands in place of a secret.
const MASK: &str = "********";
/// How secrets begin that say of what kind they are.
const KINDS: [&str; 5] = ["sk_test_", "rk_test_", "sk_live_", "rk_live_", "whsec_"];

/// A secret as it may be shown.
fn masked(secret: &str) -> String {
    let kind = KINDS.iter().find(|kind| secret.starts_with(**kind));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read("config.toml", text, environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    const COMPLETE: &str = r#"
        [discord]
        token = "t"
        application_id = 1000
        [stripe]
        secret_key = "sk_test_1"
        webhook_secrets = ["whsec_1"]
        [storage]
        endpoint = "https://s3.example"
        bucket = "b"
        access_key_id = "a"
        secret_access_key = 12345
        [staff]
        owners = [111, "222"]
        guilds = [333]
        [security]
        encryption_keys = ["main:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
    "#;

    #[test]
    fn ids_and_secrets_may_be_all_digits_from_file_and_environment() {
        let config =
            read(COMPLETE, &[("ATELIER_STAFF__OWNERS", "444, 555"), ("ATELIER_DISCORD__TOKEN", "007"), ("ATELIER_STAFF__CHANNEL", "9")])
                .unwrap();
        assert_eq!(config.staff.owners, [UserId::parse("444").unwrap(), UserId::parse("555").unwrap()]);
        assert_eq!(config.staff.guilds, [GuildId::parse("333").unwrap()]);
        assert_eq!(config.staff.channel, Some(ChannelId::parse("9").unwrap()));
        assert_eq!(config.discord.token.expose_secret(), "007");
        assert_eq!(config.discord.application_id, "1000");
        assert_eq!(config.storage.secret_access_key.expose_secret(), "12345");
        assert_eq!(config.check(), Ok(()));
        assert!(!format!("{config:?}").contains("12345"));
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
        let live = problems(COMPLETE, &[("ATELIER_STRIPE__SECRET_KEY", "sk_live_1"), ("ATELIER_STRIPE__API_URL", "http://127.0.0.1:1")]);
        assert!(live[0].contains("live key"));
        assert!(one("ATELIER_WEB__PUBLIC_URL", "https://studio.example/pay?x=1")[0].starts_with("web.public_url must be"));
        assert!(one("ATELIER_WEB__LISTEN", "8080")[0].starts_with("web.listen"));
        assert!(one("ATELIER_STUDIO__CURRENCY", "dollars")[0].starts_with("studio.currency"));
        assert!(one("ATELIER_STUDIO__RECEIPT_PREFIX", "../R")[0].starts_with("studio.receipt_prefix"));
        assert!(one("ATELIER_STUDIO__CREDIT_NOTE_PREFIX", "R-")[0].starts_with("studio.credit_note_prefix equals"));
        assert!(one("ATELIER_DISCORD__PUBLIC_KEY", "abc")[0].starts_with("discord.public_key is not a key"));
        assert!(one("ATELIER_STUDIO__ADDRESS", &"x\n".repeat(9))[0].starts_with("studio.address"));
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
