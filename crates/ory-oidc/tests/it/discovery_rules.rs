//! The rules of OpenID Connect Discovery 1.0 §3 and §4.

use crate::support::{Server, http, json, validation};
use ory_oidc::discovery::DiscoveryError;
use ory_oidc::discovery::ProviderMetadata;
use ory_oidc::{Client, ClientBuilder, Error};
use serde_json::{Value, json as value};

/// Returns the metadata of a provider with this issuer.
fn metadata(issuer: &str) -> Value {
    value!({
        "issuer": issuer,
        "authorization_endpoint": "https://ory.example/oauth2/auth",
        "token_endpoint": "https://ory.example/oauth2/token",
        "jwks_uri": "https://ory.example/.well-known/jwks.json",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// Discovers at a server with this metadata, with a client that `build` configures.
async fn discovered(
    document: &Value,
    build: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<ProviderMetadata, Error> {
    let server = Server::start([json(200, document.to_string())]).await;
    let builder = Client::builder(server.url()).http_client(http());
    let builder = build(builder.trust_endpoint_origin("https://ory.example"));
    builder.build()?.discover().await
}

#[tokio::test]
async fn trailing_slash_of_a_base_url_with_a_path_is_removed_before_the_well_known_suffix() {
    for end in ["", "/"] {
        let server = Server::start([json(200, metadata("i").to_string())]).await;
        let client = Client::builder(server.url() + "/tenant" + end).issuer("i");
        let client = client.trust_endpoint_origin("https://ory.example");
        let client = client.build().expect("the URL is valid");
        client.discover().await.expect("the issuer matches");
        let path = "GET /tenant/.well-known/openid-configuration";
        assert_eq!(server.lines(), [path], "{end:?}");
    }
}

#[tokio::test]
async fn discovery_sends_no_authorization() {
    let server = Server::start([json(200, metadata("i").to_string())]).await;
    // Only the request matters here.
    let _ = server.client().discover().await;
    assert_eq!(server.request().header("authorization"), None);
}

#[tokio::test]
async fn default_issuer_is_the_base_url_exactly_as_given() {
    for (end, path) in [("", ""), ("/", "/"), ("/tenant", "/tenant")] {
        let server = Server::start([]).await;
        let issuer = server.url() + path;
        let other = Client::new(server.url() + end).expect("the URL is valid");
        assert_eq!(other.issuer(), issuer);
    }
}

#[tokio::test]
async fn issuer_must_match_code_point_by_code_point() {
    let issuer = "https://ory.example/tenant";
    let found = discovered(&metadata(issuer), |builder| builder.issuer(issuer)).await;
    let found = found.expect("the issuer matches");
    assert_eq!(found.issuer(), issuer);
    assert!(!found.issuer_was_tolerated());
    for other in [
        "https://ory.example/tenant/",
        "https://ory.example/Tenant",
        "https://ORY.example/tenant",
        "https://ory.example:443/tenant",
        "https://ory.example/%74enant",
        "http://ory.example/tenant",
        " https://ory.example/tenant",
        "",
    ] {
        let outcome = discovered(&metadata(other), |builder| builder.issuer(issuer)).await;
        assert!(
            matches!(
                validation(&outcome),
                Some(DiscoveryError::IssuerMismatch { .. })
            ),
            "{other}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn issuers_are_compared_without_unicode_normalization() {
    let (composed, decomposed) = ("https://ory.example/\u{e9}", "https://ory.example/e\u{301}");
    let outcome = discovered(&metadata(decomposed), |builder| builder.issuer(composed)).await;
    assert!(matches!(outcome, Err(Error::Validation(_))), "{outcome:?}");
}

#[tokio::test]
async fn issuer_mismatch_names_both_issuers_and_nothing_else() {
    let mut document = metadata("https://evil.example");
    document["token_endpoint"] = value!("https://evil.example/token");
    let outcome = discovered(&document, |builder| builder.issuer("https://ory.example")).await;
    let error = outcome.expect_err("the issuer differs");
    let Some(DiscoveryError::IssuerMismatch { expected, found }) = error.validation() else {
        panic!("{error:?}");
    };
    assert_eq!(expected, "https://ory.example");
    assert_eq!(found, "https://evil.example");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("evil.example/token"), "{shown}");
    assert!(!error.is_retryable());
}

async fn tolerant(expected: &str, found: &str) -> Result<ProviderMetadata, Error> {
    discovered(&metadata(found), |builder| {
        builder.issuer(expected).tolerate_root_slash_in_issuer(true)
    })
    .await
}

#[tokio::test]
async fn root_slash_is_tolerated_only_if_configured_and_then_reported() {
    let (bare, slash) = ("https://ory.example", "https://ory.example/");
    for (expected, found) in [(bare, slash), (slash, bare)] {
        let strict = discovered(&metadata(found), |builder| builder.issuer(expected)).await;
        assert!(strict.is_err(), "{expected} {found}");
        let tolerant = tolerant(expected, found).await;
        let tolerant = tolerant.expect("the root slash is tolerated");
        assert!(tolerant.issuer_was_tolerated());
        assert_eq!(tolerant.issuer(), found);
    }
    let exact = tolerant(bare, bare).await.expect("the issuer matches");
    assert!(!exact.issuer_was_tolerated());
    let path = "https://ory.example/tenant";
    for (expected, found) in [
        (bare, path),
        (bare, "https://ory.example//"),
        (bare, "http://ory.example/"),
        (path, "https://ory.example/tenant/"),
    ] {
        assert!(
            tolerant(expected, found).await.is_err(),
            "{expected} {found}"
        );
    }
}

#[tokio::test]
async fn defaults_of_request_uri_and_request_support_apply_if_the_members_are_absent() {
    for (members, uri, value) in [
        (value!({}), true, false),
        (
            value!({"request_uri_parameter_supported": null, "request_parameter_supported": null}),
            true,
            false,
        ),
        (
            value!({"request_uri_parameter_supported": false, "request_parameter_supported": true}),
            false,
            true,
        ),
    ] {
        let mut document = metadata("i");
        for (name, value) in members.as_object().expect("the value is an object") {
            document[name] = value.clone();
        }
        let found = discovered(&document, |builder| builder.issuer("i")).await;
        let found = found.expect("the issuer matches");
        assert_eq!(found.request_uri_parameter_supported(), uri, "{members}");
        assert_eq!(found.request_parameter_supported(), value, "{members}");
    }
}

#[tokio::test]
async fn optional_endpoints_may_be_absent_and_unknown_members_are_kept() {
    let mut document = metadata("i");
    let found = discovered(&document, |builder| builder.issuer("i")).await;
    let found = found.expect("the issuer matches");
    assert!(!found.advertises_registration());
    let fallback = found.registration_endpoint();
    assert!(fallback.starts_with("http://127.0.0.1:") && fallback.ends_with("/oauth2/register"));
    assert_eq!(found.userinfo_endpoint(), None);
    assert_eq!(found.end_session_endpoint(), None);
    assert_eq!(
        found.token_endpoint(),
        Some("https://ory.example/oauth2/token")
    );

    document["registration_endpoint"] = value!("https://ory.example/oauth2/register");
    document["end_session_endpoint"] = value!("");
    document["dpop_signing_alg_values_supported"] = value!(["ES256"]);
    document["op_policy_uri#nl"] = value!("https://ory.example/beleid");
    let found = discovered(&document, |builder| builder.issuer("i")).await;
    let found = found.expect("the issuer matches");
    assert_eq!(
        found.registration_endpoint(),
        "https://ory.example/oauth2/register"
    );
    assert!(found.advertises_registration());
    assert_eq!(found.end_session_endpoint(), None);
    let others = &found.fields().additional_properties;
    assert_eq!(others["dpop_signing_alg_values_supported"][0], "ES256");
    assert_eq!(others["op_policy_uri#nl"], "https://ory.example/beleid");
    document
        .as_object_mut()
        .and_then(|members| members.remove("end_session_endpoint"));
    let written = serde_json::to_value(found.into_fields()).expect("a model serializes as JSON");
    assert_eq!(written, document);
}
