//! Checks a logout request before the browser sends it.

use super::end_session::EndSession;
use super::hint::Hint;
use super::near_miss::NearMiss;
use super::problem::LogoutProblem;
use super::state::LogoutState;
use crate::credentials::IdToken;
use crate::registration::registration::Registration;
use ory_oidc_core::platform::now;
use ory_oidc_core::text::clip;
use std::time::UNIX_EPOCH;

/// The most audiences of an ID token that a problem names.
const MAX_AUDIENCES: usize = 10;

/// The tolerance for clocks that differ, in seconds.
const CLOCK_TOLERANCE: f64 = 60.0;

impl EndSession {
    /// Returns the reasons why Ory would refuse the request, before the browser ends on an error
    /// page. If there are none, Ory accepts it. Sends nothing.
    ///
    /// The ID token is decoded, not verified: it may still be forged, or signed with a key that the
    /// server no longer has. It may have expired. If the registration was restored by id and
    /// token, read it first.
    ///
    /// Ory ignores `client_id`. Other servers refuse one that is not the ID token's (OpenID Connect
    /// RP-Initiated Logout §2).
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// # use ory_oidc::Registration;
    /// # use ory_oidc::logout::LogoutProblem;
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
                Ok(hint) => self.check_hint(&hint, registration, &mut problems),
                Err(reason) => problems.push(LogoutProblem::HintUnreadable { reason }),
            }
        } else {
            let requiring = [("state", state), ("post_logout_redirect_uri", uri)];
            let requiring = requiring.into_iter().filter(|(_, value)| value.is_some());
            problems
                .extend(requiring.map(|(parameter, _)| LogoutProblem::HintMissing { parameter }));
        }
        problems.extend(uri.and_then(|uri| check_redirect_uri(uri, registration)));
        problems
    }

    fn check_hint(&self, hint: &Hint, to: &Registration, problems: &mut Vec<LogoutProblem>) {
        let issuer = hint.text("iss");
        if !issuer.is_some_and(|found| self.issuer.matches(found)) {
            problems.push(LogoutProblem::HintFromOtherIssuer {
                expected: self.issuer.as_str().to_owned(),
                found: issuer.map(clip),
            });
        }
        let audiences = hint.audiences();
        let is_own = audiences.contains(&to.client_id());
        // Ory accepts the ID token of any of its clients, but compares the URI with those of that client.
        let has_uri = sent(self.post_logout_redirect_uri.as_deref()).is_some();
        if !is_own && (has_uri || audiences.is_empty()) {
            problems.push(LogoutProblem::HintForOtherClient {
                expected: to.client_id().to_owned(),
                audiences: audiences
                    .into_iter()
                    .take(MAX_AUDIENCES)
                    .map(clip)
                    .collect(),
            });
        }
        for claim in ["sid", "sub"] {
            if hint.text(claim).is_none() {
                problems.push(LogoutProblem::HintClaimMissing { claim });
            }
        }
        let now = now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs_f64();
        match hint.issued_at() {
            None => problems.push(LogoutProblem::HintClaimMissing { claim: "iat" }),
            Some(issued_at) if issued_at > now + CLOCK_TOLERANCE => {
                problems.push(LogoutProblem::HintFromTheFuture);
            }
            Some(_) => {}
        }
    }
}

/// Returns a parameter unless it is empty: Ory treats an empty parameter as absent.
fn sent(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn check_redirect_uri(uri: &str, registration: &Registration) -> Option<LogoutProblem> {
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
