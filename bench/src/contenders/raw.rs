//! This project's generated crate.

use super::{Failure, ID_TOKEN, METADATA, POST_LOGOUT_REDIRECT_URI, STATE, TOKEN};
use crate::operation::Operation;
use crate::recorded::CLIENT_ID;
use ory_oidc_gen::apis::oidc_api::{self as api, RevokeOidcSessionParams};
use ory_oidc_gen::models::OAuth2Client;
use ory_oidc_gen::{Authorization, Configuration};

#[derive(Clone)]
pub(crate) struct Raw {
    configuration: Configuration,
    metadata: OAuth2Client,
    /// The caller's registration, as far as it has been read.
    read: Option<OAuth2Client>,
}

impl Raw {
    pub(crate) fn new(address: &str) -> Result<Self, Failure> {
        Ok(Self {
            configuration: Configuration::new(address)?,
            metadata: serde_json::from_str(METADATA)?,
            read: None,
        })
    }

    pub(crate) async fn call(&mut self, operation: Operation) -> Result<(), Failure> {
        let (at, by) = (&self.configuration, Authorization::Bearer(TOKEN));
        match operation {
            Operation::Register => {
                let answer =
                    api::create_oidc_dynamic_client(at, Authorization::None, &self.metadata)
                        .await?;
                answer.decode()?;
            }
            Operation::Get => {
                let answer = api::get_oidc_dynamic_client(at, by, CLIENT_ID).await?;
                self.read = Some(answer.decode()?);
            }
            Operation::Put => {
                let answer =
                    api::set_oidc_dynamic_client(at, by, CLIENT_ID, &self.metadata).await?;
                answer.decode()?;
            }
            Operation::Delete => {
                api::delete_oidc_dynamic_client(at, by, CLIENT_ID).await?;
            }
            Operation::Discover | Operation::DiscoverUnchanged | Operation::DiscoverCached => {
                api::discover_oidc_configuration(at).await?.decode()?;
            }
            Operation::UserInfo => {
                api::get_oidc_user_info(at, by).await?.decode()?;
            }
            Operation::Logout => {
                let params = RevokeOidcSessionParams::default()
                    .id_token_hint(ID_TOKEN)
                    .post_logout_redirect_uri(POST_LOGOUT_REDIRECT_URI)
                    .state(STATE);
                api::revoke_oidc_session(at, params).await?;
            }
        }
        Ok(())
    }
}
