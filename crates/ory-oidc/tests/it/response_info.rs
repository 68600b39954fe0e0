//! What a successful response says beside its result, and the options of single calls.

use ory_oidc::operation::Operation;
use ory_oidc::reqwest::StatusCode;
use ory_oidc::reqwest::header::{HeaderName, HeaderValue};
use ory_oidc::response::ResponseInfo;
use ory_oidc::{AccessToken, Client, ClientMetadata, IdToken, Subject, operation};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;
use std::time::Duration;

const LIMIT: u32 = 100;

async fn limited() -> (OryMock, Client) {
    let builder = OryMock::builder().rate_limit(LIMIT, Duration::from_secs(60));
    let mock = builder.start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    (mock, ory)
}

fn wanted() -> ClientMetadata {
    ClientMetadata::new(["https://app.example/callback"]).client_name("My app")
}

/// Sends each operation once, with the rate limit that its response reports.
async fn each_operation(mock: &OryMock, ory: &Client) -> Vec<ResponseInfo> {
    let wanted = wanted();
    let registered = ory.register(&wanted).with_response().await;
    let (mut registration, register) = registered.expect("the mock server registers");
    let read = ory.read_registration(&mut registration).with_response();
    let ((), read) = read.await.expect("the token works");
    let rename = |metadata: &mut ClientMetadata| metadata.set_client_name("Renamed");
    let update = ory.update_registration(&mut registration, rename);
    let ((), update) = update.with_response().await.expect("the token works");
    let metadata = registration.metadata();
    let replace = ory.replace_registration(&mut registration, &metadata);
    let ((), replace) = replace.with_response().await.expect("the token works");
    let discover = ory.discover().with_response().await;
    let (provider, discover) = discover.expect("there are metadata");
    assert_eq!(provider.issuer(), mock.url());
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let userinfo = ory.userinfo(&token, Subject::Expect("user-1"));
    let (user, userinfo) = userinfo.with_response().await.expect("the token works");
    assert_eq!(user.sub(), "user-1");
    let id_token = IdToken::new(mock.issue_id_token(registration.client_id(), "user-1"));
    let request = ory.end_session(&id_token);
    let probe = ory.logout_probe(&request).with_response().await;
    let (_, probe) = probe.expect("the mock server redirects");
    let delete = ory.delete_registration(&registration).with_response();
    let ((), delete) = delete.await.expect("the token works");
    vec![
        register, read, update, replace, discover, userinfo, probe, delete,
    ]
}

#[tokio::test]
async fn every_operation_tells_its_status_and_the_remaining_requests() {
    let (mock, ory) = limited().await;
    let infos = each_operation(&mock, &ory).await;
    let told = infos.iter().map(|info| {
        let limit = info.rate_limit().expect("the mock server has a rate limit");
        assert_eq!(limit.limit(), Some(LIMIT.into()));
        assert!(limit.reset().is_some_and(|reset| reset.as_secs() <= 60));
        (info.operation(), info.status().as_u16(), limit.remaining())
    });
    // An update reads before it writes.
    let left = |sent: u64| Some(u64::from(LIMIT) - sent);
    let expected: [(Operation, u16, Option<u64>); 8] = [
        (operation::REGISTER, 201, left(1)),
        (operation::READ_REGISTRATION, 200, left(2)),
        (operation::UPDATE_REGISTRATION, 200, left(4)),
        (operation::UPDATE_REGISTRATION, 200, left(5)),
        (operation::DISCOVER, 200, left(6)),
        (operation::USERINFO, 200, left(7)),
        (operation::END_SESSION, 302, left(8)),
        (operation::DELETE_REGISTRATION, 204, left(9)),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn cached_metadata_tell_about_the_response_in_which_they_arrived() {
    let (mock, ory) = limited().await;
    for _ in 0..2 {
        let discover = ory.discover().with_response().await;
        let (_, info) = discover.expect("there are metadata");
        let remaining = info.rate_limit().and_then(|limit| limit.remaining());
        assert_eq!(remaining, Some(u64::from(LIMIT) - 1));
    }
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn error_tells_the_rate_limit_too() {
    let mock = OryMock::builder().rate_limit(0, Duration::from_secs(60));
    let mock = mock.start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    let error = ory.discover().await.expect_err("no request is permitted");
    let limit = error
        .rate_limit()
        .expect("the mock server has a rate limit");
    assert_eq!((limit.limit(), limit.remaining()), (Some(0), Some(0)));
    assert_eq!(error.retry_after(), limit.reset());
}

#[tokio::test]
async fn request_id_and_headers_travel_in_both_directions() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    let answer = Fault::answer(201)
        .header("content-type", "application/json")
        .header("x-request-id", "req-1")
        .header("x-secret", "hush")
        .body(r#"{"client_id": "c1"}"#);
    mock.fail_next(answer);
    let wanted = wanted();
    let request = ory
        .register(&wanted)
        .request_id("job-17")
        .header(
            HeaderName::from_static("x-tenant"),
            HeaderValue::from_static("acme"),
        )
        .timeout(Duration::from_secs(20));
    let (_, info) = request.with_response().await.expect("the server responds");
    assert_eq!(info.status(), StatusCode::CREATED);
    assert_eq!(info.request_id(), Some("req-1"));
    assert_eq!(info.headers()["x-secret"], "hush");
    let shown = format!("{info:?}");
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains("req-1"), "{shown}");
    let sent = mock.requests();
    assert_eq!(sent[0].header("x-request-id"), Some("job-17"));
    assert_eq!(sent[0].header("x-tenant"), Some("acme"));
}
