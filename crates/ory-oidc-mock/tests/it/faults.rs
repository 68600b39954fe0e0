//! Tests of faults.

use std::time::{Duration, Instant};

use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

use crate::http::{bearer, get, register, try_send};

#[tokio::test]
async fn an_answer_fault_applies_once_and_the_request_is_not_handled() {
    let ory = OryMock::start().await;
    ory.fail_next(
        Fault::answer(429)
            .header("Retry-After", "7")
            .body("slow down")
            .on("POST", "/oauth2/register"),
    );
    assert_eq!(get(&ory, "/.well-known/jwks.json").await.status, 200);
    let response = try_send(&ory, "POST", "/oauth2/register", &[], Some("{}".to_owned()))
        .await
        .expect("the mock server responds");
    assert_eq!(
        (
            response.status,
            response.header("retry-after"),
            response.body.as_str()
        ),
        (429, Some("7"), "slow down")
    );
    assert!(ory.registered_clients().is_empty());
    register(&ory, json!({})).await;
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 2);
}

#[tokio::test]
async fn faults_apply_to_discovery_and_keys() {
    let ory = OryMock::start().await;
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/jwks.json",
    ] {
        ory.fail_next(Fault::answer(503).on("GET", path));
        ory.fail_next(
            Fault::answer(200)
                .header("Cache-Control", "max-age=5")
                .body("{")
                .on("GET", path),
        );
        ory.fail_next(Fault::drop_connection().after_handling().on("GET", path));
        assert_eq!(get(&ory, path).await.status, 503);
        let malformed = get(&ory, path).await;
        assert_eq!(
            (malformed.body.as_str(), malformed.header("cache-control")),
            ("{", Some("max-age=5"))
        );
        assert!(try_send(&ory, "GET", path, &[], None).await.is_err());
        assert_eq!(get(&ory, path).await.status, 200);
        assert_eq!(ory.requests_to("GET", path).len(), 4);
    }
}

#[tokio::test]
async fn a_connection_can_be_dropped_before_or_after_the_request_is_handled() {
    let ory = OryMock::start().await;
    for (fault, registered) in [
        (Fault::drop_connection(), 0),
        (Fault::drop_connection().after_handling(), 1),
    ] {
        ory.fail_next(fault.on("POST", "/oauth2/register"));
        assert!(
            try_send(&ory, "POST", "/oauth2/register", &[], Some("{}".to_owned()))
                .await
                .is_err()
        );
        assert_eq!(ory.registered_clients().len(), registered);
    }
}

#[tokio::test]
async fn an_answer_after_handling_replaces_the_response() {
    let ory = OryMock::start().await;
    let client = register(&ory, json!({})).await;
    ory.fail_next(
        Fault::answer(502)
            .after_handling()
            .on("PUT", "/oauth2/register"),
    );
    assert_eq!(
        bearer(&ory, "PUT", &client.path, &client.token, Some(json!({})))
            .await
            .status,
        502
    );
    assert_eq!(
        bearer(&ory, "GET", &client.path, &client.token, None)
            .await
            .status,
        401,
        "the update rotated the token"
    );
}

#[tokio::test]
async fn faults_apply_in_the_order_they_were_added_and_as_often_as_requested() {
    let ory = OryMock::start().await;
    ory.fail_next(Fault::answer(503).times(2));
    ory.fail_next(Fault::delay(Duration::from_millis(50)));
    let start = Instant::now();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(get(&ory, "/userinfo").await.status);
    }
    assert_eq!(statuses, [503, 503, 401]);
    assert!(start.elapsed() >= Duration::from_millis(50));
}
