//! Tests of the caching headers of discovery and of the key set.

use ory_oidc_mock::OryMock;
use serde_json::json;

use crate::http::{bearer, get};

const WELL_KNOWN: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json",
];

#[tokio::test]
async fn caching_headers_apply_to_discovery_and_keys_only() {
    let ory = OryMock::builder()
        .cache_control("public, max-age=60")
        .age(59)
        .start()
        .await;
    for path in WELL_KNOWN {
        let response = get(&ory, path).await;
        assert_eq!(
            (response.header("cache-control"), response.header("age")),
            (Some("public, max-age=60"), Some("59"))
        );
    }
    let token = ory.issue_access_token(json!({"sub": "user-1"}));
    let userinfo = bearer(&ory, "GET", "/userinfo", &token, None).await;
    assert_eq!(
        (userinfo.header("cache-control"), userinfo.header("age")),
        (Some("private, no-cache, no-store, must-revalidate"), None)
    );
}

#[tokio::test]
async fn caching_headers_can_be_changed_while_the_mock_server_runs() {
    let ory = OryMock::start().await;
    let headers = async || {
        let response = get(&ory, WELL_KNOWN[1]).await;
        let text = |name| response.header(name).map(str::to_owned);
        (text("cache-control"), text("age"))
    };
    let default = Some("private, no-cache, no-store, must-revalidate".to_owned());
    assert_eq!(headers().await, (default, None));
    ory.set_cache_control("max-age=1");
    ory.set_age(7);
    assert_eq!(
        headers().await,
        (Some("max-age=1".to_owned()), Some("7".to_owned()))
    );
    ory.set_cache_control("");
    assert_eq!(headers().await.0, None);
}

#[test]
#[should_panic(expected = "invalid Cache-Control value")]
fn an_invalid_cache_control_value_panics() {
    let _ = OryMock::builder().cache_control("max-age=1\r\nx: y");
}
