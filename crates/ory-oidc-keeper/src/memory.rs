//! A store in memory.

use crate::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreError, StoreFuture, StoreKey, Version,
};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Stores registrations in memory: for tests, and for processes that register again at each start.
///
/// Clones share their entries, so a test can let two "processes" use the same store.
///
/// ```
/// use ory_oidc_keeper::memory::MemoryStore;
/// use ory_oidc_keeper::store::{Content, RegistrationStore, StoreError, StoreKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StoreError> {
/// let store = MemoryStore::new();
/// let key = StoreKey::new("https://slug.projects.oryapis.com", "my-app");
/// let version = store.save(&key, None, &Content::new("{}")).await?;
///
/// let entry = store.clone().load(&key).await?.expect("the entry was saved");
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
    last_version: u64,
}

impl MemoryStore {
    /// Creates an empty store.
    ///
    /// ```
    /// use ory_oidc_keeper::memory::MemoryStore;
    ///
    /// let store = MemoryStore::new();
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No method panics while it changes the state, so a poisoned lock holds a valid state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn check(&self, key: &StoreKey, expected: Option<Version>) -> Result<(), StoreError> {
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
            state.check(key, expected)?;
            state.last_version += 1;
            let version = Version(state.last_version);
            let entry = Entry::new(version, content.clone());
            state.entries.insert(key.clone(), entry);
            Ok(version)
        })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut state = self.state();
            state.check(key, Some(expected))?;
            state.entries.remove(key);
            Ok(())
        })
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        Box::pin(async move {
            let state = self.state();
            let mut names: Vec<String> = state
                .entries
                .keys()
                .filter(|key| key.issuer() == query.issuer)
                .map(|key| key.name().to_owned())
                .filter(|name| name.starts_with(&query.prefix) && Some(name) > query.after.as_ref())
                .collect();
            names.sort_unstable();
            names.truncate(query.limit);
            Ok(names)
        })
    }

    fn timeout(&self) -> Option<Duration> {
        // No call waits for anything.
        Some(Duration::ZERO)
    }
}
