//! The handle of a running mock server.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::fault::Fault;
use crate::request::RecordedRequest;
use crate::server::Server;
use crate::state::Shared;

/// A running mock server with its own state. It stops when it is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ory_oidc_mock::OryMock;
/// use serde_json::json;
///
/// let ory = OryMock::start().await;
/// let token = ory.issue_access_token(json!({"sub": "user-1", "groups": ["a"]}));
///
/// let userinfo = reqwest::Client::new().get(format!("{}/userinfo", ory.url()));
/// let response = userinfo.bearer_auth(&token).send().await?;
/// assert_eq!(response.status(), 200);
/// assert_eq!(ory.requests_to("GET", "/userinfo").len(), 1);
/// # Ok(())
/// # }
/// ```
#[must_use = "the mock server stops when it is dropped"]
pub struct OryMock {
    pub(crate) shared: Arc<Shared>,
    _server: Server,
}

/// Addresses, recorded requests, faults and caching headers.
impl OryMock {
    pub(crate) fn new(shared: Arc<Shared>, server: Server) -> Self {
        Self {
            shared,
            _server: server,
        }
    }

    /// Returns the base URL of the mock server, `http://127.0.0.1:<port>`. Configure it in the
    /// client under test in place of the URL of Ory Hydra.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert!(ory.url().starts_with("http://127.0.0.1:"));
    /// ```
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.config.url
    }

    /// Returns the base URL of the admin API, `http://127.0.0.1:<another port>`. As in Hydra, the
    /// admin API has a port of its own: it needs no credentials.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert_ne!(ory.admin_url(), ory.url());
    /// ```
    #[must_use]
    pub fn admin_url(&self) -> &str {
        &self.shared.config.admin_url
    }

    /// Returns the issuer in discovery and in tokens. It equals [`url`](Self::url) unless the
    /// builder sets another one.
    ///
    /// ```
    /// # use ory_oidc_mock::OryMock;
    /// let ory = OryMock::builder().issuer("https://id.example").start_blocking();
    /// assert_eq!(ory.issuer(), "https://id.example");
    /// ```
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.shared.config.issuer
    }

    /// Returns all requests received so far on both ports, in order.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert!(ory.requests().is_empty());
    /// ```
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.shared.state().requests.clone()
    }

    /// Returns the received requests with this method and exactly this path, in order.
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 0);
    /// ```
    #[must_use]
    pub fn requests_to(&self, method: &str, path: &str) -> Vec<RecordedRequest> {
        let state = self.shared.state();
        state
            .requests
            .iter()
            .filter(|request| request.method() == method && request.path() == path)
            .cloned()
            .collect()
    }

    /// Adds a fault, which affects the next matching request. If several faults match, the one
    /// added first is used up first.
    ///
    /// ```
    /// # use ory_oidc_mock::{Fault, OryMock};
    /// # let ory = OryMock::start_blocking();
    /// ory.fail_next(Fault::answer(503).on("GET", "/userinfo"));
    /// ```
    pub fn fail_next(&self, fault: Fault) {
        self.shared.state().faults.push(fault);
    }

    /// Returns the time of the mock server's clock.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// ory.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000));
    /// assert!(ory.time() >= SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000));
    /// ```
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.shared.clock.now().into()
    }

    /// Sets the clock of the mock server, which then goes on from this time. Tokens expire by this
    /// clock and carry its time, and so does the metadata of clients. Delays of faults do not depend
    /// on it.
    ///
    /// ```
    /// # use std::time::{Duration, SystemTime};
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// ory.set_time(SystemTime::now() - Duration::from_secs(60)); // the server's clock is late
    /// ```
    ///
    /// # Panics
    /// If the time is more than 292 years from now.
    pub fn set_time(&self, time: SystemTime) {
        let set = self.shared.clock.set(time.into());
        assert!(set.is_some(), "the time is more than 292 years from now");
    }

    /// Advances the clock of the mock server. See [`set_time`](Self::set_time).
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json, std::time::Duration};
    /// # let ory = OryMock::start_blocking();
    /// let token = ory.issue_access_token(json!({"sub": "user-1"}));
    /// ory.advance_time(Duration::from_secs(3600)); // the token has expired
    /// ```
    ///
    /// # Panics
    /// If the new time is more than 292 years from now.
    pub fn advance_time(&self, duration: Duration) {
        self.set_time(self.time() + duration);
    }

    /// Removes all faults, including those that no request has used up.
    ///
    /// ```
    /// # use ory_oidc_mock::{Fault, OryMock};
    /// # let ory = OryMock::start_blocking();
    /// ory.fail_next(Fault::database_outage());
    /// ory.clear_faults();
    /// ```
    pub fn clear_faults(&self) {
        self.shared.state().faults.clear();
    }

    /// Sets the `Cache-Control` header of the following discovery and key set responses. An empty
    /// string removes the header. See
    /// [`OryMockBuilder::cache_control`](crate::OryMockBuilder::cache_control).
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// ory.set_cache_control("max-age=60");
    /// ```
    ///
    /// # Panics
    /// If `value` is not a valid header value.
    pub fn set_cache_control(&self, value: &str) {
        self.shared.state().caching.set_control(value);
    }

    /// Sets the `Age` header of the following discovery and key set responses, in seconds. See
    /// [`OryMockBuilder::age`](crate::OryMockBuilder::age).
    ///
    /// ```
    /// # let ory = ory_oidc_mock::OryMock::start_blocking();
    /// ory.set_age(30);
    /// ```
    pub fn set_age(&self, seconds: u64) {
        self.shared.state().caching.set_age(seconds);
    }
}

impl fmt::Debug for OryMock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OryMock")
            .field("url", &self.url())
            .field("issuer", &self.issuer())
            .finish_non_exhaustive()
    }
}
