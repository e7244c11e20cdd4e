//! Discord, Stripe or the storage slow, failing or rate-limiting: a clear word, nothing half done.

use std::time::Duration;

use reqwest::StatusCode;
use sandbox::Fault;
use sandbox::discord::Value;

use crate::world::*;

each_backend!(
    stripe_failing_slow_or_limiting_gives_a_page_and_the_next_click_works,
    discord_failing_delays_a_notice_and_sends_it_once,
    the_storage_failing_leaves_nothing_half_done,
    the_cdn_failing_leaves_nothing_half_done,
    a_storage_that_is_down_at_the_click_gives_a_page,
    the_stripe_customer_follows_later,
    buttons_work_after_a_restart,
    the_gateway_may_break_off,
);

async fn stripe_failing_slow_or_limiting_gives_a_page_and_the_next_click_works(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    world.settled().await;
    let stripe = &world.sandbox.stripe;
    let sessions = || Fault::on("POST", "/v1/checkout/sessions");
    for fault in [
        sessions().status(500),
        sessions().rate_limited(Duration::from_secs(2)),
        sessions().drop_connection(),
        sessions().delay(Duration::from_secs(4)),
    ] {
        stripe.faults().add(fault);
        let answer = world.get(&link).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.headers().contains_key("retry-after"));
        let page = answer.text().await.unwrap();
        assert!(page.contains("Nothing was charged; try again in a minute."), "{page}");
        stripe.faults().clear();
    }
    // The slow call went on behind the page, and the next click finds its result.
    world.location(&link).await;
    assert_eq!(stripe.sessions().len(), 1);
}

async fn discord_failing_delays_a_notice_and_sends_it_once(world: World) {
    let faults = world.sandbox.discord.faults();
    // The message arrives, and Discord's word of it is lost: the repeat must find it.
    faults.add(Fault::on("POST", "/api/v10/channels/").lose_answer().times(1));
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.ada.wait_for_dm("Dragon rig").await;
    world.failed_try().await;
    // Minutes later Discord has forgotten the nonce.
    world.sandbox.clock.advance(Duration::from_secs(600));
    world.app().clock.advance(Duration::from_secs(600));
    world.settled().await;
    assert_eq!(world.ada.inbox().len(), 1);

    let opening = || Fault::on("POST", "/api/v10/users/@me/channels").times(1);
    for (number, fault) in
        [opening().status(502), opening().rate_limited(Duration::from_secs(1)), opening().drop_connection()].into_iter().enumerate()
    {
        faults.add(fault);
        let title = format!("Castle {number}");
        world.issue(&world.ben, &title, "5").await;
        world.failed_try().await;
        world.app().clock.advance(Duration::from_secs(30));
        world.ben.wait_for_dm(&title).await;
    }
    assert_eq!(world.ben.inbox().len(), 3);
}

async fn the_storage_failing_leaves_nothing_half_done(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let storage = &world.sandbox.storage;
    storage.faults().add(Fault::on("*", "/").status(503));
    let last = world.deliver("1", "a.zip", vec![1; 1024]).await.text();
    assert!(last.contains("The file storage is not answering right now. Nothing was lost"), "{last}");
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM deliverables").await, 0);
    // The row that will tidy up waits for its hour.
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM outbox WHERE kind = 'discard_upload'").await, 1);
    storage.faults().clear();
    world.app().clock.advance(Duration::from_secs(2 * 60 * 60));
    world.settled().await;
    let last = world.deliver("1", "a.zip", vec![1; 1024]).await.text();
    assert!(last.contains("a.zip"), "{last}");
    assert_eq!(storage.objects().len(), 1);
}

async fn the_cdn_failing_leaves_nothing_half_done(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    for fault in [Fault::on("GET", "/attachments").status(500), Fault::on("GET", "/attachments").drop_connection()] {
        world.sandbox.discord.faults().add(fault);
        let last = world.deliver("1", "a.zip", vec![1; 1024]).await.text();
        assert!(last.contains("Discord is not answering us right now"), "{last}");
        world.sandbox.discord.faults().clear();
    }
    assert!(world.sandbox.storage.objects().is_empty());
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM deliverables").await, 0);
}

async fn a_storage_that_is_down_at_the_click_gives_a_page(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "a.zip", vec![1; 1024]).await;
    let id = world.deliverable_id(&world.ada).await;
    let reply = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.into())]).await;
    let link = reply.message.button("Download").unwrap().url.unwrap();
    for fault in [Fault::on("HEAD", "/").status(503), Fault::on("HEAD", "/").delay(Duration::from_secs(8))] {
        world.sandbox.storage.faults().add(fault);
        let answer = world.get(&link).await;
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(answer.text().await.unwrap().contains("The file storage is not answering right now"));
        world.sandbox.storage.faults().clear();
    }
    world.location(&link).await;
}

async fn the_stripe_customer_follows_later(world: World) {
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/customers").status(500));
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    // Paying does not wait for it.
    world.pay(&world.ada, "Dragon rig").await;
    world.sandbox.stripe.faults().clear();
    world.failed_try().await;
    world.app().clock.advance(Duration::from_secs(60));
    world.settled().await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM accounts WHERE stripe_customer_id IS NOT NULL").await, 1);
    world.issue(&world.ada, "Castle", "5").await;
    world.settled().await;
    assert_eq!(world.sandbox.stripe.customers().len(), 1);
}

async fn buttons_work_after_a_restart(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "a.zip", vec![1; 1024]).await;
    let dm = world.ada.wait_for_dm("A file is ready").await;
    let registered = world.sandbox.recorder.all().iter().filter(|request| request.method == "PUT").count();
    world.restart(&[]).await;
    let reply = press(&world.ada, &dm, "Get file").await;
    world.location(&reply.message.button("Download").unwrap().url.unwrap()).await;
    // The commands had not changed, so nothing was registered again.
    assert_eq!(world.sandbox.recorder.all().iter().filter(|request| request.method == "PUT").count(), registered);
}

async fn the_gateway_may_break_off(world: World) {
    world.sandbox.discord.disconnect_all();
    world.sandbox.discord.bot_connected().await;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.sandbox.discord.request_reconnect();
    world.sandbox.discord.bot_connected().await;
    let here = world.ada.in_channel(&world.general);
    let list = slash(&here, "/invoice list", Vec::<(&str, Value)>::new()).await;
    assert!(list.text().contains("Dragon rig"), "{}", list.text());
}
