//! Payment intents, charges, refunds, disputes and balance transactions.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::lists::list_of;
use super::{Call, act, change, no_such, read, retrieve, unrecognized};
use crate::error::{ApiError, Result};
use crate::form::{Field, Shape, optional, required};
use crate::money::{self, AskRefund, DECLINED, INSUFFICIENT_FUNDS};
use crate::objects::{self, NewIntent, Origin, Verdict};
use crate::{Inner, State, currency};

pub(super) fn route(inner: &Arc<Inner>, call: &Call, method: &str, kind: &str, rest: &[&str]) -> Result<Value> {
    match (method, kind, rest) {
        ("POST", "payment_intents", []) => create_intent(inner, call),
        ("GET", "payment_intents", []) => list_of(inner, call, "payment_intent", INTENTS, &["customer"], |state| &state.payment_intents),
        ("GET", "payment_intents", [id]) => retrieve(inner, call, "payment_intent", id),
        ("POST", "payment_intents", [id]) => update_intent(inner, call, id),
        ("POST", "payment_intents", [id, "confirm"]) => confirm_intent(inner, call, id),
        ("POST", "payment_intents", [id, "cancel"]) => cancel_intent(inner, call, id),
        ("GET", "charges", []) => list_of(inner, call, "charge", CHARGES, &["customer", "payment_intent"], |state| &state.charges),
        ("GET", "charges", [id]) => retrieve(inner, call, "charge", id),
        ("POST", "charges", [id]) => update_charge(inner, call, id),
        ("POST", "refunds", []) => create_refund(inner, call),
        ("GET", "refunds", []) => list_of(inner, call, "refund", OF_A_CHARGE, &["charge", "payment_intent"], |state| &state.refunds),
        ("GET", "refunds", [id]) => retrieve(inner, call, "refund", id),
        ("POST", "refunds", [id]) => update_refund(inner, call, id),
        ("POST", "refunds", [id, "cancel"]) => cancel_refund(inner, call, id),
        ("GET", "disputes", []) => list_of(inner, call, "dispute", OF_A_CHARGE, &["charge", "payment_intent"], |state| &state.disputes),
        ("GET", "disputes", [id]) => retrieve(inner, call, "dispute", id),
        ("POST", "disputes", [id]) => update_dispute(inner, call, id),
        ("POST", "disputes", [id, "close"]) => accept_dispute(inner, call, id),
        ("GET", "balance_transactions", []) => {
            let same = ["currency", "source", "type"];
            list_of(inner, call, "balance_transaction", TRANSACTIONS, &same, |state| &state.balance_transactions)
        }
        ("GET", "balance_transactions", [id]) => retrieve(inner, call, "balance_transaction", id),
        _ => Err(unrecognized(call)),
    }
}

static INTENTS: &[Field] =
    &[optional("created", Shape::Range), optional("customer", Shape::Text(5000)), optional("customer_account", Shape::NotBuilt)];

static CHARGES: &[Field] = &[
    optional("created", Shape::Range),
    optional("customer", Shape::Text(5000)),
    optional("payment_intent", Shape::Text(5000)),
    optional("transfer_group", Shape::NotBuilt),
];

static OF_A_CHARGE: &[Field] =
    &[optional("charge", Shape::Text(5000)), optional("created", Shape::Range), optional("payment_intent", Shape::Text(5000))];

static TRANSACTIONS: &[Field] = &[
    optional("created", Shape::Range),
    optional("currency", Shape::Text(3)),
    optional("payout", Shape::NotBuilt),
    optional("source", Shape::Text(5000)),
    optional("type", Shape::Text(5000)),
];

static METHOD_TYPE: Shape = Shape::OneOf(&["card"]);

static AUTOMATIC: &[Field] = &[optional("allow_redirects", Shape::OneOf(&["always", "never"])), required("enabled", Shape::Boolean)];

static NEW_INTENT: &[Field] = &[
    required("amount", Shape::Integer),
    optional("amount_details", Shape::NotBuilt),
    optional("application_fee_amount", Shape::NotBuilt),
    optional("automatic_payment_methods", Shape::Map(AUTOMATIC)),
    optional("capture_method", Shape::SomeOf(&["automatic", "automatic_async"], &["manual"])),
    optional("confirm", Shape::Boolean),
    optional("confirmation_method", Shape::SomeOf(&["automatic"], &["manual"])),
    required("currency", Shape::Text(3)),
    optional("customer", Shape::Text(5000)),
    optional("customer_account", Shape::NotBuilt),
    optional("description", Shape::Text(1000)),
    optional("error_on_requires_action", Shape::Boolean),
    optional("excluded_payment_method_types", Shape::NotBuilt),
    optional("mandate", Shape::NotBuilt),
    optional("mandate_data", Shape::NotBuilt),
    optional("metadata", Shape::Metadata),
    optional("off_session", Shape::Boolean),
    optional("on_behalf_of", Shape::NotBuilt),
    optional("payment_method", Shape::Text(5000)),
    optional("payment_method_configuration", Shape::NotBuilt),
    optional("payment_method_data", Shape::NotBuilt),
    optional("payment_method_options", Shape::NotBuilt),
    optional("payment_method_types", Shape::List(&METHOD_TYPE)),
    optional("radar_options", Shape::NotBuilt),
    optional("receipt_email", Shape::Email),
    optional("return_url", Shape::Url),
    optional("setup_future_usage", Shape::NotBuilt),
    optional("shipping", Shape::NotBuilt),
    optional("statement_descriptor", Shape::Text(22)),
    optional("statement_descriptor_suffix", Shape::Text(22)),
    optional("transfer_data", Shape::NotBuilt),
    optional("transfer_group", Shape::NotBuilt),
    optional("use_stripe_sdk", Shape::NotBuilt),
];

fn create_intent(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = read(call, "payment_intent", NEW_INTENT)?;
    let code = currency::parse(params["currency"].as_str().unwrap_or_default(), "currency")?;
    let amount = params["amount"].as_i64().unwrap_or_default();
    currency::check_amount(amount, &code)?;
    let confirm = params.get("confirm") == Some(&json!(true));
    let method = params.get("payment_method").and_then(Value::as_str);
    let card = method.map(|method| test_card(inner, method)).transpose()?;
    if params.contains_key("automatic_payment_methods") && params.contains_key("payment_method_types") {
        let message = "You may only specify one of these parameters: automatic_payment_methods, payment_method_types.";
        return Err(ApiError::invalid(message));
    }
    if confirm {
        check_return(params.get("automatic_payment_methods"), &params)?;
        // Nothing is made that could not be confirmed.
        card.ok_or_else(no_method)?;
    }
    for only_confirmed in ["off_session", "return_url", "error_on_requires_action"] {
        if params.contains_key(only_confirmed) && !confirm {
            let message = format!("`{only_confirmed}` can only be used with `confirm=true`.");
            return Err(ApiError::invalid(message).param(only_confirmed));
        }
    }
    let now_s = inner.clock.now_s();
    let origin = &call.origin;
    let mut declined = None;
    let shown = act(inner, &params, |state| {
        let customer = match params.get("customer") {
            None => Value::Null,
            Some(id) => {
                let known = money::find(&state.customers, id).filter(|customer| customer["deleted"] != true);
                known.ok_or_else(|| ApiError::missing("customer", id.as_str().unwrap_or_default(), "customer"))?["id"].clone()
            }
        };
        let types = params.get("payment_method_types").cloned().unwrap_or_else(|| json!(["card"]));
        let (amount, code) = (json!(amount), json!(code));
        let new = NewIntent {
            amount: &amount,
            currency: &code,
            customer: &customer,
            data: &params,
            method_types: &types,
            live: inner.live,
            now_s,
        };
        let mut intent = objects::payment_intent(&new);
        if let Some(automatic) = params.get("automatic_payment_methods") {
            let redirects = automatic.get("allow_redirects").cloned().unwrap_or_else(|| json!("always"));
            intent["automatic_payment_methods"] = json!({"allow_redirects": redirects, "enabled": automatic["enabled"]});
        }
        if let Some(method) = method {
            intent["status"] = json!("requires_confirmation");
            intent["payment_method"] = json!(method);
        }
        state.payment_intents.push(intent.clone());
        let mut events = vec![state.add_event("payment_intent.created", &intent, origin, now_s)];
        if !confirm {
            return Ok((intent, events));
        }
        let card = card.ok_or_else(no_method)?;
        events.extend(charge(state, &mut intent, card, origin, now_s));
        declined = card.refusal(&intent);
        Ok((intent, events))
    })?;
    declined.map_or(Ok(shown), Err)
}

/// A payment whose method may send the customer elsewhere must know where they come back to.
fn check_return(automatic: Option<&Value>, params: &Map<String, Value>) -> Result<()> {
    let redirects = automatic.is_some_and(|automatic| automatic["enabled"] == true && automatic["allow_redirects"] != "never");
    if !redirects || params.contains_key("return_url") {
        return Ok(());
    }
    let message = "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment \
                   methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept \
                   redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and \
                   `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.";
    Err(ApiError::invalid(message))
}

fn charge(state: &mut State, intent: &mut Value, card: TestCard, origin: &Origin, now_s: i64) -> Vec<String> {
    let billing = json!({"email": intent["receipt_email"], "name": null});
    state.try_charge(intent, &billing, "card", &card.verdict(), origin, now_s)
}

fn no_method() -> ApiError {
    ApiError::invalid(
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either \
         update the PaymentIntent with a payment method and then confirm it again, or confirm it again \
         directly with a payment method.",
    )
    .code("payment_intent_unexpected_state")
    .begun()
}

/// One of Stripe's payment methods for tests.
#[derive(Clone, Copy)]
struct TestCard {
    decline: Option<&'static objects::Decline>,
}

impl TestCard {
    fn verdict(&self) -> Verdict<'static> {
        match self.decline {
            Some(decline) => Verdict::Declined(decline),
            None => Verdict::Succeeded,
        }
    }

    /// How a payment that was declined is told: as an error.
    fn refusal(&self, intent: &Value) -> Option<ApiError> {
        self.decline.map(|decline| ApiError::declined(decline, &intent["latest_charge"], intent.clone()))
    }
}

fn test_card(inner: &Inner, id: &str) -> Result<TestCard> {
    let decline = match id {
        // They exist in test mode only.
        _ if inner.live => return Err(ApiError::missing("PaymentMethod", id, "payment_method")),
        "pm_card_visa" | "pm_card_mastercard" | "pm_card_amex" | "pm_card_us" => None,
        "pm_card_chargeDeclined" | "pm_card_visa_chargeDeclined" => Some(&DECLINED),
        "pm_card_chargeDeclinedInsufficientFunds" | "pm_card_visa_chargeDeclinedInsufficientFunds" => Some(&INSUFFICIENT_FUNDS),
        _ => return Err(ApiError::missing("PaymentMethod", id, "payment_method")),
    };
    Ok(TestCard { decline })
}

static INTENT_CHANGE: &[Field] = &[
    optional("amount", Shape::Integer),
    optional("application_fee_amount", Shape::NotBuilt),
    optional("capture_method", Shape::NotBuilt),
    optional("currency", Shape::NotBuilt),
    optional("customer", Shape::NotBuilt),
    optional("description", Shape::Clearable(1000)),
    optional("metadata", Shape::MetadataChange),
    optional("payment_method", Shape::NotBuilt),
    optional("payment_method_data", Shape::NotBuilt),
    optional("payment_method_options", Shape::NotBuilt),
    optional("payment_method_types", Shape::NotBuilt),
    optional("receipt_email", Shape::Unset(&Shape::Email)),
    optional("setup_future_usage", Shape::NotBuilt),
    optional("shipping", Shape::NotBuilt),
    optional("statement_descriptor", Shape::Text(22)),
    optional("statement_descriptor_suffix", Shape::Text(22)),
    optional("transfer_data", Shape::NotBuilt),
    optional("transfer_group", Shape::NotBuilt),
];

fn update_intent(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, "payment_intent", INTENT_CHANGE)?;
    act(inner, &params, |state| {
        let intent = money::find_mut(&mut state.payment_intents, &json!(id)).ok_or_else(|| no_such("payment_intent", id))?;
        if let Some(amount) = params.get("amount").and_then(Value::as_i64) {
            if !is_unpaid(intent) {
                return Err(unexpected(intent, "updated with a new amount"));
            }
            let code = intent["currency"].as_str().unwrap_or_default();
            currency::check_amount(amount, code)?;
        }
        change(intent, &params);
        Ok((intent.clone(), None))
    })
}

fn is_unpaid(intent: &Value) -> bool {
    matches!(intent["status"].as_str(), Some("requires_payment_method" | "requires_confirmation"))
}

fn unexpected(intent: &Value, what: &str) -> ApiError {
    let status = intent["status"].as_str().unwrap_or_default();
    let message = format!("This PaymentIntent could not be {what} because it has a status of {status}.");
    ApiError::invalid(message).code("payment_intent_unexpected_state").begun()
}

static CONFIRM: &[Field] = &[
    optional("capture_method", Shape::NotBuilt),
    optional("error_on_requires_action", Shape::Boolean),
    optional("mandate", Shape::NotBuilt),
    optional("mandate_data", Shape::NotBuilt),
    optional("off_session", Shape::Boolean),
    optional("payment_method", Shape::Text(5000)),
    optional("payment_method_data", Shape::NotBuilt),
    optional("payment_method_options", Shape::NotBuilt),
    optional("payment_method_types", Shape::NotBuilt),
    optional("radar_options", Shape::NotBuilt),
    optional("receipt_email", Shape::Unset(&Shape::Email)),
    optional("return_url", Shape::Url),
    optional("setup_future_usage", Shape::NotBuilt),
    optional("shipping", Shape::NotBuilt),
    optional("use_stripe_sdk", Shape::NotBuilt),
];

fn confirm_intent(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, "payment_intent", CONFIRM)?;
    let now_s = inner.clock.now_s();
    let mut declined = None;
    let shown = act(inner, &params, |state| {
        let known = money::find(&state.payment_intents, &json!(id)).ok_or_else(|| no_such("payment_intent", id))?;
        if state.is_of_session(known) {
            let message = "This PaymentIntent is managed by Checkout. The customer confirms it on the Checkout page.";
            return Err(ApiError::invalid(message).begun());
        }
        if !is_unpaid(known) {
            return Err(unexpected(known, "confirmed"));
        }
        check_return(Some(&known["automatic_payment_methods"]), &params)?;
        let mut intent = known.clone();
        let method = params.get("payment_method").unwrap_or(&intent["payment_method"]);
        let card = test_card(inner, method.as_str().ok_or_else(no_method)?)?;
        if let Some(email) = params.get("receipt_email") {
            intent["receipt_email"] = email.clone();
        }
        let events = charge(state, &mut intent, card, &call.origin, now_s);
        declined = card.refusal(&intent);
        Ok((intent, events))
    })?;
    declined.map_or(Ok(shown), Err)
}

static CANCEL: &[Field] =
    &[optional("cancellation_reason", Shape::OneOf(&["abandoned", "duplicate", "fraudulent", "requested_by_customer"]))];

fn cancel_intent(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, "payment_intent", CANCEL)?;
    let now_s = inner.clock.now_s();
    act(inner, &params, |state| {
        let known = money::find(&state.payment_intents, &json!(id)).ok_or_else(|| no_such("payment_intent", id))?;
        if state.is_of_session(known) {
            let message = "You cannot cancel this PaymentIntent because it was created by Checkout. Expire the Checkout Session instead.";
            return Err(ApiError::invalid(message).begun());
        }
        if !is_unpaid(known) {
            return Err(unexpected(known, "canceled"));
        }
        let reason = params.get("cancellation_reason").cloned().unwrap_or_default();
        let event = state.cancel_intent(&json!(id), &reason, &call.origin, now_s);
        Ok((money::find(&state.payment_intents, &json!(id)).cloned().unwrap_or_default(), event))
    })
}

static CHARGE_CHANGE: &[Field] = &[
    optional("customer", Shape::NotBuilt),
    optional("description", Shape::Clearable(40_000)),
    optional("fraud_details", Shape::NotBuilt),
    optional("metadata", Shape::MetadataChange),
    optional("receipt_email", Shape::Email),
    optional("shipping", Shape::NotBuilt),
    optional("transfer_group", Shape::NotBuilt),
];

fn update_charge(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, "charge", CHARGE_CHANGE)?;
    let now_s = inner.clock.now_s();
    act(inner, &params, |state| {
        let charge = money::find_mut(&mut state.charges, &json!(id)).ok_or_else(|| no_such("charge", id))?;
        change(charge, &params);
        let charge = charge.clone();
        let event = state.add_event("charge.updated", &charge, &call.origin, now_s);
        Ok((charge, [event]))
    })
}

static REFUND: &[Field] = &[
    optional("amount", Shape::Integer),
    optional("charge", Shape::Text(5000)),
    optional("currency", Shape::NotBuilt),
    optional("customer", Shape::NotBuilt),
    optional("instructions_email", Shape::Email),
    optional("metadata", Shape::Unset(&Shape::Metadata)),
    optional("origin", Shape::NotBuilt),
    optional("payment_intent", Shape::Text(5000)),
    optional("reason", Shape::OneOf(&["duplicate", "fraudulent", "requested_by_customer"])),
    optional("refund_application_fee", Shape::NotBuilt),
    optional("reverse_transfer", Shape::NotBuilt),
];

fn create_refund(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = read(call, "refund", REFUND)?;
    let amount = params.get("amount").and_then(Value::as_i64);
    if amount.is_some_and(|amount| amount < 1) {
        let message = "This value must be greater than or equal to 1.";
        return Err(ApiError::invalid(message).code("parameter_invalid_integer").param("amount"));
    }
    let get = |name: &str| params.get(name).cloned().unwrap_or_default();
    let ask = AskRefund {
        charge: params.get("charge").and_then(Value::as_str),
        payment_intent: params.get("payment_intent").and_then(Value::as_str),
        amount,
        reason: get("reason"),
        metadata: params.get("metadata").cloned(),
        instructions_email: get("instructions_email"),
    };
    let now_s = inner.clock.now_s();
    act(inner, &params, |state| state.refund(&ask, &call.origin, now_s))
}

static METADATA_CHANGE: &[Field] = &[optional("metadata", Shape::MetadataChange)];

fn update_refund(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, "refund", METADATA_CHANGE)?;
    let now_s = inner.clock.now_s();
    act(inner, &params, |state| {
        let refund = money::find_mut(&mut state.refunds, &json!(id)).ok_or_else(|| no_such("refund", id))?;
        change(refund, &params);
        let refund = refund.clone();
        let kinds = ["refund.updated", "charge.refund.updated"];
        let events = kinds.map(|kind| state.add_event(kind, &refund, &call.origin, now_s));
        Ok((refund, events))
    })
}

fn cancel_refund(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    read(call, "refund", &[])?;
    let status = inner.read(|state| money::find(&state.refunds, &json!(id)).map(|refund| refund["status"].clone()));
    let status = status.ok_or_else(|| no_such("refund", id))?;
    let status = status.as_str().unwrap_or_default();
    let message = format!("Only a refund with a status of requires_action can be canceled. This one has a status of {status}.");
    Err(ApiError::invalid(message).begun())
}

static EVIDENCE: &[Field] = &{
    // The list of names is the one that the object is made from.
    const EMPTY: Field = optional("", Shape::NotBuilt);
    let mut fields = [EMPTY; objects::EVIDENCE.len()];
    let mut at = 0;
    while at < fields.len() {
        let (name, is_file) = objects::EVIDENCE[at];
        // Files are uploaded to an API that the stand-in does not have.
        fields[at] = optional(name, if is_file { Shape::NotBuilt } else { Shape::Clearable(20_000) });
        at += 1;
    }
    fields
};

static DISPUTE_CHANGE: &[Field] =
    &[optional("evidence", Shape::Map(EVIDENCE)), optional("metadata", Shape::MetadataChange), optional("submit", Shape::Boolean)];

fn update_dispute(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, "dispute", DISPUTE_CHANGE)?;
    let now_s = inner.clock.now_s();
    let evidence = params.get("evidence").and_then(Value::as_object);
    let submit = match params.get("submit").and_then(Value::as_bool) {
        Some(submit) => submit,
        None => evidence.is_some(),
    };
    act(inner, &params, |state| state.update_dispute(id, evidence, params.get("metadata"), submit, &call.origin, now_s))
}

fn accept_dispute(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, "dispute", &[])?;
    let now_s = inner.clock.now_s();
    act(inner, &params, |state| {
        let known = money::find(&state.disputes, &json!(id)).ok_or_else(|| no_such("dispute", id))?;
        if known["status"] != "needs_response" && known["status"] != "warning_needs_response" {
            return Err(ApiError::invalid("This dispute is already closed.").begun());
        }
        state.close_dispute(id, false, &call.origin, now_s).map_err(ApiError::invalid)
    })
}
