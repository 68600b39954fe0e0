//! Receives logout requests from an iframe (OpenID Connect Front-Channel Logout 1.0).

use super::client::Client;
use crate::logout::front_channel::FrontChannelLogout;
use ory_oidc_core::error::Error;

impl Client {
    /// Checks a request to the client's `frontchannel_logout_uri`, which the provider's logout page
    /// loads in an iframe (OpenID Connect Front-Channel Logout §2). Pass the query with or without
    /// `?`, the request target, or the URL. This method sends nothing.
    ///
    /// The request is not signed, so use it only to end a session. Always respond with
    /// `Cache-Control: no-cache, no-store`.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// # let ory = ory_oidc::Client::new("https://slug.projects.oryapis.com")?;
    /// let query = "?iss=https%3A%2F%2Fslug.projects.oryapis.com&sid=08a5019c";
    /// let logout = ory.front_channel_logout(query)?.require_session()?;
    /// assert!(logout.names_session("08a5019c"));
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`FrontChannelLogoutError`](crate::logout::FrontChannelLogoutError) if only one of `iss` and
    /// `sid` is present, if `iss` is not [`Client::issuer`], or if the query is invalid.
    pub fn front_channel_logout(&self, query: &str) -> Result<FrontChannelLogout, Error> {
        Ok(FrontChannelLogout::from_query(query, self.own_issuer())?)
    }
}
