//! The main job, from command to downloaded bytes.

use crate::world::*;

each_backend!(
    issued_paid_delivered_downloaded,
    a_file_attached_before_payment_opens_with_it,
    closed_dms_fill_the_inbox,
    what_waits_survives_a_move_and_a_newer_build,
    notices_go_to_the_staff_channel_when_there_is_one,
    everything_a_customer_sees_is_ephemeral_and_pings_nobody,
);

async fn issued_paid_delivered_downloaded(world: World) {
    let reply = world.issue(&world.ada, "Dragon rig", "12.50").await;
    assert!(reply.ephemeral);
    assert!(reply.text().contains("Invoice #1\n**Dragon rig**"), "{}", reply.text());

    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    assert!(checkout.starts_with(&world.sandbox.stripe.url()), "{checkout}");
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
    world.owner.wait_for_dm("Payment received from **ada**").await;
    assert_eq!(world.status(1).await, "paid");

    // More than one part of a multipart upload.
    let file: Vec<u8> = (0..20 * 1024 * 1024_u32).map(|at| (at % 251) as u8).collect();
    let added = world.deliver("1", "dragon-rig.zip", file.clone()).await;
    assert!(added.text().contains("sha256") || added.text().contains("SHA-256"), "{}", added.text());

    let dm = world.ada.wait_for_dm("A file is ready for you").await;
    let from_dm = press(&world.ada, &dm, "Get file").await;
    let id = world.deliverable_id(&world.ada).await;
    let from_command = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.into())]).await;
    for reply in [from_dm, from_command] {
        assert!(reply.ephemeral);
        let link = reply.message.button("Download").unwrap().url.unwrap();
        let presigned = world.location(&link).await;
        assert!(presigned.starts_with(&world.sandbox.storage.endpoint()), "{presigned}");
        let answer = world.get(&presigned).await;
        assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"dragon-rig.zip\"; filename*=UTF-8''dragon-rig.zip");
        assert!(answer.bytes().await.unwrap() == file, "the bytes differ");
        // The reply also shows the presigned URL itself, which needs no web service of ours.
        let text = reply.text();
        let direct = text.split("](").nth(1).and_then(|rest| rest.split(')').next()).expect("a masked link");
        assert!(world.get(direct).await.bytes().await.unwrap() == file, "the bytes differ");
    }

    let audit = world.column("SELECT action AS value FROM audit ORDER BY at, id").await;
    for action in ["invoice issued", "pay link opened", "invoice paid", "deliverable added", "download link issued", "download link opened"]
    {
        assert!(audit.iter().any(|row| row == action), "{action} is not in {audit:?}");
    }
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM accounts WHERE stripe_customer_id IS NOT NULL").await, 1);
}

async fn a_file_attached_before_payment_opens_with_it(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    let waiting = world.ada.wait_for_dm("It opens once the invoice is paid").await;
    assert!(waiting.button("Pay").is_some() && waiting.button("Get file").is_none());
    let id = world.deliverable_id(&world.ada).await;
    let refused = slash(&world.ada.in_dm(), "/deliverable get", vec![("deliverable", id.clone().into())]).await;
    assert!(refused.text().contains("opens once invoice #1 is paid"), "{}", refused.text());
    assert!(refused.message.buttons().is_empty());
    let list = slash(&world.ada.in_dm(), "/deliverable list", vec![]).await;
    assert!(list.text().contains("🔒"), "{}", list.text());

    world.pay(&world.ada, "Dragon rig").await;
    let paid = world.ada.wait_for_dm("Your files are ready").await;
    let reply = press(&world.ada, &paid, "Get file").await;
    let link = reply.message.button("Download").unwrap().url.unwrap();
    let presigned = world.location(&link).await;
    assert_eq!(world.get(&presigned).await.text().await.unwrap(), "bytes");
}

async fn closed_dms_fill_the_inbox(world: World) {
    world.ada.close_dms();
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.settled().await;
    assert!(world.ada.inbox().is_empty());

    let here = world.ada.in_channel(&world.general);
    let inbox = slash(&here, "/inbox", vec![]).await;
    assert!(inbox.ephemeral && inbox.text().contains("Dragon rig"), "{}", inbox.text());
    let link = inbox.message.button("Pay").unwrap().url.unwrap();
    world.sandbox.stripe.pay(&world.location(&link).await).await.unwrap();
    world.owner.wait_for_dm("Payment received").await;
    world.settled().await;

    let inbox = slash(&here, "/inbox", vec![]).await;
    assert!(inbox.text().contains("Your payment arrived"), "{}", inbox.text());
    // A notice counts as read once its reply arrived.
    until("both notices are read", || async { world.number("SELECT COUNT(*) AS value FROM notices WHERE read_at IS NOT NULL").await == 2 })
        .await;
    let read = slash(&here, "/inbox", vec![]).await;
    assert!(!read.text().contains("Dragon rig"), "{}", read.text());
}

async fn what_waits_survives_a_move_and_a_newer_build(world: World) {
    world.ada.close_dms();
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.deliver("1", "dragon.zip", "bytes").await;
    world.settled().await;
    let all =
        "SELECT id || kind || account_id || COALESCE(invoice_id, '') || COALESCE(deliverable_id, '') || created_at || closed_at AS value
               FROM notices ORDER BY id";
    let before = world.column(all).await;
    assert_eq!(before.len(), 2, "one with a file and one without");
    let app = world.app();
    let mut tx = app.db.write().await.unwrap();
    for statement in [
        include_str!("../../../migrations/0024_notices.sql"),
        // A newer build told of something else, and an older one is back.
        "INSERT INTO notices (id, kind, audience, account_id, created_at, closed_at)
         SELECT '01900000-0000-7000-8000-000000000001', 'ticket_answered', 'customer', account_id, 1, 1 FROM notices LIMIT 1",
    ] {
        sqlx::raw_sql(statement).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(world.column(all).await[1..], before);
    let here = world.ada.in_channel(&world.general);
    let inbox = slash(&here, "/inbox", vec![]).await;
    assert!(inbox.text().contains("You have a new invoice"), "{}", inbox.text());
    until("both are read", || async { world.number("SELECT COUNT(*) AS value FROM notices WHERE read_at IS NOT NULL").await == 2 }).await;
    let inbox = slash(&here, "/inbox", vec![]).await;
    assert!(inbox.text().contains("Nothing waits for you"), "{}", inbox.text());
}

async fn notices_go_to_the_staff_channel_when_there_is_one(world: World) {
    let payments = world.guild.channel("payments");
    world.restart(&[("STAFF__CHANNEL", payments.id())]).await;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    payments.wait_for_message("Payment received from **ada**").await;
    assert!(world.owner.inbox().is_empty());
}

async fn everything_a_customer_sees_is_ephemeral_and_pings_nobody(world: World) {
    world.issue(&world.ada, "Dragon **rig** _v2_", "12.50").await;
    let dm = world.ada.wait_for_dm("Dragon").await;
    assert!(dm.text().contains("Dragon \\*\\*rig\\*\\* \\_v2\\_"), "{}", dm.text());
    let here = world.ada.in_channel(&world.general);
    for (command, options) in [
        ("/invoice list", vec![]),
        ("/invoice view", vec![("invoice", "1".into())]),
        ("/invoice pay", vec![("invoice", "#1".into())]),
        ("/deliverable list", vec![]),
        ("/inbox", vec![]),
    ] {
        let reply = slash(&here, command, options).await;
        assert!(reply.ephemeral && !reply.deferred, "{command}");
        let mentions = reply.message.allowed_mentions.clone().unwrap_or_default();
        assert_eq!(mentions["parse"], serde_json::json!([]), "{command}");
    }
    assert!(world.general.messages().is_empty());
    assert_eq!(dm.allowed_mentions.unwrap()["parse"], serde_json::json!([]));
}
