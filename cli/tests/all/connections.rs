//! Connections that say nothing, say it slowly, or never end what they say.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::*;

each_backend!(a_crowd_that_says_nothing_harms_nobody, who_is_silent_or_slow_is_cut_off);

async fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.url.trim_start_matches("http://")).await.unwrap()
}

/// Whether the service has ended a connection, or has something to say.
fn has_ended(stream: &TcpStream) -> bool {
    !matches!(stream.try_read(&mut [0; 1]), Err(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

async fn a_crowd_that_says_nothing_harms_nobody(world: World) {
    const MOST: usize = 32;
    world.restart(&[("WEB__MAX_CONNECTIONS", MOST.to_string())]).await;
    let mut crowd = Vec::new();
    for number in 0..400 {
        let mut silent = connect(&world).await;
        if number % 2 == 0 {
            // Half a header is no more than none.
            silent.write_all(b"POST /stripe/webhook HTTP/1.1\r\nhost: x\r\n").await.unwrap();
        }
        crowd.push(silent);
        if number % 50 == 49 {
            let health = world.get(&format!("{}/health/live", world.url)).await;
            assert_eq!(health.status(), StatusCode::OK);
            let event = world.sandbox.stripe.event("product.created", serde_json::json!({ "id": "prod_1", "object": "product" }));
            assert_eq!(world.post_event(&event).await, StatusCode::OK);
        }
    }
    // Those that came last are the ones that are left.
    until("the others are closed", || async { crowd.iter().filter(|silent| !has_ended(silent)).count() <= MOST }).await;
    assert!(crowd[..300].iter().all(has_ended));
    assert_eq!(world.get(&format!("{}/health/ready", world.url)).await.status(), StatusCode::OK);
}

async fn who_is_silent_or_slow_is_cut_off(world: World) {
    let began = Instant::now();
    let silent = connect(&world).await;
    let mut finished = connect(&world).await;
    finished.write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let to_its_end = |mut stream: TcpStream| async move {
        let mut all = Vec::new();
        // A connection that is reset has ended, too.
        let _ = stream.read_to_end(&mut all).await;
        (String::from_utf8(all).unwrap(), began.elapsed())
    };
    // Each sends a byte now and then, as long as there is somebody.
    let trickles = |head: &'static str, byte: &'static [u8]| {
        let world = world.clone();
        async move {
            let (mut read, mut write) = connect(&world).await.into_split();
            write.write_all(head.as_bytes()).await.unwrap();
            let mut all = Vec::new();
            let mut ticks = tokio::time::interval(Duration::from_millis(500));
            loop {
                tokio::select! {
                    ended = read.read_buf(&mut all) => if !matches!(ended, Ok(1..)) { break },
                    _ = ticks.tick() => drop(write.write_all(byte).await),
                }
            }
            (String::from_utf8(all).unwrap(), began.elapsed())
        }
    };
    silent.set_nodelay(true).unwrap();
    let (silent, finished, header, body, form) = tokio::join!(
        to_its_end(silent),
        to_its_end(finished),
        trickles("GET /health/live HTTP/1.1\r\nhost: x\r\nx-slow: ", b"a"),
        trickles("POST /stripe/webhook HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n", b" "),
        trickles(
            "POST /logout HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n",
            b"1\r\na\r\n"
        ),
    );
    assert_eq!(silent.0, "");
    assert!(finished.0.starts_with("HTTP/1.1 200 OK"), "{}", finished.0);
    assert!(!header.0.contains("200 OK"), "{}", header.0);
    assert!(body.0.starts_with("HTTP/1.1 408 Request Timeout\r\n") && body.0.contains("connection: close"), "{}", body.0);
    // Nobody is signed in there: that is said before the body is read, and nobody waits for its end.
    assert!(form.0.starts_with("HTTP/1.1 401 "), "{}", form.0);
    for (what, (_, after)) in [("silent", silent), ("finished", finished), ("header", header), ("body", body)] {
        assert!(after >= Duration::from_secs(9), "{what}: {after:?}");
    }
}
