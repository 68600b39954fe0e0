//! Signed tokens: the provider's keys, the claims, and which tokens were used.

#[cfg(feature = "jwt")]
pub(crate) mod claims;
#[cfg(feature = "jwt")]
pub(crate) mod compact;
#[cfg(feature = "jwt")]
pub(crate) mod error;
#[cfg(all(fuzzing, feature = "jwt"))]
pub(crate) mod fuzzing;
#[cfg(feature = "jwt")]
pub(crate) mod key;
#[cfg(feature = "jwt")]
pub(crate) mod key_set;
#[cfg(feature = "jwt")]
pub(crate) mod keys;
pub(crate) mod relying_party;
#[cfg(feature = "jwt")]
pub(crate) mod replay;
#[cfg(feature = "jwt")]
pub(crate) mod use_once;

pub use crate::credentials::{AccessToken, IdToken};
#[cfg(feature = "jwt")]
pub use error::{TokenError, TokenKind, TokenProblem};
#[cfg(feature = "jwt")]
pub use key_set::KeySet;
pub use relying_party::RelyingParty;
#[cfg(feature = "jwt")]
pub use replay::{MemoryReplayGuard, ReplayGuard, ReplayGuardError, ReplayGuardFuture, TokenUse};
