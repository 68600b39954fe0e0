//! Why a token is not believed.

use crate::Operation;
use std::fmt;

/// Which token it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenKind {
    /// A userinfo answer that is signed (OpenID Connect Core §5.3.2).
    UserInfo,
    /// A logout token (OpenID Connect Back-Channel Logout §2.4).
    Logout,
}

/// That a token does not prove what it must, and why. Nothing that it says is in here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenError {
    kind: TokenKind,
    problem: TokenProblem,
}

/// What is wrong with a token.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenProblem {
    /// It is longer than anything that is sent in earnest: over 1 MiB, or over 8 KiB of header.
    TooLarge,
    /// It is not three parts of base64url, or they are not JSON objects with members of the right
    /// types (RFC 7515 §7.1).
    Malformed,
    /// Its header or its claims name a member twice (RFC 7519 §4).
    DuplicateMember,
    /// Its algorithm is `none`: nobody signed it.
    Unsigned,
    /// Its algorithm is one with a shared secret, and the provider's keys are public.
    Symmetric,
    /// Its algorithm is neither the registered one nor, where none was registered, one that the
    /// provider advertises, or it is not known here (RFC 8725 §3.1).
    AlgorithmNotAllowed,
    /// Its header demands an extension (`crit`, `b64`, `zip`; RFC 7515 §4.1.11).
    CriticalHeader,
    /// Its header brings a key along, or says where to fetch one (`jwk`, `jku`, `x5c`, `x5u`).
    EmbeddedKey,
    /// It is encrypted.
    Encrypted,
    /// It holds another token instead of claims.
    Nested,
    /// It says that it was made for something else (`typ`; RFC 8725 §3.11).
    WrongType,
    /// The provider publishes no key of the name that it gives. If the provider changed its keys
    /// a moment ago, the same token may be good after the cool-down.
    UnknownKey,
    /// The key that it names is not one for its algorithm.
    WrongKey,
    /// The provider's key did not make its signature.
    BadSignature,
    /// It lacks a claim.
    ClaimMissing(&'static str),
    /// A claim is of the wrong type.
    ClaimMalformed(&'static str),
    /// Another issuer made it.
    WrongIssuer,
    /// It was made for another client.
    WrongAudience,
    /// It has expired (`exp`).
    Expired,
    /// It is not valid yet (`nbf`).
    NotYetValid,
    /// It was made in the future (`iat`): clocks differ by more than the leeway.
    IssuedInTheFuture,
    /// It was made too long ago to still be on its way (`iat`).
    TooOld,
    /// It does not say that somebody was logged out (`events`; OpenID Connect Back-Channel Logout
    /// §2.4).
    NoLogoutEvent,
    /// It has a `nonce`, as only an ID token may (OpenID Connect Back-Channel Logout §2.4).
    NonceForbidden,
    /// It was used before.
    Replayed,
}

impl TokenError {
    pub(crate) fn new(kind: TokenKind, problem: TokenProblem) -> Self {
        Self { kind, problem }
    }

    /// Which token it is.
    #[must_use]
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problem(&self) -> TokenProblem {
        self.problem
    }

    pub(crate) fn operation(self) -> Option<Operation> {
        (self.kind == TokenKind::UserInfo).then_some(Operation::UserInfo)
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
            Self::TooLarge => "is too large",
            Self::Malformed => "is not a signed JWT in its compact form",
            Self::DuplicateMember => "names a member twice",
            Self::Unsigned => "is not signed",
            Self::Symmetric => "is signed with a shared secret",
            Self::AlgorithmNotAllowed => {
                "is signed with an algorithm that is neither registered nor advertised"
            }
            Self::CriticalHeader => "demands an extension",
            Self::EmbeddedKey => "brings its own key",
            Self::Encrypted => "is encrypted",
            Self::Nested => "holds another token",
            Self::WrongType => "was made for something else",
            Self::UnknownKey => "names a key that the provider does not publish",
            Self::WrongKey => "names a key that is not for its algorithm",
            Self::BadSignature => "is not signed by the provider",
            Self::ClaimMissing(name) => return write!(f, "has no {name}"),
            Self::ClaimMalformed(name) => return write!(f, "has a {name} of the wrong type"),
            Self::WrongIssuer => "is another issuer's",
            Self::WrongAudience => "is for another client",
            Self::Expired => "has expired",
            Self::NotYetValid => "is not valid yet",
            Self::IssuedInTheFuture => "was made in the future",
            Self::TooOld => "was made too long ago",
            Self::NoLogoutEvent => "does not say that somebody was logged out",
            Self::NonceForbidden => "has a nonce, as an ID token has",
            Self::Replayed => "was used before",
        })
    }
}
