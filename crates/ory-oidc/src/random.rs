//! Cryptographically secure random bytes, from the libraries that the features bring.

use ory_oidc_core::error::RequestError;

/// Returns 256 random bits, twice the strength that a guess must overcome.
pub(crate) fn bytes() -> Result<[u8; 32], RequestError> {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| RequestError::new("state", "cannot be generated: no random bytes"))?;
    Ok(bytes)
}
