//! Sealing: personal data at rest, and the MAC under which links are handed out.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::error::{Error, Result};

const NONCE_BYTES: usize = 24;
/// Bytes of a link's MAC: 128 bits.
pub const MAC_BYTES: usize = 16;

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
    /// Signs links; derived, so that the sealing key is used for one purpose only.
    link_key: [u8; 32],
    /// What another key under the same id differs in; derived, and no help in finding the key.
    check: String,
}

/// The keys of `security.encryption_keys`. The first seals; all open.
pub struct Keys(Vec<Key>);

impl Keys {
    /// Parses entries of the form `id:base64 of 32 bytes`. The error is a sentence for whoever
    /// wrote the configuration and holds no key material.
    pub fn parse(entries: &[SecretString]) -> Result<Self, String> {
        let mut keys: Vec<Key> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let place = format!("entry {} of security.encryption_keys", index + 1);
            let (id, encoded) = entry.expose_secret().split_once(':').ok_or_else(|| format!("{place} is not of the form `id:base64`"))?;
            if id.is_empty() || id.len() > 16 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
                return Err(format!("the id of {place} must be 1 to 16 letters, digits or dashes"));
            }
            if keys.iter().any(|key| key.id == id) {
                return Err(format!("{place} repeats the id `{id}`"));
            }
            let bytes: [u8; 32] = STANDARD
                .decode(encoded.trim())
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| format!("{place} is not base64 of 32 bytes"))?;
            if bytes.iter().all(|byte| *byte == bytes[0]) {
                return Err(format!(
                    "{place} is one byte again and again, which anybody guesses: make a real one (`openssl rand -base64 32`)"
                ));
            }
            let derive = |purpose: &[u8]| -> Result<[u8; 32], String> {
                let mut derived = Hmac::<Sha256>::new_from_slice(&bytes).map_err(|_| format!("{place} is not usable"))?;
                derived.update(purpose);
                Ok(derived.finalize().into_bytes().into())
            };
            keys.push(Key {
                id: id.to_owned(),
                cipher: XChaCha20Poly1305::new(&bytes.into()),
                link_key: derive(b"atelier link tokens v1")?,
                check: URL_SAFE_NO_PAD.encode(derive(b"atelier key check v1")?),
            });
        }
        if keys.is_empty() {
            return Err("security.encryption_keys is empty".to_owned());
        }
        Ok(Self(keys))
    }

    /// A fresh entry for `security.encryption_keys`.
    pub fn generate(id: &str) -> Result<String> {
        let mut bytes = [0; 32];
        fill(&mut bytes)?;
        Ok(format!("{id}:{}", STANDARD.encode(bytes)))
    }

    /// Seals `plain`. `row` is the identity of the row that holds it (such as
    /// `stripe_events/evt_1`): a value moved to another row does not open.
    pub fn seal(&self, row: &str, plain: &[u8]) -> Result<String> {
        let key = self.0.first().ok_or_else(|| Error::Fault("no encryption key".into()))?;
        let mut nonce = [0; NONCE_BYTES];
        fill(&mut nonce)?;
        let sealed = key
            .cipher
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: row.as_bytes() })
            .map_err(|_| Error::Fault(format!("cannot seal {row}")))?;
        Ok(format!("{}:{}", key.id, STANDARD.encode([nonce.as_slice(), &sealed].concat())))
    }

    /// Opens what [`Keys::seal`] sealed for the same row, with whichever key sealed it.
    pub fn open(&self, row: &str, sealed: &str) -> Result<Vec<u8>> {
        let fault = |why: &str| Error::Fault(format!("cannot open {row}: {why}"));
        let (id, encoded) = sealed.split_once(':').ok_or_else(|| fault("not a sealed value"))?;
        let key = self.0.iter().find(|key| key.id == id).ok_or_else(|| fault("its key is not in security.encryption_keys"))?;
        let bytes = STANDARD.decode(encoded).map_err(|_| fault("not base64"))?;
        let (nonce, text) = bytes.split_at_checked(NONCE_BYTES).ok_or_else(|| fault("too short"))?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| fault("too short"))?;
        key.cipher.decrypt(&XNonce::from(nonce), Payload { msg: text, aad: row.as_bytes() }).map_err(|_| fault("wrong key, or altered"))
    }

    /// What every value begins with that [`Keys::seal`] makes now.
    pub fn first_prefix(&self) -> String {
        self.0.first().map(|key| format!("{}:", key.id)).unwrap_or_default()
    }

    /// The ids of the keys, the one that seals first.
    pub fn ids(&self) -> Vec<&str> {
        self.0.iter().map(|key| key.id.as_str()).collect()
    }

    /// The id of each key with its check value, which another key has another of.
    pub fn checks(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|key| (key.id.as_str(), key.check.as_str()))
    }

    /// The token for a link row: its id and a MAC over `kind` and id, base64url.
    pub fn link_token(&self, kind: &str, id: &[u8; 16]) -> Result<String> {
        let key = self.0.first().ok_or_else(|| Error::Fault("no encryption key".into()))?;
        Ok(URL_SAFE_NO_PAD.encode([id.as_slice(), &mac(key, kind, id)?].concat()))
    }

    /// The link id that a token names, or `None` when the token is not ours.
    pub fn link_id(&self, kind: &str, token: &str) -> Option<[u8; 16]> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, claimed) = bytes.split_at_checked(16)?;
        let id: [u8; 16] = id.try_into().ok()?;
        let ours = |key: &Key| mac(key, kind, &id).is_ok_and(|mac| bool::from(mac.ct_eq(claimed)));
        self.0.iter().any(ours).then_some(id)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

/// Fills `bytes` from the system's random source.
pub fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| Error::Fault(format!("no randomness: {error}")))
}

/// 256 random bits, base64url: a secret that somebody brings back.
pub fn token() -> Result<String> {
    let mut bytes = [0; 32];
    fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn mac(key: &Key, kind: &str, id: &[u8; 16]) -> Result<[u8; MAC_BYTES]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.link_key).map_err(|error| Error::Fault(error.to_string()))?;
    mac.update(kind.as_bytes());
    mac.update(&[0]);
    mac.update(id);
    let full: [u8; 32] = mac.finalize().into_bytes().into();
    let mut short = [0; MAC_BYTES];
    short.copy_from_slice(&full[..MAC_BYTES]);
    Ok(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(ids: &[&str]) -> Keys {
        let entries: Vec<SecretString> =
            ids.iter().map(|id| format!("{id}:{}", STANDARD.encode([id.as_bytes(), &[7; 31]].concat())).into()).collect();
        Keys::parse(&entries).unwrap()
    }

    #[test]
    fn a_sealed_value_opens_for_its_row_only() {
        let old = keys(&["a"]);
        let sealed = old.seal("rows/1", b"ada@example.com").unwrap();
        assert!(!sealed.contains("ada"));
        let rotated = keys(&["b", "a"]);
        assert_eq!(rotated.open("rows/1", &sealed).unwrap(), b"ada@example.com");
        assert!(rotated.open("rows/2", &sealed).is_err());
        assert!(keys(&["b"]).open("rows/1", &sealed).is_err());
        for altered in ["", "a:", "a:AAAA", "zzz", &sealed.replace("a:", "b:")] {
            assert!(rotated.open("rows/1", altered).is_err(), "{altered}");
        }
    }

    #[test]
    fn a_link_token_is_bound_to_its_kind_and_id() {
        let old = keys(&["a"]);
        let token = old.link_token("pay", &[7; 16]).unwrap();
        assert_eq!(token.len(), 43);
        let rotated = keys(&["b", "a"]);
        assert_eq!(rotated.link_id("pay", &token), Some([7; 16]));
        assert_eq!(rotated.link_id("download", &token), None);
        assert_eq!(keys(&["b"]).link_id("pay", &token), None);
        let mut forged = token.clone();
        forged.replace_range(0..1, "Z");
        for bad in ["", "x", forged.as_str(), &token[1..]] {
            assert_eq!(rotated.link_id("pay", bad), None, "{bad}");
        }
    }

    #[test]
    fn a_bad_key_is_named_without_showing_it() {
        let error = Keys::parse(&["main:c2hvcnQ=".to_owned().into()]).unwrap_err();
        assert_eq!(error, "entry 1 of security.encryption_keys is not base64 of 32 bytes");
        assert!(Keys::parse(&[]).is_err());
        for byte in [0, 7] {
            let error = Keys::parse(&[format!("main:{}", STANDARD.encode([byte; 32])).into()]).unwrap_err();
            assert!(error.starts_with("entry 1 of security.encryption_keys is one byte again and again"), "{error}");
        }
        let fresh = Keys::generate("main").unwrap();
        assert!(Keys::parse(&[fresh.into()]).is_ok());
    }
}
