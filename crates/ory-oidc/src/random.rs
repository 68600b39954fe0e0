//! Random numbers of the kind that nobody can guess, from what the features have brought along.

use crate::NotSentError;

/// 256 random bits: twice what a guess must be hard enough for.
pub(crate) fn bytes() -> Result<[u8; 32], NotSentError> {
    source().ok_or_else(|| NotSentError::new("state", "cannot be made: there are no random bytes"))
}

#[cfg(any(feature = "jwt", feature = "rustls"))]
fn source() -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(not(any(feature = "jwt", feature = "rustls")))]
fn source() -> Option<[u8; 32]> {
    use chacha20poly1305::aead::Generate as _;

    <[u8; 32]>::try_generate().ok()
}
