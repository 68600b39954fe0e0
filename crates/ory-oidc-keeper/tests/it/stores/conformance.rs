//! The conformance suite on each store of this crate.

use super::encryption::with_two_keys;
use super::support::place;
use ory_oidc_keeper::encrypted::EncryptedStore;
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::testing::StoreFixture;
use std::path::PathBuf;
use tempfile::TempDir;

struct Memory(MemoryStore);

impl StoreFixture for Memory {
    type Store = MemoryStore;

    async fn open(&self) -> MemoryStore {
        self.0.clone()
    }
}

struct Files {
    _home: TempDir,
    directory: PathBuf,
}

impl Files {
    fn new() -> Self {
        let (home, directory) = place();
        Self {
            _home: home,
            directory,
        }
    }
}

impl StoreFixture for Files {
    type Store = FileStore;

    async fn open(&self) -> FileStore {
        FileStore::open(&self.directory).expect("the directory is private")
    }
}

struct Encrypted<F>(F);

impl<F: StoreFixture> StoreFixture for Encrypted<F> {
    type Store = EncryptedStore<F::Store>;

    async fn open(&self) -> Self::Store {
        with_two_keys(self.0.open().await)
    }
}

mod memory {
    use super::{Memory, MemoryStore};

    ory_oidc_keeper::store_conformance_tests!(Memory(MemoryStore::new()));
}

mod files {
    use super::Files;

    ory_oidc_keeper::store_conformance_tests!(Files::new());
}

mod encrypted_memory {
    use super::{Encrypted, Memory, MemoryStore};

    ory_oidc_keeper::store_conformance_tests!(Encrypted(Memory(MemoryStore::new())));
}

mod encrypted_files {
    use super::{Encrypted, Files};

    ory_oidc_keeper::store_conformance_tests!(Encrypted(Files::new()));
}
