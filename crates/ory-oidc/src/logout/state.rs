//! `state`: ties the browser that comes back to the logout that it was sent away for.

use crate::secret::{equal, secret};

secret! {
    /// The `state` of a logout (OpenID Connect RP-Initiated Logout §2). Ory hands it back to the
    /// post-logout redirect URI; an answer without it is not the answer to this request.
    ///
    /// Keep it where only this browser's session finds it, by [`expose`](Self::expose) and
    /// [`new`](Self::new), and check it with [`LogoutCallback`](crate::LogoutCallback). `Debug`
    /// does not show it, and two are compared in constant time.
    ///
    /// ```
    /// use ory_oidc::LogoutState;
    ///
    /// let state = LogoutState::new("from-my-own-source-of-random-numbers");
    /// let kept = state.expose().to_owned(); // in the session
    /// assert_eq!(LogoutState::new(kept), state);
    /// assert_eq!(format!("{state:?}"), "LogoutState([redacted])");
    /// ```
    LogoutState
}

impl LogoutState {
    /// 256 bits from the system's source of random numbers, as 43 characters of base64url.
    ///
    /// The features `jwt`, `rustls` and `encryption` bring a library for that along. With none, this
    /// function is not there: make at least 128 bits yourself, and give them to
    /// [`LogoutState::new`].
    ///
    /// ```
    /// # fn main() -> Result<(), ory_oidc::Error> {
    /// # #[cfg(any(feature = "jwt", feature = "rustls", feature = "encryption"))] {
    /// use ory_oidc::LogoutState;
    ///
    /// let state = LogoutState::random()?;
    /// assert_ne!(state, LogoutState::random()?);
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotSent`](crate::Error::NotSent) when the system has no random numbers to give.
    #[cfg(any(feature = "jwt", feature = "rustls", feature = "encryption"))]
    pub fn random() -> Result<Self, crate::Error> {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;

        Ok(Self::new(URL_SAFE_NO_PAD.encode(crate::random::bytes()?)))
    }
}

impl From<&LogoutState> for LogoutState {
    fn from(state: &LogoutState) -> Self {
        state.clone()
    }
}

impl From<&String> for LogoutState {
    fn from(text: &String) -> Self {
        Self::new(text)
    }
}

/// Whether the `state` that came back is the one that was sent, in constant time. An absent
/// one matches nothing. [`LogoutCallback`](crate::LogoutCallback) does this and the rest.
///
/// ```
/// use ory_oidc::state_matches;
///
/// assert!(state_matches("xyz", Some("xyz")));
/// assert!(!state_matches("xyz", None));
/// ```
#[must_use]
pub fn state_matches(sent: &str, returned: Option<&str>) -> bool {
    returned.is_some_and(|returned| equal(sent, returned))
}

#[cfg(all(test, any(feature = "jwt", feature = "rustls", feature = "encryption")))]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn random_states_hold_256_bits_for_a_url_and_do_not_repeat() {
        let mut seen = HashSet::new();
        for _ in 0..100 {
            let state = LogoutState::random().expect("the system has random numbers");
            let text = state.expose();
            assert_eq!(text.len(), 43);
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            assert!(text.chars().all(plain), "it needs no escapes");
            assert!(seen.insert(text.to_owned()), "it came before");
        }
    }
}
