//! What the checks know of the server.

use super::probe::{Probe, Reply};
use super::trouble::Trouble;
use crate::server::ServerOptions;
use ory_oidc::Client;
use ory_oidc_core::url_policy::{is_loopback, web_origin};
use reqwest::Url;
use serde_json::{Map, Value};

/// A server that is being examined.
pub(super) struct Visit {
    /// The URL that the user passed, without a slash at its end.
    pub(super) base: String,
    pub(super) url: Url,
    pub(super) options: ServerOptions,
    pub(super) probe: Probe,
}

/// The provider's metadata, as they arrived.
pub(super) struct Provider {
    pub(super) issuer: String,
    pub(super) members: Map<String, Value>,
    /// A client that accepts these metadata.
    pub(super) client: Client,
    /// Origins to which requests may be sent.
    trusted: Vec<String>,
}

impl Visit {
    pub(super) async fn get(&self, path: &str) -> Result<Reply, Trouble> {
        self.probe.get(&format!("{}{path}", self.base)).await
    }

    pub(super) fn is_public(&self) -> bool {
        !is_private(&self.url)
    }
}

impl Provider {
    pub(super) fn new(
        visit: &Visit,
        issuer: String,
        members: Map<String, Value>,
        client: Client,
    ) -> Self {
        let named = visit.options.trust_origin.iter().map(String::as_str);
        let trusted = [visit.base.as_str(), &issuer].into_iter().chain(named);
        Self {
            trusted: trusted.filter_map(web_origin).collect(),
            issuer,
            members,
            client,
        }
    }

    /// Returns the text of a member.
    pub(super) fn text(&self, member: &str) -> Option<&str> {
        self.members.get(member)?.as_str()
    }

    pub(super) fn flag(&self, member: &str) -> bool {
        self.members.get(member).and_then(Value::as_bool) == Some(true)
    }

    /// Returns the texts of a list.
    pub(super) fn list(&self, member: &str) -> Vec<&str> {
        let list = self.members.get(member).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// Whether a URL is at an origin to which requests may be sent.
    pub(super) fn trusts(&self, url: &str) -> bool {
        web_origin(url).is_some_and(|origin| self.trusted.contains(&origin))
    }

    /// Returns the URL at which this machine reaches an endpoint. [`None`] if it is at a foreign
    /// origin, to which nothing is sent.
    pub(super) fn reached(&self, endpoint: &str) -> Option<String> {
        self.trusts(endpoint)
            .then(|| self.client.internal_endpoint(endpoint))
    }

    pub(super) fn is_https(&self) -> bool {
        self.issuer.starts_with("https:")
    }

    /// Whether browsers reach the server at this machine only.
    pub(super) fn is_local(&self) -> bool {
        Url::parse(&self.issuer).is_ok_and(|url| is_loopback(&url))
    }
}

/// Whether a host can be reached only inside a network: a private address, or a name without a dot or
/// in a domain for internal use.
pub(super) fn is_private(url: &Url) -> bool {
    if is_loopback(url) {
        return true;
    }
    let Some(host) = url.host_str() else {
        return false;
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse() {
        Ok(std::net::IpAddr::V4(address)) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        Ok(std::net::IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Err(_) => {
            let internal = [
                ".local",
                ".internal",
                ".localhost",
                ".svc",
                ".lan",
                ".home.arpa",
            ];
            !host.contains('.') || internal.iter().any(|domain| host.ends_with(domain))
        }
    }
}
