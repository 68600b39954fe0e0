//! Floods of tokens.

use crate::support::{advance, api, builder, call, calls, seconds};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use ory_oidc_axum::Reason;
use ory_oidc_mock::OryMock;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// An Ory whose userinfo waits for a permit.
struct SlowOry {
    url: String,
    arrived: Arc<Semaphore>,
    permits: Arc<Semaphore>,
}

impl SlowOry {
    async fn start() -> Self {
        type Gates = (Arc<Semaphore>, Arc<Semaphore>);
        async fn userinfo(State((arrived, permits)): State<Gates>) -> Json<Value> {
            arrived.add_permits(1);
            permits.acquire().await.expect("the gate is open").forget();
            Json(json!({"sub": "ann"}))
        }
        let gates = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (arrived, permits) = gates.clone();
        let app = Router::new()
            .route("/userinfo", get(userinfo))
            .with_state(gates);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            url,
            arrived,
            permits,
        }
    }

    /// Waits until this many more requests have arrived.
    async fn arrived(&self, requests: u32) {
        let arrived = self.arrived.acquire_many(requests);
        // The limit only ends a test that fails.
        let arrived = tokio::time::timeout(seconds(60), arrived).await;
        let arrived = arrived.expect("the requests arrive");
        arrived.expect("the gate is open").forget();
    }
}

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
