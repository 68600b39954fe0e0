//! Answers and tokens that can be read, and must not be believed.

use crate::{FrontChannelLogoutError, LogoutCallbackError, Operation};
use std::fmt;

/// An answer that breaks a rule which protects the caller. What it said is not used.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ValidationError {
    /// The reply to a registration names no client (RFC 7591 §3.2.1).
    ClientIdMissing,
    /// A reply about one client names another (RFC 7592 §2.2: a server must not change it).
    ClientIdChanged {
        /// What the reply answers.
        operation: Operation,
    },
    /// The metadata is that of another issuer than the one asked for (OpenID Connect
    /// Discovery §4.3). None of it is exposed.
    IssuerMismatch {
        /// The issuer that was asked for.
        expected: String,
        /// What the metadata says.
        found: String,
    },
    /// The metadata names an endpoint at an origin that neither the issuer nor the caller stands
    /// for; [`ClientBuilder::trust_endpoint_origin`](crate::ClientBuilder::trust_endpoint_origin)
    /// permits one. None of the metadata is exposed.
    ForeignEndpoint {
        /// The member that names it.
        member: String,
        /// Where it is; [`None`] if it is no URL.
        origin: Option<String>,
    },
    /// A token does not prove what it must.
    #[cfg(feature = "jwt")]
    Token(crate::TokenError),
    /// Userinfo came as plain JSON, although it was registered to be signed.
    SignatureExpected,
    /// Userinfo names no subject (OpenID Connect Core §5.3.2).
    SubjectMissing,
    /// Userinfo is about another user than expected (OpenID Connect Core §5.3.2).
    SubjectMismatch,
    /// A claim is missing or is not of the type that was asked for.
    Claim {
        /// The name of the claim.
        name: String,
        /// Whether the claim is there at all.
        present: bool,
    },
    /// A browser came back from a logout, and that does not mean that the user is logged out
    /// (OpenID Connect RP-Initiated Logout §3).
    LogoutCallback(Box<LogoutCallbackError>),
    /// An iframe asked for a logout that is not one of this client's provider (OpenID Connect
    /// Front-Channel Logout §2).
    FrontChannelLogout(FrontChannelLogoutError),
}

impl ValidationError {
    pub(super) fn operation(&self) -> Option<Operation> {
        match self {
            Self::ClientIdMissing => Some(Operation::Register),
            Self::ClientIdChanged { operation } => Some(*operation),
            Self::IssuerMismatch { .. } | Self::ForeignEndpoint { .. } => Some(Operation::Discover),
            Self::SubjectMissing | Self::SubjectMismatch | Self::SignatureExpected => {
                Some(Operation::UserInfo)
            }
            #[cfg(feature = "jwt")]
            Self::Token(error) => error.operation(),
            Self::Claim { .. } | Self::LogoutCallback(_) | Self::FrontChannelLogout(_) => None,
        }
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClientIdMissing => f.write_str("the reply names no client_id"),
            Self::ClientIdChanged { .. } => f.write_str("the reply is about another client_id"),
            Self::IssuerMismatch { expected, found } => write!(
                f,
                "the issuer is {:?}, but {expected:?} was asked for; \
                 if that is the right one, name it with ClientBuilder::issuer",
                crate::text::clip(found)
            ),
            Self::ForeignEndpoint { member, origin } => {
                match origin {
                    Some(origin) => write!(f, "{member} is at {}", crate::text::clip(origin))?,
                    None => write!(f, "{member} is no http or https URL")?,
                }
                f.write_str(
                    ", which is neither the issuer's nor the base URL's origin; \
                     if it is right, name it with ClientBuilder::trust_endpoint_origin",
                )
            }
            #[cfg(feature = "jwt")]
            Self::Token(error) => error.fmt(f),
            Self::SignatureExpected => {
                f.write_str("userinfo is not signed, although it was registered to be")
            }
            Self::SubjectMissing => f.write_str("userinfo has no sub"),
            Self::SubjectMismatch => f.write_str("userinfo is about another subject than expected"),
            Self::Claim {
                name,
                present: true,
            } => {
                write!(
                    f,
                    "the claim {name:?} is not of the type that was asked for"
                )
            }
            Self::Claim {
                name,
                present: false,
            } => write!(f, "there is no claim {name:?}"),
            Self::LogoutCallback(error) => error.fmt(f),
            Self::FrontChannelLogout(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ValidationError {}
