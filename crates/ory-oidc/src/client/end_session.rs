//! Prepares logout requests (OpenID Connect RP-Initiated Logout 1.0).

use super::client::Client;
use crate::credentials::IdToken;
use crate::logout::end_session::EndSession;

impl Client {
    /// Prepares a logout request for the user's browser (OpenID Connect RP-Initiated Logout §2).
    /// Most apps redirect the browser to [`EndSession::url`].
    ///
    /// The ID token tells the provider which session to end. An expired ID token is accepted. If
    /// you have no ID token, pass [`None`]. This method sends nothing.
    ///
    /// ```
    /// use ory_oidc::{Client, IdToken};
    ///
    /// let ory = Client::new("http://localhost:4444")?;
    /// let id_token = IdToken::new("eyJ…"); // of the user's login
    /// let request = ory
    ///     .end_session(&id_token)
    ///     .post_logout_redirect_uri("https://app.example/bye");
    /// let redirect_to = request.url()?;
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[doc(alias = "revokeOidcSession")]
    pub fn end_session<'a>(&self, id_token_hint: impl Into<Option<&'a IdToken>>) -> EndSession {
        let endpoint = self.endpoints().default_end_session();
        let policy = self.configuration().url_policy();
        EndSession::new(self.own_issuer().clone(), endpoint, policy)
            .id_token_hint(id_token_hint.into().cloned())
    }
}
