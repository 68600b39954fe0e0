use super::*;
use crate::{Operation, ServerError, ValidationError};
use reqwest::StatusCode;
use reqwest::header::HeaderValue;
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

    async fn newer(&self, cache: &Arc<Cache<u64>>, generation: u64) -> Option<Hit<u64>> {
        cache.newer_than(generation, || self.clone().answer()).await
    }
}

/// 503, as a gateway answers for a server that is down.
fn away() -> Error {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    Error::Server(Box::new(ServerError::bare(Operation::Discover, status)))
}

#[tokio::test(start_paused = true)]
async fn a_crowd_asks_once() {
    let (provider, cache) = (
        Provider::saying("max-age=600"),
        Cache::new(CachePolicy::new()),
    );
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
    let (provider, cache) = (Provider::default(), Cache::new(CachePolicy::new()));
    provider.fail(Some(away()));
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (provider, cache) = (provider.clone(), Arc::clone(&cache));
        crowd.spawn(async move { provider.get(&cache).await.is_err() });
    }
    assert!(crowd.join_all().await.into_iter().all(|failed| failed));
    assert_eq!(provider.asked(), 1);
    provider.fail(None);
    advance(PAUSE).await;
    assert_eq!(provider.get(&cache).await.expect("a value").value, 2);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_ends_even_if_its_caller_goes_away() {
    let (provider, cache) = (Provider::default(), Cache::new(CachePolicy::new()));
    for _ in 0..5 {
        let impatient = tokio::time::timeout(Duration::from_millis(1), provider.get(&cache));
        let _ = impatient.await;
    }
    assert_eq!(provider.get(&cache).await.expect("a value").value, 1);
    assert_eq!(provider.asked(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_fresh_is_not_asked_for_and_what_expires_is() {
    let (provider, cache) = (
        Provider::saying("max-age=600"),
        Cache::new(CachePolicy::new()),
    );
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
    let (provider, cache) = (
        Provider::saying("max-age=600"),
        Cache::new(CachePolicy::new()),
    );
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
    let (provider, cache) = (
        Provider::saying("max-age=600"),
        Cache::new(CachePolicy::new()),
    );
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
    let (provider, cache) = (
        Provider::saying("max-age=60"),
        Cache::new(CachePolicy::new()),
    );
    provider.get(&cache).await.expect("a value");
    provider.fail(Some(away()));
    advance(seconds(61)).await;
    for _ in 0..100 {
        provider.get(&cache).await.expect("the old value");
    }
    assert_eq!(provider.asked(), 2);
    advance(PAUSE).await;
    for _ in 0..100 {
        provider.get(&cache).await.expect("the old value");
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(provider.asked(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_became_another_gets_no_old_value_served() {
    let (provider, cache) = (
        Provider::saying("max-age=60"),
        Cache::new(CachePolicy::new()),
    );
    provider.get(&cache).await.expect("a value");
    provider.fail(Some(ValidationError::SubjectMissing.into()));
    advance(seconds(61)).await;
    assert!(provider.get(&cache).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn something_unknown_is_looked_for_once_in_a_cool_down() {
    let (provider, cache) = (
        Provider::saying("max-age=600"),
        Cache::new(CachePolicy::new()),
    );
    let generation = provider.get(&cache).await.expect("a value").generation;
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (provider, cache) = (provider.clone(), Arc::clone(&cache));
        crowd.spawn(async move {
            let newer = provider.newer(&cache, generation).await;
            newer.map(|hit| hit.value)
        });
    }
    // All who knew the old value are served the newer one, by one request.
    assert!(crowd.join_all().await.iter().all(|value| *value == Some(2)));
    assert_eq!(provider.asked(), 2);
    for _ in 0..1000 {
        assert!(provider.newer(&cache, generation + 1).await.is_none());
    }
    assert_eq!(provider.asked(), 2);
    advance(seconds(10)).await;
    assert!(provider.newer(&cache, generation + 1).await.is_some());
    assert_eq!(provider.asked(), 3);
}

#[test]
fn the_lifetime_is_what_the_provider_says_within_bounds() {
    let policy = CachePolicy::new();
    for (cache_control, age, expected) in [
        (None, None, 600),
        (Some("public"), None, 600),
        (Some("max-age=300"), None, 300),
        (
            Some("public, Max-Age=300, must-revalidate"),
            Some("100"),
            200,
        ),
        (Some("max-age=\"300\""), None, 300),
        (Some("max-age=300, max-age=200"), None, 200),
        (Some("max-age=300"), Some("299"), 60),
        (Some("max-age=300"), Some("301"), 60),
        (Some("max-age=300"), Some("-1"), 300),
        (Some("max-age=86400"), None, 3600),
        (Some("max-age=99999999999999999999999"), None, 3600),
        (Some("max-age=1"), None, 60),
        (Some("max-age=-1"), None, 60),
        (Some("max-age"), None, 60),
        (Some("max-age=soon"), None, 60),
        (
            Some("private, no-cache, no-store, must-revalidate"),
            None,
            60,
        ),
        (Some("no-cache=\"set-cookie\", max-age=300"), None, 300),
        (Some("s-maxage=300"), None, 600),
        (Some("=, ,;"), Some(""), 600),
    ] {
        let mut headers = HeaderMap::new();
        if let Some(value) = cache_control {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static(value));
        }
        if let Some(value) = age {
            headers.insert(AGE, HeaderValue::from_static(value));
        }
        let lifetime = policy.lifetime(&headers).as_secs();
        assert_eq!(lifetime, expected, "{cache_control:?} {age:?}");
    }
}
