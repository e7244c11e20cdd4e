//! What goes wrong, how the window says so, and how it comes right again.

use std::time::Duration;

use fantoccini::key::Key;

use super::{BOT, Window};
use crate::world::*;

each_backend!(services_misbehave_and_are_put_right, the_window_loses_the_sandbox_and_finds_it_again);

async fn services_misbehave_and_are_put_right(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    let window = Window::open(&world).await;
    let (page, pane, side) = (window.page(), window.first(), window.side());
    window.be(pane, "ada").await;
    window.go(pane, BOT).await;
    pane.says("Dragon rig").await;

    // Stripe fails.
    side.click("tab", "Switches").await;
    let stripe = window.part(".service-card:has([name=mode-stripe])");
    stripe.click("radio", "Failing…").await;
    page.says("Stripe answers 500").await;
    check(&window).await;
    pane.says("Stripe is not answering right now").await;
    window.screenshot("1-stripe-fails").await;
    stripe.click("radio", "Fine…").await;
    page.is_silent_about("Stripe answers 500").await;
    // Stripe is not asked about an invoice all the time.
    world.app().clock.advance(Duration::from_secs(60));
    check(&window).await;
    pane.says("No payment arrived yet").await;

    // Webhooks are held back: what Stripe knows, Atelier does not.
    side.click("tab", "Stripe").await;
    side.click("tab", "Events").await;
    side.click("switch", "Hold webhooks…").await;
    page.says("Webhooks are held").await;
    side.click("tab", "Payments").await;
    side.click("button", "Dragon rig…").await;
    side.click("button", "Pay by card").await;
    side.says("paid").await;
    side.lacks("button", "Pay by card").await;
    window.screenshot("2-held").await;
    assert_eq!(world.status(1).await, "pending");
    assert!(!pane.text().await.contains("Your payment arrived"));
    side.click("tab", "Events").await;
    side.click("switch", "Hold webhooks…").await;
    pane.says("Your payment arrived").await;
    page.is_silent_about("Webhooks are held").await;

    // Discord is so slow that no answer comes in time: to a command, and to a button.
    world.deliver("1", "dragon.zip", "bytes").await;
    pane.find("button", "Get file").await;
    side.click("tab", "Switches").await;
    let discord = window.part(".service-card:has([name=mode-discord])");
    discord.click("radio", "Slow…").await;
    discord.write("spinbutton", "Discord Slow: Seconds", "600").await;
    window.press(&[Key::Tab]).await;
    until("Discord waits for ten minutes", || async { window.ask_control("/faults").await["discord"][0]["delay_ms"] == 600_000 }).await;
    page.says("Discord is slow").await;
    let asked = window.sent("INTERACTION_CREATE").await;
    pane.click("button", "Commands").await;
    pane.click("option", "/deliverable list…").await;
    pane.click("button", "Run /deliverable list").await;
    until("the bot is asked", || async { window.sent("INTERACTION_CREATE").await > asked }).await;
    world.sandbox.clock.advance(Duration::from_millis(3_001));
    pane.says("This interaction failed").await;
    window.expect_error("502").await;
    window.screenshot("3-discord-slow").await;
    pane.click("button", "Leave the command").await;
    pane.is_silent_about("This interaction failed").await;
    let asked = window.sent("INTERACTION_CREATE").await;
    pane.click("button", "Get file").await;
    until("the bot is asked", || async { window.sent("INTERACTION_CREATE").await > asked }).await;
    world.sandbox.clock.advance(Duration::from_millis(3_001));
    pane.says("This interaction failed").await;
    window.expect_error("502").await;
    window.screenshot("4-button-failed").await;
    page.click("button", "Put everything right").await;
    page.is_silent_about("Discord is slow").await;
    pane.click("button", "Get file").await;
    pane.find("link", "Download").await;
    pane.is_silent_about("This interaction failed").await;

    // The bot's connection breaks, and comes back.
    side.click("button", "Disconnect").await;
    world.sandbox.discord.bot_connected().await;
    pane.click("button", "Commands").await;
    pane.click("option", "/deliverable list…").await;
    pane.click("button", "Run /deliverable list").await;
    pane.says("Your files").await;
    window.screenshot("5-back").await;
    window.quit().await;
}

/// `/invoice check` of the invoice.
async fn check(window: &Window) {
    let pane = window.first();
    pane.click("button", "Commands").await;
    pane.click("option", "/invoice check…").await;
    pane.click("option", "#1…").await;
    pane.click("button", "Run /invoice check").await;
}

async fn the_window_loses_the_sandbox_and_finds_it_again(world: World) {
    let window = Window::open(&world).await;
    let (page, pane) = (window.page(), window.first());
    world.ben.in_channel(&world.general).say("Before").unwrap();
    pane.says("Before").await;
    window.offline(true).await;
    page.says("The sandbox does not answer").await;
    window.screenshot("lost").await;
    world.ben.in_channel(&world.general).say("Meanwhile").unwrap();
    world.guild.channel("news");
    window.offline(false).await;
    page.is_silent_about("The sandbox does not answer").await;
    pane.says("Meanwhile").await;
    pane.find("button", "news").await;
    world.ben.in_channel(&world.general).say("Afterwards").unwrap();
    pane.says("Afterwards").await;
    window.expect_error("net::ERR").await;
    window.quit().await;
}
