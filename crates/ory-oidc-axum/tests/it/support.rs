//! An API to test, and the time.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use ory_oidc::Client;
use ory_oidc_axum::{BearerAuth, BearerAuthBuilder, Reason, User};
use ory_oidc_mock::OryMock;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt as _;

/// Returns a builder for the Ory at this URL.
pub(crate) fn builder(url: &str) -> BearerAuthBuilder {
    BearerAuth::builder(Client::new(url).expect("the URL is valid"))
}

/// Returns an API: `/` is for users, `/guest` also for requests without a token.
pub(crate) fn api(builder: BearerAuthBuilder) -> Router {
    let auth = builder.build().expect("the settings are valid");
    let user = async |user: User| Json(json!({"sub": user.sub(), "stale": user.stale().is_some()}));
    let guest =
        async |user: Option<User>| user.map_or("guest".to_owned(), |user| user.sub().to_owned());
    Router::new()
        .route("/", get(user).post(user))
        .route("/guest", get(guest))
        .with_state(auth)
}

/// Returns a request with a token.
pub(crate) fn with_token(token: &str) -> Request<Body> {
    let request = Request::get("/").header("authorization", format!("Bearer {token}"));
    request.body(Body::empty()).expect("the request is valid")
}

pub(crate) async fn send(api: &Router, request: Request<Body>) -> Response {
    api.clone()
        .oneshot(request)
        .await
        .expect("a router never fails")
}

/// The response to a request with this token.
pub(crate) async fn call(api: &Router, token: &str) -> Answer {
    Answer::read(send(api, with_token(token)).await).await
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) reason: Option<Reason>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 10_000).await;
        let body = body.expect("the body is short").to_vec();
        Self {
            status: parts.status,
            reason: parts.extensions.get().copied(),
            headers: parts.headers,
            body: String::from_utf8(body).expect("the body is a text"),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    /// Whether the user was served, and whether the user was stale.
    pub(crate) fn served(&self) -> Option<bool> {
        self.status
            .is_success()
            .then(|| self.json()["stale"] == true)
    }
}

/// Returns the number of userinfo requests that a mock server received.
pub(crate) fn calls(server: &OryMock) -> usize {
    server.requests_to("GET", "/userinfo").len()
}

/// Moves the time of this runtime.
pub(crate) async fn advance(duration: Duration) {
    tokio::time::pause();
    tokio::time::advance(duration).await;
    tokio::time::resume();
}

pub(crate) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
