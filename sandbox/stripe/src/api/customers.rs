//! Customers.

use std::sync::Arc;

use serde_json::{Value, json};

use super::lists::list_of;
use super::{Call, act, change, no_such, read, retrieve, unrecognized};
use crate::error::Result;
use crate::form::{self, Field, Shape, optional};
use crate::{Inner, money, objects};

pub(super) fn route(inner: &Arc<Inner>, call: &Call, method: &str, rest: &[&str]) -> Result<Value> {
    match (method, rest) {
        ("POST", []) => create_customer(inner, call),
        ("GET", []) => list_customers(inner, call),
        ("GET", [id]) => retrieve(inner, call, "customer", id),
        ("POST", [id]) => update_customer(inner, call, id),
        ("DELETE", [id]) => delete_customer(inner, call, id),
        _ => Err(unrecognized(call)),
    }
}

static ADDRESS: &[Field] = &[
    optional("city", Shape::Text(5000)),
    optional("country", Shape::Text(5000)),
    optional("line1", Shape::Text(5000)),
    optional("line2", Shape::Text(5000)),
    optional("postal_code", Shape::Text(5000)),
    optional("state", Shape::Text(5000)),
];

static CUSTOMER: &[Field] = &[
    optional("address", Shape::Unset(&Shape::Map(ADDRESS))),
    optional("balance", Shape::NotBuilt),
    optional("business_name", Shape::NotBuilt),
    optional("cash_balance", Shape::NotBuilt),
    optional("description", Shape::Text(5000)),
    optional("email", Shape::Email),
    optional("individual_name", Shape::NotBuilt),
    optional("invoice_prefix", Shape::NotBuilt),
    optional("invoice_settings", Shape::NotBuilt),
    optional("metadata", Shape::Unset(&Shape::Metadata)),
    optional("name", Shape::Text(256)),
    optional("next_invoice_sequence", Shape::NotBuilt),
    optional("payment_method", Shape::NotBuilt),
    optional("phone", Shape::Text(20)),
    optional("preferred_locales", Shape::List(&Shape::Text(35))),
    optional("shipping", Shape::NotBuilt),
    optional("source", Shape::NotBuilt),
    optional("tax", Shape::NotBuilt),
    optional("tax_exempt", Shape::NotBuilt),
    optional("tax_id_data", Shape::NotBuilt),
    optional("test_clock", Shape::NotBuilt),
];

fn create_customer(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    let params = read(call, "customer", CUSTOMER)?;
    let now_s = inner.clock.now_s();
    let customer = objects::customer(&params, inner.live, now_s);
    act(inner, &params, |state| {
        let event = state.add_event("customer.created", &customer, &call.origin, now_s);
        state.customers.push(customer.clone());
        Ok((customer, [event]))
    })
}

static CUSTOMER_CHANGE: &[Field] = &[
    optional("address", Shape::Unset(&Shape::Map(ADDRESS))),
    optional("balance", Shape::NotBuilt),
    optional("cash_balance", Shape::NotBuilt),
    optional("default_source", Shape::NotBuilt),
    optional("description", Shape::Clearable(5000)),
    optional("email", Shape::Email),
    optional("invoice_prefix", Shape::NotBuilt),
    optional("invoice_settings", Shape::NotBuilt),
    optional("metadata", Shape::MetadataChange),
    optional("name", Shape::Clearable(256)),
    optional("next_invoice_sequence", Shape::NotBuilt),
    optional("phone", Shape::Clearable(20)),
    optional("preferred_locales", Shape::List(&Shape::Text(35))),
    optional("shipping", Shape::NotBuilt),
    optional("source", Shape::NotBuilt),
    optional("tax", Shape::NotBuilt),
    optional("tax_exempt", Shape::NotBuilt),
];

fn update_customer(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = read(call, "customer", CUSTOMER_CHANGE)?;
    let now_s = inner.clock.now_s();
    act(inner, &params, |state| {
        let customer = living(&mut state.customers, id)?;
        change(customer, &params);
        customer["address"] = objects::address(customer.get("address"));
        let customer = customer.clone();
        let event = state.add_event("customer.updated", &customer, &call.origin, now_s);
        Ok((customer, [event]))
    })
}

fn living<'a>(customers: &'a mut [Value], id: &str) -> Result<&'a mut Value> {
    let known = money::find_mut(customers, &json!(id)).filter(|customer| customer["deleted"] != true);
    known.ok_or_else(|| no_such("customer", id))
}

fn delete_customer(inner: &Arc<Inner>, call: &Call, id: &str) -> Result<Value> {
    let params = form::read(&call.form, &[])?;
    let now_s = inner.clock.now_s();
    act(inner, &params, |state| {
        // It stays to be seen by its id, as something that is gone.
        living(&mut state.customers, id)?;
        let event = state.delete_customer(id, &call.origin, now_s);
        Ok((json!({"id": id, "object": "customer", "deleted": true}), event))
    })
}

static CUSTOMERS: &[Field] =
    &[optional("created", Shape::Range), optional("email", Shape::Text(512)), optional("test_clock", Shape::NotBuilt)];

fn list_customers(inner: &Arc<Inner>, call: &Call) -> Result<Value> {
    list_of(inner, call, "customer", CUSTOMERS, &["email"], |state| &state.customers)
}
