//! An API whose users are those of Ory. Its test is at the end.
//!
//! `ORY_URL=https://slug.projects.oryapis.com cargo run --example api`

use axum::routing::get;
use axum::{Json, Router};
use ory_oidc::Client;
use ory_oidc_axum::{BearerAuth, Rejection, User};
use serde_json::{Value, json};

/// The user of the token.
async fn me(user: User) -> Json<Value> {
    Json(json!({"id": user.sub(), "email": user.email()}))
}

/// Only for administrators.
async fn report(user: User) -> Result<&'static str, Rejection> {
    user.require_claim("groups", "admin")?;
    Ok("42 users")
}

/// For everybody.
async fn hello(user: Option<User>) -> String {
    user.map_or("Hello guest".to_owned(), |user| {
        format!("Hello {}", user.sub())
    })
}

fn app(auth: BearerAuth) -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/report", get(report))
        .route("/hello", get(hello))
        .merge(auth.metadata_routes())
        .with_state(auth)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ory = Client::new(&std::env::var("ORY_URL")?)?;
    let auth = BearerAuth::builder(ory)
        .resource("http://localhost:3000")
        .build()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    Ok(axum::serve(listener, app(auth)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use ory_oidc_mock::OryMock;
    use tower::ServiceExt as _;

    async fn get(app: &Router, path: &str, token: Option<&str>) -> (StatusCode, String) {
        let mut request = Request::get(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Body::empty()).expect("the request is valid");
        let response = app
            .clone()
            .oneshot(request)
            .await
            .expect("a router never fails");
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1000).await;
        let body = String::from_utf8(body.expect("the body is short").into());
        (status, body.expect("the body is a text"))
    }

    #[tokio::test]
    async fn api_serves_users_administrators_and_guests() {
        let server = OryMock::start().await;
        let ory = Client::new(server.url()).expect("the URL is valid");
        let app = app(BearerAuth::new(ory));
        let ann = server.issue_access_token(json!({"sub": "ann", "groups": ["admin"]}));
        let bob = server.issue_access_token(json!({"sub": "bob"}));

        let me = (StatusCode::OK, r#"{"email":null,"id":"ann"}"#.to_owned());
        assert_eq!(get(&app, "/me", Some(&ann)).await, me);
        assert_eq!(get(&app, "/report", Some(&ann)).await.0, StatusCode::OK);
        assert_eq!(
            get(&app, "/report", Some(&bob)).await.0,
            StatusCode::FORBIDDEN
        );
        assert_eq!(get(&app, "/hello", Some(&bob)).await.1, "Hello bob");
        assert_eq!(get(&app, "/hello", None).await.1, "Hello guest");
        assert_eq!(get(&app, "/me", None).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(
            get(&app, "/hello", Some("junk")).await.0,
            StatusCode::UNAUTHORIZED
        );
    }
}
