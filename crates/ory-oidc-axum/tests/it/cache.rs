//! Users are cached.

use crate::support::{advance, api, builder, call, calls, seconds};
use axum::http::StatusCode;
use ory_oidc_axum::{BearerAuth, Reason};
use ory_oidc_mock::OryMock;
use serde_json::json;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_requests_with_a_hundred_tokens_make_a_hundred_calls() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let tokens: Vec<_> = (0..100)
        .map(|id| server.issue_access_token(json!({"sub": format!("user-{id}")})))
        .collect();
    let mut requests = JoinSet::new();
    for number in 0..10_000 {
        let (api, token) = (api.clone(), tokens[number % 100].clone());
        requests.spawn(async move { (number % 100, call(&api, &token).await) });
    }
    for (id, answer) in requests.join_all().await {
        assert_eq!(answer.json()["sub"], format!("user-{id}"));
    }
    assert_eq!(calls(&server), 100);
}

#[tokio::test]
async fn revoked_token_is_refused_after_its_time_to_live_and_not_before() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()).time_to_live(seconds(30)));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    assert_eq!(call(&api, &token).await.status, StatusCode::OK);

    server.revoke_access_token(&token);
    advance(seconds(29)).await;
    assert_eq!(call(&api, &token).await.status, StatusCode::OK);
    assert_eq!(calls(&server), 1);

    advance(seconds(1)).await;
    assert_eq!(call(&api, &token).await.reason, Some(Reason::InvalidToken));
    assert_eq!(calls(&server), 2);
}

#[tokio::test]
async fn valid_token_is_verified_again_after_its_time_to_live() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()).time_to_live(seconds(30)));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    for expected in 1..=3 {
        for _ in 0..3 {
            assert_eq!(call(&api, &token).await.status, StatusCode::OK);
        }
        assert_eq!(calls(&server), expected);
        advance(seconds(30)).await;
    }
}

#[tokio::test]
async fn without_a_time_to_live_each_request_asks_ory() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()).time_to_live(seconds(0)));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    assert_eq!(call(&api, &token).await.status, StatusCode::OK);
    server.revoke_access_token(&token);
    assert_eq!(call(&api, &token).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn refused_token_is_refused_without_a_call_for_a_short_time() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    for expected in 1..=2 {
        for _ in 0..10 {
            assert_eq!(call(&api, "junk").await.reason, Some(Reason::InvalidToken));
        }
        assert_eq!(calls(&server), expected);
        advance(seconds(5)).await;
    }
}

#[tokio::test]
async fn forgotten_token_is_verified_again() {
    let server = OryMock::start().await;
    let ory = ory_oidc::Client::new(server.url()).expect("the URL is valid");
    let auth = BearerAuth::new(ory);
    let token = server.issue_access_token(json!({"sub": "ann"})).into();
    let user = auth
        .authenticate_token(&token)
        .await
        .expect("the token is valid");
    assert_eq!(user.sub(), "ann");
    assert!(user.age() < seconds(60));

    server.revoke_access_token(token.expose());
    auth.forget(&token).await;
    let rejection = auth
        .authenticate_token(&token)
        .await
        .expect_err("it is revoked");
    assert_eq!(rejection.reason(), Reason::InvalidToken);
}
