//! Tests of the clock of the mock server.

use std::time::{Duration, SystemTime};

use ory_oidc_mock::OryMock;
use serde_json::json;

use crate::http::{bearer, get, register};
use crate::jwt;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn an_access_token_expires_after_an_hour() {
    let ory = OryMock::start().await;
    let token = ory.issue_access_token(json!({"sub": "user-1"}));
    let status = async || {
        let userinfo = bearer(&ory, "GET", "/userinfo", &token, None).await;
        userinfo.status
    };
    ory.advance_time(HOUR / 2);
    assert_eq!(status().await, 200);
    ory.advance_time(HOUR / 2);
    assert_eq!(status().await, 401);
    ory.set_time(SystemTime::now());
    assert_eq!(status().await, 200);
}

#[tokio::test]
async fn tokens_and_metadata_carry_the_time_of_the_clock() {
    let ory = OryMock::start().await;
    ory.set_time(SystemTime::UNIX_EPOCH + Duration::from_secs(1_900_000_000));
    let client = register(&ory, json!({})).await;
    let created_at = ory.client(&client.id).expect("the client exists")["created_at"].clone();
    let created_at = created_at.as_str().expect("created_at is a string");
    assert!(created_at.starts_with("2030-03-17T17:4"), "{created_at}");

    for token in [
        ory.issue_id_token(&client.id, "user-1"),
        ory.issue_logout_token(&client.id, "user-1"),
    ] {
        let issued_at = jwt::parts(&token).1["iat"].as_i64();
        let issued_at = issued_at.expect("iat is a number");
        assert!((1_900_000_000..1_900_000_600).contains(&issued_at));
    }
}

#[tokio::test]
async fn an_id_token_from_the_future_is_no_logout_hint() {
    let ory = OryMock::start().await;
    let client = ory.create_client(json!({}));
    ory.advance_time(HOUR);
    let hint = ory.issue_id_token(&client, "user-1");
    ory.set_time(SystemTime::now());
    let logout = format!("/oauth2/sessions/logout?id_token_hint={hint}");
    let response = get(&ory, &logout).await;
    assert!(response.location().contains("/oauth2/fallbacks/error"));
}
