//! Stand-ins for Discord, Stripe and S3 that speak the real protocols on loopback.

pub mod control;

use std::io;
use std::path::PathBuf;

pub use control::Control;
use sandbox_core::Folder;
pub use sandbox_core::{Clock, Fault, Faults, Recorder, Service, clock, fault, record};
pub use sandbox_discord::{self as discord, Discord};
pub use sandbox_storage::{self as storage, Storage};
pub use sandbox_stripe::{self as stripe, Stripe};

/// How a sandbox starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folder that requests are recorded in, as JSON lines.
    pub record: Option<PathBuf>,
    /// The file that the clock keeps its offset in, for other processes; see [`Clock::kept_in`].
    pub clock: Option<PathBuf>,
    /// The folder that the sandbox keeps itself in: people, servers, messages, payments, objects, keys, ports, and the
    /// clock, unless that has a file already. A sandbox that starts there again goes on where it was, a second before at
    /// most; it holds webhooks until [`Stripe::release_webhooks`]. Faults, connections and what is recorded are not kept.
    pub data: Option<PathBuf>,
    /// The port of the control interface. The three after the next one are Discord's, Stripe's and the storage's; the
    /// next is left to whoever starts it. `None`: each takes a free one. Where it is kept in a folder, it stays where it was.
    pub port: Option<u16>,
}

/// All stand-ins, on one clock and one recorder.
#[derive(Clone)]
pub struct Sandbox {
    /// The time that all stand-ins see.
    pub clock: Clock,
    /// What was asked of them.
    pub recorder: Recorder,
    /// The Discord stand-in.
    pub discord: Discord,
    /// The Stripe stand-in.
    pub stripe: Stripe,
    /// The object storage stand-in.
    pub storage: Storage,
    folder: Option<Folder>,
    port: Option<u16>,
}

impl Sandbox {
    /// Starts all stand-ins, each on a free loopback port, on its own of [`Options::port`], or on the one it is kept with.
    pub async fn start(options: Options) -> io::Result<Sandbox> {
        let folder = options.data.as_deref().map(Folder::open).transpose()?;
        let clock = options.clock.or_else(|| folder.as_ref().map(|folder| folder.join("clock")));
        let clock = clock.as_deref().map(Clock::kept_in).transpose()?.unwrap_or_default();
        let recorder = Recorder::new(options.record)?;
        recorder.go_by(&clock);
        let port = |number: u16| options.port.map(|first| first.saturating_add(number));
        Ok(Sandbox {
            discord: Discord::start_in(clock.clone(), recorder.clone(), folder.as_ref(), port(2)).await?,
            stripe: Stripe::start_in(clock.clone(), recorder.clone(), folder.as_ref(), port(3)).await?,
            storage: Storage::start_in(clock.clone(), recorder.clone(), folder.as_ref(), port(4)).await?,
            clock,
            recorder,
            folder,
            port: options.port,
        })
    }

    /// Writes down everything now, where it is kept in a folder. By itself it does so a second after a change.
    pub fn save(&self) -> io::Result<()> {
        self.discord.save()?;
        self.stripe.save()?;
        self.storage.save()
    }

    /// Starts the control interface, through which another process drives it all.
    pub async fn control(&self) -> io::Result<Control> {
        Control::start(self.clone()).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn start(folder: &std::path::Path) -> Sandbox {
        Sandbox::start(Options { data: Some(folder.to_owned()), ..Options::default() }).await.unwrap()
    }

    #[tokio::test]
    async fn a_sandbox_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = start(folder.path()).await;
        let ada = sandbox.discord.user("ada");
        let guild = sandbox.discord.guild("Studio", &ada);
        let role = guild.role("Painters");
        role.set_look(0xe0_a4_58, true);
        guild.give_role(&ada, &role);
        let place = ada.in_channel(&guild.channel("general"));
        let said = place.say_with("Look", [discord::Value::file("a.txt", "text/plain", "bytes")]).unwrap();
        let before = (sandbox.discord.token(), sandbox.discord.public_key(), sandbox.discord.url(), said.attachments[0].url.clone());
        // Nobody listens there, so that every attempt fails.
        sandbox.stripe.add_webhook_endpoint("http://127.0.0.1:1/", &["*"]);
        let event = sandbox.stripe.event("customer.created", serde_json::json!({ "id": "cus_1", "object": "customer" }));
        let addresses = (sandbox.stripe.url(), sandbox.stripe.secret_key(), sandbox.stripe.live_secret_key(), sandbox.storage.endpoint());
        sandbox.clock.advance(Duration::from_secs(60));
        let now_ms = sandbox.clock.now_ms();
        sandbox.save().unwrap();
        sandbox.discord.stop();
        sandbox.stripe.stop();
        sandbox.storage.stop();
        // A port is free, and the lock with it, when the last clone is gone.
        drop((ada, guild, role, place, sandbox));

        let sandbox = loop {
            // The listeners end in tasks of their own.
            match Sandbox::start(Options { data: Some(folder.path().to_owned()), ..Options::default() }).await {
                Ok(sandbox) => break sandbox,
                Err(error) => assert!(["port", "in use"].iter().any(|why| error.to_string().contains(why)), "{error}"),
            }
            tokio::task::yield_now().await;
        };
        let message = sandbox.discord.message(&said.id).unwrap();
        let after = (sandbox.discord.token(), sandbox.discord.public_key(), sandbox.discord.url(), message.attachments[0].url.clone());
        assert_eq!(after.0, before.0);
        assert_eq!((after.1, after.2), (before.1, before.2));
        assert_eq!(message.content, "Look");
        assert_eq!(reqwest::get(&before.3).await.unwrap().text().await.unwrap(), "bytes");
        assert_eq!(sandbox.discord.guilds()[0].roles_of(&sandbox.discord.user("ada"))[0].name(), "Painters");
        let again = (sandbox.stripe.url(), sandbox.stripe.secret_key(), sandbox.stripe.live_secret_key(), sandbox.storage.endpoint());
        assert_eq!(again, addresses);
        assert!(sandbox.stripe.events().iter().any(|known| known["id"] == event["id"]));
        assert!(sandbox.stripe.holds_webhooks(), "until the receivers are there");
        assert!(sandbox.clock.now_ms() >= now_ms);
    }
}
