//! The guided tour: it sees what is done, can be put away, and comes back.

use super::{Window, pay};
use crate::world::*;

each_backend!(the_tour_from_beginning_to_end);

async fn the_tour_from_beginning_to_end(world: World) {
    let window = Window::open(&world).await;
    let (page, pane, tour) = (window.page(), window.first(), window.part("section[aria-label='Tour']"));
    let now = window.part("section[aria-label='Tour'] [aria-current='step']");
    // Dismissed, also for the next time, and opened again.
    tour.click("button", "Close the tour").await;
    page.lacks("region", "Tour").await;
    window.reload().await;
    pane.says("Welcome to #general").await;
    assert!(!page.has("region", "Tour").await);
    page.click("button", "Tour").await;
    page.find("region", "Tour").await;
    now.says("Issue").await;
    window.screenshot("1-issue").await;

    // Who is needed is shown already: the command begins, so that something happens.
    tour.click("button", "Show me").await;
    pane.find("button", "Run /billing issue").await;
    // Somebody else is shown, and the tour goes to whoever is needed.
    window.be(pane, "ben").await;
    tour.click("button", "Show me").await;
    pane.click("option", "ada…").await;
    pane.write("textbox", "title", "Dragon rig").await;
    pane.write("textbox", "amount", "12.50").await;
    pane.click("button", "Run /billing issue").await;

    now.says("Pay").await;
    window.screenshot("2-pay").await;
    tour.click("button", "Show me").await;
    pay(&window, pane).await;

    now.says("Deliver").await;
    // It is kept where one was.
    window.reload().await;
    now.says("Deliver").await;
    tour.click("button", "Show me").await;
    pane.click("option", "#1…").await;
    tour.click("button", "take this sample").await;
    pane.says("pixel-gem.png").await;
    window.screenshot("3-deliver").await;
    pane.click("button", "Run /deliver add").await;

    now.says("Fetch").await;
    tour.click("button", "Show me").await;
    pane.click("button", "Get file").await;
    window.screenshot("4-fetch").await;
    pane.click("link", "Download").await;
    assert!(window.downloaded("pixel-gem.png").await.starts_with(b"\x89PNG"));
    window.back_to_window().await;

    now.says("Refund").await;
    tour.click("button", "Show me").await;
    pane.click("option", "#1…").await;
    pane.write("textbox", "reason", "It was a joke").await;
    pane.click("button", "Run /billing refund").await;
    pane.click("button", "Refund").await;
    tour.says("has the money back").await;
    window.screenshot("5-end").await;
    tour.click("button", "Finish").await;
    page.lacks("region", "Tour").await;
    // Once it is through, it begins anew.
    page.click("button", "Tour").await;
    now.says("Issue").await;
    window.quit().await;
}
