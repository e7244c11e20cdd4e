//! Identifiers, all of them `Copy`. Ours are UUIDv7, Discord's are snowflakes; both are stored as text.

use std::fmt;
use std::num::NonZeroU64;

/// Text that does not have the form of the identifier it was parsed as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {kind}")]
pub struct InvalidId {
    /// What was given.
    pub text: String,
    /// What it should have been, with its article.
    pub kind: &'static str,
}

macro_rules! text_id {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// A new identifier; ids made later sort later.
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }

            /// Parses the canonical form, 36 characters in lower case.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                match uuid::Uuid::try_parse(text) {
                    Ok(uuid) if uuid.to_string() == text => Ok(Self(uuid)),
                    _ => Err(InvalidId { text: text.to_owned(), kind: $kind }),
                }
            }

            /// The 16 bytes of the identifier.
            pub fn bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }
        }

        text_id!($name);
    };
}

macro_rules! snowflake {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(NonZeroU64);

        impl $name {
            /// Parses a snowflake: a decimal number above zero that fits 64 bits.
            /// See <https://discord.com/developers/docs/reference#snowflakes>.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                match text.parse::<NonZeroU64>() {
                    Ok(number) if number.to_string() == text => Ok(Self(number)),
                    _ => Err(InvalidId { text: text.to_owned(), kind: $kind }),
                }
            }

            /// The snowflake as a number.
            pub fn get(self) -> u64 {
                self.0.get()
            }
        }

        impl From<u64> for $name {
            fn from(number: u64) -> Self {
                Self(NonZeroU64::new(number).unwrap_or(NonZeroU64::MIN))
            }
        }

        text_id!($name);
    };
}

uuid_id!(
    /// An account: one person, known by their Discord user.
    AccountId, "an account id");
uuid_id!(
    /// An invoice. People see its number instead.
    InvoiceId, "an invoice id");
uuid_id!(
    /// One attempt to pay an invoice through a Checkout session.
    AttemptId, "a checkout attempt id");
uuid_id!(
    /// A file attached to an invoice.
    DeliverableId, "a deliverable id");
uuid_id!(
    /// A notice to a person.
    NoticeId, "a notice id");
uuid_id!(
    /// Something that an outside service refuses.
    AlarmId, "an alarm's id");
uuid_id!(
    /// A job in the outbox.
    JobId, "a job id");
uuid_id!(
    /// A download link that was opened.
    OpeningId, "an opening's id");
uuid_id!(
    /// A browser that is signed in.
    SessionId, "a session's id");
uuid_id!(
    /// What a person allowed us at Discord.
    OAuthGrantId, "an OAuth grant's id");
uuid_id!(
    /// A row of the audit log.
    AuditId, "an audit id");
uuid_id!(
    /// A question whether something should really be done.
    ConfirmationId, "a confirmation id");
uuid_id!(
    /// A bot that runs.
    BotId, "a bot's id");
uuid_id!(
    /// An interaction as one bot was handed it.
    DeliveryId, "a delivery's id");
uuid_id!(
    /// A permission that was granted.
    GrantId, "a grant id");
uuid_id!(
    /// A payment that arrived.
    PaymentId, "a payment id");
uuid_id!(
    /// Money that goes back.
    RefundId, "a refund id");

snowflake!(
    /// A Discord user.
    UserId, "a Discord user id");
snowflake!(
    /// A Discord server.
    GuildId, "a Discord server id");
snowflake!(
    /// A role of a Discord server.
    RoleId, "a Discord role id");
snowflake!(
    /// A Discord channel.
    ChannelId, "a Discord channel id");
snowflake!(
    /// A Discord message.
    MessageId, "a Discord message id");
snowflake!(
    /// A command, autocomplete, press or form that Discord delivers.
    InteractionId, "a Discord interaction id");

/// The number of an invoice, counted from 1: what people see and type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InvoiceNumber(i64);

impl InvoiceNumber {
    /// Takes a counter's value.
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// Parses what a person types: `12` or `#12`, with spaces around it, or a line of ours that begins with
    /// the number, such as `#12 · Dragon rig · 12.50 USD`: Discord's client may send what it showed for a choice.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let text = text.trim();
        let digits = match text.strip_prefix('#').and_then(|line| line.split_once(" · ")) {
            Some((number, _)) => number,
            None => text.trim_start_matches('#'),
        };
        match digits.parse::<i64>() {
            Ok(number) if number > 0 && digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Self(number)),
            _ => Err(InvalidId { text: text.to_owned(), kind: "an invoice number" }),
        }
    }

    /// The number itself.
    pub fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for InvoiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The number of a receipt or credit note, counted from 1 in its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SeriesNumber(i64);

impl SeriesNumber {
    /// Takes a counter's value.
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number itself.
    pub fn get(self) -> i64 {
        self.0
    }

    /// The number as it is written, such as `R-000012`.
    pub fn written(self, prefix: &str) -> String {
        format!("{prefix}{:06}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snowflake_is_a_canonical_positive_number() {
        assert_eq!(UserId::parse("80351110224678912").unwrap().get(), 80_351_110_224_678_912);
        for text in ["", "0", "007", "-1", "+1", "1.5", "99999999999999999999", "1\0"] {
            assert!(UserId::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_invoice_number_takes_what_people_type() {
        assert_eq!(InvoiceNumber::parse(" #12 ").unwrap(), InvoiceNumber::new(12));
        assert_eq!(InvoiceNumber::parse("#12 · Dragon · rig #3 · 12.50 USD").unwrap(), InvoiceNumber::new(12));
        for text in ["", "#", "0", "-1", "+1", "1e3", "twelve", "12 · Dragon", "#12 Dragon", "Dragon · #12", "#x · 12"] {
            assert!(InvoiceNumber::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn our_ids_are_canonical_uuids() {
        let id = InvoiceId::new();
        assert_eq!(InvoiceId::parse(&id.to_string()).unwrap(), id);
        assert!(InvoiceId::parse(&id.to_string().to_uppercase()).is_err());
        assert!(InvoiceId::parse("x").is_err());
    }
}
