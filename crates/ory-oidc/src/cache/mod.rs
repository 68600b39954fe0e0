//! The caches for the metadata and the keys of the provider.

// Some items are used only with the `jwt` feature.
#[cfg_attr(not(feature = "jwt"), allow(dead_code))]
pub(crate) mod cached;
pub(crate) mod policy;
pub(crate) mod staleness;

pub use policy::CachePolicy;
pub use staleness::Staleness;
