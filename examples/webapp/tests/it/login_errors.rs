//! Errors and secrets of a login, at a local server that returns a given token response.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{get, post};
use ory_oidc::{Client, Registration};
use ory_oidc_webapp::http;
use ory_oidc_webapp::login::{Callback, Login, LoginError};
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

/// Starts a server that returns this text as the token response, and returns its issuer.
async fn server(token_response: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("loopback has a free port");
    let address = listener.local_addr().expect("the listener has an address");
    let issuer = format!("http://{address}");
    let metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    });
    let json = |body: String| async move { ([(CONTENT_TYPE, "application/json")], body) };
    let discovery = get(move || json(metadata.to_string()));
    let token = post(move || json(token_response));
    let routes = Router::new()
        .route("/.well-known/openid-configuration", discovery)
        .route("/token", token);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    issuer
}

/// Prepares a login of a client with the secret `hush`.
async fn new_login(token_response: &str) -> Login {
    let issuer = server(token_response.to_owned()).await;
    let http = http::client("ory-oidc-webapp-test").expect("TLS is available");
    let ory = Client::builder(issuer).http_client(http.clone());
    let ory = ory.build().expect("the issuer is a loopback URL");
    let registration = Registration::from_saved("my-client", "ory_at_example".into());
    let registration = registration.with_client_secret("hush".into());
    let login = Login::new(&ory, &http, &registration, "https://app.example/callback").await;
    login.expect("the metadata is valid")
}

/// Returns a parameter of the URL that the browser is redirected to.
fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.expect("the URL has the parameter").1.into_owned()
}

/// Creates the callback of a login that succeeded at the provider.
fn callback(url: &Url) -> Callback {
    let query = json!({"code": "c0de", "state": parameter(url, "state")});
    serde_json::from_value(query).expect("the callback is valid")
}

/// Logs in, up to the invalid token response.
async fn log_in(token_response: &str) -> LoginError {
    let login = new_login(token_response).await;
    let (url, pending) = login.start(&[]);
    let result = login.finish(pending, callback(&url)).await;
    result.expect_err("the token response is invalid")
}

#[tokio::test]
async fn debug_output_shows_no_secret() {
    let login = new_login("").await;
    let (url, pending) = login.start(&[]);
    let callback = callback(&url);
    let shown = format!("{login:?} {pending:?} {callback:?}");
    let [state, nonce] = ["state", "nonce"].map(|name| parameter(&url, name));
    for secret in ["hush", "c0de", &state, &nonce] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn an_invalid_token_response_is_not_shown() {
    for (token_response, expected) in [
        // JSON parsers quote a value of the wrong type.
        (
            r#"{"access_token": "hush", "token_type": "bearer", "expires_in": "hush"}"#,
            "login failed: cannot decode the token response at JSON path expires_in",
        ),
        (
            "hush",
            "login failed: cannot decode the token response at JSON path .",
        ),
        (
            r#"{"access_token": "hush", "token_type": "bearer"}"#,
            "login failed: the token response has no ID token",
        ),
    ] {
        let error = log_in(token_response).await;
        assert_eq!(error.to_string(), expected);
        let shown = format!("{error:?}");
        assert!(!shown.contains("hush"), "{shown}");
        // `Debug` shows bytes as numbers.
        assert!(!shown.contains("104, 117, 115, 104"), "{shown}");
    }
}

#[tokio::test]
async fn a_response_that_is_too_large_is_refused() {
    let error = log_in(&"x".repeat(1024 * 1024 + 1)).await;
    let expected = "login failed: the response is larger than 1 MiB";
    assert_eq!(error.to_string(), expected);
}
