//! Discovery asks once, and no more often than it must.

use ory_oidc::cache::CachePolicy;
use ory_oidc::discovery::DiscoveryError;
use ory_oidc::{Client, Error};
use ory_oidc_mock::{Fault, OryMock};
use std::time::Duration;
use tokio::task::JoinSet;

const DISCOVERY: &str = "/.well-known/openid-configuration";

fn asked(double: &OryMock) -> usize {
    double.requests_to("GET", DISCOVERY).len()
}

/// Lets time pass, and lets it run on for the request that follows.
async fn pass(duration: Duration) {
    tokio::time::pause();
    tokio::time::advance(duration).await;
    tokio::time::resume();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_tasks_on_a_cold_client_make_one_request_and_none_on_a_warm_one() {
    let double = OryMock::start().await;
    let ory = Client::new(double.url()).expect("a client");
    for _ in 0..2 {
        let mut tasks = JoinSet::new();
        for _ in 0..10_000 {
            let ory = ory.clone();
            tasks.spawn(async move { ory.discover().await.map(drop) });
        }
        for outcome in tasks.join_all().await {
            outcome.expect("everybody gets it");
        }
        assert_eq!(asked(&double), 1);
    }
}

#[tokio::test]
async fn clones_of_a_client_share_what_is_kept_and_clients_do_not() {
    let double = OryMock::start().await;
    let one = Client::new(double.url()).expect("a client");
    let other = Client::new(double.url()).expect("a client");
    one.discover().await.expect("metadata");
    one.clone().discover().await.expect("metadata");
    assert_eq!(asked(&double), 1);
    other.discover().await.expect("metadata");
    assert_eq!(asked(&double), 2);
}

#[tokio::test]
async fn what_the_provider_says_of_its_lifetime_counts_and_so_does_the_age() {
    let double = OryMock::builder().cache_control("max-age=100").age(99);
    let double = double.start().await;
    let policy = CachePolicy::new().min_ttl(Duration::ZERO);
    let ory = Client::builder(double.url()).metadata_cache(policy).build();
    let ory = ory.expect("a client");
    ory.discover().await.expect("metadata");
    pass(Duration::from_millis(1001)).await;
    ory.discover().await.expect("metadata");
    assert_eq!(asked(&double), 2);
    double.set_age(0);
    ory.discover().refresh().await.expect("metadata");
    pass(Duration::from_secs(79)).await;
    ory.discover().await.expect("metadata");
    assert_eq!(asked(&double), 3);
}

#[tokio::test]
async fn a_refresh_asks_whatever_is_kept() {
    let double = OryMock::start().await;
    let ory = Client::new(double.url()).expect("a client");
    ory.discover().await.expect("metadata");
    ory.discover().refresh().await.expect("metadata");
    assert_eq!(asked(&double), 2);
}

#[tokio::test]
async fn an_issuer_that_is_away_is_served_from_memory_and_said_to_be_away() {
    let double = OryMock::start().await;
    let ory = Client::new(double.url()).expect("a client");
    let fresh = ory.discover().await.expect("metadata");
    assert!(fresh.staleness().is_none());
    double.fail_next(Fault::answer(503).on("GET", DISCOVERY).times(1000));
    pass(Duration::from_secs(100)).await;
    let stale = ory.discover().await.expect("the old metadata");
    let staleness = stale.staleness().expect("it says so");
    assert!(staleness.expired_for() >= Duration::from_secs(40));
    assert!(matches!(staleness.error(), Error::Server(_)));
    assert_eq!(stale.issuer(), fresh.issuer());
}

#[tokio::test]
async fn an_issuer_that_became_another_is_not_served_from_memory() {
    let double = OryMock::start().await;
    let ory = Client::new(double.url()).expect("a client");
    ory.discover().await.expect("metadata");
    let elsewhere = OryMock::start().await;
    let other = reqwest::get(format!("{}{DISCOVERY}", elsewhere.url())).await;
    let other = other.expect("an answer").bytes().await.expect("a body");
    let answer = Fault::answer(200)
        .header("content-type", "application/json")
        .body(other.to_vec());
    double.fail_next(answer.on("GET", DISCOVERY).times(1000));
    pass(Duration::from_secs(100)).await;
    let error = ory.discover().await.expect_err("it is another issuer");
    let mismatch = matches!(
        error.validation(),
        Some(DiscoveryError::IssuerMismatch { .. })
    );
    assert!(mismatch, "{error:?}");
}
