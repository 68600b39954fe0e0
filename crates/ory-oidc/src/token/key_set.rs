//! The provider's public keys (RFC 7517).

use super::keys::Keys;
use ory_oidc_core::cache::Hit;
use ory_oidc_core::cache::Staleness;
use ory_oidc_core::response_info::ResponseInfo;
use ory_oidc_gen::models::JsonWebKeySet;
use std::fmt;
use std::sync::Arc;

/// Keys, and the head of the response in which they arrived.
pub(crate) struct FetchedKeys {
    pub(crate) keys: Keys,
    pub(crate) response: ResponseInfo,
}

/// The provider's key set (RFC 7517 §5), as [`Client::keys`](crate::Client::keys) returns it. Cheap to clone.
///
/// ```no_run
/// # async fn example(ory: ory_oidc::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let keys = ory.keys().await?;
/// let json = serde_json::to_string(keys.fields())?; // for another library
/// if let Some(staleness) = keys.staleness() {
///     eprintln!("the provider is unavailable: {}", staleness.error());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KeySet {
    fetched: Arc<FetchedKeys>,
    staleness: Option<Arc<Staleness>>,
    pub(crate) generation: u64,
}

impl KeySet {
    pub(crate) fn new(hit: Hit<Arc<FetchedKeys>>) -> Self {
        Self {
            fetched: hit.value,
            staleness: hit.staleness,
            generation: hit.generation,
        }
    }

    pub(crate) fn response(&self) -> &ResponseInfo {
        &self.fetched.response
    }

    /// Returns the keys as the generated model, which can be serialized for other libraries. Keys
    /// that cannot be read are left out (RFC 7517 §5).
    #[must_use]
    pub fn fields(&self) -> &JsonWebKeySet {
        &self.fetched.keys.fields
    }

    /// Returns the ids of the published keys for signatures that cannot be used: they cannot be read,
    /// or their type is not supported. Tokens that name them are refused.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// for id in ory.keys().await?.unreadable_key_ids() {
    ///     eprintln!("cannot use the key {id:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn unreadable_key_ids(&self) -> impl Iterator<Item = &str> {
        let unreadable = &self.fetched.keys.unreadable;
        unreadable.iter().map(String::as_str)
    }

    /// Returns how many of the published keys are ignored, because there are more than 1000.
    #[must_use]
    pub fn ignored_keys(&self) -> usize {
        self.fetched.keys.ignored
    }

    /// Returns how stale the keys are, and why: the provider is unavailable. [`None`] if they are
    /// fresh.
    #[must_use]
    pub fn staleness(&self) -> Option<&Staleness> {
        self.staleness.as_deref()
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("keys", &self.fetched.keys)
            .field("staleness", &self.staleness)
            .finish_non_exhaustive()
    }
}
