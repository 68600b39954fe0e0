//! `openidconnect`. It supports only discovery, which also fetches the keys.

use super::Failure;
use crate::allocator::uncounted;
use openidconnect::IssuerUrl;
use openidconnect::core::CoreProviderMetadata;
use openidconnect::reqwest::{Client, redirect::Policy};

#[derive(Clone)]
pub(crate) struct OpenIdConnect {
    client: Client,
    issuer: IssuerUrl,
}

impl OpenIdConnect {
    pub(crate) fn new(address: &str) -> Result<Self, Failure> {
        Ok(Self {
            client: with_time_outs!(Client::builder())
                .redirect(Policy::none())
                .build()?,
            issuer: IssuerUrl::new(format!("{address}/"))?,
        })
    }

    pub(crate) async fn discover(&self) -> Result<(), Failure> {
        let issuer = uncounted(|| self.issuer.clone());
        CoreProviderMetadata::discover_async(issuer, &self.client).await?;
        Ok(())
    }
}
