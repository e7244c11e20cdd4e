//! The dashboard: what a customer has with the studio. Every page is for whoever is signed in, and shows
//! nothing but what the same person would see in Discord.

pub mod files;
mod frame;
pub mod inbox;
pub mod invoices;
pub mod overview;
pub mod sessions;
pub mod settings;
