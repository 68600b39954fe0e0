//! Floods of tokens.

use crate::slow_ory::SlowOry;
use crate::support::{advance, api, builder, call, calls, seconds};
use axum::http::StatusCode;
use ory_oidc_axum::Reason;
use ory_oidc_mock::OryMock;
use serde_json::json;

#[tokio::test]
async fn flood_of_invented_tokens_evicts_no_user() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()).max_users(10));
    let tokens: Vec<_> = (0..5)
        .map(|id| server.issue_access_token(json!({"sub": format!("user-{id}")})))
        .collect();
    for token in &tokens {
        assert_eq!(call(&api, token).await.status, StatusCode::OK);
    }
    for number in 0..500 {
        let answer = call(&api, &format!("invented-{number}")).await;
        assert_eq!(answer.reason, Some(Reason::InvalidToken));
    }
    assert_eq!(calls(&server), 505);
    for token in &tokens {
        assert_eq!(call(&api, token).await.status, StatusCode::OK);
    }
    assert_eq!(calls(&server), 505);
}

#[tokio::test]
async fn calls_in_flight_are_limited_and_users_have_a_share_of_their_own() {
    let ory = SlowOry::start().await;
    let api = api(builder(&ory.url).max_calls(2).time_to_live(seconds(30)));
    ory.permits.add_permits(1);
    assert_eq!(call(&api, "known").await.status, StatusCode::OK);
    ory.arrived(1).await;
    advance(seconds(30)).await;

    let spawn = |token: &'static str| {
        let api = api.clone();
        tokio::spawn(async move { call(&api, token).await.status })
    };
    let unknown = [spawn("unknown-1"), spawn("unknown-2")];
    ory.arrived(2).await;
    let answer = call(&api, "unknown-3").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.reason, Some(Reason::Overloaded));
    assert_eq!(answer.header("retry-after"), Some("1"));
    // A token that waits for a call does not need another one.
    let joined = spawn("unknown-1");

    let known = spawn("known");
    ory.arrived(1).await;
    ory.permits.add_permits(4);
    assert_eq!(known.await.expect("it does not panic"), StatusCode::OK);
    for request in unknown.into_iter().chain([joined]) {
        assert_eq!(request.await.expect("it does not panic"), StatusCode::OK);
    }
    assert_eq!(call(&api, "unknown-3").await.status, StatusCode::OK);
}

/// The cache has a clock of its own, which tests cannot move.
#[tokio::test]
async fn user_is_known_after_the_entry_has_expired_in_real_time() {
    let ory = SlowOry::start().await;
    let lifetime = std::time::Duration::from_millis(1);
    let api = api(builder(&ory.url).max_calls(1).time_to_live(lifetime));
    ory.permits.add_permits(1);
    assert_eq!(call(&api, "known").await.status, StatusCode::OK);
    ory.arrived(1).await;
    tokio::time::sleep(lifetime * 20).await;

    for token in ["unknown", "known"] {
        let api = api.clone();
        tokio::spawn(async move { call(&api, token).await });
        ory.arrived(1).await;
    }
}

#[tokio::test]
async fn dropped_request_does_not_fail_those_that_wait_for_its_call() {
    let ory = SlowOry::start().await;
    let api = api(builder(&ory.url).max_calls(1));
    let spawn = || {
        let api = api.clone();
        tokio::spawn(async move { call(&api, "abc").await.status })
    };
    let first = spawn();
    ory.arrived(1).await;
    let second = spawn();
    tokio::task::yield_now().await;
    first.abort();
    ory.arrived(1).await;
    ory.permits.add_permits(2);
    assert_eq!(second.await.expect("it does not panic"), StatusCode::OK);
}
