//! The mock server as a target.

use crate::target::{Target, jwt_strategy};
use ory_oidc::{AccessToken, IdToken, Registration};
use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

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

    async fn logout_token(&self, client: &Registration, subject: &str) -> Option<String> {
        Some(self.issue_logout_token(client.client_id(), subject))
    }

    async fn rotate_keys(&self) {
        OryMock::rotate_keys(self);
    }
}
