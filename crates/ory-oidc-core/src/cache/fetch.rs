//! How a cache gets its value.

use super::fetched::Fetched;
use crate::error::Error;

/// Fetches the value of a [`Cache`](super::Cache). Closures that return a future implement it. The cache
/// is compiled for each type that fetches, so callers of one cache should share a type.
///
/// ```
/// use ory_oidc_core::Error;
/// use ory_oidc_core::cache::{Fetch, Fetched, Freshness};
/// use reqwest::header::HeaderMap;
///
/// struct FetchGreeting;
///
/// impl Fetch<String> for FetchGreeting {
///     async fn fetch(self) -> Result<Fetched<String>, Error> {
///         Ok(Fetched::new("hello".to_owned(), Freshness::of(&HeaderMap::new())))
///     }
/// }
/// ```
pub trait Fetch<T>: Send + 'static {
    /// Fetches the value, in a task that goes on if the caller is dropped.
    fn fetch(self) -> impl Future<Output = Result<Fetched<T>, Error>> + Send;
}

impl<T, C, F> Fetch<T> for C
where
    C: FnOnce() -> F + Send + 'static,
    F: Future<Output = Result<Fetched<T>, Error>> + Send,
{
    fn fetch(self) -> impl Future<Output = Result<Fetched<T>, Error>> + Send {
        self()
    }
}
