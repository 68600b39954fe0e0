//! Something unknown causes a fetch, but not too often.

use super::*;

#[tokio::test(start_paused = true)]
async fn unknown_key_causes_one_fetch_per_cool_down() {
    let (provider, cache) = (Provider::with_cache_control("max-age=600"), cache());
    let generation = provider.generation(&cache).await;
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let (provider, cache) = (provider.clone(), Arc::clone(&cache));
        callers.spawn(async move {
            let newer = provider.newer(&cache, generation, Asker::Anybody).await;
            newer.expect("the fetch succeeds").map(|hit| hit.value)
        });
    }
    // All callers with the old value get the newer one, from one request.
    assert!(
        callers
            .join_all()
            .await
            .iter()
            .all(|value| *value == Some(2))
    );
    assert_eq!(provider.requests(), 2);
    for _ in 0..1000 {
        assert!(
            provider
                .newer(&cache, generation + 1, Asker::Anybody)
                .await
                .expect("no error")
                .is_none()
        );
    }
    assert_eq!(provider.requests(), 2);
    advance(seconds(10)).await;
    assert!(
        provider
            .newer(&cache, generation + 1, Asker::Anybody)
            .await
            .expect("no error")
            .is_some()
    );
    assert_eq!(provider.requests(), 3);
}

#[tokio::test(start_paused = true)]
async fn unknown_key_during_an_outage_gives_the_error_of_the_outage() {
    let (provider, cache) = (Provider::with_cache_control("max-age=600"), cache());
    let generation = provider.generation(&cache).await;
    provider.set_error(Some(unavailable()));
    for _ in 0..100 {
        let outcome = provider.newer(&cache, generation, Asker::Anybody).await;
        assert!(outcome.is_err(), "the provider is unavailable");
        advance(Duration::from_millis(50)).await;
    }
    // Five seconds have passed, within one cool-down of ten.
    assert_eq!(provider.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn newer_value_that_has_expired_is_refetched() {
    let (provider, cache) = (Provider::with_cache_control("max-age=60"), cache());
    let generation = provider.generation(&cache).await;
    provider.refresh(&cache).await.expect("a value is returned");
    advance(seconds(7200)).await;
    let newer = provider
        .newer(&cache, generation, Asker::Anybody)
        .await
        .expect("no error");
    assert_eq!(newer.expect("the newer value is returned").value, 3);
}

#[tokio::test(start_paused = true)]
async fn cool_down_of_unauthenticated_callers_is_separate_from_the_providers() {
    let (provider, cache) = (Provider::with_cache_control("max-age=600"), cache());
    let generation = provider.generation(&cache).await;
    let unauthenticated = provider
        .newer(&cache, generation, Asker::Anybody)
        .await
        .expect("no error");
    let generation = unauthenticated
        .expect("the first fetch for an unknown key is permitted")
        .generation;
    assert!(
        provider
            .newer(&cache, generation, Asker::Anybody)
            .await
            .expect("no error")
            .is_none()
    );
    let own = provider.newer(&cache, generation, Asker::Provider).await;
    let own = own
        .expect("no error")
        .expect("the provider has its own cool-down");
    assert_eq!(own.value, 3);
    let own = provider.newer(&cache, own.generation, Asker::Provider);
    assert!(own.await.expect("no error").is_none());
}
