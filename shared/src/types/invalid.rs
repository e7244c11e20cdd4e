//! What is wrong with what a person typed. The sentences about it are in `texts`.

use super::money::{Currency, Money};
use super::text::Field;

/// What is wrong with what a person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalid {
    /// No currency that Stripe charges.
    Currency {
        /// What was typed, [`quoted`](super::text::quoted).
        typed: String,
    },
    /// No amount of money.
    Amount {
        /// What was typed, quoted.
        typed: String,
        /// How an amount is written.
        example: String,
    },
    /// More decimals than the currency has.
    Decimals {
        /// What was typed, quoted.
        typed: String,
        /// The currency.
        currency: Currency,
        /// How an amount is written.
        example: String,
    },
    /// More than Stripe charges.
    TooMuch {
        /// What was typed, quoted.
        typed: String,
        /// The largest amount.
        most: Money,
    },
    /// Less than Stripe charges.
    TooLittle {
        /// What was typed, quoted.
        typed: String,
        /// The smallest amount.
        least: Money,
    },
    /// No time zone.
    Timezone {
        /// What was typed, quoted.
        typed: String,
    },
    /// No date.
    Date {
        /// What was typed, quoted.
        typed: String,
    },
    /// A date that is over, where one to come is asked for.
    PastDate {
        /// What was typed, quoted.
        typed: String,
    },
    /// A date in many years.
    FarDate {
        /// What was typed, quoted.
        typed: String,
    },
    /// A date to come, where one that is over is asked for.
    FutureDate {
        /// What was typed, quoted.
        typed: String,
    },
    /// A text that is not taken as it is.
    Text(Field, TextFault),
}

/// Why a text is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFault {
    /// It should be one line.
    SeveralLines,
    /// It is too long.
    TooLong {
        /// How long it is, in characters.
        length: usize,
        /// How long it may be, in characters.
        max: usize,
    },
    /// It has control characters in it.
    ControlCharacter,
    /// Nothing of it can be seen.
    ShowsNothing,
    /// It turns the direction of what follows.
    TurnsDirection,
    /// It mentions people.
    Mentions,
    /// It has links behind other words, or blocks of code.
    Markup,
}
