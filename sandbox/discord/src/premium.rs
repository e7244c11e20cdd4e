//! What the application sells through Discord: SKUs, and the entitlements that people buy.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::answers::{limit_of, no_content, ok, snowflake};
use super::error::{ApiError, ApiResult, Form};
use super::inner::Inner;
use super::state::{EntitlementState, Id, SkuKind, State, id_of, id_text};
use super::wire::timestamp;

impl EntitlementState {
    pub fn json(&self, application: Id) -> Value {
        let mut json = json!({
            "id": self.id.to_string(),
            "sku_id": self.sku.to_string(),
            "application_id": application.to_string(),
            "type": self.kind,
            "deleted": self.deleted,
            "starts_at": self.starts_ms.map(timestamp),
            "ends_at": self.ends_ms.map(timestamp),
            "promotion_id": null,
            "subscription_id": null,
            "gift_code_flags": 0,
        });
        if let Some(user) = self.user {
            json["user_id"] = json!(user.to_string());
        }
        if let Some(guild) = self.guild {
            json["guild_id"] = json!(guild.to_string());
        }
        if let Some(consumed) = self.consumed {
            json["consumed"] = json!(consumed);
        }
        json
    }
}

/// What somebody in a place is entitled to, as an interaction tells it.
pub(super) fn active(state: &State, user: Id, guild: Option<Id>, now_ms: i64) -> Vec<Value> {
    state
        .premium
        .entitlements
        .values()
        .filter(|one| one.is_active(now_ms))
        .filter(|one| match one.guild {
            Some(of) => guild == Some(of),
            None => one.user == Some(user),
        })
        .map(|one| one.json(state.bot))
        .collect()
}

pub(super) fn grant(state: &mut State, sku: Id, kind: SkuKind, user: Option<Id>, guild: Option<Id>, test: bool, now_ms: i64) -> Value {
    let id = state.next_id(now_ms);
    let entitlement = EntitlementState {
        id,
        sku,
        user,
        guild,
        kind: match kind {
            _ if test => 4,
            SkuKind::Durable | SkuKind::Consumable => 1,
            SkuKind::UserSubscription | SkuKind::GuildSubscription => 8,
        },
        starts_ms: (!test && kind.is_subscription()).then_some(now_ms),
        ends_ms: None,
        deleted: false,
        consumed: (kind == SkuKind::Consumable).then_some(false),
    };
    let json = entitlement.json(state.bot);
    state.premium.entitlements.insert(id, entitlement);
    state.dispatch("ENTITLEMENT_CREATE", &json, None, 0);
    state.post_event("ENTITLEMENT_CREATE", json.clone(), now_ms);
    json
}

pub(super) fn change(state: &mut State, event: &str, id: Id, change: impl FnOnce(&mut EntitlementState)) -> Option<Value> {
    let entitlement = state.premium.entitlements.get_mut(&id)?;
    change(entitlement);
    let json = entitlement.json(state.bot);
    state.dispatch(event, &json, None, 0);
    Some(json)
}

/// `/applications/{application}/skus` and `…/entitlements`.
pub(super) fn serve(
    inner: &Inner,
    application: &str,
    method: &str,
    rest: &[&str],
    query: &HashMap<String, String>,
    body: &Value,
) -> ApiResult {
    let now_ms = inner.clock.now_ms();
    inner.change(|state| {
        if snowflake("application_id", application)? != state.bot {
            return Err(ApiError::unknown_application());
        }
        match (method, rest) {
            ("GET", ["skus"]) => ok(state.premium.skus.iter().map(|(id, sku)| sku_json(state.bot, *id, sku)).collect()),
            ("GET", ["entitlements"]) => list(state, query, now_ms),
            ("POST", ["entitlements"]) => add_test(state, body, now_ms),
            ("GET", ["entitlements", id]) => {
                let id = snowflake("entitlement_id", id)?;
                let found = state.premium.entitlements.get(&id).ok_or_else(ApiError::unknown_entitlement)?;
                ok(found.json(state.bot))
            }
            ("DELETE", ["entitlements", id]) => {
                let id = snowflake("entitlement_id", id)?;
                let found = state.premium.entitlements.get(&id).filter(|one| !one.deleted).ok_or_else(ApiError::unknown_entitlement)?;
                if found.kind != 4 {
                    // What was paid for is not the application's to take away.
                    return Err(ApiError::not_a_test_entitlement());
                }
                change(state, "ENTITLEMENT_DELETE", id, |one| one.deleted = true);
                no_content()
            }
            ("POST", ["entitlements", id, "consume"]) => {
                let id = snowflake("entitlement_id", id)?;
                let found = state.premium.entitlements.get(&id).filter(|one| !one.deleted).ok_or_else(ApiError::unknown_entitlement)?;
                match found.consumed {
                    None => Err(ApiError::not_consumable()),
                    Some(_) => {
                        change(state, "ENTITLEMENT_UPDATE", id, |one| one.consumed = Some(true));
                        no_content()
                    }
                }
            }
            (_, ["skus"] | ["entitlements"] | ["entitlements", _] | ["entitlements", _, "consume"]) => Err(ApiError::wrong_method()),
            _ => Err(ApiError::no_route()),
        }
    })
}

fn sku_json(application: Id, id: Id, (name, kind): &(String, SkuKind)) -> Value {
    json!({
        "id": id.to_string(),
        "type": kind.number(),
        "application_id": application.to_string(),
        "name": name,
        "slug": name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-"),
        "dependent_sku_id": null,
        "access_type": 1,
        "features": [],
        "release_date": null,
        "premium": false,
        "show_age_gate": false,
        "flags": kind.flags(),
    })
}

fn list(state: &State, query: &HashMap<String, String>, now_ms: i64) -> ApiResult {
    let limit = limit_of(query, 100, 100)?;
    let id = |key: &str| query.get(key).map(|text| snowflake(key, text)).transpose();
    let (user, guild, before, after) = (id("user_id")?, id("guild_id")?, id("before")?, id("after")?);
    let skus = query
        .get("sku_ids")
        .filter(|text| !text.is_empty())
        .map(|text| text.split(',').map(|one| snowflake("sku_ids", one.trim())).collect::<ApiResult<Vec<Id>>>());
    let skus = skus.transpose()?;
    let is = |key: &str, otherwise: bool| query.get(key).map_or(otherwise, |value| value == "true" || value == "1");
    let (without_ended, without_deleted) = (is("exclude_ended", false), is("exclude_deleted", true));
    let mut found: Vec<&EntitlementState> = state
        .premium
        .entitlements
        .values()
        .filter(|one| user.is_none_or(|user| one.user == Some(user)))
        .filter(|one| guild.is_none_or(|guild| one.guild == Some(guild)))
        .filter(|one| skus.as_ref().is_none_or(|skus| skus.contains(&one.sku)))
        .filter(|one| before.is_none_or(|before| one.id < before) && after.is_none_or(|after| one.id > after))
        .filter(|one| !without_ended || one.ends_ms.is_none_or(|ends_ms| now_ms < ends_ms))
        .filter(|one| !without_deleted || !one.deleted)
        .collect();
    if before.is_some() && after.is_none() && found.len() > limit {
        found.drain(..found.len() - limit);
    }
    ok(found.into_iter().take(limit).map(|one| one.json(state.bot)).collect())
}

/// `POST …/entitlements`: as if somebody had bought it, without money.
fn add_test(state: &mut State, body: &Value, now_ms: i64) -> ApiResult {
    let mut form = Form::default();
    for key in ["sku_id", "owner_id"] {
        if id_text(&body[key]).is_none() {
            form.required(key);
        } else if id_of(&body[key]).is_none() {
            form.fail(key, "NUMBER_TYPE_COERCE", format!("Value \"{}\" is not snowflake.", body[key]));
        }
    }
    let owner_type = body["owner_type"].as_u64().filter(|kind| matches!(kind, 1 | 2));
    if owner_type.is_none() {
        form.fail("owner_type", "BASE_TYPE_CHOICES", "Value must be one of (1, 2).");
    }
    form.finish()?;
    let (sku, owner) = (id_of(&body["sku_id"]).unwrap_or(0), id_of(&body["owner_id"]).unwrap_or(0));
    let kind = state.premium.skus.get(&sku).map(|(_, kind)| *kind).ok_or_else(ApiError::unknown_sku)?;
    let (user, guild) = match owner_type {
        Some(1) if state.guilds.contains_key(&owner) => (None, Some(owner)),
        Some(1) => return Err(ApiError::unknown_guild()),
        _ if state.users.contains_key(&owner) => (Some(owner), None),
        _ => return Err(ApiError::unknown_user()),
    };
    ok(grant(state, sku, kind, user, guild, true, now_ms))
}
