//! The sentences for what Discord refuses while the bot starts, or commands are compared.

use serenity::all::HttpError;
use shared::config::Config;
use shared::platform::discord::{LookupError, outside};
use shared::{App, Error};

/// The sentence for a question that Discord does not answer.
pub fn lookup_failed(config: &Config, why: LookupError) -> Error {
    match why {
        LookupError::Token => refused_token(),
        LookupError::Access => Error::Setup(format!(
            "discord.application_id ({}) is not the application that discord.token belongs to. Copy both from the same application in the \
             developer portal.",
            config.discord.application_id
        )),
        LookupError::Other(error) => unreachable(config, &error.to_string()),
    }
}

/// The sentence for a call to Discord that failed while the bot starts.
pub fn start_error(app: &App, error: &serenity::Error) -> Error {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) if answer.status_code.as_u16() == 401 => refused_token(),
        _ => unreachable(&app.config, &outside(error).to_string()),
    }
}

/// The sentence for a Discord that cannot be asked, and why.
pub fn unreachable(config: &Config, detail: &str) -> Error {
    let api_url = &config.discord.api_url;
    Error::Setup(format!(
        "{api_url} does not answer the bot as it should ({detail}). Check the network and discordstatus.com, then try again."
    ))
}

/// The sentence for a token that Discord refuses.
pub fn refused_token() -> Error {
    Error::Setup(
        "Discord refuses discord.token. Copy the bot's token from the Developer Portal (Bot, Reset Token) into the configuration.".into(),
    )
}
