//! `atelier demo`: bot and web service as two processes against stand-ins on this machine.

use std::io::PipeReader;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use sandbox::Sandbox;
use shared::config::{Config, shown_path};
use shared::platform::db::{Db, Schema};
use shared::platform::sealing::Keys;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use crate::print::{complaint, heard, line};
use crate::seed::{self, Seed, World};
use crate::walk;

/// A command that is registered everywhere, and one of the studio's server.
const GLOBAL_COMMAND: &str = "invoice";
const STAFF_COMMAND: &str = "billing";
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// Options of `atelier demo`.
#[derive(clap::Args)]
pub struct Args {
    /// Play the whole story by itself, print each step, and exit 0 when every one worked
    #[arg(long)]
    walk: bool,
    /// Take one part away, to see that the walk notices
    #[arg(long, value_enum, value_name = "PART")]
    without: Option<Part>,
    /// Use this database instead of a SQLite file that is removed at the end
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// Start with the people, messages and invoices of this file; cli/src/seed.toml is the usual one
    #[arg(long, value_name = "FILE", conflicts_with = "walk")]
    seed_file: Option<PathBuf>,
    /// Start with the people and their server, and nothing that they did
    #[arg(long)]
    empty: bool,
    /// Keep everything in this folder, and go on there next time, instead of in a folder that is removed at the end
    #[arg(long, value_name = "DIR", conflicts_with = "walk")]
    data: Option<PathBuf>,
    /// Listen on this port, and on the four after it, instead of on free ones
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..=65531))]
    port: Option<u16>,
}

/// A part that can be taken away.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// The Discord bot
    Bot,
    /// The web service
    Webhook,
    /// The worker that tells people
    Outbox,
    /// The file storage
    Storage,
}

/// Runs the demo until it is told to stop, or until the walk is over.
pub async fn run(args: Args, log: &str, shutdown: CancellationToken) -> anyhow::Result<()> {
    refuse_real_ones(|name| std::env::var(name).ok())?;
    let seed = Seed::read(args.seed_file.as_deref())?;
    // The walk begins with nothing done.
    let empty = args.empty || args.walk;
    let home = match &args.data {
        Some(folder) => Home::Kept(std::path::absolute(folder)?),
        None => Home::Temporary(tempfile::Builder::new().prefix("atelier-demo-").tempdir().context("cannot make a temporary folder")?),
    };
    let (clock, config) = (home.path().join("clock"), home.path().join("config.toml"));
    // Says where the studio was finished: without it, it never was; and files in here name each other by that place.
    let mark = home.path().join("finished");
    let before = mark.exists();
    if before && (args.seed_file.is_some() || args.empty || args.database.is_some() || args.port.is_some()) {
        let folder = home.path().display();
        bail!("{folder} has a studio, which goes on with what it has: leave --seed-file, --empty, --database and --port away.");
    }
    let here = home.path().to_string_lossy().into_owned();
    if before && std::fs::read_to_string(&mark)? != here {
        bail!("{here} was moved or copied, and its files name the place where it was made: move it back.");
    }
    if !before && std::fs::read_dir(home.path()).is_ok_and(|mut files| files.next().is_some()) {
        bail!("{here} has files, and no demo was ever ready in it: name a new folder, or remove this one.");
    }
    if let Some(url) = &args.database {
        refuse_used_database(url).await?;
    }
    let record = std::env::var_os("ATELIER_DEMO_RECORD").map(PathBuf::from);
    let data = args.data.is_some().then(|| home.path().to_owned());
    let options = sandbox::Options { record, clock: Some(clock.clone()), data, port: args.port };
    let sandbox = Sandbox::start(options).await.context("the sandbox does not start")?;
    if args.without == Some(Part::Storage) {
        sandbox.storage.stop();
    }

    let (public_url, world) = if before {
        // As bot and web service read it: without the environment.
        let config = Config::read("config.toml", &std::fs::read_to_string(&config)?, [])?;
        TcpListener::bind(&config.web.listen).with_context(|| {
            format!("{} is taken by another program, and links in messages lead there: stop that one", config.web.listen)
        })?;
        (config.web.public_url, None)
    } else {
        let world = seed.build(&sandbox, empty)?;
        let listen = free_address(args.port.map(|first| first + 1))?;
        let public_url = format!("http://{listen}");
        let secret = sandbox.stripe.create_webhook_secret();
        sandbox.stripe.add_webhook_endpoint_with_secret(&format!("{public_url}/stripe/webhook"), &["*"], &secret);
        sandbox.discord.add_redirect_uri(&format!("{public_url}/oauth/callback"));
        let database = args.database.clone().unwrap_or_else(|| format!("sqlite://{}", home.path().join("atelier.db").display()));
        let text = configuration(&sandbox, &seed, &world, &listen, &database, &secret, args.without)?;
        // The configuration comes last: where it is, everything that it names is.
        sandbox.save()?;
        std::fs::write(config.with_extension("new"), text)?;
        std::fs::rename(config.with_extension("new"), &config)?;
        (public_url, Some(world))
    };
    let control = sandbox.control().await.context("the control interface does not start")?;

    // Nothing is ever written: it ends when this process does.
    let (lifeline, _held) = std::io::pipe()?;
    let mut children = Vec::new();
    for (part, name) in [(Part::Bot, "bot"), (Part::Webhook, "webhook")] {
        if args.without != Some(part) {
            // What they log would bury the address.
            let log_file = home.path().join(format!("{name}.log"));
            children.push((name, start(name, &config, &clock, &lifeline, log, &log_file)?, log_file));
        }
    }

    let result = tokio::select! {
        ended = first_to_end(&mut children) => Err(ended),
        result = async {
            if args.walk {
                walk::run(&walk::Walk::new(&control.url(), &control.token(), &public_url)?).await
            } else {
                if !print_addresses(&sandbox, &control, &public_url, home.path()) {
                    // Whoever read this has read enough.
                    return Ok(());
                }
                wait_until_up(&sandbox, &public_url, if before { GLOBAL_COMMAND } else { STAFF_COMMAND }).await?;
                match &world {
                    Some(world) => {
                        let events = format!("{public_url}/discord/events");
                        sandbox.discord.set_webhook_events(&events, &["APPLICATION_DEAUTHORIZED"]).await.map_err(anyhow::Error::msg)?;
                        line("Bot and web service are up. The people begin…");
                        seed.plant(&sandbox, world, &public_url, empty).await?;
                        sandbox.save()?;
                        std::fs::write(&mark, &here)?;
                    }
                    // What was not delivered before is taken now.
                    None => sandbox.stripe.release_webhooks(),
                }
                let files = if args.data.is_some() { "; the files stay" } else { " and removes the files" };
                if heard(&format!("Ready. Ctrl-C stops everything{files}.")) {
                    shutdown.cancelled().await;
                }
                Ok(())
            }
        } => result,
        () = shutdown.cancelled() => if args.walk { Err(anyhow::anyhow!("the walk was stopped")) } else { Ok(()) },
    };
    let mut stopped = Ok(());
    for (name, child, _) in &mut children {
        stopped = stopped.and(stop(name, child).await);
    }
    let result = result.and(stopped).and_then(|()| sandbox.save().context("the sandbox cannot be kept"));
    if result.is_err() {
        for (name, _, log_file) in &children {
            print_tail(name, log_file);
        }
    }
    result
}

/// Where everything is.
enum Home {
    /// Removed at the end.
    Temporary(tempfile::TempDir),
    /// There again next time.
    Kept(PathBuf),
}

impl Home {
    fn path(&self) -> &Path {
        match self {
            Home::Temporary(folder) => folder.path(),
            Home::Kept(folder) => folder,
        }
    }
}

/// Refuses to start beside a live key of Stripe's or a token of Discord's. The demo would not use
/// them; whoever set them may think that it does, and that what they see is real.
fn refuse_real_ones(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<()> {
    let advice = "The demo has stand-ins of its own and never uses it: start it without.";
    let written = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    // The key itself, and what is in the file that is named for it.
    let set = |name: &str| -> anyhow::Result<Vec<String>> {
        let mut values = Vec::from_iter(written(name));
        let variable = format!("{name}_FILE");
        if let Some(path) = written(&variable) {
            let file = shown_path(&path);
            let text = std::fs::read_to_string(&path).map_err(|error| anyhow::anyhow!("{variable} names {file}: {error}. {advice}"))?;
            values.extend(Some(text.trim().to_owned()).filter(|text| !text.is_empty()));
        }
        Ok(values)
    };
    if set("ATELIER_STRIPE__SECRET_KEY")?.iter().any(|key| seed::LIVE_KEYS.iter().any(|kind| key.starts_with(kind))) {
        bail!("ATELIER_STRIPE__SECRET_KEY holds a live key of Stripe's. {advice}");
    }
    if !set("ATELIER_DISCORD__TOKEN")?.is_empty() {
        bail!("ATELIER_DISCORD__TOKEN holds a bot's token. {advice}");
    }
    Ok(())
}

/// Refuses a database where Atelier has been: its invoices belong to another Discord and another Stripe.
async fn refuse_used_database(url: &str) -> anyhow::Result<()> {
    let schema = Db::examine(url).await.context("cannot look at --database")?.unwrap_or_default();
    if schema != (Schema { pending: schema.pending, ..Schema::default() }) {
        bail!("--database names a database that Atelier has been at work in. Give the demo an empty one: it would write into the other.");
    }
    Ok(())
}

/// The configuration of the two processes, as a person would write it.
fn configuration(
    sandbox: &Sandbox,
    seed: &Seed,
    world: &World,
    listen: &str,
    database: &str,
    webhook_secret: &str,
    without: Option<Part>,
) -> anyhow::Result<String> {
    let key = Keys::generate("demo")?;
    let text = |text: String| toml_text(&text);
    Ok([
        "# Written by `atelier demo`: every secret in here opens a stand-in on this machine only.".to_owned(),
        format!("[studio]\nname = {}", text(seed.server().to_owned())),
        format!("[database]\nurl = {}", text(database.to_owned())),
        format!(
            "[discord]\ntoken = {}\napplication_id = {}\nclient_secret = {}\npublic_key = {}\napi_url = {}",
            text(sandbox.discord.token().to_string()),
            text(sandbox.discord.application_id()),
            text(sandbox.discord.client_secret()),
            text(sandbox.discord.public_key()),
            text(sandbox.discord.url())
        ),
        format!(
            "[stripe]\nsecret_key = {}\nwebhook_secrets = [{}]\napi_url = {}",
            text(sandbox.stripe.secret_key().to_string()),
            text(webhook_secret.to_owned()),
            text(sandbox.stripe.url())
        ),
        format!(
            "[storage]\nendpoint = {}\nregion = {}\nbucket = {}\naccess_key_id = {}\nsecret_access_key = {}",
            text(sandbox.storage.endpoint()),
            text(sandbox.storage.region().to_string()),
            text(sandbox.storage.bucket().to_string()),
            text(sandbox.storage.access_key_id().to_string()),
            text(sandbox.storage.secret_access_key().to_string())
        ),
        format!("[web]\nlisten = {}\npublic_url = {}", text(listen.to_owned()), text(format!("http://{listen}"))),
        format!("[staff]\nowners = [{}]\nguilds = [{}]", text(world.owner.id()), text(world.guild.id())),
        format!("[security]\nencryption_keys = [{}]", text(key)),
        "[payments]\nreminder_days = [3]".to_owned(),
        format!("[outbox]\nworkers = {}", if without == Some(Part::Outbox) { 0 } else { 4 }),
    ]
    .join("\n\n"))
}

fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Starts one of our own processes, which sees the written configuration and nothing else. It ends when
/// its standard input does, and so with this process, whatever ends that.
fn start(name: &str, config: &Path, clock: &Path, lifeline: &PipeReader, log: &str, log_file: &Path) -> anyhow::Result<Child> {
    let file = std::fs::OpenOptions::new().create(true).append(true).open(log_file)?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg(name)
        .arg("--config")
        .arg(config)
        .arg("--sandbox-clock")
        .arg(clock)
        .arg("--log")
        .arg(log)
        .stdin(lifeline.try_clone()?)
        .stdout(file.try_clone()?)
        .stderr(file)
        .kill_on_drop(true);
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("ATELIER_") {
            command.env_remove(variable);
        }
    }
    command.spawn().with_context(|| format!("cannot start `atelier {name}`"))
}

async fn first_to_end(children: &mut [(&'static str, Child, PathBuf)]) -> anyhow::Error {
    let waits = children.iter_mut().map(|(name, child, _)| {
        Box::pin(async move {
            let status = child.wait().await;
            anyhow::anyhow!(
                "`atelier {name}` ended by itself: {}",
                status.map_or_else(|error| error.to_string(), |status| status.to_string())
            )
        })
    });
    let waits: Vec<_> = waits.collect();
    if waits.is_empty() {
        return std::future::pending().await;
    }
    futures::future::select_all(waits).await.0
}

/// Asks a process to stop, as a service manager would, and ends it when it does not.
async fn stop(name: &str, child: &mut Child) -> anyhow::Result<()> {
    let Some(id) = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) else { return Ok(()) };
    rustix::process::kill_process(id, rustix::process::Signal::TERM).with_context(|| format!("cannot stop `atelier {name}`"))?;
    match tokio::time::timeout(STOP_WITHIN, child.wait()).await {
        Ok(status) => {
            let status = status?;
            // A process that had not begun yet ends by the signal itself.
            let by_signal = std::os::unix::process::ExitStatusExt::signal(&status) == Some(rustix::process::Signal::TERM.as_raw());
            anyhow::ensure!(status.success() || by_signal, "`atelier {name}` did not stop well: {status}");
            Ok(())
        }
        Err(_) => {
            child.kill().await?;
            bail!("`atelier {name}` did not stop within {} seconds and was ended", STOP_WITHIN.as_secs())
        }
    }
}

async fn wait_until_up(sandbox: &Sandbox, public_url: &str, command: &str) -> anyhow::Result<()> {
    let up = async {
        sandbox.discord.bot_connected().await;
        sandbox.discord.commands_registered(command).await;
        walk::until_ready(public_url).await
    };
    match tokio::time::timeout(Duration::from_secs(30), up).await {
        Ok(result) => result,
        Err(_) => bail!("bot and web service did not come up within 30 seconds"),
    }
}

/// Returns whether somebody reads it.
fn print_addresses(sandbox: &Sandbox, control: &sandbox::Control, public_url: &str, folder: &Path) -> bool {
    let (discord, stripe, storage) = (sandbox.discord.url(), sandbox.stripe.url(), sandbox.storage.endpoint());
    let mut lines = vec![
        String::new(),
        "Atelier in a sandbox: no account, no network, no real money.".to_owned(),
        String::new(),
        format!("  Open  {}", control.address()),
        String::new(),
    ];
    if let Some(tunnel) = tunnel(|name| std::env::var(name).ok(), &[&control.url(), public_url, &discord, &stripe, &storage]) {
        lines.extend(["  This machine is not the one before you. Run this there first, and leave it running:".to_owned(), String::new()]);
        lines.extend([format!("  {tunnel}"), String::new()]);
    }
    lines.extend([
        format!("  Web service {public_url}/"),
        format!("  Discord     {discord}"),
        format!("  Stripe      {stripe}"),
        format!("  Storage     {storage}"),
        format!("  Calls       {}/help?token={}", control.url(), control.token()),
        format!("  Files       {} (with bot.log and webhook.log)", folder.display()),
        String::new(),
    ]);
    lines.iter().all(|text| heard(text))
}

/// What makes these addresses reachable from where somebody came by SSH; `None` where nobody did. The browser
/// needs each at its own port, since pages and messages lead from one to the other.
fn tunnel(variable: impl Fn(&str) -> Option<String>, addresses: &[&str]) -> Option<String> {
    // The client's address and port, then the server's. See sshd(8).
    let connection = variable("SSH_CONNECTION")?;
    let [_, _, host, port] = *connection.split_whitespace().collect::<Vec<_>>().as_slice() else { return None };
    let forwards = addresses.iter().filter_map(|address| address.trim_end_matches('/').rsplit(':').next());
    let forwards: String = forwards.map(|port| format!(" -L {port}:127.0.0.1:{port}")).collect();
    let port = if port == "22" { String::new() } else { format!(" -p {port}") };
    let user = variable("USER").or_else(|| variable("LOGNAME")).map(|user| format!("{user}@")).unwrap_or_default();
    Some(format!("ssh -N{port}{forwards} {user}{host}"))
}

fn print_tail(name: &str, log_file: &Path) {
    let Ok(text) = std::fs::read_to_string(log_file) else { return };
    let lines: Vec<&str> = text.lines().collect();
    complaint(&format!("--- the last lines of atelier {name}:"));
    lines.iter().skip(lines.len().saturating_sub(15)).for_each(|line| complaint(line));
}

/// A loopback address that nobody listens on, with this port if it is to be a certain one.
fn free_address(port: Option<u16>) -> anyhow::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", port.unwrap_or(0)));
    Ok(listener.with_context(|| format!("cannot listen on port {}", port.unwrap_or(0)))?.local_addr()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_by_ssh_gets_the_way_back() {
        let addresses = ["http://127.0.0.1:7000", "http://127.0.0.1:7001/"];
        let of = |connection: Option<&str>| {
            let variable = |name: &str| match name {
                "SSH_CONNECTION" => connection.map(str::to_owned),
                "USER" => Some("mira".to_owned()),
                _ => None,
            };
            tunnel(variable, &addresses)
        };
        assert_eq!(of(None), None);
        assert_eq!(
            of(Some("203.0.113.7 50000 198.51.100.2 22")).as_deref(),
            Some("ssh -N -L 7000:127.0.0.1:7000 -L 7001:127.0.0.1:7001 mira@198.51.100.2")
        );
        assert_eq!(
            of(Some("203.0.113.7 50000 2001:db8::2 2222")).as_deref(),
            Some("ssh -N -p 2222 -L 7000:127.0.0.1:7000 -L 7001:127.0.0.1:7001 mira@2001:db8::2")
        );
    }

    #[test]
    fn what_is_real_is_refused_without_being_shown() {
        let refused = |name: &str, value: &str| {
            refuse_real_ones(|asked| (asked == name).then(|| value.to_owned())).map_err(|error| error.to_string())
        };
        for (name, value) in [
            ("ATELIER_STRIPE__SECRET_KEY", "sk_live_hush"),
            ("ATELIER_STRIPE__SECRET_KEY", " rk_live_hush"),
            ("ATELIER_DISCORD__TOKEN", "hush"),
        ] {
            let why = refused(name, value).unwrap_err();
            assert!(why.starts_with(name) && !why.contains("hush"), "{why}");
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "rk_live_hush\n").unwrap();
        let path = file.path().display().to_string();
        assert!(refused("ATELIER_STRIPE__SECRET_KEY_FILE", &path).is_err());
        assert!(refused("ATELIER_DISCORD__TOKEN_FILE", &path).is_err());
        let unreadable = refused("ATELIER_STRIPE__SECRET_KEY_FILE", "/nonexistent/key").unwrap_err();
        assert!(unreadable.starts_with("ATELIER_STRIPE__SECRET_KEY_FILE names /nonexistent/key: No such file"), "{unreadable}");
        assert_eq!(refused("ATELIER_STRIPE__SECRET_KEY", "sk_test_1"), Ok(()));
        assert_eq!(refused("ATELIER_DISCORD__TOKEN", ""), Ok(()));
    }
}
