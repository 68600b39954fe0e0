//! This project's facade. Its update reads before it writes, so it sends two requests.

use super::{Failure, ID_TOKEN, POST_LOGOUT_REDIRECT_URI, STATE, TOKEN};
use crate::operation::Operation;
use crate::recorded::CLIENT_ID;
use ory_oidc::registration::RegistrationAccessToken;
use ory_oidc::{AccessToken, Client, ClientMetadata, IdToken, Registration, Subject};

#[derive(Clone)]
pub(crate) struct Facade {
    client: Client,
    metadata: ClientMetadata,
    registration: Registration,
    access_token: AccessToken,
    id_token: IdToken,
}

impl Facade {
    pub(crate) fn new(address: &str) -> Result<Self, Failure> {
        // The recorded issuer ends in a slash.
        let issuer = format!("{address}/");
        let metadata = ClientMetadata::new(["http://127.0.0.1:3000/cb"])
            .client_name("Zoë's App ☕")
            .grant_types(["authorization_code", "refresh_token"])
            .response_types(["code"])
            .scope(["openid", "offline_access", "email"])
            .token_endpoint_auth_method("client_secret_post")
            .post_logout_redirect_uris([POST_LOGOUT_REDIRECT_URI])
            .contacts(["a@example.com"])
            .audience(["https://api.example.com"]);
        let token = RegistrationAccessToken::new(TOKEN);
        Ok(Self {
            client: Client::builder(address).issuer(issuer).build()?,
            metadata,
            registration: Registration::from_saved(CLIENT_ID, token),
            access_token: AccessToken::new(TOKEN),
            id_token: IdToken::new(ID_TOKEN),
        })
    }

    pub(crate) async fn call(&mut self, operation: Operation) -> Result<(), Failure> {
        let registration = &mut self.registration;
        match operation {
            Operation::Register => {
                self.client.register(&self.metadata).await?;
            }
            Operation::Get => self.client.read_registration(registration).await?,
            Operation::Put => {
                let change = |metadata: &mut ClientMetadata| metadata.set_client_name("renamed");
                self.client
                    .update_registration(registration, change)
                    .await?;
            }
            Operation::Delete => self.client.delete_registration(registration).await?,
            Operation::Discover | Operation::DiscoverUnchanged => {
                self.client.discover().refresh().await?;
            }
            Operation::DiscoverCached => {
                self.client.discover().await?;
            }
            Operation::UserInfo => {
                let subject = Subject::Expect("user-zoë");
                self.client.userinfo(&self.access_token, subject).await?;
            }
            Operation::Logout => {
                let request = self
                    .client
                    .end_session(&self.id_token)
                    .post_logout_redirect_uri(POST_LOGOUT_REDIRECT_URI)
                    .state(STATE);
                let _ = self.client.logout_probe(&request).await?;
            }
        }
        Ok(())
    }
}
