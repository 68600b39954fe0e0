//! Who we are to the provider.

use crate::Registration;
use std::borrow::Cow;

/// A client of the provider, as far as it must be known to verify what is sent to it: its id, and
/// the algorithms that it registered.
///
/// A [`Registration`] is one. Write it out where there is none at hand:
///
/// ```
/// use ory_oidc::RelyingParty;
///
/// let party = RelyingParty::new("my-client-id").userinfo_signed_response_alg("RS256");
/// assert_eq!(party.client_id(), "my-client-id");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct RelyingParty<'a> {
    client_id: Cow<'a, str>,
    userinfo_signed_response_alg: Option<Cow<'a, str>>,
    id_token_signed_response_alg: Option<Cow<'a, str>>,
}

impl<'a> RelyingParty<'a> {
    /// A client of which only the id is known: what the provider advertises says how it signs.
    pub fn new(client_id: impl Into<Cow<'a, str>>) -> Self {
        Self {
            client_id: client_id.into(),
            userinfo_signed_response_alg: None,
            id_token_signed_response_alg: None,
        }
    }

    /// How it registered its userinfo to be signed (OpenID Connect Dynamic Client Registration
    /// §2). Plain JSON is refused then, and so is any other algorithm. `none` is plain JSON.
    pub fn userinfo_signed_response_alg(mut self, alg: impl Into<Cow<'a, str>>) -> Self {
        self.userinfo_signed_response_alg = Some(alg.into());
        self
    }

    /// How it registered its ID tokens to be signed, and so its logout tokens, too (OpenID Connect
    /// Back-Channel Logout §2.6).
    pub fn id_token_signed_response_alg(mut self, alg: impl Into<Cow<'a, str>>) -> Self {
        self.id_token_signed_response_alg = Some(alg.into());
        self
    }

    /// Its id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The algorithm that userinfo must be signed with; [`None`] where plain JSON will do.
    pub(crate) fn userinfo_alg(&self) -> Option<&str> {
        let alg = self.userinfo_signed_response_alg.as_deref();
        alg.filter(|alg| !matches!(*alg, "" | "none"))
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn id_token_alg(&self) -> Option<&str> {
        let alg = self.id_token_signed_response_alg.as_deref();
        // Ory writes an empty text for what was not registered.
        alg.filter(|alg| !alg.is_empty())
    }
}

/// By its id.
impl<'a> From<&'a str> for RelyingParty<'a> {
    fn from(client_id: &'a str) -> Self {
        Self::new(client_id)
    }
}

/// What it registered is known after it was registered or read, and not of one that was restored by
/// [`Registration::from_saved`]: until it was read, plain JSON will do for its userinfo.
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
