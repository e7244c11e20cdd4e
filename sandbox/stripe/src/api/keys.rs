//! Idempotency keys: what was asked under each, and how it was answered.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Call;
use crate::Inner;
use crate::error::{ApiError, Result};

/// Stripe forgets a key after at least a day.
const KEY_KEPT_S: i64 = 24 * 3600;

/// What is known of an idempotency key.
#[derive(Serialize, Deserialize)]
pub(crate) struct Key {
    used_at_s: i64,
    path: String,
    /// The sorted parameters.
    asked: String,
    /// `None` while the first request is in progress.
    answer: Option<Saved>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Saved {
    #[serde(with = "status")]
    pub status: StatusCode,
    pub body: Value,
    pub request_id: String,
}

impl Key {
    pub fn is_answered(&self) -> bool {
        self.answer.is_some()
    }
}

/// Keeps a status as its number.
mod status {
    use axum::http::StatusCode;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u16(status.as_u16())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<StatusCode, D::Error> {
        StatusCode::from_u16(u16::deserialize(from)?).map_err(D::Error::custom)
    }
}

pub(super) enum Begun {
    /// To be done; the key, if there is one, is in use until then.
    Fresh(Option<KeyInUse>),
    Replay(Saved),
}

/// Frees its key when it is dropped without an answer to keep.
pub(super) struct KeyInUse {
    inner: Arc<Inner>,
    key: String,
}

impl KeyInUse {
    pub fn keep(self, saved: Saved) {
        self.inner.change(|state| {
            if let Some(key) = state.idempotency.get_mut(&self.key) {
                key.answer = Some(saved);
            }
        });
    }
}

impl Drop for KeyInUse {
    fn drop(&mut self) {
        self.inner.change(|state| {
            if let Entry::Occupied(entry) = state.idempotency.entry(std::mem::take(&mut self.key))
                && entry.get().answer.is_none()
            {
                entry.remove();
            }
        });
    }
}

pub(super) fn begin(inner: &Arc<Inner>, call: &Call) -> Result<Begun> {
    let Some(key) = &call.origin.idempotency_key else {
        return Ok(Begun::Fresh(None));
    };
    // Other methods are idempotent by themselves.
    if call.method != Method::POST {
        return Ok(Begun::Fresh(None));
    }
    if key.is_empty() || key.chars().count() > 255 {
        return Err(ApiError::invalid("Idempotency keys must be between 1 and 255 characters."));
    }
    let mut params: Vec<_> = url::form_urlencoded::parse(call.form.as_bytes()).collect();
    params.sort();
    let asked = format!("{params:?}");
    let now_s = inner.clock.now_s();
    inner.change(|state| {
        state.idempotency.retain(|_, key| key.answer.is_none() || key.used_at_s > now_s - KEY_KEPT_S);
        let Some(used) = state.idempotency.get(key) else {
            let fresh = Key { used_at_s: now_s, path: call.path.clone(), asked, answer: None };
            state.idempotency.insert(key.clone(), fresh);
            return Ok(Begun::Fresh(Some(KeyInUse { inner: inner.clone(), key: key.clone() })));
        };
        if used.path != call.path {
            let message = format!(
                "Keys for idempotent requests can only be used for the same endpoint they were first used for ('{}' vs '{}'). Try \
                 using a key other than '{key}' if you meant to execute a different request.",
                call.path, used.path
            );
            return Err(ApiError::idempotency(StatusCode::BAD_REQUEST, message));
        }
        if used.asked != asked {
            let message = format!(
                "Keys for idempotent requests can only be used with the same parameters they were \
                 first used with. Try using a key other than '{key}' if you meant to execute a \
                 different request."
            );
            return Err(ApiError::idempotency(StatusCode::BAD_REQUEST, message));
        }
        match &used.answer {
            Some(saved) => Ok(Begun::Replay(saved.clone())),
            None => {
                let message = format!(
                    "There is currently another in-progress request using this Idempotent Key \
                     (that probably means you submitted twice, and the other request is still \
                     going through): {key}. Please try again later."
                );
                Err(ApiError::idempotency(StatusCode::CONFLICT, message).code("idempotency_key_in_use"))
            }
        }
    })
}
