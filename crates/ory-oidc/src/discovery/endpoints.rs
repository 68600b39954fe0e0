//! Decides which endpoints of the metadata are trusted, and at which URL this process reaches them.

use super::error::DiscoveryError;
use ory_oidc_core::text::clip;
use ory_oidc_core::url_policy::{UrlPolicy, web_origin};
use ory_oidc_gen::apis::oidc_api::CREATE_OIDC_DYNAMIC_CLIENT;
use ory_oidc_gen::models::OidcConfiguration;
use serde_json::Value;
use std::sync::Arc;
use url::{Origin, Url};

/// The trusted origins, and the base URL at which this process reaches the provider.
#[derive(Debug)]
pub(crate) struct Endpoints {
    base: String,
    issuer: String,
    /// Whether browsers reach the provider at the issuer, and this process at the base URL.
    split_horizon: bool,
    /// As `https://host[:port]`, without the default port of the scheme.
    trusted: Vec<String>,
    /// Ory's documented registration endpoint.
    default_registration: Arc<str>,
}

impl Endpoints {
    /// Trusts the base URL, the issuer and the given origins.
    pub(crate) fn new(
        base: &Url,
        issuer: &str,
        split_horizon: bool,
        policy: UrlPolicy,
        origins: &[Origin],
    ) -> Self {
        let origins = origins.iter().map(Origin::ascii_serialization);
        let mut trusted: Vec<_> = origins.collect();
        // An issuer that is not a URL, or insecure http, has no origin to trust. The base URL was
        // checked when the configuration was built.
        let issuer_url = Url::parse(issuer).ok().filter(|url| policy.permits(url));
        trusted.extend(issuer_url.map(|url| url.origin().ascii_serialization()));
        trusted.push(base.origin().ascii_serialization());
        let base = base.as_str().trim_end_matches('/').to_owned();
        let issuer = issuer.trim_end_matches('/').to_owned();
        let public_base = if split_horizon { &issuer } else { &base };
        let registration = format!("{public_base}{}", CREATE_OIDC_DYNAMIC_CLIENT.path());
        Self {
            base,
            issuer,
            split_horizon,
            trusted,
            default_registration: registration.into(),
        }
    }

    /// Returns Ory's documented registration endpoint, which metadata need not name.
    pub(crate) fn default_registration(&self) -> Arc<str> {
        Arc::clone(&self.default_registration)
    }

    /// Refuses metadata that name an endpoint at an untrusted origin: users, codes, tokens and
    /// requests for keys would go there.
    pub(crate) fn check(&self, metadata: &OidcConfiguration) -> Result<(), DiscoveryError> {
        let required = [
            ("authorization_endpoint", &metadata.authorization_endpoint),
            ("token_endpoint", &metadata.token_endpoint),
            ("jwks_uri", &metadata.jwks_uri),
        ];
        let optional = [
            ("userinfo_endpoint", &metadata.userinfo_endpoint),
            ("end_session_endpoint", &metadata.end_session_endpoint),
            ("registration_endpoint", &metadata.registration_endpoint),
            ("revocation_endpoint", &metadata.revocation_endpoint),
            (
                "device_authorization_endpoint",
                &metadata.device_authorization_endpoint,
            ),
            (
                "credentials_endpoint_draft_00",
                &metadata.credentials_endpoint_draft_00,
            ),
        ];
        let optional = optional
            .into_iter()
            .filter_map(|(member, endpoint)| Some((member, endpoint.as_ref()?)));
        for (member, endpoint) in required.into_iter().chain(optional) {
            self.check_endpoint(member, endpoint)?;
        }
        for (member, value) in metadata.additional_properties.iter() {
            match value {
                Value::String(endpoint) if is_endpoint(member) => {
                    self.check_endpoint(member, endpoint)?;
                }
                // RFC 8705 §5: the same endpoints, for clients with certificates.
                Value::Object(aliases) if member == "mtls_endpoint_aliases" => {
                    for (member, endpoint) in aliases {
                        self.check_endpoint(member, endpoint.as_str().unwrap_or_default())?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_endpoint(&self, member: &str, endpoint: &str) -> Result<(), DiscoveryError> {
        if self.is_trusted(endpoint) {
            return Ok(());
        }
        Err(DiscoveryError::ForeignEndpoint {
            member: clip(member),
            origin: web_origin(endpoint),
        })
    }

    fn is_trusted(&self, endpoint: &str) -> bool {
        let mut trusted = self.trusted.iter();
        // In the common case, the text starts with the origin and need not be parsed.
        trusted.any(|trusted| endpoint.strip_prefix(trusted).is_some_and(is_below))
            || web_origin(endpoint).is_some_and(|found| self.trusted.contains(&found))
    }

    /// Returns the URL at which this process reaches an endpoint.
    pub(crate) fn reached(&self, endpoint: &str) -> String {
        // Parsed, so that the case of the host and a default port do not matter.
        let url = |text| Url::parse(text).map(String::from).ok();
        if self.split_horizon
            && let (Some(endpoint), Some(issuer)) = (url(endpoint), url(&self.issuer))
            && let Some(rest) = endpoint.strip_prefix(issuer.trim_end_matches('/'))
            && is_below(rest)
        {
            return format!("{}{rest}", self.base);
        }
        endpoint.to_owned()
    }

    /// Returns the URL at which browsers reach the provider, without a trailing slash.
    pub(crate) fn public_base(&self) -> &str {
        if self.split_horizon {
            &self.issuer
        } else {
            &self.base
        }
    }
}

/// Whether an undescribed member names an endpoint. All registered members for URLs that receive
/// tokens or users match.
fn is_endpoint(member: &str) -> bool {
    member.ends_with("_endpoint") || member == "check_session_iframe"
}

/// Whether the rest of a URL continues its prefix within the same host and path segment.
fn is_below(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['/', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn endpoints(base: &str, issuer: &str, split_horizon: bool, origins: &[Origin]) -> Endpoints {
        let base = Url::parse(base).expect("the base URL is valid");
        Endpoints::new(&base, issuer, split_horizon, UrlPolicy::new(), origins)
    }

    fn with_one_origin() -> Endpoints {
        endpoints("https://id.example", "https://id.example/", false, &[])
    }

    fn metadata(at: &str) -> OidcConfiguration {
        let mut metadata = OidcConfiguration::default();
        metadata.authorization_endpoint = format!("{at}/oauth2/auth");
        metadata.token_endpoint = format!("{at}/oauth2/token");
        metadata.jwks_uri = format!("{at}/.well-known/jwks.json");
        metadata
    }

    #[test]
    fn endpoints_of_the_issuer_and_of_the_base_url_are_trusted() {
        let endpoints = endpoints("http://hydra:4444", "https://id.example/", false, &[]);
        for at in [
            "https://id.example",
            "https://id.example:443/tenant",
            "http://hydra:4444",
        ] {
            assert_eq!(endpoints.check(&metadata(at)), Ok(()), "{at}");
        }
    }

    #[test]
    fn endpoint_of_another_origin_is_refused_and_named() {
        let endpoints = with_one_origin();
        for (at, origin) in [
            ("https://evil.example", Some("https://evil.example")),
            ("http://id.example", Some("http://id.example")),
            ("https://id.example:8443", Some("https://id.example:8443")),
            (
                "https://id.example.evil.example",
                Some("https://id.example.evil.example"),
            ),
            ("https://user@evil.example", Some("https://evil.example")),
            ("ftp://id.example", None),
            ("file://", None),
            ("", None),
        ] {
            let refused = |member: &str| {
                let (member, origin) = (member.to_owned(), origin.map(str::to_owned));
                Err(DiscoveryError::ForeignEndpoint { member, origin })
            };
            let all = endpoints.check(&metadata(at));
            assert_eq!(all, refused("authorization_endpoint"), "{at}");
            let mut one = metadata("https://id.example");
            one.jwks_uri = format!("{at}/keys");
            assert_eq!(endpoints.check(&one), refused("jwks_uri"), "{at}");
            let mut one = metadata("https://id.example");
            one.userinfo_endpoint = Some(format!("{at}/userinfo"));
            assert_eq!(endpoints.check(&one), refused("userinfo_endpoint"), "{at}");
        }
    }

    #[test]
    fn undescribed_endpoints_are_checked() {
        let endpoints = with_one_origin();
        let with = |member: &str, value: Value| {
            let mut metadata = metadata("https://id.example");
            metadata
                .additional_properties
                .insert(member.to_owned(), value);
            endpoints.check(&metadata)
        };
        let evil = "https://evil.example/x";
        for (member, value) in [
            ("introspection_endpoint", json!(evil)),
            ("pushed_authorization_request_endpoint", json!(evil)),
            ("check_session_iframe", json!(evil)),
            ("mtls_endpoint_aliases", json!({"token_endpoint": evil})),
            ("mtls_endpoint_aliases", json!({"token_endpoint": 7})),
        ] {
            assert!(with(member, value.clone()).is_err(), "{member} {value}");
        }
        for (member, value) in [
            (
                "introspection_endpoint",
                json!("https://id.example/introspect"),
            ),
            ("op_policy_uri", json!(evil)),
            ("service_documentation", json!(evil)),
            ("strange_endpoint", json!(true)),
        ] {
            assert_eq!(with(member, value.clone()), Ok(()), "{member} {value}");
        }
    }

    #[test]
    fn configured_origin_is_trusted() {
        let trusted = Url::parse("https://keys.example").expect("static URL is valid");
        let trusted = vec![trusted.origin()];
        let endpoints = endpoints("https://id.example", "https://id.example", false, &trusted);
        let mut keys_elsewhere = metadata("https://id.example");
        keys_elsewhere.jwks_uri = "https://keys.example/jwks".to_owned();
        assert_eq!(endpoints.check(&keys_elsewhere), Ok(()));
    }

    #[test]
    fn split_horizon_reaches_the_endpoints_of_the_issuer_at_the_base_url() {
        let endpoints = endpoints("http://hydra:4444", "https://id.example/auth/", true, &[]);
        for (advertised, reached) in [
            (
                "https://id.example/auth/keys?a=b",
                "http://hydra:4444/keys?a=b",
            ),
            ("https://id.example/auth", "http://hydra:4444"),
            ("https://ID.example:443/auth/keys", "http://hydra:4444/keys"),
            (
                "https://id.example/authority/keys",
                "https://id.example/authority/keys",
            ),
            (
                "https://keys.example/auth/keys",
                "https://keys.example/auth/keys",
            ),
            ("http://hydra:4444/keys", "http://hydra:4444/keys"),
        ] {
            assert_eq!(endpoints.reached(advertised), reached);
        }
        assert_eq!(endpoints.public_base(), "https://id.example/auth");
        let one = with_one_origin();
        assert_eq!(
            one.reached("https://id.example/keys"),
            "https://id.example/keys"
        );
        assert_eq!(one.public_base(), "https://id.example");
    }
}
