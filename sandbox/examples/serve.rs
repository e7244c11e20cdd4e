//! The stand-ins by themselves, for a bot and a web service in any language.
//!
//! `cargo run -p sandbox --example serve` prints where they listen, and serves until Ctrl-C. With a folder as its
//! argument it records there what is asked of them.

use sandbox::{Options, Sandbox};

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let record = std::env::args_os().nth(1).map(Into::into);
    let sandbox = Sandbox::start(Options { record }).await?;
    let control = sandbox.control().await?;
    println!("Discord   {}", sandbox.discord.url());
    println!("Stripe    {}", sandbox.stripe.url());
    println!("Storage   {}", sandbox.storage.endpoint());
    // Tokens and keys come from there too: GET /secrets.
    println!("Control   {}", control.address());
    tokio::signal::ctrl_c().await
}
