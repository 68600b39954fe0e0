use super::super::freshness::Freshness;
use super::*;
use crate::error::{DecodeError, ServerError};
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, HeaderMap, HeaderValue};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::advance;

mod unknown_keys;
mod waiting;

const DISCOVER: Operation = Operation::new("discover", "GET", "/discovery");
const KEYS: Operation = Operation::new("keys", "GET", "/keys");

/// Returns the error of a response that cannot be used.
fn unusable_response() -> Error {
    DecodeError::new(DISCOVER, StatusCode::OK, "expected metadata").into()
}

fn never() -> Deadline {
    Deadline::after(Duration::MAX)
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A provider that counts its requests.
#[derive(Clone, Default)]
struct Provider {
    requests: Arc<AtomicU64>,
    error: Arc<Mutex<Option<Error>>>,
    cache_control: Arc<Mutex<String>>,
}

impl Provider {
    fn with_cache_control(cache_control: &str) -> Self {
        let provider = Self::default();
        cache_control.clone_into(
            &mut provider
                .cache_control
                .lock()
                .expect("the lock is not poisoned"),
        );
        provider
    }

    fn set_error(&self, error: Option<Error>) {
        *self.error.lock().expect("the lock is not poisoned") = error;
    }

    fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    async fn respond(self) -> Result<Fetched<u64>, Error> {
        let value = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
        if let Some(error) = self.error.lock().expect("the lock is not poisoned").clone() {
            return Err(error);
        }
        let mut headers = HeaderMap::new();
        let cache_control = self
            .cache_control
            .lock()
            .expect("the lock is not poisoned")
            .clone();
        if !cache_control.is_empty() {
            let value = HeaderValue::try_from(cache_control).expect("the header is ASCII");
            headers.insert(CACHE_CONTROL, value);
        }
        Ok(Fetched::new(value, Freshness::of(&headers)))
    }

    async fn get(&self, cache: &Arc<Cache<u64>>) -> Result<Hit<u64>, Error> {
        let provider = self.clone();
        cache.get(never(), || provider.respond()).await
    }

    /// Returns a value, fresh or stale.
    async fn value(&self, cache: &Arc<Cache<u64>>) -> u64 {
        self.get(cache).await.expect("a value is returned").value
    }

    /// Returns the generation of a value, fresh or stale.
    async fn generation(&self, cache: &Arc<Cache<u64>>) -> u64 {
        let hit = self.get(cache).await.expect("a value is returned");
        hit.generation
    }

    async fn refresh(&self, cache: &Arc<Cache<u64>>) -> Result<Hit<u64>, Error> {
        let provider = self.clone();
        cache.refresh(never(), || provider.respond()).await
    }

    async fn newer(
        &self,
        cache: &Arc<Cache<u64>>,
        generation: u64,
        asker: Asker,
    ) -> Result<Option<Hit<u64>>, Error> {
        let provider = self.clone();
        let fetch = || provider.respond();
        cache.newer_than(generation, asker, never(), fetch).await
    }
}

fn cache() -> Arc<Cache<u64>> {
    cache_with(CachePolicy::new())
}

fn cache_with(policy: CachePolicy) -> Arc<Cache<u64>> {
    Cache::new(KEYS, policy)
}

/// Returns the error of a gateway in front of a server that is down.
fn unavailable() -> Error {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    ServerError::new(DISCOVER, status, HeaderMap::new(), Bytes::new()).into()
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_one_fetch() {
    let (provider, cache) = (Provider::with_cache_control("max-age=600"), cache());
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (provider, cache) = (provider.clone(), Arc::clone(&cache));
        callers.spawn(async move { provider.value(&cache).await });
    }
    assert!(callers.join_all().await.iter().all(|value| *value == 1));
    assert_eq!(provider.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_one_failure() {
    let (provider, cache) = (Provider::default(), cache());
    provider.set_error(Some(unavailable()));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (provider, cache) = (provider.clone(), Arc::clone(&cache));
        callers.spawn(async move { provider.get(&cache).await.is_err() });
    }
    assert!(callers.join_all().await.into_iter().all(|failed| failed));
    assert_eq!(provider.requests(), 1);
    provider.set_error(None);
    advance(MIN_PAUSE).await;
    assert_eq!(provider.value(&cache).await, 2);
}

#[tokio::test(start_paused = true)]
async fn fetch_completes_even_if_its_caller_is_dropped() {
    let (provider, cache) = (Provider::default(), cache());
    for _ in 0..5 {
        let caller = tokio::time::timeout(Duration::from_millis(1), provider.get(&cache));
        let _ = caller.await;
    }
    assert_eq!(provider.value(&cache).await, 1);
    assert_eq!(provider.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn fresh_value_is_cached_and_expired_value_is_refetched() {
    let (provider, cache) = (Provider::with_cache_control("max-age=600"), cache());
    provider.get(&cache).await.expect("a value is returned");
    advance(seconds(470)).await;
    assert_eq!(provider.value(&cache).await, 1);
    assert_eq!(provider.requests(), 1);
    advance(seconds(140)).await;
    let hit = provider.get(&cache).await.expect("a value is returned");
    assert_eq!(hit.value, 2);
    assert!(hit.staleness.is_none());
}

#[tokio::test(start_paused = true)]
async fn value_is_refreshed_in_the_background_before_it_expires() {
    let (provider, cache) = (Provider::with_cache_control("max-age=600"), cache());
    provider.get(&cache).await.expect("a value is returned");
    advance(seconds(500)).await;
    for _ in 0..10 {
        assert_eq!(provider.value(&cache).await, 1);
    }
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(provider.value(&cache).await, 2);
    assert_eq!(provider.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn stale_value_is_returned_and_marked_for_a_limited_time_during_an_outage() {
    let (provider, cache) = (Provider::with_cache_control("max-age=600"), cache());
    provider.get(&cache).await.expect("a value is returned");
    provider.set_error(Some(unavailable()));
    advance(seconds(700)).await;
    // The first caller detects the outage and still gets the stale value.
    let hit = provider.get(&cache).await.expect("a stale value is served");
    let staleness = hit.staleness.expect("the value is marked as stale");
    assert_eq!(staleness.expired_for().as_secs(), 100);
    assert_eq!(
        staleness.error().status(),
        Some(StatusCode::SERVICE_UNAVAILABLE)
    );
    advance(seconds(3600)).await;
    assert!(provider.get(&cache).await.is_err(), "the value is too old");
    provider.set_error(None);
    advance(seconds(2)).await;
    assert!(
        provider
            .get(&cache)
            .await
            .expect("a value is returned")
            .staleness
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn unavailable_provider_is_asked_once_per_pause() {
    let (provider, cache) = (Provider::with_cache_control("max-age=60"), cache());
    provider.get(&cache).await.expect("a value is returned");
    provider.set_error(Some(unavailable()));
    advance(seconds(61)).await;
    for _ in 0..100 {
        provider.get(&cache).await.expect("a stale value is served");
    }
    assert_eq!(provider.requests(), 2);
    advance(MIN_PAUSE).await;
    for _ in 0..100 {
        provider.get(&cache).await.expect("a stale value is served");
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(provider.requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn stale_value_is_not_returned_after_a_failed_validation() {
    let (provider, cache) = (Provider::with_cache_control("max-age=60"), cache());
    provider.get(&cache).await.expect("a value is returned");
    provider.set_error(Some(unusable_response()));
    advance(seconds(61)).await;
    assert!(provider.get(&cache).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn concurrent_callers_share_one_fetch_even_if_nothing_is_cached() {
    let provider = Provider::with_cache_control("no-store");
    let cache = cache_with(CachePolicy::new().min_ttl(Duration::ZERO));
    for round in 1..=3 {
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let (provider, cache) = (provider.clone(), Arc::clone(&cache));
            callers.spawn(async move { provider.value(&cache).await });
        }
        assert!(callers.join_all().await.iter().all(|value| *value == round));
    }
    assert_eq!(provider.requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn concurrent_refreshes_share_a_fetch_that_begins_after_their_call() {
    let (provider, cache) = (Provider::default(), cache());
    let refresh = || {
        let (provider, cache) = (provider.clone(), Arc::clone(&cache));
        async move {
            provider
                .refresh(&cache)
                .await
                .expect("a value is returned")
                .value
        }
    };
    let mut callers = tokio::task::JoinSet::new();
    callers.spawn(refresh());
    tokio::time::sleep(Duration::from_millis(5)).await;
    // The first fetch began before these calls, so they do not share it.
    for _ in 0..1000 {
        callers.spawn(refresh());
    }
    let values = callers.join_all().await;
    assert_eq!(values.iter().filter(|value| **value == 1).count(), 1);
    assert_eq!(values.iter().filter(|value| **value == 2).count(), 1000);
}

#[tokio::test(start_paused = true)]
async fn fetch_that_never_ends_times_out_and_releases_the_lock() {
    let cache = cache();
    let caller = cache.get(never(), std::future::pending);
    let _ = timeout(seconds(1), caller).await;
    let provider = Provider::default();
    let error = provider.get(&cache).await.expect_err("the fetch times out");
    assert!(
        matches!(&error, Error::Transport(error) if error.is_timeout()),
        "{error:?}"
    );
    assert!(error.is_retryable());
    assert_eq!(error.operation(), Some(KEYS));
    advance(MIN_PAUSE).await;
    assert_eq!(provider.value(&cache).await, 1);
}

#[test]
fn fetch_on_an_idle_runtime_does_not_block_another_runtime() {
    let runtime = || {
        let builder = &mut tokio::runtime::Builder::new_current_thread();
        builder
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime can be built")
    };
    let cache = cache();
    let idle = runtime();
    idle.block_on(async {
        let _ = timeout(seconds(1), cache.get(never(), std::future::pending)).await;
    });
    // The clock of the idle runtime stands still, so its fetch never times out.
    let provider = Provider::default();
    let value = runtime().block_on(async { provider.value(&cache).await });
    assert_eq!(value, 1);
    drop(idle);
}

#[test]
fn fetch_on_a_stopped_runtime_is_an_error() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be built");
    let handle = runtime.handle().clone();
    runtime.shutdown_background();
    let cache = cache();
    let outcome = handle.block_on(cache.get(never(), std::future::pending));
    assert!(matches!(outcome.err(), Some(Error::Transport(_))));
}

#[tokio::test(start_paused = true)]
async fn longest_durations_mean_forever() {
    let policy = CachePolicy::new()
        .min_ttl(Duration::MAX)
        .max_ttl(Duration::MAX)
        .default_ttl(Duration::MAX)
        .stale_if_error(Duration::MAX)
        .unknown_key_cool_down(Duration::MAX);
    let (provider, cache) = (Provider::default(), cache_with(policy));
    let generation = provider.generation(&cache).await;
    let newer = provider
        .newer(&cache, generation, Asker::Anybody)
        .await
        .expect("no error");
    let generation = newer
        .expect("the first fetch for an unknown key is permitted")
        .generation;
    advance(seconds(365 * 24 * 60 * 60)).await;
    assert_eq!(provider.value(&cache).await, 2);
    let newer = provider
        .newer(&cache, generation, Asker::Anybody)
        .await
        .expect("no error");
    assert!(newer.is_none());
    assert_eq!(provider.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn old_failure_does_not_make_a_recovered_provider_unavailable() {
    let (provider, cache) = (Provider::with_cache_control("max-age=3600"), cache());
    provider.get(&cache).await.expect("a value is returned");
    provider.set_error(Some(unavailable()));
    advance(seconds(2900)).await;
    provider
        .get(&cache)
        .await
        .expect("the value is fresh, although its refresh fails");
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(provider.requests(), 2);
    provider.set_error(None);
    advance(seconds(4000)).await;
    let hit = provider.get(&cache).await.expect("a value is returned");
    assert!(hit.staleness.is_none());
    assert_eq!(hit.value, 3);
}

#[tokio::test(start_paused = true)]
async fn failed_validation_in_the_background_keeps_the_value_until_it_expires() {
    let (provider, cache) = (Provider::with_cache_control("max-age=600"), cache());
    provider.get(&cache).await.expect("a value is returned");
    provider.set_error(Some(unusable_response()));
    advance(seconds(500)).await;
    provider.get(&cache).await.expect("the value is fresh");
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(provider.value(&cache).await, 1);
    advance(seconds(100)).await;
    assert!(provider.get(&cache).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn hanging_provider_does_not_block_callers_that_have_a_stale_value() {
    let (provider, cache) = (Provider::with_cache_control("max-age=60"), cache());
    provider.get(&cache).await.expect("a value is returned");
    advance(seconds(61)).await;
    let started = Instant::now();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let cache = Arc::clone(&cache);
        callers.spawn(async move {
            cache
                .get(never(), std::future::pending)
                .await
                .expect("a stale value is served")
        });
    }
    for hit in callers.join_all().await {
        assert_eq!(hit.value, 1);
        let staleness = hit.staleness.expect("the value is marked as stale");
        assert!(matches!(staleness.error(), Error::Transport(error) if error.is_timeout()));
    }
    assert!(started.elapsed() < seconds(2));
    // Once the outage is known, callers do not wait.
    advance(FETCH_TIMEOUT).await;
    let started = Instant::now();
    provider.get(&cache).await.expect("a stale value is served");
    assert_eq!(started.elapsed(), Duration::ZERO);
}
