//! No token shows in `Debug` or in responses.

use crate::support::{api, builder, call};
use axum::http::HeaderMap;
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

#[tokio::test]
async fn response_contains_neither_the_token_nor_the_response_of_ory() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let refused = call(&api, "s3cr3t").await;
    server.fail_next(Fault::answer(503).body("s3cr3t-of-ory"));
    let failed = call(&api, "s3cr3t-too").await;
    for answer in [refused, failed] {
        let text = format!("{:?} {}", answer.headers, answer.body);
        assert!(
            !answer.status.is_success() && !text.contains("s3cr3t"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn error_that_quotes_the_token_is_left_out() {
    let server = OryMock::start().await;
    let auth = builder(server.url())
        .build()
        .expect("the settings are valid");
    let token = format!("ory_at_{}", "s3cr3t".repeat(100));
    for (description, is_kept) in [
        ("the database is away".to_owned(), true),
        (format!("the token {token} cannot be looked up"), false),
        // Messages show 300 characters.
        (format!("{}{token}", "x".repeat(250)), false),
    ] {
        let body = json!({"error": "server_error", "error_description": description});
        let failed = Fault::answer(503).body(body.to_string());
        server.fail_next(failed.on("GET", "/userinfo"));
        let token = token.as_str().into();
        auth.forget(&token).await;
        let rejection = auth.authenticate_token(&token).await;
        let rejection = rejection.expect_err("the server fails");
        assert_eq!(rejection.error().is_some(), is_kept, "{description}");
        assert!(!format!("{rejection:?}").contains("s3cr3t"));
    }
}

#[tokio::test]
async fn debug_output_contains_neither_tokens_nor_claims() {
    let server = OryMock::start().await;
    let auth = builder(server.url())
        .build()
        .expect("the settings are valid");
    let token = server.issue_access_token(json!({"sub": "s3cr3t-user"}));
    let mut headers = HeaderMap::new();
    let header = |token: &str| {
        format!("Bearer {token}")
            .parse()
            .expect("a token fits a header")
    };
    headers.insert("authorization", header(&token));
    let user = auth
        .authenticate(&headers)
        .await
        .expect("the token is valid");
    headers.insert("authorization", header("s3cr3t-token"));
    let rejection = auth
        .authenticate(&headers)
        .await
        .expect_err("the token is invented");
    let layer = auth.layer().require(|_| Ok(()));
    for shown in [
        format!("{user:?}"),
        format!("{rejection:?} {rejection}"),
        format!("{auth:?} {layer:?} {:?}", builder(server.url())),
    ] {
        assert!(
            !shown.contains(&token) && !shown.contains("s3cr3t"),
            "{shown}"
        );
    }
}
