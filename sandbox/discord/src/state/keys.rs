//! What the application is known by, and chance.

use ring::signature::Ed25519KeyPair;

/// What events and interactions by HTTP are signed with.
pub(crate) struct SigningKey {
    seed: Vec<u8>,
    pub pair: Ed25519KeyPair,
}

impl SigningKey {
    pub fn of(seed: Vec<u8>) -> Option<SigningKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).ok()?;
        Some(SigningKey { seed, pair })
    }
}

/// Keeps the seed, in hex.
pub(crate) mod signing_key {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::state::keys::SigningKey;

    pub fn serialize<S: Serializer>(key: &SigningKey, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(&key.seed))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SigningKey, D::Error> {
        let seed = hex::decode(String::deserialize(from)?).ok();
        seed.and_then(SigningKey::of).ok_or_else(|| D::Error::custom("the signing key is no seed of 32 bytes"))
    }
}

pub(crate) fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}
