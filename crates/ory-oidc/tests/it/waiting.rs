//! Synchronous code.

use ory_oidc::{AccessToken, Client, ClientMetadata, IdToken, Registration, Subject, blocking};
use ory_oidc_mock::OryMock;
use serde_json::json;

fn client(mock: &OryMock) -> Client {
    Client::new(mock.url()).expect("the URL is valid")
}

#[test]
fn every_operation_works_in_synchronous_code() {
    let mock = OryMock::start_blocking();
    let ory = client(&mock);
    let wanted = ClientMetadata::new(["https://app.example/callback"]);
    let registered = ory.register(&wanted).with_response().wait();
    let (mut registration, response) = registered.expect("the mock server registers");
    assert_eq!(response.status().as_u16(), 201);
    let read = ory.read_registration(&mut registration).wait();
    read.expect("the token works");
    let rename = |metadata: &mut ClientMetadata| metadata.set_client_name("Renamed");
    let updated = ory.update_registration(&mut registration, rename).wait();
    updated.expect("the token works");
    let metadata = registration.metadata();
    let replaced = ory.replace_registration(&mut registration, &metadata);
    replaced.wait().expect("the token works");
    let provider = ory.discover().wait().expect("there are metadata");
    assert_eq!(provider.issuer(), mock.url());
    ory.discover().wait().expect("they are cached");
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let user = ory.userinfo(&token, Subject::Expect("user-1")).wait();
    assert_eq!(user.expect("the token works").sub(), "user-1");
    let id_token = IdToken::new(mock.issue_id_token(registration.client_id(), "user-1"));
    let request = ory.end_session(&id_token);
    let _outcome = ory.logout_probe(&request).wait().expect("a redirect");
    #[cfg(feature = "jwt")]
    keys_and_logout_tokens_work_in_synchronous_code(&mock, &ory, &registration);
    let deleted = ory.delete_registration(&registration).wait();
    deleted.expect("the token works");
}

#[cfg(feature = "jwt")]
fn keys_and_logout_tokens_work_in_synchronous_code(
    mock: &OryMock,
    ory: &Client,
    registration: &Registration,
) {
    use ory_oidc::token::MemoryReplayGuard;

    let keys = ory.keys().with_response().wait();
    let (keys, _) = keys.expect("there are keys");
    let newer = ory.newer_keys(&keys).wait().expect("there are keys");
    assert!(newer.is_some());
    let token = mock.issue_logout_token(registration.client_id(), "user-1");
    let guard = MemoryReplayGuard::new();
    let verify = || ory.verify_logout_token(&token, registration, &guard);
    let logout = verify().wait().expect("the token is valid");
    assert!(logout.sid().is_some());
    verify().wait().expect_err("the token was used");
}

#[test]
fn several_threads_wait_at_the_same_time() {
    let mock = OryMock::start_blocking();
    let ory = client(&mock);
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let user = ory.userinfo(&token, Subject::Expect("user-1")).wait();
                user.expect("the token works");
            });
        }
    });
    assert_eq!(mock.requests().len(), 8);
}

#[tokio::test]
async fn inside_a_runtime_is_an_error_and_nothing_is_sent() {
    let mock = OryMock::start().await;
    let ory = client(&mock);
    let refused = ory.discover().wait().expect_err("a runtime is running");
    assert_eq!(
        refused.to_string(),
        "wait() cannot be called inside an async runtime; use .await, or Handle::block_on in \
         spawn_blocking"
    );
    let waited = tokio::task::spawn_blocking(move || blocking::wait(ory.discover())).await;
    let refused = waited.expect("it does not panic");
    refused.expect_err("the thread belongs to a runtime");
    assert!(mock.requests().is_empty());
}
