//! A cache for responses that many callers need, such as the metadata and the keys of the provider.

mod cached;
mod entry;
mod fetch;
mod fetched;
mod freshness;
mod policy;
mod staleness;

pub use cached::{Asker, Cache};
pub use entry::Hit;
pub use fetch::Fetch;
pub use fetched::Fetched;
pub use freshness::Freshness;
pub use policy::CachePolicy;
pub use staleness::Staleness;
