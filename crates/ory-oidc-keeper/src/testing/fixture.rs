//! How a test opens a store.

use crate::store::RegistrationStore;
use std::fmt::Debug;
use std::future::Future;

/// The data of one test, which stores are opened on. It starts without entries.
///
/// See [`testing`](super) for an example.
pub trait StoreFixture: Sync {
    /// The store under test.
    type Store: RegistrationStore + Debug + 'static;

    /// Opens a store on the data of this test, as a new process would. A test may open several, and
    /// all of them must share their entries.
    ///
    /// A failure panics.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;
}
