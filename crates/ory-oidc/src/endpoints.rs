//! Which servers a provider's metadata may send us to, and how they are reached.

use crate::client::is_loopback;
use crate::{ValidationError, text};
use ory_oidc_gen::models::OidcConfiguration;
use serde_json::Value;
use url::{Origin, Url};

/// The origins that a client believes in, and the address at which it reaches its own.
#[derive(Debug)]
pub(crate) struct Endpoints {
    base: String,
    issuer: String,
    /// Whether the issuer is how browsers reach the provider, and the base URL how we do.
    split_horizon: bool,
    /// As `https://host:port`, the port only where it is not the scheme's own.
    trusted: Vec<String>,
}

impl Endpoints {
    /// `base` has no slash at its end; `pinned` are origins that the caller vouches for.
    pub(crate) fn new(
        base: &str,
        issuer: &str,
        split_horizon: bool,
        allow_insecure_http: bool,
        pinned: &[Origin],
    ) -> Self {
        let pinned = pinned.iter().map(Origin::ascii_serialization);
        let mut trusted: Vec<_> = pinned.collect();
        // The caller named both. An issuer that is no URL, or a plain one, has no origin to
        // believe in; the base URL was judged when the client was built.
        let safe = |url: &Url| match url.scheme() {
            "https" => true,
            "http" => allow_insecure_http || is_loopback(url),
            _ => false,
        };
        let issuer_url = Url::parse(issuer).ok().filter(safe);
        trusted.extend(issuer_url.map(|url| url.origin().ascii_serialization()));
        trusted.extend(origin(base));
        Self {
            base: base.to_owned(),
            issuer: issuer.trim_end_matches('/').to_owned(),
            split_horizon,
            trusted,
        }
    }

    /// Refuses metadata that would send users, codes, tokens or key look-ups to a server that
    /// neither the issuer nor the caller stands for.
    pub(crate) fn check(&self, metadata: &OidcConfiguration) -> Result<(), ValidationError> {
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
            self.judge(member, endpoint)?;
        }
        for (member, value) in metadata.additional_properties.iter() {
            match value {
                Value::String(endpoint) if is_endpoint(member) => self.judge(member, endpoint)?,
                // RFC 8705 §5: the same endpoints for those who have certificates.
                Value::Object(aliases) if member == "mtls_endpoint_aliases" => {
                    for (member, endpoint) in aliases {
                        self.judge(member, endpoint.as_str().unwrap_or_default())?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn judge(&self, member: &str, endpoint: &str) -> Result<(), ValidationError> {
        if self.is_trusted(endpoint) {
            return Ok(());
        }
        Err(ValidationError::ForeignEndpoint {
            member: text::clip(member),
            origin: origin(endpoint),
        })
    }

    fn is_trusted(&self, endpoint: &str) -> bool {
        let mut trusted = self.trusted.iter();
        // Written as it nearly always is, the origin shows without parsing the rest.
        trusted.any(|trusted| endpoint.strip_prefix(trusted).is_some_and(is_below))
            || origin(endpoint).is_some_and(|found| self.trusted.contains(&found))
    }

    /// Where this process reaches an endpoint that is at the issuer.
    pub(crate) fn reached(&self, endpoint: &str) -> String {
        // Parsed, so that the case of the host and the scheme's own port do not matter.
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

    /// The address, without a slash at its end, at which everybody else reaches the provider.
    pub(crate) fn public_base(&self) -> &str {
        if self.split_horizon {
            &self.issuer
        } else {
            &self.base
        }
    }
}

/// Whether a member that is not described names an endpoint, as all of the registered ones do that
/// tokens or users are sent to.
fn is_endpoint(member: &str) -> bool {
    member.ends_with("_endpoint") || member == "check_session_iframe"
}

/// Whether what follows a URL stays below it: not another host, not another segment.
fn is_below(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['/', '?'])
}

/// The origin of an `http` or `https` URL.
fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    web.then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of_one_origin() -> Endpoints {
        Endpoints::new(
            "https://id.example",
            "https://id.example/",
            false,
            false,
            &[],
        )
    }

    fn metadata(at: &str) -> OidcConfiguration {
        OidcConfiguration {
            authorization_endpoint: format!("{at}/oauth2/auth"),
            token_endpoint: format!("{at}/oauth2/token"),
            jwks_uri: format!("{at}/.well-known/jwks.json"),
            ..OidcConfiguration::default()
        }
    }

    #[test]
    fn endpoints_of_the_issuer_and_of_the_base_url_are_believed() {
        let endpoints = Endpoints::new(
            "http://hydra:4444",
            "https://id.example/",
            false,
            false,
            &[],
        );
        for at in [
            "https://id.example",
            "https://id.example:443/tenant",
            "http://hydra:4444",
        ] {
            assert_eq!(endpoints.check(&metadata(at)), Ok(()), "{at}");
        }
    }

    #[test]
    fn an_endpoint_of_another_origin_is_refused_by_its_name() {
        let endpoints = of_one_origin();
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
                Err(ValidationError::ForeignEndpoint { member, origin })
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
    fn endpoints_that_nobody_describes_are_judged_too() {
        let endpoints = of_one_origin();
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
    fn a_pinned_origin_is_believed() {
        let pinned = Url::parse("https://keys.example").expect("it is a URL");
        let pinned = vec![pinned.origin()];
        let endpoints = Endpoints::new(
            "https://id.example",
            "https://id.example",
            false,
            false,
            &pinned,
        );
        let mut keys_elsewhere = metadata("https://id.example");
        keys_elsewhere.jwks_uri = "https://keys.example/jwks".to_owned();
        assert_eq!(endpoints.check(&keys_elsewhere), Ok(()));
    }

    #[test]
    fn behind_a_split_horizon_the_issuers_endpoints_are_reached_at_the_base_url() {
        let endpoints = Endpoints::new(
            "http://hydra:4444",
            "https://id.example/auth/",
            true,
            false,
            &[],
        );
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
        let one = of_one_origin();
        assert_eq!(
            one.reached("https://id.example/keys"),
            "https://id.example/keys"
        );
        assert_eq!(one.public_base(), "https://id.example");
    }
}
