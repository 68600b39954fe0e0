//! The kinds of errors.

/// The kind of an error, for programs to branch on.
///
/// ```
/// use ory_oidc_core::error::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::Unauthorized => "log in again",
///         ErrorKind::OutcomeUnknown => "find out what the server did",
///         _ if error.is_retryable() => "try again later",
///         _ => "report it",
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client cannot be built with this configuration.
    Configuration,
    /// The request is invalid, and was not sent.
    InvalidRequest,
    /// No connection to the server could be opened. Nothing was sent.
    Connect,
    /// The response did not arrive in time. Only for calls that change nothing.
    Timeout,
    /// The connection closed before the response was complete. Only for calls that change nothing.
    ConnectionClosed,
    /// The server does not accept the credential: 401. Or the token is malformed: it is empty, or
    /// it contains a character that no token has (RFC 6750 §2.1). A malformed token is not sent.
    /// For calls that change nothing, also a 400 whose code is `invalid_token` or Ory's
    /// `token_signature_mismatch`.
    ///
    /// From userinfo: the access token is expired, revoked or wrong (RFC 6750 §3.1). Refresh it, or
    /// log the user in again. From a registration: the registration access token is wrong or was
    /// replaced, or the client was deleted; the server's response is the same in all of
    /// these cases (RFC 7592 §2.1).
    Unauthorized,
    /// The access token lacks a scope (RFC 6750 §3.1). See
    /// [`Error::required_scope`](crate::Error::required_scope).
    InsufficientScope,
    /// The server refuses the request: 403.
    Forbidden,
    /// The server has no such endpoint: 404. From a registration: dynamic client registration is
    /// disabled, or the base URL is not that of an Ory server.
    NotFound,
    /// The server received too many requests: 429. See
    /// [`Error::retry_after`](crate::Error::retry_after).
    RateLimited,
    /// The server or a gateway failed, and nothing was changed:
    ///
    /// - for calls that change nothing: 5xx, or a 401 whose body reports a failure of Ory's database;
    /// - for all calls: a 400 with which Ory reports a conflict of two database transactions.
    ///
    /// In WebAssembly, also a call that changes nothing and got no response: `fetch` does not tell why.
    Unavailable,
    /// The server returned another error response.
    ErrorResponse,
    /// The server may or may not have made the requested registration, update or deletion. Causes:
    ///
    /// - a time-out, or a closed connection;
    /// - a status that is neither a success nor a refusal: 1xx, 3xx, 408, 460, 499, and 500 or more;
    /// - a 401 whose body reports a failure of Ory's database, or a 401 to an update right after the
    ///   server accepted the same token for a read;
    /// - a response that cannot be decoded or fails a check.
    OutcomeUnknown,
    /// The response cannot be decoded.
    Decode,
    /// The response or a token fails a security check. See
    /// [`Error::validation`](crate::Error::validation).
    Validation,
}
