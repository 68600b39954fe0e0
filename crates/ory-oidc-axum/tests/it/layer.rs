//! The tower layer.

use crate::support::{api, builder, call, calls, with_token};
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::routing::get;
use axum::{Extension, Router};
use ory_oidc_axum::{BearerAuth, Reason, User};
use ory_oidc_mock::OryMock;
use serde_json::json;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::{Layer as _, ServiceExt as _, service_fn};

fn auth(server: &OryMock) -> BearerAuth {
    builder(server.url())
        .build()
        .expect("the settings are valid")
}

#[tokio::test]
async fn only_requests_with_a_valid_token_reach_the_service() {
    let server = OryMock::start().await;
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    let service = service_fn(move |request: Request<Body>| {
        counted.fetch_add(1, Ordering::SeqCst);
        let user = request.extensions().get::<User>().cloned();
        let is_hidden = request.headers()["authorization"].is_sensitive();
        let sub = user.map(|user| user.sub().to_owned()).unwrap_or_default();
        async move { Ok::<_, Infallible>(Response::new(format!("{sub} {is_hidden}"))) }
    });
    let service = auth(&server).layer().layer(service);
    let send = async |request| {
        let response = service.clone().oneshot(request).await;
        crate::support::Answer::read(response.expect("the service never fails")).await
    };
    let without_token = Request::new(Body::empty());
    assert_eq!(send(without_token).await.reason, Some(Reason::NoToken));
    assert_eq!(
        send(with_token("junk")).await.reason,
        Some(Reason::InvalidToken)
    );
    assert_eq!(requests.load(Ordering::SeqCst), 0);

    let token = server.issue_access_token(json!({"sub": "ann"}));
    assert_eq!(send(with_token(&token)).await.body, "ann true");
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn checks_run_in_order_and_the_first_rejection_is_the_response() {
    let server = OryMock::start().await;
    let layer = auth(&server).layer();
    let layer = layer
        .require(User::require_email_verified)
        .require(|user| user.require_claim("groups", "admin"));
    let user = |Extension(user): Extension<User>| async move { user.sub().to_owned() };
    let api = Router::new().route("/", get(user)).layer(layer);
    for (claims, expected) in [
        (
            json!({"sub": "a"}),
            Err("the e-mail address is not verified"),
        ),
        (
            json!({"sub": "b", "email": "b@x.example", "email_verified": true}),
            Err("the claim \"groups\" does not have the required value"),
        ),
        (
            json!({"sub": "c", "email": "c@x.example", "email_verified": true, "groups": ["admin"]}),
            Ok("c"),
        ),
    ] {
        let answer = call(&api, &server.issue_access_token(claims)).await;
        let result = match answer.status {
            StatusCode::OK => Ok(answer.body.as_str()),
            _ => Err(answer.body.as_str()),
        };
        assert_eq!(result, expected);
        if result.is_err() {
            assert_eq!(answer.reason, Some(Reason::Forbidden));
            assert_eq!(answer.header("www-authenticate"), None);
        }
    }
}

#[tokio::test]
async fn extractor_below_the_layer_asks_nothing_again() {
    let server = OryMock::start().await;
    let auth = builder(server.url()).time_to_live(crate::support::seconds(0));
    let auth = auth.build().expect("the settings are valid");
    let user = |user: User| async move { user.sub().to_owned() };
    let api = Router::new().route("/", get(user)).layer(auth.layer());
    let api = api.with_state(auth);
    let token = server.issue_access_token(json!({"sub": "ann"}));
    assert_eq!(call(&api, &token).await.body, "ann");
    assert_eq!(calls(&server), 1);
}

#[tokio::test]
async fn user_of_a_test_needs_no_server() {
    let claims = serde_json::from_value(json!({"sub": "ann"})).expect("it has a sub");
    let user = User::new(claims);
    let api = api(builder("http://127.0.0.1:1")).layer(Extension(user));
    let request = Request::get("/guest").body(Body::empty());
    let response = api.oneshot(request.expect("the request is valid")).await;
    let answer = crate::support::Answer::read(response.expect("a router never fails")).await;
    assert_eq!(answer.body, "ann");
}
