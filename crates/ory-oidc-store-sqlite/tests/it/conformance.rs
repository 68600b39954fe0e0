//! The conformance suite of `ory-oidc-keeper`.

use ory_oidc_keeper::testing::StoreFixture;
use ory_oidc_store_sqlite::SqliteStore;
use tempfile::TempDir;

struct Folder(TempDir);

impl StoreFixture for Folder {
    type Store = SqliteStore;

    async fn open(&self) -> SqliteStore {
        let path = self.0.path().join("registrations.sqlite");
        SqliteStore::open(path).await.unwrap()
    }
}

ory_oidc_keeper::store_conformance_tests!(Folder(tempfile::tempdir().unwrap()));
