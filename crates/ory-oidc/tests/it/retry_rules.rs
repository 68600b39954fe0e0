//! Which failed calls are repeated, and how that is shown.

use ory_oidc::error::ErrorKind;
use ory_oidc::retry::{FailedAttempt, RetryPolicy};
use ory_oidc::{AccessToken, Client, ClientMetadata, Subject};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;
use std::time::Duration;

fn quick() -> RetryPolicy {
    RetryPolicy::new().base_delay(Duration::from_millis(1))
}

async fn retrying() -> (OryMock, Client) {
    let mock = OryMock::start().await;
    let builder = Client::builder(mock.url()).retry(quick());
    let ory = builder.build().expect("the URL is valid");
    (mock, ory)
}

fn wanted() -> ClientMetadata {
    ClientMetadata::new(["https://app.example/callback"])
}

#[tokio::test]
async fn read_is_repeated_and_the_response_tells_what_failed() {
    let (mock, ory) = retrying().await;
    mock.fail_next(Fault::answer(503));
    mock.fail_next(Fault::drop_connection());
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let request = ory.userinfo(&token, Subject::Expect("user-1"));
    let (user, response) = request.with_response().await.expect("the third attempt");
    assert_eq!(user.sub(), "user-1");
    let failed = response.failed_attempts().iter();
    let failed: Vec<_> = failed
        .map(|attempt| (attempt.kind(), attempt.status().map(|s| s.as_u16())))
        .collect();
    let expected = [
        (ErrorKind::Unavailable, Some(503)),
        (ErrorKind::ConnectionClosed, None),
    ];
    assert_eq!(failed, expected);
    assert_eq!(mock.requests().len(), 3);
}

#[tokio::test]
async fn nothing_is_repeated_by_default() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    mock.fail_next(Fault::answer(503));
    let error = ory.discover().await.expect_err("the server is unavailable");
    assert!(error.failed_attempts().is_empty());
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn error_tells_the_attempts_and_a_request_can_opt_out() {
    let (mock, ory) = retrying().await;
    mock.fail_next(Fault::answer(503).until_cleared());
    let token = AccessToken::new("ory_at_example");
    let request = || ory.userinfo(&token, Subject::Expect("user-1"));
    let error = request().await.expect_err("the server is unavailable");
    assert_eq!(error.failed_attempts().len(), 2);
    assert!(
        error.to_string().ends_with(" (after 3 attempts)"),
        "{error}"
    );
    assert_eq!(mock.requests().len(), 3);
    let once = request().retry(RetryPolicy::off()).await;
    let error = once.expect_err("the server is unavailable");
    assert!(error.failed_attempts().is_empty());
    assert_eq!(mock.requests().len(), 4);
    let once = ory.with_retry(RetryPolicy::off());
    let error = once.userinfo(&token, Subject::Expect("user-1")).await;
    error.expect_err("the server is unavailable");
    assert_eq!(mock.requests().len(), 5);
}

#[tokio::test]
async fn what_changes_something_is_sent_once() {
    let (mock, ory) = retrying().await;
    let mut registration = ory.register(&wanted()).await.expect("a registration");
    let metadata = registration.metadata();
    for fault in [
        Fault::answer(503),
        Fault::answer(429),
        Fault::drop_connection(),
    ] {
        let sent = mock.requests().len();
        mock.fail_next(fault.clone());
        ory.register(&wanted()).await.expect_err("the call fails");
        mock.fail_next(fault.clone());
        let replaced = ory.replace_registration(&mut registration, &metadata);
        replaced.await.expect_err("the call fails");
        mock.fail_next(fault.clone());
        let deleted = ory.delete_registration(&registration).await;
        deleted.expect_err("the call fails");
        // Userinfo by POST only reads, but a POST is not repeated.
        mock.fail_next(fault);
        let token = AccessToken::new("ory_at_example");
        let userinfo = ory.userinfo(&token, Subject::Expect("user-1")).post();
        userinfo.await.expect_err("the call fails");
        assert_eq!(mock.requests().len(), sent + 4);
    }
}

#[tokio::test]
async fn update_repeats_its_read_and_not_its_write() {
    let (mock, ory) = retrying().await;
    let mut registration = ory.register(&wanted()).await.expect("a registration");
    let path = format!("/oauth2/register/{}", registration.client_id());
    mock.fail_next(Fault::answer(502).on("GET", &path));
    mock.fail_next(Fault::answer(502).on("PUT", &path));
    let rename = |metadata: &mut ClientMetadata| metadata.set_client_name("Renamed");
    let updated = ory.update_registration(&mut registration, rename).await;
    let error = updated.expect_err("the write fails");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(mock.requests_to("GET", &path).len(), 2);
    assert_eq!(mock.requests_to("PUT", &path).len(), 1);
}

#[tokio::test]
async fn registration_is_repeated_if_no_connection_could_be_opened() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = port.local_addr().expect("the listener has an address");
    drop(port);
    let builder = Client::builder(format!("http://{address}")).retry(quick());
    let ory = builder.build().expect("the URL is valid");
    let error = ory.register(&wanted()).await.expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::Connect);
    let failed = error.failed_attempts().iter();
    let kinds: Vec<_> = failed.map(FailedAttempt::kind).collect();
    assert_eq!(kinds, [ErrorKind::Connect; 2]);
}

#[tokio::test]
async fn pause_of_the_server_is_kept_or_the_error_is_returned_at_once() {
    let (mock, ory) = retrying().await;
    mock.fail_next(Fault::answer(429).header("x-ratelimit-reset", "1"));
    let discovered = ory.discover().with_response().await;
    let (_, response) = discovered.expect("the second attempt");
    let [failed] = response.failed_attempts() else {
        panic!("one attempt fails: {response:?}");
    };
    assert_eq!(failed.kind(), ErrorKind::RateLimited);
    assert!(failed.delay() >= Duration::from_secs(1), "{failed:?}");
    mock.fail_next(Fault::answer(503).header("retry-after", "3600"));
    let refreshed = ory.discover().refresh().await;
    let error = refreshed.expect_err("an hour is too long");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert!(error.failed_attempts().is_empty());
}

#[tokio::test]
async fn no_retry_begins_after_the_time_out_of_the_call() {
    let (mock, ory) = retrying().await;
    mock.fail_next(Fault::answer(503).header("retry-after", "4"));
    let token = AccessToken::new("ory_at_example");
    let request = ory.userinfo(&token, Subject::Expect("user-1"));
    let request = request.timeout(Duration::from_secs(3));
    let error = request.await.expect_err("there is no time for a retry");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(mock.requests().len(), 1);
}

#[tokio::test]
async fn retry_that_is_not_made_costs_no_budget() {
    let mock = OryMock::start().await;
    let ory = Client::builder(mock.url()).retry(quick().budget(1)).build();
    let ory = ory.expect("the URL is valid");
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let userinfo = || ory.userinfo(&token, Subject::Unchecked);
    for _ in 0..3 {
        mock.fail_next(Fault::answer(503).header("retry-after", "4"));
        let request = userinfo().timeout(Duration::from_secs(3));
        let error = request.await.expect_err("there is no time for a retry");
        assert!(error.failed_attempts().is_empty());
    }
    mock.fail_next(Fault::answer(503));
    userinfo().await.expect("it is repeated");
}

#[tokio::test]
async fn attempt_that_takes_too_long_is_repeated() {
    let (mock, ory) = retrying().await;
    mock.fail_next(Fault::delay(Duration::from_secs(3600)));
    let policy = quick().attempt_timeout(Duration::from_secs(2));
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let request = ory.userinfo(&token, Subject::Expect("user-1"));
    let request = request.retry(policy).with_response();
    let (_, response) = request.await.expect("the second attempt");
    assert_eq!(response.failed_attempts()[0].kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn what_changes_something_is_not_cut_short_by_the_time_out_of_an_attempt() {
    let mock = OryMock::start().await;
    let policy = quick().attempt_timeout(Duration::from_millis(1));
    let ory = Client::builder(mock.url()).retry(policy).build();
    let ory = ory.expect("the URL is valid");
    for method in ["POST", "DELETE"] {
        mock.fail_next(Fault::delay(Duration::from_millis(50)).on(method, "/oauth2/register"));
    }
    let registered = ory.register(&wanted()).await;
    let registration = registered.expect("the client's time-out applies");
    let deleted = ory.delete_registration(&registration).await;
    deleted.expect("the client's time-out applies");
}
