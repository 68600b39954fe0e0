//! Ways in for the fuzz targets in `fuzz/`. No part of the API: only a fuzzer's build has them.

#[cfg(feature = "jwt")]
pub use crate::jwt::fuzzing::{CompactToken, compact_token};

use crate::Registration;
use crate::registration::Saved;
use ory_oidc_gen::Decode;
use ory_oidc_gen::models::OAuth2Client;

/// Whether two issuers differ by the slash of the root and by nothing else.
#[must_use]
pub fn differ_by_root_slash(one: &str, other: &str) -> bool {
    crate::discovery::differ_by_root_slash(one, other)
}

/// The registration in the body of a reply (RFC 7591 §3.2.1), if it is one.
#[must_use]
pub fn registration(reply: &[u8]) -> Option<Registration> {
    Registration::from_reply(OAuth2Client::decode(reply).ok()?).ok()
}

/// A registration as stores keep it.
///
/// # Panics
/// If it cannot be written, which is a find.
#[must_use]
pub fn saved(registration: &Registration) -> Vec<u8> {
    serde_json::to_vec(&Saved::of(registration)).expect("a registration can be written")
}

/// A registration out of what [`saved`] wrote, if it is one.
#[must_use]
pub fn restored(saved: &[u8]) -> Option<Registration> {
    let saved: Saved = serde_json::from_slice(saved).ok()?;
    saved.restore().ok()
}

/// Whether a key set verifies a signature with an algorithm, by the key of a name or, without one,
/// by any. [`None`] if it is no key set, or the algorithm none for public keys.
#[cfg(feature = "jwt")]
#[must_use]
pub fn key_set_verifies(
    key_set: &[u8],
    kid: Option<&str>,
    algorithm: &str,
    message: &[u8],
    signature: &[u8],
) -> Option<bool> {
    use crate::jwks::{Algorithm, Keys, Outcome};

    let keys = ory_oidc_gen::models::JsonWebKeySet::decode(key_set).ok()?;
    let algorithm = Algorithm::named(algorithm)?;
    let outcome = Keys::new(keys).verify(kid, algorithm, message, signature);
    Some(outcome == Outcome::Verified)
}
