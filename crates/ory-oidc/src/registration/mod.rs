//! Client metadata and registrations (RFC 7591, RFC 7592).

mod administrator;
pub(crate) mod authorization;
pub(crate) mod difference;
mod error;
mod export;
mod key_material;
mod lifespan;
pub(crate) mod metadata;
mod private_key;
mod refusal;
#[allow(clippy::module_inception)] // the type Registration
pub(crate) mod registration;
pub(crate) mod reply;
mod rescue;
mod values;

pub use crate::credentials::{ClientSecret, InitialAccessToken, RegistrationAccessToken};
pub use authorization::RegistrationAuthorization;
pub use difference::Difference;
pub use error::RegistrationError;
pub use export::ExportedRegistration;
pub use metadata::ClientMetadata;
pub use registration::Registration;
pub use values::{grant_type, response_type, subject_type, token_endpoint_auth_method};
