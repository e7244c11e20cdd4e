//! The decisions, one folder per noun, its SQL beside it.

pub mod accounts;
pub mod actor;
pub mod alarms;
pub mod attention;
pub mod audit;
pub mod bots;
pub mod checkout;
pub mod commands;
pub mod confirmations;
pub mod database;
pub mod deliverables;
pub mod disputes;
pub mod evidence;
pub mod export;
pub mod grants;
pub mod interactions;
pub mod invoices;
pub mod links;
pub mod notices;
pub mod payments;
pub mod receipts;
pub mod refunds;
pub mod rotation;
pub mod sessions;
pub mod sign_in;
pub mod staff;
