//! Every integration test: through the edges that people use, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

#[macro_use]
mod world;

mod account;
mod alarms;
mod attention;
mod audit;
mod bad_input;
mod books;
mod browser;
mod command_line;
mod connections;
mod data;
mod demo;
mod documentation;
mod edit;
mod files;
mod groups;
mod kept;
mod labels;
mod languages;
mod lifecycle;
mod links;
mod lists;
mod money;
mod outages;
mod outbox;
mod per_payment;
mod plans;
mod races;
mod receipts;
mod reconcile;
mod refunds;
mod reminders;
mod revoke;
mod second_customer;
mod sql;
mod staff;
mod storeys;
mod story;
mod studio;
mod two_bots;
mod visits;
mod walk;
mod web;
mod webhook;
mod written;
