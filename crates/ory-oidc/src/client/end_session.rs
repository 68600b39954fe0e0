//! Prepares logout requests (OpenID Connect RP-Initiated Logout 1.0).

use super::client::Client;
use crate::credentials::IdToken;
use crate::logout::end_session::EndSession;
use ory_oidc_gen::apis::oidc_api::REVOKE_OIDC_SESSION;

impl Client {
    /// Prepares a logout request for the user's browser (OpenID Connect RP-Initiated Logout §2).
    /// Most apps redirect the browser to [`EndSession::url`].
    ///
    /// The ID token tells the provider which session to end. An expired ID token is accepted. If
    /// you have no ID token, pass [`None`]. This method sends nothing.
    #[doc(alias = "revokeOidcSession")]
    pub fn end_session<'a>(&self, id_token_hint: impl Into<Option<&'a IdToken>>) -> EndSession {
        let base = self.endpoints().public_base();
        let endpoint = format!("{base}{}", REVOKE_OIDC_SESSION.path());
        let policy = self.configuration().url_policy();
        EndSession::new(self.own_issuer().clone(), endpoint, policy)
            .id_token_hint(id_token_hint.into().cloned())
    }
}
