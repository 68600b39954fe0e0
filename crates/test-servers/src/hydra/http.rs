//! The HTTP clients of the harness.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};

/// The time-out of every request. Hydra waits up to 5 seconds for each query on a locked database.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client that follows no redirects and uses no proxy.
///
/// It keeps no idle connections: they would belong to the runtime of the test that opened them, and
/// tests share a Hydra.
pub(super) fn builder() -> ClientBuilder {
    Client::builder()
        .timeout(TIMEOUT)
        .redirect(Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(0)
}

pub(super) fn client() -> Client {
    builder().build().expect("a client can be built")
}
