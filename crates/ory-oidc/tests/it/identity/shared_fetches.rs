//! Callers share fetches of metadata and keys, but each waits only as long as it wants.

use super::{CLIENT, Provider};
use ory_oidc::error::ErrorKind;
use ory_oidc::retry::RetryPolicy;
use ory_oidc::token::{MemoryReplayGuard, RelyingParty};
use ory_oidc::{Client, Error};
use ory_oidc_mock::{Fault, OryMock};
use std::time::Duration;

const METADATA: &str = "/.well-known/openid-configuration";

/// A time in which no response can arrive.
const NO_TIME: Duration = Duration::ZERO;

fn metadata_requests(mock: &OryMock) -> usize {
    mock.requests_to("GET", METADATA).len()
}

fn assert_timeout<T>(outcome: Result<T, Error>) {
    let error = outcome.err().expect("there was no time for a response");
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}

#[tokio::test]
async fn impatient_discovery_fails_alone() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    let impatient = || async { ory.discover().timeout(NO_TIME).await };
    let limited = || async { ory.with_time_limit(NO_TIME).discover().await };
    let patient = || async { ory.discover().await };
    let (one, two, three, four) = tokio::join!(impatient(), limited(), patient(), patient());
    assert_timeout(one);
    assert_timeout(two);
    three.expect("the fetch goes on for other callers");
    four.expect("the fetch goes on for other callers");
    ory.discover().await.expect("the metadata are cached");
    assert_eq!(metadata_requests(&mock), 1);
}

#[tokio::test]
async fn impatient_refresh_does_not_fail_later_calls() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    assert_timeout(ory.discover().refresh().timeout(NO_TIME).await);
    ory.discover().await.expect("the fetch went on");
    assert_eq!(metadata_requests(&mock), 1);
}

#[tokio::test]
async fn impatient_calls_for_keys_fail_alone() {
    let provider = Provider::start().await;
    assert_timeout(provider.ory.keys().timeout(NO_TIME).await);
    let keys = provider.ory.keys().await;
    let keys = keys.expect("the fetch went on");
    assert_eq!(metadata_requests(&provider.mock), 1);
    assert_eq!(provider.key_requests(), 1);
    assert_timeout(provider.ory.newer_keys(&keys).timeout(NO_TIME).await);
    let newer = provider.ory.newer_keys(&keys).await;
    assert!(newer.expect("the fetch went on").is_some());
    assert_eq!(provider.key_requests(), 2);
}

#[tokio::test]
async fn impatient_verification_does_not_fail_the_next_one() {
    let provider = Provider::start().await;
    let token = provider.mock.issue_logout_token(CLIENT, "user-1");
    let guard = MemoryReplayGuard::new();
    let verification = || {
        let party = RelyingParty::new(CLIENT);
        provider.ory.verify_logout_token(&token, party, &guard)
    };
    assert_timeout(verification().timeout(NO_TIME).await);
    verification().await.expect("the token was not used up");
    assert_eq!(metadata_requests(&provider.mock), 1);
    assert_eq!(provider.key_requests(), 1);
}

#[tokio::test]
async fn fetch_has_the_time_out_of_the_client() {
    let mock = OryMock::start().await;
    let hang = Fault::delay(Duration::from_secs(3600));
    mock.fail_next(hang.on("GET", METADATA));
    let ory = Client::builder(mock.url()).timeout(Duration::from_millis(50));
    let ory = ory.build().expect("the URL is valid");
    let patient = ory.discover().timeout(Duration::from_secs(3600)).await;
    assert_timeout(patient);
}

#[tokio::test]
async fn retry_policy_of_a_call_applies_to_its_requests() {
    let mock = OryMock::start().await;
    mock.fail_next(Fault::answer(503).on("GET", METADATA));
    let ory = Client::new(mock.url()).expect("the URL is valid");
    let policy = RetryPolicy::new().max_retries(1);
    let metadata = ory.discover().retry(policy).await;
    metadata.expect("the second attempt succeeds");
    assert_eq!(metadata_requests(&mock), 2);
}
