//! The table of personal data: every column of the schema, and what holds for what stands in it.
//!
//! It is said here once. What `/about` and the settings page tell goes by its classes, `atelier data columns` prints it,
//! housekeeping takes its times from it, and a test compares it with the schema on both engines: a column without a line fails, and so does a
//! line without a column. A new column gets its line in the commit that adds it.

mod table;

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::message;
use crate::texts::Message;
use crate::types::words;

pub use table::TABLES;

/// How long it is remembered that an interaction was taken. Its token is of use for 15 minutes.
/// See <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>.
pub const INTERACTION_KEPT: Duration = Duration::from_secs(60 * 60);
/// How long a confirmation is remembered once it has expired, ten minutes after it was asked.
pub const CONFIRMATION_KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a sign-in that was begun is remembered: as long as a person may take at Discord.
pub const SIGN_IN_KEPT: Duration = Duration::from_secs(10 * 60);
/// How long an expired link is remembered, so that its page can say why it stopped working.
pub const LINK_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long the sealed body of a settled event is kept.
pub const EVENT_BODY_KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long it is kept who opened a download link: longer than most customers may dispute a payment.
pub const OPENING_KEPT: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// A table of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How a row leads to the people it is about; empty where it leads to nobody.
    pub people: &'static [Person],
    /// Its columns, those alike together.
    pub lines: &'static [Line],
}

/// How a row leads to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// This column holds the id of an account.
    Account(&'static str),
    /// This column holds the id of a Discord user, or a word where nobody in particular is meant.
    User(&'static str),
    /// This column of the audit log names what was acted on: a person as `user:` and their Discord id.
    Target(&'static str),
    /// The row is about whoever another row is about.
    Row {
        /// The column here.
        column: &'static str,
        /// The other table.
        table: &'static str,
        /// The column there that holds the same value.
        key: &'static str,
    },
}

impl Person {
    /// The column of this table that leads there.
    pub fn column(&self) -> &'static str {
        match self {
            Person::Account(column) | Person::User(column) | Person::Target(column) | Person::Row { column, .. } => column,
        }
    }
}

/// Columns of a table for which the same holds.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// Their names, separated by spaces.
    pub names: &'static str,
    /// Words of the English text that tell people of it; empty where it holds nothing of a person. A test looks for
    /// them in what `/about` shows.
    pub told_as: &'static str,
    /// What holds for them.
    pub rule: Rule,
}

/// What holds for a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// What kind of data it is.
    pub class: Class,
    /// What it is kept for.
    pub purpose: Purpose,
    /// Why that is lawful.
    pub basis: Basis,
    /// How long it is kept.
    pub kept: Kept,
    /// What an export does with it.
    pub export: Export,
    /// What an erasure does with it.
    pub erasure: Erasure,
}

words! {
    /// A kind of data: people are told of what belongs to one together.
    Class {
        /// Counters, the state of the program, the studio's own: nothing of a person.
        Nothing = "nothing personal",
        /// Who is known here, and in which language they read.
        Account = "account",
        /// What a sign-in on the web says of a person, and stays.
        Profile = "profile",
        /// What a person allowed at Discord, and what was only read because of that.
        Connection = "connection",
        /// The servers that a person is in.
        Servers = "servers",
        /// Browsers that are signed in.
        Session = "session",
        /// Invoices, payments, refunds, disputes and receipts.
        Financial = "financial record",
        /// What a person was told.
        Notice = "notice",
        /// The files that were made for a person.
        File = "file",
        /// Who did what.
        AuditLog = "audit log",
        /// Download links that were opened, and from where.
        Opening = "opened link",
        /// What Stripe posts, as it was.
        EventBody = "event body",
        /// What keeps buttons and jobs working.
        Transient = "transient",
        /// What somebody may do for the studio.
        Permission = "permission",
        /// Which member of staff did something. Such a column is about them, the rest of its row about the customer.
        StaffWork = "staff work",
    }
}

impl Class {
    /// What people are told of it, `None` where there is nothing to tell. Of sessions it takes how many days one lives
    /// without use (`idle`) and in all (`days`).
    pub fn told(self) -> Option<Message> {
        Some(match self {
            Class::Nothing => return None,
            Class::Account => message!("kept-account"),
            Class::Financial | Class::Notice => message!("kept-books"),
            Class::File => message!("kept-files"),
            Class::AuditLog => message!("kept-audit-log"),
            Class::Opening => message!("kept-openings"),
            Class::EventBody => message!("kept-event-bodies"),
            Class::Transient => message!("kept-transient"),
            Class::Profile => message!("kept-profile"),
            Class::Connection | Class::Servers => message!("kept-connection"),
            Class::Session => message!("kept-sessions"),
            Class::Permission => message!("kept-permissions"),
            Class::StaffWork => message!("kept-staff-work"),
        })
    }
}

words! {
    /// What something is kept for.
    Purpose {
        /// An invoice finds its person, who can read it.
        Identification = "identification",
        /// The person signs in on the web, and sees where they did.
        SignIn = "sign-in",
        /// What the person allowed is read from Discord.
        Connection = "connection",
        /// Payments reach the invoice they are for.
        Payment = "payment",
        /// The studio keeps its books.
        Bookkeeping = "bookkeeping",
        /// The customer gets what they ordered.
        Delivery = "delivery",
        /// The person is told what concerns them.
        Notification = "notification",
        /// It can be shown what happened.
        Proof = "proof",
        /// Fraud is noticed.
        FraudReview = "fraud review",
        /// Only those act for the studio who may.
        Authorization = "authorization",
        /// Buttons work once, jobs are done.
        Operation = "operation",
    }
}

words! {
    /// The legal basis in the General Data Protection Regulation, [Article 6(1)](https://eur-lex.europa.eu/eli/reg/2016/679/oj).
    Basis {
        /// No personal data, no basis.
        NotPersonal = "none needed",
        /// The person agreed, and can take it back.
        Consent = "Art. 6(1)(a)",
        /// The contract with the person needs it.
        Contract = "Art. 6(1)(b)",
        /// A law demands it.
        LegalObligation = "Art. 6(1)(c)",
        /// The studio's interest in it outweighs the person's, who may object.
        LegitimateInterests = "Art. 6(1)(f)",
    }
}

/// How long something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// No end is set.
    NoEnd,
    /// So long after something happened, to the next hour: that often housekeeping looks.
    For(Duration, &'static str),
    /// Until the person disconnects, here or at Discord.
    UntilDisconnected,
    /// Until the person disconnects, and then until Discord took the tokens back.
    UntilRevoked,
    /// Until the person signs out, or the session ends by `web.session_idle_days` or `web.session_days`.
    UntilSignedOut,
    /// Until the studio removes the file.
    UntilRemoved,
    /// Until somebody takes the permission back.
    UntilTakenBack,
    /// Until the job is done, or dropped by staff.
    UntilDone,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MINUTE: u64 = 60;
        const HOUR: u64 = 60 * MINUTE;
        const DAY: u64 = 24 * HOUR;
        match self {
            Kept::NoEnd => f.write_str("no end set"),
            Kept::For(time, since) => {
                let seconds = time.as_secs();
                let (number, unit) = match seconds {
                    0..HOUR => (seconds / MINUTE, "minute"),
                    HOUR..DAY => (seconds / HOUR, "hour"),
                    _ => (seconds / DAY, "day"),
                };
                write!(f, "{number} {unit}{} after {since}", if number == 1 { "" } else { "s" })
            }
            Kept::UntilDisconnected => f.write_str("until the person disconnects"),
            Kept::UntilRevoked => f.write_str("until the person disconnects and Discord took the tokens back"),
            Kept::UntilSignedOut => f.write_str("until the session ends"),
            Kept::UntilRemoved => f.write_str("until the studio removes it"),
            Kept::UntilTakenBack => f.write_str("until it is taken back"),
            Kept::UntilDone => f.write_str("until the job is done"),
        }
    }
}

/// What the export of a person does with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// Hands it out as it is stored.
    AsStored,
    /// Opens what is sealed, and hands out that.
    Opened,
    /// Hands out the file that it names.
    TheFile,
    /// Leaves it out.
    No(Reason),
}

impl Export {
    /// What it does, in a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Export::AsStored => "yes",
            Export::Opened => "yes, unsealed",
            Export::TheFile => "yes, the file",
            Export::No(_) => "no",
        }
    }

    /// Why it leaves something out.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Export::AsStored | Export::Opened | Export::TheFile => None,
            Export::No(reason) => Some(reason),
        }
    }
}

/// What the erasure of a person does with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// The row goes, with the object in the bucket that it names.
    Delete,
    /// The row stays and this goes.
    Clear,
    /// A random value takes its place, the same for all that is of the person.
    Pseudonymise,
    /// It stays.
    Keep(Reason),
}

impl Erasure {
    /// What it does, in a word or two.
    pub fn word(self) -> &'static str {
        match self {
            Erasure::Delete => "delete the row",
            Erasure::Clear => "clear",
            Erasure::Pseudonymise => "pseudonymise",
            Erasure::Keep(_) => "keep",
        }
    }

    /// Why something stays.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Erasure::Delete | Erasure::Clear | Erasure::Pseudonymise => None,
            Erasure::Keep(reason) => Some(reason),
        }
    }
}

words! {
    /// Why something is not exported, or not erased.
    Reason {
        /// It holds nothing of a person.
        NotPersonal = "nothing of a person",
        /// Books are kept for as long as the law says: Article 17(3)(b).
        Books = "the law asks for the books",
        /// It may be needed against a claim: Article 17(3)(e).
        Claims = "proof against claims",
        /// A row that is changed breaks the chain, and with it the proof of all the others.
        Chain = "the audit log is one chain",
        /// An id of ours, or a time: it leads to nobody once the account's row is pseudonymised.
        Nameless = "leads to nobody alone",
        /// A token, or a hash that stands for one: whoever has it could act as the person.
        Secret = "a secret",
        /// It is about how the program works, and says nothing to the person.
        Internal = "of use to the program alone",
        /// It is gone within the day.
        ShortLived = "gone within a day",
    }
}

/// A column, with what holds for it.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The table's name.
    pub table: &'static str,
    /// The column's name.
    pub name: &'static str,
    /// What holds for it.
    pub rule: Rule,
}

/// Every column of every table, in the order of [`TABLES`].
pub fn columns() -> impl Iterator<Item = Column> {
    let of_line =
        |table: &'static str, line: &'static Line| line.names.split_whitespace().map(move |name| Column { table, name, rule: line.rule });
    TABLES.iter().flat_map(move |table| table.lines.iter().flat_map(move |line| of_line(table.name, line)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn of(table: &'static str) -> BTreeSet<&'static str> {
        columns().filter(|column| column.table == table).map(|column| column.name).collect()
    }

    #[test]
    fn a_column_stands_once() {
        let mut seen = BTreeSet::new();
        for column in columns() {
            assert!(seen.insert((column.table, column.name)), "{}.{} stands twice", column.table, column.name);
        }
    }

    #[test]
    fn what_leads_to_people_is_there_and_ends_at_one() {
        for table in TABLES {
            for person in table.people {
                assert!(of(table.name).contains(person.column()), "{}: {person:?}", table.name);
                if let Person::Row { table: other, key, .. } = person {
                    assert!(of(other).contains(key), "{}: {person:?}", table.name);
                    let other = TABLES.iter().find(|table| table.name == *other).unwrap();
                    assert!(!other.people.is_empty(), "{}: {person:?} leads to nobody", table.name);
                }
            }
        }
    }

    #[test]
    fn a_rule_is_of_one_piece() {
        for Column { table, name, rule } in columns() {
            let personal = rule.class != Class::Nothing;
            let at = format!("{table}.{name}");
            assert_eq!(personal, rule.basis != Basis::NotPersonal, "{at} is personal data and has a basis, or neither");
            assert_eq!(personal, rule.export != Export::No(Reason::NotPersonal), "{at}: export");
            assert_eq!(personal, rule.erasure != Erasure::Keep(Reason::NotPersonal), "{at}: erasure");
            assert_ne!(rule.erasure, Erasure::Keep(Reason::ShortLived), "{at}: what is gone soon may go at once");
        }
    }

    #[test]
    fn times_are_written_in_the_unit_that_fits() {
        let written = |seconds| Kept::For(Duration::from_secs(seconds), "it ended").to_string();
        assert_eq!(written(600), "10 minutes after it ended");
        assert_eq!(written(3600), "1 hour after it ended");
        assert_eq!(written(180 * 86_400), "180 days after it ended");
    }
}
