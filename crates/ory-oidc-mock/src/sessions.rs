//! The login app's part: user sessions and consent to logout.

use crate::backchannel_logout::BackchannelLogout;
use crate::mock::OryMock;
use crate::{logout, session_cookie};

/// User sessions and consent to logout, which are the login app's part.
impl OryMock {
    /// Starts a session for a user, or finds the existing one. Returns the value of the `Cookie`
    /// header that the user's browser sends.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// let cookie = ory.begin_session("user-1");
    /// assert!(cookie.starts_with("ory_hydra_session="));
    /// ```
    #[must_use]
    pub fn begin_session(&self, subject: &str) -> String {
        let now = self.shared.clock.unix_now();
        session_cookie::pair(self.shared.state().session_of(subject, now))
    }

    /// Whether a user has a session. Logout ends it.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert!(!ory.has_session("user-1"));
    /// ```
    #[must_use]
    pub fn has_session(&self, subject: &str) -> bool {
        self.shared
            .state()
            .sessions
            .iter()
            .any(|session| session.subject == subject)
    }

    /// Accepts a logout request, as the login app does when the user agrees.
    ///
    /// Takes the `logout_challenge`, or the whole URL that the browser was redirected to. Returns
    /// the URL with the `logout_verifier` that the browser must open next.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start().await;
    /// let client = ory.create_client(json!({"client_id": "my-app"}));
    /// let id_token = ory.issue_id_token(&client, "user-1");
    /// let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    ///
    /// let logout = format!("{}/oauth2/sessions/logout?id_token_hint={id_token}", ory.url());
    /// let to_login_app = browser.get(logout).send().await?;
    /// let back = ory.accept_logout(to_login_app.headers()["location"].to_str()?);
    /// assert_eq!(browser.get(back).send().await?.status(), 302);
    /// assert!(!ory.has_session("user-1"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If no pending logout request has this challenge.
    #[must_use]
    pub fn accept_logout(&self, challenge: &str) -> String {
        match logout::accept(&self.shared, challenge) {
            Some(url) => url,
            None => panic!("no pending logout request has this challenge"),
        }
    }

    /// Returns the calls to the `backchannel_logout_uri` of clients, in order. Waits until each client has
    /// responded, for at most 5 seconds.
    ///
    /// As in Hydra, a session that ends at the logout endpoint calls each of its clients, and so does
    /// `DELETE /admin/oauth2/auth/sessions/login?sid=…`. With `?subject=…`, nobody is called. The mock
    /// server calls only `http` at the loopback interface, and calls each client once; Hydra repeats a call
    /// that failed.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start().await;
    /// let uri = "http://127.0.0.1:9/logout"; // nobody listens there
    /// let client = ory.create_client(json!({"backchannel_logout_uri": uri}));
    /// let id_token = ory.issue_id_token(&client, "user-1");
    /// let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    /// let logout = format!("{}/oauth2/sessions/logout?id_token_hint={id_token}", ory.url());
    /// let to_login_app = browser.get(logout).send().await?;
    /// browser.get(ory.accept_logout(to_login_app.headers()["location"].to_str()?)).send().await?;
    ///
    /// let calls = ory.backchannel_logouts().await;
    /// assert_eq!(calls[0].client_id(), client);
    /// assert!(!calls[0].succeeded());
    /// assert!(calls[0].failure().is_some_and(|failure| failure.starts_with("no connection")));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn backchannel_logouts(&self) -> Vec<BackchannelLogout> {
        let mut pending = self.shared.state().back_channel.pending.subscribe();
        // The sender lives as long as the mock server.
        let _ = pending.wait_for(|pending| *pending == 0).await;
        self.shared.state().back_channel.calls.clone()
    }
}
