//! Entry points for the fuzz targets in `fuzz/`. Only a fuzzer's build has them; they are not part of
//! the API.

use crate::discovery::issuer;
use crate::registration::registration::Registration;
#[cfg(feature = "jwt")]
pub use crate::token::fuzzing::{CompactToken, compact_token, key_set_verifies};
use ory_oidc_core::response::Decode;
use ory_oidc_gen::models::OAuth2Client;

/// Whether two issuers differ only by the slash of the root.
#[must_use]
pub fn differ_by_root_slash(one: &str, other: &str) -> bool {
    issuer::differ_by_root_slash(one, other)
}

/// Returns the registration in the body of a response (RFC 7591 §3.2.1), if it is one.
#[must_use]
pub fn registration(reply: &[u8]) -> Option<Registration> {
    Registration::from_reply(OAuth2Client::decode(reply).ok()?).ok()
}
