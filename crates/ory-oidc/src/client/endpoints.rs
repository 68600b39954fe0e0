//! Tells which endpoints the calls of a client use.

use super::client::Client;
use crate::discovery::called::{AdvertisedEndpoints, Called, Endpoint};
use crate::discovery::metadata::Document;
use crate::registration::registration::Registration;
use bytes::Bytes;
use ory_oidc_core::call::segment;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::configuration::Configuration;
use ory_oidc_core::deadline::Deadline;
use ory_oidc_core::error::{Error, RequestError};
use std::sync::Arc;
use url::Url;

impl Client {
    /// Returns the URL at which [`userinfo`](Self::userinfo) requests claims now.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ory_oidc::Error> {
    /// # let server = ory_oidc_mock::OryMock::builder().userinfo_path("/users/me").start().await;
    /// let ory = ory_oidc::Client::new(server.url())?;
    /// assert_eq!(ory.userinfo_endpoint().url().path(), "/userinfo");
    ///
    /// ory.discover().await?;
    /// assert_eq!(ory.userinfo_endpoint().url().path(), "/users/me");
    /// assert!(ory.userinfo_endpoint().is_advertised());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`ClientBuilder::advertised_endpoints`](crate::ClientBuilder::advertised_endpoints) sets when
    /// the endpoints of the metadata are used. Only endpoints at trusted origins are used: see
    /// [`ClientBuilder::trust_endpoint_origin`](crate::ClientBuilder::trust_endpoint_origin).
    #[must_use]
    pub fn userinfo_endpoint(&self) -> Endpoint {
        self.called().userinfo.clone()
    }

    /// Returns the URL at which [`register`](Self::register) registers clients now. See
    /// [`userinfo_endpoint`](Self::userinfo_endpoint).
    ///
    /// ```
    /// let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// let endpoint = ory.registration_endpoint();
    /// assert_eq!(endpoint.url().as_str(), "http://localhost:4444/oauth2/register");
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[must_use]
    pub fn registration_endpoint(&self) -> Endpoint {
        self.called().registration.clone()
    }

    /// Returns the URL at which a registration is read, updated and deleted now: its client
    /// configuration endpoint (RFC 7592 §2).
    ///
    /// - By default, it is below Ory's documented registration endpoint.
    /// - If the metadata contains another registration endpoint, it is the
    ///   [`registration_client_uri`](Registration::registration_client_uri) of the registration, or
    ///   below that endpoint if the origin of the URI is not trusted.
    ///
    /// ```
    /// use ory_oidc::Registration;
    ///
    /// let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// let registration = Registration::from_saved("my-client-id", "ory_at_…".into());
    /// let endpoint = ory.client_configuration_endpoint(&registration)?;
    /// assert_eq!(endpoint.url().path(), "/oauth2/register/my-client-id");
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Request`] for a client id that is not a segment of a path.
    pub fn client_configuration_endpoint(
        &self,
        registration: &Registration,
    ) -> Result<Endpoint, Error> {
        Ok(self.management(&self.called(), registration)?)
    }

    /// Returns the URL of the revocation endpoint (RFC 7009 §2) for calls from this process now. This
    /// crate does not call it. See [`userinfo_endpoint`](Self::userinfo_endpoint).
    ///
    /// ```
    /// let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// assert_eq!(ory.revocation_endpoint().url().path(), "/oauth2/revoke");
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[must_use]
    pub fn revocation_endpoint(&self) -> Endpoint {
        self.called().revocation.clone()
    }

    /// Returns the URL at which this process calls an endpoint of the metadata. With a
    /// [`public_issuer`](crate::ClientBuilder::public_issuer), an endpoint of the issuer is called
    /// at the base URL. Otherwise the URL is returned unchanged. If another library exchanges codes
    /// for tokens, pass it this URL of the token endpoint.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// let ory = ory_oidc::Client::builder("http://hydra:4444")
    ///     .allow_insecure_http(true)
    ///     .public_issuer("https://id.example/")
    ///     .build()?;
    /// let token_endpoint = ory.internal_endpoint("https://id.example/oauth2/token");
    /// assert_eq!(token_endpoint, "http://hydra:4444/oauth2/token");
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[must_use]
    pub fn internal_endpoint(&self, endpoint: &str) -> String {
        self.endpoints().reached(endpoint)
    }

    /// Returns the URL at which this process calls an endpoint of the provider, or [`None`] if its
    /// origin is not trusted: credentials must not be sent there. See
    /// [`ClientBuilder::trust_endpoint_origin`](crate::ClientBuilder::trust_endpoint_origin).
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// let ory = ory_oidc::Client::new("https://id.example")?;
    /// assert!(ory.trusted_endpoint("https://id.example/oauth2/introspect").is_some());
    /// assert!(ory.trusted_endpoint("https://other.example/oauth2/introspect").is_none());
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[must_use]
    pub fn trusted_endpoint(&self, endpoint: &str) -> Option<Url> {
        self.endpoints().trusted_url(endpoint)
    }

    /// Remembers metadata that were checked, and uses their endpoints.
    pub(super) fn use_metadata(&self, body: Bytes, document: &Arc<Document>) {
        let mut known = self.known_mut();
        let is_used = self.advertised_endpoints() != AdvertisedEndpoints::Never;
        if is_used && !known.names_same_endpoints(&document.fields) {
            let called = Called::advertised(self.base_url(), self.endpoints(), &document.fields);
            known.called = Arc::new(called);
        }
        known.remember(body, document);
    }

    /// Returns the client for a call with these options. It discovers the endpoints first if it is built
    /// so. The call has the time that is left then.
    pub(super) async fn for_call(&self, options: &CallOptions) -> Result<Self, Error> {
        let is_discovered = || self.metadata_cache().fresh().is_some();
        if self.advertised_endpoints() != AdvertisedEndpoints::Always || is_discovered() {
            return Ok(self.clone());
        }
        let until = self.until(options);
        self.share(CallOptions::new()).0.metadata(until).await?;
        Ok(self.with_time_limit(until.remaining()))
    }

    /// Returns when a call with these options that begins now has taken too long.
    pub(super) fn until(&self, options: &CallOptions) -> Deadline {
        self.share(options.clone()).1
    }

    /// Returns the configuration for a call that manages a registration.
    pub(super) async fn configuration_to_manage(
        &self,
        registration: &Registration,
        options: CallOptions,
    ) -> Result<Configuration, Error> {
        let client = self.for_call(&options).await?;
        let called = client.called();
        // The operation itself builds its documented path.
        if called.registration.elsewhere().is_none() {
            return Ok(client.configuration_with(options));
        }
        let endpoint = client.management(&called, registration)?;
        Ok(client.configuration_at(&endpoint, options))
    }

    /// Returns the configuration for a call to an endpoint.
    pub(super) fn configuration_at(
        &self,
        endpoint: &Endpoint,
        options: CallOptions,
    ) -> Configuration {
        self.configuration_with(match endpoint.elsewhere() {
            Some(url) => options.url(url.clone()),
            None => options,
        })
    }

    fn management(
        &self,
        called: &Called,
        registration: &Registration,
    ) -> Result<Endpoint, RequestError> {
        let collection = &called.registration;
        let named = registration.registration_client_uri();
        if collection.elsewhere().is_some()
            && let Some(url) = named.and_then(|uri| self.trusted_endpoint(uri))
        {
            return Ok(Endpoint::advertised(url));
        }
        let id = segment("id", registration.client_id())?;
        let path = collection.url().path().trim_end_matches('/');
        Ok(collection.clone().with_path(&format!("{path}/{id}")))
    }
}
