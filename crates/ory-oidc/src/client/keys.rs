//! Fetches the provider's public keys (RFC 7517).

use super::client::Client;
use super::request::{options, wait, with_response};
use crate::operation::KEYS;
use crate::token::key_set::{FetchedKeys, KeySet};
use crate::token::keys::Keys;
use ory_oidc_core::cache::{Asker, Fetch, Fetched, Freshness, Hit};
use ory_oidc_core::call::Call;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::deadline::Deadline;
use ory_oidc_core::error::{Error, RequestError};
use ory_oidc_core::json;
use ory_oidc_core::response_info::ResponseInfo;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use url::Url;

/// A request for the provider's keys. Await it to get them. It is sent only if the cache holds no
/// fresh keys.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct KeysRequest<'a> {
    client: &'a Client,
    options: CallOptions,
}

options!(KeysRequest, "ory.keys()", shared);
with_response!(KeysRequest, "ory.keys()", KeySet);

impl KeysRequest<'_> {
    async fn send(self) -> Result<(KeySet, ResponseInfo), Error> {
        let keys = self.key_set().await?;
        let info = keys.response().clone();
        Ok((keys, info))
    }

    async fn key_set(self) -> Result<KeySet, Error> {
        let (client, until) = self.client.share(self.options);
        Ok(KeySet::new(client.key_hit(until).await?))
    }
}

impl<'a> IntoFuture for KeysRequest<'a> {
    type Output = Result<KeySet, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.key_set())
    }
}

/// A request for keys that are newer than others. Await it to get them. It is sent only if the cache
/// holds no newer ones.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct NewerKeysRequest<'a> {
    client: &'a Client,
    than: &'a KeySet,
    options: CallOptions,
}

options!(NewerKeysRequest, "ory.newer_keys(&keys)", shared);
wait!(
    NewerKeysRequest<'a>,
    "ory.newer_keys(&keys)",
    Option<KeySet>
);

impl<'a> IntoFuture for NewerKeysRequest<'a> {
    type Output = Result<Option<KeySet>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (client, until) = self.client.share(self.options);
            let newer = client.keys_newer_than(self.than.generation, Asker::Provider, until);
            Ok(newer.await?.map(KeySet::new))
        })
    }
}

/// Fetches the keys for the cache.
struct FetchKeys(Client);

impl Fetch<Arc<FetchedKeys>> for FetchKeys {
    fn fetch(self) -> impl Future<Output = Result<Fetched<Arc<FetchedKeys>>, Error>> + Send {
        self.0.fetch_keys()
    }
}

impl Client {
    /// Returns the provider's key set from the `jwks_uri` of its metadata. Pass the keys to a
    /// library that verifies ID tokens. This crate verifies userinfo and logout tokens with the
    /// same keys.
    ///
    /// Concurrent callers share one request, as for [`discover`](Self::discover).
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
    pub fn keys(&self) -> KeysRequest<'_> {
        KeysRequest {
            client: self,
            options: CallOptions::new(),
        }
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
    pub fn newer_keys<'a>(&'a self, than: &'a KeySet) -> NewerKeysRequest<'a> {
        NewerKeysRequest {
            client: self,
            than,
            options: CallOptions::new(),
        }
    }

    /// Returns the keys to a caller that waits until a deadline. The client is a
    /// [shared](Self::share) one.
    pub(super) async fn key_hit(&self, until: Deadline) -> Result<Hit<Arc<FetchedKeys>>, Error> {
        let client = self.clone();
        let cache = self.keys_cache();
        cache.get(until, FetchKeys(client)).await
    }

    /// Returns newer keys, as [`key_hit`](Self::key_hit) does.
    pub(super) async fn keys_newer_than(
        &self,
        generation: u64,
        asker: Asker,
        until: Deadline,
    ) -> Result<Option<Hit<Arc<FetchedKeys>>>, Error> {
        let client = self.clone();
        let cache = self.keys_cache();
        let newer = cache.newer_than(generation, asker, until, FetchKeys(client));
        newer.await
    }

    async fn fetch_keys(self) -> Result<Fetched<Arc<FetchedKeys>>, Error> {
        let provider = self.discover().await?;
        let address = self.endpoints().reached(provider.jwks_uri());
        let url = Url::parse(&address)
            .map_err(|_| RequestError::new("jwks_uri", "is not an absolute URL"))?;
        let call = Call::to_url(self.configuration(), KEYS, url);
        let response = call.send().await?;
        // With two members of one name, a key could mean two keys.
        let keys = json::object(&response.json_object()?).ok();
        let keys = keys.and_then(Keys::new);
        let keys = keys.ok_or_else(|| response.decode_error("expected a key set"))?;
        let response = response.into_info();
        let freshness = Freshness::of(response.headers());
        let fetched = Arc::new(FetchedKeys { keys, response });
        Ok(Fetched::new(fetched, freshness))
    }
}
