//! The key of a token in the cache.

use aws_lc_rs::digest::{SHA256, digest};

/// The SHA-256 hash of a token: a key that nobody can turn back into the token.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(crate) struct TokenHash([u8; 32]);

impl TokenHash {
    pub(crate) fn of(token: &str) -> Self {
        let hash = digest(&SHA256, token.as_bytes());
        Self(hash.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}
