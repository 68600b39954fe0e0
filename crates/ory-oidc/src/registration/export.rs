//! A registration as data, with its secrets.

use super::registration::Registration;
use ory_oidc_core::Secret;
use ory_oidc_core::text::Clip;
use ory_oidc_gen::models::OAuth2Client;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A [`Registration`] in a form that can be serialized.
///
/// **The serialized form holds the client secret and the registration access token in the clear.**
/// It is a type of its own, so that nobody serializes secrets by accident. Store it where only your
/// service can read it.
///
/// ```
/// use ory_oidc::Registration;
/// use ory_oidc::registration::{ExportedRegistration, RegistrationAccessToken};
///
/// let token = RegistrationAccessToken::new("ory_at_example");
/// let registration = Registration::from_saved("my-client", token);
/// let json = serde_json::to_string(&registration.export())?; // holds secrets
///
/// let exported: ExportedRegistration = serde_json::from_str(&json)?;
/// assert_eq!(Registration::from(exported), registration);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
pub struct ExportedRegistration {
    client_id: String,
    client_secret: Option<Secret>,
    registration_access_token: Option<Secret>,
    registration_client_uri: Option<String>,
    granted: OAuth2Client,
}

impl fmt::Debug for ExportedRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportedRegistration")
            .field("client_id", &Clip(&self.client_id))
            .finish_non_exhaustive()
    }
}

impl Registration {
    /// Exports the registration with its secrets, for serialization.
    #[must_use]
    pub fn export(&self) -> ExportedRegistration {
        ExportedRegistration {
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone().map(Into::into),
            registration_access_token: self.registration_access_token.clone().map(Into::into),
            registration_client_uri: self.registration_client_uri.clone(),
            granted: self.granted.clone(),
        }
    }
}

impl From<ExportedRegistration> for Registration {
    fn from(exported: ExportedRegistration) -> Self {
        // Data that was written by hand may have here what a registration has in its own fields.
        let mut granted = exported.granted;
        granted.client_id = None;
        granted.client_secret = None;
        granted.registration_access_token = None;
        granted.registration_client_uri = None;
        Self {
            client_id: exported.client_id,
            client_secret: exported.client_secret.map(Into::into),
            registration_access_token: exported.registration_access_token.map(Into::into),
            registration_client_uri: exported.registration_client_uri,
            granted,
            omitted: Vec::new(),
            reset: Vec::new(),
        }
    }
}
