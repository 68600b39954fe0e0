//! reqwest, or a service of the caller.

#[cfg(feature = "tower")]
mod service;
mod tls;

use crate::error::{ConfigurationError, DecodeError, Error, TransportError};
use crate::operation::Operation;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Request, StatusCode};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::Duration;
use url::Url;

pub(crate) use reqwest::{Error as HttpError, Response};
#[cfg(feature = "tower")]
pub(crate) use service::HttpService;

/// The URL that reqwest gives to a response that is made from one of the crate `http`.
#[cfg(feature = "tower")]
const NO_URL: &str = "http://no.url.provided.local/";

type Configure = Box<dyn FnOnce(ClientBuilder) -> ClientBuilder + Send + Sync>;

/// Sends requests.
#[derive(Clone)]
pub(crate) enum HttpClient {
    /// The caller's own client.
    Client(Client),
    /// The default client.
    Default(Arc<DefaultClient>),
    #[cfg(feature = "tower")]
    Service(HttpService),
}

impl HttpClient {
    /// Prepares a request. The future sends it when it is polled.
    pub(crate) fn execute(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Response, Failure>> + Send + use<> {
        // The default client follows no redirect.
        let requested = (!matches!(self, Self::Default(_))).then(|| hash(request.url()));
        let sent = match self {
            Self::Client(client) => Sent::Client(client.execute(request)),
            Self::Default(client) => match client.for_url(request.url()) {
                Ok(client) => Sent::Client(client.execute(request)),
                Err(error) => Sent::Failed(error),
            },
            #[cfg(feature = "tower")]
            Self::Service(service) => Sent::Service(service.execute(request)),
        };
        async move {
            let (response, is_made) = match sent {
                Sent::Client(response) => (response.await.map_err(Failure::Client)?, false),
                Sent::Failed(error) => return Err(Failure::Client(error)),
                #[cfg(feature = "tower")]
                Sent::Service(response) => {
                    let response = response.await.map_err(Failure::Service)?;
                    // A service may make the response itself, without sending a request.
                    let is_made = response.url().as_str() == NO_URL;
                    (response, is_made)
                }
            };
            match requested {
                Some(requested) if !is_made && requested != hash(response.url()) => {
                    Err(Failure::Redirected(response.status()))
                }
                _ => Ok(response),
            }
        }
    }
}

enum Sent<F> {
    Client(F),
    /// The HTTP client could not be built.
    Failed(reqwest::Error),
    #[cfg(feature = "tower")]
    Service(service::ServiceFuture),
}

/// Returns enough of a URL to notice a redirect, without a copy.
fn hash(url: &Url) -> u64 {
    static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    KEYS.hash_one(url)
}

/// The reason why there is no response that can be used.
pub(crate) enum Failure {
    Client(reqwest::Error),
    #[cfg(feature = "tower")]
    Service(service::ServiceFailure),
    /// The HTTP client followed a redirect.
    Redirected(StatusCode),
}

impl Failure {
    pub(crate) fn of(self, operation: Operation) -> Error {
        match self {
            Self::Client(error) => TransportError::new(operation, error).into(),
            #[cfg(feature = "tower")]
            Self::Service(failure) => {
                let query = failure.query.as_deref();
                TransportError::of_service(operation, failure.error, query).into()
            }
            Self::Redirected(status) => {
                let problem =
                    "the HTTP client followed a redirect; build it with redirect::Policy::none()";
                DecodeError::new(operation, status, problem).into()
            }
        }
    }
}

/// Returns the error of a body that broke off.
pub(crate) fn broke_off(operation: Operation, error: HttpError) -> TransportError {
    TransportError::new(operation, error)
}

/// The HTTP client that the settings describe. It may use proxies, but never for plain http: a proxy
/// could read the tokens.
pub(crate) struct DefaultClient {
    client: Client,
    /// For plain http beside an https base URL, which few programs send.
    direct: Option<DirectClient>,
}

/// An HTTP client without proxies, which is built when it is first needed.
struct DirectClient {
    pool: PoolSettings,
    client: OnceLock<Client>,
}

impl DefaultClient {
    fn for_url(&self, url: &Url) -> Result<&Client, reqwest::Error> {
        match &self.direct {
            Some(direct) if url.scheme() == "http" => direct.client(),
            _ => Ok(&self.client),
        }
    }
}

impl DirectClient {
    fn client(&self) -> Result<&Client, reqwest::Error> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let builder = self.pool.builder().redirect(Policy::none());
        let client = builder.no_proxy().build()?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// The settings of connections.
#[derive(Clone, Copy)]
pub(crate) struct PoolSettings {
    pub(crate) connect_timeout: Duration,
    pub(crate) pool_idle_timeout: Duration,
}

impl PoolSettings {
    fn builder(self) -> ClientBuilder {
        let builder = Client::builder().connect_timeout(self.connect_timeout);
        if self.pool_idle_timeout.is_zero() {
            builder.pool_max_idle_per_host(0)
        } else {
            builder.pool_idle_timeout(self.pool_idle_timeout)
        }
    }
}

/// The settings from which the HTTP client is built.
pub(crate) struct HttpSettings {
    pub(crate) pool: PoolSettings,
    pub(crate) client: Option<Client>,
    pub(crate) configure: Option<Configure>,
    #[cfg(feature = "tower")]
    pub(crate) service: Option<HttpService>,
}

impl HttpSettings {
    pub(crate) fn new(connect_timeout: Duration, pool_idle_timeout: Duration) -> Self {
        Self {
            pool: PoolSettings {
                connect_timeout,
                pool_idle_timeout,
            },
            client: None,
            configure: None,
            #[cfg(feature = "tower")]
            service: None,
        }
    }

    pub(crate) fn build(self, is_https: bool) -> Result<HttpClient, ConfigurationError> {
        #[cfg(feature = "tower")]
        let has_service = self.service.is_some();
        #[cfg(not(feature = "tower"))]
        let has_service = false;
        let set = [self.client.is_some(), self.configure.is_some(), has_service];
        if set.into_iter().filter(|set| *set).count() > 1 {
            return Err(ConfigurationError::ConflictingHttpClients);
        }
        #[cfg(feature = "tower")]
        if let Some(service) = self.service {
            return Ok(HttpClient::Service(service));
        }
        match self.client {
            Some(client) => Ok(HttpClient::Client(client)),
            None => self.build_default(is_https),
        }
    }

    fn build_default(self, is_https: bool) -> Result<HttpClient, ConfigurationError> {
        tls::check(is_https)?;
        let mut builder = self.pool.builder();
        if let Some(configure) = self.configure {
            builder = configure(builder);
        }
        // These rules prevail over the caller's settings: a redirect could take a token to another
        // server, and a proxy could read one that is sent by plain http.
        builder = builder.redirect(Policy::none());
        if !is_https {
            builder = builder.no_proxy();
        }
        let client = builder.build();
        let client = client.map_err(|error| ConfigurationError::HttpClient(Arc::new(error)))?;
        let direct = is_https.then(|| DirectClient {
            pool: self.pool,
            client: OnceLock::new(),
        });
        Ok(HttpClient::Default(Arc::new(DefaultClient {
            client,
            direct,
        })))
    }
}
