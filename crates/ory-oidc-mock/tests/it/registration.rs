//! Tests of registration that the recorded exchanges do not cover.

use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

use crate::http::{bearer, get, register, send};

#[tokio::test]
async fn an_update_resets_missing_members() {
    let ory = OryMock::start().await;
    let full = json!({
        "client_name": "My app",
        "contacts": ["a@example.com"],
        "scope": "openid",
        "client_uri": "https://app.example",
    });
    let client = register(&ory, full).await;
    let response = bearer(
        &ory,
        "PUT",
        &client.path,
        &client.token,
        Some(json!({"client_name": "Renamed"})),
    )
    .await;
    assert_eq!(response.status, 200);
    let stored = ory.client(&client.id).expect("the client exists");
    assert_eq!(stored["client_name"], "Renamed");
    assert_eq!(stored["contacts"], json!([]));
    assert_eq!(stored["client_uri"], "");
    assert_eq!(stored["scope"], "openid offline_access offline");
}

#[tokio::test]
async fn a_registration_response_cannot_be_sent_back_as_an_update() {
    let ory = OryMock::start().await;
    let response = send(&ory, "POST", "/oauth2/register", &[], Some("{}".to_owned())).await;
    let (id, token, mut echo) = (
        response.text("client_id"),
        response.text("registration_access_token"),
        response.json(),
    );
    let path = format!("/oauth2/register/{id}");
    assert_eq!(
        bearer(&ory, "PUT", &path, &token, Some(echo.clone()))
            .await
            .status,
        403
    );
    echo["client_secret"] = Value::Null;
    assert_eq!(
        bearer(&ory, "PUT", &path, &token, Some(echo.clone()))
            .await
            .text("error"),
        "invalid_client_metadata"
    );
    echo.as_object_mut()
        .expect("the response is an object")
        .remove("metadata");
    assert_eq!(
        bearer(&ory, "PUT", &path, &token, Some(echo)).await.status,
        200
    );
}

#[tokio::test]
async fn an_update_keeps_the_registration_token_if_rotation_is_disabled() {
    let ory = OryMock::builder()
        .rotate_registration_tokens(false)
        .start()
        .await;
    let client = register(&ory, json!({})).await;
    let response = bearer(&ory, "PUT", &client.path, &client.token, Some(json!({}))).await;
    assert_eq!(response.text("registration_access_token"), client.token);
    assert_eq!(
        bearer(&ory, "GET", &client.path, &client.token, None)
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn an_administrator_can_rotate_a_registration_token_and_delete_a_client() {
    let ory = OryMock::start().await;
    let client = register(&ory, json!({})).await;
    let new = ory.rotate_registration_token(&client.id);
    assert_eq!(
        bearer(&ory, "GET", &client.path, &client.token, None)
            .await
            .status,
        401
    );
    assert_eq!(
        bearer(&ory, "GET", &client.path, &new, None).await.status,
        200
    );
    ory.delete_client(&client.id);
    assert_eq!(
        bearer(&ory, "GET", &client.path, &new, None).await.status,
        401
    );
    assert!(ory.registered_clients().is_empty());
}

#[tokio::test]
async fn registration_requires_the_configured_initial_access_token() {
    let ory = OryMock::builder()
        .initial_access_token("initial")
        .start()
        .await;
    assert_eq!(
        bearer(&ory, "POST", "/oauth2/register", "wrong", Some(json!({})))
            .await
            .status,
        401
    );
    assert_eq!(
        bearer(&ory, "POST", "/oauth2/register", "initial", Some(json!({})))
            .await
            .status,
        201
    );
}

#[tokio::test]
async fn reading_a_client_shows_empty_lists_and_no_secrets() {
    let ory = OryMock::start().await;
    let client = register(
        &ory,
        json!({"token_endpoint_auth_method": "client_secret_post"}),
    )
    .await;
    let read = bearer(&ory, "GET", &client.path, &client.token, None)
        .await
        .json();
    assert_eq!(read["redirect_uris"], json!([]));
    for secret in [
        "client_secret",
        "registration_access_token",
        "registration_client_uri",
        "metadata",
    ] {
        assert!(read.get(secret).is_none(), "{secret}");
    }
}

#[tokio::test]
async fn an_invalid_lifespan_is_rejected() {
    let ory = OryMock::start().await;
    let body = json!({"implicit_grant_id_token_lifespan": "soon"}).to_string();
    let response = send(&ory, "POST", "/oauth2/register", &[], Some(body)).await;
    assert_eq!(response.status, 400);
    assert_eq!(
        response.text("error_description"),
        "Unable to decode the request body: time: invalid duration 'soon'"
    );
}

#[tokio::test]
async fn discovery_contains_the_registration_endpoint_only_if_configured() {
    let default = OryMock::start().await;
    let advertising = OryMock::builder()
        .advertise_registration_endpoint(true)
        .issuer("https://id.example/")
        .start()
        .await;
    let path = "/.well-known/openid-configuration";
    assert!(
        get(&default, path)
            .await
            .json()
            .get("registration_endpoint")
            .is_none()
    );
    let document = get(&advertising, path).await.json();
    assert_eq!(
        document["registration_endpoint"],
        format!("{}/oauth2/register", advertising.url())
    );
    assert_eq!(document["issuer"], "https://id.example/");
    assert_eq!(get(&default, path).await.text("issuer"), default.url());
}
