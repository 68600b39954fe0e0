//! The store in memory.

use super::support::{key, loaded, saved};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::RegistrationStore as _;

#[tokio::test]
async fn clones_share_their_entries_and_other_stores_do_not() {
    let store = MemoryStore::new();
    let version = saved(&store.clone(), &key("app"), "1").await;
    assert_eq!(loaded(&store, &key("app")).await.version, version);

    let other = MemoryStore::default();
    assert_eq!(other.load(&key("app")).await.expect("load"), None);
    saved(&other, &key("app"), "2").await;
}
