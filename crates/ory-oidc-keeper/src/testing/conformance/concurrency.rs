//! Writers at the same time.

use crate::store::{Content, RegistrationStore, StoreError};
use crate::testing::calls::{key, load, save};
use crate::testing::fixture::StoreFixture;
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Of many writers that save the first entry at once, exactly one succeeds; the others get a
/// conflict.
///
/// Whoever saves first registers the client. Two winners would register two.
pub async fn one_of_many_first_saves_wins<F: StoreFixture>(fixture: &F) {
    const WRITERS: usize = 20;
    let handles = [fixture.open().await, fixture.open().await].map(Arc::new);
    let start = Arc::new(Barrier::new(WRITERS));
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let store = Arc::clone(&handles[number % handles.len()]);
        let start = Arc::clone(&start);
        writers.spawn(async move {
            start.wait().await;
            let content = Content::new(number.to_string());
            (number, store.save(&key("app"), None, &content).await)
        });
    }
    let mut winners = Vec::new();
    for (number, saved) in writers.join_all().await {
        match saved {
            Ok(version) => winners.push((version, number.to_string())),
            Err(StoreError::Conflict) => {}
            Err(error) => panic!("a concurrent save must succeed or conflict: {error:?}"),
        }
    }
    let entry = load(&handles[0], &key("app"))
        .await
        .expect("one save succeeded");
    let stored = (entry.version, entry.content.expose().to_owned());
    assert_eq!(
        winners,
        [stored],
        "exactly one save must succeed and be stored"
    );
}

/// Writers that add to a number at the same time lose no addition, over several handles.
///
/// The comparison and the write of a save must be one atomic step. Otherwise two keepers update the
/// same registration, and the store holds a registration access token that the server has replaced.
pub async fn concurrent_updates_are_not_lost<F: StoreFixture>(fixture: &F) {
    const WRITERS: usize = 8;
    const ADDITIONS: usize = 50;
    let handles = [fixture.open().await, fixture.open().await].map(Arc::new);
    save(&handles[0], &key("counter"), None, "0").await;
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let store = Arc::clone(&handles[number % handles.len()]);
        writers.spawn(async move { add(&store, ADDITIONS).await });
    }
    writers.join_all().await;
    let entry = load(&handles[0], &key("counter"))
        .await
        .expect("it was saved");
    assert_eq!(
        entry.content.expose(),
        (WRITERS * ADDITIONS).to_string(),
        "additions were lost"
    );
}

async fn add(store: &impl RegistrationStore, times: usize) {
    let key = key("counter");
    let mut done = 0;
    while done < times {
        let entry = load(store, &key).await.expect("it was saved");
        let number: usize = entry.content.expose().parse().expect("a number was saved");
        let next = Content::new((number + 1).to_string());
        match store.save(&key, Some(entry.version), &next).await {
            Ok(_) => done += 1,
            Err(StoreError::Conflict) => {}
            Err(error) => panic!("a concurrent save must succeed or conflict: {error:?}"),
        }
    }
}
