//! The server of the examples: the one that `ORY_URL` names, or the mock server.

use ory_oidc::Client;
use ory_oidc_mock::OryMock;
use std::env;
use std::error::Error;

/// A server for an example.
pub(crate) struct Server {
    url: String,
    mock: Option<OryMock>,
}

#[allow(dead_code, reason = "each example uses a part")]
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

    /// Returns the base URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whether it is the mock server.
    pub(crate) fn is_mock(&self) -> bool {
        self.mock.is_some()
    }

    /// Returns a client. `ORY_ISSUER` names the issuer if it is not the base URL.
    pub(crate) fn client(&self) -> Result<Client, Box<dyn Error>> {
        let builder = Client::builder(&self.url).user_agent("ory-oidc-example/0.1");
        let builder = match env::var("ORY_ISSUER") {
            Ok(issuer) => builder.issuer(issuer),
            Err(_) => builder,
        };
        Ok(builder.build()?)
    }
}
