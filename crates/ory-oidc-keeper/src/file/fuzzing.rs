//! The entry point for a fuzz target; see [`crate::fuzzing`].

use super::format::{decode, decode_key};

/// Reads a file. Returns its version and its content.
///
/// # Errors
/// The problem of a file that cannot be read.
pub fn file(text: &[u8]) -> Result<(u64, String), String> {
    let entry = decode(text, &decode_key(text)?)?;
    Ok((entry.version.0, entry.content.expose().to_owned()))
}
