//! Where the examples find a server: the one that `ORY_URL` names, else the double.

// Each example uses a part of this.
#![allow(dead_code)]

use ory_oidc::{AccessToken, Client, ClientBuilder, IdToken};
use ory_oidc_mock::OryMock;
use serde_json::json;
use std::env;

/// A server to try things on.
pub(crate) struct Server {
    /// Its base URL.
    pub(crate) url: String,
    double: Option<OryMock>,
}

impl Server {
    /// The server that `ORY_URL` names, or a double that lives as long as this value.
    pub(crate) async fn from_env() -> Self {
        if let Ok(url) = env::var("ORY_URL") {
            return Self { url, double: None };
        }
        let double = OryMock::start().await;
        Self {
            url: double.url().to_owned(),
            double: Some(double),
        }
    }

    /// Whether it is the double.
    pub(crate) fn is_double(&self) -> bool {
        self.double.is_some()
    }

    /// A client for it. `ORY_ISSUER` names the issuer where it is not the base URL.
    pub(crate) fn client(&self) -> ClientBuilder {
        let builder = Client::builder(&self.url).user_agent("ory-oidc-example/0.1");
        match env::var("ORY_ISSUER") {
            Ok(issuer) => builder.issuer(issuer),
            Err(_) => builder,
        }
    }

    /// The access token in `ORY_ACCESS_TOKEN`, or one that the double issues, to a client if it is
    /// given.
    pub(crate) fn access_token(&self, client_id: Option<&str>) -> Option<AccessToken> {
        let claims = json!({
            "sub": "user-123",
            "name": "Zoë Example",
            "email": "zoe@app.example",
            "email_verified": true,
            "groups": ["staff", "admins"],
        });
        match (&self.double, client_id) {
            (Some(double), Some(id)) => Some(double.issue_access_token_for(id, claims).into()),
            (Some(double), None) => Some(double.issue_access_token(claims).into()),
            (None, _) => env::var("ORY_ACCESS_TOKEN").ok().map(AccessToken::from),
        }
    }

    /// The ID token in `ORY_ID_TOKEN`, or one that the double issues to a client.
    pub(crate) fn id_token(&self, client_id: Option<&str>) -> Option<IdToken> {
        match (&self.double, client_id) {
            (Some(double), Some(id)) => Some(double.issue_id_token(id, "user-123").into()),
            _ => env::var("ORY_ID_TOKEN").ok().map(IdToken::from),
        }
    }
}
