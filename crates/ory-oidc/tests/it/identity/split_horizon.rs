//! A provider that everybody else reaches at another address than we do.

use super::CLIENT;
use ory_oidc::discovery::DiscoveryError;
use ory_oidc::token::RelyingParty;
use ory_oidc::{Client, Error, IdToken, Subject};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A double whose metadata names this issuer, and endpoints at this origin.
async fn saying(issuer: &str, origin: &str) -> OryMock {
    let double = OryMock::builder().issuer(issuer).start().await;
    let said = reqwest::get(format!("{}{DISCOVERY}", double.url())).await;
    let said = said.expect("an answer").text().await.expect("a text");
    let answer = Fault::answer(200)
        .header("content-type", "application/json")
        .body(said.replace(double.url(), origin));
    double.fail_next(answer.on("GET", DISCOVERY).times(10));
    double
}

async fn behind_a_proxy() -> OryMock {
    saying("https://id.example/", "https://id.example").await
}

#[tokio::test]
async fn we_reach_it_at_the_base_url_and_browsers_at_the_issuer() {
    let double = behind_a_proxy().await;
    let ory = Client::builder(double.url()).public_issuer("https://id.example/");
    let ory = ory.build().expect("a client");
    let provider = ory.discover().await.expect("the issuer is the public one");
    assert_eq!(provider.issuer(), "https://id.example/");
    assert_eq!(
        provider.authorization_endpoint(),
        "https://id.example/oauth2/auth"
    );
    assert_eq!(
        provider.registration_endpoint(),
        "https://id.example/oauth2/register"
    );
    let client = double.create_client(json!({
        "client_id": CLIENT, "userinfo_signed_response_alg": "RS256",
    }));
    let token = double
        .issue_access_token_for(&client, json!({"sub": "user-1"}))
        .into();
    let user = ory.userinfo(&token, Subject::Expect("user-1"));
    let user = user.relying_party(RelyingParty::new(CLIENT)).await;
    assert_eq!(
        user.expect("the keys are reached from here").sub(),
        "user-1"
    );
    let id_token = IdToken::new(double.issue_id_token(&client, "user-1"));
    let url = ory.end_session(&id_token).url().expect("a URL");
    assert!(
        url.as_str()
            .starts_with("https://id.example/oauth2/sessions/logout?")
    );
    let form = ory.end_session(&id_token).form().expect("a form");
    assert_eq!(
        form.action().as_str(),
        "https://id.example/oauth2/sessions/logout"
    );
}

#[tokio::test]
async fn an_issuer_elsewhere_without_a_split_horizon_is_asked_where_it_says() {
    let double = behind_a_proxy().await;
    let ory = Client::builder(double.url()).issuer("https://id.example/");
    let ory = ory.build().expect("a client");
    let provider = ory
        .discover()
        .await
        .expect("the issuer is the expected one");
    assert_eq!(
        provider.jwks_uri(),
        "https://id.example/.well-known/jwks.json"
    );
    let url = ory.end_session(None).url().expect("a URL");
    assert!(url.as_str().starts_with(double.url()));
}

#[tokio::test]
async fn endpoints_elsewhere_are_refused_unless_they_are_pinned() {
    let elsewhere = saying("https://other.example/", "https://id.example").await;
    let builder = || Client::builder(elsewhere.url()).issuer("https://other.example/");
    let strict = builder().build().expect("a client");
    let error = strict.discover().await.expect_err("nobody stands for them");
    let Some(DiscoveryError::ForeignEndpoint { member, origin }) = error.validation() else {
        panic!("{error:?}");
    };
    assert_eq!(member, "authorization_endpoint");
    assert_eq!(origin.as_deref(), Some("https://id.example"));
    let pinned = builder()
        .trust_endpoint_origin("https://id.example")
        .build();
    let pinned = pinned.expect("a client");
    pinned.discover().await.expect("they are pinned");
}

#[test]
fn a_public_issuer_or_an_origin_that_is_none_is_refused_at_once() {
    for issuer in [
        "",
        "id.example",
        "http://id.example",
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
async fn an_insecure_issuer_that_was_allowed_stands_for_its_endpoints() {
    let double = saying("http://id.internal/", "http://id.internal").await;
    let builder = || Client::builder(double.url()).issuer("http://id.internal/");
    let allowed = builder()
        .allow_insecure_http(true)
        .build()
        .expect("a client");
    allowed.discover().await.expect("it was allowed");
    let strict = builder().build().expect("a client");
    strict
        .discover()
        .await
        .expect_err("nobody allowed plain http to another machine");
}
