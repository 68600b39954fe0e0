//! The mock server as a target.

use crate::target::{Target, jwt_strategy};
use ory_oidc::{AccessToken, IdToken, Registration};
use ory_oidc_mock::OryMock;
use ory_oidc_test_servers::hydra::LogoutReceiver;
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use url::Url;

/// Opens a URL as a browser does. Returns where it is redirected to.
async fn open(url: &str) -> String {
    let browser = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none());
    let browser = browser.build().expect("the settings are valid");
    let response = browser.get(url).send().await.expect("a response");
    let location = response.headers().get(LOCATION).expect("a redirect");
    location.to_str().expect("Location is in ASCII").to_owned()
}

impl Target for OryMock {
    fn url(&self) -> &str {
        OryMock::url(self)
    }

    fn issuer(&self) -> &str {
        OryMock::issuer(self)
    }

    async fn access_token(&self, client: Option<&Registration>, claims: Value) -> AccessToken {
        match client {
            Some(client) => self
                .issue_access_token_for(client.client_id(), claims)
                .into(),
            None => self.issue_access_token(claims).into(),
        }
    }

    async fn jwt_access_token(
        &self,
        client: &Registration,
        scopes: &[&str],
        subject: &str,
    ) -> Option<AccessToken> {
        let id = client.client_id();
        self.patch_client(id, jwt_strategy());
        let scopes = scopes.iter().copied();
        let claims = json!({"sub": subject});
        Some(
            self.issue_access_token_with_scopes(id, scopes, claims)
                .into(),
        )
    }

    async fn id_token(&self, client: &Registration, subject: &str) -> IdToken {
        self.issue_id_token(client.client_id(), subject).into()
    }

    /// Logs the user out. Returns the token that the mock server sends.
    async fn logout_token(&self, client: &Registration, subject: &str) -> Option<String> {
        let mut receiver = LogoutReceiver::start();
        let uri =
            json!([{"op": "replace", "path": "/backchannel_logout_uri", "value": receiver.url()}]);
        self.patch_client(client.client_id(), uri);
        let hint = self.issue_id_token(client.client_id(), subject);
        let logout = format!("{}/oauth2/sessions/logout", OryMock::url(self));
        let logout = Url::parse_with_params(&logout, [("id_token_hint", hint)]);
        let to_login_app = open(logout.expect("the URL is valid").as_str()).await;
        open(&self.accept_logout(&to_login_app)).await;
        let token = receiver.next().await;
        let calls = self.backchannel_logouts().await;
        let call = calls.last().expect("the client was called");
        assert!(call.succeeded() && call.logout_token() == token, "{call:?}");
        Some(token)
    }

    async fn rotate_keys(&self) {
        OryMock::rotate_keys(self);
    }
}
