//! Lists that are read a page at a time, and the question to Stripe.

use std::time::Duration;

use crate::world::*;

each_backend!(
    a_list_turns_by_its_buttons_also_after_a_restart,
    a_button_of_a_list_shows_everybody_their_own,
    pages_that_nobody_offered_are_refused,
    stripe_is_asked_now_and_not_twice_in_thirty_seconds,
);

fn numbers(text: &str) -> Vec<u32> {
    let named = text.split("**#").skip(1).filter_map(|rest| rest.split("**").next()?.parse().ok());
    named.collect()
}

async fn a_list_turns_by_its_buttons_also_after_a_restart(world: World) {
    for at in 1..=23 {
        world.issue(&world.ada, &format!("Rig {at}"), "12.50").await;
    }
    let first = slash(&world.ada.in_dm(), "/invoice list", vec![]).await;
    assert_eq!(numbers(&first.text()), (14..=23).rev().collect::<Vec<_>>());
    assert!(first.message.button("◀ Newer").is_none());
    world.restart(&[]).await;
    let second = press(&world.ada, &first.message, "Older ▶").await;
    assert_eq!(numbers(&second.text()), (4..=13).rev().collect::<Vec<_>>());
    assert_eq!(second.message.id, first.message.id, "the same message turns");
    // What is new in between moves nothing.
    world.issue(&world.ada, "Rig 24", "12.50").await;
    let third = press(&world.ada, &second.message, "Older ▶").await;
    assert_eq!(numbers(&third.text()), [3, 2, 1]);
    assert!(third.message.button("Older ▶").is_none());
    let back = press(&world.ada, &third.message, "◀ Newer").await;
    assert_eq!(numbers(&back.text()), (4..=13).rev().collect::<Vec<_>>());
    let newest = press(&world.ada, &press(&world.ada, &back.message, "◀ Newer").await.message, "◀ Newer").await;
    assert_eq!(numbers(&newest.text()), [24]);

    let all = slash(&world.desk(), "/billing list", vec![("user", (&world.ada).into()), ("status", "pending".into())]).await;
    let older = press(&world.owner, &all.message, "Older ▶").await;
    assert_eq!(numbers(&older.text()), (5..=14).rev().collect::<Vec<_>>());
    assert!(slash(&world.ada.in_dm(), "/invoice list", vec![("status", "paid".into())]).await.message.buttons().is_empty());
}

async fn a_button_of_a_list_shows_everybody_their_own(world: World) {
    for at in 1..=11 {
        world.issue(&world.ada, &format!("Secret {at}"), "12.50").await;
    }
    world.issue(&world.ben, "Castle", "12.50").await;
    let ada = slash(&world.ada.in_channel(&world.general), "/invoice list", vec![]).await;
    let older = ada.message.button("Older ▶").unwrap().custom_id.unwrap();
    let ben = world.ben.forge_click(&older, Some(&ada.message)).await.unwrap().reply().unwrap();
    assert!(!ben.text().contains("Secret"), "{}", ben.text());
    for staffs in ["v1:page:all-invoices|||", "v1:page:audit||||", "v1:page:staff|", "v1:page:all-files|1|"] {
        let refused = world.ben.forge_click(staffs, Some(&ada.message)).await.unwrap().reply().unwrap();
        assert!(refused.text().contains("for the studio's staff"), "{staffs}: {}", refused.text());
    }
    let foreign = world.ben.forge_click("v1:page:files|1|", Some(&ada.message)).await.unwrap().reply().unwrap();
    assert!(foreign.text().contains("Invoice not found"), "{}", foreign.text());
}

async fn pages_that_nobody_offered_are_refused(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let list = slash(&world.ada.in_dm(), "/invoice list", vec![]).await;
    for odd in
        ["v1:page:", "v1:page:invoices||x9", "v1:page:invoices|lost|o1", "v1:page:invoices||o99999999999999999999", "v1:page:files||o1"]
    {
        let reply = world.ada.forge_click(odd, Some(&list.message)).await.unwrap().reply().unwrap();
        assert!(reply.ephemeral && reply.text().contains("does not work any more"), "{odd}: {}", reply.text());
    }
}

async fn stripe_is_asked_now_and_not_twice_in_thirty_seconds(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    let check = async |invoice: &str| {
        let reply = slash(&world.ada.in_dm(), "/invoice check", vec![("invoice", invoice.into())]).await;
        assert!(reply.ephemeral);
        answered(&reply).await.text()
    };
    // Nothing was opened: Stripe has nothing to tell, and is not asked.
    assert!(check("1").await.contains("No payment arrived yet"));
    let checkout = world.location(&world.pay_link(&world.ada, "Dragon rig").await).await;
    assert!(check("1").await.contains("No payment arrived yet"));
    let again = check("1").await;
    assert!(again.contains("Stripe was asked just now") && again.contains("Ask again in "), "{again}");
    // The webhook is lost; the question finds the payment.
    world.sandbox.stripe.hold_webhooks();
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.app().clock.advance(Duration::from_secs(30));
    world.sandbox.clock.advance(Duration::from_secs(30));
    assert!(check("1").await.contains("Your payment arrived"));
    world.ada.wait_for_dm("Your payment arrived. Thank you!").await;
    assert_eq!(world.status(1).await, "paid");
    assert!(check("1").await.contains("Your payment arrived"), "what is known needs no question");
    world.sandbox.stripe.release_webhooks();
    world.sandbox.stripe.delivered("checkout.session.completed").await;
    world.settled().await;
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM payments").await, 1);
}
