//! The main job, from the command to the bytes and the money back, played by one person who is both.

use super::{BOT, Window, issue, pay};
use crate::world::*;

each_backend!(the_whole_story_by_mouse);

fn bytes() -> Vec<u8> {
    (0..100_000u32).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

async fn the_whole_story_by_mouse(world: World) {
    let window = Window::open(&world).await;
    let pane = window.first();
    window.screenshot("open").await;
    issue(&window, pane, "Dragon rig").await;
    pane.says("Only you can see this").await;
    window.screenshot("issued").await;

    window.be(pane, "ada").await;
    window.go(pane, BOT).await;
    pane.says("Dragon rig").await;
    window.screenshot("invoice").await;
    pay(&window, pane).await;
    assert_eq!(world.status(1).await, "paid");

    // A file by drag and drop.
    window.be(pane, "mira").await;
    window.go(pane, "general").await;
    pane.click("button", "Commands").await;
    pane.click("option", "/deliver add…").await;
    pane.click("option", "#1…").await;
    let file = window.file("dragon.zip", &bytes());
    window.drop_file("section[aria-label='First pane'] .scroller", &file).await;
    pane.says("dragon.zip").await;
    window.screenshot("deliver").await;
    pane.click("button", "Run /deliver add").await;
    pane.says("sha256").await;
    window.screenshot("delivered").await;

    window.be(pane, "ada").await;
    window.go(pane, BOT).await;
    pane.click("button", "Get file").await;
    pane.click("link", "Download").await;
    assert!(window.downloaded("dragon.zip").await == bytes(), "the bytes that the studio uploaded");
    window.back_to_window().await;
    window.screenshot("downloaded").await;

    // In Stripe's dashboard.
    let side = window.side();
    side.click("tab", "Stripe").await;
    side.click("button", "Dragon rig…").await;
    window.screenshot("payment").await;
    side.click("button", "Refund").await;
    side.says("Refund of $12.50 succeeded").await;
    pane.says("your bank may take").await;
    window.screenshot("refunded").await;
    side.click("tab", "Storage").await;
    side.says("1 object").await;
    side.click("tab", "Wire").await;
    side.says("charge.refunded").await;
    window.screenshot("wire").await;
    // The button and the link lead to nothing any more.
    pane.click("button", "Get file").await;
    pane.says("so its files are closed").await;
    window.screenshot("closed").await;
    let link = pane.find("link", "Download").await.attr("href").await.unwrap().expect("it leads somewhere");
    // It was used, and is of no use to anybody else.
    assert_eq!(world.get(&link).await.status(), 410);
    window.quit().await;
}
