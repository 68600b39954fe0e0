//! Ways in for the fuzz targets in `fuzz/`. No part of the API: only a fuzzer's build has them.

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
