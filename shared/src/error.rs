//! What can go wrong: what the person can fix, what an outside service did, what we must fix.

use crate::platform::db::SqlError;

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

/// Any failure of an operation.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller asked for something we refuse. The text is shown as it is.
    #[error("{0}")]
    Rejected(String),
    /// The thing does not exist, or is not theirs: the same words for both.
    #[error("{0} not found. Pick one from the list that appears while you type.")]
    NotFound(&'static str),
    /// The caller may not do this at all. The text is shown as it is.
    #[error("{0}")]
    Forbidden(String),
    /// What was asked for existed and is over, such as an expired link. Shown as it is.
    #[error("{0}")]
    Expired(String),
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
    Db(#[from] SqlError),
    /// Something that must not happen. The text is for the log.
    #[error("{0}")]
    Fault(String),
}

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A refusal with the sentence to show.
    pub fn rejected(sentence: impl Into<String>) -> Self {
        Self::Rejected(sentence.into())
    }

    /// The sentence for the person who asked, or `None` when the cause is ours to fix.
    pub fn user_message(&self) -> Option<String> {
        match self {
            Error::Rejected(_) | Error::NotFound(_) | Error::Forbidden(_) | Error::Expired(_) => Some(self.to_string()),
            Error::Outside { service: Service::Stripe, transient: false, .. } => {
                Some("Stripe does not accept this. Nothing was charged; please tell the studio.".to_owned())
            }
            Error::Outside { service, .. } => Some(
                match service {
                    Service::Discord => "Discord is not answering us right now. Nothing was changed; try again in a minute.",
                    Service::Stripe => "Stripe is not answering right now. Nothing was charged; try again in a minute.",
                    Service::Storage => "The file storage is not answering right now. Nothing was lost; try again in a minute.",
                }
                .to_owned(),
            ),
            Error::Db(_) | Error::Fault(_) => None,
        }
    }

    /// Whether doing the same again later may succeed.
    pub fn is_transient(&self) -> bool {
        match self {
            Error::Rejected(_) | Error::NotFound(_) | Error::Forbidden(_) | Error::Expired(_) | Error::Fault(_) => false,
            Error::Outside { transient, .. } => *transient,
            Error::Db(_) => true,
        }
    }

    /// The sentence for the person who asked. A fault of ours is logged here, once, under the
    /// reference that the sentence quotes; a failing outside service is logged as a warning.
    pub fn report(&self) -> String {
        match (self, self.user_message()) {
            (Error::Outside { .. }, Some(sentence)) => {
                tracing::warn!(error = %self, "an outside service failed");
                sentence
            }
            (_, Some(sentence)) => sentence,
            (_, None) => {
                let reference = reference();
                tracing::error!(reference, error = %self, "fault {reference}");
                format!(
                    "Something went wrong on our side. Try again; if it happens again, tell the studio and quote reference {reference}."
                )
            }
        }
    }
}

/// A reference for a fault: eight characters that are easy to read aloud.
pub fn reference() -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    uuid::Uuid::now_v7().as_bytes()[8..].iter().map(|byte| LETTERS[usize::from(byte % 32)] as char).collect()
}
