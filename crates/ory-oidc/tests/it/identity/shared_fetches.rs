//! Callers share fetches of metadata and keys, but each waits only as long as it wants.

use super::{CLIENT, Provider};
use ory_oidc::discovery::AdvertisedEndpoints;
use ory_oidc::error::ErrorKind;
use ory_oidc::operation::DISCOVER;
use ory_oidc::reqwest::{self, Request};
use ory_oidc::retry::RetryPolicy;
use ory_oidc::token::{MemoryReplayGuard, RelyingParty};
use ory_oidc::{AccessToken, Client, ClientBuilder, ClientMetadata, Error, Registration, Subject};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tower::service_fn;

const METADATA: &str = "/.well-known/openid-configuration";

/// A time-out that is over before a request is released.
const SHORT: Duration = Duration::from_millis(1);

/// A provider, and a client whose requests wait until they are released.
struct Held {
    provider: Provider,
    gate: Arc<Semaphore>,
}

impl Held {
    async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    async fn with(configure: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        let mut provider = Provider::start().await;
        let gate = Arc::new(Semaphore::new(0));
        let http = reqwest::Client::builder().no_proxy().build();
        let http = http.expect("the HTTP client can be built");
        let is_open = Arc::clone(&gate);
        let service = service_fn(move |request: Request| {
            let (http, is_open) = (http.clone(), Arc::clone(&is_open));
            async move {
                let _open = is_open.acquire().await.expect("the gate is not closed");
                http.execute(request).await
            }
        });
        let builder = Client::builder(provider.mock.url()).http_service(service);
        provider.ory = configure(builder).build().expect("the URL is valid");
        Self { provider, gate }
    }

    fn ory(&self) -> &Client {
        &self.provider.ory
    }

    fn release(&self) {
        self.gate.add_permits(1);
    }

    fn hold(&self) {
        assert_eq!(self.gate.forget_permits(1), 1);
    }

    fn metadata_requests(&self) -> usize {
        self.provider.mock.requests_to("GET", METADATA).len()
    }
}

fn assert_timeout<T>(outcome: Result<T, Error>) {
    assert_eq!(kind(outcome), ErrorKind::Timeout);
}

fn kind<T>(outcome: Result<T, Error>) -> ErrorKind {
    outcome.err().expect("the response is held").kind()
}

#[tokio::test]
async fn impatient_discovery_fails_alone() {
    let held = Held::start().await;
    let ory = held.ory();
    let patient = [ory.clone(), ory.clone()];
    let patient = patient.map(|ory| tokio::spawn(async move { ory.discover().await.map(drop) }));
    assert_timeout(ory.discover().timeout(SHORT).await);
    assert_timeout(ory.with_time_limit(SHORT).discover().await);
    held.release();
    for patient in patient {
        let outcome = patient.await.expect("the task completes");
        outcome.expect("the fetch goes on for other callers");
    }
    ory.discover().await.expect("the metadata are cached");
    assert_eq!(held.metadata_requests(), 1);
}

#[tokio::test]
async fn fetch_that_an_impatient_caller_began_goes_on() {
    for refresh in [false, true] {
        let held = Held::start().await;
        let request = held.ory().discover().timeout(SHORT);
        assert_timeout(if refresh {
            request.refresh().await
        } else {
            request.await
        });
        held.release();
        held.ory().discover().await.expect("the fetch went on");
        assert_eq!(held.metadata_requests(), 1);
    }
}

#[tokio::test]
async fn impatient_calls_for_keys_fail_alone() {
    let held = Held::start().await;
    let ory = held.ory();
    assert_timeout(ory.keys().timeout(SHORT).await);
    held.release();
    let keys = ory.keys().await.expect("the fetch went on");
    held.hold();
    assert_timeout(ory.newer_keys(&keys).timeout(SHORT).await);
    held.release();
    let newer = ory.newer_keys(&keys).await;
    assert!(newer.expect("the fetch went on").is_some());
    assert_eq!(held.metadata_requests(), 1);
    assert_eq!(held.provider.key_requests(), 2);
}

#[tokio::test]
async fn impatient_verification_does_not_fail_the_next_one() {
    let held = Held::start().await;
    let token = held.provider.mock.issue_logout_token(CLIENT, "user-1");
    let guard = MemoryReplayGuard::new();
    let verification = || {
        let party = RelyingParty::new(CLIENT);
        held.ory().verify_logout_token(&token, party, &guard)
    };
    assert_timeout(verification().timeout(SHORT).await);
    held.release();
    verification().await.expect("the token was not used up");
    assert_eq!(held.metadata_requests(), 1);
    assert_eq!(held.provider.key_requests(), 1);
}

#[tokio::test]
async fn time_out_of_a_call_applies_to_the_discovery_before_it() {
    let always = AdvertisedEndpoints::Always;
    let held = Held::with(|builder| builder.advertised_endpoints(always)).await;
    let ory = held.ory();
    let wanted = ClientMetadata::new(["https://app.example/callback"]);
    let token = AccessToken::new("ory_at_any");
    let userinfo = ory.userinfo(&token, Subject::Unchecked).timeout(SHORT);
    let register = ory.register(&wanted).timeout(SHORT);
    for outcome in [userinfo.await.map(drop), register.await.map(drop)] {
        let error = outcome.expect_err("the response is held");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(error.operation(), Some(DISCOVER));
    }
    held.release();
    ory.discover().await.expect("the fetch went on");
    assert_eq!(held.metadata_requests(), 1);
}

/// Returns a client to which each path responds after a time, or never.
fn slow(mock: &OryMock, answers: Vec<(&'static str, Duration, &'static str, String)>) -> Client {
    let service = service_fn(move |request: Request| {
        let mut answers = answers.clone().into_iter();
        let answer = answers.find(|(path, ..)| *path == request.url().path());
        async move {
            let Some((_, after, media_type, body)) = answer else {
                return std::future::pending().await;
            };
            sleep(after).await;
            let response = http::Response::builder().header("content-type", media_type);
            let response = response.body(body).expect("the header is valid");
            Ok::<_, reqwest::Error>(response.into())
        }
    });
    let builder = Client::builder(mock.url()).http_service(service);
    let builder = builder.advertised_endpoints(AdvertisedEndpoints::Always);
    builder.build().expect("the URL is valid")
}

#[tokio::test]
async fn discovery_and_keys_count_towards_the_time_out_of_a_call() {
    const SECOND: Duration = Duration::from_secs(1);
    let provider = Provider::start().await;
    let mock = &provider.mock;
    let metadata = reqwest::get(format!("{}{METADATA}", mock.url())).await;
    let metadata = metadata.expect("the mock server responds").text().await;
    let metadata = (
        METADATA,
        4 * SECOND,
        "application/json",
        metadata.expect("the body arrives"),
    );
    let signed = mock.sign_jwt(json!({"alg": "RS256"}), provider.claims());
    let signed = ("/userinfo", 4 * SECOND, "application/jwt", signed);
    let wanted = ClientMetadata::new(["https://app.example/callback"]);
    let token = AccessToken::new("ory_at_any");
    tokio::time::pause();

    let ory = slow(mock, vec![metadata.clone()]);
    let started = Instant::now();
    let register = ory.register(&wanted).timeout(5 * SECOND).await;
    assert_eq!(kind(register), ErrorKind::OutcomeUnknown);
    assert!(started.elapsed() < 6 * SECOND, "{:?}", started.elapsed());

    let ory = slow(mock, vec![metadata.clone()]).with_time_limit(5 * SECOND);
    let started = Instant::now();
    let mut registration = Registration::from_saved("any", "ory_at_any".into());
    assert_timeout(ory.read_registration(&mut registration).await);
    assert!(started.elapsed() < 6 * SECOND, "{:?}", started.elapsed());

    let ory = slow(mock, vec![metadata, signed]);
    let started = Instant::now();
    let userinfo = ory.userinfo(&token, Subject::Unchecked);
    let userinfo = userinfo.relying_party(RelyingParty::new(CLIENT));
    assert_timeout(userinfo.timeout(9 * SECOND).await);
    assert!(started.elapsed() < 10 * SECOND, "{:?}", started.elapsed());
}

#[tokio::test]
async fn longer_time_out_of_a_call_does_not_extend_the_fetch() {
    let timeout = Duration::from_millis(50);
    let held = Held::with(|builder| builder.timeout(timeout)).await;
    tokio::time::pause();
    let started = Instant::now();
    let patient = held.ory().discover().timeout(100 * timeout).await;
    assert_timeout(patient);
    assert!(started.elapsed() < 2 * timeout);
}

#[tokio::test]
async fn retry_policy_of_a_call_applies_to_its_requests() {
    let provider = Provider::start().await;
    let unavailable = Fault::answer(503).on("GET", METADATA);
    provider.mock.fail_next(unavailable);
    let policy = RetryPolicy::new().max_retries(1);
    let metadata = provider.ory.discover().retry(policy).await;
    metadata.expect("the second attempt succeeds");
    assert_eq!(provider.mock.requests_to("GET", METADATA).len(), 2);
}
