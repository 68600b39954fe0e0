//! The way in for the fuzz target of compact tokens; see [`crate::fuzzing`].

use super::compact::Compact;
use super::{TokenKind, TokenProblem};

/// A token whose form and header are right. Nothing of it is verified.
#[derive(Debug)]
pub struct CompactToken<'a> {
    /// `alg` of the header.
    pub algorithm: String,
    /// `kid` of the header.
    pub kid: Option<String>,
    /// What was signed: header and payload, encoded.
    pub message: &'a str,
    /// The payload, decoded.
    pub payload: Vec<u8>,
    /// The signature, decoded.
    pub signature: Vec<u8>,
}

/// Reads a token in the compact form (RFC 7515 §7.1).
///
/// # Errors
/// What is wrong with its form or its header.
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
