//! Checkout sessions and their line items.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::lists::{in_range, page, read_list};
use super::{Call, act, change, no_such, read, retrieve, unrecognized};
use crate::error::{ApiError, Result};
use crate::form::{self, Field, Shape, optional, required};
use crate::objects::{self, Item, NewSession};
use crate::{Inner, Session, currency};

pub(super) fn route(inner: &Arc<Inner>, call: &Call, method: &str, rest: &[&str]) -> Result<Value> {
    match (method, rest) {
        ("POST", []) => create_session(inner, call),
        ("GET", []) => list_sessions(inner, call),
        ("GET", [id]) => retrieve(inner, call, "checkout.session", id),
        ("POST", [id]) => update_session(inner, call, id),
        ("POST", [id, "expire"]) => expire_session(inner, call, id),
        ("GET", [id, "line_items"]) => list_line_items(inner, call, id),
        _ => Err(unrecognized(call)),
    }
}

static PRODUCT_DATA: &[Field] = &[
    optional("description", Shape::Text(40_000)),
    optional("images", Shape::List(&Shape::Url)),
    optional("metadata", Shape::Metadata),
    required("name", Shape::Text(5000)),
    optional("tax_code", Shape::NotBuilt),
    optional("tax_details", Shape::NotBuilt),
    optional("unit_label", Shape::NotBuilt),
];

static PRICE_DATA: &[Field] = &[
    required("currency", Shape::Text(3)),
    optional("product", Shape::NotBuilt),
    required("product_data", Shape::Map(PRODUCT_DATA)),
    optional("recurring", Shape::NotBuilt),
    optional("tax_behavior", Shape::OneOf(&["exclusive", "inclusive", "unspecified"])),
    optional("unit_amount", Shape::Integer),
    optional("unit_amount_decimal", Shape::Decimal),
];

static LINE_ITEM: Shape = Shape::Map(&[
    optional("adjustable_quantity", Shape::NotBuilt),
    optional("dynamic_tax_rates", Shape::NotBuilt),
    optional("metadata", Shape::Metadata),
    optional("price", Shape::NotBuilt),
    required("price_data", Shape::Map(PRICE_DATA)),
    required("quantity", Shape::Integer),
    optional("tax_rates", Shape::NotBuilt),
]);

static PAYMENT_INTENT_DATA: &[Field] = &[
    optional("application_fee_amount", Shape::NotBuilt),
    optional("capture_method", Shape::NotBuilt),
    optional("description", Shape::Text(1000)),
    optional("metadata", Shape::Metadata),
    optional("on_behalf_of", Shape::NotBuilt),
    optional("receipt_email", Shape::Email),
    optional("setup_future_usage", Shape::NotBuilt),
    optional("shipping", Shape::NotBuilt),
    optional("statement_descriptor", Shape::Text(22)),
    optional("statement_descriptor_suffix", Shape::Text(22)),
    optional("transfer_data", Shape::NotBuilt),
    optional("transfer_group", Shape::NotBuilt),
];

static PAYMENT_METHOD_TYPE: Shape = Shape::OneOf(&[
    "alipay",
    "bancontact",
    "card",
    "customer_balance",
    "eps",
    "ideal",
    "klarna",
    "link",
    "p24",
    "paypal",
    "sepa_debit",
    "us_bank_account",
]);

/// The methods that are in some currencies only.
const CURRENCIES_OF: &[(&str, &[&str])] = &[
    ("bancontact", &["eur"]),
    ("eps", &["eur"]),
    ("ideal", &["eur"]),
    ("p24", &["eur", "pln"]),
    ("sepa_debit", &["eur"]),
    ("us_bank_account", &["usd"]),
];

fn check_methods(params: &Map<String, Value>, currency: &str) -> Result<()> {
    let methods = params.get("payment_method_types").and_then(Value::as_array).into_iter().flatten();
    for method in methods.filter_map(Value::as_str) {
        let Some((_, takes)) = CURRENCIES_OF.iter().find(|(name, takes)| *name == method && !takes.contains(&currency)) else { continue };
        let takes: Vec<String> = takes.iter().map(|code| format!("`{code}`")).collect();
        let message = format!(
            "Invalid currency: {currency}. The payment method `{method}` only supports the following currencies: {}.",
            takes.join(", ")
        );
        return Err(ApiError::invalid(message).param("payment_method_types"));
    }
    Ok(())
}

/// The languages of the Checkout page.
static LOCALES: &[&str] = &[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id", "it", "ja",
    "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];

static CUSTOMER_UPDATE: &[Field] = &[
    optional("address", Shape::OneOf(&["auto", "never"])),
    optional("name", Shape::OneOf(&["auto", "never"])),
    optional("shipping", Shape::OneOf(&["auto", "never"])),
];

static SESSION: &[Field] = &[
    optional("adaptive_pricing", Shape::NotBuilt),
    optional("after_expiration", Shape::NotBuilt),
    optional("allow_promotion_codes", Shape::Boolean),
    optional("allowed_payment_method_types", Shape::NotBuilt),
    optional("automatic_tax", Shape::NotBuilt),
    optional("billing_address_collection", Shape::OneOf(&["auto", "required"])),
    optional("branding_settings", Shape::NotBuilt),
    optional("cancel_url", Shape::Url),
    optional("client_reference_id", Shape::Text(200)),
    optional("consent_collection", Shape::NotBuilt),
    optional("currency", Shape::Text(3)),
    optional("custom_fields", Shape::NotBuilt),
    optional("custom_text", Shape::NotBuilt),
    optional("customer", Shape::Text(5000)),
    optional("customer_account", Shape::NotBuilt),
    optional("customer_creation", Shape::SomeOf(&["if_required"], &["always"])),
    optional("customer_email", Shape::Email),
    optional("customer_update", Shape::Map(CUSTOMER_UPDATE)),
    optional("discounts", Shape::NotBuilt),
    optional("excluded_payment_method_types", Shape::NotBuilt),
    optional("expires_at", Shape::Integer),
    optional("integration_identifier", Shape::NotBuilt),
    optional("invoice_creation", Shape::NotBuilt),
    optional("line_items", Shape::List(&LINE_ITEM)),
    optional("locale", Shape::OneOf(LOCALES)),
    optional("managed_payments", Shape::NotBuilt),
    optional("metadata", Shape::Metadata),
    required("mode", Shape::OneOf(&["payment", "setup", "subscription"])),
    optional("name_collection", Shape::NotBuilt),
    optional("optional_items", Shape::NotBuilt),
    optional("origin_context", Shape::NotBuilt),
    optional("payment_intent_data", Shape::Map(PAYMENT_INTENT_DATA)),
    optional("payment_method_collection", Shape::NotBuilt),
    optional("payment_method_configuration", Shape::NotBuilt),
    optional("payment_method_data", Shape::NotBuilt),
    optional("payment_method_options", Shape::NotBuilt),
    optional("payment_method_types", Shape::List(&PAYMENT_METHOD_TYPE)),
    optional("permissions", Shape::NotBuilt),
    optional("phone_number_collection", Shape::NotBuilt),
    optional("redirect_on_completion", Shape::NotBuilt),
    optional("return_url", Shape::NotBuilt),
    optional("saved_payment_method_options", Shape::NotBuilt),
    optional("setup_intent_data", Shape::NotBuilt),
    optional("shipping_address_collection", Shape::NotBuilt),
    optional("shipping_options", Shape::NotBuilt),
    optional("submit_type", Shape::OneOf(&["auto", "book", "donate", "pay"])),
    optional("subscription_data", Shape::NotBuilt),
    required("success_url", Shape::Url),
    optional("tax_id_collection", Shape::NotBuilt),
    optional("ui_mode", Shape::SomeOf(&["hosted_page"], &["elements", "embedded_page", "form"])),
    optional("wallet_options", Shape::NotBuilt),
];

fn create_session(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = read(call, "checkout.session", SESSION)?;
    if params["mode"] != "payment" {
        let message = "The sandbox has no subscriptions or set-ups yet, although Stripe has.";
        return Err(ApiError::invalid(message).param("mode"));
    }
    if params.get("allow_promotion_codes") == Some(&json!(true)) {
        let message = "The sandbox has no promotion codes yet, although Stripe has.";
        return Err(ApiError::invalid(message).param("allow_promotion_codes"));
    }
    let now_s = inner.clock.now_s();
    let items = items(&params)?;
    let currency = items.first().map(|item| item.currency.clone()).ok_or_else(|| form::missing("line_items"))?;
    let total = items.iter().fold(0_i64, |sum, item| sum.saturating_add(item.unit_amount.saturating_mul(item.quantity)));
    currency::check_total(total, &currency)?;
    check_methods(&params, &currency)?;
    if params.contains_key("customer") && params.contains_key("customer_email") {
        return Err(ApiError::invalid("You may only specify one of these parameters: customer, customer_email."));
    }
    if params.contains_key("customer_update") && !params.contains_key("customer") {
        let message = "`customer_update` can only be used with `customer`.";
        return Err(ApiError::invalid(message).param("customer_update"));
    }
    let expires_at = expires_at(&params, now_s)?;
    let payment_intent_data = match params.get("payment_intent_data") {
        Some(Value::Object(data)) => data.clone(),
        _ => Map::new(),
    };

    let session = act(inner, &params, |state| {
        let customer = match params.get("customer").and_then(Value::as_str) {
            None => None,
            Some(id) => {
                let found = state.customers.iter().find(|known| known["id"] == id && known["deleted"] != true);
                Some(found.ok_or_else(|| ApiError::missing("customer", id, "customer"))?)
            }
        };
        let id = objects::id(if inner.live { "cs_live_a1" } else { "cs_test_a1" }, 57);
        let url = format!("{}/c/pay/{id}", inner.url);
        let new = NewSession { id: &id, url, currency: &currency, total, expires_at, live: inner.live, now_s, customer };
        let object = objects::session(&params, &new);
        let mut line_items = Vec::new();
        for item in &items {
            let line_item = objects::line_item(item, inner.live, now_s);
            let product = objects::product(&line_item["price"]["product"], item, inner.live, now_s);
            state.products.push(product);
            line_items.push(line_item);
        }
        state.sessions.push(Session { object: object.clone(), line_items, payment_intent_data });
        Ok((object, None))
    })?;
    inner.watch(expires_at);
    Ok(session)
}

fn items(params: &Map<String, Value>) -> Result<Vec<Item>> {
    let given = params.get("line_items").and_then(Value::as_array);
    let given = given.ok_or_else(|| form::missing("line_items"))?;
    if given.len() > 100 {
        let message = "A session takes up to 100 line items.";
        return Err(ApiError::invalid(message).param("line_items"));
    }
    let mut items: Vec<Item> = Vec::new();
    for (index, given) in given.iter().enumerate() {
        let at = |name: &str| format!("line_items[{index}]{name}");
        let price = &given["price_data"];
        let code = price["currency"].as_str().unwrap_or_default();
        let code = currency::parse(code, &at("[price_data][currency]"))?;
        if items.first().is_some_and(|first| first.currency != code) {
            let message = "All prices on a Checkout Session must be in the same currency.";
            return Err(ApiError::invalid(message).param(&at("[price_data][currency]")));
        }
        if let Some(wanted) = params.get("currency").and_then(Value::as_str)
            && !wanted.eq_ignore_ascii_case(&code)
        {
            let message = "The prices are not in the session's currency.";
            return Err(ApiError::invalid(message).param("currency"));
        }
        let unit_amount = unit_amount(price, &at("[price_data]"))?;
        currency::check_unit_amount(unit_amount, &code, &at("[price_data][unit_amount]"))?;
        let quantity = given["quantity"].as_i64().unwrap_or_default();
        if !(1..=999_999).contains(&quantity) {
            let error = ApiError::invalid("This value must be between 1 and 999999.");
            return Err(error.code("parameter_invalid_integer").param(&at("[quantity]")));
        }
        let product = &price["product_data"];
        let or = |given: &Value, default: Value| match given {
            Value::Null => default,
            given => given.clone(),
        };
        items.push(Item {
            name: product["name"].as_str().unwrap_or_default().to_owned(),
            description: product["description"].clone(),
            images: or(&product["images"], json!([])),
            product_metadata: or(&product["metadata"], json!({})),
            metadata: or(&given["metadata"], json!({})),
            currency: code,
            unit_amount,
            quantity,
            tax_behavior: or(&price["tax_behavior"], json!("unspecified")),
        });
    }
    Ok(items)
}

/// The price in minor units, from one of its two spellings.
fn unit_amount(price: &Value, at: &str) -> Result<i64> {
    let whole = price["unit_amount"].as_i64();
    let decimal = price["unit_amount_decimal"].as_str();
    match (whole, decimal) {
        (Some(amount), None) => Ok(amount),
        (None, Some(text)) => text.parse().map_err(|_| {
            let message = "The sandbox takes no fractions of a minor unit, although Stripe does.";
            ApiError::invalid(message).param(&format!("{at}[unit_amount_decimal]"))
        }),
        (None, None) => Err(form::missing(&format!("{at}[unit_amount]"))),
        (Some(_), Some(_)) => Err(ApiError::invalid("You may only specify one of these parameters: unit_amount, unit_amount_decimal.")),
    }
}

fn expires_at(params: &Map<String, Value>, now_s: i64) -> Result<i64> {
    const HALF_AN_HOUR_S: i64 = 30 * 60;
    const DAY_S: i64 = 24 * 3600;
    let Some(at) = params.get("expires_at").and_then(Value::as_i64) else {
        return Ok(now_s + DAY_S);
    };
    let left = at.saturating_sub(now_s);
    let wrong = if left < HALF_AN_HOUR_S {
        "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
    } else if left > DAY_S {
        "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
    } else {
        return Ok(at);
    };
    Err(ApiError::invalid(wrong).param("expires_at"))
}

static SESSION_CHANGE: &[Field] = &[
    optional("collected_information", Shape::NotBuilt),
    optional("metadata", Shape::MetadataChange),
    optional("shipping_options", Shape::NotBuilt),
];

fn update_session(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, "checkout.session", SESSION_CHANGE)?;
    act(inner, &params, |state| {
        let session = state.session_mut(id).ok_or_else(|| no_such("checkout.session", id))?;
        change(&mut session.object, &params);
        Ok((session.object.clone(), None))
    })
}

fn expire_session(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, "checkout.session", &[])?;
    let now_s = inner.clock.now_s();
    act(inner, &params, |state| {
        let session = state.session(id).ok_or_else(|| no_such("checkout.session", id))?;
        let status = session.object["status"].as_str().unwrap_or_default().to_owned();
        let events = state.expire(id, &call.origin, now_s);
        if events.is_empty() {
            let message = format!(
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout \
                 Session has a status of {status}."
            );
            return Err(ApiError::invalid(message).begun());
        }
        let session = state.session(id).map(|session| session.object.clone());
        Ok((session.unwrap_or_default(), events))
    })
}

static SESSIONS: &[Field] = &[
    optional("created", Shape::Range),
    optional("customer", Shape::Text(5000)),
    optional("customer_account", Shape::NotBuilt),
    optional("customer_details", Shape::Map(&[required("email", Shape::Email)])),
    optional("payment_intent", Shape::Text(5000)),
    optional("payment_link", Shape::NotBuilt),
    optional("status", Shape::OneOf(&["complete", "expired", "open"])),
    optional("subscription", Shape::NotBuilt),
];

fn list_sessions(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = read_list(call, "checkout.session", SESSIONS)?;
    let wanted = |session: &Session| {
        let object = &session.object;
        let same = |name: &str| params.get(name).is_none_or(|wanted| *wanted == object[name]);
        let email = params.get("customer_details").is_none_or(|wanted| wanted["email"] == object["customer_details"]["email"]);
        let created = object["created"].as_i64().unwrap_or_default();
        same("customer") && same("payment_intent") && same("status") && email && in_range(&params, created)
    };
    inner.read(|state| {
        let all = state.sessions.iter().map(|session| (session.id(), wanted(session).then(|| session.object.clone())));
        page(state, "/v1/checkout/sessions", "checkout.session", all, &params)
    })
}

fn list_line_items(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read_list(call, "item", &[])?;
    inner.read(|state| {
        let session = state.session(id).ok_or_else(|| no_such("checkout.session", id))?;
        // Line items are listed first to last, so the order is turned twice.
        let all = session.line_items.iter().rev().map(|item| (item["id"].as_str().unwrap_or_default(), Some(item.clone())));
        page(state, &call.path, "item", all, &params)
    })
}
