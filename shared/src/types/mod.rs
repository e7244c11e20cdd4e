//! Values that cannot be wrong: parsed once at the edge, trusted everywhere else.

/// An enum that is stored and shown by one word per variant.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant),*
        }

        impl $name {
            /// Every variant, in order.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The word that stands for the variant.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// The variant that the word stands for.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|variant| variant.as_str() == word)
            }
        }
    };
}
pub(crate) use words;

pub mod ids;
pub mod invalid;
pub mod money;
pub mod page;
pub mod text;
pub mod time;
pub mod timezone;

pub use ids::*;
pub use invalid::{Invalid, TextFault};
pub use money::{Currency, Money};
pub use page::{Page, Suggestion, Turn};
pub use time::Timestamp;
pub use timezone::{Day, Timezone};
