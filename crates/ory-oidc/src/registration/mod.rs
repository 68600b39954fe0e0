//! Registers OAuth 2.0 clients and manages their registrations (RFC 7591, RFC 7592).

pub(crate) mod authorization;
mod delete;
pub(crate) mod difference;
mod error;
mod export;
mod lifespan;
pub(crate) mod metadata;
mod read;
mod register;
#[allow(clippy::module_inception)] // the type Registration
pub(crate) mod registration;
mod update;
mod values;

pub use crate::credentials::{ClientSecret, InitialAccessToken, RegistrationAccessToken};
pub use authorization::RegistrationAuthorization;
pub use delete::DeleteRequest;
pub use difference::Difference;
pub use error::RegistrationError;
pub use export::ExportedRegistration;
pub use metadata::ClientMetadata;
pub use read::ReadRequest;
pub use register::RegisterRequest;
pub use registration::Registration;
pub use update::{ReplaceRequest, UpdateRequest};
pub use values::{grant_type, response_type, subject_type, token_endpoint_auth_method};
