//! Tests of requests that are not what they should be.

use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

use crate::http::{Response, bearer, get, register, send};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn post(ory: &OryMock, body: &Value) -> Response {
    let body = Some(body.to_string());
    send(ory, "POST", "/oauth2/register", &[], body).await
}

#[tokio::test]
async fn a_body_that_hydra_decodes_is_decoded() {
    let ory = OryMock::start().await;
    for (body, name) in [
        (r#"{"client_name": "a\ud800b"}"#, "a\u{fffd}b"),
        (r#"{"CLIENT_NAME": "App"}"#, "App"),
        (r#"{"client_name": "a", "client_name": null}"#, "a"),
        (
            &format!(r#"{{"x": {}{}}}"#, "[".repeat(9_000), "]".repeat(9_000)),
            "",
        ),
    ] {
        let response = send(&ory, "POST", "/oauth2/register", &[], Some(body.to_owned())).await;
        assert_eq!(response.text("client_name"), name, "{}", response.status);
    }
}

#[tokio::test]
async fn a_uri_that_hydra_cannot_parse_is_rejected() {
    let ory = OryMock::start().await;
    for uri in [
        "https://a:99999x/b",
        "http://[::1/cb",
        "https://a b/",
        "callback",
        "",
    ] {
        let redirect = post(&ory, &json!({"redirect_uris": [uri]})).await;
        assert_eq!(redirect.text("error"), "invalid_redirect_uri", "{uri}");
    }
    let origin = post(&ory, &json!({"allowed_cors_origins": ["https://a:x"]})).await;
    let reason = origin.text("error_description");
    assert!(
        reason.ends_with("parse 'https://a:x': invalid port ':x' after host"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_cors_origin_is_returned_in_its_normal_form() {
    let ory = OryMock::start().await;
    let client = post(
        &ory,
        &json!({"allowed_cors_origins": ["HTTPS://App.example//"]}),
    )
    .await;
    assert_eq!(
        client.json()["allowed_cors_origins"],
        json!(["https://App.example"])
    );
}

#[tokio::test]
async fn keys_are_checked_and_returned_without_unknown_members() {
    let ory = OryMock::start().await;
    let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "foo": "bar"});
    let client = post(&ory, &json!({"jwks": {"keys": [rsa], "x": 1}}))
        .await
        .json();
    assert_eq!(
        client["jwks"],
        json!({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]})
    );
    for (key, reason) in [
        (
            json!({"kty": "oct", "k": "AQ"}),
            "Invalid JSON web key in set.",
        ),
        (
            json!({"kty": "OKP", "crv": "X25519", "x": "AQ"}),
            "unknown curve X25519'",
        ),
    ] {
        let response = post(&ory, &json!({"jwks": {"keys": [key]}})).await;
        assert!(
            response.text("error_description").ends_with(reason),
            "{}",
            response.body
        );
    }
}

#[tokio::test]
async fn a_token_of_an_update_is_not_stored() {
    let ory = OryMock::start().await;
    let client = register(&ory, json!({})).await;
    let update = json!({"registration_access_token": "mine"});
    let updated = bearer(&ory, "PUT", &client.path, &client.token, Some(update)).await;
    let token = updated.text("registration_access_token");
    let read = bearer(&ory, "GET", &client.path, &token, None).await;
    assert_eq!(read.json().get("registration_access_token"), None);
}

#[tokio::test]
async fn a_form_counts_only_in_a_request_whose_method_has_one() {
    let ory = OryMock::start().await;
    let token = ory.issue_access_token(json!({"sub": "user-1"}));
    let form = Some(format!("access_token={token}"));
    for (method, status) in [("POST", 200), ("GET", 401)] {
        let response = send(&ory, method, "/userinfo", &[FORM], form.clone()).await;
        assert_eq!(response.status, status, "{method}");
    }
}

#[tokio::test]
async fn userinfo_accepts_the_access_token_in_a_multipart_form() {
    let ory = OryMock::start().await;
    let token = ory.issue_access_token(json!({"sub": "user-1"}));
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"access_token\"\r\n\r\n{token}\r\n--x--\r\n"
    );
    for (content_type, status) in [
        ("multipart/form-data; boundary=x", 200),
        ("multipart/form-data", 401),
    ] {
        let headers = [("content-type", content_type)];
        let response = send(&ory, "POST", "/userinfo", &headers, Some(body.clone())).await;
        assert_eq!(response.status, status, "{content_type}");
    }
}

#[tokio::test]
async fn a_space_in_an_access_token_is_an_error_of_the_server() {
    let ory = OryMock::start().await;
    let token = ory.issue_access_token(json!({"sub": "user-1"}));
    let response = bearer(&ory, "GET", "/userinfo", &format!(" {token}"), None).await;
    assert_eq!(
        (response.status, response.text("error").as_str()),
        (500, "error")
    );
}

#[tokio::test]
async fn logout_rejects_parameters_that_are_not_well_formed() {
    let ory = OryMock::start().await;
    for query in ["a=%zz", "a=b;c=d"] {
        let response = get(&ory, &format!("/oauth2/sessions/logout?{query}")).await;
        let location = response.location();
        assert!(
            location.ends_with("+the+%27GET%27+request+could+not+be+parsed."),
            "{location}"
        );
    }
}

#[tokio::test]
async fn logout_ignores_white_space_and_padding_in_the_hint() {
    let ory = OryMock::start().await;
    let client = ory.create_client(json!({}));
    let hint = ory.issue_id_token(&client, "user-1");
    for hint in [format!("%20{hint}%0A"), format!("{hint}%3D")] {
        let path = format!("/oauth2/sessions/logout?id_token_hint={hint}");
        let response = get(&ory, &path).await;
        assert!(
            response.location().contains("logout_challenge="),
            "{}",
            response.location()
        );
    }
}

#[tokio::test]
async fn logout_replaces_a_state_in_the_registered_uri() {
    let ory = OryMock::start().await;
    let client = ory.create_client(json!({
        "redirect_uris": ["https://app.example/cb"],
        "post_logout_redirect_uris": ["https://app.example/b ye?state=old&a=1#f"],
    }));
    let hint = ory.issue_id_token(&client, "user-1");
    let uri = "https%3A%2F%2Fapp.example%2Fb%20ye%3Fstate%3Dold%26a%3D1%23f";
    let path = format!(
        "/oauth2/sessions/logout?id_token_hint={hint}&post_logout_redirect_uri={uri}&state=s"
    );
    let back = ory.accept_logout(get(&ory, &path).await.location());
    let done = get(&ory, &back).await;
    assert_eq!(done.location(), "https://app.example/b%20ye?a=1&state=s#f");
}

#[tokio::test]
async fn an_authorization_request_with_a_request_object_is_refused() {
    let ory = OryMock::start().await;
    let redirect_uris = json!(["https://app.example/cb"]);
    let keys = json!({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]});
    let without_keys = ory.create_client(json!({"redirect_uris": redirect_uris}));
    let with_keys = ory.create_client(json!({"redirect_uris": redirect_uris, "jwks": keys}));
    for (client, object, error) in [
        (&without_keys, "request=x", "error=invalid_request"),
        (&without_keys, "request_uri=x", "error=invalid_request"),
        (
            &with_keys,
            "request=x&request_uri=x",
            "error=invalid_request",
        ),
        (&with_keys, "request=x", "error=request_not_supported"),
    ] {
        let path = format!("/oauth2/auth?client_id={client}&scope=openid&{object}");
        let response = get(&ory, &path).await;
        assert!(
            response.location().contains(error),
            "{}",
            response.location()
        );
    }
}

#[tokio::test]
async fn a_malformed_parameter_of_an_authorization_request_is_ignored() {
    let ory = OryMock::start().await;
    let response = get(&ory, "/oauth2/auth?client_id=%zz").await;
    assert!(
        response.location().contains("error=invalid_client"),
        "{}",
        response.location()
    );
}

#[tokio::test]
async fn the_introspection_of_an_inactive_token_must_not_be_stored() {
    let ory = OryMock::start().await;
    let url = format!("{}/admin/oauth2/introspect", ory.admin_url());
    let response = send(&ory, "POST", &url, &[FORM], Some("token=x".to_owned())).await;
    assert_eq!(response.json(), json!({"active": false}));
    assert_eq!(response.header("cache-control"), Some("no-store"));
}
