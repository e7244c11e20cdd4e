//! What outside services refuse, and what they have no more: told once to whoever can mend it, and nobody is sent in
//! circles.

use std::time::Duration;

use reqwest::StatusCode;
use sandbox::Fault;
use sandbox::discord::{Clicked, Reply};
use serde_json::Value as Json;

use crate::world::*;

each_backend!(
    a_customer_deleted_at_stripe_is_made_anew_in_the_same_click,
    another_account_at_stripe_is_an_alarm_until_it_is_let_go,
    another_account_is_found_at_once_and_leads_nobody_to_the_old_page,
    a_staff_channel_that_is_gone_is_told_once_and_staff_by_dm,
    a_file_that_is_gone_from_the_bucket_is_told_once,
    a_payment_that_stripe_refuses_for_good_reaches_the_issuer_once,
    an_account_that_is_not_activated_reaches_the_owners,
    a_refused_key_is_told_once_and_so_is_its_end,
    a_permission_that_a_key_lacks_is_named,
    a_storage_that_refuses_is_noticed_at_the_start,
    webhooks_that_do_not_arrive_are_an_alarm_and_junk_is_none,
    a_refused_token_is_named_where_discord_cannot_tell_of_it,
    a_refused_client_secret_is_told_once,
);

const HOUR: Duration = Duration::from_secs(60 * 60);

async fn advance(world: &World, by: Duration) {
    world.sandbox.clock.advance(by);
    world.app().clock.advance(by);
}

async fn attention(world: &World) -> Reply {
    slash(&world.desk(), "/billing attention", vec![]).await
}

/// The card of the one thing that needs a person.
async fn card(world: &World) -> Reply {
    let list = attention(world).await;
    let selects = list.message.components.iter().flat_map(|row| row["components"].as_array().unwrap());
    let names: Vec<&str> = selects.flat_map(|select| select["options"].as_array().unwrap()).map(|o| o["value"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 1, "{}", list.text());
    world.owner.select(&list.message, "v1:attention:", &[names[0]]).await.unwrap().reply().unwrap()
}

async fn nothing_is_left(world: &World) {
    let text = attention(world).await.text();
    assert!(text.contains("Nothing needs you"), "{text}");
}

/// The settings that the health report names.
async fn refused(world: &World) -> Json {
    let answer = world.get(&format!("{}/health/ready", world.url)).await;
    answer.json::<Json>().await.unwrap()["alarms"].clone()
}

/// How many messages of the owner say this.
fn told(world: &World, text: &str) -> usize {
    world.owner.inbox().iter().filter(|message| message.text().contains(text)).count()
}

async fn a_customer_deleted_at_stripe_is_made_anew_in_the_same_click(world: World) {
    let stripe = &world.sandbox.stripe;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.settled().await;
    let first = stripe.customers()[0]["id"].as_str().unwrap().to_owned();
    stripe.delete_customer(&first).unwrap();
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    let customers = stripe.customers();
    let living: Vec<&str> = customers.iter().filter(|c| c["deleted"] != true).map(|c| c["id"].as_str().unwrap()).collect();
    assert_eq!(living.len(), 1, "{customers:?}");
    assert_eq!(stripe.sessions()[0]["customer"], living[0]);
    assert_eq!(world.column("SELECT stripe_customer_id AS value FROM accounts WHERE stripe_customer_id IS NOT NULL").await, [living[0]]);
    // And once more, the next day: the one in its place may be deleted as well.
    let second = living[0].to_owned();
    stripe.delete_customer(&second).unwrap();
    world.issue(&world.ada, "Castle", "5").await;
    world.pay(&world.ada, "Castle").await;
    assert_eq!(stripe.customers().iter().filter(|c| c["deleted"] != true).count(), 1);
}

async fn another_account_at_stripe_is_an_alarm_until_it_is_let_go(world: World) {
    let stripe = &world.sandbox.stripe;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.settled().await;
    until("the account is known", || async { world.number("SELECT COUNT(*) AS value FROM stripe_accounts").await == 1 }).await;
    stripe.replace_account();
    // The customer pays all the same, into the account that the key is of.
    world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    advance(&world, Duration::from_secs(61)).await;
    let dm = world.owner.wait_for_dm("The Stripe key is of another account than before").await;
    assert!(dm.text().contains("stripe.secret_key"), "{}", dm.text());
    assert_eq!(refused(&world).await, serde_json::json!(["stripe.secret_key"]));
    let mut doctor = crate::command_line::atelier(&["doctor"]);
    let printed = String::from_utf8(doctor.envs(world.variables()).output().await.unwrap().stdout).unwrap();
    assert!(printed.contains("✗ Stripe account    The Stripe key is of another account than before"), "{printed}");
    let shown = card(&world).await;
    assert!(shown.text().contains("another account") && shown.text().contains(&stripe.account()), "{}", shown.text());
    let holds = press(&world.owner, &shown.message, "Look again").await.text();
    assert!(holds.contains("still refused"), "{holds}");
    let Ok(Clicked::Modal(form)) = world.owner.click(&card(&world).await.message, "Drop").await else { panic!("no form") };
    world.owner.submit(&form, [("reason", "We moved")]).await.unwrap();
    nothing_is_left(&world).await;
    advance(&world, 25 * HOUR).await;
    world.settled().await;
    assert_eq!(refused(&world).await, serde_json::json!([]));
    assert_eq!(told(&world, "another account than before"), 1);
}

async fn another_account_is_found_at_once_and_leads_nobody_to_the_old_page(world: World) {
    let stripe = &world.sandbox.stripe;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.issue(&world.ben, "Castle", "5").await;
    world.settled().await;
    until("the account is known", || async { world.number("SELECT COUNT(*) AS value FROM stripe_accounts").await == 1 }).await;
    let (adas, bens) = (world.pay_link(&world.ada, "Dragon rig").await, world.pay_link(&world.ben, "Castle").await);
    world.location(&adas).await;
    stripe.replace_account();
    // Stripe does not know the customer that it made: nobody waits for the next look.
    let new = world.location(&bens).await;
    world.owner.wait_for_dm("The Stripe key is of another account than before").await;
    // A page of this account leads on, one of the other does not.
    assert_eq!(world.location(&bens).await, new);
    let asked = || world.sandbox.recorder.all().iter().filter(|request| request.path.starts_with("/v1/checkout/sessions/")).count();
    let mut before = asked();
    for round in 0..3 {
        let page = world.get(&adas).await;
        assert_eq!(page.status(), StatusCode::FORBIDDEN);
        let page = page.text().await.unwrap();
        assert!(page.contains("An earlier payment page of this invoice may still be open"), "{page}");
        // Stripe is asked once, and not for every click.
        before += usize::from(round == 0);
        assert_eq!(asked(), before);
    }
    // The page may be paid: it stays what the invoice waits for, and staff are told once.
    assert_eq!(world.column("SELECT state AS value FROM checkout_sessions WHERE unknown_since IS NOT NULL").await, ["open"]);
    world.settled().await;
    // A new start finds another account before anybody pays.
    world.restart(&[]).await;
    assert_eq!(world.get(&adas).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(world.location(&bens).await, new);
    world.expect_job("expire_session waiting");
}

async fn a_staff_channel_that_is_gone_is_told_once_and_staff_by_dm(world: World) {
    let channel = world.guild.channel("staff");
    world.restart(&[("STAFF__CHANNEL", channel.id())]).await;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    channel.wait_for_message("Dragon rig").await;
    channel.delete();
    for title in ["Castle", "Forest"] {
        world.issue(&world.ada, title, "5").await;
        let checkout = world.location(&world.pay_link(&world.ada, title).await).await;
        world.sandbox.stripe.pay(&checkout).await.unwrap();
        // What the channel cannot have, the issuer gets.
        world.owner.wait_for_dm(title).await;
    }
    world.owner.wait_for_dm("cannot write to the staff channel").await;
    world.settled().await;
    assert_eq!(told(&world, "cannot write to the staff channel"), 1);
    assert_eq!(refused(&world).await, serde_json::json!(["staff.channel"]));
    assert!(card(&world).await.text().contains("staff.channel"));

    world.restart(&[("STAFF__CHANNEL", world.guild.channel("desk").id())]).await;
    world.issue(&world.ada, "Lake", "5").await;
    let checkout = world.location(&world.pay_link(&world.ada, "Lake").await).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.guild.channel("desk").wait_for_message("Lake").await;
    world.owner.wait_for_dm("works again").await;
    nothing_is_left(&world).await;
}

async fn a_file_that_is_gone_from_the_bucket_is_told_once(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "a.zip", vec![1; 1024]).await;
    let id = world.deliverable_id(&world.ada).await;
    let dm = world.ada.in_dm();
    let get = || slash(&dm, "/deliverable get", vec![("deliverable", id.as_str().into())]);
    let link = get().await.latest().button("Download").unwrap().url.unwrap();
    let key = world.sandbox.storage.objects()[0].0.clone();
    assert!(world.sandbox.storage.delete(&key));

    let page = world.get(&link).await;
    assert_eq!(page.status(), StatusCode::GONE);
    assert!(page.text().await.unwrap().contains("The studio has been told; you need not do anything."));
    let reply = get().await;
    assert!(reply.text().contains("The studio has been told") && reply.message.button("Download").is_none(), "{}", reply.text());
    world.owner.wait_for_dm("is not in the storage any more").await;
    world.settled().await;
    assert_eq!(told(&world, "is not in the storage any more"), 1);
    let shown = card(&world).await;
    assert!(shown.text().contains("#1 · A file is not in the storage") && shown.text().contains("/deliver replace"), "{}", shown.text());
    let holds = press(&world.owner, &shown.message, "Look again").await.text();
    assert!(holds.contains("still refused"), "{holds}");
    // Its bucket being away is another matter.
    assert_eq!(refused(&world).await, serde_json::json!([]));

    let file = sandbox::discord::Value::file("b.zip", "application/zip", bytes::Bytes::from(vec![2; 1024]));
    let replaced = slash(&world.desk(), "/deliver replace", vec![("deliverable", id.as_str().into()), ("file", file)]).await;
    answered(&replaced).await;
    nothing_is_left(&world).await;
    world.location(&get().await.latest().button("Download").unwrap().url.unwrap()).await;
}

async fn a_payment_that_stripe_refuses_for_good_reaches_the_issuer_once(world: World) {
    let faults = world.sandbox.stripe.faults();
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    for (code, title) in [
        ("amount_too_small", "Stripe does not take the amount of this invoice"),
        ("payment_method_unactivated", "Stripe has no way to pay this invoice"),
        ("url_invalid", "Stripe does not open a payment page for this invoice"),
    ] {
        let before = told(&world, "Stripe does not let **ada** pay");
        faults.add(Fault::on("POST", "/v1/checkout/sessions").status(400).code(code));
        for _ in 0..2 {
            let answer = world.get(&link).await;
            assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
            assert!(!answer.headers().contains_key("retry-after"));
            let page = answer.text().await.unwrap();
            assert!(page.contains("Nothing was charged. The studio has been told; you need not do anything."), "{page}");
        }
        world.settled().await;
        assert_eq!(told(&world, "Stripe does not let **ada** pay"), before + 1, "{code}");
        let shown = card(&world).await;
        assert!(shown.text().contains(&format!("#1 · {title}")) && shown.text().contains(code), "{}", shown.text());
        // It is not a setting.
        assert_eq!(refused(&world).await, serde_json::json!([]));
        let over = press(&world.owner, &shown.message, "Look again").await.text();
        assert!(over.contains("works now"), "{over}");
        faults.clear();
    }
    faults.add(Fault::on("POST", "/v1/checkout/sessions").status(400).code("amount_too_large"));
    world.get(&link).await;
    faults.clear();
    // Stripe takes it after all: nothing is left to do.
    world.location(&link).await;
    nothing_is_left(&world).await;
}

async fn an_account_that_is_not_activated_reaches_the_owners(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/checkout/sessions").status(400).code("testmode_charges_only"));
    for _ in 0..2 {
        let page = world.get(&link).await.text().await.unwrap();
        assert!(page.contains("The studio has been told"), "{page}");
    }
    world.owner.wait_for_dm("cannot take live payments yet").await;
    world.settled().await;
    assert_eq!(told(&world, "cannot take live payments yet"), 1);
    world.sandbox.stripe.faults().clear();
    world.location(&link).await;
    world.owner.wait_for_dm("works again").await;
    nothing_is_left(&world).await;
}

async fn a_refused_key_is_told_once_and_so_is_its_end(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let link = world.pay_link(&world.ada, "Dragon rig").await;
    world.settled().await;
    world.sandbox.stripe.faults().add(Fault::on("*", "/v1/").status(401));
    for _ in 0..3 {
        let answer = world.get(&link).await;
        assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
        let page = answer.text().await.unwrap();
        assert!(page.contains("The studio has been told; you need not do anything."), "{page}");
    }
    let dm = world.owner.wait_for_dm("Stripe refuses the key").await;
    assert!(dm.text().contains("stripe.secret_key"), "{}", dm.text());
    assert_eq!(refused(&world).await, serde_json::json!(["stripe.secret_key"]));
    let shown = card(&world).await;
    assert!(shown.text().contains("Copy a key from Stripe's dashboard"), "{}", shown.text());
    world.sandbox.stripe.faults().clear();
    world.location(&link).await;
    world.owner.wait_for_dm("works again").await;
    world.settled().await;
    assert_eq!((told(&world, "Stripe refuses the key: nobody can pay"), refused(&world).await), (2, serde_json::json!([])));
    nothing_is_left(&world).await;
    // A second time is told of again.
    world.sandbox.stripe.faults().add(Fault::on("*", "/v1/").status(401));
    world.issue(&world.ben, "Castle", "5").await;
    world.get(&world.pay_link(&world.ben, "Castle").await).await;
    until("it is told again", || async { told(&world, "Copy a key from Stripe's dashboard") == 2 }).await;
    world.expect_job("create_customer waiting");
}

async fn a_permission_that_a_key_lacks_is_named(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.settled().await;
    world.sandbox.stripe.faults().add(Fault::on("POST", "/v1/refunds").status(403));
    let question = slash(&world.desk(), "/billing refund", vec![("invoice", "1".into()), ("reason", "Sorry".into())]).await;
    press(&world.owner, &question.message, "Refund").await;
    let dm = world.owner.wait_for_dm("The Stripe key lacks a permission").await;
    assert!(dm.text().contains("Charges and Refunds: write"), "{}", dm.text());
    // The refund is not lost: it goes on once the key may.
    world.sandbox.stripe.faults().clear();
    world.failed_try().await;
    advance(&world, Duration::from_secs(60)).await;
    world.ada.wait_for_dm("your bank may take").await;
    world.owner.wait_for_dm("works again").await;
}

async fn a_storage_that_refuses_is_noticed_at_the_start(world: World) {
    world.settled().await;
    for (change, value, says, setting) in [
        ("STORAGE__SECRET_ACCESS_KEY", "wrong", "The storage refuses the access key", "storage.secret_access_key"),
        ("STORAGE__BUCKET", "another", "The storage has no such bucket", "storage.bucket"),
    ] {
        world.restart(&[(change, value.to_owned())]).await;
        world.owner.wait_for_dm(says).await;
        assert!(refused(&world).await.as_array().unwrap().contains(&Json::from(setting)));
        world.restart(&[]).await;
        until("it is over", || async { refused(&world).await == serde_json::json!([]) }).await;
    }
    world.owner.wait_for_dm("works again").await;
    nothing_is_left(&world).await;
}

async fn webhooks_that_do_not_arrive_are_an_alarm_and_junk_is_none(world: World) {
    for _ in 0..5 {
        world.post_webhook("{}", Some("t=1,v1=00")).await;
    }
    advance(&world, 2 * HOUR).await;
    world.settled().await;
    assert_eq!(refused(&world).await, serde_json::json!([]));

    // The signing secret is another one: Stripe posts, and is turned away.
    world.restart(&[("STRIPE__WEBHOOK_SECRETS", world.sandbox.stripe.create_webhook_secret())]).await;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.sandbox.stripe.attempted("checkout.session.completed", 1).await;
    advance(&world, 2 * HOUR).await;
    world.ada.wait_for_dm("Your payment arrived").await;
    let dm = world.owner.wait_for_dm("events do not arrive by themselves").await;
    assert!(dm.text().contains("stripe.webhook_secrets") && dm.text().contains("atelier doctor"), "{}", dm.text());
    assert_eq!(refused(&world).await, serde_json::json!(["stripe.webhook_secrets"]));

    world.restart(&[]).await;
    world.issue(&world.ben, "Castle", "5").await;
    let checkout = world.location(&world.pay_link(&world.ben, "Castle").await).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.owner.wait_for_dm("works again").await;
    assert_eq!(refused(&world).await, serde_json::json!([]));
}

async fn a_refused_token_is_named_where_discord_cannot_tell_of_it(world: World) {
    world.settled().await;
    // The token was reset in the portal: nothing at Discord takes it any more.
    world.sandbox.discord.faults().add(Fault::on("*", "/api/v10/").status(401));
    advance(&world, 25 * HOUR).await;
    until("the report names it", || async { refused(&world).await == serde_json::json!(["discord.token"]) }).await;
    assert_eq!(told(&world, "Discord refuses the bot's token"), 0, "nobody can be told there");
    assert_eq!(world.column("SELECT trouble AS value FROM alarms WHERE over_at IS NULL").await, ["discord_token"]);
    world.sandbox.discord.faults().clear();
    advance(&world, HOUR).await;
    until("it is over", || async { refused(&world).await == serde_json::json!([]) }).await;
    nothing_is_left(&world).await;
}

async fn a_refused_client_secret_is_told_once(world: World) {
    world.restart(&[("DISCORD__CLIENT_SECRET", "wrong-12".repeat(4))]).await;
    for _ in 0..2 {
        let login = world.get(&format!("{}/login", world.url)).await;
        let consent = login.headers()["location"].to_str().unwrap().to_owned();
        let cookie = login.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let back = world.ada.authorize(&consent).unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let page = http.get(back).header("cookie", cookie).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::BAD_GATEWAY);
        let page = page.text().await.unwrap();
        assert!(page.contains("The studio has been told") && !page.contains("Begin again"), "{page}");
    }
    let dm = world.owner.wait_for_dm("Discord refuses the client secret").await;
    assert!(dm.text().contains("discord.client_secret"), "{}", dm.text());
    assert_eq!(refused(&world).await, serde_json::json!(["discord.client_secret"]));
    world.settled().await;
    assert_eq!(told(&world, "Discord refuses the client secret"), 1);
    world.restart(&[]).await;
    crate::account::sign_in_as(&world, &world.ada, "Firefox/140.0").await;
    world.owner.wait_for_dm("works again").await;
    nothing_is_left(&world).await;
}
