//! Calls to the `backchannel_logout_uri` of clients, as tests see them.

use std::fmt;

/// A call to a client whose user was logged out (OpenID Connect Back-Channel Logout 1.0, section 2.5).
///
/// `Debug` does not show the logout token.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let ory = ory_oidc_mock::OryMock::start().await;
/// for call in ory.backchannel_logouts().await {
///     assert!(call.succeeded(), "{call:?}");
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct BackchannelLogout {
    client_id: String,
    uri: String,
    logout_token: String,
    /// `None` until the client responds.
    outcome: Option<Result<u16, String>>,
}

impl BackchannelLogout {
    pub(crate) fn new(client_id: &str, uri: &str, logout_token: String) -> Self {
        Self {
            client_id: client_id.to_owned(),
            uri: uri.to_owned(),
            logout_token,
            outcome: None,
        }
    }

    pub(crate) fn finish(&mut self, outcome: Result<u16, String>) {
        self.outcome = Some(outcome);
    }

    /// Returns the id of the client.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the client's `backchannel_logout_uri`.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Returns the logout token, which was sent as the form parameter `logout_token`.
    #[must_use]
    pub fn logout_token(&self) -> &str {
        &self.logout_token
    }

    /// Returns the status of the client's response. `None` if there was no response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        let outcome = self.outcome.as_ref()?;
        outcome.as_ref().ok().copied()
    }

    /// Returns why the client did not respond.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        let outcome = self.outcome.as_ref()?;
        outcome.as_ref().err().map(String::as_str)
    }

    /// Whether the client logged the user out: it responded with 200 or 204. Hydra expects one of them.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        matches!(self.status(), Some(200 | 204))
    }
}

impl fmt::Debug for BackchannelLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackchannelLogout")
            .field("client_id", &self.client_id)
            .field("uri", &self.uri)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
