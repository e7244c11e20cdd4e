//! Checkout sessions.

use super::*;

#[tokio::test]
async fn paying_on_the_page_completes_the_session() {
    let world = world().await;
    let session = world.session().await;
    let page_url = session["url"].as_str().unwrap();
    let page = world.http.get(page_url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("SANDBOX"));
    assert!(page.contains("Pay 12.50 USD"));
    assert!(page.contains("&lt;b&gt;Portrait"));
    assert!(!page.contains("<b>Portrait"));

    let paid = world.http.post(page_url).form(&[("email", "ada@example.com")]).send().await.unwrap();
    assert_eq!(paid.status(), StatusCode::SEE_OTHER);
    let back = format!("https://a.example/ok?s={}", id(&session));
    assert_eq!(paid.headers()["location"], back.as_str());
    let again = world.http.post(page_url).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::CONFLICT);
    assert!(again.text().await.unwrap().contains("This has been paid."));

    let path = format!("/v1/checkout/sessions/{}", id(&session));
    let expanded = format!("{path}?expand[]=payment_intent.latest_charge&expand[]=line_items.data.price.product");
    let session = world.get(&expanded).await.body;
    assert_eq!(session["status"], "complete");
    assert_eq!(session["payment_status"], "paid");
    assert_eq!(session["url"], Value::Null);
    assert_eq!(session["customer_details"]["email"], "ada@example.com");
    assert_eq!(session["payment_intent"]["metadata"]["invoice"], "inv");
    assert_eq!(session["payment_intent"]["latest_charge"]["paid"], true);
    assert_eq!(session["line_items"]["data"][0]["price"]["product"]["name"], "<b>Portrait</b>");
    assert_eq!(world.kinds(), ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"]);
    assert_eq!(world.post(&format!("{path}/expire"), "").await.status, 400);
}

#[tokio::test]
async fn a_session_expires_by_the_clock_and_by_hand() {
    let world = world().await;
    let first = world.session().await;
    let second = world.session().await;
    let expired = world.post(&format!("/v1/checkout/sessions/{}/expire", id(&first)), "").await;
    assert_eq!(expired.body["status"], "expired");
    assert!(world.stripe.pay(id(&first)).await.is_err());

    world.clock.advance(Duration::from_secs(24 * 3600));
    assert!(world.stripe.pay(second["url"].as_str().unwrap()).await.is_err());
    assert_eq!(world.kinds(), ["checkout.session.expired", "checkout.session.expired"]);
}

#[tokio::test]
async fn an_unpaid_session_is_settled_later() {
    let world = world().await;
    let session = world.session().await;
    world.stripe.pay_unpaid(id(&session)).await.unwrap();
    let look = || world.stripe.session(id(&session)).unwrap();
    assert_eq!((&look()["status"], &look()["payment_status"]), (&json!("complete"), &json!("unpaid")));
    world.stripe.settle(id(&session), true).await.unwrap();
    assert_eq!(look()["payment_status"], "paid");
    assert_eq!(world.kinds().last().unwrap(), "checkout.session.async_payment_succeeded");
    assert!(world.stripe.settle(id(&session), true).await.is_err());
}

#[tokio::test]
async fn a_decline_leaves_the_session_open() {
    let world = world().await;
    let session = world.session().await;
    let page_url = session["url"].as_str().unwrap();
    let declined = world.http.post(page_url).form(&[("with", "declined")]).send().await.unwrap();
    assert_eq!(declined.status(), StatusCode::PAYMENT_REQUIRED);
    assert!(declined.text().await.unwrap().contains("Your card was declined."));
    assert_eq!(world.kinds(), ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]);
    assert_eq!(world.stripe.payment_intents()[0]["last_payment_error"]["code"], "card_declined");
    let refused = world.post("/v1/refunds", &format!("payment_intent={}", id(&world.stripe.payment_intents()[0]))).await;
    assert_eq!(refused.status, 400);

    world.stripe.pay(id(&session)).await.unwrap();
    assert_eq!(world.stripe.payment_intents().len(), 1);
    assert_eq!(world.stripe.payment_intents()[0]["status"], "succeeded");

    let left = world.session().await;
    world.stripe.pay_declined(id(&left)).await.unwrap();
    world.stripe.expire(id(&left));
    assert_eq!(world.stripe.payment_intents()[1]["status"], "canceled");
    assert_eq!(world.kinds().last().unwrap(), "checkout.session.expired");
}

#[tokio::test]
async fn a_bank_debit_is_pending_until_it_fails() {
    let world = world().await;
    let form = format!("{SESSION}&payment_method_types[]=sepa_debit");
    let refused = world.post("/v1/checkout/sessions", &form).await.body;
    assert!(refused["error"]["message"].as_str().unwrap().contains("`sepa_debit` only supports the following currencies: `eur`"));
    assert_eq!(world.post("/v1/checkout/sessions", &format!("{SESSION}&locale=xx")).await.body["error"]["param"], "locale");
    let form = form.replace("=usd", "=eur");
    let session = world.post("/v1/checkout/sessions", &form).await.body;
    let page = world.http.get(session["url"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("Pay by bank debit"));
    // The only method is one that confirms later, so that paying does not settle it.
    world.stripe.pay(id(&session)).await.unwrap();
    assert_eq!(world.stripe.session(id(&session)).unwrap()["payment_status"], "unpaid");
    assert_eq!((&world.charge()["status"], &world.charge()["payment_method_details"]["type"]), (&json!("pending"), &json!("sepa_debit")));
    assert!(world.stripe.refund(id(&session), None).is_err());
    world.stripe.settle(id(&session), false).await.unwrap();
    assert_eq!(world.charge()["status"], "failed");
    assert_eq!(world.kinds().last().unwrap(), "checkout.session.async_payment_failed");
    assert!(world.stripe.dispute(id(&session), "fraudulent").is_err());
}
