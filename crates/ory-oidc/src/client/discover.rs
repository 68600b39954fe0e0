//! Fetches and checks the provider's metadata (OpenID Connect Discovery §4).

use super::client::Client;
use super::request::{options, with_response};
use crate::discovery::error::DiscoveryError;
use crate::discovery::metadata::{Document, ProviderMetadata, Received};
use ory_oidc_core::cache::{Fetch, Fetched, Freshness};
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::deadline::Deadline;
use ory_oidc_core::error::Error;
use ory_oidc_core::response::Response;
use ory_oidc_core::response_info::ResponseInfo;
use ory_oidc_core::text::clip;
use ory_oidc_gen::apis::oidc_api as api;
use ory_oidc_gen::models::OidcConfiguration;
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A request for the provider's metadata. Await it to get the metadata. It is sent only if the
/// cache holds no fresh metadata.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct DiscoverRequest<'a> {
    client: &'a Client,
    options: CallOptions,
    refresh: bool,
}

options!(DiscoverRequest, "ory.discover()", shared);
with_response!(DiscoverRequest, "ory.discover()", ProviderMetadata);

impl DiscoverRequest<'_> {
    /// Fetches the metadata even if the cached metadata is fresh, for example after a known change
    /// at the provider. If the fetch fails, the cache is unchanged.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// let provider = ory.discover().refresh().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn refresh(mut self) -> Self {
        self.refresh = true;
        self
    }

    async fn send(self) -> Result<(ProviderMetadata, ResponseInfo), Error> {
        let provider = self.metadata().await?;
        let info = provider.response().clone();
        Ok((provider, info))
    }

    async fn metadata(self) -> Result<ProviderMetadata, Error> {
        let (client, until) = self.client.share(self.options);
        if !self.refresh {
            return client.metadata(until).await;
        }
        let cache = self.client.metadata_cache();
        let hit = cache.refresh(until, FetchMetadata(client)).await?;
        Ok(ProviderMetadata::new(hit))
    }
}

impl<'a> IntoFuture for DiscoverRequest<'a> {
    type Output = Result<ProviderMetadata, Error>;
    type IntoFuture = DiscoverFuture<'a>;

    fn into_future(self) -> Self::IntoFuture {
        let cached = (!self.refresh).then(|| self.client.metadata_cache().fresh());
        DiscoverFuture(match cached.flatten() {
            Some(hit) => State::Ready(Some(ProviderMetadata::new(hit))),
            None => State::Pending(Box::pin(self.metadata())),
        })
    }
}

/// The future of a [`DiscoverRequest`]. With fresh metadata in the cache it is ready at once and
/// allocates nothing.
///
/// ```no_run
/// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
/// let discovery: ory_oidc::client::DiscoverFuture<'_> = ory.discover().into_future();
/// println!("{}", discovery.await?.issuer());
/// # Ok(())
/// # }
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct DiscoverFuture<'a>(State<'a>);

enum State<'a> {
    Ready(Option<ProviderMetadata>),
    Pending(Pin<Box<dyn Future<Output = Result<ProviderMetadata, Error>> + Send + 'a>>),
}

impl Future for DiscoverFuture<'_> {
    type Output = Result<ProviderMetadata, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            State::Ready(metadata) => {
                let metadata = metadata
                    .take()
                    .expect("a future is not polled after it is ready");
                Poll::Ready(Ok(metadata))
            }
            State::Pending(request) => request.as_mut().poll(context),
        }
    }
}

impl fmt::Debug for DiscoverFuture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiscoverFuture").finish_non_exhaustive()
    }
}

/// Fetches the metadata for the cache.
struct FetchMetadata(Client);

impl Fetch<Received> for FetchMetadata {
    fn fetch(self) -> impl Future<Output = Result<Fetched<Received>, Error>> + Send {
        self.0.fetch_metadata()
    }
}

impl Client {
    /// Returns the provider's metadata from the cache or from the server, after checking its issuer
    /// and endpoints (OpenID Connect Discovery §4).
    ///
    /// The issuer must be identical to [`Client::issuer`]. The issuer of an Ory Hydra often ends in
    /// a slash, such as `https://host/`. Set it with
    /// [`ClientBuilder::issuer`](crate::ClientBuilder::issuer), including the slash, or call
    /// [`ClientBuilder::tolerate_root_slash_in_issuer`](crate::ClientBuilder::tolerate_root_slash_in_issuer).
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// let provider = ory.discover().await?;
    /// println!("log in at {:?}", provider.authorization_endpoint());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Concurrent callers share one request, which has the client's time-out.
    /// [`timeout`](DiscoverRequest::timeout) limits only how long one caller waits for it. The client's
    /// [`CachePolicy`](crate::cache::CachePolicy) sets how long the metadata is cached. It is
    /// refreshed in the background before it expires. While the provider is unavailable, expired
    /// metadata is returned for up to 1 hour by default, and [`ProviderMetadata::staleness`] is
    /// set.
    ///
    /// After a failed fetch, no request is sent for 1 second, or for the time in `Retry-After`, at
    /// most 1 minute. During that time, callers get expired metadata if it may still be used, and
    /// otherwise the same error. [`refresh`](DiscoverRequest::refresh) sends a request at once.
    ///
    /// # Errors
    /// - [`DiscoveryError`] if the issuer or an endpoint is not the expected one.
    /// - [`Error::Server`], [`Error::Transport`] and [`Error::Decode`].
    #[doc(alias = "discoverOidcConfiguration")]
    pub fn discover(&self) -> DiscoverRequest<'_> {
        DiscoverRequest {
            client: self,
            options: CallOptions::new(),
            refresh: false,
        }
    }

    /// Returns the metadata to a caller that waits until a deadline. The client is a
    /// [shared](Self::share) one.
    pub(super) async fn metadata(&self, until: Deadline) -> Result<ProviderMetadata, Error> {
        let client = self.clone();
        let cache = self.metadata_cache();
        let hit = cache.get(until, FetchMetadata(client)).await?;
        Ok(ProviderMetadata::new(hit))
    }

    async fn fetch_metadata(self) -> Result<Fetched<Received>, Error> {
        let response = api::discover_oidc_configuration(self.configuration()).await?;
        let freshness = Freshness::of(response.headers());
        let unchanged = self.known().unchanged(response.body());
        let received = if let Some(document) = unchanged {
            Received::again(document, response.into_info())
        } else {
            let body = response.body().clone();
            let document = Arc::new(self.checked(response)?);
            self.use_metadata(body, &document);
            Received::new(document)
        };
        Ok(Fetched::new(received, freshness))
    }

    fn checked(&self, response: Response<OidcConfiguration>) -> Result<Document, Error> {
        let fields = response.decode()?;
        if !self.own_issuer().matches(&fields.issuer) {
            let (expected, found) = (self.issuer().to_owned(), clip(&fields.issuer));
            return Err(DiscoveryError::IssuerMismatch { expected, found }.into());
        }
        self.endpoints().check(&fields)?;
        Ok(Document {
            issuer_was_tolerated: fields.issuer != self.issuer(),
            default_registration_endpoint: self.endpoints().default_registration(),
            fields,
            head: response.into_info(),
        })
    }
}
