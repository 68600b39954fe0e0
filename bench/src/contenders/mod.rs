//! The measured clients, one per file.

/// Sets the time-outs that are `ory-oidc`'s defaults. A macro, since the contenders have different versions
/// of `reqwest`.
macro_rules! with_time_outs {
    ($builder:expr) => {
        $builder
            .timeout(std::time::Duration::from_secs(30))
            .connect_timeout(std::time::Duration::from_secs(10))
            .pool_idle_timeout(std::time::Duration::from_secs(4))
    };
}

mod bare;
mod facade;
mod openidconnect;
mod ory_client;
mod ory_hydra_client;
mod raw;

use crate::operation::Operation;
use std::error::Error;

/// An access token and registration access token with the length of Hydra's tokens.
const TOKEN: &str = "ory_at_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";
const ID_TOKEN: &str = "EXAMPLE-ID-TOKEN";
const POST_LOGOUT_REDIRECT_URI: &str = "http://127.0.0.1:3000/bye";
const STATE: &str = "st";

/// The body of the recorded registration request.
const METADATA: &str = r#"{"audience":["https://api.example.com"],"client_name":"Zoë's App ☕","contacts":["a@example.com"],"grant_types":["authorization_code","refresh_token"],"post_logout_redirect_uris":["http://127.0.0.1:3000/bye"],"redirect_uris":["http://127.0.0.1:3000/cb"],"response_types":["code"],"scope":"openid offline_access email","token_endpoint_auth_method":"client_secret_post"}"#;

/// Any error. It ends the run.
pub(crate) type Failure = Box<dyn Error>;

/// A client that can call some or all of the seven operations. Clones share its connections.
#[derive(Clone)]
pub(crate) enum Contender {
    Bare(bare::Bare),
    Raw(Box<raw::Raw>),
    Facade(Box<facade::Facade>),
    OryClient(Box<ory_client::OryClient>),
    OryHydraClient(Box<ory_hydra_client::OryHydraClient>),
    OpenIdConnect(openidconnect::OpenIdConnect),
}

impl Contender {
    /// Returns all contenders, configured as their documentation shows, but without following
    /// redirects.
    pub(crate) fn all(address: &str) -> Result<[Self; 6], Failure> {
        Ok([
            Self::Bare(bare::Bare::new(address)?),
            Self::Raw(Box::new(raw::Raw::new(address)?)),
            Self::Facade(Box::new(facade::Facade::new(address)?)),
            Self::OryClient(Box::new(ory_client::OryClient::new(address)?)),
            Self::OryHydraClient(Box::new(ory_hydra_client::OryHydraClient::new(address)?)),
            Self::OpenIdConnect(openidconnect::OpenIdConnect::new(address)?),
        ])
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Bare(_) => "reqwest 0.13",
            Self::Raw(_) => "ory-oidc-gen",
            Self::Facade(_) => "ory-oidc",
            Self::OryClient(_) => "ory-client",
            Self::OryHydraClient(_) => "ory-hydra-client",
            Self::OpenIdConnect(_) => "openidconnect",
        }
    }

    pub(crate) fn has(&self, operation: Operation) -> bool {
        match self {
            Self::Facade(_) => true,
            Self::OpenIdConnect(_) => operation == Operation::Discover,
            _ => !operation.is_of_the_facade(),
        }
    }

    /// Calls an operation once and reads its response.
    pub(crate) async fn call(&mut self, operation: Operation) -> Result<(), Failure> {
        match self {
            Self::Bare(bare) => bare.call(operation).await,
            Self::Raw(raw) => raw.call(operation).await,
            Self::Facade(facade) => facade.call(operation).await,
            Self::OryClient(client) => client.call(operation).await,
            Self::OryHydraClient(client) => client.call(operation).await,
            Self::OpenIdConnect(client) => client.discover().await,
        }
    }

    /// As [`call`](Self::call), with the memory of the call in a block of its own. Otherwise the largest
    /// contender would decide for all of them.
    pub(crate) async fn call_in_own_block(&mut self, operation: Operation) -> Result<(), Failure> {
        match self {
            Self::Bare(bare) => Box::pin(bare.call(operation)).await,
            Self::Raw(raw) => Box::pin(raw.call(operation)).await,
            Self::Facade(facade) => Box::pin(facade.call(operation)).await,
            Self::OryClient(client) => Box::pin(client.call(operation)).await,
            Self::OryHydraClient(client) => Box::pin(client.call(operation)).await,
            Self::OpenIdConnect(client) => Box::pin(client.discover()).await,
        }
    }
}
