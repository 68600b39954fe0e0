//! What discovery and the key set say about how long they may be kept.

use ory_oidc_mock::OryMock;
use serde_json::json;

use crate::http::{bearer, get};

const WELL_KNOWN: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json",
];

#[tokio::test]
async fn discovery_and_keys_say_what_a_test_asks_for() {
    let ory = OryMock::builder()
        .cache_control("public, max-age=60")
        .age(59)
        .start()
        .await;
    for path in WELL_KNOWN {
        let answer = get(&ory, path).await;
        assert_eq!(
            (answer.header("cache-control"), answer.header("age")),
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
async fn it_changes_while_the_double_runs() {
    let ory = OryMock::start().await;
    let headers = async || {
        let answer = get(&ory, WELL_KNOWN[1]).await;
        let text = |name| answer.header(name).map(str::to_owned);
        (text("cache-control"), text("age"))
    };
    let orys = Some("private, no-cache, no-store, must-revalidate".to_owned());
    assert_eq!(headers().await, (orys, None));
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
fn a_header_that_cannot_be_sent_is_a_mistake_of_the_test() {
    let _ = OryMock::builder().cache_control("max-age=1\r\nx: y");
}
