//! Tests of faults.

use std::time::{Duration, Instant};

use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

use crate::http::{bearer, get, register, send, try_send};

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

#[tokio::test]
async fn a_database_outage_refuses_credentials_that_work_until_it_is_cleared() {
    let ory = OryMock::start().await;
    let client = register(&ory, json!({"token_endpoint_auth_method": "none"})).await;
    let token = ory.issue_access_token(json!({"sub": "user-1"}));
    let revocation = format!("client_id={}&token=x", client.id);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let admin = format!("{}/admin/clients/{}", ory.admin_url(), client.id);
    let statuses = async || {
        let read = bearer(&ory, "GET", &client.path, &client.token, None).await;
        let userinfo = bearer(&ory, "GET", "/userinfo", &token, None).await;
        let revoke = send(
            &ory,
            "POST",
            "/oauth2/revoke",
            &form,
            Some(revocation.clone()),
        )
        .await;
        let mut statuses = vec![read.status, userinfo.status, revoke.status];
        for path in [
            "/.well-known/openid-configuration",
            "/.well-known/jwks.json",
            admin.as_str(),
            "/health/ready",
            "/health/alive",
        ] {
            statuses.push(get(&ory, path).await.status);
        }
        statuses
    };
    assert_eq!(statuses().await, [200; 8]);

    ory.fail_next(Fault::database_outage());
    assert_eq!(statuses().await, [401, 401, 401, 500, 400, 500, 200, 200]);
    let userinfo = bearer(&ory, "GET", "/userinfo", &token, None).await;
    assert_eq!(
        userinfo.text("error"),
        "Unable to serialize access due to a concurrent update in another session"
    );
    for method in ["PUT", "DELETE"] {
        let refused = bearer(&ory, method, &client.path, &client.token, Some(json!({}))).await;
        let deleted = bearer(
            &ory,
            method,
            "/oauth2/register/unknown",
            "x",
            Some(json!({})),
        )
        .await;
        assert_eq!(
            (refused.status, refused.body),
            (deleted.status, deleted.body)
        );
    }
    let response = send(&ory, "POST", "/oauth2/register", &[], Some("{}".to_owned())).await;
    assert_eq!(response.status, 500);

    ory.clear_faults();
    assert_eq!(statuses().await, [200; 8]);
    assert_eq!(ory.registered_clients(), [client.id]);
}

#[tokio::test]
async fn a_fault_for_one_request_takes_precedence_over_one_until_cleared() {
    let ory = OryMock::start().await;
    ory.fail_next(Fault::answer(503).until_cleared());
    ory.fail_next(Fault::answer(429));
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(get(&ory, "/userinfo").await.status);
    }
    assert_eq!(statuses, [429, 503, 503, 503]);
    ory.fail_next(Fault::drop_connection());
    ory.clear_faults();
    assert_eq!(get(&ory, "/userinfo").await.status, 401);
}
