//! One file per part of the address space.

pub mod dashboard;
pub mod discord;
pub mod download;
pub mod health;
pub mod home;
pub mod login;
pub mod pay;
pub mod static_files;
pub mod stripe;
