//! The stand-ins by themselves, for a bot and a web service in any language.
//!
//! `cargo run -p sandbox --example serve` prints where they listen, and serves until Ctrl-C or SIGTERM. With a folder as
//! its argument it records there what is asked of them.

use sandbox::{Options, Sandbox};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let record = std::env::args_os().nth(1).map(Into::into);
    let sandbox = Sandbox::start(Options { record, ..Options::default() }).await?;
    let control = sandbox.control().await?;
    println!("Discord   {}", sandbox.discord.url());
    println!("Stripe    {}", sandbox.stripe.url());
    println!("Storage   {}", sandbox.storage.endpoint());
    // Tokens and keys come from there too: GET /secrets.
    println!("Control   {}", control.address());
    asked_to_end().await
}

/// Waits for Ctrl-C, or for SIGTERM, which without this would leave the folder of the storage behind.
async fn asked_to_end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

#[cfg(all(test, unix))]
mod tests {
    #[tokio::test]
    async fn a_service_manager_ends_it_in_peace() {
        let mut ended = std::pin::pin!(super::asked_to_end());
        assert!(futures::poll!(&mut ended).is_pending());
        let own = std::process::id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &own]).status().unwrap().success());
        ended.await.unwrap();
    }
}
