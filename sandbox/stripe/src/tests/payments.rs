//! Payment intents, refunds and disputes.

use super::*;

#[tokio::test]
async fn a_charge_is_refunded_in_parts_and_no_further() {
    let world = world().await;
    let intent = world.paid().await;
    let seen = world.kinds().len();
    let refund = async |more: &str| world.post("/v1/refunds", &format!("payment_intent={intent}{more}")).await;

    let first = refund("&amount=250&reason=requested_by_customer&metadata[invoice]=inv&expand[]=charge").await.body;
    assert_eq!((&first["status"], &first["charge"]["amount_refunded"]), (&json!("succeeded"), &json!(250)));
    assert_eq!(world.charge()["refunded"], false);
    assert_eq!(world.kinds_after(seen), ["refund.created", "charge.refunded"]);
    let over = refund("&amount=1001").await;
    assert_eq!((over.status, &over.body["error"]["param"]), (400, &json!("amount")));
    assert!(over.body["error"]["message"].as_str().unwrap().contains("unrefunded amount"));
    assert_eq!(refund("&amount=0").await.code(), "parameter_invalid_integer");
    assert_eq!(refund("&reason=because").await.status, 400);
    assert_eq!(refund("&why=because").await.code(), "parameter_unknown");
    assert_eq!(refund("&expand[]=nothing").await.status, 400);
    assert_eq!(world.post("/v1/refunds", "").await.status, 400);
    assert_eq!(world.post("/v1/refunds", "charge=ch_no").await.code(), "resource_missing");

    let rest = refund("").await.body;
    assert_eq!(rest["amount"], 1000);
    assert_eq!(world.charge()["refunded"], true);
    assert_eq!(refund("").await.code(), "charge_already_refunded");
    assert_eq!(world.stripe.refunds().len(), 2);
    let list = world.get(&format!("/v1/refunds?payment_intent={intent}&limit=1&expand[]=data.charge.refunds")).await.body;
    assert_eq!((&list["data"][0]["id"], &list["has_more"]), (&rest["id"], &json!(true)));
    assert_eq!(list["data"][0]["charge"]["refunds"]["data"].as_array().unwrap().len(), 2);
    let path = format!("/v1/refunds/{}", id(&rest));
    assert_eq!(world.post(&path, "metadata[a]=b").await.body["metadata"]["a"], "b");
    assert_eq!(world.post(&path, "metadata[a]=").await.body["metadata"], json!({}));
    assert_eq!(world.post(&format!("{path}/cancel"), "").await.status, 400);
}

#[tokio::test]
async fn a_refund_fails_and_the_charge_is_whole_again() {
    let world = world().await;
    let intent = world.paid().await;
    world.stripe.set_refunds_pending(true);
    let refund = world.stripe.refund(&intent, Some(250)).unwrap();
    assert_eq!((&refund["status"], world.charge()["amount_refunded"].as_i64()), (&json!("pending"), Some(250)));
    let seen = world.kinds().len();
    world.stripe.fail_refund(id(&refund), "insufficient_funds").unwrap();
    let path = format!("/v1/refunds/{}?expand[]=failure_balance_transaction", id(&refund));
    let failed = world.get(&path).await.body;
    assert_eq!((&failed["status"], &failed["failure_reason"]), (&json!("failed"), &json!("insufficient_funds")));
    assert_eq!(failed["failure_balance_transaction"]["amount"], 250);
    assert_eq!(world.charge()["amount_refunded"], 0);
    assert_eq!(world.kinds_after(seen), ["refund.updated", "charge.refund.updated", "refund.failed"]);
    assert!(world.stripe.settle_refund(id(&refund)).is_err());

    let refund = world.stripe.refund(&intent, None).unwrap();
    world.stripe.settle_refund(id(&refund)).unwrap();
    assert_eq!(world.stripe.refunds()[1]["status"], "succeeded");
    assert!(world.stripe.refund(&intent, None).is_err());
}

#[tokio::test]
async fn a_dispute_takes_the_money_until_it_is_won() {
    let world = world().await;
    let intent = world.paid().await;
    let seen = world.kinds().len();
    let dispute = world.stripe.dispute(&intent, "fraudulent").unwrap();
    assert_eq!(dispute["status"], "needs_response");
    assert_eq!(world.charge()["disputed"], true);
    assert!(world.stripe.dispute(&intent, "fraudulent").is_err());
    let refused = world.post("/v1/refunds", &format!("payment_intent={intent}")).await;
    assert_eq!(refused.code(), "charge_disputed");

    let path = format!("/v1/disputes/{}", id(&dispute));
    assert_eq!(world.post(&path, "evidence[receipt]=file_1").await.status, 400);
    let staged = world.post(&path, "evidence[product_description]=Portrait&submit=false").await.body;
    assert_eq!(staged["status"], "needs_response");
    let handed_in = world.post(&path, "submit=true").await.body;
    assert_eq!(handed_in["status"], "under_review");
    assert_eq!(handed_in["evidence"]["product_description"], "Portrait");
    assert_eq!(world.post(&path, "evidence[product_description]=More").await.status, 400);
    assert_eq!(world.post(&format!("{path}/close"), "").await.status, 400);
    world.stripe.close_dispute(id(&dispute), true).unwrap();
    assert_eq!(
        world.kinds_after(seen),
        [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.updated",
            "charge.dispute.updated",
            "charge.dispute.funds_reinstated",
            "charge.dispute.closed"
        ]
    );
    let won = world.get(&path).await.body;
    let net: i64 = won["balance_transactions"].as_array().unwrap().iter().map(|entry| entry["net"].as_i64().unwrap()).sum();
    assert_eq!((&won["status"], net), (&json!("won"), 0));
    assert!(world.stripe.close_dispute(id(&dispute), false).is_err());
}

#[tokio::test]
async fn a_dispute_is_lost_by_the_clock_by_words_and_by_giving_in() {
    let world = world().await;
    let overdue = world.stripe.dispute(&world.paid().await, "fraudulent").unwrap();
    let spoken = world.stripe.dispute(&world.paid().await, "product_not_received").unwrap();
    let given_in = world.stripe.dispute(&world.paid().await, "duplicate").unwrap();
    let inquiry = world.stripe.inquire(&world.paid().await, "fraudulent").unwrap();
    assert_eq!((&inquiry["status"], &inquiry["is_charge_refundable"]), (&json!("warning_needs_response"), &json!(true)));

    let path = format!("/v1/disputes/{}", id(&spoken));
    assert_eq!(world.post(&path, "evidence[uncategorized_text]=losing_evidence").await.body["status"], "lost");
    assert_eq!(world.post(&format!("/v1/disputes/{}/close", id(&given_in)), "").await.body["status"], "lost");
    world.stripe.close_dispute(id(&inquiry), false).unwrap();
    world.clock.advance(Duration::from_secs(11 * 24 * 3600));
    let statuses: Vec<Value> = world.stripe.disputes().iter().map(|dispute| dispute["status"].clone()).collect();
    assert_eq!(statuses, ["lost", "lost", "lost", "warning_closed"]);
    assert_eq!(world.get(&format!("/v1/disputes/{}", id(&overdue))).await.body["evidence_details"]["past_due"], true);
    assert_eq!(world.get("/v1/disputes?limit=100").await.body["data"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn payment_intents_are_confirmed_declined_and_canceled() {
    let world = world().await;
    let create = async |more: &str| world.post("/v1/payment_intents", &format!("amount=500&currency=EUR{more}")).await;
    let paid = create("&payment_method=pm_card_visa&confirm=true&metadata[a]=b").await.body;
    assert_eq!((&paid["status"], &paid["currency"], &paid["metadata"]["a"]), (&json!("succeeded"), &json!("eur"), &json!("b")));
    let declined = create("&payment_method=pm_card_chargeDeclinedInsufficientFunds&confirm=true").await;
    assert_eq!((declined.status, declined.code()), (402, "card_declined"));
    assert_eq!(declined.body["error"]["decline_code"], "insufficient_funds");
    assert_eq!(declined.body["error"]["payment_intent"]["status"], "requires_payment_method");
    assert_eq!(create("&payment_method=pm_no").await.code(), "resource_missing");
    let made = world.stripe.payment_intents().len();
    assert_eq!(create("&confirm=true").await.code(), "payment_intent_unexpected_state");
    let automatic = "&payment_method=pm_card_visa&confirm=true&automatic_payment_methods[enabled]=true";
    let refused = create(automatic).await;
    assert!(refused.body["error"]["message"].as_str().unwrap().contains("you must provide a `return_url`"));
    assert_eq!(create("&automatic_payment_methods[enabled]=true&payment_method_types[]=card").await.status, 400);
    assert_eq!(world.stripe.payment_intents().len(), made, "what is refused makes nothing");
    assert_eq!(create(&format!("{automatic}&automatic_payment_methods[allow_redirects]=never")).await.status, 200);
    assert_eq!(create(&format!("{automatic}&return_url=https://a.example/")).await.status, 200);
    assert_eq!(create("&off_session=true").await.status, 400);
    let message = async |form: &str| {
        let refused = world.post("/v1/payment_intents", form).await;
        assert_eq!(refused.status, 400);
        refused.body["error"]["message"].as_str().unwrap().to_owned()
    };
    assert_eq!(world.post("/v1/payment_intents", "amount=5&currency=usd").await.code(), "amount_too_small");
    assert_eq!(message("amount=5&currency=usd").await, "Amount must be at least $0.50 usd");
    assert_eq!(message("amount=0&currency=usd").await, "This value must be greater than or equal to 1.");
    assert_eq!(message("amount=100000000&currency=gbp").await, "Amount must be no more than £999,999.99");
    assert!(message("amount=500&currency=usd&capture_method=manual").await.contains("The sandbox has no `capture_method=manual` yet"));
    let none = message("amount=500&currency=usd&capture_method=none").await;
    assert_eq!(none, "Invalid capture_method: must be one of automatic, automatic_async, or manual");

    let waiting = create("").await.body;
    let path = format!("/v1/payment_intents/{}", id(&waiting));
    assert_eq!(world.post(&path, "amount=700&description=More&receipt_email=a@b.example").await.body["amount"], 700);
    assert_eq!(world.post(&path, "receipt_email=").await.body["receipt_email"], Value::Null);
    let confirmed = world.post(&format!("{path}/confirm"), "payment_method=pm_card_visa").await.body;
    assert_eq!((&confirmed["status"], &confirmed["amount_received"]), (&json!("succeeded"), &json!(700)));
    assert_eq!(world.post(&format!("{path}/cancel"), "").await.code(), "payment_intent_unexpected_state");
    let other = create("").await.body;
    let canceled = world.post(&format!("/v1/payment_intents/{}/cancel", id(&other)), "cancellation_reason=abandoned").await.body;
    assert_eq!((&canceled["status"], &canceled["cancellation_reason"]), (&json!("canceled"), &json!("abandoned")));
    let of_checkout = world.paid().await;
    assert_eq!(world.post(&format!("/v1/payment_intents/{of_checkout}/cancel"), "").await.status, 400);
}
