//! Fetches the provider's public keys (RFC 7517).

use super::client::Client;
use crate::operation::KEYS;
use crate::token::key_set::KeySet;
use crate::token::keys::Keys;
use ory_oidc_core::cache::{Asker, Fetched, Freshness, Hit};
use ory_oidc_core::call::Call;
use ory_oidc_core::error::{Error, RequestError};
use ory_oidc_core::response::Response;
use ory_oidc_gen::models::JsonWebKeySet;
use std::sync::Arc;
use url::Url;

impl Client {
    /// Returns the provider's key set from the `jwks_uri` of its metadata. Pass the keys to a
    /// library that verifies ID tokens. This crate verifies userinfo and logout tokens with the
    /// same keys.
    ///
    /// Concurrent callers share one request.
    /// [`ClientBuilder::keys_cache`](crate::ClientBuilder::keys_cache) sets how long the keys are
    /// cached.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let keys = ory.keys().await?;
    /// let for_another_library = serde_json::to_string(keys.fields())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::discover`]; and [`Error::Server`], [`Error::Transport`] and
    /// [`Error::Decode`] of [`operation::KEYS`](crate::operation::KEYS).
    pub async fn keys(&self) -> Result<KeySet, Error> {
        Ok(KeySet::new(self.key_hit().await?))
    }

    /// Returns a key set that was fetched after `than`: the cached one if it is newer, and
    /// otherwise it fetches the keys. Call it if the key of a token is not in `than`, because the
    /// provider may have changed its keys. The keys may be the same.
    ///
    /// Returns [`None`] if a fetch is needed, and the keys were already fetched for an unknown key
    /// within the [`unknown_key_cool_down`](crate::cache::CachePolicy::unknown_key_cool_down) (10
    /// seconds by default).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ory_oidc::Error> {
    /// # let server = ory_oidc_mock::OryMock::start().await;
    /// # let ory = ory_oidc::Client::new(server.url())?;
    /// let keys = ory.keys().await?;
    /// server.rotate_keys();
    /// assert_eq!(ory.keys().await?.fields(), keys.fields()); // cached
    ///
    /// let newer = ory.newer_keys(&keys).await?.expect("the mock server changed its keys");
    /// assert_ne!(newer.fields(), keys.fields());
    /// assert!(ory.newer_keys(&newer).await?.is_none()); // not again so soon
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`keys`](Self::keys).
    pub async fn newer_keys(&self, than: &KeySet) -> Result<Option<KeySet>, Error> {
        let hit = self
            .keys_newer_than(than.generation, Asker::Provider)
            .await?;
        Ok(hit.map(KeySet::new))
    }

    pub(super) async fn key_hit(&self) -> Result<Hit<Arc<Keys>>, Error> {
        self.keys_cache().get(|| self.clone().fetch_keys()).await
    }

    pub(super) async fn keys_newer_than(
        &self,
        generation: u64,
        asker: Asker,
    ) -> Result<Option<Hit<Arc<Keys>>>, Error> {
        let fetch = || self.clone().fetch_keys();
        self.keys_cache().newer_than(generation, asker, fetch).await
    }

    async fn fetch_keys(self) -> Result<Fetched<Arc<Keys>>, Error> {
        let provider = self.discover().await?;
        let address = self.endpoints().reached(provider.jwks_uri());
        let url = Url::parse(&address)
            .map_err(|_| RequestError::new("jwks_uri", "is not an absolute URL"))?;
        let call = Call::to_url(self.configuration(), KEYS, url);
        let response: Response<JsonWebKeySet> = call.send().await?;
        // With two members of one name, a key could mean two keys.
        response.json_object()?;
        let keys = Keys::new(response.decode_as()?);
        let keys = keys.ok_or_else(|| response.decode_error("expected a key set"))?;
        let freshness = Freshness::of(response.headers());
        Ok(Fetched::new(Arc::new(keys), freshness))
    }
}
