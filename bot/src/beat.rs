//! Says while the bot runs that it does, and names any other that runs on the same shards.

use std::collections::HashSet;
use std::sync::Arc;

use shared::App;
use shared::domain::bots::{self, Bot};
use tokio_util::sync::CancellationToken;

/// Says every half a minute that the bot runs until `shutdown`, and then that it does not.
pub async fn run(app: Arc<App>, this: Bot, shutdown: CancellationToken) {
    let mut named = HashSet::new();
    while !shutdown.is_cancelled() {
        let now = app.clock.now();
        match bots::beat(&app, &this, now).await {
            Ok(others) => {
                for other in others.into_iter().filter(|other| named.insert(other.id)) {
                    tracing::warn!(
                        bot.id = %other.id,
                        "another bot runs on this database with the same token, since {}: nothing is done twice, but stop one of them",
                        other.started_at.utc()
                    );
                }
            }
            Err(error) => tracing::warn!(%error, "the bot could not say that it runs"),
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = app.clock.sleep_until(now.plus(bots::BEAT)) => {}
        }
    }
    if let Err(error) = bots::stopped(&app, &this).await {
        tracing::warn!(%error, "the bot could not say that it stops");
    }
}
