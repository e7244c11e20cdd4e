//! The main job without a mouse: Tab, arrows, Enter, Escape and letters.

use fantoccini::key::Key;
use serde_json::json;

use super::Window;
use crate::world::*;

each_backend!(the_whole_story_by_keyboard);

/// Presses Shift and Tab until this has the focus.
async fn back_to(window: &Window, role: &str, name: &str) {
    window.walk(&[Key::Shift], Key::Tab, role, name).await;
}

/// Presses Tab until this has the focus.
async fn on_to(window: &Window, role: &str, name: &str) {
    window.walk(&[], Key::Tab, role, name).await;
}

/// Goes from the message box to the last message.
async fn to_last_message(window: &Window, name: &str) {
    back_to(window, "listitem", "…").await;
    window.press(&[Key::End]).await;
    window.has_focus("listitem", name).await;
}

async fn enter(window: &Window) {
    window.press(&[Key::Enter]).await;
}

/// Turns the pane to somebody who stands so many rows away from whoever is there now.
async fn be(window: &Window, now: &str, steps: &[Key], name: &str) {
    on_to(window, "button", &format!("You are {now}…")).await;
    enter(window).await;
    window.has_focus("button", &format!("{now}…")).await;
    window.press(steps).await;
    window.has_focus("button", &format!("{name}…")).await;
    enter(window).await;
    let pane = window.first();
    pane.shows(&format!("it is {name}"), || async { window.who(pane).await == name }).await;
    window.has_focus("textbox", "Message…").await;
}

async fn the_whole_story_by_keyboard(world: World) {
    let window = Window::open(&world).await;
    let pane = window.first();
    window.has_focus("textbox", "Message #general").await;

    // The picker comes and goes without a trace.
    window.type_text("/billing i").await;
    pane.find("option", "/billing issue…").await;
    window.press(&[Key::Escape]).await;
    pane.lacks("option", "/billing issue…").await;
    window.has_focus("textbox", "Message #general").await;
    window.press(&[Key::Backspace; 10]).await;

    // An invoice by the menu of a member, and the form that it opens.
    window.walk(&[], Key::F6, "button", "ada").await;
    enter(&window).await;
    window.has_focus("menuitem", "Apps").await;
    window.press(&[Key::Right]).await;
    window.has_focus("menuitem", "Issue invoice").await;
    window.screenshot("01-menu").await;
    window.press(&[Key::Left]).await;
    window.has_focus("menuitem", "Apps").await;
    window.press(&[Key::Escape]).await;
    window.has_focus("button", "ada").await;
    enter(&window).await;
    window.has_focus("menuitem", "Apps").await;
    enter(&window).await;
    window.has_focus("menuitem", "Issue invoice").await;
    enter(&window).await;
    window.has_focus("textbox", "What for, in one line").await;
    window.press(&[Key::Escape]).await;
    window.page().lacks("dialog", "Invoice for ada").await;
    window.has_focus("button", "ada").await;
    enter(&window).await;
    window.has_focus("menuitem", "Apps").await;
    enter(&window).await;
    window.has_focus("menuitem", "Issue invoice").await;
    enter(&window).await;
    window.has_focus("textbox", "What for, in one line").await;
    // What is missing is said, and what was typed stays.
    window.type_text("Dragon rig").await;
    window.press_with(Key::Control, Key::Enter).await;
    window.form().says("This field is required.").await;
    window.has_focus("textbox", "Amount, such as 12.50").await;
    window.type_text("12.50").await;
    window.screenshot("02-form").await;
    on_to(&window, "button", "Submit").await;
    enter(&window).await;
    pane.says("Dragon rig").await;
    window.screenshot("03-issued").await;

    // Another by the command picker: whom by list, the rest typed, an optional one added and taken away.
    window.walk(&[], Key::F6, "textbox", "Message #general").await;
    window.type_text("/billing iss").await;
    pane.find("option", "/billing issue…").await;
    enter(&window).await;
    window.has_focus("combobox", "user").await;
    window.type_text("be").await;
    pane.find("option", "ben…").await;
    enter(&window).await;
    window.has_focus("textbox", "title").await;
    window.type_text("Castle").await;
    window.press(&[Key::Tab]).await;
    window.has_focus("textbox", "amount").await;
    window.type_text("5").await;
    window.press(&[Key::Tab]).await;
    window.has_focus("combobox", "Add an optional option").await;
    window.type_text("desc").await;
    pane.find("option", "description…").await;
    enter(&window).await;
    window.has_focus("textbox", "description").await;
    window.press(&[Key::Backspace]).await;
    window.has_focus("textbox", "amount").await;
    window.screenshot("04-command").await;
    enter(&window).await;
    pane.says("Castle").await;

    // Ada pays.
    be(&window, "mira", &[Key::Down], "ada").await;
    window.press_with(Key::Alt, Key::Down).await;
    window.has_focus("textbox", "Message @sandbox-app").await;
    pane.says("Dragon rig").await;
    to_last_message(&window, "sandbox-app…Invoice #1 from Pixel Forge…").await;
    on_to(&window, "link", "Pay").await;
    window.screenshot("05-pay").await;
    enter(&window).await;
    window.new_tab().await;
    window.says("SANDBOX: no money moves here").await;
    on_to(&window, "textbox", "E-mail").await;
    window.type_text("ada@example.com").await;
    on_to(&window, "button", "Pay 12.50 USD").await;
    enter(&window).await;
    window.says("Payments by Stripe.").await;
    window.back_to_window().await;
    pane.says("Your payment arrived").await;

    // Mira posts a file, and attaches it to the invoice by the menu of her message.
    be(&window, "ada", &[Key::Up], "mira").await;
    back_to(&window, "button", "Attach files").await;
    window.cdp("Page.setInterceptFileChooserDialog", json!({ "enabled": true })).await;
    window.script("const chooser = document.querySelector('.composer input[type=file]'); chooser.addEventListener('click', () => { window.asked = true; });").await;
    enter(&window).await;
    assert_eq!(window.script("return window.asked").await, true, "the chooser is opened");
    window.choose_file(".composer input[type=file]", &window.file("dragon.zip", b"bytes")).await;
    window.has_focus("textbox", "Message #general").await;
    window.type_text("Here it is").await;
    window.screenshot("06-attached").await;
    enter(&window).await;
    pane.says("Here it is").await;
    to_last_message(&window, "mira…Here it is").await;
    enter(&window).await;
    window.has_focus("menuitem", "Copy text").await;
    window.type_text("ap").await;
    window.has_focus("menuitem", "Apps").await;
    enter(&window).await;
    window.has_focus("menuitem", "Attach as deliverable").await;
    enter(&window).await;
    window.has_focus("textbox", "Number of the invoice").await;
    window.type_text("#1").await;
    window.press_with(Key::Control, Key::Enter).await;
    pane.says("Attached to invoice #1").await;
    window.screenshot("07-delivered").await;

    // Ada fetches it.
    be(&window, "mira", &[Key::Down], "ada").await;
    pane.find("button", "Get file").await;
    to_last_message(&window, "sandbox-app…A file from Pixel Forge is ready…").await;
    on_to(&window, "button", "Get file").await;
    enter(&window).await;
    pane.find("link", "Download").await;
    window.walk(&[], Key::F6, "textbox", "Message @sandbox-app").await;
    to_last_message(&window, "sandbox-app…dragon.zip…").await;
    on_to(&window, "link", "Download").await;
    window.screenshot("08-download").await;
    enter(&window).await;
    pane.shows("it is downloaded", || async { !window.downloads().is_empty() }).await;
    assert_eq!(window.downloaded("dragon.zip").await, b"bytes");
    window.back_to_window().await;
    window.screenshot("08-downloaded").await;

    // And has her money back.
    window.walk(&[], Key::F6, "tab", "Stripe").await;
    on_to(&window, "tab", "Payments").await;
    on_to(&window, "button", "Dragon rig…").await;
    enter(&window).await;
    on_to(&window, "button", "Refund").await;
    window.screenshot("09-refund").await;
    enter(&window).await;
    window.side().says("Refund of $12.50 succeeded").await;
    pane.says("your bank may take").await;
    window.walk(&[], Key::F6, "textbox", "Message @sandbox-app").await;
    to_last_message(&window, "sandbox-app…Money back for invoice #1…").await;
    window.walk(&[], Key::Up, "listitem", "sandbox-app…A file from Pixel Forge is ready…").await;
    on_to(&window, "button", "Get file").await;
    enter(&window).await;
    pane.says("so its files are closed").await;
    window.screenshot("10-closed").await;
    window.quit().await;
}
