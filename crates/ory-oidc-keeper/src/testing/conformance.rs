//! The rules that every [`RegistrationStore`](crate::store::RegistrationStore) must keep, one function each.
//!
//! Run them with [`store_conformance_tests!`](crate::store_conformance_tests), or call one by name
//! with a fixture whose data is new. A rule that is broken panics with a message that names it.
//!
//! ```
//! use ory_oidc_keeper::memory::MemoryStore;
//! use ory_oidc_keeper::testing::{StoreFixture, conformance};
//!
//! struct Memory(MemoryStore);
//!
//! impl StoreFixture for Memory {
//!     type Store = MemoryStore;
//!
//!     async fn open(&self) -> MemoryStore {
//!         self.0.clone()
//!     }
//! }
//!
//! # #[tokio::main]
//! # async fn main() {
//! conformance::stale_version_is_a_conflict(&Memory(MemoryStore::new())).await;
//! # }
//! ```
//!
//! What a test in the same process cannot show is up to you: that an entry survives a crash once
//! `save` has returned, and that `save` is atomic for writers on other machines.

#![allow(
    clippy::missing_panics_doc,
    reason = "a rule that is broken panics, as the module says"
)]

mod concurrency;
mod entries;
mod keys;
mod listing;
mod timeout;
mod versions;

pub use concurrency::{concurrent_updates_are_not_lost, one_of_many_first_saves_wins};
pub use entries::{
    content_is_returned_unchanged, debug_hides_the_content, missing_entry_is_none,
    other_handles_see_every_change, save_replaces_the_entry,
};
pub use keys::{
    issuer_and_name_are_separate, keys_are_independent, nul_characters_are_stored_or_refused,
};
pub use listing::{
    a_listing_continues_after_a_cleared_name, a_prefix_selects_names, every_name_is_listed_once,
};
pub use timeout::calls_end_within_the_timeout;
pub use versions::{
    clear_needs_the_current_version, save_with_version_needs_an_entry,
    save_without_version_needs_a_missing_entry, stale_version_is_a_conflict,
    versions_are_never_reused,
};
