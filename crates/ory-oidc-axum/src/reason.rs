//! Why a request is refused.

use axum::http::StatusCode;
use std::fmt;

/// The reason why a request is refused, for programs to branch on.
///
/// The response carries it as an extension, so that a layer outside can count or log it:
///
/// ```
/// use axum::response::Response;
/// use ory_oidc_axum::Reason;
///
/// fn count(response: &Response) {
///     if let Some(reason) = response.extensions().get::<Reason>() {
///         println!("refused: {reason}");
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// The request has no bearer token. 401, with a challenge that names no error (RFC 6750 §3.1).
    NoToken,
    /// The request has more than one `Authorization` header, or one that is not
    /// `Bearer` and one token (RFC 6750 §2.1). 400 `invalid_request`.
    InvalidRequest,
    /// The token is expired, revoked, changed, too long, unknown to Ory, or issued to another client than
    /// the one of [`BearerAuthBuilder::relying_party`](crate::BearerAuthBuilder::relying_party).
    /// 401 `invalid_token`.
    InvalidToken,
    /// The token lacks a scope. 403 `insufficient_scope`.
    InsufficientScope,
    /// Scopes are required, but those of the token are not known: see
    /// [`User::scopes`](crate::User::scopes). 403, without a challenge, because another token of the
    /// same kind would not help the client. Let Ory issue JWT access tokens.
    UnknownScopes,
    /// The user may not do this. 403.
    Forbidden,
    /// Ory cannot be reached, or its response cannot be used. 503 with `Retry-After`.
    Unavailable,
    /// Ory received too many requests. 503 with `Retry-After`.
    RateLimited,
    /// This process is verifying as many tokens as
    /// [`BearerAuthBuilder::max_calls`](crate::BearerAuthBuilder::max_calls) permits. 503 with
    /// `Retry-After`.
    Overloaded,
}

impl Reason {
    /// Returns the status of the response.
    ///
    /// ```
    /// use axum::http::StatusCode;
    /// use ory_oidc_axum::Reason;
    ///
    /// assert_eq!(Reason::InvalidToken.status(), StatusCode::UNAUTHORIZED);
    /// assert_eq!(Reason::Unavailable.status(), StatusCode::SERVICE_UNAVAILABLE);
    /// ```
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::NoToken | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::InsufficientScope | Self::UnknownScopes | Self::Forbidden => {
                StatusCode::FORBIDDEN
            }
            Self::Unavailable | Self::RateLimited | Self::Overloaded => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// Returns the `error` of the challenge (RFC 6750 §3.1).
    ///
    /// ```
    /// use ory_oidc_axum::Reason;
    ///
    /// assert_eq!(Reason::InvalidToken.error_code(), Some("invalid_token"));
    /// assert_eq!(Reason::NoToken.error_code(), None);
    /// ```
    #[must_use]
    pub fn error_code(self) -> Option<&'static str> {
        match self {
            Self::InvalidRequest => Some("invalid_request"),
            Self::InvalidToken => Some("invalid_token"),
            Self::InsufficientScope => Some("insufficient_scope"),
            _ => None,
        }
    }

    /// Whether the token may be valid: only Ory or this process could not verify it.
    pub(crate) fn is_failure(self) -> bool {
        self.status() == StatusCode::SERVICE_UNAVAILABLE
    }

    /// Whether the response has a challenge.
    pub(crate) fn has_challenge(self) -> bool {
        self == Self::NoToken || self.error_code().is_some()
    }

    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::NoToken => "the request has no bearer token",
            Self::InvalidRequest => "expected one Authorization header with Bearer and one token",
            Self::InvalidToken => "the access token is not valid, has expired or was revoked",
            Self::InsufficientScope => "the access token lacks a scope",
            Self::UnknownScopes => {
                "the scopes of the access token are not known: the authorization server must issue JWT access tokens (access_token_strategy: jwt)"
            }
            Self::Forbidden => "the user may not do this",
            Self::Unavailable => "the authorization server is not available",
            Self::RateLimited => "the authorization server received too many requests",
            Self::Overloaded => "too many access tokens are being verified",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.description())
    }
}
