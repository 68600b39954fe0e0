//! A folder that version 0.1 left, written by hand: every later version reads it.

use super::support::{content, file_store, loaded};
use ory_oidc::{FileStore, RegistrationStore as _, StoreKey, Version};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const ISSUER: &str = "https://slug.projects.oryapis.com";
/// The highest version that was cleared, as its `.lock` says.
const CLEARED: u64 = 9_000_000_000_000_000_000;

/// A copy, as modes do not survive a checkout.
fn copied() -> (TempDir, FileStore) {
    let (home, store) = file_store();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-0.1");
    for file in fs::read_dir(fixture).expect("the fixture") {
        let file = file.expect("a file of it");
        let copy = home.path().join("store").join(file.file_name());
        fs::copy(file.path(), &copy).expect("there is room");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(copy, fs::Permissions::from_mode(0o600)).expect("the file is ours");
        }
    }
    (home, store)
}

#[tokio::test]
async fn an_entry_of_version_0_1_is_read() {
    let (_home, store) = copied();
    let entry = loaded(&store, &StoreKey::new(ISSUER, "my-app")).await;
    assert_eq!(entry.version, Version(1_763_920_000_000_000_001));
    assert_eq!(
        entry.content.expose(),
        "{\"client_id\":\"example-client\",\"client_secret\":\"example-secret\",\"client_name\":\"Café\"}\n"
    );
}

#[tokio::test]
async fn an_entry_of_version_0_1_with_a_long_name_is_read() {
    let (_home, store) = copied();
    let name = "Tenant 4711 of the Demonstration / north-west branch, second registration, \
                for the schedule that runs at night";
    let entry = loaded(&store, &StoreKey::new(ISSUER, name)).await;
    assert_eq!(entry.version, Version(1_763_920_000_000_000_002));
    assert_eq!(entry.content.expose(), "{}");
}

/// Sealed by another implementation of XChaCha20-Poly1305.
#[cfg(feature = "encryption")]
#[tokio::test]
async fn an_encrypted_entry_of_version_0_1_is_read() {
    let (_home, store) = copied();
    let secret = std::array::from_fn(|i| u8::try_from(i).expect("32 fit"));
    let store = ory_oidc::EncryptedStore::new(store, &secret);
    let entry = loaded(&store, &StoreKey::new(ISSUER, "sealed-app")).await;
    assert_eq!(entry.version, Version(1_763_920_000_000_000_003));
    assert_eq!(entry.content.expose(), r#"{"client_id": "sealed-client"}"#);
}

#[tokio::test]
async fn a_folder_of_version_0_1_can_be_written_and_keeps_its_versions() {
    let (_home, store) = copied();
    let key = StoreKey::new(ISSUER, "my-app");
    let before = loaded(&store, &key).await.version;
    let saved = store.save(&key, Some(before), &content("new")).await;
    assert_eq!(saved.expect("the version is right"), Version(CLEARED + 1));
    assert_eq!(loaded(&store, &key).await.content, content("new"));
}
