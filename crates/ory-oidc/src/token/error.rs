//! A token fails verification.

use ory_oidc_core::error::ValidationError;
use ory_oidc_core::operation::Operation;
use ory_oidc_gen::apis::oidc_api::GET_OIDC_USER_INFO;
use std::fmt;

/// The kind of a token.
///
/// ```
/// use ory_oidc::token::{TokenError, TokenKind};
///
/// fn is_about_userinfo(error: &TokenError) -> bool {
///     error.kind() == TokenKind::UserInfo
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenKind {
    /// A signed userinfo response (OpenID Connect Core §5.3.2).
    UserInfo,
    /// A logout token (OpenID Connect Back-Channel Logout §2.4).
    Logout,
}

/// A token fails verification. The error contains no part of the token.
///
/// ```
/// use ory_oidc::token::{TokenError, TokenProblem};
///
/// fn was_used_before(error: &ory_oidc::Error) -> bool {
///     let error: Option<&TokenError> = error.validation();
///     error.is_some_and(|error| error.problem() == TokenProblem::Replayed)
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenError {
    kind: TokenKind,
    problem: TokenProblem,
}

/// The reason why a token fails verification.
///
/// ```
/// use ory_oidc::token::TokenProblem;
///
/// assert_eq!(TokenProblem::ClaimMissing("jti").to_string(), "has no jti");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenProblem {
    /// The token is larger than 1 MiB, or its header larger than 8 KiB.
    TooLarge,
    /// The token does not have three base64url parts, or they are not JSON objects with members of
    /// the right types (RFC 7515 §7.1).
    Malformed,
    /// The header or the claims have a duplicate member (RFC 7519 §4).
    DuplicateMember,
    /// The algorithm is `none`.
    Unsigned,
    /// The algorithm uses a shared secret, and the provider's keys are public.
    Symmetric,
    /// The algorithm is neither the registered one nor, if none is registered, one that the provider
    /// advertises, or it is not supported (RFC 8725 §3.1).
    AlgorithmNotAllowed,
    /// The header requires an extension (`crit`, `b64`, `zip`; RFC 7515 §4.1.11).
    CriticalHeader,
    /// The header contains a key or the URL of one (`jwk`, `jku`, `x5c`, `x5u`).
    EmbeddedKey,
    /// The token is encrypted.
    Encrypted,
    /// The token is a nested JWT: it contains another token instead of claims.
    Nested,
    /// The token has the wrong type (`typ`; RFC 8725 §3.11).
    WrongType,
    /// The provider does not publish the key that the token names. If the provider changed its keys
    /// a moment ago, the same token may verify after the cool-down.
    UnknownKey,
    /// The key that the token names is not for its algorithm.
    WrongKey,
    /// The provider publishes the key that the token names, but the key cannot be read or its type
    /// is not supported. [`KeySet::unreadable_key_ids`](crate::token::KeySet::unreadable_key_ids)
    /// lists such keys.
    UnreadableKey,
    /// No key that the provider publishes now made the signature.
    BadSignature,
    /// No cached key made the signature, and the keys were not fetched again because of the
    /// cool-down. If the provider changed its keys a moment ago, the same token may verify after the
    /// cool-down.
    UnknownSigner,
    /// A claim is missing.
    ClaimMissing(&'static str),
    /// A claim has the wrong type.
    ClaimMalformed(&'static str),
    /// The token is from another issuer.
    WrongIssuer,
    /// The token is for another client.
    WrongAudience,
    /// The token has expired (`exp`).
    Expired,
    /// The token is not valid yet (`nbf`).
    NotYetValid,
    /// The token was issued in the future (`iat`): the clocks differ by more than the leeway.
    IssuedInTheFuture,
    /// The token was issued too long ago (`iat`).
    TooOld,
    /// The token has no logout event (`events`; OpenID Connect Back-Channel Logout §2.4).
    NoLogoutEvent,
    /// The token has a claim that only another kind of token has (RFC 8725 §3.12): it is an ID
    /// token, an access token or a logout token.
    ClaimForbidden(&'static str),
    /// The token was already used.
    Replayed,
}

impl TokenError {
    pub(crate) fn new(kind: TokenKind, problem: TokenProblem) -> Self {
        Self { kind, problem }
    }

    /// Returns the kind of the token.
    #[must_use]
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// Returns the reason.
    #[must_use]
    pub fn problem(&self) -> TokenProblem {
        self.problem
    }
}

impl ValidationError for TokenError {
    fn operation(&self) -> Option<Operation> {
        (self.kind == TokenKind::UserInfo).then_some(GET_OIDC_USER_INFO)
    }

    fn is_retryable(&self) -> bool {
        // The provider may be about to publish the key.
        matches!(
            self.problem,
            TokenProblem::UnknownKey | TokenProblem::UnknownSigner
        )
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TokenKind::UserInfo => "the signed userinfo ",
            TokenKind::Logout => "the logout token ",
        })?;
        self.problem.fmt(f)
    }
}

impl std::error::Error for TokenError {}

impl fmt::Display for TokenProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLarge => "is larger than 1 MiB, or its header is larger than 8 KiB",
            Self::Malformed => "is not a signed JWT in compact form",
            Self::DuplicateMember => "has two members of the same name",
            Self::Unsigned => "is not signed",
            Self::Symmetric => "is signed with a symmetric algorithm, such as HS256",
            Self::AlgorithmNotAllowed => {
                "has an algorithm that is not supported, or is neither registered nor advertised"
            }
            Self::CriticalHeader => "requires an unsupported extension (crit, b64 or zip)",
            Self::EmbeddedKey => "contains its own key or its URL (jwk, jku, x5c or x5u)",
            Self::Encrypted => "is encrypted",
            Self::Nested => "is a nested JWT",
            Self::WrongType => "has the wrong type (typ)",
            Self::UnknownKey => "names a key that the provider does not publish",
            Self::WrongKey => "names a key that is not for its algorithm",
            Self::UnreadableKey => "names a key that cannot be read or whose type is not supported",
            Self::BadSignature => "has a signature that no key of the provider made",
            Self::UnknownSigner => {
                "has a signature that no cached key made; the keys were fetched too recently to \
                 fetch them again"
            }
            Self::ClaimMissing(name) => return write!(f, "has no {name}"),
            Self::ClaimMalformed(name) => return write!(f, "has a {name} of the wrong type"),
            Self::WrongIssuer => "is from another issuer",
            Self::WrongAudience => "is for another client",
            Self::Expired => "has expired",
            Self::NotYetValid => "is not valid yet",
            Self::IssuedInTheFuture => {
                "was issued in the future; compare the clocks of this machine and of the provider"
            }
            Self::TooOld => "was issued too long ago",
            Self::NoLogoutEvent => "has no logout event",
            Self::ClaimForbidden(name) => {
                return write!(f, "has {name}, which belongs to another kind of token");
            }
            Self::Replayed => "was already used",
        })
    }
}
