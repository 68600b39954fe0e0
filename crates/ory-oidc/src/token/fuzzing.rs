//! Entry points for the fuzz targets of tokens and keys; see [`crate::fuzzing`].

use super::compact::Compact;
use super::error::{TokenKind, TokenProblem};
use super::key::Algorithm;
use super::keys::{Keys, Outcome};
use ory_oidc_core::json::check_object;

/// A parsed token that is not verified.
#[derive(Debug)]
pub struct CompactToken<'a> {
    /// `alg` of the header.
    pub algorithm: String,
    /// `kid` of the header.
    pub kid: Option<String>,
    /// The signed text: the encoded header and payload.
    pub message: &'a str,
    /// The decoded payload.
    pub payload: Vec<u8>,
    /// The decoded signature.
    pub signature: Vec<u8>,
}

/// Parses a token in compact form (RFC 7515 §7.1).
///
/// # Errors
/// Returns the problem of its form or its header.
pub fn compact_token(token: &str, kind: TokenKind) -> Result<CompactToken<'_>, TokenProblem> {
    let token = Compact::parse(token, kind)?;
    Ok(CompactToken {
        algorithm: token.algorithm,
        kid: token.kid,
        message: token.message,
        payload: token.payload,
        signature: token.signature,
    })
}

/// Whether a key set verifies a signature, by the key with this id or by any. [`None`] if it is not a
/// key set or the algorithm is not supported.
#[must_use]
pub fn key_set_verifies(
    key_set: &[u8],
    kid: Option<&str>,
    algorithm: &str,
    message: &[u8],
    signature: &[u8],
) -> Option<bool> {
    check_object(key_set).ok()?;
    let keys = Keys::new(serde_json::from_slice(key_set).ok()?)?;
    let algorithm = Algorithm::named(algorithm)?;
    let outcome = keys.verify(kid, algorithm, message, signature);
    Some(outcome == Outcome::Verified)
}
