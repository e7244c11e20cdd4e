//! Stand-ins for Discord, Stripe and S3 that speak the real protocols on loopback.

// Stripe's objects have more fields than `json!` takes by default.
#![recursion_limit = "256"]

pub mod clock;
pub mod control;
pub mod discord;
pub mod fault;
pub mod record;
pub mod storage;
pub mod stripe;
mod window;

use std::io;
use std::path::PathBuf;

pub use clock::Clock;
pub use control::Control;
pub use discord::Discord;
pub use fault::{Fault, Faults};
pub use record::{Recorder, Service};
pub use storage::Storage;
pub use stripe::Stripe;

/// How a sandbox starts.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The folder that requests are recorded in, as JSON lines.
    pub record: Option<PathBuf>,
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
}

impl Sandbox {
    /// Starts all stand-ins, each on a free loopback port.
    pub async fn start(options: Options) -> io::Result<Sandbox> {
        let clock = Clock::default();
        let recorder = Recorder::new(options.record)?;
        recorder.go_by(&clock);
        Ok(Sandbox {
            discord: Discord::start(clock.clone(), recorder.clone()).await?,
            stripe: Stripe::start(clock.clone(), recorder.clone()).await?,
            storage: Storage::start(clock.clone(), recorder.clone()).await?,
            clock,
            recorder,
        })
    }

    /// Starts the control interface, through which another process drives it all.
    pub async fn control(&self) -> io::Result<Control> {
        Control::start(self.clone()).await
    }
}
