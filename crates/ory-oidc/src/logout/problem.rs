//! The reasons why Ory would refuse a logout.

use super::near_miss::NearMiss;
use ory_oidc_core::text::clip;
use std::fmt;

/// A reason why Ory would refuse a logout. [`Display`](fmt::Display) says how to fix it.
///
/// ```
/// use ory_oidc::logout::LogoutProblem;
///
/// # let ory = ory_oidc::Client::new("http://localhost:4444")?;
/// # let registration = ory_oidc::Registration::from_saved("my-client", "ory_at_example".into());
/// let problems = ory.end_session(None).state("xyz").preflight(&registration);
/// assert_eq!(problems, [LogoutProblem::HintMissing { parameter: "state" }]);
/// println!("{}", problems[0]);
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LogoutProblem {
    /// A parameter is sent that requires an ID token, but the ID token is missing.
    HintMissing {
        /// The parameter: `state` or `post_logout_redirect_uri`.
        parameter: &'static str,
    },
    /// The ID token is not a signed JWT.
    HintUnreadable {
        /// The reason.
        reason: &'static str,
    },
    /// The ID token lacks a claim that Ory requires: `sid`, `sub` or `iat`.
    HintClaimMissing {
        /// The name of the claim.
        claim: &'static str,
    },
    /// The ID token was issued more than a minute in the future.
    HintFromTheFuture,
    /// The ID token is from another issuer than [`Client::issuer`](crate::Client::issuer).
    HintFromOtherIssuer {
        /// The issuer of this client's provider.
        expected: String,
        /// The issuer of the ID token, if it has one.
        found: Option<String>,
    },
    /// The ID token was issued to another client or has no audience, and the post-logout redirect URI
    /// may not be registered with that client. Without a URI, Ory accepts an ID token of any of its
    /// clients.
    HintForOtherClient {
        /// The client id of the registration.
        expected: String,
        /// The audiences of the ID token.
        audiences: Vec<String>,
    },
    /// The registration has no `post_logout_redirect_uris`, as far as it is known.
    NoRedirectUriRegistered,
    /// The URI is not among the registration's `post_logout_redirect_uris`.
    RedirectUriNotRegistered {
        /// The small difference from a registered URI, if there is one.
        near: Option<NearMiss>,
    },
}

impl fmt::Display for LogoutProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HintMissing { parameter } => write!(
                f,
                "{parameter} requires an ID token: pass the user's ID token to \
                 Client::end_session, or omit {parameter}"
            ),
            Self::HintUnreadable { reason } => write!(
                f,
                "the ID token is not a signed JWT: {reason}; pass the id_token of the token \
                 response, not the access token or the refresh token"
            ),
            Self::HintClaimMissing { claim } => write!(
                f,
                "the ID token has no {claim}: pass the id_token of the user's login"
            ),
            Self::HintFromTheFuture => f.write_str(
                "the ID token was issued in the future: check the clocks of this machine and of \
                 the server",
            ),
            Self::HintFromOtherIssuer { expected, found } => {
                match found {
                    Some(found) => write!(f, "the ID token is from the issuer {:?}", clip(found))?,
                    None => f.write_str("the ID token has no issuer")?,
                }
                write!(
                    f,
                    ", expected {:?}: pass an ID token of that provider, or set \
                     ClientBuilder::issuer",
                    clip(expected)
                )
            }
            Self::HintForOtherClient {
                expected,
                audiences,
            } => {
                let found = match &audiences[..] {
                    [] => "nobody".to_owned(),
                    [one] => format!("{:?}", clip(one)),
                    [first, ..] => format!("{:?} and others", clip(first)),
                };
                write!(
                    f,
                    "the ID token was issued to {found}, expected the client {:?}: keep the ID \
                     tokens of each client apart",
                    clip(expected)
                )
            }
            Self::NoRedirectUriRegistered => f.write_str(
                "the registration has no post_logout_redirect_uris: register the URI, or read the \
                 registration first if it was restored by id and token",
            ),
            Self::RedirectUriNotRegistered { near } => {
                f.write_str(match near {
                    None => "post_logout_redirect_uri is not registered",
                    Some(NearMiss::Slash) => {
                        "post_logout_redirect_uri differs from a registered one by a trailing slash"
                    }
                    Some(NearMiss::Case) => {
                        "post_logout_redirect_uri differs from a registered one by upper and lower \
                         case"
                    }
                    Some(NearMiss::SlashAndCase) => {
                        "post_logout_redirect_uri differs from a registered one by a trailing slash \
                         and by upper and lower case"
                    }
                })?;
                f.write_str(
                    ": Ory compares exactly; send a registered URI, or register this one by \
                     Client::update_registration",
                )
            }
        }
    }
}
