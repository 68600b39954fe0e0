//! Provider metadata (OpenID Connect Discovery 1.0).

use crate::{Client, Error, Operation, UnreadableError, ValidationError};
use ory_oidc_gen::apis::oidc_api as api;
use ory_oidc_gen::models::OidcConfiguration;
use url::Url;

/// What an issuer says about itself (OpenID Connect Discovery §3). It exists only
/// after the issuer was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderMetadata {
    fields: OidcConfiguration,
    issuer_was_tolerated: bool,
}

impl ProviderMetadata {
    /// The issuer, as it says itself.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.fields.issuer
    }

    /// Whether the issuer differs from the one asked for by the slash of the root, which the
    /// client was told to tolerate.
    #[must_use]
    pub fn issuer_was_tolerated(&self) -> bool {
        self.issuer_was_tolerated
    }

    /// All members as the raw crate's model has them, unknown ones in `additional_properties`.
    #[must_use]
    pub fn fields(&self) -> &OidcConfiguration {
        &self.fields
    }

    /// The fields as owned data.
    #[must_use]
    pub fn into_fields(self) -> OidcConfiguration {
        self.fields
    }

    /// Where users log in (§3).
    #[must_use]
    pub fn authorization_endpoint(&self) -> &str {
        &self.fields.authorization_endpoint
    }

    /// Where codes become tokens (§3).
    #[must_use]
    pub fn token_endpoint(&self) -> &str {
        &self.fields.token_endpoint
    }

    /// Where the provider's public keys are (§3).
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        &self.fields.jwks_uri
    }

    /// Where clients register themselves (§3). Ory names it only when it is told to, even
    /// where registration works.
    #[must_use]
    pub fn registration_endpoint(&self) -> Option<&str> {
        self.fields.registration_endpoint.as_deref()
    }

    /// Where userinfo is (§3).
    #[must_use]
    pub fn userinfo_endpoint(&self) -> Option<&str> {
        self.fields.userinfo_endpoint.as_deref()
    }

    /// Where users log out (OpenID Connect RP-Initiated Logout §2.1).
    #[must_use]
    pub fn end_session_endpoint(&self) -> Option<&str> {
        self.fields.end_session_endpoint.as_deref()
    }

    /// Whether request objects may be passed by reference; true when the issuer is silent (§3).
    #[must_use]
    pub fn request_uri_parameter_supported(&self) -> bool {
        self.fields.request_uri_parameter_supported.unwrap_or(true)
    }

    /// Whether request objects may be passed by value; false when the issuer is silent (§3).
    #[must_use]
    pub fn request_parameter_supported(&self) -> bool {
        self.fields.request_parameter_supported.unwrap_or(false)
    }
}

impl Client {
    /// Fetches the provider's metadata and checks that it is the right provider's (OpenID
    /// Connect Discovery §4).
    ///
    /// The issuer must equal [`Client::issuer`] code point by code point. An Ory Hydra often
    /// calls itself `https://host/`, with a slash: name it so in
    /// [`ClientBuilder::issuer`](crate::ClientBuilder::issuer).
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// let provider = ory.discover().await?;
    /// println!("log in at {}", provider.authorization_endpoint());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ValidationError::IssuerMismatch`], which exposes nothing of the metadata;
    /// [`Error::Server`]; the errors of transport and reading.
    #[doc(alias = "discoverOidcConfiguration")]
    pub async fn discover(&self) -> Result<ProviderMetadata, Error> {
        const OPERATION: Operation = Operation::Discover;
        let call = api::discover_oidc_configuration(self.as_raw());
        let answer = self.exchange(OPERATION, call).await;
        let answer = answer.map_err(|error| Error::from_raw(OPERATION, error))?;
        let fields = answer.decode();
        let fields = fields.map_err(|error| UnreadableError::from_decode(OPERATION, &error))?;
        let issuer_was_tolerated = if fields.issuer == self.issuer() {
            false
        } else if self.tolerates_root_slash() && differ_by_root_slash(&fields.issuer, self.issuer())
        {
            true
        } else {
            let (expected, found) = (self.issuer().to_owned(), fields.issuer);
            return Err(ValidationError::IssuerMismatch { expected, found }.into());
        };
        Ok(ProviderMetadata {
            fields,
            issuer_was_tolerated,
        })
    }
}

/// Whether two issuers are `https://host` and `https://host/`.
pub(crate) fn differ_by_root_slash(one: &str, other: &str) -> bool {
    let (long, short) = if one.len() > other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let is_root = |text: &str| Url::parse(text).is_ok_and(|url| url.path() == "/");
    long.strip_suffix('/') == Some(short) && !short.ends_with('/') && is_root(short)
}

#[cfg(test)]
mod tests {
    use super::differ_by_root_slash;

    #[test]
    fn only_the_slash_of_the_root_can_be_tolerated() {
        assert!(differ_by_root_slash(
            "https://a.example/",
            "https://a.example"
        ));
        assert!(differ_by_root_slash(
            "https://a.example",
            "https://a.example/"
        ));
        for (one, other) in [
            ("https://a.example/tenant/", "https://a.example/tenant"),
            ("https://a.example//", "https://a.example"),
            ("https://a.example//", "https://a.example/"),
            ("https://A.example/", "https://a.example"),
            ("https://a.example/?", "https://a.example/"),
            ("http://a.example/", "https://a.example"),
            ("/", ""),
        ] {
            assert!(!differ_by_root_slash(one, other), "{one} {other}");
        }
    }
}
