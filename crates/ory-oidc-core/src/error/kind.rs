//! The kinds of errors.

/// The kind of an error, for programs to branch on.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client cannot be built with this configuration.
    Configuration,
    /// The request is invalid. Nothing was sent.
    InvalidRequest,
    /// No connection to the server could be opened. Nothing was sent.
    Connect,
    /// The response to a call that changes nothing did not arrive in time.
    Timeout,
    /// The connection closed before the response to a call that changes nothing was complete.
    ConnectionClosed,
    /// The server does not accept the credential: 401. Also a token that cannot be sent because it is
    /// empty or contains a character that no token has (RFC 6750 §2.1).
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
    /// The server or a gateway failed, and nothing was changed: 5xx or a 401 whose body reports a
    /// failure of Ory's database, in a call that changes nothing; or, in any call, a 400 whose body
    /// reports that the database aborted the transaction.
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
