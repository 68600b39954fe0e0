//! Stale users, while Ory is away.

use crate::support::{advance, api, builder, call, calls, seconds};
use ory_oidc_axum::{BearerAuthBuilder, Reason};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

/// Fresh for 30 seconds, and stale for 60 more.
fn settings(server: &OryMock) -> BearerAuthBuilder {
    let builder = builder(server.url()).time_to_live(seconds(30));
    builder.stale_if_error(seconds(60))
}

#[tokio::test]
async fn stale_user_is_served_for_a_limited_time_and_the_handler_knows() {
    let server = OryMock::start().await;
    let api = api(settings(&server));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    assert_eq!(call(&api, &token).await.served(), Some(false));

    server.fail_next(Fault::answer(503).until_cleared());
    advance(seconds(30)).await;
    assert_eq!(call(&api, &token).await.served(), Some(true));
    // The failure is remembered for a moment.
    assert_eq!(call(&api, &token).await.served(), Some(true));
    assert_eq!(calls(&server), 2);
    advance(seconds(59)).await;
    assert_eq!(call(&api, &token).await.served(), Some(true));
    advance(seconds(1)).await;
    assert_eq!(call(&api, &token).await.reason, Some(Reason::Unavailable));

    server.clear_faults();
    advance(seconds(1)).await;
    assert_eq!(call(&api, &token).await.served(), Some(false));
}

#[tokio::test]
async fn stale_user_is_served_while_ory_asks_to_wait() {
    let server = OryMock::start().await;
    let api = api(settings(&server));
    let tokens = ["ann", "bob"].map(|sub| server.issue_access_token(json!({"sub": sub})));
    for token in &tokens {
        assert_eq!(call(&api, token).await.served(), Some(false));
    }
    advance(seconds(30)).await;
    server.fail_next(Fault::answer(429).header("Retry-After", "17"));
    for token in &tokens {
        assert_eq!(call(&api, token).await.served(), Some(true));
    }
    assert_eq!(calls(&server), 3);
}

#[tokio::test]
async fn stale_users_are_not_served_by_default() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    assert_eq!(call(&api, &token).await.served(), Some(false));
    server.fail_next(Fault::answer(503).until_cleared());
    advance(seconds(60)).await;
    assert_eq!(call(&api, &token).await.reason, Some(Reason::Unavailable));
}

#[tokio::test]
async fn user_whose_token_was_refused_is_never_served_stale() {
    let server = OryMock::start().await;
    let api = api(settings(&server));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    assert_eq!(call(&api, &token).await.served(), Some(false));
    server.revoke_access_token(&token);
    advance(seconds(30)).await;
    assert_eq!(call(&api, &token).await.reason, Some(Reason::InvalidToken));

    server.fail_next(Fault::answer(503).until_cleared());
    advance(seconds(5)).await;
    assert_eq!(call(&api, &token).await.reason, Some(Reason::Unavailable));
}
