//! The protected resource metadata (RFC 9728).

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    CONTENT_TYPE,
};
use axum::routing::get;
use ory_oidc::error::UrlProblem;
use ory_oidc_core::url_policy::UrlPolicy;
use serde_json::{Map, Value, json};

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The description of the API for clients.
pub(crate) struct Resource {
    path: String,
    url: String,
    document: String,
}

impl Resource {
    /// Describes the resource with this identifier. `more` are members beside those that the settings
    /// determine.
    pub(crate) fn new(
        identifier: &str,
        issuer: &str,
        scope: Option<&str>,
        more: Map<String, Value>,
    ) -> Result<Self, UrlProblem> {
        let url = UrlPolicy::new().parse(identifier)?;
        // The well-known path goes between the host and the path of the resource (RFC 9728 §3.1).
        let path = match url.path() {
            "/" => WELL_KNOWN.to_owned(),
            path => format!("{WELL_KNOWN}{path}"),
        };
        let mut document = more;
        document.insert("resource".into(), identifier.into());
        document.insert("authorization_servers".into(), json!([issuer]));
        document.insert("bearer_methods_supported".into(), json!(["header"]));
        if let Some(scope) = scope {
            let scopes: Vec<_> = scope.split(' ').collect();
            document.insert("scopes_supported".into(), json!(scopes));
        }
        Ok(Self {
            url: format!("{}{path}", url.origin().ascii_serialization()),
            path,
            document: Value::Object(document).to_string(),
        })
    }

    /// Returns the URL of the metadata.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let document = self.document.clone();
        let headers = [
            (CONTENT_TYPE, "application/json"),
            (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ];
        let read = move || std::future::ready((headers, document));
        // Clients in a browser send headers of their own, for which it asks first.
        let preflight = [
            (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
            (ACCESS_CONTROL_ALLOW_METHODS, "GET"),
            (ACCESS_CONTROL_ALLOW_HEADERS, "*"),
        ];
        let permit = move || std::future::ready((StatusCode::NO_CONTENT, preflight));
        // The path is literal, even if it looks like a capture of an older axum.
        Router::new()
            .without_v07_checks()
            .route(&self.path, get(read).options(permit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(identifier: &str) -> Result<String, UrlProblem> {
        let resource = Resource::new(identifier, "https://id.example", None, Map::new());
        resource.map(|resource| resource.url)
    }

    #[test]
    fn well_known_path_goes_between_host_and_path() {
        for (identifier, expected) in [
            (
                "https://api.example",
                "https://api.example/.well-known/oauth-protected-resource",
            ),
            (
                "https://api.example/",
                "https://api.example/.well-known/oauth-protected-resource",
            ),
            (
                "https://api.example:8443/v1",
                "https://api.example:8443/.well-known/oauth-protected-resource/v1",
            ),
            (
                "https://api.example/v1/",
                "https://api.example/.well-known/oauth-protected-resource/v1/",
            ),
            (
                "http://127.0.0.1:3000",
                "http://127.0.0.1:3000/.well-known/oauth-protected-resource",
            ),
        ] {
            assert_eq!(url(identifier).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn identifier_must_be_an_https_url_without_query_and_fragment() {
        for identifier in [
            "",
            "api",
            "http://api.example",
            "https://api.example/#a",
            "https://api.example/?a",
        ] {
            assert!(url(identifier).is_err(), "{identifier}");
        }
    }

    #[test]
    fn unusual_path_makes_a_route() {
        for path in ["/:id", "/*x", "/{id}", "/a%20b"] {
            let identifier = format!("https://api.example{path}");
            let resource = Resource::new(&identifier, "https://id.example", None, Map::new());
            let _: Router = resource.expect("the URL is valid").routes();
        }
    }
}
