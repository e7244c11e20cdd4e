//! Pages of lists.

use serde_json::{Map, Value};

use super::{Call, EXPAND, expand};
use crate::error::{ApiError, Result};
use crate::form::{self, Field, Shape, optional};
use crate::{Inner, State, objects};

static PAGE: &[Field] =
    &[optional("ending_before", Shape::Text(5000)), optional("limit", Shape::Integer), optional("starting_after", Shape::Text(5000))];

/// Reads the parameters of a call that lists objects of this kind: `fields`,
/// and those of every list.
pub(super) fn read_list(call: &Call, kind: &str, fields: &'static [Field]) -> Result<Map<String, Value>> {
    let params = form::read(&call.form, &[fields, PAGE, EXPAND])?;
    expand::check(kind, true, &params)?;
    Ok(params)
}

/// A page of a list whose objects have all of `same` as they were asked for.
pub(super) fn list_of(
    inner: &Inner,
    call: &Call,
    kind: &str,
    fields: &'static [Field],
    same: &[&str],
    all: impl Fn(&State) -> &[Value],
) -> Result<Value> {
    let params = read_list(call, kind, fields)?;
    inner.read(|state| list_from(state, call, &params, kind, same, all(state)))
}

pub(super) fn list_from(
    state: &State,
    call: &Call,
    params: &Map<String, Value>,
    kind: &str,
    same: &[&str],
    all: &[Value],
) -> Result<Value> {
    let wanted = |object: &Value| {
        let created = object["created"].as_i64().unwrap_or_default();
        let same = same.iter().all(|name| params.get(*name).is_none_or(|wanted| *wanted == object[*name]));
        same && object["deleted"] != true && in_range(params, created)
    };
    let all = all.iter().map(|object| (object["id"].as_str().unwrap_or_default(), wanted(object).then(|| object.clone())));
    page(state, &call.path, kind, all, params)
}

pub(super) fn in_range(params: &Map<String, Value>, created_s: i64) -> bool {
    match params.get("created") {
        None => true,
        Some(Value::Object(bounds)) => bounds.iter().all(|(name, bound)| {
            let bound = bound.as_i64().unwrap_or_default();
            match name.as_str() {
                "gt" => created_s > bound,
                "gte" => created_s >= bound,
                "lt" => created_s < bound,
                _ => created_s <= bound,
            }
        }),
        Some(exact) => exact.as_i64() == Some(created_s),
    }
}

/// Cuts one page out of `oldest_first`, ids with the objects that are wanted.
pub(super) fn page<'a>(
    state: &State,
    url: &str,
    kind: &str,
    oldest_first: impl DoubleEndedIterator<Item = (&'a str, Option<Value>)>,
    params: &Map<String, Value>,
) -> Result<Value> {
    let limit = params.get("limit").and_then(Value::as_i64).unwrap_or(10);
    if !(1..=100).contains(&limit) {
        let error = ApiError::invalid("This value must be between 1 and 100.");
        return Err(error.code("parameter_invalid_integer").param("limit"));
    }
    let limit = usize::try_from(limit).unwrap_or(10);
    let mut all: Vec<(&str, Option<Value>)> = oldest_first.rev().collect();
    let position = |name: &str| -> Result<Option<usize>> {
        let Some(id) = params.get(name).and_then(Value::as_str) else {
            return Ok(None);
        };
        let found = all.iter().position(|(known, _)| *known == id);
        found.map(Some).ok_or_else(|| ApiError::missing(kind, id, name))
    };
    let after = position("starting_after")?;
    let before = position("ending_before")?;
    if after.is_some() && before.is_some() {
        return Err(ApiError::invalid("You may only specify one of these parameters: ending_before, starting_after."));
    }
    let range = after.map_or(0, |at| at + 1)..before.unwrap_or(all.len());
    let mut wanted: Vec<Value> = all.drain(range).filter_map(|(_, object)| object).collect();
    let has_more = wanted.len() > limit;
    if before.is_some() {
        // Going back, the page is the one next to the cursor.
        wanted.drain(..wanted.len().saturating_sub(limit));
    } else {
        wanted.truncate(limit);
    }
    let mut list = objects::list(url, wanted, has_more);
    expand::expand(state, &mut list, params);
    Ok(list)
}
