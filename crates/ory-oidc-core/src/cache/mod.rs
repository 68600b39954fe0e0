//! A cache for responses that many callers need, such as the metadata and the keys of the provider.

mod cached;
mod freshness;
mod policy;
mod staleness;

pub use cached::{Asker, Cache, Fetched, Hit};
pub use freshness::Freshness;
pub use policy::CachePolicy;
pub use staleness::Staleness;
