//! The `state` of a logout.

use crate::credentials::secret;
use ory_oidc_core::secret::constant_time_eq;

secret! {
    /// The `state` of a logout (OpenID Connect RP-Initiated Logout §2). Ory returns it to the
    /// post-logout redirect URI, so that the app can match the response to its request.
    ///
    /// Keep it in the browser's session by [`expose`](Self::expose) and [`new`](Self::new), and
    /// check it with [`LogoutCallback`](super::LogoutCallback). `Debug` does not show it, and
    /// comparison takes constant time.
    ///
    /// ```
    /// use ory_oidc::logout::LogoutState;
    ///
    /// let state = LogoutState::new("from-my-own-source-of-random-numbers");
    /// let kept = state.expose().to_owned(); // in the session
    /// assert_eq!(LogoutState::new(kept), state);
    /// assert_eq!(format!("{state:?}"), "LogoutState([redacted])");
    /// ```
    LogoutState
}

impl LogoutState {
    /// Generates a state of 256 random bits, as 43 characters of base64url.
    ///
    /// It needs the feature `jwt` or `rustls`, which bring a source of random numbers. Without them,
    /// generate at least 128 random bits yourself and use [`LogoutState::new`].
    ///
    /// ```
    /// # fn main() -> Result<(), ory_oidc::Error> {
    /// # #[cfg(any(feature = "jwt", feature = "rustls"))] {
    /// use ory_oidc::logout::LogoutState;
    ///
    /// let state = LogoutState::random()?;
    /// assert_ne!(state, LogoutState::random()?);
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::Request`](crate::Error::Request) if the system has no random numbers.
    #[cfg(any(feature = "jwt", feature = "rustls"))]
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

/// Whether the returned `state` is the one that was sent, in constant time. An absent one matches
/// nothing. [`LogoutCallback`](super::LogoutCallback) checks this and the rest.
///
/// ```
/// use ory_oidc::logout::state_matches;
///
/// assert!(state_matches("xyz", Some("xyz")));
/// assert!(!state_matches("xyz", None));
/// ```
#[must_use]
pub fn state_matches(sent: &str, returned: Option<&str>) -> bool {
    returned.is_some_and(|returned| constant_time_eq(sent, returned))
}
