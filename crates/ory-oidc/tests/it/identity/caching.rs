//! Discovery shares requests and caches the metadata.

use ory_oidc::cache::CachePolicy;
use ory_oidc::discovery::DiscoveryError;
use ory_oidc::error::ErrorKind;
use ory_oidc::{Client, Error};
use ory_oidc_mock::{Fault, OryMock};
use std::time::Duration;
use tokio::task::JoinSet;

const DISCOVERY: &str = "/.well-known/openid-configuration";

fn discovery_requests(mock: &OryMock) -> usize {
    mock.requests_to("GET", DISCOVERY).len()
}

/// Advances the clock, and lets it run again for the next request.
async fn advance_clock(duration: Duration) {
    tokio::time::pause();
    tokio::time::advance(duration).await;
    tokio::time::resume();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_concurrent_calls_send_one_request_and_none_once_cached() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    for _ in 0..2 {
        let mut tasks = JoinSet::new();
        for _ in 0..10_000 {
            let ory = ory.clone();
            tasks.spawn(async move { ory.discover().await.map(drop) });
        }
        for outcome in tasks.join_all().await {
            outcome.expect("every call gets the metadata");
        }
        assert_eq!(discovery_requests(&mock), 1);
    }
}

#[tokio::test]
async fn clones_of_a_client_share_the_cache_and_separate_clients_do_not() {
    let mock = OryMock::start().await;
    let one = Client::new(mock.url()).expect("the URL is valid");
    let other = Client::new(mock.url()).expect("the URL is valid");
    one.discover().await.expect("discovery succeeds");
    one.clone().discover().await.expect("discovery succeeds");
    assert_eq!(discovery_requests(&mock), 1);
    other.discover().await.expect("discovery succeeds");
    assert_eq!(discovery_requests(&mock), 2);
}

#[tokio::test]
async fn max_age_and_age_set_the_lifetime() {
    let mock = OryMock::builder().cache_control("max-age=100").age(99);
    let mock = mock.start().await;
    let policy = CachePolicy::new().min_ttl(Duration::ZERO);
    let ory = Client::builder(mock.url()).metadata_cache(policy).build();
    let ory = ory.expect("the URL is valid");
    ory.discover().await.expect("discovery succeeds");
    advance_clock(Duration::from_millis(1001)).await;
    ory.discover().await.expect("discovery succeeds");
    assert_eq!(discovery_requests(&mock), 2);
    mock.set_age(0);
    ory.discover().refresh().await.expect("discovery succeeds");
    advance_clock(Duration::from_secs(79)).await;
    ory.discover().await.expect("discovery succeeds");
    assert_eq!(discovery_requests(&mock), 3);
}

#[tokio::test]
async fn refresh_fetches_even_if_metadata_are_cached() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    ory.discover().await.expect("discovery succeeds");
    ory.discover().refresh().await.expect("discovery succeeds");
    assert_eq!(discovery_requests(&mock), 2);
}

#[tokio::test]
async fn stale_metadata_are_returned_and_marked_while_the_provider_is_unavailable() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    let fresh = ory.discover().await.expect("discovery succeeds");
    assert!(fresh.staleness().is_none());
    mock.fail_next(Fault::answer(503).on("GET", DISCOVERY).times(1000));
    advance_clock(Duration::from_secs(100)).await;
    let stale = ory.discover().await.expect("stale metadata are returned");
    let staleness = stale.staleness().expect("the metadata are marked as stale");
    assert!(staleness.expired_for() >= Duration::from_secs(40));
    assert!(matches!(staleness.error(), Error::Server(_)));
    assert_eq!(stale.issuer(), fresh.issuer());
}

#[tokio::test]
async fn stale_metadata_are_not_returned_if_the_issuer_changed() {
    let mock = OryMock::start().await;
    let ory = Client::new(mock.url()).expect("the URL is valid");
    ory.discover().await.expect("discovery succeeds");
    let elsewhere = OryMock::start().await;
    let other = reqwest::get(format!("{}{DISCOVERY}", elsewhere.url())).await;
    let other = other
        .expect("the mock server responds")
        .bytes()
        .await
        .expect("the body arrives");
    let response = Fault::answer(200)
        .header("content-type", "application/json")
        .body(other.to_vec());
    mock.fail_next(response.on("GET", DISCOVERY).times(1000));
    advance_clock(Duration::from_secs(100)).await;
    let error = ory.discover().await.expect_err("the issuer changed");
    let mismatch = matches!(
        error.validation(),
        Some(DiscoveryError::IssuerMismatch { .. })
    );
    assert!(mismatch, "{error:?}");
}

#[tokio::test]
async fn no_request_is_sent_until_the_rate_limit_resets() {
    for (name, value, seconds) in [
        ("retry-after", "20", 20),
        ("x-ratelimit-reset", "20", 20),
        ("ratelimit-reset", "20", 20),
        ("ratelimit", r#""default";r=0;t=20"#, 20),
        // A longer wait is shortened to a minute.
        ("x-ratelimit-reset", "86400", 60),
    ] {
        let mock = OryMock::start().await;
        let ory = Client::new(mock.url()).expect("the URL is valid");
        let limited = Fault::answer(429).header(name, value).on("GET", DISCOVERY);
        mock.fail_next(limited);
        ory.discover().await.expect_err("the rate limit is reached");
        advance_clock(Duration::from_secs(seconds - 1)).await;
        let error = ory
            .discover()
            .await
            .expect_err("the rate limit is not reset");
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(discovery_requests(&mock), 1, "{name}: {value}");
        advance_clock(Duration::from_secs(2)).await;
        ory.discover().await.expect("the rate limit is reset");
        assert_eq!(discovery_requests(&mock), 2, "{name}: {value}");
    }
}
