//! An invalid setting.

use ory_oidc::error::UrlProblem;
use std::fmt;

/// A setting of [`BearerAuthBuilder`](crate::BearerAuthBuilder) is invalid.
///
/// ```
/// use ory_oidc_axum::{BearerAuth, InvalidSetting};
///
/// # fn example(ory: ory_oidc::Client) {
/// let built = BearerAuth::builder(ory).realm("my\napi").build();
/// assert_eq!(built.unwrap_err(), InvalidSetting::Realm);
/// # }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InvalidSetting {
    /// The realm contains a character that is not visible ASCII or a space.
    Realm,
    /// A scope is empty, or contains a character that a scope cannot have (RFC 6749 §3.3).
    Scope(String),
    /// The resource is not a URL that clients can use.
    Resource(UrlProblem),
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Realm => {
                f.write_str("invalid realm: expected visible ASCII characters and spaces")
            }
            Self::Scope(scope) => write!(
                f,
                "invalid scope {scope:?}: expected visible ASCII characters except `\"` and `\\`; pass each scope by itself"
            ),
            Self::Resource(problem) => write!(f, "invalid resource: {problem}"),
        }
    }
}

impl std::error::Error for InvalidSetting {}
