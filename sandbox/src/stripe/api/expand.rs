//! `expand`: whole objects in place of their ids.

use serde_json::{Map, Value};

use super::{find, kind_of};
use crate::stripe::error::{ApiError, Result};
use crate::stripe::{Session, State, objects};

/// Puts the objects in place of their ids that `expand` names.
pub(super) fn expand(state: &State, object: &mut Value, params: &Map<String, Value>) -> Result<()> {
    let paths = params.get("expand").and_then(Value::as_array);
    for path in paths.into_iter().flatten().filter_map(Value::as_str) {
        let names: Vec<&str> = path.split('.').collect();
        if names.len() > 4 || !expand_path(state, object, &names) {
            let message = format!("This property cannot be expanded ({path}).");
            return Err(ApiError::invalid(message).param("expand"));
        }
    }
    Ok(())
}

fn expand_path(state: &State, object: &mut Value, names: &[&str]) -> bool {
    let Some((name, rest)) = names.split_first() else {
        return true;
    };
    if let (&"line_items", Some(session)) = (name, session_of(state, object)) {
        object["line_items"] = session.items();
        return expand_path(state, &mut object["line_items"], rest);
    }
    if *name == "refunds" && object["object"] == "charge" {
        object["refunds"] = refunds_of(state, object);
        return expand_path(state, &mut object["refunds"], rest);
    }
    match object.get_mut(*name) {
        None => false,
        // Nothing is there to be expanded, which is no mistake.
        Some(Value::Null) => true,
        Some(Value::Array(items)) => items.iter_mut().all(|item| expand_path(state, item, rest)),
        Some(inner @ Value::Object(_)) => !rest.is_empty() && expand_path(state, inner, rest),
        Some(field) => {
            let id = field.as_str().unwrap_or_default();
            let found = kind_of(id).filter(|_| *name != "id").and_then(|kind| find(state, kind, id));
            match found {
                Some(found) => {
                    *field = found;
                    expand_path(state, field, rest)
                }
                None => false,
            }
        }
    }
}

fn refunds_of(state: &State, charge: &Value) -> Value {
    let refunds = state.refunds.iter().rev().filter(|refund| refund["charge"] == charge["id"]).cloned().collect();
    let url = format!("/v1/charges/{}/refunds", charge["id"].as_str().unwrap_or_default());
    objects::list(&url, refunds, false)
}

fn session_of<'a>(state: &'a State, object: &Value) -> Option<&'a Session> {
    if object["object"] != "checkout.session" {
        return None;
    }
    state.session(object["id"].as_str()?)
}
