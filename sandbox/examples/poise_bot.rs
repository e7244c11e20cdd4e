//! A bot of thirty lines, and how to test it: point it at the sandbox instead of Discord, and be somebody.
//!
//! `cargo test -p sandbox --example poise_bot` runs the tests below. `DISCORD_TOKEN=… cargo run --example poise_bot`
//! runs the bot on Discord, and with `DISCORD_URL` on a sandbox in another process.

use poise::serenity_prelude as serenity;

type Context<'a> = poise::Context<'a, (), serenity::Error>;

/// Greets somebody
#[poise::command(slash_command)]
async fn greet(ctx: Context<'_>, #[description = "Whom"] whom: serenity::User) -> Result<(), serenity::Error> {
    ctx.say(format!("Hello, {}!", whom.name)).await?;
    Ok(())
}

async fn run(token: &str, url: Option<&str>) -> Result<(), serenity::Error> {
    let framework = poise::Framework::builder()
        .options(poise::FrameworkOptions { commands: vec![greet()], ..Default::default() })
        .setup(|ctx, _, framework| Box::pin(poise::builtins::register_globally(ctx, &framework.options().commands)))
        .build();
    let mut http = serenity::HttpBuilder::new(token);
    if let Some(url) = url {
        // serenity's rate limiter does not go through the proxy.
        http = http.proxy(url).ratelimiter_disabled(true);
    }
    let intents = serenity::GatewayIntents::non_privileged();
    serenity::ClientBuilder::new_with_http(http.build(), intents).framework(framework).await?.start().await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(run(&std::env::var("DISCORD_TOKEN")?, std::env::var("DISCORD_URL").ok().as_deref()).await?)
}

#[cfg(test)]
mod tests {
    use sandbox::discord::{ActError, Discord, Person, Place};
    use sandbox::{Clock, Recorder};

    /// A Discord, the bot at work on it, and two people in a server.
    async fn start() -> (Discord, Person, Place) {
        let discord = Discord::start(Clock::default(), Recorder::new(None).unwrap()).await.unwrap();
        let (ada, grace) = (discord.user("ada"), discord.user("grace"));
        let studio = discord.guild("Studio", &grace);
        studio.join(&ada);
        let (token, url) = (discord.token(), discord.url());
        tokio::spawn(async move { super::run(&token, Some(&url)).await });
        discord.commands_registered("greet").await;
        let place = grace.in_channel(&studio.channel("general"));
        (discord, ada, place)
    }

    #[tokio::test]
    async fn grace_has_ada_greeted() {
        let (_discord, ada, place) = start().await;
        let reply = place.slash("/greet", [("whom", (&ada).into())]).await.unwrap();
        assert_eq!(reply.text(), "Hello, ada!");
        assert!(!reply.ephemeral);
    }

    #[tokio::test]
    async fn the_client_wants_somebody_to_greet() {
        let (_discord, _ada, place) = start().await;
        assert!(matches!(place.slash("/greet", []).await, Err(ActError::BadOptions(_))));
    }
}
