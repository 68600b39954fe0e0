//! The store in memory.

use super::support::{key, loaded, saved};
use ory_oidc::MemoryStore;

#[tokio::test]
async fn a_clone_shares_the_entries_and_another_store_does_not() {
    let store = MemoryStore::new();
    let version = saved(&store.clone(), &key("app"), "1").await;
    assert_eq!(loaded(&store, &key("app")).await.version, version);

    let other = MemoryStore::default();
    saved(&other, &key("app"), "2").await;
}
