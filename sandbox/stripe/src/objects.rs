//! Stripe's objects, with every field that API version 2026-09-30.endive has
//! for what the stand-in does.

use serde_json::{Map, Value, json};

/// The version whose shapes these are.
pub(super) const API_VERSION: &str = "2026-09-30.endive";

/// A fresh id such as `cus_` and fourteen letters and digits.
pub(super) fn id(prefix: &str, length: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut id = String::with_capacity(prefix.len() + length);
    id.push_str(prefix);
    let mut random = [0_u8; 64];
    let mut left = 0;
    let mut added = 0;
    while added < length {
        if left == 0 {
            getrandom::fill(&mut random).expect("the system has randomness");
            left = random.len();
        }
        left -= 1;
        // Values past the last whole multiple would favour the first letters.
        if let Some(letter) = LETTERS.get(usize::from(random[left] & 63)) {
            id.push(char::from(*letter));
            added += 1;
        }
    }
    id
}

pub(super) fn customer(params: &Map<String, Value>, live: bool, now_s: i64) -> Value {
    let get = |name: &str| params.get(name).cloned().unwrap_or_default();
    let metadata = params.get("metadata").cloned().unwrap_or_else(|| json!({}));
    let locales = params.get("preferred_locales").cloned().unwrap_or_else(|| json!([]));
    json!({
        "id": id("cus_", 14),
        "object": "customer",
        "address": address(params.get("address")),
        "balance": 0,
        "created": now_s,
        "currency": null,
        "customer_account": null,
        "default_source": null,
        "delinquent": false,
        "description": get("description"),
        "discount": null,
        "email": get("email"),
        "invoice_prefix": id("", 8).to_ascii_uppercase(),
        "invoice_settings": {
            "custom_fields": null,
            "default_payment_method": null,
            "footer": null,
            "rendering_options": null,
        },
        "livemode": live,
        "metadata": metadata,
        "name": get("name"),
        "next_invoice_sequence": 1,
        "phone": get("phone"),
        "preferred_locales": locales,
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    })
}

/// An address as it is shown: all of its lines, or nothing.
pub(super) fn address(given: Option<&Value>) -> Value {
    let Some(given) = given.filter(|given| !given.is_null()) else {
        return Value::Null;
    };
    let names = ["city", "country", "line1", "line2", "postal_code", "state"];
    names.iter().map(|name| ((*name).to_owned(), given[*name].clone())).collect::<Map<_, _>>().into()
}

/// What a line item was asked to be, checked.
pub(super) struct Item {
    pub name: String,
    pub description: Value,
    pub images: Value,
    pub product_metadata: Value,
    pub metadata: Value,
    pub currency: String,
    pub unit_amount: i64,
    pub quantity: i64,
    pub tax_behavior: Value,
}

pub(super) fn line_item(item: &Item, live: bool, now_s: i64) -> Value {
    let amount = item.unit_amount.saturating_mul(item.quantity);
    json!({
        "id": id("li_1", 23),
        "object": "item",
        "adjustable_quantity": null,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": item.currency,
        "description": item.name,
        "metadata": item.metadata,
        "price": {
            "id": id("price_1", 23),
            "object": "price",
            "active": false,
            "billing_scheme": "per_unit",
            "created": now_s,
            "currency": item.currency,
            "custom_unit_amount": null,
            "livemode": live,
            "lookup_key": null,
            "metadata": {},
            "nickname": null,
            "product": id("prod_", 14),
            "recurring": null,
            "tax_behavior": item.tax_behavior,
            "tiers_mode": null,
            "transform_quantity": null,
            "type": "one_time",
            "unit_amount": item.unit_amount,
            "unit_amount_decimal": item.unit_amount.to_string(),
        },
        "quantity": item.quantity,
    })
}

/// The product that a line item's inline data made.
pub(super) fn product(id: &Value, item: &Item, live: bool, now_s: i64) -> Value {
    json!({
        "id": id,
        "object": "product",
        "active": false,
        "created": now_s,
        "default_price": null,
        "description": item.description,
        "images": item.images,
        "livemode": live,
        "marketing_features": [],
        "metadata": item.product_metadata,
        "name": item.name,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "type": "service",
        "unit_label": null,
        "updated": now_s,
        "url": null,
    })
}

/// What a session is made of besides its parameters.
pub(super) struct NewSession<'a> {
    pub id: &'a str,
    pub url: String,
    pub currency: &'a str,
    pub total: i64,
    pub expires_at: i64,
    pub live: bool,
    pub now_s: i64,
    pub customer: Option<&'a Value>,
}

pub(super) fn session(params: &Map<String, Value>, new: &NewSession<'_>) -> Value {
    let get = |name: &str| params.get(name).cloned().unwrap_or_default();
    let or = |name: &str, default: Value| params.get(name).cloned().unwrap_or(default);
    let customer_email = get("customer_email");
    let email = match new.customer {
        Some(customer) => customer["email"].clone(),
        None => customer_email.clone(),
    };
    let details = if email.is_null() { Value::Null } else { customer_details(&email, &Value::Null) };
    let creation = match new.customer {
        Some(_) => Value::Null,
        None => or("customer_creation", json!("if_required")),
    };
    json!({
        "id": new.id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": false},
        "after_expiration": null,
        "allow_promotion_codes": get("allow_promotion_codes"),
        "amount_subtotal": new.total,
        "amount_total": new.total,
        "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
        "billing_address_collection": get("billing_address_collection"),
        "cancel_url": get("cancel_url"),
        "client_reference_id": get("client_reference_id"),
        "client_secret": null,
        "collected_information": null,
        "consent": null,
        "consent_collection": null,
        "created": new.now_s,
        "currency": new.currency,
        "currency_conversion": null,
        "custom_fields": [],
        "custom_text": {
            "after_submit": null,
            "shipping_address": null,
            "submit": null,
            "terms_of_service_acceptance": null,
        },
        "customer": new.customer.map(|customer| customer["id"].clone()),
        "customer_account": null,
        "customer_creation": creation,
        "customer_details": details,
        "customer_email": customer_email,
        "discounts": [],
        "expires_at": new.expires_at,
        "invoice": null,
        "invoice_creation": {
            "enabled": false,
            "invoice_data": {
                "account_tax_ids": null,
                "custom_fields": null,
                "description": null,
                "footer": null,
                "issuer": null,
                "metadata": {},
                "rendering_options": null,
            },
        },
        "livemode": new.live,
        "locale": get("locale"),
        "metadata": or("metadata", json!({})),
        "mode": "payment",
        "origin_context": null,
        "payment_intent": null,
        "payment_link": null,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": null,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": or("payment_method_types", json!(["card"])),
        "payment_status": "unpaid",
        "permissions": null,
        "phone_number_collection": {"enabled": false},
        "recovered_from": null,
        "saved_payment_method_options": null,
        "setup_intent": null,
        "shipping_address_collection": null,
        "shipping_cost": null,
        "shipping_options": [],
        "status": "open",
        "submit_type": get("submit_type"),
        "subscription": null,
        "success_url": get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": new.url,
        "wallet_options": null,
    })
}

pub(super) fn customer_details(email: &Value, name: &Value) -> Value {
    json!({
        "address": null,
        "business_name": null,
        "email": email,
        "individual_name": null,
        "name": name,
        "phone": null,
        "tax_exempt": "none",
        "tax_ids": [],
    })
}

/// What a payment intent is made of, checked.
pub(super) struct NewIntent<'a> {
    pub amount: &'a Value,
    pub currency: &'a Value,
    pub customer: &'a Value,
    /// Description, metadata and what else was asked for.
    pub data: &'a Map<String, Value>,
    pub method_types: &'a Value,
    pub live: bool,
    pub now_s: i64,
}

/// A payment intent that nobody has tried to pay yet.
pub(super) fn payment_intent(new: &NewIntent<'_>) -> Value {
    let get = |name: &str| new.data.get(name).cloned().unwrap_or_default();
    let id = id("pi_3", 23);
    let secret = format!("{id}_secret_{}", self::id("", 25));
    json!({
        "id": id,
        "object": "payment_intent",
        "amount": new.amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": null,
        "application_fee_amount": null,
        "automatic_payment_methods": null,
        "canceled_at": null,
        "cancellation_reason": null,
        "capture_method": "automatic_async",
        "client_secret": secret,
        "confirmation_method": "automatic",
        "created": new.now_s,
        "currency": new.currency,
        "customer": new.customer,
        "customer_account": null,
        "description": get("description"),
        "last_payment_error": null,
        "latest_charge": null,
        "livemode": new.live,
        "metadata": new.data.get("metadata").cloned().unwrap_or_else(|| json!({})),
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": null,
        "payment_method_configuration_details": null,
        "payment_method_options": {"card": {
            "installments": null,
            "mandate_options": null,
            "network": null,
            "request_three_d_secure": "automatic",
        }},
        "payment_method_types": new.method_types,
        "processing": null,
        "receipt_email": get("receipt_email"),
        "review": null,
        "setup_future_usage": null,
        "shipping": null,
        "source": null,
        "statement_descriptor": get("statement_descriptor"),
        "statement_descriptor_suffix": get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": null,
        "transfer_group": null,
    })
}

/// How the bank answers a charge.
pub(super) enum Verdict<'a> {
    Succeeded,
    /// A bank debit, which is confirmed or refused later.
    Pending,
    Declined(&'a Decline),
}

/// Why a bank says no, in Stripe's words.
pub(super) struct Decline {
    pub code: &'static str,
    pub decline_code: &'static str,
    pub message: &'static str,
}

/// One attempt to charge a payment by a method such as `card`.
pub(super) fn charge(intent: &Value, billing: &Value, method: &str, verdict: &Verdict<'_>, now_s: i64) -> Value {
    let declined = match verdict {
        Verdict::Declined(decline) => Some(decline),
        Verdict::Succeeded | Verdict::Pending => None,
    };
    let status = match verdict {
        Verdict::Succeeded => "succeeded",
        Verdict::Pending => "pending",
        Verdict::Declined(_) => "failed",
    };
    let mut charge = json!({
        "id": id(if method == "card" { "ch_3" } else { "py_3" }, 23),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": if declined.is_some() { json!(0) } else { intent["amount"].clone() },
        "amount_refunded": 0,
        "application": null,
        "application_fee": null,
        "application_fee_amount": null,
        "balance_transaction": null,
        "billing_details": {
            "address": {
                "city": null,
                "country": null,
                "line1": null,
                "line2": null,
                "postal_code": null,
                "state": null,
            },
            "email": billing["email"],
            "name": billing["name"],
            "phone": null,
            "tax_id": null,
        },
        "calculated_statement_descriptor": "SANDBOX",
        "captured": declined.is_none(),
        "created": now_s,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": false,
        "failure_balance_transaction": null,
        "failure_code": declined.map(|decline| decline.code),
        "failure_message": declined.map(|decline| decline.message),
        "fraud_details": {},
        "livemode": intent["livemode"],
        "metadata": intent["metadata"],
        "on_behalf_of": null,
        "outcome": {
            "advice_code": null,
            "network_advice_code": null,
            "network_decline_code": null,
            "network_status": if declined.is_some() { "declined_by_network" } else { "approved_by_network" },
            "reason": declined.map(|decline| decline.decline_code),
            "risk_level": "normal",
            "risk_score": 1,
            "seller_message": if declined.is_some() { "The bank did not return any further details with this decline." } else { "Payment complete." },
            "type": if declined.is_some() { "issuer_declined" } else { "authorized" },
        },
        "paid": matches!(verdict, Verdict::Succeeded),
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": method_details(method, &intent["amount"]),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": null,
        "receipt_url": null,
        "refunded": false,
        "review": null,
        "shipping": null,
        "source": null,
        "source_transfer": null,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": status,
        "transfer_data": null,
        "transfer_group": null,
    });
    if method != "card" {
        charge["outcome"]["network_status"] = json!("approved_by_network");
        charge["outcome"]["risk_level"] = json!("not_assessed");
    }
    charge
}

fn method_details(method: &str, amount: &Value) -> Value {
    let details = match method {
        "card" => json!({
            "amount_authorized": amount,
            "authorization_code": "123456",
            "brand": "visa",
            "checks": {
                "address_line1_check": null,
                "address_postal_code_check": null,
                "cvc_check": "pass",
            },
            "country": "US",
            "exp_month": 12,
            "exp_year": 2040,
            "fingerprint": id("", 16),
            "funding": "credit",
            "installments": null,
            "last4": "4242",
            "mandate": null,
            "network": "visa",
            "network_token": {"used": false},
            "network_transaction_id": id("", 15),
            "regulated_status": "unregulated",
            "three_d_secure": null,
            "wallet": null,
        }),
        "sepa_debit" => json!({
            "bank_code": "37040044",
            "branch_code": null,
            "country": "DE",
            "expected_debit_date": null,
            "fingerprint": id("", 16),
            "last4": "3000",
            "mandate": id("mandate_1", 23),
        }),
        "us_bank_account" => json!({
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "expected_debit_date": null,
            "fingerprint": id("", 16),
            "last4": "6789",
            "mandate": id("mandate_1", 23),
            "payment_reference": null,
            "routing_number": "110000000",
        }),
        _ => json!({}),
    };
    let mut all = Map::new();
    all.insert("type".to_owned(), method.into());
    all.insert(method.to_owned(), details);
    all.into()
}

/// `last_payment_error` of a payment intent.
pub(super) fn payment_error(decline: &Decline, charge: &Value) -> Value {
    json!({
        "charge": charge,
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": format!("https://stripe.com/docs/error-codes/{}", decline.code.replace('_', "-")),
        "message": decline.message,
        "type": "card_error",
    })
}

/// What a refund was asked to be, checked.
pub(super) struct NewRefund<'a> {
    pub amount: i64,
    pub charge: &'a Value,
    pub pending: bool,
    pub reason: &'a Value,
    pub metadata: Value,
    pub instructions_email: &'a Value,
    pub now_s: i64,
}

pub(super) fn refund(new: &NewRefund<'_>) -> Value {
    let method = &new.charge["payment_method_details"]["type"];
    let destination = match method.as_str() {
        Some("card") => json!({
            "type": "card",
            "card": {
                "reference": null,
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
        }),
        _ => json!({"type": method}),
    };
    json!({
        "id": id("re_3", 23),
        "object": "refund",
        "amount": new.amount,
        "balance_transaction": null,
        "charge": new.charge["id"],
        "created": new.now_s,
        "currency": new.charge["currency"],
        "customer": new.charge["customer"],
        "destination_details": destination,
        "instructions_email": new.instructions_email,
        "metadata": new.metadata,
        "payment_intent": new.charge["payment_intent"],
        "payment_method": new.charge["payment_method"],
        "pending_reason": if new.pending { json!("processing") } else { Value::Null },
        "reason": new.reason,
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": if new.pending { "pending" } else { "succeeded" },
        "transfer_reversal": null,
    })
}

/// What may be told to a bank in a dispute. `true` where it is a file.
pub(super) const EVIDENCE: [(&str, bool); 27] = [
    ("access_activity_log", false),
    ("billing_address", false),
    ("cancellation_policy", true),
    ("cancellation_policy_disclosure", false),
    ("cancellation_rebuttal", false),
    ("customer_communication", true),
    ("customer_email_address", false),
    ("customer_name", false),
    ("customer_purchase_ip", false),
    ("customer_signature", true),
    ("duplicate_charge_documentation", true),
    ("duplicate_charge_explanation", false),
    ("duplicate_charge_id", false),
    ("product_description", false),
    ("receipt", true),
    ("refund_policy", true),
    ("refund_policy_disclosure", false),
    ("refund_refusal_explanation", false),
    ("service_date", false),
    ("service_documentation", true),
    ("shipping_address", false),
    ("shipping_carrier", false),
    ("shipping_date", false),
    ("shipping_documentation", true),
    ("shipping_tracking_number", false),
    ("uncategorized_file", true),
    ("uncategorized_text", false),
];

/// A dispute of a charge, or of a part of it. An inquiry takes no money yet.
pub(super) fn dispute(charge: &Value, (amount, currency): (i64, &str), reason: &str, inquiry: bool, due_by: i64, now_s: i64) -> Value {
    let mut evidence: Map<String, Value> = EVIDENCE.iter().map(|(name, _)| ((*name).to_owned(), Value::Null)).collect();
    evidence.insert("enhanced_evidence".to_owned(), json!({}));
    evidence["customer_email_address"] = charge["billing_details"]["email"].clone();
    evidence["customer_name"] = charge["billing_details"]["name"].clone();
    json!({
        "id": id("du_1", 23),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now_s,
        "currency": currency,
        "enhanced_eligibility_types": [],
        "evidence": evidence,
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": {},
            "has_evidence": false,
            "past_due": false,
            "submission_count": 0,
        },
        "is_charge_refundable": inquiry,
        "livemode": charge["livemode"],
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "type": "card",
            "card": {
                "brand": "visa",
                "case_type": if inquiry { "inquiry" } else { "chargeback" },
                "network": "visa",
                "network_reason_code": "10.4",
            },
        },
        "reason": reason,
        "status": if inquiry { "warning_needs_response" } else { "needs_response" },
    })
}

/// A movement on the account's balance. `kind` is Stripe's type, `category`
/// its reporting category.
pub(super) fn balance_transaction(source: &Value, amount: i64, fee: i64, kind: &str, category: &str, now_s: i64) -> Value {
    let currency = &source["currency"];
    let fees = match fee {
        0 => json!([]),
        fee => json!([{
            "amount": fee,
            "application": null,
            "currency": currency,
            "description": if category == "dispute" { "Dispute fee" } else { "Stripe processing fees" },
            "type": "stripe_fee",
        }]),
    };
    json!({
        "id": id("txn_3", 23),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now_s,
        "balance_type": "payments",
        "created": now_s,
        "currency": currency,
        "description": source["description"],
        "exchange_rate": null,
        "fee": fee,
        "fee_details": fees,
        "net": amount.saturating_sub(fee),
        "reporting_category": category,
        "source": source["id"],
        "status": "available",
        "type": kind,
    })
}

/// The call that an event came from.
#[derive(Clone, Default)]
pub(super) struct Origin {
    pub request_id: Option<String>,
    pub idempotency_key: Option<String>,
}

pub(super) fn event(kind: &str, object: &Value, origin: &Origin, live: bool, now_s: i64) -> Value {
    json!({
        "id": id("evt_1", 23),
        "object": "event",
        "api_version": API_VERSION,
        "created": now_s,
        "data": {"object": object},
        "livemode": live,
        "pending_webhooks": 0,
        "request": {"id": origin.request_id, "idempotency_key": origin.idempotency_key},
        "type": kind,
    })
}

pub(super) fn webhook_endpoint(endpoint: &super::WebhookEndpoint, live: bool) -> Value {
    json!({
        "id": endpoint.id,
        "object": "webhook_endpoint",
        "api_version": null,
        "application": null,
        "created": endpoint.created_s,
        "description": endpoint.description,
        "enabled_events": endpoint.types,
        "livemode": live,
        "metadata": endpoint.metadata,
        "status": if endpoint.enabled { "enabled" } else { "disabled" },
        "url": endpoint.url,
    })
}

/// One page of a list, `items` already newest first.
pub(super) fn list(url: &str, items: Vec<Value>, has_more: bool) -> Value {
    json!({"object": "list", "data": items, "has_more": has_more, "url": url})
}
