//! The `error` code of an error response.

use crate::text::clip;
use std::fmt;

/// The `error` code of an error response: a code of RFC 6749 §5.2, RFC 6750 §3.1 or RFC 7591 §3.2.2,
/// or any other text. Ory often sends a sentence instead of a code.
///
/// ```
/// use ory_oidc_core::error_code::ErrorCode;
///
/// assert_eq!(ErrorCode::from("invalid_token"), ErrorCode::InvalidToken);
/// assert_eq!(ErrorCode::from("teapot").as_str(), "teapot");
/// ```
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum ErrorCode {
    /// `invalid_request`
    InvalidRequest,
    /// `invalid_token`
    InvalidToken,
    /// `insufficient_scope`
    InsufficientScope,
    /// `invalid_redirect_uri`
    InvalidRedirectUri,
    /// `invalid_client_metadata`
    InvalidClientMetadata,
    /// `invalid_software_statement`
    InvalidSoftwareStatement,
    /// `unapproved_software_statement`
    UnapprovedSoftwareStatement,
    /// `invalid_client`
    InvalidClient,
    /// `access_denied`
    AccessDenied,
    /// `request_unauthorized`: Ory's code for a missing or wrong access token
    RequestUnauthorized,
    /// `server_error`
    ServerError,
    /// `temporarily_unavailable`
    TemporarilyUnavailable,
    /// Any other code or sentence.
    Other(String),
}

const CODES: [(&str, ErrorCode); 12] = [
    ("invalid_request", ErrorCode::InvalidRequest),
    ("invalid_token", ErrorCode::InvalidToken),
    ("insufficient_scope", ErrorCode::InsufficientScope),
    ("invalid_redirect_uri", ErrorCode::InvalidRedirectUri),
    ("invalid_client_metadata", ErrorCode::InvalidClientMetadata),
    (
        "invalid_software_statement",
        ErrorCode::InvalidSoftwareStatement,
    ),
    (
        "unapproved_software_statement",
        ErrorCode::UnapprovedSoftwareStatement,
    ),
    ("invalid_client", ErrorCode::InvalidClient),
    ("access_denied", ErrorCode::AccessDenied),
    ("request_unauthorized", ErrorCode::RequestUnauthorized),
    ("server_error", ErrorCode::ServerError),
    ("temporarily_unavailable", ErrorCode::TemporarilyUnavailable),
];

impl ErrorCode {
    /// Returns the code as the server sent it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        if let Self::Other(text) = self {
            return text;
        }
        CODES
            .iter()
            .find(|(_, code)| code == self)
            .map_or("", |(text, _)| text)
    }
}

impl From<&str> for ErrorCode {
    fn from(text: &str) -> Self {
        let known = CODES.iter().find(|(known, _)| *known == text);
        known.map_or_else(|| Self::Other(text.to_owned()), |(_, code)| code.clone())
    }
}

impl From<String> for ErrorCode {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// Shows the code like [`clip`].
impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clip(self.as_str()))
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ErrorCode({:?})", clip(self.as_str()))
    }
}
