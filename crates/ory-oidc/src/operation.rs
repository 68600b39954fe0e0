//! The seven operations by their names.

use reqwest::StatusCode;
use std::fmt;
use std::time::Duration;

/// One of the seven operations, or the look at the provider's keys, as errors name it.
///
/// ```
/// assert_eq!(ory_oidc::Operation::Register.to_string(), "POST /oauth2/register");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /oauth2/register`
    Register,
    /// `GET /oauth2/register/{id}`
    ReadRegistration,
    /// `PUT /oauth2/register/{id}`
    UpdateRegistration,
    /// `DELETE /oauth2/register/{id}`
    DeleteRegistration,
    /// `GET /.well-known/openid-configuration`
    Discover,
    /// `GET /userinfo`
    UserInfo,
    /// `GET /oauth2/sessions/logout`
    EndSession,
    /// `GET` of the `jwks_uri` that the provider's metadata names (RFC 7517 §5)
    Keys,
}

impl Operation {
    /// Method and path, as in the description.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "POST /oauth2/register",
            Self::ReadRegistration => "GET /oauth2/register/{id}",
            Self::UpdateRegistration => "PUT /oauth2/register/{id}",
            Self::DeleteRegistration => "DELETE /oauth2/register/{id}",
            Self::Discover => "GET /.well-known/openid-configuration",
            Self::UserInfo => "GET /userinfo",
            Self::EndSession => "GET /oauth2/sessions/logout",
            Self::Keys => "GET jwks_uri",
        }
    }

    /// Whether it changes something at the server, so that repeating it can do harm.
    pub(crate) fn changes_something(self) -> bool {
        matches!(
            self,
            Self::Register | Self::UpdateRegistration | Self::DeleteRegistration
        )
    }

    /// Whether it reads or changes a client's registration.
    pub(crate) fn is_registration(self) -> bool {
        self.changes_something() || self == Self::ReadRegistration
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One exchange with the server, as
/// [`ClientBuilder::observe`](crate::ClientBuilder::observe) reports it: enough for metrics and
/// logs, and nothing that is secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Exchange {
    /// What was asked.
    pub operation: Operation,
    /// The status of the answer; [`None`] when none came.
    pub status: Option<StatusCode>,
    /// From the call until the answer was whole, or failed.
    pub elapsed: Duration,
}
