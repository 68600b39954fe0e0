//! Plain `reqwest`, which sends the same requests and reads the bodies without decoding
//! them. The other contenders are compared with this baseline.

use super::{Failure, ID_TOKEN, METADATA, POST_LOGOUT_REDIRECT_URI, STATE, TOKEN};
use crate::operation::Operation;
use crate::recorded::CLIENT_ID;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};

#[derive(Clone)]
pub(crate) struct Bare {
    client: Client,
    register: String,
    registration: String,
    discover: String,
    userinfo: String,
    logout: String,
}

impl Bare {
    pub(crate) fn new(address: &str) -> Result<Self, Failure> {
        let logout = [
            ("id_token_hint", ID_TOKEN),
            ("post_logout_redirect_uri", POST_LOGOUT_REDIRECT_URI),
            ("state", STATE),
        ];
        let logout =
            reqwest::Url::parse_with_params(&format!("{address}/oauth2/sessions/logout"), logout)?;
        Ok(Self {
            client: with_time_outs!(Client::builder())
                .redirect(Policy::none())
                .build()?,
            register: format!("{address}/oauth2/register"),
            registration: format!("{address}/oauth2/register/{CLIENT_ID}"),
            discover: format!("{address}/.well-known/openid-configuration"),
            userinfo: format!("{address}/userinfo"),
            logout: logout.into(),
        })
    }

    pub(crate) async fn call(&self, operation: Operation) -> Result<(), Failure> {
        let (method, url) = match operation {
            Operation::Register => (Method::POST, &self.register),
            Operation::Get => (Method::GET, &self.registration),
            Operation::Put => (Method::PUT, &self.registration),
            Operation::Delete => (Method::DELETE, &self.registration),
            Operation::Discover | Operation::DiscoverUnchanged | Operation::DiscoverCached => {
                (Method::GET, &self.discover)
            }
            Operation::UserInfo => (Method::GET, &self.userinfo),
            Operation::Logout => (Method::GET, &self.logout),
        };
        let mut request = self
            .client
            .request(method, url)
            .header(ACCEPT, "application/json");
        if matches!(operation, Operation::Register | Operation::Put) {
            request = request
                .header(CONTENT_TYPE, "application/json")
                .body(METADATA);
        }
        if matches!(
            operation,
            Operation::Get | Operation::Put | Operation::Delete | Operation::UserInfo
        ) {
            request = request.bearer_auth(TOKEN);
        }
        let answer = request.send().await?.error_for_status()?;
        answer.bytes().await?;
        Ok(())
    }
}
