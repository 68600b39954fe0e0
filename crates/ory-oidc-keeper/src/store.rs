//! The interface between a keeper and the place where it stores its registration.
//!
//! Implement [`RegistrationStore`] for the database that you have, and run the tests of
//! `ory_oidc_keeper::testing` (feature `testing`) on it.

mod entry;
mod error;
mod key;
mod list;

pub use entry::{Content, Entry, Version};
pub use error::StoreError;
pub use key::StoreKey;
pub use list::ListQuery;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Stores registrations, each under a [`StoreKey`], for one process or for a fleet of processes.
///
/// A store holds one string for each key, and replaces it only if its version is the expected one
/// (compare-and-swap). Only the [`Keeper`](crate::Keeper) knows what the string means.
///
/// # Example
///
/// A store in memory, as small as a store can be:
///
/// ```
/// use ory_oidc_keeper::store::{
///     Content, Entry, ListQuery, RegistrationStore, StoreError, StoreFuture, StoreKey, Version,
/// };
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// #[derive(Debug, Default)]
/// struct MyStore(Mutex<State>);
///
/// #[derive(Debug, Default)]
/// struct State {
///     entries: HashMap<StoreKey, Entry>,
///     last_version: u64,
/// }
///
/// impl State {
///     fn check(&self, key: &StoreKey, expected: Option<Version>) -> Result<(), StoreError> {
///         let found = self.entries.get(key).map(|entry| entry.version);
///         if found == expected { Ok(()) } else { Err(StoreError::Conflict) }
///     }
/// }
///
/// impl RegistrationStore for MyStore {
///     fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
///         Box::pin(async move { Ok(self.0.lock().unwrap().entries.get(key).cloned()) })
///     }
///
///     fn save<'a>(
///         &'a self,
///         key: &'a StoreKey,
///         expected: Option<Version>,
///         content: &'a Content,
///     ) -> StoreFuture<'a, Version> {
///         Box::pin(async move {
///             let mut state = self.0.lock().unwrap();
///             state.check(key, expected)?;
///             state.last_version += 1;
///             let version = Version(state.last_version);
///             state.entries.insert(key.clone(), Entry::new(version, content.clone()));
///             Ok(version)
///         })
///     }
///
///     fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
///         Box::pin(async move {
///             let mut state = self.0.lock().unwrap();
///             state.check(key, Some(expected))?;
///             state.entries.remove(key);
///             Ok(())
///         })
///     }
///
///     fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
///         Box::pin(async move {
///             let state = self.0.lock().unwrap();
///             let keys = state.entries.keys().filter(|key| key.issuer() == query.issuer);
///             let mut names: Vec<String> = keys.map(|key| key.name().to_owned()).collect();
///             names.retain(|name| name.starts_with(&query.prefix) && Some(name) > query.after.as_ref());
///             names.sort();
///             names.truncate(query.limit);
///             Ok(names)
///         })
///     }
/// }
/// ```
pub trait RegistrationStore: Send + Sync {
    /// Returns the entry under a key, or [`None`] if the key has no entry.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and [`StoreError::Unsafe`] for an entry that must not be used;
    /// [`StoreError::Unavailable`] when the store cannot be reached.
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>>;

    /// Writes an entry if the one under the key still has the version `expected`, and returns the
    /// new version. [`None`] expects that there is no entry.
    ///
    /// The comparison and the write are one atomic step for all processes that share the store. When
    /// this returns, the entry survives a crash.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another writer was first: nothing was written.
    /// [`StoreError::Refused`] when the store cannot hold such an entry: nothing was written.
    /// [`StoreError::Unavailable`] when the write failed or its outcome is unknown. Otherwise as
    /// for [`load`](Self::load).
    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version>;

    /// Removes the entry if it still has the version `expected`.
    ///
    /// # Errors
    /// As for [`save`](Self::save).
    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()>;

    /// Returns a page of the names that have an entry and that `query` selects.
    ///
    /// The order is the store's choice, and the same in every call. The page starts after
    /// `query.after`, whether that name still has an entry or not. An empty page is the end: a page
    /// may be shorter than `query.limit`, but is never longer. An entry that exists during all calls
    /// of a listing is listed once.
    ///
    /// # Errors
    /// As for [`load`](Self::load). A damaged entry is listed if its name is known.
    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>>;

    /// Returns how long each call may take until it fails with [`StoreError::Unavailable`]. [`None`],
    /// the default, if the store sets no limit.
    ///
    /// A [`Keeper`](crate::Keeper) extends its lease by this time, so that no other process takes
    /// over a change that is still being saved. A store that wraps another one returns the time of
    /// all calls of the inner store that one of its calls makes. The value must not change.
    fn timeout(&self) -> Option<Duration> {
        None
    }
}

/// Lets a shared store, `Arc<dyn RegistrationStore>` included, be used as a store.
impl<S: RegistrationStore + ?Sized> RegistrationStore for Arc<S> {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        (**self).load(key)
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        (**self).save(key, expected, content)
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        (**self).clear(key, expected)
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        (**self).list(query)
    }

    fn timeout(&self) -> Option<Duration> {
        (**self).timeout()
    }
}

/// The future that the methods of a [`RegistrationStore`] return: `Box::pin(async move { … })`.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;
