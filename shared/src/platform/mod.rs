//! The outside world: database, clock, sealing, Discord, Stripe, storage, and the outbox between.

pub mod clock;
pub mod database_file;
pub mod db;
pub mod discord;
pub mod oauth;
pub mod outbox;
pub mod sealing;
pub mod signed_events;
pub mod standing;
pub mod storage;
pub mod stripe;
