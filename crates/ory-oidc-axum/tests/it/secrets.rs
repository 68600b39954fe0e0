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
