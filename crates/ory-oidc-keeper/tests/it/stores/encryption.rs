//! Entries that another store holds encrypted.

use super::support::{SECRET, check_conflict, check_damaged, content, key, loaded, refusal, saved};
use ory_oidc_keeper::encrypted::EncryptedStore;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{Content, RegistrationStore, StoreError, StoreKey, Version};

const ONE: [u8; 32] = [1; 32];
const OTHER: [u8; 32] = [2; 32];

/// The store of the conformance suite: with a current key and a previous one.
pub(super) fn with_two_keys<S: RegistrationStore>(inner: S) -> EncryptedStore<S> {
    EncryptedStore::builder(inner, &ONE)
        .previous_key(&OTHER)
        .build()
}

/// Saves a text under a key of the inner store.
async fn put(inner: &MemoryStore, key: &StoreKey, text: &str) -> Version {
    let before = inner.load(key).await.expect("load");
    let version = before.map(|entry| entry.version);
    let saved = inner.save(key, version, &Content::new(text)).await;
    saved.expect("nobody else saves")
}

/// The entry is refused, and the inner store keeps it unchanged.
async fn check_refused(
    store: &EncryptedStore<MemoryStore>,
    inner: &MemoryStore,
    key: &StoreKey,
    reason: &str,
) {
    let before = loaded(inner, key).await;
    let error = refusal(store, key, before.version).await;
    check_damaged(&error, "\"https://ory.example\"", reason);
    assert_eq!(loaded(inner, key).await, before);
}

#[tokio::test]
async fn the_inner_store_gets_only_base64url_of_nonce_and_ciphertext() {
    let inner = MemoryStore::new();
    saved(&EncryptedStore::new(inner.clone(), &ONE), &key("app"), "1").await;
    let stored = loaded(&inner, &key("app")).await.content;
    let encrypted = stored.expose().strip_prefix("v1.").expect("the prefix");
    let (nonce_and_tag, text) = (24 + 16, content("1").expose().len());
    assert_eq!(encrypted.len(), ((nonce_and_tag + text) * 4).div_ceil(3));
    let base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(encrypted.chars().all(base64url), "{encrypted}");
}

#[tokio::test]
async fn the_same_text_is_encrypted_differently_each_time() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    let version = saved(&store, &key("app"), "1").await;
    let first = loaded(&inner, &key("app")).await.content;
    let again = store.save(&key("app"), Some(version), &content("1")).await;
    again.expect("the version is current");
    assert_ne!(loaded(&inner, &key("app")).await.content, first);
}

#[tokio::test]
async fn an_entry_encrypted_with_another_key_is_damaged_and_left_unchanged() {
    let inner = MemoryStore::new();
    saved(&EncryptedStore::new(inner.clone(), &ONE), &key("app"), "1").await;
    let store = EncryptedStore::new(inner.clone(), &OTHER);
    check_refused(&store, &inner, &key("app"), "no key decrypts it").await;
    let store = EncryptedStore::builder(inner.clone(), &OTHER).previous_key(&[3; 32]);
    check_refused(&store.build(), &inner, &key("app"), "no key decrypts it").await;
}

#[tokio::test]
async fn an_entry_changed_or_truncated_at_any_character_is_damaged_and_left_unchanged() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    saved(&store, &key("app"), "1").await;
    let stored = loaded(&inner, &key("app")).await.content;
    let text = stored.expose();
    for at in 0..text.len() {
        let changed = if &text[at..=at] == "A" { "B" } else { "A" };
        let other = [&text[..at], changed, &text[at + 1..]].concat();
        put(&inner, &key("app"), &other).await;
        check_refused(&store, &inner, &key("app"), "it").await;
        put(&inner, &key("app"), &text[..at]).await;
        check_refused(&store, &inner, &key("app"), "it").await;
    }
    put(&inner, &key("app"), &format!("{text}A")).await;
    check_refused(&store, &inner, &key("app"), "it").await;
    put(&inner, &key("app"), text).await;
    assert_eq!(loaded(&store, &key("app")).await.content, content("1"));
}

#[tokio::test]
async fn an_entry_moved_to_another_key_cannot_be_decrypted() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    let from = StoreKey::new("https://ory.example", "app");
    saved(&store, &from, "1").await;
    let stored = loaded(&inner, &from).await.content;
    // The last one has the same issuer and name when the two are concatenated.
    for (issuer, name) in [
        ("https://ory.example", "other"),
        ("https://ory.example/", "app"),
        ("https://ory.exampl", "eapp"),
    ] {
        let to = StoreKey::new(issuer, name);
        let version = put(&inner, &to, stored.expose()).await;
        let error = refusal(&store, &to, version).await;
        check_damaged(&error, name, "moved from another entry");
    }
}

#[tokio::test]
async fn an_unencrypted_entry_is_damaged_and_left_unchanged() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    let unencrypted = content("1");
    for (text, reason) in [
        (unencrypted.expose(), "not encrypted"),
        ("", "not encrypted"),
        ("v2.AAAA", "not encrypted"),
        ("v1.", "truncated"),
        ("v1.AAAA", "truncated"),
        ("v1.====", "not base64url"),
        (&format!("v1.{SECRET}é"), "not base64url"),
    ] {
        put(&inner, &key("app"), text).await;
        check_refused(&store, &inner, &key("app"), reason).await;
    }
}

#[tokio::test]
async fn a_save_replaces_a_previous_key_by_the_current_one() {
    let inner = MemoryStore::new();
    let old = EncryptedStore::new(inner.clone(), &ONE);
    let new = EncryptedStore::new(inner.clone(), &OTHER);
    let version = saved(&old, &key("app"), "1").await;

    let both = EncryptedStore::builder(inner.clone(), &OTHER)
        .previous_key(&[3; 32])
        .previous_key(&ONE)
        .build();
    let entry = loaded(&both, &key("app")).await;
    assert_eq!((entry.version, entry.content), (version, content("1")));
    let saved = both.save(&key("app"), Some(version), &content("2")).await;
    saved.expect("the version is current");
    assert_eq!(loaded(&new, &key("app")).await.content, content("2"));
    check_refused(&old, &inner, &key("app"), "no key decrypts it").await;
}

#[tokio::test]
async fn two_encrypted_stores_share_one_inner_store() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    let other = store.clone();
    let version = saved(&store, &key("app"), "1").await;
    let second = other.save(&key("app"), Some(version), &content("2")).await;
    second.expect("the version is current");
    check_conflict(store.save(&key("app"), Some(version), &content("3")).await);
    assert_eq!(loaded(&store, &key("app")).await.content, content("2"));
}

#[test]
fn debug_shows_no_key() {
    let builder =
        || EncryptedStore::builder(MemoryStore::new(), &[201; 32]).previous_key(&[202; 32]);
    let store = builder().build();
    let shown = format!("{store:?} {store:#?} {:?} {:#?}", builder(), builder());
    assert!(shown.contains("EncryptedStore"), "{shown}");
    for byte in ["201", "202", "c9", "ca", "C9", "CA"] {
        assert!(!shown.contains(byte), "{shown}");
    }
}

#[tokio::test]
async fn an_error_shows_no_control_characters_of_a_name_and_is_bounded() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    let odd = StoreKey::new("https://ory.example", "\u{1b}[31m\n".repeat(1_000));
    put(&inner, &odd, "").await;
    let error = store.load(&odd).await.expect_err("it is not encrypted");
    let shown = error.to_string();
    assert!(matches!(error, StoreError::Damaged { .. }));
    assert!(!shown.contains(char::is_control) && shown.len() < 1_000);
}
