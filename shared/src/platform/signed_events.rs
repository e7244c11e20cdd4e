//! What Discord posts to us by itself: its webhook events, each signed with the application's key.
//! See <https://discord.com/developers/docs/events/webhook-events>.

use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Deserialize;

use crate::types::*;

/// Bytes of an Ed25519 key.
const KEY_BYTES: usize = 32;

/// The application's public key.
#[derive(Clone, Copy)]
pub struct EventKey([u8; KEY_BYTES]);

/// What a rightly signed body says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Discord looks whether somebody is here.
    Ping,
    /// A person removed the application from their account.
    Deauthorized {
        /// Who.
        user: UserId,
        /// When.
        at: Timestamp,
    },
    /// Something that is of no use here.
    Other,
}

/// A body that Discord did not sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSigned;

/// See <https://discord.com/developers/docs/events/webhook-events#payload-structure>.
#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "type")]
    kind: u8,
    event: Option<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    #[serde(default)]
    data: serde_json::Value,
}

/// A ping; all else is an event.
const PING: u8 = 0;

impl EventKey {
    /// Reads the key as the developer portal shows it: 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; KEY_BYTES] = hex::decode(text).ok()?.try_into().ok()?;
        Some(Self(bytes))
    }

    /// Reads what Discord posted, with the values of its two headers. What is rightly signed and not
    /// understood is [`Told::Other`]: Discord would send it again and again.
    pub fn read(&self, body: &[u8], timestamp: &str, signature: &str) -> Result<Told, NotSigned> {
        let signature = hex::decode(signature).map_err(|_| NotSigned)?;
        let signed = [timestamp.as_bytes(), body].concat();
        UnparsedPublicKey::new(&ED25519, self.0).verify(&signed, &signature).map_err(|_| NotSigned)?;
        Ok(told(body).unwrap_or(Told::Other))
    }
}

impl std::fmt::Debug for EventKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventKey")
    }
}

fn told(body: &[u8]) -> Option<Told> {
    let payload: Payload = serde_json::from_slice(body).ok()?;
    if payload.kind == PING {
        return Some(Told::Ping);
    }
    let event = payload.event?;
    if event.kind != "APPLICATION_DEAUTHORIZED" {
        return Some(Told::Other);
    }
    let user = UserId::parse(event.data["user"]["id"].as_str()?).ok()?;
    Some(Told::Deauthorized { user, at: Timestamp::parse_iso(&event.timestamp)? })
}

#[cfg(test)]
mod tests {
    use ring::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    #[test]
    fn only_what_discord_signed_is_read() {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let key = EventKey::parse(&hex::encode(pair.public_key())).unwrap();
        let read = |body: &str| key.read(body.as_bytes(), "1", &hex::encode(pair.sign(format!("1{body}").as_bytes())));
        let removed = |at: &str| {
            let user = r#"{"user":{"id":"111","username":"ada"}}"#;
            format!(r#"{{"version":1,"type":1,"event":{{"type":"APPLICATION_DEAUTHORIZED","timestamp":"{at}","data":{user}}}}}"#)
        };
        assert_eq!(read(r#"{"version":1,"application_id":"1","type":0}"#), Ok(Told::Ping));
        let expected = Told::Deauthorized { user: UserId::from(111), at: Timestamp::from_millis(1_729_262_573_064) };
        // Discord writes some times without their zone, which is UTC.
        for at in ["2024-10-18T14:42:53.064834", "2024-10-18T14:42:53.064834+00:00", "2024-10-18T16:42:53.064+02:00"] {
            assert_eq!(read(&removed(at)), Ok(expected.clone()), "{at}");
        }
        let odd = [removed("yesterday"), removed("").replace("111", "x"), r#"{"type":1}"#.into(), r#"{"type":300}"#.into(), "[]".into()];
        for body in odd.iter().map(String::as_str).chain(["", "\0", r#"{"type":1,"event":{"type":"ENTITLEMENT_CREATE","timestamp":""}}"#]) {
            assert_eq!(read(body), Ok(Told::Other), "{body}");
        }

        let body = removed("2024-10-18T14:42:53");
        let signature = hex::encode(pair.sign(format!("1{body}").as_bytes()));
        for (body, timestamp, signature) in [
            (body.replace("111", "112").as_str(), "1", signature.as_str()),
            (&body, "2", &signature),
            (&body, "", &signature),
            (&body, "1", ""),
            (&body, "1", "zz"),
            (&body, "1", &signature[2..]),
            (&body, "1", &"0".repeat(128)),
        ] {
            assert_eq!(key.read(body.as_bytes(), timestamp, signature), Err(NotSigned));
        }
        for text in ["", "zz", "00", &"0".repeat(63), &"é".repeat(32)] {
            assert!(EventKey::parse(text).is_none(), "{text}");
        }
    }
}
