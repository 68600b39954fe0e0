//! Tests of token revocation and of client authentication. The expected responses were observed at
//! a real Hydra.

use ory_oidc_mock::OryMock;
use serde_json::json;

use crate::http::{Response, bearer, send};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn revoke(ory: &OryMock, basic: Option<&str>, form: &str) -> Response {
    let authorization = basic.map(|value| format!("Basic {}", base64(value)));
    let mut headers = vec![FORM];
    headers.extend(
        authorization
            .as_deref()
            .map(|value| ("authorization", value)),
    );
    send(
        ory,
        "POST",
        "/oauth2/revoke",
        &headers,
        Some(form.to_owned()),
    )
    .await
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Starts a mock server with a client for each method, whose id is the name of the method.
async fn start() -> OryMock {
    let ory = OryMock::start().await;
    for method in ["client_secret_basic", "client_secret_post", "none"] {
        let _ = ory.create_client(json!({
            "client_id": method,
            "client_secret": "s3cret+x",
            "token_endpoint_auth_method": method,
        }));
    }
    ory
}

#[tokio::test]
async fn a_client_authenticates_only_with_the_method_that_it_registered() {
    let ory = start().await;
    for (basic, form, status) in [
        (Some("client_secret_basic:s3cret%2Bx"), "token=x", 200),
        (Some("client_secret_basic:s3cret+x"), "token=x", 401),
        (Some("client_secret_basic:"), "token=x", 401),
        (Some("client_secret_post:s3cret%2Bx"), "token=x", 401),
        (Some("none:s3cret%2Bx"), "token=x", 401),
        (Some("none:"), "token=x", 200),
        (Some("unknown:s3cret%2Bx"), "token=x", 401),
        (Some("client_secret_basic:%zz"), "token=x", 400),
        (Some("client_secret_basic:s3cret%2Bx"), "", 400),
        (
            None,
            "client_id=client_secret_post&client_secret=s3cret%2Bx&token=x",
            200,
        ),
        (
            None,
            "client_id=client_secret_post&client_secret=wrong&token=x",
            401,
        ),
        (None, "client_id=client_secret_post&token=x", 401),
        (
            None,
            "client_id=client_secret_basic&client_secret=s3cret%2Bx&token=x",
            401,
        ),
        (None, "client_id=none&token=x", 200),
        (None, "client_id=none&client_secret=s3cret%2Bx&token=x", 401),
        (None, "token=x", 400),
    ] {
        let response = revoke(&ory, basic, form).await;
        assert_eq!(response.status, status, "{basic:?} {form}");
        let error = match status {
            200 => {
                assert_eq!(response.body, "");
                continue;
            }
            400 => "invalid_request",
            _ => "invalid_client",
        };
        assert_eq!(response.text("error"), error);
        assert_eq!(response.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn a_deleted_client_is_an_invalid_client() {
    let ory = start().await;
    assert_eq!(
        revoke(&ory, None, "client_id=none&token=x").await.status,
        200
    );
    ory.delete_client("none");
    let response = revoke(&ory, None, "client_id=none&token=x").await;
    assert_eq!(response.status, 401);
    assert_eq!(response.text("error"), "invalid_client");
}

#[tokio::test]
async fn a_client_whose_registration_token_is_invalid_can_still_authenticate() {
    let ory = start().await;
    ory.patch_client("client_secret_basic", json!([]));
    let basic = Some("client_secret_basic:s3cret%2Bx");
    assert_eq!(revoke(&ory, basic, "token=x").await.status, 200);
}

#[tokio::test]
async fn a_client_revokes_its_own_access_tokens_only() {
    let ory = start().await;
    let own = ory.issue_access_token_for("none", json!({"sub": "user-1"}));
    let other = ory.issue_access_token_for("client_secret_post", json!({"sub": "user-1"}));
    for (token, status) in [(own, 401), (other, 200)] {
        let form = format!("client_id=none&token={token}");
        assert_eq!(revoke(&ory, None, &form).await.status, 200);
        let userinfo = bearer(&ory, "GET", "/userinfo", &token, None).await;
        assert_eq!(userinfo.status, status);
    }
}
