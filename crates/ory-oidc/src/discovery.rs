//! Provider metadata (OpenID Connect Discovery 1.0).

use crate::cache::{Fetched, Hit};
use crate::{Client, Error, Operation, Staleness, UnreadableError, ValidationError, text};
use ory_oidc_gen::apis::oidc_api as api;
use ory_oidc_gen::models::OidcConfiguration;
use std::sync::Arc;
use url::Url;

/// What an issuer says about itself (OpenID Connect Discovery §3). It exists only after the
/// issuer and the origins of its endpoints were checked. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ProviderMetadata {
    document: Arc<Document>,
    staleness: Option<Arc<Staleness>>,
}

#[derive(Debug)]
pub(crate) struct Document {
    fields: OidcConfiguration,
    registration_endpoint: String,
    issuer_was_tolerated: bool,
}

impl ProviderMetadata {
    fn served(hit: Hit<Arc<Document>>) -> Self {
        Self {
            document: hit.value,
            staleness: hit.staleness,
        }
    }

    /// The issuer, as it says itself.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.document.fields.issuer
    }

    /// Whether the issuer differs from the one asked for by the slash of the root, which the
    /// client was told to tolerate.
    #[must_use]
    pub fn issuer_was_tolerated(&self) -> bool {
        self.document.issuer_was_tolerated
    }

    /// That this had expired already, and why there is nothing newer: the provider is away.
    /// [`None`] for what is fresh.
    #[must_use]
    pub fn staleness(&self) -> Option<&Staleness> {
        self.staleness.as_deref()
    }

    /// All members as the raw crate's model has them, unknown ones in `additional_properties`.
    #[must_use]
    pub fn fields(&self) -> &OidcConfiguration {
        &self.document.fields
    }

    /// The fields as owned data.
    #[must_use]
    pub fn into_fields(self) -> OidcConfiguration {
        Arc::try_unwrap(self.document)
            .map_or_else(|shared| shared.fields.clone(), |document| document.fields)
    }

    /// Where users log in (§3).
    #[must_use]
    pub fn authorization_endpoint(&self) -> &str {
        &self.document.fields.authorization_endpoint
    }

    /// Where codes become tokens (§3).
    #[must_use]
    pub fn token_endpoint(&self) -> &str {
        &self.document.fields.token_endpoint
    }

    /// Where the provider's public keys are (§3).
    #[must_use]
    pub fn jwks_uri(&self) -> &str {
        &self.document.fields.jwks_uri
    }

    /// Where clients register themselves (§3). Ory names it only when it is told to, even where
    /// registration works: then it is Ory's path at the provider.
    #[must_use]
    pub fn registration_endpoint(&self) -> &str {
        &self.document.registration_endpoint
    }

    /// Whether the issuer itself says where clients register.
    #[must_use]
    pub fn advertises_registration(&self) -> bool {
        self.document.fields.registration_endpoint.is_some()
    }

    /// Where userinfo is (§3).
    #[must_use]
    pub fn userinfo_endpoint(&self) -> Option<&str> {
        self.document.fields.userinfo_endpoint.as_deref()
    }

    /// Where users log out (OpenID Connect RP-Initiated Logout §2.1).
    #[must_use]
    pub fn end_session_endpoint(&self) -> Option<&str> {
        self.document.fields.end_session_endpoint.as_deref()
    }

    /// Whether request objects may be passed by reference; true when the issuer is silent (§3).
    #[must_use]
    pub fn request_uri_parameter_supported(&self) -> bool {
        self.document
            .fields
            .request_uri_parameter_supported
            .unwrap_or(true)
    }

    /// Whether request objects may be passed by value; false when the issuer is silent (§3).
    #[must_use]
    pub fn request_parameter_supported(&self) -> bool {
        self.document
            .fields
            .request_parameter_supported
            .unwrap_or(false)
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
    /// One request is made, however many ask, and the answer is kept as the client's
    /// [`CachePolicy`](crate::CachePolicy) says. Before it expires it is fetched anew in the
    /// background; while the provider is away it is served a while longer, and
    /// [`ProviderMetadata::staleness`] says so. After a failure there is a pause of a second, or of
    /// what the provider asks for up to a minute, in which all get the same error.
    ///
    /// # Errors
    /// [`ValidationError::IssuerMismatch`] and [`ValidationError::ForeignEndpoint`], which expose
    /// nothing of the metadata; [`Error::Server`]; the errors of transport and reading.
    #[doc(alias = "discoverOidcConfiguration")]
    pub async fn discover(&self) -> Result<ProviderMetadata, Error> {
        let fetch = || self.clone().fetch_metadata();
        let hit = self.metadata_cache().get(fetch).await?;
        Ok(ProviderMetadata::served(hit))
    }

    /// Fetches the provider's metadata now, whatever is kept, as [`discover`](Self::discover) does:
    /// after an operator has said that it changed.
    ///
    /// # Errors
    /// As for [`discover`](Self::discover). What was kept stays.
    pub async fn refresh_metadata(&self) -> Result<ProviderMetadata, Error> {
        let fetch = || self.clone().fetch_metadata();
        let hit = self.metadata_cache().refresh(fetch).await?;
        Ok(ProviderMetadata::served(hit))
    }

    /// Where this process reaches an endpoint that the metadata names: at the base URL, if the
    /// provider has a [`public_issuer`](crate::ClientBuilder::public_issuer); else as it is named.
    /// For the token endpoint, say, of a library that logs users in.
    ///
    /// ```
    /// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
    /// let ory = ory_oidc::Client::builder("http://hydra:4444")
    ///     .allow_insecure_http()
    ///     .public_issuer("https://id.example/")
    ///     .build()?;
    /// let token_endpoint = ory.internal_endpoint("https://id.example/oauth2/token");
    /// assert_eq!(token_endpoint, "http://hydra:4444/oauth2/token");
    /// # }
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    #[must_use]
    pub fn internal_endpoint(&self, endpoint: &str) -> String {
        self.endpoints().reached(endpoint)
    }

    async fn fetch_metadata(self) -> Result<Fetched<Arc<Document>>, Error> {
        const OPERATION: Operation = Operation::Discover;
        let call = api::discover_oidc_configuration(self.as_raw());
        let answer = self.exchange(OPERATION, call).await;
        let answer = answer.map_err(|error| Error::from_raw(OPERATION, error))?;
        let fields = answer.decode();
        let fields = fields.map_err(|error| UnreadableError::from_decode(OPERATION, &error))?;
        if !self.is_own_issuer(&fields.issuer) {
            let (expected, found) = (self.issuer().to_owned(), text::clip(&fields.issuer));
            return Err(ValidationError::IssuerMismatch { expected, found }.into());
        }
        let issuer_was_tolerated = fields.issuer != self.issuer();
        self.endpoints().check(&fields)?;
        let registration_endpoint = fields
            .registration_endpoint
            .clone()
            .unwrap_or_else(|| format!("{}/oauth2/register", self.endpoints().public_base()));
        let (_, headers, _) = answer.into_parts();
        Ok(Fetched {
            value: Arc::new(Document {
                fields,
                registration_endpoint,
                issuer_was_tolerated,
            }),
            headers,
        })
    }

    /// Whether a text names the issuer that was asked for, or one that is tolerated in its place.
    pub(crate) fn is_own_issuer(&self, found: &str) -> bool {
        found == self.issuer()
            || (self.tolerates_root_slash() && differ_by_root_slash(found, self.issuer()))
    }
}

/// Whether two issuers are `https://host` and `https://host/`.
pub(crate) fn differ_by_root_slash(one: &str, other: &str) -> bool {
    let (long, short) = if one.len() > other.len() {
        (one, other)
    } else {
        (other, one)
    };
    // A slash at the end of a query, or after what a URL parser trims, is not the root's.
    let root = |text: &str| Url::parse(text).ok().filter(|url| url.path() == "/");
    long.strip_suffix('/') == Some(short)
        && !short.ends_with('/')
        && root(short).is_some_and(|url| root(long) == Some(url))
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
            ("https://a.example/?x/", "https://a.example/?x"),
            ("https://a.example#x/", "https://a.example#x"),
            ("https://a.example\\/", "https://a.example\\"),
            ("https://a.example\0/", "https://a.example\0"),
            ("http://a.example/", "https://a.example"),
            ("/", ""),
        ] {
            assert!(!differ_by_root_slash(one, other), "{one} {other}");
        }
    }

    mod whatever_they_are {
        use super::differ_by_root_slash;
        use proptest::prelude::*;

        proptest! {
            #[test]
            fn the_order_of_issuers_does_not_matter(one in any::<String>(), other in any::<String>()) {
                let differ = differ_by_root_slash(&one, &other);
                prop_assert_eq!(differ, differ_by_root_slash(&other, &one));
            }

            #[test]
            fn what_is_tolerated_is_one_slash_and_nothing_else(issuer in any::<String>()) {
                prop_assert!(!differ_by_root_slash(&issuer, &issuer));
                let with_slash = format!("{issuer}/");
                if differ_by_root_slash(&issuer, &with_slash) {
                    let one = url::Url::parse(&issuer).expect("it is a URL");
                    let other = url::Url::parse(&with_slash).expect("it is a URL");
                    prop_assert_eq!(one, other);
                }
            }

            #[test]
            fn of_hosts_it_is_tolerated_and_of_paths_it_is_not(
                host in "[a-z]{1,9}(\\.[a-z]{1,9}){0,2}",
                path in "(/[a-z0-9]{1,9}){1,3}",
            ) {
                let bare = format!("https://{host}");
                let with_slash = format!("{bare}/");
                prop_assert!(differ_by_root_slash(&bare, &with_slash));
                let below = format!("{bare}{path}");
                let with_slash = format!("{below}/");
                prop_assert!(!differ_by_root_slash(&below, &with_slash));
            }
        }
    }
}
