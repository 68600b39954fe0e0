//! A store that lives as long as the process.

use super::{Content, Entry, RegistrationStore, StoreError, StoreFuture, StoreKey, Version};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Keeps registrations in memory: for tests, and for processes that register anew at each start.
///
/// A clone shares the entries, so that a test can let "two processes" meet in one store.
///
/// ```
/// use ory_oidc::{Content, MemoryStore, RegistrationStore, StoreKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ory_oidc::StoreError> {
/// let store = MemoryStore::new();
/// let key = StoreKey::new("https://slug.projects.oryapis.com", "my-app");
/// let version = store.save(&key, None, &Content::new("{}")).await?;
///
/// let entry = store.clone().load(&key).await?.expect("it was saved");
/// assert_eq!((entry.version, entry.content.expose()), (version, "{}"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<StoreKey, Entry>,
    /// The version given last, to any key.
    last: u64,
}

impl MemoryStore {
    /// An empty store.
    ///
    /// ```
    /// let store = ory_oidc::MemoryStore::new();
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No step below panics half-way, so the state is whole even after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn expect(&self, key: &StoreKey, expected: Option<Version>) -> Result<(), StoreError> {
        if self.entries.get(key).map(|entry| entry.version) == expected {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }
}

impl RegistrationStore for MemoryStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        Box::pin(async move { Ok(self.state().entries.get(key).cloned()) })
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        Box::pin(async move {
            let mut state = self.state();
            state.expect(key, expected)?;
            state.last += 1;
            let version = Version(state.last);
            let entry = Entry::new(version, content.clone());
            state.entries.insert(key.clone(), entry);
            Ok(version)
        })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut state = self.state();
            state.expect(key, Some(expected))?;
            state.entries.remove(key);
            Ok(())
        })
    }
}
