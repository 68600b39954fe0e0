//! The two servers.

use ory_oidc_mock::OryMock;
use ory_oidc_test_servers::Hydra;
use ory_oidc_test_servers::hydra::User;
use serde_json::Value;
use url::Url;

use super::case::Login;
use super::values::Values;

/// A server, and what a user does at it between the requests.
#[allow(async_fn_in_trait)] // for tests, which run on one thread
pub(super) trait Side {
    fn url(&self) -> &str;

    fn admin_url(&self) -> &str;

    fn login_page(&self) -> String;

    /// Creates the client and logs the user in. Returns the values of the log-in.
    async fn log_in(&self, login: &Login, user: &str) -> Values;

    /// Accepts a logout. Returns the URL with the `logout_verifier`.
    async fn accept_logout(&self, challenge: &str) -> String;
}

/// Returns the `logout_verifier` after the user accepted the logout.
pub(super) async fn verifier(side: &impl Side, challenge: &str) -> String {
    let back = side.accept_logout(challenge).await;
    let back = Url::parse(&back).expect("the verifier comes in a URL");
    let mut parameters = back.query_pairs();
    let verifier = parameters.find(|(name, _)| name == "logout_verifier");
    let (_, verifier) = verifier.expect("the URL has a verifier");
    verifier.into_owned()
}

impl Side for Hydra {
    fn url(&self) -> &str {
        self.public_url()
    }

    fn admin_url(&self) -> &str {
        self.admin().url()
    }

    fn login_page(&self) -> String {
        Hydra::login_page(self)
    }

    async fn log_in(&self, login: &Login, user: &str) -> Values {
        let client = self.admin().create_client(&login.client).await;
        let text = |name: &str| client[name].as_str().expect("Hydra created the client");
        let claims = login.claims.as_object().cloned().unwrap_or_default();
        let tokens = self
            .log_in(text("client_id"), Some(text("client_secret")))
            .user(User::new(user).claims(claims))
            .scope("openid email")
            .tokens()
            .await;
        let mut values = Values::default();
        values.set("id", text("client_id"));
        values.set("secret", text("client_secret"));
        values.set("token", text("registration_access_token"));
        values.set("access token", &tokens.access_token);
        values.set("ID token", tokens.id_token.as_deref().unwrap_or_default());
        values.set("cookie", tokens.browser.cookies(self.public_url()));
        values
    }

    async fn accept_logout(&self, challenge: &str) -> String {
        self.admin().accept_logout(challenge).await
    }
}

impl Side for OryMock {
    fn url(&self) -> &str {
        OryMock::url(self)
    }

    fn admin_url(&self) -> &str {
        OryMock::admin_url(self)
    }

    fn login_page(&self) -> String {
        format!("{}/oauth2/fallbacks/login", self.url())
    }

    async fn log_in(&self, login: &Login, user: &str) -> Values {
        let client = self.create_client(login.client.clone());
        let mut claims = login.claims.clone();
        claims
            .as_object_mut()
            .expect("the claims are an object")
            .entry("sub")
            .or_insert(Value::from(user));
        let mut values = Values::default();
        let token = self.issue_access_token_with_scopes(&client, ["openid", "email"], claims);
        values.set("access token", token);
        values.set("ID token", self.issue_id_token(&client, user));
        values.set("cookie", self.begin_session(user));
        values.set("token", self.rotate_registration_token(&client));
        let secret = self.client_secret(&client);
        values.set("secret", secret.expect("the client exists"));
        values.set("id", client);
        values
    }

    async fn accept_logout(&self, challenge: &str) -> String {
        OryMock::accept_logout(self, challenge)
    }
}
