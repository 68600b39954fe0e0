//! Where registrations are kept, so that a process that starts again finds its client.

#[cfg(feature = "encryption")]
mod encrypted;
mod file;
mod memory;

#[cfg(feature = "encryption")]
pub use encrypted::EncryptedStore;
pub use file::FileStore;
pub use memory::MemoryStore;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Keeps registrations, each under a [`StoreKey`], for one process or for a fleet of them.
///
/// A store is a small thing: it keeps a text and swaps it for another if nobody else did so in
/// the meantime. What the text means, and in which order it changes, is
/// [`Keeper`](crate::Keeper)'s business. Implement it for the database that you have.
pub trait RegistrationStore: Send + Sync {
    /// The entry under a key; [`None`] when there is none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and [`StoreError::Unsafe`] for an entry that must not be used,
    /// [`StoreError::Unavailable`] when the store cannot be asked.
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>>;

    /// Writes an entry if the one under the key still has the version `expected`; [`None`] means
    /// that there must be none. Returns the new version. The entry outlives a crash from then on.
    ///
    /// The comparison and the write are one step for everybody who shares the store.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody else wrote first: nothing was written then.
    /// [`StoreError::Unavailable`] when the write failed or its outcome is unknown; others as for
    /// [`load`](Self::load).
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
}

/// A store that several own is a store, so that nobody has to name its type.
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
}

/// What the methods of a [`RegistrationStore`] return: `Box::pin(async move { … })`.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Which registration: the issuer that it is at, and the name that the caller gave it.
///
/// ```
/// let key = ory_oidc::StoreKey::new("https://slug.projects.oryapis.com", "my-app");
/// assert_eq!(key.name(), "my-app");
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct StoreKey {
    issuer: String,
    name: String,
}

impl StoreKey {
    /// A key.
    #[must_use]
    pub fn new(issuer: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            name: name.into(),
        }
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The caller's name for the registration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// An entry's version. A store never gives one twice to the same key, not even after the entry was
/// cleared and written anew.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Version(pub u64);

/// An entry of a store.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Its version, to swap it.
    pub version: Version,
    /// What it holds.
    pub content: Content,
}

impl Entry {
    /// An entry.
    #[must_use]
    pub fn new(version: Version, content: Content) -> Self {
        Self { version, content }
    }
}

/// The text of an entry: JSON that holds secrets in the clear. [`Debug`](fmt::Debug) does not show it.
#[derive(Clone, Eq, PartialEq)]
pub struct Content(String);

impl Content {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Named so that a reader sees where secrets leave their wrapper.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Content([redacted])")
    }
}

/// Why a store did not do what it was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody else changed the entry first. Nothing was written.
    Conflict,
    /// The entry is there and cannot be read: damaged, cut short, of another format, or another
    /// key's. It was left as it is.
    Damaged {
        /// Where it is: a path, or a row.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The entry could be read or changed by somebody else, so it is neither read nor written.
    Unsafe {
        /// Where it is.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store failed. After a write, whether it took place is unknown.
    Unavailable {
        /// Where it is.
        place: String,
        /// What the store said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("somebody else changed the stored registration first"),
            Self::Damaged { place, reason } => {
                write!(
                    f,
                    "the stored registration in {place} cannot be read: {reason}"
                )
            }
            Self::Unsafe { place, reason } => {
                write!(
                    f,
                    "the stored registration in {place} is not safe: {reason}"
                )
            }
            Self::Unavailable { place, .. } => {
                write!(f, "the store of registrations in {place} failed")
            }
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unavailable { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
