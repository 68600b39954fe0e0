//! The media type of a response.

use reqwest::header::{CONTENT_TYPE, HeaderMap};

/// Returns the media type without its parameters; empty if it is missing.
pub(crate) fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok());
    let value = value.unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}
