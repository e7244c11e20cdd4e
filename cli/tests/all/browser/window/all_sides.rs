//! Every part of the window, in both themes, at a desk and on a phone, as a screen reader has it.

use super::super::Scheme;
use super::{BOT, Window, issue};
use crate::world::*;
use shared::platform::db::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_part_keeps_anybody_out() {
    run(Engine::Sqlite, keeps_nobody_out).await;
}

const DESK: (u32, u32) = (1440, 900);
const PHONE: (u32, u32) = (390, 844);

/// Nothing serious for axe and nothing wider than the window, in both themes.
async fn looks_right(window: &Window, name: &str) {
    assert!(!window.is_too_wide().await, "{name}");
    for scheme in [Scheme::Light, Scheme::Dark] {
        window.prefer(scheme).await;
        window.screenshot(&format!("{name}-{scheme:?}")).await;
        window.axe().await;
    }
}

async fn keeps_nobody_out(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    world.issue(&world.ada, "A portrait of two dragons, in oil, with a frame that is longer than a line", "80").await;
    let place = world.ben.in_channel(&world.general);
    place.say("**Hello** [everybody](https://example.com), `let it = 1;` ||a spoiler|| <t:1790000000:R>\n> quoted\n- a list").unwrap();
    place.say(&"long".repeat(400)).unwrap();
    let window = Window::open_on(&world.sandbox, "everybody").await;
    let (page, pane, side) = (window.page(), window.first(), window.side());
    looks_right(&window, "chat").await;
    issue(&window, pane, "Castle").await;
    pane.click("button", "Commands").await;
    pane.find("option", "/about…").await;
    looks_right(&window, "picker").await;
    pane.click("option", "/staff add…").await;
    looks_right(&window, "command").await;
    pane.click("button", "Leave the command").await;
    pane.click("button", "ada").await;
    window.popover().click("menuitem", "Apps").await;
    page.find("menuitem", "Issue invoice").await;
    looks_right(&window, "menu").await;
    page.click("menuitem", "Issue invoice").await;
    window.form().find("textbox", "What for, in one line").await;
    looks_right(&window, "form").await;
    window.form().click("button", "Cancel").await;
    pane.click("button", "You are mira…").await;
    looks_right(&window, "people").await;
    window.popover().click("button", "ada…").await;
    window.go(pane, BOT).await;
    pane.find("button", "Get file").await;
    side.click("button", "Dragon rig…").await;
    looks_right(&window, "payment").await;
    for part in ["Customers", "Refunds", "Disputes", "Events"] {
        side.click("tab", part).await;
        looks_right(&window, part).await;
    }
    side.click("tab", "Storage").await;
    side.click("button", "…").await;
    looks_right(&window, "storage").await;
    side.click("tab", "Wire").await;
    side.says("INTERACTION_CREATE").await;
    looks_right(&window, "wire").await;
    side.click("tab", "Switches").await;
    window.part(".service-card:has([name=mode-stripe])").click("radio", "Slow…").await;
    page.says("Stripe is slow").await;
    looks_right(&window, "switches").await;
    page.click("button", "Put everything right").await;
    page.click("button", "Second pane").await;
    window.second().says("Welcome to").await;
    looks_right(&window, "two-panes").await;

    let (width, height) = PHONE;
    window.resize(width, height).await;
    window.reload().await;
    pane.find("button", "Servers and channels").await;
    looks_right(&window, "phone-chat").await;
    pane.click("button", "Servers and channels").await;
    pane.find("button", "Pixel Forge").await;
    looks_right(&window, "phone-places").await;
    let (width, height) = DESK;
    window.resize(width, height).await;
    window.quit().await;
}
