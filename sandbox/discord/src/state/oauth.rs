//! What people granted the application.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::keys::random;
use super::rows::Id;

const TOKEN_LIFE_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// What was granted to the application, and what may be asked for.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct OAuth {
    pub redirect_uris: Vec<String>,
    pub codes: HashMap<String, Code>,
    pub tokens: Vec<Access>,
}

/// A code that is exchanged for a token once.
#[derive(Serialize, Deserialize)]
pub(crate) struct Code {
    pub user: Id,
    pub scopes: Vec<String>,
    pub redirect_uri: String,
    pub challenge: Option<Challenge>,
    pub guild: Option<Id>,
    pub at_ms: i64,
}

/// What the verifier of a code must match (PKCE).
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub value: String,
    pub sha256: bool,
}

impl Challenge {
    pub fn is_met_by(&self, verifier: &str) -> bool {
        if self.sha256 { URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) == self.value } else { verifier == self.value }
    }
}

/// An access token and the refresh token beside it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Access {
    pub token: String,
    /// Empty where there is none: a token for the application's own owner.
    pub refresh: String,
    pub user: Id,
    pub scopes: Vec<String>,
    pub expires_ms: i64,
}

impl Access {
    pub fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|one| one == scope)
    }
}

impl OAuth {
    /// The grant behind a Bearer token that is still good.
    pub fn access(&self, token: &str, now_ms: i64) -> Option<Access> {
        self.tokens.iter().find(|access| access.token == token && now_ms < access.expires_ms).cloned()
    }

    pub fn issue(&mut self, user: Id, scopes: Vec<String>, refreshable: bool, now_ms: i64) -> Access {
        let secret = || URL_SAFE_NO_PAD.encode(random(22));
        let refresh = if refreshable { secret() } else { String::new() };
        let access = Access { token: secret(), refresh, user, scopes, expires_ms: now_ms + TOKEN_LIFE_MS };
        self.tokens.push(access.clone());
        access
    }
}
