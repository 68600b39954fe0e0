//! The scopes of a token, and what requires them.

use crate::support::{Answer, api, builder, call, calls, send, with_token};
use axum::Router;
use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Extension, Json};
use ory_oidc_axum::{BearerAuthBuilder, InvalidSetting, Reason, User};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::{Value, json};

const APP: &str = "my-app";

/// Returns a mock server with an app that gets JWT access tokens.
async fn ory() -> OryMock {
    let server = OryMock::start().await;
    let _ = server.create_client(json!({"client_id": APP, "access_token_strategy": "jwt"}));
    server
}

/// Issues a JWT access token of Ann.
fn jwt(server: &OryMock, scopes: &[&str]) -> String {
    server.issue_access_token_with_scopes(APP, scopes.iter().copied(), json!({"sub": "ann"}))
}

/// Returns an API whose handler requires one more scope at `/write`, and a layer before each of them.
fn reports(builder: BearerAuthBuilder) -> Router {
    let auth = builder.build().expect("the settings are valid");
    let write = async |user: User| user.require_scopes(["report:write"]).map(|()| "written");
    let write_layer = auth
        .layer()
        .require(|user| user.require_scopes(["report:write"]));
    Router::new()
        .route("/", get(async |user: User| user.sub().to_owned()))
        .route("/write", get(write))
        .route("/layer", get(|| async { "ann" }).layer(auth.layer()))
        .route(
            "/layer/write",
            get(|| async { "written" }).layer(write_layer),
        )
        .with_state(auth)
}

async fn get_at(api: &Router, path: &str, token: &str) -> Answer {
    let mut request = with_token(token);
    *request.uri_mut() = path.parse().expect("the path is valid");
    Answer::read(send(api, request).await).await
}

#[tokio::test]
async fn tokens_without_a_required_scope_are_refused_with_a_challenge_that_names_it() {
    const READ: &str = r#"Bearer realm="api",error="insufficient_scope",error_description="the access token lacks a scope",scope="report:read""#;
    const WRITE: &str = r#"Bearer realm="api",error="insufficient_scope",error_description="the access token lacks a scope",scope="report:read report:write""#;
    let server = ory().await;
    let api = reports(
        builder(server.url())
            .scopes(["openid"])
            .require_scopes(["report:read"]),
    );
    for (scopes, at_root, at_write) in [
        (&["report:read", "report:write"][..], None, None),
        (&["openid", "report:read"], None, Some(WRITE)),
        (&["report:write"], Some(READ), Some(READ)),
        (&["report", "report:read:all"], Some(READ), Some(READ)),
        (&[], Some(READ), Some(READ)),
    ] {
        let token = jwt(&server, scopes);
        // First asked, then cached; by the extractor and by the layer.
        for path in ["/", "/", "/write", "/write", "/layer", "/layer/write"] {
            let answer = get_at(&api, path, &token).await;
            let challenge = if path.ends_with("write") {
                at_write
            } else {
                at_root
            };
            assert_eq!(
                answer.header("www-authenticate"),
                challenge,
                "{scopes:?} {path}"
            );
            let expected = challenge.map(|_| Reason::InsufficientScope);
            assert_eq!(answer.reason, expected, "{scopes:?} {path}");
            assert_eq!(answer.status, if expected.is_some() { 403 } else { 200 });
        }
    }
    assert_eq!(calls(&server), 5);
}

#[tokio::test]
async fn unknown_scopes_are_refused_without_a_challenge_that_sends_the_client_to_log_in() {
    let server = ory().await;
    let api = reports(builder(server.url()).require_scopes(["report:read"]));
    let scopes = ["report:read", "report:write"];
    let good = jwt(&server, &scopes);
    assert_eq!(get_at(&api, "/write", &good).await.status, 200);
    let opaque = server.issue_access_token(json!({"sub": "ann"}));
    // An Ory that accepts tokens of others.
    let other = jwt(&ory().await, &scopes);
    let userinfo = Fault::answer(200).header("Content-Type", "application/json");
    let userinfo = userinfo.body(r#"{"sub":"ann"}"#).on("GET", "/userinfo");
    server.fail_next(userinfo.until_cleared());
    for token in [opaque, other, format!("{good}.a.b")] {
        for path in ["/", "/", "/write", "/layer", "/layer/write"] {
            let answer = get_at(&api, path, &token).await;
            assert_eq!(answer.status, 403, "{token} {path}");
            assert_eq!(answer.reason, Some(Reason::UnknownScopes));
            assert_eq!(answer.header("www-authenticate"), None);
            assert!(answer.body.contains("access_token_strategy: jwt"));
        }
    }
}

#[tokio::test]
async fn handler_sees_the_scopes_and_serves_opaque_tokens_if_it_requires_none() {
    let server = ory().await;
    let auth = builder(server.url()).scopes(["report:read"]).build();
    let scopes = async |user: User| Json(user.scopes().map(|list| json!(list.collect::<Vec<_>>())));
    let api = Router::new().route("/", get(scopes));
    let api = api.with_state(auth.expect("the settings are valid"));
    let token = jwt(&server, &["a", "b", "a b"]);
    let opaque = server.issue_access_token(json!({"sub": "ann"}));
    for _ in ["asked", "cached"] {
        assert_eq!(call(&api, &token).await.json(), json!(["a", "b"]));
        assert_eq!(call(&api, &opaque).await.json(), Value::Null);
    }
}

#[tokio::test]
async fn scopes_are_those_of_each_token_and_not_of_its_user() {
    let server = ory().await;
    let api = reports(builder(server.url()).require_scopes(["report:read"]));
    let (with, without) = (jwt(&server, &["report:read"]), jwt(&server, &["openid"]));
    for _ in ["asked", "cached"] {
        assert_eq!(call(&api, &with).await.status, 200);
        assert_eq!(call(&api, &without).await.status, 403);
    }
}

#[tokio::test]
async fn guest_route_serves_no_token_without_the_required_scope() {
    let server = ory().await;
    let api = api(builder(server.url()).require_scopes(["report:read"]));
    let token = jwt(&server, &["openid"]);
    let answer = get_at(&api, "/guest", &token).await;
    assert_eq!(answer.reason, Some(Reason::InsufficientScope));
}

#[tokio::test]
async fn user_of_an_extension_needs_the_required_scopes_too() {
    let claims = serde_json::from_value(json!({"sub": "ann"})).expect("it has a sub");
    let ann = User::new(claims);
    let api = |user: User| {
        let builder = builder("http://127.0.0.1:1").require_scopes(["report:read"]);
        api(builder).layer(Extension(user))
    };
    let status = async |user| call(&api(user), "ignored").await.status;
    assert_eq!(status(ann.clone()).await, 403);
    assert_eq!(status(ann.clone().with_scopes(["openid"])).await, 403);
    assert_eq!(status(ann.with_scopes(["report:read"])).await, 200);
}

#[tokio::test]
async fn required_scopes_are_in_the_challenge_and_in_the_metadata() {
    let auth = builder("http://127.0.0.1:4444")
        .resource("https://api.example")
        .scopes(["openid", "report:read"])
        .require_scopes(["report:read", "report:list"])
        .build()
        .expect("the settings are valid");
    let api = Router::new()
        .route("/", get(async |user: User| user.sub().to_owned()))
        .merge(auth.metadata_routes())
        .with_state(auth);
    let metadata = get_at(&api, "/.well-known/oauth-protected-resource", "x").await;
    let scopes = json!(["openid", "report:read", "report:list"]);
    assert_eq!(metadata.json()["scopes_supported"], scopes);
    let mut request = with_token("x");
    request.headers_mut().remove("authorization");
    let answer = Answer::read(send(&api, request).await).await;
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(
        challenge.contains(r#"scope="openid report:read report:list""#),
        "{challenge}"
    );
}

#[test]
fn required_scope_must_be_one_scope() {
    let invalid = |scope: &str| {
        builder("http://127.0.0.1:4444")
            .require_scopes([scope])
            .build()
    };
    for scope in ["", "a b", "\"", "é"] {
        let expected = Some(InvalidSetting::Scope(scope.to_owned()));
        assert_eq!(invalid(scope).err(), expected);
    }
}

#[test]
fn required_scopes_of_a_handler_are_all_or_none() {
    let user = || User::new(serde_json::from_value(json!({"sub": "ann"})).expect("it has a sub"));
    let none: [&str; 0] = [];
    assert!(user().require_scopes(none).is_ok());
    let unknown = user()
        .require_scopes(["a"])
        .expect_err("the scopes are not known");
    assert_eq!(unknown.reason(), Reason::UnknownScopes);

    let ann = user().with_scopes(["a", "b"]);
    assert!(ann.require_scopes(["b", "a"]).is_ok());
    let missing = ann
        .require_scopes(["a", "c", "c"])
        .expect_err("one is missing");
    let response = missing.into_response();
    let challenge = response.headers()["www-authenticate"].to_str();
    assert!(challenge.expect("a text").ends_with(r#"scope="a c""#));
}
