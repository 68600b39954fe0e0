//! Tests for stores of your own (feature `testing`).
//!
//! A keeper can only protect a registration if its store keeps the promises of
//! [`RegistrationStore`](crate::store::RegistrationStore).
//! [`store_conformance_tests!`](crate::store_conformance_tests) turns them
//! into tests: one for each rule in [`conformance`].
//!
//! ```toml
//! [dev-dependencies]
//! ory-oidc-keeper = { version = "0.1", features = ["testing"] }
//! ```
//!
//! Say how a test opens your store by implementing [`StoreFixture`], then list the tests:
//!
//! ```
//! use ory_oidc_keeper::file::FileStore;
//! use ory_oidc_keeper::testing::StoreFixture;
//!
//! /// A new directory for each test.
//! struct Directory(tempfile::TempDir);
//!
//! impl Directory {
//!     fn new() -> Self {
//!         Self(tempfile::tempdir().expect("a temporary directory can be created"))
//!     }
//! }
//!
//! impl StoreFixture for Directory {
//!     type Store = FileStore;
//!
//!     async fn open(&self) -> FileStore {
//!         FileStore::open(self.0.path().join("store")).expect("the directory is private")
//!     }
//! }
//!
//! // In `tests/conformance.rs`, or in a module with `#[cfg(test)]`:
//! ory_oidc_keeper::store_conformance_tests!(Directory::new());
//! ```

mod calls;
pub mod conformance;
mod fixture;

pub use fixture::StoreFixture;

use std::future::Future;

/// Runs a test's future on a multi-threaded tokio runtime, so that the concurrent rules are.
#[doc(hidden)]
#[allow(
    clippy::missing_panics_doc,
    reason = "a test without a runtime cannot run"
)]
pub fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("the operating system can start threads")
        .block_on(test)
}

/// Defines one `#[test]` function for each rule in [`testing::conformance`](crate::testing::conformance).
///
/// Takes an expression that creates a new [`StoreFixture`](crate::testing::StoreFixture). The
/// expression is evaluated in an `async` block, so it may contain `.await`. Use one module per
/// store, as the functions have the names of the rules:
///
/// ```
/// use ory_oidc_keeper::memory::MemoryStore;
/// use ory_oidc_keeper::testing::StoreFixture;
///
/// struct Memory(MemoryStore);
///
/// impl StoreFixture for Memory {
///     type Store = MemoryStore;
///
///     async fn open(&self) -> MemoryStore {
///         self.0.clone() // clones share their entries
///     }
/// }
///
/// mod memory_store {
///     use super::*;
///
///     ory_oidc_keeper::store_conformance_tests!(Memory(MemoryStore::new()));
/// }
///
/// // Attributes before `fixture:` apply to each test.
/// mod memory_store_without_miri {
///     use super::*;
///
///     ory_oidc_keeper::store_conformance_tests! {
///         #[cfg_attr(miri, ignore = "too slow")]
///         fixture: Memory(MemoryStore::new())
///     }
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! store_conformance_tests {
    (@each $attributes:tt $fixture:tt $($rule:ident)*) => {
        $($crate::store_conformance_tests! { @one $attributes $fixture $rule })*
    };
    (@one [$(#[$attribute:meta])*] [$fixture:expr] $rule:ident) => {
        $(#[$attribute])*
        #[test]
        fn $rule() {
            $crate::testing::block_on(async {
                $crate::testing::conformance::$rule(&$fixture).await;
            });
        }
    };
    ($(#[$attribute:meta])* fixture: $fixture:expr) => {
        $crate::store_conformance_tests! { @each [$(#[$attribute])*] [$fixture]
            missing_entry_is_none
            content_is_returned_unchanged
            save_replaces_the_entry
            other_handles_see_every_change
            debug_hides_the_content
            stale_version_is_a_conflict
            save_without_version_needs_a_missing_entry
            save_with_version_needs_an_entry
            clear_needs_the_current_version
            versions_are_never_reused
            keys_are_independent
            issuer_and_name_are_separate
            nul_characters_are_stored_or_refused
            every_name_is_listed_once
            a_listing_continues_after_a_cleared_name
            a_prefix_selects_names
            one_of_many_first_saves_wins
            concurrent_updates_are_not_lost
            calls_end_within_the_timeout
        }
    };
    ($fixture:expr) => {
        $crate::store_conformance_tests! { fixture: $fixture }
    };
}
