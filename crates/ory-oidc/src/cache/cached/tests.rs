use super::*;
use crate::operation::{DISCOVER, KEYS};
use crate::registration::RegistrationError;
use bytes::Bytes;
use ory_oidc_core::error::ServerError;
use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, HeaderValue};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::advance;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A provider that counts how often it is asked.
#[derive(Clone, Default)]
struct Provider {
    asked: Arc<AtomicU64>,
    trouble: Arc<Mutex<Option<Error>>>,
    says: Arc<Mutex<String>>,
}

impl Provider {
    fn saying(cache_control: &str) -> Self {
        let provider = Self::default();
        cache_control.clone_into(&mut provider.says.lock().expect("nobody panicked"));
        provider
    }

    fn fail(&self, error: Option<Error>) {
        *self.trouble.lock().expect("nobody panicked") = error;
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }

    async fn answer(self) -> Result<Fetched<u64>, Error> {
        let value = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
        if let Some(error) = self.trouble.lock().expect("nobody panicked").clone() {
            return Err(error);
        }
        let mut headers = HeaderMap::new();
        let says = self.says.lock().expect("nobody panicked").clone();
        if !says.is_empty() {
            let says = HeaderValue::try_from(says).expect("it is a header");
            headers.insert(CACHE_CONTROL, says);
        }
        Ok(Fetched { value, headers })
    }

    async fn get(&self, cache: &Arc<Cache<u64>>) -> Result<Hit<u64>, Error> {
        cache.get(|| self.clone().answer()).await
    }

    async fn refresh(&self, cache: &Arc<Cache<u64>>) -> Result<Hit<u64>, Error> {
        cache.refresh(|| self.clone().answer()).await
    }

    async fn newer(
        &self,
        cache: &Arc<Cache<u64>>,
        generation: u64,
    ) -> Result<Option<Hit<u64>>, Error> {
        cache
            .newer_than(generation, Asker::Anybody, || self.clone().answer())
            .await
    }
}

fn cache() -> Arc<Cache<u64>> {
    with(CachePolicy::new())
}

fn with(policy: CachePolicy) -> Arc<Cache<u64>> {
    Cache::new(KEYS, policy)
}

/// 503, as a gateway answers for a server that is down.
fn away() -> Error {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    ServerError::new(DISCOVER, status, HeaderMap::new(), Bytes::new()).into()
}

#[tokio::test(start_paused = true)]
async fn a_crowd_asks_once() {
    let (provider, cache) = (Provider::saying("max-age=600"), cache());
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (provider, cache) = (provider.clone(), Arc::clone(&cache));
        crowd.spawn(async move { provider.get(&cache).await.expect("a value").value });
    }
    assert!(crowd.join_all().await.iter().all(|value| *value == 1));
    assert_eq!(provider.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_crowd_that_meets_a_failure_shares_it() {
    let (provider, cache) = (Provider::default(), cache());
    provider.fail(Some(away()));
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (provider, cache) = (provider.clone(), Arc::clone(&cache));
        crowd.spawn(async move { provider.get(&cache).await.is_err() });
    }
    assert!(crowd.join_all().await.into_iter().all(|failed| failed));
    assert_eq!(provider.asked(), 1);
    provider.fail(None);
    advance(MIN_PAUSE).await;
    assert_eq!(provider.get(&cache).await.expect("a value").value, 2);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_ends_even_if_its_caller_goes_away() {
    let (provider, cache) = (Provider::default(), cache());
    for _ in 0..5 {
        let impatient = tokio::time::timeout(Duration::from_millis(1), provider.get(&cache));
        let _ = impatient.await;
    }
    assert_eq!(provider.get(&cache).await.expect("a value").value, 1);
    assert_eq!(provider.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_fresh_is_not_asked_for_and_what_expires_is() {
    let (provider, cache) = (Provider::saying("max-age=600"), cache());
    provider.get(&cache).await.expect("a value");
    advance(seconds(470)).await;
    assert_eq!(provider.get(&cache).await.expect("a value").value, 1);
    assert_eq!(provider.asked(), 1);
    advance(seconds(140)).await;
    let hit = provider.get(&cache).await.expect("a value");
    assert_eq!(hit.value, 2);
    assert!(hit.staleness.is_none());
}

#[tokio::test(start_paused = true)]
async fn before_it_expires_it_is_fetched_while_nobody_waits() {
    let (provider, cache) = (Provider::saying("max-age=600"), cache());
    provider.get(&cache).await.expect("a value");
    advance(seconds(500)).await;
    for _ in 0..10 {
        assert_eq!(provider.get(&cache).await.expect("a value").value, 1);
    }
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(provider.get(&cache).await.expect("a value").value, 2);
    assert_eq!(provider.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn while_the_provider_is_away_the_old_value_is_served_for_a_while_and_said_to_be_old() {
    let (provider, cache) = (Provider::saying("max-age=600"), cache());
    provider.get(&cache).await.expect("a value");
    provider.fail(Some(away()));
    advance(seconds(700)).await;
    // The first one finds out; it gets the error only if there is nothing to serve.
    let hit = provider.get(&cache).await.expect("the old value");
    let staleness = hit.staleness.expect("it says so");
    assert_eq!(staleness.expired_for().as_secs(), 100);
    assert_eq!(
        staleness.error().status(),
        Some(StatusCode::SERVICE_UNAVAILABLE)
    );
    advance(seconds(3600)).await;
    assert!(provider.get(&cache).await.is_err(), "it is too old now");
    provider.fail(None);
    advance(seconds(2)).await;
    assert!(
        provider
            .get(&cache)
            .await
            .expect("a value")
            .staleness
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn while_the_provider_is_away_it_is_asked_once_in_a_pause() {
    let (provider, cache) = (Provider::saying("max-age=60"), cache());
    provider.get(&cache).await.expect("a value");
    provider.fail(Some(away()));
    advance(seconds(61)).await;
    for _ in 0..100 {
        provider.get(&cache).await.expect("the old value");
    }
    assert_eq!(provider.asked(), 2);
    advance(MIN_PAUSE).await;
    for _ in 0..100 {
        provider.get(&cache).await.expect("the old value");
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(provider.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_became_another_gets_no_old_value_served() {
    let (provider, cache) = (Provider::saying("max-age=60"), cache());
    provider.get(&cache).await.expect("a value");
    provider.fail(Some(RegistrationError::ClientIdMissing.into()));
    advance(seconds(61)).await;
    assert!(provider.get(&cache).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn something_unknown_is_looked_for_once_in_a_cool_down() {
    let (provider, cache) = (Provider::saying("max-age=600"), cache());
    let generation = provider.get(&cache).await.expect("a value").generation;
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (provider, cache) = (provider.clone(), Arc::clone(&cache));
        crowd.spawn(async move {
            let newer = provider.newer(&cache, generation).await;
            newer.expect("it can be asked").map(|hit| hit.value)
        });
    }
    // All who knew the old value are served the newer one, by one request.
    assert!(crowd.join_all().await.iter().all(|value| *value == Some(2)));
    assert_eq!(provider.asked(), 2);
    for _ in 0..1000 {
        assert!(
            provider
                .newer(&cache, generation + 1)
                .await
                .expect("no error")
                .is_none()
        );
    }
    assert_eq!(provider.asked(), 2);
    advance(seconds(10)).await;
    assert!(
        provider
            .newer(&cache, generation + 1)
            .await
            .expect("no error")
            .is_some()
    );
    assert_eq!(provider.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_crowd_asks_once_even_if_nothing_is_kept() {
    let provider = Provider::saying("no-store");
    let cache = with(CachePolicy::new().min_ttl(Duration::ZERO));
    for round in 1..=3 {
        let mut crowd = tokio::task::JoinSet::new();
        for _ in 0..1000 {
            let (provider, cache) = (provider.clone(), Arc::clone(&cache));
            crowd.spawn(async move { provider.get(&cache).await.expect("a value").value });
        }
        assert!(crowd.join_all().await.iter().all(|value| *value == round));
    }
    assert_eq!(provider.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn those_who_refresh_share_a_fetch_that_begins_after_they_asked() {
    let (provider, cache) = (Provider::default(), cache());
    let refresh = || {
        let (provider, cache) = (provider.clone(), Arc::clone(&cache));
        async move { provider.refresh(&cache).await.expect("a value").value }
    };
    let mut crowd = tokio::task::JoinSet::new();
    crowd.spawn(refresh());
    tokio::time::sleep(Duration::from_millis(5)).await;
    // The first fetch is under way: it began before these asked.
    for _ in 0..1000 {
        crowd.spawn(refresh());
    }
    let values = crowd.join_all().await;
    assert_eq!(values.iter().filter(|value| **value == 1).count(), 1);
    assert_eq!(values.iter().filter(|value| **value == 2).count(), 1000);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_that_never_ends_is_given_up_and_locks_nobody_out() {
    let cache = cache();
    let impatient = cache.get(std::future::pending);
    let _ = timeout(seconds(1), impatient).await;
    let provider = Provider::default();
    let error = provider.get(&cache).await.err().expect("it is given up");
    assert!(
        matches!(&error, Error::Transport(error) if error.is_timeout()),
        "{error:?}"
    );
    assert!(error.is_retryable());
    assert_eq!(error.operation(), Some(KEYS));
    advance(MIN_PAUSE).await;
    assert_eq!(provider.get(&cache).await.expect("a value").value, 1);
}

#[test]
fn a_fetch_left_behind_on_an_idle_runtime_does_not_starve_another() {
    let runtime = || {
        let builder = &mut tokio::runtime::Builder::new_current_thread();
        builder
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime")
    };
    let cache = cache();
    let idle = runtime();
    idle.block_on(async {
        let _ = timeout(seconds(1), cache.get(std::future::pending)).await;
    });
    // Its time stands still, so it never gives up; this one's does not.
    let provider = Provider::default();
    let value = runtime().block_on(async { provider.get(&cache).await.expect("a value").value });
    assert_eq!(value, 1);
    drop(idle);
}

#[test]
fn a_runtime_that_is_gone_is_an_error() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let handle = runtime.handle().clone();
    runtime.shutdown_background();
    let cache = cache();
    let outcome = handle.block_on(cache.get(std::future::pending));
    assert!(matches!(outcome.err(), Some(Error::Transport(_))));
}

#[tokio::test(start_paused = true)]
async fn settings_of_the_longest_duration_mean_for_ever() {
    let policy = CachePolicy::new()
        .min_ttl(Duration::MAX)
        .max_ttl(Duration::MAX)
        .default_ttl(Duration::MAX)
        .stale_if_error(Duration::MAX)
        .unknown_key_cool_down(Duration::MAX);
    let (provider, cache) = (Provider::default(), with(policy));
    let generation = provider.get(&cache).await.expect("a value").generation;
    let newer = provider.newer(&cache, generation).await.expect("no error");
    let generation = newer.expect("the first look").generation;
    advance(seconds(365 * 24 * 60 * 60)).await;
    assert_eq!(provider.get(&cache).await.expect("a value").value, 2);
    let newer = provider.newer(&cache, generation).await.expect("no error");
    assert!(newer.is_none());
    assert_eq!(provider.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_taken_for_something_unknown() {
    let (provider, cache) = (Provider::saying("max-age=600"), cache());
    let generation = provider.get(&cache).await.expect("a value").generation;
    provider.fail(Some(away()));
    for _ in 0..100 {
        let outcome = provider.newer(&cache, generation).await;
        assert!(outcome.is_err(), "it cannot be asked");
        advance(Duration::from_millis(50)).await;
    }
    // Five seconds, and one look in a cool-down of ten.
    assert_eq!(provider.asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_old_failure_does_not_make_a_provider_that_is_back_look_away() {
    let (provider, cache) = (Provider::saying("max-age=3600"), cache());
    provider.get(&cache).await.expect("a value");
    provider.fail(Some(away()));
    advance(seconds(2900)).await;
    provider
        .get(&cache)
        .await
        .expect("a value, refreshed in vain");
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(provider.asked(), 2);
    provider.fail(None);
    advance(seconds(4000)).await;
    let hit = provider.get(&cache).await.expect("a value");
    assert!(hit.staleness.is_none());
    assert_eq!(hit.value, 3);
}

#[tokio::test(start_paused = true)]
async fn a_newer_value_that_has_expired_is_fetched_anew() {
    let (provider, cache) = (Provider::saying("max-age=60"), cache());
    let generation = provider.get(&cache).await.expect("a value").generation;
    provider.refresh(&cache).await.expect("a value");
    advance(seconds(7200)).await;
    let newer = provider.newer(&cache, generation).await.expect("no error");
    assert_eq!(newer.expect("there is one").value, 3);
}

#[tokio::test(start_paused = true)]
async fn a_background_fetch_that_finds_another_provider_keeps_the_old_value_until_it_expires() {
    let (provider, cache) = (Provider::saying("max-age=600"), cache());
    provider.get(&cache).await.expect("a value");
    provider.fail(Some(RegistrationError::ClientIdMissing.into()));
    advance(seconds(500)).await;
    provider.get(&cache).await.expect("the old value");
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(provider.get(&cache).await.expect("the old value").value, 1);
    advance(seconds(100)).await;
    assert!(provider.get(&cache).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_holds_nobody_up_whom_an_old_value_serves() {
    let (provider, cache) = (Provider::saying("max-age=60"), cache());
    provider.get(&cache).await.expect("a value");
    advance(seconds(61)).await;
    let asked = Instant::now();
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let cache = Arc::clone(&cache);
        crowd.spawn(async move {
            cache
                .get(std::future::pending)
                .await
                .expect("the old value")
        });
    }
    for hit in crowd.join_all().await {
        assert_eq!(hit.value, 1);
        let staleness = hit.staleness.expect("it says so");
        assert!(matches!(staleness.error(), Error::Transport(error) if error.is_timeout()));
    }
    assert!(asked.elapsed() < seconds(2));
    // Once it is known to be away, nobody waits at all.
    advance(FETCH_TIMEOUT).await;
    let asked = Instant::now();
    provider.get(&cache).await.expect("the old value");
    assert_eq!(asked.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn strangers_do_not_use_up_the_look_that_the_providers_own_answers_have() {
    let (provider, cache) = (Provider::saying("max-age=600"), cache());
    let generation = provider.get(&cache).await.expect("a value").generation;
    let forged = provider.newer(&cache, generation).await.expect("no error");
    let generation = forged.expect("the strangers' look").generation;
    assert!(
        provider
            .newer(&cache, generation)
            .await
            .expect("no error")
            .is_none()
    );
    let own = cache.newer_than(generation, Asker::Provider, || provider.clone().answer());
    let own = own.await.expect("no error").expect("it is looked for");
    assert_eq!(own.value, 3);
    let own = cache.newer_than(own.generation, Asker::Provider, || {
        provider.clone().answer()
    });
    assert!(own.await.expect("no error").is_none());
}
