//! NUL characters, which a store may refuse: those of this crate store them.

use super::encryption::with_two_keys;
use super::support::{file_store, key, loaded};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{Content, RegistrationStore, StoreKey};

async fn check_stored(store: &impl RegistrationStore) {
    let content = Content::new("before\0after");
    for key in [
        key("a\0b"),
        key("\0"),
        StoreKey::new("https://ory.example\0", "a"),
    ] {
        let saved = store.save(&key, None, &content).await;
        let version = saved.expect("there was no entry");
        let entry = loaded(store, &key).await;
        assert_eq!((entry.version, &entry.content), (version, &content));
    }
    assert_eq!(store.load(&key("a")).await.expect("load"), None);
}

#[tokio::test]
async fn nul_characters_are_stored_in_memory() {
    check_stored(&MemoryStore::new()).await;
}

#[tokio::test]
async fn nul_characters_are_stored_in_files() {
    let (_home, store) = file_store();
    check_stored(&store).await;
}

#[tokio::test]
async fn nul_characters_are_stored_encrypted() {
    check_stored(&with_two_keys(MemoryStore::new())).await;
}
