//! The decisions, one folder per noun, its SQL beside it.
//!
//! In storeys, lowest first: a module imports only what stands above its own line. A test holds it to that.

// Core: what is kept and why, who acts, and what every operation needs.
pub mod personal_data;
pub mod actor;
pub mod interactions;
pub mod bots;
pub mod registrations;
pub mod audit;
pub mod statuses;
pub mod notices;
pub(crate) mod facts;
pub mod database;
pub mod links;
pub mod confirmations;

// People.
pub mod staff;
pub mod accounts;
pub mod sessions;
pub mod grants;
pub mod sign_in;

// Records.
pub mod attempts;
pub mod events;
pub mod invoices;
pub mod payments;
pub mod alarms;
pub mod papers;

// Operations.
pub mod deliverables;
pub mod issuing;
pub mod changes;
pub mod refunds;
pub mod disputes;
pub mod settlement;
pub mod checkout;

// Dispatch: what takes something in and hands it to an operation.
pub mod stripe_inbox;
pub mod reconciliation;
pub mod confirm;

// Views: what reads over many nouns and changes none; then what works on every noun.
pub mod desk;
pub mod customers;
pub mod receipts;
pub mod evidence;
pub mod export;
pub mod audit_log;
pub mod inbox;
pub mod attention;
pub mod rotation;
