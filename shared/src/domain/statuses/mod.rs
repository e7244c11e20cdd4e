//! Where a refund and a dispute stand, as Stripe tells it.

mod sql;

use crate::message;
use crate::texts::Message;
use crate::types::*;

words! {
    /// Where a refund stands.
    RefundStatus {
        /// Decided here; Stripe was not reached yet.
        Requested = "requested",
        /// On its way, or waiting for something.
        Pending = "pending",
        /// The money went back.
        Succeeded = "succeeded",
        /// The money did not go back, or came back.
        Failed = "failed",
        /// Taken back before the money went.
        Canceled = "canceled",
    }
}

impl RefundStatus {
    /// Whether somebody has to decide what becomes of the money.
    pub fn needs_person(self) -> bool {
        matches!(self, RefundStatus::Failed | RefundStatus::Canceled)
    }

    /// Which of two words from the same second is the later one.
    pub fn rank(self) -> u8 {
        match self {
            RefundStatus::Requested => 0,
            RefundStatus::Pending => 1,
            RefundStatus::Succeeded => 2,
            RefundStatus::Failed | RefundStatus::Canceled => 3,
        }
    }
}

words! {
    /// Where a dispute stands.
    DisputeStatus {
        /// The bank only asks: Stripe took no money, and the files stay open. It may become a dispute.
        Inquiry = "inquiry",
        /// The bank dropped its question.
        Closed = "closed",
        /// The bank decides: Stripe took the money, and the files are closed meanwhile.
        Open = "open",
        /// The studio keeps the money.
        Won = "won",
        /// The customer has the money back.
        Lost = "lost",
    }
}

impl DisputeStatus {
    /// Stripe's word.
    /// See <https://docs.stripe.com/api/disputes/object#dispute_object-status>.
    pub fn of(said: &str) -> Self {
        match said {
            "warning_needs_response" | "warning_under_review" => DisputeStatus::Inquiry,
            "warning_closed" => DisputeStatus::Closed,
            "won" | "prevented" => DisputeStatus::Won,
            "lost" => DisputeStatus::Lost,
            // `needs_response`, `under_review`, and whatever comes.
            _ => DisputeStatus::Open,
        }
    }

    /// Which of two words from the same second is the later one.
    pub fn rank(self) -> u8 {
        match self {
            DisputeStatus::Inquiry => 0,
            DisputeStatus::Open => 1,
            DisputeStatus::Closed | DisputeStatus::Won | DisputeStatus::Lost => 2,
        }
    }

    /// The word for one that is not over in the studio's favour.
    pub fn text(self) -> Option<Message> {
        match self {
            DisputeStatus::Inquiry => Some(message!("dispute-is-inquiry")),
            DisputeStatus::Open => Some(message!("dispute-is-open")),
            DisputeStatus::Lost => Some(message!("dispute-is-lost")),
            DisputeStatus::Closed | DisputeStatus::Won => None,
        }
    }
}
