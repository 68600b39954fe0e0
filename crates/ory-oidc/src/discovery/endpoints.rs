//! Decides which endpoints of the metadata are trusted, and at which URL this process reaches them.

use super::error::{DiscoveryError, ForeignEndpoint};
use ory_oidc_core::operation::Operation;
use ory_oidc_core::url_policy::{UrlPolicy, web_origin};
use ory_oidc_gen::apis::oidc_api::{CREATE_OIDC_DYNAMIC_CLIENT, REVOKE_OIDC_SESSION};
use ory_oidc_gen::models::OidcConfiguration;
use serde_json::Value;
use std::sync::Arc;
use url::{Origin, Url};

/// The most foreign endpoints that an error names.
const MAX_REPORTED: usize = 32;

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
    /// Ory's documented endpoint for logouts.
    default_end_session: Arc<str>,
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
        let public_base = if split_horizon {
            issuer.as_str()
        } else {
            base.as_str()
        };
        let documented = |operation: Operation| [public_base, operation.path()].concat().into();
        let default_registration = documented(CREATE_OIDC_DYNAMIC_CLIENT);
        let default_end_session = documented(REVOKE_OIDC_SESSION);
        Self {
            base,
            issuer,
            split_horizon,
            trusted,
            default_registration,
            default_end_session,
        }
    }

    /// Returns Ory's documented registration endpoint, which metadata need not name.
    pub(crate) fn default_registration(&self) -> Arc<str> {
        Arc::clone(&self.default_registration)
    }

    /// Returns the URL at which browsers reach Ory's documented endpoint for logouts.
    pub(crate) fn default_end_session(&self) -> Arc<str> {
        Arc::clone(&self.default_end_session)
    }

    /// Refuses metadata with endpoints at untrusted origins: users, codes, tokens and requests
    /// for keys would go there.
    pub(crate) fn check(&self, metadata: &OidcConfiguration) -> Result<(), DiscoveryError> {
        let mut endpoints = Vec::new();
        self.look_for_foreign(metadata, |endpoint| {
            if endpoints.len() < MAX_REPORTED {
                endpoints.push(endpoint);
            }
        });
        if endpoints.is_empty() {
            Ok(())
        } else {
            Err(DiscoveryError::ForeignEndpoints { endpoints })
        }
    }

    fn look_for_foreign(
        &self,
        metadata: &OidcConfiguration,
        mut found: impl FnMut(ForeignEndpoint),
    ) {
        let mut check = |member: &str, endpoint: &str| {
            if !self.is_trusted(endpoint) {
                // At a trusted origin, it is refused for its user name or password.
                let origin = web_origin(endpoint).filter(|origin| !self.trusted.contains(origin));
                found(ForeignEndpoint::new(member, origin.as_deref()));
            }
        };
        check("jwks_uri", &metadata.jwks_uri);
        for (member, endpoint) in [
            ("authorization_endpoint", &metadata.authorization_endpoint),
            ("token_endpoint", &metadata.token_endpoint),
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
        ] {
            if let Some(endpoint) = endpoint {
                check(member, endpoint);
            }
        }
        for (member, value) in metadata.additional_properties.iter() {
            match value {
                Value::String(endpoint) if is_endpoint(member) => check(member, endpoint),
                // RFC 8705 §5: the same endpoints, for clients with certificates.
                Value::Object(aliases) if member == "mtls_endpoint_aliases" => {
                    for (alias, endpoint) in aliases {
                        let endpoint = endpoint.as_str().unwrap_or_default();
                        check(&format!("{member}.{alias}"), endpoint);
                    }
                }
                _ => {}
            }
        }
    }

    fn is_trusted(&self, endpoint: &str) -> bool {
        let mut trusted = self.trusted.iter();
        // In the common case, the text starts with the origin and need not be parsed.
        trusted.any(|trusted| endpoint.strip_prefix(trusted).is_some_and(is_below))
            || Url::parse(endpoint).is_ok_and(|url| self.trusts(&url))
    }

    /// Whether a URL is at a trusted origin. A user name or a password would be sent to the endpoint
    /// in place of the call's own credentials.
    fn trusts(&self, url: &Url) -> bool {
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        let origin = web_origin(url.as_str());
        !has_credentials && origin.is_some_and(|origin| self.trusted.contains(&origin))
    }

    /// Returns the URL at which this process reaches an endpoint, if its origin is trusted.
    pub(crate) fn trusted_url(&self, endpoint: &str) -> Option<Url> {
        let url = Url::parse(endpoint).ok().filter(|url| self.trusts(url))?;
        if !self.split_horizon {
            return Some(url);
        }
        let reached = Url::parse(&self.reached(url.as_str())).ok();
        reached.filter(|url| self.trusts(url))
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
