//! Two people side by side: each sees their own.

use std::time::Duration;

use sandbox::Fault;

use super::Window;
use crate::world::*;

each_backend!(two_people_side_by_side);

async fn two_people_side_by_side(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    let window = Window::open(&world).await;
    let page = window.page();
    page.click("button", "Second pane").await;
    let (mira, ada) = (window.first(), window.second());
    window.be(ada, "ada").await;

    // What only mira sees, ada does not, though she sees what comes after it.
    mira.click("button", "Commands").await;
    mira.click("option", "/billing list…").await;
    mira.click("button", "Run /billing list").await;
    mira.says("Only you can see this").await;
    mira.says("Dragon rig").await;
    world.ben.in_channel(&world.general).say("Hello, both").unwrap();
    mira.says("Hello, both").await;
    ada.says("Hello, both").await;
    assert!(!ada.text().await.contains("Dragon rig") && !ada.text().await.contains("Only you"), "{}", ada.text().await);
    window.screenshot("1-both").await;
    mira.click("button", "Dismiss message").await;
    mira.is_silent_about("/billing list").await;

    // What is offered is not the same.
    mira.click("button", "Commands").await;
    mira.find("option", "/billing issue…").await;
    ada.click("button", "Commands").await;
    ada.find("option", "/invoice list See your invoices, the newest first").await;
    let offered = ada.names("option").await;
    let staff = ["/billing", "/deliver ", "/staff", "/audit", "/customer"];
    assert!(!offered.iter().any(|name| staff.iter().any(|staff| name.starts_with(staff))), "{offered:?}");
    ada.click("button", "You are ada…").await;
    window.popover().find("combobox", "The language of ada's Discord").await.select_by_value("de").await.unwrap();
    ada.says("Deutsch").await;
    ada.click("textbox", "Message #general").await;
    ada.find("option", "/invoice list Deine Rechnungen sehen, die neuesten zuerst").await;
    window.screenshot("2-german").await;

    // A reload keeps who is where, and what was put away.
    window.reload().await;
    mira.says("Hello, both").await;
    ada.says("Hello, both").await;
    assert_eq!((window.who(mira).await, window.who(ada).await), ("mira".to_owned(), "ada".to_owned()));
    assert!(!mira.text().await.contains("/billing list"), "what was dismissed stays away");

    // What takes long is waited for in sight of whoever asked alone, and its answer takes its place.
    world.sandbox.stripe.faults().add(Fault::on("*", "/v1/").delay(Duration::from_secs(600)));
    world.sandbox.discord.faults().add(Fault::on("PATCH", "/api/v10/webhooks/").delay(Duration::from_secs(600)));
    mira.click("button", "Commands").await;
    mira.click("option", "/billing reconcile…").await;
    mira.click("button", "Run /billing reconcile").await;
    mira.says("is thinking…").await;
    world.ben.in_channel(&world.general).say("She thinks").unwrap();
    ada.says("She thinks").await;
    assert!(!ada.text().await.contains("is thinking…"));
    window.screenshot("3-thinking").await;
    world.sandbox.stripe.faults().clear();
    world.sandbox.discord.faults().clear();
    mira.is_silent_about("is thinking…").await;
    mira.says("used\n/billing reconcile").await;
    window.screenshot("4-answer").await;
    page.click("button", "Close this pane").await;
    page.lacks("region", "Second pane").await;
    window.quit().await;
}
