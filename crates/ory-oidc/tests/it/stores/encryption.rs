//! Entries that another store keeps sealed.

use super::support::{SECRET, check_conflict, check_damaged, content, key, loaded, refusal, saved};
use ory_oidc::{
    Content, EncryptedStore, MemoryStore, RegistrationStore as _, StoreError, StoreKey, Version,
};

const ONE: [u8; 32] = [1; 32];
const OTHER: [u8; 32] = [2; 32];

/// The store of the shared rules: with a key to write and one more to read.
pub(super) fn sealing<S: ory_oidc::RegistrationStore>(inner: S) -> EncryptedStore<S> {
    EncryptedStore::new(inner, &ONE).also_reads(&OTHER)
}

/// Puts a text under a key of the inner store.
async fn put(inner: &MemoryStore, key: &StoreKey, text: &str) -> Version {
    let before = inner.load(key).await.expect("memory");
    let version = before.map(|entry| entry.version);
    let put = inner.save(key, version, &Content::new(text)).await;
    put.expect("nobody else saves")
}

/// The entry is refused, and the inner store keeps it as it is.
async fn check_kept(
    store: &EncryptedStore<MemoryStore>,
    inner: &MemoryStore,
    key: &StoreKey,
    what: &str,
) {
    let before = loaded(inner, key).await;
    let error = refusal(store, key, before.version).await;
    check_damaged(&error, "\"https://ory.example\"", what);
    assert_eq!(loaded(inner, key).await, before);
}

#[tokio::test]
async fn the_inner_store_gets_nothing_that_can_be_read() {
    let inner = MemoryStore::new();
    saved(&EncryptedStore::new(inner.clone(), &ONE), &key("app"), "1").await;
    let sealed = loaded(&inner, &key("app")).await.content;
    let sealed = sealed.expose().strip_prefix("v1.").expect("the mark");
    let (nonce_and_tag, text) = (24 + 16, content("1").expose().len());
    assert_eq!(sealed.len(), ((nonce_and_tag + text) * 4).div_ceil(3));
    let base64url = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(sealed.chars().all(base64url), "{sealed}");
}

#[tokio::test]
async fn the_same_text_is_never_sealed_alike() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    let version = saved(&store, &key("app"), "1").await;
    let first = loaded(&inner, &key("app")).await.content;
    let again = store.save(&key("app"), Some(version), &content("1")).await;
    again.expect("the version is right");
    assert_ne!(loaded(&inner, &key("app")).await.content, first);
}

#[tokio::test]
async fn an_entry_of_another_key_is_kept() {
    let inner = MemoryStore::new();
    saved(&EncryptedStore::new(inner.clone(), &ONE), &key("app"), "1").await;
    let store = EncryptedStore::new(inner.clone(), &OTHER);
    check_kept(&store, &inner, &key("app"), "no key opens it").await;
    let store = store.also_reads(&[3; 32]);
    check_kept(&store, &inner, &key("app"), "no key opens it").await;
}

#[tokio::test]
async fn an_entry_that_was_changed_anywhere_is_kept() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    saved(&store, &key("app"), "1").await;
    let sealed = loaded(&inner, &key("app")).await.content;
    let sealed = sealed.expose();
    for at in 0..sealed.len() {
        let changed = if &sealed[at..=at] == "A" { "B" } else { "A" };
        let text = [&sealed[..at], changed, &sealed[at + 1..]].concat();
        put(&inner, &key("app"), &text).await;
        check_kept(&store, &inner, &key("app"), "it").await;
        put(&inner, &key("app"), &sealed[..at]).await;
        check_kept(&store, &inner, &key("app"), "it").await;
    }
    put(&inner, &key("app"), &format!("{sealed}A")).await;
    check_kept(&store, &inner, &key("app"), "it").await;
    put(&inner, &key("app"), sealed).await;
    assert_eq!(loaded(&store, &key("app")).await.content, content("1"));
}

#[tokio::test]
async fn an_entry_that_was_moved_does_not_open() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    let from = StoreKey::new("https://ory.example", "app");
    saved(&store, &from, "1").await;
    let sealed = loaded(&inner, &from).await.content;
    // The last one has the same text, if issuer and name are written in a row.
    for (issuer, name) in [
        ("https://ory.example", "other"),
        ("https://ory.example/", "app"),
        ("https://ory.exampl", "eapp"),
    ] {
        let to = StoreKey::new(issuer, name);
        let version = put(&inner, &to, sealed.expose()).await;
        let error = refusal(&store, &to, version).await;
        check_damaged(&error, name, "moved here");
    }
}

#[tokio::test]
async fn a_text_that_is_not_encrypted_is_kept() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    let open = content("1");
    for (text, what) in [
        (open.expose(), "not encrypted"),
        ("", "not encrypted"),
        ("v2.AAAA", "not encrypted"),
        ("v1.", "cut short"),
        ("v1.AAAA", "cut short"),
        ("v1.====", "not base64url"),
        (&format!("v1.{SECRET}é"), "not base64url"),
    ] {
        put(&inner, &key("app"), text).await;
        check_kept(&store, &inner, &key("app"), what).await;
    }
}

#[tokio::test]
async fn a_new_key_takes_over_entry_by_entry() {
    let inner = MemoryStore::new();
    let old = EncryptedStore::new(inner.clone(), &ONE);
    let new = EncryptedStore::new(inner.clone(), &OTHER);
    let version = saved(&old, &key("app"), "1").await;

    let both = new.clone().also_reads(&[3; 32]).also_reads(&ONE);
    let entry = loaded(&both, &key("app")).await;
    assert_eq!((entry.version, entry.content), (version, content("1")));
    let saved = both.save(&key("app"), Some(version), &content("2")).await;
    saved.expect("the version is right");
    assert_eq!(loaded(&new, &key("app")).await.content, content("2"));
    check_kept(&old, &inner, &key("app"), "no key opens it").await;
}

#[tokio::test]
async fn two_of_them_share_one_inner_store() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    let other = store.clone();
    let version = saved(&store, &key("app"), "1").await;
    let second = other.save(&key("app"), Some(version), &content("2")).await;
    second.expect("the version is right");
    check_conflict(store.save(&key("app"), Some(version), &content("3")).await);
    assert_eq!(loaded(&store, &key("app")).await.content, content("2"));
}

#[test]
fn no_key_shows_in_debug() {
    let store = EncryptedStore::new(MemoryStore::new(), &[201; 32]).also_reads(&[202; 32]);
    let shown = format!("{store:?} {store:#?}");
    assert!(shown.contains("EncryptedStore"), "{shown}");
    for byte in ["201", "202", "c9", "ca", "C9", "CA"] {
        assert!(!shown.contains(byte), "{shown}");
    }
}

#[tokio::test]
async fn a_name_reaches_no_log_with_its_control_characters() {
    let inner = MemoryStore::new();
    let store = EncryptedStore::new(inner.clone(), &ONE);
    let odd = StoreKey::new("https://ory.example", "\u{1b}[31m\n".repeat(1_000));
    put(&inner, &odd, "").await;
    let error = store.load(&odd).await.expect_err("it is not encrypted");
    let shown = error.to_string();
    assert!(matches!(error, StoreError::Damaged { .. }));
    assert!(!shown.contains(char::is_control) && shown.len() < 1_000);
}
