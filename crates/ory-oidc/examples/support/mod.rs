//! The server of the examples: the one that `ORY_URL` names, or the mock server.

#![allow(dead_code)] // each example uses a part

use ory_oidc::{AccessToken, Client, ClientBuilder, IdToken};
use ory_oidc_mock::OryMock;
use serde_json::json;
use std::env;

/// A server for an example.
pub(crate) struct Server {
    /// The base URL.
    pub(crate) url: String,
    mock: Option<OryMock>,
}

impl Server {
    /// Returns the server that `ORY_URL` names, or starts a mock server, which this value owns.
    pub(crate) async fn from_env() -> Self {
        if let Ok(url) = env::var("ORY_URL") {
            return Self { url, mock: None };
        }
        let mock = OryMock::start().await;
        Self {
            url: mock.url().to_owned(),
            mock: Some(mock),
        }
    }

    /// Whether it is the mock server.
    pub(crate) fn is_mock(&self) -> bool {
        self.mock.is_some()
    }

    /// Returns a client builder. `ORY_ISSUER` names the issuer if it is not the base URL.
    pub(crate) fn client(&self) -> ClientBuilder {
        let builder = Client::builder(&self.url).user_agent("ory-oidc-example/0.1");
        match env::var("ORY_ISSUER") {
            Ok(issuer) => builder.issuer(issuer),
            Err(_) => builder,
        }
    }

    /// Returns the access token in `ORY_ACCESS_TOKEN`, or one of the mock server, issued to the client
    /// if one is given.
    pub(crate) fn access_token(&self, client_id: Option<&str>) -> Option<AccessToken> {
        let claims = json!({
            "sub": "user-123",
            "name": "Zoë Example",
            "email": "zoe@app.example",
            "email_verified": true,
            "groups": ["staff", "admins"],
        });
        match (&self.mock, client_id) {
            (Some(mock), Some(id)) => Some(mock.issue_access_token_for(id, claims).into()),
            (Some(mock), None) => Some(mock.issue_access_token(claims).into()),
            (None, _) => env::var("ORY_ACCESS_TOKEN").ok().map(AccessToken::from),
        }
    }

    /// Returns the ID token in `ORY_ID_TOKEN`, or one that the mock server issues to a client.
    pub(crate) fn id_token(&self, client_id: Option<&str>) -> Option<IdToken> {
        match (&self.mock, client_id) {
            (Some(mock), Some(id)) => Some(mock.issue_id_token(id, "user-123").into()),
            _ => env::var("ORY_ID_TOKEN").ok().map(IdToken::from),
        }
    }
}
