//! Userinfo fails a check.

use ory_oidc_core::Secret;
use ory_oidc_core::error::ValidationError;
use ory_oidc_core::operation::Operation;
use ory_oidc_gen::apis::oidc_api::GET_OIDC_USER_INFO;
use std::fmt;

/// Userinfo fails a check.
///
/// ```
/// use ory_oidc::userinfo::{UserInfo, UserInfoError};
///
/// let user: UserInfo = serde_json::from_str(r#"{"sub": "u1"}"#)?;
/// let error = user.claim::<u8>("age").unwrap_err();
/// let problem = error.validation();
/// assert!(matches!(problem, Some(UserInfoError::Claim { present: false, .. })));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum UserInfoError {
    /// Userinfo is plain JSON, although the client registered signed userinfo.
    SignatureExpected,
    /// Userinfo is a signed JWT and the request does not name the client that it must be for. Use
    /// [`UserInfoRequest::relying_party`](crate::client::UserInfoRequest::relying_party).
    Unverified(SignedUserInfo),
    /// Userinfo has no `sub`, or one that is empty or not a text (OpenID Connect Core §5.3.2).
    SubjectMissing,
    /// Userinfo is about another user (OpenID Connect Core §5.3.2).
    SubjectMismatch,
    /// A claim is missing or has another type than the caller asked for.
    Claim {
        /// The name of the claim; empty for the claims as a whole.
        name: String,
        /// Whether the claim is present.
        present: bool,
    },
}

impl ValidationError for UserInfoError {
    fn operation(&self) -> Option<Operation> {
        match self {
            Self::Claim { .. } => None,
            _ => Some(GET_OIDC_USER_INFO),
        }
    }
}

impl fmt::Display for UserInfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SignatureExpected => {
                f.write_str("userinfo is not signed, but the client registered signed userinfo")
            }
            Self::Unverified(_) => f.write_str(if cfg!(feature = "jwt") {
                "userinfo is signed; name the client with UserInfoRequest::relying_party to verify it"
            } else {
                "userinfo is signed; enable the feature jwt to verify it"
            }),
            Self::SubjectMissing => f.write_str("userinfo has no sub"),
            Self::SubjectMismatch => f.write_str("userinfo is about another subject than the expected one"),
            Self::Claim {
                name,
                present: true,
            } if name.is_empty() => f.write_str("the claims have another type"),
            Self::Claim {
                name,
                present: true,
            } => write!(f, "the claim {name:?} has another type"),
            Self::Claim {
                name,
                present: false,
            } => write!(f, "the claim {name:?} is missing"),
        }
    }
}

impl std::error::Error for UserInfoError {}

/// Userinfo as a signed JWT that nothing has verified. It occurs only in an error, never in a
/// result: its claims may be anything.
///
/// ```
/// use ory_oidc::userinfo::UserInfoError;
///
/// /// Returns signed userinfo, for another library to verify.
/// fn signed(error: &ory_oidc::Error) -> Option<&str> {
///     match error.validation()? {
///         UserInfoError::Unverified(signed) => Some(signed.unverified_compact()),
///         _ => None,
///     }
/// }
/// ```
#[derive(Clone)]
pub struct SignedUserInfo(Secret);

impl SignedUserInfo {
    pub(crate) fn new(compact: &str) -> Self {
        Self(compact.into())
    }

    /// Returns the unchanged compact form. Verify signature, `iss`, `aud` and `sub` before you use
    /// a claim (OpenID Connect Core §5.3.4).
    #[must_use]
    pub fn unverified_compact(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for SignedUserInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedUserInfo([redacted])")
    }
}
