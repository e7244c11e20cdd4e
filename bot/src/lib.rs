//! Discord in, Discord out: slash commands and buttons, by poise and serenity.
//!
//! A command parses, calls one operation of `shared::domain`, and renders its result by `reply`.
//! Who may do what is decided by the operation, never here.

mod asked;
mod beat;
mod commands;
mod components;
mod context;
mod errors;
mod forms;
mod gateway;
mod lists;
mod plan;
mod refusals;
mod registration;
mod reply;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use shared::domain::bots::Bot;
use shared::domain::papers;
use shared::{App, Error, Result};
use tokio_util::sync::CancellationToken;

pub use commands::commands;
pub use gateway::{PrivilegedIntent, privileged_intents};
pub use plan::{Difference, Plan, Registered, plan};
pub use registration::{invitation, sync};

/// How long a shutdown may take. What is cut off then is finished by the outbox, or was a reply.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs the bot until `shutdown`: registers the commands that changed, connects to the gateway
/// and answers, with an outbox worker beside it. Fails with a sentence when Discord does not
/// answer at the start, or refuses the token.
pub async fn run(app: Arc<App>, shutdown: CancellationToken) -> Result<()> {
    let start = async {
        papers::freeze_earlier(&app, app.clock.now()).await?;
        app.discord.check_gateway().await?;
        let invitation = gateway::ask(&app).await?;
        registration::register_all(&app).await?;
        let this = Bot::starts(invitation.shards, app.clock.now());
        Ok::<_, Error>((gateway::Gateway::connect(app.clone(), invitation), this))
    };
    let Some(started) = shutdown.run_until_cancelled(start).await else { return Ok(()) };
    let (mut gateway, this) = started?;

    let stop_worker = shutdown.child_token();
    let beating = tokio::spawn(beat::run(app.clone(), this, stop_worker.clone()));
    let mut worker = tokio::spawn(shared::worker::run(app, stop_worker.clone()));
    let ended = tokio::select! {
        () = shutdown.cancelled() => Ok(()),
        error = gateway.failed() => Err(error),
        ended = &mut worker => match ended {
            Ok(ended @ Err(_)) => ended,
            Ok(Ok(())) if shutdown.is_cancelled() => Ok(()),
            Ok(Ok(())) | Err(_) => Err(Error::Fault("the outbox worker stopped".into())),
        },
    };

    stop_worker.cancel();
    let finish = async {
        gateway.stop().await;
        if !worker.is_finished() {
            // A worker that panicked has nothing left to finish.
            let _ = worker.await;
        }
        // Nor has one that says that this bot runs.
        let _ = beating.await;
    };
    if tokio::time::timeout(SHUTDOWN_TIMEOUT, finish).await.is_err() {
        tracing::warn!("the shutdown took too long: what was under way is cut off");
    }
    ended
}
