//! Which endpoints of the metadata are trusted, and at which URL this process reaches them.

use crate::support::{Server, http, json as response, validation};
use ory_oidc::discovery::DiscoveryError;
use ory_oidc::{Client, ClientBuilder};
use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example/";

/// Returns metadata whose required endpoints are below this URL.
fn metadata(at: &str) -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": format!("{at}/oauth2/auth"),
        "token_endpoint": format!("{at}/oauth2/token"),
        "jwks_uri": format!("{at}/.well-known/jwks.json"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// Returns metadata with one more member, or another value of one.
fn with(member: &str, value: impl Into<Value>) -> Value {
    let mut metadata = metadata("https://id.example");
    metadata[member] = value.into();
    metadata
}

/// The members that name a foreign endpoint, with its origin.
type Foreign = Vec<(String, Option<String>)>;

/// Discovers these metadata with a client that `build` configures. Returns the foreign endpoints for
/// which they are refused.
async fn refused_by(
    metadata: &Value,
    build: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Foreign {
    let server = Server::start([response(200, metadata.to_string())]).await;
    let builder = Client::builder(server.url()).http_client(http());
    let client = build(builder.issuer(ISSUER)).build();
    let outcome = client.expect("the URLs are valid").discover().await;
    match validation(&outcome) {
        Some(DiscoveryError::ForeignEndpoints { endpoints }) => {
            let named = endpoints.iter();
            named
                .map(|endpoint| (endpoint.member.clone(), endpoint.origin.clone()))
                .collect()
        }
        Some(other) => panic!("{metadata}: {other}"),
        None => {
            outcome.expect("the metadata are accepted");
            Vec::new()
        }
    }
}

async fn refused(metadata: &Value) -> Foreign {
    refused_by(metadata, |builder| builder).await
}

#[tokio::test]
async fn endpoints_of_the_issuer_are_trusted() {
    for at in [
        "https://id.example",
        "https://id.example:443/tenant",
        "https://ID.example",
    ] {
        assert_eq!(refused(&metadata(at)).await, [], "{at}");
    }
}

#[tokio::test]
async fn endpoints_of_the_base_url_are_trusted() {
    // The endpoints of the mock server are at its own URL.
    let mock = OryMock::builder().issuer(ISSUER).start().await;
    let client = Client::builder(mock.url()).http_client(http());
    let client = client.issuer(ISSUER).build().expect("the URL is valid");
    let provider = client.discover().await.expect("the base URL is trusted");
    assert!(provider.jwks_uri().starts_with(mock.url()));
}

#[tokio::test]
async fn endpoint_of_another_origin_is_refused_and_named() {
    for (at, origin) in [
        ("https://evil.example", Some("https://evil.example")),
        ("http://id.example", Some("http://id.example")),
        ("https://id.example:8443", Some("https://id.example:8443")),
        (
            "https://id.example.evil.example",
            Some("https://id.example.evil.example"),
        ),
        ("https://user@evil.example", Some("https://evil.example")),
        ("https://user@id.example", None),
        ("https://:hush@id.example", None),
        ("ftp://id.example", None),
        ("file://", None),
        ("", None),
    ] {
        let named = |member: &str| (member.to_owned(), origin.map(str::to_owned));
        let all = refused(&metadata(at)).await;
        let required = ["jwks_uri", "authorization_endpoint", "token_endpoint"];
        assert_eq!(all, required.map(named), "{at}");
        for (member, path) in [("jwks_uri", "keys"), ("userinfo_endpoint", "userinfo")] {
            let one = refused(&with(member, format!("{at}/{path}"))).await;
            assert_eq!(one, [named(member)], "{at}");
        }
    }
}

#[tokio::test]
async fn undescribed_endpoints_are_checked() {
    let evil = "https://evil.example/x";
    for (member, value) in [
        ("introspection_endpoint", json!(evil)),
        ("pushed_authorization_request_endpoint", json!(evil)),
        ("check_session_iframe", json!(evil)),
        ("mtls_endpoint_aliases", json!({"token_endpoint": evil})),
        ("mtls_endpoint_aliases", json!({"token_endpoint": 7})),
    ] {
        let outcome = refused(&with(member, value.clone())).await;
        let named = if value.is_object() {
            format!("{member}.token_endpoint")
        } else {
            member.to_owned()
        };
        assert_eq!(outcome.len(), 1, "{member} {value}");
        assert_eq!(outcome[0].0, named);
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
        let outcome = refused(&with(member, value.clone())).await;
        assert_eq!(outcome, [], "{member} {value}");
    }
}

#[tokio::test]
async fn configured_origin_is_trusted() {
    let keys_elsewhere = with("jwks_uri", "https://keys.example/jwks");
    assert_eq!(refused(&keys_elsewhere).await.len(), 1);
    let trusting = |builder: ClientBuilder| builder.trust_endpoint_origin("https://keys.example");
    assert_eq!(refused_by(&keys_elsewhere, trusting).await, []);
}

#[test]
fn split_horizon_reaches_the_endpoints_of_the_issuer_at_the_base_url() {
    let split = Client::builder("http://hydra:4444")
        .http_client(http())
        .allow_insecure_http(true)
        .public_issuer("https://id.example/auth/")
        .build()
        .expect("the URLs are valid");
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
        assert_eq!(split.internal_endpoint(advertised), reached);
    }
    let end_session = |client: &Client| {
        let url = client.end_session(None).url();
        url.expect("the endpoint is valid").to_string()
    };
    assert_eq!(
        end_session(&split),
        "https://id.example/auth/oauth2/sessions/logout"
    );
    let one = Client::builder("https://id.example").http_client(http());
    let one = one.issuer(ISSUER).build().expect("the URL is valid");
    let keys = "https://id.example/keys";
    assert_eq!(one.internal_endpoint(keys), keys);
    assert_eq!(
        end_session(&one),
        "https://id.example/oauth2/sessions/logout"
    );
}
