//! What the application sells, and who is entitled to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rows::Id;

/// What an SKU sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkuKind {
    /// Bought once, and kept.
    Durable,
    /// Bought, consumed, and bought again.
    Consumable,
    /// A subscription of a person, wherever they are.
    UserSubscription,
    /// A subscription for everybody in a server.
    GuildSubscription,
}

impl SkuKind {
    pub(crate) fn number(self) -> u64 {
        match self {
            SkuKind::Durable => 2,
            SkuKind::Consumable => 3,
            SkuKind::UserSubscription | SkuKind::GuildSubscription => 5,
        }
    }

    pub(crate) fn flags(self) -> u64 {
        // Available, and for whom.
        1 << 2
            | match self {
                SkuKind::Durable | SkuKind::Consumable => 0,
                SkuKind::GuildSubscription => 1 << 7,
                SkuKind::UserSubscription => 1 << 8,
            }
    }

    pub(crate) fn is_subscription(self) -> bool {
        matches!(self, SkuKind::UserSubscription | SkuKind::GuildSubscription)
    }
}

/// The SKUs there are, and who is entitled to them.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Premium {
    pub skus: BTreeMap<Id, (String, SkuKind)>,
    pub entitlements: BTreeMap<Id, EntitlementState>,
}

/// What somebody is entitled to.
#[derive(Serialize, Deserialize)]
pub(crate) struct EntitlementState {
    pub id: Id,
    pub sku: Id,
    /// Who paid, or whom a test entitlement is for.
    pub user: Option<Id>,
    pub guild: Option<Id>,
    /// 1 a purchase, 4 for testing, 8 a subscription.
    pub kind: u64,
    pub starts_ms: Option<i64>,
    pub ends_ms: Option<i64>,
    pub deleted: bool,
    pub consumed: Option<bool>,
}

impl EntitlementState {
    /// Whether it counts now.
    pub fn is_active(&self, now_ms: i64) -> bool {
        !self.deleted && self.consumed != Some(true) && self.ends_ms.is_none_or(|ends_ms| now_ms < ends_ms)
    }
}
