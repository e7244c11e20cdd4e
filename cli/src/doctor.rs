//! `atelier doctor`: tries everything that Atelier needs, and says what to do where it fails.
//!
//! It changes nothing that stays: its one object in the bucket is deleted again, in the database it only
//! counts up a number that nobody reads, and Discord and Stripe are only asked.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bot::{Registered, invitation};
use secrecy::ExposeSecret;
use shared::config::{Config, is_loopback};
use shared::database_url;
use shared::domain::events::EVENT_KINDS;
use shared::domain::{alarms, bots, database, rotation};
use shared::platform::clock::{self, Clock};
use shared::platform::database_file::foreign_wal;
use shared::platform::db::{self, Db};
use shared::platform::discord::{Discord, Untold};
use shared::platform::oauth::OAuth;
use shared::platform::sealing::{self, Keys};
use shared::platform::standing::Trouble;
use shared::platform::storage::Storage;
use shared::platform::stripe::{Access, Stripe};
use shared::texts::Language;
use shared::types::GuildId;
use shared::{App, Error, Result};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::print::{Mark, count, line};

/// The longest wait for the database, and for one step with the storage.
const STEP_TIMEOUT: Duration = Duration::from_secs(15);
/// Stripe's signatures are good for five minutes and download links for one, by somebody else's
/// clock.
const SKEW_NOTICED_S: i64 = 5;
const SKEW_MAX_S: i64 = 30;
/// The longest wait for our own address.
const PUBLIC_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest wait for all that is tried while the services start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Width of the names before what was found.
const NAME_WIDTH: usize = 16;

/// What was found so far.
struct Doctor {
    config: Config,
    says: Says,
    /// The accounts at Stripe that the database knows, each with its mode.
    accounts: Vec<(bool, String)>,
    notices: usize,
    failures: usize,
}

/// Where the doctor says what it finds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// All of it, to whoever asked.
    Printed,
    /// What is to be looked at, to the log: the services start beside it.
    Logged,
}

/// Tries everything and prints what it finds; returns whether nothing failed. Stops between two
/// steps when `shutdown` is cancelled.
pub async fn run(path: Option<&Path>, shutdown: &CancellationToken) -> anyhow::Result<bool> {
    let inspection = Config::inspect(path)?;
    let mut doctor = Doctor { config: inspection.config, says: Says::Printed, accounts: Vec::new(), notices: 0, failures: 0 };
    for problem in &inspection.problems {
        doctor.found(Mark::Bad, "configuration", problem.trim_end(), "");
    }
    if !inspection.problems.is_empty() {
        line("\nMend the configuration first: nothing else was tried. `atelier config check` shows all of it.");
        return Ok(false);
    }
    doctor.good("configuration", "nothing is missing, unknown or dangerous");
    doctor.files(&inspection.files);
    for step in [Step::Clock, Step::Database, Step::Discord, Step::Stripe, Step::Storage, Step::Web] {
        if shutdown.is_cancelled() {
            anyhow::bail!("the doctor was stopped");
        }
        match step {
            Step::Clock => doctor.clock().await,
            Step::Database => doctor.database().await,
            Step::Discord => doctor.discord().await,
            Step::Stripe => doctor.stripe().await,
            Step::Storage => doctor.storage().await,
            Step::Web => {
                doctor.proxies();
                doctor.web().await;
            }
        }
    }
    line("");
    line(&match (doctor.failures, doctor.notices) {
        (0, 0) => "All is well.".to_owned(),
        (0, notices) => format!("It works, with {} to look at.", count(notices, "thing")),
        (failures, 0) => format!("{} to mend.", count(failures, "thing")),
        (failures, notices) => format!("{} to mend, and {} to look at.", count(failures, "thing"), notices),
    });
    Ok(doctor.failures == 0)
}

/// Tries what is quickly tried and changes nothing, while the services start, and logs what is to be looked at in the
/// same words. `files` are those that the configuration was read from.
pub async fn at_start(app: &App, files: &[PathBuf]) {
    let mut doctor = Doctor { config: app.config.clone(), says: Says::Logged, accounts: Vec::new(), notices: 0, failures: 0 };
    match accounts(&app.db).await {
        Ok(accounts) => doctor.accounts = accounts,
        Err(error) => tracing::warn!(%error, "the database does not tell of Stripe's account"),
    }
    doctor.files(files);
    doctor.proxies();
    let asked = async {
        doctor.clock().await;
        doctor.discord().await;
        doctor.stripe().await;
        doctor.bucket(&Storage::new(&doctor.config.storage)).await;
    };
    match tokio::time::timeout(START_TIMEOUT, asked).await {
        Ok(()) if doctor.failures + doctor.notices == 0 => tracing::info!("Discord, Stripe and the storage take what is configured"),
        Ok(()) => tracing::warn!(
            "{} to mend and {} to look at: `atelier doctor` tries all of it again",
            count(doctor.failures, "thing"),
            doctor.notices
        ),
        Err(_) => tracing::warn!("Discord, Stripe or the storage is slow to answer: `atelier doctor` tries all of it"),
    }
}

#[derive(Clone, Copy)]
enum Step {
    Clock,
    Database,
    Discord,
    Stripe,
    Storage,
    Web,
}

impl Doctor {
    fn good(&mut self, name: &str, what: &str) {
        self.found(Mark::Good, name, what, "");
    }

    fn notice(&mut self, name: &str, what: &str, advice: &str) {
        self.found(Mark::Notice, name, what, advice);
    }

    fn bad(&mut self, name: &str, what: &str, advice: &str) {
        self.found(Mark::Bad, name, what, advice);
    }

    fn found(&mut self, mark: Mark, name: &str, what: &str, advice: &str) {
        match mark {
            Mark::Good => {}
            Mark::Notice => self.notices += 1,
            Mark::Bad => self.failures += 1,
        }
        if self.says == Says::Logged {
            let advised = if advice.is_empty() { String::new() } else { format!(" → {advice}") };
            match mark {
                Mark::Good => {}
                Mark::Notice => tracing::warn!("{name}: {what}{advised}"),
                Mark::Bad => tracing::error!("{name}: {what}{advised}"),
            }
            return;
        }
        line(&format!("{} {name:NAME_WIDTH$}  {what}", mark.sign()));
        if !advice.is_empty() {
            line(&format!("  {:NAME_WIDTH$}  → {advice}", ""));
        }
    }

    /// Warns of files that others on this machine can read. Those that an orchestrator mounts are as it makes them.
    fn files(&mut self, files: &[PathBuf]) {
        const NAME: &str = "files";
        for file in files.iter().filter(|file| !file.starts_with("/run/secrets")) {
            let Ok(about) = std::fs::metadata(file) else { continue };
            let mode = about.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                let (shown, mode) = (file.display(), format!("{mode:04o}"));
                self.notice(NAME, &format!("{shown} is open to others on this machine ({mode})"), &format!("chmod 600 {shown}"));
            }
        }
    }

    /// Prints what an alarm says of the same.
    fn trouble(&mut self, name: &str, trouble: Trouble) {
        self.bad(name, &trouble.what().to(Language::English), &trouble.advice().to(Language::English));
    }

    /// Warns where whoever asks is not told apart from the proxy before us.
    fn proxies(&mut self) {
        if self.config.web.public_url.starts_with("https://") && self.config.web.trusted_proxies.is_empty() {
            let what = "web.public_url is https and web.trusted_proxies is empty: everybody seems to ask from the proxy's address";
            let advice = "set web.trusted_proxies to the address of the reverse proxy, such as [\"127.0.0.1/32\"]";
            self.notice("trusted proxies", what, advice);
        }
    }

    /// Asks for the web service as customers do.
    async fn web(&mut self) {
        const NAME: &str = "public address";
        let public_url = self.config.web.public_url.clone();
        let live = format!("{public_url}/health/live");
        let advice = "start the web service; if it runs, check DNS, the firewall and the reverse proxy in front of it";
        match tokio::time::timeout(PUBLIC_TIMEOUT, download(&live)).await {
            Ok(Ok((200, body))) if body == b"ok" => self.good(NAME, &format!("{public_url} leads to the web service")),
            Ok(Ok((status @ (502..=504), _))) => {
                self.notice(NAME, &format!("{public_url} answers with status {status}: the service behind it is not there"), advice);
            }
            Ok(Ok((status, _))) => {
                let what = format!("{public_url} answers something else than the web service (status {status})");
                self.bad(NAME, &what, "check web.public_url, and that the reverse proxy passes every path on without a redirect");
            }
            Ok(Err(_)) | Err(_) => self.notice(NAME, &format!("{public_url} does not answer"), advice),
        }
    }

    async fn clock(&mut self) {
        const NAME: &str = "clock";
        let storage = &self.config.storage.endpoint;
        let mut answered = None;
        for (service, url) in [("Stripe", &self.config.stripe.api_url), ("Discord", &self.config.discord.api_url), ("the storage", storage)]
        {
            if let Ok(ahead_s) = clock::ahead_of(url).await {
                answered = Some((service, ahead_s));
                break;
            }
        }
        let Some((service, ahead_s)) = answered else {
            return self.bad(
                NAME,
                "nobody tells the time: neither Stripe nor Discord nor the storage answers",
                "check the network, and what stands below",
            );
        };
        let off_s = ahead_s.abs();
        let what = match ahead_s {
            -1..=1 => format!("the same as {service}'s"),
            2.. => format!("{off_s} s ahead of {service}'s"),
            _ => format!("{off_s} s behind {service}'s"),
        };
        match off_s {
            0..=SKEW_NOTICED_S => self.good(NAME, &what),
            _ => {
                let mark = if off_s <= SKEW_MAX_S { Mark::Notice } else { Mark::Bad };
                let advice = "set this machine's clock by the network (timedatectl set-ntp true): signatures and download links go by it";
                self.found(mark, NAME, &what, advice);
            }
        }
    }

    async fn database(&mut self) {
        const NAME: &str = "database";
        const MIGRATIONS: &str = "migrations";
        let url = self.config.database.url.expose_secret().to_owned();
        let url = url.as_str();
        let engine = if url.starts_with("sqlite:") { "SQLite" } else { "PostgreSQL" };
        let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        if !known {
            return self.bad(
                NAME,
                "database.url names no database",
                "write sqlite:// and a file, or postgres://user:password@host/database",
            );
        }
        // Before anything opens the database: SQLite would take whatever log is beside it for its own.
        if let Some(path) = database_url::sqlite_path(url)
            && let Ok(Some(sentence)) = foreign_wal(&path)
        {
            return self.bad(NAME, "SQLite: the write-ahead log beside the file is not its own", &sentence);
        }
        const RESTORE: &str = "see that database.url names the right file; if it does, stop the services, keep a copy of it, and restore the last backup (docs/operating.md)";
        match tokio::time::timeout(STEP_TIMEOUT, Db::damages(url)).await {
            Ok(Ok(found)) if found.is_empty() => {}
            Ok(Ok(found)) => return self.bad(NAME, &format!("{engine}: the file is damaged ({})", found.join("; ")), RESTORE),
            Ok(Err(error)) => return self.bad(NAME, &format!("{engine}: the file cannot be read to its end ({error})"), RESTORE),
            Err(_) => {
                let advice = "look yourself, at a quiet time, with `sqlite3 FILE 'PRAGMA quick_check'`";
                self.notice(NAME, &format!("{engine}: the file is too large to be looked through here"), advice);
            }
        }
        let schema = match tokio::time::timeout(STEP_TIMEOUT, Db::examine(url)).await {
            Ok(Ok(Some(schema))) => schema,
            Ok(Ok(None)) => {
                return self.bad(
                    NAME,
                    &format!("SQLite: there is no database at {}", db::place(url)),
                    "correct database.url if it is elsewhere; `atelier migrate` makes a new one, and so does a start",
                );
            }
            // With what to do in it.
            Ok(Err(Error::Setup(sentence))) => return self.bad(NAME, &format!("{engine}: it cannot be used like this"), &sentence),
            Ok(Err(error)) => {
                let advice = match engine {
                    "SQLite" => {
                        "check that the file of database.url is a database, that this user may write it and its folder, and that the disk has room"
                    }
                    _ => "check that the server runs, and host, user, password and database in database.url",
                };
                return self.bad(NAME, &format!("{engine}: {error}"), advice);
            }
            Err(_) => {
                return self.bad(
                    NAME,
                    &format!("{engine}: no answer in time"),
                    "check that nothing else holds the database, and the network",
                );
            }
        };
        if let Some(risk) = database_url::risk(url) {
            self.notice(NAME, risk.split(". ").next().unwrap_or(&risk), risk.split(". ").nth(1).unwrap_or_default());
        }
        self.good(NAME, &format!("{engine}: it can be read and written, {}", db::place(url)));
        let of = schema.applied + schema.pending + schema.altered;
        match schema {
            _ if schema.unfinished.is_some() => {
                let version = schema.unfinished.unwrap_or_default();
                self.bad(
                    MIGRATIONS,
                    &format!("migration {version} began and did not end"),
                    "restore the last backup, then run `atelier migrate`",
                );
            }
            _ if schema.unknown > 0 => {
                let what = format!("{} of a newer build", count(schema.unknown, "migration"));
                self.bad(MIGRATIONS, &what, "run that build, or restore a backup from before it");
            }
            _ if schema.altered > 0 => {
                let what = format!("{} had another text when applied", count(schema.altered, "migration"));
                self.bad(MIGRATIONS, &what, "this is not the build that made this database: run the right one, or restore a backup");
            }
            _ if schema.pending > 0 => {
                let what = format!("{} of {of} applied", schema.applied);
                self.notice(MIGRATIONS, &what, "run `atelier migrate`, or start: both apply the rest");
            }
            _ => {
                self.good(MIGRATIONS, &format!("all {of} applied"));
                self.at_work().await;
            }
        }
    }

    /// Whether the database is whole and the keys are its own, and which bots run on it: a second one is handed every
    /// interaction, too.
    async fn at_work(&mut self) {
        const NAME: &str = "bots";
        let looked = timed(async {
            let db = Db::open_existing(self.config.database.url.expose_secret()).await?;
            let keys = Keys::parse(&self.config.security.encryption_keys).map_err(Error::Setup)?;
            let looked = async {
                database::check_whole(&db).await?;
                let other_key = rotation::find_other_key(&db, &keys).await?;
                let accounts = accounts(&db).await?;
                Ok((other_key, accounts, bots::running(&mut *db.read().await?, Clock::System.now()).await))
            };
            let looked = looked.await;
            db.close().await;
            looked
        });
        let running = match looked.await {
            Ok((other_key, accounts, running)) => {
                self.accounts = accounts;
                match other_key {
                    Some(other) => self.bad("encryption keys", &other, rotation::PUT_BACK),
                    None => self.good("encryption keys", "they are those that this database knows"),
                }
                running
            }
            Err(error) => return self.bad("database", &error.to_string(), "nothing starts on it before"),
        };
        match running {
            Ok(running) if running.len() > 1 => {
                let since: Vec<String> = running.iter().map(|bot| format!("{} since {}", bot.id, bot.started_at.utc())).collect();
                let what = format!("{} run on this database: {}", running.len(), since.join(", "));
                self.notice(
                    NAME,
                    &what,
                    "nothing is done twice, but stop all but one; one that was killed is gone from here after 90 seconds",
                );
            }
            Ok(running) => self.good(NAME, if running.is_empty() { "none runs" } else { "one runs" }),
            Err(error) => self.bad(NAME, &error.to_string(), "check the database, as above"),
        }
    }

    async fn discord(&mut self) {
        const TOKEN: &str = "token";
        const ID: &str = "application id";
        const SCOPE: &str = "command scope";
        let api = match Discord::new(&self.config.discord) {
            Ok(api) => api,
            Err(error) => return self.bad("Discord", &error.to_string(), "check discord.token and discord.api_url"),
        };
        let application = match api.application().await {
            Ok(application) => application,
            Err(Untold::Token) => return self.trouble(TOKEN, Trouble::DiscordToken),
            Err(why) => {
                let what = format!("{} does not answer as it should ({})", self.config.discord.api_url, untold(&why));
                return self.bad(TOKEN, &what, "check discord.api_url, the network and discordstatus.com");
            }
        };
        self.good(TOKEN, &format!("Discord takes it: the application is {}", quoted(&application.name)));
        let configured = self.config.discord.application_id.clone();
        if application.id != configured {
            let what = format!("discord.application_id is {configured}, and the token's application is {}", application.id);
            self.bad(
                ID,
                &what,
                &format!("set discord.application_id = \"{}\", or take the token of the other application", application.id),
            );
            return;
        }
        self.good(ID, &configured);
        self.owners(&api).await;
        self.intents(application.flags);
        self.sign_in().await;
        self.public_key(&application.verify_key);

        let plans = match bot::plan(&api, &self.config).await {
            Ok(plans) => plans,
            Err(error) => return self.bad(SCOPE, &error.to_string(), "try again when Discord answers"),
        };
        for plan in plans {
            let place = match &plan.guild {
                None => "everywhere".to_owned(),
                Some(guild) => match api.guild_name(guild).await {
                    Ok(name) => format!("server {guild}, {}", quoted(&name)),
                    Err(Untold::Access) => {
                        let what = format!("server {guild} of staff.guilds: the bot is not in it");
                        self.bad(SCOPE, &what, &format!("invite it, or correct the id: {}", invitation(&configured)));
                        continue;
                    }
                    Err(why) => {
                        self.bad(SCOPE, &format!("server {guild}: {}", untold(&why)), "try again when Discord answers");
                        continue;
                    }
                },
            };
            match plan.registered {
                Registered::NotInvited => {
                    let what = format!("{place}: the bot is there without the scope applications.commands");
                    self.bad(SCOPE, &what, &format!("invite it again, it stays in: {}", invitation(&configured)));
                }
                // The bot that starts registers what differs.
                Registered::Known(differences) if differences.is_empty() || self.says == Says::Logged => {
                    self.good(SCOPE, &format!("{place}: allowed, and the commands are those of this build"));
                }
                Registered::Known(differences) => {
                    let what = format!("{place}: allowed, and {} not as this build has them", count(differences.len(), "command"));
                    self.notice(SCOPE, &what, "run `atelier commands sync`, or start the bot: both register them");
                }
            }
        }
        if let Some(channel) = self.config.staff.channel {
            const CHANNEL: &str = "staff channel";
            match api.sees_channel(&channel).await {
                Ok(()) => self.good(CHANNEL, &format!("the bot sees {channel} of staff.channel")),
                Err(Untold::Access) => {
                    let what = format!("the bot does not see {channel} of staff.channel: staff is told by DM instead");
                    self.bad(CHANNEL, &what, &Trouble::StaffChannel.advice().to(Language::English));
                }
                Err(why) => self.bad(CHANNEL, &untold(&why), "try again when Discord answers"),
            }
        }
    }

    /// Names everybody who may do everything.
    async fn owners(&mut self, api: &Discord) {
        const OWNER: &str = "owner";
        for owner in self.config.staff.owners.clone() {
            match api.user(&owner).await {
                Ok(Some(user)) if user.bot => {
                    let what = format!("{owner} of staff.owners is the bot {}", quoted(&user.name));
                    self.bad(OWNER, &what, "owners are people: copy the id of a person (Discord, Developer Mode, Copy User ID)");
                }
                Ok(Some(user)) => self.good(OWNER, &format!("{} ({owner}) may do everything", quoted(&user.name))),
                Ok(None) => {
                    let what = match api.guild_name(&GuildId::from(owner.get())).await {
                        Ok(name) => format!("{owner} of staff.owners is the server {}", quoted(&name)),
                        Err(_) => format!("{owner} of staff.owners is nobody at Discord"),
                    };
                    self.bad(OWNER, &what, "owners are people: copy the id of a person (Discord, Developer Mode, Copy User ID)");
                }
                Err(error) => self.bad(OWNER, &format!("{owner}: {}", detail(&error)), "try again when Discord answers"),
            }
        }
    }

    async fn sign_in(&mut self) {
        const NAME: &str = "sign-in";
        let redirect = format!("{}/oauth/callback", self.config.web.public_url);
        let oauth = match OAuth::new(&self.config) {
            Ok(Some(oauth)) => oauth,
            Ok(None) => {
                let advice = format!(
                    "to let them, copy the secret from the developer portal (OAuth2, Reset Secret) to discord.client_secret, and add the redirect {redirect} there"
                );
                return self.notice(NAME, "discord.client_secret is not set: nobody can sign in on the web", &advice);
            }
            Err(error) => return self.bad(NAME, &error.to_string(), "check discord.api_url and web.public_url"),
        };
        match oauth.takes_secret().await {
            Ok(true) => {
                self.good(NAME, &format!("Discord takes the client secret; it does not tell whether {redirect} is one of the redirects"));
            }
            Ok(false) => self.trouble(NAME, Trouble::ClientSecret),
            Err(error) => self.bad(NAME, &detail(&error), "try again when Discord answers"),
        }
    }

    fn public_key(&mut self, verify_key: &str) {
        const NAME: &str = "public key";
        let events = format!("{}/discord/events", self.config.web.public_url);
        let portal = format!("switch on Application Deauthorized in the developer portal (Webhooks) with the address {events}");
        // That it has the form of a key was looked at with the configuration.
        match self.config.discord.public_key.as_str() {
            "" => {
                let advice = format!("copy it from the developer portal (General Information) to discord.public_key, and {portal}");
                let what = "discord.public_key is not set: Discord cannot tell that somebody removed the application";
                self.notice(NAME, what, &advice);
            }
            key if key.eq_ignore_ascii_case(verify_key) => {
                self.good(NAME, &format!("it is the application's; Discord does not tell whether its events lead to {events}"));
            }
            _ => self.bad(NAME, "discord.public_key is another application's", "copy it from the developer portal, General Information"),
        }
    }

    fn intents(&mut self, flags: u64) {
        const NAME: &str = "intents";
        let intents = bot::privileged_intents();
        let names = |wanted: &dyn Fn(&bot::PrivilegedIntent) -> bool| {
            intents.iter().filter(|intent| wanted(intent)).map(|intent| intent.name).collect::<Vec<_>>().join(", ")
        };
        let lacking = names(&|intent| intent.needed && !intent.is_on(flags));
        let idle = names(&|intent| !intent.needed && intent.is_on(flags));
        if !lacking.is_empty() {
            self.bad(NAME, &format!("needed and off: {lacking}"), "switch on in the developer portal: Bot, Privileged Gateway Intents");
        }
        if !idle.is_empty() {
            let advice = "switch off in the developer portal (Bot, Privileged Gateway Intents): what is not needed should not be sent";
            self.notice(NAME, &format!("on and not needed: {idle}"), advice);
        }
        if lacking.is_empty() && idle.is_empty() {
            self.good(NAME, "those that are needed are on, and no other");
        }
    }

    async fn stripe(&mut self) {
        const KEY: &str = "Stripe key";
        const SECRET: &str = "webhook secret";
        let secrets = &self.config.stripe.webhook_secrets;
        // That each has the form of one was looked at with the configuration.
        self.good(SECRET, &format!("{} of the right form; Stripe does not tell whether it fits", count(secrets.len(), "signing secret")));
        let stripe = match Stripe::new(&self.config.stripe) {
            Ok(stripe) => stripe,
            Err(error) => return self.bad(KEY, &error.to_string(), "check stripe.secret_key and stripe.api_url"),
        };
        let mode = if stripe.livemode() { "live mode: real money" } else { "test mode: no real money" };
        match stripe.examine_key().await {
            Ok(Access::Granted(forbidden)) if forbidden.is_empty() => self.good(KEY, &format!("Stripe takes it, in {mode}")),
            Ok(Access::Granted(forbidden)) => {
                let advice = Trouble::StripePermission.advice().to(Language::English);
                self.bad(KEY, &format!("it may not use {}", forbidden.join(", ")), &advice);
            }
            Ok(Access::UnknownKey) => return self.trouble(KEY, Trouble::StripeKey),
            Ok(Access::Forbidden) => self.bad(KEY, "it may do nothing", "make another key in Stripe's dashboard"),
            Err(error) => {
                let what = format!("{} does not answer as it should ({})", self.config.stripe.api_url, detail(&error));
                return self.bad(KEY, &what, "check stripe.api_url, the network and status.stripe.com");
            }
        }
        // A restricted key may not be allowed to tell.
        if let Ok(account) = stripe.account().await {
            const ACCOUNT: &str = "Stripe account";
            match self.accounts.iter().find(|(livemode, _)| *livemode == stripe.livemode()) {
                Some((_, before)) if *before != account => {
                    let what = format!("{} ({account}, {before})", Trouble::StripeAccount.what().to(Language::English));
                    self.bad(ACCOUNT, &what, &Trouble::StripeAccount.advice().to(Language::English));
                }
                Some(_) | None => self.good(ACCOUNT, &account),
            }
        }
        self.endpoint(&stripe).await;
    }

    async fn endpoint(&mut self, stripe: &Stripe) {
        const NAME: &str = "webhook endpoint";
        let ours = format!("{}/stripe/webhook", self.config.web.public_url);
        let endpoints = match stripe.webhook_endpoints().await {
            Ok(Access::Granted(endpoints)) => endpoints,
            Ok(Access::Forbidden | Access::UnknownKey) => {
                let advice = format!("look yourself in Stripe's dashboard (Developers, Webhooks) that one leads to {ours}");
                return self.notice(NAME, "the key may not list endpoints, which Atelier does not need", &advice);
            }
            Err(error) => {
                let what = format!("Stripe does not list them ({})", detail(&error));
                return self.notice(NAME, &what, &format!("look yourself in Stripe's dashboard that one leads to {ours}"));
            }
        };
        let Some(endpoint) = endpoints.iter().find(|endpoint| endpoint.url == ours) else {
            let what = format!("none leads to {ours}");
            if Url::parse(&self.config.web.public_url).is_ok_and(|url| is_loopback(&url)) {
                let advice = format!("Stripe does not reach this machine: set web.public_url, or run `stripe listen --forward-to {ours}`");
                return self.notice(NAME, &what, &advice);
            }
            return self.bad(
                NAME,
                &what,
                "add it in Stripe's dashboard (Developers, Webhooks), with the events that docs/operating.md names",
            );
        };
        let lacking: Vec<&str> = EVENT_KINDS
            .into_iter()
            .filter(|kind| !endpoint.enabled_events.iter().any(|enabled| enabled == "*" || enabled == kind))
            .collect();
        if endpoint.status != "enabled" {
            self.bad(NAME, &format!("{ours} is {}", endpoint.status), "enable it in Stripe's dashboard, Developers, Webhooks");
        } else if lacking.is_empty() {
            self.good(NAME, &format!("{ours} gets every event that is needed"));
        } else {
            let advice = "add them to the endpoint in Stripe's dashboard, Developers, Webhooks";
            self.bad(NAME, &format!("{ours} does not get {}", lacking.join(", ")), advice);
        }
    }

    /// Asks for the bucket; returns whether it is there.
    async fn bucket(&mut self, storage: &Storage) -> bool {
        const BUCKET: &str = "storage bucket";
        let bucket = quoted(&self.config.storage.bucket);
        match storage.examine().await {
            Ok(()) => self.good(BUCKET, &format!("{bucket} is there")),
            Err(error) => {
                let what = format!("the storage does not tell of the bucket {bucket} ({})", detail(&error));
                let untried = if self.says == Says::Printed { "; put, get, presigned URL and delete were not tried" } else { "" };
                self.bad(BUCKET, &what, &format!("{}{untried}", storage_advice(&detail(&error))));
                return false;
            }
        }
        true
    }

    async fn storage(&mut self) {
        const PUT: &str = "storage put";
        const GET: &str = "storage get";
        const PRESIGNED: &str = "presigned URL";
        const DELETE: &str = "storage delete";
        let storage = Storage::new(&self.config.storage);
        if !self.bucket(&storage).await {
            return;
        }
        let mut random = [0; 16];
        if let Err(error) = sealing::fill(&mut random) {
            return self.bad(PUT, &error.to_string(), "this machine gives no randomness: nothing can be sealed either");
        }
        let hexadecimal: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("doctor/{hexadecimal}");
        let content = bytes::Bytes::from(format!("written by atelier doctor, to be deleted at once: {hexadecimal}"));
        let upload = storage.upload(&key, "text/plain", 1024, futures::stream::iter([Ok(content.clone())]));
        let put = timed(upload).await;
        match &put {
            Ok(_) => {
                self.good(PUT, &format!("an object of {} bytes arrived", content.len()));
                match timed(storage.get(&key, 1024)).await {
                    Ok(found) if found == content => self.good(GET, "the same bytes came back"),
                    Ok(_) => {
                        self.bad(GET, "other bytes came back", "storage.endpoint is not an S3 API, or something between alters answers")
                    }
                    Err(error) => self.bad(GET, &detail(&error), &storage_advice(&detail(&error))),
                }
                self.presigned(PRESIGNED, &storage, &key, &content).await;
            }
            Err(error) => {
                self.bad(PUT, &detail(error), &storage_advice(&detail(error)));
                self.notice(PRESIGNED, "not tried, nor get: there is no object", "mend storage put first");
            }
        }
        // Also after a failed upload: it may have arrived without its answer.
        let deleted = timed(async {
            storage.delete(&key).await?;
            storage.exists(&key).await
        });
        match (deleted.await, put.is_ok()) {
            (Ok(false), true) => self.good(DELETE, "the object is gone again"),
            (Ok(true), _) => self.bad(
                DELETE,
                &format!("{key} is still there"),
                "delete it yourself, and give the access key the right to delete objects",
            ),
            (Err(error), true) => {
                let what = format!("{}; {key} stays behind", detail(&error));
                self.bad(DELETE, &what, "delete it yourself, and give the access key the right to delete objects");
            }
            (Ok(false) | Err(_), false) => self.notice(DELETE, "not tried: there is no object", "mend storage put first"),
        }
    }

    /// Downloads the object as a customer would, and tries it without the signature as a stranger.
    async fn presigned(&mut self, name: &str, storage: &Storage, key: &str, content: &[u8]) {
        let now = Clock::System.now();
        let url = match storage.presigned_get(key, "doctor.txt", Duration::from_secs(60), now).await {
            Ok(url) => url,
            Err(error) => return self.bad(name, &detail(&error), &storage_advice(&detail(&error))),
        };
        let endpoint = match self.config.storage.public_endpoint.as_str() {
            "" => "storage.endpoint",
            _ => "storage.public_endpoint",
        };
        match timed(download(&url)).await {
            Ok((200, body)) if body == content => {}
            Ok((200, _)) => {
                return self.bad(name, "it leads to other bytes", &format!("check {endpoint}: it is not the S3 API of the bucket"));
            }
            Ok((status, _)) => {
                let advice = format!("check {endpoint}, storage.region and this machine's clock");
                return self.bad(name, &format!("the storage answers it with status {status}"), &advice);
            }
            Err(error) => {
                let advice = format!("check {endpoint}: customers download from there, and this machine cannot");
                return self.bad(name, &detail(&error), &advice);
            }
        }
        let unsigned = url.split('?').next().unwrap_or_default();
        match timed(download(unsigned)).await {
            Ok((200, _)) => self.bad(
                name,
                "it works, and so does the address without a signature: the bucket is public",
                "make the bucket private (no public access, no r2.dev address), or files cost nothing",
            ),
            _ => self.good(name, "it leads to the object, and without its signature to nothing"),
        }
    }
}

/// The accounts at Stripe that a database knows, each with its mode.
async fn accounts(db: &Db) -> Result<Vec<(bool, String)>> {
    let mut known = Vec::new();
    for livemode in [false, true] {
        known.extend(alarms::account(&mut *db.read().await?, livemode).await?.map(|account| (livemode, account)));
    }
    Ok(known)
}

async fn timed<T>(step: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(STEP_TIMEOUT, step).await.unwrap_or_else(|_| Err(Error::Fault("no answer in time".into())))
}

async fn download(url: &str) -> Result<(u16, Vec<u8>)> {
    // The address is a secret for as long as it works.
    let fault = |error: reqwest::Error| Error::Fault(format!("no connection: {}", error.without_url()));
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().map_err(fault)?;
    let answer = client.get(url).send().await.map_err(fault)?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await.map_err(fault)?;
    Ok((status, body.to_vec()))
}

/// What an outside service said, without its name.
fn detail(error: &Error) -> String {
    match error {
        Error::Outside { detail, .. } => detail.clone(),
        other => other.to_string(),
    }
}

fn storage_advice(detail: &str) -> String {
    match (Trouble::of_storage_code(detail), detail) {
        (Some(trouble), _) => trouble.advice().to(Language::English),
        (None, "no connection" | "no answer in time") => "check storage.endpoint and the network".into(),
        (None, _) => "check storage.endpoint, storage.region, storage.bucket and the access key".into(),
    }
}

fn untold(why: &Untold) -> String {
    match why {
        Untold::Token => "it refuses the token".to_owned(),
        Untold::Access => "it does not know this".to_owned(),
        Untold::Other(error) => detail(error),
    }
}

/// A name that somebody else chose, without what would confuse a terminal.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.chars().filter(|c| !c.is_control()).collect::<String>())
}
