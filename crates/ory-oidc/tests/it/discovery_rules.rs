//! The rules of OpenID Connect Discovery 1.0 §3 and §4.

use crate::support::{Server, http, json, validation};
use ory_oidc::discovery::DiscoveryError;
use ory_oidc::discovery::ProviderMetadata;
use ory_oidc::{Client, ClientBuilder, Error};
use serde_json::{Value, json as value};

/// What a server says that is `issuer`.
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

/// Discovers at a server that says this, with a client that is built like so.
async fn discovered(
    said: &Value,
    build: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<ProviderMetadata, Error> {
    let server = Server::start([json(200, said.to_string())]).await;
    let builder = Client::builder(server.url()).http_client(http());
    let builder = build(builder.trust_endpoint_origin("https://ory.example"));
    builder.build()?.discover().await
}

#[tokio::test]
async fn one_slash_at_the_end_of_an_issuer_with_a_path_is_stripped_before_the_suffix() {
    for end in ["", "/"] {
        let server = Server::start([json(200, metadata("i").to_string())]).await;
        let client = Client::builder(server.url() + "/tenant" + end).issuer("i");
        let client = client.trust_endpoint_origin("https://ory.example");
        let client = client.build().expect("the URL is fine");
        client.discover().await.expect("the issuer matches");
        let path = "GET /tenant/.well-known/openid-configuration";
        assert_eq!(server.lines(), [path], "{end:?}");
    }
}

#[tokio::test]
async fn discovery_needs_no_authorization() {
    let server = Server::start([json(200, metadata("i").to_string())]).await;
    // The answer does not matter here.
    let _ = server.client().discover().await;
    assert_eq!(server.request().header("authorization"), None);
}

#[tokio::test]
async fn without_a_given_issuer_it_is_the_base_url_as_it_was_written() {
    for (end, said) in [("", ""), ("/", "/"), ("/tenant", "/tenant")] {
        let server = Server::start([]).await;
        let issuer = server.url() + said;
        let other = Client::new(server.url() + end).expect("the URL is fine");
        assert_eq!(other.issuer(), issuer);
    }
}

#[tokio::test]
async fn the_issuer_equals_the_input_code_point_by_code_point() {
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
async fn letters_that_only_look_alike_are_different() {
    let (composed, decomposed) = ("https://ory.example/\u{e9}", "https://ory.example/e\u{301}");
    let outcome = discovered(&metadata(decomposed), |builder| builder.issuer(composed)).await;
    assert!(matches!(outcome, Err(Error::Validation(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_mismatch_names_both_issuers_and_exposes_nothing_else() {
    let mut said = metadata("https://evil.example");
    said["token_endpoint"] = value!("https://evil.example/token");
    let outcome = discovered(&said, |builder| builder.issuer("https://ory.example")).await;
    let error = outcome.expect_err("another issuer answered");
    let Some(DiscoveryError::IssuerMismatch { expected, found }) = error.validation() else {
        panic!("{error:?}");
    };
    assert_eq!(expected, "https://ory.example");
    assert_eq!(found, "https://evil.example");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("evil.example/token"), "{shown}");
    assert!(!error.is_retryable());
}

async fn tolerant(asked: &str, said: &str) -> Result<ProviderMetadata, Error> {
    let said = metadata(said);
    discovered(&said, |builder| {
        builder.issuer(asked).tolerate_root_slash_in_issuer(true)
    })
    .await
}

#[tokio::test]
async fn the_slash_of_the_root_is_tolerated_only_on_request_and_reported() {
    let (bare, slash) = ("https://ory.example", "https://ory.example/");
    for (asked, said) in [(bare, slash), (slash, bare)] {
        let strict = discovered(&metadata(said), |builder| builder.issuer(asked)).await;
        assert!(strict.is_err(), "{asked} {said}");
        let tolerant = tolerant(asked, said).await.expect("it was asked for");
        assert!(tolerant.issuer_was_tolerated());
        assert_eq!(tolerant.issuer(), said);
    }
    let exact = tolerant(bare, bare).await.expect("the issuer matches");
    assert!(!exact.issuer_was_tolerated());
    let path = "https://ory.example/tenant";
    for (asked, said) in [
        (bare, path),
        (bare, "https://ory.example//"),
        (bare, "http://ory.example/"),
        (path, "https://ory.example/tenant/"),
    ] {
        assert!(tolerant(asked, said).await.is_err(), "{asked} {said}");
    }
}

#[tokio::test]
async fn request_uri_is_supported_and_request_is_not_unless_the_provider_speaks() {
    for (said, uri, value) in [
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
        for (name, value) in said.as_object().expect("it is an object") {
            document[name] = value.clone();
        }
        let found = discovered(&document, |builder| builder.issuer("i")).await;
        let found = found.expect("the issuer matches");
        assert_eq!(found.request_uri_parameter_supported(), uri, "{said}");
        assert_eq!(found.request_parameter_supported(), value, "{said}");
    }
}

#[tokio::test]
async fn optional_endpoints_may_be_missing_and_unknown_members_are_kept() {
    let mut document = metadata("i");
    let found = discovered(&document, |builder| builder.issuer("i")).await;
    let found = found.expect("the issuer matches");
    assert!(!found.advertises_registration());
    let fallback = found.registration_endpoint();
    assert!(fallback.starts_with("http://127.0.0.1:") && fallback.ends_with("/oauth2/register"));
    assert_eq!(found.userinfo_endpoint(), None);
    assert_eq!(found.end_session_endpoint(), None);
    assert_eq!(found.token_endpoint(), "https://ory.example/oauth2/token");

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
    let written = serde_json::to_value(found.into_fields()).expect("a model is JSON");
    assert_eq!(written, document);
}
