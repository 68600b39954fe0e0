//! Tests of the HTTP server and of recorded requests.

use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

use crate::http::{get, send, try_send};

#[tokio::test]
async fn each_mock_server_has_its_own_port_and_state() {
    let (one, other) = (OryMock::start().await, OryMock::start().await);
    assert_ne!(one.url(), other.url());
    let _ = one.create_client(json!({}));
    assert!(other.registered_clients().is_empty());
}

#[tokio::test]
async fn dropping_the_mock_server_closes_open_connections() {
    let ory = OryMock::start().await;
    let (http, url) = (reqwest::Client::new(), format!("{}/userinfo", ory.url()));
    assert_eq!(
        http.get(&url)
            .send()
            .await
            .expect("the mock server responds")
            .status(),
        401
    );
    drop(ory);
    assert!(http.get(&url).send().await.is_err());
}

#[test]
fn a_test_may_block_its_thread() {
    let ory = OryMock::start_blocking();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the runtime can be built");
    assert_eq!(runtime.block_on(get(&ory, "/userinfo")).status, 401);
}

#[tokio::test]
async fn requests_are_recorded() {
    let ory = OryMock::start().await;
    send(
        &ory,
        "POST",
        "/oauth2/register?a=b",
        &[("x-test", "1")],
        Some("{\"client_name\":\"x\"}".to_owned()),
    )
    .await;
    let request = &ory.requests()[0];
    assert_eq!(
        (request.method(), request.path(), request.query()),
        ("POST", "/oauth2/register", Some("a=b"))
    );
    assert_eq!(request.header("X-Test"), Some("1"));
    assert_eq!(request.json(), json!({"client_name": "x"}));
}

#[tokio::test]
async fn debug_output_contains_no_secrets() {
    let ory = OryMock::builder().initial_access_token("SECRET-INITIAL");
    assert!(!format!("{ory:?}").contains("SECRET"));
    let ory = ory.start().await;
    let token = ory.issue_access_token(json!({"sub": "SECRET-USER"}));
    let headers = [
        ("authorization", "Bearer SECRET-TOKEN"),
        ("cookie", "ory_hydra_session=SECRET-COOKIE"),
    ];
    send(
        &ory,
        "PUT",
        "/oauth2/register/x?client_secret=SECRET-QUERY",
        &headers,
        Some("SECRET-BODY".to_owned()),
    )
    .await;
    let shown = format!(
        "{ory:?} {:?} {:?}",
        ory.requests(),
        Fault::answer(200).body("SECRET-FAULT")
    );
    assert!(
        !shown.contains("SECRET") && !shown.contains(&token),
        "{shown}"
    );
    assert!(
        shown.contains("client_secret") && shown.contains("authorization"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_request_body_over_the_limit_is_rejected() {
    let ory = OryMock::start().await;
    let body = format!("{{\"client_name\":\"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let result = try_send(&ory, "POST", "/oauth2/register", &[], Some(body)).await;
    // The client may still be writing when the mock server responds and closes the connection.
    assert!(result.map_or(true, |response| response.status == 413));
    assert!(ory.registered_clients().is_empty());
}
