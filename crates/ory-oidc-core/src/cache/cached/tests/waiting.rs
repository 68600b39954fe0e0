//! A caller waits until its own deadline, and the fetch goes on for the others.

use super::*;

/// A deadline before the provider responds.
fn soon() -> Deadline {
    Deadline::after(Duration::from_millis(1))
}

fn is_timeout<T>(outcome: Result<T, Error>) -> bool {
    matches!(outcome.err(), Some(Error::Transport(error)) if error.is_timeout())
}

#[tokio::test(start_paused = true)]
async fn impatient_caller_fails_alone() {
    for until in [soon(), Deadline::after(Duration::ZERO)] {
        let (provider, cache) = (Provider::default(), cache());
        let first = provider.clone();
        let impatient = cache.get(until, || first.respond());
        let (impatient, patient) = tokio::join!(impatient, provider.get(&cache));
        assert!(is_timeout(impatient));
        assert_eq!(patient.expect("a value is returned").value, 1);
        assert_eq!(provider.value(&cache).await, 1);
        assert_eq!(provider.requests(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn impatient_caller_that_waits_for_another_ones_fetch_fails_alone() {
    let (provider, cache) = (Provider::default(), cache());
    let second = provider.clone();
    let impatient = cache.get(soon(), || second.respond());
    let (patient, impatient) = tokio::join!(provider.get(&cache), impatient);
    assert!(is_timeout(impatient));
    assert_eq!(patient.expect("a value is returned").value, 1);
    assert_eq!(provider.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn impatient_refresh_completes_for_the_next_caller() {
    let (provider, cache) = (Provider::with_cache_control("max-age=600"), cache());
    provider.get(&cache).await.expect("a value is returned");
    let first = provider.clone();
    assert!(is_timeout(cache.refresh(soon(), || first.respond()).await));
    tokio::time::sleep(seconds(1)).await;
    assert_eq!(provider.value(&cache).await, 2);
    assert_eq!(provider.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn impatient_fetch_for_an_unknown_key_completes_for_the_next_caller() {
    let (provider, cache) = (Provider::with_cache_control("max-age=600"), cache());
    let generation = provider.generation(&cache).await;
    let first = provider.clone();
    let newer = cache.newer_than(generation, Asker::Anybody, soon(), || first.respond());
    assert!(is_timeout(newer.await));
    let newer = provider.newer(&cache, generation, Asker::Anybody).await;
    let newer = newer.expect("no error").expect("the keys are newer");
    assert_eq!(newer.value, 2);
    assert_eq!(provider.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn impatient_caller_gets_a_stale_value() {
    let (provider, cache) = (Provider::with_cache_control("max-age=60"), cache());
    provider.get(&cache).await.expect("a value is returned");
    advance(seconds(61)).await;
    let first = provider.clone();
    let stale = cache.get(soon(), || first.respond()).await;
    let stale = stale.expect("a stale value is returned");
    assert_eq!(stale.value, 1);
    assert!(stale.staleness.is_some());
    assert_eq!(provider.value(&cache).await, 2);
}
