//! Tests of logins at the authorization endpoint. The expected responses were observed at a real
//! Hydra.

use std::collections::HashMap;

use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

use crate::http::{Response, bearer, get, send};
use crate::jwt;

pub(crate) const CALLBACK: &str = "http://127.0.0.1:5555/callback";
// The example of RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Starts a mock server with a client and a user who is logged in at once.
pub(crate) async fn start() -> OryMock {
    let ory = OryMock::start().await;
    create_client(&ory, &json!({}));
    ory.log_in_as(json!({"sub": "user-1", "email": "u@example.com"}));
    ory
}

pub(crate) fn create_client(ory: &OryMock, changes: &Value) {
    let mut client = json!({
        "client_id": "app",
        "client_secret": "secret-of-app",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "openid offline profile",
        "token_endpoint_auth_method": "client_secret_post",
    });
    for (name, value) in changes.as_object().expect("the changes are an object") {
        client[name] = value.clone();
    }
    let _ = ory.create_client(client);
}

/// Returns the path of an authorization request. An empty value removes a parameter.
pub(crate) fn authorization(changes: &[(&str, &str)]) -> String {
    let mut parameters = vec![
        ("client_id", "app"),
        ("response_type", "code"),
        ("scope", "openid offline"),
        ("redirect_uri", CALLBACK),
        ("state", "12345678"),
        ("nonce", "nonce-12345"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    for change in changes {
        parameters.retain(|(name, _)| *name != change.0);
        parameters.push(*change);
    }
    parameters.retain(|(_, value)| !value.is_empty());
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("/oauth2/auth?{query}")
}

/// Returns the parameters in the query or the fragment of a response's location.
pub(crate) fn returned(response: &Response) -> HashMap<String, String> {
    let location = response.location();
    let (_, parameters) = location
        .split_once(['?', '#'])
        .expect("the location has parameters");
    form_urlencoded::parse(parameters.as_bytes())
        .into_owned()
        .collect()
}

pub(crate) async fn post_form(ory: &OryMock, url: &str, parameters: &[(&str, &str)]) -> Response {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    send(ory, "POST", url, &form, Some(body)).await
}

pub(crate) async fn token(ory: &OryMock, parameters: &[(&str, &str)]) -> Response {
    let credentials = [("client_id", "app"), ("client_secret", "secret-of-app")];
    post_form(
        ory,
        "/oauth2/token",
        &[&credentials[..], parameters].concat(),
    )
    .await
}

pub(crate) async fn redeem(ory: &OryMock, code: &str, verifier: &str) -> Response {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier),
    ];
    token(ory, &parameters).await
}

pub(crate) async fn refresh(ory: &OryMock, refresh_token: &str) -> Response {
    let parameters = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token),
    ];
    token(ory, &parameters).await
}

pub(crate) async fn code(ory: &OryMock, changes: &[(&str, &str)]) -> String {
    let response = get(ory, &authorization(changes)).await;
    assert_eq!(response.status, 303, "{}", response.body);
    returned(&response)["code"].clone()
}

/// Logs in and returns the tokens.
pub(crate) async fn log_in(ory: &OryMock) -> Response {
    let response = redeem(ory, &code(ory, &[]).await, VERIFIER).await;
    assert_eq!(response.status, 200, "{}", response.body);
    response
}

pub(crate) async fn userinfo(ory: &OryMock, access_token: &str) -> u16 {
    bearer(ory, "GET", "/userinfo", access_token, None)
        .await
        .status
}

#[tokio::test]
async fn a_login_returns_tokens_with_the_claims_of_the_user() {
    let ory = start().await;
    let response = get(&ory, &authorization(&[])).await;
    let parameters = returned(&response);
    assert_eq!(parameters["state"], "12345678");
    assert_eq!(parameters["scope"], "openid offline");
    assert_eq!(response.header("cache-control"), Some("no-store"));

    let tokens = redeem(&ory, &parameters["code"], VERIFIER).await;
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    let body = tokens.json();
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body["scope"], "openid offline");
    assert_eq!(body["expires_in"], 3600);
    let claims = jwt::verified(&ory, &tokens.text("id_token"))
        .await
        .expect("a published key verifies the signature");
    let names: Vec<_> = claims.as_object().expect("an object").keys().collect();
    assert_eq!(
        names,
        [
            "at_hash",
            "aud",
            "auth_time",
            "email",
            "exp",
            "iat",
            "iss",
            "jti",
            "nonce",
            "rat",
            "sid",
            "sub"
        ]
    );
    assert_eq!(claims["sub"], "user-1");
    assert_eq!(claims["email"], "u@example.com");
    assert_eq!(claims["nonce"], "nonce-12345");
    assert_eq!(claims["aud"], json!(["app"]));

    let access_token = tokens.text("access_token");
    let userinfo = bearer(&ory, "GET", "/userinfo", &access_token, None).await;
    let names: Vec<_> = userinfo
        .json()
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    assert_eq!(
        names,
        ["aud", "auth_time", "email", "iat", "iss", "rat", "sub"]
    );
    assert!(ory.has_session("user-1"));
}

#[tokio::test]
async fn an_invalid_authorization_request_returns_to_the_client_with_the_error() {
    let ory = start().await;
    for (change, error) in [
        (("state", "1"), "invalid_state"),
        (("scope", "openid foo"), "invalid_scope"),
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "unsupported_response_type"),
        (("audience", "foo"), "invalid_request"),
        (("registration", "x"), "registration_not_supported"),
        (("prompt", "none"), "login_required"),
        (("prompt", "foo"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("code_challenge_method", "foo"), "invalid_request"),
        (("id_token_hint", "x"), "invalid_request"),
        (("login_verifier", "x"), "access_denied"),
        (("consent_verifier", "x"), "access_denied"),
    ] {
        let response = get(&ory, &authorization(&[change])).await;
        assert_eq!(response.status, 303, "{change:?}");
        assert!(response.location().starts_with(&format!("{CALLBACK}?")));
        let parameters = returned(&response);
        assert_eq!(parameters["error"], error, "{change:?}");
        assert_eq!(parameters.get("code"), None);
    }
    let fragment = get(
        &ory,
        &authorization(&[("state", "1"), ("response_mode", "fragment")]),
    )
    .await;
    assert!(
        fragment
            .location()
            .starts_with(&format!("{CALLBACK}#error=invalid_state"))
    );
    let form = get(
        &ory,
        &authorization(&[("state", "1"), ("response_mode", "form_post")]),
    )
    .await;
    assert_eq!(form.status, 200);
    assert!(
        form.body.contains("name=\"error\" value=\"invalid_state\""),
        "{}",
        form.body
    );
}

#[tokio::test]
async fn a_request_of_an_unknown_client_or_redirect_uri_ends_at_the_error_page() {
    let ory = start().await;
    for (change, error) in [
        (("client_id", "unknown"), "invalid_client"),
        (
            ("redirect_uri", "http://127.0.0.1:5555/other"),
            "invalid_request",
        ),
        (("redirect_uri", ""), "invalid_request"),
        (("response_mode", "foo"), "unsupported_response_mode"),
    ] {
        let response = get(&ory, &authorization(&[change])).await;
        assert_eq!(response.status, 302, "{change:?}");
        let page = format!("{}/oauth2/fallbacks/error?", ory.url());
        assert!(response.location().starts_with(&page));
        assert_eq!(returned(&response)["error"], error, "{change:?}");
    }
    let other_port = get(
        &ory,
        &authorization(&[("redirect_uri", "http://127.0.0.1:6/callback")]),
    )
    .await;
    assert!(
        returned(&other_port).contains_key("code"),
        "the port of a loopback address may differ"
    );
}
