//! `atelier`: sell commissions inside Discord.

mod audit_verify;
mod commands_sync;
mod config_check;
mod data_columns;
mod database_copy;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod keys;
mod print;
#[cfg(feature = "demo")]
mod seed;
#[cfg(feature = "demo")]
mod walk;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use secrecy::ExposeSecret;
use shared::config::{Config, is_loopback};
use shared::domain::database;
use shared::platform::clock::Clock;
use shared::platform::db::{self, Db};
use shared::{App, telemetry};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use url::Url;

/// Sell commissions inside Discord: invoices, Stripe Checkout, and files for customers who have paid.
#[derive(Parser)]
#[command(name = "atelier", version, arg_required_else_help = true)]
struct Cli {
    /// The configuration; without it, config.toml in this folder where there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How much to log
    #[arg(long, global = true, value_enum, default_value = "info")]
    log: Level,
    /// How a log line is written
    #[arg(long, global = true, value_enum, default_value = "text")]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the Discord bot
    Bot(Running),
    /// Run the web service: Stripe's webhooks, payment and download links, health
    Webhook(Running),
    /// Run both in one process
    Up(Running),
    /// Try everything on this machine, with no account and no network
    #[cfg(feature = "demo")]
    Demo(demo::Args),
    /// Bring the database up to date and exit; bot and webhook also do this when they start
    Migrate {
        /// Say that a new studio is meant to begin in an empty database, although the Stripe account has
        /// payments that Atelier took before
        #[arg(long)]
        new_studio: bool,
    },
    /// Move the database
    #[command(subcommand)]
    Database(DatabaseCommand),
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Look at the audit log
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Look at what is kept of people
    #[command(subcommand)]
    Data(DataCommand),
    /// Look after the encryption keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look after the commands at Discord
    #[command(subcommand)]
    Commands(CommandsCommand),
    /// Try everything Atelier needs, and say what to do where it fails; nothing stays behind
    ///
    /// Asks Discord, Stripe, the storage and the database, with the configuration as it is, whether
    /// the services run or not. Writes one small object to the bucket and deletes it again. Exits 1
    /// when something does not work.
    Doctor,
}

/// How long a start waits for a database server that is not there yet.
const DATABASE_PATIENCE: Duration = Duration::from_secs(60);

/// Options of what keeps running.
#[derive(clap::Args)]
struct Running {
    /// Go by the clock of the sandbox that keeps it in this file, and end when standard input does; for
    /// stand-ins on this machine only
    #[arg(long, value_name = "FILE", hide = true)]
    sandbox_clock: Option<PathBuf>,
}

impl Running {
    /// The clock to go by. Only beside stand-ins it may be another than the system's.
    fn clock(&self, config: &Config) -> anyhow::Result<Clock> {
        let Some(file) = &self.sandbox_clock else { return Ok(Clock::System) };
        for (key, address) in [("discord.api_url", &config.discord.api_url), ("stripe.api_url", &config.stripe.api_url)] {
            anyhow::ensure!(
                Url::parse(address).is_ok_and(|url| is_loopback(&url)),
                "--sandbox-clock is for stand-ins on this machine, and {key} is not one"
            );
        }
        // A sandbox that is killed takes its processes with it. There is nothing to finish for nobody.
        std::thread::spawn(|| {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::exit(1);
        });
        Ok(Clock::of_sandbox(file)?)
    }
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Show every key with its value and where that came from, and everything wrong with them
    ///
    /// Nothing of a secret is shown but the prefix that names its kind. Exits 1 when something is
    /// missing, unknown or dangerous.
    Check,
}

#[derive(Subcommand)]
enum DatabaseCommand {
    /// Copy everything to a new database, from SQLite to PostgreSQL, back, or to another place
    ///
    /// Stop bot and web service first. Every value of every row is compared afterwards, with what the amounts
    /// come to, and the audit log is verified. Stopped or killed, it goes on where it was when it is run again,
    /// and nothing starts on a copy that is not whole. FROM is only read. Afterwards set database.url to TO.
    ///
    /// A password need not stand here, where others on this machine may see it: PGPASSWORD and ~/.pgpass count.
    Copy {
        /// sqlite:// and a file, or postgres://user@host/database
        from: String,
        /// The same; an empty database, or one that is not there yet where it is a file
        to: String,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Check that every row is as it was written, and none is missing
    ///
    /// Each row's hash covers the row before it. Prints the number and hash of the last row: write them
    /// down somewhere else, since whoever can write to the database could make the whole chain anew.
    /// Exits 1 when something is not as it was written.
    Verify {
        /// Also compare with a row that was written down at an earlier look
        #[arg(long, value_name = "NUMBER:HASH")]
        row: Option<audit_verify::Row>,
    },
}

#[derive(Subcommand)]
enum DataCommand {
    /// Show every column of the database: which personal data it holds, why, and how long
    ///
    /// For each column: its class, its purpose, the legal basis in the General Data Protection Regulation, how long
    /// it is kept, and what the export and the erasure of a person are to do with it. Needs neither configuration nor
    /// database.
    Columns {
        /// As JSON, for machines
        #[arg(long, conflicts_with = "markdown")]
        json: bool,
        /// As Markdown, for records of processing activities
        #[arg(long)]
        markdown: bool,
    },
}

#[derive(Subcommand)]
enum KeysCommand {
    /// Seal everything anew with the first key, so that older ones can be removed
    ///
    /// First put the new key at the front of security.encryption_keys, keep the old ones behind it, and
    /// restart bot and web service; they may run meanwhile. Stopped, it goes on where it was. Exits 1 when
    /// something is left that another key sealed, and names what no key opens.
    Rotate {
        /// Only open everything and count
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Subcommand)]
enum CommandsCommand {
    /// Register the commands that Discord has not, or has in another form; the bot does this at start
    ///
    /// Customers' commands everywhere, staff's in the servers of staff.guilds. Exits 1 when the bot is
    /// not in one of them.
    Sync {
        /// Only show what would change
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Level::Off => "off",
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// For machines, one object a line
    Json,
}

#[tokio::main]
async fn main() -> ExitCode {
    // What is written here is a studio's data and its secrets: nobody else on the machine reads any of it.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let cli = Cli::parse();
    let format = match cli.log_format {
        LogFormat::Text => telemetry::Format::Text,
        LogFormat::Json => telemetry::Format::Json,
    };
    telemetry::init(cli.log.name(), format);
    match run(cli).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            print::complaint(&format!("atelier: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Returns whether all is well, where a command says itself what is not.
async fn run(cli: Cli) -> anyhow::Result<bool> {
    let shutdown = shutdown_on_signal(&cli.command)?;
    let app = async |running: Running| -> anyhow::Result<_> {
        let inspection = Config::inspect(cli.config.as_deref())?;
        let clock = running.clock(&inspection.config)?;
        for risk in &inspection.risks {
            tracing::warn!("{risk}");
        }
        let (file, files) = (inspection.file.clone(), inspection.files.clone());
        let config = inspection.ready()?;
        let (version, place) = (env!("CARGO_PKG_VERSION"), db::place(config.database.url.expose_secret()));
        let file = file.map_or_else(|| "none, the environment alone".to_owned(), |file| file.display().to_string());
        tracing::info!(version, config = file, database = place, "atelier {version} starts: configuration {file}, database {place}");
        let url = config.database.url.expose_secret();
        shutdown.run_until_cancelled(Db::await_server(url, DATABASE_PATIENCE)).await;
        let app = App::start(config, clock).await?;
        if let Err(error) = database::check_beginning(&app).await {
            app.db.close().await;
            return Err(error.into());
        }
        Ok((app, files))
    };
    match cli.command {
        Command::Bot(running) => {
            let (app, _) = app(running).await?;
            closing(&app, bot::run(app.clone(), shutdown)).await?;
        }
        Command::Webhook(running) => {
            let (app, _) = app(running).await?;
            closing(&app, webhook::run(app.clone(), shutdown)).await?;
        }
        Command::Up(running) => {
            let (app, files) = app(running).await?;
            // The end of one is the end of both: half a service is worse than one that restarts.
            let end_both = shutdown.clone().drop_guard();
            let bot = async {
                let ended = bot::run(app.clone(), shutdown.clone()).await;
                shutdown.cancel();
                ended
            };
            let webhook = async {
                let ended = webhook::run(app.clone(), shutdown.clone()).await;
                shutdown.cancel();
                ended
            };
            // Beside them: what is slow to answer holds nobody up.
            let doctor = shutdown.run_until_cancelled(doctor::at_start(&app, &files));
            let both = async {
                let (bot, webhook, _) = tokio::join!(bot, webhook, doctor);
                drop(end_both);
                bot.and(webhook)
            };
            closing(&app, both).await?;
        }
        #[cfg(feature = "demo")]
        Command::Demo(args) => {
            anyhow::ensure!(cli.config.is_none(), "the demo writes a configuration of its own: leave --config away");
            demo::run(args, cli.log.name(), shutdown).await?;
        }
        Command::Migrate { new_studio } => {
            let config = Config::load(cli.config.as_deref())?;
            let db = App::open_database(&config).await?;
            let done = match new_studio {
                true => database::begin(&db, Clock::System.now()).await,
                false => Ok(()),
            };
            db.close().await;
            done?;
            print::line(&format!("The database is up to date: {}.", db::place(config.database.url.expose_secret())));
            if new_studio {
                print::line("A new studio begins here, whatever Stripe has.");
            }
        }
        Command::Database(DatabaseCommand::Copy { from, to }) => return database_copy::run(&from, &to, &shutdown).await,
        Command::Config(ConfigCommand::Check) => return config_check::run(cli.config.as_deref()),
        Command::Audit(AuditCommand::Verify { row }) => return audit_verify::run(cli.config.as_deref(), row).await,
        Command::Data(DataCommand::Columns { json, markdown }) => match (json, markdown) {
            (true, _) => data_columns::json()?,
            (_, true) => data_columns::markdown(),
            _ => data_columns::text(),
        },
        Command::Keys(KeysCommand::Rotate { dry_run }) => return keys::run(cli.config.as_deref(), dry_run, &shutdown).await,
        Command::Commands(CommandsCommand::Sync { dry_run }) => {
            let sync = commands_sync::run(cli.config.as_deref(), dry_run);
            return shutdown.run_until_cancelled(sync).await.unwrap_or_else(|| Err(anyhow::anyhow!("stopped")));
        }
        Command::Doctor => return doctor::run(cli.config.as_deref(), &shutdown).await,
    }
    Ok(true)
}

/// Runs a service to its end, and leaves its database closed.
async fn closing(app: &App, service: impl Future<Output = shared::Result<()>>) -> shared::Result<()> {
    let ended = service.await;
    app.db.close().await;
    ended
}

/// A token that is cancelled by the first SIGTERM or Ctrl-C. SIGHUP, which a terminal sends when it is
/// closed and others send for a configuration to be read anew, ends no service; the demo ends with its
/// terminal, and what runs once is ended as it is usual.
fn shutdown_on_signal(command: &Command) -> anyhow::Result<CancellationToken> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let shutdown = CancellationToken::new();
    match command {
        Command::Bot(_) | Command::Webhook(_) | Command::Up(_) => {
            let mut hangup = signal(SignalKind::hangup())?;
            tokio::spawn(async move {
                while hangup.recv().await.is_some() {
                    tracing::info!("SIGHUP changes nothing here: restart to have the configuration read anew");
                }
            });
        }
        #[cfg(feature = "demo")]
        Command::Demo(_) => {
            let mut hangup = signal(SignalKind::hangup())?;
            let shutdown = shutdown.clone();
            tokio::spawn(async move {
                if hangup.recv().await.is_some() {
                    shutdown.cancel();
                }
            });
        }
        Command::Migrate { .. }
        | Command::Database(_)
        | Command::Config(_)
        | Command::Audit(_)
        | Command::Data(_)
        | Command::Keys(_)
        | Command::Commands(_)
        | Command::Doctor => {}
    }
    tokio::spawn({
        let shutdown = shutdown.clone();
        async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            tracing::info!("stopping: finishing what is in flight");
            shutdown.cancel();
        }
    });
    Ok(shutdown)
}
