//! What Ory would refuse, said before the browser leaves.

use super::hint::Hint;
use super::{EndSession, LogoutState};
use crate::text::clip;
use crate::{IdToken, Registration};
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// How far the clocks of two machines may be apart, in seconds.
const CLOCKS: f64 = 60.0;

/// Why Ory would refuse a logout, and what to do about it. Its [`Display`](fmt::Display) says
/// both, for developers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LogoutProblem {
    /// There is no ID token, and a parameter is sent that demands one.
    HintMissing {
        /// `state` or `post_logout_redirect_uri`.
        parameter: &'static str,
    },
    /// The ID token is not a signed JWT.
    HintUnreadable {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The ID token lacks a claim that Ory demands: `sid`, `sub` or `iat`.
    HintClaimMissing {
        /// The name of the claim.
        claim: &'static str,
    },
    /// The ID token was issued more than a minute from now.
    HintFromTheFuture,
    /// The ID token is one of another issuer than [`Client::issuer`](crate::Client::issuer).
    HintFromOtherIssuer {
        /// The issuer of this client's provider.
        expected: String,
        /// `iss` of the ID token; none when it has none.
        found: Option<String>,
    },
    /// The ID token was issued to another client.
    HintForOtherClient {
        /// The client of the registration.
        expected: String,
        /// `aud` of the ID token.
        audiences: Vec<String>,
    },
    /// The registration, as far as it is known, has no `post_logout_redirect_uris` at all.
    NoRedirectUriRegistered,
    /// The registration has other `post_logout_redirect_uris`.
    RedirectUriNotRegistered {
        /// By how little it differs from a registered one, if it is that little.
        near: Option<NearMiss>,
    },
    /// `client_id` is sent, and it is another than the registration's. The standard has the
    /// provider compare them (OpenID Connect RP-Initiated Logout §2).
    ClientIdMismatch {
        /// The client of the registration.
        expected: String,
        /// The `client_id` that is sent.
        found: String,
    },
}

/// By how little a URI differs from a registered one. Ory compares character by character.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NearMiss {
    /// By the slash at the end of its path.
    Slash,
    /// By the case of its letters.
    Case,
    /// By both.
    SlashAndCase,
}

impl NearMiss {
    fn between(one: &str, other: &str) -> Option<Self> {
        let bare = (without_slash(one), without_slash(other));
        let lower = |(path, rest): (&str, &str)| (path.to_lowercase(), rest.to_lowercase());
        if bare.0 == bare.1 {
            Some(Self::Slash)
        } else if one.to_lowercase() == other.to_lowercase() {
            Some(Self::Case)
        } else if lower(bare.0) == lower(bare.1) {
            Some(Self::SlashAndCase)
        } else {
            None
        }
    }
}

/// A URI up to the end of its path, without the slash there, and the rest.
fn without_slash(uri: &str) -> (&str, &str) {
    let (path, rest) = uri.split_at(uri.find(['?', '#']).unwrap_or(uri.len()));
    (path.strip_suffix('/').unwrap_or(path), rest)
}

impl fmt::Display for LogoutProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HintMissing { parameter } => write!(
                f,
                "{parameter} is sent without an ID token: \
                 give Client::end_session the user's ID token, or leave {parameter} out"
            ),
            Self::HintUnreadable { reason } => write!(
                f,
                "the ID token is not a signed JWT, as {reason}: give the id_token of the token \
                 response as it came, and neither the access token nor the refresh token"
            ),
            Self::HintClaimMissing { claim } => write!(
                f,
                "the ID token has no {claim}: give the id_token that came when the user logged in"
            ),
            Self::HintFromTheFuture => f.write_str(
                "the ID token is issued in the future: \
                 set the clocks of this machine and of the server",
            ),
            Self::HintFromOtherIssuer { expected, found } => {
                match found {
                    Some(found) => write!(f, "the ID token is of the issuer {:?}", clip(found))?,
                    None => f.write_str("the ID token is of no issuer")?,
                }
                write!(
                    f,
                    " and not of {:?}: give the ID token of that provider, or, if it is this one, \
                     name the issuer with ClientBuilder::issuer",
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
                    "the ID token was issued to {found} and not to the client {:?}: \
                     keep the ID tokens of each client with its registration",
                    clip(expected)
                )
            }
            Self::NoRedirectUriRegistered => f.write_str(
                "the registration is not known to have any post_logout_redirect_uris: read it \
                 with Client::read_registration if that was not done, else register the URI",
            ),
            Self::RedirectUriNotRegistered { near } => {
                f.write_str(match near {
                    None => "post_logout_redirect_uri is not a registered one",
                    Some(NearMiss::Slash) => {
                        "post_logout_redirect_uri differs from a registered one by the slash at \
                         the end of its path"
                    }
                    Some(NearMiss::Case) => {
                        "post_logout_redirect_uri differs from a registered one by the case of \
                         its letters"
                    }
                    Some(NearMiss::SlashAndCase) => {
                        "post_logout_redirect_uri differs from a registered one by the slash at \
                         the end of its path and the case of its letters"
                    }
                })?;
                f.write_str(
                    ": Ory compares character by character; send one of post_logout_redirect_uris \
                     as it is registered, or register this one by Client::update_registration",
                )
            }
            Self::ClientIdMismatch { expected, found } => write!(
                f,
                "client_id is {:?} and not the registration's {:?}: leave it out, or send that",
                clip(found),
                clip(expected)
            ),
        }
    }
}

impl EndSession {
    /// All that Ory would refuse, before the browser leaves and gets lost on an error page. Empty
    /// means that Ory will accept the request. Sends nothing.
    ///
    /// The ID token is decoded and not verified: it can still be a forged one, or one that is
    /// signed with a key that the server has forgotten. That it has expired does not matter.
    /// The registration counts as it is known: read it before, if it was restored.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// # use ory_oidc::{LogoutProblem, Registration};
    /// # let ory = ory_oidc::Client::new("https://slug.projects.oryapis.com")?;
    /// # let registration = Registration::from_saved("my-client", "ory_at_example".into());
    /// let request = ory.end_session(None).state("xyz");
    /// for problem in request.preflight(&registration) {
    ///     eprintln!("the logout would fail: {problem}");
    /// }
    /// # let parameter = "state";
    /// # assert_eq!(request.preflight(&registration), [LogoutProblem::HintMissing { parameter }]);
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[must_use]
    pub fn preflight(&self, registration: &Registration) -> Vec<LogoutProblem> {
        let mut problems = Vec::new();
        let uri = sent(self.post_logout_redirect_uri.as_deref());
        let state = sent(self.state.as_ref().map(LogoutState::expose));
        if let Some(hint) = sent(self.id_token_hint.as_ref().map(IdToken::expose)) {
            match Hint::decode(hint) {
                Ok(hint) => self.judge_hint(&hint, registration, &mut problems),
                Err(reason) => problems.push(LogoutProblem::HintUnreadable { reason }),
            }
        } else {
            let demanding = [("state", state), ("post_logout_redirect_uri", uri)];
            let demanding = demanding.into_iter().filter(|(_, value)| value.is_some());
            problems
                .extend(demanding.map(|(parameter, _)| LogoutProblem::HintMissing { parameter }));
        }
        problems.extend(uri.and_then(|uri| judge_redirect_uri(uri, registration)));
        let expected = registration.client_id();
        if let Some(found) = sent(self.client_id.as_deref()).filter(|id| *id != expected) {
            problems.push(LogoutProblem::ClientIdMismatch {
                expected: expected.to_owned(),
                found: found.to_owned(),
            });
        }
        problems
    }

    fn judge_hint(&self, hint: &Hint, to: &Registration, problems: &mut Vec<LogoutProblem>) {
        let issuer = hint.text("iss");
        if !issuer.is_some_and(|found| self.client.is_own_issuer(found)) {
            problems.push(LogoutProblem::HintFromOtherIssuer {
                expected: self.client.issuer().to_owned(),
                found: issuer.map(str::to_owned),
            });
        }
        let audiences = hint.audiences();
        if !audiences.contains(&to.client_id()) {
            problems.push(LogoutProblem::HintForOtherClient {
                expected: to.client_id().to_owned(),
                audiences: audiences.into_iter().map(str::to_owned).collect(),
            });
        }
        for claim in ["sid", "sub"] {
            if hint.text(claim).is_none() {
                problems.push(LogoutProblem::HintClaimMissing { claim });
            }
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs_f64();
        match hint.issued_at() {
            None => problems.push(LogoutProblem::HintClaimMissing { claim: "iat" }),
            Some(issued_at) if issued_at > now + CLOCKS => {
                problems.push(LogoutProblem::HintFromTheFuture);
            }
            Some(_) => {}
        }
    }
}

/// A parameter that Ory sees: it takes one without a value for absent.
fn sent(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn judge_redirect_uri(uri: &str, registration: &Registration) -> Option<LogoutProblem> {
    let registered = registration.granted().post_logout_redirect_uris.as_deref();
    match registered.unwrap_or_default() {
        [] => Some(LogoutProblem::NoRedirectUriRegistered),
        known if known.iter().any(|known| known == uri) => None,
        known => {
            let near = known.iter().find_map(|known| NearMiss::between(known, uri));
            Some(LogoutProblem::RedirectUriNotRegistered { near })
        }
    }
}
