//! Reads the provider's metadata (OpenID Connect Discovery 1.0).

pub(crate) mod endpoints;
mod error;
pub(crate) mod issuer;
pub(crate) mod metadata;
mod request;

pub use error::DiscoveryError;
pub use metadata::ProviderMetadata;
pub use request::{DiscoverFuture, DiscoverRequest};
