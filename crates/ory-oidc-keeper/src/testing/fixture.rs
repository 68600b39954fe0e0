//! How a test opens a store.

use crate::store::RegistrationStore;
use std::fmt::Debug;
use std::future::Future;

/// Opens the stores of one test. They share their entries; at the start there are no entries.
///
/// See [`testing`](super) for an example.
pub trait StoreFixture: Sync {
    /// The store under test.
    type Store: RegistrationStore + Debug + 'static;

    /// Opens a store, as a new process would. A test may open several.
    ///
    /// A failure panics.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;
}
