//! `expand`: whole objects in place of their ids.

use serde_json::{Map, Value};

use super::{find, kind_of};
use crate::error::{ApiError, Result};
use crate::{Session, State, objects};

/// What a property becomes when it is expanded.
enum Becomes {
    /// An object of this kind.
    One(&'static str),
    /// A list of objects of this kind, which is not shown otherwise.
    Listed(&'static str),
    /// An object of any of these kinds.
    OneOf(&'static [&'static str]),
    /// It is a part of the object, in which these expand.
    Part(&'static [Property]),
    /// Here it never holds anything.
    Nothing,
    /// Stripe expands it, this stand-in does not.
    NotBuilt,
}

type Property = (&'static str, Becomes);

use Becomes::{Listed, NotBuilt, Nothing, One, OneOf, Part};

static CHARGE: &[Property] = &[
    ("application", Nothing),
    ("application_fee", Nothing),
    ("balance_transaction", One("balance_transaction")),
    ("customer", One("customer")),
    ("failure_balance_transaction", Nothing),
    ("on_behalf_of", Nothing),
    ("payment_intent", One("payment_intent")),
    ("refunds", Listed("refund")),
    ("review", Nothing),
    ("source_transfer", Nothing),
    ("transfer", Nothing),
    ("transfer_data", Part(&[("destination", Nothing)])),
];

static CUSTOMER: &[Property] = &[
    ("cash_balance", NotBuilt),
    ("default_source", Nothing),
    ("invoice_credit_balance", NotBuilt),
    ("invoice_settings", Part(&[("default_payment_method", Nothing)])),
    ("sources", NotBuilt),
    ("subscriptions", NotBuilt),
    ("tax", NotBuilt),
    ("tax_ids", NotBuilt),
    ("test_clock", Nothing),
];

/// Files, which the stand-in does not have.
static EVIDENCE: &[Property] = &[
    ("cancellation_policy", Nothing),
    ("customer_communication", Nothing),
    ("customer_signature", Nothing),
    ("duplicate_charge_documentation", Nothing),
    ("receipt", Nothing),
    ("refund_policy", Nothing),
    ("service_documentation", Nothing),
    ("shipping_documentation", Nothing),
    ("uncategorized_file", Nothing),
];

static DISPUTE: &[Property] = &[("charge", One("charge")), ("evidence", Part(EVIDENCE)), ("payment_intent", One("payment_intent"))];

static LINE_ITEM: &[Property] = &[("price", Part(&[("currency_options", NotBuilt), ("product", One("product")), ("tiers", NotBuilt)]))];

static PAYMENT_INTENT: &[Property] = &[
    ("application", Nothing),
    ("customer", One("customer")),
    ("latest_charge", One("charge")),
    ("on_behalf_of", Nothing),
    ("payment_method", NotBuilt),
    ("review", Nothing),
    ("source", Nothing),
    ("transfer_data", Part(&[("destination", Nothing)])),
];

static PRODUCT: &[Property] = &[("default_price", Nothing), ("tax_code", Nothing)];

static REFUND: &[Property] = &[
    ("balance_transaction", One("balance_transaction")),
    ("charge", One("charge")),
    ("customer", One("customer")),
    ("failure_balance_transaction", One("balance_transaction")),
    ("payment_intent", One("payment_intent")),
    ("payment_method", NotBuilt),
    ("source_transfer_reversal", Nothing),
    ("transfer_reversal", Nothing),
];

static SESSION: &[Property] = &[
    ("customer", One("customer")),
    ("invoice", Nothing),
    ("line_items", Listed("item")),
    ("payment_intent", One("payment_intent")),
    ("payment_link", Nothing),
    ("setup_intent", Nothing),
    ("shipping_cost", Part(&[("shipping_rate", Nothing)])),
    ("subscription", Nothing),
    ("total_details", Part(&[("breakdown", NotBuilt)])),
];

static TRANSACTION: &[Property] = &[("source", OneOf(&["charge", "refund", "dispute"]))];

/// What expands in an object of a kind.
fn properties(kind: &str) -> &'static [Property] {
    match kind {
        "balance_transaction" => TRANSACTION,
        "charge" => CHARGE,
        "checkout.session" => SESSION,
        "customer" => CUSTOMER,
        "dispute" => DISPUTE,
        "item" => LINE_ITEM,
        "payment_intent" => PAYMENT_INTENT,
        "product" => PRODUCT,
        "refund" => REFUND,
        _ => &[],
    }
}

/// Refuses what `expand` cannot name in an answer of this kind, before
/// anything is done. In a list, the names begin with `data`.
pub(super) fn check(kind: &str, in_list: bool, params: &Map<String, Value>) -> Result<()> {
    for path in paths(params) {
        let names: Vec<&str> = path.split('.').collect();
        let of_one = if in_list { names.strip_prefix(&["data"]) } else { Some(names.as_slice()) };
        let fits = match of_one {
            Some(of_one) if names.len() <= 4 && !of_one.is_empty() => fits(properties(kind), of_one),
            _ => Fits::No,
        };
        match fits {
            Fits::Yes => {}
            Fits::No => {
                return Err(ApiError::invalid(format!("This property cannot be expanded ({path}).")).param("expand"));
            }
            Fits::NotBuilt => {
                let message = format!("The sandbox cannot expand {path}, although Stripe can.");
                return Err(ApiError::invalid(message).param("expand"));
            }
        }
    }
    Ok(())
}

fn paths(params: &Map<String, Value>) -> impl Iterator<Item = &str> {
    params.get("expand").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

#[derive(PartialEq)]
enum Fits {
    Yes,
    No,
    NotBuilt,
}

fn fits(properties: &'static [Property], names: &[&str]) -> Fits {
    let Some((name, rest)) = names.split_first() else {
        return Fits::Yes;
    };
    let Some((_, becomes)) = properties.iter().find(|(known, _)| known == name) else {
        return Fits::No;
    };
    match becomes {
        One(kind) => fits(self::properties(kind), rest),
        Listed(kind) => match rest {
            [] => Fits::Yes,
            ["data", rest @ ..] if !rest.is_empty() => fits(self::properties(kind), rest),
            _ => Fits::No,
        },
        OneOf(kinds) => {
            let of_some = kinds.iter().map(|kind| fits(self::properties(kind), rest)).find(|fits| *fits != Fits::No);
            of_some.unwrap_or(Fits::No)
        }
        Part(_) if rest.is_empty() => Fits::No,
        Part(properties) => fits(properties, rest),
        Nothing => Fits::Yes,
        NotBuilt => Fits::NotBuilt,
    }
}

/// Puts the objects in place of their ids that a checked `expand` names.
pub(super) fn expand(state: &State, object: &mut Value, params: &Map<String, Value>) {
    for path in paths(params) {
        let names: Vec<&str> = path.split('.').collect();
        expand_path(state, object, &names);
    }
}

fn expand_path(state: &State, object: &mut Value, names: &[&str]) {
    let Some((name, rest)) = names.split_first() else {
        return;
    };
    if let (&"line_items", Some(session)) = (name, session_of(state, object)) {
        object["line_items"] = session.items();
    }
    // What another path has expanded already stays as it is.
    if *name == "refunds" && object["object"] == "charge" && object["refunds"].is_null() {
        object["refunds"] = refunds_of(state, object);
    }
    let Some(field) = object.get_mut(*name) else {
        return;
    };
    if let Some(id) = field.as_str()
        && let Some(found) = kind_of(id).and_then(|kind| find(state, kind, id))
    {
        *field = found;
    }
    match field {
        Value::Array(items) => items.iter_mut().for_each(|item| expand_path(state, item, rest)),
        field => expand_path(state, field, rest),
    }
}

fn refunds_of(state: &State, charge: &Value) -> Value {
    let refunds = state.refunds.iter().rev().filter(|refund| refund["charge"] == charge["id"]).cloned().collect();
    let url = format!("/v1/charges/{}/refunds", charge["id"].as_str().unwrap_or_default());
    objects::list(&url, refunds, false)
}

fn session_of<'a>(state: &'a State, object: &Value) -> Option<&'a Session> {
    if object["object"] != "checkout.session" || !object["line_items"].is_null() {
        return None;
    }
    state.session(object["id"].as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stripe_expands_is_expanded() {
        let of = |kind: &str, in_list: bool, path: &str| {
            let params = Map::from_iter([("expand".to_owned(), Value::from(vec![path]))]);
            check(kind, in_list, &params).is_ok()
        };
        for path in ["payment_intent.latest_charge.refunds", "line_items.data.price.product", "subscription", "customer"] {
            assert!(of("checkout.session", false, path), "{path}");
        }
        for path in ["id", "status", "nothing", "", "total_details", "line_items.data", "total_details.breakdown", "data.customer"] {
            assert!(!of("checkout.session", false, path), "{path}");
        }
        assert!(of("charge", true, "data.refunds.data.balance_transaction"));
        assert!(!of("charge", true, "data.payment_intent.latest_charge.payment_intent.customer"), "five levels");
        assert!(!of("charge", true, "refunds"));
        assert!(!of("charge", true, "data"));
        assert!(of("balance_transaction", false, "source.payment_intent"));
        assert!(!of("event", false, "data.object"));
    }
}
