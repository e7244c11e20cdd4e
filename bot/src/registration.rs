//! Tells Discord which commands there are, when that changed.

use std::time::Duration;

use serde_json::Value;
use serenity::all::{HttpError, Permissions};
use sha2::{Digest, Sha256};
use shared::domain::registrations::{changed, registered};
use shared::platform::discord::outside;
use shared::types::GuildId;
use shared::{App, Error, Result};

use crate::plan::{Plan, Registered, plan, wanted};
use crate::refusals;

const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// Discord's code for a server that the bot is not in.
const MISSING_ACCESS: isize = 50001;

/// Registers the customers' commands everywhere and the staff's in the studio's own servers, each
/// where they changed.
pub async fn register_all(app: &App) -> Result<()> {
    let customer = wanted(None)?;
    let print = fingerprint(app, &customer)?;
    if changed(app, "global", &print).await? {
        let http = app.discord.http();
        let call = tokio::time::timeout(CALL_TIMEOUT, http.create_global_commands(&customer));
        call.await.map_err(|_| too_slow())?.map_err(|error| refusals::start_error(app, &error))?;
        registered(app, "global", &print, app.clock.now()).await?;
        tracing::info!("registered {} commands for customers", customer.len());
    }
    for guild in &app.config.staff.guilds {
        register_staff(app, guild, false).await?;
    }
    Ok(())
}

/// Registers the commands of every scope where Discord has others than these, whatever was
/// registered before. Returns what had to be done.
pub async fn sync(app: &App) -> Result<Vec<Plan>> {
    let plans = plan(&app.discord, &app.config).await?;
    let http = app.discord.http();
    for plan in &plans {
        let Registered::Known(differences) = &plan.registered else { continue };
        let commands = wanted(plan.guild.as_ref())?;
        let scope = plan.guild.map_or_else(|| "global".to_owned(), |guild| guild.to_string());
        if !differences.is_empty() {
            let call = async {
                match &plan.guild {
                    Some(guild) => http.create_guild_commands(guild.get().into(), &commands).await,
                    None => http.create_global_commands(&commands).await,
                }
            };
            let answer = tokio::time::timeout(CALL_TIMEOUT, call).await.map_err(|_| too_slow())?;
            answer.map_err(|error| Error::Setup(format!("Discord does not take the commands ({scope}): {}.", outside(&error))))?;
        }
        registered(app, &scope, &fingerprint(app, &commands)?, app.clock.now()).await?;
    }
    Ok(plans)
}

/// Registers the staff's commands in a server that appeared, where it is one of the studio's.
/// `joined`: the bot was just invited, and Discord forgot what it knew of a stay before.
pub async fn guild_seen(app: &App, guild: GuildId, joined: bool) -> Result<()> {
    if !app.config.staff.guilds.contains(&guild) {
        return Ok(());
    }
    register_staff(app, &guild, joined).await
}

async fn register_staff(app: &App, guild: &GuildId, again: bool) -> Result<()> {
    let staff = wanted(Some(guild))?;
    let print = fingerprint(app, &staff)?;
    if !again && !changed(app, &guild.to_string(), &print).await? {
        return Ok(());
    }
    let http = app.discord.http();
    let call = tokio::time::timeout(CALL_TIMEOUT, http.create_guild_commands(guild.get().into(), &staff));
    match call.await.map_err(|_| too_slow())? {
        Ok(_) => {
            registered(app, &guild.to_string(), &print, app.clock.now()).await?;
            tracing::info!(guild.id = %guild, "registered {} staff commands", staff.len());
            Ok(())
        }
        Err(serenity::Error::Http(HttpError::UnsuccessfulRequest(answer))) if answer.error.code == MISSING_ACCESS => {
            tracing::warn!(
                guild.id = %guild,
                "the bot is not in the server {guild} of staff.guilds, so there are no staff commands there. Invite it: {}",
                invitation(&app.config.discord.application_id)
            );
            Ok(())
        }
        Err(error) => Err(Error::Setup(format!("Discord does not take the staff commands for the server {guild} ({}).", outside(&error)))),
    }
}

/// Where the bot is invited with everything that it needs: its commands, and to write in the staff channel.
pub fn invitation(application: &str) -> String {
    let permissions = Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES | Permissions::EMBED_LINKS | Permissions::READ_MESSAGE_HISTORY;
    let bits = permissions.bits();
    format!("https://discord.com/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={bits}")
}

/// What was registered, with whom: another application or another Discord knows nothing of it.
fn fingerprint(app: &App, commands: &[Value]) -> Result<String> {
    let discord = &app.config.discord;
    let registered = serde_json::to_vec(&(&discord.api_url, &discord.application_id, commands));
    let registered = registered.map_err(|error| Error::Fault(format!("commands as JSON: {error}")))?;
    Ok(hex::encode(Sha256::digest(registered)))
}

fn too_slow() -> Error {
    Error::Setup("Discord does not answer while the commands are registered. Check the network, then start again.".into())
}
