//! The client that a token must be for.

use crate::registration::registration::Registration;
use ory_oidc_core::text::Clip;
use std::borrow::Cow;
use std::fmt;

/// The client that a token must be for: its id and its registered algorithms.
///
/// A [`Registration`] converts into one. Without a registration, state the client id:
///
/// ```
/// use ory_oidc::token::RelyingParty;
///
/// let party = RelyingParty::new("my-client-id").userinfo_signed_response_alg("RS256");
/// assert_eq!(party.client_id(), "my-client-id");
/// ```
#[derive(Clone, Eq, PartialEq)]
#[must_use]
pub struct RelyingParty<'a> {
    client_id: Cow<'a, str>,
    userinfo_signed_response_alg: Option<Cow<'a, str>>,
    id_token_signed_response_alg: Option<Cow<'a, str>>,
}

/// Shows each value cut.
impl fmt::Debug for RelyingParty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty")
            .field("client_id", &Clip(&self.client_id))
            .field(
                "userinfo_signed_response_alg",
                &Clip(&self.userinfo_signed_response_alg),
            )
            .field(
                "id_token_signed_response_alg",
                &Clip(&self.id_token_signed_response_alg),
            )
            .finish()
    }
}

impl<'a> RelyingParty<'a> {
    /// Creates a relying party with this id. Tokens may have any algorithm that the provider
    /// advertises.
    pub fn new(client_id: impl Into<Cow<'a, str>>) -> Self {
        Self {
            client_id: client_id.into(),
            userinfo_signed_response_alg: None,
            id_token_signed_response_alg: None,
        }
    }

    /// Sets the registered algorithm of userinfo (OpenID Connect Dynamic Client Registration §2).
    /// Plain JSON and every other algorithm are refused. `none` means plain JSON.
    pub fn userinfo_signed_response_alg(mut self, alg: impl Into<Cow<'a, str>>) -> Self {
        self.userinfo_signed_response_alg = Some(alg.into());
        self
    }

    /// Sets the registered algorithm of ID tokens, which logout tokens use as well (OpenID Connect
    /// Back-Channel Logout §2.6).
    pub fn id_token_signed_response_alg(mut self, alg: impl Into<Cow<'a, str>>) -> Self {
        self.id_token_signed_response_alg = Some(alg.into());
        self
    }

    /// Returns the client id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the algorithm that userinfo must have; [`None`] if plain JSON is accepted.
    pub(crate) fn userinfo_alg(&self) -> Option<&str> {
        let alg = self.userinfo_signed_response_alg.as_deref();
        alg.filter(|alg| !matches!(*alg, "" | "none"))
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn id_token_alg(&self) -> Option<&str> {
        let alg = self.id_token_signed_response_alg.as_deref();
        // Ory sends an empty text if none is registered.
        alg.filter(|alg| !alg.is_empty())
    }
}

/// Uses the client id.
impl<'a> From<&'a str> for RelyingParty<'a> {
    fn from(client_id: &'a str) -> Self {
        Self::new(client_id)
    }
}

/// Uses the granted metadata. A registration restored by [`Registration::from_saved`] has no
/// metadata until it is read; until then plain JSON is accepted for userinfo.
impl<'a> From<&'a Registration> for RelyingParty<'a> {
    fn from(registration: &'a Registration) -> Self {
        let granted = registration.granted();
        let alg = |alg: &'a Option<String>| alg.as_deref().map(Cow::Borrowed);
        Self {
            client_id: registration.client_id().into(),
            userinfo_signed_response_alg: alg(&granted.userinfo_signed_response_alg),
            id_token_signed_response_alg: granted
                .additional_properties
                .get("id_token_signed_response_alg")
                .and_then(|alg| alg.as_str())
                .map(Cow::Borrowed),
        }
    }
}
