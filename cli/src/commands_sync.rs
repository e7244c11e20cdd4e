//! `atelier commands sync`: brings the commands at Discord in line with this build's.

use std::path::Path;

use bot::{Difference, Plan, Registered, invitation};
use shared::App;
use shared::config::Config;
use shared::platform::clock::Clock;
use shared::platform::discord::Discord;

use crate::print::{Mark, count, line};

/// Compares, and registers what differs unless it is a dry run. Returns whether every scope could
/// be reached.
pub async fn run(path: Option<&Path>, dry_run: bool) -> anyhow::Result<bool> {
    // Also a dry run sends the token, so it must not go to an address that is refused.
    let config = Config::inspect(path)?.ready()?;
    let application = config.discord.application_id.clone();
    let plans = if dry_run {
        bot::plan(&Discord::new(&config.discord)?, &config).await?
    } else {
        let app = App::start(config, Clock::System).await?;
        let plans = bot::sync(&app).await;
        app.db.close().await;
        plans?
    };
    let mut differences = 0;
    for plan in &plans {
        differences += print(plan, &application);
    }
    line("");
    line(&match (dry_run, differences) {
        (_, 0) => "Nothing to do: Discord has what this build registers.".to_owned(),
        (true, _) => format!("A dry run: nothing was changed. `atelier commands sync` would change {}.", count(differences, "command")),
        (false, _) => format!("Changed {}.", count(differences, "command")),
    });
    Ok(plans.iter().all(|plan| plan.registered != Registered::NotInvited))
}

/// Prints a scope and returns how many commands differ there.
fn print(plan: &Plan, application: &str) -> usize {
    let place = match &plan.guild {
        None => "everywhere, for customers".to_owned(),
        Some(guild) => format!("server {guild}, for staff"),
    };
    match &plan.registered {
        Registered::NotInvited => {
            line(&format!("{} {place}: the bot is not there with the scope applications.commands", Mark::Bad.sign()));
            line(&format!("    → invite it: {}", invitation(application)));
            0
        }
        Registered::Known(differences) if differences.is_empty() => {
            line(&format!("{} {place}: no difference", Mark::Good.sign()));
            0
        }
        Registered::Known(differences) => {
            line(&format!("! {place}"));
            for difference in differences {
                line(&match difference {
                    Difference::New(name) => format!("    + {name}"),
                    Difference::Changed(name) => format!("    ~ {name}"),
                    Difference::Gone(name) => format!("    - {name}"),
                });
            }
            differences.len()
        }
    }
}
