//! Verifies signed tokens: the provider's keys, who tokens are for, and which were used.

#[cfg(feature = "jwt")]
pub(crate) mod claims;
#[cfg(feature = "jwt")]
mod compact;
#[cfg(feature = "jwt")]
pub(crate) mod error;
#[cfg(all(fuzzing, feature = "jwt"))]
pub(crate) mod fuzzing;
#[cfg(feature = "jwt")]
mod key;
#[cfg(feature = "jwt")]
mod key_set;
#[cfg(feature = "jwt")]
pub(crate) mod keys;
pub(crate) mod relying_party;
#[cfg(feature = "jwt")]
pub(crate) mod replay;
#[cfg(feature = "jwt")]
mod verify;

pub use crate::credentials::{AccessToken, IdToken};
#[cfg(feature = "jwt")]
pub use error::{TokenError, TokenKind, TokenProblem};
#[cfg(feature = "jwt")]
pub use key_set::KeySet;
pub use relying_party::RelyingParty;
#[cfg(feature = "jwt")]
pub use replay::{MemoryReplayGuard, ReplayGuard, ReplayGuardError, ReplayGuardFuture, TokenUse};
