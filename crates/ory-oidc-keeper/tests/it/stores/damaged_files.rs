//! Files that cannot be read are left unchanged.

use super::support::{SECRET, check_damaged, content, file_store, key, loaded, refusal, saved};
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::store::{RegistrationStore as _, StoreKey, Version};
use std::fs;

/// Replaces the file of the entry: it is refused for this reason, and left unchanged.
async fn check_refused(
    store: &FileStore,
    key: &StoreKey,
    text: &[u8],
    version: Version,
    reason: &str,
) {
    let path = store.path(key);
    fs::write(&path, text).expect("the file is ours");
    let error = refusal(store, key, version).await;
    check_damaged(&error, &path.display().to_string(), reason);
    assert_eq!(fs::read(&path).expect("the file is still there"), text);
}

#[tokio::test]
async fn a_file_truncated_at_any_byte_is_damaged_and_left_unchanged() {
    let (_home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "é 😀").await;
    let whole = fs::read(store.path(&key)).expect("the entry was saved");
    check_refused(&store, &key, b"", version, "empty").await;
    for length in 1..whole.len() {
        check_refused(&store, &key, &whole[..length], version, "it is").await;
    }
    fs::write(store.path(&key), &whole).expect("the file is ours");
    assert_eq!(loaded(&store, &key).await.content, content("é 😀"));
}

#[tokio::test]
async fn a_file_that_is_not_an_entry_is_damaged_and_left_unchanged() {
    let (_home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "1").await;
    let text = fs::read_to_string(store.path(&key)).expect("the entry was saved");
    let negative = text.replace("\"version\": ", "\"version\": -");
    let repeated = text.replace("{\n", "{\n  \"name\": \"app\",\n");
    let unknown = text.replace("{\n", &format!("{{\n  \"{SECRET}\": 0,\n"));
    let missing = text.replace("\"name\": \"app\",", "");
    for (text, reason) in [
        (SECRET, "not JSON"),
        ("\0\0\0\0", "not JSON"),
        ("null", "not a stored registration"),
        ("{}", "not a stored registration"),
        ("[1, \"https://ory.example\", \"app\", 1]", "not"),
        (&format!("\"{SECRET}\""), "not a stored registration"),
        (&format!("{text}{text}"), "not JSON"),
        (&negative, "not a stored registration"),
        (&repeated, "not a stored registration"),
        (&unknown, "not a stored registration"),
        (&missing, "not a stored registration"),
    ] {
        check_refused(&store, &key, text.as_bytes(), version, reason).await;
    }
    let mut bytes = text.into_bytes();
    let middle = bytes.len() - 10;
    bytes[middle] = 0xff;
    check_refused(&store, &key, &bytes, version, "not").await;
}

#[tokio::test]
async fn a_file_of_another_format_is_damaged_and_left_unchanged() {
    let (_home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "1").await;
    let text = fs::read_to_string(store.path(&key)).expect("the entry was saved");
    for format in ["0", "2", "18446744073709551615"] {
        let text = text.replace("\"format\": 1", &format!("\"format\": {format}"));
        let reason = format!("has format {format},");
        check_refused(&store, &key, text.as_bytes(), version, &reason).await;
    }
    let text = format!(r#"{{"format": 2, "sealed": "{SECRET}"}}"#);
    check_refused(&store, &key, text.as_bytes(), version, "has format 2,").await;
}

#[tokio::test]
async fn a_file_of_another_registration_is_damaged_and_left_unchanged() {
    let (_home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "1").await;
    for (other, reason) in [
        (
            StoreKey::new("https://other.example", "app"),
            "another issuer",
        ),
        (StoreKey::new("https://ory.example", "App"), "another name"),
    ] {
        saved(&store, &other, "2").await;
        let text = fs::read(store.path(&other)).expect("the entry was saved");
        check_refused(&store, &key, &text, version, reason).await;
    }
}

#[tokio::test]
async fn a_damaged_file_does_not_affect_other_entries_and_can_be_moved_away() {
    let (_home, store) = file_store();
    let version = saved(&store, &key("app"), "1").await;
    check_refused(&store, &key("app"), b"", version, "empty").await;
    saved(&store, &key("other"), "2").await;
    assert_eq!(loaded(&store, &key("other")).await.content, content("2"));
    let path = store.path(&key("app"));
    fs::rename(&path, path.with_extension("damaged")).expect("the file is ours");
    assert_eq!(store.load(&key("app")).await.expect("load"), None);
    saved(&store, &key("app"), "3").await;
}
