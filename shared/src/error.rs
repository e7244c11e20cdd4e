//! What can go wrong: what the person can fix, what an outside service did, what we must fix.

use crate::message;
use crate::platform::db::SqlError;
use crate::texts::{Language, Message};

/// The outside service that a call went to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Discord's REST API or CDN.
    Discord,
    /// Stripe's API.
    Stripe,
    /// The S3-compatible file storage.
    Storage,
}

/// What a person may ask for by an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// An account.
    Account,
    /// An invoice.
    Invoice,
    /// A file.
    Deliverable,
    /// A link of ours.
    Link,
}

impl Thing {
    fn not_found(self) -> Message {
        match self {
            Thing::Account => message!("account-not-found"),
            Thing::Invoice => message!("invoice-not-found"),
            Thing::Deliverable => message!("deliverable-not-found"),
            Thing::Link => message!("link-not-found"),
        }
    }
}

impl std::fmt::Display for Thing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.not_found().fmt(f)
    }
}

/// Any failure of an operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller asked for something we refuse. The text is shown to them.
    #[error("{0}")]
    Rejected(Message),
    /// The thing does not exist, or is not theirs: the same words for both.
    #[error("{0}")]
    NotFound(Thing),
    /// The caller may not do this at all. The text is shown to them.
    #[error("{0}")]
    Forbidden(Message),
    /// What was asked for existed and is over, such as an expired link. Shown to them.
    #[error("{0}")]
    Expired(Message),
    /// The service cannot run like this. A sentence for whoever runs it, in English.
    #[error("{0}")]
    Setup(String),
    /// An outside service failed. `detail` is for the log and holds no personal data.
    #[error("{service:?}: {detail}")]
    Outside {
        /// Which one.
        service: Service,
        /// What it said: a status, a code.
        detail: String,
        /// Whether the same call may succeed later.
        transient: bool,
    },
    /// The database failed.
    #[error("database: {0}")]
    Db(SqlError),
    /// Something that must not happen. The text is for the log.
    #[error("{0}")]
    Fault(String),
}

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Not as its source: the text already says it.
impl From<SqlError> for Error {
    fn from(error: SqlError) -> Self {
        Self::Db(error)
    }
}

impl Error {
    /// Whether a service says that it has no such thing.
    pub fn is_missing(&self) -> bool {
        matches!(self, Error::Outside { transient: false, detail, .. } if detail.starts_with("status 404"))
    }

    /// The sentence for the person who asked, or `None` when the cause is ours to fix.
    pub fn user_message(&self) -> Option<Message> {
        match self {
            Error::Rejected(message) | Error::Forbidden(message) | Error::Expired(message) => Some(message.clone()),
            Error::NotFound(thing) => Some(thing.not_found()),
            Error::Outside { service, transient, .. } => Some(match (service, transient) {
                (Service::Discord, _) => message!("discord-is-away"),
                (Service::Stripe, true) => message!("stripe-is-away"),
                (Service::Stripe, false) => message!("stripe-refuses"),
                (Service::Storage, _) => message!("storage-is-away"),
            }),
            Error::Setup(_) | Error::Db(_) | Error::Fault(_) => None,
        }
    }

    /// Whether doing the same again later may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Rejected(_) | Error::NotFound(_) | Error::Forbidden(_) | Error::Expired(_) | Error::Setup(_) | Error::Fault(_) => false,
            Error::Outside { transient, .. } => *transient,
            Error::Db(_) => true,
        }
    }

    /// The sentence for the person who asked, in their language. A fault of ours is logged here,
    /// once, under the reference that the sentence quotes; a failing outside service is logged as a
    /// warning.
    pub fn report(&self, language: Language) -> String {
        match (self, self.user_message()) {
            (Error::Outside { .. }, Some(message)) => {
                tracing::warn!(error = %self, "an outside service failed");
                message.to(language)
            }
            (_, Some(message)) => message.to(language),
            (_, None) => {
                let reference = reference();
                tracing::error!(reference, error = %self, "fault {reference}");
                message!("fault", reference = reference).to(language)
            }
        }
    }
}

/// A reference for a fault: eight characters that are easy to read aloud.
pub fn reference() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    uuid::Uuid::now_v7().as_bytes()[8..].iter().map(|byte| LETTERS[usize::from(byte % 32)] as char).collect()
}
