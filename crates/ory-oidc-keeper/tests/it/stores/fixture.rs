//! A directory of version 0.1, written by hand: every later version reads it.

use super::support::{content, file_store, loaded};
use ory_oidc_keeper::encrypted::EncryptedStore;
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::store::{RegistrationStore as _, StoreKey, Version};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const ISSUER: &str = "https://slug.projects.oryapis.com";
/// The highest version that was cleared, according to the fixture's `.lock`.
const HIGHEST_CLEARED: u64 = 9_000_000_000_000_000_000;

/// Copies the fixture, as file modes do not survive a checkout.
fn copied() -> (TempDir, FileStore) {
    let (home, store) = file_store();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-0.1");
    for file in fs::read_dir(fixture).expect("the fixture") {
        let file = file.expect("a file of the fixture");
        let copy = home.path().join("store").join(file.file_name());
        fs::copy(file.path(), &copy).expect("the disk has space");
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

/// Encrypted by another implementation of XChaCha20-Poly1305.
#[tokio::test]
async fn an_encrypted_entry_of_version_0_1_is_read() {
    let (_home, store) = copied();
    let encryption_key = std::array::from_fn(|i| u8::try_from(i).expect("i < 32"));
    let store = EncryptedStore::new(store, &encryption_key);
    let entry = loaded(&store, &StoreKey::new(ISSUER, "sealed-app")).await;
    assert_eq!(entry.version, Version(1_763_920_000_000_000_003));
    assert_eq!(entry.content.expose(), r#"{"client_id": "sealed-client"}"#);
}

#[tokio::test]
async fn a_save_in_a_directory_of_version_0_1_uses_a_version_above_all_cleared_ones() {
    let (_home, store) = copied();
    let key = StoreKey::new(ISSUER, "my-app");
    let before = loaded(&store, &key).await.version;
    let saved = store.save(&key, Some(before), &content("new")).await;
    let version = saved.expect("the version is current");
    assert_eq!(version, Version(HIGHEST_CLEARED + 1));
    assert_eq!(loaded(&store, &key).await.content, content("new"));
}
