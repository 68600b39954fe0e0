//! The pages of the login app.

use super::OryMockBuilder;

/// The pages of the login app.
impl OryMockBuilder {
    /// Sets the URL of the login app's login page (default: a page of the mock server). It gets the
    /// parameter `login_challenge`, and answers with
    /// `PUT /admin/oauth2/auth/requests/login/accept` or `…/reject` at [`OryMock::admin_url`](crate::OryMock::admin_url).
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().login_url("https://login.example/login").start_blocking();
    /// ```
    pub fn login_url(mut self, url: impl Into<String>) -> Self {
        self.login_url = Some(url.into());
        self
    }

    /// Sets the URL of the login app's consent page (default: none; every user agrees at once to
    /// all scopes). It gets the parameter `consent_challenge`, and answers with
    /// `PUT /admin/oauth2/auth/requests/consent/accept` or `…/reject` at [`OryMock::admin_url`](crate::OryMock::admin_url).
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().consent_url("https://login.example/consent").start_blocking();
    /// ```
    pub fn consent_url(mut self, url: impl Into<String>) -> Self {
        self.consent_url = Some(url.into());
        self
    }

    /// Sets the URL of the login app's logout page, which asks for consent (default: a page of the
    /// mock server).
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().logout_url("https://login.example/logout").start_blocking();
    /// ```
    pub fn logout_url(mut self, url: impl Into<String>) -> Self {
        self.logout_url = Some(url.into());
        self
    }

    /// Sets the URL that a browser is redirected to after a logout without a
    /// `post_logout_redirect_uri` (default: a page of the mock server).
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().post_logout_url("https://app.example/bye").start_blocking();
    /// ```
    pub fn post_logout_url(mut self, url: impl Into<String>) -> Self {
        self.post_logout_url = Some(url.into());
        self
    }
}
