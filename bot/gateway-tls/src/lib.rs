//! tokio-tungstenite 0.24 for who asks for 0.21.
//!
//! serenity 0.12 connects to Discord's gateway with tokio-tungstenite 0.21, whose rustls 0.22 and rustls-webpki
//! 0.102 get no fixes any more (RUSTSEC-2026-0049, -0098, -0099 and -0104). The part that serenity uses is the same in
//! 0.24, which stands on rustls 0.23 as everything else here does.

pub use newer::*;
