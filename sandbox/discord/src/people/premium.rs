//! What the application sells, and who buys it.

use serde_json::Value;

use super::discord::Discord;
use super::guild::Guild;
use super::person::{ActError, Person};
use crate::premium::{change, grant};
use crate::state::{Id, SkuKind};

impl Discord {
    /// Puts something up for sale, and tells its SKU id.
    pub fn sku(&self, name: &str, kind: SkuKind) -> String {
        let now_ms = self.inner.clock.now_ms();
        self.inner.change(|state| {
            let id = state.next_id(now_ms);
            state.premium.skus.insert(id, (name.to_owned(), kind));
            id.to_string()
        })
    }

    /// Every entitlement there ever was, as REST tells it.
    pub fn entitlements(&self) -> Vec<Value> {
        self.inner.read(|state| state.premium.entitlements.values().map(|one| one.json(state.bot)).collect())
    }

    /// Ends a subscription now (ENTITLEMENT_UPDATE). Tells whether there was one.
    pub fn end_entitlement(&self, id: &str) -> bool {
        let now_ms = self.inner.clock.now_ms();
        let id = id.parse::<Id>().unwrap_or(0);
        self.inner.change(|state| change(state, "ENTITLEMENT_UPDATE", id, |one| one.ends_ms = Some(now_ms))).is_some()
    }

    /// Takes an entitlement away, as Discord does with a refund (ENTITLEMENT_DELETE). Tells whether there was one.
    pub fn refund_entitlement(&self, id: &str) -> bool {
        let id = id.parse::<Id>().unwrap_or(0);
        self.inner.change(|state| change(state, "ENTITLEMENT_DELETE", id, |one| one.deleted = true)).is_some()
    }
}

impl Person {
    /// Buys an SKU for oneself (ENTITLEMENT_CREATE), and gives the entitlement as REST tells it.
    pub fn buy(&self, sku: &str) -> Result<Value, ActError> {
        self.purchase(sku, None)
    }

    /// Buys a server's subscription.
    pub fn buy_for(&self, sku: &str, guild: &Guild) -> Result<Value, ActError> {
        self.purchase(sku, Some(guild.id))
    }

    fn purchase(&self, sku: &str, guild: Option<Id>) -> Result<Value, ActError> {
        let now_ms = self.discord.inner.clock.now_ms();
        let refuse = |why: &str| Err(ActError::BadOptions(why.to_owned()));
        self.discord.inner.change(|state| {
            let found = sku.parse::<Id>().ok().and_then(|id| Some((id, state.premium.skus.get(&id)?.1)));
            let Some((id, kind)) = found else { return refuse("there is no such SKU") };
            if (kind == SkuKind::GuildSubscription) != guild.is_some() {
                return refuse("a server's subscription, and only that, is bought for a server");
            }
            let owned =
                state.premium.entitlements.values().any(|one| {
                    one.sku == id && one.is_active(now_ms) && one.guild == guild && (guild.is_some() || one.user == Some(self.id))
                });
            if owned {
                return refuse("it is owned already");
            }
            Ok(grant(state, id, kind, Some(self.id), guild, false, now_ms))
        })
    }
}
