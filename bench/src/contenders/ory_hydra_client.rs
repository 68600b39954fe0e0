//! `ory-hydra-client`. Its logout takes no parameters, so its request is shorter.
//! It uses `reqwest` 0.12, which `openidconnect` re-exports.

use super::{Failure, METADATA, TOKEN};
use crate::allocator::uncounted;
use crate::operation::Operation;
use crate::recorded::CLIENT_ID;
use ::ory_hydra_client::apis::configuration::Configuration;
use ::ory_hydra_client::apis::oidc_api as api;
use ::ory_hydra_client::models::OAuth2Client;
use openidconnect::reqwest::{Client, redirect::Policy};

#[derive(Clone)]
pub(crate) struct OryHydraClient {
    configuration: Configuration,
    metadata: OAuth2Client,
    /// The caller's registration, as far as it has been read.
    read: Option<OAuth2Client>,
}

impl OryHydraClient {
    pub(crate) fn new(address: &str) -> Result<Self, Failure> {
        Ok(Self {
            configuration: Configuration {
                base_path: address.to_owned(),
                user_agent: None,
                client: with_time_outs!(Client::builder())
                    .redirect(Policy::none())
                    .build()?,
                oauth_access_token: Some(TOKEN.to_owned()),
                bearer_access_token: Some(TOKEN.to_owned()),
                ..Configuration::default()
            },
            metadata: serde_json::from_str(METADATA)?,
            read: None,
        })
    }

    pub(crate) async fn call(&mut self, operation: Operation) -> Result<(), Failure> {
        let at = &self.configuration;
        // A real caller builds the model and moves it, so the copy is not part of the call.
        let metadata = || uncounted(|| self.metadata.clone());
        match operation {
            Operation::Register => {
                api::create_oidc_dynamic_client(at, metadata()).await?;
            }
            Operation::Get => {
                self.read = Some(api::get_oidc_dynamic_client(at, CLIENT_ID).await?);
            }
            Operation::Put => {
                api::set_oidc_dynamic_client(at, CLIENT_ID, metadata()).await?;
            }
            Operation::Delete => api::delete_oidc_dynamic_client(at, CLIENT_ID).await?,
            Operation::Discover | Operation::DiscoverUnchanged | Operation::DiscoverCached => {
                api::discover_oidc_configuration(at).await?;
            }
            Operation::UserInfo => {
                api::get_oidc_user_info(at).await?;
            }
            Operation::Logout => api::revoke_oidc_session(at).await?,
        }
        Ok(())
    }
}
