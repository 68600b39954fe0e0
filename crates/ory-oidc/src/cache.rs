//! How long the metadata and the keys of the provider are cached.

pub use ory_oidc_core::cache::{CachePolicy, Staleness};
