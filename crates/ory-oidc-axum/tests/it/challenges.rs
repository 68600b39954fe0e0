//! The responses to requests that are refused (RFC 6750 §3).

use crate::support::{Answer, api, builder, call, calls, send};
use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode};
use ory_oidc_axum::{InvalidSetting, Reason};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

async fn answer(api: &axum::Router, uri: &str, authorization: &[&[u8]]) -> Answer {
    let mut request = Request::post(uri);
    for value in authorization {
        let value = HeaderValue::from_bytes(value).expect("the value fits a header");
        request = request.header("authorization", value);
    }
    let form = "application/x-www-form-urlencoded";
    let request = request
        .header("content-type", form)
        .body(Body::from("access_token=abc"));
    Answer::read(send(api, request.expect("the request is valid")).await).await
}

#[tokio::test]
async fn request_without_a_token_gets_a_challenge_without_an_error() {
    let server = OryMock::start().await;
    let api = api(builder(server.url())
        .realm("my api")
        .scopes(["openid", "email"]));
    let requests: [&[&[u8]]; 2] = [&[], &[b"Basic YTpi"]];
    for authorization in requests {
        let answer = answer(&api, "/", authorization).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.reason, Some(Reason::NoToken));
        let challenge = r#"Bearer realm="my api",scope="openid email""#;
        assert_eq!(answer.header("www-authenticate"), Some(challenge));
        assert_eq!(answer.body, "the request has no bearer token");
    }
}

#[tokio::test]
async fn token_in_the_query_or_in_a_form_is_not_read() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    let answer = answer(&api, &format!("/?access_token={token}"), &[]).await;
    assert_eq!(answer.reason, Some(Reason::NoToken));
    assert_eq!(calls(&server), 0);
}

#[tokio::test]
async fn several_and_malformed_headers_are_invalid_requests() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()).scopes(["openid"]));
    let requests: &[&[&[u8]]] = &[
        &[b"Bearer a", b"Bearer a"],
        &[b"Basic YTpi", b"Bearer a"],
        &[b"Bearer"],
        &[b"Bearer a b"],
        &[b"Bearer \xff"],
    ];
    for authorization in requests {
        let answer = answer(&api, "/", authorization).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{authorization:?}");
        let challenge = r#"Bearer realm="api",error="invalid_request",error_description="expected one Authorization header with Bearer and one token""#;
        assert_eq!(answer.header("www-authenticate"), Some(challenge));
    }
    assert_eq!(calls(&server), 0);
}

#[tokio::test]
async fn invalid_token_is_named_as_such() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let answer = answer(&api, "/", &[b"Bearer junk"]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let challenge = r#"Bearer realm="api",error="invalid_token",error_description="the access token is not valid, has expired or was revoked""#;
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
    assert_eq!(answer.header("retry-after"), None);
}

#[tokio::test]
async fn optional_user_is_absent_only_without_a_token() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    let get = async |authorization: Option<&str>| {
        let mut request = Request::get("/guest");
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let request = request.body(Body::empty()).expect("the request is valid");
        Answer::read(send(&api, request).await).await
    };
    assert_eq!(get(None).await.body, "guest");
    assert_eq!(get(Some("Basic YTpi")).await.body, "guest");
    assert_eq!(get(Some(&format!("Bearer {token}"))).await.body, "ann");
    assert_eq!(
        get(Some("Bearer junk")).await.reason,
        Some(Reason::InvalidToken)
    );
    assert_eq!(
        get(Some("Bearer")).await.reason,
        Some(Reason::InvalidRequest)
    );
}

#[tokio::test]
async fn oversized_token_is_refused_without_a_call() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let answer = call(&api, &"a".repeat(8 * 1024 + 1)).await;
    assert_eq!(answer.reason, Some(Reason::InvalidToken));
    assert_eq!(calls(&server), 0);
}

#[tokio::test]
async fn scope_that_ory_demands_is_passed_on() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()).scopes(["email"]));
    for (demanded, passed_on) in [
        (
            r#"Bearer error="insufficient_scope", scope="openid profile""#,
            "openid profile",
        ),
        (r#"Bearer error="insufficient_scope""#, "email"),
        (
            r#"Bearer error="insufficient_scope", scope="a\"b""#,
            "email",
        ),
    ] {
        let fault = Fault::answer(403).header("WWW-Authenticate", demanded);
        server.fail_next(fault.on("GET", "/userinfo"));
        let answer = call(&api, passed_on.split(' ').next().unwrap_or_default()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        let scope = format!(
            r#"error="insufficient_scope",error_description="the access token lacks a scope",scope="{passed_on}""#
        );
        assert!(challenge.contains(&scope), "{challenge}");
        crate::support::advance(crate::support::seconds(5)).await;
    }
}

#[tokio::test]
async fn body_can_be_replaced_but_status_and_challenge_cannot() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()).rejection_body(|rejection| {
        let body = json!({"error": rejection.reason().error_code()});
        (
            StatusCode::OK,
            [("www-authenticate", "Basic"), ("x-own", "1")],
            Json(body),
        )
    }));
    let answer = call(&api, "junk").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.json(), json!({"error": "invalid_token"}));
    assert_eq!(answer.header("x-own"), Some("1"));
    assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 1);
    assert!(
        answer
            .header("www-authenticate")
            .is_some_and(|value| value.starts_with("Bearer "))
    );
}

#[test]
fn settings_that_no_header_can_carry_are_refused() {
    let url = "http://localhost:1";
    let realm = builder(url).realm("a\r\nb").build().err();
    assert_eq!(realm, Some(InvalidSetting::Realm));
    let scope = builder(url).scopes(["openid email"]).build().err();
    assert_eq!(
        scope,
        Some(InvalidSetting::Scope("openid email".to_owned()))
    );
    let resource = builder(url).resource("api.example").build().err();
    let message = resource.map(|error| error.to_string()).unwrap_or_default();
    assert!(message.starts_with("invalid resource: "), "{message}");
    assert!(builder(url).realm(r#"a "quoted" realm"#).build().is_ok());
}
