//! Failures to order.

use std::time::{Duration, Instant};

use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

use crate::http::{bearer, get, register, try_send};

#[tokio::test]
async fn an_answer_to_order_is_given_once_and_nothing_is_handled() {
    let ory = OryMock::start().await;
    ory.fail_next(
        Fault::answer(429)
            .header("Retry-After", "7")
            .body("slow down")
            .on("POST", "/oauth2/register"),
    );
    assert_eq!(get(&ory, "/.well-known/jwks.json").await.status, 200);
    let answer = try_send(&ory, "POST", "/oauth2/register", &[], Some("{}".to_owned()))
        .await
        .expect("an answer");
    assert_eq!(
        (
            answer.status,
            answer.header("retry-after"),
            answer.body.as_str()
        ),
        (429, Some("7"), "slow down")
    );
    assert!(ory.registered_clients().is_empty());
    register(&ory, json!({})).await;
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 2);
}

#[tokio::test]
async fn discovery_and_keys_fail_as_everything_else_does() {
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
        let hostile = get(&ory, path).await;
        assert_eq!(
            (hostile.body.as_str(), hostile.header("cache-control")),
            ("{", Some("max-age=5"))
        );
        assert!(try_send(&ory, "GET", path, &[], None).await.is_err());
        assert_eq!(get(&ory, path).await.status, 200);
        assert_eq!(ory.requests_to("GET", path).len(), 4);
    }
}

#[tokio::test]
async fn a_connection_is_dropped_before_or_after_the_request_was_handled() {
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
async fn an_answer_after_handling_hides_what_was_done() {
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
        "the token was rotated"
    );
}

#[tokio::test]
async fn faults_strike_in_order_and_as_often_as_asked() {
    let ory = OryMock::start().await;
    ory.fail_next(Fault::answer(503).times(2));
    ory.fail_next(Fault::delay(Duration::from_millis(50)));
    let begun = Instant::now();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(get(&ory, "/userinfo").await.status);
    }
    assert_eq!(statuses, [503, 503, 401]);
    assert!(begun.elapsed() >= Duration::from_millis(50));
}
