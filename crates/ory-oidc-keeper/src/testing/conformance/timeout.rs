//! How long a call may take.

use crate::store::{Content, ListQuery, RegistrationStore, StoreFuture};
use crate::testing::calls::key;
use crate::testing::fixture::StoreFixture;
use std::time::Duration;

/// Each call ends within the [timeout](RegistrationStore::timeout), which all handles agree on.
///
/// A keeper derives its lease from it. If a save took longer, another process could take over a change
/// that is still being saved.
pub async fn calls_end_within_the_timeout(fixture: &impl StoreFixture) {
    let (store, other) = (fixture.open().await, fixture.open().await);
    assert_eq!(
        store.timeout(),
        other.timeout(),
        "all handles must have the same timeout"
    );
    let Some(limit) = store.timeout() else { return };
    let (key, content) = (key("app"), Content::new("1"));
    let query = ListQuery::new(key.issuer());
    let version = in_time(limit, "save", store.save(&key, None, &content)).await;
    in_time(limit, "load", store.load(&key)).await;
    in_time(limit, "list", store.list(&query)).await;
    in_time(limit, "clear", store.clear(&key, version)).await;
}

async fn in_time<T>(limit: Duration, call: &str, future: StoreFuture<'_, T>) -> T {
    let Ok(outcome) = tokio::time::timeout(limit, future).await else {
        panic!("{call} takes longer than the timeout of the store, {limit:?}")
    };
    outcome.unwrap_or_else(|error| panic!("{call} failed: {error:?}"))
}
