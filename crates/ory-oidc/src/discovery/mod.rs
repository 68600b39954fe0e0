//! The provider's metadata (OpenID Connect Discovery 1.0).

pub(crate) mod called;
pub(crate) mod endpoints;
pub(crate) mod error;
pub(crate) mod issuer;
pub(crate) mod metadata;

pub use called::{AdvertisedEndpoints, Endpoint};
pub use error::{DiscoveryError, ForeignEndpoint};
pub use metadata::ProviderMetadata;
