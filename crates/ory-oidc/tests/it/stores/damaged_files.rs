//! Files that cannot be read are kept as they are.

use super::support::{SECRET, check_damaged, content, file_store, key, loaded, refusal, saved};
use ory_oidc::{FileStore, RegistrationStore as _, StoreKey, Version};
use std::fs;

/// Puts a text in the place of the entry: it is refused for the reason, and left as it is.
async fn check_kept(store: &FileStore, key: &StoreKey, text: &[u8], version: Version, what: &str) {
    let path = store.path(key);
    fs::write(&path, text).expect("the file is ours");
    let error = refusal(store, key, version).await;
    check_damaged(&error, &path.display().to_string(), what);
    assert_eq!(fs::read(&path).expect("it is still there"), text);
}

#[tokio::test]
async fn a_file_that_is_cut_short_anywhere_is_kept() {
    let (_home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "é 😀").await;
    let whole = fs::read(store.path(&key)).expect("it was saved");
    check_kept(&store, &key, b"", version, "empty").await;
    for length in 1..whole.len() {
        check_kept(&store, &key, &whole[..length], version, "it is").await;
    }
    fs::write(store.path(&key), &whole).expect("the file is ours");
    assert_eq!(loaded(&store, &key).await.content, content("é 😀"));
}

#[tokio::test]
async fn a_file_that_is_no_entry_is_kept() {
    let (_home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "1").await;
    let text = fs::read_to_string(store.path(&key)).expect("it was saved");
    let other = text.replace("\"version\": ", "\"version\": -");
    let twice = text.replace("{\n", "{\n  \"name\": \"app\",\n");
    let more = text.replace("{\n", &format!("{{\n  \"{SECRET}\": 0,\n"));
    let less = text.replace("\"name\": \"app\",", "");
    for (text, what) in [
        (SECRET, "not JSON"),
        ("\0\0\0\0", "not JSON"),
        ("null", "not a stored registration"),
        ("{}", "not a stored registration"),
        ("[1, \"https://ory.example\", \"app\", 1]", "not"),
        (&format!("\"{SECRET}\""), "not a stored registration"),
        (&format!("{text}{text}"), "not JSON"),
        (&other, "not a stored registration"),
        (&twice, "not a stored registration"),
        (&more, "not a stored registration"),
        (&less, "not a stored registration"),
    ] {
        check_kept(&store, &key, text.as_bytes(), version, what).await;
    }
    let mut bytes = text.into_bytes();
    let middle = bytes.len() - 10;
    bytes[middle] = 0xff;
    check_kept(&store, &key, &bytes, version, "not").await;
}

#[tokio::test]
async fn a_file_of_an_older_or_newer_format_is_kept() {
    let (_home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "1").await;
    let text = fs::read_to_string(store.path(&key)).expect("it was saved");
    for format in ["0", "2", "18446744073709551615"] {
        let text = text.replace("\"format\": 1", &format!("\"format\": {format}"));
        let what = format!("in format {format},");
        check_kept(&store, &key, text.as_bytes(), version, &what).await;
    }
    let text = format!(r#"{{"format": 2, "sealed": "{SECRET}"}}"#);
    check_kept(&store, &key, text.as_bytes(), version, "in format 2,").await;
}

#[tokio::test]
async fn a_file_that_belongs_to_another_registration_is_kept() {
    let (_home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "1").await;
    for (other, what) in [
        (
            StoreKey::new("https://other.example", "app"),
            "another issuer",
        ),
        (StoreKey::new("https://ory.example", "App"), "another name"),
    ] {
        saved(&store, &other, "2").await;
        let text = fs::read(store.path(&other)).expect("it was saved");
        check_kept(&store, &key, &text, version, what).await;
    }
}

#[tokio::test]
async fn a_damaged_file_does_not_bar_the_others() {
    let (_home, store) = file_store();
    let version = saved(&store, &key("app"), "1").await;
    check_kept(&store, &key("app"), b"", version, "empty").await;
    saved(&store, &key("other"), "2").await;
    assert_eq!(loaded(&store, &key("other")).await.content, content("2"));
    // Moved away by hand, it makes room.
    let path = store.path(&key("app"));
    fs::rename(&path, path.with_extension("damaged")).expect("the file is ours");
    assert_eq!(store.load(&key("app")).await.expect("an answer"), None);
    saved(&store, &key("app"), "3").await;
}
