//! A channel with very many messages.

use serde_json::{Value, json};

use super::Window;
use crate::world::*;
use shared::platform::db::Engine;

const MANY: u64 = 10_000;
/// No more rows than these are in the page, however many messages there are.
const BOUND: usize = 300;

/// The numbers of the messages in the page, and whether the newest is in sight.
const SHOWN: &str = "
    const rows = [...document.querySelectorAll('.message')];
    const box = document.querySelector('.scroller').getBoundingClientRect();
    const last = rows.at(-1).getBoundingClientRect();
    return { numbers: rows.map((row) => Number(/Message (\\d+)/.exec(row.textContent)?.[1] ?? 0)), atEnd: last.bottom <= box.bottom + 1 && last.top >= box.top };";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_messages_are_scrolled_through() {
    run(Engine::Sqlite, ten_thousand_messages).await;
}

/// The numbers of the messages in the page, which follow each other, and whether the newest is in sight.
async fn shown(window: &Window) -> (Vec<u64>, bool) {
    let Value::Object(shown) = window.script(SHOWN).await else { panic!("no messages") };
    let numbers: Vec<u64> = shown["numbers"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    assert!(numbers.len() <= BOUND, "{} messages are in the page", numbers.len());
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "some are missing or not in their order: {numbers:?}");
    (numbers, shown["atEnd"] == true)
}

/// Turns the mouse's wheel over the messages.
async fn wheel(window: &Window, by: i64) {
    let event = json!({ "type": "mouseWheel", "x": 600, "y": 500, "deltaX": 0, "deltaY": by });
    window.cdp("Input.dispatchMouseEvent", event).await;
}

async fn ten_thousand_messages(world: World) {
    let place = world.ben.in_channel(&world.general);
    for number in 1..=MANY {
        place.say(&format!("Message {number}")).unwrap();
    }
    let window = Window::open_on(&world.sandbox, &format!("Message {MANY}")).await;
    let pane = window.first();
    pane.shows("it opens at the newest", || async { shown(&window).await.1 }).await;
    window.screenshot("1-newest").await;

    for page in 1..=20 {
        let oldest = shown(&window).await.0[0];
        pane.shows(&format!("older ones come, for the {page}th time"), || async {
            wheel(&window, -4_000).await;
            let (numbers, _) = shown(&window).await;
            numbers[0] < oldest
        })
        .await;
    }
    let (numbers, at_end) = shown(&window).await;
    assert!(!at_end && numbers[0] <= MANY - 20 * 50, "{}", numbers[0]);
    assert!(*numbers.last().unwrap() < MANY, "the far end is dropped");

    // What comes meanwhile is told of, and carries nobody away.
    let oldest = numbers[0];
    place.say(&format!("Message {}", MANY + 1)).unwrap();
    pane.find("button", "1 new message").await;
    window.screenshot("2-older").await;
    let (numbers, at_end) = shown(&window).await;
    assert!(!at_end && numbers[0] <= oldest && *numbers.last().unwrap() < MANY);
    pane.click("button", "1 new message").await;
    pane.shows("the newest is in sight", || async {
        let (numbers, at_end) = shown(&window).await;
        at_end && numbers.last() == Some(&(MANY + 1))
    })
    .await;

    // Down again as well, by the wheel.
    pane.shows("older ones are in the page", || async {
        wheel(&window, -4_000).await;
        *shown(&window).await.0.last().unwrap() < MANY
    })
    .await;
    pane.shows("the newest is in sight again", || async {
        wheel(&window, 4_000).await;
        let (numbers, at_end) = shown(&window).await;
        at_end && numbers.last() == Some(&(MANY + 1))
    })
    .await;
    // Whoever is at the end stays there.
    place.say(&format!("Message {}", MANY + 2)).unwrap();
    pane.shows("the next one is in sight", || async {
        let (numbers, at_end) = shown(&window).await;
        at_end && numbers.last() == Some(&(MANY + 2))
    })
    .await;
    window.quit().await;
}
