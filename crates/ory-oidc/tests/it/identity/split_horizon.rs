//! A provider that this process reaches at another URL than browsers do.

use super::CLIENT;
use ory_oidc::discovery::DiscoveryError;
use ory_oidc::error::ConfigurationError;
use ory_oidc::token::RelyingParty;
use ory_oidc::{Client, Error, IdToken, Subject};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Starts a mock server whose metadata have this issuer, and endpoints at this origin.
async fn with_metadata(issuer: &str, origin: &str) -> OryMock {
    let mock = OryMock::builder().issuer(issuer).start().await;
    let metadata = reqwest::get(format!("{}{DISCOVERY}", mock.url())).await;
    let metadata = metadata.expect("the mock server responds").text().await;
    let metadata = metadata.expect("the metadata are text");
    let response = Fault::answer(200)
        .header("content-type", "application/json")
        .body(metadata.replace(mock.url(), origin));
    mock.fail_next(response.on("GET", DISCOVERY).times(10));
    mock
}

async fn behind_a_proxy() -> OryMock {
    with_metadata("https://id.example/", "https://id.example").await
}

#[tokio::test]
async fn process_uses_the_base_url_and_browsers_use_the_issuer() {
    let mock = behind_a_proxy().await;
    let ory = Client::builder(mock.url()).public_issuer("https://id.example/");
    let ory = ory.build().expect("the URL is valid");
    let provider = ory.discover().await.expect("the issuer is the public one");
    assert_eq!(provider.issuer(), "https://id.example/");
    assert_eq!(
        provider.authorization_endpoint(),
        Some("https://id.example/oauth2/auth")
    );
    assert_eq!(
        provider.registration_endpoint(),
        "https://id.example/oauth2/register"
    );
    let client = mock.create_client(json!({
        "client_id": CLIENT, "userinfo_signed_response_alg": "RS256",
    }));
    let token = mock
        .issue_access_token_for(&client, json!({"sub": "user-1"}))
        .into();
    let user = ory.userinfo(&token, Subject::Expect("user-1"));
    let user = user.relying_party(RelyingParty::new(CLIENT)).await;
    assert_eq!(
        user.expect("the keys are fetched at the base URL").sub(),
        "user-1"
    );
    let id_token = IdToken::new(mock.issue_id_token(&client, "user-1"));
    let url = ory
        .end_session(&id_token)
        .url()
        .expect("the endpoint is valid");
    assert!(
        url.as_str()
            .starts_with("https://id.example/oauth2/sessions/logout?")
    );
    let form = ory
        .end_session(&id_token)
        .form()
        .expect("the endpoint is valid");
    assert_eq!(
        form.action().as_str(),
        "https://id.example/oauth2/sessions/logout"
    );
}

#[tokio::test]
async fn endpoints_are_used_as_advertised_without_a_split_horizon() {
    let mock = behind_a_proxy().await;
    let ory = Client::builder(mock.url()).issuer("https://id.example/");
    let ory = ory.build().expect("the URL is valid");
    let provider = ory
        .discover()
        .await
        .expect("the issuer is the expected one");
    assert_eq!(
        provider.jwks_uri(),
        "https://id.example/.well-known/jwks.json"
    );
    let url = ory.end_session(None).url().expect("the endpoint is valid");
    assert!(url.as_str().starts_with(mock.url()));
}

#[tokio::test]
async fn endpoints_at_an_untrusted_origin_are_refused_until_it_is_trusted() {
    let elsewhere = with_metadata("https://other.example/", "https://id.example").await;
    let builder = || Client::builder(elsewhere.url()).issuer("https://other.example/");
    let strict = builder().build().expect("the URL is valid");
    let error = strict
        .discover()
        .await
        .expect_err("the origin is not trusted");
    let Some(DiscoveryError::ForeignEndpoints { endpoints }) = error.validation() else {
        panic!("{error:?}");
    };
    let named = |member| endpoints.iter().any(|endpoint| endpoint.member == member);
    assert!(named("authorization_endpoint") && named("jwks_uri"));
    let origin = Some("https://id.example");
    assert!(
        endpoints
            .iter()
            .all(|endpoint| endpoint.origin.as_deref() == origin)
    );
    let trusted = builder()
        .trust_endpoint_origin("https://id.example")
        .build();
    let trusted = trusted.expect("the URL is valid");
    trusted.discover().await.expect("the origin is trusted");
}

#[test]
fn issuer_and_public_issuer_exclude_each_other() {
    let public = || Client::builder("https://ory.example").public_issuer("https://id.example");
    let other = Client::builder("https://ory.example").issuer("https://id.example");
    for builder in [
        public().issuer("https://id.example"),
        public().issuer("https://other.example"),
        other.public_issuer("https://id.example"),
    ] {
        let error = builder.build().expect_err("both are set");
        assert!(
            matches!(
                error,
                Error::Configuration(ConfigurationError::ConflictingIssuers)
            ),
            "{error:?}"
        );
        let message = "issuer and public_issuer are mutually exclusive";
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn invalid_public_issuer_or_trusted_origin_is_refused_when_the_client_is_built() {
    for issuer in [
        "",
        "id.example",
        "http://id.example",
        "http://id.localhost",
        "mailto:a@b.example",
        "https://id.example/?a=b",
        "https://id.example/#a",
        "https://user:hush@id.example/",
    ] {
        let built = Client::builder("https://hydra.example")
            .public_issuer(issuer)
            .build();
        assert!(matches!(built, Err(Error::Configuration(_))), "{issuer}");
    }
    for origin in [
        "",
        "keys.example",
        "http://keys.example",
        "http://keys.localhost",
        "https://keys.example/path",
        "https://keys.example/?a",
        "ftp://keys.example",
    ] {
        let built = Client::builder("https://hydra.example")
            .trust_endpoint_origin(origin)
            .build();
        assert!(matches!(built, Err(Error::Configuration(_))), "{origin}");
    }
}

#[tokio::test]
async fn insecure_issuer_is_trusted_only_if_insecure_http_is_allowed() {
    let mock = with_metadata("http://id.internal/", "http://id.internal").await;
    let builder = || Client::builder(mock.url()).issuer("http://id.internal/");
    let allowed = builder()
        .allow_insecure_http(true)
        .build()
        .expect("the URL is valid");
    allowed
        .discover()
        .await
        .expect("allow_insecure_http permits the origin");
    let strict = builder().build().expect("the URL is valid");
    strict
        .discover()
        .await
        .expect_err("plain http to another machine is not allowed");
}
