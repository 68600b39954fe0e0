//! Tests of what differs between versions of Hydra, except for paths and methods.

use ory_oidc_mock::{HydraVersion, OryMock};
use serde_json::{Value, json};

use crate::http::{Response, bearer, get, register, send};

async fn both() -> [OryMock; 2] {
    let old = OryMock::builder().hydra_version(HydraVersion::V2_3_0);
    [old.start().await, OryMock::start().await]
}

async fn post(ory: &OryMock, metadata: Value) -> Response {
    let body = Some(metadata.to_string());
    send(ory, "POST", "/oauth2/register", &[], body).await
}

#[tokio::test]
async fn version_2_3_0_has_no_device_grant() {
    const LIFESPAN: &str = "device_authorization_grant_id_token_lifespan";
    let [old, new] = both().await;
    assert_eq!(
        post(&new, json!({LIFESPAN: "1h"})).await.json()[LIFESPAN],
        "1h0m0s"
    );
    assert_eq!(post(&new, json!({LIFESPAN: 1})).await.status, 400);
    assert_eq!(
        post(&old, json!({LIFESPAN: 1})).await.json().get(LIFESPAN),
        None
    );

    for (ory, supported) in [(old, false), (new, true)] {
        let document = get(&ory, "/.well-known/openid-configuration").await.json();
        let endpoint = document.get("device_authorization_endpoint");
        assert_eq!(endpoint.is_some(), supported);
        let grants = document["grant_types_supported"].to_string();
        assert_eq!(grants.contains("device_code"), supported);
    }
}

#[tokio::test]
async fn version_2_3_0_does_not_check_the_pages_of_an_app() {
    let [old, new] = both().await;
    for page in [
        "ftp://app.example/",
        "javascript:alert(1)",
        "/path",
        "nonsense",
    ] {
        for member in ["tos_uri", "policy_uri", "logo_uri", "client_uri"] {
            assert_eq!(
                post(&new, json!({member: page})).await.status,
                400,
                "{page}"
            );
            assert_eq!(
                post(&old, json!({member: page})).await.status,
                201,
                "{page}"
            );
        }
    }
}

#[tokio::test]
async fn version_2_3_0_keeps_the_registration_token_when_an_administrator_patches_the_client() {
    let [old, new] = both().await;
    for (ory, status) in [(old, 200), (new, 401)] {
        let client = register(&ory, json!({})).await;
        let rename = json!([{"op": "replace", "path": "/client_name", "value": "App"}]);
        ory.patch_client(&client.id, rename);
        let read = bearer(&ory, "GET", &client.path, &client.token, None).await;
        assert_eq!(read.status, status);
    }
}

#[tokio::test]
async fn version_2_3_0_locates_a_new_client_by_an_absolute_path() {
    let [old, new] = both().await;
    for (ory, start) in [(old, "/admin/clients/"), (new, "admin/clients/")] {
        assert!(post(&ory, json!({})).await.location().starts_with(start));
    }
}

#[tokio::test]
async fn version_2_3_0_forbids_caching_of_every_response_of_an_endpoint() {
    let [old, new] = both().await;
    for (ory, forbids) in [(old, true), (new, false)] {
        let response = post(&ory, json!({})).await;
        assert_eq!(response.header("cache-control").is_some(), forbids);
        let unknown = get(&ory, "/foo").await;
        assert_eq!(unknown.header("cache-control").is_some(), !forbids);
    }
}
