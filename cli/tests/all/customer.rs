//! The customer's pages in a real browser.

use crate::browser::{Chromium, Scheme};
use crate::world::*;

each_backend!(a_person_signs_in);

async fn a_person_signs_in(world: World) {
    let browser = Chromium::start(&world.url).await;
    browser.open("/login").await;
    browser.click("radio", "ada").await;
    browser.click("button", "Authorize").await;
    browser.is_at("/dashboard").await;
    browser.find("heading", "Hello, ada").await;
    browser.prefer(Scheme::Dark).await;
    browser.axe().await;
    browser.screenshot("dashboard").await;
    browser.quit().await;
}
