//! Every integration test: through the edges that people use, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[macro_use]
mod world;

mod bad_input;
mod command_line;
mod languages;
mod money;
mod outages;
mod outbox;
mod plans;
mod revoke;
mod second_customer;
mod sql;
mod story;
mod studio;
mod walk;
mod webhook;
