//! The protected resource metadata (RFC 9728).

use crate::support::{Answer, builder, send};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ory_oidc_axum::User;
use serde_json::json;

const ORY: &str = "http://127.0.0.1:4444";

async fn get(api: &Router, path: &str) -> Answer {
    let request = Request::get(path).body(Body::empty());
    Answer::read(send(api, request.expect("the request is valid")).await).await
}

#[tokio::test]
async fn metadata_tells_clients_where_to_get_a_token() {
    let auth = builder(ORY)
        .resource("https://api.example/v1")
        .scopes(["openid", "email"])
        .resource_metadata("resource_name", "My API")
        .resource_metadata("resource", "https://other.example")
        .build()
        .expect("the settings are valid");
    let api = Router::new()
        .route(
            "/",
            axum::routing::get(|user: User| async move { user.sub().to_owned() }),
        )
        .merge(auth.metadata_routes())
        .with_state(auth);

    let metadata = get(&api, "/.well-known/oauth-protected-resource/v1").await;
    assert_eq!(metadata.status, StatusCode::OK);
    assert_eq!(metadata.header("content-type"), Some("application/json"));
    assert_eq!(metadata.header("access-control-allow-origin"), Some("*"));
    let expected = json!({
        "resource": "https://api.example/v1",
        "authorization_servers": [ORY],
        "bearer_methods_supported": ["header"],
        "scopes_supported": ["openid", "email"],
        "resource_name": "My API",
    });
    assert_eq!(metadata.json(), expected);

    let refused = get(&api, "/").await;
    let challenge = r#"Bearer realm="api",scope="openid email",resource_metadata="https://api.example/.well-known/oauth-protected-resource/v1""#;
    assert_eq!(refused.header("www-authenticate"), Some(challenge));
}

/// The browser asks before it sends a header such as MCP-Protocol-Version.
#[tokio::test]
async fn clients_in_browsers_may_read_the_metadata_with_any_header() {
    let auth = builder(ORY).resource("https://api.example").build();
    let api: Router = auth.expect("the settings are valid").metadata_routes();
    let request = Request::options("/.well-known/oauth-protected-resource")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "mcp-protocol-version")
        .body(Body::empty());
    let preflight = send(&api, request.expect("the request is valid")).await;
    let preflight = Answer::read(preflight).await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    for (name, value) in [("origin", "*"), ("methods", "GET"), ("headers", "*")] {
        let name = format!("access-control-allow-{name}");
        assert_eq!(preflight.header(&name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn api_without_a_resource_has_no_metadata() {
    let auth = builder(ORY).build().expect("the settings are valid");
    let api: Router = auth.metadata_routes();
    let answer = get(&api, "/.well-known/oauth-protected-resource").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
